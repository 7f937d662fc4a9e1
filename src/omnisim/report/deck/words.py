"""Texts as short as a slide wants them: cut where a sentence or a clause ends, in either language."""

from __future__ import annotations

import re

from omnisim.language import in_language

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[\"“A-Z0-9])|(?<=[。！？])")
_CLAUSE = re.compile(r";\s|；")
_PAUSE = re.compile(r"[,:;]\s|\s\(|[，：；]")
_STOPS = " .。;；"
_SHORT = 76  # characters of a message in a table
_LEAST = 18  # characters that still say something


def sentences(text: str) -> list[str]:
    """The sentences of a text.

    Examples
    --------
    >>> sentences("Sales rose 3.2%. Returns fell.")
    ['Sales rose 3.2%.', 'Returns fell.']
    """
    return [part.strip() for part in _SENTENCE.split(text.strip()) if part.strip()]


def message(text: str, lang: str = "en") -> str:
    """The first thing a text says, in a language and without a stop, for the title of a slide.

    Examples
    --------
    >>> message("Sales rose 3.2%; returns fell. More was not measured.")
    'Sales rose 3.2%'
    """
    known = spoken(text, lang)
    first = (sentences(known) or [""])[0]
    head = _CLAUSE.split(first)[0]
    return (head if len(head) >= _LEAST or lang != "en" else first).rstrip(_STOPS)


def brief(text: str, lang: str = "en") -> str:
    """The first sentence of a text, of a long one its first clauses.

    Examples
    --------
    >>> brief("Give the page to everybody, keep five percent of customers without it, and read on.")
    'Give the page to everybody, keep five percent of customers without it'
    """
    first = (sentences(spoken(text, lang)) or [""])[0].rstrip(_STOPS)
    if len(first) <= _SHORT:
        return first
    heads = [first[: match.start()] for match in _PAUSE.finditer(first)]
    fitting = [head for head in heads if _LEAST <= len(head) <= _SHORT]
    return fitting[-1] if fitting else first


def spoken(text: str, lang: str) -> str:
    """A text in a language; as it is where that is not known."""
    return text if lang == "en" else in_language(text, lang) or text
