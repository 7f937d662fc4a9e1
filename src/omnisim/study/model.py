"""A study file: worlds, seeds, methods and what they are to find, checked field by field."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from omnisim.scenario.block import Block
from omnisim.timeline import DAYS_PER_WEEK

MOST_WORLDS = 1_000_000
# what `truth/effects` can hold; a test compares them with what can be asked
Estimand = Literal[
    "ate", "att", "cate", "total", "add_one_in", "synergy", "shapley", "shapley_sampling",
    "budget_step", "marginal_roas", "lost_demand",
]  # fmt: skip
Outcome = Literal[
    "net_amount", "store_net_amount", "n_orders", "media_cost", "margin_amount", "refund_amount",
    "cancelled_amount", "late_amount", "fraud_amount", "n_messages_without_consent", "n_units",
    "list_amount",
]  # fmt: skip
_Value = bool | int | float | str


class Dial(Block):
    """One field of the scenario that the study turns."""

    values: tuple[_Value, ...] = Field((), description="values to try, for a grid", max_length=1000)
    low: float | None = Field(None, description="lowest value, with high")
    high: float | None = Field(None, description="highest value")
    steps: int | None = Field(None, ge=2, le=1000, description="grid: values from low to high")
    scale: Literal["linear", "log"] = Field("linear", description="what is spread evenly")
    label: str = Field("", max_length=60, description="name for people")

    @model_validator(mode="after")
    def _whole(self) -> Dial:
        if self.values and (self.low is not None or self.high is not None or self.steps):
            raise ValueError("give values, or low and high, not both")
        if self.values:
            if len(set(map(repr, self.values))) < len(self.values):
                raise ValueError(f"values = {list(self.values)}: give each value once")
            return self
        if self.low is None or self.high is None:
            raise ValueError("an empty dial: give values, or low and high")
        if self.low >= self.high:
            raise ValueError(
                f"low = {self.low:g}, high = {self.high:g}: the range is reversed or empty; "
                "give low < high"
            )
        if self.scale == "log" and self.low <= 0:
            raise ValueError(f"low = {self.low:g}: a log scale needs low > 0")
        return self


class Worlds(Block):
    """Where the study takes place: a scenario, and how it differs from world to world."""

    scenario: str = Field("omnichannel_fashion", min_length=1, description="preset or YAML file")
    size: str | None = Field(None, description="a size the scenario declares, e.g. tiny")
    market: str | None = Field(None, description="a market the scenario declares")
    overrides: dict[str, Any] = Field({}, description="fields that all worlds of the study share")
    design: Literal["grid", "latin_hypercube", "sobol"] = Field(
        "grid", description="how the dials are combined"
    )
    n: int | None = Field(
        None, ge=1, le=MOST_WORLDS, description="design points of a Latin hypercube or Sobol design"
    )
    design_seed: int = Field(1, ge=0, lt=2**32, description="luck of the design, not of the worlds")
    dials: dict[str, Dial] = Field(
        {}, description="fields to turn, with dots: experiment.conversion_effect"
    )

    @model_validator(mode="after")
    def _design(self) -> Worlds:
        if self.design == "grid":
            if self.n is not None:
                raise ValueError(f"n = {self.n}: a grid has as many points as its dials say")
            for name, dial in self.dials.items():
                if not dial.values and dial.steps is None:
                    raise ValueError(f"dials.{name}: a grid needs values, or low, high and steps")
            if self.n_points > MOST_WORLDS:
                raise ValueError(f"{self.n_points:,} design points; give at most {MOST_WORLDS:,}")
            return self
        if self.n is None:
            raise ValueError(f"n: missing; design {self.design} needs a number of points")
        if not self.dials:
            raise ValueError(f"dials: none; design {self.design} needs at least one range")
        for name, dial in self.dials.items():
            if dial.values or dial.steps:
                raise ValueError(f"dials.{name}: design {self.design} needs low and high only")
        if self.design == "sobol" and self.n & (self.n - 1):
            raise ValueError(
                f"n = {self.n}: Sobol points keep their balance for 2, 4, 8, 16, 32, ... points"
            )
        return self

    @property
    def n_points(self) -> int:
        """Design points."""
        if self.n is not None:
            return self.n
        return math.prod(len(dial.values) or dial.steps or 1 for dial in self.dials.values())


class MethodChoice(Block):
    """One method of the study; in a file its name alone will do."""

    method: str = Field(min_length=1, description="name of a registered method")
    label: str = Field("", max_length=60, description="name in tables and figures")
    parameters: dict[str, Any] = Field({}, description="parameters of the method")


class Window(Block):
    """Whole weeks of the horizon."""

    first_day: int = Field(ge=0, description="first day, from 0: the first of a week")
    n_days: int = Field(ge=DAYS_PER_WEEK, description="length in days: whole weeks")

    @model_validator(mode="after")
    def _weeks(self) -> Window:
        for name, days in (("first_day", self.first_day), ("n_days", self.n_days)):
            if days % DAYS_PER_WEEK:
                raise ValueError(
                    f"{name} = {days}: effects are counted by week; give a multiple of {DAYS_PER_WEEK}"
                )
        return self

    @property
    def weeks(self) -> tuple[int, int]:
        """First week and week after the last, from 0."""
        first = self.first_day // DAYS_PER_WEEK
        return first, first + self.n_days // DAYS_PER_WEEK


class EstimandChoice(Block):
    """Which true effect the methods are to find: fields of truth/effects."""

    estimand: Estimand = Field(description="what is asked, e.g. total or ate; see below")
    outcome: Outcome = Field("net_amount", description="what is counted")
    cause: str = Field(
        "",
        max_length=60,
        description="whose effect; may be left out where the default truth has one",
    )
    semantics: str = Field(
        "",
        max_length=60,
        description="which other world it is held against; ghost for channels by default",
    )
    scope: str = Field(
        "all",
        max_length=60,
        description="part of the units, e.g. wave=1; with across: scope its name",
    )
    window: Window | None = Field(
        None, description="weeks of the horizon that count; the cause's own window by default"
    )
    orders: int = Field(20, ge=4, le=1000, description="orders of channels to sample, for shapley")
    across: Literal["", "cause", "scope"] = Field(
        "",
        description="cause: one effect for each channel; scope: one for each part, e.g. event_week; "
        "and whether their order is found",
    )
    truth: Literal["of_seed", "mean"] = Field(
        "of_seed",
        description="hold each seed against its own truth, or all against the mean over the seeds",
    )

    @model_validator(mode="after")
    def _one_or_all(self) -> EstimandChoice:
        if self.across == "cause" and self.cause:
            raise ValueError(f"cause = {self.cause!r}: with across: cause, name none")
        if self.across == "scope" and (self.scope == "all" or "=" in self.scope):
            raise ValueError(
                f"scope = {self.scope!r}: with across: scope, name the kind of part, e.g. event_week"
            )
        return self


class StudyFile(Block):
    """What a study file says."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,59}$")] = Field(
        description="name of the study and of its folder"
    )
    question: str = Field("", max_length=300, description="what it is to answer; changes no number")
    about: str = Field("", max_length=3000, description="for readers; changes no number")
    worlds: Worlds = Worlds()
    seeds: int | tuple[Annotated[int, Field(ge=0, lt=2**63)], ...] = Field(
        description="how many (1, 2, ...), or a list; the same seeds at every design point"
    )
    methods: tuple[MethodChoice, ...] = Field(min_length=1, max_length=100)
    estimand: EstimandChoice

    @field_validator("seeds")
    @classmethod
    def _some(cls, seeds: int | tuple[int, ...]) -> int | tuple[int, ...]:
        if isinstance(seeds, int):
            if not 1 <= seeds <= MOST_WORLDS:
                raise ValueError(f"seeds = {seeds}: give 1 to {MOST_WORLDS:,}, or a list of seeds")
        elif not seeds or len(set(seeds)) < len(seeds):
            raise ValueError(f"seeds = {list(seeds)}: give at least one seed, each once")
        return seeds

    @model_validator(mode="after")
    def _told_apart(self) -> StudyFile:
        labels = self.labels()
        if twice := sorted({label for label in labels if labels.count(label) > 1}):
            raise ValueError(f"methods: {twice[0]!r} is there twice; give each a label of its own")
        return self

    @property
    def seed_list(self) -> tuple[int, ...]:
        """The seeds themselves."""
        if isinstance(self.seeds, int):
            return tuple(range(1, self.seeds + 1))
        return self.seeds

    def labels(self) -> tuple[str, ...]:
        """Name of each method in tables and figures."""
        return tuple(choice.label or choice.method for choice in self.methods)


def json_schema() -> dict[str, Any]:
    """JSON schema of study files, for editors."""
    schema = StudyFile.model_json_schema()
    schema["properties"]["methods"]["items"] = {
        "anyOf": [{"type": "string"}, schema["properties"]["methods"]["items"]]
    }
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return schema
