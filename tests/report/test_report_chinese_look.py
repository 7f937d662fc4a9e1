"""The look of Chinese documents: fonts, marks, page numbers, and what an installation without fonts does."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from docx import Document
from docx.enum.text import WD_LINE_SPACING
from docx.oxml.ns import qn
from lxml import html as lxml_html
from pypdf import PdfReader

from omnisim.errors import ReportError
from omnisim.figures import house
from omnisim.language import fonts as font_packages
from omnisim.report import fonts, rows, write_report
from omnisim.report.engine_embedded import Job, render
from omnisim.report.project import complete_project

MOST_BYTES = 3_000_000  # of an HTML report: what mail servers and messengers still take


@pytest.fixture(scope="module")
def pages(rendered_chinese) -> list[str]:
    return [page.extract_text() for page in PdfReader(rendered_chinese.files["pdf"]).pages]


def fonts_of(file: Path) -> set[str]:
    found = set()
    for page in PdfReader(file).pages:
        for font in (page["/Resources"].get("/Font") or {}).values():
            found.add(str(font.get_object()["/BaseFont"]).partition("+")[2].partition("-")[0])
    return found


def make(tmp_path: Path, text: str, *formats: str, front: str = "lang: zh") -> dict[str, Path]:
    """A short source rendered by the embedded engine."""
    folder = tmp_path / "r"
    folder.mkdir()
    (tmp_path / "work").mkdir()
    (folder / "report.qmd").write_text(f"---\ntitle: 标题\n{front}\n---\n\n{text}\n", "utf-8")
    job = Job(folder, complete_project(folder), tmp_path / "work", dt.date(2025, 12, 31))
    return render(job, formats)[0]


def test_pdf_is_set_in_the_brand_and_the_chinese_face_only(rendered_chinese):
    assert fonts_of(rendered_chinese.files["pdf"]) == {"Lato", "NotoSansCJKsc"}


def test_pdf_keeps_its_standards(rendered_chinese):
    data = rendered_chinese.files["pdf"].read_bytes()
    assert b"pdfuaid:part" in data
    assert re.search(rb"pdfaid:conformance>B<", data)
    assert PdfReader(rendered_chinese.files["pdf"]).trailer["/Root"]["/Lang"] == "zh-CN"


def test_every_page_of_the_pdf_counts_in_chinese_and_is_marked(pages):
    for number, text in enumerate(pages[1:], 2):
        squeezed = "".join(text.split())
        assert f"第{number}页，共{len(pages)}页" in squeezed
        assert "仿真数据" in squeezed
    assert "目录" in pages[1]
    assert " of " not in pages[-1].splitlines()[-1]


def test_html_says_its_language_and_brings_its_font(rendered_chinese):
    data = rendered_chinese.files["html"].read_bytes()
    page = lxml_html.fromstring(data)
    assert page.get("lang") == "zh-Hans"
    assert len(data) <= MOST_BYTES
    assert page.xpath("string(//a[@class='om-skip'])") == "跳至正文"
    assert page.xpath("//nav[@id='TOC']/@aria-label") == ["目录"]
    assert page.xpath("//em|//i") == []
    style = page.xpath("string(//style)")
    assert "font-family:Noto Sans CJK SC;font-weight:100 900" in style
    assert "Lato-Italic" not in style
    assert "font-style:italic" not in style


def test_exhibits_are_numbered_and_referred_to_without_a_blank(rendered_chinese):
    page = lxml_html.fromstring(rendered_chinese.files["html"].read_bytes())
    titles = [t.text_content().strip() for t in page.xpath("//*[@class='om-exhibit-title']")]
    assert [re.match(r"图表(\d+)：\S", title)[1] for title in titles] == [
        str(n) for n in range(1, len(titles) + 1)
    ]
    references = [r.text_content() for r in page.xpath("//a[contains(@class, 'om-ref')]")]
    assert references
    assert all(re.fullmatch(r"图表\d+", text) for text in references)


def test_word_file_names_a_chinese_face_and_language(rendered_chinese):
    file = rendered_chinese.files["docx"]
    document = Document(str(file))
    assert document.core_properties.language == "zh-CN"
    normal = document.styles["Normal"].element.rPr.rFonts
    assert normal.get(qn("w:eastAsia")) == "Microsoft YaHei"
    with zipfile.ZipFile(file) as parts:
        settings = parts.read("word/settings.xml").decode()
        table = parts.read("word/fontTable.xml").decode()
        body = parts.read("word/document.xml").decode()
    assert 'w:characterSpacingControl w:val="compressPunctuation"' in settings
    assert "微软雅黑" in table
    assert "<w:i/>" not in body
    for run in document.element.body.iter(qn("w:r")):
        if set("".join(t.text or "" for t in run.findall(qn("w:t")))) & set("“”…—"):
            assert run.rPr.rFonts.get(qn("w:hint")) == "eastAsia"


def test_pages_of_the_word_file_count_in_chinese(rendered_chinese):
    footer = Document(str(rendered_chinese.files["docx"])).sections[-1].footer
    text = "".join(paragraph.text for paragraph in footer.paragraphs)
    assert re.search(r"\t第.*页，共.*页$", text)
    assert " of " not in text


def test_emphasis_is_bold_and_lines_of_the_source_join(tmp_path):
    source = "第一行结束，\n第二行*着重*开始。\nEnglish\nwords 与中文\n混排。"
    page = lxml_html.fromstring(make(tmp_path, source, "html")["html"].read_bytes())
    (text,) = page.xpath("//main//p[strong]")
    assert text.text_content() == "第一行结束，第二行着重开始。English words 与中文混排。"
    assert text.xpath("string(strong)") == "着重"


def test_an_english_document_keeps_its_blanks_and_italics(tmp_path):
    files = make(tmp_path, "One *line*\nand another.", "html", front="lang: en")
    page = lxml_html.fromstring(files["html"].read_bytes())
    assert page.get("lang") == "en"
    assert page.xpath("string(//main//em)") == "line"
    assert "Noto Sans CJK SC;font-weight" not in page.xpath("string(//style)")


TURNED = """# 局限

正文。

# 附录 {.om-newpage}

说明文字。

::: {#exh-a .om-exhibit .om-landscape}

[标题]{.om-exhibit-title}

::: {.om-table .om-small}

| 甲 | 乙 |
|:---|:---|
| 一 | 二 |

:::

[来源]{.om-exhibit-note}

:::
"""


def test_a_turned_page_carries_the_heading_above_it(tmp_path):
    files = make(tmp_path, TURNED, "pdf", "docx")
    pages = PdfReader(files["pdf"]).pages
    turned = [page for page in pages if page.mediabox.width > page.mediabox.height]
    assert len(turned) == 1
    assert "附录" in turned[0].extract_text()
    assert all(len(page.extract_text().split()) > 3 for page in pages[2:])  # none is empty
    document = Document(str(files["docx"]))
    order = [
        "turn" if p._p.findall(f".//{qn('w:sectPr')}") else p.text
        for p in document.paragraphs
        if p.text in ("附录", "局限") or p._p.findall(f".//{qn('w:sectPr')}")
    ]
    assert order[-4:] == ["局限", "turn", "附录", "turn"]


@pytest.fixture
def without_fonts(monkeypatch):
    monkeypatch.setattr(fonts, "text_font", lambda: None)


def test_without_the_extra_a_chinese_pdf_is_refused_before_work_starts(
    without_fonts, run_folder, tmp_path
):
    with pytest.raises(ReportError, match=re.escape('pip install "omnisim[zh]"')):
        write_report(run_folder, out=tmp_path / "r", lang="zh", engine="embedded")
    assert not (tmp_path / "r").exists()


def test_without_the_extra_html_takes_the_reader_s_font_and_says_so(
    without_fonts, run_folder, tmp_path
):
    report = write_report(
        run_folder, out=tmp_path / "r", lang="zh", to=["html", "docx"], engine="embedded"
    )
    assert any("carries no font" in note and "omnisim[zh]" in note for note in report.notes)
    style = lxml_html.fromstring(report.files["html"].read_bytes()).xpath("string(//style)")
    assert "Noto Sans CJK SC;font-weight" not in style
    assert '"PingFang SC", "Microsoft YaHei"' in style


@pytest.mark.parametrize(
    ("languages", "formats"), [(["zh"], ["docx"]), (["en"], ["pdf", "html"]), ([], [])]
)
def test_nothing_is_said_of_fonts_where_none_is_needed(without_fonts, languages, formats):
    assert fonts.check_fonts(languages, formats) == ()


def test_tables_have_as_many_columns_in_both_languages():
    english, chinese = (rows.widths(lang) for lang in ("en", "zh"))
    assert {n: len(w) for n, w in english.items()} == {n: len(w) for n, w in chinese.items()}


def test_charts_and_documents_look_in_one_place():
    assert font_packages.chart_font() is not None
    assert font_packages.text_font() is not None
    assert house.can_write("zh")
    faces = fonts.font_faces("净销售额", "zh")
    assert faces.count("@font-face") == 3  # Lato in two weights, and the Chinese face


def test_a_package_that_is_not_there_gives_no_font(monkeypatch):
    for find in (font_packages.chart_font, font_packages.text_font):
        find.cache_clear()

    def missing(name: str) -> object:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", missing)
    try:
        assert font_packages.chart_font() is None
        assert font_packages.text_font() is None
    finally:
        for find in (font_packages.chart_font, font_packages.text_font):
            find.cache_clear()


def test_word_lines_are_as_far_apart_in_every_typeface(rendered_chinese):
    """Chinese faces say 1.0 to 1.5 themselves; a picture in a line of exact height would be cut."""
    document = Document(str(rendered_chinese.files["docx"]))
    for name in ("Body Text", "Compact", "So What", "TOC 2"):
        style = document.styles[name]
        assert style.paragraph_format.line_spacing_rule == WD_LINE_SPACING.EXACTLY, name
        # Type and a third to a half of it, as Chinese is printed.
        assert 1.3 <= style.paragraph_format.line_spacing / style.font.size <= 1.55, name
    drawn = [p for p in document.paragraphs if p._p.findall(f".//{qn('w:drawing')}")]
    assert drawn
    assert all(p.paragraph_format.line_spacing == 1.0 for p in drawn)


def test_word_breaks_numbers_in_a_row_between_them(tmp_path):
    files = make(tmp_path, "| 行动 | n |\n|:--|--:|\n| R1、R2、R10 | 1 |\n| 甲、乙 | 2 |", "docx")
    (table,) = Document(str(files["docx"])).tables
    assert [row.cells[0].text for row in table.rows] == [
        "行动",
        "R1、\u200bR2、\u200bR10",
        "甲、乙",
    ]
