"""Messages of the risk figures and tables, methods, assumptions and limits, made from the numbers."""

from __future__ import annotations

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
        worst = level_label(assessment.risks[0].level, assessment).lower()
        return f"No measured risk is above level {worst}"
    words = f"{labels[top - 1]} or {labels[top]}".replace("_", " ")
    verb = "is" if len(severe) == 1 else "are"
    return f"{len(severe)} of {len(assessment.risks)} measured risks {verb} {words}"


def matrix_subtitle(assessment: Assessment) -> str:
    """What the matrix draws."""
    edges = assessment.register.matrix.levels.edges_margin_share
    written = ", ".join(f"{edge:.1%}" for edge in edges)
    return (
        f"Events per year and loss per event ({assessment.economics.currency}); the level rises at "
        f"{written} of gross margin a year; small figures: expected number of risks in the cell"
    )


def matrix_note(assessment: Assessment) -> str:
    """Why a risk's level may differ from the band its marker lies in."""
    edges = assessment.register.matrix.levels.edges_margin_share
    notes = []
    if any(r.level > step(r.margin_share, edges) for r in assessment.risks):
        accepted = format_number(assessment.register.appetite.max_probability, "share")
        notes.append(
            "↑: one level above its band, because more than "
            f"{accepted} of years cost more than the tolerance of "
            f"{format_number(assessment.tolerance, assessment.economics.currency)}."
        )
    if any(r.rare for r in assessment.risks):
        notes.append("Rare expert losses count in the annual loss, not in the place of the marker.")
    return " ".join(notes)


def losses_title(assessment: Assessment) -> str:
    """Message of the bars."""
    total = assessment.total.eal
    n = min(2, len(assessment.risks))
    lead = assessment.risks[:n]
    share = sum(r.loss.eal for r in lead) / total if total > 0 else 0.0
    names = listed([lead[0].risk.name, *(lower_first(r.risk.name) for r in lead[1:])])
    return f"{names} make up {format_number(share, 'share')} of the expected annual loss"


def register_subtitle(assessment: Assessment) -> str:
    """What the register rests on."""
    span = assessment.economics.exposure_years
    scaled = "" if span >= 0.99 else ", scaled up to a year"
    return f"Events counted over {span:.2f} years{scaled}; intervals hold the middle 90%"


def plan_title(assessment: Assessment, plan: Plan) -> str:
    """Message of the treatments table."""
    money = f"{assessment.economics.currency}/year"
    if not plan.chosen:
        return f"No treatment within {format_number(plan.budget, money)} is expected to pay"
    low, _ = plan.net_interval()
    verb = "returns" if low > 0 else "is expected to return"
    return (
        f"A plan of {count_of(len(plan.chosen), 'treatment')} {verb} "
        f"{format_number(plan.net, money)} after its cost"
    )


def treatments_title(results: tuple[TreatmentResult, ...]) -> str:
    """Message of the treatments figure."""
    sure = sum(r.net_interval()[0] > 0 for r in results)
    maybe = sum(r.net > 0 for r in results) - sure
    return (
        f"{sure} of {len(results)} treatments pay for themselves in nearly all cases, "
        f"{maybe} more are expected to"
    )


def exceedance_title(assessment: Assessment, plan: Plan) -> str:
    """Message of the exceedance curve."""
    currency = assessment.economics.currency
    now, then = assessment.total.quantile(0.95), plan.residual_total.quantile(0.95)
    text = f"One year in twenty costs more than {format_number(now, currency)}"
    if plan.chosen and then < now:
        text += f"; the plan brings that down to {format_number(then, currency)}"
    return text


def risk_methods(assessment: Assessment) -> tuple[str, ...]:
    """How it was done, with the reference."""
    n_years, n_draws = len(assessment.total.years), len(assessment.total.expected)
    return (
        "Events per year: gamma-Poisson posterior under Jeffreys' prior; where weekly counts vary "
        "more than Poisson (5% test), the posterior and the years are widened by the index of "
        "dispersion.",
        "Loss per event: losses seen (Bayesian bootstrap), a generalised Pareto tail by "
        "probability-weighted moments from 50 events (Hosking and Wallis 1987), the experts' "
        "lognormal range below 5.",
        f"Annual loss: compound Monte Carlo, {n_years:,} years over {n_draws} posterior draws; "
        "unit costs drawn from their range.",
        "Level: expected annual loss as a share of gross margin, one level up when a year above the "
        "tolerance is more probable than accepted; never score x score (Cox 2008).",
        "Choice of treatments: exact integer programme (HiGHS) with multiplicative residual risk.",
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
                f"{r.risk.name}, {a.about}: {format_number(economics.money(a, a.value), unit)} "
                f"({format_range(low, high, unit)}; {a.source})."
            )
    return tuple(lines)


def risk_limits(assessment: Assessment) -> tuple[str, ...]:
    """What the answer does not cover."""
    lines = [f"{r.risk.name}: {r.data.note}." for r in assessment.risks if r.data.note]
    if assessment.economics.exposure_years < 0.99:
        lines.append(
            "Less than a year of data: rates are scaled up, and the season that is missing is not seen."
        )
    lines.append(
        "Effects and costs of treatments are expert priors, not measured here; test before a roll-out."
    )
    lines.append("Risks that leave no trace in these tables are not in the total.")
    return tuple(lines)


def count_of(n: int, noun: str) -> str:
    """A count with its noun."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def listed(names: list[str]) -> str:
    """Names as one enumeration."""
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def lower_first(name: str) -> str:
    """A name inside a sentence."""
    return name[0].lower() + name[1:]


def probability(p: float) -> str:
    """A probability inside a sentence; simulated ends are never called certain.

    Examples
    --------
    >>> probability(0.873), probability(1.0), probability(0.0)
    ('of 87.3%', 'above 99%', 'below 1%')
    """
    if p > 0.99:
        return "above 99%"
    return "below 1%" if p < 0.01 else f"of {format_number(p, 'share')}"


def share_of_years(p: float) -> str:
    """A share of simulated years inside a sentence.

    Examples
    --------
    >>> share_of_years(0.25), share_of_years(0.0)
    ('25.0% of simulated years', 'none of the simulated years')
    """
    return f"{format_number(p, 'share')} of simulated years" if p else "none of the simulated years"
