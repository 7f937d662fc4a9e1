"""Checks, findings and the answer about risk, made from the numbers."""

from __future__ import annotations

from typing import Literal

from omnisim.results import Check, Finding, format_estimate, format_number, format_range
from omnisim.risk.assess import Assessment, RiskResult
from omnisim.risk.estimates import risk_estimates
from omnisim.risk.tables import level_label
from omnisim.risk.titles import count_of, listed, lower_first, probability, share_of_years
from omnisim.risk.treatment import Plan, TreatmentResult

Grade = Literal["low", "medium", "high"]


def risk_checks(assessment: Assessment) -> tuple[Check, ...]:
    """What the reader should know before trusting the matrix."""
    span = assessment.economics.exposure_years
    checks = [
        Check(
            name="exposure",
            label="A whole year was watched",
            passed=span >= 0.99,
            value=span,
            threshold=1.0,
            sentence=(
                f"The data cover {span:.2f} years"
                + (
                    "."
                    if span >= 0.99
                    else ": rates are scaled up to a year without the season that is missing."
                )
            ),
        ),
        Check(
            name="measured",
            label="Every risk of the register was measured",
            passed=not assessment.not_measured,
            value=float(len(assessment.not_measured)),
            threshold=0.0,
            sentence=(
                "All risks of the register were measured from tables."
                if not assessment.not_measured
                else "Not measured: "
                + "; ".join(f"{m.risk.name} ({m.reason})" for m in assessment.not_measured)
                + "."
            ),
        ),
    ]
    faults = assessment.faults
    if faults is not None:
        wrong, tied = len(faults.misranked), len(faults.tied)
        text = (
            f"Of {faults.n_pairs} pairs of risks, ranking by likelihood x impact would order "
            f"{wrong} wrongly and cannot order {tied}"
        )
        if tied:
            text += f"; inside one cell the expected loss differs up to {faults.worst_compression:.0f}-fold"
        checks.append(
            Check(
                name="matrix_faults",
                label="The matrix ranks as the money does",
                passed=wrong + tied == 0,
                value=float(wrong + tied),
                threshold=0.0,
                sentence=text + ". Levels therefore come from expected annual loss.",
            )
        )
    return tuple(checks)


def risk_findings(
    assessment: Assessment, results: tuple[TreatmentResult, ...], plan: Plan
) -> tuple[Finding, ...]:
    """Findings in the order a board would read them: the total with the plan, then the top risks."""
    made = [_plan_finding(assessment, results, plan)]
    for item in assessment.risks[:2]:
        made.append(_risk_finding(assessment, item, results))
    return tuple(made)


def risk_answer(assessment: Assessment, plan: Plan) -> str:
    """The answer in two or three sentences."""
    money = f"{assessment.economics.currency}/year"
    top = assessment.risks[0]
    low, high = assessment.total.eal_interval()
    share = assessment.total.eal / assessment.economics.annual_gross_margin
    first = (
        f"The {_measured(assessment)} expected to cost "
        f"{format_number(assessment.total.eal, money)} (90% interval "
        f"{format_range(low, high, money)}), "
        f"{format_number(share, 'share')} of gross margin; one year in twenty costs more than "
        f"{format_number(assessment.total.quantile(0.95), assessment.economics.currency)}."
    )
    second = (
        f" The costliest is {lower_first(top.risk.name)} at {format_number(top.loss.eal, money)} "
        f"(level: {level_label(top.level, assessment).lower()})."
    )
    if not plan.chosen:
        return first + second + " No treatment within the budget is expected to pay for itself."
    return (
        first
        + second
        + f" Do first: {lower_first(plan.chosen[0].name)}; the whole plan of "
        + f"{count_of(len(plan.chosen), 'treatment')} is expected to return "
        + f"{format_number(plan.net, money)} after its cost."
    )


def _plan_finding(
    assessment: Assessment, results: tuple[TreatmentResult, ...], plan: Plan
) -> Finding:
    money = f"{assessment.economics.currency}/year"
    total = next(e for e in risk_estimates(assessment, results, plan) if e.name == "eal_total")
    share = assessment.total.eal / assessment.economics.annual_gross_margin
    lead = assessment.risks[:3]
    lead_share = sum(r.loss.eal for r in lead) / max(assessment.total.eal, 1e-300)
    finding = (
        f"{_measured(assessment)} expected to cost {format_estimate(total)}, "
        f"{format_number(share, 'share')} of gross margin. "
        f"{listed([lead[0].risk.name, *(lower_first(r.risk.name) for r in lead[1:])])} {'makes' if len(lead) == 1 else 'make'} up {format_number(lead_share, 'share')} of it."
    )
    if not plan.chosen:
        return Finding(
            headline="Known risks cost money every year, but no treatment on the list pays yet",
            finding=finding,
            so_what="Every treatment within the budget is expected to cost more than it saves.",
            recommendation="Keep the owners, watch the indicators, and ask for cheaper treatments.",
            value_name="eal_total",
            owner_role="Chief risk officer",
            effort="low",
            confidence=_confidence(assessment),
            confidence_why=_confidence_why(assessment),
            horizon="next",
        )
    low, high = plan.net_interval()
    sure = low > 0
    return Finding(
        headline=(
            f"Measured risks cost {format_number(share, 'share')} of gross margin a year, and "
            + ("part of it can be bought back" if sure else "buying it back may pay")
        ),
        finding=finding,
        so_what=(
            f"Within a budget of {format_number(plan.budget, money)}, "
            f"{count_of(len(plan.chosen), 'treatment')} avoid an expected "
            f"{format_number(float(plan.avoided.mean()), money)} for "
            f"{format_number(plan.yearly_cost, money)}: net {format_number(plan.net, money)} "
            f"(90% interval {format_range(low, high, money)})."
        ),
        recommendation=(
            f"Fund the plan of {count_of(len(plan.chosen), 'treatment')} and work through it in order "
            "of net benefit."
            if sure
            else f"Pilot {lower_first(plan.chosen[0].name)} before funding the rest: the return is not "
            "certain."
        ),
        value_name="plan_net_benefit",
        owner_role="Chief operating officer",
        effort=_effort([t.effort for t in plan.chosen]),
        confidence=_confidence(assessment),
        confidence_why=_confidence_why(assessment),
        horizon="now" if sure else "next",
    )


def _risk_finding(
    assessment: Assessment, item: RiskResult, results: tuple[TreatmentResult, ...]
) -> Finding:
    money = f"{assessment.economics.currency}/year"
    low, high = item.loss.eal_interval()
    level = level_label(item.level, assessment).lower()
    horizon: Literal["now", "next", "later"]
    options = [r for r in results if any(e.risk == item.risk.id for e in r.treatment.effects)]
    best = options[0] if options else None
    worth = ""
    bad_year = format_number(item.loss.quantile(0.95), assessment.economics.currency)
    if best is not None and best.net > 0:
        net_low, net_high = best.net_interval()
        recommendation = f"{best.treatment.name}."
        worth = (
            f" The best treatment nets {format_number(best.net, money)} (90% interval "
            f"{format_range(net_low, net_high, money)}) and pays with a probability "
            f"{probability(best.probability_positive)}."
        )
        horizon = "now" if net_low > 0 else "next"
    elif best is not None:
        recommendation = (
            f"Bear it for now: the best option ({lower_first(best.treatment.name)}) costs more "
            f"than it saves. Watch {item.risk.kri.about}."
        )
        horizon = "later"
    else:
        recommendation = f"Watch {item.risk.kri.about}; the register lists no treatment for it yet."
        horizon = "later"
    few = item.severity.kind == "expert lognormal"
    wide = item.loss.eal > 0 and high > 4 * max(low, 1e-12)
    return Finding(
        headline=(
            f"{item.risk.name} takes about {format_number(item.loss.eal, money)}: level {level}"
        ),
        finding=(
            f"{count_of(item.data.n_events, 'event')} in {_span(item.data.exposure_years)} of "
            f"data, each {item.risk.events}. At "
            f"{format_number(float(item.loss.mean_severity.mean()), assessment.economics.currency)} "
            f"each they come to {format_number(item.loss.eal, money)} (90% interval "
            f"{format_range(low, high, money)})."
        ),
        so_what=(
            f"That is {format_number(item.margin_share, 'share')} of gross margin; a bad year, one in "
            f"twenty, costs more than {bad_year}. The tolerance of "
            f"{format_number(assessment.tolerance, assessment.economics.currency)} is passed in "
            f"{share_of_years(item.probability_above)}.{worth}"
        ),
        recommendation=recommendation,
        value_name=f"eal_{item.risk.key}",
        owner_role=item.risk.owner_role,
        effort=best.treatment.effort if best is not None else "low",
        confidence="low" if few else "medium" if wide or item.data.n_events < 50 else "high",
        confidence_why=f"{item.evidence}; unit costs: "
        + "; ".join(sorted({a.source for a in item.risk.assumptions})),
        horizon=horizon,
    )


def _span(years: float) -> str:
    return "one year" if abs(years - 1) < 0.005 else f"{years:.2f} years"


def _confidence(assessment: Assessment) -> Grade:
    few = sum(r.severity.kind == "expert lognormal" for r in assessment.risks)
    return "low" if few > len(assessment.risks) / 2 else "medium"


def _confidence_why(assessment: Assessment) -> str:
    few = sum(r.severity.kind == "expert lognormal" for r in assessment.risks)
    counted = len(assessment.risks) - few
    return (
        f"events are counted for {counted} of {len(assessment.risks)} risks; unit costs and "
        "effects of treatments are expert priors"
    )


def _effort(efforts: list[Grade]) -> Grade:
    order: list[Grade] = ["low", "medium", "high"]
    return max(efforts, key=order.index)


def _measured(assessment: Assessment) -> str:
    n = len(assessment.risks)
    return f"{count_of(n, 'measured risk')} {'is' if n == 1 else 'are'}"
