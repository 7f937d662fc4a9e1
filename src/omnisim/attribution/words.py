"""The readout in the reader's words: one answer and the findings, chosen by rule from the numbers.

Credit is always called credit. Sentences hold for any outcome; numbers come from estimates.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from omnisim.attribution.numbers import credited_name, estimates
from omnisim.attribution.readout import Readout
from omnisim.results import Check, Estimate, Finding, format_estimate, format_number

Level = Literal["low", "medium", "high"]

# Below this share of the budget the choice of model is not worth a meeting.
BUDGET_LIMIT = 0.05
# A tenth of the orders is as much as a large channel gets.
UNTRACKED_WORTH_SAYING = 0.10


def answer(readout: Readout) -> str:
    """Which channels get credit, and how far the models disagree."""
    made = {item.name: item for item in estimates(readout)}
    leaders = _listed([readout.label(c) for c in _leaders(readout)])
    tracked = format_number(made["tracked_value"].value, readout.currency)
    untracked = format_number(made["untracked_share"].value, "share")
    model = _lower(readout.model_label(readout.main))
    text = (
        f"By the {model}, most credit for the {tracked} of sales that follow a contact on record "
        f"goes to {leaders}; {untracked} of orders follow none. "
    )
    if "budget_move" in made:
        share = format_number(made["budget_move_share"].value, "share")
        text += (
            f"Replacing {_lower(readout.model_label(readout.contrast))} by the "
            f"{_lower(readout.model_label(readout.main))} would redirect {share} of a budget that "
            "follows credit. "
        )
    else:
        ranks = readout.table.rank_range()
        widest = ranks.sort_values("spread", ascending=False, kind="stable").iloc[0]
        if widest["spread"]:
            text += (
                f"The models disagree most on {readout.label(widest['channel'])}: rank "
                f"{widest['best_rank']} to {widest['worst_rank']}. "
            )
        else:
            text += "All models rank the channels alike. "
    return text + "Credit says who touched the customer, not who caused the sale."


def findings(readout: Readout, made_checks: Sequence[Check]) -> tuple[Finding, ...]:
    """What follows for the budget and for tracking; nothing when a gate failed."""
    if any(check.is_gate and not check.passed for check in made_checks):
        return ()
    made = {item.name: item for item in estimates(readout)}
    soft = [check.label.lower() for check in made_checks if not check.passed]
    chosen = []
    if "media_spend" in made:
        chosen.append(_below_break_even(readout, made, soft))
        chosen.append(_disagreement(readout, made, soft))
    if made["untracked_share"].value > UNTRACKED_WORTH_SAYING:
        chosen.append(_untracked(readout, made))
    if readout.cross.n_store_orders:
        chosen.append(_webrooming(readout, made))
    return tuple(chosen)


def as_cause(readout: Readout) -> list[Estimate]:
    """Credited money per channel under a name and label that say it is misread as cause."""
    made = {item.name: item for item in estimates(readout)}
    renamed = []
    for model in (readout.main, readout.contrast):
        for channel in readout.journeys.channels:
            item = made[credited_name(model, channel)]
            renamed.append(
                Estimate(
                    name=f"as_cause_{model}_{channel}",
                    label=f"{readout.label(channel)}: {_lower(readout.model_label(model))} credit "
                    "read as if it were cause",
                    value=item.value,
                    unit=item.unit,
                    role="credit",
                    n=item.n,
                    n_of=item.n_of,
                    method=item.method,
                    source=item.source,
                    ci_low=item.ci_low,
                    ci_high=item.ci_high,
                    ci_level=item.ci_level,
                )
            )
    return renamed


def truth_matches(readout: Readout) -> dict[str, dict[str, str]]:
    """Which true effect each estimate of :func:`as_cause` is held against."""
    return {
        f"as_cause_{model}_{channel}": {
            "estimand": "total",
            "cause": channel,
            "semantics": "ghost",
            "outcome": "net_amount",
            "scope": "all",
        }
        for model in (readout.main, readout.contrast)
        for channel in readout.journeys.channels
    }


def _below_break_even(readout: Readout, made: dict[str, Estimate], soft: list[str]) -> Finding:
    """Paid channels that do not earn their cost under any model."""
    verdicts = readout.verdicts()
    below = verdicts[verdicts["verdict"] == "below"]
    goal = readout.goal
    spend, all_spend = made["spend_below_break_even"], made["media_spend"]
    n_models = len(readout.table.models)
    confidence, why = _confidence(soft)
    common = {
        "owner_role": "Head of performance marketing",
        "effort": "medium",
        "confidence": confidence,
        "confidence_why": why,
        "horizon": "now" if len(below) else "next",
    }
    if below.empty:
        lowest = verdicts.sort_values("roas_high", kind="stable").iloc[0]
        return Finding(
            headline="No paid channel stays below break-even under every model",
            finding=f"Each of {len(verdicts)} paid channels reaches a credited ROAS of {goal} under "
            f"at least one of {n_models} models; the weakest is {readout.label(lowest['channel'])} "
            f"with {lowest['roas_low']:.1f} to {lowest['roas_high']:.1f}, on "
            f"{format_number(all_spend.value, all_spend.unit)} of media spend in total.",
            so_what="Credit alone gives no reason to stop a channel. It does not prove that any of "
            "them pays: channels that meet people who are buying anyway look best of all.",
            recommendation="Test the largest paid channels with a hold-out group before renewing "
            "their budget.",
            value_name="media_spend",
            **common,  # type: ignore[arg-type]
        )
    names = _listed([readout.label(c) for c in below["channel"]])
    verb = "is" if len(below) == 1 else "are"
    firm = int((below["roas_high_end"] < readout.break_even).sum())
    share = spend.value / all_spend.value
    return Finding(
        headline=f"{names} {verb} credited below break-even under every model",
        finding=f"Under all {n_models} models {names} {verb} credited with "
        f"{below['roas_low'].min():.2f} to {below['roas_high'].max():.2f} of sales per unit of media "
        f"money, below the break-even of {goal}. {_they(below)} took "
        f"{format_number(spend.value, spend.unit)} in {readout.n_days} days, "
        f"{format_number(share, 'share')} of media spend. {_firmly(firm, len(below))}",
        so_what="The result does not hang on the choice of model. Contacts that nobody clicked are "
        "not credited, so advertising that works by being seen may be worth more than this.",
        recommendation=f"Run a hold-out test in {readout.label(below['channel'].iloc[0])} first, the "
        "largest of them, and release its budget only if the test finds no caused sales worth it."
        if len(below) > 1
        else f"Run a hold-out test in {names} and release its budget only if the test finds no caused "
        "sales worth it.",
        value_name="spend_below_break_even",
        **common,  # type: ignore[arg-type]
    )


def _disagreement(readout: Readout, made: dict[str, Estimate], soft: list[str]) -> Finding:
    """Budget that depends on the model: much of it, that of some channels, or hardly any."""
    verdicts = readout.verdicts()
    depends = verdicts[verdicts["verdict"] == "depends"]
    at_stake = made["spend_model_decides"]
    moves = "budget_move" in made and made["budget_move_share"].value >= BUDGET_LIMIT
    told = _told_of_move(readout, made) if "budget_move" in made else ""
    if len(depends):
        names = _listed([readout.label(c) for c in depends["channel"]])
        told += (
            f"For {names}, with {format_number(at_stake.value, at_stake.unit)} of spend, the model "
            "decides whether credit reaches break-even."
        )
    convention = (
        "All models read the same journeys. A budget that follows one of them follows a convention, "
        "and only experiments can say which is nearer to cause."
    )
    settle = (
        "Stop budgeting by a single model: report the range, and settle the channels on which the "
        "models disagree by hold-out tests, largest spend first."
    )
    if moves:
        share = format_number(made["budget_move_share"].value, "share")
        headline = f"The choice of attribution model alone moves {share} of the media budget"
        so_what, advice, sized_by = convention, settle, "budget_move"
    elif len(depends):
        reach = "reaches" if len(depends) == 1 else "reach"
        headline = f"The attribution model decides whether {names} {reach} break-even"
        so_what, advice, sized_by = convention, settle, "spend_model_decides"
    else:
        headline = "The choice of attribution model hardly changes the budget"
        so_what = (
            "All models read the same journeys; they agree with each other, which is not to say "
            "that they agree with what channels cause."
        )
        advice = "Keep one model for reporting, and decide budgets by tests."
        sized_by = "budget_move" if "budget_move" in made else "media_spend"
        told = told or "Under every model the same paid channels reach break-even."
    confidence, why = _confidence(soft)
    return Finding(
        headline=headline,
        finding=told.strip(),
        so_what=so_what,
        recommendation=advice,
        value_name=sized_by,
        owner_role="Chief marketing officer",
        effort="medium" if moves or len(depends) else "low",
        confidence=confidence,
        confidence_why=why,
        horizon="next",
    )


def _told_of_move(readout: Readout, made: dict[str, Estimate]) -> str:
    """How much budget the models would move, and the channel they rank most apart."""
    move, share = made["budget_move"], made["budget_move_share"].value
    old, new = (_lower(readout.model_label(m)) for m in (readout.contrast, readout.main))
    text = (
        f"A budget split in proportion to credit would move {format_estimate(move)}, "
        f"{format_number(share, 'share')} of media spend, when {old} gives way to the {new}. "
    )
    ranks = readout.table.rank_range()
    widest = ranks.sort_values("spread", ascending=False, kind="stable").iloc[0]
    if widest["spread"]:
        text += (
            f"The models rank {readout.label(widest['channel'])} anywhere from "
            f"{widest['best_rank']} to {widest['worst_rank']} of {len(ranks)}. "
        )
    return text


def _untracked(readout: Readout, made: dict[str, Estimate]) -> Finding:
    """Orders no model can credit."""
    share, value, counts = made["untracked_share"], made["untracked_value"], readout.journeys.counts
    assert counts is not None
    return Finding(
        headline=f"{format_number(share.value, 'share')} of orders cannot be credited to any channel",
        finding=f"{format_estimate(share)} of completed orders, worth {format_estimate(value)}, have "
        f"no contact on record: {counts.n_unidentified:,} carry no identity at all and "
        f"{counts.n_untouched:,} belong to somebody without a recognised contact in the "
        f"{readout.rules.lookback_days:g} days before.",
        so_what="These sales are missing from every channel's credit, most of all from channels that "
        "bring people into stores.",
        recommendation="Raise recognition at the till: loyalty card or app at payment, receipts by "
        "e-mail, one account for web, app and store.",
        value_name="untracked_value",
        owner_role="Head of CRM",
        effort="high",
        confidence="high",
        confidence_why="Counted in the order table; no model is involved.",
        horizon="next",
    )


def _webrooming(readout: Readout, made: dict[str, Estimate]) -> Finding:
    """Store orders with an online contact before."""
    share, value = made["webrooming_share"], made["webrooming_value"]
    some = share.value > 0.05  # below that, recognition rather than behaviour may explain it
    return Finding(
        headline=f"At least {format_number(share.value, 'share')} of store orders follow an online "
        "contact"
        if some
        else "Few store orders are seen to follow an online contact",
        finding=f"{format_estimate(share)} of {readout.cross.n_store_orders:,} store orders, worth "
        f"{format_estimate(value)}, come within {readout.rules.lookback_days:g} days after an online "
        "contact of the same person. Shoppers who were not recognised are not counted, so this is a "
        "lower bound.",
        so_what="A shop that judges online channels by online sales leaves these sales out of account."
        if some
        else "Either shoppers keep online and store apart, or they are not recognised in one of them.",
        recommendation="Report online channels with the store sales that follow them, and give stores "
        "and e-commerce a shared target."
        if some
        else "Raise recognition in stores before concluding that the two worlds are apart.",
        value_name="webrooming_value",
        owner_role="Head of omnichannel",
        effort="low" if some else "medium",
        confidence="medium",
        confidence_why="Counted, but a contact before an order need not be its cause, and recognition "
        "is partial.",
        horizon="next",
    )


def _confidence(soft: list[str]) -> tuple[Level, str]:
    """Never more than medium: credit is not cause."""
    if soft:
        return "low", f"Credit is not cause, and a check failed: {', '.join(soft)}."
    return "medium", "All checks hold, but credit is not cause."


def _leaders(readout: Readout) -> list[str]:
    """Up to three channels with most credit by the main model, largest first."""
    value = readout.table.value[readout.table.row(readout.main), :-1]
    order = sorted(range(len(value)), key=lambda k: -value[k])
    return [readout.journeys.channels[k] for k in order[:3] if value[k] > 0] or [
        readout.journeys.channels[order[0]]
    ]


def _firmly(n_firm: int, n: int) -> str:
    """How many stay below break-even at the upper end of every interval."""
    if n == 1:
        return (
            "It stays below even at the upper end of every model's interval."
            if n_firm
            else "At the upper end of an interval it would reach it, so chance may explain it."
        )
    if n_firm == n:
        return "All of them stay below even at the upper end of every model's interval."
    if n_firm == 0:
        return "Each reaches it at the upper end of an interval, so chance may explain it."
    return f"{n_firm} of the {n} stay below even at the upper end of every model's interval."


def _they(rows: object) -> str:
    return "It" if len(rows) == 1 else "They"  # type: ignore[arg-type]


def _listed(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``, ``a, b and 3 others``."""
    shown = list(names[:3] if len(names) <= 3 else [*names[:2], f"{len(names) - 2} others"])
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _lower(text: str) -> str:
    """First letter small, unless a name starts the label."""
    return text if text.startswith("Markov") else text[0].lower() + text[1:]
