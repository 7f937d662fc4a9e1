"""The risk register: what can go wrong, what it is assumed to cost, what can be done about it."""

from __future__ import annotations

from importlib.resources import files
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from omnisim.errors import DesignError
from omnisim.language import remember

Category = Literal[
    "data_security",
    "transaction_fraud",
    "supply_chain",
    "legal_compliance",
    "operations",
    "technology",
    "market",
    "funding",
    "organisation",
    "platform_dependence",
]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]


class _Block(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Appetite(_Block):
    """What the owner is ready to lose: a yearly loss and how often it may be exceeded."""

    tolerance_revenue_share: Share
    max_probability: Share


class Likelihood(_Block):
    """Five steps of events per year, on real-unit edges."""

    edges_per_year: tuple[Positive, Positive, Positive, Positive]
    labels: tuple[str, str, str, str, str]
    zh: tuple[str, str, str, str, str]


class Impact(_Block):
    """Five steps of loss per event, as a share of the yearly gross margin."""

    edges_margin_share: tuple[Positive, Positive, Positive, Positive]
    labels: tuple[str, str, str, str, str]
    zh: tuple[str, str, str, str, str]


class Levels(_Block):
    """Four levels of expected annual loss, as a share of the yearly gross margin."""

    edges_margin_share: tuple[Positive, Positive, Positive]
    labels: tuple[str, str, str, str]
    zh: tuple[str, str, str, str]


class Matrix(_Block):
    """Edges of the picture (likelihood, impact) and of the level."""

    likelihood: Likelihood
    impact: Impact
    levels: Levels

    @model_validator(mode="after")
    def _edges_rise(self) -> Matrix:
        for name, edges in (
            ("likelihood.edges_per_year", self.likelihood.edges_per_year),
            ("impact.edges_margin_share", self.impact.edges_margin_share),
            ("levels.edges_margin_share", self.levels.edges_margin_share),
        ):
            if list(edges) != sorted(set(edges)):
                raise ValueError(f"{name} = {list(edges)}: give rising edges")
        return self


class Assumption(_Block):
    """A unit cost or share nobody can read from the tables, with its middle 90 %."""

    name: str
    about: str
    value: Positive
    low: Positive
    high: Positive
    unit: str
    source: str

    @model_validator(mode="after")
    def _ordered(self) -> Assumption:
        if not self.low <= self.value <= self.high:
            raise ValueError(
                f"{self.name}: low {self.low}, value {self.value}, high {self.high} must rise"
            )
        return self


class SeverityPrior(_Block):
    """Middle 90 % of the loss per event when too few events were seen."""

    low_margin_share: Positive
    high_margin_share: Positive
    source: str


class RareLoss(_Block):
    """A loss too rare to be in the data, given by experts and flagged so."""

    about: str
    rate_per_year: Positive
    low_revenue_share: Positive
    high_revenue_share: Positive
    source: str


class Kri(_Block):
    """Key risk indicator: what to watch, and from where on to act."""

    metric: str
    about: str
    threshold: float | None


class Risk(_Block):
    """One entry of the register."""

    id: str
    key: str
    category: Category
    name: str
    zh: str
    owner_role: str
    events: str
    exposure: str
    severity: str
    assumptions: tuple[Assumption, ...]
    kri: Kri
    severity_prior: SeverityPrior
    rare_loss: RareLoss | None = None


class Cost(_Block):
    """What a treatment costs, as shares of yearly net sales; one-off cost spread over `life_years`."""

    one_off_revenue_share: Share
    annual_revenue_share: Share
    life_years: Positive
    source: str

    @property
    def yearly_revenue_share(self) -> float:
        """Yearly cost with the one-off part spread evenly, undiscounted."""
        return self.annual_revenue_share + self.one_off_revenue_share / self.life_years


class TreatmentEffect(_Block):
    """Prior reduction of one risk's frequency or severity, with its middle 90 %."""

    risk: str
    acts_on: Literal["frequency", "severity"]
    reduction: Annotated[float, Field(gt=0, lt=1)]
    low: Annotated[float, Field(gt=0, lt=1)]
    high: Annotated[float, Field(gt=0, lt=1)]
    source: str

    @model_validator(mode="after")
    def _ordered(self) -> TreatmentEffect:
        if not self.low < self.reduction < self.high:
            raise ValueError(f"effect on {self.risk}: low < reduction < high must hold")
        return self


class Treatment(_Block):
    """One thing that can be done, what it costs and which risks it lowers."""

    id: str
    name: str
    zh: str
    owner_role: str
    effort: Literal["low", "medium", "high"]
    cost: Cost
    effects: tuple[TreatmentEffect, ...]


class Register(_Block):
    """All risks and treatments with appetite and matrix."""

    schema_version: Literal[1]
    appetite: Appetite
    matrix: Matrix
    risks: Annotated[tuple[Risk, ...], Field(min_length=1)]
    treatments: Annotated[tuple[Treatment, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _consistent(self) -> Register:
        for what, names in (
            ("risk id", [r.id for r in self.risks]),
            ("risk key", [r.key for r in self.risks]),
            ("treatment id", [t.id for t in self.treatments]),
        ):
            twice = sorted({n for n in names if names.count(n) > 1})
            if twice:
                raise ValueError(f"{what} {twice} given twice")
        known = {r.id for r in self.risks}
        for treatment in self.treatments:
            unknown = sorted({e.risk for e in treatment.effects} - known)
            if unknown:
                raise ValueError(
                    f"treatment {treatment.id} acts on {unknown}; the register has {sorted(known)}"
                )
        return self


def read_register(text: str, *, where: str = "register") -> Register:
    """Check the text of a register in YAML.

    Raises
    ------
    DesignError
        Names the field, the value and what is allowed.
    """
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise DesignError(f"{where}: not YAML ({error})") from None
    if not isinstance(raw, dict):
        raise DesignError(f"{where}: give a mapping with `risks`, found {type(raw).__name__}")
    try:
        register = Register(**raw)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise DesignError(f"{where}: {place or 'register'}: {first['msg']}") from None
    _remember_names(register)
    return register


def _remember_names(register: Register) -> None:
    """The Chinese names a register gives to its risks, treatments and steps."""
    named: list[Risk | Treatment] = [*register.risks, *register.treatments]
    for item in named:
        if item.zh:
            remember(item.name, zh=item.zh)
    for axis in (register.matrix.likelihood, register.matrix.impact):
        for english, chinese in zip(axis.labels, axis.zh, strict=True):
            remember(english, zh=chinese)


def default_register() -> Register:
    """The register that comes with the package."""
    text = files("omnisim.risk").joinpath("register.yaml").read_text(encoding="utf-8")
    return read_register(text, where="register.yaml")
