"""A Word file in Chinese: the words of its page numbers, full-width marks, the language of its text."""

from __future__ import annotations

from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

TAG = "zh-CN"
_OF = " of "  # between the page and their number in the reference document
_FULL_WIDTH = frozenset("“”…—")  # Word takes these from the Latin face unless told otherwise


def set_chinese(document: Any) -> None:
    """Make a finished Word file one that Chinese readers find in order."""
    for section in document.sections:
        _number_pages(section.footer)
    _widen_marks(document.element.body)
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


def _set(settings: Any, tag: str, name: str, value: str) -> None:
    for element in settings.findall(qn(tag)):
        element.set(qn(name), value)
        return
    element = OxmlElement(tag)
    element.set(qn(name), value)
    settings.append(element)
