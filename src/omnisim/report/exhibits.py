"""Exhibits as Markdown: figures copied beside the report, tables written out, both with their source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pyarrow as pa

from omnisim.errors import ResultError
from omnisim.language import join_texts, long_date, say
from omnisim.report.escape import attribute, escape, key, plain
from omnisim.report.loading import Run
from omnisim.report.registry import generated
from omnisim.report.tables import (
    MAX_ROWS,
    Markdown,
    frame_grid,
    least_width,
    pipe_table,
)
from omnisim.report.wording import counted, translations_of, worded
from omnisim.results import Exhibit

_KEPT_ROWS = 14  # up to this many rows a table is not broken over pages
_LISTED = 3  # more references in a row are given as from-to
_UPRIGHT = 104  # characters of a line of small type on an upright page
_AROUND, _ROW, _TEXT_WIDTH = 24.0, 6.3, 162.0  # mm: title and note, a row, the text of a page
_USUAL_SHAPE = 0.55  # height over width of a figure that does not say it
_SVG_HEAD = 2000  # characters in which an SVG says its size
_SVG_SIDE = {side: re.compile(rf'<svg[^>]*\s{side}="([\d.]+)') for side in ("width", "height")}
_LONG_TABLE = 20  # from this many rows on as well
_WIDE_TABLE = 7  # from this many columns on, a table is set smaller


@dataclass(frozen=True, slots=True)
class Shown:
    """An exhibit with the question it belongs to."""

    question_id: str
    exhibit: Exhibit

    @property
    def anchor(self) -> str:
        """Identifier of the exhibit in the document, stable between runs."""
        return f"exh-{key(self.question_id)}-{key(self.exhibit.name)}".replace("_", "-")

    @property
    def figure_name(self) -> str:
        """File name of the figure in the report folder, without suffix."""
        return f"{key(self.question_id)}-{key(self.exhibit.name)}".replace("_", "-")


def exhibits_of(run: Run, question_id: str) -> tuple[Shown, ...]:
    """All exhibits of one question."""
    return tuple(Shown(question_id, exhibit) for exhibit in run.exhibits(question_id))


def exhibit_markdown(run: Run, shown: Shown, *, lang: str = "en") -> Markdown:
    """One exhibit with its action title, subtitle, body and note of source, base and period."""
    item = shown.exhibit
    words = translations_of(run.results.get(shown.question_id), lang)
    body, is_short = (
        (_figure(shown, lang, words), True)
        if item.kind == "figure"
        else _table(run, item, lang, words)
    )
    keep = " .om-landscape" if is_wide(run, item) else " .om-keep" if is_short else ""
    title, subtitle = (escape(worded(text, lang, words)) for text in (item.title, item.subtitle))
    parts = [
        f"::: {{#{shown.anchor} .om-exhibit .om-exhibit-{item.kind}{keep}}}",
        f"[{title}]{{.om-exhibit-title}}",
        f"[{subtitle}]{{.om-exhibit-subtitle}}" if plain(item.subtitle) else "",
        body,
        f"[{escape(_note(run, item, lang, words))}]{{.om-exhibit-note}}",
        ":::",
    ]
    return Markdown("\n\n".join(part for part in parts if part))


def is_wide(run: Run, item: Exhibit) -> bool:
    """Whether a table has no room on an upright page."""
    return item.kind == "table" and _width_of(*_stamped(run, item)) > _UPRIGHT


def least_height(run: Run, shown: Shown) -> float:
    """Height of an exhibit on an upright page with its title and note [mm]; a table's rows as single lines."""
    if shown.exhibit.kind == "table":
        return _AROUND + _ROW * (1 + min(len(read_table(run, shown.exhibit)), MAX_ROWS))
    return _AROUND + _TEXT_WIDTH * shape_of(run, shown)


def shape_of(run: Run, shown: Shown) -> float:
    """Height over width of a figure."""
    head = run.file(shown.exhibit, ".svg").read_text(encoding="utf-8", errors="replace")[:_SVG_HEAD]
    sides = [_SVG_SIDE[name].search(head) for name in ("width", "height")]
    width, height = (float(found.group(1)) if found else 0.0 for found in sides)
    return height / width if width > 0 and height > 0 else _USUAL_SHAPE


def in_reading_order(
    run: Run, items: Iterable[Shown], *, turned_first: bool = False
) -> list[Shown]:
    """Exhibits in their order, those on turned pages last, or first directly below a heading.

    A turned page ends the page before it; a heading above goes with it.
    """
    return sorted(items, key=lambda item: is_wide(run, item.exhibit) != turned_first)


def reference(shown: Shown, *, lang: str = "en") -> Markdown:
    """A link to an exhibit; the number is filled in when the document is made."""
    return Markdown(f"[{worded('Exhibit', lang)}](#{shown.anchor}){{.om-ref}}")


def references(items: Iterable[Shown], *, lang: str = "en") -> Markdown:
    """Links to several exhibits in words; empty for none."""
    links = [reference(item, lang=lang) for item in items]
    if len(links) > _LISTED:
        return Markdown(worded(say("{first} to {last}", first=links[0], last=links[-1]), lang))
    if len(links) < 2:
        return Markdown("".join(links))
    first = join_texts(links[:-1], by=", ", zh="、")
    return Markdown(worded(say("{names} and {last}", names=first, last=links[-1]), lang))


def figure_files(run: Run, shown: Iterable[Shown], *, lang: str = "en") -> dict[str, Path]:
    """Path in the report folder -> file of the run, for every figure shown, in the language if drawn."""
    return {
        f"{generated(lang)}/figures/{item.figure_name}{suffix}": run.file(
            item.exhibit, f".{lang}{suffix}" if is_drawn_in(run, item.exhibit, lang) else suffix
        )
        for item in shown
        if item.exhibit.kind == "figure"
        for suffix in (".svg", ".png")
    }


def is_drawn_in(run: Run, item: Exhibit, lang: str) -> bool:
    """Whether the run holds a figure in another language, as SVG and as PNG."""
    return lang != "en" and all(run.holds(item, f".{lang}{end}") for end in (".svg", ".png"))


def _figure(shown: Shown, lang: str, words: Mapping[str, str]) -> str:
    alt = worded(shown.exhibit.alt or shown.exhibit.title, lang, words)
    folder = f"{generated(lang)}/figures"
    return f"![]({folder}/{shown.figure_name}.svg){{fig-alt={attribute(alt)}}}"


def _table(run: Run, item: Exhibit, lang: str, words: Mapping[str, str]) -> tuple[str, bool]:
    """The table, and whether it is short enough to stay on one page."""
    frame = read_table(run, item)
    if frame.empty:
        return worded(say("There are no rows to show."), lang), True
    is_large = frame.shape[1] >= _WIDE_TABLE or len(frame) > _LONG_TABLE
    size = ".om-small" if is_large else ".om-normal"
    table = pipe_table(frame_grid(frame), lang=lang, words=words)
    text = f"::: {{.om-table {size}}}\n\n{table}\n\n:::{_cut(len(frame), lang)}"
    return text, len(frame) <= _KEPT_ROWS


def read_table(run: Run, item: Exhibit) -> pd.DataFrame:
    """The rows of a table exhibit.

    Raises
    ------
    ResultError
        When its file is missing or damaged.
    """
    return _frame(*_stamped(run, item))


def _stamped(run: Run, item: Exhibit) -> tuple[str, Path, int]:
    """Name and file of a table, and when the file was written."""
    path = run.file(item)
    return item.name, path, path.stat().st_mtime_ns


@lru_cache(maxsize=128)  # each document and each language asks again
def _frame(name: str, path: Path, _written: int) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except (OSError, pa.ArrowException) as error:
        raise ResultError(f"exhibit {name}: {path} is not a Parquet file ({error})") from None


@lru_cache(maxsize=1024)
def _width_of(name: str, path: Path, written: int) -> int:
    return least_width(frame_grid(_frame(name, path, written)))


def _cut(n_rows: int, lang: str) -> str:
    if n_rows <= MAX_ROWS:
        return ""
    sentence = say(
        "The first {shown} of {n} rows; all are in the run folder.",
        shown=MAX_ROWS,
        n=f"{n_rows:,}",
    )
    return f"\n\n[{worded(sentence, lang)}]{{.om-exhibit-note}}"


def _note(run: Run, item: Exhibit, lang: str, words: Mapping[str, str]) -> str:
    """Source, base and period of an exhibit, and what its notebook adds."""
    source = run.source
    said = say(
        "Source: {source}; n = {base}; {first} to {last}.",
        source=item.source,
        base=counted(item.n, item.n_of),
        first=long_date(source.first_date),
        last=long_date(source.last_date),
    )
    apart = " " if lang == "en" else ""
    return f"{worded(said, lang)}{apart}{worded(item.note.strip(), lang, words)}".rstrip()
