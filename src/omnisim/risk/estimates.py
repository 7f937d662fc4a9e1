"""The numbers of the risk result, each with interval, base, method and source."""

from __future__ import annotations

from omnisim.language import join_texts, say
from omnisim.results import Estimate, format_number
from omnisim.risk.assess import Assessment
from omnisim.risk.treatment import Plan, TreatmentResult

_QUANTILE_NOTE = "doubt is inside the simulated years; the interval is the simulation's own error"
_METHOD = (
    "compound Monte Carlo: gamma-Poisson rate (Jeffreys prior), measured severities, "
    "assumptions drawn from their range"
)


def risk_estimates(
    assessment: Assessment, results: tuple[TreatmentResult, ...], plan: Plan
) -> tuple[Estimate, ...]:
    """All numbers of the risk result; intervals hold the middle 90 % of the posterior."""
    money = f"{assessment.economics.currency}/year"
    made: list[Estimate] = []
    for r in assessment.risks:
        low, high = r.loss.eal_interval()
        rate_low, rate_high = r.rate.interval()
        ends = r.loss.quantile_interval(0.95)
        base = {"n": r.data.n_events, "n_of": "events", "source": r.data.at_risk_of}
        made += [
            Estimate(
                name=f"eal_{r.risk.key}",
                label=say("Expected annual loss: {risk}", risk=r.risk.name),
                value=r.loss.eal,
                unit=money,
                role="risk",
                ci_low=low,
                ci_high=high,
                ci_level=0.90,
                method=_METHOD,
                note=say(
                    "{evidence}. Severity: {severity}",
                    evidence=r.evidence,
                    severity=r.risk.severity,
                ),
                **base,  # type: ignore[arg-type]
            ),
            Estimate(
                name=f"rate_{r.risk.key}",
                label=say("Events per year: {risk}", risk=r.risk.name),
                value=r.rate.mean,
                unit="events/year",
                role="risk",
                ci_low=rate_low,
                ci_high=rate_high,
                ci_level=0.90,
                method=say(
                    "gamma-Poisson posterior, Jeffreys prior; variance {times} x Poisson",
                    times=f"{r.dispersion.used:.1f}",
                ),
                note=r.risk.events,
                **base,  # type: ignore[arg-type]
            ),
            Estimate(
                name=f"p95_{r.risk.key}",
                label=say("Loss exceeded in 1 year of 20: {risk}", risk=r.risk.name),
                value=r.loss.quantile(0.95),
                unit=money,
                role="risk",
                ci_low=ends[0],
                ci_high=ends[1],
                ci_level=0.90,
                method=_METHOD,
                note=_QUANTILE_NOTE,
                **base,  # type: ignore[arg-type]
            ),
        ]
    made += _totals(assessment, plan, money)
    made += _costs(assessment, results, plan, money)
    for t in results:
        low, high = t.net_interval()
        made.append(
            Estimate(
                name=f"net_benefit_{t.treatment.id}",
                label=say("Net benefit: {treatment}", treatment=t.treatment.name),
                value=t.net,
                unit=money,
                role="risk",
                ci_low=low,
                ci_high=high,
                ci_level=0.90,
                n=len(t.avoided),
                n_of="posterior draws",
                method="expected annual loss x prior reduction - yearly cost",
                source="register",
                note=join_texts(
                    [
                        *sorted(
                            {say("effect: {source}", source=e.source) for e in t.treatment.effects}
                        ),
                        say("cost: {source}", source=t.treatment.cost.source),
                    ],
                    by="; ",
                    zh="；",
                ),
            )
        )
    return tuple(made)


def _costs(
    assessment: Assessment, results: tuple[TreatmentResult, ...], plan: Plan, money: str
) -> list[Estimate]:
    """What each treatment and the plan cost a year, by the register."""
    each = [
        (
            f"cost_{t.treatment.id}",
            say("Yearly cost: {treatment}", treatment=t.treatment.name),
            t.yearly_cost,
            t.treatment.cost.source,
        )
        for t in results
    ]
    of_plan = (
        "cost_plan",
        "Yearly cost of the chosen plan",
        plan.yearly_cost,
        "sum of its treatments",
    )
    return [
        Estimate(
            name=name,
            label=label,
            value=value,
            unit=money,
            role="assumption",
            n=assessment.economics.n_orders,
            n_of="orders",
            method="share of yearly net sales by the register; one-off cost spread over its life",
            source="register; orders",
            note=note,
        )
        for name, label, value, note in (of_plan, *each)
    ]


def _totals(assessment: Assessment, plan: Plan, money: str) -> list[Estimate]:
    low, high = assessment.total.eal_interval()
    net_low, net_high = plan.net_interval()
    base = {"n": len(assessment.risks), "n_of": "risks", "source": "all measured risks"}
    made = [
        Estimate(
            name="eal_total",
            label="Expected annual loss, all measured risks",
            value=assessment.total.eal,
            unit=money,
            role="risk",
            ci_low=low,
            ci_high=high,
            ci_level=0.90,
            method=_METHOD,
            **base,  # type: ignore[arg-type]
        ),
        Estimate(
            name="plan_net_benefit",
            label="Net benefit of the chosen plan",
            value=plan.net,
            unit=money,
            role="risk",
            ci_low=net_low,
            ci_high=net_high,
            ci_level=0.90,
            method="exact choice under the budget by integer programming; effects multiply",
            note=say("yearly budget {budget}", budget=format_number(plan.budget, money)),
            **base,  # type: ignore[arg-type]
        ),
        Estimate(
            name="annual_gross_margin",
            label="Gross margin per year",
            value=assessment.economics.annual_gross_margin,
            unit=money,
            role="descriptive",
            n=assessment.economics.n_orders,
            n_of="orders",
            method="net sales - landed cost - shipping - refunds + cost of goods that came back",
            source="orders; order_lines; returns",
            note="accounting total of the window, scaled to a year of 365.25 days",
        ),
    ]
    for p in (0.5, 0.9, 0.95):
        ends = assessment.total.quantile_interval(p)
        made.append(
            Estimate(
                name=f"p{p * 100:.0f}_total",
                label=say("Loss of all risks not exceeded in {share} of years", share=f"{p:.0%}"),
                value=assessment.total.quantile(p),
                unit=money,
                role="risk",
                ci_low=ends[0],
                ci_high=ends[1],
                ci_level=0.90,
                method=_METHOD,
                note=_QUANTILE_NOTE,
                **base,  # type: ignore[arg-type]
            )
        )
    return made
