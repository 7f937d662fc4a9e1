"""What is switched on for a customer on a day: the service, the tested page, an outage."""

from __future__ import annotations

from omnisim.behaviour.rules import growth
from omnisim.engine.codes import DAY_SECONDS, DRAW_ASSIGNMENT
from omnisim.engine.plan import ALL_CONTROL, ALL_TREATED, N_ACCOUNTS
from omnisim.engine.state import NO_TIME
from omnisim.jit import njit
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
    if not is_enrolled(plan, s, account):
        return False
    if plan.cause.experiment == ALL_TREATED:
        return True
    u, _, _, _ = uniforms(plan.dials.seed, q.person, account, 0, DRAW_ASSIGNMENT)
    return u < plan.dials.test_share


@njit(_nrt=False, inline="always")
def hears_of_test(plan, q, day):  # type: ignore[no-untyped-def]
    """Whether the household's other member is shown the tested page (persons 2k and 2k + 1)."""
    if (
        plan.dials.spillover_share == 0.0
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
def is_enrolled(plan, s, account):  # type: ignore[no-untyped-def]
    """Accounts opened before the test began take part."""
    joined = s.joined_at[account]
    return joined != NO_TIME and joined < plan.dials.test_first * DAY_SECONDS


@njit(_nrt=False, inline="always")
def outage_at(plan, at):  # type: ignore[no-untyped-def]
    for k in range(plan.days.n_outages):
        if plan.days.outage[k, 0] <= at < plan.days.outage[k, 1]:
            return True
    return False


@njit(_nrt=False)
def count_enrolled(plan, state, out):  # type: ignore[no-untyped-def]
    """How many accounts of each person take part in the test."""
    for i in range(state.size):
        for account in range(N_ACCOUNTS):
            if is_enrolled(plan, state[i], account):
                out.test[i, 2] += 1
