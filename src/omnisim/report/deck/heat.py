"""The risk matrix as native shapes: grounds coloured by level, a chip for each risk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import PP_ALIGN

from omnisim.report.deck.look import CHIPS, GROUNDS, LEAST, Box
from omnisim.report.deck.pieces import Cell, Run, Table
from omnisim.report.deck.setting import (
    Line,
    Setting,
    plain_line,
    settle_frame,
    solid,
    text_box,
    write_lines,
)

LEAST_ROW, MOST_ROW = 34.0, 62.0  # height of a row of the matrix [pt]
_LABEL = 78.0  # room for the words of the steps up the side
_FOOT = 18.0  # and below the matrix
_CAPTION = 16.0
_CHIP = Box(0, 0, 32, 16)
_SPACE = 3.0


def heat_heights(table: Table) -> tuple[float, float]:
    """Least and most height of the matrix [pt]."""
    around = _FOOT + _CAPTION
    rows = len(table.rows)
    return rows * LEAST_ROW + around, rows * MOST_ROW + around


def draw_heat(slide: Any, table: Table, box: Box, setting: Setting) -> None:
    """Rows from the highest step of impact, columns from the lowest of likelihood."""
    rows, columns = len(table.rows), len(table.header) - 1
    high = (box.height - _FOOT - _CAPTION) / rows
    wide = (box.width - _LABEL) / columns
    look = setting.look
    caption = [plain_line(table.header[0].text, LEAST, look.muted)]
    text_box(slide, Box(box.left, box.top, box.width, _CAPTION), caption, setting, name="Axes")
    top = box.top + _CAPTION
    for r, row in enumerate(table.rows):
        place = Box(box.left, top + r * high, _LABEL - 6, high)
        words = [plain_line(row[0].text, LEAST, look.ink, align="right")]
        text_box(slide, place, words, setting, name=f"Impact {rows - r}", anchor="middle")
        for c, cell in enumerate(row[1:]):
            ground = Box(box.left + _LABEL + c * wide, top + r * high, wide, high)
            _draw_cell(slide, cell, ground, setting, name=f"Cell {rows - r}-{c + 1}")
    for c, cell in enumerate(table.header[1:]):
        place = Box(box.left + _LABEL + c * wide, top + rows * high + 3, wide, _FOOT - 3)
        words = [plain_line(cell.text, LEAST, look.ink, align="center")]
        text_box(slide, place, words, setting, name=f"Likelihood {c + 1}")


def _draw_cell(slide: Any, cell: Cell, ground: Box, setting: Setting, *, name: str) -> None:
    colour = GROUNDS.get(cell.mark, setting.look.tint)
    solid(slide, ground, colour, name=name, kind=MSO_SHAPE.RECTANGLE, line="FFFFFF")
    chips = [
        Run(word, mark=run.mark)
        for run in cell.runs[1:]
        for word in run.text.split()
        if any(char.isalnum() for char in word)
    ]
    for chip, place in zip(chips, _places(len(chips), ground), strict=False):
        shape = solid(
            slide,
            place,
            CHIPS.get(chip.mark, setting.look.ink),
            name=f"Risk {chip.text}",
            kind=MSO_SHAPE.ROUNDED_RECTANGLE,
        )
        settle_frame(shape.text_frame, anchor="middle")
        line = Line((Run(chip.text),), LEAST, "FFFFFF", is_bold=True, align="center")
        write_lines(shape.text_frame, [line], look=setting.look, lang=setting.lang)
        shape.text_frame.paragraphs[0].alignment = PP_ALIGN.CENTER


def _places(count: int, ground: Box) -> Sequence[Box]:
    """Chips in rows, in the middle of a cell."""
    a_row = max(1, int((ground.width - _SPACE) // (_CHIP.width + _SPACE)))
    n_rows = -(-count // a_row)
    top = ground.top + (ground.height - n_rows * (_CHIP.height + _SPACE) + _SPACE) / 2
    made = []
    for number in range(count):
        r, c = divmod(number, a_row)
        in_row = min(a_row, count - r * a_row)
        left = ground.left + (ground.width - in_row * (_CHIP.width + _SPACE) + _SPACE) / 2
        made.append(
            Box(
                left + c * (_CHIP.width + _SPACE),
                top + r * (_CHIP.height + _SPACE),
                _CHIP.width,
                _CHIP.height,
            )
        )
    return made
