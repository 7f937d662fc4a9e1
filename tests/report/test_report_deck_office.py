"""Decks opened by LibreOffice: what their reader sees on slides."""

from __future__ import annotations

import shutil

import pytest
from pptx import Presentation
from pypdf import PdfReader

from omnisim.report.fonts import font_folder

from .office_prints import printed_by_office

pytestmark = [
    pytest.mark.office,
    pytest.mark.skipif(
        shutil.which("soffice") is None,
        reason="LibreOffice is not installed (Debian package libreoffice-impress)",
    ),
]


@pytest.fixture(scope="module")
def printed(rendered, tmp_path_factory: pytest.TempPathFactory) -> PdfReader:
    """The deck as LibreOffice prints it, with the brand font at hand."""
    home = tmp_path_factory.mktemp("home")
    return printed_by_office(rendered.files["pptx"], home, [font_folder()])


@pytest.fixture(scope="module")
def deck(rendered):
    return Presentation(str(rendered.files["pptx"]))


def squash(text: str) -> str:
    """Letters and digits only: lines break anywhere."""
    return "".join(char for char in text if char.isalnum())


def test_each_slide_is_a_page_with_its_title(printed, deck):
    assert len(printed.pages) == len(deck.slides)
    for page, slide in zip(printed.pages, deck.slides, strict=True):
        assert squash(slide.shapes.title.text_frame.text) in squash(page.extract_text())


def test_every_text_and_cell_is_printed(printed, deck):
    for page, slide in zip(printed.pages, deck.slides, strict=True):
        seen = squash(page.extract_text())
        for shape in slide.shapes:
            texts = [shape.text_frame.text] if shape.has_text_frame else []
            if shape.has_table:
                texts += [cell.text for row in shape.table.rows for cell in row.cells]
            for text in texts:
                for line in text.splitlines():
                    assert squash(line) in seen


def test_brand_font_is_used_and_slides_are_wide(printed):
    fonts = {
        str(font.get_object()["/BaseFont"]).partition("+")[2]
        for page in printed.pages
        for font in page["/Resources"].get("/Font", {}).values()
    }
    assert any(name.startswith("Lato") for name in fonts)
    width, height = (float(side) for side in printed.pages[0].mediabox[2:])
    assert width / height == pytest.approx(16 / 9, abs=0.01)  # LibreOffice rounds to points


def test_every_slide_is_marked(printed):
    assert all("Simulated data" in page.extract_text() for page in printed.pages)
