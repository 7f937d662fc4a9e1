"""YAML that says what it means: every field once, plain values only, no endless nesting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from omnisim.errors import ScenarioError

_MAX_BYTES = 1_000_000
_MAX_NODES = 20_000  # a preset has some 400; references that unfold to millions are a mistake
_TAG = "tag:yaml.org,2002:"
_PLAIN = {_TAG + kind for kind in ("str", "int", "float", "bool", "null", "timestamp", "merge")}
_CONTAINERS = {_TAG + "seq", _TAG + "map"}
_NAMES = {list: "a list", str: "a text", type(None): "nothing"}


def read_yaml(path: Path) -> dict[str, Any]:
    """Fields and values of a file.

    Raises
    ------
    ScenarioError
        Names the file, the line where there is one, and what is wrong.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ScenarioError(f"{path.name}: larger than 1 MB; is it a scenario file?")
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ScenarioError(f"{path.name}: not UTF-8 text") from None
    except OSError as error:
        raise ScenarioError(f"{path.name}: cannot be read ({error.strerror})") from None
    try:
        values = _values(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise ScenarioError(f"{path.name}: not YAML{where}: {_one_line(error)}") from None
    except RecursionError:
        raise ScenarioError(f"{path.name}: nested too deeply; is it a scenario file?") from None
    except ScenarioError as error:
        raise ScenarioError(f"{path.name}: {error}") from None
    if not isinstance(values, dict):
        found = _NAMES.get(type(values), f"{values!r}")
        raise ScenarioError(f"{path.name}: holds {found}; give fields and values")
    return values


def _values(text: str) -> Any:
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return None
        _check(loader, root, [0], ())
        return loader.construct_document(root)
    finally:
        loader.dispose()


def _check(
    loader: yaml.SafeLoader, node: yaml.Node, n_seen: list[int], above: tuple[int, ...]
) -> None:
    """Refuse what would be dropped, unfold without end, or be no plain value."""
    line = node.start_mark.line + 1
    n_seen[0] += 1
    if id(node) in above:
        raise ScenarioError(f"line {line} refers to itself")
    if n_seen[0] > _MAX_NODES:
        raise ScenarioError(f"more than {_MAX_NODES} values; is it a scenario file?")
    if isinstance(node, yaml.ScalarNode):
        _check_scalar(loader, node, line)
        return
    if node.tag not in _CONTAINERS:
        raise ScenarioError(f"line {line}: {node.tag.removeprefix(_TAG)!r} is no plain value")
    inside = (*above, id(node))
    if not isinstance(node, yaml.MappingNode):
        for item in node.value:
            _check(loader, item, n_seen, inside)
        return
    names: set[str] = set()
    for key, value in node.value:
        at = key.start_mark.line + 1
        if key.tag not in (_TAG + "str", _TAG + "merge"):
            shown = repr(key.value) if isinstance(key.value, str) else "a list or a mapping"
            raise ScenarioError(f"line {at}: {shown} names no field; give a text")
        if key.value in names:
            raise ScenarioError(f"line {at}: field {key.value!r} is given twice")
        names.add(key.value)
        _check(loader, value, n_seen, inside)


def _check_scalar(loader: yaml.SafeLoader, node: yaml.ScalarNode, line: int) -> None:
    if node.tag not in _PLAIN:
        raise ScenarioError(f"line {line}: {node.tag.removeprefix(_TAG)!r} is no plain value")
    try:
        loader.construct_object(node)
    except ValueError as error:  # a 30th of February, a number of five thousand digits
        raise ScenarioError(f"line {line}: {node.value[:80]!r}: {_one_line(error)}") from None


def _one_line(error: BaseException) -> str:
    return " ".join(str(getattr(error, "problem", None) or error).split())
