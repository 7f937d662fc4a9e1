"""Crawlers: visits of the web shop that nobody makes."""

from __future__ import annotations

from omnisim.engine import emit
from omnisim.engine.codes import CLICK, DAY_SECONDS, DIRECT, DRAW_BOT, IS_BOT, ON_WEB
from omnisim.engine.identity import cookie, see
from omnisim.engine.switches import outage_at
from omnisim.jit import inner
from omnisim.rng.philox import uniforms


@inner
def crawler_day(plan, q, s, out, day):  # type: ignore[no-untyped-def]
    """At most one visit a day, at any hour, of one or two pages; it never buys and joins nothing."""
    if not out.is_counted:
        return
    u_visits, u_second, u_pages, _ = uniforms(plan.dials.seed, q.person, day, 0, DRAW_BOT)
    at = day * DAY_SECONDS + int(u_second * DAY_SECONDS)
    if u_visits >= plan.dials.bot_chance or outage_at(plan, at):
        return
    out.contacts[1, DIRECT, day] += 1
    if not out.is_logged:
        return
    session = emit.next_session(plan, q, s)
    seen = see(plan, q, s, cookie(q, day), at, -1)
    emit.touch(plan, q, s, out.n, out.touches, at, seen, -1, DIRECT, CLICK, session, 1)
    pages = 1 if u_pages < 0.7 else 2
    emit.session(
        s, out.n, out.sessions, at, session, seen, -1, DIRECT, ON_WEB, pages,
        False, False, False, IS_BOT, False,
    )  # fmt: skip
