"""The Quarto project omnisim brings: found, complete, and the same in each report folder."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from pathlib import Path

import pytest
import yaml
from docx import Document

from omnisim.errors import ReportError
from omnisim.report import project, write_report
from omnisim.report.engine_embedded import Job, render
from omnisim.report.reference_docx import build_reference
from omnisim.report.registry import DOCUMENTS


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


def _examples() -> list[Path]:
    stems = {kind.stem for kind in DOCUMENTS.values()}
    return sorted(p for p in project.project_sources().glob("*/*.qmd") if p.stem in stems)


@pytest.mark.parametrize("source", _examples(), ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_the_example_renders_in_place(source, tmp_path):
    # In a copy: Typst's draft lies beside the source while it works, and tests run side by side.
    reports = Path(shutil.copytree(project.project_sources(), tmp_path / "reports"))
    folder = reports / source.parent.name
    before = sorted(p.name for p in folder.iterdir())
    (tmp_path / "work").mkdir()
    job = Job(folder, reports, tmp_path / "work", dt.date(2025, 1, 1), stem=source.stem)
    files, notes = render(job, ("html", "pdf", "docx"))
    assert set(files) == {"html", "pdf", "docx"}
    assert notes == ()
    assert sorted(p.name for p in folder.iterdir()) == before


def test_the_example_is_what_is_written_today(make_run, tmp_path):
    # After a change on purpose: OMNISIM_REWRITE_EXAMPLE=1 pytest tests/report/test_report_project.py
    run = make_run()
    (run / "run.json").write_text(
        '{"client": "Example with made-up numbers", "confidentiality": "Public"}', encoding="utf-8"
    )
    kept = project.project_sources() / "example"
    options = {"to": ["html"], "engine": "embedded", "document": "all"}
    if os.environ.get("OMNISIM_REWRITE_EXAMPLE"):
        shutil.rmtree(kept, ignore_errors=True)
        for files in write_report(run, out=kept, **options).documents.values():
            files["html"].unlink()
    made = write_report(run, out=tmp_path / "example", **options).folder
    parts = [p.relative_to(made) for p in made.glob("_generated/*") if p.is_file()]
    assert len(parts) == sum(len(kind.sections) for kind in DOCUMENTS.values()) + 1
    skeletons = [Path(f"{kind.stem}.qmd") for kind in DOCUMENTS.values()]
    for name in (*skeletons, *parts):
        assert (kept / name).read_text(encoding="utf-8") == (made / name).read_text(
            encoding="utf-8"
        )


def test_an_example_is_there_and_is_marked_as_simulated():
    example = project.project_sources() / "example" / "_generated" / "results.yml"
    assert yaml.safe_load(example.read_text(encoding="utf-8"))["simulated-mark"] == "Simulated data"
