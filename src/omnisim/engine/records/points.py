"""The ledger of points: every entry of every account, with the balance after it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.records.accounts import Accounts
from omnisim.engine.records.columns import codes, find_rows, maybe_id, no_rows
from omnisim.engine.records.log import BlockLog, IntArray, by_time, ordinals
from omnisim.engine.records.referrals import Referred
from omnisim.engine.records.tiers import Tiers, earning_orders
from omnisim.jit import njit
from omnisim.rng import Stream
from omnisim.schema.members import LEDGER_KINDS
from omnisim.timeline import SECONDS_PER_DAY

KEY_LEDGER = 30
# in the order in which entries of one second count: a reward is paid from points held before
OPENING, REDEEM, EARN, REFERRAL, REVERSAL, EXPIRE = range(6)


def ledger_columns(
    log: BlockLog, accounts: Accounts, tiers: Tiers, referred: Referred
) -> dict[str, dict[str, Any]]:
    """The table of entries."""
    plan = log.world.scenario.loyalty
    if not plan.is_on:
        return no_rows("loyalty_ledger")
    account, at, kind, amount, order_id = _wishes(log, accounts, tiers, referred)
    order = np.lexsort((order_id, kind, at, account))
    account, at, kind, amount, order_id = (
        values[order] for values in (account, at, kind, amount, order_id)
    )
    room = 2 * account.size + len(accounts)
    entries = np.empty((room, 6), np.int64)
    expiry = plan.expiry_days * SECONDS_PER_DAY
    n = settle(account, at, kind, amount, order_id, plan.reward_points, expiry, log.end, entries)
    who, moment, what, points, balance, order_of = entries[:n].T
    person = accounts.person[who]
    number = log.ids(KEY_LEDGER, person, ordinals(accounts.row[who]))
    place = by_time(moment, number)
    return {
        "loyalty_ledger": {
            "recorded_at": log.milliseconds(moment[place]),
            "ledger_entry_id": number[place],
            "customer_id": accounts.number[who][place],
            "entry_number": (ordinals(who) + 1)[place].astype(np.int32),
            "entry_kind": codes(what[place], LEDGER_KINDS),
            "n_points": points[place].astype(np.int32),
            "balance_after_points": balance[place].astype(np.int32),
            "order_id": maybe_id(order_of[place]),
        }
    }


def _wishes(
    log: BlockLog, accounts: Accounts, tiers: Tiers, referred: Referred
) -> tuple[IntArray, ...]:
    """What would be booked if balances allowed: account, time, kind, points, order."""
    parts = [*_orders(log, accounts, tiers), _opening(log, accounts)]
    n = referred.new.size
    reward = log.world.scenario.referrals.reward_points
    parts.append(
        (
            referred.referrer,
            accounts.joined_at[referred.new],
            np.full(n, REFERRAL),
            np.full(n, reward),
            np.full(n, -1),
        )
    )
    return tuple(np.concatenate(columns).astype(np.int64) for columns in zip(*parts, strict=True))


def _orders(log: BlockLog, accounts: Accounts, tiers: Tiers) -> list[tuple[NDArray[Any], ...]]:
    """Points earned when goods are handed over, taken back on returns, rewards taken on orders."""
    plan = log.world.scenario.loyalty
    factors = np.array(
        [100, *(round(f * 100) for f in (plan.silver_factor, plan.gold_factor))], np.int64
    )
    which, account = earning_orders(log, accounts)
    orders = log.orders[which]
    fulfilled = orders["fulfilled"].astype(np.int64)
    net = orders["gross"] - orders["discount"]
    factor = factors[tiers.in_force(account, fulfilled)]
    earned = net * round(plan.points_per_unit * 100) * factor // 1_000_000

    of_return = find_rows(orders["id"], log.returns["order"])
    returns, of_return = log.returns[of_return >= 0], of_return[of_return >= 0]
    back = earned[of_return] * returns["refund"] // np.maximum(net[of_return], 1)

    u = log.draw(Stream.POINTS, log.person(orders), ordinals(log.orders["row"])[which])[:, 0]
    takes = u < plan.redeem_share
    n_takes = int(takes.sum())
    return [
        (account, fulfilled, np.full(account.size, EARN), earned, orders["id"]),
        (account[of_return], returns["at"], np.full(back.size, REVERSAL), back, returns["order"]),
        (
            account[takes],
            orders["at"][takes],
            np.full(n_takes, REDEEM),
            np.full(n_takes, plan.reward_points),
            orders["id"][takes],
        ),
    ]


def _opening(log: BlockLog, accounts: Accounts) -> tuple[NDArray[Any], ...]:
    """Balances carried over: frequent buyers and older accounts hold more."""
    s = log.world.scenario
    old = np.flatnonzero(accounts.joined_at < 0)
    u = log.draw(Stream.POINTS, accounts.person[old], accounts.slot[old], step=1)[:, 0]
    relative = log.people["need_rate"][accounts.row[old]] * 365 / s.demand.need_rate
    age = np.minimum(-accounts.joined_at[old] / (365 * SECONDS_PER_DAY), 1.0)
    points = np.floor(s.loyalty.opening_points * relative * age * 2 * u).astype(np.int64)
    old, points = old[points > 0], points[points > 0]
    n = old.size
    return old, np.zeros(n, np.int64), np.full(n, OPENING), points, np.full(n, -1)


@njit
def settle(account, at, kind, amount, order, reward, expiry, end, entries):  # type: ignore[no-untyped-def]
    """Book the wishes that balances allow; returns the number of entries.

    Parameters
    ----------
    account, at, kind, amount, order : arrays, shape (n,)
        In order of account, time, kind.
    reward, expiry, end : int
        Points of a reward; seconds without an entry after which a balance expires; last second + 1.
    entries : array, shape (at least 2 n + accounts, 6)
        Filled with account, time, kind, points, balance after, order.
    """
    n = 0
    balance = last = 0
    for k in range(account.size + 1):
        ends = k == account.size
        is_new = ends or k == 0 or account[k] != account[k - 1]
        if k > 0 and balance > 0:
            until = end if is_new else at[k]
            if last + expiry < until:
                entries[n, 0], entries[n, 1], entries[n, 2] = account[k - 1], last + expiry, EXPIRE
                entries[n, 3], entries[n, 4], entries[n, 5] = -balance, 0, -1
                n += 1
                balance = 0
        if ends:
            break
        if is_new:
            balance = 0
        points = amount[k]
        if kind[k] == REDEEM:
            points = -reward if balance >= reward else 0
        elif kind[k] == REVERSAL:
            points = -min(points, balance)
        if points == 0 and kind[k] != EARN:
            continue
        balance += points
        last = at[k]
        entries[n, 0], entries[n, 1], entries[n, 2] = account[k], at[k], kind[k]
        entries[n, 3], entries[n, 4], entries[n, 5] = points, balance, order[k]
        n += 1
    return n
