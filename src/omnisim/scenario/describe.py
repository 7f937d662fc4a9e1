"""A scenario for people: as YAML that can be read back, and what two of them differ in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from omnisim.errors import ScenarioError
from omnisim.scenario.block import Block
from omnisim.scenario.model import Scenario
from omnisim.scenario.problems import unknown_field

_ENDLESS = 1_000_000  # no line of YAML is broken


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which two scenarios differ; a side without the field is None.

    Attributes
    ----------
    field : str
        Where it lies, as in ``marketing.channels.email.reach``.
    left, right : object
        The values, plain as in a file.
    """

    field: str
    left: object
    right: object


def scenario_yaml(scenario: Scenario, *, block: str | None = None, explain: bool = False) -> str:
    """A resolved scenario as a file that makes the same scenario again.

    Parameters
    ----------
    scenario : Scenario
        From :func:`omnisim.scenario.load_scenario`.
    block : str, optional
        Only this field of it, e.g. ``demand``.
    explain : bool
        Say beside each field what it means, with its unit.

    Raises
    ------
    ScenarioError
        When there is no such block.

    Examples
    --------
    >>> from omnisim.scenario import load_scenario
    >>> print(scenario_yaml(load_scenario("sample"), block="horizon", explain=True), end="")
    horizon:  # Which days are simulated.
      start_date: 2025-01-06  # first day, best a Monday
      n_days: 182  # length [days]
    """
    if block is not None and block not in Scenario.model_fields:
        raise ScenarioError(f"block = {block!r}: {unknown_field(block, Scenario)}")
    chosen = list(Scenario.model_fields) if block is None else [block]
    return "".join(f"{line}\n" for line in _fields(scenario, chosen, explain, ""))


def differences(left: Scenario, right: Scenario) -> list[Difference]:
    """Every field in which two scenarios differ, but name and words.

    Examples
    --------
    >>> from omnisim.scenario import load_scenario
    >>> fashion = load_scenario("omnichannel_fashion")
    >>> differences(fashion, fashion.with_seed(7))
    [Difference(field='seed', left=20250106, right=7)]
    """
    found = _compared("", plain(left), plain(right))
    return [item for item in found if item.field not in ("name", "description", "about")]


def yaml_value(value: object) -> str:
    """A plain value on one line of YAML.

    Examples
    --------
    >>> yaml_value([1, 2.5, "a b"])
    '[1, 2.5, a b]'
    """
    text = yaml.safe_dump(
        value, default_flow_style=True, width=_ENDLESS, allow_unicode=True, sort_keys=False
    )
    return text.removesuffix("...\n").strip()


def _fields(block: Block, names: list[str], explain: bool, indent: str) -> Iterator[str]:
    """Lines of some fields of a block."""
    for name in names:
        value = getattr(block, name)
        about = type(block).model_fields[name].description or ""
        if isinstance(value, Block):
            yield f"{indent}{name}:" + _comment(about or type(value).__doc__ or "", explain)
            yield from _fields(value, list(type(value).model_fields), explain, indent + "  ")
        elif _holds_blocks(value):
            yield f"{indent}{name}:" + _comment(about, explain)
            items = value.items() if isinstance(value, dict) else enumerate(value)
            first = next(iter(value.values() if isinstance(value, dict) else value))
            if explain:  # once for all of them, where a line has room for one only
                for field, declared in type(first).model_fields.items():
                    yield f"{indent}  # {field}: {declared.description}"
            for key, item in items:
                head = f"{key}: " if isinstance(value, dict) else "- "
                yield f"{indent}  {head}{yaml_value(plain(item))}"
        else:
            yield f"{indent}{name}: {yaml_value(plain(value))}" + _comment(about, explain)


def _holds_blocks(value: object) -> bool:
    items = list(value.values()) if isinstance(value, dict) else value
    return isinstance(items, (list, tuple)) and len(items) > 0 and isinstance(items[0], Block)


def _comment(text: str, explain: bool) -> str:
    head = text.strip().splitlines()[0] if text.strip() else ""
    return f"  # {head}" if explain and head else ""


def plain(value: Any) -> Any:
    """Blocks as mappings and tuples as lists, as they stand in a file."""
    if isinstance(value, Block):
        return {name: plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def _compared(field: str, left: Any, right: Any) -> Iterator[Difference]:
    """Differences below a field; lists are compared as wholes."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        for key in dict.fromkeys([*left, *right]):
            below = f"{field}.{key}" if field else str(key)
            yield from _compared(below, left.get(key), right.get(key))
    elif left != right:
        yield Difference(field, left, right)
