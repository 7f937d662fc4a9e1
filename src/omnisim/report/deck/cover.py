"""The first slide: title, client, for whom, when, and that data are simulated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pptx.enum.shapes import MSO_SHAPE

from omnisim.report.deck.fitting import shortened
from omnisim.report.deck.look import Box
from omnisim.report.deck.native import add_placeholder
from omnisim.report.deck.pictures import Pictures
from omnisim.report.deck.pieces import Figure, Run
from omnisim.report.deck.setting import (
    Line,
    Setting,
    height_of,
    place_of,
    plain_line,
    settle_frame,
    solid,
    text_box,
    write_lines,
)
from omnisim.report.office import plain_text

_LEFT, _WIDTH = 72.0, 760.0
_BAND = Box(0, 0, 18, 540)
_LOGO = Box(_LEFT, 48, 170, 52)  # room for the client's logo
_TITLE = Box(_LEFT, 150, _WIDTH, 96)
_SUBTITLE = Box(_LEFT, 252, _WIDTH, 48)
_RULE = Box(_LEFT, 312, 120, 3)
_LINES = Box(_LEFT, 332, _WIDTH, 160)
_KEYS = ("audience", "prepared-by", "report-date", "data-line", "confidentiality")


def draw_cover(
    native: Any, metadata: Mapping[str, Any], setting: Setting, pictures: Pictures
) -> None:
    """Lay out the cover from the metadata."""
    look = setting.look
    for shape in list(native.shapes):
        shape._element.getparent().remove(shape._element)
    title = add_placeholder(native, "ctrTitle", name="Title")
    _fill(title, _TITLE, [_title(metadata, setting)], setting, anchor="bottom")
    if subtitle := plain_text(metadata.get("subtitle")):
        line = plain_line(subtitle, 18, look.accent)
        place = add_placeholder(native, "subTitle", name="Subtitle")
        _fill(place, _SUBTITLE, [_within(line, _SUBTITLE, setting)], setting, anchor="top")
    solid(native, _BAND, look.accent, name="Band", kind=MSO_SHAPE.RECTANGLE)
    solid(native, _RULE, look.accent, name="Rule", kind=MSO_SHAPE.RECTANGLE)
    _draw_logo(native, metadata, pictures)
    lines = []
    if client := plain_text(metadata.get("client")):
        line = plain_line(client, 18, look.ink, is_bold=True, after=8)
        lines.append(_within(line, Box(0, 0, _WIDTH, 50), setting))
    for key in _KEYS:
        if text := plain_text(metadata.get(key)):
            line = plain_line(text, 12, look.muted, after=3)
            lines.append(_within(line, Box(0, 0, _WIDTH, 20), setting))
    text_box(native, _LINES, lines, setting, name="Engagement")


def _title(metadata: Mapping[str, Any], setting: Setting) -> Line:
    line = plain_line(plain_text(metadata.get("title")), 36, setting.look.ink, is_bold=True)
    return _within(line, _TITLE, setting)


def _within(line: Line, box: Box, setting: Setting) -> Line:
    """The line with as much text as the box holds."""

    def fits(text: str) -> bool:
        made = Line((Run(text),), line.size, line.colour, is_bold=line.is_bold)
        return height_of([made], setting.face, box.width) <= box.height

    text = shortened(line.runs[0].text, fits)
    return Line((Run(text),), line.size, line.colour, is_bold=line.is_bold, after=line.after)


def _fill(shape: Any, box: Box, lines: list[Line], setting: Setting, *, anchor: Any) -> None:
    shape.left, shape.top, shape.width, shape.height = place_of(box)
    settle_frame(shape.text_frame, anchor=anchor)
    write_lines(shape.text_frame, lines, look=setting.look, lang=setting.lang)


def _draw_logo(native: Any, metadata: Mapping[str, Any], pictures: Pictures) -> None:
    name = str(metadata.get("om-logo") or "")
    if not name:
        return
    shape = pictures.shape_of(name)
    width = min(_LOGO.width, _LOGO.height / shape)
    alt = f"Logo: {plain_text(metadata.get('client'))}"
    place = Box(_LOGO.left, _LOGO.top, width, width * shape)
    pictures.draw(native, Figure(name, alt), place)
