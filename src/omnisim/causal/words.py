"""The evaluation in the reader's words: answer and findings, by rule."""

from __future__ import annotations

from typing import Literal

from omnisim.causal.design import Effect
from omnisim.causal.evaluate import Evaluation
from omnisim.causal.tables import estimates
from omnisim.language import join_sentences, join_texts, lower_first, say
from omnisim.results import Finding, format_estimate, format_number

Level = Literal["low", "medium", "high"]

METHODS = (
    "Group-time effects against stores that do not have the service yet or never get it (Callaway and "
    "Sant'Anna 2021), with the counterfactual moved in proportion (Wooldridge 2023).",
    "Standard errors by store, covariance over weeks pooled over waves by size of the store (after Ferman "
    "and Pinto 2019), t quantiles; the band of the event study holds for all its weeks at once.",
    "Two-way fixed effects with the weights of de Chaisemartin and D'Haultfoeuille (2020), before/after and "
    "with/without are shown for comparison only.",
)
LIMITATIONS = (
    "Refunds, the cost of the software and of training are not deducted.",
    "Stores are taken as independent: a shock that hits a whole region makes intervals too narrow.",
    "Where stores were picked for their recent luck, the weeks before the start are left out of the base, "
    "but some of that luck can remain in the base and in the width of the interval.",
    "The yearly figure carries the effect seen so far to stores and seasons not observed.",
)


def assumptions(evaluation: Evaluation) -> tuple[str, ...]:
    """What must hold for the effect to be one."""
    weeks = evaluation.method.skip_weeks
    return (
        say(
            "Without the service, stores of a wave would have changed by the same percentage as "
            "stores not yet served."
        )
        if evaluation.method.trend == "proportional"
        else say(
            "Without the service, stores of a wave would have changed by the same amount as stores "
            "not yet served."
        ),
        say(
            "The service changes nothing in stores that do not have it, and nothing before it starts."
        ),
        say(
            "Only the first wave was picked on recent sales, over no more than {n} weeks; these "
            "weeks are left out of the base.",
            n=weeks,
        )
        if evaluation.method.picked == "first"
        else say(
            "Only waves of stores were picked on recent sales, over no more than {n} weeks; these "
            "weeks are left out of the base.",
            n=weeks,
        ),
        say(
            "Handing over a collected order costs the shop floor {cost} on top of what the order "
            "itself carries.",
            cost=format_number(evaluation.service_cost_per_order, evaluation.currency),
        ),
    )


def answer(evaluation: Evaluation) -> str:
    """One or two sentences: what it added, and what the usual comparison would have said."""
    by_name = {e.name: e for e in estimates(evaluation)}
    net, name = evaluation.overall["net_amount"], evaluation.name
    effect, year = (
        format_estimate(by_name[x]) for x in ("att_per_store_week", "contribution_per_year")
    )
    failed = failed_checks(evaluation)
    doubt = say("This check failed: {check}.", check=failed[0]) if failed else ""
    naive = ""
    if "before_after" in by_name:
        usual = by_name["before_after"]
        naive = say(
            "Before and after alone would have said {effect}.",
            effect=format_number(usual.value, usual.unit),
        )
    if not net.is_significant:
        unseen = by_name["detectable_per_store_week"]
        first = say(
            "The data do not settle whether {name} added sales: the effect is {effect}, and with "
            "these stores a true effect below {unseen} would mostly have gone unseen.",
            name=name,
            effect=effect,
            unseen=format_number(unseen.value, unseen.unit),
        )
    elif net.estimate > 0:
        first = say(
            "Yes: {name} changed net sales by {effect}; in all stores it is worth {year} after its "
            "own cost.",
            name=name,
            effect=effect,
            year=year,
        )
    else:
        first = say(
            "No: {name} changed net sales by {effect}; in all stores it is worth {year} after its "
            "own cost.",
            name=name,
            effect=effect,
            year=year,
        )
    return join_sentences(first, naive, doubt)


def headline(evaluation: Evaluation) -> str:
    """The message as one sentence."""
    net, money = evaluation.overall["net_amount"], evaluation.overall["contribution_amount"]
    name = evaluation.name
    if not net.is_significant:
        return say("Whether {name} adds sales is still open", name=name)
    if net.estimate < 0:
        return say("{name} costs sales", name=name)
    if money.is_significant and money.estimate > 0:
        return say("{name} adds sales and pays for itself", name=name)
    if money.is_significant:
        return say("{name} adds sales but loses money", name=name)
    return say("{name} adds sales; whether it pays for itself is still open", name=name)


def findings(evaluation: Evaluation) -> tuple[Finding, ...]:
    """What it added and what it moved; and how far the usual comparisons were off."""
    found = [_main(evaluation)]
    if evaluation.before_after is not None:
        found.append(_usual(evaluation, evaluation.before_after))
    return tuple(found)


def _main(evaluation: Evaluation) -> Finding:
    by_name = {e.name: e for e in estimates(evaluation)}
    net, money = evaluation.overall["net_amount"], evaluation.overall["contribution_amount"]
    level, why = _confidence(evaluation)
    year = format_estimate(by_name["contribution_per_year"])
    effect = format_estimate(by_name["att_per_store_week"])
    changed = (
        say(
            "Net sales per store-week changed by {effect}, or {lift} of what would have been sold.",
            effect=effect,
            lift=format_estimate(by_name["lift"]),
        )
        if "lift" in by_name
        else say("Net sales per store-week changed by {effect}.", effect=effect)
    )
    if not net.is_significant:
        so_what = say(
            "In all stores the yearly margin after cost would be {year}: the sign is open, so the case "
            "for the remaining stores cannot rest on it.",
            year=year,
        )
        advice = say(
            "Keep some stores without the service for another season and measure again before the "
            "next wave."
        )
    elif money.estimate > 0:
        so_what = say(
            "In all stores this is {year} in margin after goods, fulfilment and hand-over.",
            year=year,
        )
        advice = say(
            "Extend {name} to the remaining stores in waves drawn by lot, and keep the last "
            "wave as comparison for one season.",
            name=evaluation.name,
        )
    else:
        so_what = say("After its own cost the margin changes by {year} in all stores.", year=year)
        advice = say(
            "Stop the next wave; change price or hand-over cost in the stores that have it, then "
            "measure again."
        )
    return Finding(
        headline=headline(evaluation),
        finding=join_sentences(changed, _cannibalised(evaluation)),
        so_what=so_what,
        recommendation=advice,
        value_name="contribution_per_year",
        owner_role="Head of stores",
        effort="medium",
        confidence=level,
        confidence_why=why,
        horizon="now" if net.is_significant and not failed_checks(evaluation) else "next",
    )


def _cannibalised(evaluation: Evaluation) -> str:
    """What happened to sales in the store, next to the total."""
    store = evaluation.overall["store_net_amount"]
    by_name = {e.name: e for e in estimates(evaluation)}
    text = format_estimate(by_name["att_store_sales_per_store_week"])
    if store.is_significant and store.estimate < 0:
        return say(
            "Sales in the store changed by {change}: orders moved online, and the total counts both.",
            change=text,
        )
    if store.is_significant:
        return say("Sales in the store rose as well: {change}.", change=text)
    return say(
        "For sales in the store the change is {change}, which leaves open whether they suffered.",
        change=text,
    )


def _usual(evaluation: Evaluation, naive: Effect) -> Finding:
    by_name = {e.name: e for e in estimates(evaluation)}
    net = evaluation.overall["net_amount"]
    gap = naive.estimate - net.estimate
    outside = not net.ci_low <= naive.estimate <= net.ci_high
    size = format_number(abs(gap), f"{evaluation.currency}/store-week")
    year = format_number(abs(gap) * evaluation.store_weeks_per_year, f"{evaluation.currency}/year")
    usual = format_estimate(by_name["before_after"])
    parts = [
        say(
            "Before and after in the first wave gives {usual}, {gap} above the estimate against "
            "stores not yet served.",
            usual=usual,
            gap=size,
        )
        if gap > 0
        else say(
            "Before and after in the first wave gives {usual}, {gap} below the estimate against "
            "stores not yet served.",
            usual=usual,
            gap=size,
        )
    ]
    if evaluation.two_way is not None:
        parts.append(
            say(
                "Two-way fixed effects give {effect}, with negative weights on {share} of the treated "
                "store-weeks.",
                effect=format_estimate(by_name["two_way_fixed_effects"]),
                share=format_number(evaluation.two_way.negative_share, "share"),
            )
        )
    if outside:
        message = (
            say("Before-and-after figures would have overstated the effect")
            if gap > 0
            else say("Before-and-after figures would have understated the effect")
        )
        so_what = say(
            "Planned on that figure, a year in all stores would be off by {year} in net sales.",
            year=year,
        )
    elif net.is_significant:
        message = say(
            "Before-and-after figures happen to agree here, which nobody could know beforehand"
        )
        so_what = say(
            "The next roll-out may not be so lucky: season and the choice of stores differ each time."
        )
    else:
        message = say("The data cannot confirm the before-and-after figure")
        so_what = say(
            "A plan built on that figure rests on season and the choice of stores; against stores not "
            "yet served, a year in all stores could be anywhere in {year}.",
            year=format_estimate(by_name["sales_per_year"]),
        )
    return Finding(
        headline=message,
        finding=join_sentences(*parts),
        so_what=so_what,
        recommendation=say(
            "Decide on further waves only with a comparison of stores that do not have the service yet."
        ),
        value_name="",
        owner_role="Head of controlling",
        effort="low",
        confidence="high" if outside and net.is_significant else "medium",
        confidence_why=_where(outside=outside, is_wide=not net.is_significant),
        horizon="now",
    )


def _where(*, outside: bool, is_wide: bool) -> str:
    """Where the usual figure lies against the interval of the credible effect."""
    if is_wide:
        return (
            say(
                "The figure lies outside the interval of the credible effect, which is itself wide."
            )
            if outside
            else say(
                "The figure lies inside the interval of the credible effect, which is itself wide."
            )
        )
    return (
        say("The figure lies outside the interval of the credible effect.")
        if outside
        else say("The figure lies inside the interval of the credible effect.")
    )


def _confidence(evaluation: Evaluation) -> tuple[Level, str]:
    failed = failed_checks(evaluation)
    doubts = join_texts(failed, by="; ", zh="；")
    if not evaluation.overall["net_amount"].is_significant:
        if not failed:
            return "low", say("The interval includes both a gain and a loss.")
        return "low", say(
            "The interval includes both a gain and a loss; failed: {checks}.", checks=doubts
        )
    if len(failed) > 2:
        return "low", say(
            "The interval leaves out zero, but several design checks do not hold; failed: {checks}.",
            checks=doubts,
        )
    if failed:
        return "medium", say("The interval leaves out zero; failed: {checks}.", checks=doubts)
    return "high", say("The interval leaves out zero and every design check holds.")


def failed_checks(evaluation: Evaluation) -> list[str]:
    """Labels of the design checks that do not hold, as they stand inside a sentence."""
    return [lower_first(c.label) for c in evaluation.checks if not c.passed]
