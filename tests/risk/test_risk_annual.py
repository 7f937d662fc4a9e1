import numpy as np
import pytest

from omnisim.errors import DesignError
from omnisim.risk import (
    AnnualLoss,
    ExpertLoss,
    exceedance,
    portfolio,
    rate_posterior,
    severity_model,
    simulate_annual_loss,
)
from omnisim.risk.annual import sum_losses
from omnisim.risk.frequency import draw_counts
from omnisim.risk.severity import draw_severity


@pytest.mark.parametrize(
    "rate, n_losses, dispersion",
    [(6.0, 20, 1.0), (40.0, 400, 1.0), (3000.0, 4000, 1.0), (900.0, 900, 3.0)],
)
def test_compound_sum_against_the_closed_form(rate, n_losses, dispersion):
    """Mean ``l E[X]``, variance ``l Var X + D l E[X]^2`` (``l E[X^2]`` for Poisson)."""
    x = np.random.default_rng(1).gamma(2.0, 10.0, n_losses)
    model = draw_severity(
        severity_model(x, prior_low=1.0, prior_high=9.0), np.random.default_rng(2)
    )
    n_years = 60_000
    rng = np.random.default_rng(3)
    counts = draw_counts(rng, rate, n_years, dispersion=dispersion)
    losses = sum_losses(counts, model, rng)
    second = _second_moment(model)
    variance = rate * (second - model.mean**2) + dispersion * rate * model.mean**2
    # Four Monte-Carlo standard errors; the variance's own error is near sqrt(3 / n_years) of it.
    assert losses.mean() == pytest.approx(
        rate * model.mean, abs=4 * np.sqrt(variance / n_years) + 1e-9
    )
    assert losses.var() == pytest.approx(variance, rel=4 * np.sqrt(3 / n_years))


def _second_moment(draw):
    body = draw.body_variance + draw.body_mean**2
    if draw.tail is None:
        return body
    k, s, u = draw.tail.shape, draw.tail.scale, draw.model.threshold
    excess_variance = s**2 / ((1 - k) ** 2 * (1 - 2 * k))
    tail = excess_variance + (u + draw.tail.mean) ** 2
    return (1 - draw.tail_share) * body + draw.tail_share * tail


def test_simulated_mean_is_the_expected_annual_loss():
    x = np.random.default_rng(4).gamma(2.0, 10.0, 30)
    loss = simulate_annual_loss(
        rate_posterior(30, 1.0),
        severity_model(x, prior_low=1.0, prior_high=9.0),
        np.random.default_rng(5),
    )
    # Same posterior draws, so only the luck of 20 000 years is left: sd / sqrt(n), four times.
    assert loss.years.mean() == pytest.approx(
        loss.eal, abs=4 * loss.years.std() / np.sqrt(len(loss.years))
    )
    # By hand: (30 + 1/2) events a year x mean loss; posterior draws are 400, four of their errors.
    assert loss.eal == pytest.approx(
        30.5 * x.mean(), abs=4 * loss.expected.std() / np.sqrt(len(loss.expected))
    )
    low, high = loss.eal_interval()
    assert low < loss.eal < high
    assert loss.quantile(0.5) < loss.quantile(0.9) < loss.quantile(0.95)


def test_recovery_interval_of_expected_loss_covers_the_truth():
    """Ten losses a year with mean 20, watched for a year, 150 times."""
    covered = []
    for world in range(150):
        rng = np.random.default_rng([6, world])
        n = int(rng.poisson(10.0))
        loss = simulate_annual_loss(
            rate_posterior(n, 1.0),
            severity_model(rng.gamma(2.0, 10.0, n), prior_low=4.0, prior_high=60.0),
            rng,
            n_years=400,
            n_draws=400,
        )
        low, high = loss.eal_interval(0.90)
        covered.append(low <= 200.0 <= high)
    # Nominal 90 %; three binomial standard errors at 150 worlds, and 5 points because the
    # bootstrap of ten skewed losses is known to be a little narrow.
    assert np.mean(covered) > 0.90 - 3 * np.sqrt(0.09 / 150) - 0.05


def test_expert_loss_and_scale_add_what_they_should():
    rate, severity = (
        rate_posterior(20, 1.0),
        severity_model(np.full(20, 5.0), prior_low=1.0, prior_high=9.0),
    )
    plain = simulate_annual_loss(rate, severity, np.random.default_rng(7))
    doubt = simulate_annual_loss(rate, severity, np.random.default_rng(7), scale_log_sd=0.4)
    wide = [np.log(x.expected).std() for x in (plain, doubt)]
    # Independent on the log scale: variances add; 400 draws know an sd to 3.5 %, three times that.
    assert wide[1] == pytest.approx(np.hypot(wide[0], 0.4), rel=0.11)
    rare = ExpertLoss(rate_per_year=0.5, low=100.0, high=100.0001)
    more = simulate_annual_loss(rate, severity, np.random.default_rng(7), rare=rare)
    extra = more.expected - plain.expected
    # Rate Gamma(1) with mean 0.5: sd 0.5; 400 draws, four errors.
    assert extra.mean() == pytest.approx(50.0, abs=4 * 50.0 / np.sqrt(400))


def test_treatment_factors_scale_the_expected_loss_exactly():
    rate, severity = (
        rate_posterior(20, 1.0),
        severity_model(np.arange(1.0, 21.0), prior_low=1.0, prior_high=9.0),
    )
    plain = simulate_annual_loss(rate, severity, np.random.default_rng(8))
    half = simulate_annual_loss(rate, severity, np.random.default_rng(8), severity_factor=0.5)
    assert np.allclose(half.years, plain.years * 0.5)
    none = simulate_annual_loss(rate, severity, np.random.default_rng(8), rate_factor=0.0)
    assert none.eal == 0.0
    assert not none.years.any()


def test_same_seed_same_years():
    rate, severity = rate_posterior(3, 0.5), severity_model([9.0], prior_low=1.0, prior_high=9.0)
    one, two = (simulate_annual_loss(rate, severity, np.random.default_rng(9)) for _ in "ab")
    assert np.array_equal(one.years, two.years)


def test_exceedance_falls_and_agrees_with_counting():
    years = np.random.default_rng(10).gamma(2.0, 10.0, 20_000)
    amount, share = exceedance(years)
    assert (np.diff(amount) >= 0).all()
    assert (np.diff(share) <= 0).all()
    middle = len(amount) // 2
    assert (years > amount[middle]).mean() == pytest.approx(share[middle], abs=2 / 20_000)


def test_quantile_interval_is_the_spread_of_other_simulations():
    rate, severity = (
        rate_posterior(20, 1.0),
        severity_model(np.arange(1.0, 21.0), prior_low=1.0, prior_high=9.0),
    )
    runs = [
        simulate_annual_loss(rate, severity, np.random.default_rng(s), n_years=4000, n_draws=200)
        for s in range(40)
    ]
    others = np.std([r.quantile(0.95) for r in runs], ddof=1)
    low, high = runs[0].quantile_interval(0.95)
    assert low <= runs[0].quantile(0.95) <= high
    # A middle 90 % is 3.29 sd wide; an sd of 40 runs is known to 11 %, one of 100 resamples to 7 %
    # and the width of one bootstrap varies about as much again: within a factor of 1.6.
    assert 1 / 1.6 < (high - low) / (3.29 * others) < 1.6


def _loss(seed):
    rng = np.random.default_rng(seed)
    years = rng.lognormal(3, 1, 20_000)
    return AnnualLoss(years, rng.gamma(50, 1, 400), np.ones(400), np.ones(400))


def test_portfolio_sums_expectations_whatever_the_dependence():
    parts = [_loss(s) for s in range(5)]
    alone, together = portfolio(parts), portfolio(parts, correlation=0.6)
    assert np.allclose(alone.expected, sum(p.expected for p in parts))
    assert np.array_equal(alone.expected, together.expected)
    assert alone.years.mean() == pytest.approx(together.years.mean())  # the same years, reordered
    assert together.quantile(0.95) > 1.05 * alone.quantile(0.95)
    # Independent: variances add; the sample variance of a lognormal at 20 000 is known to ~10 %.
    assert alone.years.var() == pytest.approx(sum(p.years.var() for p in parts), rel=0.1)


def test_refusals():
    rate, severity = rate_posterior(1, 1.0), severity_model([], prior_low=1.0, prior_high=9.0)
    with pytest.raises(DesignError, match="must divide"):
        simulate_annual_loss(rate, severity, np.random.default_rng(0), n_years=10, n_draws=3)
    with pytest.raises(DesignError, match="correlation = 1"):
        portfolio([_loss(1)], correlation=1.0)
    with pytest.raises(DesignError, match="at least one"):
        portfolio([])
