"""Hostile text in every field: it shows as text in every format, and nothing else happens."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from itertools import cycle
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from docx import Document
from lxml import html as lxml_html
from pptx import Presentation
from pypdf import PdfReader

from omnisim.language.fonts import INSTALL, text_font
from omnisim.report import write_report
from omnisim.report.escape import plain
from omnisim.report.lint import lint_report
from omnisim.results import Result

STRINGS = {
    "script": "<script>alert('x')</script><img src=x onerror=alert(1)>",
    "include": "{{< include /etc/passwd >}} {{< meta results.dataset >}}",
    "typst": '#import "@preview/cetz:0.1.0" #read("/etc/passwd") #panic() $x$ @label *b* _i_ `c`',
    "backslashes": "\\input{/etc/passwd} \\\\server\\share \\n C:\\new\\",
    "fences": "::: {.om-sowhat} ``` --- +++ | a | b | {=typst} ]{.x} [^1] ![x](http://a.b/c.png)",
    "quotes": "\"double\" 'single' ’curly’ `tick` «fr» &lt; &amp; %s {x} }} {#id}",
    "lists": "1. one - two + three > four # five ~ six : seven",
    "right to left": "مرحبا بالعالم \u202etxt.exe\u202c שלום",
    "emoji": "🚀 growth 👩‍💻 家",
    "long": "x" * 300,
    "lines": "first\n\n# second\n\n---\nthird\x00\x07",
    "yaml": "key: [value] # comment: - & * ! | > ' \" % @ `",
}
# What decides structure rather than being shown.
_KEEP = {
    "name",
    "unit",
    "role",
    "kind",
    "path",
    "value_name",
    "cost_name",
    "effort",
    "confidence",
    "horizon",
    "question_id",
    "semantics",
    "dataset_hash",
    "first_date",
    "last_date",
    "currency",
}


def _poison(texts: list[str]) -> Callable[[Result], Result]:
    """Put the texts into every field that is shown, one after the other."""

    def poison(result: Result) -> Result:
        turn = cycle(texts)
        parts = {
            part: tuple(_poisoned(item, turn) for item in getattr(result, part))
            for part in ("estimates", "checks", "exhibits", "findings", "truth")
        }
        words = dict.fromkeys(("assumptions", "limitations", "methods"), tuple(texts))
        source = replace(result.source, dataset=texts[0], locale=texts[0])
        given = {"question": next(turn), "answer": next(turn), "parameters": {texts[0]: texts[0]}}
        return replace(result, source=source, **given, **parts, **words)

    return poison


def _poisoned(item: Any, turn: Iterator[str]) -> Any:
    names = [f.name for f in fields(item) if f.name not in _KEEP]
    return replace(item, **{n: next(turn) for n in names if isinstance(getattr(item, n), str)})


def _slides(report) -> str:
    """All texts of a deck with its notes."""
    found = []
    for slide in Presentation(str(report.files["pptx"])).slides:
        found += [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
        found += [slide.notes_slide.notes_text_frame.text] if slide.has_notes_slide else []
    return " ".join(found)


def _squash(text: str) -> str:
    """Letters and digits only: line breaks and hyphenation of a page do not count."""
    return "".join(char for char in text if char.isalnum() and ord(char) < 0x590)


@pytest.mark.parametrize("first", range(4))
def test_hostile_text_is_only_text(make_run, tmp_path, first):
    texts = list(STRINGS.values())[first::4]
    run = make_run(("overview", "attribution"), edit=_poison(texts))
    report = write_report(run, out=tmp_path / "r", engine="embedded")

    page = lxml_html.fromstring(report.files["html"].read_bytes())
    assert page.xpath("//main//script|//iframe|//object|//embed|//link") == []
    assert len(page.xpath("//script")) == 1  # the report's own
    assert page.xpath("//@*[starts-with(name(), 'on')]") == []
    assert all(src.startswith("data:") for src in page.xpath("//@src"))
    assert len(page.xpath("//img")) == 2
    shown = " ".join(page.xpath("string(//main)").split()).replace("\u00a0", " ").replace("’", "'")

    word = Document(str(report.files["docx"]))
    cells = [c.text for t in word.tables for row in t.rows for c in row.cells]
    written = _squash(" ".join([p.text for p in word.paragraphs] + cells))

    printed = " ".join(sheet.extract_text() for sheet in PdfReader(report.files["pdf"]).pages)
    for text in map(plain, texts):
        assert text.replace("\u00a0", " ").replace("’", "'") in shown
        assert _squash(text) in written
        assert _squash(text)[:60] in _squash(printed)
    told = _slides(report)
    assert any(_squash(text)[:20] in _squash(told) for text in map(plain, texts))
    high = [r for r in lint_report(report.folder) if re.search(r" pt |outside|overlap", str(r))]
    assert high == []
    for content in (shown, written, printed, told):
        assert "root:" not in content  # nothing of /etc/passwd


def test_client_name_of_the_ledger_is_only_text(make_run, tmp_path):
    run = make_run(("overview",))
    name = '</style><script>x</script> {{< include x >}} "A & B" #1 \\'
    (run / "run.json").write_text(
        json.dumps({"client": name, "confidentiality": name}), encoding="utf-8"
    )
    report = write_report(run, out=tmp_path / "r", engine="embedded")
    page = lxml_html.fromstring(report.files["html"].read_bytes())
    assert len(page.xpath("//script")) == 1  # the report's own
    assert page.xpath("string(//*[contains(@class, 'om-cover-client')])").strip() == name
    word = Document(str(report.files["docx"]))
    assert name in word.sections[0].footer.paragraphs[0].text


def test_characters_no_font_has_cost_the_archive_standard_and_say_so(make_run, tmp_path):
    run = make_run(("overview",), edit=lambda r: replace(r, answer="🚀 家"))
    report = write_report(run, out=tmp_path / "r", to=["pdf"], engine="embedded")
    assert any("shows boxes" in note and "PDF/A-2b" in note for note in report.notes)


@pytest.mark.skipif(text_font() is None, reason="needs the fonts of the extra zh")
def test_a_chinese_name_in_an_english_pdf_has_the_chinese_face(make_run, tmp_path):
    run = make_run(("overview",))
    (run / "run.json").write_text(json.dumps({"client": "港松百货"}), encoding="utf-8")
    report = write_report(run, out=tmp_path / "r", to=["pdf"], engine="embedded")
    assert not any("PDF/A-2b" in note for note in report.notes)
    cover = PdfReader(report.files["pdf"]).pages[0]
    fonts = cover["/Resources"]["/Font"].values()
    names = {str(font.get_object()["/BaseFont"]).partition("+")[2] for font in fonts}
    assert any(name.startswith("NotoSansCJK") for name in names), names


def test_without_a_chinese_face_the_boxes_and_the_remedy_are_said(make_run, tmp_path, monkeypatch):
    monkeypatch.setattr("omnisim.report.engine_embedded.text_font", lambda: None)
    monkeypatch.setattr("omnisim.report.fonts.text_font", lambda: None)
    run = make_run(("overview",))
    (run / "run.json").write_text(json.dumps({"client": "港松百货"}), encoding="utf-8")
    report = write_report(run, out=tmp_path / "r", to=["pdf"], engine="embedded")
    (note,) = [note for note in report.notes if "PDF/A-2b" in note]
    assert note.endswith(INSTALL)


def test_table_cells_of_the_data_are_only_text(make_run, tmp_path):
    run = make_run(("overview",))
    file = run / "tables" / "overview-maturity.parquet"
    pd.DataFrame(
        {"A | b": list(STRINGS.values()), "{{< include x >}}": range(len(STRINGS))}
    ).to_parquet(file)
    report = write_report(run, out=tmp_path / "r", to=["html", "pdf"], engine="embedded")
    page = lxml_html.fromstring(report.files["html"].read_bytes())
    (table,) = page.xpath("//*[@id='exh-overview-maturity']//table")
    cells = [" ".join(td.text_content().split()) for td in table.xpath(".//tbody/tr/td[1]")]
    assert [c.replace("’", "'") for c in cells] == [
        " ".join(plain(s).split()).replace("’", "'") for s in STRINGS.values()
    ]
    assert [th.text_content() for th in table.xpath(".//th")] == ["A | b", "{{< include x >}}"]


def test_nothing_is_read_from_the_environment_of_the_caller(run_folder, tmp_path, monkeypatch):
    # A hostile data folder of Pandoc must not change what is made.
    evil = tmp_path / "evil" / "templates"
    evil.mkdir(parents=True)
    (evil / "default.html5").write_text("OWNED", encoding="utf-8")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "evil"))
    monkeypatch.setenv("HOME", str(tmp_path / "evil"))
    report = write_report(run_folder, out=tmp_path / "r", to=["html"], engine="embedded")
    assert "OWNED" not in report.files["html"].read_text(encoding="utf-8")
    assert Path(os.environ["HOME"]) == tmp_path / "evil"
