"""Published ranges of business measures, read from ``plausibility.yaml``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from omnisim.errors import DesignError

Range = tuple[float, float]


class Band(BaseModel):
    """Where a value is usual, where to look again, where it is implausible; never a fact about a client."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    usual: Range
    warn: Range
    fail: Range
    source: str

    @model_validator(mode="after")
    def _nested(self) -> Band:
        ends = (self.fail[0], self.warn[0], *self.usual, self.warn[1], self.fail[1])
        if list(ends) != sorted(ends):
            raise ValueError(f"usual must lie in warn and warn in fail: {ends}")
        return self


class Bound(BaseModel):
    """One measure that is held against a range.

    `kpi` is the measure of the scorecard that shares the range; `formula` is empty where it is that
    measure itself. `is_truth` marks what only the simulator knows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    label: str
    unit: str
    n_of: str
    min_n: int
    kpi: str = ""
    formula: str = ""
    is_truth: bool = False
    usual: Range
    warn: Range
    fail: Range
    source: str
    sectors: dict[str, Band] = {}

    @model_validator(mode="after")
    def _measured(self) -> Bound:
        if not self.kpi and not self.formula:
            raise ValueError(f"{self.id}: give a kpi or a formula")
        self.band("")
        return self

    def band(self, sector: str) -> Band:
        """The range of a sector: the general one where the sector has none of its own."""
        general = Band(usual=self.usual, warn=self.warn, fail=self.fail, source=self.source)
        return self.sectors.get(sector, general)


@cache
def bounds() -> dict[str, Bound]:
    """All bounds by id, in the order of the file."""
    text = files("omnisim.metrics").joinpath("plausibility.yaml").read_text(encoding="utf-8")
    try:
        listed = [Bound(**item) for item in yaml.safe_load(text)["bounds"]]
    except ValidationError as error:
        raise DesignError(f"plausibility.yaml: {error}") from None
    return {item.id: item for item in listed}


def bands_of_kpis() -> dict[str, Band]:
    """The general range of each measure of the scorecard that has one."""
    return {bound.kpi: bound.band("") for bound in bounds().values() if bound.kpi}
