"""Pages of a Word file: breaks that leave no empty page, running heads that fit a turned page."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

TEXT_WIDTH = 9185  # twentieths of a point: 16.2 cm
TURNED_WIDTH = 14110  # of a page on its side


def drop_empty_pages(document: Any) -> None:
    """Let headings break the page themselves, and join turned pages that follow one another.

    A break in a paragraph of its own makes an empty page wherever the text before fills its page.
    """
    for paragraph in list(document.element.body.iterchildren(qn("w:p"))):
        before = _beside(paragraph, step=-1)
        if _is_section_end(paragraph):
            if before is not None and _is_section_end(before):
                paragraph.getparent().remove(paragraph)
            continue
        below = _beside(paragraph, step=1)
        if not _is_page_break(paragraph) or below is None or not _is_heading(below):
            continue
        if before is None or not _is_section_end(before):
            Paragraph(below, None).paragraph_format.page_break_before = True
        paragraph.getparent().remove(paragraph)


def share_running_heads(document: Any) -> None:
    """Every section gets the running heads of the document; only the first has a cover."""
    *inner, last = document.sections
    final = last._sectPr
    references = [*final.findall(qn("w:headerReference")), *final.findall(qn("w:footerReference"))]
    for section in inner:
        if section.orientation == WD_ORIENT.LANDSCAPE:
            _widen(section.header, last.header)
            _widen(section.footer, last.footer)
            continue
        for position, reference in enumerate(references):
            section._sectPr.insert(position, deepcopy(reference))
    cover = final.find(qn("w:titlePg"))
    if inner and cover is not None:
        final.remove(cover)
        inner[0]._sectPr.append(cover)


def _widen(target: Any, model: Any) -> None:
    """A copy of a running head whose right end is that of a turned page."""
    target.is_linked_to_previous = False
    element = target._element
    for old in list(element):
        element.remove(old)
    for child in model._element:
        element.append(deepcopy(child))
    for tab in element.iter(qn("w:tab")):
        if tab.get(qn("w:pos")) is not None:
            tab.set(qn("w:pos"), str(TURNED_WIDTH))


def _beside(paragraph: Any, *, step: int) -> Any:
    """The next block before or after a paragraph, bookmarks left out."""
    found = paragraph.getnext() if step > 0 else paragraph.getprevious()
    while found is not None and found.tag in (qn("w:bookmarkStart"), qn("w:bookmarkEnd")):
        found = found.getnext() if step > 0 else found.getprevious()
    return found


def _is_section_end(element: Any) -> bool:
    return element.find(f"{qn('w:pPr')}/{qn('w:sectPr')}") is not None


def _is_page_break(paragraph: Any) -> bool:
    runs = paragraph.findall(qn("w:r"))
    kinds = [part for run in runs for part in run if part.tag != qn("w:rPr")]
    return len(kinds) == 1 and kinds[0].get(qn("w:type")) == "page"


def _is_heading(element: Any) -> bool:
    style = element.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
    return style is not None and str(style.get(qn("w:val"))).startswith("Heading")
