"""The scorecard: every measure the tables allow, in one order, with what could not be measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from omnisim.errors import DesignError
from omnisim.language import chinese_number, chinese_range, remember, say
from omnisim.metrics import customers, operations, sales
from omnisim.metrics.kpi import Metric, kpi_definitions
from omnisim.metrics.warehouse import Warehouse
from omnisim.results import format_number

_MEASURES: tuple[Callable[[Warehouse], Metric | tuple[Metric, ...]], ...] = (
    sales.sales_totals,
    sales.growth,
    sales.margin_and_mix,
    sales.online_conversion,
    sales.store_conversion,
    sales.return_rates,
    sales.click_and_collect_share,
    customers.repeat_rate,
    customers.omnichannel_revenue_share,
    customers.order_identity_shares,
    customers.acquisition_costs,
    customers.promoter_score,
    operations.fulfilment,
    operations.stock_out_rate,
    operations.sync_error,
    customers.identity_fragmentation,
    operations.consent_breach_share,
)

BLOCKS = {
    "sales": "Sales",
    "customers": "Customers",
    "experience": "Experience",
    "operations": "Operations",
    "data": "Data",
}


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """A measure the tables could not answer, with the reason."""

    measure: str
    reason: str


@dataclass(frozen=True, slots=True)
class Scorecard:
    """All business measures of one data set.

    Attributes
    ----------
    metrics : tuple of Metric
        In the order of ``kpis.yaml``.
    unmeasured : tuple of Unmeasured
        What is missing and why; never filled in.
    """

    metrics: tuple[Metric, ...]
    unmeasured: tuple[Unmeasured, ...]

    def has(self, name: str) -> bool:
        """Whether the measure `name` could be taken."""
        return any(m.name == name for m in self.metrics)

    def metric(self, name: str) -> Metric:
        """The measure called `name`."""
        for item in self.metrics:
            if item.name == name:
                return item
        raise DesignError(f"measure {name!r}: not taken; has {[m.name for m in self.metrics]}")

    def table(self) -> pd.DataFrame:
        """The scorecard for people: value, range, base and published range, as text, by block.

        The label says what an amount is per, so the texts do not repeat it.
        """
        blocks = list(dict.fromkeys(m.definition.block for m in self.metrics))
        return pd.DataFrame(
            [
                {
                    "Block": BLOCKS[m.definition.block],
                    "Measure": m.label,
                    "Value": short_number(m.value, m.unit),
                    "95% interval": _range(m),
                    "Base": say("{n} {what}", n=f"{m.n:,}", what=m.definition.n_of),
                    "Published range": _anchor(m),
                }
                for m in sorted(self.metrics, key=lambda m: blocks.index(m.definition.block))
            ]
        )

    def plausibility(self) -> pd.DataFrame:
        """Values against published bounds: ``ok``, ``look again`` or ``implausible``."""
        rows = []
        for m in self.metrics:
            bounds = m.definition.anchor
            if bounds is None:
                continue
            verdict = "ok"
            if not bounds.fail[0] <= m.value <= bounds.fail[1]:
                verdict = "implausible"
            elif not bounds.warn[0] <= m.value <= bounds.warn[1]:
                verdict = "look again"
            rows.append(
                {
                    "name": m.name,
                    "value": m.value,
                    "warn_low": bounds.warn[0],
                    "warn_high": bounds.warn[1],
                    "verdict": verdict,
                    "source": bounds.source,
                }
            )
        return pd.DataFrame(
            rows, columns=["name", "value", "warn_low", "warn_high", "verdict", "source"]
        )


def scorecard(warehouse: Warehouse) -> Scorecard:
    """Take every measure; what the tables cannot answer is listed, not guessed."""
    taken: list[Metric] = []
    missing: list[Unmeasured] = []
    for measure in _MEASURES:
        try:
            found = measure(warehouse)
        except DesignError as error:
            missing.append(Unmeasured(measure.__name__, str(error)))
            continue
        taken.extend([found] if isinstance(found, Metric) else found)
    order = {kpi: place for place, kpi in enumerate(kpi_definitions())}
    taken.sort(key=lambda m: order[m.definition.id])  # stable: groups keep their order
    return Scorecard(tuple(taken), tuple(missing))


def _range(metric: Metric) -> str:
    if metric.ci_low is None or metric.ci_high is None:
        return "accounting total"
    return short_range(metric.ci_low, metric.ci_high, metric.unit)


def _anchor(metric: Metric) -> str:
    anchor = metric.definition.anchor
    if anchor is None:
        return "—"
    low, high = anchor.usual
    if metric.unit == "share":
        return say("{low} to {high}", low=f"{low * 100:g}%", high=f"{high * 100:g}%")
    return short_range(low, high, metric.unit)


def short_number(value: float, unit: str) -> str:
    """A number for a table cell: money without what it is per, shares with one decimal.

    Examples
    --------
    >>> short_number(4.43e6, "USD/year"), short_number(0.025, "share"), short_number(0.0020, "share")
    ('USD 4.43m', '2.5%', '0.20%')
    """
    if unit == "share":
        return f"{value:.1%}" if abs(value) >= 0.01 or not value else f"{value:.2%}"
    money, _, _ = unit.partition("/")
    head = money if len(money) == 3 and money.isupper() else ""
    english = format_number(value, head).replace(" million", "m").replace(" billion", "bn")
    return remember(english, zh=chinese_number(value, head))


def short_range(low: float, high: float, unit: str) -> str:
    """Two numbers for a table cell, the unit written once."""
    start, end = short_number(low, unit), short_number(high, unit)
    english = f"{start} to {end.partition(' ')[2] or end}"
    money = unit.partition("/")[0] if start.partition(" ")[2] else ""
    return remember(english, zh=chinese_range(low, high, money) if money else f"{start}至{end}")
