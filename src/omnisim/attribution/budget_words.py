"""What the readout means for the media budget: channels below break-even, and how far models differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pandas as pd

from omnisim.attribution.readout import Readout
from omnisim.language import join_sentences, join_texts, listed, lower_first, say
from omnisim.results import Estimate, Finding, format_estimate, format_number

Level = Literal["low", "medium", "high"]

# Below this share of the budget the choice of model is not worth a meeting.
BUDGET_LIMIT = 0.05


def below_break_even(readout: Readout, made: dict[str, Estimate], soft: list[str]) -> Finding:
    """Paid channels that do not earn their cost under any model."""
    verdicts = readout.verdicts()
    below = verdicts[verdicts["verdict"] == "below"]
    confidence, why = _confidence(soft)
    common = {
        "owner_role": "Head of performance marketing",
        "effort": "medium",
        "confidence": confidence,
        "confidence_why": why,
        "horizon": "now" if len(below) else "next",
    }
    all_spend = format_number(made["media_spend"].value, made["media_spend"].unit)
    if below.empty:
        lowest = verdicts.sort_values("roas_high", kind="stable").iloc[0]
        return Finding(
            headline=say("No paid channel stays below break-even under every model"),
            finding=say(
                "Each of {n} paid channels reaches a credited ROAS of {goal} under at least one of "
                "{n_models} models; the weakest is {channel} with {low} to {high}, on {spend} of media "
                "spend in total.",
                n=len(verdicts),
                goal=readout.goal,
                n_models=len(readout.table.models),
                channel=readout.label(lowest["channel"]),
                low=f"{lowest['roas_low']:.1f}",
                high=f"{lowest['roas_high']:.1f}",
                spend=all_spend,
            ),
            so_what=say(
                "Credit alone gives no reason to stop a channel. It does not prove that any of them "
                "pays: channels that meet people who are buying anyway look best of all."
            ),
            recommendation=say(
                "Test the largest paid channels with a hold-out group before renewing their budget."
            ),
            value_name="media_spend",
            **common,  # type: ignore[arg-type]
        )
    names = several([readout.label(c) for c in below["channel"]])
    first = readout.label(below["channel"].iloc[0])
    return Finding(
        headline=say("{names} is credited below break-even under every model", names=names)
        if len(below) == 1
        else say("{names} are credited below break-even under every model", names=names),
        finding=join_sentences(
            _told_of_below(readout, below, names),
            _told_of_spend(readout, made, len(below)),
            _firmly(int((below["roas_high_end"] < readout.break_even).sum()), len(below)),
        ),
        so_what=say(
            "The result does not hang on the choice of model. Contacts that nobody clicked are not "
            "credited, so advertising that works by being seen may be worth more than this."
        ),
        recommendation=say(
            "Run a hold-out test in {channel} first, the largest of them, and release its budget only "
            "if the test finds no caused sales worth it.",
            channel=first,
        )
        if len(below) > 1
        else say(
            "Run a hold-out test in {channel} and release its budget only if the test finds no caused "
            "sales worth it.",
            channel=first,
        ),
        value_name="spend_below_break_even",
        **common,  # type: ignore[arg-type]
    )


def _told_of_below(readout: Readout, below: pd.DataFrame, names: str) -> str:
    """How far the channels stay below break-even."""
    values = {
        "n_models": len(readout.table.models),
        "names": names,
        "low": f"{below['roas_low'].min():.2f}",
        "high": f"{below['roas_high'].max():.2f}",
        "goal": readout.goal,
    }
    if len(below) == 1:
        return say(
            "Under all {n_models} models {names} is credited with {low} to {high} of sales per unit of "
            "media money, below the break-even of {goal}.",
            **values,
        )
    return say(
        "Under all {n_models} models {names} are credited with {low} to {high} of sales per unit of "
        "media money, below the break-even of {goal}.",
        **values,
    )


def _told_of_spend(readout: Readout, made: dict[str, Estimate], n: int) -> str:
    """What the channels below break-even cost."""
    spend, all_spend = made["spend_below_break_even"], made["media_spend"]
    values = {
        "spend": format_number(spend.value, spend.unit),
        "n_days": readout.n_days,
        "share": format_number(spend.value / all_spend.value, "share"),
    }
    if n == 1:
        return say("It took {spend} in {n_days} days, {share} of media spend.", **values)
    return say("They took {spend} in {n_days} days, {share} of media spend.", **values)


def disagreement(readout: Readout, made: dict[str, Estimate], soft: list[str]) -> Finding:
    """Budget that depends on the model: much of it, that of some channels, or hardly any."""
    verdicts = readout.verdicts()
    depends = verdicts[verdicts["verdict"] == "depends"]
    at_stake = made["spend_model_decides"]
    moves = "budget_move" in made and made["budget_move_share"].value >= BUDGET_LIMIT
    names = several([readout.label(c) for c in depends["channel"]]) if len(depends) else ""
    told = join_sentences(
        _told_of_move(readout, made) if "budget_move" in made else "",
        say(
            "For {names}, with {spend} of spend, the model decides whether credit reaches break-even.",
            names=names,
            spend=format_number(at_stake.value, at_stake.unit),
        )
        if names
        else "",
    )
    convention = say(
        "All models read the same journeys. A budget that follows one of them follows a convention, "
        "and only experiments can say which is nearer to cause."
    )
    settle = say(
        "Stop budgeting by a single model: report the range, and settle the channels on which the "
        "models disagree by hold-out tests, largest spend first."
    )
    if moves:
        headline = say(
            "The choice of attribution model alone moves {share} of the media budget",
            share=format_number(made["budget_move_share"].value, "share"),
        )
        so_what, advice, sized_by = convention, settle, "budget_move"
    elif names:
        headline = (
            say("The attribution model decides whether {names} reaches break-even", names=names)
            if len(depends) == 1
            else say("The attribution model decides whether {names} reach break-even", names=names)
        )
        so_what, advice, sized_by = convention, settle, "spend_model_decides"
    else:
        headline = say("The choice of attribution model hardly changes the budget")
        so_what = say(
            "All models read the same journeys; they agree with each other, which is not to say that "
            "they agree with what channels cause."
        )
        advice = say("Keep one model for reporting, and decide budgets by tests.")
        sized_by = "budget_move" if "budget_move" in made else "media_spend"
        told = told or say("Under every model the same paid channels reach break-even.")
    confidence, why = _confidence(soft)
    return Finding(
        headline=headline,
        finding=told,
        so_what=so_what,
        recommendation=advice,
        value_name=sized_by,
        owner_role="Chief marketing officer",
        effort="medium" if moves or names else "low",
        confidence=confidence,
        confidence_why=why,
        horizon="next",
    )


def _told_of_move(readout: Readout, made: dict[str, Estimate]) -> str:
    """How much budget the models would move, and the channel they rank most apart."""
    move, share = made["budget_move"], made["budget_move_share"].value
    moved = say(
        "A budget split in proportion to credit would move {amount}, {share} of media spend, when "
        "{old} gives way to the {new}.",
        amount=format_estimate(move),
        share=format_number(share, "share"),
        old=inside(readout.model_label(readout.contrast)),
        new=inside(readout.model_label(readout.main)),
    )
    ranks = readout.table.rank_range()
    widest = ranks.sort_values("spread", ascending=False, kind="stable").iloc[0]
    if not widest["spread"]:
        return moved
    apart = say(
        "The models rank {channel} anywhere from {best} to {worst} of {n}.",
        channel=readout.label(widest["channel"]),
        best=widest["best_rank"],
        worst=widest["worst_rank"],
        n=len(ranks),
    )
    return join_sentences(moved, apart)


def _firmly(n_firm: int, n: int) -> str:
    """How many stay below break-even at the upper end of every interval."""
    if n == 1 and n_firm:
        return say("It stays below even at the upper end of every model's interval.")
    if n == 1:
        return say("At the upper end of an interval it would reach it, so chance may explain it.")
    if n_firm == n:
        return say("All of them stay below even at the upper end of every model's interval.")
    if n_firm == 0:
        return say("Each reaches it at the upper end of an interval, so chance may explain it.")
    return say(
        "{n_firm} of the {n} stay below even at the upper end of every model's interval.",
        n_firm=n_firm,
        n=n,
    )


def _confidence(soft: list[str]) -> tuple[Level, str]:
    """Never more than medium: credit is not cause."""
    if soft:
        failed = join_texts(soft, by=", ", zh="、")
        return "low", say("Credit is not cause, and a check failed: {failed}.", failed=failed)
    return "medium", say("All checks hold, but credit is not cause.")


def several(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``, ``a, b and 3 others``."""
    if len(names) <= 3:
        return listed(names)
    return listed([*names[:2], say("{n} others", n=len(names) - 2)])


def inside(text: str) -> str:
    """First letter small, unless a name starts the label."""
    return text if text.startswith("Markov") else lower_first(text)
