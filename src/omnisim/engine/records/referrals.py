"""Accounts that another member brought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.records.accounts import Accounts, genuine
from omnisim.engine.records.columns import find_rows, no_rows
from omnisim.engine.records.log import BlockLog, IntArray, by_time
from omnisim.engine.state import NO_TIME
from omnisim.rng import Stream
from omnisim.schema import CHANNEL_ID
from omnisim.world.persons import RING_SIZE

KEY_REFERRAL = 33
GROUP_SIZE = RING_SIZE  # people who know each other; a block holds whole groups
_NEVER = np.int64(2**40)


@dataclass(frozen=True, slots=True, eq=False)
class Referred:
    """Who brought whom, by position among :class:`Accounts`."""

    referrer: IntArray
    new: IntArray


def find_referrals(log: BlockLog, accounts: Accounts) -> Referred:
    """Accounts opened on an order, or after a first visit, that a referral brought.

    The referrer is an account holder of the person's group with a lower number, so that one person
    more changes nobody else; each candidate draws, the lowest wins. Without a candidate the link came
    from outside the data and nobody is rewarded.
    """
    if not log.world.scenario.referrals.is_on:
        return Referred(np.zeros(0, np.int64), np.zeros(0, np.int64))
    new = np.flatnonzero(
        (accounts.joined_at >= 0) & genuine(log, accounts.row) & _came_by_referral(log, accounts)
    )
    referrer = np.full(new.size, -1, np.int64)
    lowest = np.full(new.size, 2.0)
    opened = np.where(log.state["joined_at"] == NO_TIME, _NEVER, log.state["joined_at"])
    slot = np.asarray(opened.argmin(axis=1))
    first_opened = opened.min(axis=1)
    account_of = np.full(opened.shape, -1, np.int64)
    account_of[accounts.row, accounts.slot] = np.arange(len(accounts))
    occasion = accounts.person[new] * opened.shape[1] + accounts.slot[new]
    place = accounts.person[new] % GROUP_SIZE
    for back in range(1, GROUP_SIZE):
        row = np.maximum(accounts.row[new] - back, 0)
        u = log.draw(Stream.REFERRER, log.people["person"][row].astype(np.int64), occasion)[:, 0]
        wins = (place >= back) & (first_opened[row] < accounts.joined_at[new]) & (u < lowest)
        lowest = np.where(wins, u, lowest)
        referrer = np.where(wins, account_of[row, slot[row]], referrer)
    found = referrer >= 0
    return Referred(referrer[found], new[found])


def _came_by_referral(log: BlockLog, accounts: Accounts) -> NDArray[np.bool_]:
    referral = CHANNEL_ID["referral"]
    sessions, orders = log.sessions, log.orders
    by_referral = sessions[sessions["channel"] == referral]
    account = accounts.find(orders["customer"])
    opens = (account >= 0) & (orders["at"] == accounts.joined_at[np.maximum(account, 0)])
    in_session = find_rows(by_referral["id"], orders["session"]) >= 0
    came = np.zeros(len(accounts), bool)
    came[account[opens & in_session]] = True
    row, first = np.unique(sessions["row"], return_index=True)
    first_visit = np.zeros(len(log.people), bool)
    first_visit[row] = sessions["channel"][first] == referral
    came |= first_visit[accounts.row] & (accounts.slot == 0)
    return came


def referral_columns(
    log: BlockLog, accounts: Accounts, found: Referred
) -> dict[str, dict[str, Any]]:
    """The table of referrals."""
    if not log.world.scenario.referrals.is_on:
        return no_rows("referrals")
    number = log.ids(KEY_REFERRAL, accounts.person[found.new], accounts.slot[found.new])
    at = accounts.joined_at[found.new]
    order = by_time(at, number)
    points = log.world.scenario.referrals.reward_points if log.world.scenario.loyalty.is_on else 0
    return {
        "referrals": {
            "referred_at": log.milliseconds(at[order]),
            "referral_id": number[order],
            "referrer_customer_id": accounts.number[found.referrer][order],
            "customer_id": accounts.number[found.new][order],
            "reward_points": np.full(order.size, points, np.int32),
        }
    }
