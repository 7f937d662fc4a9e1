"""A visit to the web shop, the app, a store or the marketplace, and whether it ends in an order."""

from __future__ import annotations

import numpy as np

from omnisim.behaviour.rules import conversion_chance, novelty
from omnisim.engine import emit
from omnisim.engine.codes import (
    APP_PUSH,
    BROWSES,
    BUYS,
    CALL_CENTRE,
    CALLED,
    CLICK,
    DAY_SECONDS,
    DIRECT,
    DRAW_VISIT,
    HOUR_SECONDS,
    IN_APP,
    NO_INTENT,
    ON_WEB,
    STORE_VISIT,
    VISITED,
)
from omnisim.engine.identity import account_id, cookie, see
from omnisim.engine.orders import order_time, place_order
from omnisim.engine.plan import APP, LOYALTY_0, LOYALTY_1, N_ACCOUNTS, PAYMENT, PHONE
from omnisim.engine.pressure import lift, press_if_on, synergy
from omnisim.engine.state import NO_TIME, ORDER
from omnisim.engine.switches import (
    canary_draw,
    hears_of_test,
    is_treated,
    page_factor,
    service_level,
)
from omnisim.jit import inner
from omnisim.rng.philox import uniforms
from omnisim.rng.quantiles import look_up

_AT_TILL = 600  # seconds from the door, or the first words of a call, to the order
SHOWROOM_CHANCE = 0.8  # the shop closes the sale of one who has decided, or loses it


@inner
def online_visit(plan, goods, q, s, out, day, channel, at, u, u_buy):  # type: ignore[no-untyped-def]
    """A visit to the web shop or the app, with or without an open need."""
    u_device, u_login, u_pages, u_cart = u
    in_app = q.has_app and (channel == APP_PUSH or u_device < (0.7 if channel == DIRECT else 0.2))
    has_account = s.joined_at[0] != NO_TIME
    logged_in = has_account and (in_app or u_login < plan.dials.login_share)
    identity = APP if in_app else cookie(q, day)
    if out.is_counted:
        out.contacts[1, channel, day] += 1
    bought = np.int64(-1)
    session = np.int64(-1)
    if out.is_logged:
        session = emit.next_session(plan, q, s)
    served, loses = canary_draw(plan, q, day, channel)
    wants = s.need_day >= 0
    intent = NO_INTENT if not wants else BUYS if s.is_serious == 1 else BROWSES
    serious = s.is_serious if wants else 0
    if wants:
        occasion = 1.0 + plan.dials.service_effect * service_level(plan, day) * (
            0.4 + 1.2 * q.digital
        )
        if logged_in and is_treated(plan, q, s, day, 0):
            occasion *= 1.0 + plan.dials.test_effect * novelty(
                day - plan.dials.test_first, plan.dials.test_novelty
            )
        elif logged_in and hears_of_test(plan, q, day):
            occasion *= 1.0 + plan.dials.test_effect * plan.dials.spillover_share
        if logged_in:
            occasion *= page_factor(plan, q, s, day)
        if served:
            occasion *= 1.0 + plan.dials.canary_effect
        if s.is_custom == 1:
            occasion *= plan.dials.custom_factor
        chance = _chance(plan, s, day, channel, occasion)
        if s.saw_in_store == 1:  # has decided in the store
            chance = max(chance, SHOWROOM_CHANCE)
        if u_buy < chance:
            bought = place_order(
                plan, goods, q, s, out,
                day, channel, at + 300, session, in_app, logged_in, loses,
            )  # fmt: skip
    press_if_on(plan, q, s, day, channel)
    s.last_visit = day
    if not out.is_logged:
        return
    account = np.int64(-1)
    if logged_in:
        account = account_id(plan, q, s, 0)
    seen = see(plan, q, s, identity, at, 0 if logged_in else -1)
    emit.touch(plan, q, s, out.n, out.touches, at, seen, account, channel, CLICK, session, 1)
    pages = look_up(plan.tables.pages, u_pages) + (4 if bought >= 0 else 0)
    cart = bought >= 0 or u_cart < (0.34 if serious == 1 else 0.06)
    checkout = bought >= 0 or u_cart < (0.10 if serious == 1 else 0.012)
    platform = IN_APP if in_app else ON_WEB
    emit.session(
        s,
        out.n,
        out.sessions,
        at,
        session,
        seen,
        account,
        channel,
        platform,
        pages,
        cart,
        checkout,
        bought >= 0,
        intent,
        served,
    )


@inner
def other_visit(plan, goods, q, s, out, day, channel, at, u_buy):  # type: ignore[no-untyped-def]
    """A visit to a store or the marketplace, or a call; seen only where the customer is known."""
    person, store = q.person, q.store
    u_looks, _, u_known, _ = uniforms(plan.dials.seed, person, s.need_day, s.step - 1, DRAW_VISIT)
    if channel == STORE_VISIT:
        at = day * DAY_SECONDS + 9 * HOUR_SECONDS + (at % DAY_SECONDS) * 12 // 24  # opening hours
        if out.is_counted:
            out.visitors[store, day] += 1
    elif out.is_counted:
        out.contacts[1, channel, day] += 1
    bought = np.int64(-1)
    occasion = plan.store.queue[day // 7] if channel == STORE_VISIT else 1.0
    wants = u_buy < _chance(plan, s, day, channel, occasion)
    if wants and channel == STORE_VISIT:
        share = plan.dials.showrooming_share * (0.4 + 1.2 * q.digital)
        if u_looks < share:  # compares prices on the phone and orders from home
            s.saw_in_store = 1
            s.next_day = day + 1
            wants = False
    if wants:
        bought = place_order(
            plan, goods, q, s, out,
            day, channel, at + _AT_TILL, -1, False, False, False,
        )  # fmt: skip
    press_if_on(plan, q, s, day, channel)
    if bought >= 0 and channel == STORE_VISIT:
        _known_from_the_door(s, day, at)
    if not out.is_logged:
        return
    has_account = s.joined_at[0] != NO_TIME
    account = np.int64(-1)
    if channel == STORE_VISIT:
        if q.has_app and has_account and u_known < 0.2:  # check-in with the app
            account = account_id(plan, q, s, 0)
            seen = see(plan, q, s, APP, at, 0)
            emit.touch(plan, q, s, out.n, out.touches, at, seen, account, channel, VISITED, -1, 1)
        elif bought >= 0 and out.n[ORDER] <= out.orders.size:  # recognised at the till
            row = out.orders[out.n[ORDER] - 1]
            if row.identity >= 0:
                emit.touch(
                    plan, q, s, out.n, out.touches,
                    at, row.identity, row.customer, channel, VISITED, -1, 1,
                )  # fmt: skip
    elif channel == CALL_CENTRE:
        if has_account:
            account = account_id(plan, q, s, 0)
        seen = see(plan, q, s, PHONE, at, 0 if has_account else -1)
        emit.touch(plan, q, s, out.n, out.touches, at, seen, account, channel, CALLED, -1, 1)
    else:
        seen = see(plan, q, s, cookie(q, day), at, -1)
        emit.touch(plan, q, s, out.n, out.touches, at, seen, account, channel, CLICK, -1, 1)


@inner
def _known_from_the_door(s, day, at):  # type: ignore[no-untyped-def]
    """Who is first known at the till is known of the whole visit, which is one contact."""
    paid = order_time(day, at + _AT_TILL)
    for account in range(N_ACCOUNTS):
        if s.joined_at[account] == paid:
            s.joined_at[account] = at
    for ordinal in (LOYALTY_0, LOYALTY_1, PAYMENT):
        if s.seen_first[ordinal] == paid:
            s.seen_first[ordinal] = at


@inner
def _chance(plan, s, day, channel, occasion):  # type: ignore[no-untyped-def]
    pressure = lift(plan, s, day, plan.channels.conversion_effect)
    touch = 1.0 + (plan.channels.touch_factor[channel] - 1.0) * plan.cause.channel_on[channel]
    occasion *= plan.days.conversion[day]
    if plan.cause.membership_on and s.joined_at[0] != NO_TIME:
        occasion *= 1.0 + plan.dials.member_effect
    return conversion_chance(
        plan.dials.conversion[s.is_serious], pressure + synergy(plan, s, day), touch, occasion
    )
