"""Coupons as issued to accounts and as redeemed on orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.codes import BY_STORE, BY_WEB, EMAIL_CHANNEL, MAIL_COUPON, SENT, WELCOME
from omnisim.engine.records.accounts import Accounts, genuine
from omnisim.engine.records.columns import codes, find_rows, maybe_id
from omnisim.engine.records.log import BlockLog, IntArray, by_time, ordinals
from omnisim.rng import Stream
from omnisim.schema.channels import COUPONS, ORDER_CHANNELS
from omnisim.schema.members import COUPON_CHANNELS
from omnisim.timeline import SECONDS_PER_DAY

KEY_ISSUE, KEY_REDEMPTION = 31, 32
_BY_MAIL = COUPON_CHANNELS.index("email")
_LONG = 1 << 33
_NONE = -(2**40)


@dataclass(frozen=True, slots=True, eq=False)
class _Issues:
    """Coupons given to accounts; `origin` is the redeemed order's position, -1 for nobody's."""

    account: IntArray
    at: IntArray
    coupon: IntArray
    channel: IntArray
    origin: IntArray


def coupon_columns(log: BlockLog, accounts: Accounts) -> dict[str, dict[str, Any]]:
    """The tables of issues and redemptions.

    Every redemption of a known account has an issue of its own: the welcome coupon given on joining,
    the one in the last e-mail while it was valid, or else one shown at the checkout itself.
    """
    mails = _mails(log, accounts)
    used = np.flatnonzero(log.orders["coupon"] >= 0)
    issues = _issues(log, accounts, used, mails)
    order = np.lexsort((issues.origin, issues.coupon, issues.at, issues.account))
    issues = _Issues(
        *(getattr(issues, name)[order] for name in ("account", "at", "coupon", "channel", "origin"))
    )
    person = accounts.person[issues.account]
    number = log.ids(KEY_ISSUE, person, ordinals(accounts.row[issues.account]))
    valid = _valid_seconds(log)[issues.coupon]
    place = by_time(issues.at, number)
    return {
        "coupon_issues": {
            "issued_at": log.milliseconds(issues.at[place]),
            "coupon_issue_id": number[place],
            "customer_id": accounts.number[issues.account][place],
            "coupon_code": codes(issues.coupon[place], COUPONS),
            "issue_channel": codes(issues.channel[place], COUPON_CHANNELS),
            "valid_until_at": log.milliseconds((issues.at + valid)[place]),
        },
        "coupon_redemptions": _redemptions(log, used, number, issues.origin),
    }


def _valid_seconds(log: BlockLog) -> IntArray:
    plan = log.world.scenario.coupon_mailings
    days = np.zeros(len(COUPONS), np.int64)
    days[WELCOME], days[MAIL_COUPON] = plan.welcome_valid_days, plan.mail_valid_days
    return days * SECONDS_PER_DAY


def _mails(log: BlockLog, accounts: Accounts) -> tuple[IntArray, IntArray]:
    """Account and time of every e-mail sent, in this order."""
    touches = log.touches
    sent = np.flatnonzero((touches["channel"] == EMAIL_CHANNEL) & (touches["kind"] == SENT))
    account, at = accounts.find(touches["customer"][sent]), touches["at"][sent].astype(np.int64)
    known = account >= 0
    account, at = account[known], at[known]
    order = np.argsort(account * _LONG + at, kind="stable")
    return account[order], at[order]


def _issues(
    log: BlockLog, accounts: Accounts, used: IntArray, mails: tuple[IntArray, IntArray]
) -> _Issues:
    """One issue for each redemption, then those nobody redeems."""
    orders = log.orders[used]
    account, at = accounts.find(orders["customer"]), orders["at"].astype(np.int64)
    known = account >= 0
    used, account, at, orders = used[known], account[known], at[known], orders[known]
    coupon = orders["coupon"].astype(np.int64)
    valid = _valid_seconds(log)
    is_welcome, is_mail = coupon == WELCOME, coupon == MAIL_COUPON

    joined = accounts.joined_at[account]
    on_joining = is_welcome & (at - joined <= valid[WELCOME]) & _first(account, at, is_welcome)
    mail = np.searchsorted(mails[0] * _LONG + mails[1], account * _LONG + at, "right") - 1
    there = np.maximum(mail, 0)
    sent_at = np.full(used.size, _NONE)
    if mails[0].size:
        sent_at = np.where((mail >= 0) & (mails[0][there] == account), mails[1][there], _NONE)
    by_mail = is_mail & (at - sent_at <= valid[MAIL_COUPON]) & _first(there, at, is_mail)

    channel = np.where(by_mail, _BY_MAIL, orders["channel"])
    issued = np.where(on_joining, joined, np.where(by_mail, sent_at, at))
    channel = np.where(on_joining, _joining_channel(accounts, account), channel)
    parts: list[tuple[NDArray[Any], ...]] = [(account, issued, coupon, channel, used)]
    if log.world.scenario.coupon_mailings.is_on:
        parts.append(_unused_welcomes(log, accounts, account[on_joining]))
        parts.append(_unused_mails(log, accounts, mails, there[by_mail]))
    return _Issues(
        *(np.concatenate(column).astype(np.int64) for column in zip(*parts, strict=True))
    )


def _first(group: IntArray, at: IntArray, counts: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether a row is the earliest of its group among those that count."""
    rows = np.flatnonzero(counts)
    rows = rows[np.lexsort((at[rows], group[rows]))]
    leads = np.ones(rows.size, bool)
    leads[1:] = group[rows[1:]] != group[rows[:-1]]
    first = np.zeros(group.size, bool)
    first[rows[leads]] = True
    return first


def _joining_channel(accounts: Accounts, account: IntArray) -> IntArray:
    return np.where(accounts.in_store[account], BY_STORE, BY_WEB)


def _unused_welcomes(
    log: BlockLog, accounts: Accounts, redeemed: IntArray
) -> tuple[NDArray[Any], ...]:
    """Every account got one on joining; those still valid on day 0 are on file."""
    valid = _valid_seconds(log)[WELCOME]
    given = (accounts.joined_at >= -valid) & genuine(log, accounts.row)
    given[redeemed] = False
    account = np.flatnonzero(given)
    n = account.size
    return (
        account,
        accounts.joined_at[account],
        np.full(n, WELCOME),
        _joining_channel(accounts, account),
        np.full(n, -1),
    )


def _unused_mails(
    log: BlockLog, accounts: Accounts, mails: tuple[IntArray, IntArray], redeemed: IntArray
) -> tuple[NDArray[Any], ...]:
    account, at = mails
    person = accounts.person[account]
    u = log.draw(Stream.COUPON_MAIL, person, ordinals(accounts.row[account]))[:, 0]
    carries = u < log.world.scenario.coupon_mailings.send_share
    carries[redeemed] = False
    n = int(carries.sum())
    return (
        account[carries],
        at[carries],
        np.full(n, MAIL_COUPON),
        np.full(n, _BY_MAIL),
        np.full(n, -1),
    )


def _redemptions(
    log: BlockLog, used: IntArray, issue: IntArray, origin: IntArray
) -> dict[str, Any]:
    orders = log.orders[used]
    number = log.ids(KEY_REDEMPTION, log.person(orders), ordinals(orders["row"]))
    of_order = np.full(len(log.orders), -1, np.int64)
    of_order[origin[origin >= 0]] = issue[origin >= 0]
    order = by_time(orders["at"], number)
    orders, used = orders[order], used[order]
    off = orders["discount"] - _price_cuts(log)[used]
    return {
        "redeemed_at": log.milliseconds(orders["at"]),
        "coupon_redemption_id": number[order],
        "coupon_issue_id": maybe_id(of_order[used]),
        "order_id": np.ascontiguousarray(orders["id"]),
        "customer_id": maybe_id(orders["customer"]),
        "coupon_code": codes(orders["coupon"], COUPONS),
        "redeem_channel": codes(orders["channel"], ORDER_CHANNELS),
        "discount_amount_cents": off,
    }


def _price_cuts(log: BlockLog) -> IntArray:
    """Minor units that promotions took off each order, before the coupon took its part."""
    lines = log.lines
    day = lines["at"] // SECONDS_PER_DAY
    category = log.world.products.category[lines["sku"] - 1]
    cut = lines["gross"] * log.world.factors.percent[category, day] // 100
    found = np.zeros(len(log.orders), np.int64)
    place = find_rows(log.orders["id"], lines["order"])
    np.add.at(found, place, cut)
    return found
