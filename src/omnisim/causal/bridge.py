"""From the change that everybody sees to what is left of it: the rows of a waterfall."""

from __future__ import annotations

import pandas as pd

from omnisim.causal.aggregate import WaveEffect
from omnisim.causal.design import Effect
from omnisim.causal.evaluate import Evaluation
from omnisim.language import join_sentences, say
from omnisim.results import format_number, format_range


def bridge_table(evaluation: Evaluation) -> pd.DataFrame:
    """Steps from before-and-after to the contribution, per store-week.

    The change of the first wave is split into its effect and what would have moved anyway; the later
    waves bring the average effect; goods, delivery and hand-over leave the contribution. Where
    before-and-after cannot be computed, the bridge begins at the effect.

    Returns
    -------
    DataFrame
        label, value [currency per store-week], kind (``total`` or ``step``).
    """
    net = evaluation.overall["net_amount"].estimate
    contribution = evaluation.overall["contribution_amount"].estimate
    rows: list[tuple[str, float, str]] = []
    first, change = _first_wave(evaluation)
    if change is not None:
        rows += [
            (say("Before and after, first wave"), change.estimate, "total"),
            (say("Would have moved anyway"), first.effect.estimate - change.estimate, "step"),
        ]
        if len(evaluation.waves) > 1:
            rows += [
                (say("Effect, first wave"), first.effect.estimate, "total"),
                (say("Later waves"), net - first.effect.estimate, "step"),
            ]
    rows += [
        (say("Effect on net sales"), net, "total"),
        (say("Goods, delivery and hand-over"), contribution - net, "step"),
        (say("Contribution"), contribution, "total"),
    ]
    return pd.DataFrame(rows, columns=["label", "value", "kind"])


def bridge_title(evaluation: Evaluation) -> str:
    """Message of the bridge: what the service is not the cause of, and what is left."""
    unit = f"{evaluation.currency}/store-week"
    net, (first, change) = evaluation.overall["net_amount"], _first_wave(evaluation)
    left = format_number(evaluation.overall["contribution_amount"].estimate, unit)
    if change is None:
        return say(
            "Of the effect of {effect} on net sales, {left} remain as contribution",
            effect=format_number(net.estimate, evaluation.currency),
            left=left,
        )
    anyway = change.estimate - first.effect.estimate
    said = {
        "change": format_number(change.estimate, evaluation.currency),
        "anyway": format_number(abs(anyway), evaluation.currency),
        "left": left,
    }
    if anyway > 0:
        return say(
            "Of the {change} that before and after shows, {anyway} would have come anyway; the service "
            "leaves {left}",
            **said,
        )
    return say(
        "Before and after shows {change} and hides {anyway} that sales would have lost anyway; the "
        "service leaves {left}",
        **said,
    )


def bridge_subtitle(evaluation: Evaluation, *, period: str) -> str:
    """What the waterfall draws."""
    return say(
        "From the change seen to the contribution after goods, delivery and hand-over, {currency} per "
        "store-week, {period}",
        currency=evaluation.currency,
        period=period,
    )


def bridge_note(evaluation: Evaluation) -> str:
    """The intervals of the two totals that are effects."""
    level = f"{evaluation.method.ci_level:.0%}"
    parts = [
        say(
            "{label}: {level} interval {reach}.",
            label=label,
            level=level,
            reach=format_range(effect.ci_low, effect.ci_high, evaluation.currency),
        )
        for label, effect in (
            (say("Effect on net sales"), evaluation.overall["net_amount"]),
            (say("Contribution"), evaluation.overall["contribution_amount"]),
        )
    ]
    return join_sentences(*parts)


def _first_wave(evaluation: Evaluation) -> tuple[WaveEffect, Effect | None]:
    """The first wave and its before-and-after; None where its stores started in different weeks."""
    first = min(evaluation.waves, key=lambda wave: wave.wave)
    is_one = sum(wave.wave == first.wave for wave in evaluation.waves) == 1
    return first, evaluation.before_after if is_one else None
