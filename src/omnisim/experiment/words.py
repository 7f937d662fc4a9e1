"""The readout in the reader's words: answer, finding and exhibit titles, all by rule."""

from __future__ import annotations

from typing import Literal

from omnisim.experiment.compare import Lift
from omnisim.experiment.power import customers_needed
from omnisim.experiment.readout import Readout
from omnisim.experiment.tables import estimates
from omnisim.language import join_sentences, join_texts, lower_first, respelled, say
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
        say(
            "Accounts were assigned at random and one account's arm does not change what another buys."
        ),
        say(
            "The {n} days of the window stand for a year: no novelty that fades, no season of its own.",
            n=readout.design.n_days,
        ),
    )


def titles(readout: Readout) -> dict[str, str]:
    """The message of each exhibit: ``checks, effects``."""
    n_failed = len(readout.failed_gates)
    n_moved = sum(item.p_holm < 1 - readout.rule.ci_level for item in readout.metrics)
    n = len(readout.metrics)
    return {
        "checks": (
            say("{n} validity gates failed, so no effect is reported", n=n_failed)
            if n_failed > 1
            else say("1 validity gate failed, so no effect is reported")
            if n_failed
            else say("Every validity gate holds")
        ),
        "effects": (
            say(
                "{n} of {total} metrics move beyond chance, corrected for looking at {total}",
                n=n_moved,
                total=n,
            )
            if n_moved
            else say("None of {total} metrics moves beyond chance", total=n)
        ),
    }


def worth_title(readout: Readout) -> str:
    """Message of the cards: what a year is worth in margin, or that it stays open."""
    year = _named(readout, "margin_per_year")
    low, high = year.ci_low or 0.0, year.ci_high or 0.0
    said = {"name": readout.design.name, "margin": format_estimate(year)}
    if low > 0:
        return say("{name} adds a margin of {margin}", **said)
    if high < 0:
        return say("{name} changes the margin by {margin}", **said)
    return say("Whether {name} adds margin stays open: {margin}", **said)


def worth_subtitle(period: str) -> str:
    """What the cards hold."""
    return say(
        "Effect and lift of the test, and a year of it for all assigned customers, {period}",
        period=period,
    )


def answer(readout: Readout) -> str:
    """One or two sentences that answer whether it paid."""
    name = readout.design.name
    if readout.is_blocked:
        return say(
            "It cannot be said whether {name} paid: {gate} The comparison is blocked until this is "
            "explained.",
            name=name,
            gate=lower_first(readout.failed_gates[0].sentence),
        )
    effect = format_estimate(_named(readout, "effect_net_amount"))
    year = format_estimate(_named(readout, "sales_per_year"))
    days = readout.design.n_days
    if readout.decision == "ship":
        return say(
            "Yes: {name} changed net sales by {effect} in {days} days; over a year that is {year} in "
            "net sales.",
            name=name,
            effect=effect,
            days=days,
            year=year,
        )
    if readout.decision == "roll_back":
        return say(
            "No: {name} changed net sales by {effect} in {days} days; over a year that would be {year}.",
            name=name,
            effect=effect,
            days=days,
            year=year,
        )
    if readout.metrics[0].effect.ci_low > 0:
        return say(
            "Not yet: {name} added {effect}, but a guardrail fell, so the rule does not ship it.",
            name=name,
            effect=effect,
        )
    return say(
        "The test does not settle it: the effect of {name} is {effect} in {days} days, and a true "
        "effect below {unseen} would mostly have gone unseen.",
        name=name,
        effect=effect,
        days=days,
        unseen=format_number(readout.metrics[0].detectable, f"{readout.currency}/customer"),
    )


def headline(readout: Readout) -> str:
    """The message as one sentence, without numbers that need a base."""
    name = readout.design.name
    if readout.is_blocked:
        label = readout.failed_gates[0].label
        return say(
            "The test of {name} cannot be read: {gate} failed",
            name=name,
            gate=respelled(label, label.lower()),
        )
    if readout.decision == "ship":
        return say("{name} sells more, as a randomised test shows", name=name)
    if readout.decision == "roll_back":
        return say("{name} loses sales and should be rolled back", name=name)
    if _is_held(readout):
        return say("{name} sells more but hurts a guardrail", name=name)
    return say("The test of {name} leaves open whether it pays", name=name)


def finding(readout: Readout) -> Finding:
    """Situation, so-what and recommendation with value, effort and confidence."""
    confidence, why = _confidence(readout)
    if readout.is_blocked:
        return Finding(
            headline=headline(readout),
            finding=join_sentences(*(check.sentence for check in readout.failed_gates)),
            so_what=say(
                "An effect computed from these arms would be an artefact, so none is reported."
            ),
            recommendation=say(
                "Find the cause in the assignment and logging code, repair it, and run the test again "
                "before deciding."
            ),
            value_name="",
            owner_role="Head of e-commerce",
            effort="medium",
            confidence=confidence,
            confidence_why=why,
            horizon="now",
        )
    so_what, advice = _consequence(readout)
    return Finding(
        headline=headline(readout),
        finding=_found(readout),
        so_what=so_what,
        recommendation=advice,
        value_name="sales_per_year",
        owner_role="Head of e-commerce",
        effort="low" if readout.decision != "inconclusive" else "medium",
        confidence=confidence,
        confidence_why=why,
        horizon="now" if readout.decision != "inconclusive" else "next",
    )


def _found(readout: Readout) -> str:
    """The effect on net sales with its base, and the same without the pre-period."""
    first, n = readout.metrics[0], readout.n_control + readout.n_treatment
    seen = {
        "days": readout.design.n_days,
        "n": f"{n:,}",
        "effect": format_estimate(_named(readout, "effect_net_amount")),
        "plain": format_estimate(_named(readout, "plain_net_amount")),
    }
    if first.lift:
        return say(
            "Over {days} days and {n} randomly assigned customers, net sales per customer changed by "
            "{effect}, {lift} of control. Without the pre-period the figure is {plain}.",
            lift=_lift(first.lift),
            **seen,
        )
    return say(
        "Over {days} days and {n} randomly assigned customers, net sales per customer changed by "
        "{effect}. Without the pre-period the figure is {plain}.",
        **seen,
    )


def _consequence(readout: Readout) -> tuple[str, str]:
    """So-what and recommendation of a test that can be read."""
    name = readout.design.name
    year = format_estimate(_named(readout, "sales_per_year"))
    margin = format_estimate(_named(readout, "margin_per_year"))
    if readout.decision == "ship":
        return say(
            "For all assigned customers this is {year} in net sales and {margin} in margin, if the "
            "effect lasts.",
            year=year,
            margin=margin,
        ), say(
            "Give {name} to everybody, keep five percent of customers without it for three months, "
            "and read the effect again for fading novelty.",
            name=name,
        )
    if readout.decision == "roll_back":
        return say(
            "Left on for all assigned customers it would change net sales by {year}.", year=year
        ), say("Switch {name} off and look in the journey for what it displaced.", name=name)
    if _is_held(readout):
        return say(
            "Sales would change by {year}, but margin by {margin}: growth that costs more than it "
            "brings is no growth.",
            year=year,
            margin=margin,
        ), say("Keep {name} off until the guardrail that fell is repaired.", name=name)
    wide = say("The yearly value lies anywhere in {year}: too wide to act on.", year=year)
    return join_sentences(wide, _need(readout)), say(
        "Do not roll out {name} on this evidence; repeat the test at the size above or stop it.",
        name=name,
    )


def _confidence(readout: Readout) -> tuple[Level, str]:
    """Level and reason, from the gates, the interval and the soft checks."""
    if readout.is_blocked:
        return "low", say("A validity gate failed, so there is no effect to be confident about.")
    failed = [check.label for check in readout.checks if not check.passed]
    soft = join_texts([respelled(label, label.lower()) for label in failed], by=", ", zh="、")
    first = readout.metrics[0]
    if not first.effect.is_significant:
        return "low", say(
            "All validity gates hold, but the interval includes both a gain and a loss."
        )
    capped = [
        m for m in readout.metrics if m.metric.column == first.metric.column and m is not first
    ]
    turned = [m for m in capped if m.effect.estimate * first.effect.estimate < 0]
    if soft and turned:
        return "medium", say(
            "Randomised and all gates hold, but failed: {checks}; a few very large baskets decide the "
            "sign.",
            checks=soft,
        )
    if soft:
        return "medium", say("Randomised and all gates hold, but failed: {checks}.", checks=soft)
    if turned:
        return "medium", say(
            "Randomised and all gates hold, but a few very large baskets decide the sign."
        )
    return "high", say("Randomised, all validity gates hold, and the interval leaves out zero.")


def _lift(lift: Lift) -> str:
    reach = format_range(lift.ci_low, lift.ci_high, "share")
    return say("{value} ({reach})", value=format_number(lift.estimate, "share"), reach=reach)


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
        return say("The test was large enough to see a lift of {share}.", share=share)
    return say(
        "To see a lift of {share} the test needs about {needed} over {days} days; it had {n}.",
        share=share,
        needed=format_number(needed, "customers"),
        days=readout.design.n_days,
        n=f"{n:,}",
    )


def _named(readout: Readout, name: str) -> Estimate:
    return next(item for item in estimates(readout) if item.name == name)
