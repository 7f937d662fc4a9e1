"""Markup that reached the reader as text is found; what was escaped or is code is not."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import yaml
from lxml import html as lxml_html
from pypdf import PdfReader

from omnisim.report import write_report
from omnisim.report.escape import escape
from omnisim.report.lint import lint_report
from omnisim.report.lint.markup import leaked_markup, with_meant_aside
from omnisim.report.loading import load_run
from omnisim.report.pandoc import parse
from omnisim.report.source import read_source

LEAKS = {
    "a fence without a line before it": (
        "A sentence.\n::: {.om-sowhat}\n\nMore.\n\n:::",
        "a fence",
    ),
    "a fence in a line": ("A sentence ::: and more.", "a fence"),
    "a shortcode that is none": ("Sales of {{< results.x and more.", "a shortcode"),
    "a template": ("Sales of {{ sales }} a year.", "a template"),
    "a template's tag": ("{% if sales %} Sales.", "a template"),
    "an identifier of a paragraph": ("A sentence. {#here}", "an attribute"),
    "a class without its bracket": ("A sentence]{.om-lead} goes on.", "an attribute"),
    "bold type that does not close": ("The **first line of all.", "bold"),
    "bold type with blanks": ("The ** first ** line.", "bold"),
    "a table without its head": ("Some words.\n\n|---|---|", "rule of a table"),
    "a table's rule in a line": ("Words | more\n|:---|---:| and end.", "rule of a table"),
    "in a list": ("- one\n- two ::: three", "a fence"),
    "in a heading": ("# One ** two", "bold"),
    "in a cell": ("| a | b |\n|---|---|\n| {{ x }} | 2 |", "a template"),
    "in bold type": ("**One ::: two**", "a fence"),
}
MEANT = (
    "A:::B",
    "A ::: B",
    "{{< include x >}}",
    "{{ client }} {% if %}",
    "**Stars** & [x]{.y} {#id}",
    "@fig-1 and @tbl-2",
    "|---|:---|",
    ":::::: {.om-lead}",
)


def remarks_on(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "report.qmd"
    file.write_text(f"---\ntitle: T\nlang: en\n---\n\n{text}\n", encoding="utf-8")
    source = with_meant_aside(read_source(file))
    return [str(remark) for remark in leaked_markup(source, parse(source))]


@pytest.mark.parametrize("name", LEAKS)
def test_markup_that_was_not_understood_is_found_once_with_its_line(tmp_path, name):
    text, what = LEAKS[name]
    before = "First.\n\n" * 3
    remarks = remarks_on(tmp_path, f"{before}{text}")
    if "::: {.om-sowhat}" in text:
        remarks = remarks[:1]  # its end is left over as well
    (remark,) = remarks
    assert what in remark
    line = int(remark.split(":")[1])
    assert 12 <= line <= 12 + text.count("\n"), "front matter and three paragraphs stand above"


@pytest.mark.parametrize("text", MEANT)
def test_what_was_escaped_is_meant(tmp_path, text):
    meant = escape(text)
    words = f"The client {meant} sells.\n\n# About {meant}\n\n| {meant} | n |\n|:---|---:|\n| {meant} | 1 |"
    assert remarks_on(tmp_path, words) == []
    assert remarks_on(tmp_path, f"{meant} sells.\n\n- {meant}\n\n[{meant}]{{.om-lead}}") == []


def test_a_leak_beside_an_escaped_name_is_found(tmp_path):
    (remark,) = remarks_on(
        tmp_path, f"{escape('A:::B')} sells.\n\nIt ::: grows.\n\n{escape(':::')}"
    )
    assert "report.qmd:8" in remark


def test_code_is_shown_as_it_is(tmp_path):
    assert remarks_on(tmp_path, "Write `::: {.x}` and `**bold**`.\n\n```\n{{ x }}\n```") == []


def test_a_good_block_is_no_leak(tmp_path):
    good = "::: {.om-sowhat}\n\n**So what.** More, see [it](#one){.om-ref}.\n\n:::\n\n# One {#one .om-newpage}"
    assert remarks_on(tmp_path, good) == []


def test_what_the_lint_finds_is_what_readers_see(run_folder, tmp_path):
    """A fence without an empty line before it: in every format, and said with its file and line."""
    folder = tmp_path / "r"
    write_report(run_folder, out=folder, to=["html", "pptx"], engine="embedded")
    run = load_run(run_folder)
    assert [r for r in lint_report(folder, run) if "not understood" in str(r)] == []
    for name in ("report.qmd", "report-deck.qmd"):
        file = folder / name
        text = file.read_text(encoding="utf-8")
        file.write_text(
            f"{text}\n\n## One more thing is said\n\nWords.\n::: {{.om-lead}}\n\nMore.\n\n:::\n",
            encoding="utf-8",
        )
    files = write_report(run_folder, out=folder, engine="embedded").files
    assert ":::" in lxml_html.fromstring(files["html"].read_bytes()).text_content()
    assert any(":::" in page.extract_text() for page in PdfReader(files["pdf"]).pages)
    for name, part in (("docx", "word/document.xml"), ("pptx", "ppt/slides/")):
        file = folder / ("report.docx" if name == "docx" else "report-deck.pptx")
        with zipfile.ZipFile(file) as parts:
            texts = [parts.read(n).decode() for n in parts.namelist() if n.startswith(part)]
        assert any(":::" in text for text in texts), name
    found = [str(r) for r in lint_report(folder, run) if "not understood" in str(r)]
    assert {text.split(":")[0] for text in found} == {"report.qmd", "report-deck.qmd"}


@pytest.mark.parametrize("client", ["{{< include x >}}", "A:::B ** C]{.x}"])
def test_a_clients_name_is_never_an_error(run_folder, tmp_path, client):
    engagement = tmp_path / "engagement.yml"
    engagement.write_text(yaml.safe_dump({"client": client, "author": client}), encoding="utf-8")
    folder = tmp_path / "r"
    write_report(
        run_folder,
        out=folder,
        to=["html", "pptx"],
        lang=["en", "zh"],
        engine="embedded",
        engagement=engagement,
    )
    remarks = [str(remark) for remark in lint_report(folder, load_run(run_folder))]
    assert [r for r in remarks if "stands in the text" in r] == []
