"""The Word file opened by LibreOffice: what its reader sees on pages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from itertools import takewhile
from pathlib import Path

import pytest
from pypdf import PdfReader

from omnisim.report.fonts import font_folder

pytestmark = [
    pytest.mark.office,
    pytest.mark.skipif(
        shutil.which("soffice") is None,
        reason="LibreOffice is not installed (Debian package libreoffice-writer)",
    ),
]


@pytest.fixture(scope="module")
def opened(rendered, tmp_path_factory: pytest.TempPathFactory) -> PdfReader:
    """The Word file as LibreOffice prints it, with the brand font at hand."""
    home = tmp_path_factory.mktemp("home")
    (home / ".fonts").symlink_to(font_folder())
    out = Path(os.environ.get("OMNISIM_ARTEFACTS", home)) / "office"
    subprocess.run(
        [
            *("soffice", "--headless", f"-env:UserInstallation={(home / 'profile').as_uri()}"),
            *("--convert-to", "pdf", "--outdir", str(out), str(rendered.files["docx"])),
        ],
        check=True,
        capture_output=True,
        timeout=300,  # seconds; it takes five
        env={**os.environ, "HOME": str(home)},
    )
    return PdfReader(out / "report.pdf")


@pytest.fixture(scope="module")
def texts(opened: PdfReader) -> list[str]:
    """The text of each page, white space as single spaces."""
    return [" ".join(page.extract_text().split()) for page in opened.pages]


def test_no_page_is_empty(texts):
    """A running head and foot are some hundred characters; a page holds more than that."""
    heads = len(_repeated(texts))
    assert [i for i, text in enumerate(texts[1:], 2) if len(text) < heads + 40] == []


def test_word_file_is_about_as_long_as_the_pdf(texts, rendered):
    pages = len(PdfReader(rendered.files["pdf"]).pages)
    # Word sets no row of a table smaller and keeps contents on a page of their own.
    assert pages * 0.7 <= len(texts) <= pages * 1.6


def test_brand_font_is_used_and_embedded(opened):
    fonts = {
        str(font.get_object()["/BaseFont"]).partition("+")[2]
        for page in opened.pages
        for font in page["/Resources"].get("/Font", {}).values()
    }
    assert any(name.startswith("Lato") for name in fonts)
    assert not any(re.match("Times|Liberation|Carlito", name) for name in fonts), fonts


def test_headings_are_headings(opened, texts):
    """LibreOffice makes bookmarks of what has a heading style; each is on the page it leads to."""
    marks = [mark for mark in _flat(opened.outline) if mark.title]
    titles = [" ".join(str(mark.title).split()) for mark in marks]
    for section in ("Executive summary", "Causes and effects", "Roadmap and gates", "Glossary"):
        assert section in titles
    for mark, title in zip(marks, titles, strict=True):
        assert title in texts[opened.get_destination_page_number(mark)]


def test_each_page_but_the_cover_is_numbered_and_marked(texts):
    assert all("Simulated data" in text for text in texts)
    assert re.search(rf"\b{len(texts)}\b", texts[-1])


def test_no_reference_is_broken(texts):
    whole = " ".join(texts)
    assert "Error!" not in whole
    assert "Exhibit 1." in whole


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
