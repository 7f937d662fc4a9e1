"""The Quarto project omnisim brings: found, complete, and the same in each report folder."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import zipfile
from pathlib import Path

import pytest
import yaml
from docx import Document
from pptx import Presentation

from omnisim.errors import ReportError
from omnisim.language import LANGUAGES
from omnisim.report import project, write_report
from omnisim.report.engine_embedded import Job, render
from omnisim.report.lint import lint_report
from omnisim.report.loading import load_run
from omnisim.report.reference_docx import build_reference
from omnisim.report.reference_pptx import build_reference as build_deck
from omnisim.report.registry import every_source, generated


def test_sources_are_found_in_the_repository():
    source = project.project_sources()
    assert (source / "_quarto.yml").is_file()
    assert {"_brand/typst/typst-template.typ", "_brand/hook.lua", "_quarto-zh.yml"} <= set(
        project.project_files()
    )


def test_sources_carried_by_a_wheel_win(tmp_path, monkeypatch):
    brand = tmp_path / "_project" / "reports" / "_brand"
    brand.mkdir(parents=True)
    (brand / "omnisim.lua").touch()
    monkeypatch.setattr(project, "_CARRIED", tmp_path / "_project")
    assert project.project_sources() == tmp_path / "_project" / "reports"


def test_an_installation_without_sources_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(project, "_CARRIED", tmp_path)
    monkeypatch.setattr(project, "_REPOSITORY", tmp_path)
    with pytest.raises(ReportError, match="carries no reports/"):
        project.project_sources()


def test_a_changed_brand_is_respected_and_never_overwritten(tmp_path):
    folder = project.complete_project(tmp_path)
    css = folder / "_brand" / "report.css"
    css.write_text("h1 { color: hotpink }", encoding="utf-8")
    (tmp_path / "below").mkdir()
    assert project.complete_project(tmp_path / "below") == tmp_path
    assert project.complete_project(tmp_path) == tmp_path
    assert css.read_text(encoding="utf-8") == "h1 { color: hotpink }"


def test_the_reference_document_is_the_one_its_builder_makes(tmp_path):
    build_reference(tmp_path / "a.docx")
    build_reference(tmp_path / "b.docx")
    assert (tmp_path / "a.docx").read_bytes() == (tmp_path / "b.docx").read_bytes()
    kept, made = (
        {
            s.name: (s.font.size, s.font.bold)
            for s in Document(str(file)).styles
            if hasattr(s, "font")
        }
        for file in (project.project_sources() / "_brand/reference.docx", tmp_path / "a.docx")
    )
    assert kept == made


def test_the_reference_deck_is_the_one_its_builder_makes(tmp_path):
    build_deck(tmp_path / "a.pptx")
    build_deck(tmp_path / "b.pptx")
    assert (tmp_path / "a.pptx").read_bytes() == (tmp_path / "b.pptx").read_bytes()
    kept, made = (
        [
            (layout.name, shape.name, shape.left, shape.top, shape.width, shape.height)
            for layout in Presentation(str(file)).slide_layouts
            for shape in layout.placeholders
        ]
        for file in (project.project_sources() / project.REFERENCE_DECK, tmp_path / "a.pptx")
    )
    assert kept == made
    names = {layout.name for layout in Presentation(str(tmp_path / "a.pptx")).slide_layouts}
    # What Pandoc fills by name.
    assert {"Title Slide", "Title and Content", "Two Content", "Content with Caption"} <= names


def test_a_changed_reference_deck_keeps_what_was_changed(tmp_path):
    from omnisim.report.deck.look import Look
    from omnisim.report.deck.theme import paint_reference

    build_deck(tmp_path / "own.pptx", Look(accent="112233"))
    paint_reference(tmp_path / "own.pptx", tmp_path / "made.pptx", Look(ink="445566"))
    with zipfile.ZipFile(tmp_path / "made.pptx") as archive:
        theme = archive.read("ppt/theme/theme1.xml").decode()
    assert '<a:accent1><a:srgbClr val="112233"/></a:accent1>' in theme
    assert '<a:dk1><a:srgbClr val="445566"/></a:dk1>' in theme


EXAMPLE = project.project_sources() / "example"


def _stems(lang: str) -> list[str]:
    """Names of all sources of a language, decks included."""
    return [kind.stem_in(lang) for kind in every_source()]


@pytest.mark.parametrize("stem", [stem for lang in LANGUAGES for stem in _stems(lang)])
def test_the_example_renders_in_place(stem, tmp_path):
    # In a copy: Typst's draft lies beside the source while it works, and tests run side by side.
    reports = Path(shutil.copytree(project.project_sources(), tmp_path / "reports"))
    folder = reports / "example"
    before = sorted(p.name for p in folder.iterdir())
    (tmp_path / "work").mkdir()
    job = Job(folder, reports, tmp_path / "work", dt.date(2025, 1, 1), stem=stem)
    formats = ("pptx",) if stem.partition(".")[0].endswith("-deck") else ("html", "pdf", "docx")
    files, notes = render(job, formats)
    assert set(files) == set(formats)
    assert notes == ()
    assert sorted(p.name for p in folder.iterdir()) == before


def test_the_example_is_what_is_written_today(make_run, tmp_path):
    # After a change on purpose: OMNISIM_REWRITE_EXAMPLE=1 pytest tests/report/test_report_project.py
    run = make_run()
    (run / "run.json").write_text('{"confidentiality": "Public"}', encoding="utf-8")
    options = {
        "to": ["html", "pptx"],
        "engine": "embedded",
        "document": "all",
        "lang": list(LANGUAGES),
    }
    project.complete_project(tmp_path)  # so that the report folder holds nothing but the report
    report = write_report(run, out=tmp_path / "example", **options)
    assert report.notes == ()  # every text and every figure is known in Chinese
    assert lint_report(report.folder, load_run(run)) == ()
    for files in report.documents.values():
        for file in files.values():
            file.unlink()
    if os.environ.get("OMNISIM_REWRITE_EXAMPLE"):
        shutil.rmtree(EXAMPLE, ignore_errors=True)
        shutil.copytree(report.folder, EXAMPLE)
    made = _texts(report.folder)
    assert _texts(EXAMPLE).keys() == made.keys()
    assert [name for name, text in _texts(EXAMPLE).items() if text != made[name]] == []


def _texts(folder: Path) -> dict[str, bytes]:
    """Every file of a report folder but the figures, whose bytes follow the version of Matplotlib."""
    files = [p for p in folder.rglob("*") if p.is_file()]
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() if p.parent.name != "figures" else b""
        for p in files
    }


def test_the_example_is_there_in_both_languages():
    stems = [path.stem for path in EXAMPLE.glob("*.qmd")]
    assert sorted(stems) == sorted([*_stems("en"), *_stems("zh")])
    english, chinese = (
        {p.relative_to(EXAMPLE / generated(lang)).as_posix() for p in parts}
        for lang, parts in (
            ("en", EXAMPLE.glob("_generated/*.*")),
            ("zh", EXAMPLE.glob("_generated/zh/*.*")),
        )
    )
    assert english - chinese == {"reference.pptx"}  # one for the decks of all languages
    assert chinese - english == set()
    assert len(chinese) == sum(len(kind.sections) for kind in every_source()) + 1  # the numbers
    for figure in EXAMPLE.glob("_generated/figures/*.svg"):
        twin = EXAMPLE / "_generated/zh/figures" / figure.name
        assert twin.read_bytes() != figure.read_bytes(), f"{figure.name} is drawn in English only"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_profile_of_a_language_renders_its_sources_alone(lang):
    profile = yaml.safe_load(
        (project.project_sources() / f"_quarto-{lang}.yml").read_text(encoding="utf-8")
    )
    patterns = profile["project"]["render"]
    left_out = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    chosen = {
        path.stem
        for pattern in patterns
        if not pattern.startswith("!")
        for path in EXAMPLE.parent.glob(pattern)
        if not any(path.relative_to(EXAMPLE.parent).match(other) for other in left_out)
        and not path.parent.name.startswith("_")
    }
    assert chosen == set(_stems(lang))


@pytest.mark.parametrize(("lang", "mark"), [("en", "Simulated data"), ("zh", "仿真数据")])
def test_the_example_is_marked_as_simulated(lang, mark):
    numbers = EXAMPLE / generated(lang) / "results.yml"
    assert yaml.safe_load(numbers.read_text(encoding="utf-8"))["simulated-mark"] == mark
