"""Which omnisim runs here: to be compared between processes, machines and days."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

from omnisim.errors import SchedulerError
from omnisim.provenance import source_digest


@dataclass(frozen=True, slots=True)
class Installation:
    """An installed omnisim.

    Attributes
    ----------
    version : str
        Of the distribution.
    sources : str
        Digest of the sources that can decide a number; see :func:`omnisim.provenance.source_digest`.
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
