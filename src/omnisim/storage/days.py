"""Rows of some days: which row groups may hold them, and which rows of those do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from omnisim.errors import DatasetError


@dataclass(frozen=True, slots=True)
class Days:
    """Calendar days (UTC), both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        for name, value in (("first_date", self.first), ("last_date", self.last)):
            if not isinstance(value, date) or isinstance(value, datetime):
                raise DatasetError(f"{name} = {value!r}: give a date, e.g. date(2025, 3, 1)")
        if self.first > self.last:
            raise DatasetError(f"first_date = {self.first} lies after last_date = {self.last}")

    def groups(self, footer: Any, column: str) -> list[int]:
        """Row groups of a Parquet file that may hold rows of these days, by their statistics."""
        place = [footer.schema.column(k).path for k in range(footer.num_columns)].index(column)
        found = []
        for group in range(footer.num_row_groups):
            known = footer.row_group(group).column(place).statistics
            if known is None or not known.has_min_max or self._meets(known.min, known.max):
                found.append(group)
        return found

    def only(self, rows: pa.Table, column: str) -> pa.Table:
        """Rows of these days."""
        day = pc.cast(rows[column], pa.date32(), safe=False)
        return rows.filter(
            pc.and_(pc.greater_equal(day, self.first), pc.less_equal(day, self.last))
        )

    def _meets(self, low: date, high: date) -> bool:
        return _day(low) <= self.last and self.first <= _day(high)


def _day(moment: date) -> date:
    if not isinstance(moment, datetime):
        return moment
    return (moment if moment.tzinfo is None else moment.astimezone(UTC)).date()
