"""The readout as numbers: estimates with unit and interval, and the frames of its exhibits."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from omnisim.experiment.readout import MetricReadout, Readout
from omnisim.language import chinese_unit, lower_first, remember, say, say_as
from omnisim.results import Estimate

_SOURCE = "orders, experiment_assignments, customers"


def estimates(readout: Readout) -> tuple[Estimate, ...]:
    """Every number of the readout; empty when a gate blocked it.

    Names: ``effect_<metric>``, ``plain_<metric>`` (without the pre-period), ``lift_<metric>``,
    ``detectable_<metric>``, and ``sales_per_year`` and ``margin_per_year`` for all assigned customers.
    """
    made: list[Estimate] = []
    for item in readout.metrics:
        made += _of_metric(readout, item)
    for metric, name, label in (
        ("net_amount", "sales_per_year", "Net sales a year if all assigned customers get it"),
        ("margin_amount", "margin_per_year", "Margin a year if all assigned customers get it"),
    ):
        if any(item.metric.name == metric for item in readout.metrics):
            made.append(_per_year(readout, metric, name, label))
    return tuple(made)


def effect_table(readout: Readout) -> pd.DataFrame:
    """One row per metric with readable columns, in the readout's order."""
    rows = []
    low, high = say_as("interval", "Low"), say_as("interval", "High")
    for item in readout.metrics:
        unit = item.metric.unit.format(currency=readout.currency)
        rows.append(
            {
                "Metric": item.metric.label,
                "Unit": remember(unit.replace("/", " per "), zh=chinese_unit(unit)),
                "Control": item.effect.control_mean,
                "Effect": item.effect.estimate,
                low: item.effect.ci_low,
                high: item.effect.ci_high,
                "p": item.effect.p_value,
                "p (Holm)": item.p_holm,
                "Detectable": item.detectable,
                "Variance removed": item.effect.variance_removed,
                "Method": item.effect.method,
            }
        )
    return pd.DataFrame(rows)


def lift_table(readout: Readout) -> pd.DataFrame:
    """Effects in percent of control, comparable across metrics, for the forest plot.

    Columns ``label, value, ci_low, ci_high`` [% of control]. Shares, and metrics whose control mean
    has no finite ratio interval, use the difference over the control mean when that is positive.
    """
    rows = []
    for item in readout.metrics:
        if item.lift is not None:
            triple = (item.lift.estimate, item.lift.ci_low, item.lift.ci_high)
        elif item.effect.control_mean > 0:
            effect, base = item.effect, item.effect.control_mean
            triple = (effect.estimate / base, effect.ci_low / base, effect.ci_high / base)
        else:
            continue
        value, low, high = (100 * number for number in triple)
        rows.append({"label": item.metric.label, "value": value, "ci_low": low, "ci_high": high})
    return pd.DataFrame(rows, columns=["label", "value", "ci_low", "ci_high"])


def check_table(readout: Readout) -> pd.DataFrame:
    """The validity checks with readable columns."""
    return pd.DataFrame(
        [
            {
                "Check": c.label,
                "Kind": "gate" if c.is_gate else "warning",
                "Holds": "yes" if c.passed else "no",
                "What was seen": c.sentence,
            }
            for c in readout.checks
        ]
    )


def comparable(readout: Readout) -> list[Estimate]:
    """The estimates with units as the truth spells them: ``USD per ...`` for ``USD/...``."""
    return [replace(e, unit=e.unit.replace("/", " per ")) for e in estimates(readout)]


def truth_matches(readout: Readout) -> dict[str, dict[str, str]]:
    """Which row of the truth each estimate is held against; empty when blocked."""
    base = {
        "estimand": "ate",
        "cause": readout.design.name,
        "semantics": "all_minus_none",
        "scope": "all",
    }
    return {
        f"{prefix}_{outcome}": {**base, "outcome": outcome}
        for outcome in ("net_amount", "n_orders")
        for prefix in ("effect", "plain")
        if any(item.metric.name == outcome for item in readout.metrics)
    }


def _of_metric(readout: Readout, item: MetricReadout) -> list[Estimate]:
    name, label = item.metric.name, item.metric.label
    unit = item.metric.unit.format(currency=readout.currency)
    n = readout.n_control + readout.n_treatment
    common = {
        "role": "incremental",
        "n": n,
        "n_of": "customers",
        "source": _SOURCE,
        "ci_level": readout.rule.ci_level,
    }
    made = []
    metric = lower_first(label)
    for prefix, difference, words, note in (
        (
            "effect",
            item.effect,
            say("Effect on {metric}", metric=metric),
            say(
                "treatment minus control over {n} days; p = {p}, {holm} after Holm",
                n=readout.design.n_days,
                p=f"{item.effect.p_value:.2g}",
                holm=f"{item.p_holm:.2g}",
            ),
        ),
        (
            "plain",
            item.plain,
            say("Effect on {metric}, without the pre-period", metric=metric),
            say(
                "treatment minus control over {n} days; p = {p}",
                n=readout.design.n_days,
                p=f"{item.plain.p_value:.2g}",
            ),
        ),
    ):
        made.append(
            Estimate(
                name=f"{prefix}_{name}",
                label=words,
                value=difference.estimate,
                unit=unit,
                ci_low=difference.ci_low,
                ci_high=difference.ci_high,
                std_error=difference.std_error,
                method=difference.method,
                note=note,
                **common,  # type: ignore[arg-type]
            )
        )
    if item.lift is not None:
        made.append(
            Estimate(
                name=f"lift_{name}",
                label=say("Lift of {metric}", metric=metric),
                value=item.lift.estimate,
                unit="share",
                ci_low=item.lift.ci_low,
                ci_high=item.lift.ci_high,
                method="ratio to the control mean (Fieller)",
                **common,  # type: ignore[arg-type]
            )
        )
    made.append(
        Estimate(
            name=f"detectable_{name}",
            label=say("Smallest detectable effect on {metric}", metric=metric),
            value=item.detectable,
            unit=unit,
            method="noncentral t at 80% power, from the noise of this test",
            note="a property of the design; no sampling interval",
            **{**common, "role": "diagnostic"},  # type: ignore[arg-type]
        )
    )
    return made


def _per_year(readout: Readout, metric: str, name: str, label: str) -> Estimate:
    effect, times = readout.metric(metric).effect, readout.customers_times_years
    return Estimate(
        name=name,
        label=label,
        value=effect.estimate * times,
        unit=f"{readout.currency}/year",
        role="incremental",
        ci_low=effect.ci_low * times,
        ci_high=effect.ci_high * times,
        std_error=effect.std_error * times,
        ci_level=readout.rule.ci_level,
        n=readout.n_control + readout.n_treatment,
        n_of="customers",
        method="effect per customer x assigned customers x 365 / days of the window",
        source=_SOURCE,
        note="assumes that the effect of the window lasts and its season is typical; novelty may fade",
    )
