"""The index of measures: scores against their ranges, weighed by stage, never without its sensitivity."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from omnisim.errors import DesignError
from omnisim.language import say
from omnisim.metrics.intervals import Measured
from omnisim.metrics.kpi import Metric, kpi_definitions
from omnisim.metrics.scorecard import Scorecard

Block = Literal["sales", "customers", "operations", "channels"]
BLOCKS: tuple[Block, ...] = ("sales", "customers", "operations", "channels")
STEP = 0.1  # how far each weight is moved to see whether the index depends on it
_SUM_AGREES = 1e-6  # weights are typed by hand


class IndexMeasure(BaseModel):
    """A measure of the index: `floor` scores 0 and `goal` 100; where less is better `goal` is less."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kpi: str
    block: Block
    floor: float
    goal: float
    source: str

    @model_validator(mode="after")
    def _is_a_range(self) -> IndexMeasure:
        if self.kpi not in kpi_definitions():
            raise ValueError(f"{self.kpi!r} is no measure of kpis.yaml")
        if self.floor == self.goal:
            raise ValueError(f"{self.kpi}: floor and goal are both {self.goal}")
        return self

    def score(self, value: float) -> float:
        """Place of a value in the range, 0 to 100; beyond its ends nothing is gained or lost.

        Examples
        --------
        >>> late = IndexMeasure(kpi="stock_out_rate", block="operations", floor=0.12, goal=0.05, source="")
        >>> round(late.score(0.085), 9), late.score(0.01)
        (50.0, 100.0)
        """
        return 100 * min(max((value - self.floor) / (self.goal - self.floor), 0.0), 1.0)


class IndexModel(BaseModel):
    """All measures of the index and the default weights of the stages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    measures: tuple[IndexMeasure, ...]
    stages: dict[str, dict[Block, float]]


@cache
def index_model() -> IndexModel:
    """What ``index.yaml`` says."""
    text = files("omnisim.metrics").joinpath("index.yaml").read_text(encoding="utf-8")
    try:
        model = IndexModel(**yaml.safe_load(text))
    except ValidationError as error:
        raise DesignError(f"index.yaml: {error}") from None
    for stage, weights in model.stages.items():
        _check_weights(dict(weights), where=f"index.yaml: stages.{stage}")
    return model


def stage_weights(stage: str, text: str = "") -> dict[Block, float]:
    """Weights of the blocks: those given, else the default ones of the stage.

    Parameters
    ----------
    stage : str
        Name of a stage; without `text` one of ``index.yaml``.
    text : str
        ``sales=0.4, customers=0.3, operations=0.2, channels=0.1``; what is left out weighs nothing.

    Raises
    ------
    DesignError
        For an unknown stage or block, or weights that do not sum to 1.

    Examples
    --------
    >>> stage_weights("retention")["customers"], stage_weights("", "sales=0.6, channels=0.4")["sales"]
    (0.45, 0.6)
    """
    if not text.strip():
        known = index_model().stages
        if stage not in known:
            raise DesignError(
                f"stage = {stage!r}: no default weights; give one of {list(known)}, or stage_weights"
            )
        return {block: known[stage].get(block, 0.0) for block in BLOCKS}
    weights: dict[str, float] = {}
    for part in text.split(","):
        name, _, number = (piece.strip() for piece in part.partition("="))
        try:
            weights[name] = float(number)
        except ValueError:
            raise DesignError(
                f"stage_weights = {text!r}: {part.strip()!r} is not of the form sales=0.4"
            ) from None
    _check_weights(weights, where=f"stage_weights = {text!r}")
    return {block: weights.get(block, 0.0) for block in BLOCKS}


def _check_weights(weights: Mapping[Any, float], *, where: str) -> None:
    unknown = [name for name in weights if name not in BLOCKS]
    if unknown:
        raise DesignError(f"{where}: {unknown}: there are the blocks {list(BLOCKS)}")
    if not all(0 <= weight <= 1 for weight in weights.values()):
        raise DesignError(f"{where}: give weights from 0 to 1")
    if abs(sum(weights.values()) - 1) > _SUM_AGREES:
        raise DesignError(f"{where}: sum to {sum(weights.values()):g}; they must sum to 1")


@dataclass(frozen=True, slots=True)
class Scored:
    """A measure with its score and those of the ends of its interval, 0 to 100."""

    measure: IndexMeasure
    metric: Metric
    score: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class CompositeIndex:
    """The index ``sum of w_i z_i`` over the measures that could be taken.

    Attributes
    ----------
    parts : tuple of Scored
        In the order of ``index.yaml``; within a block all weigh the same.
    weights : dict
        Weight of each block at the stage; they sum to 1.
    stage : str
        What the stage is called.
    missing : tuple of str
        Labels of the measures that could not be taken.
    """

    parts: tuple[Scored, ...]
    weights: Mapping[Block, float]
    stage: str
    missing: tuple[str, ...]

    def of_block(self, block: Block) -> tuple[Scored, ...]:
        """The measures of one block."""
        return tuple(part for part in self.parts if part.measure.block == block)

    def block_score(self, block: Block) -> Measured:
        """Mean score of a block with its interval."""
        return self.under(dict.fromkeys((block,), 1.0))

    def under(self, weights: Mapping[Block, float]) -> Measured:
        """The index under weights of the blocks, with a 95% interval.

        The interval recovers the variances of the measures' own intervals and adds them as if the
        measures were independent (MOVER). They share orders and customers, so this is a lower limit
        of the doubt; :meth:`widest` is the upper one.

        References
        ----------
        Zou, G., Donner, A. (2008). Construction of confidence limits about effect measures: a general
        approach. Statistics in Medicine 27(10), 1693-1702.
        """
        terms = self._terms(weights)
        value = sum(w * part.score for w, part in terms)
        down = math.sqrt(sum((w * (part.score - part.low)) ** 2 for w, part in terms))
        up = math.sqrt(sum((w * (part.high - part.score)) ** 2 for w, part in terms))
        return Measured(value, max(value - down, 0.0), min(value + up, 100.0), len(terms))

    def widest(self) -> tuple[float, float]:
        """Ends of the index were all measures wrong in the same direction at once."""
        terms = self._terms(self.weights)
        return sum(w * part.low for w, part in terms), sum(w * part.high for w, part in terms)

    def _terms(self, weights: Mapping[Block, float]) -> list[tuple[float, Scored]]:
        return [
            (weights[block] / len(self.of_block(block)), part)
            for block in BLOCKS
            if weights.get(block)
            for part in self.of_block(block)
        ]

    def weightings(self, *, step: float = STEP) -> dict[str, dict[Block, float]]:
        """The weights of the stage, equal ones, and each block's weight moved by `step` up and down.

        The other weights are scaled in proportion, so that the sum stays 1.
        """
        made = {
            say("Weights of the stage"): dict(self.weights),
            say("Equal weights"): {block: 1 / len(BLOCKS) for block in BLOCKS},
        }
        for block in BLOCKS:
            for sign, name in (
                (1, say("{block} +{step}", block=block_name(block), step=f"{step:g}")),
                (-1, say("{block} −{step}", block=block_name(block), step=f"{step:g}")),
            ):
                made[name] = moved(self.weights, block, sign * step)
        return made


def moved(weights: Mapping[Block, float], block: Block, step: float) -> dict[Block, float]:
    """Weights with one of them moved, at most to 0 or 1, and the others scaled to sum 1 again.

    Examples
    --------
    >>> found = moved({"sales": 0.4, "customers": 0.3, "operations": 0.2, "channels": 0.1}, "sales", 0.1)
    >>> {name: round(weight, 4) for name, weight in found.items()}
    {'sales': 0.5, 'customers': 0.25, 'operations': 0.1667, 'channels': 0.0833}
    """
    new = min(max(weights[block] + step, 0.0), 1.0)
    rest = 1 - weights[block]
    others = len(weights) - 1
    return {
        name: new if name == block else (1 - new) * (weight / rest if rest > 0 else 1 / others)
        for name, weight in weights.items()
    }


def block_name(block: Block) -> str:
    """A block for people."""
    return {
        "sales": say("Sales"),
        "customers": say("Customers"),
        "operations": say("Operations"),
        "channels": say("Channel synergy"),
    }[block]


def composite_index(
    card: Scorecard, weights: Mapping[Block, float], *, stage: str = ""
) -> CompositeIndex:
    """The index of a scorecard.

    Raises
    ------
    DesignError
        When a block has no measure: its weight would silently go to the others.
    """
    parts, missing = [], []
    for measure in index_model().measures:
        if not card.has(measure.kpi):
            missing.append(kpi_definitions()[measure.kpi].label)
            continue
        metric = card.metric(measure.kpi)
        ends = [metric.value if end is None else end for end in (metric.ci_low, metric.ci_high)]
        low, high = sorted(map(measure.score, ends))
        score = measure.score(metric.value)
        parts.append(Scored(measure, metric, score, min(low, score), max(high, score)))
    index = CompositeIndex(tuple(parts), dict(weights), stage, tuple(missing))
    for block in BLOCKS:
        if not index.of_block(block):
            raise DesignError(
                say(
                    "index of measures: the block “{block}” has no measure in this data",
                    block=block_name(block),
                )
            )
    return index
