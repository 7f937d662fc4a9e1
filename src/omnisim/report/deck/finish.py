"""PowerPoint files finished after Pandoc: native shapes in measured places, and equal bytes each time."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pptx import Presentation

from omnisim.report.deck.arrange import Canvas, draw_stack
from omnisim.report.deck.cover import draw_cover
from omnisim.report.deck.fitting import fit, fit_title, split_tables
from omnisim.report.deck.furniture import furnish
from omnisim.report.deck.look import BODY, LEAST, SECTION, TITLE, look_of
from omnisim.report.deck.native import (
    add_slide_after,
    drop_unused_pictures,
    empty_slide,
    matched,
    name_slides,
    number_shapes,
    title_of,
    write_notes,
)
from omnisim.report.deck.pictures import Pictures
from omnisim.report.deck.pieces import Exhibit, Piece, Slide
from omnisim.report.deck.reading import read_slides
from omnisim.report.deck.setting import (
    Setting,
    place_of,
    plain_line,
    settle_frame,
    text_box,
    write_lines,
)
from omnisim.report.deck.typeset import typeface_of
from omnisim.report.font_files import Face
from omnisim.report.fonts import language_of
from omnisim.report.office import repack, set_properties


@dataclass(frozen=True, slots=True)
class Deck:
    """What a draft is finished with.

    Attributes
    ----------
    tree : mapping
        Pandoc's tree of the source, before any filter.
    metadata : mapping
        Of the source and the files it names.
    folder : Path
        The report folder with the pictures.
    source : str
        Name of the source, for errors.
    faces : sequence of Face
        Files of the engagement's typeface; none for the brand's.
    date : datetime.date
        Written into the file.
    """

    tree: Mapping[str, Any]
    metadata: Mapping[str, Any]
    folder: Path
    source: str
    faces: Sequence[Face]
    date: dt.date


def finish_pptx(draft: Path, target: Path, deck: Deck) -> tuple[str, ...]:
    """Lay out every slide of a draft and write `target`; returns what the reader should know.

    A slide that holds something without a native shape is left as Pandoc made it.
    """
    presentation = Presentation(str(draft))
    look = look_of(deck.metadata)
    lang = language_of(deck.metadata)
    setting = Setting(typeface_of(deck.faces, look.family, lang), look, lang=lang)
    pictures = Pictures(deck.folder, deck.source)
    cover, pairs = matched(presentation, read_slides(deck.tree))
    if cover is not None:
        draw_cover(cover, deck.metadata, setting, pictures)
    notes: list[str] = []
    for native, slide in pairs:
        if not slide.is_known:
            notes.append(
                f"slide “{slide.title}” holds what has no native shape; it is as Pandoc made it"
            )
            continue
        here = native
        parts = list(_parts(slide, setting, pictures))
        most = min(fit(part.pieces, BODY, setting, pictures).size for part in parts)
        for number, part in enumerate(parts):
            here = here if number == 0 else add_slide_after(presentation, here)
            if _lay_out(here, part, setting, pictures, most=most):
                notes.append(
                    f"slide “{part.title}” was shortened; what it left out stands in its notes"
                )
    for number, native in enumerate(presentation.slides, 1):
        furnish(native, deck.metadata, setting, number=number)
        drop_unused_pictures(native)
        number_shapes(native)
    name_slides(presentation)
    set_properties(presentation.core_properties, deck.metadata, deck.date)
    out = io.BytesIO()
    presentation.save(out)
    target.write_bytes(repack(out.getvalue(), deck.date))
    return tuple(notes)


def _parts(slide: Slide, setting: Setting, pictures: Pictures) -> Iterator[Slide]:
    """A slide, or the numbered slides it becomes when its table is long."""
    parts = split_tables(slide.pieces, BODY, setting, pictures)
    for number, pieces in enumerate(parts, 1):
        part = f"（{number}/{len(parts)}）" if setting.lang == "zh" else f" ({number}/{len(parts)})"
        title = slide.title + (part if len(parts) > 1 else "")
        pieces = tuple(_without_echo(piece, slide.title) for piece in pieces)
        yield replace(slide, title=title, pieces=pieces)


def _without_echo(piece: Piece, title: str) -> Piece:
    """An exhibit whose title the slide says already."""
    is_echo = isinstance(piece, Exhibit) and piece.title == title
    return replace(piece, title="") if is_echo else piece  # type: ignore[arg-type]


def _lay_out(
    native: Any, slide: Slide, setting: Setting, pictures: Pictures, *, most: float
) -> bool:
    """Draw a slide in type of at most a size; whether something had to leave it."""
    empty_slide(native)
    if slide.section:
        line = plain_line(slide.section, LEAST, setting.look.muted)
        text_box(native, SECTION, [line], setting, name="Section")
    title, size = fit_title(slide.title, setting.face)
    shape = title_of(native)
    shape.left, shape.top, shape.width, shape.height = place_of(TITLE)
    settle_frame(shape.text_frame, anchor="bottom")
    line = plain_line(title, size, setting.look.ink, is_bold=True)
    write_lines(shape.text_frame, [line], look=setting.look, lang=setting.lang)
    fitted = fit(slide.pieces, BODY, setting, pictures, most=most)
    draw_stack(
        Canvas(native, pictures, slide.title), fitted.pieces, BODY, setting.of_size(fitted.size)
    )
    whole = (slide.title,) if title != slide.title else ()
    write_notes(native, (*whole, *fitted.left_out, *slide.notes))
    return bool(whole or fitted.left_out)
