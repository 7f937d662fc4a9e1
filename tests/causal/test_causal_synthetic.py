"""Weights against an exact search, placebo inference against its own promise, effects against a known one."""

from datetime import date
from itertools import combinations

import numpy as np
import pytest

from omnisim import causal as ca
from omnisim.errors import DesignError


def stores(rng, n_donors=7, n_weeks=40, noise=1.0):
    """Treated unit and donors driven by two common factors with loadings of their own."""
    factors = np.vstack([np.sin(np.arange(n_weeks) / 4), np.cumsum(rng.normal(0, 0.3, n_weeks))])
    loadings = rng.uniform(0.5, 1.5, (n_donors + 1, 2))
    values = 50 + 5 * loadings @ factors + rng.normal(0, noise, (n_donors + 1, n_weeks))
    return values[0], values[1:]


def best_by_every_support(target, donors):
    """Exact weights: the least squares of every subset with sum one (Lagrange), the best allowed."""
    best = (np.inf, None)
    for size in range(1, len(donors) + 1):
        for chosen in combinations(range(len(donors)), size):
            part = donors[list(chosen)]
            system = np.block([[part @ part.T, np.ones((size, 1))], [np.ones((1, size)), 0.0]])
            solved = np.linalg.lstsq(system, np.append(part @ target, 1.0), rcond=None)[0][:-1]
            if (solved >= -1e-12).all():
                error = float(((target - solved @ part) ** 2).sum())
                if error < best[0] - 1e-9:
                    weights = np.zeros(len(donors))
                    weights[list(chosen)] = solved
                    best = (error, weights)
    return best


@pytest.mark.parametrize("seed", range(8))
def test_weights_are_those_of_an_exact_search(seed):
    rng = np.random.default_rng(seed)
    target, donors = stores(rng, n_donors=6, n_weeks=20)
    weights = ca.simplex_weights(target, donors)
    error, exact = best_by_every_support(target, donors)
    # The heavy row stands in for the sum of one: it leaves 1e-8 of the size of the outcomes.
    assert weights == pytest.approx(exact, abs=1e-5)
    assert float(((target - weights @ donors) ** 2).sum()) == pytest.approx(error, rel=1e-5)
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1.0)


def test_a_target_made_of_donors_gives_its_weights_back():
    _, donors = stores(np.random.default_rng(2), noise=3.0)
    true = np.array([0.5, 0.0, 0.3, 0.0, 0.2, 0.0, 0.0])
    assert ca.simplex_weights(true @ donors, donors) == pytest.approx(true, abs=1e-6)


def test_a_target_above_all_donors_takes_the_nearest():
    donors = np.array([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]])
    assert ca.simplex_weights(np.full(3, 9.0), donors) == pytest.approx([0.0, 1.0], abs=1e-6)


def test_a_known_effect_is_found():
    found = []
    for seed in range(40):
        treated, donors = stores(np.random.default_rng(seed))
        treated = treated + 6.0 * (np.arange(40) >= 25)
        found.append(ca.synthetic_control(treated, donors, start=25).effect)
    # Unbiased where the treated unit lies among the donors: three standard errors of the mean of 40.
    assert np.mean(found) == pytest.approx(6.0, abs=3 * np.std(found, ddof=1) / 40**0.5)


def test_without_effect_the_placebo_rank_is_any_with_equal_chance():
    """The share of p <= 0.25 among units drawn alike is at most 0.25."""
    p = []
    for seed in range(200):
        treated, donors = stores(np.random.default_rng(1000 + seed))
        p.append(ca.synthetic_control(treated, donors, start=25).p_value)
    # Three binomial standard errors at n = 200.
    assert abs(np.mean(np.array(p) <= 0.25) - 0.25) < 3 * (0.25 * 0.75 / 200) ** 0.5
    assert min(p) == pytest.approx(1 / 8)


def test_a_large_effect_ranks_first():
    treated, donors = stores(np.random.default_rng(5), noise=0.3)
    control = ca.synthetic_control(treated + 30.0 * (np.arange(40) >= 25), donors, start=25)
    assert control.p_value == pytest.approx(1 / 8)
    assert control.gap[25:].min() > 20


def test_indexing_makes_the_size_of_a_store_irrelevant():
    treated, donors = stores(np.random.default_rng(6))
    scaled = donors * np.linspace(0.2, 5.0, len(donors))[:, None]
    one, other = (
        ca.synthetic_control(treated, pool, start=25, is_indexed=True) for pool in (donors, scaled)
    )
    assert other.effect == pytest.approx(one.effect, rel=1e-6)
    assert other.weights == pytest.approx(one.weights, abs=1e-6)


def test_weeks_left_out_before_the_start_are_not_matched():
    treated, donors = stores(np.random.default_rng(7))
    dip = treated - 40.0 * np.isin(np.arange(40), (22, 23, 24))
    matched = [ca.synthetic_control(x, donors, start=25, base=(0, 22)) for x in (treated, dip)]
    assert matched[0].effect == matched[1].effect


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"start": 0}, "base = "),
        ({"start": 40}, "start = 40 of 40"),
        ({"start": 25, "base": (5, 30)}, "base = "),
        ({"start": 25, "base": (5, 5)}, "base = "),
    ],
)
def test_impossible_weeks_are_refused(how, message):
    treated, donors = stores(np.random.default_rng(8))
    with pytest.raises(DesignError, match=message):
        ca.synthetic_control(treated, donors, **how)


def test_too_few_or_broken_donors_are_refused():
    treated, donors = stores(np.random.default_rng(9))
    with pytest.raises(DesignError, match="3 donors: give 4"):
        ca.synthetic_control(treated, donors[:3], start=25)
    with pytest.raises(DesignError, match="sells nothing"):
        ca.synthetic_control(treated, np.vstack([donors, 0 * treated]), start=25, is_indexed=True)
    with pytest.raises(DesignError, match="NaN"):
        ca.simplex_weights(treated, np.where(donors > 0, np.nan, donors))
    with pytest.raises(DesignError, match="one row per donor"):
        ca.simplex_weights(treated, donors[:, :5])


def panel(n_never=5, start=20):
    rng = np.random.default_rng(3)
    n = 3 + n_never
    start_week = np.r_[np.full(3, start), np.full(n_never, ca.NEVER)]
    total = rng.normal(1000, 20, (n, 40)) + 200 * (np.arange(40) >= start_week[:, None])
    return ca.Panel(
        location_id=np.arange(n) + 2,
        wave=np.r_[np.ones(3, int), np.zeros(n_never, int)],
        start_week=start_week,
        outcomes={"net_amount": total},
        first_date=date(2025, 1, 6),
    )


def test_the_first_wave_is_held_against_stores_never_served(unknown_in_chinese):
    control = ca.first_wave_control(panel(), "net_amount", ca.Method())
    assert control.base == (0, 12)  # eight weeks before the start are left out
    assert control.donor_id.tolist() == [5, 6, 7, 8, 9]
    # The mean of 20 treated weeks of three stores less weighted donors: an error near 10.
    assert control.effect == pytest.approx(200, abs=30)
    assert "further than any placebo" in ca.synthetic_title(control)
    words = [ca.synthetic_title(control), ca.synthetic_note(control, currency="USD")]
    words += [ca.synthetic_subtitle(control, per_week="5", period="2025")]
    assert unknown_in_chinese(*words) == []


def test_a_wave_like_any_other_store_proves_nothing():
    treated, donors = stores(np.random.default_rng(12))
    control = ca.synthetic_control(treated, donors, start=25)
    assert control.p_value > 1 / 8
    assert "would not prove an effect" in ca.synthetic_title(control)


@pytest.mark.parametrize("how", [{"n_never": 3}, {"start": 10}, {"start": 40}])
def test_no_control_is_made_from_too_little(how):
    assert ca.first_wave_control(panel(**how), "net_amount", ca.Method()) is None
