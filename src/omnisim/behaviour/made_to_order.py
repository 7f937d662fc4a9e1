"""What options and waiting do to the wish to have something made."""

from __future__ import annotations

from omnisim.jit import njit

_DAYS_PER_WEEK = 7.0


@njit(inline="always")
def overload_factor(n_options, half_options):  # type: ignore[no-untyped-def]
    """Share of conversion left with so many options: ``1 / (1 + (n / half)^2)``.

    A few options cost little, and from `half_options` on each costs much (Iyengar & Lepper 2000).

    Examples
    --------
    >>> overload_factor(24, 24.0), overload_factor(6, 24.0) > 0.9
    (0.5, True)
    """
    ratio = n_options / half_options
    return 1.0 / (1.0 + ratio * ratio)


@njit(inline="always")
def lead_time_factor(days, aversion):  # type: ignore[no-untyped-def]
    """Share of conversion left with so long a promised wait: ``1 / (1 + aversion * weeks)``.

    Examples
    --------
    >>> lead_time_factor(14, 0.5)
    0.5
    """
    return 1.0 / (1.0 + aversion * days / _DAYS_PER_WEEK)
