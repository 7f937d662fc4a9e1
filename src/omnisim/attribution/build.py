"""From tables of contacts and orders to journeys, in one sort."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from omnisim.attribution.build_rows import (
    MISSING,
    Links,
    Rows,
    channel_values,
    ids_of,
    refuse_mixed_zones,
    utc_ms,
)
from omnisim.attribution.columns import (
    IntArray,
    factorize_channels,
    finite_amounts,
    require_columns,
)
from omnisim.attribution.counts import JourneyCounts
from omnisim.attribution.journeys import Journeys
from omnisim.attribution.rules import UNKNOWN_CHANNEL, JourneyRules
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
MS_PER_DAY = 86_400_000
DIRECT = "direct"


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
        Missing column, missing time or channel, times of which one table has a zone and the other
        none, an order twice, an impossible amount, or a contact whose identity is unknown.
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
    refuse_mixed_zones(touchpoints, orders)
    if orders["order_id"].duplicated().any():
        twice = orders["order_id"][orders["order_id"].duplicated()].iloc[0]
        raise SchemaError(f"orders.order_id: {twice} occurs twice; give each order once")
    counted, counts = _counted(touchpoints, rules)
    completed = orders[(orders["status"] == "completed").to_numpy()]
    if completed.empty:
        raise DesignError(f"orders: none of {len(orders)} is completed: nothing to credit")

    links = Links.of(identities)
    touch_key = links.person(counted, stitch=rules.stitch_identities)
    if (touch_key == MISSING).any():
        raise SchemaError("touchpoints: a contact with neither identity_id nor customer_id")
    order_key = links.person(completed, stitch=rules.stitch_identities)
    unidentified = order_key == MISSING
    # An order nobody can be tied to is a person of its own.
    rank = np.argsort(np.argsort(ids_of(completed["order_id"])))
    order_key[unidentified] = -2 - rank[unidentified]
    n_completed = len(completed)
    if rules.several_orders == "first":
        first = _first_of_each(completed, order_key)
        completed, order_key, unidentified = completed[first], order_key[first], unidentified[first]

    fill = UNKNOWN_CHANNEL if rules.unknown_channel == "keep" else None
    codes, channels = factorize_channels(channel_values(counted["channel"], unknown=fill))
    rows = Rows.sorted(
        person=np.concatenate([touch_key, order_key]),
        time=np.concatenate(
            [
                utc_ms(counted, "touched_at", "touchpoints"),
                utc_ms(completed, "ordered_at", "orders"),
            ]
        ),
        tie=np.concatenate([ids_of(counted["touchpoint_id"]), ids_of(completed["order_id"])]),
        n_touches=len(counted),
        touch_first=rules.ties == "touch_first",
    )
    found = _Assembled.of(rows, codes, channels, rules)
    order_row = rows.order_row[found.last][found.converted]
    seen = np.unique(ids_of(counted["identity_id"]))
    seen = seen[seen != MISSING]
    n_without = int((found.lengths[found.converted] == 0).sum())
    n_unidentified = int(unidentified.sum())
    counts = replace(
        counts,
        n_collapsed=found.n_collapsed,
        n_direct=found.n_direct,
        n_after_last_order=found.n_after,
        n_reused=found.n_reused,
        n_touches=int(found.lengths.sum()),
        n_expired=found.n_expired,
        n_orders=len(orders),
        n_not_completed=len(orders) - n_completed,
        n_later_orders=n_completed - len(completed),
        n_conversions=int(found.converted.sum()),
        n_unidentified=n_unidentified,
        n_untouched=n_without - n_unidentified,
        n_identities=len(seen),
        n_unlinked_identities=int((links.account(seen) == MISSING).sum()),
    )
    journeys = _journeys(found, rows, completed, order_row, channels, counts)
    if rules.untouched_orders == "keep":
        return journeys
    keep = journeys.has_touch | (journeys.conversions == 0)
    left = replace(
        counts,
        n_untouched_left_out=n_without,
        n_conversions=counts.n_conversions - n_without,
        n_unidentified=0,
        n_untouched=0,
    )
    return replace(journeys.select(keep), counts=left)


def _counted(touchpoints: pd.DataFrame, rules: JourneyRules) -> tuple[pd.DataFrame, JourneyCounts]:
    """Contacts that count, and what became of the others."""
    counted = touchpoints[touchpoints["touch_kind"].isin(rules.touch_kinds).to_numpy()]
    n_other_kinds = len(touchpoints) - len(counted)
    n_other_channels = 0
    if rules.left_out_channels:
        out = counted["channel"].isin(rules.left_out_channels).to_numpy()
        n_other_channels, counted = int(out.sum()), counted[~out]
    n_before = len(counted)
    if rules.merge_duplicates:
        key = ["identity_id", "touched_at", "channel", "touch_kind"]
        if counted.duplicated(key).any():
            # The lowest id stays, whatever the order of the rows.
            by_id = counted.sort_values("touchpoint_id", kind="stable")
            counted = by_id[~by_id.duplicated(key).to_numpy()]
    return counted, JourneyCounts(
        n_touchpoints=len(touchpoints),
        n_other_kinds=n_other_kinds,
        n_other_channels=n_other_channels,
        n_duplicates=n_before - len(counted),
        n_unknown_channel=int(counted["channel"].isna().sum()),
    )


def _first_of_each(completed: pd.DataFrame, person: IntArray) -> npt.NDArray[np.bool_]:
    """Which orders are the first of their person; the lower id where two share a millisecond."""
    order = np.lexsort(
        (ids_of(completed["order_id"]), utc_ms(completed, "ordered_at", "orders"), person)
    )
    is_first = np.ones(len(person), dtype=bool)
    is_first[order[1:]] = person[order[1:]] != person[order[:-1]]
    return is_first


@dataclass(frozen=True, slots=True, eq=False)
class _Assembled:
    """Rows put into journeys: contacts of journey `j` are those of `touch` where `owner` is `j`."""

    touch: IntArray  # row of `Rows` of each contact
    codes: npt.NDArray[np.int16]
    owner: IntArray
    first: IntArray  # first and last row of each journey
    last: IntArray
    converted: npt.NDArray[np.bool_]
    n_expired: int
    n_after: int
    n_reused: int
    n_direct: int
    n_collapsed: int

    @property
    def lengths(self) -> IntArray:
        return np.bincount(self.owner, minlength=len(self.first))

    @classmethod
    def of(
        cls,
        rows: Rows,
        codes: npt.NDArray[np.int16],
        channels: tuple[str, ...],
        rules: JourneyRules,
    ) -> _Assembled:
        lookback_ms = rules.lookback_days * MS_PER_DAY
        journey, is_expired = rows.cut(lookback_ms=lookback_ms)
        keep = np.ones(len(journey), dtype=bool)
        n_after = 0
        if rules.after_last_order == "left_out":
            keep = ~rows.after_last_order()
            n_after = int((~keep).sum())
            journey = np.unique(journey[keep], return_inverse=True)[1].astype(np.int64)
        place = np.flatnonzero(keep)
        first_at = np.flatnonzero(np.diff(journey, prepend=-1))
        last_at = np.append(first_at[1:], len(journey)) - 1
        first, last = place[first_at], place[last_at]
        converted = rows.is_order[last]
        is_touch = ~rows.is_order[place]
        touch, owner = place[is_touch], journey[is_touch]
        n_reused = 0
        if rules.several_orders == "reuse":
            before = len(touch)
            touch, owner = _reused(rows, last, converted, touch, owner, lookback_ms)
            n_reused = len(touch) - before
        code = codes[rows.touch_row[touch]]
        n_direct = n_collapsed = 0
        if rules.direct_contacts == "only_if_alone" and DIRECT in channels:
            is_direct = code == channels.index(DIRECT)
            has_other = np.bincount(owner[~is_direct], minlength=len(first)) > 0
            out = is_direct & has_other[owner]
            n_direct = int(out.sum())
            touch, owner, code = touch[~out], owner[~out], code[~out]
        if rules.collapse_repeats:
            out = np.zeros(len(code), dtype=bool)
            out[1:] = (owner[1:] == owner[:-1]) & (code[1:] == code[:-1])
            n_collapsed = int(out.sum())
            touch, owner, code = touch[~out], owner[~out], code[~out]
        n_expired = int(is_expired[touch].sum())
        return cls(
            touch, code, owner, first, last, converted,
            n_expired, n_after, n_reused, n_direct, n_collapsed,
        )  # fmt: skip


def _reused(
    rows: Rows,
    last: IntArray,
    converted: npt.NDArray[np.bool_],
    touch: IntArray,
    owner: IntArray,
    lookback_ms: float,
) -> tuple[IntArray, IntArray]:
    """Contacts and owners when each order sees its whole window."""
    closing = last[converted]
    start = rows.window_start(closing, lookback_ms=lookback_ms)
    lengths = closing - start
    begin = np.cumsum(lengths) - lengths
    inside = np.repeat(start - begin, lengths) + np.arange(int(lengths.sum()))
    who = np.repeat(np.flatnonzero(converted), lengths)
    is_touch = ~rows.is_order[inside]
    silent = ~converted[owner]
    all_touch = np.concatenate([touch[silent], inside[is_touch]])
    all_owner = np.concatenate([owner[silent], who[is_touch]])
    order = np.lexsort((all_touch, all_owner))
    return all_touch[order], all_owner[order]


def _journeys(
    found: _Assembled,
    rows: Rows,
    completed: pd.DataFrame,
    order_row: IntArray,
    channels: tuple[str, ...],
    counts: JourneyCounts,
) -> Journeys:
    """The compact form."""
    n, converted = len(found.first), found.converted
    order_codes, order_channels = pd.factorize(
        channel_values(completed["order_channel"], unknown=None), sort=True
    )
    value, order_id = np.zeros(n), np.full(n, -1, dtype=np.int64)
    order_channel = np.full(n, -1, dtype=np.int16)
    amounts = finite_amounts(completed["net_amount"], where="orders.net_amount")
    value[converted] = amounts[order_row]
    order_id[converted] = ids_of(completed["order_id"])[order_row]
    order_channel[converted] = order_codes[order_row]
    ended_ms = rows.time[found.last]
    return Journeys(
        channels=channels,
        codes=found.codes,
        offsets=np.concatenate([[0], np.cumsum(found.lengths)]).astype(np.int64),
        conversions=converted.astype(np.int64),
        nulls=(~converted).astype(np.int64),
        value=value,
        customer=rows.person[found.first],
        days_before_end=(ended_ms[found.owner] - rows.time[found.touch]) / MS_PER_DAY,
        ended_ms=ended_ms,
        order_id=order_id,
        order_channels=tuple(str(name) for name in order_channels),
        order_channel=order_channel,
        counts=counts,
    )
