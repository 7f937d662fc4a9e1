"""Builds ``_brand/reference.docx``: the Word styles that Pandoc and Quarto fill.

Run ``python -m omnisim.report.reference_docx reports/_brand/reference.docx`` after a change here.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor
from lxml import etree

from omnisim.report.deck.look import CHINESE_FONT, Look
from omnisim.report.office import repack
from omnisim.report.pandoc import default_file

_LOOK = Look()
INK, MUTED, FAINT = _LOOK.ink, _LOOK.muted, _LOOK.faint
ACCENT, ALERT, TINT, GOLD = _LOOK.accent, _LOOK.alert, _LOOK.tint, _LOOK.gold
FONT, SUBSTITUTE = _LOOK.family, "Calibri"
CHINESE_NAME = "微软雅黑"  # of the Chinese font in Chinese Windows
TEXT_WIDTH = Cm(16.2)

# name: (size in points, bold, colour, space before, space after, keep with next)
_PARAGRAPHS: dict[str, tuple[float, bool, str, float, float, bool]] = {
    "Normal": (10, False, INK, 0, 6, False),
    "Body Text": (10, False, INK, 0, 7, False),
    "First Paragraph": (10, False, INK, 0, 7, False),
    "Compact": (9, False, INK, 2, 2, False),
    "Table Small": (8, False, INK, 1, 1, False),
    "Title": (32, True, INK, 150, 6, False),
    "Subtitle": (15, False, ACCENT, 0, 36, False),
    "Heading 1": (20, True, INK, 14, 10, True),
    "Heading 2": (13, True, ACCENT, 18, 6, True),
    "Heading 3": (11, True, INK, 12, 4, True),
    "TOC Heading": (20, True, INK, 0, 12, True),
    "TOC 1": (10, True, INK, 4, 1, False),
    "TOC 2": (9.5, False, INK, 1, 1, False),
    "Cover Client": (14, True, MUTED, 0, 4, False),
    "Cover Line": (10, False, MUTED, 2, 2, False),
    "Cover Mark": (10, True, ALERT, 0, 24, False),
    "Exhibit Title": (10.5, True, INK, 14, 2, True),
    "Exhibit Subtitle": (9, False, MUTED, 0, 6, True),
    "Exhibit Note": (8, False, MUTED, 4, 12, False),
    "KPI Label": (8.5, False, MUTED, 3, 2, True),
    "KPI Value": (14, True, INK, 0, 2, True),
    "KPI Note": (7.5, False, MUTED, 0, 3, False),
    "Lead": (12.5, False, ACCENT, 0, 10, False),
    "Facts": (9, False, MUTED, 8, 10, False),
    "So What": (10, False, INK, 4, 4, True),
    "Missing": (10, False, MUTED, 6, 6, False),
    "Header": (8, False, MUTED, 0, 0, False),
    "Footer": (8, False, MUTED, 0, 0, False),
}
_CHARACTERS = {"Status Met": ACCENT, "Status Not Met": ALERT, "Status Open": GOLD, "Bar": ACCENT}


def build_reference(target: Path) -> None:
    """Write the reference document; the same bytes each time."""
    document = Document(io.BytesIO(default_file("reference.docx")))
    _page(document)
    for name, values in _PARAGRAPHS.items():
        _paragraph_style(document, name, *values)
    _decorate(document)
    for name, colour in _CHARACTERS.items():
        style = document.styles.add_style(name, WD_STYLE_TYPE.CHARACTER)
        style.font.bold = True
        style.font.color.rgb = RGBColor.from_string(colour)
    _link_colour(document)
    _table_style(document, "Table")
    _kpi_table_style(document)
    _header_and_footer(document)
    _name_substitute(document)
    out = io.BytesIO()
    document.save(out)
    target.write_bytes(repack(out.getvalue(), None))


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.4)
    section.top_margin, section.bottom_margin = Cm(2.5), Cm(2.3)
    section.header_distance = section.footer_distance = Cm(1.2)
    section.different_first_page_header_footer = True


def _paragraph_style(
    document: Any,
    name: str,
    size: float,
    bold: bool,
    colour: str,
    before: float,
    after: float,
    keep: bool,
) -> None:
    styles = document.styles
    known = {style.name for style in styles}
    style = styles[name] if name in known else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.hidden = False
    style.quick_style = True
    font = style.font
    font.size = Pt(size)
    # What may stand in a table header must not say that it is not bold.
    font.bold = (
        None
        if name in ("Normal", "Body Text", "First Paragraph", "Compact", "Table Small")
        else bold
    )
    for spacing in style.element.get_or_add_rPr().findall(qn("w:spacing")):
        style.element.rPr.remove(spacing)
    font.italic = None
    font.color.rgb = RGBColor.from_string(colour)
    _set_font(style)
    shape = style.paragraph_format
    shape.space_before, shape.space_after = Pt(before), Pt(after)
    shape.keep_with_next = keep
    shape.line_spacing = 1.0 if size > 14 else 1.15
    if name.startswith(("Title", "Subtitle", "TOC Heading")):
        shape.alignment = 0


def _set_font(style: Any) -> None:
    properties = style.element.get_or_add_rPr()
    fonts = properties.find(qn("w:rFonts"))
    if fonts is not None:
        properties.remove(fonts)
    fonts = parse_xml(
        f'<w:rFonts {nsdecls("w")} w:ascii="{FONT}" w:eastAsia="{CHINESE_FONT}" w:hAnsi="{FONT}" '
        f'w:cs="{FONT}"/>'
    )
    properties.insert(0, fonts)


def _decorate(document: Any) -> None:
    """Borders and fills of messages, exhibits and contents."""
    styles = document.styles
    _borders(styles["Exhibit Title"], top=(10, ACCENT, 5))
    _borders(styles["So What"], left=(24, ACCENT, 8), fill=TINT)
    _borders(styles["Missing"], left=(24, FAINT, 8))
    _borders(styles["Subtitle"], bottom=(16, ACCENT, 14))
    styles["So What"].paragraph_format.left_indent = Cm(0.4)
    styles["So What"].paragraph_format.line_spacing = 1.25
    styles["So What"].paragraph_format.keep_together = True
    styles["Missing"].paragraph_format.left_indent = Cm(0.4)
    styles["TOC 2"].paragraph_format.left_indent = Cm(0.6)
    for name in ("TOC 1", "TOC 2"):
        styles[name].paragraph_format.tab_stops.add_tab_stop(TEXT_WIDTH, WD_TAB_ALIGNMENT.RIGHT)


def _borders(style: Any, *, fill: str | None = None, **sides: tuple[int, str, int]) -> None:
    properties = style.element.get_or_add_pPr()
    for old in properties.findall(qn("w:pBdr")):
        properties.remove(old)
    lines = "".join(
        f'<w:{side} w:val="single" w:sz="{size}" w:space="{space}" w:color="{colour}"/>'
        for side, (size, colour, space) in sorted(
            sides.items(), key=lambda item: _SIDES.index(item[0])
        )
    )
    border = parse_xml(f"<w:pBdr {nsdecls('w')}>{lines}</w:pBdr>")
    _insert_in_order(properties, border)
    if fill:
        _insert_in_order(
            properties,
            parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="{fill}"/>'),
        )


_SIDES = ("top", "left", "bottom", "right")
# Order the schema of Word asks for among the children of w:pPr that are used here.
_ORDER = (
    "pStyle",
    "keepNext",
    "keepLines",
    "pageBreakBefore",
    "pBdr",
    "shd",
    "tabs",
    "spacing",
    "ind",
    "jc",
    "outlineLvl",
)


def _insert_in_order(properties: Any, child: Any) -> None:
    rank = _ORDER.index(child.tag.rpartition("}")[2])
    for position, existing in enumerate(properties):
        name = existing.tag.rpartition("}")[2]
        if name in _ORDER and _ORDER.index(name) > rank:
            properties.insert(position, child)
            return
    properties.append(child)


def _link_colour(document: Any) -> None:
    for style in document.styles:
        if style.name == "Hyperlink":
            style.font.color.rgb = RGBColor.from_string(ACCENT)


def _table_style(document: Any, name: str) -> None:
    """Light rules: ink above and below the header, faint lines between rows."""
    for style in document.styles:
        if style.name == name and style.type == WD_STYLE_TYPE.TABLE:
            style.element.getparent().remove(style.element)
    document.styles.element.append(
        parse_xml(
            f'<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="{name}"><w:name w:val="{name}"/>'
            '<w:basedOn w:val="TableNormal"/><w:qFormat/>'
            "<w:tblPr><w:tblBorders>"
            f'<w:bottom w:val="single" w:sz="4" w:space="0" w:color="{FAINT}"/>'
            f'<w:insideH w:val="single" w:sz="4" w:space="0" w:color="{FAINT}"/></w:tblBorders>'
            '<w:tblCellMar><w:top w:w="30" w:type="dxa"/><w:left w:w="60" w:type="dxa"/>'
            '<w:bottom w:w="30" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar></w:tblPr>'
            '<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr><w:tblPr/><w:tcPr><w:tcBorders>'
            f'<w:top w:val="single" w:sz="10" w:space="0" w:color="{INK}"/>'
            f'<w:bottom w:val="single" w:sz="8" w:space="0" w:color="{INK}"/>'
            '</w:tcBorders><w:vAlign w:val="bottom"/></w:tcPr></w:tblStylePr></w:style>'
        )
    )


def _kpi_table_style(document: Any) -> None:
    document.styles.element.append(
        parse_xml(
            f'<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="KPITable">'
            '<w:name w:val="KPITable"/><w:basedOn w:val="TableNormal"/><w:qFormat/><w:tblPr>'
            f'<w:tblBorders><w:top w:val="single" w:sz="18" w:space="0" w:color="{ACCENT}"/>'
            '<w:insideV w:val="single" w:sz="48" w:space="0" w:color="FFFFFF"/></w:tblBorders>'
            '<w:tblCellMar><w:top w:w="80" w:type="dxa"/><w:left w:w="120" w:type="dxa"/>'
            '<w:bottom w:w="80" w:type="dxa"/><w:right w:w="120" w:type="dxa"/></w:tblCellMar></w:tblPr>'
            f'<w:tcPr><w:shd w:val="clear" w:color="auto" w:fill="{TINT}"/></w:tcPr></w:style>'
        )
    )


def _header_and_footer(document: Any) -> None:
    section = document.sections[0]
    header = section.header.paragraphs[0]
    header.style = document.styles["Header"]
    _right_tab(header)
    _field(header, "TITLE")
    header.add_run("\t")
    _field(header, "SUBJECT", colour=ALERT)
    footer = section.footer.paragraphs[0]
    footer.style = document.styles["Footer"]
    _right_tab(footer)
    footer.add_run("\t")
    _field(footer, "PAGE")
    footer.add_run(" of ")
    _field(footer, "NUMPAGES")


def _name_substitute(document: Any) -> None:
    """Which font Word takes where those of the brand are not installed."""
    for part in document.part.package.iter_parts():
        if str(part.partname) == "/word/fontTable.xml":
            table = etree.fromstring(part.blob)
            for name, other in ((FONT, SUBSTITUTE), (CHINESE_FONT, CHINESE_NAME)):
                font = etree.SubElement(table, qn("w:font"), {qn("w:name"): name})
                etree.SubElement(font, qn("w:altName"), {qn("w:val"): other})
            part._blob = etree.tostring(
                table, xml_declaration=True, encoding="UTF-8", standalone=True
            )


def _right_tab(paragraph: Any) -> None:
    paragraph.paragraph_format.tab_stops.add_tab_stop(TEXT_WIDTH, WD_TAB_ALIGNMENT.RIGHT)


def _field(paragraph: Any, name: str, *, colour: str = "") -> None:
    """A field Word computes itself."""
    for kind, text in (
        ("begin", None),
        (None, name),
        ("separate", None),
        ("value", ""),
        ("end", None),
    ):
        run = paragraph.add_run()
        if colour:
            run.bold = True
            run.font.color.rgb = RGBColor.from_string(colour)
        if kind in ("begin", "separate", "end"):
            char = OxmlElement("w:fldChar")
            char.set(qn("w:fldCharType"), kind)
            run._r.append(char)
        elif kind == "value":
            run.text = text
        else:
            instruction = OxmlElement("w:instrText")
            instruction.set(qn("xml:space"), "preserve")
            instruction.text = f" {text} "
            run._r.append(instruction)


if __name__ == "__main__":
    build_reference(Path(sys.argv[1]))
