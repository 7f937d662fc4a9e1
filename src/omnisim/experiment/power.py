"""What a test could have seen: power, smallest detectable effect, customers needed."""

from __future__ import annotations

from math import ceil

import numpy as np
from scipy import optimize, stats

from omnisim.errors import DesignError


def power_of_difference(
    effect: float, *, std_error: float, df: float, ci_level: float = 0.95
) -> float:
    """Chance that the two-sided interval leaves out zero when the true effect is `effect`.

    Noncentral t with `df` degrees of freedom; `effect` and `std_error` in the same unit.

    Examples
    --------
    >>> round(power_of_difference(0.0, std_error=1.0, df=1000), 3)
    0.05
    """
    if std_error <= 0 or df <= 0:
        raise DesignError(f"std_error = {std_error}, df = {df}: give positive numbers")
    reach, shift = float(stats.t.isf((1 - ci_level) / 2, df)), abs(effect) / std_error
    if df > 1e4 or shift > 12:  # t and normal agree to 1e-5 here, and scipy's nct fails far out
        return float(stats.norm.sf(reach - shift) + stats.norm.sf(reach + shift))
    # The far tail is nothing, or where scipy cannot compute it, next to nothing.
    far = float(np.nan_to_num(stats.nct.cdf(-reach, df, shift)))
    return float(stats.nct.sf(reach, df, shift)) + far


def smallest_detectable_effect(
    *, std_error: float, df: float, power: float = 0.8, ci_level: float = 0.95
) -> float:
    """The effect a test of this size finds with chance `power`, in the unit of `std_error`.

    It depends on the noise and the number of units only, never on the effect that was found: power
    "at the observed effect" is the p-value in disguise (Hoenig and Heisey 2001).

    Examples
    --------
    >>> round(smallest_detectable_effect(std_error=1.0, df=1e6), 2)
    2.8
    """
    if not 1 - ci_level < power < 1:
        raise DesignError(f"power = {power}: give a chance in ({1 - ci_level:.3g}, 1), e.g. 0.8")

    def shortfall(ratio: float) -> float:
        return power_of_difference(ratio, std_error=1.0, df=df, ci_level=ci_level) - power

    high = 4.0
    while shortfall(high) < 0:
        high *= 1.5
    return std_error * float(optimize.brentq(shortfall, 0.0, high))


def customers_needed(
    effect: float, *, std_error: float, n: int, power: float = 0.8, ci_level: float = 0.95
) -> int:
    """Customers in both arms together to detect `effect`, given what `n` customers achieved.

    Standard errors shrink with the square root of the number of customers at an unchanged split.

    Examples
    --------
    >>> customers_needed(1.4, std_error=1.0, n=1000)
    4005
    """
    if effect == 0 or n < 1:
        raise DesignError(f"effect = {effect}, n = {n}: give an effect other than 0 and n >= 1")
    sums = float(stats.norm.isf((1 - ci_level) / 2) + stats.norm.ppf(power))
    return ceil(n * (sums * std_error / effect) ** 2)
