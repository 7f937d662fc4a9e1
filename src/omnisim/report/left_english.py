"""What is said of texts and charts that stayed English in documents and pages of another language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from omnisim.language import LANGUAGES
from omnisim.report.document import Document
from omnisim.report.lint.foreign import english_in, names_in
from omnisim.report.lint.outline import read_outline
from omnisim.report.lint.pages import english_in_page
from omnisim.report.source import read_source

_NAMED = 3  # texts in a note


def left_english(documents: Sequence[Document], folder: Path) -> Iterator[str]:
    """Notes on documents in another language that hold English words or charts."""
    for lang in LANGUAGES[1:]:
        mine = [document for document in documents if document.lang == lang]
        outlines = [read_outline(read_source(folder / f"{d.stem}.qmd")) for d in mine]
        left = list(dict.fromkeys(text for o in outlines for _, text in english_in(o)))
        if left:
            yield f"{_stayed(left)} in the documents in {lang!r}: {_few(left)}"
        if undrawn := max((document.n_undrawn for document in mine), default=0):
            yield (
                f"{undrawn} figure{'s are' if undrawn > 1 else ' is'} drawn in English only: the run "
                f"was made where there is no font for {lang!r}"
            )


def english_pages(
    pages: Sequence[Path], documents: Sequence[Document], folder: Path
) -> Iterator[str]:
    """Notes on pages of the appendix in another language that hold English sentences."""
    for lang in LANGUAGES[1:]:
        mine = [page for page in pages if page.name.endswith(f".{lang}.html")]
        names = [
            name
            for item in documents
            if item.lang == lang
            for name in names_in(read_outline(read_source(folder / f"{item.stem}.qmd")))
        ]
        left = [run for page in mine for _, run in english_in_page(page, lang, names=names)]
        if left:
            yield (
                f"{_stayed(left)} in the appendix in {lang!r}: {_few(left)}; outputs kept by an earlier "
                "version are known when the notebooks have run again"
            )


def _stayed(left: Sequence[str]) -> str:
    return f"{len(left)} text{'s' if len(left) > 1 else ''} stayed English"


def _few(left: Sequence[str]) -> str:
    told = "; ".join(f"“{text:.60}”" for text in left[:_NAMED])
    return f"{told}{' …' if len(left) > _NAMED else ''}"
