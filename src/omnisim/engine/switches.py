"""What is switched on for a customer on a day: the service, the tested page, an outage."""

from __future__ import annotations

from omnisim.behaviour.rules import growth
from omnisim.engine.codes import DAY_SECONDS, DRAW_ASSIGNMENT, DRAW_CANARY, DRAW_FACTORIAL
from omnisim.engine.plan import ALL_CONTROL, ALL_TREATED, AS_ASSIGNED, N_ACCOUNTS
from omnisim.engine.state import NO_TIME
from omnisim.jit import inner, njit
from omnisim.rng.philox import uniforms


@njit(_nrt=False, inline="always")
def service_level(plan, day):  # type: ignore[no-untyped-def]
    """How far click-and-collect has grown at the customer's store, times its strength."""
    if not plan.cause.rollout_on:
        return 0.0
    return plan.store.strength * growth(day, plan.store.service_day, plan.dials.growth_days)


@njit(_nrt=False, inline="always")
def is_treated(plan, q, s, day, account):  # type: ignore[no-untyped-def]
    """Whether an enrolled account meets the tested page on a day of the test."""
    if (
        day < plan.dials.test_first
        or day > plan.dials.test_last
        or plan.cause.experiment == ALL_CONTROL
    ):
        return False
    if not is_enrolled(s, account, plan.dials.test_first):
        return False
    if plan.cause.experiment == ALL_TREATED:
        return True
    u, _, _, _ = uniforms(plan.dials.seed, q.person, account, 0, DRAW_ASSIGNMENT)
    return u < plan.dials.test_share


@inner
def hears_of_test(plan, q, day):  # type: ignore[no-untyped-def]
    """Whether the household's other member is shown the tested page (persons 2k and 2k + 1).

    Only accounts of day 0 leak: an account opened later is known to its own person alone.
    """
    if (
        plan.dials.spillover_share == 0.0
        or not q.shares_home_with_member
        or day < plan.dials.test_first
        or day > plan.dials.test_last
        or plan.cause.experiment == ALL_CONTROL
    ):
        return False
    if plan.cause.experiment == ALL_TREATED:
        return True
    u, _, _, _ = uniforms(plan.dials.seed, q.person ^ 1, 0, 0, DRAW_ASSIGNMENT)
    return u < plan.dials.test_share


@njit(_nrt=False, inline="always")
def is_enrolled(s, account, first_day):  # type: ignore[no-untyped-def]
    """Accounts opened before a test began take part."""
    joined = s.joined_at[account]
    return joined != NO_TIME and joined < first_day * DAY_SECONDS


@inner
def page_factor(plan, q, s, day):  # type: ignore[no-untyped-def]
    """Factor of the changes of the factorial that the account meets on a day."""
    if day < plan.dials.pages_first or day > plan.dials.pages_last:
        return 1.0
    if not is_enrolled(s, 0, plan.dials.pages_first):
        return 1.0
    u0, u1, u2, u3 = uniforms(plan.dials.seed, q.person, 0, 0, DRAW_FACTORIAL)
    factor = 1.0
    n_met = 0
    for k in range(plan.dials.n_factors):
        u = u0 if k == 0 else u1 if k == 1 else u2 if k == 2 else u3
        world = plan.cause.factors[k]
        if world == ALL_TREATED or (world == AS_ASSIGNED and u < 0.5):
            factor *= 1.0 + plan.dials.factor_effect[k]
            for _ in range(n_met):  # one pair with each change met before
                factor *= 1.0 + plan.dials.pair_effect
            n_met += 1
    return factor


@inner
def canary_draw(plan, q, day, channel):  # type: ignore[no-untyped-def]
    """Whether the release serves a visit, and whether it would lose its order."""
    if day < plan.dials.canary_first or day > plan.dials.canary_last:
        return False, False
    u_served, u_lost, _, _ = uniforms(plan.dials.seed, q.person, day, channel, DRAW_CANARY)
    served = u_served < plan.dials.canary_share
    if plan.cause.canary != AS_ASSIGNED:
        served = plan.cause.canary == ALL_TREATED
    return served, served and u_lost < plan.dials.canary_failure


@njit(_nrt=False, inline="always")
def outage_at(plan, at):  # type: ignore[no-untyped-def]
    for k in range(plan.days.n_outages):
        if plan.days.outage[k, 0] <= at < plan.days.outage[k, 1]:
            return True
    return False


@njit(_nrt=False, branchy=True)
def count_enrolled(plan, state, out):  # type: ignore[no-untyped-def]
    """How many accounts of each person take part in the test and in the factorial."""
    for i in range(state.size):
        for account in range(N_ACCOUNTS):
            if is_enrolled(state[i], account, plan.dials.test_first):
                out.test[i, 2] += 1
        if is_enrolled(state[i], 0, plan.dials.pages_first):
            out.pages[i, 2] += 1
