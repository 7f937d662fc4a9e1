"""What a measure needs of its data: SQL over the tables of the schema, and the window they cover.

:class:`omnisim.storage.Dataset` has it for datasets on disk; :class:`FrameWarehouse` gives the same
over frames in memory. Money is in major units of `currency`; timestamps are UTC.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

import duckdb
import pandas as pd

from omnisim.errors import DesignError, SchemaError
from omnisim.language import say
from omnisim.schema import TABLES

DAYS_PER_YEAR = 365.25


class Warehouse(Protocol):
    """Tables that answer SQL; the window ``first_date`` to ``last_date`` includes both ends."""

    @property
    def currency(self) -> str: ...
    @property
    def first_date(self) -> dt.date: ...
    @property
    def last_date(self) -> dt.date: ...
    @property
    def n_days(self) -> int: ...
    @property
    def tables(self) -> Collection[str]: ...
    def query(self, sql: str) -> pd.DataFrame: ...


class FrameWarehouse:
    """Frames in memory that answer SQL like a dataset on disk.

    Parameters
    ----------
    frames : mapping of table name to DataFrame
        Tables of the schema, money in major units (``net_amount``), timestamps in UTC.
    first_date, last_date : date
        First and last day the tables cover, both included.
    currency : str
        ISO 4217 code.

    Raises
    ------
    SchemaError
        A value is missing or infinite in a column the schema says is always filled.

    Examples
    --------
    >>> import datetime as dt, pandas as pd
    >>> day = dt.date(2025, 1, 1)
    >>> tiny = FrameWarehouse({"t": pd.DataFrame({"x": [1, 2]})}, day, day, currency="USD")
    >>> int(tiny.query("select sum(x) as total from t").total[0])
    3
    """

    def __init__(
        self,
        frames: Mapping[str, pd.DataFrame],
        first_date: dt.date,
        last_date: dt.date,
        *,
        currency: str,
    ) -> None:
        if last_date < first_date:
            raise DesignError(f"last_date = {last_date}: give a day on or after {first_date}")
        self.first_date, self.last_date, self.currency = first_date, last_date, currency
        self.tables: tuple[str, ...] = tuple(frames)
        self._connection = duckdb.connect(config={"threads": 1})  # the same digits every time
        for name, frame in frames.items():
            _check_complete(name, frame)
            self._connection.register(name, frame)

    @property
    def n_days(self) -> int:
        """Length of the window in days."""
        return (self.last_date - self.first_date).days + 1

    def query(self, sql: str) -> pd.DataFrame:
        """The rows `sql` gives."""
        frame: pd.DataFrame = self._connection.execute(sql).df()
        return frame


def _check_complete(name: str, frame: pd.DataFrame) -> None:
    """Refuse missing or infinite values where the schema allows none: SQL would skip them silently."""
    declared = TABLES[name].columns if name in TABLES else {}
    for column, about in declared.items():
        given = column.removesuffix("_cents") if about.dtype == "cents" else column
        if given not in frame or about.nullable:
            continue
        values = frame[given]
        bad = values.isna()
        if pd.api.types.is_float_dtype(values):
            bad = bad | values.isin([float("inf"), float("-inf")])
        if bad.any():
            raise SchemaError(
                f"{name}.{given}: {int(bad.sum())} of {len(frame)} values are missing or infinite; "
                "give every row a value"
            )


def require(warehouse: Warehouse, tables: Iterable[str], *, purpose: str) -> None:
    """Refuse when a table is missing.

    Raises
    ------
    DesignError
        Names the missing tables and what they were needed for.
    """
    missing = sorted(set(tables) - set(warehouse.tables))
    if missing:
        raise DesignError(
            say(
                "{purpose}: needs the tables {tables}, which the data does not have",
                purpose=purpose,
                tables=missing,
            )
        )


def years(warehouse: Warehouse) -> float:
    """Length of the window in years of 365.25 days."""
    return warehouse.n_days / DAYS_PER_YEAR


def day_number(column: str) -> str:
    """SQL for the UTC day of a timestamp as days since 1970, whatever the session's time zone."""
    return f"(epoch_ms({column}) // 86400000)"


def day_index(day: dt.date) -> int:
    """Days since 1970-01-01, as :func:`day_number` counts them."""
    return (day - dt.date(1970, 1, 1)).days
