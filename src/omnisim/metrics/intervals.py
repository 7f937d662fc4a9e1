"""Intervals for the kinds of numbers a scorecard holds: shares, counts, means, ratios, NPS."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from omnisim.errors import DesignError
from omnisim.language import say


@dataclass(frozen=True, slots=True)
class Measured:
    """A value with its interval; `n` is how many units it rests on."""

    value: float
    ci_low: float
    ci_high: float
    n: int


def wilson(n_hits: int, n: int, *, level: float = 0.95) -> Measured:
    """Share with Wilson's (1927) score interval.

    Parameters
    ----------
    n_hits, n : int
        Units with the property; all units, at least 1.
    level : float
        Probability of the interval, in (0, 1).

    Examples
    --------
    >>> share = wilson(8, 10)
    >>> round(share.ci_low, 4), round(share.ci_high, 4)
    (0.4902, 0.9433)
    """
    if n < 1 or not 0 <= n_hits <= n:
        raise DesignError(
            say("share of {n_hits} in {n}: give 0 <= n_hits <= n and n >= 1", n_hits=n_hits, n=n)
        )
    z = float(stats.norm.ppf((1 + level) / 2))
    p = n_hits / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Measured(p, min(max(middle - reach, 0.0), p), max(min(middle + reach, 1.0), p), n)


def poisson(n_events: int, *, exposure: float = 1.0, level: float = 0.95) -> Measured:
    """Rate with the exact interval of Garwood (1936); `exposure` in the unit of the rate.

    Examples
    --------
    >>> rate = poisson(10)
    >>> round(rate.ci_low, 3), round(rate.ci_high, 3)
    (4.795, 18.39)
    """
    if n_events < 0 or not exposure > 0:
        raise DesignError(f"{n_events} events in {exposure}: give n >= 0 and exposure > 0")
    tail = (1 - level) / 2
    low = float(stats.chi2.ppf(tail, 2 * n_events)) / 2 if n_events else 0.0
    high = float(stats.chi2.ppf(1 - tail, 2 * n_events + 2)) / 2
    return Measured(n_events / exposure, low / exposure, high / exposure, n_events)


def mean_from_moments(
    total: float, total_squares: float, n: int, *, level: float = 0.95
) -> Measured:
    """Mean with Student's interval, from `n`, the sum and the sum of squares *about any origin*.

    Used on sums that DuckDB made in double precision; amounts are small beside 2**53, so the
    cancellation costs fewer digits than are shown.
    """
    if n < 2:
        raise DesignError(say("mean of {n} units: an interval needs at least 2", n=n))
    mean = total / n
    variance = max(total_squares - n * mean * mean, 0.0) / (n - 1)
    reach = float(stats.t.ppf((1 + level) / 2, n - 1)) * math.sqrt(variance / n)
    return Measured(mean, mean - reach, mean + reach, n)


def wilson_columns(frame: pd.DataFrame, *, hits: str, base: str) -> pd.DataFrame:
    """The frame with share, ci_low and ci_high of the column `hits` in the column `base`, row by row.

    Rows with an empty base get missing values: there is nothing to tell.
    """
    found = [
        wilson(int(k), int(n)) if n else None for k, n in zip(frame[hits], frame[base], strict=True)
    ]
    nothing = float("nan")
    return frame.assign(
        share=[m.value if m else nothing for m in found],
        ci_low=[m.ci_low if m else nothing for m in found],
        ci_high=[m.ci_high if m else nothing for m in found],
    )


def total_per_year(total: float, total_squares: float, n: int, years: float) -> Measured:
    """A sum of amounts as a yearly rate, for events that come as a Poisson process.

    ``se = sqrt(sum of squared amounts) / years``: 95 % normal interval, never below 0.
    """
    if not years > 0:
        raise DesignError(f"{years} years: give a time above 0")
    reach = float(stats.norm.ppf(0.975)) * math.sqrt(total_squares)
    low = max(total - reach, 0.0)
    return Measured(total / years, low / years, (total + reach) / years, n)


def ratio(numerator: ArrayLike, denominator: ArrayLike, *, level: float = 0.95) -> Measured:
    """Ratio of sums with the delta method over independent units (rows), e.g. refund over sales.

    ``r = sum(y) / sum(x)``, ``se = sqrt(n / (n - 1) * sum((y - r x)^2)) / sum(x)``
    (Cochran 1977, eq. 2.46, without finite-population correction).

    Examples
    --------
    >>> r = ratio([0, 10, 0, 20], [50, 50, 50, 50])
    >>> round(r.value, 3), round(r.ci_low, 3), round(r.ci_high, 3)
    (0.15, -0.155, 0.455)
    """
    y: NDArray[np.float64] = np.asarray(numerator, dtype=float)
    x: NDArray[np.float64] = np.asarray(denominator, dtype=float)
    if y.shape != x.shape or y.ndim != 1:
        raise DesignError(f"ratio: shapes {y.shape} and {x.shape}; give two equally long columns")
    if not (np.isfinite(y).all() and np.isfinite(x).all()):
        raise DesignError("ratio: a value is missing or infinite; give finite numbers")
    n, base = len(y), float(x.sum())
    if n < 2 or base <= 0:
        raise DesignError(
            say(
                "ratio over {n} units with base {base}: needs 2 units and a base > 0",
                n=n,
                base=base,
            )
        )
    value = float(y.sum()) / base
    error = math.sqrt(n / (n - 1) * float(((y - value * x) ** 2).sum())) / base
    reach = float(stats.t.ppf((1 + level) / 2, n - 1)) * error
    return Measured(value, value - reach, value + reach, n)


def net_promoter_score(scores: ArrayLike, *, level: float = 0.95) -> Measured:
    """NPS in points: ``100 (p - d)``, ``se = 100 sqrt((p + d - (p - d)^2) / n)``.

    Parameters
    ----------
    scores : array of int
        Answers from 0 to 10; 9-10 are promoters (share `p`), 0-6 detractors (share `d`).

    Examples
    --------
    >>> nps = net_promoter_score([10, 9, 8, 5])
    >>> nps.value, round(nps.ci_low, 1), round(nps.ci_high, 1)
    (25.0, -56.3, 106.3)
    """
    x = np.asarray(scores, dtype=float)
    if len(x) == 0 or not ((x >= 0) & (x <= 10)).all():
        raise DesignError("NPS: give at least one score, all from 0 to 10")
    p, d = float((x >= 9).mean()), float((x <= 6).mean())
    error = 100 * math.sqrt((p + d - (p - d) ** 2) / len(x))
    value = 100 * (p - d)
    reach = float(stats.norm.ppf((1 + level) / 2)) * error
    return Measured(value, value - reach, value + reach, len(x))


def relative_change(
    before: Sequence[float], after: Sequence[float], *, level: float = 0.95
) -> Measured:
    """Change of the mean per period, relative to before, interval by the delta method on logs.

    `before` and `after` are totals of equally long periods (e.g. weeks), at least 3 each, taken as
    independent: neighbouring weeks are not quite, so the interval is a lower limit of doubt.

    Examples
    --------
    >>> round(relative_change([100, 100, 103], [110, 112, 111]).value, 4)
    0.099
    """
    old, new = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    if min(len(old), len(new)) < 3 or old.mean() <= 0 or new.mean() <= 0:
        raise DesignError(say("growth: needs at least 3 periods with sales before and after"))
    parts = [x.var(ddof=1) / len(x) / x.mean() ** 2 for x in (old, new)]
    reach = float(stats.t.ppf((1 + level) / 2, min(len(old), len(new)) - 1)) * math.sqrt(sum(parts))
    centre = math.log(new.mean() / old.mean())
    return Measured(
        math.expm1(centre),
        math.expm1(centre - reach),
        math.expm1(centre + reach),
        len(old) + len(new),
    )
