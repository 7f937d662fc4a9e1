"""Findings and the answer about risk, made from the numbers."""

from __future__ import annotations

from typing import Literal

from omnisim.language import join_sentences, join_texts, listed, lower_first, say
from omnisim.results import Finding, format_estimate, format_number, format_range
from omnisim.risk.assess import Assessment, RiskResult
from omnisim.risk.estimates import risk_estimates
from omnisim.risk.titles import count_of, lower_level, probability
from omnisim.risk.treatment import Plan, TreatmentResult

Grade = Literal["low", "medium", "high"]


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
    cost = {
        "eal": format_number(assessment.total.eal, money),
        "reach": format_range(low, high, money),
        "share": format_number(share, "share"),
        "p95": format_number(assessment.total.quantile(0.95), assessment.economics.currency),
    }
    first = (
        say(
            "The 1 measured risk is expected to cost {eal} (90% interval {reach}), {share} of gross "
            "margin; one year in twenty costs more than {p95}.",
            **cost,
        )
        if len(assessment.risks) == 1
        else say(
            "The {n} measured risks are expected to cost {eal} (90% interval {reach}), {share} of "
            "gross margin; one year in twenty costs more than {p95}.",
            n=f"{len(assessment.risks):,}",
            **cost,
        )
    )
    second = say(
        "The costliest is {risk} at {eal} (level: {level}).",
        risk=lower_first(top.risk.name),
        eal=format_number(top.loss.eal, money),
        level=lower_level(top.level, assessment),
    )
    if not plan.chosen:
        third = say("No treatment within the budget is expected to pay for itself.")
    else:
        third = say(
            "Do first: {treatment}; the whole plan of {treatments} is expected to return {net} after "
            "its cost.",
            treatment=lower_first(plan.chosen[0].name),
            treatments=count_of(len(plan.chosen), "treatment"),
            net=format_number(plan.net, money),
        )
    return join_sentences(first, second, third)


def _plan_finding(
    assessment: Assessment, results: tuple[TreatmentResult, ...], plan: Plan
) -> Finding:
    money = f"{assessment.economics.currency}/year"
    share = assessment.total.eal / assessment.economics.annual_gross_margin
    finding = _cost_of_all(assessment, results, plan)
    if not plan.chosen:
        return Finding(
            headline=say(
                "Known risks cost money every year, but no treatment on the list pays yet"
            ),
            finding=finding,
            so_what=say(
                "Every treatment within the budget is expected to cost more than it saves."
            ),
            recommendation=say(
                "Keep the owners, watch the indicators, and ask for cheaper treatments."
            ),
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
            say(
                "Measured risks cost {share} of gross margin a year, and part of it can be bought back",
                share=format_number(share, "share"),
            )
            if sure
            else say(
                "Measured risks cost {share} of gross margin a year, and buying it back may pay",
                share=format_number(share, "share"),
            )
        ),
        finding=finding,
        so_what=say(
            "Within a budget of {budget}, {treatments} avoid an expected {avoided} for {cost}: net "
            "{net} (90% interval {reach}).",
            budget=format_number(plan.budget, money),
            treatments=count_of(len(plan.chosen), "treatment"),
            avoided=format_number(float(plan.avoided.mean()), money),
            cost=format_number(plan.yearly_cost, money),
            net=format_number(plan.net, money),
            reach=format_range(low, high, money),
        ),
        recommendation=(
            say(
                "Fund the plan of {treatments} and work through it in order of net benefit.",
                treatments=count_of(len(plan.chosen), "treatment"),
            )
            if sure
            else say(
                "Pilot {treatment} before funding the rest: the return is not certain.",
                treatment=lower_first(plan.chosen[0].name),
            )
        ),
        value_name="plan_net_benefit",
        owner_role="Chief operating officer",
        effort=_effort([t.effort for t in plan.chosen]),
        confidence=_confidence(assessment),
        confidence_why=_confidence_why(assessment),
        horizon="now" if sure else "next",
        cost_name="cost_plan",
    )


def _risk_finding(
    assessment: Assessment, item: RiskResult, results: tuple[TreatmentResult, ...]
) -> Finding:
    money = f"{assessment.economics.currency}/year"
    low, high = item.loss.eal_interval()
    horizon: Literal["now", "next", "later"]
    options = [r for r in results if any(e.risk == item.risk.id for e in r.treatment.effects)]
    best = options[0] if options else None
    worth, cost_name, value_name = "", "", f"eal_{item.risk.key}"
    if best is not None and best.net > 0:
        # What is recommended is worth what it nets, not all that is at stake.
        cost_name, value_name = f"cost_{best.treatment.id}", f"net_benefit_{best.treatment.id}"
        net_low, net_high = best.net_interval()
        recommendation = say(
            "Put in place: {treatment}.", treatment=lower_first(best.treatment.name)
        )
        worth = say(
            "The best treatment nets {net} (90% interval {reach}) and pays with a probability "
            "{chance}.",
            net=format_number(best.net, money),
            reach=format_range(net_low, net_high, money),
            chance=probability(best.probability_positive),
        )
        horizon = "now" if net_low > 0 else "next"
    elif best is not None:
        recommendation = say(
            "Bear it for now: the best option ({treatment}) costs more than it saves. Watch "
            "{indicator}.",
            treatment=lower_first(best.treatment.name),
            indicator=item.risk.kri.about,
        )
        horizon = "later"
    else:
        recommendation = say(
            "Watch {indicator}; the register lists no treatment for it yet.",
            indicator=item.risk.kri.about,
        )
        horizon = "later"
    few = item.severity.kind == "expert lognormal"
    wide = item.loss.eal > 0 and high > 4 * max(low, 1e-12)
    return Finding(
        headline=say(
            "{risk} takes about {eal}: level {level}",
            risk=item.risk.name,
            eal=format_number(item.loss.eal, money),
            level=lower_level(item.level, assessment),
        ),
        finding=say(
            "{events} in {span} of data, each {what}. At {loss} each they come to {eal} (90% interval "
            "{reach}).",
            events=count_of(item.data.n_events, "event"),
            span=_span(item.data.exposure_years),
            what=item.risk.events,
            loss=format_number(
                float(item.loss.mean_severity.mean()), assessment.economics.currency
            ),
            eal=format_number(item.loss.eal, money),
            reach=format_range(low, high, money),
        ),
        so_what=join_sentences(*_bad_years(assessment, item), worth),
        recommendation=recommendation,
        value_name=value_name,
        owner_role=item.risk.owner_role,
        effort=best.treatment.effort if best is not None else "low",
        confidence="low" if few else "medium" if wide or item.data.n_events < 50 else "high",
        confidence_why=say(
            "{evidence}; unit costs: {sources}",
            evidence=item.evidence,
            sources=join_texts(sorted({a.source for a in item.risk.assumptions}), by="; ", zh="；"),
        ),
        horizon=horizon,
        cost_name=cost_name,
    )


def _bad_years(assessment: Assessment, item: RiskResult) -> tuple[str, str]:
    """What a bad year costs, and how often the tolerance is passed."""
    currency = assessment.economics.currency
    tolerance = format_number(assessment.tolerance, currency)
    return (
        say(
            "That is {share} of gross margin; a bad year, one in twenty, costs more than {p95}.",
            share=format_number(item.margin_share, "share"),
            p95=format_number(item.loss.quantile(0.95), currency),
        ),
        say(
            "The tolerance of {tolerance} is passed in {share} of simulated years.",
            tolerance=tolerance,
            share=format_number(item.probability_above, "share"),
        )
        if item.probability_above
        else say(
            "The tolerance of {tolerance} is passed in none of the simulated years.",
            tolerance=tolerance,
        ),
    )


def _cost_of_all(assessment: Assessment, results: tuple[TreatmentResult, ...], plan: Plan) -> str:
    """The total, and what the three costliest risks make up of it."""
    total = next(e for e in risk_estimates(assessment, results, plan) if e.name == "eal_total")
    share = assessment.total.eal / assessment.economics.annual_gross_margin
    lead = assessment.risks[:3]
    lead_share = sum(r.loss.eal for r in lead) / max(assessment.total.eal, 1e-300)
    cost = {"eal": format_estimate(total), "share": format_number(share, "share")}
    names = listed([lead[0].risk.name, *(lower_first(r.risk.name) for r in lead[1:])])
    part = {"names": names, "share": format_number(lead_share, "share")}
    if len(assessment.risks) == 1:
        return join_sentences(
            say("1 measured risk is expected to cost {eal}, {share} of gross margin.", **cost),
            say("{names} makes up {share} of it.", **part),
        )
    return join_sentences(
        say(
            "{n} measured risks are expected to cost {eal}, {share} of gross margin.",
            n=f"{len(assessment.risks):,}",
            **cost,
        ),
        say("{names} make up {share} of it.", **part),
    )


def _span(years: float) -> str:
    return say("one year") if abs(years - 1) < 0.005 else say("{n} years", n=f"{years:.2f}")


def _confidence(assessment: Assessment) -> Grade:
    few = sum(r.severity.kind == "expert lognormal" for r in assessment.risks)
    return "low" if few > len(assessment.risks) / 2 else "medium"


def _confidence_why(assessment: Assessment) -> str:
    few = sum(r.severity.kind == "expert lognormal" for r in assessment.risks)
    counted = len(assessment.risks) - few
    return say(
        "events are counted for {n} of {total} risks; unit costs and effects of treatments are expert "
        "priors",
        n=counted,
        total=len(assessment.risks),
    )


def _effort(efforts: list[Grade]) -> Grade:
    order: list[Grade] = ["low", "medium", "high"]
    return max(efforts, key=order.index)
