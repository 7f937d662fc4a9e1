"""Typed, checked runs of the notebooks, and what a notebook writes."""

from omnisim.notebook.ledger import Run, Step
from omnisim.notebook.recorder import Recorder, run_folder
from omnisim.notebook.runner import default_run_folder, run_notebooks
from omnisim.notebook.scheduler import Progress

__all__ = [
    "Progress",
    "Recorder",
    "Run",
    "Step",
    "default_run_folder",
    "run_folder",
    "run_notebooks",
]
