"""What to do first: residual risk, net benefit with interval, and the best choice under a budget."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.special import expit, logit

from omnisim.errors import DesignError
from omnisim.risk.annual import AnnualLoss, portfolio, simulate_annual_loss
from omnisim.risk.assess import Assessment
from omnisim.risk.register import Treatment, TreatmentEffect
from omnisim.risk.severity import Z90

FloatArray = NDArray[np.float64]

MAX_PER_RISK = 12  # treatments on one risk: the choice enumerates their combinations


@dataclass(frozen=True, slots=True, eq=False)
class TreatmentResult:
    """What one treatment alone is worth a year.

    Attributes
    ----------
    avoided : array, shape (n_draws,)
        Expected annual loss avoided at each draw, in currency.
    yearly_cost : float
        One-off cost spread over its life plus running cost, in currency.
    """

    treatment: Treatment
    avoided: FloatArray
    yearly_cost: float

    @property
    def net(self) -> float:
        """Expected net benefit, in currency per year."""
        return float(self.avoided.mean()) - self.yearly_cost

    def net_interval(self, level: float = 0.90) -> tuple[float, float]:
        """Equal-tailed credible interval of the net benefit."""
        low, high = np.quantile(self.avoided, [(1 - level) / 2, (1 + level) / 2])
        return float(low) - self.yearly_cost, float(high) - self.yearly_cost

    @property
    def probability_positive(self) -> float:
        """Probability that it saves more than it costs."""
        return float((self.avoided > self.yearly_cost).mean())


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The treatments that save most within a budget.

    Attributes
    ----------
    chosen : tuple of Treatment
        In the order of their own net benefit.
    residual : dict of risk id to AnnualLoss
        What is left of each risk, simulated anew with the same draws.
    """

    chosen: tuple[Treatment, ...]
    budget: float
    yearly_cost: float
    avoided: FloatArray
    residual: dict[str, AnnualLoss]
    residual_total: AnnualLoss

    @property
    def net(self) -> float:
        """Expected net benefit, in currency per year."""
        return float(self.avoided.mean()) - self.yearly_cost

    def net_interval(self, level: float = 0.90) -> tuple[float, float]:
        """Equal-tailed credible interval of the net benefit."""
        low, high = np.quantile(self.avoided, [(1 - level) / 2, (1 + level) / 2])
        return float(low) - self.yearly_cost, float(high) - self.yearly_cost


def draw_reduction(effect: TreatmentEffect, *, owner: str, seed: int, n_draws: int) -> FloatArray:
    """Draws of a reduction in (0, 1): normal on the logit scale through the experts' middle 90 %."""
    name = f"{owner}|{effect.risk}|{effect.acts_on}"
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    spread = (logit(effect.high) - logit(effect.low)) / (2 * Z90)
    drawn = expit(logit(effect.reduction) + spread * rng.normal(size=n_draws))
    return np.asarray(drawn, dtype=float)


def left_over(
    treatments: Sequence[Treatment], risk_id: str, acts_on: str, *, seed: int, n_draws: int
) -> FloatArray:
    """Share of a risk's frequency or severity that treatments leave: the product of their parts."""
    left = np.ones(n_draws)
    for treatment in treatments:
        for effect in treatment.effects:
            if effect.risk == risk_id and effect.acts_on == acts_on:
                left *= 1 - draw_reduction(effect, owner=treatment.id, seed=seed, n_draws=n_draws)
    return left


def avoided_loss(assessment: Assessment, treatments: Sequence[Treatment]) -> FloatArray:
    """Expected annual loss avoided by treatments together, per posterior draw."""
    n_draws = len(assessment.total.expected)
    avoided = np.zeros(n_draws)
    for item in assessment.risks:
        left = np.ones(n_draws)
        for acts_on in ("frequency", "severity"):
            left *= left_over(
                treatments, item.risk.id, acts_on, seed=assessment.seed, n_draws=n_draws
            )
        avoided += item.loss.expected * (1 - left)
    return avoided


def yearly_cost(assessment: Assessment, treatments: Sequence[Treatment]) -> float:
    """What treatments cost together, one-off cost spread over its life [currency/year]."""
    share = sum(t.cost.yearly_revenue_share for t in treatments)
    return share * assessment.economics.annual_net_sales


def evaluate_treatments(assessment: Assessment) -> tuple[TreatmentResult, ...]:
    """Every treatment alone, best net benefit first."""
    results = [
        TreatmentResult(t, avoided_loss(assessment, [t]), yearly_cost(assessment, [t]))
        for t in assessment.register.treatments
    ]
    return tuple(sorted(results, key=lambda r: (-r.net, r.treatment.id)))


def choose_plan(assessment: Assessment, *, budget: float) -> Plan:
    """The plan with the largest expected net benefit within a yearly budget, and what it leaves.

    Parameters
    ----------
    budget : float
        Currency per year, >= 0.
    """
    return _plan(assessment, best_choice(assessment, budget=budget), budget)


def best_choice(assessment: Assessment, *, budget: float) -> list[Treatment]:
    """Treatments with the largest expected net benefit within a yearly budget.

    Exact: the loss avoided on one risk by a set of treatments is multiplicative, so each risk gets
    one binary variable per combination of its treatments, linked to one binary per treatment, and
    the mixed-integer programme is solved by HiGHS (``scipy.optimize.milp``).

    Parameters
    ----------
    budget : float
        Currency per year, >= 0.
    """
    if not budget >= 0:
        raise DesignError(
            f"budget = {budget}: give an amount >= 0 in {assessment.economics.currency}"
        )
    results = evaluate_treatments(assessment)
    if not results:
        return []
    treatments = [r.treatment for r in results]
    cost = np.array([r.yearly_cost for r in results])
    bundles = _bundles(assessment, treatments)
    n_t, n_b = len(treatments), len(bundles)
    gain = np.concatenate([-cost, [saved for _, _, saved in bundles]])
    rows, low, high = [], [], []
    rows.append(np.concatenate([cost, np.zeros(n_b)]))
    low.append(-np.inf)
    high.append(budget)
    for risk_id in {risk_id for risk_id, _, _ in bundles}:
        row = np.zeros(n_t + n_b)
        row[[n_t + k for k, b in enumerate(bundles) if b[0] == risk_id]] = 1
        rows.append(row)
        low.append(-np.inf)
        high.append(1)
    for k, (_, members, _) in enumerate(bundles):
        for member in members:
            row = np.zeros(n_t + n_b)
            row[n_t + k], row[member] = 1, -1
            rows.append(row)
            low.append(-np.inf)
            high.append(0)
    scale = max(float(np.abs(gain).max(initial=0.0)), 1e-12)  # solver tolerances are absolute
    solved = milp(
        -gain / scale,
        constraints=LinearConstraint(np.array(rows), low, high),
        integrality=np.ones(n_t + n_b),
        bounds=Bounds(0, 1),
    )
    if not solved.success:
        raise DesignError(f"choice of treatments failed: {solved.message}")
    return [t for t, take in zip(treatments, solved.x[:n_t], strict=True) if take > 0.5]


def _bundles(
    assessment: Assessment, treatments: Sequence[Treatment]
) -> list[tuple[str, tuple[int, ...], float]]:
    """(risk, places of its treatments, expected loss avoided) for every combination."""
    bundles: list[tuple[str, tuple[int, ...], float]] = []
    n_draws = len(assessment.total.expected)
    for item in assessment.risks:
        acting = [
            k
            for k, t in enumerate(treatments)
            if any(effect.risk == item.risk.id for effect in t.effects)
        ]
        if len(acting) > MAX_PER_RISK:
            raise DesignError(
                f"risk {item.risk.id}: {len(acting)} treatments; at most {MAX_PER_RISK} per risk"
            )
        left = {
            k: np.prod(
                [
                    left_over(
                        [treatments[k]], item.risk.id, a, seed=assessment.seed, n_draws=n_draws
                    )
                    for a in ("frequency", "severity")
                ],
                axis=0,
            )
            for k in acting
        }
        for size in range(1, len(acting) + 1):
            for members in combinations(acting, size):
                together = np.prod([left[k] for k in members], axis=0)
                saved = float((item.loss.expected * (1 - together)).mean())
                bundles.append((item.risk.id, members, saved))
    return bundles


def _plan(assessment: Assessment, chosen: list[Treatment], budget: float) -> Plan:
    n_draws, n_years = len(assessment.total.expected), len(assessment.total.years)
    residual: dict[str, AnnualLoss] = {}
    for item in assessment.risks:
        left = {
            a: left_over(chosen, item.risk.id, a, seed=assessment.seed, n_draws=n_draws)
            for a in ("frequency", "severity")
        }
        residual[item.risk.id] = simulate_annual_loss(
            item.rate,
            item.severity,
            np.random.default_rng([assessment.seed, zlib.crc32(item.risk.key.encode())]),
            n_years=n_years,
            n_draws=n_draws,
            scale_log_sd=item.data.scale_log_sd,
            rare=item.rare,
            rate_factor=left["frequency"],
            severity_factor=left["severity"],
        )
    return Plan(
        chosen=tuple(chosen),
        budget=budget,
        yearly_cost=yearly_cost(assessment, chosen),
        avoided=avoided_loss(assessment, chosen),
        residual=residual,
        residual_total=portfolio(
            list(residual.values()), correlation=assessment.correlation, seed=assessment.seed
        ),
    )
