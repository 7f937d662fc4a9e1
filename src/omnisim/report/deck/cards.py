"""Key numbers as cards of equal size, values on one line."""

from __future__ import annotations

from typing import Any

from pptx.enum.shapes import MSO_SHAPE

from omnisim.report.deck.look import LEAST, Box
from omnisim.report.deck.pieces import Cards
from omnisim.report.deck.setting import Line, Setting, height_of, plain_line, solid, text_box

_GAP, _PAD, _BAR = 12.0, 11.0, 3.0  # between cards, inside them, the line above them
_BETWEEN = 2.0
_VALUES = (30.0, 28.0, 26.0, 24.0, 22.0, 20.0, 18.0, 16.0, 14.0, 12.0)


def cards_height(piece: Cards, width: float, setting: Setting) -> float:
    """Height of a row of cards [pt]."""
    return sum(_parts(piece, _inner(piece, width), setting)) + 2 * _PAD + 2 * _BETWEEN + _BAR


def draw_cards(slide: Any, piece: Cards, box: Box, setting: Setting) -> None:
    """Cards side by side: a tinted ground, a line above it, label, value and note."""
    inner = _inner(piece, box.width)
    heights = _parts(piece, inner, setting)
    size = _value_size(piece, inner, setting)
    for number, card in enumerate(piece.cards, 1):
        left = box.left + (number - 1) * (inner + 2 * _PAD + _GAP)
        ground = Box(left, box.top, inner + 2 * _PAD, box.height)
        solid(slide, ground, setting.look.tint, name=f"Card {number}", kind=MSO_SHAPE.RECTANGLE)
        bar = Box(left, box.top, ground.width, _BAR)
        solid(slide, bar, setting.look.accent, name=f"Card {number} rule", kind=MSO_SHAPE.RECTANGLE)
        top = box.top + _BAR + _PAD
        parts = (
            ("label", _label(card.label, setting)),
            ("value", _value(card.value, size, setting)),
            ("note", _note(card.note, setting)),
        )
        for (word, line), height in zip(parts, heights, strict=True):
            place = Box(left + _PAD, top, inner, height)
            anchor: Any = "bottom" if word == "label" else "top"
            text_box(slide, place, [line], setting, name=f"Card {number} {word}", anchor=anchor)
            top += height + _BETWEEN


def _inner(piece: Cards, width: float) -> float:
    n = len(piece.cards)
    return (width - (n - 1) * _GAP) / n - 2 * _PAD


def _parts(piece: Cards, inner: float, setting: Setting) -> tuple[float, float, float]:
    """Heights of label, value and note: the highest of each."""
    size = _value_size(piece, inner, setting)
    face, cards = setting.face, piece.cards
    return (
        max(height_of([_label(card.label, setting)], face, inner) for card in cards),
        max(height_of([_value(card.value, size, setting)], face, inner) for card in cards),
        max(height_of([_note(card.note, setting)], face, inner) for card in cards),
    )


def _value_size(piece: Cards, inner: float, setting: Setting) -> float:
    """The largest type in which every value stands on one line."""
    for size in _VALUES:
        lines = [_value(card.value, size, setting) for card in piece.cards]
        if all(line.height(setting.face, inner) <= line.pitch for line in lines):
            return size
    return _VALUES[-1]


def _label(text: str, setting: Setting) -> Line:
    return plain_line(text, max(setting.small, LEAST + 1), setting.look.muted)


def _value(text: str, size: float, setting: Setting) -> Line:
    return plain_line(text, size, setting.look.ink, is_bold=True)


def _note(text: str, setting: Setting) -> Line:
    return plain_line(text, LEAST, setting.look.muted)
