"""One customer's year as one plain loop.

`advance` moves a block of customers from one day to another. Everything a day decides is drawn at an
address (person, day or day of the need, step), so worlds with and without a cause share all luck,
and any cut of the horizon into supersteps gives the same rows.

The order of a day: pushes reach the customer, then a need may arise, then the open journey takes its
next step. Throughout, `plan` is what is read, `goods` what orders are made from, `q` a person's traits, `s` the
person's state, and `out` what is written.

All functions of the engine are compiled without numba's reference counting (``_nrt=False``): they
allocate nothing, and counting references to the arrays in `out` at every call would take ten times
the time of the work itself. Those called from one place are inlined before compilation.
"""

from __future__ import annotations

import numpy as np

from omnisim.behaviour.rules import digital_weight, intent_weight
from omnisim.engine import emit
from omnisim.engine.codes import (
    ADS,
    APP_PUSH,
    BRAND_SEARCH,
    COMMUNITY,
    DAY_SECONDS,
    DIRECT,
    DRAW_CHOICE,
    DRAW_DAY,
    DRAW_NEED,
    DRAW_OUTAGE,
    DRAW_OWNED,
    DRAW_PUSH_STEP,
    DRAW_PUSH_VISIT,
    DRAW_RESPONSE,
    DRAW_STAND_IN,
    DRAW_STEP,
    DRAW_VISIT,
    DRAW_WIN_BACK,
    EMAIL_CHANNEL,
    IMPRESSION,
    MARKETPLACE,
    MAX_STEPS,
    MESSAGES,
    OPENED,
    PULLS,
    PUSHES,
    RETARGETING,
    SENT,
    SMS,
    STORE_VISIT,
)
from omnisim.engine.crawlers import crawler_day
from omnisim.engine.identity import account_id, push_identity
from omnisim.engine.plan import Goods, Rules
from omnisim.engine.pressure import lift, press
from omnisim.engine.rings import fake_day
from omnisim.engine.state import NO_TIME
from omnisim.engine.switches import outage_at, service_level
from omnisim.engine.visits import online_visit, other_visit
from omnisim.jit import inner, njit
from omnisim.rng.philox import uniforms
from omnisim.rng.quantiles import look_between, look_up
from omnisim.world.persons import BOT, FAKE_BUYER

_OPENED_AFTER = 1800  # seconds from a message to its opening
_CLICKED_AFTER = 60


@njit(_nrt=False, branchy=True)
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
                fake_day(rules, goods, q, s, out, day)
        elif q.kind == BOT:
            for day in range(from_day, to_day):
                crawler_day(rules, q, s, out, day)
        else:
            _live(rules, goods, q, s, out, from_day, to_day)


@inner
def _live(plan, goods, q, s, out, from_day, to_day):  # type: ignore[no-untyped-def]
    """A customer's days."""
    for day in range(from_day, to_day):
        u = uniforms(plan.dials.seed, q.person, day, 0, DRAW_DAY)
        for k in range(3):
            channel = ADS[k]
            chance = _daily_reach(plan, day, channel) * _ad_weight(plan, q, s, day, channel)
            if u[k + 1] < chance:
                _contact(plan, goods, q, s, out, day, channel, 1)
        if s.joined_at[0] != NO_TIME or q.is_in_community:
            v = uniforms(plan.dials.seed, q.person, day, 0, DRAW_OWNED)
            for k in range(4):
                channel = MESSAGES[k]
                agreed = 1 if _agrees(q, day, channel) else 0
                chance = _message_chance(plan, q, s, day, channel)
                if v[k] < (chance if agreed == 1 else chance * plan.dials.leak_share):
                    _contact(plan, goods, q, s, out, day, channel, agreed)

        if s.need_day < 0 and s.last_order < day and not s.has_left:
            rate = q.need_rate * plan.days.need_factor[day] * plan.store.local[day // 7]
            rate *= plan.days.need[plan.store.region, day]
            # most days end here: even full pressure would not raise a need
            if u[0] < rate * (1.0 + plan.dials.max_need_lift):
                if u[0] < rate * (1.0 + lift(plan, s, day, plan.channels.need_effect)):
                    _open_need(plan, q, s, out, day, day)
        if s.need_day >= 0 and s.next_day == day:
            _journey_step(plan, goods, q, s, out, day)


@njit(_nrt=False, inline="always")
def _ad_weight(plan, q, s, day, channel):  # type: ignore[no-untyped-def]
    """Who sees ads: digital people, and for retargeting those who came by lately."""
    if channel == RETARGETING:
        recent = day - s.last_visit <= plan.dials.retargeting_days
        follows = plan.dials.intent_follows
        return follows * (1.0 if recent else 0.0) + (1.0 - follows) * 0.3
    return 0.5 + q.digital


@njit(_nrt=False, inline="always")
def _message_chance(plan, q, s, day, channel):  # type: ignore[no-untyped-def]
    """Chance of a message today: e-mail on its weekdays, the others on any day."""
    if channel == COMMUNITY:
        return _daily_reach(plan, day, channel) if q.is_in_community else 0.0
    if s.joined_at[0] == NO_TIME or s.joined_at[0] >= day * DAY_SECONDS:
        return 0.0
    if channel == EMAIL_CHANNEL:
        if plan.days.is_email_day[day] == 0:
            return 0.0
        chance = plan.dials.email_chance * plan.days.reach[channel, day]
        return chance * _win_back_factor(plan, s, day)
    if channel == APP_PUSH:
        return _daily_reach(plan, day, channel) if q.has_app else 0.0
    return _daily_reach(plan, day, channel) * _win_back_factor(plan, s, day)


@njit(_nrt=False, inline="always")
def _daily_reach(plan, day, channel):  # type: ignore[no-untyped-def]
    return plan.channels.reach[channel] / 7 * plan.days.reach[channel, day]


@njit(_nrt=False, inline="always")
def _win_back_factor(plan, s, day):  # type: ignore[no-untyped-def]
    """Lapsed members hear more, while the programme runs."""
    return plan.dials.win_back_reach if _is_lapsed(plan, s, day) else 1.0


@njit(_nrt=False, inline="always")
def _is_lapsed(plan, s, day):  # type: ignore[no-untyped-def]
    """A buyer of this horizon who has not bought for long; lapses of before are unknown."""
    return (
        plan.cause.win_back_on
        and s.last_order >= 0
        and day - s.last_order > plan.dials.win_back_days
    )


@njit(_nrt=False, inline="always")
def _agrees(q, day, channel):  # type: ignore[no-untyped-def]
    """Consent in force; push and community carry theirs in the membership itself."""
    if channel == EMAIL_CHANNEL:
        return q.has_email_consent and q.withdrawal_day > day
    if channel == SMS:
        return q.has_sms_consent and q.withdrawal_day > day
    return True


@inner
def _contact(plan, goods, q, s, out, day, slot, agreed):  # type: ignore[no-untyped-def]
    """A push reaches the customer; where the channel has no effect only the slot stays.

    Draws belong to the slot, whichever channel fills it.
    """
    channel = slot
    if plan.cause.is_substituted and plan.cause.channel_on[slot] == 0.0:
        channel = _stand_in(plan, q, s, day, slot)
        agreed = 1
        if channel < 0:
            return
    u_react, u_second, u_need, u_open = uniforms(
        plan.dials.seed, q.person, day, slot, DRAW_RESPONSE
    )
    at = day * DAY_SECONDS + look_up(plan.tables.second, u_second)
    is_message = channel >= EMAIL_CHANNEL
    if out.is_counted:
        out.contacts[0, channel, day] += 1
    if out.is_logged:
        identity = push_identity(plan, q, s, day, at, channel)
        customer = account_id(plan, q, s, 0) if is_message else np.int64(-1)
        kind = SENT if is_message else IMPRESSION
        emit.touch(
            plan, q, s, out.n, out.touches, at, identity, customer, channel, kind, -1, agreed
        )
    if plan.cause.channel_on[channel] == 0.0:
        return
    press(plan, q, s, day, channel)
    if is_message and s.has_left and _is_lapsed(plan, s, day):
        u_back, _, _, _ = uniforms(plan.dials.seed, q.person, day, slot, DRAW_WIN_BACK)
        if u_back < plan.dials.return_chance:
            s.has_left = False
    sensitivity = q.susceptibility[channel]
    if u_react < plan.channels.click_share[channel] * sensitivity:
        clicked = min(at + _CLICKED_AFTER, _last_second(day))
        _push_visit(plan, goods, q, s, out, day, slot, channel, clicked, u_need)
    elif out.is_logged and u_open < plan.channels.open_share[channel] * sensitivity:
        opened = min(at + _OPENED_AFTER, _last_second(day))
        identity = push_identity(plan, q, s, day, opened, channel)
        emit.touch(
            plan, q, s, out.n, out.touches, opened, identity, customer, channel, OPENED, -1, agreed
        )


@inner
def _stand_in(plan, q, s, day, slot):  # type: ignore[no-untyped-def]
    """The push that fills the slot of one that is off; -1 if none can.

    An exponential race between those of its kind (advertisements or messages) that are on, with
    today's chance of each to reach this customer as its weight.
    """
    u0, u1, u2, u3 = uniforms(plan.dials.seed, q.person, day, slot, DRAW_STAND_IN)
    best, winner = 1e300, np.int64(-1)
    for channel in PUSHES:
        is_message = channel >= EMAIL_CHANNEL
        if is_message != (slot >= EMAIL_CHANNEL) or plan.cause.channel_on[channel] == 0.0:
            continue
        if not is_message:
            weight = _daily_reach(plan, day, channel) * _ad_weight(plan, q, s, day, channel)
        else:
            weight = _message_chance(plan, q, s, day, channel) if _agrees(q, day, channel) else 0.0
        if weight > 0.0:
            lane = channel % 4  # no two of a kind share one
            u = u0 if lane == 0 else u1 if lane == 1 else u2 if lane == 2 else u3
            time = look_between(plan.tables.race, u) / weight
            if time < best:
                best, winner = time, np.int64(channel)
    return winner


@njit(_nrt=False, inline="always")
def _last_second(day):  # type: ignore[no-untyped-def]
    return (day + 1) * DAY_SECONDS - 1


@njit(_nrt=False, inline="always")
def _push_visit(plan, goods, q, s, out, day, slot, channel, at, u_need):  # type: ignore[no-untyped-def]
    """The customer clicked: a visit, which may serve the open need or raise one."""
    if outage_at(plan, at):
        return
    if s.need_day < 0 and s.last_order < day and u_need < 0.5:
        _open_need(plan, q, s, out, day, day + 1)
    u = uniforms(plan.dials.seed, q.person, day, slot, DRAW_PUSH_VISIT)
    _, u_buy, _, _ = uniforms(plan.dials.seed, q.person, day, slot, DRAW_PUSH_STEP)
    online_visit(plan, goods, q, s, out, day, channel, at, u, u_buy)


@njit(_nrt=False, inline="always")
def _open_need(plan, q, s, out, day, first_day):  # type: ignore[no-untyped-def]
    u_serious, u_custom, _, _ = uniforms(plan.dials.seed, q.person, day, 0, DRAW_NEED)
    s.need_day = day
    s.next_day = first_day
    s.step = 0
    s.saw_in_store = 0
    s.is_custom = 1 if u_custom < plan.dials.custom_share else 0
    s.is_serious = 1 if u_serious < plan.dials.serious_share else 0
    if out.is_counted:
        out.needs[q.store, day] += 1


@njit(_nrt=False, inline="always")
def _journey_step(plan, goods, q, s, out, day):  # type: ignore[no-untyped-def]
    """The next touch of an open need: choose it, visit, buy, or wait, or give up."""
    need, step = s.need_day, s.step
    u_second, u_buy, u_quit, u_gap = uniforms(plan.dials.seed, q.person, need, step, DRAW_STEP)
    at = day * DAY_SECONDS + look_up(plan.tables.second, u_second)
    channel = np.int64(DIRECT) if s.saw_in_store == 1 else _choose(plan, q, s, day)
    s.step = step + 1
    s.next_day = day + look_up(plan.tables.gap, u_gap)

    if plan.channels.is_online[channel] and channel != MARKETPLACE:
        if outage_at(plan, at):
            s.was_turned_away = True
            u_back, _, _, _ = uniforms(plan.dials.seed, q.person, need, step, DRAW_OUTAGE)
            if u_back < plan.dials.comeback_share:
                s.next_day = day + 1
            else:
                s.need_day = -1
            return
        u = uniforms(plan.dials.seed, q.person, need, step, DRAW_VISIT)
        online_visit(plan, goods, q, s, out, day, channel, at, u, u_buy)
        s.saw_in_store = 0
    else:
        other_visit(plan, goods, q, s, out, day, channel, at, u_buy)
    if s.need_day < 0 or s.saw_in_store == 1:
        return
    if u_quit < plan.dials.abandonment[s.is_serious] or s.step >= MAX_STEPS:
        s.need_day = -1


@njit(_nrt=False, inline="always")
def _choose(plan, q, s, day):  # type: ignore[no-untyped-def]
    """Exponential race between the pulls: a changed weight flips only choices it must."""
    person, need, step = q.person, s.need_day, s.step
    serious = s.is_serious == 1
    digital = q.digital
    grown = service_level(plan, day)
    best, winner = 1e300, np.int64(DIRECT)
    block = -1
    u0 = u1 = u2 = u3 = 0.5
    for channel in PULLS:
        if channel // 4 != block:
            block = channel // 4
            u0, u1, u2, u3 = uniforms(plan.dials.seed, person, need, step * 4 + block, DRAW_CHOICE)
        lane = channel % 4
        u = u0 if lane == 0 else u1 if lane == 1 else u2 if lane == 2 else u3
        weight = plan.channels.reach[channel] * plan.days.reach[channel, day]
        weight *= digital_weight(plan.channels.is_online[channel], digital)
        if channel == BRAND_SEARCH:
            weight *= intent_weight(serious, step, plan.dials.intent_follows)
        elif channel == STORE_VISIT:
            weight *= 1.0 - plan.dials.shift_share * grown
        if weight > 0.0:
            time = look_between(plan.tables.race, u) / weight
            if time < best:
                best, winner = time, np.int64(channel)
    return winner
