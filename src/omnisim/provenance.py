"""Which code makes a result: a digest of the package's sources, and versions of libraries."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from importlib import metadata
from pathlib import Path
from platform import python_version

_LIBRARIES = ("numpy", "pandas", "scipy", "statsmodels", "duckdb", "pyarrow", "matplotlib")


def source_digest(
    package: Path | None = None, *, without: Collection[str] = ("cli", "report")
) -> str:
    """Hash of the sources that can decide a result: the package without what lies above it.

    Parameters
    ----------
    package : Path, optional
        Folder of the package; omnisim's own by default.
    without : collection of str
        Parts of the package that decide no number: for a notebook the command line and the report.
    """
    root = package or Path(__file__).resolve().parent
    left_out = {*without, "_project"}
    told = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        if path.suffix in (".py", ".yaml") and name.parts[0] not in left_out:
            told.update(name.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return told.hexdigest()


def versions() -> dict[str, str]:
    """Versions of Python and of what computes the numbers."""
    found = {"python": python_version(), "omnisim": metadata.version("omnisim")}
    for name in _LIBRARIES:
        found[name] = metadata.version(name)
    return found
