"""The first message to an account that has not ordered for long."""

from __future__ import annotations

from typing import Any

import numpy as np

from omnisim.engine.codes import SENT
from omnisim.engine.records.accounts import Accounts
from omnisim.engine.records.columns import codes, no_rows
from omnisim.engine.records.log import BlockLog, by_time
from omnisim.schema import CHANNEL_NAMES
from omnisim.timeline import SECONDS_PER_DAY

WINDOW_DAYS = 30  # in which an order counts as won back; domain texts use the same window
_LONG = np.int64(1 << 33)


def winback_columns(log: BlockLog, accounts: Accounts) -> dict[str, dict[str, Any]]:
    """One row per account and lapse: a message that the log of touchpoints holds."""
    plan = log.world.scenario.win_back
    if not plan.is_on:
        return no_rows("winback_contacts")
    account, at, follows = _orders(log, accounts)
    from_at = at + plan.after_days * SECONDS_PER_DAY
    lapses = from_at < follows
    account, at, from_at, follows = (v[lapses] for v in (account, at, from_at, follows))

    # most messages come before the person's first lapse: leave them out before sorting
    first = np.full(len(log.people), _LONG)
    np.minimum.at(first, accounts.row[account], from_at)
    touches = log.touches
    sent = np.flatnonzero((touches["kind"] == SENT) & (touches["at"] >= first[touches["row"]]))
    of = accounts.find(touches["customer"][sent])
    sent, of = sent[of >= 0], of[of >= 0]
    keys = of * _LONG + touches["at"][sent]
    order = np.argsort(keys, kind="stable")  # a person's rows stand in order of time
    sent, of, keys = sent[order], of[order], keys[order]
    place = np.searchsorted(keys, account * _LONG + from_at)
    is_there = place < keys.size
    is_there[is_there] = keys[place[is_there]] < (account * _LONG + follows)[is_there]
    is_there[is_there] = of[place[is_there]] == account[is_there]
    touch = touches[sent[place[is_there]]]
    account, at, follows = account[is_there], at[is_there], follows[is_there]
    until = touch["at"] + WINDOW_DAYS * SECONDS_PER_DAY
    won = follows <= until
    unknown = ~won & (until >= log.end)
    order = by_time(touch["at"], touch["id"])
    return {
        "winback_contacts": {
            "contacted_at": log.milliseconds(touch["at"][order]),
            "touchpoint_id": np.ascontiguousarray(touch["id"][order]),
            "customer_id": accounts.number[account][order],
            "channel": codes(touch["channel"][order], CHANNEL_NAMES),
            "last_ordered_at": log.milliseconds(at[order]),
            "has_ordered_within_30_days": (won[order], unknown[order]),
        }
    }


def _orders(log: BlockLog, accounts: Accounts) -> tuple[Any, Any, Any]:
    """Account and time of each order, and the time of the account's next one."""
    account = accounts.find(log.orders["customer"])
    known = account >= 0
    account, at = account[known], log.orders["at"][known].astype(np.int64)
    order = np.lexsort((at, account))
    account, at = account[order], at[order]
    follows = np.full(at.size, _LONG - 1)
    follows[:-1] = np.where(account[1:] == account[:-1], at[1:], _LONG - 1)
    return account, at, follows
