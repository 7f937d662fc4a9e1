import math

import numpy as np
import pytest
from scipy import stats

from omnisim.errors import DesignError
from omnisim.metrics import net_promoter_score, poisson, ratio, relative_change, wilson
from omnisim.metrics.intervals import mean_from_moments


def test_wilson_matches_statsmodels():
    from statsmodels.stats.proportion import proportion_confint

    for hits, n in [(0, 7), (3, 40), (40, 40), (199, 1000)]:
        mine = wilson(hits, n)
        low, high = proportion_confint(hits, n, method="wilson")
        # The same closed form: only rounding differs.
        assert (mine.ci_low, mine.ci_high) == pytest.approx((low, high), abs=1e-12)


def test_wilson_always_holds_its_value():
    for hits in range(6):
        share = wilson(hits, 5)
        assert share.ci_low <= share.value <= share.ci_high


def test_poisson_interval_inverts_the_poisson_tails():
    rate = poisson(4, exposure=2.0)
    # Garwood: P(N >= 4 | low) = P(N <= 4 | high) = 2.5 %.
    assert stats.poisson.sf(3, rate.ci_low * 2) == pytest.approx(0.025, abs=1e-9)
    assert stats.poisson.cdf(4, rate.ci_high * 2) == pytest.approx(0.025, abs=1e-9)
    assert poisson(0).ci_low == 0.0


def test_mean_from_moments_is_students_interval():
    x = np.array([1.0, 4.0, 4.0, 7.0])
    mine = mean_from_moments(x.sum(), (x**2).sum(), len(x))
    low, high = stats.t.interval(0.95, 3, x.mean(), stats.sem(x))
    assert (mine.value, mine.ci_low, mine.ci_high) == pytest.approx((4.0, low, high))


def test_ratio_with_equal_bases_is_the_mean():
    y = np.array([0.0, 10.0, 0.0, 20.0])
    r = ratio(y, np.full(4, 50.0))
    low, high = stats.t.interval(0.95, 3, (y / 50).mean(), stats.sem(y / 50))
    assert (r.value, r.ci_low, r.ci_high) == pytest.approx((0.15, low, high))


def test_recovery_ratio_interval_covers():
    def covers(seed):
        rng = np.random.default_rng(seed)
        x = rng.gamma(2.0, 30.0, 300)
        y = x * (rng.random(300) < 0.2)
        r = ratio(y, x)
        return r.ci_low <= 0.2 <= r.ci_high

    # 95 %, give or take three binomial standard errors at 300 worlds, and one point for the
    # skewness the delta method ignores.
    assert abs(np.mean([covers(s) for s in range(300)]) - 0.95) < 0.038 + 0.01


def test_nps_by_hand():
    nps = net_promoter_score([10] * 5 + [7] * 3 + [3] * 2)
    # p = 0.5, d = 0.2: 30 points; se = 100 sqrt((0.7 - 0.09) / 10)
    assert nps.value == pytest.approx(30.0)
    assert nps.ci_high - nps.value == pytest.approx(1.959964 * 100 * math.sqrt(0.061), rel=1e-6)


def test_relative_change_is_on_means():
    change = relative_change([100.0, 100.0, 106.0], [204.0, 204.0, 204.0])
    assert change.value == pytest.approx(1.0)
    assert change.ci_low < 1.0 < change.ci_high


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: wilson(1, 0), "share of 1 in 0"),
        (lambda: wilson(3, 2), "share of 3 in 2"),
        (lambda: poisson(-1), "-1 events"),
        (lambda: ratio([1.0, np.nan], [1.0, 1.0]), "missing or infinite"),
        (lambda: ratio([1.0], [1.0]), "2 units"),
        (lambda: ratio([1.0, 1.0], [0.0, 0.0]), "base"),
        (lambda: net_promoter_score([]), "at least one score"),
        (lambda: net_promoter_score([11]), "0 to 10"),
        (lambda: relative_change([1, 1], [1, 1]), "3 periods"),
        (lambda: mean_from_moments(1.0, 1.0, 1), "at least 2"),
    ],
)
def test_refusals(call, words):
    with pytest.raises(DesignError, match=words):
        call()
