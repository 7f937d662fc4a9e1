"""The readout in the reader's words: one answer and the findings, chosen by rule from the numbers.

Credit is always called credit. Sentences hold for any outcome; numbers come from estimates.
"""

from __future__ import annotations

from collections.abc import Sequence

from omnisim.attribution.budget_words import below_break_even, disagreement, inside, several
from omnisim.attribution.numbers import credited_name, estimates
from omnisim.attribution.readout import Readout
from omnisim.language import join_sentences, respelled, say
from omnisim.results import Check, Estimate, Finding, format_estimate, format_number

# A tenth of the orders is as much as a large channel gets.
UNTRACKED_WORTH_SAYING = 0.10


def answer(readout: Readout) -> str:
    """Which channels get credit, and how far the models disagree."""
    made = {item.name: item for item in estimates(readout)}
    main = inside(readout.model_label(readout.main))
    who = say(
        "By the {model}, most credit for the {tracked} of sales that follow a contact on record goes "
        "to {leaders}; {untracked} of orders follow none.",
        model=main,
        tracked=format_number(made["tracked_value"].value, readout.currency),
        leaders=several([readout.label(c) for c in _leaders(readout)]),
        untracked=format_number(made["untracked_share"].value, "share"),
    )
    if "budget_move" in made:
        apart = say(
            "Replacing {old} by the {new} would redirect {share} of a budget that follows credit.",
            old=inside(readout.model_label(readout.contrast)),
            new=main,
            share=format_number(made["budget_move_share"].value, "share"),
        )
    else:
        ranks = readout.table.rank_range()
        widest = ranks.sort_values("spread", ascending=False, kind="stable").iloc[0]
        apart = (
            say(
                "The models disagree most on {channel}: rank {best} to {worst}.",
                channel=readout.label(widest["channel"]),
                best=widest["best_rank"],
                worst=widest["worst_rank"],
            )
            if widest["spread"]
            else say("All models rank the channels alike.")
        )
    caution = say("Credit says who touched the customer, not who caused the sale.")
    return join_sentences(who, apart, caution)


def findings(readout: Readout, made_checks: Sequence[Check]) -> tuple[Finding, ...]:
    """What follows for the budget and for tracking; nothing when a gate failed."""
    if any(check.is_gate and not check.passed for check in made_checks):
        return ()
    made = {item.name: item for item in estimates(readout)}
    soft = [respelled(c.label, c.label.lower()) for c in made_checks if not c.passed]
    chosen = []
    if "media_spend" in made:
        chosen.append(below_break_even(readout, made, soft))
        chosen.append(disagreement(readout, made, soft))
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
                    label=say(
                        "{channel}: {model} credit read as if it were cause",
                        channel=readout.label(channel),
                        model=inside(readout.model_label(model)),
                    ),
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


def _untracked(readout: Readout, made: dict[str, Estimate]) -> Finding:
    """Orders no model can credit."""
    share, value, counts = made["untracked_share"], made["untracked_value"], readout.journeys.counts
    assert counts is not None
    return Finding(
        headline=say(
            "{share} of orders cannot be credited to any channel",
            share=format_number(share.value, "share"),
        ),
        finding=say(
            "{share} of completed orders, worth {value}, have no contact on record: {n_unidentified} "
            "carry no identity at all and {n_untouched} belong to somebody without a recognised "
            "contact in the {days} days before.",
            share=format_estimate(share),
            value=format_estimate(value),
            n_unidentified=f"{counts.n_unidentified:,}",
            n_untouched=f"{counts.n_untouched:,}",
            days=f"{readout.rules.lookback_days:g}",
        ),
        so_what=say(
            "These sales are missing from every channel's credit, most of all from channels that bring "
            "people into stores."
        ),
        recommendation=say(
            "Raise recognition at the till: loyalty card or app at payment, receipts by e-mail, one "
            "account for web, app and store."
        ),
        value_name="untracked_value",
        owner_role="Head of CRM",
        effort="high",
        confidence="high",
        confidence_why=say("Counted in the order table; no model is involved."),
        horizon="next",
    )


def _webrooming(readout: Readout, made: dict[str, Estimate]) -> Finding:
    """Store orders with an online contact before."""
    share, value = made["webrooming_share"], made["webrooming_value"]
    some = share.value > 0.05  # below that, recognition rather than behaviour may explain it
    return Finding(
        headline=say(
            "At least {share} of store orders follow an online contact",
            share=format_number(share.value, "share"),
        )
        if some
        else say("Few store orders are seen to follow an online contact"),
        finding=say(
            "{share} of {n} store orders, worth {value}, come within {days} days after an online "
            "contact of the same person. Shoppers who were not recognised are not counted, so this is "
            "a lower bound.",
            share=format_estimate(share),
            n=f"{readout.cross.n_store_orders:,}",
            value=format_estimate(value),
            days=f"{readout.rules.lookback_days:g}",
        ),
        so_what=say(
            "A shop that judges online channels by online sales leaves these sales out of account."
        )
        if some
        else say(
            "Either shoppers keep online and store apart, or they are not recognised in one of them."
        ),
        recommendation=say(
            "Report online channels with the store sales that follow them, and give stores and "
            "e-commerce a shared target."
        )
        if some
        else say("Raise recognition in stores before concluding that the two worlds are apart."),
        value_name="webrooming_value",
        owner_role="Head of omnichannel",
        effort="low" if some else "medium",
        confidence="medium",
        confidence_why=say(
            "Counted, but a contact before an order need not be its cause, and recognition is partial."
        ),
        horizon="next",
    )


def _leaders(readout: Readout) -> list[str]:
    """Up to three channels with most credit by the main model, largest first."""
    value = readout.table.value[readout.table.row(readout.main), :-1]
    order = sorted(range(len(value)), key=lambda k: -value[k])
    return [readout.journeys.channels[k] for k in order[:3] if value[k] > 0] or [
        readout.journeys.channels[order[0]]
    ]
