"""A rule on the pages of the technical appendix: no English outside of code in a page of another language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import lxml.html

from omnisim.language import LANGUAGES
from omnisim.language.notebooks import notebook_words
from omnisim.report.lint.foreign import NAMES, catalogue_runs, english_left, latin_runs
from omnisim.report.lint.outline import Remark
from omnisim.report.registry import APPENDIX, appendix_pages
from omnisim.schema import TABLES

_CODE = ("pre", "code", "script", "style")
_SENTENCE = 5  # words; fewer in a cell may be the name of a product or of a store
_IDENTIFIER = re.compile(r"\w*_\w*")  # of columns and tables
_WORD = re.compile(r"[^\W\d_][\w'’-]*")


def check_pages(folder: Path, names: Iterable[str] = ()) -> Iterator[Remark]:
    """Remarks on the pages in a report folder that are not English.

    Parameters
    ----------
    folder : Path
        The report folder.
    names : iterable of str
        Of the client and the data, which stay as they are.
    """
    kept = list(names)
    for lang in LANGUAGES[1:]:
        for file in appendix_pages(folder / APPENDIX, lang):
            for line, words in english_in_page(file, lang, names=kept):
                yield Remark(
                    f"{APPENDIX}/{file.name}:{line}",
                    f"English in a page in {lang!r}: “{words:.60}”",
                    f"say it in both languages, or list it under {NAMES} in the front matter of the "
                    "document when it is a name",
                )


def english_in_page(file: Path, lang: str, *, names: Iterable[str] = ()) -> list[tuple[int, str]]:
    """Line and words of what is English in a page, code and names aside, each once."""
    own = notebook_words(file.name.removesuffix(f".{lang}.html"), lang)
    allowed = catalogue_runs(lang) | latin_runs(
        [*names, *own.cells.values(), *own.parameters.values(), *own.printed.values()]
    )
    root = lxml.html.document_fromstring(file.read_text(encoding="utf-8"))
    for element in list(root.iter(*_CODE)):
        element.clear(keep_tail=True)
    found: dict[str, int] = {}
    for element in root.iter():
        is_data = any(True for _ in element.iterancestors("tbody"))
        for text in (element.text, element.tail, element.get("alt"), element.get("aria-label")):
            for run in english_left(_IDENTIFIER.sub("·", text or ""), allowed):
                if not is_data or _is_sentence(run):
                    found.setdefault(run, element.sourceline or 0)
    return [(line, run) for run, line in found.items()]


def _is_sentence(run: str) -> bool:
    """Whether a run in a cell is more than a name or a list of tables."""
    words = _WORD.findall(run)
    return len(words) >= _SENTENCE and not set(words) <= set(TABLES)
