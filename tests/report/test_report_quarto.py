"""Quarto on PATH: used when it works, said when it does not."""

from __future__ import annotations

import fnmatch
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import yaml
from docx import Document
from lxml import html as lxml_html
from pptx import Presentation
from pypdf import PdfReader

from omnisim.errors import ReportError
from omnisim.report import engine_quarto, quarto_process, write_report
from omnisim.report.engine_quarto import find_quarto
from omnisim.report.fonts import font_folders
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
    "printf 'a\\nb\\n\\033[31mno deno\\033[0m\\r\\nin \\007/opt\\n' >&2; exit 1": "code 1: b / no deno / in /opt",
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
    assert (
        said.strip() == f"render report.qmd --to html --no-execute --profile en in {tmp_path / 'r'}"
    )


def test_an_empty_file_is_no_report(stub, run_folder, tmp_path):
    stub('[ "$1" = --version ] && echo 1.9.36 && exit 0\n: > report.html')
    with pytest.raises(ReportError, match=r"quarto 1\.9\.36 wrote no report\.html"):
        write_report(run_folder, out=tmp_path / "r", to=["html"])
    assert not (tmp_path / "r" / "report.html").exists()


RECORDING = """
[ "$1" = --version ] && echo 1.9.36 && exit 0
echo "$@" >> "$RECORD"
env | grep -E "^(OMNISIM_HOOKS|TYPST_|SOURCE_DATE_EPOCH)" | sort >> "$RECORD"
case "$4" in docx) cp "$BRAND/reference.docx" report.zh.docx;; html) echo page > report.zh.html;; esac
"""


def test_chinese_documents_take_their_profile_and_their_fonts(
    stub, run_folder, tmp_path, monkeypatch
):
    record = tmp_path / "record"
    monkeypatch.setenv("RECORD", str(record))
    monkeypatch.setenv("BRAND", str(project_sources() / "_brand"))
    monkeypatch.setenv("QUARTO_PROFILE", "en")  # of the reader's shell; the flag replaces it
    stub(RECORDING)
    report = write_report(
        run_folder, out=tmp_path / "r", lang="zh", to=["html", "docx"], engine="quarto"
    )
    lines = record.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("render")] == [
        "render report.zh.qmd --to html --no-execute --profile zh",
        "render report.zh.qmd --to docx --no-execute --profile zh",
    ]
    told = dict(line.split("=", 1) for line in lines if "=" in line)
    assert told["OMNISIM_HOOKS"] == "off"  # what is made is finished once, by the caller
    assert told["TYPST_IGNORE_SYSTEM_FONTS"] == "true"
    assert told["TYPST_FONT_PATHS"].split(":")[:2] == [str(f) for f in font_folders(chinese=True)]
    assert told["SOURCE_DATE_EPOCH"] == "1767139200"  # 31 December 2025, the last day of the data
    assert report.files["html"] == tmp_path / "r" / "report.zh.html"
    assert Document(str(report.files["docx"])).core_properties.language == "zh-CN"


def test_a_source_beyond_the_subset_is_refused_before_quarto_is_asked(stub, run_folder, tmp_path):
    stub('[ "$1" = --version ] && echo 1.9.36 && exit 0\necho asked > asked; exit 1')
    folder = tmp_path / "r"
    folder.mkdir()
    (folder / "report.qmd").write_text("See @smith.\n", encoding="utf-8")
    with pytest.raises(ReportError, match="citation @smith: the report has no bibliography"):
        write_report(run_folder, out=folder, to=["html"], engine="quarto")
    assert not (folder / "asked").exists()


def test_a_failing_render_is_one_line(stub, run_folder, tmp_path):
    stub(
        '[ "$1" = --version ] && echo 1.9.36 && exit 0\necho "noise" >&2; echo "ERROR: YAML line 3" >&2; exit 1'
    )
    with pytest.raises(ReportError, match="quarto render --to typst: ERROR: YAML line 3"):
        write_report(run_folder, out=tmp_path / "r", to=["pdf"])


def test_a_failing_render_is_quoted_within_bounds(stub, run_folder, tmp_path):
    stub(
        '[ "$1" = --version ] && echo 1.9.36 && exit 0\n'
        'printf "begins\\nERROR: In file report.qmd\\n(line 3) \\033[1mkey x\\033[0m\\n%0999d\\nend" 7; exit 1'
    )
    with pytest.raises(ReportError) as caught:
        write_report(run_folder, out=tmp_path / "r", to=["html"])
    told = str(caught.value)
    assert told.startswith(
        "quarto render --to html: ERROR: In file report.qmd / (line 3) key x / 000"
    )
    assert len(told) < 350
    stub('[ "$1" = --version ] && echo 1.9.36 && exit 0\nexit 4')
    with pytest.raises(ReportError, match="--to html: no message, exit code 4"):
        write_report(run_folder, out=tmp_path / "r", to=["html"])


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


def test_profiles_split_the_documents_by_language():
    folder = project_sources()
    read = {
        name: yaml.safe_load((folder / f"{name}.yml").read_text(encoding="utf-8"))
        for name in ("_quarto", "_quarto-en", "_quarto-zh")
    }
    assert read["_quarto"]["profile"] == {"default": "en"}
    # Quarto joins the lists of both files: one here as well would render every document twice.
    assert "render" not in read["_quarto"]["project"]
    assert [read[f"_quarto-{lang}"]["lang"] for lang in ("en", "zh")] == ["en", "zh"]
    names = ["report.qmd", "report.zh.qmd", "example/risk.qmd", "example/risk.zh.qmd"]
    for lang, wanted in (("en", names[::2]), ("zh", names[1::2])):
        globs = read[f"_quarto-{lang}"]["project"]["render"]
        kept = [g for g in globs if not g.startswith("!")]
        dropped = [g[1:] for g in globs if g.startswith("!")]
        assert [
            name
            for name in names
            if any(_matches(name, g) for g in kept) and not any(_matches(name, g) for g in dropped)
        ] == wanted


def _matches(name: str, glob: str) -> bool:
    """Whether a glob with one star per folder means a file."""
    parts, globs = name.split("/"), glob.split("/")
    return len(parts) == len(globs) and all(map(fnmatch.fnmatchcase, parts, globs))


needs_quarto = pytest.mark.skipif(shutil.which("quarto") is None, reason="quarto is not on PATH")


@dataclass(frozen=True, slots=True)
class Outline:
    """What both engines must say alike."""

    headings: list[str]
    exhibits: list[str]
    references: list[str]
    cells: list[str]


def outline(file: Path) -> Outline:
    page = lxml_html.fromstring(file.read_bytes())

    def texts(path: str) -> list[str]:
        return [" ".join(found.text_content().split()) for found in page.xpath(path)]

    return Outline(
        headings=texts("//h1[not(contains(@id, 'toc'))]|//h2[not(contains(@id, 'toc'))]"),
        exhibits=texts("//*[@class='om-exhibit-title']"),
        references=texts("//a[contains(@class, 'om-ref')]"),
        cells=texts("//th|//td"),
    )


@pytest.mark.quarto
@needs_quarto
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_both_engines_agree(run_folder, tmp_path, lang):
    assert find_quarto().is_usable
    made = {
        engine: write_report(
            run_folder, out=tmp_path / engine, lang=lang, to=["html", "pdf", "docx"], engine=engine
        )
        for engine in ("quarto", "embedded")
    }
    ours, theirs = (outline(made[name].files["html"]) for name in ("embedded", "quarto"))
    assert ours.headings == theirs.headings
    assert ours.exhibits == theirs.exhibits
    assert ours.references == theirs.references
    assert ours.cells == theirs.cells
    assert ours.exhibits
    assert ours.references
    for report in made.values():
        words = " ".join(page.extract_text() for page in PdfReader(report.files["pdf"]).pages)
        for title in ours.headings:
            assert squeezed(title) in squeezed(words), (report.engine, title)
        paragraphs = "".join(p.text for p in Document(str(report.files["docx"])).paragraphs)
        for title in ours.exhibits:
            assert squeezed(title) in squeezed(paragraphs), (report.engine, title)


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.quarto
@needs_quarto
def test_plain_quarto_renders_the_project_in_both_languages(run_folder, tmp_path):
    folder = tmp_path / "reports"
    shutil.copytree(project_sources(), folder, ignore=shutil.ignore_patterns("example"))
    write_report(run_folder, out=folder / "small", lang=["en", "zh"], to=["html"])
    for made in folder.glob("small/*.html"):
        made.unlink()
    for profile, stem in (([], "report"), (["--profile", "zh"], "report.zh")):
        subprocess.run(["quarto", "render", ".", "--to", "html", *profile], cwd=folder, check=True)
        assert (folder / "small" / f"{stem}.html").is_file()
    page = lxml_html.fromstring((folder / "small" / "report.zh.html").read_bytes())
    assert page.get("lang") == "zh-Hans"


def test_the_slides_of_quarto_are_laid_out_too(stub, run_folder, tmp_path):
    # A deck without slides stands for Quarto's: every slide of the source is drawn on it.
    stub(
        '[ "$1" = --version ] && echo 1.9.36 && exit 0\n'
        "cp _generated/reference.pptx report-deck.pptx"
    )
    report = write_report(run_folder, out=tmp_path / "r", to=["pptx"])
    assert report.engine == "quarto"
    deck = Presentation(str(report.files["pptx"]))
    names = {shape.name for slide in deck.slides for shape in slide.shapes}
    assert {"Card 1 value", "Plan", "Mark", "Slide number"} <= names
    assert len(deck.slides) >= 11


HANGING = """
[ "$1" = --version ] && echo 1.9.36 && exit 0
echo begun > "report.$4"
sleep 600 & echo $! > "$CHILD"
wait
"""


def test_a_hanging_quarto_is_told_of_stopped_and_loses_nothing(
    stub, run_folder, tmp_path, monkeypatch
):
    folder, child = tmp_path / "r", tmp_path / "child"
    earlier = write_report(run_folder, out=folder, to=["html"], engine="embedded").files["html"]
    before = {f: f.read_bytes() for f in folder.rglob("*") if f.is_file()}
    monkeypatch.setenv("CHILD", str(child))
    # Long enough for a shell to begin on a busy machine; a real one has two minutes.
    monkeypatch.setattr(engine_quarto, "LIMIT", 2.0)
    monkeypatch.setattr(quarto_process, "PATIENCE", 0.2)
    stub(HANGING)
    told: list[str] = []
    with pytest.raises(ReportError) as caught:
        write_report(run_folder, out=folder, to=["html"], engine="quarto", progress=told.append)
    message = str(caught.value)
    for part in ("report.qmd", "to html", "2 seconds", "--engine embedded"):
        assert part in message
    assert told
    assert all("waiting for quarto to render report.qmd to html" in line for line in told)
    assert "of at most 2 seconds" in told[0]
    assert not psutil.pid_exists(int(child.read_text())) or (
        psutil.Process(int(child.read_text())).status() == psutil.STATUS_ZOMBIE
    )
    assert earlier.read_bytes() == before[earlier]
    assert {f: f.read_bytes() for f in folder.rglob("*") if f.is_file()} == before


def test_a_format_that_fails_leaves_those_of_the_earlier_report(stub, run_folder, tmp_path):
    folder = tmp_path / "r"
    files = write_report(run_folder, out=folder, to=["html", "pdf"], engine="embedded").files
    before = {name: file.read_bytes() for name, file in files.items()}
    stub(
        '[ "$1" = --version ] && echo 1.9.36 && exit 0\n'
        '[ "$4" = html ] && echo new > report.html && exit 0\nrm -f report.pdf; exit 1'
    )
    with pytest.raises(ReportError, match="quarto render --to typst"):
        write_report(run_folder, out=folder, to=["html", "pdf"], engine="quarto")
    assert {name: file.read_bytes() for name, file in files.items()} == before


def test_an_earlier_file_is_not_taken_for_a_new_one(stub, run_folder, tmp_path):
    folder = tmp_path / "r"
    write_report(run_folder, out=folder, to=["html"], engine="embedded")
    stub('[ "$1" = --version ] && echo 1.9.36 && exit 0\nexit 0')
    with pytest.raises(ReportError, match=r"wrote no report\.html"):
        write_report(run_folder, out=folder, to=["html"], engine="quarto")


def test_a_quarto_that_says_no_version_in_time_is_passed_over(stub, monkeypatch):
    monkeypatch.setattr(engine_quarto, "_VERSION_LIMIT", 0.5)
    stub("sleep 600")
    assert "did not say its version within 0.5 seconds" in find_quarto().problem
