"""Maturity profile: which level the measured evidence supports, and what only an interview can tell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from omnisim.errors import DesignError
from omnisim.language import remember, say
from omnisim.metrics.scorecard import Scorecard
from omnisim.results import format_number

Verdict = Literal["passed", "failed", "needs interview"]


class Criterion(BaseModel):
    """One condition of a level; without a `metric` it needs an interview or a document."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    level: int = Field(ge=2, le=5)
    text: str
    metric: str | None = None
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> Criterion:
        bounds = (self.at_least is not None) + (self.at_most is not None)
        if bounds != (1 if self.metric else 0):
            raise ValueError(f"{self.text!r}: a metric has exactly one of at_least and at_most")
        return self


class Domain(BaseModel):
    """One dimension of maturity with its criteria."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    zh: str
    criteria: tuple[Criterion, ...]


class MaturityModel(BaseModel):
    """All domains and the names of the levels."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    levels: dict[int, str]
    levels_zh: dict[int, str]
    domains: tuple[Domain, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """One criterion and what the evidence says."""

    domain: str
    criterion: Criterion
    verdict: Verdict
    evidence: str


@dataclass(frozen=True, slots=True)
class DomainMaturity:
    """The level of one domain.

    Attributes
    ----------
    proven : int
        Highest level whose criteria, and all below, passed on measured evidence; 1 to 5.
    possible : int
        Highest level not yet ruled out by a failed criterion: what interviews could still show.
    """

    domain: Domain
    proven: int
    possible: int
    criteria: tuple[Judged, ...]

    @property
    def is_settled(self) -> bool:
        """Whether measurement alone fixes the level."""
        return self.proven == self.possible


@cache
def maturity_model() -> MaturityModel:
    """The criteria of ``maturity.yaml``."""
    text = files("omnisim.metrics").joinpath("maturity.yaml").read_text(encoding="utf-8")
    try:
        return MaturityModel(**yaml.safe_load(text))
    except ValidationError as error:
        raise DesignError(f"maturity.yaml: {error}") from None


def maturity_profile(card: Scorecard) -> tuple[DomainMaturity, ...]:
    """Judge every domain by the bound of the interval that is worse for the client."""
    return tuple(_judge_domain(domain, card) for domain in maturity_model().domains)


def maturity_table(profile: tuple[DomainMaturity, ...]) -> pd.DataFrame:
    """The profile for people."""
    model = maturity_model()
    names = {k: remember(name, zh=model.levels_zh[k]) for k, name in model.levels.items()}
    rows = []
    for item in profile:
        open_items = [j.criterion.text for j in item.criteria if j.verdict == "needs interview"]
        failed = [j.evidence for j in item.criteria if j.verdict == "failed"]
        rows.append(
            {
                "Domain": say("{id} {name}", id=item.domain.id, name=domain_name(item.domain)),
                "Proven by data": say("{k} {level}", k=item.proven, level=names[item.proven]),
                "Still possible": say("{k} {level}", k=item.possible, level=names[item.possible]),
                "Held back by": failed[0] if failed else say("nothing measured"),
                "To be asked next": open_items[0] if open_items else say("nothing"),
            }
        )
    return pd.DataFrame(rows)


def maturity_levels(profile: tuple[DomainMaturity, ...]) -> pd.DataFrame:
    """Numbers behind the maturity figure; columns: domain, proven, possible (levels 1 to 5)."""
    return pd.DataFrame(
        {
            "domain": [domain_name(item.domain) for item in profile],
            "proven": [item.proven for item in profile],
            "possible": [item.possible for item in profile],
        }
    )


def domain_name(domain: Domain) -> str:
    """Name of a domain, known in Chinese as well."""
    return remember(domain.name, zh=domain.zh)


def _judge_domain(domain: Domain, card: Scorecard) -> DomainMaturity:
    judged = tuple(_judge(domain.id, criterion, card) for criterion in domain.criteria)
    proven = possible = 1
    still_proven = True
    for level in range(2, 6):
        verdicts = [j.verdict for j in judged if j.criterion.level == level]
        if "failed" in verdicts:
            break
        possible = level
        still_proven = still_proven and bool(verdicts) and set(verdicts) == {"passed"}
        if still_proven:
            proven = level
    return DomainMaturity(domain, proven, possible, judged)


def _judge(domain: str, criterion: Criterion, card: Scorecard) -> Judged:
    if criterion.metric is None or not card.has(criterion.metric):
        return Judged(domain, criterion, "needs interview", "not measurable from the tables")
    metric = card.metric(criterion.metric)
    low = metric.value if metric.ci_low is None else metric.ci_low
    high = metric.value if metric.ci_high is None else metric.ci_high
    if criterion.at_least is not None:
        passed, bound, word = low >= criterion.at_least, low, say("at least")
    else:
        passed, bound, word = high <= float(criterion.at_most or 0.0), high, say("at most")
    evidence = say(
        "{label} {value}, {word} {bound} with 95% confidence",
        label=metric.label,
        value=format_number(metric.value, metric.unit),
        word=word,
        bound=format_number(bound, metric.unit),
    )
    return Judged(domain, criterion, "passed" if passed else "failed", evidence)
