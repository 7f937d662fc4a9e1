"""The readout in the reader's words: answer, finding and exhibit titles, all by rule."""

from __future__ import annotations

from typing import Literal

from omnisim.experiment.compare import Lift
from omnisim.experiment.power import customers_needed
from omnisim.experiment.readout import Readout
from omnisim.experiment.tables import estimates
from omnisim.results import Estimate, Finding, format_estimate, format_number, format_range

Level = Literal["low", "medium", "high"]

METHODS = (
    "Intention to treat: every assigned account counts in its arm, accounts without an order as zero.",
    "Difference in means with unequal variances (Welch), adjusted by the same account's sales before the "
    "test (CUPED, Deng et al. 2013); shares by Newcombe (1998); relative lift by Fieller (1954).",
    "P-values corrected for several metrics by Holm (1979); the decision rests on net sales alone, as "
    "declared before the data were read.",
    "Split of accounts tested by chi-square at the designed share, threshold 0.001.",
)
LIMITATIONS = (
    "A person with two accounts may have seen both arms, which dilutes the effect; exposure itself is not "
    "recorded.",
    "Refunds after the window are not deducted.",
    "Only assigned accounts are covered: guests and new customers may respond differently.",
)


def assumptions(readout: Readout) -> tuple[str, ...]:
    """What must hold for the effect to be one, and for the year to follow from the window."""
    return (
        "Accounts were assigned at random and one account's arm does not change what another buys.",
        f"The {readout.design.n_days} days of the window stand for a year: no novelty that fades, no "
        "season of its own.",
    )


def titles(readout: Readout) -> dict[str, str]:
    """The message of each exhibit: ``checks, effects``."""
    n_failed = len(readout.failed_gates)
    n_moved = sum(item.p_holm < 1 - readout.rule.ci_level for item in readout.metrics)
    n = len(readout.metrics)
    return {
        "checks": (
            f"{n_failed} validity gate{'s' if n_failed > 1 else ''} failed, so no effect is reported"
            if n_failed
            else "Every validity gate holds"
        ),
        "effects": (
            f"{n_moved} of {n} metrics move beyond chance, corrected for looking at {n}"
            if n_moved
            else f"None of {n} metrics moves beyond chance"
        ),
    }


def answer(readout: Readout) -> str:
    """One or two sentences that answer whether it paid."""
    name = readout.design.name
    if readout.is_blocked:
        return (
            f"It cannot be said whether {name} paid: {_lower(readout.failed_gates[0].sentence)} "
            "The comparison is blocked until this is explained."
        )
    effect = format_estimate(_named(readout, "effect_net_amount"))
    year = format_estimate(_named(readout, "sales_per_year"))
    detectable = format_number(readout.metrics[0].detectable, f"{readout.currency}/customer")
    if readout.decision == "ship":
        return f"Yes: {name} changed net sales by {effect} in {readout.design.n_days} days; over a year that is {year} in net sales."
    if readout.decision == "roll_back":
        return f"No: {name} changed net sales by {effect} in {readout.design.n_days} days; over a year that would be {year}."
    if readout.metrics[0].effect.ci_low > 0:
        return (
            f"Not yet: {name} added {effect}, but a guardrail fell, so the rule does not ship it."
        )
    return (
        f"The test does not settle it: the effect of {name} is {effect} in "
        f"{readout.design.n_days} days, and a true effect below {detectable} would mostly have "
        "gone unseen."
    )


def headline(readout: Readout) -> str:
    """The message as one sentence, without numbers that need a base."""
    name = readout.design.name
    if readout.is_blocked:
        return f"The test of {name} cannot be read: {readout.failed_gates[0].label.lower()} failed"
    if readout.decision == "ship":
        return f"{name} sells more, as a randomised test shows"
    if readout.decision == "roll_back":
        return f"{name} loses sales and should be rolled back"
    if _is_held(readout):
        return f"{name} sells more but hurts a guardrail"
    return f"The test of {name} leaves open whether it pays"


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
        "ship": f"Give {name} to everybody, keep five percent of customers without it for three "
        "months, and read the effect again for fading novelty.",
        "roll_back": f"Switch {name} off and look in the journey for what it displaced.",
        "inconclusive": f"Do not roll out {name} on this evidence; repeat the test at the size "
        "above or stop it.",
        "guardrail": f"Keep {name} off until the guardrail that fell is repaired.",
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
    reach = format_range(lift.ci_low, lift.ci_high, "share")
    return f"{format_number(lift.estimate, 'share')} ({reach})"


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
