"""Say a sentence in English and remember what it is in the other languages."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock

from omnisim.language.catalog import LANGUAGES, catalog

_MOST = 200_000  # texts remembered; a notebook says a few hundred
_WORDS = re.compile(r"[A-Za-z]{2,}")


class _Memory:
    """What was said lately, by its English text; the oldest is forgotten first."""

    def __init__(self) -> None:
        self._said: OrderedDict[str, dict[str, str]] = OrderedDict()
        self._lock = Lock()

    def keep(self, english: str, others: dict[str, str]) -> None:
        with self._lock:
            self._said[english] = others
            self._said.move_to_end(english)
            if len(self._said) > _MOST:
                self._said.popitem(last=False)

    def find(self, english: str, lang: str) -> str | None:
        with self._lock:
            return self._said.get(english, {}).get(lang)


_MEMORY = _Memory()


def say(template: str, /, **values: object) -> str:
    """The English sentence, with its translations remembered.

    Parameters
    ----------
    template : str
        As it stands in the catalogue, with ``{name}`` where a value goes.
    **values : object
        Texts that were said themselves are translated in their place; others stay as they are, such
        as the names of a client's stores.

    Examples
    --------
    >>> text = say("The effect of {name} grows over the weeks", name="C&C")
    >>> text, in_language(text, "zh")
    ('The effect of C&C grows over the weeks', 'C&C的效果逐周增强')
    """
    english = template.format(**values) if values else template
    others = {}
    for lang in LANGUAGES[1:]:
        other = catalog(lang).get(template)
        if other is not None:
            inner = {name: in_language(str(value), lang) or value for name, value in values.items()}
            others[lang] = other.format(**inner) if values else other
    if others:
        _MEMORY.keep(english, others)
    return english


def remember(english: str, **others: str) -> str:
    """The English text, remembered with texts given for other languages, e.g. a number's.

    Examples
    --------
    >>> in_language(remember("USD 5.00", zh="5.00美元"), "zh")
    '5.00美元'
    """
    _MEMORY.keep(english, others)
    return english


def in_language(text: str, lang: str) -> str | None:
    """What a text is in another language; None when nobody knows.

    A text without words, such as a number, is the same in all of them.
    """
    if lang == "en" or not _WORDS.search(text):
        return text
    return _MEMORY.find(text, lang) or catalog(lang).get(text)


def known(texts: Iterable[str], lang: str) -> dict[str, str]:
    """Those of the texts that are known in a language, with what they are there."""
    found = {text: in_language(text, lang) for text in texts}
    return {text: other for text, other in found.items() if other is not None and other != text}
