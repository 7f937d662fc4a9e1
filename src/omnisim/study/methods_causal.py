"""Methods for services introduced store by store: the usual answers, and group-time effects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from omnisim.causal import (
    Effect,
    Method,
    Panel,
    before_after,
    build_panel,
    group_time_effects,
    two_way_fixed_effects,
    with_without,
)
from omnisim.results import Estimate
from omnisim.storage import Tables
from omnisim.study.registry import Target, method

_TABLES = ("orders", "rollout_units")
_OUTCOMES = ("net_amount", "store_net_amount", "n_orders")
_ORDER_COLUMNS = (
    "ordered_at", "catchment_location_id", "order_channel", "fulfilment", "status", "net_amount",
    "cost_amount", "shipping_cost",
)  # fmt: skip


@method(
    "causal.before_after",
    estimand="att",
    outcomes=_OUTCOMES,
    tables=_TABLES,
    about="stores of one wave, weeks after less weeks before: season and luck stay in",
)
def before_and_after(
    data: Tables, target: Target, *, ci_level: float = 0.95, wave: int = 1
) -> Sequence[Estimate]:
    """Change of one wave's stores."""
    found = before_after(_panel(data), target.outcome, wave=wave, ci_level=ci_level)
    return _estimate(data, target, found, "before and after")


@method(
    "causal.with_without",
    estimand="att",
    outcomes=_OUTCOMES,
    tables=_TABLES,
    about="stores with the service less stores that never get it",
)
def with_and_without(data: Tables, target: Target, *, ci_level: float = 0.95) -> Sequence[Estimate]:
    """Difference between stores."""
    found = with_without(_panel(data), target.outcome, ci_level=ci_level)
    return _estimate(data, target, found, "with and without")


@method(
    "causal.two_way_fixed_effects",
    estimand="att",
    outcomes=_OUTCOMES,
    tables=_TABLES,
    about="regression with store and week effects, clustered by store (TWFE)",
)
def two_way(data: Tables, target: Target, *, ci_level: float = 0.95) -> Sequence[Estimate]:
    """Two-way fixed effects."""
    found = two_way_fixed_effects(_panel(data), target.outcome, ci_level=ci_level)
    return _estimate(data, target, found.effect, "two-way fixed effects")


@method(
    "causal.group_time",
    estimand="att",
    outcomes=_OUTCOMES,
    tables=_TABLES,
    about="group-time effects with stores not yet served as controls (Callaway-Sant'Anna)",
)
def group_time(
    data: Tables,
    target: Target,
    *,
    ci_level: float = 0.95,
    trend: Literal["proportional", "additive"] = "proportional",
    controls: Literal["not_yet", "never"] = "not_yet",
    base_weeks: int = 0,
    skip_weeks: int = 8,
) -> Sequence[Estimate]:
    """Average over all store-weeks with the service."""
    how = Method(
        trend=trend,
        controls=controls,
        base_weeks=base_weeks,
        skip_weeks=skip_weeks,
        ci_level=ci_level,
    )
    found = group_time_effects(_panel(data), target.outcome, how).overall()
    return _estimate(data, target, found, f"group-time effects, {trend} trend")


def _panel(data: Tables) -> Panel:
    return build_panel(
        data.read("orders", columns=_ORDER_COLUMNS),
        data.read("rollout_units"),
        first_date=data.first_date,
        last_date=data.last_date,
    )


def _estimate(data: Tables, target: Target, found: Effect, how: str) -> tuple[Estimate]:
    per = "orders" if target.outcome == "n_orders" else data.currency
    return (
        Estimate(
            name="effect",
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
        ),
    )
