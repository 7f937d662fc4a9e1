"""The Word file opened by LibreOffice: what its reader sees on pages."""

from __future__ import annotations

import re
import shutil
from itertools import takewhile

import pytest
from pypdf import PdfReader

from omnisim.language.fonts import chart_font
from omnisim.report import Report
from omnisim.report.fonts import font_folder

from .office_prints import printed_by_office

pytestmark = [
    pytest.mark.office,
    pytest.mark.skipif(
        shutil.which("soffice") is None,
        reason="LibreOffice is not installed (Debian package libreoffice-writer)",
    ),
]


@pytest.fixture(scope="module", params=["en", "zh"])
def lang(request: pytest.FixtureRequest) -> str:
    """Language of the Word file."""
    return str(request.param)


@pytest.fixture(scope="module")
def report(lang, rendered, rendered_chinese) -> Report:
    return rendered if lang == "en" else rendered_chinese


@pytest.fixture(scope="module")
def opened(lang, report, tmp_path_factory: pytest.TempPathFactory) -> PdfReader:
    """The Word file as LibreOffice prints it, with the brand fonts at hand."""
    home = tmp_path_factory.mktemp("home")
    # LibreOffice finds static faces in folders; that of charts stands for Microsoft YaHei here.
    return printed_by_office(report.files["docx"], home, [font_folder(), chart_font().parent])


@pytest.fixture(scope="module")
def texts(opened: PdfReader) -> list[str]:
    """The text of each page, white space as single spaces."""
    return [" ".join(page.extract_text().split()) for page in opened.pages]


def test_no_page_is_empty(texts):
    """A running head and foot are some hundred characters; a page holds more than that."""
    heads = len(_repeated(texts))
    assert [i for i, text in enumerate(texts[1:], 2) if len(text) < heads + 40] == []


def test_word_file_is_about_as_long_as_the_pdf(texts, report):
    pages = len(PdfReader(report.files["pdf"]).pages)
    # Word sets no row of a table smaller and keeps contents on a page of their own.
    assert pages * 0.7 <= len(texts) <= pages * 1.6


def test_brand_font_is_used_and_embedded(opened, lang):
    fonts = {
        str(font.get_object()["/BaseFont"]).partition("+")[2]
        for page in opened.pages
        for font in page["/Resources"].get("/Font", {}).values()
    }
    assert any(name.startswith("Lato") for name in fonts)
    assert any(name.startswith("NotoSansSC") for name in fonts) == (lang == "zh")
    assert not any(re.match("Times|Liberation|Carlito", name) for name in fonts), fonts


SECTIONS = {
    "en": ("Executive summary", "Causes and effects", "Roadmap and gates", "Glossary"),
    "zh": ("执行摘要", "原因与效果", "实施路线图与关口", "术语表"),
}


def test_headings_are_headings(opened, texts, lang):
    """LibreOffice makes bookmarks of what has a heading style; each is on the page it leads to."""
    marks = [mark for mark in _flat(opened.outline) if mark.title]
    titles = [" ".join(str(mark.title).split()) for mark in marks]
    for section in SECTIONS[lang]:
        assert section in titles
    for mark, title in zip(marks, titles, strict=True):
        page = texts[opened.get_destination_page_number(mark)]
        assert _squeezed(title) in _squeezed(page)


def test_each_page_but_the_cover_is_numbered_and_marked(texts, lang):
    mark = {"en": "Simulated data", "zh": "仿真数据"}[lang]
    assert all(mark in _squeezed(text) or mark in text for text in texts)
    number = {"en": rf"\b{len(texts)}\b", "zh": rf"第{len(texts)}页，共{len(texts)}页"}[lang]
    assert re.search(number, texts[-1] if lang == "en" else _squeezed(texts[-1]))


def test_no_reference_is_broken(texts, lang):
    whole = " ".join(texts)
    assert "Error!" not in whole
    assert {"en": "Exhibit 1.", "zh": "图表1："}[lang] in (
        whole if lang == "en" else _squeezed(whole)
    )


def _squeezed(text: str) -> str:
    """Without blanks: Chinese lines end anywhere, and printers set room beside numbers."""
    return "".join(text.split())


def _repeated(texts: list[str]) -> str:
    """What the second and the third page begin with alike."""
    pairs = zip(texts[1], texts[2], strict=False)
    return "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _flat(outline: list) -> list:
    """Bookmarks of all levels in order."""
    out = []
    for item in outline:
        out += _flat(item) if isinstance(item, list) else [item]
    return out
