"""Annual loss: compound counts and severities, simulated over years and over what we do not know.

Two loops: outer draws of rate, severity and assumptions from their posterior, inner years at each
draw. Years then show luck and ignorance together; the outer draws alone give the interval of the
*expected* annual loss.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from omnisim.errors import DesignError
from omnisim.risk.frequency import RatePosterior, draw_counts
from omnisim.risk.severity import Z90, SeverityDraw, SeverityModel, draw_severity

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MAX_SINGLE = 500  # body losses per year drawn one by one; beyond, their bounded sum is normal


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertLoss:
    """A rare loss outside the data: yearly rate and the middle 90 % of its size, in currency."""

    rate_per_year: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class AnnualLoss:
    """The distribution of a year's loss.

    Attributes
    ----------
    years : array, shape (n_years,)
        Simulated losses, in currency per year.
    expected : array, shape (n_draws,)
        Expected annual loss at each posterior draw.
    rate, mean_severity : array, shape (n_draws,)
        Events per year and loss per event at each draw.
    """

    years: FloatArray
    expected: FloatArray
    rate: FloatArray
    mean_severity: FloatArray

    @property
    def eal(self) -> float:
        """Expected annual loss: posterior mean, in currency per year."""
        return float(self.expected.mean())

    def eal_interval(self, level: float = 0.90) -> tuple[float, float]:
        """Equal-tailed credible interval of the expected annual loss."""
        low, high = np.quantile(self.expected, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)

    def quantile(self, p: float) -> float:
        """Loss not exceeded in a share `p` of years."""
        return float(np.quantile(self.years, p))

    def quantile_interval(
        self, p: float, level: float = 0.90, *, n_resamples: int = 100
    ) -> tuple[float, float]:
        """Simulation error of :meth:`quantile`: whole posterior draws resampled, fixed seed.

        It says how far another simulation would differ; what is unknown about the business is
        inside the years already.
        """
        rng = np.random.default_rng(0)
        blocks = self.years.reshape(len(self.expected), -1)
        found = [
            np.quantile(blocks[rng.integers(0, len(blocks), len(blocks))], p)
            for _ in range(n_resamples)
        ]
        low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
        middle = self.quantile(p)
        return min(float(low), middle), max(float(high), middle)

    def probability_above(self, amount: float) -> float:
        """Share of years that lose more than `amount`."""
        return float((self.years > amount).mean())


def sum_losses(counts: IntArray, severity: SeverityDraw, rng: np.random.Generator) -> FloatArray:
    """Total loss of each year given its number of events, shape (n_years,)."""
    if severity.model.kind == "expert lognormal":
        total = int(counts.sum())
        return _by_year(rng.lognormal(severity.log_mean, severity.model.log_sd, total), counts)
    in_tail = rng.binomial(counts, severity.tail_share) if severity.tail else np.zeros_like(counts)
    in_body = counts - in_tail
    if severity.weights is not None and in_body.mean() <= MAX_SINGLE:
        place = np.searchsorted(severity.weights, rng.random(int(in_body.sum())), side="right")
        body = severity.model.body
        losses = _by_year(body[np.minimum(place, len(body) - 1)], in_body)
    else:
        spread = np.sqrt(in_body * severity.body_variance)
        losses = np.maximum(rng.normal(in_body * severity.body_mean, spread), 0.0)
    if severity.tail is not None:
        excess = severity.tail.draw(rng, int(in_tail.sum()))
        losses += _by_year(excess + severity.model.threshold, in_tail)
    return losses


def simulate_annual_loss(
    rate: RatePosterior,
    severity: SeverityModel,
    rng: np.random.Generator,
    *,
    n_years: int = 20_000,
    n_draws: int = 400,
    scale_log_sd: float = 0.0,
    rare: ExpertLoss | None = None,
    rate_factor: ArrayLike = 1.0,
    severity_factor: ArrayLike = 1.0,
) -> AnnualLoss:
    """Simulate years of one risk.

    Parameters
    ----------
    rate, severity
        Posterior of events per year; model of loss per event.
    n_years, n_draws : int
        Years in all, and posterior draws they are spread over; `n_draws` divides `n_years`.
    scale_log_sd : float
        Doubt about the unit costs: every loss of a draw is multiplied by ``exp(N(0, s))``.
    rare : ExpertLoss, optional
        A rare expert loss added on top, its rate as doubtful as one event (gamma with shape 1).
    rate_factor, severity_factor : float or array, shape (n_draws,)
        What treatments leave of rate and severity (rare loss: of its rate too).
    """
    if n_draws < 1 or n_years < 1 or n_years % n_draws:
        raise DesignError(f"n_years = {n_years}, n_draws = {n_draws}: n_draws must divide n_years")
    per_draw = n_years // n_draws
    left_rate = np.broadcast_to(np.asarray(rate_factor, dtype=float), n_draws)
    left_size = np.broadcast_to(np.asarray(severity_factor, dtype=float), n_draws)
    rates = rate.draw(rng, n_draws) * left_rate
    scale = np.exp(rng.normal(0.0, scale_log_sd, n_draws)) * left_size
    years = np.empty(n_years)
    mean_severity = np.empty(n_draws)
    for draw in range(n_draws):
        model = draw_severity(severity, rng)
        counts = draw_counts(rng, rates[draw], per_draw, dispersion=rate.dispersion)
        mean_severity[draw] = model.mean * scale[draw]
        losses = sum_losses(counts, model, rng) * scale[draw]
        years[draw * per_draw : (draw + 1) * per_draw] = losses
    expected = rates * mean_severity
    if rare is not None:
        extra, extra_expected = _rare_losses(rare, left_rate, left_size, per_draw, rng)
        years, expected = years + extra, expected + extra_expected
    return AnnualLoss(years, expected, rates, mean_severity)


def exceedance(years: FloatArray, *, n_points: int = 200) -> tuple[FloatArray, FloatArray]:
    """Loss-exceedance curve: amounts (rising) and the share of years above each."""
    share = np.geomspace(1.0, max(10 / len(years), 0.001), n_points)[::-1]
    amount = np.quantile(years, 1 - share)
    order = np.argsort(amount, kind="stable")
    return amount[order], share[order]


def portfolio(parts: list[AnnualLoss], *, correlation: float = 0.0, seed: int = 0) -> AnnualLoss:
    """All risks together.

    Parameters
    ----------
    parts : list of AnnualLoss
        Same numbers of years and draws.
    correlation : float in [0, 1)
        Of a Gaussian copula between the risks' years; 0 adds them independently. Expected losses
        do not depend on it, bad years do.

    Notes
    -----
    Years are put in the rank order of correlated normals (Iman and Conover 1982), so every risk
    keeps its own distribution exactly.
    """
    if not parts:
        raise DesignError("portfolio: give at least one risk")
    if not 0 <= correlation < 1:
        raise DesignError(f"correlation = {correlation}: give a number in [0, 1)")
    expected = np.sum([p.expected for p in parts], axis=0)
    rng = np.random.default_rng(seed)
    n = len(parts[0].years)
    common = rng.normal(size=n)
    years = np.zeros(n)
    for part in parts:
        own = rng.normal(size=n)
        rank = stats.rankdata(
            np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own, method="ordinal"
        )
        years += np.sort(part.years)[rank.astype(int) - 1]
    rates = np.sum([p.rate for p in parts], axis=0)
    return AnnualLoss(years, expected, rates, expected / np.maximum(rates, 1e-300))


def _by_year(losses: FloatArray, counts: IntArray) -> FloatArray:
    """Sum a run of losses into years of `counts` events each."""
    year = np.repeat(np.arange(len(counts)), counts)
    return np.asarray(np.bincount(year, weights=losses, minlength=len(counts)), dtype=float)


def _rare_losses(
    rare: ExpertLoss,
    left_rate: FloatArray,
    left_size: FloatArray,
    per_draw: int,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray]:
    """Years and expected loss of an expert loss."""
    centre = (np.log(rare.low) + np.log(rare.high)) / 2
    spread = (np.log(rare.high) - np.log(rare.low)) / (2 * Z90)
    rates = rng.gamma(1.0, rare.rate_per_year, len(left_rate)) * left_rate
    counts = rng.poisson(np.repeat(rates, per_draw))
    size = np.repeat(left_size, per_draw)
    years = _by_year(rng.lognormal(centre, spread, int(counts.sum())), counts) * size
    return years, rates * left_size * float(np.exp(centre + spread**2 / 2))
