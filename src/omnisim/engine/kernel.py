"""One customer's year as one plain loop.

`advance` moves a block of customers from one day to another. Everything a day decides is drawn at an
address (person, day or day of the need, step), so worlds with and without a cause share all luck,
and any cut of the horizon into supersteps gives the same rows.

The order of a day: pushes reach the customer, then a need may arise, then the open journey takes its
next step. Throughout, `plan` is what is read, `goods` what orders are made from, `q` a person's traits, `s` the
person's state, and `out` what is written.
"""

from __future__ import annotations

import numpy as np

from omnisim.behaviour.rules import (
    answer_chance,
    conversion_chance,
    digital_weight,
    growth,
    intent_weight,
    novelty,
    satisfaction_score,
    saturate,
)
from omnisim.engine import emit
from omnisim.engine.plan import (
    ALL_CONTROL,
    ALL_TREATED,
    APP,
    DECAY_DAYS,
    N_CHANNELS,
    Goods,
    Rules,
    EMAIL,
    FIRST_COOKIE,
    KEY_CUSTOMER,
    KEY_IDENTITY,
    LOYALTY_0,
    N_ACCOUNTS,
    PAYMENT,
    PHONE,
)
from omnisim.engine.state import NO_TIME, ORDER
from omnisim.jit import njit
from omnisim.rng.ids import make_id
from omnisim.rng.philox import uniforms
from omnisim.rng.quantiles import look_between, look_up
from omnisim.rng.streams import Stream
from omnisim.schema.channels import (
    CANCEL_REASONS,
    CHANNEL_ID,
    FULFILMENTS,
    ORDER_CHANNELS,
    RETURN_REASONS,
    TOUCH_KINDS,
)
from omnisim.world.availability import ON_SHELF, ON_SYSTEM
from omnisim.world.persons import COUPON_ABUSER, FAKE_BUYER, RING_SIZE

DAY = 86_400
HOUR = 3_600
_MAX_STEPS = 15

# streams as plain numbers: compiled code has no enums
_DAY, _OWNED, _RESPONSE = int(Stream.DAY), int(Stream.OWNED), int(Stream.RESPONSE)
_NEED, _CHOICE, _STEP, _VISIT = (
    int(Stream.NEED),
    int(Stream.CHOICE),
    int(Stream.STEP),
    int(Stream.VISIT),
)
_PUSH_VISIT, _PUSH_STEP = int(Stream.PUSH_VISIT), int(Stream.PUSH_STEP)
_ORDER, _FULFIL, _LINE, _RETURN = (
    int(Stream.ORDER),
    int(Stream.FULFIL),
    int(Stream.LINE),
    int(Stream.RETURN),
)
_SURVEY, _DROPOUT, _OUTAGE = int(Stream.SURVEY), int(Stream.DROPOUT), int(Stream.OUTAGE)
_BURST, _FAKE, _ASSIGNMENT = int(Stream.BURST), int(Stream.FAKE), int(Stream.ASSIGNMENT)

_RETARGETING = CHANNEL_ID["retargeting"]
_SOCIAL, _VIDEO = CHANNEL_ID["paid_social"], CHANNEL_ID["short_video"]
_MAIL, _SMS = CHANNEL_ID["email"], CHANNEL_ID["sms"]
_APP_PUSH, _COMMUNITY = CHANNEL_ID["app_push"], CHANNEL_ID["community"]
_DIRECT, _BRAND, _MARKET = (
    CHANNEL_ID["direct"],
    CHANNEL_ID["brand_search"],
    CHANNEL_ID["marketplace"],
)
_STORE, _CALL = CHANNEL_ID["store_visit"], CHANNEL_ID["call_centre"]

_IMPRESSION, _SENT, _OPEN = (TOUCH_KINDS.index(k) for k in ("impression", "sent", "open"))
_CLICK, _VISITED, _CALLED = (TOUCH_KINDS.index(k) for k in ("click", "visit", "call"))
_WEB, _APP = 0, 1
_BY_WEB, _BY_APP, _BY_MARKET = (ORDER_CHANNELS.index(k) for k in ("web", "app", "marketplace"))
_BY_SOCIAL, _BY_STORE, _BY_CALL = (
    ORDER_CHANNELS.index(k) for k in ("social", "store", "call_centre")
)
_PARCEL, _COLLECT, _CARRY = (
    FULFILMENTS.index(k) for k in ("ship_from_dc", "click_and_collect", "carry_out")
)
_NO_STOCK, _BUYER, _REVIEW = (
    CANCEL_REASONS.index(k) for k in ("no_stock", "customer", "payment_review")
)
_WELCOME, _MAIL10 = 0, 1
_LATE_REASON = RETURN_REASONS.index("late")
_N_REASONS = len(RETURN_REASONS) - 1
_FAKE_ORDER, _ABUSE = 0, 1
_ADS = (_RETARGETING, _SOCIAL, _VIDEO)
_MESSAGES = (_MAIL, _SMS, _APP_PUSH, _COMMUNITY)
_PULLS = (0, 1, 2, 3, 7, 8, 13, 14, 15)


@njit(_nrt=False)
def advance(plan, people, state, out, from_day, to_day):  # type: ignore[no-untyped-def]
    """Move every customer of a block from the morning of `from_day` to that of `to_day`."""
    goods = Goods(plan.products, plan.availability)
    for i in range(people.size):
        q, s = people[i], state[i]
        rules = Rules(
            plan.dials, plan.days, plan.channels, plan.tables, plan.cause, plan.stores[q.store]
        )
        if q.kind == FAKE_BUYER:
            for day in range(from_day, to_day):
                _fake_day(rules, goods, q, s, out, day)
        else:
            for day in range(from_day, to_day):
                _day(rules, goods, q, s, out, day)


@njit(_nrt=False, inline="always")
def _day(plan, goods, q, s, out, day):  # type: ignore[no-untyped-def]
    u = uniforms(plan.dials.seed, q.person, day, 0, _DAY)
    for k in range(3):
        channel = _ADS[k]
        if u[k + 1] < plan.channels.reach[channel] / 7 * _ad_weight(plan, q, s, day, channel):
            _contact(plan, goods, q, s, out, day, channel, np.int64(1))
    if s.joined_at[0] != NO_TIME or q.is_in_community:
        v = uniforms(plan.dials.seed, q.person, day, 0, _OWNED)
        for k in range(4):
            channel = _MESSAGES[k]
            agreed = 1 if _agrees(q, day, channel) else 0
            chance = _message_chance(plan, q, s, day, channel)
            if v[k] < (chance if agreed == 1 else chance * plan.dials.leak_share):
                _contact(plan, goods, q, s, out, day, channel, np.int64(agreed))

    if s.need_day < 0 and s.last_order < day and not s.has_left:
        rate = q.need_rate * plan.days.need_factor[day] * plan.store.local[day // 7]
        # most days end here: even full pressure would not raise a need
        if u[0] < rate * (1.0 + plan.dials.max_need_lift):
            if u[0] < rate * (1.0 + _need_lift(plan, s, day)):
                _open_need(plan, q, s, day, day)
    if s.need_day >= 0 and s.next_day == day:
        _journey_step(plan, goods, q, s, out, day)


@njit(_nrt=False, inline="always")
def _ad_weight(plan, q, s, day, channel):  # type: ignore[no-untyped-def]
    """Who sees ads: digital people, and for retargeting those who came by lately."""
    if channel == _RETARGETING:
        recent = day - s.last_visit <= plan.dials.retargeting_days
        follows = plan.dials.intent_follows
        return follows * (1.0 if recent else 0.0) + (1.0 - follows) * 0.3
    return 0.5 + q.digital


@njit(_nrt=False, inline="always")
def _message_chance(plan, q, s, day, channel):  # type: ignore[no-untyped-def]
    """Chance of a message today: e-mail on its weekdays, the others on any day."""
    if channel == _COMMUNITY:
        return plan.channels.reach[channel] / 7 if q.is_in_community else 0.0
    if s.joined_at[0] == NO_TIME or s.joined_at[0] >= day * DAY:
        return 0.0
    if channel == _MAIL:
        return plan.dials.email_chance if plan.days.is_email_day[day] == 1 else 0.0
    if channel == _APP_PUSH and not q.has_app:
        return 0.0
    return plan.channels.reach[channel] / 7


@njit(_nrt=False, inline="always")
def _agrees(q, day, channel):  # type: ignore[no-untyped-def]
    """Consent in force; push and community carry theirs in the membership itself."""
    if channel == _MAIL:
        return q.has_email_consent and q.withdrawal_day > day
    if channel == _SMS:
        return q.has_sms_consent and q.withdrawal_day > day
    return True


@njit(_nrt=False)
def _contact(plan, goods, q, s, out, day, channel, agreed):  # type: ignore[no-untyped-def]
    """A push reaches the customer; where the channel has no effect only the slot stays."""
    u_react, u_second, u_need, u_open = uniforms(plan.dials.seed, q.person, day, channel, _RESPONSE)
    at = day * DAY + look_up(plan.tables.second, u_second)
    is_message = channel >= _MAIL
    if out.is_logged:
        out.contacts[0, channel, day] += 1
        identity = _push_identity(plan, q, s, day, at, channel)
        customer = _account_id(plan, q, s, 0) if is_message else np.int64(-1)
        kind = _SENT if is_message else _IMPRESSION
        emit.touch(plan, q, s, out, at, identity, customer, channel, kind, -1, agreed)
    if plan.cause.channel_on[channel] == 0.0:
        return
    _press(plan, q, s, day, channel)
    sensitivity = q.susceptibility[channel]
    if u_react < plan.channels.click_share[channel] * sensitivity:
        _push_visit(plan, goods, q, s, out, day, channel, at + 60, u_need)
    elif out.is_logged and u_open < plan.channels.open_share[channel] * sensitivity:
        emit.touch(plan, q, s, out, at + 1800, identity, customer, channel, _OPEN, -1, agreed)


@njit(_nrt=False, inline="always")
def _push_visit(plan, goods, q, s, out, day, channel, at, u_need):  # type: ignore[no-untyped-def]
    """The customer clicked: a visit, which may serve the open need or raise one."""
    if _outage_at(plan, at):
        return
    if s.need_day < 0 and s.last_order < day and u_need < 0.5:
        _open_need(plan, q, s, day, day + 1)
    u = uniforms(plan.dials.seed, q.person, day, channel, _PUSH_VISIT)
    _, u_buy, _, _ = uniforms(plan.dials.seed, q.person, day, channel, _PUSH_STEP)
    _online_visit(plan, goods, q, s, out, day, channel, at, u, u_buy)


@njit(_nrt=False, inline="always")
def _open_need(plan, q, s, day, first_day):  # type: ignore[no-untyped-def]
    u_serious, _, _, _ = uniforms(plan.dials.seed, q.person, day, 0, _NEED)
    s.need_day = day
    s.next_day = first_day
    s.step = 0
    s.is_serious = 1 if u_serious < plan.dials.serious_share else 0


@njit(_nrt=False, inline="always")
def _journey_step(plan, goods, q, s, out, day):  # type: ignore[no-untyped-def]
    """The next touch of an open need: choose it, visit, buy, or wait, or give up."""
    need, step = s.need_day, s.step
    u_second, u_buy, u_quit, u_gap = uniforms(plan.dials.seed, q.person, need, step, _STEP)
    at = day * DAY + look_up(plan.tables.second, u_second)
    channel = _choose(plan, q, s, day)
    s.step = step + 1
    s.next_day = day + look_up(plan.tables.gap, u_gap)

    if plan.channels.is_online[channel] and channel != _MARKET:
        if _outage_at(plan, at):
            u_back, _, _, _ = uniforms(plan.dials.seed, q.person, need, step, _OUTAGE)
            if u_back < plan.dials.comeback_share:
                s.next_day = day + 1
            else:
                s.need_day = -1
            return
        u = uniforms(plan.dials.seed, q.person, need, step, _VISIT)
        _online_visit(plan, goods, q, s, out, day, channel, at, u, u_buy)
    else:
        _other_visit(plan, goods, q, s, out, day, channel, at, u_buy)
    if s.need_day >= 0 and (u_quit < plan.dials.abandonment[s.is_serious] or s.step >= _MAX_STEPS):
        s.need_day = -1


@njit(_nrt=False, inline="always")
def _choose(plan, q, s, day):  # type: ignore[no-untyped-def]
    """Exponential race between the pulls: a changed weight flips only choices it must."""
    person, need, step = q.person, s.need_day, s.step
    serious = s.is_serious == 1
    digital = q.digital
    grown = _service(plan, q, day)
    best, winner = 1e300, np.int64(_DIRECT)
    block = -1
    u0 = u1 = u2 = u3 = 0.5
    for channel in _PULLS:
        if channel // 4 != block:
            block = channel // 4
            u0, u1, u2, u3 = uniforms(plan.dials.seed, person, need, step * 4 + block, _CHOICE)
        lane = channel % 4
        u = u0 if lane == 0 else u1 if lane == 1 else u2 if lane == 2 else u3
        weight = plan.channels.reach[channel] * digital_weight(
            plan.channels.is_online[channel], digital
        )
        if channel == _BRAND:
            weight *= intent_weight(serious, step, plan.dials.intent_follows)
        elif channel == _STORE:
            weight *= 1.0 - plan.dials.shift_share * grown
        if weight > 0.0:
            time = look_between(plan.tables.race, u) / weight
            if time < best:
                best, winner = time, channel
    return winner


@njit(_nrt=False)
def _online_visit(plan, goods, q, s, out, day, channel, at, u, u_buy):  # type: ignore[no-untyped-def]
    """A visit to the web shop or the app, with or without an open need."""
    u_device, u_login, u_pages, u_cart = u
    in_app = q.has_app and (channel == _APP_PUSH or u_device < (0.7 if channel == _DIRECT else 0.2))
    has_account = s.joined_at[0] != NO_TIME
    logged_in = has_account and (in_app or u_login < plan.dials.login_share)
    identity = APP if in_app else _cookie(q, day)
    if out.is_logged:
        out.contacts[1, channel, day] += 1
    bought = np.int64(-1)
    session = np.int64(-1)
    if out.is_logged:
        session = emit.next_session(plan, q, s)
    wants = s.need_day >= 0
    serious = s.is_serious if wants else 0
    if wants:
        occasion = 1.0 + plan.dials.service_effect * _service(plan, q, day) * (
            0.4 + 1.2 * q.digital
        )
        if logged_in and _is_treated(plan, q, s, day, 0):
            occasion *= 1.0 + plan.dials.test_effect * novelty(
                day - plan.dials.test_first, plan.dials.test_novelty
            )
        if u_buy < _chance(plan, q, s, day, channel, occasion):
            bought = _order(
                plan, goods, q, s, out,
                day, channel, at + 300, session, np.int64(in_app), np.int64(logged_in),
            )  # fmt: skip
    _press_if_on(plan, q, s, day, channel)
    s.last_visit = day
    if not out.is_logged:
        return
    account = np.int64(-1)
    if logged_in:
        account = _account_id(plan, q, s, 0)
    seen = _see(plan, q, s, identity, at, 0 if logged_in else -1)
    emit.touch(plan, q, s, out, at, seen, account, channel, _CLICK, session, True)
    pages = look_up(plan.tables.pages, u_pages) + (4 if bought >= 0 else 0)
    cart = bought >= 0 or u_cart < (0.34 if serious == 1 else 0.06)
    checkout = bought >= 0 or u_cart < (0.10 if serious == 1 else 0.012)
    platform = _APP if in_app else _WEB
    emit.session(
        out, at, session, seen, account, channel, platform, pages, cart, checkout, bought >= 0
    )


@njit(_nrt=False)
def _other_visit(plan, goods, q, s, out, day, channel, at, u_buy):  # type: ignore[no-untyped-def]
    """A visit to a store or the marketplace, or a call; seen only where the customer is known."""
    person, store = q.person, q.store
    _, _, u_known, _ = uniforms(plan.dials.seed, person, s.need_day, s.step - 1, _VISIT)
    if channel == _STORE:
        at = day * DAY + 9 * HOUR + (at % DAY) * 12 // 24  # opening hours
        if out.is_logged:
            out.visitors[store, day] += 1
    elif out.is_logged:
        out.contacts[1, channel, day] += 1
    bought = np.int64(-1)
    if u_buy < _chance(plan, q, s, day, channel, 1.0):
        bought = _order(
            plan, goods, q, s, out,
            day, channel, at + 600, np.int64(-1), np.int64(0), np.int64(0),
        )  # fmt: skip
    _press_if_on(plan, q, s, day, channel)
    if not out.is_logged:
        return
    has_account = s.joined_at[0] != NO_TIME
    account = np.int64(-1)
    if channel == _STORE:
        if q.has_app and has_account and u_known < 0.2:  # check-in with the app
            account = _account_id(plan, q, s, 0)
            seen = _see(plan, q, s, APP, at, 0)
            emit.touch(plan, q, s, out, at, seen, account, channel, _VISITED, -1, True)
        elif bought >= 0 and out.n[ORDER] <= out.orders.size:  # recognised at the till
            row = out.orders[out.n[ORDER] - 1]
            if row.identity >= 0:
                emit.touch(
                    plan, q, s, out, at, row.identity, row.customer, channel, _VISITED, -1, True
                )
    elif channel == _CALL:
        if has_account:
            account = _account_id(plan, q, s, 0)
        seen = _see(plan, q, s, PHONE, at, 0 if has_account else -1)
        emit.touch(plan, q, s, out, at, seen, account, channel, _CALLED, -1, True)
    else:
        seen = _see(plan, q, s, _cookie(q, day), at, -1)
        emit.touch(plan, q, s, out, at, seen, account, channel, _CLICK, -1, True)


@njit(_nrt=False, inline="always")
def _chance(plan, q, s, day, channel, occasion):  # type: ignore[no-untyped-def]
    lift = _conversion_lift(plan, s, day)
    touch = 1.0 + (plan.channels.touch_factor[channel] - 1.0) * plan.cause.channel_on[channel]
    return conversion_chance(plan.dials.conversion[s.is_serious], lift, touch, occasion)


@njit(_nrt=False, inline="always")
def _need_lift(plan, s, day):  # type: ignore[no-untyped-def]
    """Rise of the need rate: sum over channels of effect times saturated pressure."""
    lift = 0.0
    for channel in range(N_CHANNELS):
        effect = plan.channels.need_effect[channel]
        if effect > 0.0 and s.pressure[channel] > 0.0:
            share = saturate(_pressure_on(plan, s, day, channel), plan.channels.half[channel])
            lift += effect * plan.cause.channel_on[channel] * share
    return lift


@njit(_nrt=False, inline="always")
def _conversion_lift(plan, s, day):  # type: ignore[no-untyped-def]
    """Rise of the conversion chance: the same sum for conversion."""
    lift = 0.0
    for channel in range(N_CHANNELS):
        effect = plan.channels.conversion_effect[channel]
        if effect > 0.0 and s.pressure[channel] > 0.0:
            share = saturate(_pressure_on(plan, s, day, channel), plan.channels.half[channel])
            lift += effect * plan.cause.channel_on[channel] * share
    return lift


@njit(_nrt=False, inline="always")
def _pressure_on(plan, s, day, channel):  # type: ignore[no-untyped-def]
    age = day - s.pressure_day[channel]
    if age >= DECAY_DAYS:
        return 0.0
    return s.pressure[channel] * plan.channels.decay[channel, age]


@njit(_nrt=False, inline="always")
def _press(plan, q, s, day, channel):  # type: ignore[no-untyped-def]
    """A contact adds pressure in proportion to the person's susceptibility."""
    pressure = _pressure_on(plan, s, day, channel)
    s.pressure[channel] = pressure + q.susceptibility[channel]
    s.pressure_day[channel] = day


@njit(_nrt=False, inline="always")
def _press_if_on(plan, q, s, day, channel):  # type: ignore[no-untyped-def]
    # a clicked push has pressed already, when it was seen
    if plan.cause.channel_on[channel] > 0.0 and not 4 <= channel <= 6 and not 9 <= channel <= 12:
        _press(plan, q, s, day, channel)


@njit(_nrt=False, inline="always")
def _service(plan, q, day):  # type: ignore[no-untyped-def]
    """How far click-and-collect has grown at the customer's store, times its strength."""
    store = q.store
    if not plan.cause.rollout_on:
        return 0.0
    return plan.store.strength * growth(day, plan.store.service_day, plan.dials.growth_days)


@njit(_nrt=False, inline="always")
def _is_treated(plan, q, s, day, account):  # type: ignore[no-untyped-def]
    """Whether an enrolled account meets the tested page on a day of the test."""
    if (
        day < plan.dials.test_first
        or day > plan.dials.test_last
        or plan.cause.experiment == ALL_CONTROL
    ):
        return False
    if not _is_enrolled(plan, s, account):
        return False
    if plan.cause.experiment == ALL_TREATED:
        return True
    u, _, _, _ = uniforms(plan.dials.seed, q.person, account, 0, _ASSIGNMENT)
    return u < plan.dials.test_share


@njit(_nrt=False, inline="always")
def _is_enrolled(plan, s, account):  # type: ignore[no-untyped-def]
    """Accounts opened before the test began take part."""
    joined = s.joined_at[account]
    return joined != NO_TIME and joined < plan.dials.test_first * DAY


@njit(_nrt=False, inline="always")
def _outage_at(plan, at):  # type: ignore[no-untyped-def]
    for k in range(plan.days.n_outages):
        if plan.days.outage[k, 0] <= at < plan.days.outage[k, 1]:
            return True
    return False


# --- identities and accounts -----------------------------------------------------------------------


@njit(_nrt=False, inline="always")
def _cookie(q, day):  # type: ignore[no-untyped-def]
    """Which of the person's cookies is alive: each lives its person's cookie life."""
    return FIRST_COOKIE + (day + q.cookie_phase) // q.cookie_life


@njit(_nrt=False, inline="always")
def _account_id(plan, q, s, account):  # type: ignore[no-untyped-def]
    if s.joined_at[account] == NO_TIME:
        return np.int64(-1)
    return make_id(plan.dials.keys[KEY_CUSTOMER], q.person, account)


@njit(_nrt=False, inline="always")
def _see(plan, q, s, ordinal, at, account):  # type: ignore[no-untyped-def]
    """Note that an identity was seen, and link it to an account where one was used with it."""
    if s.seen_first[ordinal] == NO_TIME or at < s.seen_first[ordinal]:
        s.seen_first[ordinal] = at
    s.seen_last[ordinal] = max(s.seen_last[ordinal], at)
    if account >= 0 and s.seen_link[ordinal] < 0:
        s.seen_link[ordinal] = account
    person = q.person
    if ordinal == PAYMENT and q.kind == FAKE_BUYER:
        person = person // RING_SIZE * RING_SIZE  # a ring shares one token
    return make_id(plan.dials.keys[KEY_IDENTITY], person, ordinal)


@njit(_nrt=False, inline="always")
def _push_identity(plan, q, s, day, at, channel):  # type: ignore[no-untyped-def]
    if channel == _MAIL:
        return _see(plan, q, s, EMAIL, at, 0)
    if channel == _SMS:
        return _see(plan, q, s, PHONE, at, 0)
    if channel == _APP_PUSH:
        return _see(plan, q, s, APP, at, 0)
    if channel == _COMMUNITY:
        link = 0 if s.joined_at[0] != NO_TIME else -1
        return _see(plan, q, s, PHONE, at, link)
    return _see(plan, q, s, _cookie(q, day), at, -1)


@njit(_nrt=False, inline="always")
def _join(s, account, at, in_store):  # type: ignore[no-untyped-def]
    if s.joined_at[account] == NO_TIME:
        s.joined_at[account] = at
        s.joined_in_store[account] = in_store
    return account


# --- orders ----------------------------------------------------------------------------------------


@njit(_nrt=False)
def _order(plan, goods, q, s, out, day, channel, at, session, in_app, logged_in):  # type: ignore[no-untyped-def]
    """Place an order: products, coupon, account, fulfilment, money. Returns its id, -1 if none."""
    person, store = q.person, q.store
    u_lines, u_coupon, u_guest, u_where = uniforms(plan.dials.seed, person, day, 0, _ORDER)
    u_collect, u_delay, u_cancel, u_pay = uniforms(plan.dials.seed, person, day, 0, _FULFIL)
    placed = _order_channel(channel, in_app, u_where)
    own_online = placed == _BY_WEB or placed == _BY_APP or placed == _BY_SOCIAL

    fulfilment, location = _PARCEL, 0
    if placed == _BY_STORE:
        fulfilment, location = _CARRY, store + 1
    elif placed == _BY_WEB or placed == _BY_APP:
        has_service = plan.cause.rollout_on and day >= plan.store.service_day
        if has_service and u_collect < plan.dials.collect_share:
            fulfilment, location = _COLLECT, store + 1

    # products first: an empty shelf ends the attempt
    skus, units = s.basket_sku, s.basket_units
    n_lines, oversold = _fill_basket(
        plan, goods, q, out, day, location, fulfilment == _CARRY, u_lines, skus, units
    )
    if n_lines == 0:
        return np.int64(-1)

    abuser = q.kind == COUPON_ABUSER
    account = _account_of_order(
        plan, q, s, at, placed, own_online, in_app + logged_in > 0, abuser, u_guest, u_where
    )
    percent, coupon = _coupon(plan, q, s, channel, own_online, abuser, u_coupon)
    gross = discount = cost = n_units = np.int64(0)
    for k in range(n_lines):
        line_gross = goods.products[skus[k]].price * units[k]
        gross += line_gross
        discount += line_gross * percent // 100
        cost += goods.products[skus[k]].cost * units[k]
        n_units += units[k]
    net = gross - discount

    late_days = plan.days.delay[day]
    promised = at
    fulfilled = at
    shipping = 0
    if fulfilment == _PARCEL:
        promised = at + plan.dials.promise_days * DAY
        fulfilled = at + int(
            (plan.dials.median_days * look_up(plan.tables.parcel, u_delay) + late_days) * DAY
        )
        shipping = plan.dials.parcel_cost
    elif fulfilment == _COLLECT:
        promised = at + 24 * HOUR
        hours = plan.dials.collect_hours * look_up(plan.tables.parcel, u_delay) ** 3
        fulfilled = at + int(hours * HOUR)
        shipping = plan.dials.collect_cost
    reason, cancelled = -1, NO_TIME
    if oversold:
        reason, cancelled = _NO_STOCK, at + 6 * HOUR + int(u_cancel * 24 * HOUR)
    elif fulfilment != _CARRY and u_cancel < plan.dials.cancel_share:
        reason, cancelled = _BUYER, at + 2 * HOUR
    _settle(plan, q, s, out, day, placed, account, reason, net)

    order = np.int64(-1)
    if out.is_logged:
        order = emit.next_order(plan, q, s)
        customer = np.int64(-1)
        if account >= 0:
            customer = _account_id(plan, q, s, account)
        payment = np.int64(-1)
        if placed != _BY_STORE or u_pay >= plan.dials.cash_share:
            payment = _see(plan, q, s, PAYMENT, at, account)
        identity = _order_identity(plan, q, s, day, at, placed, in_app, account, payment)
        emit.order(
            plan, out, at, order, customer, identity, payment, session, placed, fulfilment,
            location, store, reason, coupon, n_units, gross, discount, cost, shipping,
            promised, fulfilled, cancelled, _ABUSE if abuser and coupon == _WELCOME else -1,
        )  # fmt: skip
        for k in range(n_lines):
            line = emit.line(plan, goods, q, s, out, at, order, skus[k], units[k], percent)
            out.sold[location, skus[k], day] += units[k] if reason < 0 else 0
            if reason < 0:
                _maybe_return(
                    plan, goods, q, s, out, day, k, order, line, skus[k], units[k],
                    percent, fulfilled, location, fulfilled > promised,
                )  # fmt: skip
        if reason < 0 and customer >= 0:
            _maybe_survey(plan, q, s, out, day, order, customer, fulfilled, promised)
    else:
        order = np.int64(0)

    s.need_day = -1
    s.last_order = day
    s.n_orders += 1
    if own_online:
        s.n_online += 1
    u_leave, _, _, _ = uniforms(plan.dials.seed, person, day, 0, _DROPOUT)
    if u_leave < plan.dials.dropout_share:
        s.has_left = True
    return order


@njit(_nrt=False, inline="always")
def _order_channel(channel, in_app, u):  # type: ignore[no-untyped-def]
    if channel == _STORE:
        return _BY_STORE
    if channel == _MARKET:
        return _BY_MARKET
    if channel == _CALL:
        return _BY_CALL
    if (channel == _SOCIAL or channel == _VIDEO or channel == _COMMUNITY) and u < 0.5:
        return _BY_SOCIAL
    return _BY_APP if in_app == 1 else _BY_WEB


@njit(_nrt=False, inline="always")
def _fill_basket(plan, goods, q, out, day, location, in_store, u_lines, skus, units):  # type: ignore[no-untyped-def]
    """Choose products; returns how many lines stand and whether one of them is not really there."""
    month = plan.days.month[day]
    wanted = look_up(plan.tables.n_lines, u_lines)
    n = 0
    oversold = False
    for k in range(wanted):
        u_sku, u_units, u_other, _ = uniforms(plan.dials.seed, q.person, day, k, _LINE)
        sku = look_up(plan.tables.popularity, u_sku)
        count = 2 if u_units < plan.dials.second_unit_share else 1
        flags = goods.availability[location, sku, day]
        seems = flags & ON_SHELF if in_store else flags & ON_SYSTEM
        if out.is_logged:
            out.wanted[0, location, sku, month] += count
        if seems == 0:
            # the leftover of the substitution draw picks the other product
            other = (
                look_up(plan.tables.popularity, u_other / plan.dials.substitution_share)
                if (u_other < plan.dials.substitution_share)
                else -1
            )
            if other < 0 or goods.availability[location, other, day] & ON_SHELF == 0:
                if out.is_logged:
                    out.wanted[1, location, sku, month] += count
                continue
            sku = other
            flags = goods.availability[location, sku, day]
        if flags & ON_SHELF == 0:
            oversold = True
            if out.is_logged:
                out.wanted[1, location, sku, month] += count
        skus[n], units[n] = sku, count
        n += 1
    return n, oversold


@njit(_nrt=False, inline="always")
def _account_of_order(plan, q, s, at, placed, own_online, known, abuser, u, u_where):  # type: ignore[no-untyped-def]
    """Which account the order is booked on, opening one where the customer signs up; -1 = none."""
    has = s.joined_at[0] != NO_TIME
    if own_online:
        if abuser and has:
            for account in range(1, N_ACCOUNTS):
                if s.joined_at[account] == NO_TIME:
                    return _join(s, account, at, False)
            return 0
        if known:
            return 0
        if u < plan.dials.guest_share:
            return -1
        return _join(s, 0, at, False)
    if placed == _BY_STORE:
        account = 1 if q.has_two_accounts else 0
        if s.joined_at[account] != NO_TIME:
            return account if u < plan.dials.card_share else -1
        if u < 0.25:  # signs up at the till
            return _join(s, account, at, True)
        return -1
    if placed == _BY_MARKET:
        return 0 if has and u_where < 0.5 else -1  # bound the marketplace to the account
    return 0 if has else -1


@njit(_nrt=False, inline="always")
def _coupon(plan, q, s, channel, own_online, abuser, u):  # type: ignore[no-untyped-def]
    """Percent and code: the welcome coupon on first online orders, the mail coupon from e-mails."""
    if not own_online:
        return 0, -1
    chance = min(1.0, plan.dials.coupon_share * 2.0 * q.price_sensitivity)
    if (s.n_online == 0 and u < chance) or abuser:
        return plan.dials.welcome_percent, _WELCOME
    if channel == _MAIL and u < min(1.0, 2.0 * chance):
        return plan.dials.mail_percent, _MAIL10
    return 0, -1


@njit(_nrt=False, inline="always")
def _order_identity(plan, q, s, day, at, placed, in_app, account, payment):  # type: ignore[no-untyped-def]
    if placed == _BY_STORE:
        if account >= 0:
            return _see(plan, q, s, LOYALTY_0 + min(account, 1), at, account)
        return payment
    if placed == _BY_CALL:
        return _see(plan, q, s, PHONE, at, account)
    if placed == _BY_MARKET:
        return payment
    ordinal = APP if in_app == 1 else _cookie(q, day)
    return _see(plan, q, s, ordinal, at, account)


@njit(_nrt=False, inline="always")
def _settle(plan, q, s, out, day, placed, account, reason, net):  # type: ignore[no-untyped-def]
    """Count a completed order, and what the test sees of it."""
    if reason >= 0:
        return
    week = day // 7
    out.week[s.row, week, 0] += net
    out.week[s.row, week, 2] += 1
    if placed == _BY_STORE:
        out.week[s.row, week, 1] += net
    if plan.dials.test_first <= day <= plan.dials.test_last and account >= 0:
        if _is_enrolled(plan, s, account):
            out.test[s.row, 0] += net
            out.test[s.row, 1] += 1


@njit(_nrt=False, inline="always")
def _maybe_return(
    plan, goods, q, s, out, day, k, order, line, sku, units, percent, fulfilled, location, late
):  # type: ignore[no-untyped-def]
    _, _, _, u_return = uniforms(plan.dials.seed, q.person, day, k, _LINE)
    in_store = location > 0 and fulfilled <= (day + 1) * DAY
    share = plan.dials.return_share[0 if in_store else 1]
    if late:
        share = min(1.0, share * 1.3)
    if u_return >= share:
        return
    u_days, u_way, u_reason, u_second = uniforms(plan.dials.seed, q.person, day, k, _RETURN)
    at = (fulfilled // DAY + 2 + int(u_days * 19)) * DAY + 9 * HOUR + int(u_second * 10 * HOUR)
    if at >= plan.dials.n_days * DAY:
        return
    way = 1 if in_store or u_way < plan.dials.return_in_store_share else 0
    back_to = q.store + 1 if way == 1 else 0
    reason = _LATE_REASON if late and u_reason < 0.4 else int(u_reason * _N_REASONS)
    if reason >= _LATE_REASON and not (late and u_reason < 0.4):
        reason += 1  # skip `late` for those who were not
    emit.return_(plan, goods, q, s, out, at, order, line, sku, units, percent, way, back_to, reason)


@njit(_nrt=False, inline="always")
def _maybe_survey(plan, q, s, out, day, order, customer, fulfilled, promised):  # type: ignore[no-untyped-def]
    u_ask, u_mood, u_answer, u_delay = uniforms(plan.dials.seed, q.person, day, 0, _SURVEY)
    asked = fulfilled + 2 * DAY
    if u_ask >= plan.dials.invite_share or asked >= plan.dials.n_days * DAY:
        return
    mood = plan.dials.mean_score + plan.dials.score_sd * look_up(plan.tables.normal, u_mood)
    score = satisfaction_score(mood, fulfilled > promised, plan.dials.late_penalty)
    answered = NO_TIME
    if u_answer < answer_chance(score, plan.dials.answer_share, plan.dials.extreme_factor):
        answered = asked + HOUR + int(u_delay * 3 * DAY)
        if answered >= plan.dials.n_days * DAY:
            answered = NO_TIME
    emit.survey(plan, q, s, out, asked, order, customer, answered, score)


# --- rings of fake buyers ---------------------------------------------------------------------------


@njit(_nrt=False)
def _fake_day(plan, goods, q, s, out, day):  # type: ignore[no-untyped-def]
    """A ring bursts into orders on the marketplace within three days, all on one payment token."""
    if not out.is_logged:
        return
    person = q.person
    u_burst, u_day, _, _ = uniforms(plan.dials.seed, person // RING_SIZE, day // 7, 0, _BURST)
    first = day // 7 * 7 + int(u_day * 5)
    if u_burst >= plan.dials.burst_chance or day < first or day > first + 2:
        return
    u_takes, u_second, u_review, u_sku = uniforms(plan.dials.seed, person, day, 0, _FAKE)
    if u_takes >= 0.5:
        return
    at = day * DAY + look_up(plan.tables.second, u_second)
    _join(s, 0, at, False)
    customer = _account_id(plan, q, s, 0)
    payment = _see(plan, q, s, PAYMENT, at, 0)
    sku = look_up(plan.tables.popularity, u_sku)
    if goods.availability[0, sku, day] & ON_SHELF == 0:
        return
    seen = _see(plan, q, s, _cookie(q, day), at - 120, 0)
    emit.touch(plan, q, s, out, at - 120, seen, customer, _MARKET, _CLICK, -1, True)
    out.contacts[1, _MARKET, day] += 1
    order = emit.next_order(plan, q, s)
    stopped = u_review < plan.dials.review_share
    reason = _REVIEW if stopped else -1
    gross, cost = goods.products[sku].price, goods.products[sku].cost
    emit.order(
        plan, out, at, order, customer, payment, payment, np.int64(-1), _BY_MARKET, _PARCEL,
        0, q.store, reason, -1, 1, gross, np.int64(0), cost, plan.dials.parcel_cost,
        at + plan.dials.promise_days * DAY, at + int(plan.dials.median_days * DAY),
        at + 8 * HOUR if stopped else NO_TIME, _FAKE_ORDER,
    )  # fmt: skip
    emit.line(plan, goods, q, s, out, at, order, sku, 1, 0)
    if not stopped:
        out.sold[0, sku, day] += 1
    s.n_orders += 1


@njit(_nrt=False)
def count_enrolled(plan, state, out):  # type: ignore[no-untyped-def]
    """How many accounts of each person take part in the test."""
    for i in range(state.size):
        for account in range(N_ACCOUNTS):
            if _is_enrolled(plan, state[i], account):
                out.test[i, 2] += 1
