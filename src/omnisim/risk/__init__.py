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
from omnisim.risk.economics import Economics, measure_economics
from omnisim.risk.estimates import risk_estimates
from omnisim.risk.frequency import RatePosterior, dispersion, rate_posterior
from omnisim.risk.loss_data import LossData, Observed, loss_data
from omnisim.risk.matrix import MatrixFaults, cell_levels, level_of, matrix_faults
from omnisim.risk.observe_fraud import fake_order_ids
from omnisim.risk.register import Register, default_register, read_register
from omnisim.risk.severity import SeverityModel, fit_pareto_tail, severity_model
from omnisim.risk.tables import (
    expected_risks_per_cell,
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
    "Economics",
    "ExpertLoss",
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
    "default_register",
    "dispersion",
    "evaluate_treatments",
    "exceedance",
    "exceedance_title",
    "expected_risks_per_cell",
    "fake_order_ids",
    "fit_pareto_tail",
    "level_of",
    "loss_data",
    "losses_title",
    "matrix_faults",
    "matrix_note",
    "matrix_subtitle",
    "matrix_title",
    "measure_economics",
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
