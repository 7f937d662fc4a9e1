"""Say a sentence in English and remember what it is in the other languages."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock

from omnisim.language.catalog import LANGUAGES, catalog

_MOST = 200_000  # texts remembered; a notebook says a few hundred
_LETTERS = re.compile(r"[A-Za-z]")
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

    def inside(self, text: str, lang: str) -> dict[str, str]:
        """What was said and stands in a text."""
        with self._lock:
            return {
                english: others[lang]
                for english, others in self._said.items()
                if lang in others and english in text
            }


_EVERYWHERE = _Memory()
_INSIDE: ContextVar[_Memory | None] = ContextVar("memory", default=None)


def _memory() -> _Memory:
    return _INSIDE.get() or _EVERYWHERE


@contextmanager
def own_memory() -> Iterator[None]:
    """What is said inside the block is known there only, and nothing of what was said before.

    Two runs in one process then never lend each other words.

    Examples
    --------
    >>> with own_memory():
    ...     text = remember("Nobody else knows", zh="无人知晓")
    ...     known_inside = in_language(text, "zh")
    >>> known_inside, in_language(text, "zh")
    ('无人知晓', None)
    """
    token = _INSIDE.set(_Memory())
    try:
        yield
    finally:
        _INSIDE.reset(token)


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
        _memory().keep(english, others)
    return english


def say_as(context: str, word: str) -> str:
    """A word whose translation depends on where it stands; the catalogue has ``context: word``.

    Examples
    --------
    >>> in_language(say_as("level", "High"), "zh"), in_language(say_as("interval", "High"), "zh")
    ('高', '上限')
    """
    others = {lang: catalog(lang).get(f"{context}: {word}") for lang in LANGUAGES[1:]}
    _memory().keep(word, {lang: other for lang, other in others.items() if other is not None})
    return word


def join_sentences(*sentences: str) -> str:
    """Whole sentences one after the other: a space between them in English, nothing in Chinese.

    Empty ones are left out. The text is known in another language when every sentence is.

    Examples
    --------
    >>> text = join_sentences(remember("It rains.", zh="下雨了。"), "", remember("Go.", zh="走吧。"))
    >>> text, in_language(text, "zh")
    ('It rains. Go.', '下雨了。走吧。')
    """
    said = [sentence for sentence in sentences if sentence]
    english = " ".join(said)
    inner = [in_language(sentence, "zh") for sentence in said]
    known_all = [other for other in inner if other is not None]
    return remember(english, zh="".join(known_all)) if len(known_all) == len(said) else english


def join_texts(texts: Iterable[str], *, by: str, zh: str) -> str:
    """Names or clauses in a row, `by` between them in English and `zh` in Chinese.

    As in :func:`say`, a name that nobody knows stays as it is.

    Examples
    --------
    >>> text = join_texts(["T1", remember("rain", zh="雨")], by=", ", zh="、")
    >>> text, in_language(text, "zh")
    ('T1, rain', 'T1、雨')
    """
    parts = list(texts)
    return remember(by.join(parts), zh=zh.join(in_language(x, "zh") or x for x in parts))


def listed(names: Sequence[str]) -> str:
    """Names as one enumeration.

    Examples
    --------
    >>> listed(["Web", "App", "Store"])
    'Web, App and Store'
    """
    if len(names) == 1:
        return names[0]
    return say("{names} and {last}", names=join_texts(names[:-1], by=", ", zh="、"), last=names[-1])


def respelled(text: str, spelling: str) -> str:
    """Another spelling of a text, such as its lower case, known in the other languages as the text is.

    Examples
    --------
    >>> in_language(respelled("Net sales", "net sales"), "zh")
    '净销售额'
    """
    others = {lang: in_language(text, lang) for lang in LANGUAGES[1:]}
    _memory().keep(spelling, {lang: other for lang, other in others.items() if other is not None})
    return spelling


def lower_first(text: str) -> str:
    """A name or label inside a sentence.

    Examples
    --------
    >>> lower_first("Net sales")
    'net sales'
    """
    return respelled(text, text[0].lower() + text[1:])


def remember(english: str, **others: str) -> str:
    """The English text, remembered with texts given for other languages, e.g. a number's.

    Examples
    --------
    >>> in_language(remember("USD 5.00", zh="5.00美元"), "zh")
    '5.00美元'
    """
    _memory().keep(english, others)
    return english


def in_language(text: str, lang: str) -> str | None:
    """What a text is in another language; None when nobody knows.

    A text without words, such as a number, is the same in all of them, unless it was said in another
    way: ``1.2M`` is no word, yet 120万 in Chinese.
    """
    if lang == "en" or not _LETTERS.search(text):
        return text
    found = _memory().find(text, lang) or catalog(lang).get(text)
    return found or (None if _WORDS.search(text) else text)


def known(texts: Iterable[str], lang: str) -> dict[str, str]:
    """Those of the texts that are known in a language, with what they are there."""
    found = {text: in_language(text, lang) for text in texts}
    return {text: other for text, other in found.items() if other is not None and other != text}


def known_parts(text: str, lang: str) -> dict[str, str]:
    """Known texts inside a text that was put together from them, with what they are in a language.

    The longest go first and none is taken inside another, nor inside a word.

    Examples
    --------
    >>> _ = remember("Sales rise", zh="销售额上升")
    >>> known_parts("**Sales rise.** (12 of 20) Net sales", "zh")
    {'Sales rise': '销售额上升', 'Net sales': '净销售额'}
    """
    candidates = {english: other for english, other in catalog(lang).items() if english in text}
    candidates |= _memory().inside(text, lang)
    left, found = text, dict[str, str]()
    for english in sorted(candidates, key=lambda known: (-len(known), known)):
        if not _WORDS.search(english):
            continue
        left, n_found = re.subn(rf"(?<!\w){re.escape(english)}(?!\w)", "\0", left)
        if n_found:
            found[english] = candidates[english]
    return found
