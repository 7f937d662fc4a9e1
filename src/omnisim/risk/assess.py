"""The assessment: every risk of the register measured, simulated and put on one scale."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omnisim.errors import DesignError
from omnisim.language import say
from omnisim.metrics.warehouse import Warehouse
from omnisim.risk import observe_fraud, observe_fulfilment, observe_reach
from omnisim.risk.annual import AnnualLoss, ExpertLoss, portfolio, simulate_annual_loss
from omnisim.risk.economics import Economics, measure_economics
from omnisim.risk.frequency import Dispersion, RatePosterior, dispersion, rate_posterior
from omnisim.risk.loss_data import LossData, Observed, SeverityRule, loss_data
from omnisim.risk.matrix import (
    MatrixFaults,
    Placed,
    cell_probabilities,
    level_of,
    matrix_faults,
    step,
)
from omnisim.risk.register import Register, Risk
from omnisim.risk.severity import SeverityModel, severity_model

FloatArray = NDArray[np.float64]
Observe = Callable[[Warehouse], Observed]

# How each risk is seen in the tables and what its events cost.
MEASURES: dict[str, tuple[Observe, SeverityRule]] = {
    "stock_out": (observe_fulfilment.observe_stock_outs, observe_fulfilment.stock_out_severity),
    "oversell": (observe_fulfilment.observe_oversells, observe_fulfilment.oversell_severity),
    "late_fulfilment": (observe_fulfilment.observe_late_orders, observe_fulfilment.late_severity),
    "fake_orders": (observe_fraud.observe_fake_orders, observe_fraud.fake_order_severity),
    "coupon_abuse": (observe_fraud.observe_coupon_abuse, observe_fraud.coupon_abuse_severity),
    "platform_outage": (observe_reach.observe_outages, observe_reach.outage_severity),
    "consent_breach": (observe_reach.observe_consent_breaches, observe_reach.consent_severity),
    "acquisition_cost": (observe_reach.observe_dear_months, observe_reach.dear_month_severity),
}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RiskResult:
    """One risk: what was seen, what a year may cost, where it stands.

    Attributes
    ----------
    probability_above : float
        Share of years that lose more than the tolerance.
    level, likelihood, impact : int
        Steps from 0; labels are in the register's matrix.
    cells : array, shape (5, 5)
        Posterior probability of each cell.
    """

    risk: Risk
    data: LossData
    rate: RatePosterior
    dispersion: Dispersion
    severity: SeverityModel
    rare: ExpertLoss | None
    loss: AnnualLoss
    margin_share: float
    probability_above: float
    level: int
    likelihood: int
    impact: int
    cells: FloatArray

    @property
    def evidence(self) -> str:
        """Whether data or experts carry the number."""
        if self.data.n_events == 0:
            return say("expert range, no event seen")
        if self.severity.kind == "expert lognormal":
            return (
                say("expert range with 1 event")
                if self.data.n_events == 1
                else say("expert range with {n} events", n=self.data.n_events)
            )
        counted = f"{self.data.n_events:,}"
        return (
            say("{n} events + expert rare loss", n=counted)
            if self.rare
            else say("{n} events", n=counted)
        )


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """A risk of the register that the tables cannot size, with the reason."""

    risk: Risk
    reason: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Assessment:
    """All risks, costliest first, with their sum.

    Attributes
    ----------
    tolerance : float
        Yearly loss from one risk that the owner is ready to bear, in currency.
    total : AnnualLoss
        All measured risks together.
    faults : MatrixFaults or None
        None with fewer than two risks.
    """

    register: Register
    economics: Economics
    risks: tuple[RiskResult, ...]
    not_measured: tuple[NotMeasured, ...]
    tolerance: float
    total: AnnualLoss
    faults: MatrixFaults | None
    seed: int
    correlation: float

    def risk(self, risk_id: str) -> RiskResult:
        """The result of the risk with this id or key."""
        for item in self.risks:
            if risk_id in (item.risk.id, item.risk.key):
                return item
        raise DesignError(f"risk {risk_id!r}: not measured; has {[r.risk.id for r in self.risks]}")


def assess(
    warehouse: Warehouse,
    register: Register,
    *,
    seed: int,
    n_years: int = 20_000,
    n_draws: int = 400,
    correlation: float = 0.0,
    measures: Mapping[str, tuple[Observe, SeverityRule]] = MEASURES,
) -> Assessment:
    """Measure and simulate every risk of the register.

    Parameters
    ----------
    warehouse : Warehouse
        A dataset, or frames in memory.
    seed : int
        Each risk draws from its own generator ``(seed, name)``: adding one changes no other.
    n_years, n_draws : int
        Simulated years and posterior draws they are spread over.
    correlation : float
        Between the risks' years, see :func:`~omnisim.risk.annual.portfolio`.

    Raises
    ------
    DesignError
        When no risk can be measured.
    """
    economics = measure_economics(warehouse)
    tolerance = register.appetite.tolerance_revenue_share * economics.annual_net_sales
    results: list[RiskResult] = []
    missing: list[NotMeasured] = []
    for risk in register.risks:
        if risk.key not in measures:
            missing.append(NotMeasured(risk, say("no observable measure: needs experts")))
            continue
        observe, severity = measures[risk.key]
        try:
            data = loss_data(observe(warehouse), risk, economics, severity)
        except DesignError as error:
            missing.append(NotMeasured(risk, str(error)))
            continue
        rng = np.random.default_rng([seed, zlib.crc32(risk.key.encode())])
        results.append(_result(risk, data, economics, register, tolerance, rng, n_years, n_draws))
    if not results:
        reasons = "; ".join(f"{m.risk.key}: {m.reason}" for m in missing)
        raise DesignError(f"risk assessment: no risk could be measured ({reasons})")
    results.sort(key=lambda r: (-r.loss.eal, r.risk.id))
    placed = [Placed(r.risk.name, r.likelihood, r.impact, r.loss.expected) for r in results]
    return Assessment(
        register=register,
        economics=economics,
        risks=tuple(results),
        not_measured=tuple(missing),
        tolerance=tolerance,
        total=portfolio([r.loss for r in results], correlation=correlation, seed=seed),
        faults=matrix_faults(placed) if len(placed) > 1 else None,
        seed=seed,
        correlation=correlation,
    )


def _result(
    risk: Risk,
    data: LossData,
    economics: Economics,
    register: Register,
    tolerance: float,
    rng: np.random.Generator,
    n_years: int,
    n_draws: int,
) -> RiskResult:
    margin = economics.annual_gross_margin
    spread = dispersion(data.period_counts)
    rate = rate_posterior(data.n_events, data.exposure_years, dispersion=spread.used)
    severity = severity_model(
        data.severities,
        prior_low=risk.severity_prior.low_margin_share * margin,
        prior_high=risk.severity_prior.high_margin_share * margin,
    )
    rare = None
    if risk.rare_loss is not None and data.n_events > 0:
        rare = ExpertLoss(
            rate_per_year=risk.rare_loss.rate_per_year,
            low=risk.rare_loss.low_revenue_share * economics.annual_net_sales,
            high=risk.rare_loss.high_revenue_share * economics.annual_net_sales,
        )
    loss = simulate_annual_loss(
        rate,
        severity,
        rng,
        n_years=n_years,
        n_draws=n_draws,
        scale_log_sd=data.scale_log_sd,
        rare=rare,
    )
    above = loss.probability_above(tolerance)
    matrix = register.matrix
    return RiskResult(
        risk=risk,
        data=data,
        rate=rate,
        dispersion=spread,
        severity=severity,
        rare=rare,
        loss=loss,
        margin_share=loss.eal / margin,
        probability_above=above,
        level=level_of(loss.eal / margin, above, matrix, register.appetite),
        likelihood=step(rate.mean, matrix.likelihood.edges_per_year),
        impact=step(float(loss.mean_severity.mean()) / margin, matrix.impact.edges_margin_share),
        cells=cell_probabilities(loss, margin, matrix),
    )
