"""Where an engagement hides the truth of simulated data, no document, deck or page tells it."""

from __future__ import annotations

import html
import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from omnisim.errors import EngagementError
from omnisim.report import write_report
from omnisim.report.appendix import write_appendix
from omnisim.report.engagement import Engagement
from omnisim.report.loading import load_run
from omnisim.report.notebook_page import notebook_page
from omnisim.report.selection import agreed_run
from omnisim.report.truth_hidden import (
    is_about_truth,
    notebook_without_truth,
    tells_truth,
    without_truth,
)

NAME = "01_explore_the_world"
# Words and the true sales of the run's one exhibit of truth, as each language writes them.
TELLING = ("truth", "真值", "re-simulated", "198,000", "19.8万", "belief")


def telling_cells(samples):
    """A section as that of a notebook which simulates worlds beside its question, with one below it."""
    frame = samples.shown(text_plain="model  regret\nlast touch  0.4321")
    study = "if study_models:\n    belief = om.study.which_model()"
    return (
        samples.cell("markdown", "## Which model, in which world?\n\nSmall worlds are simulated."),
        samples.cell("code", study, frame),
        samples.cell("markdown", "### Details\n\nRegret of 0.4321."),
        samples.cell("markdown", "## Answer"),
        samples.cell("code", "answer", samples.shown(text_plain="Sales grow.")),
        samples.cell("markdown", "## In numbers"),
        samples.cell("code", "table", samples.shown(text_html="<b>the truth is 0.77</b>")),
    )


@pytest.fixture
def run(samples, run_folder, tmp_path):
    """A run whose notebook tells the truth in two of its sections."""
    notebook = samples.executed(*telling_cells(samples))
    cells = notebook["cells"]
    cells[1]["source"] += "study_models: bool = False  # simulate small worlds (a minute)\n"
    return load_run(samples.run_with_notebook(run_folder, tmp_path / "run", notebook))


def words_of(file: Path) -> str:
    """All a reader, or a reader of the file's parts, can find: texts, notes, descriptions."""
    if file.suffix == ".pdf":
        return " ".join(page.extract_text() for page in PdfReader(file).pages)
    if file.suffix in (".docx", ".pptx"):
        with zipfile.ZipFile(file) as parts:
            names = [name for name in parts.namelist() if name.endswith(".xml")]
            return " ".join(_words(parts.read(name).decode()) for name in names)
    text = re.sub(r"(?s)<(style|script)\b.*?</\1>", " ", file.read_text(encoding="utf-8"))
    text = re.sub(r"data:[\w/+;-]+,[^\"')\s]*", " ", text)
    return _words(text)


def _words(markup: str) -> str:
    spoken = re.findall(r'(?:alt|aria-label|title|descr)="([^"]*)"', markup)
    return html.unescape(re.sub(r"<[^>]+>", "", markup) + " ".join(spoken)).replace("\u00a0", " ")


def told_in(folder: Path) -> dict[str, list[str]]:
    """What every file of a report folder tells of the truth."""
    files = [*folder.glob("*.*"), *folder.glob("appendix/*"), *folder.glob("_generated/**/*.*")]
    kinds = (".pdf", ".docx", ".pptx", ".html", ".qmd", ".yml")
    found = {}
    for file in files:
        if file.suffix in kinds and not file.name.startswith("_quarto"):
            words = words_of(file)
            found[file.relative_to(folder).as_posix()] = [word for word in TELLING if word in words]
    return found


def test_no_file_of_a_report_tells_a_hidden_truth(run, tmp_path):
    options = {
        "out": tmp_path / "r",
        "lang": ["en", "zh"],
        "engine": "embedded",
    }
    write_report(run.folder, **options, to=["html", "pptx"])
    shown = told_in(tmp_path / "r")
    for name in ("report.html", "report.zh.html", "report-deck.pptx", "report-deck.zh.pptx"):
        assert shown[name], f"{name} tells nothing even where truth is shown: the test is blind"
    assert "truth" in shown[f"appendix/{NAME}.html"]

    engagement = tmp_path / "engagement.yml"
    engagement.write_text("truth: hidden", encoding="utf-8")
    write_report(run.folder, engagement=engagement, **options)
    hidden = told_in(tmp_path / "r")
    assert hidden.keys() >= {"report.zh.pdf", "report.docx", f"appendix/{NAME}.html"}
    assert {name: words for name, words in hidden.items() if words} == {}


def test_sections_that_tell_the_truth_are_left_out_with_what_is_set_for_them(samples, run):
    notebook = json.loads(run.notebooks["overview"].read_text(encoding="utf-8"))
    page = notebook_page(notebook_without_truth(notebook), name="x", alts={})
    assert [text for _, text in page.contents] == ["Sales & <more>", "Answer"]
    assert [name for name, _, _ in page.parameters] == ["dataset", "n_days"]
    text = " ".join(block.html for block in page.blocks)
    assert "Sales grow." in text
    assert "0.4321" not in text
    assert "0.77" not in text
    whole = notebook_page(notebook, name="x", alts={})
    assert len(whole.contents) == 4
    assert [name for name, _, _ in whole.parameters] == ["dataset", "n_days", "study_models"]


def test_the_notebook_on_journeys_keeps_nothing_of_its_simulated_worlds():
    file = Path(__file__).parents[2] / "notebooks" / "06_journeys.ipynb"
    notebook = json.loads(file.read_text(encoding="utf-8"))
    page = notebook_page(notebook_without_truth(notebook), name=file.stem, alts={})
    assert not any(tells_truth(block.html) or "regret" in block.html for block in page.blocks)
    assert "study_models" not in [name for name, _, _ in page.parameters]
    assert "Answer" in [text for _, text in page.contents]
    assert len(page.contents) == len(notebook_page(notebook, name="", alts={}).contents) - 1


def test_a_result_about_the_truth_goes_as_a_whole(run):
    asked = replace(run.results["overview"], question="Which method finds the truth?")
    worlds = [replace(e, source="simulated worlds") for e in run.results["overview"].exhibits]
    drawn = replace(run.results["overview"], exhibits=tuple(worlds))
    assert is_about_truth(asked)
    assert is_about_truth(drawn)
    assert not is_about_truth(run.results["attribution"])
    hidden = Engagement(truth="hidden")
    left = agreed_run(replace(run, results={**run.results, "overview": asked}), hidden)
    assert "overview" not in left.results
    assert left.notebooks == {}
    with pytest.raises(EngagementError, match="nothing but results about the truth"):
        agreed_run(replace(run, results={"overview": asked}), hidden)


def test_sentences_about_the_truth_are_left_out(run):
    result = run.results["attribution"]
    told = "The truth comes from re-simulated worlds."
    more = replace(
        result,
        methods=(*result.methods, told),
        assumptions=(*result.assumptions, told),
        limitations=(*result.limitations, told),
    )
    assert without_truth(more) == without_truth(result)
    assert without_truth(result).methods == result.methods


def test_pages_of_an_earlier_report_do_not_stay(run, tmp_path):
    """Hidden later, when the notebook's result is held against the truth: its old page is taken away."""
    options = {"out": tmp_path / "r", "to": ["html"], "engine": "embedded"}
    write_report(run.folder, **options)
    assert (tmp_path / "r" / "appendix" / f"{NAME}.html").is_file()
    told = replace(run.results["overview"], truth=run.results["ab_test"].truth)
    (run.folder / "results" / "overview.json").write_text(told.to_json(), encoding="utf-8")
    engagement = tmp_path / "engagement.yml"
    engagement.write_text("truth: hidden", encoding="utf-8")
    write_report(run.folder, engagement=engagement, **options)
    assert not (tmp_path / "r" / "appendix").exists()


def test_a_shown_truth_leaves_pages_whole(run, tmp_path):
    (page,) = write_appendix(run, ["overview"], tmp_path, reports=[])
    assert "0.4321" in page.read_text(encoding="utf-8")
