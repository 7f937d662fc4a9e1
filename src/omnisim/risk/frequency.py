"""How often: gamma-Poisson posterior of a yearly rate, widened when events come in bunches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from omnisim.errors import DesignError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MIN_EVENTS_FOR_DISPERSION = 20  # below, the dispersion test has next to no power


@dataclass(frozen=True, slots=True)
class Dispersion:
    """Variance of the counts per period over their mean; 1 for a Poisson process.

    Attributes
    ----------
    index : float
        Measured index of dispersion.
    p_value : float
        Chi-squared test of Poisson against more spread.
    used : float
        What the model works with: the index when the test rejects at 5 %, else 1.
    """

    index: float
    p_value: float
    used: float


def dispersion(period_counts: ArrayLike) -> Dispersion:
    """Fisher's index of dispersion over equally long periods.

    Season counts as dispersion here, which errs on the careful side.

    Examples
    --------
    >>> dispersion([5] * 10).used
    1.0
    >>> round(dispersion([0, 20] * 5).used, 2)
    11.11
    """
    counts = np.asarray(period_counts, dtype=float)
    total = float(counts.sum())
    if len(counts) < 3 or total < MIN_EVENTS_FOR_DISPERSION:
        return Dispersion(1.0, 1.0, 1.0)
    index = float(counts.var(ddof=1) / counts.mean())
    p_value = float(stats.chi2.sf((len(counts) - 1) * index, len(counts) - 1))
    return Dispersion(index, p_value, index if p_value < 0.05 and index > 1 else 1.0)


@dataclass(frozen=True, slots=True)
class RatePosterior:
    """Gamma posterior of events per year: ``Gamma(shape, rate)`` with mean ``shape / rate``.

    `dispersion` above 1 makes a year's count negative binomial with variance
    ``dispersion x mean``.
    """

    shape: float
    rate: float
    dispersion: float = 1.0

    @property
    def mean(self) -> float:
        """Posterior mean [events per year]."""
        return self.shape / self.rate

    def interval(self, level: float = 0.90) -> tuple[float, float]:
        """Equal-tailed credible interval [events per year]."""
        tail = (1 - level) / 2
        low, high = stats.gamma.ppf([tail, 1 - tail], self.shape, scale=1 / self.rate)
        return float(low), float(high)

    def draw(self, rng: np.random.Generator, size: int) -> FloatArray:
        """Rates from the posterior, shape (size,)."""
        return rng.gamma(self.shape, 1 / self.rate, size)


def rate_posterior(
    n_events: int, exposure_years: float, *, dispersion: float = 1.0
) -> RatePosterior:
    """Posterior under Jeffreys' prior ``Gamma(1/2, 0)``.

    ``Gamma(n / D + 1/2, T / D)``: with ``D > 1`` the data count for fewer independent events.

    Parameters
    ----------
    n_events : int
        Events seen.
    exposure_years : float
        Time watched [years], above 0.
    dispersion : float
        Index of dispersion, at least 1.

    Examples
    --------
    >>> rate_posterior(3, 0.5).mean
    7.0
    """
    if n_events < 0 or not exposure_years > 0 or dispersion < 1:
        raise DesignError(
            f"{n_events} events in {exposure_years} years, dispersion {dispersion}: "
            "give n >= 0, years > 0, dispersion >= 1"
        )
    return RatePosterior(n_events / dispersion + 0.5, exposure_years / dispersion, dispersion)


def draw_counts(
    rng: np.random.Generator, rate: float, size: int, *, dispersion: float = 1.0
) -> IntArray:
    """Events in each of `size` years at a known rate: Poisson, or negative binomial if dispersed."""
    if dispersion > 1 and rate > 0:
        yearly = rng.gamma(rate / (dispersion - 1), dispersion - 1, size)
        return rng.poisson(yearly)
    return rng.poisson(rate, size)
