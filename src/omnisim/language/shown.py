"""How an output of a notebook holds what it is in another language, beside its English."""

from __future__ import annotations

TEXTS, PICTURE = "texts", "image/png"  # keys of what is held


def shown_in(lang: str) -> str:
    """The kind of data under which an output holds a language.

    It maps :data:`TEXTS` to English texts with what they are there, or :data:`PICTURE` to a chart drawn
    there, in base64. Programs that show notebooks pass over a kind they do not know.

    Examples
    --------
    >>> shown_in("zh")
    'application/vnd.omnisim.zh+json'
    """
    return f"application/vnd.omnisim.{lang}+json"
