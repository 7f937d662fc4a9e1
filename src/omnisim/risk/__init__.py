"""Risks measured from tables: register, annual loss, matrix, treatments and the choice among them."""

from omnisim.risk.annual import (
    AnnualLoss,
    ExpertLoss,
    exceedance,
    portfolio,
    simulate_annual_loss,
)
from omnisim.risk.assess import MEASURES, Assessment, RiskResult, assess
from omnisim.risk.checks import risk_checks
from omnisim.risk.drivers import (
    DRIVERS_NOTE,
    LEVELS_NOTE,
    conditional_ends,
    drivers_subtitle,
    drivers_title,
    level_profile,
    levels_title,
    loss_drivers,
)
from omnisim.risk.economics import Economics, measure_economics
from omnisim.risk.estimates import risk_estimates
from omnisim.risk.frequency import RatePosterior, dispersion, rate_posterior
from omnisim.risk.frontier import (
    FRONTIER_NOTE,
    frontier_subtitle,
    frontier_title,
    most_net,
    plan_frontier,
)
from omnisim.risk.loss_data import LossData, Observed, loss_data
from omnisim.risk.matrix import MatrixFaults, cell_levels, level_of, matrix_faults
from omnisim.risk.observe_fraud import fake_order_ids
from omnisim.risk.register import Register, default_register, read_register
from omnisim.risk.severity import SeverityModel, fit_pareto_tail, severity_model
from omnisim.risk.tables import (
    expected_risks_per_cell,
    level_label,
    register_table,
    risk_points,
    treatment_points,
    treatment_table,
)
from omnisim.risk.titles import (
    exceedance_title,
    losses_title,
    matrix_note,
    matrix_subtitle,
    matrix_title,
    plan_title,
    register_subtitle,
    risk_assumptions,
    risk_limits,
    risk_methods,
    treatments_title,
)
from omnisim.risk.treatment import (
    Plan,
    TreatmentResult,
    choose_plan,
    evaluate_treatments,
)
from omnisim.risk.words import risk_answer, risk_findings

__all__ = [
    "cell_levels",
    "AnnualLoss",
    "Assessment",
    "DRIVERS_NOTE",
    "Economics",
    "ExpertLoss",
    "FRONTIER_NOTE",
    "LEVELS_NOTE",
    "LossData",
    "MEASURES",
    "MatrixFaults",
    "Observed",
    "Plan",
    "RatePosterior",
    "Register",
    "RiskResult",
    "SeverityModel",
    "TreatmentResult",
    "assess",
    "choose_plan",
    "conditional_ends",
    "default_register",
    "dispersion",
    "drivers_subtitle",
    "drivers_title",
    "evaluate_treatments",
    "exceedance",
    "exceedance_title",
    "expected_risks_per_cell",
    "fake_order_ids",
    "fit_pareto_tail",
    "frontier_subtitle",
    "frontier_title",
    "level_label",
    "level_of",
    "level_profile",
    "levels_title",
    "loss_data",
    "loss_drivers",
    "losses_title",
    "matrix_faults",
    "matrix_note",
    "matrix_subtitle",
    "matrix_title",
    "measure_economics",
    "most_net",
    "plan_frontier",
    "plan_title",
    "portfolio",
    "rate_posterior",
    "read_register",
    "register_subtitle",
    "register_table",
    "risk_answer",
    "risk_assumptions",
    "risk_checks",
    "risk_estimates",
    "risk_findings",
    "risk_limits",
    "risk_methods",
    "risk_points",
    "severity_model",
    "simulate_annual_loss",
    "treatment_points",
    "treatment_table",
    "treatments_title",
]
