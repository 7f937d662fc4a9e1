"""omnisim: simulate an omnichannel retailer whose truth is known, measure it, report it.

Names load when they are first used, because the statistics packages take seconds to import.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# name -> module that defines it
_LAZY = {
    "Dataset": "omnisim.storage",
    "Scenario": "omnisim.scenario",
    "load_scenario": "omnisim.scenario",
    "simulate": "omnisim.truth",
    "run_notebooks": "omnisim.notebook",
    "Recorder": "omnisim.notebook",
    "write_report": "omnisim.report",
    "Estimate": "omnisim.results",
    "Check": "omnisim.results",
    "Finding": "omnisim.results",
    "TruthComparison": "omnisim.results",
    "Result": "omnisim.results",
    "format_number": "omnisim.results",
    "format_estimate": "omnisim.results",
    "OmnisimError": "omnisim.errors",
}
_PACKAGES = ("attribution", "causal", "experiment", "figures", "metrics", "risk", "study", "truth")

__all__ = ["__version__", *_LAZY, *_PACKAGES]

if TYPE_CHECKING:
    from omnisim import attribution, causal, experiment, figures, metrics, risk, study, truth
    from omnisim.errors import OmnisimError
    from omnisim.notebook import Recorder, run_notebooks
    from omnisim.report import write_report
    from omnisim.results import (
        Check,
        Estimate,
        Finding,
        Result,
        TruthComparison,
        format_estimate,
        format_number,
    )
    from omnisim.scenario import Scenario, load_scenario
    from omnisim.storage import Dataset
    from omnisim.truth import simulate


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    if name in _PACKAGES:
        return import_module(f"omnisim.{name}")
    raise AttributeError(f"module 'omnisim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
