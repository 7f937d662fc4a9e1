"""Two arms compared: by hand, against scipy and statsmodels, and on simulated A/A tests."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestIndPower
from statsmodels.stats.proportion import confint_proportions_2indep

from omnisim import experiment as ex
from omnisim.errors import DesignError


def heavy_tailed(rng: np.random.Generator, n: int) -> np.ndarray:
    """Baskets as in retail: most customers buy nothing, a few buy a lot."""
    return rng.binomial(1, 0.4, n) * rng.lognormal(4, 1, n)


class TestMoments:
    @given(
        st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30),
        st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30),
    )
    @settings(max_examples=50)
    def test_merged_parts_equal_the_whole(self, left, right):
        merged = ex.Moments.of(left).merge(ex.Moments.of(right))
        whole = ex.Moments.of(left + right)
        assert merged.n == whole.n
        # Rounding of sums of at most 60 terms of size 1e6 and 1e12.
        assert merged.mean == pytest.approx(whole.mean, abs=1e-8)
        assert merged.scatter == pytest.approx(whole.scatter, rel=1e-9, abs=1e-3)

    def test_many_blocks_are_one_table(self):
        x = np.random.default_rng(9).gamma(1, 1, (3, 40_001))
        assert ex.Moments.of(*x).covariance == pytest.approx(np.cov(x), rel=1e-10)

    def test_covariance_matches_numpy_even_far_from_zero(self):
        rng = np.random.default_rng(1)
        x, y = rng.normal(1e9, 1, 500), rng.normal(-1e9, 2, 500)
        assert ex.Moments.of(x, y).covariance == pytest.approx(np.cov(x, y), rel=1e-9)

    @pytest.mark.parametrize("bad", [[1.0, np.nan], [1.0, np.inf]])
    def test_refuses_what_is_not_a_number(self, bad):
        with pytest.raises(DesignError, match="NaN or infinity"):
            ex.Moments.of(bad)

    def test_refuses_empty_and_ragged_columns(self):
        with pytest.raises(DesignError, match="no units"):
            ex.Moments.of([])
        with pytest.raises(DesignError, match="equal length"):
            ex.Moments.of([1.0], [1.0, 2.0])
        with pytest.raises(DesignError, match="at least two"):
            _ = ex.Moments.of([1.0]).covariance


def test_difference_in_means_by_hand():
    # Means 2 and 4; variances 1 and 4 over 3 units: variance of the difference 5/3.
    # df = (5/3)^2 / ((1/3)^2/2 + (4/3)^2/2) = 25/8.5.
    found = ex.difference_in_means(ex.Moments.of([1, 2, 3]), ex.Moments.of([2, 4, 6]))
    assert found.estimate == 2
    assert found.std_error == pytest.approx((5 / 3) ** 0.5)
    assert found.df == pytest.approx(25 / 8.5)


def test_difference_in_means_matches_scipy():
    rng = np.random.default_rng(2)
    x, y = rng.normal(10, 2, 40), rng.normal(11, 5, 25)
    found = ex.difference_in_means(ex.Moments.of(x), ex.Moments.of(y))
    other = stats.ttest_ind(y, x, equal_var=False)
    low, high = other.confidence_interval(0.95)
    assert (found.p_value, found.ci_low, found.ci_high) == pytest.approx((other.pvalue, low, high))


def test_covariate_adjusted_effect_is_the_regression_coefficient():
    rng = np.random.default_rng(3)
    before, arm = rng.gamma(2, 10, 300), np.repeat([0, 1], [180, 120])
    y = 0.8 * before + 3 * arm + rng.normal(0, 5, 300)
    found = ex.difference_with_covariates(
        *(ex.Moments.of(y[arm == a], before[arm == a]) for a in (0, 1))
    )
    # One slope within arms is exactly the regression of y on arm and covariate.
    fit = sm.OLS(y, np.column_stack([np.ones(300), arm, before])).fit(cov_type="HC2")
    assert found.estimate == pytest.approx(fit.params[1], rel=1e-10)
    # The standard error takes the slope as known: differs by terms of order 1/n.
    assert found.std_error == pytest.approx(fit.bse[1], rel=0.02)
    assert 0.5 < found.variance_removed < 0.95


def test_constant_covariate_changes_nothing():
    x, y = [1.0, 2.0, 4.0], [2.0, 5.0, 9.0]
    plain = ex.difference_in_means(ex.Moments.of(x), ex.Moments.of(y))
    ones = [1.0, 1.0, 1.0]
    found = ex.difference_with_covariates(ex.Moments.of(x, ones), ex.Moments.of(y, ones))
    assert (found.estimate, found.std_error) == pytest.approx((plain.estimate, plain.std_error))
    assert found.variance_removed == pytest.approx(0, abs=1e-12)


def test_covariates_keep_their_coverage_on_heavy_tails():
    effect, n, runs = 3.0, 400, 400
    covered = wins = 0
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        habit = rng.gamma(1, 1, 2 * n)
        before, after = (habit * heavy_tailed(rng, 2 * n) for _ in range(2))
        after[n:] += effect
        found = ex.difference_with_covariates(
            ex.Moments.of(after[:n], before[:n]), ex.Moments.of(after[n:], before[n:])
        )
        covered += found.ci_low <= effect <= found.ci_high
        wins += found.variance_removed > 0
    # 95%, give or take three binomial standard errors at 400 runs.
    assert abs(covered / runs - 0.95) < 3 * (0.95 * 0.05 / runs) ** 0.5
    assert wins / runs > 0.9


def test_shares_match_newcombes_table_and_statsmodels():
    # Newcombe (1998), table II, case (a), method 10: 56/70 - 48/80.
    found = ex.difference_in_shares(48, 80, 56, 70)
    assert (round(found.ci_low, 4), round(found.ci_high, 4)) == (0.0524, 0.3339)
    low, high = confint_proportions_2indep(56, 70, 48, 80, method="newcomb")
    assert (found.ci_low, found.ci_high) == pytest.approx((low, high), abs=1e-9)


@pytest.mark.parametrize(
    "counts", [(10, 100, 20, 100), (30, 100, 20, 100), (0, 50, 0, 60), (0, 40, 40, 40)]
)
def test_p_value_of_shares_agrees_with_the_interval(counts):
    found = ex.difference_in_shares(*counts)
    assert (found.p_value < 0.05) == found.is_significant
    if 1e-12 < found.p_value < 1:
        at_p = ex.difference_in_shares(*counts, ci_level=1 - found.p_value)
        assert min(abs(at_p.ci_low), abs(at_p.ci_high)) < 1e-9


def test_impossible_shares_are_refused():
    with pytest.raises(DesignError, match="treatment: 5 of 4"):
        ex.difference_in_shares(1, 4, 5, 4)


class TestLift:
    def test_ends_solve_fiellers_equation(self):
        rng = np.random.default_rng(4)
        x, y = rng.normal(10, 3, 50), rng.normal(11, 3, 60)
        lift = ex.relative_lift(ex.Moments.of(x), ex.Moments.of(y))
        found = ex.difference_in_means(ex.Moments.of(x), ex.Moments.of(y))
        for end in (lift.ci_low, lift.ci_high):
            # At the end r, mean(y) - (1 + r) mean(x) is exactly its critical value from zero.
            gap = y.mean() - (1 + end) * x.mean()
            error = (y.var(ddof=1) / 60 + (1 + end) ** 2 * x.var(ddof=1) / 50) ** 0.5
            assert abs(gap) / error == pytest.approx(stats.t.isf(0.025, found.df), rel=1e-6)

    def test_covariates_narrow_it_and_keep_coverage(self):
        runs, n, covered, narrower = 300, 200, 0, 0
        for seed in range(runs):
            rng = np.random.default_rng(seed)
            x = rng.gamma(4, 5, 2 * n)
            y = x + rng.normal(0, 5, 2 * n) + np.repeat([0, 2.0], n)  # 10% of a mean of 20
            arms = [ex.Moments.of(y[s], x[s]) for s in (slice(n), slice(n, None))]
            lift = ex.relative_lift(*arms)
            plain = ex.relative_lift(*(ex.Moments.of(y[s]) for s in (slice(n), slice(n, None))))
            covered += lift.ci_low <= 0.1 <= lift.ci_high
            narrower += lift.ci_high - lift.ci_low < plain.ci_high - plain.ci_low
        assert abs(covered / runs - 0.95) < 3 * (0.95 * 0.05 / runs) ** 0.5
        assert narrower == runs

    def test_refuses_a_control_mean_near_zero(self):
        with pytest.raises(DesignError, match="cannot be told from 0"):
            ex.relative_lift(ex.Moments.of([-5.0, 5.0, 1.0]), ex.Moments.of([1.0, 2.0, 3.0]))


def test_holm_matches_statsmodels():
    p = [0.001, 0.2, 0.012, 0.04, 0.9]
    assert ex.holm(p) == pytest.approx(multipletests(p, method="holm")[1])


def test_power_matches_statsmodels():
    n, sd = 64, 2.0
    error = sd * (2 / n) ** 0.5
    expected = TTestIndPower().power(effect_size=0.5, nobs1=n, alpha=0.05)
    assert ex.power_of_difference(1.0, std_error=error, df=2 * n - 2) == pytest.approx(expected)
    smallest = ex.smallest_detectable_effect(std_error=error, df=2 * n - 2)
    assert ex.power_of_difference(smallest, std_error=error, df=2 * n - 2) == pytest.approx(0.8)


def test_customers_needed_would_reach_the_power():
    needed = ex.customers_needed(0.5, std_error=1.0, n=100)
    power = ex.power_of_difference(0.5, std_error=(100 / needed) ** 0.5, df=1e6)
    assert power == pytest.approx(0.8, abs=0.001)
    with pytest.raises(DesignError, match="other than 0"):
        ex.customers_needed(0.0, std_error=1.0, n=10)


def test_nothing_varies_is_refused():
    with pytest.raises(DesignError, match="does not vary"):
        ex.difference_in_means(ex.Moments.of([1.0, 1.0]), ex.Moments.of([1.0, 1.0]))
