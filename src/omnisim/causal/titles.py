"""The message of each exhibit of an evaluation, by rule."""

from __future__ import annotations

import numpy as np

from omnisim.causal.design import Effect
from omnisim.causal.evaluate import Evaluation
from omnisim.causal.words import failed_checks, findings, headline
from omnisim.language import say
from omnisim.results import format_number, format_range


def titles(evaluation: Evaluation) -> dict[str, str]:
    """The message of each exhibit: ``study, forest, comparison, waves, checks``."""
    found = findings(evaluation)
    failed = failed_checks(evaluation)
    return {
        "study": _title_of_study(evaluation),
        "forest": _title_of_waves(evaluation),
        "waves": _title_of_wave_table(evaluation),
        "comparison": found[1].headline if len(found) > 1 else headline(evaluation),
        "checks": (
            say("Every design check holds")
            if not failed
            else say(
                "{n} of {total} design checks do not hold",
                n=len(failed),
                total=len(evaluation.checks),
            )
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
        return (
            say("The effect of {name} grows over the weeks", name=name)
            if change.estimate > 0
            else say("The effect of {name} fades over the weeks", name=name)
        )
    if evaluation.overall["net_amount"].is_significant:
        return say("The effect of {name} neither grows nor fades beyond chance", name=name)
    return say("Week by week, the effect of {name} cannot be told from noise", name=name)


def _title_of_waves(evaluation: Evaluation) -> str:
    """How many waves gain and lose beyond chance."""
    gains = sum(w.effect.ci_low > 0 for w in evaluation.waves)
    losses = sum(w.effect.ci_high < 0 for w in evaluation.waves)
    n = len(evaluation.waves)
    if not evaluation.overall["net_amount"].is_significant:
        if gains + losses:
            return say(
                "Taken together, the waves show no change beyond chance, though {n} of {total} alone do",
                n=gains + losses,
                total=n,
            )
        return say("Taken together, the waves show no change beyond chance")
    if gains == n:
        return say("Every wave gained sales")
    if not gains and not losses:
        return say("Only all waves together show a change beyond chance")
    if gains and losses:
        return say(
            "{gains} of {total} waves gained and {losses} of {total} waves lost sales beyond chance",
            gains=gains,
            losses=losses,
            total=n,
        )
    return (
        say("{n} of {total} waves gained sales beyond chance", n=gains, total=n)
        if gains
        else say("{n} of {total} waves lost sales beyond chance", n=losses, total=n)
    )


def _title_of_wave_table(evaluation: Evaluation) -> str:
    """How far the waves lie apart."""
    effects = [w.effect.estimate for w in evaluation.waves]
    unit = f"{evaluation.currency}/store-week"
    if len(effects) < 2:
        return say("The wave moved net sales by {effect}", effect=format_number(effects[0], unit))
    reach = format_range(min(effects), max(effects), unit)
    return say("The waves moved net sales by {reach}", reach=reach)
