"""The look of an engagement in a Word file: its colours and typeface in place of the usual ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from docx.oxml.ns import qn
from lxml import etree

from omnisim.report.engagement import Colours
from omnisim.report.font_files import BRAND_FAMILY, family_of

_USUAL = {f"om-{name}": field.default for name, field in Colours.model_fields.items()}
_USUAL["om-tint"] = "#EEF5F4"
_COLOURED = [qn(f"w:{name}") for name in ("color", "fill")]
_NAMED = [qn(f"w:{name}") for name in ("ascii", "hAnsi", "cs", "name")]


def paint(document: Any, metadata: Mapping[str, Any]) -> None:
    """Replace colours and typeface in every part of the file, styles among them."""
    colours = {
        str(usual).removeprefix("#"): hex_of(str(metadata[name]))
        for name, usual in _USUAL.items()
        if metadata.get(name)
    }
    family = family_of(metadata)
    if not colours and family == BRAND_FAMILY:
        return
    for part in document.part.package.iter_parts():
        if not str(part.partname).endswith(".xml"):
            continue
        element = getattr(part, "element", None)
        if element is not None:
            _paint(element, colours, family)
            continue
        root = etree.fromstring(part.blob)
        _paint(root, colours, family)
        part._blob = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _paint(root: Any, colours: Mapping[str, str], family: str) -> None:
    for element in root.iter(etree.Element):
        for name in _COLOURED:
            if element.get(name) in colours:
                element.set(name, colours[element.get(name)])
        if element.tag == qn("w:color") and element.get(qn("w:val")) in colours:
            element.set(qn("w:val"), colours[element.get(qn("w:val"))])
        for name in _NAMED:
            if element.get(name) == BRAND_FAMILY:
                element.set(name, family)


def hex_of(channels: str) -> str:
    """``11, 122, 117`` as six hexadecimal digits.

    Examples
    --------
    >>> hex_of("11, 122, 117")
    '0B7A75'
    """
    return "".join(f"{int(part):02X}" for part in channels.split(","))
