"""Every parameter of a scenario once: where it lies, its value, unit, range and meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic.fields import FieldInfo

from omnisim.scenario.block import Block
from omnisim.scenario.describe import plain, yaml_value
from omnisim.schema.dictionary import markdown_table

# How a name ends, or begins, and the unit that says: "the unit ends the name".
_ENDINGS = (
    ("_days", "days"),
    ("_hours", "hours"),
    ("_minutes", "minutes"),
    ("_weeks", "weeks"),
    ("_day", "day"),
    ("_date", "date"),
    ("_per_year", "per year"),
    ("_per_week", "per week"),
    ("_per_day", "per day"),
    ("_factor", "factor"),
    ("_points", "points"),
    ("_units", "units"),
    ("_spend", "{currency}"),
    ("_cost", "{currency}"),
    ("_share", "share"),
    ("_ratio", "ratio"),
    ("_sigma", "log-sd"),
    ("_shape", "shape"),
    ("_exponent", "exponent"),
    ("_effect", "share"),
    ("_score", "points of the score"),
    ("_sd", "points of the score"),
    ("_penalty", "points of the score"),
)
_NOUNS = ("log-sd", "contacts", "options", "points")  # that a description may begin with
_RATE = re.compile(r"[a-z][\w' -]* per [\w' -]+")  # "needs per person and year"
_BOUNDS = (("ge", "≥ "), ("gt", "> "), ("le", "≤ "), ("lt", "< "))
HEADER = ("parameter", "value", "unit", "allowed", "meaning")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value of a scenario.

    Attributes
    ----------
    path : str
        Where it lies, as in ``demand.need_rate``.
    value : object
        Plain, as in a file.
    unit, allowed, meaning : str
        From the field's declaration; empty where there is none.
    """

    path: str
    value: object
    unit: str
    allowed: str
    meaning: str

    @property
    def text(self) -> str:
        """The value on one line of YAML."""
        return yaml_value(self.value)


def parameters(block: Block, path: str, currency: str) -> Iterator[Parameter]:
    """The parameters of a block and the blocks in it, in order of declaration.

    Parameters
    ----------
    path : str
        Where the block lies; empty for the scenario itself.
    currency : str
        What amounts of money are in.

    Examples
    --------
    >>> from omnisim.scenario import load_scenario
    >>> horizon = load_scenario("sample").horizon
    >>> [(p.path, p.text, p.unit) for p in parameters(horizon, "horizon", "USD")]
    [('horizon.start_date', '2025-01-06', 'date'), ('horizon.n_days', '182', 'days')]
    """
    for name, field in type(block).model_fields.items():
        value = getattr(block, name)
        place = f"{path}.{name}" if path else name
        if isinstance(value, Block):
            yield from parameters(value, place, currency)
        elif items := blocks_in(value):
            for key, item in items.items():
                yield from parameters(item, f"{place}.{key}", currency)
        else:
            yield Parameter(
                place,
                plain(value),
                unit_of(name, field, currency),
                allowed(field),
                field.description or "",
            )


def blocks_in(value: object) -> dict[str, Block]:
    """The blocks a field lists, by name or number; empty when it lists none."""
    if isinstance(value, Mapping):
        items = {str(key): item for key, item in value.items()}
    elif isinstance(value, tuple):
        items = {str(k): item for k, item in enumerate(value)}
    else:
        return {}
    return items if all(isinstance(item, Block) for item in items.values()) else {}


def unit_of(name: str, field: FieldInfo, currency: str) -> str:
    """The unit of a field: in brackets in its description, or by its type and name.

    Examples
    --------
    >>> from omnisim.scenario import Scenario
    >>> from omnisim.scenario.blocks import Demand
    >>> unit_of("serious_share", Demand.model_fields["serious_share"], "EUR")
    'share'
    """
    declared = re.findall(r"\[([a-z][^\]]*)\]", field.description or "")
    if declared:
        return str(declared[-1]).replace("currency", currency)
    if field.annotation is bool:
        return "switch"
    if field.annotation is date:
        return "date"
    if field.annotation not in (int, float):
        return ""
    low, high = (_bound(field, name) for name in ("ge", "le"))
    if field.annotation is float and (low, high) == (0, 1):
        return "share"
    if rate := _RATE.match(field.description or ""):
        return rate.group()
    for noun in _NOUNS:  # before endings: sd of a score, or of a logarithm
        if (field.description or "").startswith(noun + " "):
            return noun
    if name.startswith("n_"):
        return "number"
    for ending, unit in _ENDINGS:
        if name.endswith(ending):
            return unit.format(currency=currency)
    return ""


def allowed(field: FieldInfo) -> str:
    """The range a field declares.

    Examples
    --------
    >>> from omnisim.scenario.blocks import Demand
    >>> allowed(Demand.model_fields["need_rate"])
    '> 0, ≤ 400'
    """
    found = ((sign, _bound(field, name)) for name, sign in _BOUNDS)
    return ", ".join(f"{sign}{_number(value)}" for sign, value in found if value is not None)


def parameter_table(found: list[Parameter]) -> str:
    """A line per parameter, in Markdown."""
    return markdown_table(
        HEADER, ((f"`{p.path}`", f"`{p.text}`", p.unit, p.allowed, p.meaning) for p in found)
    )


def matrix_table(path: str, items: Mapping[str, Block]) -> str:
    """A line per block of a list, a column per field: cell `x.y` of `path` is ``path.x.y``."""
    first = next(iter(items.values()))
    names = [name for name in type(first).model_fields if not _is_nested(first, name)]
    lines = (
        (f"`{key}`", *(f"`{yaml_value(plain(getattr(item, name)))}`" for name in names))
        for key, item in items.items()
    )
    return markdown_table((f"`{path}`", *(f"`{name}`" for name in names)), lines)


def column_table(item: Block, currency: str) -> str:
    """What the columns of a matrix are."""
    lines = (
        (f"`{name}`", unit_of(name, field, currency), allowed(field), field.description or "")
        for name, field in type(item).model_fields.items()
        if not _is_nested(item, name)
    )
    return markdown_table(("column", "unit", "allowed", "meaning"), lines)


def _is_nested(block: Block, name: str) -> bool:
    value = getattr(block, name)
    return isinstance(value, Block) or bool(blocks_in(value))


def _bound(field: FieldInfo, name: str) -> Any:
    return next((getattr(m, name) for m in field.metadata if hasattr(m, name)), None)


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) and value < 2**63 else f"{value}"
