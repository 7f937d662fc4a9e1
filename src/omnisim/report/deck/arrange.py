"""Where the pieces of a slide go: each as high as its text, pictures and plans take what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from omnisim.report.deck.cards import cards_height, draw_cards
from omnisim.report.deck.gantt import draw_gantt, measure_gantt
from omnisim.report.deck.grids import draw_table, measure_table, stretch
from omnisim.report.deck.heat import draw_heat, heat_heights
from omnisim.report.deck.look import GAP, Box
from omnisim.report.deck.pictures import Pictures
from omnisim.report.deck.pieces import (
    Cards,
    Columns,
    Exhibit,
    Figure,
    Paragraph,
    Piece,
    Run,
    Table,
    Words,
)
from omnisim.report.deck.setting import Setting, height_of, lines_of, solid, text_box

_BOX_PAD = (12.0, 8.0)  # white inside a message, across and along
_BAR = 4.0  # the bar beside a message
_LEAST_PICTURE = 150.0
_LEAST_SPLIT = 24.0  # between columns
_MORE_GAP = 12.0  # between pieces where there is room
_ROW_GROWS = 14.0  # a table's rows where there is room


@dataclass(frozen=True, slots=True)
class Need:
    """Height a piece needs, and the most it makes use of [pt]."""

    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Canvas:
    """A slide to draw on.

    Attributes
    ----------
    slide : pptx.slide.Slide
        The slide.
    pictures : Pictures
        Files of the report folder.
    title : str
        Message of the slide, the description of what has none of its own.
    """

    slide: Any
    pictures: Pictures
    title: str


def need(piece: Piece, width: float, setting: Setting, pictures: Pictures) -> Need:
    """What a piece needs in a box of a width."""
    match piece:
        case Words():
            high = _words_height(piece, width, setting)
            return Need(high, high)
        case Cards():
            high = cards_height(piece, width, setting)
            return Need(high, high)
        case Figure():
            natural = width * pictures.shape_of(piece.file)
            return Need(min(_LEAST_PICTURE, natural), natural)
        case Table(kind="heat"):
            return Need(*heat_heights(piece))
        case Table(kind="gantt"):
            measured = measure_gantt(piece, width, setting)
            return Need(measured.height, measured.height + _ROW_GROWS * len(measured.heights))
        case Table():
            measured = measure_table(piece, width, setting)
            return Need(measured.height, measured.height + _ROW_GROWS * len(measured.heights))
        case Exhibit():
            head, foot = _around(piece, width, setting)
            inner = _stack_need(piece.body, width, setting, pictures)
            return Need(head + inner.least + foot, head + inner.most + foot)
        case Columns():
            needs = [
                _stack_need(column, share, setting, pictures)
                for column, share in zip(piece.columns, column_widths(piece, width), strict=True)
            ]
            return Need(max(n.least for n in needs), max(n.most for n in needs))


def stack_heights(
    pieces: Sequence[Piece], box: Box, setting: Setting, pictures: Pictures
) -> list[float] | None:
    """Heights of pieces below one another in a box; None when they do not fit."""
    needs = [need(piece, box.width, setting, pictures) for piece in pieces]
    room = box.height - GAP * max(len(pieces) - 1, 0)
    spare = room - sum(n.least for n in needs)
    if spare < -0.5:  # half a point is less than any eye sees
        return None
    asked = sum(n.most - n.least for n in needs)
    share = min(1.0, max(spare, 0.0) / asked) if asked > 0 else 0.0
    return [n.least + share * (n.most - n.least) for n in needs]


def draw_stack(canvas: Canvas, pieces: Sequence[Piece], box: Box, setting: Setting) -> None:
    """Draw pieces below one another; they have been made to fit."""
    heights = stack_heights(pieces, box, setting, canvas.pictures)
    if heights is None:
        heights = [need(p, box.width, setting, canvas.pictures).least for p in pieces]
    spare = box.height - sum(heights) - GAP * max(len(pieces) - 1, 0)
    gap = GAP + min(max(spare, 0.0) / max(len(pieces), 1), _MORE_GAP)
    top = box.top
    for piece, height in zip(pieces, heights, strict=True):
        _draw(canvas, piece, Box(box.left, top, box.width, height), setting)
        top += height + gap


def column_widths(piece: Columns, width: float) -> list[float]:
    """Widths of columns with white between them."""
    room = width - _LEAST_SPLIT * (len(piece.columns) - 1)
    return [room * share for share in piece.shares]


def _stack_need(
    pieces: Sequence[Piece], width: float, setting: Setting, pictures: Pictures
) -> Need:
    needs = [need(piece, width, setting, pictures) for piece in pieces]
    gaps = GAP * max(len(pieces) - 1, 0)
    return Need(sum(n.least for n in needs) + gaps, sum(n.most for n in needs) + gaps)


def _words_height(piece: Words, width: float, setting: Setting) -> float:
    across, along = _BOX_PAD if piece.box else (0.0, 0.0)
    inner = width - 2 * across - (_BAR if piece.box else 0.0)
    return height_of(lines_of(piece.paragraphs, setting), setting.face, inner) + 2 * along


def _around(piece: Exhibit, width: float, setting: Setting) -> tuple[float, float]:
    """Room above and below the body of an exhibit."""
    head = height_of(lines_of(_head(piece), setting), setting.face, width)
    foot = height_of(lines_of(_foot(piece), setting), setting.face, width)
    return head + (6.0 if head else 0.0), foot + (5.0 if foot else 0.0)


def _head(piece: Exhibit) -> tuple[Paragraph, ...]:
    head = (
        Paragraph((Run(piece.title),), "title"),
        Paragraph((Run(piece.subtitle),), "subtitle"),
    )
    return tuple(paragraph for paragraph in head if paragraph.text)


def _foot(piece: Exhibit) -> tuple[Paragraph, ...]:
    return (Paragraph((Run(piece.note),), "note"),) if piece.note else ()


def _draw(canvas: Canvas, piece: Piece, box: Box, setting: Setting) -> None:
    match piece:
        case Words():
            _draw_words(canvas, piece, box, setting)
        case Cards():
            draw_cards(canvas.slide, piece, box, setting)
        case Figure():
            _draw_figure(canvas, piece, box)
        case Table(kind="heat"):
            draw_heat(canvas.slide, piece, box, setting)
        case Table(kind="gantt"):
            draw_gantt(canvas.slide, piece, box, setting, alt=canvas.title)
        case Table():
            measured = stretch(measure_table(piece, box.width, setting), box.height)
            draw_table(canvas.slide, piece, box, measured, setting, name="Table", alt=canvas.title)
        case Exhibit():
            _draw_exhibit(canvas, piece, box, setting)
        case Columns():
            left = box.left
            for column, width in zip(piece.columns, column_widths(piece, box.width), strict=True):
                draw_stack(canvas, column, Box(left, box.top, width, box.height), setting)
                left += width + _LEAST_SPLIT


def _draw_words(canvas: Canvas, piece: Words, box: Box, setting: Setting) -> None:
    from pptx.enum.shapes import MSO_SHAPE

    lines = lines_of(piece.paragraphs, setting)
    if not piece.box:
        text_box(canvas.slide, box, lines, setting, name="Text")
        return
    look = setting.look
    is_message = piece.box == "message"
    bar = Box(box.left, box.top, _BAR, box.height)
    colour = look.accent if is_message else look.faint
    inner = Box(box.left + _BAR, box.top, box.width - _BAR, box.height)
    fill = look.tint if is_message else ""
    name = "Message" if is_message else "Notice"
    solid(canvas.slide, bar, colour, name=f"{name} bar", kind=MSO_SHAPE.RECTANGLE)
    text_box(canvas.slide, inner, lines, setting, name=name, insets=_BOX_PAD, fill=fill)


def _draw_figure(canvas: Canvas, piece: Figure, box: Box) -> float:
    """As large as the box allows; returns its height."""
    shape = canvas.pictures.shape_of(piece.file)
    width = min(box.width, box.height / shape)
    place = Box(box.left, box.top, width, width * shape)
    canvas.pictures.draw(canvas.slide, piece, place)
    return place.height


def _draw_exhibit(canvas: Canvas, piece: Exhibit, box: Box, setting: Setting) -> None:
    head, foot = _around(piece, box.width, setting)
    body = Box(box.left, box.top + head, box.width, box.height - head - foot)
    if head:
        lines = lines_of(_head(piece), setting)
        place = Box(box.left, box.top, box.width, head)
        text_box(canvas.slide, place, lines, setting, name="Exhibit title")
    if len(piece.body) == 1 and isinstance(piece.body[0], Figure):
        used = _draw_figure(canvas, piece.body[0], body)
    else:
        draw_stack(canvas, piece.body, body, setting)
        used = body.height
    if foot:
        lines = lines_of(_foot(piece), setting)
        place = Box(box.left, body.top + used + 5.0, box.width, foot - 5.0)
        text_box(canvas.slide, place, lines, setting, name="Source")
