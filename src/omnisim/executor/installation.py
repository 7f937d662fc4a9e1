"""Which omnisim runs here: to be compared between processes, machines and days."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from omnisim.errors import SchedulerError

# They lie above all that makes or measures data, so no number comes from them.
_WITHOUT_NUMBERS = ("cli", "report", "_project")


@dataclass(frozen=True, slots=True)
class Installation:
    """An installed omnisim.

    Attributes
    ----------
    version : str
        Of the distribution.
    sources : str
        Digest of the sources that can decide a number; see :func:`source_digest`.
    """

    version: str
    sources: str

    def refuse_other(self, there: Installation, where: str) -> None:
        """Raise when another process runs other code.

        Raises
        ------
        SchedulerError
            Names the place and both versions.
        """
        if there == self:
            return
        same = " with other sources" if there.version == self.version else ""
        raise SchedulerError(
            f"{where}: runs omnisim {there.version}{same}, this side {self.version}; "
            "install the same everywhere"
        )


@cache
def this_installation() -> Installation:
    """The omnisim of this process."""
    return Installation(version("omnisim"), source_digest())


def source_digest(package: Path | None = None) -> str:
    """Hash of the sources that can decide a number: the package without ``cli`` and ``report``."""
    root = package or Path(__file__).resolve().parents[1]
    told = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        if path.suffix in (".py", ".yaml") and name.parts[0] not in _WITHOUT_NUMBERS:
            told.update(name.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return told.hexdigest()
