"""From tables of contacts and orders to journeys, in one sort."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from omnisim.attribution.journeys import (
    FloatArray,
    IntArray,
    JourneyCounts,
    Journeys,
    factorize_channels,
    finite_amounts,
    require_columns,
)
from omnisim.attribution.rules import JourneyRules
from omnisim.errors import DesignError, SchemaError

TOUCH_COLUMNS = (
    "touched_at",
    "touchpoint_id",
    "identity_id",
    "customer_id",
    "channel",
    "touch_kind",
)
ORDER_COLUMNS = (
    "ordered_at",
    "order_id",
    "customer_id",
    "identity_id",
    "order_channel",
    "status",
    "net_amount",
)
IDENTITY_COLUMNS = ("identity_id", "customer_id")
_MS_PER_DAY = 86_400_000
_MISSING = -1


def build_journeys(
    touchpoints: pd.DataFrame,
    orders: pd.DataFrame,
    identities: pd.DataFrame,
    rules: JourneyRules | None = None,
) -> Journeys:
    """Join contacts and orders of each person into journeys.

    A person is the account a contact or order belongs to, else the account its identity was linked
    to, else the identity itself. See :class:`~omnisim.attribution.JourneyRules` for the conventions.

    Parameters
    ----------
    touchpoints, orders, identities : DataFrame
        Tables of the schema, in any row order, amounts in major units.
    rules : JourneyRules, optional
        Conventions; the defaults when missing.

    Returns
    -------
    Journeys
        Sorted by person and time, with the account of every row in ``counts``.

    Raises
    ------
    SchemaError
        Missing column, missing time or channel, an order twice, an impossible amount, or a contact
        whose identity is unknown.
    DesignError
        No completed order: there is nothing to credit.

    Examples
    --------
    >>> at = pd.to_datetime(["2025-01-01", "2025-01-03"], utc=True)
    >>> touchpoints = pd.DataFrame({
    ...     "touched_at": at, "touchpoint_id": [1, 2], "identity_id": [7, 7],
    ...     "customer_id": pd.array([None, None], "Int64"), "channel": ["email", "direct"],
    ...     "touch_kind": ["click", "click"]})
    >>> orders = pd.DataFrame({
    ...     "ordered_at": at[1:], "order_id": [5], "customer_id": pd.array([None], "Int64"),
    ...     "identity_id": [7], "order_channel": ["web"], "status": ["completed"],
    ...     "net_amount": [40.0]})
    >>> identities = pd.DataFrame({"identity_id": [7], "customer_id": pd.array([None], "Int64")})
    >>> journeys = build_journeys(touchpoints, orders, identities)
    >>> [journeys.channels[code] for code in journeys.codes], journeys.value.tolist()
    (['email', 'direct'], [40.0])
    """
    rules = rules or JourneyRules()
    require_columns(touchpoints, TOUCH_COLUMNS, table="touchpoints")
    require_columns(orders, ORDER_COLUMNS, table="orders")
    require_columns(identities, IDENTITY_COLUMNS, table="identities")
    if orders["order_id"].duplicated().any():
        twice = orders["order_id"][orders["order_id"].duplicated()].iloc[0]
        raise SchemaError(f"orders.order_id: {twice} occurs twice; give each order once")

    counted = touchpoints[touchpoints["touch_kind"].isin(rules.touch_kinds).to_numpy()]
    n_other_kinds = len(touchpoints) - len(counted)
    n_duplicates = 0
    if rules.merge_duplicates:
        key = ["identity_id", "touched_at", "channel", "touch_kind"]
        if counted.duplicated(key).any():
            # The lowest id stays, whatever the order of the rows.
            by_id = counted.sort_values("touchpoint_id", kind="stable")
            counted = by_id[~by_id.duplicated(key).to_numpy()]
        n_duplicates = len(touchpoints) - n_other_kinds - len(counted)
    completed = orders[(orders["status"] == "completed").to_numpy()]
    if completed.empty:
        raise DesignError(f"orders: none of {len(orders)} is completed: nothing to credit")

    links = _Links.of(identities)
    touch_key = links.person(counted, stitch=rules.stitch_identities)
    if (touch_key == _MISSING).any():
        raise SchemaError("touchpoints: a contact with neither identity_id nor customer_id")
    order_key = links.person(completed, stitch=rules.stitch_identities)
    unidentified = order_key == _MISSING
    # An order nobody can be tied to is a person of its own.
    rank = np.argsort(np.argsort(_ids(completed["order_id"])))
    order_key[unidentified] = -2 - rank[unidentified]

    codes, channels = factorize_channels(_values(counted["channel"]))
    order_codes, order_channels = pd.factorize(_values(completed["order_channel"]), sort=True)
    rows = _Rows.sorted(
        person=np.concatenate([touch_key, order_key]),
        time=np.concatenate(
            [_ms(counted, "touched_at", "touchpoints"), _ms(completed, "ordered_at", "orders")]
        ),
        tie=np.concatenate([_ids(counted["touchpoint_id"]), _ids(completed["order_id"])]),
        n_touches=len(counted),
    )
    journey, is_expired = rows.cut(lookback_ms=rules.lookback_days * _MS_PER_DAY)
    keep = np.ones(len(journey), dtype=bool)
    n_collapsed = 0
    if rules.collapse_repeats:
        channel = np.where(rows.is_order, _MISSING, np.append(codes, _MISSING)[rows.touch_row])
        keep[1:] = rows.is_order[1:] | (
            (journey[1:] != journey[:-1]) | (channel[1:] != channel[:-1])
        )
        n_collapsed = int((~keep).sum())

    n_journeys = int(journey[-1]) + 1
    first = np.flatnonzero(np.diff(journey, prepend=-1))
    last = np.append(first[1:], len(journey)) - 1
    is_touch = ~rows.is_order & keep
    touch_row = rows.touch_row[is_touch]
    close_ms = rows.time[last][journey[is_touch]]
    converted = rows.is_order[last]
    order_row = rows.order_row[last][converted]
    value = np.zeros(n_journeys)
    value[converted] = finite_amounts(completed["net_amount"], where="orders.net_amount")[order_row]
    order_id = np.full(n_journeys, -1, dtype=np.int64)
    order_id[converted] = _ids(completed["order_id"])[order_row]
    order_channel = np.full(n_journeys, -1, dtype=np.int16)
    order_channel[converted] = order_codes[order_row]
    lengths = np.bincount(journey[is_touch], minlength=n_journeys)

    seen = np.unique(_ids(counted["identity_id"]))
    seen = seen[seen != _MISSING]
    n_without = int((lengths[converted] == 0).sum())
    return Journeys(
        channels=channels,
        codes=codes[touch_row],
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        conversions=converted.astype(np.int64),
        nulls=(~converted).astype(np.int64),
        value=value,
        customer=rows.person[first],
        days_before_end=(close_ms - rows.time[is_touch]) / _MS_PER_DAY,
        order_id=order_id,
        order_channels=tuple(str(name) for name in order_channels),
        order_channel=order_channel,
        counts=JourneyCounts(
            n_touchpoints=len(touchpoints),
            n_other_kinds=n_other_kinds,
            n_duplicates=n_duplicates,
            n_collapsed=n_collapsed,
            n_touches=int(lengths.sum()),
            n_expired=int((is_expired & keep).sum()),
            n_orders=len(orders),
            n_not_completed=len(orders) - len(completed),
            n_conversions=len(completed),
            n_unidentified=int(unidentified.sum()),
            n_untouched=n_without - int(unidentified.sum()),
            n_identities=len(seen),
            n_unlinked_identities=int((links.account(seen) == _MISSING).sum()),
        ),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Links:
    """Which account each identity was linked to; sorted by identity."""

    identity: IntArray
    customer: IntArray

    @classmethod
    def of(cls, identities: pd.DataFrame) -> _Links:
        identity = _ids(identities["identity_id"])
        if (identity == _MISSING).any() or len(np.unique(identity)) != len(identity):
            raise SchemaError("identities.identity_id: missing or twice; give each identity once")
        order = np.argsort(identity)
        return cls(identity[order], _ids(identities["customer_id"])[order])

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
        identity, customer = _ids(frame["identity_id"]), _ids(frame["customer_id"])
        has_identity = identity != _MISSING
        if not stitch:
            return np.where(
                has_identity,
                identity * 2,
                np.where(customer != _MISSING, customer * 2 + 1, _MISSING),
            )
        linked = np.full(len(identity), _MISSING, dtype=np.int64)
        linked[has_identity] = self.account(identity[has_identity])
        account = np.where(customer != _MISSING, customer, linked)
        return np.where(
            account != _MISSING,
            account * 2 + 1,
            np.where(has_identity, identity * 2, _MISSING),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Contacts and orders of all persons in one order: person, time, contacts before orders, id."""

    person: IntArray
    time: IntArray
    is_order: npt.NDArray[np.bool_]
    touch_row: IntArray
    order_row: IntArray

    @classmethod
    def sorted(cls, *, person: IntArray, time: IntArray, tie: IntArray, n_touches: int) -> _Rows:
        dense = np.unique(person, return_inverse=True)[1].astype(np.int64)
        is_order = np.arange(len(person)) >= n_touches
        order = np.lexsort((tie, is_order, time, dense))
        flag = is_order[order]
        return cls(
            dense[order],
            time[order],
            flag,
            np.where(flag, n_touches, order),
            np.where(flag, order - n_touches, -1),
        )

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


def _ids(column: pd.Series) -> IntArray:
    """Ids as int64, -1 for missing."""
    if pd.api.types.is_float_dtype(column):
        column = column.astype("Int64")
    return column.to_numpy(dtype=np.int64, na_value=_MISSING)


def _ms(frame: pd.DataFrame, name: str, table: str) -> IntArray:
    """UTC milliseconds of a timestamp column without gaps."""
    column = frame[name]
    if not pd.api.types.is_datetime64_any_dtype(column):
        raise SchemaError(f"{table}.{name}: {column.dtype} is not a timestamp")
    if column.isna().any():
        raise SchemaError(f"{table}.{name}: {int(column.isna().sum())} missing times")
    if column.dt.tz is not None:
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    return column.to_numpy(dtype="datetime64[ms]").astype(np.int64)


def _values(column: pd.Series) -> npt.NDArray[np.object_] | pd.Categorical:
    """Categories stay codes, so that nothing becomes text row by row."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return pd.Categorical(column).remove_unused_categories()
    return column.to_numpy(dtype=object)
