"""What a table declaration is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SCHEMA_VERSION = 1

DType = Literal[
    "id",  # int64 below 2**53, no order implied
    "int64",
    "int32",
    "int16",
    "float64",
    "bool",
    "cents",  # int64 minor units of the dataset's currency; the column name ends in `_cents`
    "category",  # string out of a short list
    "string",
    "date",  # calendar day
    "timestamp",  # UTC, millisecond resolution
]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its type, what it means, and what it may hold.

    Attributes
    ----------
    dtype : str
        One of :data:`DType`.
    about : str
        Meaning, with the unit where it has one.
    nullable : bool
        Whether a value may be missing.
    allowed : tuple of str
        The only values a category may take; empty means any.
    low, high : float or None
        Bounds of a number, both included.
    references : str or None
        ``table.column`` whose values this one must come from.
    """

    dtype: DType
    about: str
    nullable: bool = False
    allowed: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    references: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table: what a row is, its key, its order on disk and its columns."""

    about: str
    key: tuple[str, ...]
    sort_by: tuple[str, ...]
    columns: dict[str, Column]
    side: Literal["tables", "truth"] = "tables"

    @property
    def time_column(self) -> str | None:
        """The event time rows are ordered by, if the table has one."""
        first = self.sort_by[0]
        return first if self.columns[first].dtype in ("timestamp", "date") else None
