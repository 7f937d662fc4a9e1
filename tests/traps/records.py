"""Traps of the data themselves: ids, robots, doubles, silence, empty shelves, fraud, consent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from omnisim.engine.codes import (
    BY_MARKETPLACE,
    BY_WEB,
    CLICK,
    FAKE_ORDER,
    NO_STOCK,
    TO_ORDER,
    WELCOME,
)
from omnisim.engine.plan import FIRST_COOKIE
from omnisim.engine.state import NO_TIME
from omnisim.schema import CHANNEL_ID
from omnisim.world.persons import BOT, FAKE_BUYER
from omnisim.world.places import NEVER

from .marketing import ONE_STEP
from .worlds import DAY, FloatArray, Lived, Reading, Trap, read, twins

Answer = Callable[[FloatArray], tuple[float, float]]


def _ratio(sums: FloatArray) -> tuple[float, float]:
    """Two shares [%]: naive numerator and denominator, then those of the truth."""
    return 100 * sums[0] / sums[1], 100 * sums[2] / sums[3]


def _trap(
    columns: Callable[[Lived], list[Any]],
    answer: Answer,
    *,
    common: Mapping[str, Any] | None = None,
    dials: Mapping[str, tuple[Any, Any]],
    **words: str,
) -> Trap:
    """A trap whose answers are sums over persons of the logged world."""
    on, off = (
        read(np.stack(columns(lived), axis=1).astype(np.float64), answer)
        for lived in twins(common or {}, dials)
    )
    return Trap(dials=dials, confounded=on, twin=off, **words)


_LOOK_BACK = 30 * DAY
FOR_EVER = 10**9  # days a cookie may live, so that none dies within a horizon


@cache
def truncated_paths() -> Trap:
    """Clicks in the month before a web order that its own cookie was seen with."""

    def columns(lived: Lived) -> list[Any]:
        clicks = lived.touches
        clicks = clicks[(clicks["kind"] == CLICK) & (clicks["session"] >= 0)]
        orders = lived.orders
        orders = orders[(orders["channel"] == BY_WEB) & (orders["at"] >= _LOOK_BACK)]
        seen, made = (
            _before(orders, clicks, orders[field].astype(np.int64), clicks[field].astype(np.int64))
            for field in ("identity", "row")
        )
        return [lived.count(orders, w) for w in (seen, made)] + [lived.count(orders)]

    return _trap(
        columns,
        lambda s: (s[0] / s[2], s[1] / s[2]),
        # browsers only: an app id does not expire
        common={"population.app_share": 0.0},
        dials={"population.cookie_life_days": ([7, 40], [FOR_EVER, FOR_EVER])},
        mechanism="Cookies expire: truncated paths",
        naive="clicks with the order's cookie in the month before it",
        truth="clicks of the buyer in that month",
        unit="clicks per order",
    )


def _before(orders: Any, clicks: Any, of_order: Any, of_click: Any) -> FloatArray:
    """Clicks with the same key in the month before each order."""
    span = 2**32
    keys = np.unique(np.concatenate([of_order, of_click]), return_inverse=True)[1]
    mine, theirs = keys[: of_order.size].astype(np.int64), keys[of_order.size :].astype(np.int64)
    when = np.sort(theirs * span + clicks["at"])
    end = mine * span + orders["at"]
    return (np.searchsorted(when, end) - np.searchsorted(when, end - _LOOK_BACK)).astype(float)


@cache
def double_members() -> Trap:
    """Members counted by account."""

    def columns(lived: Lived) -> list[Any]:
        open_ = lived.state["joined_at"] != NO_TIME
        return [open_.sum(axis=1), open_.any(axis=1)]

    return _trap(
        columns,
        lambda s: (float(s[0]), float(s[1])),
        dials={"population.duplicate_share": (0.14, 0.0)},
        mechanism="Online and store accounts not merged: members counted twice",
        naive="accounts",
        truth="persons with an account",
        unit="members",
    )


@cache
def visitors_by_cookie() -> Trap:
    """Visitors of the web shop counted by cookie."""

    def columns(lived: Lived) -> list[Any]:
        cookies = lived.state["seen_first"][:, FIRST_COOKIE:] != NO_TIME
        return [cookies.sum(axis=1), cookies.any(axis=1)]

    return _trap(
        columns,
        lambda s: (float(s[0]), float(s[1])),
        dials={"population.cookie_life_days": ([25, 240], [FOR_EVER, FOR_EVER])},
        mechanism="Cookies expire: visitors counted several times",
        naive="cookies",
        truth="persons with a cookie",
        unit="visitors",
    )


@cache
def robots() -> Trap:
    """Conversion of visits with crawlers among them."""

    def columns(lived: Lived) -> list[Any]:
        visits, orders = (
            lived.count(lived.sessions),
            lived.count(lived.sessions, lived.sessions["order"]),
        )
        human = lived.people["kind"] != BOT
        return [orders, visits, orders * human, visits * human]

    return _trap(
        columns,
        _ratio,
        common={"tracking.is_on": True, "tracking.duplicate_share": 0.0},
        dials={"tracking.bot_share": (0.02, 0.0)},
        mechanism="Crawlers",
        naive="orders per visit, of all visits",
        truth="orders per visit of a person",
        unit="% of visits",
    )


@cache
def doubles() -> Trap:
    """Clicks counted by row."""

    def columns(lived: Lived) -> list[Any]:
        rows = lived.touches
        rows = rows[(rows["kind"] == CLICK) & (rows["session"] >= 0)]
        return [lived.count(rows), lived.count(lived.sessions)]

    return _trap(
        columns,
        lambda s: (float(s[0]), float(s[1])),
        common={"tracking.is_on": True, "tracking.bot_share": 0.0},
        dials={"tracking.duplicate_share": (0.02, 0.0)},
        mechanism="Clicks logged twice",
        naive="rows of clicks into the shop",
        truth="visits",
        unit="clicks",
    )


@cache
def silence() -> Trap:
    """NPS of those who answer, against the NPS if all had answered: the same invitations and moods."""
    dials = {"survey.extreme_factor": (1.8, 1.0)}
    everybody, _ = twins({"survey.answer_share": 1.0, "survey.extreme_factor": 1.0}, {})
    whole = [everybody.count(rows) for rows in _camps(everybody.surveys)]

    def columns(lived: Lived) -> list[Any]:
        return [*(lived.count(rows) for rows in _camps(lived.surveys)), *whole]

    def answer(s: FloatArray) -> tuple[float, float]:
        return 100 * (s[0] - s[1]) / s[2], 100 * (s[3] - s[4]) / s[5]

    return _trap(
        columns,
        answer,
        dials=dials,
        mechanism="Silence depends on satisfaction",
        naive="NPS of those who answer",
        truth="NPS if everybody had answered",
        unit="points",
    )


def _camps(surveys: Any) -> tuple[Any, Any, Any]:
    """Promoters, detractors, and all who answered."""
    said = surveys[surveys["score"] >= 0]
    return said[said["score"] >= 9], said[said["score"] <= 6], said


@cache
def censored_demand() -> Trap:
    """Units sold where shelves are empty, against units the same persons buy where they are not."""
    dials = {"stock.stock_out_share": (0.3, 0.0)}
    on, off = twins({"stock.substitution_share": 0.0}, dials)

    def reading(lived: Lived) -> Reading:
        columns = [world.count(world.orders, world.orders["units"]) for world in (lived, off)]
        return read(np.stack(columns, axis=1), lambda s: (float(s[0]), float(s[1])))

    return Trap(
        mechanism="Stock-outs censor demand",
        naive="units sold",
        truth="units sold to the same persons from full shelves",
        unit="units",
        dials=dials,
        confounded=reading(on),
        twin=reading(off),
    )


@cache
def oversold() -> Trap:
    """Orders taken online for goods that are not there."""

    def columns(lived: Lived) -> list[Any]:
        orders = lived.orders
        online = orders[orders["session"] >= 0]
        kept = online[online["reason"] != NO_STOCK]
        net = [(rows["gross"] - rows["discount"]) / 100 for rows in (online, kept)]
        return [lived.count(online, net[0]), lived.count(kept, net[1])]

    return _trap(
        columns,
        lambda s: (float(s[0] / 1000), float(s[1] / 1000)),
        common={"stock.stock_out_share": 0.15},
        dials={"stock.oversell_share": (0.4, 0.0)},
        mechanism="Sync errors oversell",
        naive="online orders as placed",
        truth="online orders that could be served",
        unit="thousand USD",
    )


@cache
def fake_orders() -> Trap:
    """Conversion of the marketplace with rings of fake buyers."""

    def columns(lived: Lived) -> list[Any]:
        orders = lived.orders
        orders = orders[(orders["channel"] == BY_MARKETPLACE) & (orders["reason"] < 0)]
        clicks = lived.touches
        clicks = clicks[
            (clicks["kind"] == CLICK) & (clicks["channel"] == CHANNEL_ID["marketplace"])
        ]
        genuine = orders[orders["label"] != FAKE_ORDER]
        honest = lived.people["kind"] != FAKE_BUYER
        visits = lived.count(clicks)
        return [lived.count(orders), visits, lived.count(genuine), visits * honest]

    return _trap(
        columns,
        _ratio,
        common={"fraud.is_on": True, "fraud.abuser_share": 0.0, "fraud.bursts_per_year": 26.0},
        dials={"fraud.ring_share": (0.02, 0.0)},
        mechanism="Rings of fake buyers",
        naive="orders per visit of the marketplace",
        truth="genuine orders per genuine visit",
        unit="% of visits",
    )


@cache
def coupon_abuse() -> Trap:
    """New customers by the welcome coupon, redeemed again under new accounts."""

    def columns(lived: Lived) -> list[Any]:
        orders = lived.orders
        welcome = orders[(orders["coupon"] == WELCOME) & (orders["reason"] < 0)]
        redeemed = lived.count(welcome)
        return [redeemed, redeemed > 0]

    return _trap(
        columns,
        lambda s: (float(s[0]), float(s[1])),
        common={"fraud.is_on": True, "fraud.ring_share": 0.0},
        dials={"fraud.abuser_share": (0.05, 0.0)},
        mechanism="Coupon abuse",
        naive="orders with the welcome coupon, taken for new customers",
        truth="persons who used it",
        unit="customers",
    )


@cache
def withdrawn_consent() -> Trap:
    """Orders with a coupon among those who can still be written to."""

    def columns(lived: Lived) -> list[Any]:
        orders = lived.orders
        orders = orders[orders["session"] >= 0]
        agreed = lived.people["has_email_consent"]
        stays = agreed & (lived.people["withdrawal_day"] >= NEVER)
        bought, used = lived.count(orders), lived.count(orders[orders["coupon"] >= 0])
        return [used * stays, bought * stays, used * agreed, bought * agreed]

    return _trap(
        columns,
        _ratio,
        common={
            "population.withdrawal_share": 0.5,
            "horizon.n_days": 364,
            "marketing.channels.email.reach": 0.0,
        },
        dials={"population.withdrawal_follows": (1.0, 0.0)},
        mechanism="Consent is withdrawn not at random",
        naive="online orders with a coupon, of those who still agree to e-mail",
        truth="the same, of all who agreed when joining",
        unit="% of orders",
    )


@cache
def option_overload() -> Trap:
    """Wish for goods made to order, read off from orders, where options and waiting deter buyers."""
    wanted = 0.25
    dials = {
        "made_to_order.n_options": (24, 1),
        "made_to_order.overload_options": (24.0, 1000.0),
        "made_to_order.lead_time_aversion": (0.08, 0.0),
    }

    def columns(lived: Lived) -> list[Any]:
        orders = lived.orders
        orders = orders[orders["session"] >= 0]
        made = orders[orders["fulfilment"] == TO_ORDER]
        return [lived.count(made), lived.count(orders)]

    return _trap(
        columns,
        lambda s: (100 * s[0] / s[1], 100 * wanted),
        common={"made_to_order.is_on": True, "made_to_order.order_share": wanted, **ONE_STEP},
        dials=dials,
        mechanism="Too many options, too long a wait",
        naive="online orders of goods made to order, taken for the wish for them",
        truth="online customers who want such goods",
        unit="% of online orders",
    )
