"""Risk tables: for people (text with units) and for figures (numbers)."""

from __future__ import annotations

import pandas as pd

from omnisim.language import join_texts, say, say_as
from omnisim.results import format_number, format_range
from omnisim.risk.assess import Assessment, RiskResult
from omnisim.risk.matrix import step
from omnisim.risk.treatment import Plan, TreatmentResult

CATEGORY_LABELS = {
    "data_security": "Data security",
    "transaction_fraud": "Transaction fraud",
    "supply_chain": "Supply chain",
    "legal_compliance": "Legal compliance",
    "operations": "Operations",
    "technology": "Technology",
    "market": "Market",
    "funding": "Funding",
    "organisation": "Organisation",
    "platform_dependence": "Platform dependence",
}


def level_label(level: int, assessment: Assessment) -> str:
    """Level in words, e.g. ``Very high``."""
    label = assessment.register.matrix.levels.labels[level].replace("_", " ").capitalize()
    return say_as("level", label)


def register_table(assessment: Assessment) -> pd.DataFrame:
    """The risk register for people, costliest first; what could not be measured stays, at the end."""
    matrix, money = assessment.register.matrix, f"{assessment.economics.currency}/year"
    rows = []
    for r in assessment.risks:
        low, high = r.loss.eal_interval()
        rows.append(
            {
                "ID": r.risk.id,
                "Risk": r.risk.name,
                "Category": CATEGORY_LABELS[r.risk.category],
                "Owner": r.risk.owner_role,
                "Likelihood": say(
                    "{step} ({rate})",
                    step=matrix.likelihood.labels[r.likelihood],
                    rate=format_number(r.rate.mean, "a year"),
                ),
                "Impact": say(
                    "{step} ({loss} each)",
                    step=matrix.impact.labels[r.impact],
                    loss=format_number(_severity(r), assessment.economics.currency),
                ),
                "Expected annual loss": format_number(r.loss.eal, money),
                "90% interval": format_range(low, high, assessment.economics.currency),
                "Bad year (P95)": format_number(
                    r.loss.quantile(0.95), assessment.economics.currency
                ),
                "Share of margin": format_number(r.margin_share, "share"),
                "Level": level_label(r.level, assessment),
                "Evidence": r.evidence,
            }
        )
    for m in assessment.not_measured:
        blank = {
            "Likelihood": say("not measured"),
            "Impact": say("not measured"),
            "Expected annual loss": say("not measured"),
            "90% interval": "—",
            "Bad year (P95)": "—",
            "Share of margin": "—",
            "Level": say_as("level", "Open"),
            "Evidence": m.reason,
        }
        head = {
            "ID": m.risk.id,
            "Risk": m.risk.name,
            "Category": CATEGORY_LABELS[m.risk.category],
            "Owner": m.risk.owner_role,
        }
        rows.append(head | blank)
    return pd.DataFrame(rows)


def treatment_table(
    assessment: Assessment, results: tuple[TreatmentResult, ...], plan: Plan
) -> pd.DataFrame:
    """Treatments for people, best net benefit first."""
    money = f"{assessment.economics.currency}/year"
    names = {r.risk.id: r.risk.name for r in assessment.risks}
    chosen = {t.id for t in plan.chosen}
    rows = []
    for place, r in enumerate(results, start=1):
        low, high = r.net_interval()
        ids = sorted({e.risk for e in r.treatment.effects if e.risk in names})
        rows.append(
            {
                "Priority": place,
                "Treatment": r.treatment.name,
                "Lowers": join_texts([names[i] for i in ids], by="; ", zh="；")
                if ids
                else say("no measured risk"),
                "Owner": r.treatment.owner_role,
                "Effort": say_as("level", r.treatment.effort.capitalize()),
                "Loss avoided": format_number(float(r.avoided.mean()), money),
                "Cost": format_number(r.yearly_cost, money),
                "Net benefit": format_number(r.net, money),
                "90% interval": format_range(low, high, assessment.economics.currency),
                "Pays with probability": _probability(r.probability_positive),
                "In the plan": "yes" if r.treatment.id in chosen else "no",
            }
        )
    return pd.DataFrame(rows)


def risk_points(assessment: Assessment) -> pd.DataFrame:
    """Numbers behind the risk figures, costliest first.

    Columns: id, risk, level, is_raised (above its band, because years above the tolerance are too
    probable), rate with rate_low and rate_high [1/year], severity with ends
    [currency per event], eal with ends and p95 [currency/year]; ends hold the middle 90 %.
    """
    labels = assessment.register.matrix.levels.labels
    edges = assessment.register.matrix.levels.edges_margin_share
    rows = []
    for r in assessment.risks:
        eal_low, eal_high = r.loss.eal_interval()
        size = pd.Series(r.loss.mean_severity).quantile([0.05, 0.95])
        rate_low, rate_high = r.rate.interval()
        rows.append(
            {
                "id": r.risk.id,
                "risk": r.risk.name,
                "level": labels[r.level],
                "is_raised": r.level > step(r.margin_share, edges),
                "rate": r.rate.mean,
                "rate_low": rate_low,
                "rate_high": rate_high,
                "severity": _severity(r),
                "severity_low": float(size.iloc[0]),
                "severity_high": float(size.iloc[1]),
                "eal": r.loss.eal,
                "eal_low": eal_low,
                "eal_high": eal_high,
                "p95": r.loss.quantile(0.95),
                "n_events": r.data.n_events,
            }
        )
    return pd.DataFrame(rows)


def expected_risks_per_cell(assessment: Assessment) -> pd.DataFrame:
    """Expected number of risks in each cell: the sum of their cell probabilities.

    Rows are impact steps from the highest, columns likelihood steps.
    """
    matrix = assessment.register.matrix
    cells = sum((r.cells for r in assessment.risks[1:]), assessment.risks[0].cells)
    frame = pd.DataFrame(
        cells.T, index=list(matrix.impact.labels), columns=list(matrix.likelihood.labels)
    )
    return frame.iloc[::-1]


def _severity(result: RiskResult) -> float:
    """Posterior mean loss per event, in currency."""
    return float(result.loss.mean_severity.mean())


def treatment_points(results: tuple[TreatmentResult, ...], plan: Plan) -> pd.DataFrame:
    """Numbers behind the treatments figure, best first.

    Columns: treatment, net with ends of the middle 90 % [currency/year], in_plan.
    """
    chosen = {t.id for t in plan.chosen}
    return pd.DataFrame(
        [
            {
                "treatment": r.treatment.name,
                "net": r.net,
                "net_low": r.net_interval()[0],
                "net_high": r.net_interval()[1],
                "in_plan": r.treatment.id in chosen,
            }
            for r in results
        ]
    )


def _probability(p: float) -> str:
    """A probability in a table; simulated ends are never called certain."""
    if p > 0.99:
        return "> 99%"
    return "< 1%" if p < 0.01 else f"{p:.0%}"
