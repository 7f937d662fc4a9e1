"""Quarto on PATH: used when it works, said when it does not."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest
import yaml
from lxml import html as lxml_html

from omnisim.errors import ReportError
from omnisim.report import write_report
from omnisim.report.engine_quarto import find_quarto
from omnisim.report.project import project_sources


@pytest.fixture
def stub(tmp_path, monkeypatch):
    """Puts a program called quarto on an otherwise empty PATH."""

    def make(script: str) -> None:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        program = folder / "quarto"
        program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    return make


BROKEN = {
    "exit 3": "fails with exit code 3",
    "echo hello": "says no version: 'hello'",
    "echo 1.2.475": "is version 1.2.475; 1.5 is needed",
}


@pytest.mark.parametrize("script", list(BROKEN))
def test_a_broken_or_old_quarto_is_passed_over_and_said(stub, run_folder, tmp_path, script):
    stub(script)
    report = write_report(run_folder, out=tmp_path / "r", to=["html"], engine="auto")
    assert report.engine == "embedded"
    assert any(BROKEN[script] in note and "embedded engine" in note for note in report.notes)
    page = lxml_html.fromstring(report.files["html"].read_bytes())
    assert "Produced by omnisim with its embedded engine" in page.text_content()
    assert "the Quarto found could not be used" in page.text_content()


@pytest.mark.parametrize("script", list(BROKEN))
def test_asked_for_a_broken_quarto_is_an_error(stub, run_folder, tmp_path, script):
    stub(script)
    with pytest.raises(ReportError, match=BROKEN[script]):
        write_report(run_folder, out=tmp_path / "r", to=["html"], engine="quarto")
    assert not (tmp_path / "r").exists()


def test_without_quarto_auto_is_silent_and_quarto_is_an_error(run_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert write_report(run_folder, out=tmp_path / "r", to=["html"]).notes == ()
    with pytest.raises(ReportError, match="quarto is not on PATH"):
        write_report(run_folder, out=tmp_path / "q", to=["html"], engine="quarto")


def test_a_working_quarto_renders(stub, run_folder, tmp_path):
    stub('[ "$1" = --version ] && echo 1.9.36 && exit 0\necho "$@ in $(pwd)" > report.html')
    report = write_report(run_folder, out=tmp_path / "r", to=["html"])
    assert report.engine == "quarto"
    said = report.files["html"].read_text(encoding="utf-8")
    assert said.strip() == f"render report.qmd --to html --no-execute in {tmp_path / 'r'}"


def test_a_failing_render_is_one_line(stub, run_folder, tmp_path):
    stub(
        '[ "$1" = --version ] && echo 1.9.36 && exit 0\necho "noise" >&2; echo "ERROR: YAML line 3" >&2; exit 1'
    )
    with pytest.raises(ReportError, match="quarto render --to typst: ERROR: YAML line 3"):
        write_report(run_folder, out=tmp_path / "r", to=["pdf"])


def test_the_project_keeps_what_both_engines_agree_on():
    config = yaml.safe_load((project_sources() / "_quarto.yml").read_text(encoding="utf-8"))
    formats = config["format"]
    # Themes and MathJax are fetched from the network; one main font; no name Quarto uses itself.
    assert formats["html"]["theme"] == "none"
    assert formats["html"]["html-math-method"] == "mathml"
    assert isinstance(formats["typst"]["mainfont"], str)
    for name in (
        *formats["typst"]["template-partials"],
        *config["filters"],
        formats["html"]["css"],
        formats["docx"]["reference-doc"],
    ):
        assert (project_sources() / name).is_file()
    partials = " ".join(
        (project_sources() / name).read_text(encoding="utf-8")
        for name in formats["typst"]["template-partials"]
    )
    for taken in ("callout", "article", "endnote", "content-to-string"):
        assert f"#let {taken}" not in partials


needs_quarto = pytest.mark.skipif(shutil.which("quarto") is None, reason="quarto is not on PATH")


@pytest.mark.quarto
@needs_quarto
def test_both_engines_agree(run_folder, rendered, tmp_path):
    assert find_quarto().is_usable
    report = write_report(
        run_folder, out=tmp_path / "q", to=["html", "pdf", "docx"], engine="quarto"
    )
    assert report.files["pdf"].read_bytes()[:5] == b"%PDF-"

    def outline(file: Path) -> tuple[list[str], list[str], list[str]]:
        page = lxml_html.fromstring(file.read_bytes())
        return (
            [
                " ".join(h.text_content().split())
                for h in page.xpath("//h1|//h2")
                if "toc" not in (h.get("id") or "")
            ],
            [
                " ".join(t.text_content().split())
                for t in page.xpath("//*[@class='om-exhibit-title']")
            ],
            [" ".join(c.text_content().split()) for c in page.xpath("//td")],
        )

    assert outline(report.files["html"]) == outline(rendered.files["html"])
