"""Messages of the risk figures and tables, methods, assumptions and limits, made from the numbers."""

from __future__ import annotations

from omnisim.language import (
    chinese_unit,
    join_sentences,
    listed,
    lower_first,
    remember,
    respelled,
    say,
    say_as,
)
from omnisim.results import format_number, format_range
from omnisim.risk.assess import Assessment
from omnisim.risk.matrix import step
from omnisim.risk.tables import level_label
from omnisim.risk.treatment import Plan, TreatmentResult


def matrix_title(assessment: Assessment) -> str:
    """Message of the matrix."""
    top = len(assessment.register.matrix.levels.labels) - 1
    severe = [r for r in assessment.risks if r.level >= top - 1]
    labels = assessment.register.matrix.levels.labels
    if not severe:
        worst = lower_level(assessment.risks[0].level, assessment)
        return say("No measured risk is above level {level}", level=worst)
    seen = {
        "n": len(severe),
        "total": len(assessment.risks),
        "second": say_as("level", labels[top - 1].replace("_", " ")),
        "first": say_as("level", labels[top].replace("_", " ")),
    }
    return (
        say("{n} of {total} measured risks is {second} or {first}", **seen)
        if len(severe) == 1
        else say("{n} of {total} measured risks are {second} or {first}", **seen)
    )


def matrix_subtitle(assessment: Assessment) -> str:
    """What the matrix draws."""
    edges = assessment.register.matrix.levels.edges_margin_share
    return say(
        "Events per year and loss per event ({currency}); the level rises at {first}, {second}, "
        "{third} of gross margin a year; small figures: expected number of risks in the cell",
        currency=assessment.economics.currency,
        first=f"{edges[0]:.1%}",
        second=f"{edges[1]:.1%}",
        third=f"{edges[2]:.1%}",
    )


def matrix_note(assessment: Assessment) -> str:
    """Why a risk's level may differ from the band its marker lies in."""
    edges = assessment.register.matrix.levels.edges_margin_share
    notes = []
    if any(r.level > step(r.margin_share, edges) for r in assessment.risks):
        notes.append(
            say(
                "↑: one level above its band, because more than {share} of years cost more than the "
                "tolerance of {tolerance}.",
                share=format_number(assessment.register.appetite.max_probability, "share"),
                tolerance=format_number(assessment.tolerance, assessment.economics.currency),
            )
        )
    if any(r.rare for r in assessment.risks):
        notes.append(
            say("Rare expert losses count in the annual loss, not in the place of the marker.")
        )
    return join_sentences(*notes)


def losses_title(assessment: Assessment) -> str:
    """Message of the bars."""
    total = assessment.total.eal
    n = min(2, len(assessment.risks))
    lead = assessment.risks[:n]
    share = sum(r.loss.eal for r in lead) / total if total > 0 else 0.0
    names = listed([lead[0].risk.name, *(lower_first(r.risk.name) for r in lead[1:])])
    return say(
        "{names} make up {share} of the expected annual loss",
        names=names,
        share=format_number(share, "share"),
    )


def register_subtitle(assessment: Assessment) -> str:
    """What the register rests on."""
    span = assessment.economics.exposure_years
    return (
        say("Events counted over {n} years; intervals hold the middle 90%", n=f"{span:.2f}")
        if span >= 0.99
        else say(
            "Events counted over {n} years, scaled up to a year; intervals hold the middle 90%",
            n=f"{span:.2f}",
        )
    )


def plan_title(assessment: Assessment, plan: Plan) -> str:
    """Message of the treatments table."""
    money = f"{assessment.economics.currency}/year"
    if not plan.chosen:
        return say(
            "No treatment within {budget} is expected to pay",
            budget=format_number(plan.budget, money),
        )
    low, _ = plan.net_interval()
    made = {
        "treatments": count_of(len(plan.chosen), "treatment"),
        "net": format_number(plan.net, money),
    }
    return (
        say("A plan of {treatments} returns {net} after its cost", **made)
        if low > 0
        else say("A plan of {treatments} is expected to return {net} after its cost", **made)
    )


def treatments_title(results: tuple[TreatmentResult, ...]) -> str:
    """Message of the treatments figure."""
    sure = sum(r.net_interval()[0] > 0 for r in results)
    maybe = sum(r.net > 0 for r in results) - sure
    return say(
        "{sure} of {total} treatments pay for themselves in nearly all cases, {maybe} more are "
        "expected to",
        sure=sure,
        total=len(results),
        maybe=maybe,
    )


def exceedance_title(assessment: Assessment, plan: Plan) -> str:
    """Message of the exceedance curve."""
    currency = assessment.economics.currency
    now, then = assessment.total.quantile(0.95), plan.residual_total.quantile(0.95)
    if plan.chosen and then < now:
        return say(
            "One year in twenty costs more than {now}; the plan brings that down to {then}",
            now=format_number(now, currency),
            then=format_number(then, currency),
        )
    return say("One year in twenty costs more than {now}", now=format_number(now, currency))


def risk_methods(assessment: Assessment) -> tuple[str, ...]:
    """How it was done, with the reference."""
    n_years, n_draws = len(assessment.total.years), len(assessment.total.expected)
    return (
        say(
            "Events per year: gamma-Poisson posterior under Jeffreys' prior; where weekly counts vary "
            "more than Poisson (5% test), the posterior and the years are widened by the index of "
            "dispersion."
        ),
        say(
            "Loss per event: losses seen (Bayesian bootstrap), a generalised Pareto tail by "
            "probability-weighted moments from 50 events (Hosking and Wallis 1987), the experts' "
            "lognormal range below 5."
        ),
        say(
            "Annual loss: compound Monte Carlo, {years} years over {draws} posterior draws; "
            "unit costs drawn from their range.",
            years=f"{n_years:,}",
            draws=n_draws,
        ),
        say(
            "Level: expected annual loss as a share of gross margin, one level up when a year above "
            "the tolerance is more probable than accepted; never score x score (Cox 2008)."
        ),
        say(
            "Choice of treatments: exact integer programme (HiGHS) with multiplicative residual risk."
        ),
    )


def risk_assumptions(assessment: Assessment) -> tuple[str, ...]:
    """Every unit cost of the register in words, with range and source."""
    economics = assessment.economics
    lines = []
    for r in assessment.risks:
        for a in r.risk.assumptions:
            unit = "share" if a.unit == "share" else economics.currency
            low, high = economics.money(a, a.low), economics.money(a, a.high)
            lines.append(
                say(
                    "{risk}, {about}: {value} ({reach}; {source}).",
                    risk=r.risk.name,
                    about=a.about,
                    value=format_number(economics.money(a, a.value), unit),
                    reach=format_range(low, high, unit),
                    source=a.source,
                )
            )
    return tuple(lines)


def risk_limits(assessment: Assessment) -> tuple[str, ...]:
    """What the answer does not cover."""
    lines = [
        say("{risk}: {note}.", risk=r.risk.name, note=r.data.note)
        for r in assessment.risks
        if r.data.note
    ]
    if assessment.economics.exposure_years < 0.99:
        lines.append(
            say(
                "Less than a year of data: rates are scaled up, and the season that is missing is not "
                "seen."
            )
        )
    lines.append(
        say(
            "Effects and costs of treatments are expert priors, not measured here; test before a "
            "roll-out."
        )
    )
    lines.append(say("Risks that leave no trace in these tables are not in the total."))
    return tuple(lines)


def count_of(n: int, noun: str) -> str:
    """A count with its noun; the catalogue has the Chinese measure word as ``unit: <noun>s``.

    Examples
    --------
    >>> count_of(1, "event"), count_of(1200, "event")
    ('1 event', '1,200 events')
    """
    english = f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
    return remember(english, zh=f"{n:,}{chinese_unit(f'{noun}s')}")


def lower_level(level: int, assessment: Assessment) -> str:
    """Level inside a sentence, e.g. ``very high``."""
    label = level_label(level, assessment)
    return respelled(label, label.lower())


def probability(p: float) -> str:
    """A probability inside a sentence; simulated ends are never called certain.

    Examples
    --------
    >>> probability(0.873), probability(1.0), probability(0.0)
    ('of 87.3%', 'above 99%', 'below 1%')
    """
    if p > 0.99:
        return say("above 99%")
    return say("below 1%") if p < 0.01 else say("of {share}", share=format_number(p, "share"))
