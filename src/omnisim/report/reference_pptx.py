"""Builds ``_brand/reference.pptx``: the layouts, type and colours that Pandoc and Quarto fill.

Run ``python -m omnisim.report.reference_pptx reports/_brand/reference.pptx`` after a change here.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn

from omnisim.report.deck.look import (
    BODY,
    FOOT,
    HEIGHT,
    MARK,
    NUMBER,
    RULE,
    TITLE,
    WIDTH,
    Box,
    Look,
)
from omnisim.report.deck.setting import emu, place_of
from omnisim.report.deck.theme import set_theme
from omnisim.report.office import repack
from omnisim.report.pandoc import default_file

_LEFT = Box(BODY.left, BODY.top, 530, BODY.height)
_RIGHT = Box(590, BODY.top, 334, BODY.height)
_HEAD = 28.0
_LEAD = 84.0
_BELOW = Box(BODY.left, BODY.top + _LEAD + 10, BODY.width, BODY.height - _LEAD - 10)
# Layout -> number of a placeholder -> where it stands.
_PLACES: Mapping[str, Mapping[int, Box]] = {
    "Title Slide": {0: Box(72, 150, 760, 96), 1: Box(72, 252, 760, 200)},
    "Title and Content": {0: TITLE, 1: BODY},
    "Section Header": {0: Box(72, 200, 760, 96), 1: Box(72, 304, 760, 80)},
    "Two Content": {0: TITLE, 1: _LEFT, 2: _RIGHT},
    "Comparison": {
        0: TITLE,
        1: Box(_LEFT.left, _LEFT.top, _LEFT.width, _HEAD),
        2: Box(_LEFT.left, _LEFT.top + _HEAD, _LEFT.width, _LEFT.height - _HEAD),
        3: Box(_RIGHT.left, _RIGHT.top, _RIGHT.width, _HEAD),
        4: Box(_RIGHT.left, _RIGHT.top + _HEAD, _RIGHT.width, _RIGHT.height - _HEAD),
    },
    "Title Only": {0: TITLE},
    "Content with Caption": {
        0: TITLE,
        1: _BELOW,
        2: Box(BODY.left, BODY.top, BODY.width, _LEAD),
    },
    "Picture with Caption": {
        0: TITLE,
        1: _BELOW,
        2: Box(BODY.left, BODY.top, BODY.width, _LEAD),
    },
}
_FOOTS = {10: MARK, 11: FOOT, 12: NUMBER}
_TABLE_SIZE = 11
_SIZES = (16, 14, 13, 12, 12)  # of the five levels of text [pt]


def build_reference(target: Path, look: Look | None = None) -> None:
    """Write the reference deck in a look; the same bytes each time."""
    presentation = Presentation(io.BytesIO(default_file("reference.pptx")))
    presentation.slide_width, presentation.slide_height = emu(WIDTH), emu(HEIGHT)
    _drop_slides(presentation)
    set_theme(presentation, look or Look())
    _master(presentation.slide_master)
    _usual_text(presentation)
    for layout in presentation.slide_layouts:
        _layout(layout)
    out = io.BytesIO()
    presentation.save(out)
    target.write_bytes(repack(out.getvalue(), None))


def _drop_slides(presentation: Any) -> None:
    order = presentation.slides._sldIdLst
    for entry in list(order):
        presentation.part.drop_rel(entry.rId)
        order.remove(entry)


def _master(master: Any) -> None:
    for shape in master.placeholders:
        place = {0: TITLE, 1: BODY, 2: MARK, 3: FOOT, 4: NUMBER}.get(shape.placeholder_format.idx)
        if place is not None:
            _put(shape, place)
    styles = master._element.find(qn("p:txStyles"))
    _style(styles.find(f"{qn('p:titleStyle')}/{qn('a:lvl1pPr')}"), 24, is_bold=True)
    for level, size in enumerate(_SIZES, 1):
        _style(styles.find(f"{qn('p:bodyStyle')}/{qn(f'a:lvl{level}pPr')}"), size)
    for shape in master.placeholders:
        body = shape._element.txBody.bodyPr
        for fit in list(body):
            body.remove(fit)
        for name in ("lIns", "rIns", "tIns", "bIns"):
            body.set(name, "0")
        if shape.placeholder_format.idx == 0:
            body.set("anchor", "b")
        elif shape.placeholder_format.idx == 1:
            etree.SubElement(body, qn("a:normAutofit"))  # a slide of one's own shrinks its text
    master.shapes._spTree.append(_rule())


def _usual_text(presentation: Any) -> None:
    """Type of tables and boxes that say no size."""
    styles = presentation.part._element.find(qn("p:defaultTextStyle"))
    for properties in styles.iter(qn("a:defRPr")):
        properties.set("sz", str(_TABLE_SIZE * 100))


def _style(level: Any, size: float, *, is_bold: bool = False) -> None:
    level.set("algn", "l")
    properties = level.find(qn("a:defRPr"))
    properties.set("sz", str(round(size * 100)))
    properties.set("b", str(int(is_bold)))
    for spacing in level.findall(qn("a:spcBef")):
        for old in list(spacing):
            spacing.remove(old)
        etree.SubElement(spacing, qn("a:spcPts"), {"val": "0" if is_bold else "600"})


def _rule() -> Any:
    """The line below every title."""
    left, top, width, height = place_of(RULE)
    return parse_xml(
        f'<p:sp {nsdecls("p", "a")}><p:nvSpPr><p:cNvPr id="90" name="Rule"/><p:cNvSpPr/><p:nvPr userDrawn="1"/>'
        f'</p:nvSpPr><p:spPr><a:xfrm><a:off x="{left}" y="{top}"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:solidFill><a:schemeClr val="accent1"/></a:solidFill>'
        "<a:ln><a:noFill/></a:ln></p:spPr></p:sp>"
    )


def _layout(layout: Any) -> None:
    if layout.name in ("Title Slide", "Section Header", "Blank"):
        layout._element.set("showMasterSp", "0")
    for shape in layout.placeholders:
        index = shape.placeholder_format.idx
        place = {**_FOOTS, **_PLACES.get(layout.name, {})}.get(index)
        if place is None:
            continue
        _put(shape, place)
        body = shape._element.txBody
        if index == 0 and (style := body.find(qn("a:lstStyle"))) is not None:
            for old in list(style):
                style.remove(old)
            if layout.name in ("Title Slide", "Section Header"):
                size = 36 if layout.name == "Title Slide" else 28
                style.append(
                    parse_xml(
                        f'<a:lvl1pPr {nsdecls("a")} algn="l"><a:defRPr sz="{size * 100}" b="1"/></a:lvl1pPr>'
                    )
                )
        elif index in (1, 2, 3, 4) and (style := body.find(qn("a:lstStyle"))) is not None:
            for old in list(style):
                style.remove(old)


def _put(shape: Any, box: Box) -> None:
    shape.left, shape.top, shape.width, shape.height = place_of(box)


if __name__ == "__main__":
    build_reference(Path(sys.argv[1]))
