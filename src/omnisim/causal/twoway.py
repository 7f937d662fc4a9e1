"""What is usually done instead, and why it misleads: two-way fixed effects, before/after, with/without."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from omnisim.causal.design import Effect
from omnisim.causal.panel import NEVER, FloatArray, Panel
from omnisim.errors import DesignError


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoWay:
    """The coefficient of a two-way fixed effects regression and the weights it hides.

    Attributes
    ----------
    effect : Effect
        Coefficient per store-week, standard error clustered by store.
    negative_share : float
        Share of treated store-weeks whose effect enters with a negative weight.
    negative_weight : float
        Sum of these weights, which all together sum to one; 0 when none is negative.
    """

    effect: Effect
    negative_share: float
    negative_weight: float


def two_way_fixed_effects(panel: Panel, outcome: str, *, ci_level: float = 0.95) -> TwoWay:
    """Regress the outcome on the service with an effect per store and per week.

    The coefficient is a weighted sum of the effects of all treated store-weeks. Late weeks of early
    stores can carry negative weights, because they serve as comparison for later stores; when effects
    grow or differ the sum is then no average at all.

    Standard errors: clustered by store with the usual small-sample factor, t quantile with stores less
    one degrees of freedom.

    References
    ----------
    de Chaisemartin, C., D'Haultfoeuille, X. (2020). Two-way fixed effects estimators with heterogeneous
    treatment effects. American Economic Review, 110(9).
    """
    treated = panel.is_treated
    if not treated.any() or treated.all():
        raise DesignError("all or no store-weeks have the service: a regression cannot compare")
    left = _demean(treated.astype(np.float64))
    spread = float((left * left).sum())
    if spread < 1e-9:
        raise DesignError(
            "store and week effects explain the service fully: nothing is left to compare"
        )
    values = panel.outcome(outcome)
    estimate = float((left * values).sum()) / spread
    residual = _demean(values) - estimate * left
    scores = (left * residual).sum(axis=1)
    n, cells = panel.n_stores, values.size
    n_parameters = n + panel.n_weeks  # stores, weeks less one, and the service
    factor = n / (n - 1) * (cells - 1) / (cells - n_parameters)
    error = float((factor * (scores**2).sum()) ** 0.5) / spread
    weights = left[treated] / left[treated].sum()
    return TwoWay(
        effect=Effect.of(estimate, error, n - 1, ci_level),
        negative_share=float((weights < 0).mean()),
        negative_weight=float(weights[weights < 0].sum()),
    )


def before_after(panel: Panel, outcome: str, *, wave: int = 1, ci_level: float = 0.95) -> Effect:
    """Stores of one wave: weekly mean after the start less weekly mean before. Season is not removed."""
    chosen = (panel.wave == wave) & (panel.start_week < panel.n_weeks) & (panel.start_week > 0)
    if chosen.sum() < 2:
        raise DesignError(
            f"wave {wave}: {int(chosen.sum())} stores with weeks before and after; give 2"
        )
    values, treated = panel.outcome(outcome)[chosen], panel.is_treated[chosen]
    change = np.array(
        [row[on].mean() - row[~on].mean() for row, on in zip(values, treated, strict=True)]
    )
    return _mean_effect(change, ci_level)


def with_without(panel: Panel, outcome: str, *, ci_level: float = 0.95) -> Effect:
    """Stores with the service less stores that never get it, weeks since the first start."""
    ever, never = panel.start_week < panel.n_weeks, panel.start_week == NEVER
    if ever.sum() < 2 or never.sum() < 2:
        raise DesignError(
            f"{int(ever.sum())} stores with the service and {int(never.sum())} that never get it: give 2"
        )
    values, treated = panel.outcome(outcome), panel.is_treated
    share = treated.sum(axis=0) / treated.sum()  # weeks as the treated store-weeks fall
    per_store = np.array(
        [row[on].mean() for row, on in zip(values[ever], treated[ever], strict=True)]
    )
    compared = values[never] @ share
    gap = per_store.mean() - compared.mean()
    parts = [x.var(ddof=1) / x.size for x in (per_store, compared)]
    variance = sum(parts)
    df = variance**2 / sum(
        part**2 / (x.size - 1) for part, x in zip(parts, (per_store, compared), strict=True)
    )
    return Effect.of(float(gap), float(variance**0.5), float(df), ci_level)


def _mean_effect(change: FloatArray, ci_level: float) -> Effect:
    error = float(change.std(ddof=1) / change.size**0.5)
    return Effect.of(float(change.mean()), error, change.size - 1, ci_level)


def _demean(values: FloatArray) -> FloatArray:
    """Take out store and week means; exact in one step because the panel is balanced."""
    rows, columns = values.mean(axis=1, keepdims=True), values.mean(axis=0, keepdims=True)
    left: FloatArray = values - rows - columns + values.mean()
    return left
