"""What is wrong with a scenario: which file, which field, which value, and what is allowed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from omnisim.scenario.block import Block
from omnisim.scenario.model import Scenario

Layer = tuple[str, Mapping[str, Any]]  # where values come from, and the values
_Place = tuple[int | str, ...]
_MAX_SHOWN = 5  # problems of one file that are told at once


def all_problems(error: ValidationError, layers: Sequence[Layer]) -> str:
    """Each problem on a line of its own; see :func:`in_lines`.

    Parameters
    ----------
    error : ValidationError
        From checking the merged layers.
    layers : sequence of (str, mapping)
        In the order in which they were laid; the label is what comes before a field's name, as in
        ``fashion.yaml: sizes.tiny.``.
    """
    return in_lines([_told(problem, layers) for problem in error.errors(include_url=False)])


def in_lines(problems: Sequence[str]) -> str:
    """The first problems, one a line, and how many there are beyond them.

    Examples
    --------
    >>> in_lines(["a", "b"])
    'a\\nb'
    >>> in_lines(list("abcdefg")).splitlines()[-1]
    'and 2 more'
    """
    shown = list(problems[:_MAX_SHOWN])
    if more := len(problems) - len(shown):
        shown.append(f"and {more} more")
    return "\n".join(shown)


def _told(problem: ErrorDetails, layers: Sequence[Layer]) -> str:
    """One problem in one line."""
    place = problem["loc"]
    where = _origin(place, layers) + ".".join(str(part) for part in place)
    block, field = _declared(place)
    if problem["type"] == "extra_forbidden":
        return f"{where}: {unknown_field(str(place[-1]), block)}"
    if problem["type"] == "missing":
        return f"{where}: missing{_meaning(field)}"
    if problem["type"] == "value_error":
        message = problem["msg"].removeprefix("Value error, ")
        return f"{where}: {message}" if place else f"{where}{message}"
    message = problem["msg"].replace("Input should be an object", "give fields and values")
    message = message.replace("Input should", "should")
    return f"{where} = {_shown(problem['input'])}: {message}{_meaning(field)}"


def unknown_field(name: str, block: type[Block]) -> str:
    """Words for a field that a block does not have."""
    known = list(block.model_fields)
    near = get_close_matches(name, known, n=1)
    return "unknown field; " + (
        f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
    )


def unknown_fields(values: Mapping[str, Any], block: type[Block] = Scenario) -> Iterator[str]:
    """Each field of nested values that a block does not have, with what it has instead."""
    for name, value in values.items():
        field = block.model_fields.get(name)
        if field is None:
            yield f"{name}: {unknown_field(name, block)}"
        elif isinstance(field.annotation, type) and issubclass(field.annotation, Block):
            if not isinstance(value, Mapping):
                yield f"{name} = {_shown(value)}: give fields and values"
            else:
                yield from (f"{name}.{inner}" for inner in unknown_fields(value, field.annotation))


def _origin(place: _Place, layers: Sequence[Layer]) -> str:
    """The label of the layer that was last to set a place; of the last file when none did."""
    if place:
        for label, values in reversed(layers):
            if _has(values, place):
                return label
    files = [label for label, _ in layers if label.endswith(": ")]
    return files[-1] if files else ""


def _has(values: Any, place: _Place) -> bool:
    """Whether nested values hold something at a place."""
    for part in place:
        is_there = isinstance(values, Mapping) and part in values
        if not is_there and not (isinstance(values, list) and part in range(len(values))):
            return False
        values = values[part]
    return True


def _declared(place: _Place) -> tuple[type[Block], FieldInfo | None]:
    """The innermost block a place lies in, and the field that declares it."""
    block: type[Block] = Scenario
    field: FieldInfo | None = None
    for part in place:
        found = block.model_fields.get(str(part))
        if found is not None:
            field = found
            block = _block_of(found.annotation) or block
    return block, field


def _block_of(annotation: Any) -> type[Block] | None:
    """The block inside an annotation: itself, or what a tuple or dict holds."""
    if isinstance(annotation, type) and issubclass(annotation, Block):
        return annotation
    return next((b for b in map(_block_of, get_args(annotation)) if b is not None), None)


def _meaning(field: FieldInfo | None) -> str:
    """Range and description of a field."""
    if field is None:
        return ""
    low = high = None
    for bound in field.metadata:
        for name, mark in (("ge", "["), ("gt", "(")):
            if getattr(bound, name, None) is not None:
                low = f"{mark}{getattr(bound, name)}"
        for name, mark in (("le", "]"), ("lt", ")")):
            if getattr(bound, name, None) is not None:
                high = f"{getattr(bound, name)}{mark}"
    allowed = f"; allowed is {low}, {high}" if low and high else ""
    return allowed + (f" ({field.description})" if field.description else "")


def _shown(value: object) -> str:
    return repr(value if isinstance(value, (int, float, str)) else str(value))[:80]
