"""Rules on a finished deck: text measured with its own font against its box, titles, descriptions, marks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.exc import PackageNotFoundError
from pptx.oxml.ns import qn
from pptx.util import Length

from omnisim.errors import ReportError
from omnisim.report.deck.look import EMU, LEAST, Box
from omnisim.report.deck.native import TITLES, title_text
from omnisim.report.deck.pieces import Run
from omnisim.report.deck.typeset import Typeface, pitch
from omnisim.report.lint.outline import Remark
from omnisim.report.lint.words import has_verb

_TITLE_LINES = 2
_INSETS = (7.2, 3.6)  # across and along, where a box says nothing [pt]
_SIZE = 18.0  # where nothing says a size [pt]
_SLACK = 1.0  # what no eye sees [pt]
_OVERLAP = 0.02  # of the smaller box
_PART = re.compile(r" ?[(（]\d+/\d+[)）]$")  # of a table that takes several slides
_SAY = "say the message in a sentence with a verb"
_SHOWN = 50  # characters of a text in a remark
_SHORT = 3  # signs of a text too short to overflow: a chip of the risk matrix, a number


def check_slides(
    file: Path, face: Typeface, *, mark: str = "", lang: str = "en"
) -> Iterator[Remark]:
    """What a partner would send back of the slides of a deck.

    Parameters
    ----------
    file : Path
        A PowerPoint file.
    face : Typeface
        The letters it is set in.
    mark : str
        What every slide must say when the data are simulated; empty when they are not.
    lang : str
        Language of the words.

    Raises
    ------
    ReportError
        When the file cannot be opened.
    """
    try:
        presentation = Presentation(str(file))
    except (PackageNotFoundError, KeyError, ValueError, OSError) as error:
        raise ReportError(f"{file.name}: is no PowerPoint file ({error})") from None
    room = Box(0, 0, presentation.slide_width / EMU, presentation.slide_height / EMU)
    usual = _usual_size(presentation)
    titles: list[str] = []
    for number, slide in enumerate(presentation.slides, 1):
        where = f"{file.name}, slide {number}"
        title = " ".join(title_text(slide).split())
        titles.append(title)
        yield from _on_title(slide, title, face, where)
        if title and number > 1 and not has_verb(_PART.sub("", title), lang=lang):
            yield Remark(where, f"the title {_short(title)} names a subject", _SAY)
        for shape in _shapes(slide.shapes):
            yield from _on_shape(shape, face, room, usual, where)
        yield from _on_overlaps(slide, where)
        words = " ".join(_texts(slide))
        if mark and mark not in words:
            yield Remark(where, f"does not say {mark!r}", "the data are simulated: mark each slide")
        if number > 1 and slide._element.find(f".//{qn('a:fld')}[@type='slidenum']") is None:
            yield Remark(where, "has no number", "insert the slide number")
    for title, count in Counter(titles).items():
        if title and count > 1:
            yield Remark(
                file.name,
                f"{count} slides have the title {_short(title)}",
                "give each slide a message of its own",
            )


def text_height(paragraphs: Sequence[Any], width: float, face: Typeface, *, size: float) -> float:
    """Height of the paragraphs of a text frame in a box of a width [pt].

    Parameters
    ----------
    paragraphs : sequence
        Of python-pptx.
    width : float
        Inner width of the box.
    face : Typeface
        The letters.
    size : float
        Where a paragraph says none.
    """
    total = 0.0
    for number, paragraph in enumerate(paragraphs):
        runs, own, _ = _runs(paragraph, size)
        properties = paragraph._p.pPr
        indent = 0.0 if properties is None else int(properties.get("marL") or 0) / EMU
        text = "".join(run.text for run in runs)
        lines = face.n_lines(runs, own, max(width - indent, 1.0))
        total += lines * _pitch(paragraph, own, text)
        total += 0.0 if number == 0 else _points(paragraph.space_before)
        total += 0.0 if number == len(paragraphs) - 1 else _points(paragraph.space_after)
    return total


def _on_title(slide: Any, title: str, face: Typeface, where: str) -> Iterator[Remark]:
    if not title:
        yield Remark(where, "has no title", "give it its message as the title")
        return
    shape = next(s for s in slide.placeholders if s.placeholder_format.type in TITLES)
    runs, size, _ = _runs(shape.text_frame.paragraphs[0], 24.0)
    bold = [Run(run.text, is_bold=True) for run in runs]
    if face.n_lines(bold, size, shape.width / EMU) > _TITLE_LINES:
        yield Remark(where, f"the title {_short(title)} has more than two lines", "say it shorter")


def _on_shape(shape: Any, face: Typeface, room: Box, usual: float, where: str) -> Iterator[Remark]:
    box = _box(shape)
    name = f"{where}, {shape.name!r}"
    if box is None:
        return
    out = max(-box.left, -box.top, box.right - room.right, box.bottom - room.bottom)
    if out > _SLACK:
        yield Remark(name, f"stands {out:.0f} pt outside the slide", "move or shrink it")
    description = shape._element.find(f".//{qn('p:cNvPr')}")
    if shape._element.tag == qn("p:pic") and not _says(description.get("descr")):
        yield Remark(name, "is a picture without a description", "say what it shows: alt text")
    if shape.has_table:
        yield from _on_table(shape, face, usual, name)
    elif shape.has_text_frame and shape.text_frame.text.strip():
        frame = shape.text_frame
        across, along = _insets(frame)
        size = _inherited(shape, usual)
        yield from _on_sizes(frame.paragraphs, size, name)
        needed = text_height(frame.paragraphs, box.width - across, face, size=size)
        over = needed + along - box.height
        if over > _SLACK and len(frame.text) > _SHORT:
            yield Remark(
                name,
                f"the text {_short(frame.text)} is {over:.0f} pt higher than its box",
                "shorten it or enlarge the box",
            )


def _on_table(shape: Any, face: Typeface, usual: float, name: str) -> Iterator[Remark]:
    table = shape.table
    widths = [column.width / EMU for column in table.columns]
    for number, row in enumerate(table.rows):
        for cell, width in zip(row.cells, widths, strict=True):
            if not cell.text.strip():
                continue
            across = (cell.margin_left + cell.margin_right) / EMU
            along = (cell.margin_top + cell.margin_bottom) / EMU
            paragraphs = cell.text_frame.paragraphs
            yield from _on_sizes(paragraphs, usual, f"{name}, row {number}")
            needed = text_height(paragraphs, width - across, face, size=usual) + along
            if needed - row.height / EMU > _SLACK:
                yield Remark(
                    f"{name}, row {number}",
                    f"the cell {_short(cell.text)} needs {needed:.0f} pt, the row has {row.height / EMU:.0f}",
                    "shorten it or split the table over two slides",
                )


def _on_sizes(paragraphs: Sequence[Any], size: float, name: str) -> Iterator[Remark]:
    sizes = [_runs(paragraph, size)[2] for paragraph in paragraphs if paragraph.text.strip()]
    least = min(sizes, default=LEAST)
    if least < LEAST:
        yield Remark(name, f"has text of {least:g} pt", f"take at least {LEAST:g} pt")


def _on_overlaps(slide: Any, where: str) -> Iterator[Remark]:
    """Two texts, tables or pictures in one place."""
    there = [
        (shape.name, box)
        for shape in slide.shapes
        if (shape.has_text_frame and shape.text_frame.text.strip())
        or shape.has_table
        or shape._element.tag == qn("p:pic")
        if (box := _box(shape)) is not None
    ]
    for (one, a), (other, b) in combinations(there, 2):
        wide = min(a.right, b.right) - max(a.left, b.left)
        high = min(a.bottom, b.bottom) - max(a.top, b.top)
        smaller = min(a.width * a.height, b.width * b.height)
        if wide > _SLACK and high > _SLACK and wide * high > _OVERLAP * smaller:
            yield Remark(where, f"{one!r} and {other!r} overlap", "move them apart")


def _runs(paragraph: Any, size: float) -> tuple[list[Run], float, float]:
    """The runs of a paragraph, breaks and fields among them, with the largest and the smallest type."""
    runs: list[Run] = []
    sizes: list[float] = []
    own = paragraph.font.size.pt if paragraph.font.size is not None else size
    for element in paragraph._p:
        if element.tag == qn("a:br"):
            runs.append(Run("\n"))
        elif element.tag in (qn("a:r"), qn("a:fld")):
            properties = element.find(qn("a:rPr"))
            given = None if properties is None else properties.get("sz")
            text = element.findtext(qn("a:t")) or ""
            is_bold = properties is not None and properties.get("b") in ("1", "true")
            runs.append(Run(text, is_bold))
            sizes += [int(given) / 100 if given else own] if text.strip() else []
    return runs, max(sizes, default=own), min(sizes, default=own)


def _pitch(paragraph: Any, size: float, text: str) -> float:
    spacing = paragraph.line_spacing
    if isinstance(spacing, Length):
        return float(spacing.pt)
    return pitch(size, text) * (float(spacing) if spacing else 1.0)


def _usual_size(presentation: Any) -> float:
    """The size of text in tables and boxes that say none."""
    found = presentation.part._element.find(
        f"{qn('p:defaultTextStyle')}/{qn('a:lvl1pPr')}/{qn('a:defRPr')}"
    )
    given = None if found is None else found.get("sz")
    return int(given) / 100 if given else _SIZE


def _inherited(shape: Any, usual: float) -> float:
    """The size of text that says none, of a placeholder from the styles of the master."""
    if not shape.is_placeholder:
        return usual
    kind = "titleStyle" if shape.placeholder_format.type in TITLES else "bodyStyle"
    master = shape.part.slide.slide_layout.slide_master._element
    found = master.find(f"{qn('p:txStyles')}/{qn(f'p:{kind}')}/{qn('a:lvl1pPr')}/{qn('a:defRPr')}")
    given = None if found is None else found.get("sz")
    return int(given) / 100 if given else usual


def _insets(frame: Any) -> tuple[float, float]:
    body = frame._txBody.bodyPr
    sides = {
        name: int(body.get(name)) / EMU if body.get(name) is not None else usual
        for name, usual in zip(
            ("lIns", "rIns", "tIns", "bIns"), (*_INSETS[:1] * 2, *_INSETS[1:] * 2), strict=True
        )
    }
    return sides["lIns"] + sides["rIns"], sides["tIns"] + sides["bIns"]


def _box(shape: Any) -> Box | None:
    if shape.left is None or shape.width is None:
        return None
    return Box(*(side / EMU for side in (shape.left, shape.top, shape.width, shape.height)))


def _shapes(shapes: Any) -> Iterator[Any]:
    """All shapes, those in groups too."""
    for shape in shapes:
        if shape._element.tag == qn("p:grpSp"):
            yield from _shapes(shape.shapes)
        else:
            yield shape


def _texts(slide: Any) -> Iterator[str]:
    for shape in _shapes(slide.shapes):
        if shape.has_text_frame:
            yield shape.text_frame.text


def _says(text: str | None) -> bool:
    return bool(
        text and text.strip() and not text.strip().lower().endswith((".png", ".jpg", ".svg"))
    )


def _points(length: Any) -> float:
    return 0.0 if length is None else float(length.pt)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…")
