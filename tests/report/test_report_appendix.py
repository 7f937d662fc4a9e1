"""Executed notebooks as pages: what they show, what they never show, and who leads to them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import html

from omnisim.errors import ResultError
from omnisim.report import write_report
from omnisim.report.appendix import appendix_page, write_appendix
from omnisim.report.engagement import Colours, Engagement
from omnisim.report.lint import lint_report
from omnisim.report.loading import load_run
from omnisim.report.notebook_page import notebook_page
from omnisim.report.safe_html import safe_html
from omnisim.report.selection import agreed_run

NAME = "01_explore_the_world"


def page_of(notebook):
    return notebook_page(notebook, name="x", alts={"overview/sales": "Areas of weekly sales."})


@pytest.fixture
def run(samples, run_folder, tmp_path):
    notebook = samples.executed()
    return load_run(samples.run_with_notebook(run_folder, tmp_path / "run", notebook))


@pytest.fixture
def rendered(run):
    text = appendix_page(
        run, run.notebooks["overview"], reports=[("Report", "report.html")], colours=Colours()
    )
    return text, html.document_fromstring(text)


def test_it_shows_the_question_the_parameters_first_and_folded_code(rendered):
    _, tree = rendered
    assert tree.findtext(".//h1") == "What is sold?"
    assert [h.text_content() for h in tree.iter("h2")] == ["Parameters", "Sales & <more>"]
    rows = [[c.text_content() for c in row] for row in tree.find(".//table").iter("tr")]
    assert rows[1:] == [["dataset", "small", "name or path"], ["n_days", "28", "days to simulate"]]
    assert [d.findtext("summary") for d in tree.iter("details")] == [
        "Contents",
        "Code 1, 4 lines",
        "Code 2, 1 line",
        "Code 3, 1 line",
    ]
    assert "printed <red>" in tree.text_content()


def test_nothing_of_the_machine_is_told(rendered):
    """Neither the path of the dataset nor what libraries warned of, which names their files."""
    text, _ = rendered
    assert "somebody" not in text
    assert "papermill" not in text


def test_it_is_accessible(rendered):
    _, tree = rendered
    assert tree.get("lang") == "en"
    (image,) = tree.iter("img")
    assert image.get("alt").strip()
    assert [th for th in tree.iter("th") if not th.text_content().strip()] == []
    targets = {e.get("id") for e in tree.iter() if e.get("id")}
    links = [a.get("href") for a in tree.iter("a")]
    assert {a[1:] for a in links if a.startswith("#")} <= targets
    assert "../report.html" in links
    assert tree.find_class("om-banner")[0].text_content().startswith("Simulated data")


def test_a_recorded_figure_keeps_its_description(samples):
    blocks = page_of(samples.executed()).blocks
    (picture,) = [block for block in blocks if "<img" in block.html]
    assert 'alt="Areas of weekly sales."' in picture.html
    plain = samples.cell("code", "figure", samples.shown(**{"image_svg+xml": "<svg/>"}))
    plain = samples.executed(plain)
    assert "Chart: Sales &amp; &lt;more&gt;" in page_of(plain).blocks[-1].html


@pytest.mark.parametrize(
    "more",
    [
        lambda s: s.cell("code", "x", s.shown(text_html=s.HOSTILE)),
        lambda s: s.cell("code", "x", s.shown(text_markdown=f"{s.HOSTILE}\n\n{s.LINKS}")),
        lambda s: s.cell("markdown", f"{s.HOSTILE}\n\n{s.LINKS}"),
        lambda s: s.cell("code", s.HOSTILE, s.shown(text_plain=s.HOSTILE)),
        lambda s: s.cell("code", "x", s.shown(**{"image_svg+xml": s.HOSTILE})),
        lambda s: s.cell("code", "x", s.shown(application_javascript="alert(1)")),
        lambda s: s.cell("code", "x", {"output_type": "error", "ename": s.HOSTILE, "evalue": "x"}),
    ],
)
def test_hostile_outputs_do_nothing(more, run, samples):
    notebook = run.notebooks["overview"]
    notebook.write_text(json.dumps(samples.executed(more(samples))), encoding="utf-8")
    text = appendix_page(run, notebook, reports=[], colours=Colours())
    tree = html.document_fromstring(text)
    body = tree.body
    assert (
        list(body.iter("script", "style", "iframe", "form", "input", "svg", "base", "meta")) == []
    )
    attributes = {name for e in body.iter() if isinstance(e.tag, str) for name in e.attrib}
    assert [name for name in attributes if name.startswith("on") or name == "style"] == []
    assert [
        i.get("src") for i in body.iter("img") if not (i.get("src") or "data:").startswith("data:")
    ] == []
    assert [
        a.get("href")
        for a in body.iter("a")
        if not re.match(r"#|https?:|mailto:", a.get("href", "#"))
    ] == []
    assert len(list(body.iter("main"))) == 1


def test_endless_outputs_are_cut(samples):
    table = "<table>" + "<tr><td>1</td></tr>" * 10**5 + "</table>"
    printed = {"output_type": "stream", "name": "stdout", "text": "y" * 10**6}
    notebook = samples.executed(
        samples.cell("code", "x", printed),
        samples.cell("code", "x", samples.shown(text_html=table)),
    )
    page = page_of(notebook)
    assert sum(len(block.html) for block in page.blocks) < 60_000
    assert "980,000 more characters" in page.blocks[-3].html
    assert "too large" in page.blocks[-1].html


def test_a_page_has_a_bound(monkeypatch, samples):
    monkeypatch.setattr("omnisim.report.notebook_page._MOST_BYTES", 3_000)
    shown_blocks = [b for b in page_of(samples.executed()).blocks if b.kind == "output"]
    assert "the page would be too large" in shown_blocks[-1].html


def test_deeply_nested_html_is_no_way_out():
    assert len(safe_html("<div>" * 5000 + "<script>x</script>deep")) < 10**6
    assert "<script" not in safe_html("<div>" * 5000 + "<script>x</script>deep")


def test_equal_notebooks_give_equal_bytes_and_only_parameters_of_the_run_matter(run, tmp_path):
    paths = [
        write_appendix(run, ["overview"], tmp_path / name, reports=[])[0] for name in ("a", "b")
    ]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert write_appendix(run, ["risk"], tmp_path / "c", reports=[]) == []


@pytest.mark.parametrize("text", ["{", "[]", '{"nbformat": 3}'])
def test_what_is_no_notebook_is_refused(run, tmp_path, text):
    run.notebooks["overview"].write_text(text, encoding="utf-8")
    with pytest.raises(ResultError, match=NAME):
        write_appendix(run, ["overview"], tmp_path, reports=[])


@pytest.mark.parametrize("name", ["../outside", "a/b", ""])
def test_names_that_leave_the_run_are_no_notebooks(run, name):
    (run.folder / "run.json").write_text(
        json.dumps({"steps": {name: {"files": {"results/overview.json": ""}}}}), encoding="utf-8"
    )
    assert load_run(run.folder).notebooks == {}


def test_the_documents_lead_to_the_pages_and_back(run, tmp_path):
    report = write_report(run.folder, out=tmp_path / "out", to=["html", "docx"], engine="embedded")
    page = report.folder / "appendix" / f"{NAME}.html"
    assert 'href="../report.html"' in page.read_text(encoding="utf-8")
    methods = (report.folder / "_generated" / "methods.qmd").read_text(encoding="utf-8")
    assert f"(appendix/{NAME}.html)" in methods
    assert f'href="appendix/{NAME}.html"' in report.files["html"].read_text(encoding="utf-8")
    assert [r for r in lint_report(report.folder, run) if "link" in str(r)] == []
    page.unlink()
    assert [r for r in lint_report(report.folder, run) if "does not exist" in str(r)]


def test_it_can_be_left_out(run, tmp_path):
    report = write_report(
        run.folder, out=tmp_path / "out", to=["html"], engine="embedded", appendix=False
    )
    assert not (report.folder / "appendix").exists()
    assert "appendix/" not in (report.folder / "_generated" / "methods.qmd").read_text()


def test_a_notebook_that_tells_the_truth_is_hidden_with_it(run):
    """Where the engagement hides the truth, a notebook held against it is not shown."""
    hidden = Engagement(truth="hidden")
    truth = load_run(run.folder).results["ab_test"].truth
    told = replace(run.results["overview"], truth=truth)
    assert truth
    assert agreed_run(replace(run, results={"overview": told}), hidden).notebooks == {}
    assert agreed_run(run, Engagement()).notebooks == run.notebooks
    # A brief made by the same notebook holds no truth of its own, yet its page would tell it.
    file = run.notebooks["overview"]
    both = {"overview": told, "overview_brief": run.results["overview"]}
    briefed = replace(run, results=both, notebooks=dict.fromkeys(both, file))
    assert agreed_run(briefed, hidden).notebooks == {}


def test_what_the_hidden_truth_takes_from_the_appendix_is_said(run, tmp_path):
    told = replace(run.results["overview"], truth=run.results["ab_test"].truth)
    (run.folder / "results" / "overview.json").write_text(told.to_json(), encoding="utf-8")
    engagement = tmp_path / "engagement.yml"
    engagement.write_text("truth: hidden", encoding="utf-8")
    options = {"to": ["html"], "engine": "embedded", "engagement": engagement}
    report = write_report(run.folder, out=tmp_path / "r", **options)
    assert any(f"appendix is without {NAME}" in note for note in report.notes)
    assert not (report.folder / "appendix").exists()


def test_chinese_documents_lead_to_the_same_page(run, tmp_path):
    report = write_report(
        run.folder, out=tmp_path / "out", to=["html"], engine="embedded", lang=["en", "zh"]
    )
    methods = Path(report.folder, "_generated", "zh", "methods.qmd").read_text(encoding="utf-8")
    assert f"(appendix/{NAME}.html)" in methods
    page = (report.folder / "appendix" / f"{NAME}.html").read_text(encoding="utf-8")
    assert 'href="../report.zh.html"' in page
