"""Typed, checked runs of the notebooks, and what a notebook writes."""

from omnisim.notebook.recorder import Recorder, run_folder

__all__ = ["Recorder", "run_folder"]
