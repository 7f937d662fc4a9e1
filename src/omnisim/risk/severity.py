"""How much per event: what was seen, a generalised Pareto tail beyond it, or experts' range."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from omnisim.errors import DesignError

FloatArray = NDArray[np.float64]

MIN_EMPIRICAL = 5  # fewer losses than this say little beside the experts' range
MIN_TAIL_EVENTS = 50
MAX_SHAPE = 0.5  # finite variance: an event cannot cost more than the stock, order or hours it hits
Z90 = 1.6448536269514722  # half of a middle-90 % range in standard deviations


@dataclass(frozen=True, slots=True)
class ParetoTail:
    """Generalised Pareto excess over a threshold: mean ``scale / (1 - shape)``."""

    shape: float
    scale: float

    @property
    def mean(self) -> float:
        """Mean excess, in the unit of the losses."""
        return self.scale / (1 - self.shape)

    def draw(self, rng: np.random.Generator, size: int) -> FloatArray:
        """Excesses by inversion, shape (size,)."""
        u = rng.random(size)
        if abs(self.shape) < 1e-9:
            return np.asarray(-self.scale * np.log1p(-u))
        return np.asarray(self.scale * np.expm1(-self.shape * np.log1p(-u)) / self.shape)


def fit_pareto_tail(excess: ArrayLike, *, max_shape: float = MAX_SHAPE) -> ParetoTail:
    """Probability-weighted moments of Hosking and Wallis (1987), shape held at `max_shape`.

    ``a0 = mean(x)``, ``a1 = mean(x_(i) (n - i) / (n - 1))`` over the rising order statistics;
    ``shape = 2 - a0 / (a0 - 2 a1)``, ``scale = 2 a0 a1 / (a0 - 2 a1)``. When the shape is held,
    the scale keeps the mean ``a0``.

    Parameters
    ----------
    excess : array
        Losses above the threshold less the threshold, at least 10, not all equal.

    References
    ----------
    Hosking, J. R. M. and Wallis, J. R. (1987). Parameter and quantile estimation for the
    generalized Pareto distribution. Technometrics, 29(3).
    """
    x = np.sort(np.asarray(excess, dtype=float))
    if len(x) < 10 or x[0] < 0 or not x[-1] > x[0]:
        raise DesignError(
            f"Pareto tail of {len(x)} excesses: give at least 10, >= 0, not all equal"
        )
    n = len(x)
    a0 = float(x.mean())
    a1 = float((x * np.arange(n - 1, -1, -1)).sum()) / (n * (n - 1))
    shape = 2 - a0 / (a0 - 2 * a1)
    if shape > max_shape:
        return ParetoTail(max_shape, a0 * (1 - max_shape))
    return ParetoTail(shape, 2 * a0 * a1 / (a0 - 2 * a1))


@dataclass(frozen=True, slots=True, eq=False)
class SeverityModel:
    """Loss per event.

    Attributes
    ----------
    kind : str
        ``empirical``, ``empirical + Pareto tail``, or ``expert lognormal``.
    body : array, rising
        Losses seen up to `threshold` (all of them without a tail), in currency.
    tail_excess : array, rising
        Losses above `threshold` less `threshold`; empty without a tail.
    log_mean, log_sd, log_mean_sd : float
        Of the expert lognormal: centre, spread, and doubt about the centre.
    """

    kind: Literal["empirical", "empirical + Pareto tail", "expert lognormal"]
    n_events: int
    body: FloatArray
    tail_excess: FloatArray
    threshold: float = 0.0
    log_mean: float = 0.0
    log_sd: float = 0.0
    log_mean_sd: float = 0.0

    @property
    def mean(self) -> float:
        """Central loss per event, in currency."""
        if self.kind == "expert lognormal":
            return math.exp(self.log_mean + self.log_sd**2 / 2)
        n_tail = len(self.tail_excess)
        if n_tail == 0:
            return float(self.body.mean())
        tail = self.threshold + fit_pareto_tail(self.tail_excess).mean
        return float((self.body.sum() + n_tail * tail) / (len(self.body) + n_tail))


def severity_model(severities: ArrayLike, *, prior_low: float, prior_high: float) -> SeverityModel:
    """Choose the model the number of losses allows.

    At least 50 losses: empirical body and a Pareto tail over the largest tenth (25 to 200 losses).
    5 to 49: empirical. Fewer: lognormal with the experts' middle 90 % as prior, weighing as much as
    one loss, and the losses seen.

    Parameters
    ----------
    severities : array
        Loss of each event seen, in currency, >= 0.
    prior_low, prior_high : float
        Middle 90 % given by experts, in currency, 0 < low < high.
    """
    x = np.sort(np.asarray(severities, dtype=float))
    if not np.isfinite(x).all() or (len(x) and x[0] < 0):
        raise DesignError("losses must be finite and >= 0")
    if not 0 < prior_low < prior_high:
        raise DesignError(f"expert range {prior_low} to {prior_high}: give 0 < low < high")
    empty = np.empty(0)
    n = len(x)
    if n < MIN_EMPIRICAL:
        centre = (math.log(prior_low) + math.log(prior_high)) / 2
        spread = (math.log(prior_high) - math.log(prior_low)) / (2 * Z90)
        seen = np.log(np.maximum(x, prior_low))  # a loss of 0 counts as the experts' low end
        return SeverityModel(
            "expert lognormal",
            n,
            x,
            empty,
            log_mean=(centre + float(seen.sum())) / (1 + n),
            log_sd=spread,
            log_mean_sd=spread / math.sqrt(1 + n),
        )
    if n >= MIN_TAIL_EVENTS:
        n_tail = int(np.clip(round(0.1 * n), 25, 200))
        threshold = float(x[n - n_tail - 1])
        excess = x[n - n_tail :] - threshold
        if excess[-1] > excess[0]:
            return SeverityModel(
                "empirical + Pareto tail", n, x[: n - n_tail], excess, threshold=threshold
            )
    return SeverityModel("empirical", n, x, empty)


@dataclass(frozen=True, slots=True, eq=False)
class SeverityDraw:
    """One draw from the posterior of a severity model: a distribution that can be sampled.

    `mean` is exact for the draw, so expected annual loss carries no sampling noise of its own.
    """

    model: SeverityModel
    weights: FloatArray | None  # cumulative, over the body
    body_mean: float
    body_variance: float
    tail_share: float
    tail: ParetoTail | None
    log_mean: float

    @property
    def mean(self) -> float:
        """Mean loss per event, in currency."""
        if self.model.kind == "expert lognormal":
            return math.exp(self.log_mean + self.model.log_sd**2 / 2)
        if self.tail is None:
            return self.body_mean
        beyond = self.model.threshold + self.tail.mean
        return (1 - self.tail_share) * self.body_mean + self.tail_share * beyond


MAX_WEIGHTED = 2000  # beyond, the mean of the body is normal to all shown digits


def draw_severity(model: SeverityModel, rng: np.random.Generator) -> SeverityDraw:
    """One draw from the posterior: Bayesian bootstrap (Rubin 1981) of body and tail.

    With few losses the whole distribution is reweighted; with many only its mean moves.
    """
    if model.kind == "expert lognormal":
        return SeverityDraw(
            model, None, 0.0, 0.0, 0.0, None, rng.normal(model.log_mean, model.log_mean_sd)
        )
    body, n = model.body, len(model.body)
    if n <= MAX_WEIGHTED:
        weight = rng.dirichlet(np.ones(n))
        mean = float(weight @ body)
        variance = max(float(weight @ body**2) - mean**2, 0.0)
        weights: FloatArray | None = np.cumsum(weight)
    else:
        mean = max(float(rng.normal(body.mean(), body.std() / math.sqrt(n))), 0.0)
        variance, weights = float(body.var()), None
    n_tail = len(model.tail_excess)
    if n_tail == 0:
        return SeverityDraw(model, weights, mean, variance, 0.0, None, 0.0)
    resampled = rng.choice(model.tail_excess, n_tail)
    if not resampled.max() > resampled.min():
        resampled = model.tail_excess
    return SeverityDraw(
        model,
        weights,
        mean,
        variance,
        float(rng.beta(n_tail, n)),
        fit_pareto_tail(resampled),
        0.0,
    )
