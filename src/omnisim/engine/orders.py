"""An order: products, coupon, account, fulfilment, money."""

from __future__ import annotations

import numpy as np

from omnisim.engine import emit
from omnisim.engine.aftermath import maybe_return, maybe_survey
from omnisim.engine.codes import (
    BY_APP,
    BY_BUYER,
    BY_CALL,
    BY_MARKETPLACE,
    BY_SOCIAL,
    BY_STORE,
    BY_SYSTEM,
    BY_WEB,
    CALL_CENTRE,
    CARRY_OUT,
    COLLECT,
    COMMUNITY,
    COUPON_ABUSE,
    DAY_SECONDS,
    DRAW_DROPOUT,
    DRAW_FAILURE,
    DRAW_FULFIL,
    DRAW_LINE,
    DRAW_ORDER,
    EMAIL_CHANNEL,
    FROM_STORE,
    HOUR_SECONDS,
    MAIL_COUPON,
    MAIL_DAYS,
    MARKETPLACE,
    NO_STOCK,
    PAID_SOCIAL,
    PARCEL,
    SHORT_VIDEO,
    STORE_VISIT,
    TO_ORDER,
    WELCOME,
)
from omnisim.engine.identity import account_id, cookie, join, see
from omnisim.engine.plan import APP, LOYALTY_0, N_ACCOUNTS, PAYMENT, PHONE
from omnisim.engine.state import NO_TIME
from omnisim.engine.switches import is_enrolled
from omnisim.jit import inner, njit
from omnisim.rng.philox import uniforms
from omnisim.rng.quantiles import look_up
from omnisim.world.availability import ON_SHELF, ON_SYSTEM
from omnisim.world.persons import COUPON_ABUSER


@njit(_nrt=False, inline="always")
def order_time(day, at):  # type: ignore[no-untyped-def]
    """An order is booked on the day of its visit."""
    return min(at, (day + 1) * DAY_SECONDS - 1)


_LAST = 1.0 - 2.0**-33  # the greatest uniform


@inner
def place_order(plan, goods, q, s, out, day, channel, at, session, in_app, logged_in, loses):  # type: ignore[no-untyped-def]
    """Place an order: products, coupon, account, fulfilment, money. Returns its id, -1 if none."""
    person, store = q.person, q.store
    at = order_time(day, at)
    u_lines, u_coupon, u_guest, u_where = uniforms(plan.dials.seed, person, day, 0, DRAW_ORDER)
    u_collect, u_delay, u_cancel, u_pay = uniforms(plan.dials.seed, person, day, 0, DRAW_FULFIL)
    placed = _order_channel(channel, in_app, u_where)
    own_online = placed == BY_WEB or placed == BY_APP or placed == BY_SOCIAL

    fulfilment, location = PARCEL, 0
    if placed == BY_STORE:
        fulfilment, location = CARRY_OUT, store + 1
    elif placed == BY_WEB or placed == BY_APP:
        has_service = plan.cause.rollout_on and day >= plan.store.service_day
        if has_service and u_collect < plan.dials.collect_share:
            fulfilment, location = COLLECT, store + 1
    if s.is_custom == 1 and (own_online or placed == BY_CALL):
        fulfilment, location = TO_ORDER, 0
    if fulfilment == PARCEL and plan.dials.ship_from_store == 1:
        if _only_in_store(plan, goods, q, day, store):
            fulfilment, location = FROM_STORE, store + 1

    # products first: an empty shelf ends the attempt
    skus, units = s.basket_sku, s.basket_units
    n_lines, oversold = _fill_basket(
        plan, goods, q, out.is_logged, out.wanted, day, location, fulfilment, u_lines, skus, units
    )
    if n_lines == 0:
        return np.int64(-1)

    abuser = q.kind == COUPON_ABUSER
    account = _account_of_order(
        plan, q, s, at, placed, own_online, in_app or logged_in, abuser, u_guest, u_where
    )
    percent, coupon = _coupon(
        plan, q, s, day, channel, placed, own_online, account, abuser, u_coupon
    )
    gross = discount = cost = n_units = np.int64(0)
    for k in range(n_lines):
        line_gross = gross_of(plan, goods, skus[k], units[k], fulfilment)
        gross += line_gross
        discount += line_discount(plan, goods, day, skus[k], line_gross, percent)
        cost += goods.products[skus[k]].cost * units[k]
        n_units += units[k]
    net = gross - discount

    late_days = plan.days.delay[day]
    promised = at
    fulfilled = at
    shipping = 0
    if fulfilment == PARCEL or fulfilment == FROM_STORE:
        promised = at + plan.dials.promise_days * DAY_SECONDS
        fulfilled = at + int(
            (plan.dials.median_days * look_up(plan.tables.parcel, u_delay) + late_days)
            * DAY_SECONDS
        )
        shipping = plan.dials.parcel_cost
    elif fulfilment == TO_ORDER:
        promised = at + plan.dials.make_promise_days * DAY_SECONDS
        fulfilled = at + int(
            (plan.dials.make_days * look_up(plan.tables.make, u_delay) + late_days) * DAY_SECONDS
        )
        shipping = plan.dials.parcel_cost
    elif fulfilment == COLLECT:
        promised = at + 24 * HOUR_SECONDS
        hours = plan.dials.collect_hours * look_up(plan.tables.parcel, u_delay) ** 3
        fulfilled = at + int(hours * HOUR_SECONDS)
        shipping = plan.dials.collect_cost
    reason, cancelled = -1, NO_TIME
    if oversold:
        reason, cancelled = NO_STOCK, at + 6 * HOUR_SECONDS + int(u_cancel * 24 * HOUR_SECONDS)
    elif fulfilment != CARRY_OUT and u_cancel < plan.dials.cancel_share:
        reason, cancelled = BY_BUYER, at + 2 * HOUR_SECONDS
    if reason < 0 and (loses or (fulfilment == COLLECT and _fails(plan, q, day))):
        reason, cancelled = BY_SYSTEM, at + HOUR_SECONDS
    _settle(plan, s, out.week, out.test, out.pages, day, placed, account, reason, net)

    if out.is_counted and reason < 0 and fulfilment != TO_ORDER:
        for k in range(n_lines):
            out.sold[location, skus[k]] += units[k]
    order = np.int64(-1)
    if out.is_logged:
        order = emit.next_order(plan, q, s)
        customer = np.int64(-1)
        if account >= 0:
            customer = account_id(plan, q, s, account)
        payment = np.int64(-1)
        if placed != BY_STORE or u_pay >= plan.dials.cash_share:
            payment = see(plan, q, s, PAYMENT, at, account)
        identity = _order_identity(plan, q, s, day, at, placed, in_app, account, payment)
        emit.order(
            plan, s, out.n, out.orders, at, order, customer, identity, payment, session, placed, fulfilment,
            location, store, reason, coupon, n_units, gross, discount, cost, shipping,
            promised, fulfilled, cancelled, COUPON_ABUSE if abuser and coupon == WELCOME else -1,
        )  # fmt: skip
        for k in range(n_lines):
            line_gross = gross_of(plan, goods, skus[k], units[k], fulfilment)
            off = line_discount(plan, goods, day, skus[k], line_gross, percent)
            line = emit.line(
                plan, goods, q, s, out.n, out.lines, at, order, skus[k], units[k], line_gross, off
            )
            if reason < 0:
                maybe_return(
                    plan, q, s, out, day, k, order, line, skus[k], units[k],
                    line_gross - off, fulfilled, location, fulfilled > promised,
                )  # fmt: skip
        if reason < 0 and customer >= 0:
            maybe_survey(plan, q, s, out, day, order, customer, fulfilled, promised)
    else:
        order = np.int64(0)

    s.need_day = -1
    s.last_order = day
    s.n_orders += 1
    if own_online:
        s.n_online += 1
    u_leave, _, _, _ = uniforms(plan.dials.seed, person, day, 0, DRAW_DROPOUT)
    if u_leave < plan.dials.dropout_share:
        s.has_left = True
    return order


@njit(_nrt=False, inline="always")
def _order_channel(channel, in_app, u):  # type: ignore[no-untyped-def]
    if channel == STORE_VISIT:
        return BY_STORE
    if channel == MARKETPLACE:
        return BY_MARKETPLACE
    if channel == CALL_CENTRE:
        return BY_CALL
    if (channel == PAID_SOCIAL or channel == SHORT_VIDEO or channel == COMMUNITY) and u < 0.5:
        return BY_SOCIAL
    return BY_APP if in_app else BY_WEB


@njit(_nrt=False, inline="always")
def gross_of(plan, goods, sku, units, fulfilment):  # type: ignore[no-untyped-def]
    """Minor units of a line at list price; what is made to order costs more."""
    gross = goods.products[sku].price * units
    if fulfilment == TO_ORDER:
        gross += gross * plan.dials.custom_percent // 100
    return gross


@njit(_nrt=False, inline="always")
def line_discount(plan, goods, day, sku, gross, coupon_percent):  # type: ignore[no-untyped-def]
    """Minor units off a line: the price cut that runs, and the coupon on what is left."""
    cut = gross * plan.days.percent[goods.products[sku].category, day] // 100
    return cut + (gross - cut) * coupon_percent // 100


@inner
def _only_in_store(plan, goods, q, day, store):  # type: ignore[no-untyped-def]
    """Whether the first product wanted is sold out centrally and lies in the nearest store."""
    u_sku, _, _, _ = uniforms(plan.dials.seed, q.person, day, 0, DRAW_LINE)
    sku = look_up(plan.tables.popularity, u_sku)
    centrally = goods.availability[0, sku, day] & ON_SYSTEM
    return centrally == 0 and goods.availability[store + 1, sku, day] & ON_SHELF != 0


@inner
def _fill_basket(  # type: ignore[no-untyped-def]
    plan, goods, q, is_logged, asked, day, location, fulfilment, u_lines, skus, units
):
    """Choose products; returns how many lines stand and whether one of them is not really there."""
    month = plan.days.month[day]
    wanted = look_up(plan.tables.n_lines, u_lines)
    n = 0
    oversold = False
    for k in range(wanted):
        u_sku, u_units, u_other, _ = uniforms(plan.dials.seed, q.person, day, k, DRAW_LINE)
        sku = look_up(plan.tables.popularity, u_sku)
        count = 2 if u_units < plan.dials.second_unit_share else 1
        if 1.0 - u_units <= plan.dials.bulk_share:
            # the leftover of the draw says how many
            count = look_up(plan.tables.bulk, min((1.0 - u_units) / plan.dials.bulk_share, _LAST))
        if fulfilment == TO_ORDER:  # nothing of it lies on a shelf
            skus[n], units[n] = sku, count
            n += 1
            continue
        flags = goods.availability[location, sku, day]
        seems = flags & ON_SHELF if fulfilment == CARRY_OUT else flags & ON_SYSTEM
        if is_logged:
            asked[0, location, sku, month] += count
        if seems == 0:
            # the leftover of the substitution draw picks the other product
            other = (
                look_up(plan.tables.popularity, u_other / plan.dials.substitution_share)
                if (u_other < plan.dials.substitution_share)
                else -1
            )
            if other < 0 or goods.availability[location, other, day] & ON_SHELF == 0:
                if is_logged:
                    asked[1, location, sku, month] += count
                continue
            sku = other
            flags = goods.availability[location, sku, day]
        if flags & ON_SHELF == 0:
            oversold = True
            if is_logged:
                asked[1, location, sku, month] += count
        skus[n], units[n] = sku, count
        n += 1
    return n, oversold


@inner
def _account_of_order(plan, q, s, at, placed, own_online, known, abuser, u, u_where):  # type: ignore[no-untyped-def]
    """Which account the order is booked on, opening one where the customer signs up; -1 = none."""
    has = s.joined_at[0] != NO_TIME
    if own_online:
        if abuser and has:
            for account in range(1, N_ACCOUNTS):
                if s.joined_at[account] == NO_TIME:
                    return join(s, account, at, False)
            return 0
        if known:
            return 0
        if u < plan.dials.guest_share:
            return -1
        return join(s, 0, at, False)
    if placed == BY_STORE:
        account = 1 if q.has_two_accounts else 0
        if s.joined_at[account] != NO_TIME:
            return account if u < plan.dials.card_share else -1
        if u < 0.25:  # signs up at the till
            return join(s, account, at, True)
        return -1
    if placed == BY_MARKETPLACE:
        return 0 if has and u_where < 0.5 else -1  # bound the marketplace to the account
    return 0 if has else -1


@inner
def _coupon(plan, q, s, day, channel, placed, own_online, account, abuser, u):  # type: ignore[no-untyped-def]
    """Percent and code: the welcome coupon on first online orders, the mail coupon from e-mails."""
    if placed == BY_STORE and account >= 0:
        # a coupon issued online, shown at the till
        age = day - s.pressure_day[EMAIL_CHANNEL]
        has_mail = s.pressure[EMAIL_CHANNEL] > 0.0 and age <= MAIL_DAYS
        chance = min(1.0, plan.dials.store_use_share * 2.0 * q.price_sensitivity)
        if has_mail and u < chance:
            return plan.dials.mail_percent, MAIL_COUPON
    if not own_online:
        return 0, -1
    chance = min(1.0, plan.dials.coupon_share * 2.0 * q.price_sensitivity)
    if (s.n_online == 0 and u < chance) or abuser:
        return plan.dials.welcome_percent, WELCOME
    if channel == EMAIL_CHANNEL and u < min(1.0, 2.0 * chance):
        return plan.dials.mail_percent, MAIL_COUPON
    return 0, -1


@inner
def _order_identity(plan, q, s, day, at, placed, in_app, account, payment):  # type: ignore[no-untyped-def]
    if placed == BY_STORE:
        if account >= 0:
            return see(plan, q, s, LOYALTY_0 + min(account, 1), at, account)
        return payment
    if placed == BY_CALL:
        return see(plan, q, s, PHONE, at, account)
    if placed == BY_MARKETPLACE:
        return payment
    ordinal = APP if in_app else cookie(q, day)
    return see(plan, q, s, ordinal, at, account)


@inner
def _settle(plan, s, weeks, test, pages, day, placed, account, reason, net):  # type: ignore[no-untyped-def]
    """Count a completed order, and what the test sees of it."""
    if reason >= 0:
        return
    week = day // 7
    weeks[s.row, week, 0] += net
    weeks[s.row, week, 2] += 1
    if placed == BY_STORE:
        weeks[s.row, week, 1] += net
    if account < 0:
        return
    dials = plan.dials
    if dials.test_first <= day <= dials.test_last and is_enrolled(s, account, dials.test_first):
        test[s.row, 0] += net
        test[s.row, 1] += 1
    if dials.pages_first <= day <= dials.pages_last and is_enrolled(s, 0, dials.pages_first):
        pages[s.row, 0] += net
        pages[s.row, 1] += 1


@njit(_nrt=False, inline="always")
def _fails(plan, q, day):  # type: ignore[no-untyped-def]
    """Whether a collected order fails because the service is new in its region."""
    since = day - plan.store.service_day
    if plan.store.region != plan.dials.failing_region or since >= plan.dials.failing_days:
        return False
    u, _, _, _ = uniforms(plan.dials.seed, q.person, day, 0, DRAW_FAILURE)
    return u < plan.dials.failing_share
