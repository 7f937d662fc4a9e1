"""Posts in the private community, by its members and by the retailer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.codes import COMMUNITY, NO_STOCK
from omnisim.engine.records.accounts import Accounts, genuine
from omnisim.engine.records.columns import codes, look, maybe_id, no_rows
from omnisim.engine.records.log import BlockLog, IntArray, by_time, ordinals
from omnisim.rng import Stream, id_key, ids_of, lognormal_table, share_table, uniform_block
from omnisim.rng.ids import ENTITY_BITS
from omnisim.schema.members import POST_AUTHORS, POST_TOPICS
from omnisim.timeline import DAYS_PER_WEEK, SECONDS_PER_DAY, epoch_day, n_weeks
from omnisim.world import World

KEY_POST = 34
_RETAILER = 2**ENTITY_BITS - 1  # no person has this number
_GROUP = 120  # members who share a chat at the median reach of 1; chats hold 100 to 200
# Participation inequality (Nielsen 2006): shares of members, and how much they write beside the mean.
_WRITERS = ((0.01, 30.0), (0.10, 5.0), (1.0, 0.28))
_COMPLAINT = POST_TOPICS.index("complaint")
_TOPICS = share_table([30, 24, 26, 12, 0, 8])  # product, style, question, review, complaint, chat
_RETAILER_TOPICS = share_table([45, 35, 5, 5, 0, 10])
_COMPLAINTS_FROM = 10_000  # ordinals of posts about orders; below are weeks


def community_columns(log: BlockLog, accounts: Accounts) -> dict[str, dict[str, Any]]:
    """Posts of the block's members; fake buyers and machines write none."""
    plan = log.world.scenario.community
    if not plan.is_on:
        return no_rows("community_posts")
    parts = (_written(log), _complaints(log))
    row, at, topic, ordinal = (np.concatenate(column) for column in zip(*parts, strict=True))
    person = log.people["person"][row].astype(np.int64)
    u = log.draw(Stream.POST, person, ordinal, step=1)
    reach = np.floor(plan.reach_share * _GROUP * look(lognormal_table(0.6), u[:, 0]))
    number = log.ids(KEY_POST, person, ordinal)
    order = by_time(at, number)
    reach = reach.astype(np.int64)
    return {
        "community_posts": {
            "posted_at": log.milliseconds(at[order]),
            "community_post_id": number[order],
            "author_kind": codes(np.zeros(order.size), POST_AUTHORS),
            "customer_id": maybe_id(_account_at(log, accounts, row, at)[order]),
            "topic": codes(topic[order], POST_TOPICS),
            "n_reached": reach[order],
            "n_reactions": _reactions(reach, plan.reaction_share, u[:, 1])[order],
            "is_promotional": np.zeros(order.size, bool),
        }
    }


def _members(log: BlockLog) -> NDArray[np.bool_]:
    return log.people["is_in_community"] & genuine(log, np.arange(len(log.people)))


def _written(log: BlockLog) -> tuple[IntArray, ...]:
    """Row, time, topic and ordinal of ordinary posts: a member writes at most one a week."""
    plan = log.world.scenario.community
    members = np.flatnonzero(_members(log))
    kind = log.draw(Stream.ACTIVITY, log.people["person"][members].astype(np.int64))[:, 0]
    factor = np.select([kind < share for share, _ in _WRITERS], [much for _, much in _WRITERS])
    weeks = n_weeks(log.world.scenario.horizon.n_days)
    row, week = np.repeat(members, weeks), np.tile(np.arange(weeks), members.size)
    u = log.draw(Stream.POST, log.people["person"][row].astype(np.int64), week)
    second = np.floor((week + u[:, 1]) * DAYS_PER_WEEK * SECONDS_PER_DAY).astype(np.int64)
    writes = u[:, 0] < np.repeat(factor * plan.posts_per_member / 52, weeks)
    kept = writes & (second < log.end)
    return row[kept], second[kept], look(_TOPICS, u[kept, 2]), week[kept]


def _complaints(log: BlockLog) -> tuple[IntArray, ...]:
    """Posts of members about an order that was late or cancelled by the retailer, within three days."""
    plan, orders = log.world.scenario.community, log.orders
    late = (orders["reason"] < 0) & (orders["fulfilled"] > orders["promised"])
    refused = orders["reason"] == NO_STOCK
    bad = np.flatnonzero((late | refused) & _members(log)[orders["row"]])
    since = np.where(refused[bad], orders["cancelled"][bad], orders["fulfilled"][bad])
    ordinal = _COMPLAINTS_FROM + ordinals(orders["row"])[bad]
    u = log.draw(Stream.POST, log.person(orders[bad]), ordinal)
    at = since.astype(np.int64) + np.floor(u[:, 1] * 3 * SECONDS_PER_DAY).astype(np.int64)
    kept = (u[:, 0] < plan.complaint_share) & (at < log.end)
    row = orders["row"][bad].astype(np.int64)[kept]
    return row, at[kept], np.full(row.size, _COMPLAINT), ordinal[kept]


def _account_at(log: BlockLog, accounts: Accounts, row: IntArray, at: IntArray) -> IntArray:
    """Public id of the online account each author had by then, -1 = none."""
    first = np.flatnonzero(accounts.slot == 0)
    customer = np.full(len(log.people), -1, np.int64)
    opened = np.full(len(log.people), log.end)
    customer[accounts.row[first]] = accounts.number[first]
    opened[accounts.row[first]] = accounts.joined_at[first]
    return np.where(opened[row] <= at, customer[row], -1)


def _reactions(reach: IntArray, share: float, u: NDArray[np.float64]) -> IntArray:
    return np.minimum(np.floor(reach * share * 2 * u + 0.5).astype(np.int64), reach)


def retailer_posts(world: World, contacts: IntArray) -> dict[str, Any]:
    """The retailer's post of each day: its reach are that day's messages of the channel.

    Parameters
    ----------
    contacts : array, shape (2, n_channels, n_days)
        Messages, and clicks, by channel and day, of all customers.
    """
    s = world.scenario
    if not s.community.is_on:
        return no_rows("community_posts")["community_posts"]
    day = np.flatnonzero(contacts[0, COMMUNITY] > 0)
    u = uniform_block(
        s.seed, np.zeros(day.size, np.int64), stream=Stream.RETAILER_POST, occasions=day
    )
    # before the first message of the day goes out
    at = day * SECONDS_PER_DAY
    reach, clicks = contacts[0, COMMUNITY, day], contacts[1, COMMUNITY, day]
    number = ids_of(id_key(s.seed, KEY_POST), np.full(day.size, _RETAILER), day)
    return {
        "posted_at": (at + epoch_day(s.horizon.start_date) * SECONDS_PER_DAY) * 1000,
        "community_post_id": number,
        "author_kind": codes(np.ones(day.size), POST_AUTHORS),
        "customer_id": maybe_id(np.full(day.size, -1)),
        "topic": codes(look(_RETAILER_TOPICS, u[:, 0]), POST_TOPICS),
        "n_reached": reach,
        "n_reactions": np.minimum(clicks, reach),
        "is_promotional": u[:, 1] < s.community.promotional_share,
    }
