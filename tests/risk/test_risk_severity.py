import math

import numpy as np
import pytest
from scipy import stats

from omnisim.errors import DesignError
from omnisim.risk import fit_pareto_tail, severity_model
from omnisim.risk.severity import ParetoTail, draw_severity


def test_pareto_moments_of_a_small_sample_by_hand():
    # x = 1..10: a0 = 5.5; a1 = sum(x_i (10 - i)) / 90 = 165 / 90
    tail = fit_pareto_tail(np.arange(1.0, 11.0))
    a0, a1 = 5.5, 165 / 90
    assert tail.shape == pytest.approx(2 - a0 / (a0 - 2 * a1))
    assert tail.scale == pytest.approx(2 * a0 * a1 / (a0 - 2 * a1))
    assert tail.mean == pytest.approx(a0)  # the fit keeps the mean


@pytest.mark.parametrize("shape", [-0.3, 0.0, 0.25])
def test_recovery_of_a_known_tail(shape):
    x = stats.genpareto.rvs(shape, scale=50.0, size=4000, random_state=5)
    tail = fit_pareto_tail(x)
    # Hosking and Wallis, table 1: asymptotic sd of the shape about 1.1-1.4 / sqrt(n) here.
    assert tail.shape == pytest.approx(shape, abs=3 * 1.4 / math.sqrt(4000))
    assert tail.scale == pytest.approx(50.0, rel=3 * 1.6 / math.sqrt(4000))
    other_shape, _, other_scale = stats.genpareto.fit(x, floc=0)  # maximum likelihood
    assert tail.shape == pytest.approx(other_shape, abs=0.08)
    assert tail.scale == pytest.approx(other_scale, rel=0.08)


def test_a_wild_tail_is_held_and_keeps_its_mean():
    x = stats.genpareto.rvs(0.9, scale=1.0, size=400, random_state=6)
    tail = fit_pareto_tail(x)
    assert tail.shape == 0.5
    assert tail.mean == pytest.approx(x.mean())


@pytest.mark.parametrize("shape", [-0.4, 0.0, 0.3])
def test_tail_draws_follow_scipys_distribution(shape):
    drawn = ParetoTail(shape, 2.0).draw(np.random.default_rng(7), 20_000)
    # A right sampler fails one seed in a thousand; this one is fixed.
    assert stats.kstest(drawn, stats.genpareto(shape, scale=2.0).cdf).pvalue > 0.001


def test_model_by_number_of_losses():
    def kind(n):
        return severity_model(np.arange(1.0, n + 1), prior_low=1.0, prior_high=9.0).kind

    assert [kind(n) for n in (0, 4, 5, 49, 50)] == [
        "expert lognormal",
        "expert lognormal",
        "empirical",
        "empirical",
        "empirical + Pareto tail",
    ]
    same = severity_model(np.full(80, 3.0), prior_low=1.0, prior_high=9.0)
    assert same.kind == "empirical"  # nothing to fit a tail to
    assert same.mean == 3.0


def test_tail_split_and_mean():
    x = np.random.default_rng(8).gamma(2.0, 10.0, 1000)
    model = severity_model(x, prior_low=1.0, prior_high=9.0)
    assert (len(model.body), len(model.tail_excess)) == (900, 100)
    # The Pareto fit keeps the mean of the excesses, so the model keeps the mean of the losses.
    assert model.mean == pytest.approx(x.mean())


def test_expert_prior_by_hand():
    low, high = 10.0, 1000.0
    none = severity_model([], prior_low=low, prior_high=high)
    assert math.exp(none.log_mean) == pytest.approx(100.0)
    assert stats.norm.cdf(math.log(high), none.log_mean, none.log_sd) == pytest.approx(0.95)
    one = severity_model([1000.0], prior_low=low, prior_high=high)
    # The range weighs as much as one loss: halfway between 100 and 1000 on the log scale.
    assert math.exp(one.log_mean) == pytest.approx(math.sqrt(100 * 1000))
    assert one.log_mean_sd == pytest.approx(one.log_sd / math.sqrt(2))


@pytest.mark.parametrize("n", [30, 900, 5000])
def test_posterior_of_the_mean_has_the_right_spread(n):
    x = np.random.default_rng(9).gamma(2.0, 10.0, n)
    model = severity_model(x, prior_low=1.0, prior_high=9.0)
    rng = np.random.default_rng(10)
    means = np.array([draw_severity(model, rng).mean for _ in range(1500)])
    error = x.std() / math.sqrt(n)
    # Bayesian bootstrap: mean of the losses, sd = classic standard error (within n / (n + 1) and
    # the Monte-Carlo error of 1 500 draws, 1.8 %; three times that, and 8 % for the fitted tail).
    assert means.mean() == pytest.approx(x.mean(), abs=4 * error / math.sqrt(1500) + 0.02 * error)
    assert means.std() == pytest.approx(error, rel=0.14)


@pytest.mark.parametrize(
    "losses, low, high, words",
    [([-1.0], 1, 2, ">= 0"), ([np.inf], 1, 2, "finite"), ([1.0], 2, 1, "expert range")],
)
def test_refusals(losses, low, high, words):
    with pytest.raises(DesignError, match=words):
        severity_model(losses, prior_low=low, prior_high=high)
