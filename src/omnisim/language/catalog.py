"""The templates of sentences: English to each other language, from the YAML files of this package."""

from __future__ import annotations

import string
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

import yaml

from omnisim.errors import InputError, ReportError

LANGUAGES = ("en", "zh")


def check_language(lang: str) -> str:
    """`lang` if the package speaks it.

    Raises
    ------
    InputError
        For any other.
    """
    if lang not in LANGUAGES:
        raise InputError(f"lang = {lang!r}: no such language; there is {list(LANGUAGES)}")
    return lang


@cache
def catalog(lang: str) -> Mapping[str, str]:
    """English template to the template of another language.

    Raises
    ------
    InputError
        When the package does not speak it.
    ReportError
        When a template is given twice with two meanings, or names other values than the English one.

    Examples
    --------
    >>> catalog("zh")["Net sales"]
    '净销售额'
    """
    if check_language(lang) == "en":
        return MappingProxyType({})
    found: dict[str, str] = {}
    folder = resources.files("omnisim.language") / lang
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".yaml"):
            continue
        where = f"{lang}/{file.name}"
        for english, other in (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).items():
            _check_entry(where, english, other, found.get(english))
            found[english] = other
    return MappingProxyType(found)


def places(template: str) -> frozenset[str]:
    """Names of the values a template takes.

    Examples
    --------
    >>> sorted(places("{n} of {total} waves"))
    ['n', 'total']
    """
    return frozenset(name for _, name, _, _ in string.Formatter().parse(template) if name)


def _check_entry(where: str, english: object, other: object, before: str | None) -> None:
    if not isinstance(english, str) or not isinstance(other, str) or not other.strip():
        raise ReportError(f"{where}: {english!r} must be a text with a text, found {other!r}")
    if before not in (None, other):
        raise ReportError(f"{where}: {english!r} is {before!r} in another file, here {other!r}")
    if places(english) != places(other):
        raise ReportError(
            f"{where}: {english!r} takes {sorted(places(english))}, its translation "
            f"{sorted(places(other))}"
        )
