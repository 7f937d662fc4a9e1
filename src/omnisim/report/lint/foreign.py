"""English left in a document of another language: what nobody knew there, names aside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from omnisim.language import LANGUAGES, catalog
from omnisim.report.lint.outline import Outline
from omnisim.report.lint.words import words_of

NAMES = "om-names"  # key of a document's metadata: texts that stay as they are in every language
_WORD = r"[A-Za-zÀ-ÖØ-öø-ɏ]+(?:['’-][A-Za-zÀ-ÖØ-öø-ɏ]+)*"
# Words in a row, with the commas and small numbers that a sentence holds.
_RUN = re.compile(rf"{_WORD}(?:(?:[ \u00a0]|, |: |; | & | \d[\d.,]*%? ){_WORD})+")
_EACH = re.compile(_WORD)
# Small words inside names of shops, streets and people.
_PARTICLES = words_of(
    """
    al and at by d da das de del della der des di do dos du e el et for im in la las le les los of on st
    the to und van von y zu zum zur
    """
)


def english_in(outline: Outline) -> list[tuple[int, str]]:
    """Line and words of every English text in a document of another language; none in an English one."""
    lang = outline.lang.partition("-")[0]
    if lang not in LANGUAGES[1:]:
        return []
    allowed = catalogue_runs(lang) | latin_runs(names_in(outline))
    texts = [*outline.lines, *((picture.line, picture.alt) for picture in outline.pictures)]
    return [(line, run) for line, text in sorted(texts) for run in english_left(text, allowed)]


def english_left(text: str, allowed: frozenset[str] = frozenset()) -> Iterator[str]:
    """Runs of two English words or more in a text of another language that are no names.

    A run is a name when each of its words begins with a capital, small words between them aside. A
    single word passes: methods, people and products keep theirs.

    Parameters
    ----------
    text : str
        A line as its reader sees it.
    allowed : frozenset of str
        Runs that may stand there: see :func:`latin_runs`.

    Examples
    --------
    >>> list(english_left("净销售额 Net sales per year，门店 Berlin Mitte，方法 CUPED"))
    ['Net sales per year']
    """
    for found in _RUN.finditer(text):
        run = found.group(0).replace("\u00a0", " ")
        for phrase in allowed:
            run = run.replace(phrase, "\n")
        yield from (left for left in _runs_in(run) if not _is_name(left))


def names_in(outline: Outline) -> list[str]:
    """Names a document's metadata lists, of the client and the data, which stay as they are."""
    names = outline.source.metadata.get(NAMES)
    return [str(name) for name in names] if isinstance(names, list) else []


def latin_runs(texts: Iterable[str]) -> frozenset[str]:
    """Runs of two Latin words or more in some texts."""
    return frozenset(run for text in texts for run in _runs_in(text.replace("\u00a0", " ")))


@cache
def catalogue_runs(lang: str) -> frozenset[str]:
    """Runs of Latin words in the catalogue's own sentences of a language."""
    return latin_runs(catalog(lang).values())


def _runs_in(text: str) -> Iterator[str]:
    return (found.group(0) for found in _RUN.finditer(text))


def _is_name(run: str) -> bool:
    words = _EACH.findall(run)
    first_letters = [word[0].isupper() for word in words if word not in _PARTICLES]
    return bool(first_letters) and all(first_letters) and words[0] not in _PARTICLES
