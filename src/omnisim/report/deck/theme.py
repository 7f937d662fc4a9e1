"""The theme of a reference deck: colours and typefaces by name, so that a change reaches every slide."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.oxml.ns import qn

from omnisim.report.deck.look import CHINESE_FONT, Look
from omnisim.report.office import repack


def paint_reference(base: Path, target: Path, look: Look) -> None:
    """A reference deck in the look of an engagement; what somebody changed in it stays."""
    if look == Look():
        shutil.copyfile(base, target)
        return
    presentation = Presentation(str(base))
    usual = _theme_colours(Look())
    for name, colour in _theme_colours(look).items():
        if colour != usual[name]:
            _paint(presentation, name, usual[name], colour)
    _family(presentation, look.family)
    out = io.BytesIO()
    presentation.save(out)
    target.write_bytes(repack(out.getvalue(), None))


def _theme_colours(look: Look) -> dict[str, str]:
    return {
        "dk1": look.ink,
        "lt1": "FFFFFF",
        "dk2": look.muted,
        "lt2": look.tint,
        "accent1": look.accent,
        "accent2": look.alert,
        "accent3": look.gold,
        "accent4": look.muted,
        "accent5": look.faint,
        "accent6": look.ink,
        "hlink": look.accent,
        "folHlink": look.muted,
    }


def set_theme(presentation: Any, look: Look) -> None:
    """Colours and typefaces by name, so that a change of theme reaches every slide."""
    for name, colour in _theme_colours(look).items():
        _paint(presentation, name, None, colour)
    _family(presentation, look.family)


def _paint(presentation: Any, name: str, usual: str | None, colour: str) -> None:
    """Set a colour of the theme; where `usual` is given, only in its place."""
    with _opened_theme(presentation) as root:
        slot = root.find(f".//{qn('a:clrScheme')}/{qn(f'a:{name}')}")
        if usual is None or (len(slot) and slot[0].get("val") == usual):
            for old in list(slot):
                slot.remove(old)
            etree.SubElement(slot, qn("a:srgbClr"), {"val": colour})


def _family(presentation: Any, family: str) -> None:
    with _opened_theme(presentation) as root:
        for kind in ("majorFont", "minorFont"):
            fonts = root.find(f".//{qn(f'a:{kind}')}")
            fonts.find(qn("a:latin")).set("typeface", family)
            fonts.find(qn("a:ea")).set("typeface", CHINESE_FONT)


@contextmanager
def _opened_theme(presentation: Any) -> Iterator[Any]:
    part = presentation.slide_master.part.part_related_by(RT.THEME)
    root = etree.fromstring(part.blob)
    yield root
    part._blob = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
