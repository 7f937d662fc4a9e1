"""What a business measure is: its definition, read from ``kpis.yaml``, and one value of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from omnisim.errors import DesignError
from omnisim.language import remember, say
from omnisim.metrics.bounds import Band, bands_of_kpis
from omnisim.metrics.intervals import Measured
from omnisim.results import Estimate, Role

Direction = Literal["up", "down", "context"]


class KpiDefinition(BaseModel):
    """One measure: its name in English and Chinese, formula, unit and what is better.

    A ``{currency}`` in `unit` becomes the dataset's currency; `anchor` is the published range of
    ``plausibility.yaml``, where there is one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    label: str
    zh: str
    block: Literal["sales", "customers", "experience", "operations", "data"]
    formula: str
    unit: str
    direction: Direction
    source: str
    method: str
    n_of: str
    role: Role = "descriptive"
    anchor: Band | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One business measure with its base and interval.

    Attributes
    ----------
    definition : KpiDefinition
        What was measured, with unit and formula.
    name, label : str
        Those of the definition unless the measure comes once per group.
    value, ci_low, ci_high : float
        In `unit`; the interval is None for accounting totals.
    n : int
        Units behind it, named by ``definition.n_of``.
    """

    definition: KpiDefinition
    name: str
    label: str
    value: float
    unit: str
    ci_low: float | None
    ci_high: float | None
    n: int
    note: str = ""

    def estimate(self) -> Estimate:
        """As a number of a result file."""
        return Estimate(
            name=self.name,
            label=self.label,
            value=self.value,
            unit=self.unit,
            role=self.definition.role,
            n=self.n,
            n_of=self.definition.n_of,
            method=say(
                "{formula}; {method}",
                formula=self.definition.formula,
                method=self.definition.method,
            ),
            source=self.definition.source,
            ci_low=self.ci_low,
            ci_high=self.ci_high,
            note=self.note,
        )


@cache
def kpi_definitions() -> dict[str, KpiDefinition]:
    """All definitions by id, in the order of the scorecard."""
    text = files("omnisim.metrics").joinpath("kpis.yaml").read_text(encoding="utf-8")
    bands = bands_of_kpis()
    try:
        listed = [
            KpiDefinition(**item, anchor=bands.get(item["id"]))
            for item in yaml.safe_load(text)["kpis"]
        ]
    except ValidationError as error:
        raise DesignError(f"kpis.yaml: {error}") from None
    return {item.id: item for item in listed}


def make_metric(
    kpi: str,
    measured: Measured,
    *,
    currency: str,
    group: str = "",
    group_label: str = "",
    note: str = "",
    is_total: bool = False,
) -> Metric:
    """Give a measured value the name, unit and method of its definition.

    `is_total` marks an accounting total, which has no sampling interval.
    """
    definition = kpi_definitions().get(kpi)
    if definition is None:
        raise DesignError(f"measure {kpi!r}: unknown; kpis.yaml has {sorted(kpi_definitions())}")
    numbers = (measured.value, measured.ci_low, measured.ci_high)
    if not all(math.isfinite(x) for x in numbers):
        raise DesignError(f"measure {kpi}: {numbers} is not finite; look at {definition.source}")
    label = remember(definition.label, zh=definition.zh)
    return Metric(
        definition=definition,
        name=f"{kpi}_{group}" if group else kpi,
        label=say("{label}: {group}", label=label, group=group_label) if group_label else label,
        value=measured.value,
        unit=definition.unit.replace("{currency}", currency),
        ci_low=None if is_total else measured.ci_low,
        ci_high=None if is_total else measured.ci_high,
        n=measured.n,
        note=note,
    )
