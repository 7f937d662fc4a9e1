"""Facts of the log that may lead to a contact with the service desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.codes import BY_BUYER, CARRY_OUT, NO_STOCK, SENT
from omnisim.engine.plan import KEY_RETURN
from omnisim.engine.records.accounts import Accounts
from omnisim.engine.records.columns import find_rows
from omnisim.engine.records.log import BlockLog, IntArray, ordinals
from omnisim.engine.records.tiers import earning_orders
from omnisim.engine.state import NO_TIME
from omnisim.schema.channels import RETURN_REASONS
from omnisim.timeline import SECONDS_PER_DAY

WHERE, RETURN, QUESTION, COMPLAINT, PRIVACY, LOYALTY, PAYMENT = range(7)  # of CONTACT_REASONS
_DEFECTS = [RETURN_REASONS.index(reason) for reason in ("quality", "not_as_described")]
_HOUR, _NOON = 3600, 12 * 3600


@dataclass(frozen=True, slots=True, eq=False)
class Causes:
    """Facts of one kind that may lead to a contact between two moments."""

    kind: int  # of cause; part of the address of the draws
    row: IntArray
    ordinal: IntArray
    earliest: IntArray
    latest: IntArray
    reason: IntArray
    chance: float
    customer: IntArray
    identity: IntArray
    order: IntArray


def causes_of(log: BlockLog, accounts: Accounts) -> list[Causes]:
    """Every fact of a block that may lead to a contact."""
    return [
        *_of_orders(log, accounts),
        *_of_returns(log),
        *_of_visits(log),
        *_of_members(log, accounts),
    ]


def _of_rows(
    kind: int,
    rows: Any,
    picked: NDArray[np.bool_],
    span: tuple[Any, Any],
    reason: int,
    chance: float,
    *,
    order: Any,
    ordinal: IntArray | None = None,
) -> Causes:
    """Causes out of rows of the log; `span` is given for all rows, as is `ordinal` if not their rank."""
    which = np.flatnonzero(picked)
    none = np.full(which.size, -1, np.int64)
    names = rows.dtype.names
    return Causes(
        kind,
        rows["row"][which].astype(np.int64),
        (ordinals(rows["row"]) if ordinal is None else ordinal)[which],
        np.asarray(span[0], np.int64)[which],
        np.asarray(span[1], np.int64)[which],
        np.full(which.size, reason, np.int64),
        chance,
        rows["customer"][which] if "customer" in names else none,
        rows["identity"][which] if "identity" in names else none,
        none if order is None else order[which],
    )


def _of_orders(log: BlockLog, accounts: Accounts) -> list[Causes]:
    plan, orders, day = log.world.scenario.service, log.orders, SECONDS_PER_DAY
    fulfilled = np.where(orders["fulfilled"] == NO_TIME, log.end, orders["fulfilled"])
    stands = (orders["reason"] < 0) & (orders["fulfilment"] != CARRY_OUT)
    late = stands & (fulfilled > orders["promised"])
    in_time = stands & ~late
    # the buyer's own change of mind is no complaint
    refused = (orders["reason"] >= 0) & (orders["reason"] != BY_BUYER)
    no_stock = refused & (orders["reason"] == NO_STOCK)
    cancelled = orders["cancelled"].astype(np.int64)
    after = (cancelled, cancelled + 2 * day)
    ids = orders["id"]
    found = [
        _of_rows(
            0, orders, late, (orders["promised"], fulfilled), WHERE, plan.late_share, order=ids
        ),
        _of_rows(
            1, orders, in_time, (orders["at"], fulfilled), WHERE, plan.on_time_share, order=ids
        ),
        _of_rows(2, orders, no_stock, after, COMPLAINT, plan.cancelled_share, order=ids),
        _of_rows(3, orders, refused & ~no_stock, after, PAYMENT, plan.cancelled_share, order=ids),
    ]
    if log.world.scenario.loyalty.is_on:
        earning = np.zeros(len(orders), bool)
        earning[earning_orders(log, accounts)[0]] = True
        span = (fulfilled, fulfilled + 10 * day)
        found.append(_of_rows(4, orders, earning, span, LOYALTY, plan.loyalty_share, order=ids))
    return found


def _of_returns(log: BlockLog) -> list[Causes]:
    plan, returns = log.world.scenario.service, log.returns
    at = returns["at"].astype(np.int64)
    every = np.ones(len(returns), bool)
    number = log.numbers(KEY_RETURN, returns)
    defect = np.isin(returns["reason"], _DEFECTS)
    found = [
        _of_rows(
            5, returns, every, (at, at + 4 * SECONDS_PER_DAY), RETURN, plan.return_share,
            order=returns["order"], ordinal=number,
        ),
        _of_rows(
            6, returns, defect, (at, at + 2 * SECONDS_PER_DAY), COMPLAINT, plan.defect_share,
            order=returns["order"], ordinal=number,
        ),
    ]  # fmt: skip
    return [_with_order(log, cause) for cause in found]


def _with_order(log: BlockLog, cause: Causes) -> Causes:
    """Customer and identity from the order."""
    if not cause.order.size:
        return cause
    order = log.orders[find_rows(log.orders["id"], cause.order)]
    return Causes(
        cause.kind, cause.row, cause.ordinal, cause.earliest, cause.latest, cause.reason,
        cause.chance, order["customer"], order["identity"], cause.order,
    )  # fmt: skip


def _of_visits(log: BlockLog) -> list[Causes]:
    plan = log.world.scenario.service
    at = log.sessions["at"].astype(np.int64)
    span = (at + 300, at + _HOUR)
    left = ~log.sessions["order"]
    return [_of_rows(7, log.sessions, left, span, QUESTION, plan.question_share, order=None)]


def _of_members(log: BlockLog, accounts: Accounts) -> list[Causes]:
    """Failed payments in outages; messages nobody agreed to; withdrawals."""
    plan = log.world.scenario.service
    own = np.flatnonzero(accounts.slot == 0)
    found = []
    for number, (start, end) in enumerate(log.world.incidents.outages):
        there = own[accounts.joined_at[own] < start]
        found.append(
            _of_account(8, accounts, there, number, (start, end), PAYMENT, plan.outage_share)
        )
    leaks = log.touches[(log.touches["kind"] == SENT) & ~log.touches["consent"]]
    at = leaks["at"].astype(np.int64)
    span = (at + 60, at + 2 * SECONDS_PER_DAY)
    every = np.ones(len(leaks), bool)
    found.append(_of_rows(9, leaks, every, span, PRIVACY, plan.privacy_share, order=None))
    day = log.people["withdrawal_day"][accounts.row[own]].astype(np.int64)
    noon = day * SECONDS_PER_DAY + _NOON
    leaving = (day < log.world.scenario.horizon.n_days) & (noon > accounts.joined_at[own])
    for_days = (noon[leaving], noon[leaving] + 10 * SECONDS_PER_DAY)
    found.append(_of_account(10, accounts, own[leaving], 0, for_days, PRIVACY, plan.privacy_share))
    return found


def _of_account(
    kind: int,
    accounts: Accounts,
    which: IntArray,
    ordinal: int,
    span: tuple[Any, Any],
    reason: int,
    chance: float,
) -> Causes:
    n = which.size
    none = np.full(n, -1, np.int64)
    earliest, latest = (np.broadcast_to(np.asarray(v, np.int64), n) for v in span)
    return Causes(
        kind, accounts.row[which], np.full(n, ordinal), earliest, latest, np.full(n, reason),
        chance, accounts.number[which], none, none,
    )  # fmt: skip
