"""Expected annual losses and what treatments save, held against worlds in which a risk is treated.

The truth of a treatment is *base minus treated*: a margin that it saves is negative there, media money
positive. Estimates are turned accordingly and scaled from a year to the days of the data. The margin of
a world holds what happens in it; costs that the register adds by expert judgement (a complaint, a fine, a
customer's future) are in no world, so a difference may be theirs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from omnisim.errors import DesignError
from omnisim.results import Estimate
from omnisim.risk import MEASURES, Assessment, assess, default_register, evaluate_treatments
from omnisim.storage import Tables
from omnisim.study.registry import Target, method
from omnisim.study.warehouse import warehouse_of
from omnisim.truth.treatments import TREATMENTS

_LOSSES = (
    "orders", "order_lines", "returns", "incidents", "touchpoints", "sessions", "customers",
    "media_costs",
)  # fmt: skip
_STOCK = ("orders", "order_lines", "returns", "products", "inventory_snapshots")
_MONEY = ("margin_amount", "media_cost")  # dearer media cost money and no margin of orders
_STOCK_OUT = "stock_out"
_N_YEARS = 2_000  # bad years are not asked for, and the expected loss needs the draws alone
_DAYS_PER_YEAR = 365.25


@method(
    "risk.expected_loss",
    estimand="total",
    kinds=("treatments",),
    outcomes=_MONEY,
    tables=_LOSSES,
    about="the part of a risk's expected annual loss that a treatment takes away; all but stock-outs",
)
def expected_loss(
    data: Tables, target: Target, *, removed: float = 0.75, ci_level: float = 0.95
) -> Sequence[Estimate]:
    """Expected loss of the risk a treatment acts on, times the share it is said to take away."""
    return _expected_loss(data, target, _LOSSES, removed, ci_level)


@method(
    "risk.expected_stock_out_loss",
    estimand="total",
    kinds=("treatments",),
    outcomes=("margin_amount",),
    tables=_STOCK,
    about="the same for stock-outs, which need snapshots of the stock",
)
def expected_stock_out_loss(
    data: Tables, target: Target, *, removed: float = 0.5, ci_level: float = 0.95
) -> Sequence[Estimate]:
    """Expected loss by stock-outs, times the share that a treatment is said to take away."""
    return _expected_loss(data, target, _STOCK, removed, ci_level)


@method(
    "risk.treatment",
    estimand="total",
    kinds=("treatments",),
    outcomes=_MONEY,
    tables=_LOSSES,
    about="loss avoided by a treatment of the register, with its experts' reductions",
)
def register_treatment(
    data: Tables, target: Target, *, treatment: str = "", ci_level: float = 0.95
) -> Sequence[Estimate]:
    """What the register expects of a treatment, by default of the best one of the risk."""
    assessment = _assessed(data, target, _LOSSES)
    risk = assessment.risks[0].risk.id
    acting = {
        result.treatment.id: result.avoided
        for result in evaluate_treatments(assessment)
        if any(effect.risk == risk for effect in result.treatment.effects)
    }
    if treatment and treatment not in acting:
        raise DesignError(f"treatment = {treatment!r}: of this risk there are {sorted(acting)}")
    chosen = treatment or max(acting, key=lambda name: float(acting[name].mean()))
    tail = (1 - ci_level) / 2
    ends = np.quantile(acting[chosen], [tail, 1 - tail])
    value = float(acting[chosen].mean())
    interval = (float(ends[0]), float(ends[1]))
    return [_saved(data, target, value, interval, ci_level, assessment, chosen, _LOSSES)]


@method(
    "risk.lost_units",
    estimand="lost_demand",
    kinds=("lost_demand",),
    outcomes=("n_units",),
    tables=_STOCK,
    about="units not sold while shelves were empty, from the days in stock; without an interval",
)
def lost_units(data: Tables, target: Target) -> Sequence[Estimate]:  # noqa: ARG001 - one number
    """Latent demand behind the loss by stock-outs."""
    observe, _ = MEASURES[_STOCK_OUT]
    seen = observe(warehouse_of(data, _STOCK))
    return [
        Estimate(
            name="lost_units",
            label="Units lost to stock-outs",
            value=float(seen.events["lost_units"].sum()),
            unit="units",
            role="diagnostic",
            n=len(seen.events),
            n_of="spells without stock",
            method="units per day in stock, shrunk to product and location",
            source=", ".join(_STOCK),
        )
    ]


def _expected_loss(
    data: Tables, target: Target, tables: Sequence[str], removed: float, ci_level: float
) -> Sequence[Estimate]:
    if not 0 < removed <= 1:
        raise DesignError(f"removed = {removed}: give a share in (0, 1]")
    assessment = _assessed(data, target, tables)
    loss = assessment.risks[0].loss
    low, high = loss.eal_interval(ci_level)
    saved = (removed * low, removed * high)
    how = "expected annual loss"
    value = removed * loss.eal
    return [_saved(data, target, value, saved, ci_level, assessment, how, tables)]


def _assessed(data: Tables, target: Target, tables: Sequence[str]) -> Assessment:
    """The one risk that the treatment in question acts on."""
    key = next(t.risk for t in TREATMENTS if t.name == target.cause)
    if (key == _STOCK_OUT) != (tables is _STOCK):
        name = "expected_stock_out_loss" if key == _STOCK_OUT else "expected_loss"
        raise DesignError(f"{target.cause} acts on the risk {key!r}: name the method risk.{name}")
    register = default_register()
    risks = tuple(risk for risk in register.risks if risk.key == key)
    one = register.model_copy(update={"risks": risks})
    return assess(warehouse_of(data, tables), one, seed=1, n_years=_N_YEARS)


def _saved(
    data: Tables,
    target: Target,
    a_year: float,
    interval: tuple[float, float],
    ci_level: float,
    assessment: Assessment,
    how: str,
    tables: Sequence[str],
) -> Estimate:
    """A yearly saving as the truth spells it, over the days of the data."""
    years = ((data.last_date - data.first_date).days + 1) / _DAYS_PER_YEAR
    turned = years if target.outcome == "media_cost" else -years
    low, high = sorted(end * turned for end in interval)
    risk = assessment.risks[0]
    return Estimate(
        name="saved",
        label=f"Saved on {risk.risk.name}",
        value=a_year * turned,
        ci_low=low,
        ci_high=high,
        ci_level=ci_level,
        unit=data.currency,
        role="incremental",
        n=risk.data.n_events,
        n_of="events",
        method=how,
        source=", ".join(tables),
    )
