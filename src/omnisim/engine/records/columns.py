"""Small steps between records and columns of tables."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.records.log import BlockLog, IntArray
from omnisim.engine.state import NO_TIME
from omnisim.schema import TABLES, TRUTH_TABLES
from omnisim.storage import Codes
from omnisim.storage.columns import NUMPY_TYPES


def no_rows(*tables: str) -> dict[str, dict[str, Any]]:
    """Columns of tables that stay empty because their mechanism is off."""
    every = {**TABLES, **TRUTH_TABLES}
    return {
        table: {
            name: np.zeros(0, NUMPY_TYPES[column.dtype])
            if column.dtype in NUMPY_TYPES
            else Codes(np.zeros(0, np.int8), column.allowed)
            for name, column in every[table].columns.items()
        }
        for table in tables
    }


def maybe_id(values: NDArray[Any]) -> tuple[IntArray, NDArray[np.bool_]]:
    """Ids with a mask of the missing, which are below 0."""
    numbers = np.ascontiguousarray(values, dtype=np.int64)
    return np.maximum(numbers, 0), numbers < 0


def maybe_at(log: BlockLog, seconds: NDArray[Any]) -> tuple[IntArray, NDArray[np.bool_]]:
    """Timestamps with a mask of the missing, which are NO_TIME."""
    missing = seconds == NO_TIME
    return log.milliseconds(np.where(missing, 0, seconds)), missing


def codes(values: NDArray[Any], names: tuple[str, ...]) -> Codes:
    """A category column; -1 is missing."""
    return Codes(np.ascontiguousarray(values, dtype=np.int8), names)


def look(table: NDArray[Any], u: NDArray[np.float64]) -> NDArray[Any]:
    """Values of a quantile table for uniforms."""
    return np.asarray(table[(u * table.size).astype(np.int64)])


def find_rows(ids: NDArray[Any], wanted: NDArray[Any]) -> IntArray:
    """Position in `ids` of each wanted id, -1 where it is not among them."""
    if not ids.size:
        return np.full(wanted.size, -1, np.int64)
    order = np.argsort(ids)
    ordered = ids[order]
    place = np.minimum(np.searchsorted(ordered, wanted), ids.size - 1)
    return np.where(ordered[place] == wanted, order[place], -1)
