"""The page of mechanisms: what misleads, by how much, and what turns it off.

    python docs/build.py --mechanisms

Every number is measured by the functions that the tests in `tests/traps` hold to their bounds.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from omnisim.scenario import load_scenario
from omnisim.schema.dictionary import markdown_table

_ROOT = Path(__file__).parent.parent
_PRESET = "omnichannel_fashion"
_HEAD = """\
# Mechanisms and the traps they set

Written by `python docs/build.py --mechanisms` from `tests/traps`, which hold every number below to a
bound. Each row compares two worlds with the same seed, persons and draws: one with the mechanism, and
its twin in which only the dials named differ: the second value switches the mechanism off. *Naive* is
what an analyst computes from tables and logs. *Truth* is what the same persons do in a re-simulated
world without the cause, or what labels say. The error is one Monte-Carlo standard error of naive less
truth, from leaving out groups of persons (or stores) in turn; 0 means that both are of one draw or equal
by theory. Around the mechanism the world is calm: no season, no shocks, no other programme. So the
numbers show the direction and that the method is right without the mechanism; the size depends on the
dials.

"""
_COLUMNS = (
    "mechanism", "dials: here, in the twin", "naive answer", "truth", "unit",
    "naive", "truth", "bias", "error", "naive in the twin", "truth in the twin", "error",
)  # fmt: skip


def measured() -> list[Any]:
    """All traps, measured; takes about a minute."""
    sys.path.insert(0, str(_ROOT / "tests"))
    from traps.catalogue import CATALOGUE

    return [measure() for measure in CATALOGUE]


def mechanisms_page(traps: Iterable[Any]) -> str:
    """The page in Markdown."""
    traps = list(traps)
    rows = [_row(trap) for trap in traps]
    dials: dict[str, None] = {path: None for trap in traps for path in trap.dials}
    return "\n".join(
        [
            _HEAD + markdown_table(_COLUMNS, rows),
            "## Dials\n",
            f"Defaults are those of `{_PRESET}`; ranges and the rest are in "
            "[scenario.md](scenario.md).\n",
            markdown_table(
                ("dial", "default", "meaning"), [_dial(path) for path in dials if "." in path]
            ),
        ]
    )


def _row(trap: Any) -> tuple[str, ...]:
    on, off = trap.confounded, trap.twin
    dials = "; ".join(
        f"`{path}`: {' → '.join(_pair(*pair))}" for path, pair in sorted(trap.dials.items())
    )
    return (
        trap.mechanism, dials, trap.naive, trap.truth, trap.unit,
        _number(on.naive), _number(on.truth), _number(on.bias, sign=True), _number(on.std_error),
        _number(off.naive), _number(off.truth), _number(off.std_error),
    )  # fmt: skip


def _number(value: float, *, sign: bool = False) -> str:
    """Three digits that count, all of those before the point."""
    if value == 0:
        return "0"
    digits = max(0, 2 - _magnitude(value))
    return f"{value:{'+' if sign else ''},.{digits}f}"


def _magnitude(value: float) -> int:
    """Power of ten of the first digit."""
    return int(f"{abs(value):.2e}".partition("e")[2])


def _pair(on: Any, off: Any) -> tuple[str, str]:
    """Both values of a dial; of entries in lists only what differs."""
    if isinstance(on, Sequence) and on and isinstance(on[0], dict) and len(on) == len(off):
        keys = [key for key in on[0] if any(a[key] != b[key] for a, b in zip(on, off, strict=True))]
        on, off = ([{key: entry[key] for key in keys} for entry in side] for side in (on, off))
    return _value(on), _value(off)


def _value(value: Any) -> str:
    if isinstance(value, BaseModel):
        value = value.model_dump(exclude_defaults=True)
    if isinstance(value, dict):
        return " ".join(f"{key} {_value(inner)}" for key, inner in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_value(inner) for inner in value) or "none"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _dial(path: str) -> tuple[str, str, str]:
    """A dial's field, its value in the preset and what the field says about itself."""
    at: Any = load_scenario(_PRESET)
    about = ""
    for name in path.split("."):
        if isinstance(at, BaseModel):
            about = type(at).model_fields[name].description or ""
            at = getattr(at, name)
        else:
            at = at[name]
    return f"`{path}`", _value(at), about
