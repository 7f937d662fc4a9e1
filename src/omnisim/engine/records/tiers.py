"""Tiers of the loyalty programme, from what an account spent within a year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from omnisim.engine.records.accounts import Accounts
from omnisim.engine.records.columns import codes, find_rows, no_rows
from omnisim.engine.records.log import BlockLog, IntArray, by_time
from omnisim.engine.state import NO_TIME
from omnisim.schema.members import LOYALTY_TIERS
from omnisim.timeline import SECONDS_PER_DAY

_YEAR_DAYS = 365
_LONG = 1 << 33  # more seconds than any horizon and its past


@dataclass(frozen=True, slots=True, eq=False)
class Tiers:
    """Each account's tiers in order of time; the first is the base tier on joining.

    Attributes
    ----------
    account : array, shape (n,)
        Position among :class:`Accounts`.
    at : array, shape (n,)
        Seconds from day 0 at which it starts.
    tier : array, shape (n,)
        0 = base.
    spend : array, shape (n,)
        Spend within the year before [cents], less refunds.
    """

    account: IntArray
    at: IntArray
    tier: IntArray
    spend: IntArray

    def in_force(self, account: IntArray, at: IntArray) -> IntArray:
        """Tier of an account at a moment not before it joined."""
        place = np.searchsorted(self.account * _LONG + self.at, account * _LONG + at, "right")
        return self.tier[place - 1]


def earning_orders(log: BlockLog, accounts: Accounts) -> tuple[IntArray, IntArray]:
    """Positions of completed orders of an account that were handed over, and these accounts."""
    orders = log.orders
    account = accounts.find(orders["customer"])
    counts = (account >= 0) & (orders["reason"] < 0) & (orders["fulfilled"] != NO_TIME)
    return np.flatnonzero(counts), account[counts]


def find_tiers(log: BlockLog, accounts: Accounts) -> Tiers:
    """Tiers of all accounts.

    Spend counts when the goods are handed over, refunds when they are paid, both for a year. The
    programme looks once a night, so a change starts at midnight.
    """
    plan = log.world.scenario.loyalty
    thresholds = np.array([round(plan.silver_spend * 100), round(plan.gold_spend * 100)])
    which, account = earning_orders(log, accounts)
    orders, returns = log.orders[which], log.returns
    net = orders["gross"] - orders["discount"]
    of_return = find_rows(orders["id"], returns["order"])
    known = of_return >= 0
    refund, refunded_at = returns["refund"][known], returns["at"][known]
    kept = net.copy()
    np.subtract.at(kept, of_return[known], refund)
    fulfilled = orders["fulfilled"].astype(np.int64)
    who = np.concatenate([account, account[of_return[known]], account])
    day = np.concatenate(
        [
            fulfilled // SECONDS_PER_DAY,
            refunded_at // SECONDS_PER_DAY,
            fulfilled // SECONDS_PER_DAY + _YEAR_DAYS,
        ]
    )
    amount = np.concatenate([net, -refund, -kept])
    order = np.lexsort((day, who))
    who, day, amount = who[order], day[order], amount[order]
    total = np.cumsum(amount)
    last = np.ones(who.size, bool)  # the evening of each (account, day)
    last[:-1] = (who[1:] != who[:-1]) | (day[1:] != day[:-1])
    start = np.searchsorted(who, who)  # first row of the account
    spend = (total - (total - amount)[start])[last] if who.size else total
    who, at = who[last], (day[last] + 1) * SECONDS_PER_DAY
    return _changes(log, accounts, who, at, spend, np.searchsorted(thresholds, spend, "right"))


def _changes(
    log: BlockLog, accounts: Accounts, who: IntArray, at: IntArray, spend: IntArray, tier: IntArray
) -> Tiers:
    """The base tier of every account, and each evening that ends in another tier than the last."""
    before = np.zeros(tier.size, np.int64)
    before[1:] = np.where(who[1:] == who[:-1], tier[:-1], 0)
    changed = (tier != before) & (at < log.end)
    n = len(accounts)
    account = np.concatenate([np.arange(n), who[changed]])
    moment = np.concatenate([accounts.joined_at, at[changed]])
    order = np.lexsort((moment, account))
    return Tiers(
        account[order],
        moment[order],
        np.concatenate([np.zeros(n, np.int64), tier[changed]])[order],
        np.concatenate([np.zeros(n, np.int64), spend[changed]])[order],
    )


def tier_columns(log: BlockLog, accounts: Accounts, tiers: Tiers) -> dict[str, dict[str, Any]]:
    """The table of tiers."""
    if not log.world.scenario.loyalty.is_on:
        return no_rows("loyalty_tiers")
    number = accounts.number[tiers.account]
    order = by_time(tiers.at, number)
    return {
        "loyalty_tiers": {
            "valid_from_at": log.milliseconds(tiers.at[order]),
            "customer_id": number[order],
            "tier": codes(tiers.tier[order], LOYALTY_TIERS),
            "spend_cents": tiers.spend[order],
        }
    }
