"""Where methods meet the truth: the only package that holds both sides of the wall."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from omnisim.study.attribution import BeliefStudy, StudyWorld, compare_claim, which_model
from omnisim.study.believable import true_measurements
from omnisim.study.comparison import Truth, compare, frame, open_truth
from omnisim.study.labels import LabelAudit, audit_orders

# These run worlds and load the simulator, which takes a second; comparing with a truth needs none.
_LAZY = {
    "Study": "load",
    "StudyRun": "run",
    "by_method": "measures",
    "load_study": "load",
    "open_study": "run",
    "performance": "measures",
    "registered": "catalogue",
    "run_study": "run",
    "study_names": "load",
    "write_figures": "pictures",
}

__all__ = [
    "BeliefStudy",
    "LabelAudit",
    "Study",
    "StudyRun",
    "StudyWorld",
    "Truth",
    "audit_orders",
    "by_method",
    "compare",
    "compare_claim",
    "frame",
    "load_study",
    "open_study",
    "open_truth",
    "performance",
    "registered",
    "run_study",
    "study_names",
    "true_measurements",
    "which_model",
    "write_figures",
]

if TYPE_CHECKING:
    from omnisim.study.catalogue import registered
    from omnisim.study.load import Study, load_study, study_names
    from omnisim.study.measures import by_method, performance
    from omnisim.study.pictures import write_figures
    from omnisim.study.run import StudyRun, open_study, run_study


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(f"omnisim.study.{_LAZY[name]}"), name)
    raise AttributeError(f"module 'omnisim.study' has no attribute {name!r}")
