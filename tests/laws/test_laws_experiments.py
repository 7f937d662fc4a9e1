"""Randomised tests meet their truth: intervals cover it, and p-values without effect are uniform.

200 worlds, one per seed, each lived three times without log: as assigned, all treated, nobody treated.
The outcome of a unit is its number of orders within the test. Units are accounts; here every person
has one at most, nobody buys for another, and persons are alike but for their own luck (no shocks of
weeks and regions), so that units are independent draws from one population.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats

from omnisim.engine import build_plan, new_cause, run_without_log
from omnisim.engine.plan import ALL_CONTROL, ALL_TREATED
from omnisim.experiment import Difference, Moments, difference_in_means
from omnisim.rng import Stream, uniform_block
from omnisim.scenario import load_scenario
from omnisim.world import build_persons, build_world

from .worlds import BARE, merged

N_SEEDS = 200
LEVEL = 0.95
FALSE_ALARM = 0.001  # of each test here, were the law true and the seeds drawn anew
ORDERS, ACCOUNTS = 1, 2  # columns of `Output.test`
TEST = merged(
    BARE,
    {
        "horizon": {"n_days": 84},
        "population": {"n_customers": 600, "duplicate_share": 0.0},
        "demand": {
            "need_rate": 40.0, "serious_conversion": 0.3,
            "local_shock_sd": 0.0, "region_shock_sd": 0.0,
        },
        "experiment": {"is_on": True, "first_day": 14, "n_days": 70, "conversion_effect": 2.0},
    },
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Played:
    """One seed: what a test found, what was true, and what a test of nothing found."""

    found: Difference
    sample_effect: float
    a_a: Difference


def compared(orders: np.ndarray, treated: np.ndarray) -> Difference:
    control, treatment = orders[~treated], orders[treated]
    return difference_in_means(
        Moments.of(control.astype(float)), Moments.of(treatment.astype(float)), ci_level=LEVEL
    )


def played(scenario) -> Played:
    world = build_world(scenario)
    plan = build_plan(world)
    people = build_persons(scenario, world.places, 0, scenario.population.n_customers)
    assigned, everybody, nobody = (
        run_without_log(plan.under(cause), people).test
        for cause in (
            new_cause(),
            new_cause(experiment=ALL_TREATED),
            new_cause(experiment=ALL_CONTROL),
        )
    )
    # accounts were opened before the test began, so the three worlds enrol the same ones
    enrolled = assigned[:, ACCOUNTS] == 1
    person = people["person"][enrolled]
    lot = uniform_block(scenario.seed, person, stream=Stream.ASSIGNMENT)[:, 0]
    treated = lot < scenario.experiment.treatment_share
    as_assigned, all_, none = (out[enrolled, ORDERS] for out in (assigned, everybody, nobody))
    # no unit's outcome depends on another's arm: it is one of its own two
    assert np.array_equal(as_assigned, np.where(treated, all_, none))
    return Played(
        found=compared(as_assigned, treated),
        sample_effect=float((all_ - none).mean()),
        a_a=compared(none, treated),  # a test of a page that does nothing is the world without it
    )


@pytest.fixture(scope="module")
def tests():
    scenario = load_scenario("omnichannel_fashion", overrides=TEST)
    return [played(scenario.with_seed(seed)) for seed in range(N_SEEDS)]


def covers(found: Difference, truth: float, *, width: float = 1.0) -> bool:
    reach = (found.ci_high - found.ci_low) / 2 * width
    return abs(found.estimate - truth) <= reach


def band(share: float) -> tuple[int, int]:
    """Counts out of 200 that a share of successes leaves with all but `FALSE_ALARM`."""
    return (
        int(stats.binom.ppf(FALSE_ALARM / 2, N_SEEDS, share)),
        int(stats.binom.ppf(1 - FALSE_ALARM / 2, N_SEEDS, share)),
    )


def test_intervals_cover_the_population_effect(tests):
    """The population effect is what the test would find among endless customers of this kind: the
    mean of the 200 sample effects, whose own error is a twentieth of one interval's.

    Welch's interval promises 95 % for it. The band is that of 200 tosses of such a coin.
    """
    effects = np.array([t.sample_effect for t in tests])
    population = effects.mean()
    error = np.median([t.found.std_error for t in tests])
    assert effects.std(ddof=1) / N_SEEDS**0.5 < error / 20
    low, high = band(LEVEL)
    assert low <= sum(covers(t.found, population) for t in tests) <= high
    # the band would notice: errors a quarter too small, or an effect off by a standard error
    assert sum(covers(t.found, population, width=0.75) for t in tests) < low
    assert sum(covers(t.found, population + error) for t in tests) < low


def test_intervals_cover_the_sample_effect_at_least_as_often(tests):
    """The sample effect is what `truth/effects` says: everybody treated minus nobody, of these
    customers. Luck is shared between the two worlds, so it varies less than the population's and
    Welch's interval is too wide for it (Neyman 1923), never too narrow: only the lower edge binds.
    """
    low, _ = band(LEVEL)
    assert sum(covers(t.found, t.sample_effect) for t in tests) >= low


def test_estimates_are_unbiased(tests):
    """Differences between estimate and sample effect average to nothing over seeds."""
    gap = np.array([t.found.estimate - t.sample_effect for t in tests])
    reach = stats.norm.isf(FALSE_ALARM / 2) * gap.std(ddof=1) / N_SEEDS**0.5
    assert abs(gap.mean()) < reach
    # and the effect is large enough to be missed by a wrong one: far above the bias allowed
    assert np.mean([t.sample_effect for t in tests]) > 4 * reach


def test_p_values_of_a_a_tests_are_uniform(tests):
    """Kolmogorov-Smirnov at the level `FALSE_ALARM`; counts are discrete, but so many values of a
    difference exist that steps of the p-value are far below what 200 of them can show."""
    p = np.array([t.a_a.p_value for t in tests])
    assert np.unique(p).size > 0.9 * N_SEEDS
    assert stats.kstest(p, "uniform").pvalue > FALSE_ALARM
    low, high = band(1 - LEVEL)
    assert low <= (p < 1 - LEVEL).sum() <= high
    # the same test sees the effect where there is one
    assert stats.kstest([t.found.p_value for t in tests], "uniform").pvalue < FALSE_ALARM
