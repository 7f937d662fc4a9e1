"""Tables that were never written: what a measurer reads of a world that lives in memory only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol

import pandas as pd
import pyarrow as pa

from omnisim.errors import DatasetError
from omnisim.schema import TABLES, Table
from omnisim.storage.columns import check_columns
from omnisim.storage.frames import frame_of_parts
from omnisim.storage.writer import DatasetFacts


class Tables(Protocol):
    """What :class:`Dataset` and :class:`MemoryTables` have in common."""

    @property
    def currency(self) -> str:
        """ISO 4217 code of every amount."""
        ...

    @property
    def first_date(self) -> date:
        """First day covered."""
        ...

    @property
    def last_date(self) -> date:
        """Last day covered, included."""
        ...

    def read(
        self, table: str, columns: Sequence[str] | None = None, raw: bool = False
    ) -> pd.DataFrame:
        """A table as a frame; see :meth:`Dataset.read`."""
        ...


class MemoryTables:
    """Some tables of one retailer, checked like written ones and read like them.

    Parameters
    ----------
    facts : DatasetFacts
        Currency, locale and days covered.
    parts : mapping of str to sequence of mapping
        Table name -> parts, each the columns that :class:`DatasetWriter` takes.

    Raises
    ------
    SchemaError
        A part does not agree with the declaration of its table.
    """

    def __init__(
        self, facts: DatasetFacts, parts: Mapping[str, Sequence[Mapping[str, Any]]]
    ) -> None:
        self.facts = facts
        self._parts = {
            name: [_arrow(name, TABLES[name], part) for part in given]
            for name, given in parts.items()
        }

    @property
    def currency(self) -> str:
        """ISO 4217 code of every amount."""
        return self.facts.currency

    @property
    def first_date(self) -> date:
        """First day covered."""
        return self.facts.first_date

    @property
    def last_date(self) -> date:
        """Last day covered, included."""
        return self.facts.last_date

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables present, in the schema's order."""
        return tuple(name for name in TABLES if name in self._parts)

    def read(
        self, table: str, columns: Sequence[str] | None = None, raw: bool = False
    ) -> pd.DataFrame:
        """A table as a frame, equal to what :meth:`Dataset.read` gives of the written one.

        Raises
        ------
        DatasetError
            The table is not among those kept.
        """
        if table not in self._parts:
            raise DatasetError(f"{table!r} was not kept in memory; there are {self.tables}")
        return frame_of_parts(
            self._parts[table], TABLES[table], currency=self.currency, columns=columns, raw=raw
        )


def memory_frame(
    name: str, table: Table, columns: Mapping[str, Any], *, currency: str
) -> pd.DataFrame:
    """One table's columns, as :class:`DatasetWriter` takes them, as the frame a reader would get."""
    return frame_of_parts([_arrow(name, table, columns)], table, currency=currency)


def _arrow(name: str, table: Table, columns: Mapping[str, Any]) -> pa.Table:
    checked = check_columns(name, table, columns)
    return pa.table({column: found.array for column, found in checked.items()})
