"""Where methods meet the truth: the only package that holds both sides of the wall."""

from omnisim.study.attribution import BeliefStudy, StudyWorld, compare_claim, which_model
from omnisim.study.believable import true_measurements
from omnisim.study.comparison import Truth, compare, frame, open_truth
from omnisim.study.labels import LabelAudit, audit_orders

__all__ = [
    "BeliefStudy",
    "LabelAudit",
    "StudyWorld",
    "Truth",
    "audit_orders",
    "compare",
    "compare_claim",
    "frame",
    "open_truth",
    "true_measurements",
    "which_model",
]
