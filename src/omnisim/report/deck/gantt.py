"""A plan over time: a native table of who does what, with bars and gates drawn over its periods."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from pptx.enum.shapes import MSO_SHAPE

from omnisim.report.deck.grids import Measured, draw_table, measure_table, stretch
from omnisim.report.deck.look import Box
from omnisim.report.deck.pieces import Cell, Table
from omnisim.report.deck.setting import Setting, solid

_LEAST_ROW = 20.0
_BAR, _GATE = 11.0, 12.0  # height of a bar, side of a diamond [pt]
_DRAWN = ("om-bar", "om-gate")
_PERIODS = 0.4  # of the width: for the periods together


def measure_gantt(table: Table, width: float, setting: Setting) -> Measured:
    """Room of the plan; its periods are equally wide."""
    first = _first_period(table)
    n = len(table.header) - first
    words = replace(
        table,
        header=table.header[:first],
        rows=tuple(row[:first] for row in table.rows),
        align=table.align[:first],
        widths=table.widths[:first],
    )
    measured = measure_table(words, width * (1 - _PERIODS), setting, least_row=_LEAST_ROW)
    widths = (*measured.widths, *[width * _PERIODS / n] * n)
    return Measured(widths, measured.heights)


def draw_gantt(slide: Any, table: Table, box: Box, setting: Setting, *, alt: str) -> None:
    """The table without its marks, then a bar for each stretch of marked periods."""
    measured = stretch(measure_gantt(table, box.width, setting), box.height)
    bare = replace(table, rows=tuple(tuple(_bare(cell) for cell in row) for row in table.rows))
    draw_table(slide, bare, box, measured, setting, name="Plan", alt=alt)
    top = box.top + measured.heights[0]
    for row, height in zip(table.rows, measured.heights[1:], strict=True):
        middle = top + height / 2
        for start, end in _stretches(row):
            left = box.left + sum(measured.widths[:start]) + 4
            right = box.left + sum(measured.widths[:end]) - 4
            place = Box(left, middle - _BAR / 2, right - left, _BAR)
            name = f"Bar {row[0].text}"
            solid(slide, place, setting.look.accent, name=name, kind=MSO_SHAPE.ROUNDED_RECTANGLE)
        for c, cell in enumerate(row):
            if cell.mark == "om-gate":
                centre = box.left + sum(measured.widths[: c + 1])
                place = Box(centre - _GATE / 2 - 8, middle - _GATE / 2, _GATE, _GATE)
                name = f"Gate {cell.text}"
                solid(slide, place, setting.look.alert, name=name, kind=MSO_SHAPE.DIAMOND)
        top += height


def _bare(cell: Cell) -> Cell:
    return Cell(()) if cell.mark in _DRAWN else cell


def _first_period(table: Table) -> int:
    """The periods are the centred columns at the end."""
    n = len(table.align)
    while n > 1 and table.align[n - 1] == "center":
        n -= 1
    return min(n, len(table.align) - 1)


def _stretches(row: Sequence[Cell]) -> Iterator[tuple[int, int]]:
    """First and one past the last of neighbouring marked cells."""
    start = -1
    for c, cell in enumerate([*row, Cell(())]):
        if cell.mark == "om-bar" and start < 0:
            start = c
        elif cell.mark != "om-bar" and start >= 0:
            yield start, c
            start = -1
