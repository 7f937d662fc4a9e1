"""Columns of truth that say what was simulated: every world, and every dial of the scenario."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from omnisim.scenario import Scenario
from omnisim.storage import Codes
from omnisim.storage.manifest import canonical_json
from omnisim.truth.tally import WorldTally
from omnisim.truth.worlds import BASE, OtherWorld

WorldRow = tuple[str, str, str, int]  # name, kind, cause, and how many persons lived it


def world_rows(
    n_persons: int,
    others: Sequence[OtherWorld],
    tallies: Mapping[str, WorldTally],
    more: Iterable[WorldRow] = (),
) -> dict[str, Any]:
    """Columns of truth/worlds; `more` are worlds that were not lived beside the base world."""
    rows: list[WorldRow] = [(BASE, BASE, BASE, n_persons), *more]
    rows += [(w.name, w.kind, w.of, tallies[w.name].n_lived) for w in others]
    rows.sort()
    return {
        "world": Codes.of([row[0] for row in rows]),
        "world_kind": Codes.of([row[1] for row in rows]),
        "cause": Codes.of([row[2] for row in rows]),
        "n_persons": np.full(len(rows), n_persons, np.int64),
        "n_lived": np.array([row[3] for row in rows], np.int64),
    }


def parameter_columns(scenario: Scenario) -> dict[str, Any]:
    """Columns of truth/parameters: everything of the scenario that can change the data.

    Examples
    --------
    >>> from omnisim.scenario import load_scenario
    >>> "horizon.n_days" in parameter_columns(load_scenario("sample"))["parameter"].names
    True
    """
    rows = sorted(_leaves("", scenario.canonical()))
    return {
        "parameter": Codes.of([path for path, _ in rows]),
        "value": Codes.of([canonical_json(value) for _, value in rows]),
    }


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Every field that is no block, with its place; a list is one value."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(f"{path}.{key}" if path else str(key), inner)
    else:
        yield path, value
