"""Who is seen: cookies that expire, accounts, cards and tokens, and what links them."""

from __future__ import annotations

import numpy as np

from omnisim.engine.codes import APP_PUSH, COMMUNITY, EMAIL_CHANNEL, SMS
from omnisim.engine.plan import APP, EMAIL, FIRST_COOKIE, KEY_CUSTOMER, KEY_IDENTITY, PAYMENT, PHONE
from omnisim.engine.state import NO_TIME
from omnisim.jit import inner, njit
from omnisim.rng.ids import make_id
from omnisim.world.persons import FAKE_BUYER, RING_SIZE


@njit(_nrt=False, inline="always")
def cookie(q, day):  # type: ignore[no-untyped-def]
    """Which of the person's cookies is alive: each lives its person's cookie life."""
    return FIRST_COOKIE + (day + q.cookie_phase) // q.cookie_life


@njit(_nrt=False, inline="always")
def account_id(plan, q, s, account):  # type: ignore[no-untyped-def]
    if s.joined_at[account] == NO_TIME:
        return np.int64(-1)
    return make_id(plan.dials.keys[KEY_CUSTOMER], q.person, account)


@inner
def see(plan, q, s, ordinal, at, account):  # type: ignore[no-untyped-def]
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


@inner
def push_identity(plan, q, s, day, at, channel):  # type: ignore[no-untyped-def]
    if channel == EMAIL_CHANNEL:
        return see(plan, q, s, EMAIL, at, 0)
    if channel == SMS:
        return see(plan, q, s, PHONE, at, 0)
    if channel == APP_PUSH:
        return see(plan, q, s, APP, at, 0)
    if channel == COMMUNITY:
        link = 0 if s.joined_at[0] != NO_TIME else -1
        return see(plan, q, s, PHONE, at, link)
    return see(plan, q, s, cookie(q, day), at, -1)


@njit(_nrt=False, inline="always")
def join(s, account, at, in_store):  # type: ignore[no-untyped-def]
    if s.joined_at[account] == NO_TIME:
        s.joined_at[account] = at
        s.joined_in_store[account] = in_store
    return account
