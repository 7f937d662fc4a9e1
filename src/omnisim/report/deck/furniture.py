"""What stands on every slide: client, mark of simulated data, number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.oxml.ns import qn

from omnisim.report.deck.look import FOOT, LEAST, MARK, NUMBER
from omnisim.report.deck.native import add_placeholder
from omnisim.report.deck.setting import (
    Setting,
    place_of,
    plain_line,
    settle_frame,
    text_box,
    write_lines,
)
from omnisim.report.deck.typeset import ROOM
from omnisim.report.office import plain_text, running_foot

_FURNITURE = (PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.DATE)


def furnish(native: Any, metadata: Mapping[str, Any], setting: Setting, *, number: int) -> None:
    """Footer, mark and number; the cover has the mark only."""
    for shape in list(native.placeholders):
        if shape.placeholder_format.type in _FURNITURE:
            shape._element.getparent().remove(shape._element)
    look = setting.look
    if mark := plain_text(metadata.get("simulated-mark")):
        line = plain_line(mark, LEAST, look.alert, is_bold=True, align="right")
        text_box(native, MARK, [line], setting, name="Mark", anchor="middle")
    if number == 1:
        return
    if text := _fitting(running_foot(metadata), setting):
        shape = add_placeholder(native, "ftr", name="Footer")
        shape.left, shape.top, shape.width, shape.height = place_of(FOOT)
        settle_frame(shape.text_frame, anchor="middle")
        line = plain_line(text, LEAST, look.muted)
        write_lines(shape.text_frame, [line], look=look, lang=setting.lang)
    shape = add_placeholder(native, "sldNum", name="Slide number")
    shape.left, shape.top, shape.width, shape.height = place_of(NUMBER)
    settle_frame(shape.text_frame, anchor="middle")
    line = plain_line(str(number), LEAST, look.muted, align="right")
    write_lines(shape.text_frame, [line], look=look, lang=setting.lang)
    _as_field(shape)


def _as_field(shape: Any) -> None:
    """The number as a field that the program counts."""
    run = shape._element.find(f".//{qn('a:r')}")
    field = run.makeelement(qn("a:fld"), {"id": _FIELD, "type": "slidenum"})
    for child in list(run):
        field.append(child)
    run.getparent().replace(run, field)


_FIELD = "{8A7B5C11-0F43-4F0E-9B6A-2E3C2C9F1D10}"  # any identifier; the same in every file


def _fitting(text: str, setting: Setting) -> str:
    """One line: long names are cut and marked."""
    width = ROOM * FOOT.width
    if setting.face.width(text, LEAST) <= width:
        return text
    for n in range(len(text) - 1, 0, -1):
        if setting.face.width(f"{text[:n]}…", LEAST) <= width:
            return f"{text[:n]}…"
    return ""
