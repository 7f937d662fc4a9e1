"""The readout of one experiment: gates first, then effects, then the decision declared beforehand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from omnisim.errors import DesignError
from omnisim.experiment.compare import (
    Difference,
    Lift,
    difference_in_means,
    difference_in_shares,
    difference_with_covariates,
    holm,
    relative_lift,
)
from omnisim.experiment.moments import Moments
from omnisim.experiment.power import smallest_detectable_effect
from omnisim.experiment.units import VARIANTS, Design, cap_at_quantile
from omnisim.experiment.validity import check_validity
from omnisim.language import say
from omnisim.results import Check

Decision = Literal["ship", "roll_back", "inconclusive", "blocked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One outcome per assigned account.

    Attributes
    ----------
    name, label, unit : str
        Machine name, name for people, unit (``{currency}`` is filled in).
    column : str
        Column of the unit table.
    covariate : str
        Pre-period column for CUPED; empty for none.
    cap_quantile : float
        Values are cut at this quantile of both arms together; 1 leaves them.
    is_share : bool
        Whether the outcome is yes or no per account.
    """

    name: str
    label: str
    unit: str
    column: str
    covariate: str = ""
    cap_quantile: float = 1.0
    is_share: bool = False


def standard_metrics(*, cap_quantile: float = 0.99) -> tuple[Metric, ...]:
    """Net sales first (it decides), then what helps to understand it."""
    money = "{currency}/customer"
    return (
        Metric(
            name="net_amount",
            label="Net sales per customer",
            unit=money,
            column="net_amount",
            covariate="net_amount_before",
        ),
        Metric(
            name="net_amount_capped",
            label=say(
                "Net sales per customer, capped at the {quantile} quantile",
                quantile=f"{cap_quantile:.0%}",
            ),
            unit=money,
            column="net_amount",
            covariate="net_amount_before",
            cap_quantile=cap_quantile,
        ),
        Metric(
            name="margin_amount",
            label="Margin per customer",
            unit=money,
            column="margin_amount",
            covariate="margin_amount_before",
        ),
        Metric(
            name="n_orders",
            label="Orders per customer",
            unit="orders per customer",
            column="n_orders",
            covariate="n_orders_before",
        ),
        Metric(
            name="has_order",
            label="Customers who ordered",
            unit="share",
            column="has_order",
            is_share=True,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRule:
    """What will be done on which result; written down before anyone looks.

    Ship when the whole interval of the first metric lies above zero, roll back when it lies below
    zero, otherwise inconclusive. A guardrail that falls, after Holm's correction, stops shipping.

    Attributes
    ----------
    ci_level : float
        Level of the interval.
    guardrails : tuple of str
        Metrics that must not fall.
    worthwhile_share : float
        Smallest lift worth having, as a share of control: sizes the next test.
    """

    ci_level: float = 0.95
    guardrails: tuple[str, ...] = ("margin_amount", "n_orders")
    worthwhile_share: float = 0.02  # two percent of sales pays for a small product team

    @property
    def sentence(self) -> str:
        """The rule in words."""
        return say(
            "Ship when the {level} interval of net sales per customer lies above zero and neither "
            "margin nor orders fall; roll back when it lies below zero; otherwise inconclusive.",
            level=f"{self.ci_level:.0%}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricReadout:
    """One metric: the estimate to use, the plain one beside it, and what could have been seen."""

    metric: Metric
    effect: Difference
    plain: Difference
    lift: Lift | None
    p_holm: float
    detectable: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Readout:
    """Everything a report says about one experiment.

    A failed gate leaves `metrics` empty and `decision` ``blocked``: there is no number to quote.
    """

    design: Design
    rule: DecisionRule
    currency: str
    n_control: int
    n_treatment: int
    checks: tuple[Check, ...]
    metrics: tuple[MetricReadout, ...]
    decision: Decision

    @property
    def is_blocked(self) -> bool:
        """Whether a gate failed."""
        return self.decision == "blocked"

    @property
    def failed_gates(self) -> tuple[Check, ...]:
        """The gates that failed."""
        return tuple(c for c in self.checks if c.is_gate and not c.passed)

    @property
    def customers_times_years(self) -> float:
        """Turns an effect per customer of one window into one year of all assigned customers."""
        return (self.n_control + self.n_treatment) * 365 / self.design.n_days

    def metric(self, name: str) -> MetricReadout:
        """The readout of one metric; DesignError when a gate blocked it or it is unknown."""
        for item in self.metrics:
            if item.metric.name == name:
                return item
        why = f"blocked by {[c.name for c in self.failed_gates]}" if self.is_blocked else "unknown"
        raise DesignError(f"metric {name!r}: {why}; has {[m.metric.name for m in self.metrics]}")


def read_experiment(
    design: Design,
    assignments: pd.DataFrame,
    units: pd.DataFrame,
    *,
    currency: str,
    rule: DecisionRule | None = None,
    metrics: tuple[Metric, ...] | None = None,
) -> Readout:
    """Check the experiment, and only when every gate holds measure its effects.

    Parameters
    ----------
    design : Design
        From :func:`~omnisim.experiment.units.choose_experiment`.
    assignments : frame
        ``experiment_assignments`` as logged.
    units : frame
        From :func:`~omnisim.experiment.units.unit_table`.
    metrics : tuple of Metric, optional
        The first decides. Default: :func:`standard_metrics`.
    """
    rule, metrics = rule or DecisionRule(), metrics or standard_metrics()
    counts = units["variant"].value_counts()
    n_control, n_treatment = (int(counts.get(arm, 0)) for arm in VARIANTS)
    checks = check_validity(design, assignments, units)
    found: tuple[MetricReadout, ...] = ()
    decision: Decision = "blocked"
    if all(c.passed for c in checks if c.is_gate):
        found = _with_holm([_measure(units, m, design, rule) for m in metrics])
        decision = _decide(found, rule)
        checks = (*checks, _novelty(units, design))
    return Readout(
        design=design,
        rule=rule,
        currency=currency,
        n_control=n_control,
        n_treatment=n_treatment,
        checks=checks,
        metrics=found,
        decision=decision,
    )


def _measure(
    units: pd.DataFrame, metric: Metric, design: Design, rule: DecisionRule
) -> MetricReadout:
    values = cap_at_quantile(units[metric.column], metric.cap_quantile)
    treated = (units["variant"] == VARIANTS[1]).to_numpy()
    arms = [values.to_numpy()[treated == arm] for arm in (False, True)]
    lift: Lift | None = None
    if metric.is_share:
        yes = [int(arm.sum()) for arm in arms]
        effect = plain = difference_in_shares(
            yes[0], arms[0].size, yes[1], arms[1].size, ci_level=rule.ci_level
        )
    else:
        control, treatment = (Moments.of(arm) for arm in arms)
        effect = plain = difference_in_means(control, treatment, ci_level=rule.ci_level)
        if metric.covariate and design.n_days_before > 0:
            before = cap_at_quantile(units[metric.covariate], metric.cap_quantile).to_numpy()
            control, treatment = (
                Moments.of(arms[arm], before[treated == bool(arm)]) for arm in (0, 1)
            )
            effect = difference_with_covariates(control, treatment, ci_level=rule.ci_level)
        try:
            lift = relative_lift(control, treatment, ci_level=rule.ci_level)
        except DesignError:  # control sells next to nothing: a ratio to it means nothing
            lift = None
    if effect.std_error > 0:
        df = min(effect.df, 1e7)
        detectable = smallest_detectable_effect(
            std_error=effect.std_error, df=df, ci_level=rule.ci_level
        )
    else:
        detectable = 0.0
    return MetricReadout(
        metric=metric,
        effect=effect,
        plain=plain,
        lift=lift,
        p_holm=effect.p_value,
        detectable=detectable,
    )


def _with_holm(found: list[MetricReadout]) -> tuple[MetricReadout, ...]:
    adjusted = holm([item.effect.p_value for item in found])
    return tuple(replace(item, p_holm=p) for item, p in zip(found, adjusted, strict=True))


def _decide(found: tuple[MetricReadout, ...], rule: DecisionRule) -> Decision:
    first = found[0].effect
    if first.ci_high < 0:
        return "roll_back"
    fallen = [
        item
        for item in found
        if item.metric.name in rule.guardrails
        and item.effect.estimate < 0
        and item.p_holm < 1 - rule.ci_level
    ]
    return "ship" if first.ci_low > 0 and not fallen else "inconclusive"


def _novelty(units: pd.DataFrame, design: Design) -> Check:
    """Whether the effect of the second half of the window differs from that of the first."""
    per_day = [max(design.n_days // 2, 1), max(design.n_days - design.n_days // 2, 1)]
    change = units["net_amount_late"] / per_day[1] - units["net_amount_early"] / per_day[0]
    treated = units["variant"] == VARIANTS[1]
    control, treatment = Moments.of(change[~treated]), Moments.of(change[treated])
    found = difference_in_means(control, treatment)
    passed, p = found.p_value >= 0.05, f"{found.p_value:.2g}"
    return Check(
        name="steady_effect",
        label="Effect steady over the window",
        passed=passed,
        value=found.p_value,
        threshold=0.05,
        sentence=(
            say(
                "The effect of the second half of the window does not differ from that of the first "
                "beyond chance (p = {p}).",
                p=p,
            )
            if passed
            else say(
                "The effect fades from the first to the second half of the window (p = {p}): a "
                "yearly figure may mislead.",
                p=p,
            )
            if found.estimate < 0
            else say(
                "The effect grows from the first to the second half of the window (p = {p}): a "
                "yearly figure may mislead.",
                p=p,
            )
        ),
    )
