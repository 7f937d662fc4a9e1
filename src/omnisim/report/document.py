"""Documents as named Markdown parts: what each section says, from the results alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omnisim.report.cover import metadata
from omnisim.report.deck.values import deck_values
from omnisim.report.engagement import OpenedEngagement
from omnisim.report.exhibits import Shown, exhibits_of, figure_files, is_drawn_in
from omnisim.report.glossary import glossary_grid
from omnisim.report.loading import Run
from omnisim.report.registry import DOCUMENTS, DocumentKind, generated
from omnisim.report.selection import run_for
from omnisim.report.tables import Markdown
from omnisim.report.templating import fill
from omnisim.report.values import section_values


@dataclass(frozen=True, slots=True)
class Document:
    """Everything a report folder needs for one document.

    Attributes
    ----------
    kind : DocumentKind
        Which document it is.
    lang : str
        Its language.
    skeleton : str
        Its source ``<stem>.qmd`` or ``<stem>.zh.qmd``, written once.
    parts : dict
        Name of a part to Markdown; empty text where a section does not apply.
    metadata : dict
        What ``results.yml`` beside the parts holds, texts already escaped.
    figures : dict
        Path in the report folder to the file it is copied from.
    date : datetime.date
        Date of the document: the dataset's last day, so that equal results give equal bytes.
    n_undrawn : int
        Figures that the run holds in English only.
    """

    kind: DocumentKind
    lang: str
    skeleton: str
    parts: Mapping[str, str]
    metadata: Mapping[str, Any]
    figures: Mapping[str, Path]
    date: dt.date
    n_undrawn: int = 0

    @property
    def name(self) -> str:
        """What the report calls it: ``assessment``, ``assessment.zh``."""
        return self.kind.name if self.lang == "en" else f"{self.kind.name}.{self.lang}"

    @property
    def title(self) -> str:
        """What people call it, in English: ``Client assessment``."""
        return self.kind.about[:1].upper() + self.kind.about[1:]

    @property
    def stem(self) -> str:
        """Name of its source and its files, without suffix."""
        return self.kind.stem_in(self.lang)


def write_document(
    kind: DocumentKind, run: Run, *, lang: str, opened: OpenedEngagement | None = None
) -> Document:
    """Write one document of a run.

    Parameters
    ----------
    kind : DocumentKind
        Which one.
    run : Run
        All results, as the engagement shows them.
    lang : str
        Language of the document.
    opened : OpenedEngagement, optional
        For whom it is written.
    """
    opened = opened or OpenedEngagement()
    mine = run_for(kind, run)
    values = section_values(kind, mine, opened.engagement, lang=lang)
    if kind.is_deck:
        values |= deck_values(kind, mine, values, lang=lang)
    shown = [item for name in mine.results for item in exhibits_of(mine, name)]
    return Document(
        kind=kind,
        lang=lang,
        skeleton=_skeleton(kind, lang),
        parts=_parts(kind, lang, values),
        metadata=metadata(run, opened, lang=lang),
        figures=figure_files(mine, shown, lang=lang),
        date=dt.date.fromisoformat(run.source.last_date),
        n_undrawn=0 if lang == "en" else sum(not _is_drawn(mine, item, lang) for item in shown),
    )


def client_assessment(run: Run, *, lang: str) -> Document:
    """Write the flagship report of a run."""
    return write_document(DOCUMENTS["assessment"], run, lang=lang)


def _is_drawn(run: Run, item: Shown, lang: str) -> bool:
    return item.exhibit.kind != "figure" or is_drawn_in(run, item.exhibit, lang)


def _skeleton(kind: DocumentKind, lang: str) -> str:
    """The source of a document; all decks share one."""
    name = "deck/deck.qmd" if kind.is_deck else f"{kind.stem}.qmd"
    include = {"include": lambda part: _include(kind, part, lang)}
    return fill(name, lang, {"kind": kind, "generated": generated(lang), **include})


def _include(kind: DocumentKind, section: str, lang: str) -> Markdown:
    """The line that puts a section into the skeleton."""
    return Markdown(f"{{{{< include {generated(lang)}/{kind.part(section)}.qmd >}}}}")


def _parts(kind: DocumentKind, lang: str, values: dict[str, Any]) -> dict[str, str]:
    """Every section; the glossary last, because it explains the words the others use."""
    sections = [name for name in kind.sections if name != "glossary"]
    parts = {kind.part(name): fill(f"{name}.qmd", lang, values) for name in sections}
    if "glossary" in kind.sections:
        terms = glossary_grid(" ".join(parts.values()), lang=lang)
        parts[kind.part("glossary")] = fill("glossary.qmd", lang, {**values, "terms": terms})
    return parts
