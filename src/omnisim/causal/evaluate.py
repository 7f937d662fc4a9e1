"""The evaluation of one roll-out: effects, the usual answers beside them, and the design checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import pandas as pd

from omnisim.causal.aggregate import EventStudy, WaveEffect, effects_by_wave, event_study
from omnisim.causal.checks import design_checks
from omnisim.causal.design import Effect, Method
from omnisim.causal.diagnostics import leave_one_out, placebo_in_time
from omnisim.causal.panel import Panel
from omnisim.causal.staggered import GroupTimeEffects, group_time_effects
from omnisim.causal.twoway import TwoWay, before_after, two_way_fixed_effects, with_without
from omnisim.errors import DesignError
from omnisim.results import Check

T = TypeVar("T")

OUTCOMES = ("net_amount", "store_net_amount", "n_orders", "contribution_amount")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Everything a report says about one roll-out.

    Attributes
    ----------
    effects : mapping of outcome to GroupTimeEffects
        Group-time effects.
    overall : mapping of outcome to Effect
        Average per treated store-week.
    waves, study : effects on net sales by wave and by week since the start
    other_trend : Effect
        The same average with the other form of counterfactual, as sensitivity.
    two_way, before_after, with_without
        The usual answers; None where the roll-out does not allow them.
    left_out : frame
        From :func:`~omnisim.causal.diagnostics.leave_one_out`.
    """

    panel: Panel
    method: Method
    currency: str
    name: str
    service_cost_per_order: float
    effects: Mapping[str, GroupTimeEffects]
    overall: Mapping[str, Effect]
    waves: tuple[WaveEffect, ...]
    study: EventStudy
    other_trend: Effect
    two_way: TwoWay | None
    before_after: Effect | None
    with_without: Effect | None
    placebo: Effect | None
    left_out: pd.DataFrame
    checks: tuple[Check, ...]

    @property
    def n_treated_store_weeks(self) -> int:
        """Store-weeks with the service."""
        return int(self.panel.is_treated.sum())

    @property
    def store_weeks_per_year(self) -> float:
        """Store-weeks of one year with the service in all stores of the roll-out table."""
        return self.panel.n_stores * 365 / 7

    @property
    def mean_without(self) -> float:
        """Net sales per treated store-week had there been no service [currency]."""
        treated = self.panel.is_treated
        actual = float(self.panel.outcome("net_amount")[treated].mean())
        return actual - self.overall["net_amount"].estimate


def evaluate_rollout(
    panel: Panel,
    *,
    currency: str,
    name: str,
    method: Method | None = None,
    service_cost_per_order: float = 0.0,
    placebo_weeks: int = 4,
) -> Evaluation:
    """Measure a roll-out and check its design.

    Parameters
    ----------
    panel : Panel
        With ``contribution_amount`` (see :func:`~omnisim.causal.panel.with_service_cost`).
    service_cost_per_order : float
        Only recorded here: the panel already carries it.
    placebo_weeks : int
        Weeks of the placebo in time.

    Raises
    ------
    DesignError
        When no credible effect can be measured; the message says why.
    """
    method = method or Method()
    effects = {outcome: group_time_effects(panel, outcome, method) for outcome in OUTCOMES}
    net = effects["net_amount"]
    overall = {outcome: found.overall() for outcome, found in effects.items()}
    placebo = placebo_in_time(panel, "net_amount", method, n_weeks=placebo_weeks)
    left_out = leave_one_out(panel, "net_amount", method)
    other = replace(method, trend="additive" if method.trend == "proportional" else "proportional")
    first_wave = min(w.wave for w in effects_by_wave(net))
    return Evaluation(
        panel=panel,
        method=method,
        currency=currency,
        name=name,
        service_cost_per_order=service_cost_per_order,
        effects=effects,
        overall=overall,
        waves=effects_by_wave(net),
        study=event_study(net),
        other_trend=group_time_effects(panel, "net_amount", other).overall(),
        two_way=_or_none(
            lambda: two_way_fixed_effects(panel, "net_amount", ci_level=method.ci_level)
        ),
        before_after=_or_none(
            lambda: before_after(panel, "net_amount", wave=first_wave, ci_level=method.ci_level)
        ),
        with_without=_or_none(lambda: with_without(panel, "net_amount", ci_level=method.ci_level)),
        placebo=placebo,
        left_out=left_out,
        checks=design_checks(panel, net, placebo=placebo, left_out=left_out),
    )


def _or_none(measure: Callable[[], T]) -> T | None:
    """The usual answers are shown beside ours; one that this roll-out does not allow is left out."""
    try:
        return measure()
    except DesignError:
        return None
