"""The readout in the reader's words: estimates, tables, one answer and one finding, all by rule."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from omnisim.experiment.compare import Lift
from omnisim.experiment.power import customers_needed
from omnisim.experiment.readout import MetricReadout, Readout
from omnisim.results import Estimate, Finding, format_estimate, format_number

Level = Literal["low", "medium", "high"]

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
    for item in readout.metrics:
        unit = item.metric.unit.format(currency=readout.currency)
        rows.append(
            {
                "Metric": item.metric.label,
                "Unit": unit.replace("/", " per "),
                "Control": item.effect.control_mean,
                "Effect": item.effect.estimate,
                "Low": item.effect.ci_low,
                "High": item.effect.ci_high,
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


def answer(readout: Readout) -> str:
    """One or two sentences that answer whether it paid."""
    name = readout.design.name
    if readout.is_blocked:
        return (
            f"It cannot be said whether {name!r} paid: {_lower(readout.failed_gates[0].sentence)} "
            "The comparison is blocked until this is explained."
        )
    effect = format_estimate(_named(readout, "effect_net_amount"))
    year = format_estimate(_named(readout, "sales_per_year"))
    detectable = format_number(readout.metrics[0].detectable, f"{readout.currency}/customer")
    if readout.decision == "ship":
        return f"Yes: {name!r} changed net sales by {effect} in {readout.design.n_days} days, worth {year}."
    if readout.decision == "roll_back":
        return f"No: {name!r} changed net sales by {effect} in {readout.design.n_days} days, or {year}."
    if readout.metrics[0].effect.ci_low > 0:
        return (
            f"Not yet: {name!r} added {effect}, but a guardrail fell, so the rule does not ship it."
        )
    return (
        f"The test does not settle it: the effect of {name!r} is {effect} in "
        f"{readout.design.n_days} days, and a true effect below {detectable} would mostly have "
        "gone unseen."
    )


def headline(readout: Readout) -> str:
    """The message as one sentence, without numbers that need a base."""
    name = readout.design.name
    if readout.is_blocked:
        return (
            f"The test of {name!r} cannot be read: {readout.failed_gates[0].label.lower()} failed"
        )
    if readout.decision == "ship":
        return f"{name} sells more, and the test proves it"
    if readout.decision == "roll_back":
        return f"{name} loses sales and should be rolled back"
    if _is_held(readout):
        return f"{name} sells more but hurts a guardrail"
    return f"The test of {name!r} leaves open whether it pays"


def finding(readout: Readout) -> Finding:
    """Situation, so-what and recommendation with value, effort and confidence."""
    name, days = readout.design.name, readout.design.n_days
    confidence, why = _confidence(readout)
    if readout.is_blocked:
        gates = " ".join(check.sentence for check in readout.failed_gates)
        return Finding(
            headline=headline(readout),
            finding=gates,
            so_what="An effect computed from these arms would be an artefact, so none is reported.",
            recommendation="Find the cause in the assignment and logging code, repair it, and run the "
            "test again before deciding.",
            value_name="",
            owner_role="Head of e-commerce",
            effort="medium",
            confidence=confidence,
            confidence_why=why,
            horizon="now",
        )
    first = readout.metrics[0]
    effect, plain = _named(readout, "effect_net_amount"), _named(readout, "plain_net_amount")
    year, margin = _named(readout, "sales_per_year"), _named(readout, "margin_per_year")
    n = readout.n_control + readout.n_treatment
    found = (
        f"Over {days} days and {n:,} randomly assigned customers, net sales per customer changed by "
        f"{format_estimate(effect)}"
        + (f", {_lift(first.lift)} of control" if first.lift else "")
        + f". Without the pre-period the figure is {format_estimate(plain)}."
    )
    need = _need(readout)
    case = "guardrail" if _is_held(readout) else readout.decision
    so_what = {
        "ship": f"For all assigned customers this is {format_estimate(year)} in net sales and "
        f"{format_estimate(margin)} in margin, if the effect lasts.",
        "roll_back": f"Left on for all assigned customers it would change net sales by {format_estimate(year)}.",
        "inconclusive": f"The yearly value lies anywhere in {format_estimate(year)}: too wide to act on. {need}",
        "guardrail": f"Sales would change by {format_estimate(year)}, but margin by "
        f"{format_estimate(margin)}: growth that costs more than it brings is no growth.",
    }[case]
    advice = {
        "ship": f"Give {name!r} to everybody, keep five percent of customers without it for three "
        "months, and read the effect again for fading novelty.",
        "roll_back": f"Switch {name!r} off and look in the journey for what it displaced.",
        "inconclusive": f"Do not roll out {name!r} on this evidence; repeat the test at the size "
        "above or stop it.",
        "guardrail": f"Keep {name!r} off until the guardrail that fell is repaired.",
    }[case]
    return Finding(
        headline=headline(readout),
        finding=found,
        so_what=so_what,
        recommendation=advice,
        value_name="sales_per_year",
        owner_role="Head of e-commerce",
        effort="low" if readout.decision != "inconclusive" else "medium",
        confidence=confidence,
        confidence_why=why,
        horizon="now" if readout.decision != "inconclusive" else "next",
    )


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
    for prefix, difference, words in (
        ("effect", item.effect, "effect on " + _lower(label)),
        ("plain", item.plain, "effect on " + _lower(label) + ", without the pre-period"),
    ):
        made.append(
            Estimate(
                name=f"{prefix}_{name}",
                label=words[0].upper() + words[1:],
                value=difference.estimate,
                unit=unit,
                ci_low=difference.ci_low,
                ci_high=difference.ci_high,
                std_error=difference.std_error,
                method=difference.method,
                note=f"treatment minus control over {readout.design.n_days} days; "
                f"p = {difference.p_value:.2g}"
                + (f", {item.p_holm:.2g} after Holm" if prefix == "effect" else ""),
                **common,  # type: ignore[arg-type]
            )
        )
    if item.lift is not None:
        made.append(
            Estimate(
                name=f"lift_{name}",
                label=f"Lift of {_lower(label)}",
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
            label=f"Smallest detectable effect on {_lower(label)}",
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


def _confidence(readout: Readout) -> tuple[Level, str]:
    """Level and reason, from the gates, the interval and the soft checks."""
    if readout.is_blocked:
        return "low", "A validity gate failed, so there is no effect to be confident about."
    soft = [check.label.lower() for check in readout.checks if not check.passed]
    first = readout.metrics[0]
    if not first.effect.is_significant:
        return "low", "All validity gates hold, but the interval includes both a gain and a loss."
    capped = [
        m for m in readout.metrics if m.metric.column == first.metric.column and m is not first
    ]
    turned = [m for m in capped if m.effect.estimate * first.effect.estimate < 0]
    if soft or turned:
        doubts = [f"failed: {', '.join(soft)}"] if soft else []
        doubts += ["a few very large baskets decide the sign"] if turned else []
        return "medium", f"Randomised and all gates hold, but {'; '.join(doubts)}."
    return "high", "Randomised, all validity gates hold, and the interval leaves out zero."


def _lift(lift: Lift) -> str:
    low, high = (format_number(x, "share") for x in (lift.ci_low, lift.ci_high))
    return f"{format_number(lift.estimate, 'share')} ({low} to {high})"


def _is_held(readout: Readout) -> bool:
    """Whether only a guardrail stands against shipping."""
    return readout.decision == "inconclusive" and readout.metrics[0].effect.ci_low > 0


def _need(readout: Readout) -> str:
    """How large the next test must be for the smallest lift worth having."""
    first = readout.metrics[0]
    worthwhile = readout.rule.worthwhile_share * first.effect.control_mean
    if worthwhile <= 0:
        return ""
    n = readout.n_control + readout.n_treatment
    needed = customers_needed(
        worthwhile, std_error=first.effect.std_error, n=n, ci_level=readout.rule.ci_level
    )
    share = format_number(readout.rule.worthwhile_share, "share")
    if needed <= n:
        return f"The test was large enough to see a lift of {share}."
    return (
        f"To see a lift of {share} the test needs about {format_number(needed, 'customers')} over "
        f"{readout.design.n_days} days; it had {n:,}."
    )


def _named(readout: Readout, name: str) -> Estimate:
    return next(item for item in estimates(readout) if item.name == name)


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]
