"""Rows of ``truth/effects``: one effect with its estimand, semantics, scope and window."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from omnisim.storage import Codes
from omnisim.timeline import date_of, epoch_day
from omnisim.world import World

Row = dict[str, Any]
COUPLING = "same seed, every draw shared by address"
KEY = ("estimand", "cause", "semantics", "outcome", "scope")
_TEXTS = (*KEY, "unit", "coupling")
_NUMBERS = {
    "first_date": np.int32,
    "last_date": np.int32,
    "value": np.float64,
    "std_error": np.float64,
    "n_units": np.int64,
    "replications": np.int16,
}


def effect_row(
    world: World,
    outcome: str,
    value: float,
    std_error: float,
    n_units: int,
    words: Mapping[str, str],
    *,
    per: str = "",
    first_day: int = 0,
    last_day: int | None = None,
    replications: int = 1,
) -> Row:
    """One row; the whole horizon is its window by default.

    Parameters
    ----------
    value, std_error : float
        In the unit of the outcome, money in major units.
    words : mapping of str to str
        ``estimand``, ``cause``, ``semantics`` and ``scope``.
    per : str
        What the value is divided by, e.g. ``store-week``.
    """
    horizon = world.scenario.horizon
    last = horizon.n_days - 1 if last_day is None else last_day
    unit = unit_of(world, outcome)
    return {
        "outcome": outcome,
        "value": value,
        "std_error": std_error,
        "n_units": n_units,
        "first_date": epoch_day(date_of(horizon.start_date, first_day)),
        "last_date": epoch_day(date_of(horizon.start_date, last)),
        "replications": replications,
        "coupling": COUPLING,
        "unit": f"{unit} per {per}" if per else unit,
        **words,
    }


def unit_of(world: World, outcome: str) -> str:
    """The currency for amounts, else the thing that is counted."""
    if outcome.startswith("n_"):
        return outcome.removeprefix("n_").replace("_", " ")
    return world.scenario.market.currency


def minor_units(outcome: str) -> float:
    """How many of the whole numbers that are summed make one unit."""
    return 1.0 if outcome.startswith("n_") else 100.0


def row_columns(rows: Iterable[Row]) -> dict[str, Any]:
    """Columns of ``truth/effects``, sorted by key."""
    found = sorted(rows, key=lambda row: tuple(row[name] for name in KEY))
    columns: dict[str, Any] = {
        name: np.array([row[name] for row in found], dtype) for name, dtype in _NUMBERS.items()
    }
    for name in _TEXTS:
        columns[name] = Codes.of([row[name] for row in found])
    return columns
