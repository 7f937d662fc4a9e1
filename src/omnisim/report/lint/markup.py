"""Markdown and templates that reached the reader as text, where nobody meant them to.

What was escaped is meant: a client may be called ``A:::B`` or ``{{< include x >}}``, and every value from
data is escaped on its way into a source. So escaped signs are put aside, and Pandoc reads the rest; what
looks like markup in the text it gives was written as markup and not understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from omnisim.report.lint.outline import Remark
from omnisim.report.source import Source

# Signs that begin or end every mark below; none of them is kept in the identifier of a heading.
_ESCAPED = re.compile(r"\\([:{}<>%@|*#\[\]])")
_ASIDE = 0xE000  # private use: no value holds these signs
_CODE = ("Code", "RawInline", "Math")
_LEAKS = (
    (re.compile(r":{3,}"), "a fence of a block", "put an empty line before and after it"),
    (re.compile(r"\{\{<|>\}\}"), "a shortcode", "write {{< include FILE >}} or {{< meta KEY >}}"),
    (re.compile(r"\{\{|\}\}|\{%|%\}"), "a template", "write what it stands for"),
    (re.compile(r"\]?\{[.#][\w-]"), "an attribute", "close up [text]{.class}, end a heading with it"),
    (re.compile(r"\*\*"), "a mark of bold type", "close up **text** and end it in its paragraph"),
    (re.compile(r"@(?:fig|tbl|sec|eq)-\w"), "a reference", "write [Exhibit](#exh-…){.om-ref}"),
    (re.compile(r"\|:?[-–—]+:?(?=\|)"), "the rule of a table", "put it below a head of as many cells"),
)  # fmt: skip
_SHOWN = 40  # characters of a text in a remark
_AHEAD = 80  # lines in which the next paragraph begins


def with_meant_aside(source: Source) -> Source:
    """A source whose escaped signs of markup are others, so that Pandoc's tree tells them from markup.

    Examples
    --------
    >>> with_meant_aside(Source("A\\\\:B", {}, ())).body == "A\\ue03aB"
    True
    """
    body = _ESCAPED.sub(lambda found: chr(_ASIDE + ord(found.group(1))), source.body)
    return replace(source, body=body)


def leaked_markup(source: Source, tree: Mapping[str, Any]) -> Iterator[Remark]:
    """Remarks on markup that a reader of the document sees, each with its line.

    Parameters
    ----------
    source : Source
        With what was escaped put aside: :func:`with_meant_aside`.
    tree : mapping
        What Pandoc reads in it.
    """
    # As Pandoc sets dashes, so that a leak is found in its line.
    lines = source.body.replace("---", "—").replace("--", "–").split("\n")
    here = 0
    for text in _texts(tree["blocks"]):
        here = _next_line(lines, here, text)
        for pattern, what, allowed in _LEAKS:
            if found := pattern.search(text):
                mark = found.group(0).strip()
                line = next((n for n in range(here, len(lines)) if mark in lines[n]), here)
                near = text[found.start() : found.start() + _SHOWN].strip()
                yield Remark(
                    source.where(line + 1),
                    f"{_shown(near)!r} stands in the text, {what} that was not understood",
                    f"{allowed}; a backslash before its signs makes it text",
                )
                break


def _texts(blocks: Any) -> Iterator[str]:
    """The text of every paragraph, heading and cell."""
    if isinstance(blocks, list):
        if blocks and all(isinstance(item, dict) and _is_inline(item) for item in blocks):
            yield "".join(_plain(item) for item in blocks)
            return
        for item in blocks:
            yield from _texts(item)
    elif isinstance(blocks, dict) and blocks.get("t") not in ("CodeBlock", "RawBlock"):
        yield from _texts(blocks.get("c"))


def _is_inline(item: dict[str, Any]) -> bool:
    return item.get("t") in _INLINES


_INLINES = frozenset(
    [
        "Str", "Space", "SoftBreak", "LineBreak", "Emph", "Strong", "Underline",
        "Strikeout", "Superscript", "Subscript", "SmallCaps", "Quoted", "Cite", "Link",
        "Image", "Note", "Span", "Code", "RawInline", "Math",
    ]
)  # fmt: skip


def _plain(inline: Any) -> str:
    """An inline as its reader sees it; code is shown as it is, so it is no leak."""
    if isinstance(inline, list):
        return "".join(_plain(item) for item in inline)
    if not isinstance(inline, dict) or inline.get("t") in _CODE:
        return ""
    kind, content = inline.get("t"), inline.get("c")
    if kind == "Str":
        return str(content)
    if kind in ("Space", "SoftBreak", "LineBreak"):
        return " "
    if kind == "Note":
        return ""  # blocks of their own are rare in notes, and none stands in a report
    return "".join(_plain(part) for part in content) if isinstance(content, list) else ""


def _next_line(lines: Sequence[str], here: int, text: str) -> int:
    """The line, from 0, where the next text of a document begins; the last one where it is not found."""
    first = next(iter(text.split()), "")
    ahead = range(here, min(here + _AHEAD, len(lines)))
    return next((n for n in ahead if first and first in lines[n]), here)


def _shown(text: str) -> str:
    """A text with the signs put aside back in their places."""
    return "".join(chr(ord(c) - _ASIDE) if _ASIDE <= ord(c) < _ASIDE + 128 else c for c in text)
