"""Risks measured from tables: register, annual loss, matrix, treatments and the choice among them."""

from omnisim.risk.annual import (
    AnnualLoss,
    ExpertLoss,
    exceedance,
    portfolio,
    simulate_annual_loss,
)
from omnisim.risk.assess import MEASURES, Assessment, RiskResult, assess
from omnisim.risk.economics import Economics, measure_economics
from omnisim.risk.frequency import RatePosterior, dispersion, rate_posterior
from omnisim.risk.loss_data import LossData, Observed, loss_data
from omnisim.risk.matrix import MatrixFaults, level_of, matrix_faults
from omnisim.risk.register import Register, default_register, read_register
from omnisim.risk.severity import SeverityModel, fit_pareto_tail, severity_model
from omnisim.risk.tables import (
    expected_risks_per_cell,
    register_table,
    risk_points,
    treatment_table,
)
from omnisim.risk.treatment import (
    Plan,
    TreatmentResult,
    choose_plan,
    evaluate_treatments,
)
from omnisim.risk.words import risk_answer, risk_checks, risk_estimates, risk_findings

__all__ = [
    "MEASURES",
    "AnnualLoss",
    "Assessment",
    "Economics",
    "ExpertLoss",
    "LossData",
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
    "expected_risks_per_cell",
    "fit_pareto_tail",
    "level_of",
    "loss_data",
    "matrix_faults",
    "measure_economics",
    "portfolio",
    "rate_posterior",
    "read_register",
    "register_table",
    "risk_answer",
    "risk_checks",
    "risk_estimates",
    "risk_findings",
    "risk_points",
    "severity_model",
    "simulate_annual_loss",
    "treatment_table",
]
