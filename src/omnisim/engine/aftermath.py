"""What follows an order: returns and surveys."""

from __future__ import annotations

from omnisim.behaviour.rules import answer_chance, satisfaction_score
from omnisim.engine import emit
from omnisim.engine.codes import (
    DAY_SECONDS,
    DRAW_LINE,
    DRAW_RETURN,
    DRAW_SURVEY,
    HOUR_SECONDS,
    LATE_REASON,
    N_OTHER_REASONS,
)
from omnisim.engine.state import NO_TIME, RETURN, SURVEY
from omnisim.jit import njit
from omnisim.rng.philox import uniforms
from omnisim.rng.quantiles import look_up


@njit(_nrt=False, inline="always")
def maybe_return(  # type: ignore[no-untyped-def]
    plan, q, s, out, day, k, order, line, sku, units, net, fulfilled, location, late
):
    _, _, _, u_return = uniforms(plan.dials.seed, q.person, day, k, DRAW_LINE)
    in_store = location > 0 and fulfilled <= (day + 1) * DAY_SECONDS
    share = plan.dials.return_share[0 if in_store else 1]
    if late:
        share = min(1.0, share * 1.3)
    if u_return >= share:
        return
    u_days, u_way, u_reason, u_second = uniforms(plan.dials.seed, q.person, day, k, DRAW_RETURN)
    at = (
        (fulfilled // DAY_SECONDS + 2 + int(u_days * 19)) * DAY_SECONDS
        + 9 * HOUR_SECONDS
        + int(u_second * 10 * HOUR_SECONDS)
    )
    if at >= plan.dials.n_days * DAY_SECONDS:
        s.counters[RETURN] += (
            1  # its number stays its own, so that a longer horizon renumbers nothing
        )
        return
    way = 1 if in_store or u_way < plan.dials.return_in_store_share else 0
    back_to = q.store + 1 if way == 1 else 0
    reason = LATE_REASON if late and u_reason < 0.4 else int(u_reason * N_OTHER_REASONS)
    if reason >= LATE_REASON and not (late and u_reason < 0.4):
        reason += 1  # skip `late` for those who were not
    emit.return_(
        plan, q, s, out.n, out.returns, at, order, line, sku, units, net, way, back_to, reason
    )


@njit(_nrt=False, inline="always")
def maybe_survey(plan, q, s, out, day, order, customer, fulfilled, promised):  # type: ignore[no-untyped-def]
    u_ask, u_mood, u_answer, u_delay = uniforms(plan.dials.seed, q.person, day, 0, DRAW_SURVEY)
    asked = fulfilled + 2 * DAY_SECONDS
    if u_ask >= plan.dials.invite_share:
        return
    if asked >= plan.dials.n_days * DAY_SECONDS:
        s.counters[SURVEY] += 1
        return
    mood = plan.dials.mean_score + plan.dials.score_sd * look_up(plan.tables.normal, u_mood)
    score = satisfaction_score(mood, fulfilled > promised, plan.dials.late_penalty)
    answered = NO_TIME
    if u_answer < answer_chance(score, plan.dials.answer_share, plan.dials.extreme_factor):
        answered = asked + HOUR_SECONDS + int(u_delay * 3 * DAY_SECONDS)
        if answered >= plan.dials.n_days * DAY_SECONDS:
            answered = NO_TIME
    emit.survey(plan, q, s, out.n, out.surveys, asked, order, customer, answered, score)
