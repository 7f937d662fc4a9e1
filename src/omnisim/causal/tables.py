"""The evaluation as numbers: estimates with unit and interval, and the frames of its exhibits."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pandas as pd

from omnisim.causal.aggregate import WaveEffect
from omnisim.causal.design import Effect
from omnisim.causal.evaluate import Evaluation
from omnisim.language import say, say_as
from omnisim.results import Estimate

_SOURCE = "orders, rollout_units"
_LABELS = {
    "net_amount": ("att_per_store_week", "Effect on net sales per store-week"),
    "store_net_amount": (
        "att_store_sales_per_store_week",
        "Effect on sales in store per store-week",
    ),
    "n_orders": ("att_orders_per_store_week", "Effect on orders per store-week"),
    "contribution_amount": (
        "att_contribution_per_store_week",
        "Effect on margin after the cost of the service per store-week",
    ),
}
_NOT_CAUSAL = "shown for comparison; not a credible effect"


def estimates(evaluation: Evaluation) -> tuple[Estimate, ...]:
    """Every number of the evaluation.

    Names: ``att_per_store_week``, ``att_wave_<k>``, ``att_store_sales_per_store_week``,
    ``att_orders_per_store_week``, ``att_contribution_per_store_week``, ``lift``, ``total_so_far``,
    ``sales_per_year``, ``contribution_per_year``, ``att_other_trend``, ``two_way_fixed_effects``,
    ``before_after``, ``with_without``, ``negative_weights``, ``detectable_per_store_week``.
    """
    money, orders = f"{evaluation.currency}/store-week", "orders per store-week"
    methods = {
        "proportional": say("group-time effects, proportional trend (Callaway-Sant'Anna)"),
        "additive": say("group-time effects, additive trend (Callaway-Sant'Anna)"),
    }
    method = methods.pop(evaluation.method.trend)
    (other_method,) = methods.values()
    n, n_of = evaluation.n_treated_store_weeks, "store-weeks with the service"
    made = [
        _estimate(
            name,
            label,
            evaluation.overall[outcome],
            orders if outcome == "n_orders" else money,
            method,
            n,
            n_of,
        )
        for outcome, (name, label) in _LABELS.items()
    ]
    made += [
        _estimate(
            f"att_wave_{w.wave}",
            say("Effect of wave {wave} on net sales per store-week", wave=w.wave),
            w.effect,
            money,
            method,
            w.n_store_weeks,
            n_of,
        )
        for w in _distinct_waves(evaluation)
    ]
    net, contribution = evaluation.overall["net_amount"], evaluation.overall["contribution_amount"]
    per_year, base = evaluation.store_weeks_per_year, evaluation.mean_without
    if base > 0:
        made.append(
            _estimate(
                "lift",
                "Effect as a share of net sales without the service",
                _scaled(net, 1 / base),
                "share",
                method,
                n,
                n_of,
                note="the base is taken as known",
            )
        )
    made += [
        _estimate(
            "total_so_far",
            "Net sales added so far",
            _scaled(net, n),
            evaluation.currency,
            method,
            n,
            n_of,
        ),
        _estimate(
            "sales_per_year",
            "Net sales a year with the service in all stores",
            _scaled(net, per_year),
            f"{evaluation.currency}/year",
            method,
            n,
            n_of,
            note="effect per store-week x stores x 365 / 7; assumes the other stores respond alike",
        ),
        _estimate(
            "contribution_per_year",
            "Margin after the cost of the service a year, all stores",
            _scaled(contribution, per_year),
            f"{evaluation.currency}/year",
            method,
            n,
            n_of,
            note="goods, fulfilment and the hand-over of collected orders deducted; sales moved out of the store are inside the total, so nothing counts twice",
        ),
        _estimate(
            "att_other_trend",
            "The same with the other form of trend",
            evaluation.other_trend,
            money,
            other_method,
            n,
            n_of,
        ),
    ]
    made.append(
        Estimate(
            name="detectable_per_store_week",
            label="Smallest detectable effect per store-week",
            value=net.detectable,
            unit=money,
            role="diagnostic",
            n=n,
            n_of=n_of,
            method="t quantiles at 80% power, from the noise of these stores",
            source=_SOURCE,
            note="a property of the design; no sampling interval",
        )
    )
    if evaluation.two_way is not None:
        two_way = evaluation.two_way
        made.append(
            _estimate(
                "two_way_fixed_effects",
                "Two-way fixed effects",
                two_way.effect,
                money,
                "two-way fixed effects, clustered by store",
                n,
                n_of,
                note=_NOT_CAUSAL,
                role="diagnostic",
            )
        )
        made.append(
            Estimate(
                name="negative_weights",
                label="Treated store-weeks with a negative weight in two-way fixed effects",
                value=two_way.negative_share,
                unit="share",
                role="diagnostic",
                n=n,
                n_of=n_of,
                method="weights of de Chaisemartin and D'Haultfoeuille",
                source=_SOURCE,
                note="a property of the design; no sampling interval",
            )
        )
    for name, label, effect in (
        ("before_after", "Before and after, first wave", evaluation.before_after),
        ("with_without", "Stores with against stores without", evaluation.with_without),
    ):
        if effect is not None:
            made.append(
                _estimate(
                    name,
                    label,
                    effect,
                    money,
                    "difference in means over stores",
                    n,
                    n_of,
                    note=_NOT_CAUSAL,
                    role="diagnostic",
                )
            )
    return tuple(made)


def comparison_table(evaluation: Evaluation) -> pd.DataFrame:
    """The usual answers and the credible one: columns ``label, value, ci_low, ci_high, is_credible``."""
    rows = [
        (label, effect, False)
        for label, effect in (
            ("Before and after, first wave", evaluation.before_after),
            ("Stores with against stores without", evaluation.with_without),
            ("Two-way fixed effects", evaluation.two_way.effect if evaluation.two_way else None),
        )
        if effect is not None
    ]
    rows.append(("Against stores not yet served", evaluation.overall["net_amount"], True))
    return pd.DataFrame(
        [
            {
                "label": label,
                "value": e.estimate,
                "ci_low": e.ci_low,
                "ci_high": e.ci_high,
                "is_credible": credible,
            }
            for label, e, credible in rows
        ]
    )


def wave_table(evaluation: Evaluation) -> pd.DataFrame:
    """Effects by wave with their base: readable columns."""
    n_served = int((evaluation.panel.start_week < evaluation.panel.n_weeks).sum())
    rows = [
        ("All waves", n_served, evaluation.n_treated_store_weeks, evaluation.overall["net_amount"])
    ]
    rows += [
        (say("Wave {wave}", wave=w.wave), w.n_stores, w.n_store_weeks, w.effect)
        for w in evaluation.waves
    ]
    low, high = say_as("interval", "Low"), say_as("interval", "High")
    return pd.DataFrame(
        [
            {
                "Wave": label,
                "Stores": n_stores,
                "Store-weeks": n_weeks,
                "Effect": e.estimate,
                low: e.ci_low,
                high: e.ci_high,
                "p": e.p_value,
            }
            for label, n_stores, n_weeks, e in rows
        ]
    )


def forest_table(evaluation: Evaluation) -> pd.DataFrame:
    """Overall, by wave and in store, for a forest plot: ``label, value, ci_low, ci_high``."""
    rows = [("All waves", evaluation.overall["net_amount"])]
    rows += [
        (say("Wave {wave} ({n} stores)", wave=w.wave, n=w.n_stores), w.effect)
        for w in evaluation.waves
    ]
    rows.append(("Of which sold in the store", evaluation.overall["store_net_amount"]))
    return pd.DataFrame(
        [
            {"label": label, "value": e.estimate, "ci_low": e.ci_low, "ci_high": e.ci_high}
            for label, e in rows
        ]
    )


def check_table(evaluation: Evaluation) -> pd.DataFrame:
    """The design checks with readable columns."""
    return pd.DataFrame(
        [
            {"Check": c.label, "Holds": "yes" if c.passed else "no", "What was seen": c.sentence}
            for c in evaluation.checks
        ]
    )


def comparable(evaluation: Evaluation) -> list[Estimate]:
    """The estimates with units as the truth spells them: ``USD per ...`` for ``USD/...``."""
    return [replace(e, unit=e.unit.replace("/", " per ")) for e in estimates(evaluation)]


def truth_matches(evaluation: Evaluation, *, cause: str) -> dict[str, dict[str, str]]:
    """Which row of the truth each estimate is held against, also the ones that are not credible.

    Parameters
    ----------
    cause : str
        How the roll-out is called there.
    """
    base = {"cause": cause, "semantics": "all_minus_none", "outcome": "net_amount"}
    att = {"estimand": "att", "scope": "all", **base}
    found = {
        "att_per_store_week": att,
        "att_other_trend": att,
        "two_way_fixed_effects": att,
        "before_after": att,
        "with_without": att,
        "att_store_sales_per_store_week": {**att, "outcome": "store_net_amount"},
        "total_so_far": {"estimand": "total", "scope": "all", **base},
    }
    found |= {
        f"att_wave_{w.wave}": {**att, "scope": f"wave={w.wave}"}
        for w in _distinct_waves(evaluation)
    }
    if evaluation.before_after is not None:
        found["before_after"] = {**att, "scope": f"wave={min(w.wave for w in evaluation.waves)}"}
    there = {e.name for e in estimates(evaluation)}
    return {name: match for name, match in found.items() if name in there}


def _distinct_waves(evaluation: Evaluation) -> list[WaveEffect]:
    """Waves whose stores all started in one week: only these have one number each."""
    numbers = [w.wave for w in evaluation.waves]
    return [w for w in evaluation.waves if numbers.count(w.wave) == 1]


def _estimate(
    name: str,
    label: str,
    effect: Effect,
    unit: str,
    method: str,
    n: int,
    n_of: str,
    *,
    note: str = "",
    role: Literal["incremental", "diagnostic"] = "incremental",
) -> Estimate:
    return Estimate(
        name=name,
        label=label,
        value=effect.estimate,
        unit=unit,
        role=role,
        ci_low=effect.ci_low,
        ci_high=effect.ci_high,
        std_error=effect.std_error,
        ci_level=effect.ci_level,
        n=n,
        n_of=n_of,
        method=method,
        source=_SOURCE,
        note=note,
    )


def _scaled(effect: Effect, times: float) -> Effect:
    return Effect.of(
        effect.estimate * times, effect.std_error * abs(times), effect.df, effect.ci_level
    )
