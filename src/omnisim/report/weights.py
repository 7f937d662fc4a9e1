"""Weights of the index of measures: those it was drawn with, and those agreed with the client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import isclose

from omnisim.errors import DesignError
from omnisim.language import join_texts, say
from omnisim.report.engagement import Stage
from omnisim.results import Result

INDEX = "measure_index"  # estimate of the index
EXHIBITS = ("index", "index_weights")  # that show it
_AGREE = 1e-6  # weights are typed by hand


def is_as_agreed(overview: Result | None, stage: Stage) -> bool:
    """Whether the index of a result was made with the weights of the engagement's stage.

    A stage without weights and without default ones agrees on nothing, so any weights are as agreed.
    """
    name, text = _parameters(overview)
    if name == stage.name and not text and not stage.weights:
        return True  # without looking up what its default ones are, which loads much
    agreed, drawn = _agreed(stage), _weights(name, text)
    if not agreed:
        return True
    blocks = {*agreed, *drawn}
    return all(isclose(agreed.get(b, 0), drawn.get(b, 0), abs_tol=_AGREE) for b in blocks)


def say_other_weights(overview: Result, stage: Stage) -> Result:
    """A result whose exhibits of the index say so where its weights are not those agreed."""
    if not any(e.name in EXHIBITS for e in overview.exhibits) or is_as_agreed(overview, stage):
        return overview
    from omnisim.metrics.index import BLOCKS, block_name

    agreed = _agreed(stage)
    told = say(
        "Weights agreed with the client, with which it is not drawn yet: {weights}.",
        weights=join_texts(
            (
                say("{block} {share}", block=block_name(b), share=f"{100 * agreed[b]:g}%")
                for b in BLOCKS
                if agreed.get(b)
            ),
            by=", ",
            zh="，",
        ),
    )
    exhibits = tuple(
        replace(e, note=join_texts([e.note, told] if e.note.strip() else [told], by=" ", zh=""))
        if e.name in EXHIBITS
        else e
        for e in overview.exhibits
    )
    return replace(overview, exhibits=exhibits)


def about_weights(overview: Result | None, stage: Stage) -> list[str]:
    """What is said on the terminal of an index drawn with other weights than those agreed."""
    has_index = overview is not None and any(e.name == INDEX for e in overview.estimates)
    if not has_index or is_as_agreed(overview, stage):
        return []
    return [
        "the index of measures is drawn with other weights than the stage of the engagement, and says so; "
        "`omnisim run` in the project of the engagement draws it with those"
    ]


def _agreed(stage: Stage) -> Mapping[str, float]:
    """Weights of a stage: its own, else the default ones of its name; none where it has neither."""
    own = {str(block): weight for block, weight in stage.weights.items()}
    return own or _weights(stage.name, "")


def _parameters(overview: Result | None) -> tuple[str, str]:
    """Stage and own weights with which the index of a result was drawn."""
    given = overview.parameters if overview is not None else {}
    return str(given.get("stage") or ""), str(given.get("stage_weights") or "")


def _weights(stage: str, text: str) -> Mapping[str, float]:
    if not stage and not text:
        return {}
    from omnisim.metrics.index import stage_weights

    try:
        return {str(block): weight for block, weight in stage_weights(stage, text).items()}
    except DesignError:  # a stage of another name, or a parameter that means something else
        return {}
