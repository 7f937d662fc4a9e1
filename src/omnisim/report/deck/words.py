"""Texts as short as a slide wants them: cut where a sentence or a clause ends, in either language."""

from __future__ import annotations

import re

from omnisim.report.wording import worded

SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[\"“A-Z0-9])|(?<=[。！？])")
_CLAUSE = re.compile(r";\s|；")
_PAUSE = re.compile(r"[,:;]\s|\s\(|[，：；]")
_STOPS = " .。;；"
_LEAST = 18  # characters that still say something


def sentences(text: str) -> list[str]:
    """The sentences of a text.

    Examples
    --------
    >>> sentences("Sales rose 3.2%. Returns fell.")
    ['Sales rose 3.2%.', 'Returns fell.']
    """
    return [part.strip() for part in SENTENCE_END.split(text.strip()) if part.strip()]


def message(text: str, lang: str = "en") -> str:
    """The first thing a text says, in a language and without a stop, for the title of a slide.

    Examples
    --------
    >>> message("Sales rose 3.2% this year; returns fell. More was not measured.")
    'Sales rose 3.2% this year'
    """
    known = worded(text, lang)
    first = (sentences(known) or [""])[0]
    head = _CLAUSE.split(first)[0]
    return (head if len(head) >= _LEAST or lang != "en" else first).rstrip(_STOPS)


def points(text: str, lang: str = "en") -> list[str]:
    """What a text says after its first message, one thing after the other.

    Examples
    --------
    >>> points("Sales rose; returns fell. More was not measured.")
    ['Returns fell', 'More was not measured']
    """
    parts = [part for line in sentences(worded(text, lang)) for part in _CLAUSE.split(line)]
    said = [part.strip().rstrip(_STOPS) for part in parts[1:]]
    return [part[:1].upper() + part[1:] for part in said if part]


def brief(text: str, lang: str = "en", *, most: int = 60) -> str:
    """The first sentence of a text, of a long one its first clauses.

    Examples
    --------
    >>> brief("Give the page to everybody, keep five percent of customers without it, and read on.")
    'Give the page to everybody'
    """
    first = (sentences(worded(text, lang)) or [""])[0].rstrip(_STOPS)
    if len(first) <= most:
        return first
    heads = [first[: match.start()] for match in _PAUSE.finditer(first)]
    whole = [head for head in heads if head.count("(") == head.count(")")]
    fitting = [head for head in whole if _LEAST <= len(head) <= most]
    return fitting[-1] if fitting else first
