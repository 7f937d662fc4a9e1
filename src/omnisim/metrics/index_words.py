"""The index of measures for people: its numbers, its two tables and what may be said of it."""

from __future__ import annotations

import pandas as pd

from omnisim.language import join_texts, say
from omnisim.metrics.index import BLOCKS, STEP, CompositeIndex, block_name
from omnisim.metrics.scorecard import short_number, short_range
from omnisim.results import Estimate, format_range

INDEX = "measure_index"  # name of the estimate
INDEX_EQUAL = "measure_index_equal_weights"


def index_estimates(index: CompositeIndex) -> tuple[Estimate, ...]:
    """The index at the stage and under equal weights, and the score of each block."""
    equal = {block: 1 / len(BLOCKS) for block in BLOCKS}
    rows = [
        (INDEX, say("Index of measures"), index.under(index.weights)),
        (INDEX_EQUAL, say("Index of measures, equal weights"), index.under(equal)),
        *(
            (
                f"index_{block}",
                say("Score of the block: {block}", block=block_name(block)),
                index.block_score(block),
            )
            for block in BLOCKS
        ),
    ]
    return tuple(
        Estimate(
            name=name,
            label=label,
            value=found.value,
            unit="points",
            role="descriptive",
            n=found.n,
            n_of="measures",
            method=say(
                "weighted mean of scores 0 to 100 within benchmark ranges; interval from those of the"
                " measures, taken as independent (Zou and Donner 2008)"
            ),
            source="scorecard",
            ci_low=found.ci_low,
            ci_high=found.ci_high,
            note=sensitivity_sentence(index) if name == INDEX else "",
        )
        for name, label, found in rows
    )


def index_table(index: CompositeIndex) -> pd.DataFrame:
    """The four blocks: each measure with its range, its score, its weight and what it adds."""
    rows = []
    for block in BLOCKS:
        parts = index.of_block(block)
        for part in parts:
            weight = index.weights[block] / len(parts)
            unit = part.metric.unit
            rows.append(
                {
                    "Block": block_name(block),
                    "Measure": part.metric.label,
                    "Value": short_number(part.metric.value, unit),
                    "0 to 100 points": short_range(part.measure.floor, part.measure.goal, unit),
                    "Score": f"{part.score:.0f}",
                    "Weight": f"{weight:.1%}",
                    "Adds": f"{weight * part.score:.1f}",
                }
            )
        score = index.block_score(block).value
        rows.append(_summed(block_name(block), say("Block"), index.weights[block], score))
    whole = index.under(index.weights).value
    return pd.DataFrame([*rows, _summed(say("All blocks"), say("Index"), 1.0, whole)])


def _summed(block: str, measure: str, weight: float, score: float) -> dict[str, str]:
    """The row of a block, or of the whole index."""
    return {
        "Block": block,
        "Measure": measure,
        "Value": "—",
        "0 to 100 points": "—",
        "Score": f"{score:.0f}",
        "Weight": f"{weight:.1%}",
        "Adds": f"{weight * score:.1f}",
    }


def weights_table(index: CompositeIndex) -> pd.DataFrame:
    """The index under other weights: how far it depends on what was agreed."""
    rows = []
    for name, weights in index.weightings().items():
        found = index.under(weights)
        shares = {block_name(block): f"{weights[block]:.0%}" for block in BLOCKS}
        reach = say("{low} to {high}", low=f"{found.ci_low:.1f}", high=f"{found.ci_high:.1f}")
        rows.append(
            {"Weighting": name, **shares, "Index": f"{found.value:.1f}", "95% interval": reach}
        )
    return pd.DataFrame(rows)


def swing(index: CompositeIndex) -> float:
    """Farthest the index moves when one weight is moved, or all are equal [points]."""
    values = [index.under(weights).value for weights in index.weightings().values()]
    return max(abs(value - values[0]) for value in values)


def index_title(index: CompositeIndex) -> str:
    """Message: the index, and the weakest block where it can be told from the next."""
    value = f"{index.under(index.weights).value:.0f}"
    ranked = sorted(BLOCKS, key=lambda block: index.block_score(block).value)
    worst, then = (index.block_score(block) for block in ranked[:2])
    if worst.ci_high < then.ci_low:
        return say(
            "The index of measures is {value} of 100; {block} is the weakest block with {score}",
            value=value,
            block=block_name(ranked[0]),
            score=f"{worst.value:.0f}",
        )
    return say(
        "The index of measures is {value} of 100; no block is clearly the weakest", value=value
    )


def weights_title(index: CompositeIndex) -> str:
    """Message: how far the index depends on the weights."""
    return say(
        "Equal weights, or one weight moved by {step}, change the index by {points} points at most",
        step=f"{STEP:g}",
        points=f"{swing(index):.1f}",
    )


def sensitivity_sentence(index: CompositeIndex) -> str:
    """How far the index depends on its weights, and between which scores any weights must leave it."""
    values = [index.under(weights).value for weights in index.weightings().values()]
    scores = [index.block_score(block).value for block in BLOCKS]
    return say(
        "equal weights and one weight moved by {step} give {reach}; whatever the weights, it lies between"
        " the scores of the blocks, {ends}",
        step=f"{STEP:g}",
        reach=format_range(min(values), max(values), "points"),
        ends=format_range(min(scores), max(scores), "points"),
    )


def index_subtitle(index: CompositeIndex) -> str:
    """Stage and weights."""
    weights = [
        say("{block} {share}", block=block_name(block), share=f"{index.weights[block]:.0%}")
        for block in BLOCKS
    ]
    told = join_texts(weights, by=", ", zh="，")
    if not index.stage:
        return say("Scores 0 to 100 within benchmark ranges; weights: {weights}", weights=told)
    return say(
        "Scores 0 to 100 within benchmark ranges; stage “{stage}”, weights: {weights}",
        stage=index.stage,
        weights=told,
    )


def index_note(index: CompositeIndex) -> str:
    """What the interval leaves out, and what is missing."""
    low, high = index.widest()
    told = say(
        "Were all measures wrong in the same direction, the index could lie between {low} and {high}."
        " Ranges are conventions to score by, not facts about the client.",
        low=f"{low:.0f}",
        high=f"{high:.0f}",
    )
    if not index.missing:
        return told
    return say(
        "{told} Not taken: {names}.",
        told=told,
        names=join_texts(index.missing, by=", ", zh="、"),
    )


def index_limits() -> tuple[str, ...]:
    """What an index allows to be compared."""
    return (
        say(
            "The index compares one retailer with the ranges, and with itself in a later run of the same"
            " measures, ranges and weights. It ranks no stores, for which most measures are not taken,"
            " and no halves of a year, which differ by season."
        ),
        say(
            "More channel crossing scores higher by convention; it is not shown to cause sales. See the"
            " tests and the roll-out for causes."
        ),
    )
