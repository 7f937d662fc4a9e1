"""One exhibit of the gallery: what it is for, and what its docstring says of it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from omnisim.errors import DesignError


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One exhibit of the gallery.

    Attributes
    ----------
    name : str
        As the trade calls it.
    draw : callable
        The function that draws it.
    group : str
        Part of the page.
    use, avoid : str
        When it is the right picture, and when another one is.
    picture : str
        Figure of a run that shows it, e.g. ``risk-drivers``; empty where no notebook records one.
    """

    name: str
    draw: Callable[..., Any]
    group: str
    use: str
    avoid: str
    picture: str = ""

    @property
    def path(self) -> str:
        """Where the function is imported from, e.g. ``omnisim.figures.tornado.tornado``."""
        return f"{self.draw.__module__}.{self.draw.__name__}"

    @property
    def purpose(self) -> str:
        """First line of its docstring."""
        return _doc(self.draw).partition("\n")[0]

    @property
    def data(self) -> str:
        """What its first argument holds, from the docstring."""
        found = re.search(r"Parameters\n-+\n(\w+) : [^\n]*\n((?: {4}[^\n]*\n?)+)", _doc(self.draw))
        if found is None:
            raise DesignError(f"gallery: {self.path} does not say what its data are")
        return " ".join(found[2].split())

    @property
    def source(self) -> str:
        """Reference of its docstring; empty where it names none."""
        found = re.search(r"References\n-+\n((?:[^\n]+\n?)+)", _doc(self.draw))
        return " ".join(found[1].split()) if found else ""


def _doc(draw: Callable[..., Any]) -> str:
    return inspect.cleandoc(draw.__doc__ or "")
