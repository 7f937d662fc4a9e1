"""The evaluation in the reader's words: estimates, tables, answer and findings, all by rule."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from omnisim.causal.aggregate import WaveEffect
from omnisim.causal.evaluate import Evaluation
from omnisim.causal.staggered import Effect
from omnisim.results import Estimate, Finding, format_estimate, format_number

Level = Literal["low", "medium", "high"]

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
    ``before_after``, ``with_without``, ``negative_weights``.
    """
    money, orders = f"{evaluation.currency}/store-week", "orders per store-week"
    trend = evaluation.method.trend
    method = f"group-time effects, {trend} trend (Callaway-Sant'Anna)"
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
            f"Effect of wave {w.wave} on net sales per store-week",
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
            method.replace(trend, "additive" if trend == "proportional" else "proportional"),
            n,
            n_of,
        ),
    ]
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
    rows += [(f"Wave {w.wave}", w.n_stores, w.n_store_weeks, w.effect) for w in evaluation.waves]
    return pd.DataFrame(
        [
            {
                "Wave": label,
                "Stores": n_stores,
                "Store-weeks": n_weeks,
                "Effect": e.estimate,
                "Low": e.ci_low,
                "High": e.ci_high,
                "p": e.p_value,
            }
            for label, n_stores, n_weeks, e in rows
        ]
    )


def forest_table(evaluation: Evaluation) -> pd.DataFrame:
    """Overall, by wave and in store, for a forest plot: ``label, value, ci_low, ci_high``."""
    rows = [("All waves", evaluation.overall["net_amount"])]
    rows += [(f"Wave {w.wave} ({w.n_stores} stores)", w.effect) for w in evaluation.waves]
    rows.append(("Of which sold in the store", evaluation.overall["store_net_amount"]))
    return pd.DataFrame(
        [
            {"label": label, "value": e.estimate, "ci_low": e.ci_low, "ci_high": e.ci_high}
            for label, e in rows
        ]
    )


def answer(evaluation: Evaluation) -> str:
    """One or two sentences: what it added, and what the usual comparison would have said."""
    by_name = {e.name: e for e in estimates(evaluation)}
    net, name = evaluation.overall["net_amount"], evaluation.name
    effect, year = (
        format_estimate(by_name[x]) for x in ("att_per_store_week", "contribution_per_year")
    )
    failed = _failed(evaluation)
    doubt = f" This check failed: {failed[0]}." if failed else ""
    naive = ""
    if "before_after" in by_name:
        naive = f" Before and after alone would have said {format_number(by_name['before_after'].value, by_name['before_after'].unit)}."
    if not net.is_significant:
        return f"The data do not settle whether {name} added sales: the effect is {effect}.{naive}{doubt}"
    return (
        f"{'Yes' if net.estimate > 0 else 'No'}: {name} changed net sales by {effect}; in all stores it "
        f"is worth {year} after its own cost.{naive}{doubt}"
    )


def headline(evaluation: Evaluation) -> str:
    """The message as one sentence."""
    net, money = evaluation.overall["net_amount"], evaluation.overall["contribution_amount"]
    if not net.is_significant:
        return f"Whether {evaluation.name} adds sales is still open"
    if net.estimate < 0:
        return f"{evaluation.name} costs sales"
    if money.is_significant and money.estimate > 0:
        return f"{evaluation.name} adds sales and pays for itself"
    if money.is_significant:
        return f"{evaluation.name} adds sales but loses money"
    return f"{evaluation.name} adds sales; whether it pays for itself is still open"


def findings(evaluation: Evaluation) -> tuple[Finding, ...]:
    """What it added and what it moved; and how far the usual comparisons were off."""
    found = [_main(evaluation)]
    if evaluation.before_after is not None:
        found.append(_usual(evaluation, evaluation.before_after))
    return tuple(found)


def _main(evaluation: Evaluation) -> Finding:
    by_name = {e.name: e for e in estimates(evaluation)}
    net, money = evaluation.overall["net_amount"], evaluation.overall["contribution_amount"]
    level, why = _confidence(evaluation)
    year = format_estimate(by_name["contribution_per_year"])
    lift = (
        f", or {format_estimate(by_name['lift'])} of what would have been sold"
        if "lift" in by_name
        else ""
    )
    if not net.is_significant:
        so_what = (
            f"In all stores the yearly margin after cost would be {year}: the sign is open, so the case "
            "for the remaining stores cannot rest on it."
        )
        advice = "Keep some stores without the service for another season and measure again before the next wave."
    elif money.estimate > 0:
        so_what = f"In all stores this is {year} in margin after goods, fulfilment and hand-over."
        advice = (
            f"Extend {evaluation.name} to the remaining stores in waves drawn by lot, and keep the last "
            "wave as comparison for one season."
        )
    else:
        so_what = f"After its own cost the margin changes by {year} in all stores."
        advice = "Stop the next wave; change price or hand-over cost in the stores that have it, then measure again."
    return Finding(
        headline=headline(evaluation),
        finding=f"Net sales per store-week changed by {format_estimate(by_name['att_per_store_week'])}{lift}. "
        + _cannibalised(evaluation),
        so_what=so_what,
        recommendation=advice,
        value_name="contribution_per_year",
        owner_role="Head of stores",
        effort="medium",
        confidence=level,
        confidence_why=why,
        horizon="next",
    )


def _cannibalised(evaluation: Evaluation) -> str:
    """What happened to sales in the store, next to the total."""
    store = evaluation.overall["store_net_amount"]
    by_name = {e.name: e for e in estimates(evaluation)}
    text = format_estimate(by_name["att_store_sales_per_store_week"])
    if store.is_significant and store.estimate < 0:
        return (
            f"Sales in the store changed by {text}: orders moved online, and the total counts both."
        )
    if store.is_significant:
        return f"Sales in the store rose as well: {text}."
    return f"For sales in the store the change is {text}, which leaves open whether they suffered."


def _usual(evaluation: Evaluation, naive: Effect) -> Finding:
    by_name = {e.name: e for e in estimates(evaluation)}
    net = evaluation.overall["net_amount"]
    gap = naive.estimate - net.estimate
    outside = not net.ci_low <= naive.estimate <= net.ci_high
    size = format_number(abs(gap), f"{evaluation.currency}/store-week")
    year = format_number(abs(gap) * evaluation.store_weeks_per_year, f"{evaluation.currency}/year")
    side = "above" if gap > 0 else "below"
    parts = [
        f"Before and after in the first wave gives {format_estimate(by_name['before_after'])}, "
        f"{size} {side} the credible effect."
    ]
    if evaluation.two_way is not None:
        parts.append(
            f"Two-way fixed effects give {format_estimate(by_name['two_way_fixed_effects'])}, with negative "
            f"weights on {format_number(evaluation.two_way.negative_share, 'share')} of the treated store-weeks."
        )
    return Finding(
        headline=(
            f"Before-and-after figures would have {'over' if gap > 0 else 'under'}stated the effect"
            if outside
            else "Before-and-after figures happen to agree here, which nobody could know beforehand"
        ),
        finding=" ".join(parts),
        so_what=f"Planned on that figure, a year in all stores would be off by {year} in net sales.",
        recommendation="Decide on further waves only with a comparison of stores that do not have the service yet.",
        value_name="",
        owner_role="Head of controlling",
        effort="low",
        confidence="high" if outside and net.is_significant else "medium",
        confidence_why=(
            "The figure lies outside the interval of the credible effect."
            if outside
            else "The figure lies inside the interval of the credible effect."
        ),
        horizon="now",
    )


def _confidence(evaluation: Evaluation) -> tuple[Level, str]:
    failed = _failed(evaluation)
    net = evaluation.overall["net_amount"]
    doubts = f"; failed: {'; '.join(failed)}" if failed else ""
    if not net.is_significant:
        return "low", f"The interval includes both a gain and a loss{doubts}."
    if len(failed) > 2:
        return (
            "low",
            f"The interval leaves out zero, but several design checks do not hold{doubts}.",
        )
    if failed:
        return "medium", f"The interval leaves out zero{doubts}."
    return "high", "The interval leaves out zero and every design check holds."


def _failed(evaluation: Evaluation) -> list[str]:
    return [c.label[0].lower() + c.label[1:] for c in evaluation.checks if not c.passed]


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
