"""The border between English texts and the language of a document.

All that a report decides, it decides on English texts. Only where a text is written into Markdown does it
become that of another language; what nobody knows there stays English, and the partner lint finds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from omnisim.language import chinese_unit, in_language, remember
from omnisim.results import Result

_NONE: Mapping[str, str] = {}


def worded(text: object, lang: str, words: Mapping[str, str] = _NONE) -> str:
    """A text as a document in `lang` writes it; what nobody knows stays English.

    Parameters
    ----------
    text : object
        English text or a number.
    lang : str
        Language of the document.
    words : mapping, optional
        English text to what it is where it stands, before what is known everywhere.

    Examples
    --------
    >>> worded("Net sales", "zh"), worded("Net sales", "en"), worded("Café Nord", "zh")
    ('净销售额', 'Net sales', 'Café Nord')
    """
    english = str(text)
    if lang == "en":
        return english
    return words.get(english) or in_language(english, lang) or english


def counted(n: int, of: str) -> str:
    """How many of what, every digit shown; empty behind the number when nothing is named.

    Examples
    --------
    >>> counted(41520, "orders"), worded(counted(41520, "orders"), "zh")
    ('41,520 orders', '41,520单')
    """
    english = f"{n:,} {of}".strip()
    unit = chinese_unit(of)
    if unit == of:
        unit = in_language(of, "zh") or of
    apart = " " if unit == of and of else ""
    return remember(english, zh=f"{n:,}{apart}{unit}")


def translations_of(result: Result | None, lang: str) -> Mapping[str, str]:
    """What the texts of one result are in a language, as its notebook meant them."""
    return result.translations.get(lang, _NONE) if result is not None else _NONE


def remember_results(results: Iterable[Result]) -> None:
    """Let what results know in other languages be known to everybody."""
    for result in results:
        for lang, words in result.translations.items():
            for english, other in words.items():
                remember(english, **{lang: other})
