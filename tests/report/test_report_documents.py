"""The finished files, opened and read back."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from lxml import html as lxml_html
from pypdf import PdfReader

from omnisim.report import write_report
from omnisim.report.project import project_sources
from omnisim.results import Result

SECTIONS = [
    "Executive summary",
    "Background and problem",
    "Goals",
    "Current state",
    "Causes and effects",
    "Risks and response",
    "Programme: what to do",
    "Roadmap and gates",
    "Expected effect",
    "Acceptance criteria",
    "Methods, checks and assumptions",
    "Limitations",
    "Appendix: further exhibits",
    "Appendix: estimates against the truth",
    "Glossary",
]
# Words a reader must never see: failed numbers, unfilled templates, raw Markdown.
_NEVER = re.compile(r"\bnan\b|\bNone\b|\binf\b|\{\{|\}\}|\{%|\[Exhibit\]|om-ref|:::|\\")


@pytest.fixture(scope="module")
def page(rendered):
    return lxml_html.fromstring(rendered.files["html"].read_bytes())


@pytest.fixture(scope="module")
def pdf(rendered) -> PdfReader:
    return PdfReader(rendered.files["pdf"])


@pytest.fixture(scope="module")
def pdf_text(pdf) -> str:
    return _spaced(" ".join(page.extract_text() for page in pdf.pages))


@pytest.fixture(scope="module")
def word(rendered):
    return Document(str(rendered.files["docx"]))


def _visible(page) -> str:
    for hidden in page.xpath("//style|//script"):
        hidden.text = ""
    return _spaced(page.text_content())


def _spaced(text: str) -> str:
    """White space as single spaces, hard spaces among it."""
    return " ".join(text.replace("\u00a0", " ").split())


def _word_text(word) -> str:
    cells = [c.text for t in word.tables for row in t.rows for c in row.cells]
    return _spaced(" ".join([p.text for p in word.paragraphs] + cells))


def test_all_formats_are_there_and_say_which_engine_made_them(rendered, page, pdf_text):
    assert set(rendered.files) == {"html", "pdf", "docx", "pptx"}
    assert rendered.engine == "embedded"
    assert "embedded engine: pandoc" in _visible(page)
    assert "embedded engine: pandoc" in pdf_text


def test_html_headings_come_in_order_without_jumps(page):
    assert [h.text_content() for h in page.xpath("//h1")] == SECTIONS
    levels = [int(h.tag[1]) for h in page.xpath("//h1|//h2|//h3|//h4")]
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_html_contents_lead_to_headings(page):
    targets = [a.get("href") for a in page.xpath("//nav[@id='TOC']//a")]
    assert len(targets) >= len(SECTIONS)
    ids = set(page.xpath("//@id"))
    assert all(target.startswith("#") and target[1:] in ids for target in targets)


def test_html_loads_nothing(rendered, page):
    for attribute in ("src", "href", "srcset", "action", "poster", "data"):
        for value in page.xpath(f"//@{attribute}"):
            assert value.startswith(("#", "data:")), value
    css = " ".join(page.xpath("//style/text()"))
    assert re.findall(r"url\((?!data:)", css) == []
    assert "@import" not in css
    whole = lxml_html.fromstring(rendered.files["html"].read_bytes())
    (script,) = whole.xpath("//script")  # sorts tables; the one script there is
    assert script.text_content() == (project_sources() / "_brand/html/report.js").read_text("utf-8")
    assert not re.search(r"fetch|XMLHttp|import|eval|innerHTML|https?:", script.text_content())
    assert rendered.files["html"].stat().st_size < 3_000_000


def test_html_says_its_language_and_describes_pictures(page):
    assert page.xpath("/html/@lang") == ["en"]
    images = page.xpath("//img")
    assert len(images) == 5
    assert all(len(image.get("alt", "")) > 10 for image in images)
    assert all(image.get("src").startswith("data:image/svg+xml,") for image in images)


def test_exhibits_are_numbered_once_each_and_references_resolve(page):
    titles = [_spaced(t.text_content()) for t in page.xpath("//*[@class='om-exhibit-title']")]
    assert [t.split(".")[0] for t in titles] == [f"Exhibit {i}" for i in range(1, len(titles) + 1)]
    ids = page.xpath("//*[contains(@class, 'om-exhibit ')]/@id")
    assert len(ids) == len(titles) == 8
    links = page.xpath("//a[contains(@class, 'om-ref')]")
    assert links
    for link in links:
        number = ids.index(link.get("href")[1:]) + 1
        assert link.text_content() == f"Exhibit\u00a0{number}"


def test_every_exhibit_names_source_base_and_period(page):
    notes = [
        n.text_content()
        for n in page.xpath("//*[contains(@class, 'om-exhibit ')]//*[@class='om-exhibit-note']")
    ]
    assert len(notes) == 8
    for note in notes:
        assert "Source: " in note
        assert re.search(r"n\s=\s[\d,]+ \w+", note)
        assert "1 January 2025 to 31 December 2025" in note


def test_simulated_data_is_marked(page, pdf, word):
    assert "Simulated data" in page.xpath("string(//*[@class='om-banner'])")
    assert all("Simulated data" in sheet.extract_text() for sheet in pdf.pages)
    header = word.sections[0].header.paragraphs[0]
    assert "Simulated data" in header.text
    assert any(p.text.startswith("Simulated data") for p in word.paragraphs[:6])


def test_no_debris_in_any_format(page, pdf_text, word):
    for text in (_visible(page), pdf_text, _word_text(word)):
        assert not _NEVER.search(text), _NEVER.search(text)


def test_no_section_is_empty(page):
    for section in page.xpath(
        "//section[contains(@class, 'level1') or contains(@class, 'level2')]"
    ):
        heading = section[0].text_content()
        assert len(section.text_content().strip()) > len(heading.strip()) + 20, heading


def test_numbers_are_the_same_in_all_formats(page, pdf_text, word):
    for number in (
        "USD 248,000 a year",
        "USD 150,000 to 873,000 a year",
        "3.40%",
        "19,870 customers",
    ):
        for text in (_visible(page), pdf_text, _word_text(word)):
            assert number in text


def test_credit_is_never_called_effect(page):
    text = _visible(page)
    assert "USD 1.05 million credited, which is not an effect" in text
    assert (
        page.xpath(
            "//section[@id='financial-effect-what-is-proven-and-what-it-may-cost-instead']//td[contains(., '1.05')]"
        )
        == []
    )


def test_summary_holds_sized_findings_and_fits_one_page(page, pdf):
    summary = page.xpath("//section[@id='executive-summary']")[0]
    assert len(summary.xpath(".//*[@class='om-kpi']")) == 4
    assert len(summary.xpath("./ol/li")) == 5
    titles = [sheet.extract_text() for sheet in pdf.pages]
    first = next(
        i for i, text in enumerate(titles) if "Executive summary" in text and "Situation" in text
    )
    assert "Background and problem" in titles[first + 1]


def test_pdf_has_bookmarks_pages_fonts_and_standard(rendered, pdf, pdf_text):
    def names(items):
        return [n for i in items for n in (names(i) if isinstance(i, list) else [i.title])]

    assert set(SECTIONS) <= set(names(pdf.outline))
    assert f"2 of {len(pdf.pages)}" in pdf.pages[1].extract_text()
    assert pdf.metadata.title == "Omnichannel assessment"
    fonts = {
        str(font.get_object()["/BaseFont"])
        for sheet in pdf.pages
        for font in sheet["/Resources"]["/Font"].values()
    }
    assert fonts
    assert all("Lato" in font for font in fonts), fonts
    meta = pdf.xmp_metadata.stream.get_data().decode()
    assert re.search(r"<pdfaid:part>2</pdfaid:part>", meta)
    assert re.search(r"<pdfuaid:part>1</pdfuaid:part>", meta)
    assert rendered.notes == ()


def test_docx_uses_real_styles_contents_and_tables(word, rendered):
    headings = [p.text for p in word.paragraphs if p.style.name == "Heading 1"]
    assert headings == SECTIONS
    assert sum(p.style.name == "Exhibit Title" for p in word.paragraphs) == 8
    assert any(
        "Causes and effects" in p.text for p in word.paragraphs if p.style.name.lower() == "toc 1"
    )
    document = zipfile.ZipFile(rendered.files["docx"]).read("word/document.xml").decode()
    assert 'TOC \\o "1-2"' in document
    assert all(t.style is not None and t.style.name in ("Table", "KPITable") for t in word.tables)
    assert word.core_properties.title == "Omnichannel assessment"
    assert "PAGE" in word.sections[0].footer._element.xml


def test_docx_pictures_have_descriptions(word):
    found = re.findall(r'<wp:docPr [^>]*descr="([^"]*)"', word.element.xml)
    assert len(found) == 5
    assert all(len(text) > 10 for text in found)


def test_docx_tables_never_touch(word):
    # Two tables without a paragraph between them become one in Word.
    body = word.element.body
    kinds = [child.tag.rpartition("}")[2] for child in body]
    assert not any(a == b == "tbl" for a, b in pairwise(kinds))


def test_docx_has_no_page_that_only_a_break_makes(word):
    # A break before a heading belongs to the heading: in a paragraph of its own it can fall on a
    # page of its own.
    blocks = [b for b in word.element.body if not b.tag.endswith(("bookmarkStart", "bookmarkEnd"))]
    ends = [b.find(f"{qn('w:pPr')}/{qn('w:sectPr')}") is not None for b in blocks]
    assert not any(a and b for a, b in pairwise(ends))
    for block, below in pairwise(blocks):
        if block.findall(f"{qn('w:r')}/{qn('w:br')}"):
            style = below.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
            assert not style.get(qn("w:val")).startswith("Heading")
    breaking = [p.text for p in word.paragraphs if p.paragraph_format.page_break_before]
    assert "Causes and effects" in breaking


def test_docx_running_heads_reach_the_edge_of_a_turned_page(make_run, tmp_path):
    folder = make_run(("risk",))
    file = folder / "results/risk.json"
    result = Result.from_json(file.read_text(encoding="utf-8"), where="risk")
    table = next(e for e in result.exhibits if e.kind == "table")
    wide = pd.DataFrame({f"Column_heading_{k}": ["A_word_of_some_length"] for k in range(8)})
    wide.to_parquet(folder / table.path)
    twice = (table, replace(table, name="again"))
    others = tuple(e for e in result.exhibits if e is not table)
    file.write_text(replace(result, exhibits=(*others, *twice)).to_json(), encoding="utf-8")
    report = write_report(folder, out=tmp_path / "r", to=["docx"])
    document = Document(str(report.files["docx"]))
    turned = [s for s in document.sections if s.orientation == WD_ORIENT.LANDSCAPE]
    upright = [s for s in document.sections if s.orientation != WD_ORIENT.LANDSCAPE]
    # Two wide tables in a row: two turned sections with no upright page between them.
    assert [s.orientation for s in document.sections].count(WD_ORIENT.LANDSCAPE) == 2
    for sections, reach in ((turned, 14110), (upright, 9185)):
        for section in sections:
            for head in (section.header, section.footer):
                (stop,) = head.paragraphs[0].paragraph_format.tab_stops
                assert abs(stop.position.twips - reach) <= 1
            assert "Simulated data" in section.header.paragraphs[0].text


@pytest.mark.parametrize("name", ["html", "pdf", "docx"])
def test_files_hold_no_path_of_the_machine(rendered, name):
    data = rendered.files[name].read_bytes()
    if name == "docx":
        with zipfile.ZipFile(rendered.files[name]) as archive:
            data = b"".join(archive.read(part) for part in archive.namelist())
    assert str(Path.home()).encode() + b"/" not in data
    assert str(rendered.folder).encode() not in data
