"""Why people do what they do: pure rules on numbers, compiled, with no state and no draws.

Floats are only added, multiplied, divided and compared here, so results are equal everywhere.
"""

from __future__ import annotations

from omnisim.jit import njit

MAX_CHANCE = 0.95


@njit(inline="always")
def saturate(pressure, half):  # type: ignore[no-untyped-def]
    """Share of the full effect at this pressure: ``p / (p + half)`` (Hill, exponent 1)."""
    return pressure / (pressure + half)


@njit(inline="always")
def wear(pressure, fatigue, half):  # type: ignore[no-untyped-def]
    """Share of an effect that fatigue leaves: ``1 - fatigue * p / (p + half)``, in [0, 1]."""
    return 1.0 - fatigue * (pressure / (pressure + half))


@njit(inline="always")
def conversion_chance(base, pressure_lift, touch, occasion):  # type: ignore[no-untyped-def]
    """Chance to buy at a step.

    Parameters
    ----------
    base : float
        Chance without any marketing.
    pressure_lift : float
        Rise from carried-over pressure of all channels [share].
    touch : float
        Factor of the touch at hand.
    occasion : float
        Factor of services and tests active at this step.
    """
    return min(MAX_CHANCE, base * (1.0 + pressure_lift) * touch * occasion)


@njit(inline="always")
def growth(day, start, growth_days):  # type: ignore[no-untyped-def]
    """How far a service has grown on a day, linear from 0 before its start to 1."""
    if day < start:
        return 0.0
    return min(1.0, (day - start + 1.0) / growth_days)


@njit(inline="always")
def novelty(days_since, half_days):  # type: ignore[no-untyped-def]
    """Share of an effect that is left; hyperbolic, 1 for ever when `half_days` is 0."""
    if half_days == 0.0:
        return 1.0
    return half_days / (half_days + days_since)


@njit(inline="always")
def intent_weight(is_serious, step, follows):  # type: ignore[no-untyped-def]
    """Pull of brand search: people who are about to buy type the brand.

    With `follows` = 0 it meets everybody alike, at about the weight it has over all steps.
    """
    intent = (1.0 + 0.8 * min(step, 4)) * (2.2 if is_serious else 0.55)
    return follows * intent + (1.0 - follows)


@njit(inline="always")
def digital_weight(is_online, digital):  # type: ignore[no-untyped-def]
    """Pull of online and offline touches for a person's digital affinity."""
    return 0.35 + 1.3 * digital if is_online else 1.65 - 1.3 * digital


@njit(inline="always")
def satisfaction_score(mood, is_late, late_penalty):  # type: ignore[no-untyped-def]
    """Answer on the 0-10 scale for a latent mood."""
    score = mood - late_penalty if is_late else mood
    return int(min(10.0, max(0.0, score + 0.5)))


@njit(inline="always")
def answer_chance(score, base, extreme_factor):  # type: ignore[no-untyped-def]
    """Very happy and unhappy people answer more often: silence is not missing at random."""
    return min(1.0, base * extreme_factor) if score >= 10 or score <= 4 else base
