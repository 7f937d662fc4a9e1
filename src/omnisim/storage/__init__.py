"""Tables on disk: written whole or not at all, read with every column checked."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

# Writing needs the compiler of hot loops, which takes a second to load; reading does not.
_LAZY = {
    "Codes": "digest",
    "Dataset": "dataset",
    "DatasetFacts": "writer",
    "DatasetWriter": "writer",
    "Manifest": "manifest",
    "MemoryTables": "memory",
    "Problem": "check",
    "Tables": "memory",
    "check_dataset": "check",
    "memory_frame": "memory",
    "read_parts": "frames",
    "refuse_changed": "parts",
    "write_frames": "from_frames",
}

__all__ = [
    "Codes",
    "Dataset",
    "DatasetFacts",
    "DatasetWriter",
    "Manifest",
    "MemoryTables",
    "Problem",
    "Tables",
    "check_dataset",
    "memory_frame",
    "read_parts",
    "refuse_changed",
    "write_frames",
]

if TYPE_CHECKING:
    from omnisim.storage.check import Problem, check_dataset
    from omnisim.storage.dataset import Dataset
    from omnisim.storage.digest import Codes
    from omnisim.storage.frames import read_parts
    from omnisim.storage.from_frames import write_frames
    from omnisim.storage.manifest import Manifest
    from omnisim.storage.memory import MemoryTables, Tables, memory_frame
    from omnisim.storage.parts import refuse_changed
    from omnisim.storage.writer import DatasetFacts, DatasetWriter


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(f"omnisim.storage.{_LAZY[name]}"), name)
    raise AttributeError(f"module 'omnisim.storage' has no attribute {name!r}")
