"""A rule on two documents: what one language shows, the other shows too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from omnisim.language import LANGUAGES
from omnisim.report.lint.outline import Outline, Remark


def check_twins(outlines: Sequence[Outline]) -> Iterator[Remark]:
    """Exhibits that a document shows in one language only."""
    by_name = {outline.source.name: outline for outline in outlines}
    for name, english in by_name.items():
        for lang in LANGUAGES[1:]:
            other = by_name.get(f"{name.removesuffix('.qmd')}.{lang}.qmd")
            if other is not None:
                yield from _lacking(other, english)
                yield from _lacking(english, other)


def _lacking(outline: Outline, twin: Outline) -> Iterator[Remark]:
    shown = {block.identifier for block in outline.of_class("om-exhibit")}
    for block in twin.of_class("om-exhibit"):
        if block.identifier not in shown:
            yield Remark(
                outline.source.name,
                f"has no exhibit #{block.identifier}, which {twin.source.name} shows",
                "show it in both languages or in none",
            )
