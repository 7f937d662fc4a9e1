"""Traps of randomised tests: wrong units, tails, fading novelty, peeking, lost rows, leaks."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from scipy import stats

from omnisim.engine import Block, Plan, new_cause, run_block
from omnisim.engine.experiments import assignment_columns
from omnisim.engine.plan import ALL_CONTROL, ALL_TREATED, AS_ASSIGNED, KEY_CUSTOMER
from omnisim.engine.state import NO_TIME, ORDER
from omnisim.experiment import (
    Moments,
    difference_with_covariates,
    sample_ratio_p_value,
)
from omnisim.rng import Stream, id_key, ids_of, uniform_block
from omnisim.world.places import NEVER

from .marketing import ONE_STEP
from .worlds import DAY, FloatArray, Lived, Reading, Trap, read, twins

FIRST_WEEK, N_WEEKS = 10, 16
TEST = {
    "experiment.is_on": True,
    "experiment.first_day": 7 * FIRST_WEEK,
    "experiment.n_days": 7 * N_WEEKS,
    "experiment.conversion_effect": 1.0,
    "population.account_share": 0.8,
    "population.login_share": 1.0,
    **ONE_STEP,  # no needs left open from before, which the page would close at once
}
_LOOKED_AT, _PLANNED = 2_000, 1_000  # tests drawn anew, to see false alarms and power


def is_treated(lived: Lived, account: int = 0) -> Any:
    """The draw of each person's account."""
    person = lived.people["person"]
    u = uniform_block(
        lived.scenario.seed, person, stream=Stream.ASSIGNMENT, occasions=np.full(lived.n, account)
    )
    return u[:, 0] < lived.scenario.experiment.treatment_share


def is_enrolled(lived: Lived) -> Any:
    """Whether the first account was open before the test began."""
    return (lived.state["joined_at"][:, 0] != NO_TIME) & (
        lived.state["joined_at"][:, 0] < lived.scenario.experiment.first_day * DAY
    )


def during(out: Any, first: int = 0, last: int = N_WEEKS) -> FloatArray:
    """Orders per person in some weeks of the test."""
    weeks = slice(FIRST_WEEK + first, FIRST_WEEK + last)
    return out.week[:, weeks, 2].sum(axis=1).astype(np.float64)


def arms(lived: Lived, outcome: FloatArray, effect: FloatArray) -> Reading:
    """Difference between the arms per enrolled person, against the mean effect on them."""
    unit, treated = is_enrolled(lived), is_treated(lived)
    columns = [
        outcome * (unit & treated), unit & treated,
        outcome * (unit & ~treated), unit & ~treated,
        effect * unit, unit,
    ]  # fmt: skip
    return read(np.stack(columns, axis=1).astype(np.float64), _difference)


def _difference(sums: FloatArray) -> tuple[float, float]:
    treated, n_treated, control, n_control, effect, n = sums
    return treated / n_treated - control / n_control, effect / n


@cache
def spill_over() -> Trap:
    """Treatment against control where many in control hear of the page at home.

    The noise of the draw is taken out: both arms are measured from what they order in the world in
    which nobody is treated, which changes no expectation.
    """
    dials = {"experiment.spillover_share": (0.6, 0.0)}

    def reading(lived: Lived) -> Reading:
        nobody = during(lived.under(experiment=ALL_CONTROL))
        everybody = during(lived.under(experiment=ALL_TREATED))
        return arms(lived, during(lived.base) - nobody, everybody - nobody)

    on, off = twins(TEST, dials)
    return Trap(
        mechanism="Treatment leaks within the household",
        naive="difference between the arms",
        truth="everybody treated against nobody",
        unit="orders per account in the test",
        dials=dials,
        confounded=reading(on),
        twin=reading(off),
    )


@cache
def novelty() -> Trap:
    """The effect of the first two weeks, taken for the effect of the last eight."""
    early = 2
    dials = {"experiment.novelty_days": (14.0, 0.0)}

    def reading(lived: Lived) -> Reading:
        nobody = lived.under(experiment=ALL_CONTROL)
        everybody = lived.under(experiment=ALL_TREATED)
        first = [during(world, 0, early) for world in (lived.base, nobody)]
        late = [during(world, N_WEEKS - 8) for world in (everybody, nobody)]
        return arms(lived, (first[0] - first[1]) / early, (late[0] - late[1]) / 8)

    on, off = twins(TEST, dials)
    return Trap(
        mechanism="Novelty fades",
        naive="difference between the arms in the first two weeks, per week",
        truth="effect in the last eight weeks, per week",
        unit="orders per account and week",
        dials=dials,
        confounded=reading(on),
        twin=reading(off),
    )


@cache
def peeking() -> Trap:
    """False alarms of a test without any effect, read every week or once.

    The world has exactly no effect, so every split of its accounts is a sound A/A test: two
    thousand splits are drawn. The "dial" is the analyst's: how often the test is looked at.
    """
    lived, _ = twins({**TEST, "experiment.conversion_effect": 0.0}, {})
    enrolled = is_enrolled(lived)
    weekly = lived.base.week[enrolled, FIRST_WEEK : FIRST_WEEK + N_WEEKS, 2].astype(np.float64)
    so_far = weekly.cumsum(axis=1)
    rng = np.random.default_rng(lived.scenario.seed)
    p_values = np.empty((_LOOKED_AT, N_WEEKS))
    n, total, squares = len(so_far), so_far.sum(axis=0), (so_far**2).sum(axis=0)
    for run in range(_LOOKED_AT):
        chosen = rng.random(n) < 0.5
        m = chosen.sum()
        one, two = so_far[chosen].sum(axis=0), (so_far[chosen] ** 2).sum(axis=0)
        z = welch_z(m, one, two, n - m, total - one, squares - two)
        p_values[run] = 2 * stats.norm.sf(np.abs(z))
    alarms = p_values < 0.05
    readings = [
        Reading(100 * found.mean(), 5.0, 100 * float(np.sqrt(0.05 * 0.95 / _LOOKED_AT)))
        for found in (alarms.any(axis=1), alarms[:, -1])
    ]
    return Trap(
        mechanism="Peeking",
        naive="A/A tests that are significant at 5 % in some week",
        truth="the level that was promised",
        unit="% of tests",
        dials={"(looks at the test)": (N_WEEKS, 1)},
        confounded=readings[0],
        twin=readings[1],
    )


def welch_z(m: Any, one: Any, two: Any, n: Any, other: Any, squares: Any) -> Any:
    """Difference of two means in standard errors, from counts, sums and sums of squares."""
    variance = (two / m - (one / m) ** 2) / m + (squares / n - (other / n) ** 2) / n
    return (one / m - other / n) / np.sqrt(variance)


_LOST = {"experiment.lost_share": (0.1, 0.0)}


@cache
def _worlds_with_lost_rows() -> tuple[Lived, Lived]:
    return twins(TEST, _LOST)


def logged_splits() -> tuple[float, float]:
    """p-value of the logged split against the design, with the bug and without."""
    with_bug, without = (
        assignment_columns(lived.world, lived.people, lived.state)["variant"].codes
        for lived in _worlds_with_lost_rows()
    )
    return tuple(
        sample_ratio_p_value(int((codes == 0).sum()), int((codes == 1).sum()), 0.5)
        for codes in (with_bug, without)
    )


@cache
def lost_rows() -> Trap:
    """Accounts per arm where treated ones are not all logged."""

    def reading(lived: Lived) -> Reading:
        logged = assignment_columns(lived.world, lived.people, lived.state)["variant"].codes
        enrolled = is_enrolled(lived)
        truth = is_treated(lived)[enrolled].mean()
        # the draw itself is no error here: naive and truth speak of the same draw
        return Reading(100 * float((logged == 1).mean()), 100 * float(truth), 0.0)

    on, off = _worlds_with_lost_rows()
    return Trap(
        mechanism="Assignment bug: rows of treatment are lost",
        naive="share of logged accounts in treatment",
        truth="share of accounts in treatment",
        unit="% of accounts",
        dials=_LOST,
        confounded=reading(on),
        twin=reading(off),
    )


@cache
def several_accounts() -> Trap:
    """A test read by account where many persons hold two, one opened online and one at a till.

    Only the first meets the page; the second is assigned by itself, and what it buys does not follow
    its own arm.
    """
    dials = {"population.duplicate_share": (1.0, 0.0)}

    def reading(lived: Lived) -> Reading:
        orders = [
            _by_account(lived, lived.plan.under(new_cause(experiment=arm)))
            for arm in (AS_ASSIGNED, ALL_CONTROL, ALL_TREATED)
        ]
        gain, effect = orders[0] - orders[1], orders[2] - orders[1]
        joined = lived.state["joined_at"][:, :2]
        unit = (joined != NO_TIME) & (joined < lived.scenario.experiment.first_day * DAY)
        treated = np.stack([is_treated(lived, slot) for slot in (0, 1)], axis=1)
        columns = [
            (gain * (unit & treated)).sum(axis=1),
            (unit & treated).sum(axis=1),
            (gain * (unit & ~treated)).sum(axis=1),
            (unit & ~treated).sum(axis=1),
            (effect * unit).sum(axis=1),
            unit.any(axis=1),
        ]
        return read(np.stack(columns, axis=1).astype(np.float64), _difference)

    on, off = twins(
        {**TEST, "demand.need_rate": 28.0, "marketing.channels.store_visit.reach": 5.0}, dials
    )
    return Trap(
        mechanism="One person, several accounts: diluted tests",
        naive="difference between the arms per account",
        truth="everybody treated against nobody, per person",
        unit="orders per account or person in the test",
        dials=dials,
        confounded=reading(on),
        twin=reading(off),
    )


def _by_account(lived: Lived, plan: Plan) -> FloatArray:
    """Orders during the test by person and account, the first two, from the log of a world."""
    people, _, out = run_block(lived.world, plan, Block(0, 0, lived.n))
    rows = out.orders[: out.n[ORDER]]
    week = rows["at"] // DAY // 7 - FIRST_WEEK
    rows = rows[(rows["reason"] < 0) & (week >= 0) & (week < N_WEEKS)]
    key = id_key(lived.scenario.seed, KEY_CUSTOMER)
    person = people["person"][rows["row"]]
    return np.stack(
        [
            lived.count(rows[rows["customer"] == ids_of(key, person, np.full(person.size, slot))])
            for slot in (0, 1)
        ],
        axis=1,
    )


_TAILS = {"assortment.bulk_share": (0.03, 0.0)}
_BUSY = {"demand.need_rate": 40.0, "demand.serious_conversion": 0.14}


@cache
def potential_sales(bulk_share: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Sales before the test and during it, treated and not, of accounts of day 0 [currency]."""
    lived, _ = twins({**TEST, **_BUSY, "assortment.bulk_share": bulk_share}, {})
    enrolled = lived.people["account_at"] < NEVER
    weeks = slice(FIRST_WEEK, FIRST_WEEK + N_WEEKS)
    one, none = (
        lived.under(experiment=arm).week[enrolled, :, 0] / 100.0
        for arm in (ALL_TREATED, ALL_CONTROL)
    )
    return none[:, :FIRST_WEEK].sum(axis=1), one[:, weeks].sum(axis=1), none[:, weeks].sum(axis=1)


def _share_found(bulk_share: float, seed: int) -> float:
    """Share of t-tests on 500 accounts, drawn anew, that find the effect on sales at 5 %."""
    size = 500
    _, treated, control = potential_sales(bulk_share)
    rng = np.random.default_rng(seed)
    hits = 0
    for _ in range(_PLANNED):
        chosen = rng.permutation(control.size)[:size]
        one, none = treated[chosen[: size // 2]], control[chosen[size // 2 :]]
        z = welch_z(one.size, one.sum(), (one**2).sum(), none.size, none.sum(), (none**2).sum())
        hits += z > 1.96
    return hits / _PLANNED


@cache
def heavy_tails() -> Trap:
    """Power of a t-test on sales, planned by drawing tests from usual baskets."""

    def reading(bulk_share: float) -> Reading:
        planned, found = _share_found(0.0, seed=1), _share_found(bulk_share, seed=2)
        error = sum(share * (1 - share) / _PLANNED for share in (planned, found)) ** 0.5
        return Reading(100 * planned, 100 * found, 100 * error)

    on, off = (reading(share) for share in _TAILS["assortment.bulk_share"])
    return Trap(
        mechanism="Heavy-tailed baskets",
        naive="power of a t-test on sales, planned from usual baskets",
        truth="share of tests that find the effect",
        unit="% of tests",
        dials=_TAILS,
        confounded=on,
        twin=off,
    )


@cache
def cuped() -> Trap:
    """What sales before the test explain of sales in it, promised from usual baskets."""

    def removed(bulk_share: float) -> float:
        before, treated, control = potential_sales(bulk_share)
        arm = np.arange(before.size) % 2 == 1
        found = difference_with_covariates(
            Moments.of(control[~arm], before[~arm]), Moments.of(treated[arm], before[arm])
        )
        return 100 * found.variance_removed

    on, off = (removed(share) for share in _TAILS["assortment.bulk_share"])
    return Trap(
        mechanism="Heavy-tailed baskets: gain of CUPED",
        naive="variance that sales before the test take away, with usual baskets",
        truth="variance that they take away",
        unit="% of variance",
        dials=_TAILS,
        confounded=Reading(off, on, 0.0),
        twin=Reading(off, off, 0.0),
    )
