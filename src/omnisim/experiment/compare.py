"""Two arms compared: means (Welch), means with a pre-period covariate (CUPED), shares, relative lift.

Every function takes :class:`~omnisim.experiment.moments.Moments`, whose first column is the outcome and
whose further columns are covariates measured before the assignment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize, stats

from omnisim.errors import DesignError
from omnisim.experiment.moments import FloatArray, Moments


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Treatment minus control, in the unit of the outcome per unit of assignment.

    Attributes
    ----------
    estimate, std_error, ci_low, ci_high : float
        The difference, its standard error and its interval at `ci_level`.
    df : float
        Degrees of freedom of the t quantile; infinity for shares.
    p_value : float
        Two-sided, from the same interval method: it is below ``1 - ci_level`` exactly when the
        interval leaves out zero.
    control_mean : float
        Mean of control, adjusted to the covariates of all units when there are any.
    variance_removed : float
        Share of the variance of the difference that the covariates took away.
    """

    estimate: float
    std_error: float
    df: float
    ci_low: float
    ci_high: float
    p_value: float
    ci_level: float
    control_mean: float
    n_control: int
    n_treatment: int
    method: str
    variance_removed: float = 0.0

    @property
    def is_significant(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.ci_low > 0 or self.ci_high < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """Effect as a share of the control mean, with Fieller's interval."""

    estimate: float
    ci_low: float
    ci_high: float
    ci_level: float


def difference_in_means(
    control: Moments, treatment: Moments, *, ci_level: float = 0.95
) -> Difference:
    """Difference in means with unequal variances.

    Parameters
    ----------
    control, treatment : Moments
        Outcome in the first column; further columns are ignored.
    ci_level : float
        Level of the interval, in (0, 1).

    References
    ----------
    Welch, B. L. (1947). The generalization of 'Student's' problem when several different population
    variances are involved. Biometrika, 34. Degrees of freedom: Satterthwaite (1946).

    Examples
    --------
    >>> found = difference_in_means(Moments.of([1.0, 2.0, 3.0]), Moments.of([2.0, 4.0, 6.0]))
    >>> found.estimate, round(found.std_error, 4), round(found.df, 4)
    (2.0, 1.291, 2.9412)
    """
    return _contrast(control, treatment, np.zeros(0), ci_level, "difference in means (Welch)")


def difference_with_covariates(
    control: Moments, treatment: Moments, *, ci_level: float = 0.95
) -> Difference:
    """Difference in means after removing what pre-period covariates predict (CUPED).

    ``effect = (y_t - y_c) - theta (x_t - x_c)`` with one theta for both arms, the slope within arms.
    Randomisation makes the second bracket zero on average, so the effect stays unbiased for large
    samples and loses the variance that the covariates explain.

    Parameters
    ----------
    control, treatment : Moments
        Outcome first, then one or more covariates, all measured before the assignment.

    Raises
    ------
    DesignError
        When there is no covariate.

    References
    ----------
    Deng, A., Xu, Y., Kohavi, R., Walker, T. (2013). Improving the sensitivity of online controlled
    experiments by utilizing pre-experiment data. WSDM.
    """
    theta = _slope(control, treatment)
    plain = difference_in_means(control, treatment, ci_level=ci_level)
    adjusted = _contrast(
        control, treatment, theta, ci_level, "difference in means adjusted by CUPED (Welch)"
    )
    removed = 1 - (adjusted.std_error / plain.std_error) ** 2 if plain.std_error > 0 else 0.0
    return replace(adjusted, variance_removed=removed)


def relative_lift(control: Moments, treatment: Moments, *, ci_level: float = 0.95) -> Lift:
    """The effect as a share of the control mean, with Fieller's interval.

    With covariates, both the effect and the control mean are adjusted as in CUPED; their covariance
    is carried exactly, for the slope as estimated.

    Raises
    ------
    DesignError
        When the control mean cannot be told from zero: a ratio to it has no finite interval.

    References
    ----------
    Fieller, E. C. (1954). Some problems in interval estimation. JRSS B, 16(2).

    Examples
    --------
    >>> lift = relative_lift(Moments.of([10.0, 11.0, 12.0]), Moments.of([11.0, 12.1, 13.2]))
    >>> round(lift.estimate, 6), lift.ci_low < lift.estimate < lift.ci_high
    (0.1, True)
    """
    theta = _slope(control, treatment) if control.mean.size > 1 else np.zeros(0)
    effect = _contrast(control, treatment, theta, ci_level, "")
    reach = float(stats.t.isf((1 - ci_level) / 2, effect.df))
    share = treatment.n / (control.n + treatment.n)
    top = np.append(1.0, -theta)  # of treatment; minus that of control
    base_control, base_treatment = np.append(1.0, -theta * share), np.append(0.0, theta * share)
    mean = effect.control_mean
    var_top = control.variance_of(top) + treatment.variance_of(top)
    var_mean = control.variance_of(base_control) + treatment.variance_of(base_treatment)
    covariance = (
        -float(top @ control.covariance @ base_control) / control.n
        + float(top @ treatment.covariance @ base_treatment) / treatment.n
    )
    if mean**2 <= reach**2 * var_mean:
        raise DesignError(
            f"control mean {mean:.4g} cannot be told from 0 (standard error {var_mean**0.5:.4g}): "
            "a relative lift has no finite interval; read the difference instead"
        )
    # All ratios r with (effect - r mean)^2 <= reach^2 var(effect - r mean): a quadratic in r.
    a = mean**2 - reach**2 * var_mean
    b = effect.estimate * mean - reach**2 * covariance
    c = effect.estimate**2 - reach**2 * var_top
    root = float(np.sqrt(max(b**2 - a * c, 0.0)))
    return Lift(
        estimate=effect.estimate / mean,
        ci_low=(b - root) / a,
        ci_high=(b + root) / a,
        ci_level=ci_level,
    )


def difference_in_shares(
    n_yes_control: int,
    n_control: int,
    n_yes_treatment: int,
    n_treatment: int,
    *,
    ci_level: float = 0.95,
) -> Difference:
    """Difference of two shares with Newcombe's hybrid score interval (his method 10).

    The p-value is the level at which that interval touches zero, so that it never disagrees with the
    interval. `std_error` is the usual unpooled one, for display only.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions.
    Statistics in Medicine, 17.

    Examples
    --------
    >>> found = difference_in_shares(48, 80, 56, 70)
    >>> round(found.estimate, 3), round(found.ci_low, 4), round(found.ci_high, 4)
    (0.2, 0.0524, 0.3339)
    """
    for name, yes, n in (
        ("control", n_yes_control, n_control),
        ("treatment", n_yes_treatment, n_treatment),
    ):
        if n < 1 or not 0 <= yes <= n:
            raise DesignError(
                f"{name}: {yes} of {n} units: give 0 <= successes <= units, units >= 1"
            )
    share_c, share_t = n_yes_control / n_control, n_yes_treatment / n_treatment

    def interval(alpha: float) -> tuple[float, float]:
        low_c, high_c = _wilson(n_yes_control, n_control, alpha)
        low_t, high_t = _wilson(n_yes_treatment, n_treatment, alpha)
        gap = share_t - share_c
        return (
            gap - float(np.hypot(share_t - low_t, high_c - share_c)),
            gap + float(np.hypot(high_t - share_t, share_c - low_c)),
        )

    low, high = interval(1 - ci_level)
    gap = share_t - share_c
    if gap == 0:
        p_value = 1.0
    else:
        side = 0 if gap > 0 else 1
        smallest = 1e-15
        p_value = (
            smallest
            if interval(smallest)[side] * np.sign(gap) > 0
            else float(optimize.brentq(lambda a: interval(a)[side], smallest, 1 - 1e-12))
        )
    spread = share_c * (1 - share_c) / n_control + share_t * (1 - share_t) / n_treatment
    return Difference(
        estimate=gap,
        std_error=spread**0.5,
        df=float("inf"),
        ci_low=low,
        ci_high=high,
        p_value=p_value,
        ci_level=ci_level,
        control_mean=share_c,
        n_control=n_control,
        n_treatment=n_treatment,
        method="difference in shares (Newcombe)",
    )


def holm(p_values: list[float]) -> list[float]:
    """P-values adjusted for having looked at several metrics (Holm 1979), in the given order.

    Examples
    --------
    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values, kind="stable")
    adjusted, worst = np.empty(len(p_values)), 0.0
    for rank, place in enumerate(order):
        worst = max(worst, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = worst
    return [float(p) for p in adjusted]


def _wilson(n_yes: int, n: int, alpha: float) -> tuple[float, float]:
    """Wilson's score interval of one share."""
    z = float(stats.norm.isf(alpha / 2))
    centre = (n_yes + z * z / 2) / (n + z * z)
    reach = z / (n + z * z) * (n_yes * (n - n_yes) / n + z * z / 4) ** 0.5
    # At 0 and n the bound is exact; the formula would miss it by rounding.
    return (0.0 if n_yes == 0 else centre - reach), (1.0 if n_yes == n else centre + reach)


def _slope(control: Moments, treatment: Moments) -> FloatArray:
    """Slope of the outcome on the covariates within arms, pooled; 0 for a constant covariate."""
    if control.mean.size < 2 or control.mean.size != treatment.mean.size:
        raise DesignError("no covariate: CUPED needs an outcome column and at least one covariate")
    within = control.scatter + treatment.scatter
    return np.asarray(
        np.linalg.lstsq(within[1:, 1:], within[1:, 0], rcond=1e-12)[0], dtype=np.float64
    )


def _contrast(
    control: Moments, treatment: Moments, theta: FloatArray, ci_level: float, method: str
) -> Difference:
    """Difference of adjusted means with Welch's standard error and degrees of freedom."""
    if not 0 < ci_level < 1:
        raise DesignError(f"ci_level = {ci_level}: give a level in (0, 1), e.g. 0.95")
    weights = np.zeros(control.mean.size)
    weights[0], weights[1 : 1 + theta.size] = 1.0, -theta
    gap = treatment.mean - control.mean
    effect = float(weights @ gap)
    var_c, var_t = control.variance_of(weights), treatment.variance_of(weights)
    variance = var_c + var_t
    if variance <= 0:
        raise DesignError("the outcome does not vary in either arm: nothing can be compared")
    df = variance**2 / (var_c**2 / (control.n - 1) + var_t**2 / (treatment.n - 1))
    error = variance**0.5
    reach = float(stats.t.isf((1 - ci_level) / 2, df)) * error
    share = treatment.n / (control.n + treatment.n)
    return Difference(
        estimate=effect,
        std_error=error,
        df=df,
        ci_low=effect - reach,
        ci_high=effect + reach,
        p_value=float(2 * stats.t.sf(abs(effect) / error, df)),
        ci_level=ci_level,
        control_mean=float(control.mean[0] + theta @ gap[1 : 1 + theta.size] * share),
        n_control=control.n,
        n_treatment=treatment.n,
        method=method,
    )
