"""The evaluation in the reader's words: answer, findings and exhibit titles, all by rule."""

from __future__ import annotations

from typing import Literal

import numpy as np

from omnisim.causal.design import Effect
from omnisim.causal.evaluate import Evaluation
from omnisim.causal.tables import estimates
from omnisim.results import Finding, format_estimate, format_number, format_range

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
    who = "the first wave was" if evaluation.method.picked == "first" else "waves of stores were"
    change = "percentage" if evaluation.method.trend == "proportional" else "amount"
    return (
        f"Without the service, stores of a wave would have changed by the same {change} as stores not yet "
        "served.",
        "The service changes nothing in stores that do not have it, and nothing before it starts.",
        f"Only {who} picked on recent sales, over no more than {evaluation.method.skip_weeks} weeks; these "
        "weeks are left out of the base.",
        f"Handing over a collected order costs the shop floor "
        f"{format_number(evaluation.service_cost_per_order, evaluation.currency)} on top of what the order "
        "itself carries.",
    )


def titles(evaluation: Evaluation) -> dict[str, str]:
    """The message of each exhibit: ``study, forest, comparison, waves, checks``."""
    found = findings(evaluation)
    failed = _failed(evaluation)
    return {
        "study": _title_of_study(evaluation),
        "forest": _title_of_waves(evaluation),
        "waves": _title_of_wave_table(evaluation),
        "comparison": found[1].headline if len(found) > 1 else headline(evaluation),
        "checks": (
            "Every design check holds"
            if not failed
            else f"{len(failed)} of {len(evaluation.checks)} design checks do not hold"
        ),
    }


def _title_of_study(evaluation: Evaluation) -> str:
    """Whether the effect grows: the last third of the weeks against the first."""
    study, name = evaluation.study, evaluation.name
    after = np.flatnonzero(study.event_week >= 0)
    third = max(after.size // 3, 1)
    weights = np.zeros(study.value.size)
    weights[after[-third:]] += 1 / third
    weights[after[:third]] -= 1 / third
    change = Effect.of(
        float(weights @ study.value),
        max(float(weights @ study.covariance @ weights), 0.0) ** 0.5,
        study.df,
        evaluation.method.ci_level,
    )
    if after.size > 2 and change.is_significant:
        return f"The effect of {name} {'grows' if change.estimate > 0 else 'fades'} over the weeks"
    if evaluation.overall["net_amount"].is_significant:
        return f"The effect of {name} neither grows nor fades beyond chance"
    return f"Week by week, the effect of {name} cannot be told from noise"


def _title_of_waves(evaluation: Evaluation) -> str:
    """How many waves gain and lose beyond chance."""
    gains = sum(w.effect.ci_low > 0 for w in evaluation.waves)
    losses = sum(w.effect.ci_high < 0 for w in evaluation.waves)
    n = len(evaluation.waves)
    if not evaluation.overall["net_amount"].is_significant:
        alone = f", though {gains + losses} of {n} alone do" if gains + losses else ""
        return f"Taken together, the waves show no change beyond chance{alone}"
    if gains == n:
        return "Every wave gained sales"
    if not gains and not losses:
        return "Only all waves together show a change beyond chance"
    parts = [f"{k} of {n} waves {verb}" for k, verb in ((gains, "gained"), (losses, "lost")) if k]
    return " and ".join(parts) + " sales beyond chance"


def _title_of_wave_table(evaluation: Evaluation) -> str:
    """How far the waves lie apart."""
    effects = [w.effect.estimate for w in evaluation.waves]
    unit = f"{evaluation.currency}/store-week"
    if len(effects) < 2:
        return f"The wave moved net sales by {format_number(effects[0], unit)}"
    return f"The waves moved net sales by {format_range(min(effects), max(effects), unit)}"


def answer(evaluation: Evaluation) -> str:
    """One or two sentences: what it added, and what the usual comparison would have said."""
    by_name = {e.name: e for e in estimates(evaluation)}
    net, name = evaluation.overall["net_amount"], evaluation.name
    effect, year = (
        format_estimate(by_name[x]) for x in ("att_per_store_week", "contribution_per_year")
    )
    failed = _failed(evaluation)
    doubt = f" This check failed: {failed[0]}." if failed else ""
    naive = ""
    if "before_after" in by_name:
        naive = f" Before and after alone would have said {format_number(by_name['before_after'].value, by_name['before_after'].unit)}."
    if not net.is_significant:
        unseen = by_name["detectable_per_store_week"]
        return (
            f"The data do not settle whether {name} added sales: the effect is {effect}, and with these "
            f"stores a true effect below {format_number(unseen.value, unseen.unit)} would mostly have gone "
            f"unseen.{naive}{doubt}"
        )
    return (
        f"{'Yes' if net.estimate > 0 else 'No'}: {name} changed net sales by {effect}; in all stores it "
        f"is worth {year} after its own cost.{naive}{doubt}"
    )


def headline(evaluation: Evaluation) -> str:
    """The message as one sentence."""
    net, money = evaluation.overall["net_amount"], evaluation.overall["contribution_amount"]
    if not net.is_significant:
        return f"Whether {evaluation.name} adds sales is still open"
    if net.estimate < 0:
        return f"{evaluation.name} costs sales"
    if money.is_significant and money.estimate > 0:
        return f"{evaluation.name} adds sales and pays for itself"
    if money.is_significant:
        return f"{evaluation.name} adds sales but loses money"
    return f"{evaluation.name} adds sales; whether it pays for itself is still open"


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
    lift = (
        f", or {format_estimate(by_name['lift'])} of what would have been sold"
        if "lift" in by_name
        else ""
    )
    if not net.is_significant:
        so_what = (
            f"In all stores the yearly margin after cost would be {year}: the sign is open, so the case "
            "for the remaining stores cannot rest on it."
        )
        advice = "Keep some stores without the service for another season and measure again before the next wave."
    elif money.estimate > 0:
        so_what = f"In all stores this is {year} in margin after goods, fulfilment and hand-over."
        advice = (
            f"Extend {evaluation.name} to the remaining stores in waves drawn by lot, and keep the last "
            "wave as comparison for one season."
        )
    else:
        so_what = f"After its own cost the margin changes by {year} in all stores."
        advice = "Stop the next wave; change price or hand-over cost in the stores that have it, then measure again."
    return Finding(
        headline=headline(evaluation),
        finding=f"Net sales per store-week changed by {format_estimate(by_name['att_per_store_week'])}{lift}. "
        + _cannibalised(evaluation),
        so_what=so_what,
        recommendation=advice,
        value_name="contribution_per_year",
        owner_role="Head of stores",
        effort="medium",
        confidence=level,
        confidence_why=why,
        horizon="now" if net.is_significant and not _failed(evaluation) else "next",
    )


def _cannibalised(evaluation: Evaluation) -> str:
    """What happened to sales in the store, next to the total."""
    store = evaluation.overall["store_net_amount"]
    by_name = {e.name: e for e in estimates(evaluation)}
    text = format_estimate(by_name["att_store_sales_per_store_week"])
    if store.is_significant and store.estimate < 0:
        return (
            f"Sales in the store changed by {text}: orders moved online, and the total counts both."
        )
    if store.is_significant:
        return f"Sales in the store rose as well: {text}."
    return f"For sales in the store the change is {text}, which leaves open whether they suffered."


def _usual(evaluation: Evaluation, naive: Effect) -> Finding:
    by_name = {e.name: e for e in estimates(evaluation)}
    net = evaluation.overall["net_amount"]
    gap = naive.estimate - net.estimate
    outside = not net.ci_low <= naive.estimate <= net.ci_high
    size = format_number(abs(gap), f"{evaluation.currency}/store-week")
    year = format_number(abs(gap) * evaluation.store_weeks_per_year, f"{evaluation.currency}/year")
    parts = [
        f"Before and after in the first wave gives {format_estimate(by_name['before_after'])}, {size} "
        f"{'above' if gap > 0 else 'below'} the estimate against stores not yet served."
    ]
    if evaluation.two_way is not None:
        share = format_number(evaluation.two_way.negative_share, "share")
        parts.append(
            f"Two-way fixed effects give {format_estimate(by_name['two_way_fixed_effects'])}, with "
            f"negative weights on {share} of the treated store-weeks."
        )
    if outside:
        message = (
            f"Before-and-after figures would have {'over' if gap > 0 else 'under'}stated the effect"
        )
        so_what = (
            f"Planned on that figure, a year in all stores would be off by {year} in net sales."
        )
    elif net.is_significant:
        message = (
            "Before-and-after figures happen to agree here, which nobody could know beforehand"
        )
        so_what = "The next roll-out may not be so lucky: season and the choice of stores differ each time."
    else:
        message = "The data cannot confirm the before-and-after figure"
        so_what = (
            "A plan built on that figure rests on season and the choice of stores; against stores not yet "
            f"served, a year in all stores could be anywhere in {format_estimate(by_name['sales_per_year'])}."
        )
    return Finding(
        headline=message,
        finding=" ".join(parts),
        so_what=so_what,
        recommendation="Decide on further waves only with a comparison of stores that do not have the service yet.",
        value_name="",
        owner_role="Head of controlling",
        effort="low",
        confidence="high" if outside and net.is_significant else "medium",
        confidence_why=(
            f"The figure lies {'outside' if outside else 'inside'} the interval of the credible effect"
            + (", which is itself wide." if not net.is_significant else ".")
        ),
        horizon="now",
    )


def _confidence(evaluation: Evaluation) -> tuple[Level, str]:
    failed = _failed(evaluation)
    net = evaluation.overall["net_amount"]
    doubts = f"; failed: {'; '.join(failed)}" if failed else ""
    if not net.is_significant:
        return "low", f"The interval includes both a gain and a loss{doubts}."
    if len(failed) > 2:
        return (
            "low",
            f"The interval leaves out zero, but several design checks do not hold{doubts}.",
        )
    if failed:
        return "medium", f"The interval leaves out zero{doubts}."
    return "high", "The interval leaves out zero and every design check holds."


def _failed(evaluation: Evaluation) -> list[str]:
    return [c.label[0].lower() + c.label[1:] for c in evaluation.checks if not c.passed]
