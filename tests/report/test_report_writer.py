"""Report folders: edits survive, missing results are said, mistakes are one clear error."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from docx import Document
from lxml import html as lxml_html
from pypdf import PdfReader

from omnisim.errors import InputError, ReportError, ResultError
from omnisim.report import write_report, writer
from omnisim.report.project import find_project


def _write(run: Path, out: Path, **options: object):
    return write_report(run, out=out, **{"to": ["html"], "engine": "embedded", **options})  # type: ignore[arg-type]


def _text(report) -> str:
    page = lxml_html.fromstring(report.files["html"].read_bytes())
    return " ".join(page.xpath("string(//main)").replace("\u00a0", " ").split())


def test_same_results_give_the_same_bytes(run_folder, rendered, tmp_path):
    again = write_report(run_folder, out=tmp_path / "small", engine="embedded")
    for name, file in rendered.files.items():
        assert again.files[name].read_bytes() == file.read_bytes(), name
    for file in sorted((rendered.folder / "_generated").glob("*")):
        if file.is_file():
            assert (tmp_path / "small" / "_generated" / file.name).read_bytes() == file.read_bytes()


def test_edits_survive_and_numbers_are_renewed(make_run, run_folder, tmp_path):
    out = tmp_path / "report"
    _write(run_folder, out)
    source = out / "report.qmd"
    edited = source.read_text(encoding="utf-8").replace(
        "# Background and problem",
        "My view: {{< meta results.ab_test.sales_per_year.value >}}.\n\n# Background and problem",
    )
    source.write_text(edited, encoding="utf-8")

    def double(result):
        return replace(
            result,
            estimates=tuple(
                replace(e, value=2 * e.value, ci_high=9e5) if e.name == "sales_per_year" else e
                for e in result.estimates
            ),
        )

    second = _write(make_run(edit=double), out)
    assert source.read_text(encoding="utf-8") == edited
    assert "My view: USD 496,000 a year." in _text(second)
    assert any("kept" in note for note in second.notes)


def test_an_untouched_source_is_not_called_kept(run_folder, tmp_path):
    _write(run_folder, tmp_path / "r")
    assert _write(run_folder, tmp_path / "r").notes == ()


def test_a_mistake_in_the_edited_source_names_the_line_and_keeps_everything(run_folder, tmp_path):
    first = _write(run_folder, tmp_path / "r")
    before = first.files["html"].read_bytes()
    source = tmp_path / "r" / "report.qmd"
    broken = source.read_text(encoding="utf-8") + "\n::: {.om-sowhat}\n\nnever closed\n"
    source.write_text(broken, encoding="utf-8")
    line = broken.split("\n").index("::: {.om-sowhat}") + 1
    with pytest.raises(ReportError, match=rf"report\.qmd:{line}: "):
        _write(run_folder, tmp_path / "r")
    assert source.read_text(encoding="utf-8") == broken
    assert first.files["html"].read_bytes() == before
    assert list((tmp_path / "r").glob(".report-*")) == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("see [Exhibit](#exh-none){.om-ref}", "no exhibit #exh-none to refer to"),
        ("```{=typst}\n#nonsense(\n```", "Typst: "),
    ],
)
def test_unresolved_references_and_bad_typst_are_errors(run_folder, tmp_path, body, message):
    _write(run_folder, tmp_path / "r")
    source = tmp_path / "r" / "report.qmd"
    source.write_text(source.read_text(encoding="utf-8") + f"\n{body}\n", encoding="utf-8")
    with pytest.raises(ReportError, match=message):
        _write(run_folder, tmp_path / "r", to=["pdf"])
    assert list((tmp_path / "r").glob(".report-*")) == []


@pytest.mark.parametrize(
    "missing", ["overview", "attribution", "ab_test", "effect_evaluation", "risk"]
)
def test_a_missing_result_is_said_and_leaves_no_empty_section(make_run, tmp_path, missing):
    names = ("overview", "attribution", "ab_test", "effect_evaluation", "risk")
    run = make_run(tuple(n for n in names if n != missing))
    report = _write(run, tmp_path / "r")
    page = lxml_html.fromstring(report.files["html"].read_bytes())
    notices = " ".join(n.text_content() for n in page.xpath("//*[@class='om-missing']"))
    assert "was not run, so nothing is said about it here" in notices
    assert "Not run, and therefore not in this report" in _text(report)
    for section in page.xpath("//section"):
        assert len(section.text_content().strip()) > len(section[0].text_content().strip()) + 20


def test_a_failed_step_says_why(make_run, tmp_path):
    run = make_run(("overview",))
    step = {"status": "failed", "error": "DesignError: no pre-period"}
    (run / "run.json").write_text(json.dumps({"steps": {"03_ab_test": step}}), encoding="utf-8")
    assert "The run reports: DesignError: no pre-period" in _text(_write(run, tmp_path / "r"))


def test_a_result_alone_without_findings_makes_a_whole_report(make_run, tmp_path):
    run = make_run(("risk",), edit=lambda r: replace(r, findings=(), exhibits=(), checks=()))
    text = _text(_write(run, tmp_path / "r", to=["html", "pdf", "docx"]))
    assert "No result of this run recommends an action" in text
    assert "record no design checks" in text


def test_a_table_without_room_gets_a_page_on_its_side(make_run, tmp_path):
    run = make_run(("risk",))
    wide = pd.DataFrame({f"Column number {i}": ["USD 123,456 a year"] * 3 for i in range(12)})
    wide.to_parquet(run / "tables" / "risk-register.parquet")
    report = _write(run, tmp_path / "r", to=["pdf", "docx"])
    (page,) = [
        p for p in PdfReader(report.files["pdf"]).pages if p.mediabox.width > p.mediabox.height
    ]
    text = page.extract_text().replace("\u00a0", " ")
    assert text.count("USD 123,456") == 36  # nothing is torn or cut off
    assert "Exhibit 2. Stock-outs are the only risk" in text
    assert "Simulated data" in text
    sections = Document(str(report.files["docx"])).sections
    assert [s.page_width > s.page_height for s in sections] == [False, True, False]
    assert all("Simulated data" in s.header.paragraphs[0].text for s in sections)


def test_real_data_carries_no_simulated_mark(make_run, tmp_path):
    run = make_run(simulated=False, edit=lambda r: replace(r, truth=()))
    report = _write(run, tmp_path / "r", to=["html", "pdf", "docx"])
    assert "Simulated" not in _text(report)
    assert "simulated-mark" not in (tmp_path / "r/_generated/results.yml").read_text(
        encoding="utf-8"
    )
    assert "estimates against the truth" not in _text(report)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lang": "fr"}, r"lang = 'fr'.*\['en', 'zh'\]"),
        ({"to": ["html", "odt"]}, r"to = \['odt'\].*\['html', 'pdf', 'docx', 'pptx'\]"),
        ({"to": []}, "to = "),
        ({"engine": "latex"}, r"engine = \['latex'\].*'auto', 'quarto', 'embedded'"),
    ],
)
def test_unknown_names_list_what_is_allowed(run_folder, tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        _write(run_folder, tmp_path / "r", **options)
    assert not (tmp_path / "r").exists()


def test_results_of_two_datasets_write_nothing(run_folder, tmp_path):
    run = Path(shutil.copytree(run_folder, tmp_path / "run"))
    file = run / "results" / "risk.json"
    file.write_text(
        file.read_text(encoding="utf-8").replace("9f2c9f2c", "00000000", 1), encoding="utf-8"
    )
    with pytest.raises(ResultError, match="different datasets"):
        _write(run, tmp_path / "r")
    assert not (tmp_path / "r").exists()


def test_targets_that_cannot_be_used(run_folder, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ReportError, match="is a file"):
        _write(run_folder, tmp_path / "file")
    with pytest.raises(ReportError, match="cannot be written"):
        _write(run_folder, tmp_path / "file" / "below")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    with pytest.raises(ReportError, match=r"holds other files \(thesis\.txt\)"):
        _write(run_folder, tmp_path / "full")
    assert _write(run_folder, tmp_path / "full", force=True).files["html"].is_file()
    assert (tmp_path / "full" / "thesis.txt").read_text() == "mine"


def test_a_folder_with_another_datasets_report_needs_force(make_run, run_folder, tmp_path):
    _write(run_folder, tmp_path / "r")
    other = make_run(
        ("risk",), edit=lambda r: replace(r, source=replace(r.source, dataset="spring"))
    )
    with pytest.raises(ReportError, match=r"holds the report on dataset 'small'.*'spring'"):
        _write(other, tmp_path / "r")
    assert "spring" in _text(_write(other, tmp_path / "r", force=True))


@pytest.mark.parametrize("kept", [0, 0.5], ids=["empty", "cut"])
@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_an_empty_or_cut_figure_is_one_error_and_keeps_the_old_report(
    run_folder, tmp_path, suffix, kept
):
    run = Path(shutil.copytree(run_folder, tmp_path / "run"))
    folder = write_report(run, out=tmp_path / "r", to=["html"], engine="embedded").folder
    before = (folder / "report.html").read_bytes()
    figure = run / "figures" / f"risk-exceedance{suffix}"
    figure.write_bytes(figure.read_bytes()[: int(kept * figure.stat().st_size)])
    with pytest.raises(ResultError, match=rf"{figure.name}: the figure is (empty|no whole)"):
        write_report(run, out=folder, to=["html"], engine="embedded", force=True)
    assert (folder / "report.html").read_bytes() == before


@pytest.mark.parametrize("name", ["own.png", "own.svg", "own.jpg"])
def test_a_picture_of_ones_own_that_is_cut_is_named_with_its_line(run_folder, tmp_path, name):
    folder = tmp_path / "r"
    folder.mkdir()
    (folder / name).write_bytes(b"<svg>\x89PNG")
    (folder / "report.qmd").write_text(f"# A\n\n![Words]({name})\n", encoding="utf-8")
    with pytest.raises(ReportError, match=rf"report\.qmd:3: picture {name} is no whole "):
        write_report(run_folder, out=folder, to=["html"], engine="embedded")


def test_a_full_disk_is_one_error_and_keeps_the_old_report(run_folder, tmp_path, monkeypatch):
    report = _write(run_folder, tmp_path / "r")
    before = report.files["html"].read_bytes()

    write = Path.write_text

    def full(self, *args, **kwargs):
        if self.name == "report.html":
            raise OSError(errno.ENOSPC, "No space left on device", str(self))
        return write(self, *args, **kwargs)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ReportError, match="No space left on device"):
        _write(run_folder, tmp_path / "r")
    assert report.files["html"].read_bytes() == before
    assert list((tmp_path / "r").glob(".report-*")) == []


def test_a_full_disk_names_what_is_written_not_what_is_copied(run_folder, tmp_path, monkeypatch):
    def full(source, target):
        raise OSError(errno.ENOSPC, "No space left on device", str(source), None, str(target))

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(ReportError, match="No space left on device") as caught:
        _write(run_folder, tmp_path / "r")
    assert str(caught.value).startswith(str(tmp_path / "r"))


@pytest.mark.parametrize("leads", [True, False])
def test_what_stands_in_place_of_the_generated_parts_is_replaced(run_folder, tmp_path, leads):
    report = _write(run_folder, tmp_path / "r")
    parts, outside = report.folder / "_generated", tmp_path / "outside"
    outside.mkdir()
    (outside / "summary.qmd").write_text("precious", encoding="utf-8")
    shutil.rmtree(parts)
    parts.symlink_to(outside) if leads else parts.write_text("no folder", encoding="utf-8")
    _write(run_folder, report.folder)
    assert parts.is_dir()
    assert not parts.is_symlink()
    assert (outside / "summary.qmd").read_text(encoding="utf-8") == "precious"


def test_a_source_that_leads_out_of_the_folder_is_not_read(run_folder, tmp_path):
    report = _write(run_folder, tmp_path / "r")
    outside = tmp_path / "secret.txt"
    outside.write_text("secret", encoding="utf-8")
    (report.folder / "report.qmd").unlink()
    (report.folder / "report.qmd").symlink_to(outside)
    with pytest.raises(
        ReportError, match=r"report\.qmd: report\.qmd lies outside the report folder"
    ):
        _write(run_folder, report.folder)
    assert "secret" not in report.files["html"].read_text(encoding="utf-8")


def test_leavings_of_a_killed_run_are_cleared(run_folder, tmp_path):
    _write(run_folder, tmp_path / "r")
    (tmp_path / "r" / ".report-dead.partial").mkdir()
    (tmp_path / "r" / ".report-dead.partial.typ").write_text("x")
    shutil.rmtree(tmp_path / "r" / "_generated")
    _write(run_folder, tmp_path / "r")
    assert list((tmp_path / "r").glob(".report-*")) == []
    assert (tmp_path / "r" / "_generated" / "summary.qmd").is_file()


def test_reports_go_to_the_project_of_the_run_or_into_the_run(tmp_path):
    run = tmp_path / "runs" / "small"
    run.mkdir(parents=True)
    assert writer.default_folder(run) == run / "report"
    brand = tmp_path / "reports" / "_brand"
    brand.mkdir(parents=True)
    (brand / "omnisim.lua").touch()
    (tmp_path / "reports" / "_quarto.yml").touch()
    assert writer.default_folder(run) == tmp_path / "reports" / "small"


def test_a_report_elsewhere_is_a_project_of_its_own(rendered):
    assert find_project(rendered.folder) == rendered.folder.resolve()
    assert (rendered.folder / "_brand" / "reference.docx").is_file()


def test_two_reports_at_once_do_not_take_each_others_files(run_folder, tmp_path):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        at_work = tmp_path / "r" / f".report-{other.pid}-0a1b2c3d.partial"
        at_work.mkdir(parents=True)
        (at_work / "report.typ").write_text("x")
        with pytest.raises(ReportError, match=f"process {other.pid} is writing the report here"):
            _write(run_folder, tmp_path / "r")
        assert [path.name for path in (tmp_path / "r").iterdir()] == [at_work.name]
        # A number given to a new process after a kill does not keep the folder shut.
        os.utime(at_work, (0, 0))
        _write(run_folder, tmp_path / "r")
        assert not at_work.exists()
        other.communicate(b"\n")
