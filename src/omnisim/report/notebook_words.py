"""The words of a notebook's page in another language: of its frame, its prose and its outputs.

An output that ran with omnisim holds what its texts are in other languages; see
:mod:`omnisim.language.shown`. What it does not hold is looked up among the results of the run and in the
catalogue, and what nobody knows stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import lxml.etree
import lxml.html

from omnisim.language import catalog, in_language, known_parts
from omnisim.language.notebooks import NotebookWords, values_in
from omnisim.language.shown import PICTURE, TEXTS, shown_in
from omnisim.report.lint.foreign import catalogue_runs, english_left
from omnisim.report.wording import worded

_CUT = "..."  # where pandas cuts a long text
_RECORDED = ("recorded figure: {title}", "recorded table: {title}")  # how an exhibit shows itself
_SPAN = "{first} to {last}"
_LETTER = re.compile(r"[A-Za-z]")
_SIGN = "\u3400-\u9fff\uff00-\uffef\u3000-\u303f\u201c\u201d"
_STOP = re.compile(rf"(?<=[{_SIGN}])\.(?=\*\*|\s|$)")
_GAP = re.compile(rf"(?<=[{_SIGN}]) +(?=[{_SIGN}\w])|(?<=[{_SIGN}]\*\*) +(?=[{_SIGN}\w])")


@dataclass(frozen=True, slots=True)
class PageWords:
    """What a page says in its language.

    Attributes
    ----------
    lang : str
        Language of the page.
    notebook : NotebookWords
        The notebook's own prose there.
    """

    lang: str = "en"
    notebook: NotebookWords = field(default_factory=NotebookWords)

    def frame(self, text: str) -> str:
        """A text of the page itself."""
        return worded(text, self.lang)

    def prose(self, english: str) -> str:
        """A text cell."""
        return self.notebook.cell(english) or english

    def comment(self, english: str) -> str:
        """What is said behind a parameter."""
        return self.notebook.parameters.get(english, english)

    def held(self, data: Mapping[str, Any]) -> Held:
        """What an output holds for the language of the page."""
        raw = data.get(shown_in(self.lang)) if self.lang != "en" else None
        raw = raw if isinstance(raw, dict) else {}
        texts, picture = raw.get(TEXTS), raw.get(PICTURE)
        texts = texts if isinstance(texts, dict) else {}
        texts = {k: v for k, v in texts.items() if isinstance(v, str)}
        return Held(self, texts, picture if isinstance(picture, str) else "")


@dataclass(frozen=True, slots=True)
class Held:
    """One output in the language of the page.

    Attributes
    ----------
    page : PageWords
        The words of the page.
    texts : mapping
        English text to what it is there.
    picture : str
        The chart drawn there, a PNG in base64; empty where it was not.
    """

    page: PageWords
    texts: Mapping[str, str]
    picture: str

    def whole(self, text: str) -> str:
        """A text that is known as a whole; else as it is."""
        own = self.texts.get(text) or self.page.notebook.printed.get(text)
        return own or in_language(text, self.page.lang) or self._span(text) or text

    def _span(self, text: str) -> str | None:
        """From one number to another, which no sentence said."""
        ends = values_in(_SPAN, text) or {}
        is_span = bool(ends) and not any(map(_LETTER.search, ends.values()))
        return catalog(self.page.lang)[_SPAN].format(**ends) if is_span else None

    def composed(self, text: str) -> str:
        """A text that a notebook put together from texts which are known."""
        if self.page.lang == "en":
            return text
        return "\n".join(self._line(line) for line in text.split("\n"))

    def table(self, told: str) -> str:
        """HTML of a table with its header and its cells exchanged where they are known."""
        if self.page.lang == "en":
            return told
        try:
            root = lxml.html.fragment_fromstring(told, create_parent="div")
        except (lxml.etree.LxmlError, ValueError):
            return told  # made safe as it is
        header = list(root.iterfind(".//thead//th"))
        names = header if any("_" in (cell.text or "") for cell in header) else []
        for cell in root.iter("th", "td", "caption"):
            if cell in names:
                continue  # columns as the code calls them
            if len(cell) == 0 and cell.text and cell.text.strip():
                cell.text = self._cell(cell.text.strip())
        return str(lxml.html.tostring(root, encoding="unicode"))

    def _cell(self, text: str) -> str:
        whole = self.whole(text)
        if whole != text or not text.endswith(_CUT):
            return whole
        begun = text.removesuffix(_CUT)
        meant = {other for english, other in self.texts.items() if english.startswith(begun)}
        return meant.pop() if len(meant) == 1 else text

    def _line(self, line: str) -> str:
        templates = {t: catalog(self.page.lang)[t] for t in _RECORDED}
        for template, other in {**templates, **self.page.notebook.printed}.items():
            values = values_in(template, line)
            if values is not None:
                return other.format(**{n: self._exchanged(v) for n, v in values.items()})
        return self._exchanged(line)

    def _exchanged(self, text: str) -> str:
        whole = self.whole(text)
        if whole != text:
            return whole
        said = self.texts or known_parts(text, self.page.lang)
        parts = {**self.page.notebook.printed, **said}
        longest_first = sorted(parts, key=lambda known: (-len(known), known))
        if not longest_first:
            return text
        either = "|".join(map(re.escape, longest_first))
        made = re.sub(rf"(?<!\w)(?:{either})(?!\w)", lambda match: parts[match.group(0)], text)
        if made == text or (
            not self.texts and any(english_left(made, catalogue_runs(self.page.lang)))
        ):
            return text  # guessed word by word, it would be half in one language, half in the other
        return _closed_up(made)


def _closed_up(text: str) -> str:
    """Chinese sentences without the full stops and spaces that stood between English ones.

    Examples
    --------
    >>> _closed_up("**首页卖得更多.** 净销售额上升。 继续观察。")
    '**首页卖得更多。**净销售额上升。继续观察。'
    >>> _closed_up("- ✓ 检验通过。")
    '- ✓ 检验通过。'
    """
    return _GAP.sub("", _STOP.sub("。", text))
