"""Persons and times behind the rows of tables: who a contact belongs to, and in which order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from omnisim.attribution.columns import FloatArray, IntArray
from omnisim.errors import DesignError, SchemaError

MISSING = -1


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """Which account each identity was linked to; sorted by identity."""

    identity: IntArray
    customer: IntArray

    @classmethod
    def of(cls, identities: pd.DataFrame) -> Links:
        identity = ids_of(identities["identity_id"])
        if (identity == MISSING).any() or len(np.unique(identity)) != len(identity):
            raise SchemaError("identities.identity_id: missing or twice; give each identity once")
        order = np.argsort(identity)
        return cls(identity[order], ids_of(identities["customer_id"])[order])

    def account(self, identity: IntArray) -> IntArray:
        """Account of each identity, -1 when it has none; unknown identities are refused."""
        place = np.searchsorted(self.identity, identity)
        place = np.minimum(place, max(len(self.identity) - 1, 0))
        unknown = (
            self.identity[place] != identity
            if len(self.identity)
            else np.ones(len(identity), dtype=bool)
        )
        if unknown.any():
            raise SchemaError(
                f"identity_id {identity[unknown][0]}: not in identities "
                f"({int(unknown.sum())} rows); give every identity a row there"
            )
        return self.customer[place]

    def person(self, frame: pd.DataFrame, *, stitch: bool) -> IntArray:
        """Person key per row: accounts odd, identities even, -1 when there is neither."""
        identity, customer = ids_of(frame["identity_id"]), ids_of(frame["customer_id"])
        has_identity = identity != MISSING
        if not stitch:
            return np.where(
                has_identity,
                identity * 2,
                np.where(customer != MISSING, customer * 2 + 1, MISSING),
            )
        linked = np.full(len(identity), MISSING, dtype=np.int64)
        linked[has_identity] = self.account(identity[has_identity])
        account = np.where(customer != MISSING, customer, linked)
        return np.where(
            account != MISSING,
            account * 2 + 1,
            np.where(has_identity, identity * 2, MISSING),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Contacts and orders of all persons in one order: person, time, contacts before orders, id."""

    person: IntArray
    time: IntArray
    is_order: npt.NDArray[np.bool_]
    touch_row: IntArray
    order_row: IntArray

    @classmethod
    def sorted(
        cls, *, person: IntArray, time: IntArray, tie: IntArray, n_touches: int, touch_first: bool
    ) -> Rows:
        dense = np.unique(person, return_inverse=True)[1].astype(np.int64)
        is_order = np.arange(len(person)) >= n_touches
        order = np.lexsort((tie, is_order == touch_first, time, dense))
        flag = is_order[order]
        return cls(
            dense[order],
            time[order],
            flag,
            np.where(flag, n_touches, order),
            np.where(flag, order - n_touches, -1),
        )

    def after_last_order(self) -> npt.NDArray[np.bool_]:
        """Which rows come after the last order of a person who ordered."""
        row = np.arange(len(self.person))
        last = np.full(int(self.person[-1]) + 1, -1) if len(row) else np.zeros(0, dtype=np.int64)
        last[self.person[self.is_order]] = row[self.is_order]  # the greatest stays: rows rise
        return (last[self.person] >= 0) & (row > last[self.person])

    def window_start(self, place: IntArray, *, lookback_ms: float) -> IntArray:
        """First row of the same person at most `lookback_ms` before the row at each `place`."""
        since = self.time - (self.time.min() if len(self.time) else 0)
        span = int(since.max(initial=0)) + 1
        if len(self.person) and (int(self.person[-1]) + 1) * span >= 2**63:
            raise DesignError(
                f"{int(self.person[-1]) + 1:,} persons over {span / 86_400_000:,.0f} days: "
                "too many to find windows; build journeys in parts of persons"
            )
        key = self.person * span + since
        reach = np.minimum(since[place], int(lookback_ms))
        return np.asarray(np.searchsorted(key, key[place] - reach, side="left"), dtype=np.int64)

    def cut(self, *, lookback_ms: float) -> tuple[IntArray, npt.NDArray[np.bool_]]:
        """Journey index of each row, and which contacts are too old for their order."""
        starts = np.ones(len(self.person), dtype=bool)
        starts[1:] = (self.person[1:] != self.person[:-1]) | self.is_order[:-1]
        ends = np.append(np.flatnonzero(starts)[1:], len(starts)) - 1
        end = ends[np.cumsum(starts) - 1]
        closes = self.is_order[end]
        is_expired = closes & ~self.is_order & (self.time[end] - self.time > lookback_ms)
        gap: FloatArray = np.diff(self.time, prepend=self.time[:1]).astype(np.float64)
        after_expired = np.concatenate([[False], is_expired[:-1]]) & ~is_expired
        silent = (is_expired | ~closes) & (gap > lookback_ms)
        return np.cumsum(starts | after_expired | silent) - 1, is_expired


def ids_of(column: pd.Series) -> IntArray:
    """Ids as int64, -1 for missing."""
    if pd.api.types.is_float_dtype(column):
        column = column.astype("Int64")
    return column.to_numpy(dtype=np.int64, na_value=MISSING)


def utc_ms(frame: pd.DataFrame, name: str, table: str) -> IntArray:
    """UTC milliseconds of a timestamp column without gaps; times without a zone are UTC."""
    column = frame[name]
    if not pd.api.types.is_datetime64_any_dtype(column):
        raise SchemaError(
            f"{table}.{name}: {column.dtype} is not a timestamp of one time zone; "
            "convert with pandas.to_datetime(..., utc=True)"
        )
    if column.isna().any():
        raise SchemaError(f"{table}.{name}: {int(column.isna().sum())} missing times")
    if column.dt.tz is not None:
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    return column.to_numpy(dtype="datetime64[ms]").astype(np.int64)


def refuse_mixed_zones(touchpoints: pd.DataFrame, orders: pd.DataFrame) -> None:
    """Times of one table with a zone and of the other without cannot be put in order."""
    times = [touchpoints["touched_at"], orders["ordered_at"]]
    if not all(pd.api.types.is_datetime64_any_dtype(column) for column in times):
        return  # refused with a better word where they are read
    has_zone = [getattr(column.dtype, "tz", None) is not None for column in times]
    if has_zone[0] != has_zone[1]:
        names = ("touchpoints.touched_at", "orders.ordered_at")
        zoned, bare = names if has_zone[0] else names[::-1]
        raise SchemaError(
            f"{zoned} has a time zone and {bare} has none: their order is unknown; "
            "localize both, e.g. to UTC"
        )


def channel_values(
    column: pd.Series, *, unknown: str | None
) -> npt.NDArray[np.object_] | pd.Categorical:
    """Categories stay codes, so that nothing becomes text row by row; `unknown` fills the gaps."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        values = pd.Categorical(column).remove_unused_categories()
        if unknown is not None and (values.codes < 0).any():
            values = values.add_categories([unknown])
            values[values.codes < 0] = unknown
        return values
    if unknown is not None:
        column = column.astype(object).where(column.notna(), unknown)
    return column.to_numpy(dtype=object)
