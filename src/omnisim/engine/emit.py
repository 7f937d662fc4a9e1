"""Writing rows into the log: the only place that knows its columns.

A row beyond the room is counted but not stored; the block is then run again with more room. `n` counts the
rows asked for of each kind, `rows` is the room for those of one: handing over all of `out` would take
a hundred words at every call.
"""

from __future__ import annotations

import numpy as np

from omnisim.engine.codes import CLICK
from omnisim.engine.plan import (
    KEY_LINE,
    KEY_ORDER,
    KEY_RETURN,
    KEY_SESSION,
    KEY_SURVEY,
    KEY_TOUCH,
)
from omnisim.engine.state import LINE, NO_TIME, ORDER, RETURN, SESSION, SURVEY, TOUCH
from omnisim.jit import inner, njit
from omnisim.rng.ids import make_id

_16_BITS = 65_535


@inner
def _next(plan, q, s, kind, key):  # type: ignore[no-untyped-def]
    ordinal = s.counters[kind]
    s.counters[kind] = ordinal + 1
    return make_id(plan.dials.keys[key], q.person, ordinal)


@inner
def next_session(plan, q, s):  # type: ignore[no-untyped-def]
    """Id of the person's next session."""
    return _next(plan, q, s, SESSION, KEY_SESSION)


@inner
def next_order(plan, q, s):  # type: ignore[no-untyped-def]
    """Id of the person's next order."""
    return _next(plan, q, s, ORDER, KEY_ORDER)


@inner
def touch(plan, q, s, n, rows, at, identity, customer, channel, kind, session, consent):  # type: ignore[no-untyped-def]
    """One row of touchpoints, and now and then its twin."""
    number = _next(plan, q, s, TOUCH, KEY_TOUCH)
    _touch_row(s, n, rows, number, at, identity, customer, channel, kind, session, consent)
    # the last bits of an id are as good as a draw
    if kind == CLICK and (number & _16_BITS) < plan.dials.duplicate_share * (_16_BITS + 1):
        twin = _next(plan, q, s, TOUCH, KEY_TOUCH)
        _touch_row(s, n, rows, twin, at, identity, customer, channel, kind, session, consent)


@njit(_nrt=False, inline="always")
def _touch_row(s, n, rows, number, at, identity, customer, channel, kind, session, consent):  # type: ignore[no-untyped-def]
    at_row = n[TOUCH]
    n[TOUCH] = at_row + 1
    if at_row >= rows.size:
        return
    row = rows[at_row]
    row.at = at
    row.row = s.row
    row.id = number
    row.identity = identity
    row.customer = customer
    row.channel = channel
    row.kind = kind
    row.session = session
    row.consent = consent != 0


@inner
def session(  # type: ignore[no-untyped-def]
    s,
    n,
    rows,
    at,
    number,
    identity,
    customer,
    channel,
    platform,
    pages,
    cart,
    checkout,
    order,
    intent,
    canary,
):
    """One row of sessions."""
    at_row = n[SESSION]
    n[SESSION] = at_row + 1
    if at_row >= rows.size:
        return
    row = rows[at_row]
    row.at = at
    row.row = s.row
    row.id = number
    row.identity = identity
    row.customer = customer
    row.channel = channel
    row.platform = platform
    row.pages = pages
    row.cart = cart
    row.checkout = checkout
    row.order = order
    row.intent = intent
    row.release = canary


@inner
def order(  # type: ignore[no-untyped-def]
    plan,
    s,
    n,
    rows,
    at,
    number,
    customer,
    identity,
    payment,
    session_id,
    placed,
    fulfilment,
    location,
    store,
    reason,
    coupon,
    units,
    gross,
    discount,
    cost,
    shipping,
    promised,
    fulfilled,
    cancelled,
    label,
):
    """One row of orders. What lies beyond the horizon has not happened yet."""
    at_row = n[ORDER]
    n[ORDER] = at_row + 1
    if at_row >= rows.size:
        return
    row = rows[at_row]
    end = plan.dials.n_days * 86_400
    row.at = at
    row.row = s.row
    row.id = number
    row.customer = customer
    row.identity = identity
    row.payment = payment
    row.session = session_id
    row.channel = placed
    row.fulfilment = fulfilment
    row.location = location + 1
    row.catchment = store + 2
    row.reason = reason
    row.coupon = coupon
    row.units = units
    row.gross = gross
    row.discount = discount
    row.cost = cost
    row.shipping = shipping if reason < 0 else 0
    row.promised = promised
    row.fulfilled = fulfilled if reason < 0 and fulfilled < end else NO_TIME
    row.cancelled = cancelled if cancelled < end else end - 1
    row.label = label


@inner
def line(plan, goods, q, s, n, rows, at, order_id, sku, units, gross, discount):  # type: ignore[no-untyped-def]
    """One row of order lines; returns its id."""
    at_row = n[LINE]
    n[LINE] = at_row + 1
    number = _next(plan, q, s, LINE, KEY_LINE)
    if at_row < rows.size:
        row = rows[at_row]
        row.at = at
        row.row = s.row
        row.id = number
        row.order = order_id
        row.sku = sku + 1
        row.units = units
        row.gross = gross
        row.discount = discount
        row.cost = goods.products[sku].cost * units
    return number


@inner
def return_(  # type: ignore[no-untyped-def]
    plan, q, s, n, rows, at, order_id, line_id, sku, units, refund, way, location, reason
):
    """One row of returns."""
    at_row = n[RETURN]
    n[RETURN] = at_row + 1
    number = _next(plan, q, s, RETURN, KEY_RETURN)
    if at_row >= rows.size:
        return
    row = rows[at_row]
    row.at = at
    row.row = s.row
    row.id = number
    row.order = order_id
    row.line = line_id
    row.sku = sku + 1
    row.units = units
    row.refund = refund
    row.channel = way
    row.location = location + 1
    row.reason = reason


@inner
def survey(plan, q, s, n, rows, at, order_id, customer, answered, score):  # type: ignore[no-untyped-def]
    """One row of survey invitations."""
    at_row = n[SURVEY]
    n[SURVEY] = at_row + 1
    number = _next(plan, q, s, SURVEY, KEY_SURVEY)
    if at_row >= rows.size:
        return
    row = rows[at_row]
    row.at = at
    row.row = s.row
    row.id = number
    row.order = order_id
    row.customer = customer
    row.answered = answered
    row.score = score if answered != NO_TIME else np.int16(-1)
