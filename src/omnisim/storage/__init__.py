"""Tables on disk: written whole or not at all, read with every column checked."""

from __future__ import annotations

from omnisim.storage.dataset import Dataset
from omnisim.storage.manifest import Manifest

__all__ = ["Dataset", "Manifest"]
