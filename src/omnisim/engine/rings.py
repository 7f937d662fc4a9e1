"""Rings of fake buyers."""

from __future__ import annotations

from omnisim.engine import emit
from omnisim.engine.codes import (
    BY_MARKETPLACE,
    BY_REVIEW,
    CLICK,
    DAY_SECONDS,
    DRAW_BURST,
    DRAW_FAKE,
    FAKE_ORDER,
    HOUR_SECONDS,
    MARKETPLACE,
    PARCEL,
)
from omnisim.engine.identity import account_id, cookie, join, see
from omnisim.engine.orders import line_discount
from omnisim.engine.plan import PAYMENT
from omnisim.engine.state import NO_TIME
from omnisim.jit import inner
from omnisim.rng.philox import uniforms
from omnisim.rng.quantiles import look_up
from omnisim.world.availability import ON_SHELF
from omnisim.world.persons import RING_SIZE

_BEFORE_ORDER = 120  # seconds from the click to the order


@inner
def fake_day(plan, goods, q, s, out, day):  # type: ignore[no-untyped-def]
    """A ring bursts into orders on the marketplace within three days, all on one payment token."""
    if not out.is_counted:
        return
    person = q.person
    u_burst, u_day, _, _ = uniforms(plan.dials.seed, person // RING_SIZE, day // 7, 0, DRAW_BURST)
    first = day // 7 * 7 + int(u_day * 5)
    if u_burst >= plan.dials.burst_chance or day < first or day > first + 2:
        return
    u_takes, u_second, u_review, u_sku = uniforms(plan.dials.seed, person, day, 0, DRAW_FAKE)
    if u_takes >= 0.5:
        return
    at = day * DAY_SECONDS + look_up(plan.tables.second, u_second)
    came = max(at - _BEFORE_ORDER, day * DAY_SECONDS)
    join(s, 0, came, False)
    customer = account_id(plan, q, s, 0)
    payment = see(plan, q, s, PAYMENT, at, 0)
    sku = look_up(plan.tables.popularity, u_sku)
    if goods.availability[0, sku, day] & ON_SHELF == 0:
        return
    seen = see(plan, q, s, cookie(q, day), came, 0)
    emit.touch(plan, q, s, out.n, out.touches, came, seen, customer, MARKETPLACE, CLICK, -1, 1)
    out.contacts[1, MARKETPLACE, day] += 1
    order = emit.next_order(plan, q, s)
    stopped = u_review < plan.dials.review_share
    reason = BY_REVIEW if stopped else -1
    gross, cost = goods.products[sku].price, goods.products[sku].cost
    off = line_discount(plan, goods, day, sku, gross, 0)
    emit.order(
        plan, s, out.n, out.orders, at, order, customer, payment, payment, -1, BY_MARKETPLACE,
        PARCEL, 0, q.store, reason, -1, 1, gross, off, cost,
        plan.dials.parcel_cost,
        at + plan.dials.promise_days * DAY_SECONDS, at + int(plan.dials.median_days * DAY_SECONDS),
        at + 8 * HOUR_SECONDS if stopped else NO_TIME, FAKE_ORDER,
    )  # fmt: skip
    emit.line(plan, goods, q, s, out.n, out.lines, at, order, sku, 1, gross, off)
    if not stopped:
        out.sold[0, sku] += 1
    s.n_orders += 1
