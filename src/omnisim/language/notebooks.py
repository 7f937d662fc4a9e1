"""The prose of notebooks in another language: a notebook is written in English, its words stand here.

A cell is known by a digest of its English text, so a text that was changed since is not known any more.
"""

from __future__ import annotations

import hashlib
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from types import MappingProxyType

import yaml

from omnisim.errors import ReportError
from omnisim.language.catalog import check_language, places

_DIGEST = 12  # hexadecimal digits; the cells of one notebook are a few dozen
_PARTS = ("cells", "parameters", "printed")


@dataclass(frozen=True, slots=True)
class NotebookWords:
    """What a notebook says in another language.

    Attributes
    ----------
    cells : mapping
        Digest of a text cell to its text there.
    parameters : mapping
        Comment behind a parameter to what it is there.
    printed : mapping
        Template of what the notebook itself puts around texts that are known, to the template there.
    """

    cells: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    printed: Mapping[str, str] = field(default_factory=dict)

    def cell(self, english: str) -> str | None:
        """A text cell in that language; None where nobody wrote it, or its English was changed since."""
        return self.cells.get(digest(english))


@cache
def notebook_words(name: str, lang: str) -> NotebookWords:
    """The words of a notebook by its name, e.g. ``03_ab_test``; none for one the package does not know.

    Raises
    ------
    InputError
        When the package does not speak the language.
    ReportError
        When the file with the words is not as it must be.
    """
    if check_language(lang) == "en":
        return NotebookWords()
    file = resources.files("omnisim.language").joinpath(lang, "notebooks", f"{name}.yaml")
    if not file.is_file():
        return NotebookWords()
    where = f"{lang}/notebooks/{name}.yaml"
    body = yaml.safe_load(file.read_text(encoding="utf-8"))
    if not isinstance(body, dict) or set(body) != set(_PARTS):
        raise ReportError(f"{where}: must hold {list(_PARTS)}")
    for english, other in body["printed"].items():
        if places(english) != places(other):
            raise ReportError(f"{where}: {english!r} and its translation take other values")
    cells = {cell["english"]: cell["chinese"] for cell in body["cells"].values()}
    return NotebookWords(
        MappingProxyType(cells),
        MappingProxyType(body["parameters"]),
        MappingProxyType(body["printed"]),
    )


def digest(english: str) -> str:
    """By what a text cell is known.

    Examples
    --------
    >>> digest("## Answer")
    '3198a5f1c909'
    """
    return hashlib.sha256(english.encode()).hexdigest()[:_DIGEST]


def values_in(template: str, text: str) -> dict[str, str] | None:
    """The values with which a template gives a text; None when it cannot.

    Examples
    --------
    >>> values_in("**{title}** (n = {n} orders)", "**Sales rise** (n = 1,200 orders)")
    {'title': 'Sales rise', 'n': '1,200'}
    >>> values_in("{a} and {b}", "Sales rise") is None
    True
    """
    pattern = "".join(
        re.escape(literal) + (f"(?P<{name}>.+?)" if name else "")
        for literal, name, _, _ in string.Formatter().parse(template)
    )
    found = re.fullmatch(pattern, text, re.DOTALL)
    return None if found is None else found.groupdict()
