import numpy as np
import pytest
from scipy import stats

from omnisim.errors import DesignError
from omnisim.risk import dispersion, rate_posterior
from omnisim.risk.frequency import draw_counts


def test_gamma_poisson_by_hand():
    # 3 events in half a year under Gamma(1/2, 0): Gamma(3.5, 0.5), mean 7, variance 14.
    posterior = rate_posterior(3, 0.5)
    assert (posterior.shape, posterior.rate, posterior.mean) == (3.5, 0.5, 7.0)
    low, high = posterior.interval(0.90)
    # A gamma with shape 3.5 is half a chi-squared with 7 degrees of freedom.
    assert low == pytest.approx(stats.chi2.ppf(0.05, 7) / 2 / 0.5)
    assert high == pytest.approx(stats.chi2.ppf(0.95, 7) / 2 / 0.5)


def test_nothing_seen_is_not_nothing_possible():
    posterior = rate_posterior(0, 2.0)
    assert posterior.mean == 0.25
    assert posterior.interval()[1] > 0.5


def test_posterior_draws_follow_the_gamma():
    drawn = rate_posterior(8, 2.0).draw(np.random.default_rng(1), 200_000)
    # mean 4.25, variance 2.125; three Monte-Carlo standard errors.
    assert drawn.mean() == pytest.approx(4.25, abs=3 * np.sqrt(2.125 / 200_000))


def test_dispersion_index_by_hand():
    # counts 0 and 20 in turn: mean 10, sample variance 1000 / 9
    assert dispersion([0, 20] * 5).index == pytest.approx(1000 / 9 / 10)
    assert dispersion([1, 2, 1]).used == 1.0  # too few events to say


def test_dispersion_rarely_rejects_a_poisson_process():
    rng = np.random.default_rng(2)
    used = [dispersion(rng.poisson(8.0, 52)).used for _ in range(400)]
    # 5 % test; three binomial standard errors at 400 draws.
    assert np.mean(np.array(used) > 1) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


def test_bunched_events_widen_the_posterior_and_the_years():
    plain, bunched = rate_posterior(100, 1.0), rate_posterior(100, 1.0, dispersion=4.0)
    assert bunched.mean == pytest.approx((100 / 4 + 0.5) / 0.25)
    spread = [np.subtract(*p.interval()[::-1]) for p in (plain, bunched)]
    assert spread[1] / spread[0] == pytest.approx(2.0, rel=0.02)  # sqrt(4), but for the prior
    years = draw_counts(np.random.default_rng(3), 50.0, 200_000, dispersion=4.0)
    # Variance 4 x mean; its Monte-Carlo error here is below 1 %, three times that allowed.
    assert years.mean() == pytest.approx(50.0, rel=0.01)
    assert years.var() == pytest.approx(200.0, rel=0.03)


@pytest.mark.parametrize("n, t, d", [(-1, 1.0, 1.0), (1, 0.0, 1.0), (1, 1.0, 0.5)])
def test_refusals(n, t, d):
    with pytest.raises(DesignError, match="events in"):
        rate_posterior(n, t, dispersion=d)


def test_recovery_posterior_interval_covers_the_rate():
    rng = np.random.default_rng(4)
    covered = []
    for _ in range(600):
        rate = rng.uniform(2.0, 30.0)
        low, high = rate_posterior(int(rng.poisson(rate * 0.7)), 0.7).interval(0.90)
        covered.append(low <= rate <= high)
    # Jeffreys intervals are close to nominal; three binomial standard errors plus one point.
    assert abs(np.mean(covered) - 0.90) < 3 * np.sqrt(0.09 / 600) + 0.01
