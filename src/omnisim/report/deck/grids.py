"""Tables: column widths from the letters in them, rows as high as their text, drawn as native tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn

from omnisim.report.deck.look import LEAST, Box, Look
from omnisim.report.deck.pieces import Cell, Run, Table
from omnisim.report.deck.setting import (
    Line,
    Setting,
    emu,
    height_of,
    place_of,
    write_lines,
)
from omnisim.report.deck.typeset import ROOM, words_of

PAD, AIR = 5.0, 3.0  # white beside and above the text of a cell [pt]
_MOST_AIR = 14.0  # what a row grows by where a slide has room
_LONG = 0.6  # of the table's width: what one column asks for at most
_WHOLE = 6.0  # font sizes up to which a cell stays on one line
_LONGEST_WORD = 16.0  # font sizes beyond which a word may break
_NO_GRID = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # the style without lines or fills


@dataclass(frozen=True, slots=True)
class Measured:
    """A table with its room [pt].

    Attributes
    ----------
    widths : tuple of float
        Of the columns.
    heights : tuple of float
        Of the header and each row.
    """

    widths: tuple[float, ...]
    heights: tuple[float, ...]

    @property
    def height(self) -> float:
        """Height of the whole table."""
        return sum(self.heights)


def measure_table(
    table: Table, width: float, setting: Setting, *, least_row: float = 0.0
) -> Measured:
    """Column widths and row heights of a table in a box of a width."""
    widths = _column_widths(table, width, setting)
    heights = [
        max(
            least_row,
            2 * AIR
            + max(_cell_height(cell, w, setting) for cell, w in zip(row, widths, strict=True)),
        )
        for row in (_bold(table.header), *table.rows)
    ]
    if not any(cell.text.strip() for cell in table.header):
        heights[0] = 2 * AIR
    return Measured(widths, tuple(heights))


def stretch(measured: Measured, height: float) -> Measured:
    """The same with rows as high as the box allows, within reason."""
    rows = len(measured.heights)
    more = min(max(height - measured.height, 0.0) / rows, _MOST_AIR)
    return replace(measured, heights=tuple(h + more for h in measured.heights))


def draw_table(
    slide: Any, table: Table, box: Box, measured: Measured, setting: Setting, *, name: str, alt: str
) -> Any:
    """A native table at the top of a box."""
    rows = (_bold(table.header), *table.rows)
    frame = slide.shapes.add_table(
        len(rows), len(measured.widths), *place_of(replace(box, height=measured.height))
    )
    frame.name = name
    frame._element.nvGraphicFramePr.cNvPr.set("descr", alt)
    native = frame.table
    properties = native._tbl.tblPr
    properties.set("bandRow", "0")
    style = properties.find(qn("a:tableStyleId"))
    style.text = _NO_GRID
    for column, width in zip(native.columns, measured.widths, strict=True):
        column.width = emu(width)
    for r, (row, height) in enumerate(zip(rows, measured.heights, strict=True)):
        native.rows[r].height = emu(height)
        for c, cell in enumerate(row):
            target = native.cell(r, c)
            lines = _cell_lines(cell, setting, align=table.align[c])
            write_lines(target.text_frame, lines, look=setting.look, lang=setting.lang)
            _rule(target._tc, setting.look, is_header=r == 0)
    return frame


def cell_lines(cell: Cell, setting: Setting) -> tuple[Line, ...]:
    """The words of a cell set in type."""
    return _cell_lines(cell, setting)


def _bold(header: Sequence[Cell]) -> tuple[Cell, ...]:
    return tuple(Cell(tuple(replace(run, is_bold=True) for run in cell.runs)) for cell in header)


def _column_widths(table: Table, width: float, setting: Setting) -> tuple[float, ...]:
    """Its longest word first, what is left by the length of its text."""
    columns = list(zip(_bold(table.header), *table.rows, strict=True))
    least = [max(_longest_word(cell, setting) for cell in column) for column in columns]
    natural = [
        min(max(_one_line(cell, setting) for cell in column), max(_LONG * width, low))
        for column, low in zip(columns, least, strict=True)
    ]
    spare = width - sum(least)
    wishes = [wish - low for wish, low in zip(natural, least, strict=True)]
    asked = sum(wishes)
    if spare <= 0 or asked <= 0:
        scale = width / sum(least)
        return tuple(low * scale for low in least)
    if asked >= spare:
        return tuple(low + spare * wish / asked for low, wish in zip(least, wishes, strict=True))
    scale = width / sum(natural)
    return tuple(wish * scale for wish in natural)


def _longest_word(cell: Cell, setting: Setting) -> float:
    """Width from which no word of a cell breaks; a short cell does not break at all."""
    whole = _one_line(cell, setting)
    if whole <= _WHOLE * setting.small:
        return whole
    longest = max(
        (
            setting.face.width(word, setting.small, is_bold=is_bold)
            for word, is_bold in words_of(_marked_bold(cell))
        ),
        default=0.0,
    )
    return min(longest, _LONGEST_WORD * setting.small) / ROOM + 2 * PAD + 1


def _one_line(cell: Cell, setting: Setting) -> float:
    long = sum(
        setting.face.width(run.text, setting.small, is_bold=run.is_bold)
        for run in _marked_bold(cell)
    )
    return long / ROOM + 2 * PAD + 1


def _marked_bold(cell: Cell) -> tuple[Run, ...]:
    """Marked words are set in bold."""
    return tuple(replace(run, is_bold=run.is_bold or bool(run.mark)) for run in cell.runs)


def _cell_height(cell: Cell, width: float, setting: Setting) -> float:
    lines = _cell_lines(cell, setting)
    return height_of(lines, setting.face, width - 2 * PAD)


def _cell_lines(cell: Cell, setting: Setting, *, align: Any = "left") -> tuple[Line, ...]:
    return (
        Line(
            _marked_bold(cell) or (Run(" "),),
            max(setting.small, LEAST),
            setting.look.ink,
            align=align,
        ),
    )


def _rule(tc: Any, look: Look, *, is_header: bool) -> None:
    """Ink above and below the header, a faint line below each row."""
    if tc.tcPr is not None:
        tc.remove(tc.tcPr)
    sides = [("lnT", look.ink, 1.25)] if is_header else []
    sides.append(("lnB", look.ink, 1.0) if is_header else ("lnB", look.faint, 0.5))
    lines = "".join(
        f'<a:{side} w="{emu(width)}" cap="flat" cmpd="sng" algn="ctr"><a:solidFill>'
        f'<a:srgbClr val="{colour}"/></a:solidFill><a:prstDash val="solid"/></a:{side}>'
        for side, colour, width in sides
    )
    properties = parse_xml(f"<a:tcPr {nsdecls('a')}>{lines}<a:noFill/></a:tcPr>")
    properties.set("anchor", "b" if is_header else "ctr")
    for key, value in (("marL", PAD), ("marR", PAD), ("marT", AIR), ("marB", AIR)):
        properties.set(key, str(emu(value)))
    tc.append(properties)
