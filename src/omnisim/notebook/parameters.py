"""The parameters a notebook declares, read from its cell and checked before anything runs.

The cell tagged ``parameters`` holds plain assignments with a type and a comment:

    dataset: str = "sample"  # name or path of a dataset
    metric: Literal["orders", "net_amount"] = "orders"  # what the test is judged by

Papermill reads such cells line by line: it misses ``str | None`` and ``Literal[...]``, cuts
strings at ``#`` and only warns about unknown names. Here the syntax tree is read instead, and
unknown names and wrong types are errors.
"""

from __future__ import annotations

import ast
import io
import json
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, Optional, Union

from pydantic import ConfigDict, TypeAdapter, ValidationError

from omnisim.errors import NotebookError, ParameterError

_PLAIN: dict[str, Any] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "None": None,
    "list": list,
    "dict": dict,
}
_GENERIC: dict[str, Any] = {
    "list": list,
    "List": list,
    "dict": dict,
    "Dict": dict,
    "Optional": Optional,
    "Union": Union,
    "Literal": Literal,
}
_STRICT = ConfigDict(strict=True, allow_inf_nan=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One declared parameter.

    Attributes
    ----------
    name : str
        The variable's name.
    type_name : str
        The type as written, e.g. ``str | None``.
    default : object
        The value in the cell.
    help : str
        The comment beside it.
    """

    name: str
    type_name: str
    default: Any
    help: str
    adapter: TypeAdapter[Any]

    def check(self, value: Any) -> Any:
        """The value, when it has the declared type; strict: ``"3"`` is no number.

        Raises
        ------
        ParameterError
            Naming the parameter, the value and the type.
        """
        try:
            checked = self.adapter.validate_python(value)
        except ValidationError as error:
            raise ParameterError(
                f"parameter {self.name} = {value!r}: declared as {self.type_name} "
                f"({_reason(error)})"
            ) from None
        return checked

    def parse(self, text: str) -> Any:
        """The value a command-line text stands for, in the declared type.

        Raises
        ------
        ParameterError
            When no reading of the text has the declared type.
        """
        for candidate in _readings(text):
            try:
                return self.adapter.validate_python(candidate)
            except ValidationError:
                continue
        return self.check(text)


def declared_parameters(cells: Sequence[Mapping[str, Any]], *, where: str) -> dict[str, Parameter]:
    """The parameters of a notebook's cells, by name; empty without a ``parameters`` cell.

    Parameters
    ----------
    cells : sequence of mappings
        Cells of the notebook, nbformat 4.
    where : str
        Name of the notebook, for errors.

    Raises
    ------
    NotebookError
        When the cell is not plain assignments, or a default does not have its declared type.
    """
    tagged = [cell for cell in cells if "parameters" in cell.get("metadata", {}).get("tags", [])]
    if len(tagged) > 1:
        raise NotebookError(f"{where}: {len(tagged)} cells tagged 'parameters'; give one")
    if not tagged:
        return {}
    return read_declarations(_source(tagged[0]), where=where)


def read_declarations(source: str, *, where: str) -> dict[str, Parameter]:
    """The parameters declared by the source of a cell.

    Examples
    --------
    >>> cell = 'alpha: float = 0.05  # size of the test'
    >>> read_declarations(cell, where="03_ab_test")["alpha"].help
    'size of the test'
    """
    try:
        tree = ast.parse(source)
        comments = dict(_comments(source))
    except (SyntaxError, tokenize.TokenError) as error:
        raise NotebookError(
            f"{where}: the parameters cell is not plain Python ({error.args[0]})"
        ) from None
    found: dict[str, Parameter] = {}
    for statement in tree.body:
        parsed = _assignment(statement)
        if parsed is None:
            if isinstance(statement, ast.Import | ast.ImportFrom | ast.Expr):
                continue  # `from typing import Literal`, or a docstring
            raise NotebookError(
                f"{where}: line {statement.lineno} of the parameters cell is no assignment of "
                "the form `name: type = value  # comment`"
            )
        name, annotation, value = parsed
        if name in found:
            raise NotebookError(f"{where}: parameter {name} is declared twice")
        found[name] = _declare(name, annotation, value, _comment(statement, comments), where)
    return found


def _declare(
    name: str, annotation: ast.expr | None, value: ast.expr, text: str, where: str
) -> Parameter:
    try:
        default = ast.literal_eval(value)
    except ValueError:
        raise NotebookError(
            f"{where}: parameter {name} = {ast.unparse(value)}: give a plain value "
            "(text, number, True, False, None, list, dict)"
        ) from None
    if annotation is None:
        declared, type_name = type(default), type(default).__name__
    else:
        declared, type_name = _type(annotation, name=name, where=where), ast.unparse(annotation)
    parameter = Parameter(
        name=name,
        type_name=type_name,
        default=default,
        help=text,
        adapter=TypeAdapter(declared, config=_STRICT),
    )
    try:
        parameter.check(default)
    except ParameterError as error:
        raise NotebookError(f"{where}: the default of {error}") from None
    return parameter


def _assignment(statement: ast.stmt) -> tuple[str, ast.expr | None, ast.expr] | None:
    """Name, type and value of an assignment to one name; None for other statements."""
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        if statement.value is None:
            return None
        return statement.target.id, statement.annotation, statement.value
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        if isinstance(target, ast.Name):
            return target.id, None, statement.value
    return None


def _type(node: ast.expr, *, name: str, where: str) -> Any:
    """The type an annotation stands for, read without running it."""

    def read(part: ast.expr) -> Any:
        match part:
            case ast.Constant(value=None):
                return None
            case ast.Constant(value=str(text)):
                return read(ast.parse(text, mode="eval").body)
            case ast.Name(id=label) | ast.Attribute(attr=label) if label in _PLAIN:
                return _PLAIN[label]
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return Union[read(left), read(right)]  # noqa: UP007 - built at run time
            case ast.Subscript(value=ast.Name(id=label) | ast.Attribute(attr=label), slice=inner):
                if label == "Literal":
                    options = inner.elts if isinstance(inner, ast.Tuple) else [inner]
                    return Literal[tuple(ast.literal_eval(option) for option in options)]
                if label in _GENERIC:
                    parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
                    made = tuple(read(p) for p in parts)
                    return _GENERIC[label][made if len(made) > 1 else made[0]]
        raise NotebookError(
            f"{where}: parameter {name} has type {ast.unparse(part)}; use str, int, float, bool, "
            "None, Literal[...], list[...], dict[...] or unions of them"
        )

    try:
        return read(node)
    except (SyntaxError, TypeError, ValueError) as error:
        raise NotebookError(f"{where}: parameter {name} has no usable type ({error})") from None


def _comments(source: str) -> Iterator[tuple[int, tuple[str, bool]]]:
    """Line -> (comment, whether it stands alone on its line)."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            alone = not token.line[: token.start[1]].strip()
            yield token.start[0], (token.string.lstrip("#").strip(), alone)


def _comment(statement: ast.stmt, comments: Mapping[int, tuple[str, bool]]) -> str:
    """The comment beside a statement, else the lines of comment right above it."""
    last = statement.end_lineno or statement.lineno
    beside = [comments[n][0] for n in range(statement.lineno, last + 1) if n in comments]
    if beside:
        return " ".join(beside)
    above: list[str] = []
    line = statement.lineno - 1
    while line in comments and comments[line][1]:
        above.insert(0, comments[line][0])
        line -= 1
    return " ".join(above)


def _readings(text: str) -> Iterator[Any]:
    """What a text may stand for, in the order of preference."""
    stripped = text.strip()
    if stripped.lower() in ("none", "null"):
        yield None
    if stripped.lower() in ("true", "false", "yes", "no"):
        yield stripped.lower() in ("true", "yes")
    literal = _literal(stripped)
    if isinstance(literal, int | float):
        yield literal
    yield text  # a declared str takes it as it is
    yield literal
    with suppress(json.JSONDecodeError, RecursionError):
        yield json.loads(stripped)
    yield [part.strip() for part in stripped.split(",")] if stripped else []  # `a,b`


def _literal(text: str) -> Any:
    """The Python value a text writes down; the text itself when it writes none."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text


def _reason(error: ValidationError) -> str:
    """The first thing pydantic found wrong, in its words."""
    first = error.errors()[0]
    return str(first["msg"])[:1].lower() + str(first["msg"])[1:]


def _source(cell: Mapping[str, Any]) -> str:
    """Source of a cell: one text, or a list of lines as some tools write it."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)
