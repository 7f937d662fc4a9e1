"""Methods for services introduced store by store: the usual answers, and group-time effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from omnisim.causal import (
    Effect,
    Method,
    Panel,
    before_after,
    build_panel,
    comparable,
    effects_by_wave,
    evaluate_rollout,
    event_study,
    group_time_effects,
    truth_matches,
    two_way_fixed_effects,
    with_service_cost,
    with_without,
)
from omnisim.errors import DesignError
from omnisim.results import Estimate
from omnisim.storage import Tables
from omnisim.study.registry import Target, method

Trend = Literal["proportional", "additive"]
Controls = Literal["not_yet", "never"]
_TABLES = ("orders", "rollout_units")
_KINDS = ("rollouts",)
_OUTCOMES = ("net_amount", "store_net_amount", "n_orders")
_ORDER_COLUMNS = (
    "ordered_at", "catchment_location_id", "order_channel", "fulfilment", "status", "net_amount",
    "cost_amount", "shipping_cost",
)  # fmt: skip


@method(
    "causal.before_after",
    estimand="att",
    kinds=_KINDS,
    outcomes=_OUTCOMES,
    tables=_TABLES,
    scopes=("all", "wave"),
    about="stores of one wave, weeks after less weeks before: season and luck stay in",
)
def before_and_after(
    data: Tables, target: Target, *, ci_level: float = 0.95, wave: int = 1
) -> Sequence[Estimate]:
    """Change of one wave's stores: the wave in the estimand's scope, where it names one."""
    named = target.scope.removeprefix("wave=")
    number = int(named) if named.isdigit() else wave
    found = before_after(_panel(data), target.outcome, wave=number, ci_level=ci_level)
    return [_estimate(data, target, found, "before and after")]


@method(
    "causal.with_without",
    estimand="att",
    kinds=_KINDS,
    outcomes=_OUTCOMES,
    tables=_TABLES,
    about="stores with the service less stores that never get it",
)
def with_and_without(data: Tables, target: Target, *, ci_level: float = 0.95) -> Sequence[Estimate]:
    """Difference between stores."""
    found = with_without(_panel(data), target.outcome, ci_level=ci_level)
    return [_estimate(data, target, found, "with and without")]


@method(
    "causal.two_way_fixed_effects",
    estimand="att",
    kinds=_KINDS,
    outcomes=_OUTCOMES,
    tables=_TABLES,
    about="regression with store and week effects, clustered by store (TWFE)",
)
def two_way(data: Tables, target: Target, *, ci_level: float = 0.95) -> Sequence[Estimate]:
    """Two-way fixed effects."""
    found = two_way_fixed_effects(_panel(data), target.outcome, ci_level=ci_level)
    return [_estimate(data, target, found.effect, "two-way fixed effects")]


@method(
    "causal.group_time",
    estimand="att",
    kinds=_KINDS,
    outcomes=_OUTCOMES,
    tables=_TABLES,
    about="group-time effects with stores not yet served as controls (Callaway-Sant'Anna)",
)
def group_time(
    data: Tables,
    target: Target,
    *,
    ci_level: float = 0.95,
    trend: Trend = "proportional",
    controls: Controls = "not_yet",
    base_weeks: int = 0,
    skip_weeks: int = 8,
) -> Sequence[Estimate]:
    """Average over all store-weeks with the service."""
    how = _how(trend, controls, base_weeks, skip_weeks, ci_level)
    found = group_time_effects(_panel(data), target.outcome, how).overall()
    return [_estimate(data, target, found, f"group-time effects, {trend} trend")]


@method(
    "causal.by_wave",
    estimand="att",
    kinds=_KINDS,
    outcomes=_OUTCOMES,
    scopes=("wave",),
    across="scope",
    tables=_TABLES,
    about="group-time effects averaged over the weeks of each wave",
)
def by_wave(
    data: Tables,
    target: Target,
    *,
    ci_level: float = 0.95,
    trend: Trend = "proportional",
    controls: Controls = "not_yet",
    base_weeks: int = 0,
    skip_weeks: int = 8,
) -> Sequence[Estimate]:
    """Average over the store-weeks of each wave."""
    how = _how(trend, controls, base_weeks, skip_weeks, ci_level)
    waves = effects_by_wave(group_time_effects(_panel(data), target.outcome, how))
    return [
        _estimate(
            data, target, wave.effect, f"group-time effects, {trend} trend", f"wave={wave.wave}"
        )
        for wave in waves
    ]


@method(
    "causal.event_study",
    estimand="att",
    kinds=_KINDS,
    outcomes=_OUTCOMES,
    scopes=("event_week",),
    across="scope",
    tables=_TABLES,
    about="group-time effects by week since the start; interval of each week, or a band for all",
)
def by_event_week(
    data: Tables,
    target: Target,
    *,
    ci_level: float = 0.95,
    band: bool = False,
    trend: Trend = "proportional",
    controls: Controls = "not_yet",
    base_weeks: int = 0,
    skip_weeks: int = 8,
) -> Sequence[Estimate]:
    """Average by week since the start."""
    how = _how(trend, controls, base_weeks, skip_weeks, ci_level)
    study = event_study(group_time_effects(_panel(data), target.outcome, how), first=0)
    made = []
    for week, value, error in zip(study.event_week, study.value, study.std_error, strict=True):
        found = Effect.of(float(value), float(error), study.df, ci_level)
        if band:
            reach = study.critical_all * found.std_error
            found = replace(found, ci_low=found.estimate - reach, ci_high=found.estimate + reach)
        how_told = f"event study, {trend} trend"
        made.append(_estimate(data, target, found, how_told, f"event_week={week}"))
    return made


@method(
    "causal.evaluation",
    estimand=("att", "total"),
    kinds=_KINDS,
    outcomes=("net_amount", "store_net_amount"),
    tables=_TABLES,
    about="what the report on a roll-out prints, from the whole evaluation",
)
def evaluation(data: Tables, target: Target) -> Sequence[Estimate]:
    """The printed number, with its design checks behind it."""
    panel = with_service_cost(_panel(data), 0.0)  # sales do not depend on it
    found = evaluate_rollout(panel, currency=data.currency, name="roll-out")
    printed = {e.name: e for e in comparable(found)}
    wanted = {"estimand": target.estimand, "outcome": target.outcome, "scope": "all"}
    for estimate, match in truth_matches(found, cause="").items():
        if wanted.items() <= match.items():
            return [printed[estimate]]
    raise DesignError(f"the evaluation prints no {target.estimand} of {target.outcome}")


def _how(
    trend: Trend, controls: Controls, base_weeks: int, skip_weeks: int, ci_level: float
) -> Method:
    return Method(
        trend=trend,
        controls=controls,
        base_weeks=base_weeks,
        skip_weeks=skip_weeks,
        ci_level=ci_level,
    )


def _panel(data: Tables) -> Panel:
    return build_panel(
        data.read("orders", columns=_ORDER_COLUMNS),
        data.read("rollout_units"),
        first_date=data.first_date,
        last_date=data.last_date,
    )


def _estimate(
    data: Tables, target: Target, found: Effect, how: str, name: str = "effect"
) -> Estimate:
    per = "orders" if target.outcome == "n_orders" else data.currency
    return Estimate(
        name=name,
        label="Effect of the service",
        value=found.estimate,
        std_error=found.std_error,
        ci_low=found.ci_low,
        ci_high=found.ci_high,
        ci_level=found.ci_level,
        unit=f"{per} per store-week",
        role="incremental",
        n=round(found.df) + 1,
        n_of="stores",
        method=how,
        source=", ".join(_TABLES),
    )
