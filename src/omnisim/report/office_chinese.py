"""A Word file in Chinese: the words of its page numbers, full-width marks, the language of its text."""

from __future__ import annotations

import re
from typing import Any

from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt

TAG = "zh-CN"
_OF = " of "  # between the page and their number in the reference document
_IN_A_ROW = re.compile(r"(?<=\d、)(?=[A-Z]\d)")
_LINE, _CONTENTS = 1.5, 1.35  # height of a line over the size of its type
_FULL_WIDTH = frozenset("“”…—")  # Word takes these from the Latin face unless told otherwise


def set_chinese(document: Any) -> None:
    """Make a finished Word file one that Chinese readers find in order."""
    for section in document.sections:
        _number_pages(section.footer)
    _widen_marks(document.element.body)
    _let_lists_break(document.element.body)
    _set_lines(document)
    settings = document.settings.element
    _set(settings, "w:themeFontLang", "w:eastAsia", TAG)
    # Two full-width marks in a row are closed up, as printers do.
    _set(settings, "w:characterSpacingControl", "w:val", "compressPunctuation")


def _number_pages(footer: Any) -> None:
    """`1 of 9` as 第1页，共9页."""
    for paragraph in footer.paragraphs:
        texts = [run.text for run in paragraph.runs]
        if _OF not in texts:
            continue
        paragraph.runs[0].text = f"{texts[0]}第"
        paragraph.runs[texts.index(_OF)].text = "页，共"
        paragraph.add_run("页")


def _widen_marks(body: Any) -> None:
    """Quotation marks, dashes and dots in the width and face of the signs around them."""
    for run in body.iter(qn("w:r")):
        if any(_FULL_WIDTH & set(text.text or "") for text in run.findall(qn("w:t"))):
            run.get_or_add_rPr().get_or_add_rFonts().set(qn("w:hint"), "eastAsia")


def _let_lists_break(body: Any) -> None:
    """Numbers in a row may break between each other, never inside: R1、R2."""
    for text in body.iter(qn("w:t")):
        if "、" in (text.text or ""):
            text.text = _IN_A_ROW.sub("\u200b", text.text)


def _set_lines(document: Any) -> None:
    """Lines as far apart in every typeface: those of Chinese faces say anything from 1.0 to 1.5."""
    for style in document.styles:
        if style.type == WD_STYLE_TYPE.PARAGRAPH and style.font.size is not None:
            contents = style.name.lower().startswith("toc ") and style.name[-1].isdigit()
            if contents:  # a report's fits on one page
                style.font.size -= Pt(0.5)
                style.paragraph_format.space_before = Pt(2.5)
                style.paragraph_format.space_after = Pt(0.5)
            style.paragraph_format.line_spacing = Pt(
                round(style.font.size.pt * (_CONTENTS if contents else _LINE), 1)
            )
    for paragraph in document.paragraphs:
        if paragraph._p.findall(f".//{qn('w:drawing')}"):
            paragraph.paragraph_format.line_spacing = 1.0  # a line of exact height cuts its picture


def _set(settings: Any, tag: str, name: str, value: str) -> None:
    for element in settings.findall(qn(tag)):
        element.set(qn(name), value)
        return
    element = OxmlElement(tag)
    element.set(qn(name), value)
    settings.append(element)
