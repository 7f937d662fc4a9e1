"""Any text as Markdown that reads back as exactly that text.

Values from data (names, comments, labels) must never turn into markup, includes, formulas or raw
code of an output format, so every value passes :func:`escape` before it enters a ``.qmd``.
"""

from __future__ import annotations

import re
import unicodedata

# Everything that can start or end an inline construct of Pandoc's or Quarto's Markdown.
_INLINE = re.compile(r"""[\\`*_{}\[\]<>#|$@~^"'&]""")
# A colon before a non-space could be an emoji name, a div fence or a bare address.
_COLON = re.compile(r":(?=\S)")
# Smart typography would change dashes and dots.
_DASHES = re.compile(r"(?<=-)-")
_DOTS = re.compile(r"(?<=\.)\.(?=\.)")
# Block constructs are recognised at the start of a line only.
_LEADING_MARK = re.compile(r"^[-+=:%!]")
_LEADING_LIST = re.compile(r"^(\(?)([0-9]+|[A-Za-z]+)([.)])(?=\s|$)")
# An amount keeps its currency, a base its sign: "USD 5", "n = 5" are not torn apart.
_TIES = re.compile(r"(?<=\b[A-Z]{3}) (?=[−\d])|(?<=\bn) (?== \d)|(?<=\bn =) (?=\d)")
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
# Marks that reorder what is written around them; the letters of right-to-left scripts stay.
_BIDI = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def plain(text: object) -> str:
    """One line of text: white space collapsed, control and reordering characters removed.

    Examples
    --------
    >>> plain("two\\nlines \\x00 ")
    'two lines'
    """
    kept = "".join(
        " " if char.isspace() else char
        for char in str(text).translate(_BIDI)
        if char.isspace() or unicodedata.category(char) not in ("Cc", "Cs", "Cn", "Co")
    )
    return " ".join(kept.split())


def escape(text: object) -> str:
    """`text` as Markdown for a paragraph, heading, list item, table cell or metadata value.

    Apostrophes inside words become typographic, and amounts are tied to their currency by a hard
    space; nothing else changes.

    Examples
    --------
    >>> escape("1. Save $5 | 10% {{< include x >}}")
    '1\\\\. Save \\\\$5 \\\\| 10% \\\\{\\\\{\\\\< include x \\\\>\\\\}\\\\}'
    >>> escape("USD 1.20 million (95% interval 0.90 to 1.50)")
    'USD\\xa01.20 million (95% interval 0.90 to 1.50)'
    """
    line = _INLINE.sub(r"\\\g<0>", _APOSTROPHE.sub("’", plain(text)))
    line = _COLON.sub(r"\\:", line)
    line = _DASHES.sub(r"\\-", line)
    line = _DOTS.sub(r"\\.", line)
    line = _LEADING_MARK.sub(r"\\\g<0>", line)
    line = _LEADING_LIST.sub(r"\1\2\\\3", line)
    return _TIES.sub("\u00a0", line)


def unbroken(text: object) -> list[str]:
    """The pieces of a text that no line break may tear.

    Examples
    --------
    >>> unbroken("USD 5 a year")
    ['USD\\xa05', 'a', 'year']
    """
    return _TIES.sub("\u00a0", plain(text)).split(" ")


def attribute(text: object) -> str:
    """`text` as a quoted value in an attribute list, e.g. ``fig-alt``.

    Examples
    --------
    >>> attribute('the "best" channel')
    '"the \\\\"best\\\\" channel"'
    """
    marked = _INLINE.sub(r"\\\g<0>", plain(text))
    return f'"{marked}"'


def key(text: str) -> str:
    """`text` as a key of the metadata tree: letters, digits and underscores.

    Examples
    --------
    >>> key("credit: paid-social")
    'credit_paid_social'
    """
    return re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_").lower() or "unnamed"
