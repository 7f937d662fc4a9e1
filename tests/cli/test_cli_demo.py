"""The demo: its parts are handed on, finished parts are used again, foreign ones are left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import omnisim.report
import omnisim.report.fonts
import omnisim.truth
from omnisim.cli import main
from omnisim.report import Report
from omnisim.scenario import load_scenario
from omnisim.storage import Dataset

PARAMETERS = 'dataset: str = "toy"  # name or path\ncompare_with_truth: bool = False  # simulated'


@pytest.fixture
def parts(tmp_path, monkeypatch, make_dataset, make_notebook, writes):
    """A project whose simulator and report only tell that they were called."""
    told: list[str] = []

    def simulate(scenario, *, out, truth="default", force=False, resume=False, progress):
        told.append(f"simulate {scenario.horizon.n_days} days, truth {truth}, force {force}")
        progress("customers", 1, 2)
        progress("customers", 2, 2)
        folder = make_dataset(Path(out).name, letter="c", truth=True)
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        manifest |= {"scenario_name": scenario.name, "seed": scenario.seed}
        manifest |= {"scenario_hash": scenario.content_hash}
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        return Dataset.open(folder)

    def write_report(run, *, out=None, to, engine, document="assessment", **_):
        told.append(f"report {Path(run).name} to {','.join(to)} by {engine}")
        out = out or Path("reports")
        return Report(out, {kind: out / f"report.{kind}" for kind in to}, "embedded", ("a note",))

    monkeypatch.setattr(omnisim.truth, "simulate", simulate, raising=False)
    monkeypatch.setattr(omnisim.report, "write_report", write_report)
    monkeypatch.delenv("OMNISIM_DATA", raising=False)
    (tmp_path / "data" / "synthetic").mkdir(parents=True)
    make_notebook("01_first", PARAMETERS, writes("first", "compare_with_truth"))
    monkeypatch.chdir(tmp_path)
    return told


def test_demo_hands_on_its_parts_and_uses_them_again(parts, capsys, tmp_path):
    assert main(["demo", "--size", "tiny", "--to", "pdf", "--engine", "embedded"]) == 0
    assert parts == [
        "simulate 90 days, truth default, force False",
        "report tiny to pdf by embedded",
    ]
    out = capsys.readouterr().out
    assert "dataset  data/synthetic/tiny" in out
    assert "run      runs/tiny" in out
    assert "pdf      reports/tiny/report.pdf" in out
    assert "note     a note" in out
    result = json.loads((tmp_path / "runs/tiny/results/first.json").read_text(encoding="utf-8"))
    assert result["estimates"][0]["value"] == 1, "the truth is compared where there is one"

    parts.clear()
    assert main(["demo", "--size", "tiny", "--to", "pdf"]) == 0
    assert parts == ["report tiny to pdf by auto"], "the dataset is used again"
    assert "01_first  unchanged" in capsys.readouterr().err


def test_demo_hands_on_its_languages(parts, monkeypatch):
    seen = []

    def write_report(run, *, lang, **_):
        seen.append(lang)
        raise KeyboardInterrupt

    monkeypatch.setattr(omnisim.report, "write_report", write_report)
    for words in ([], ["--lang", "en,zh"], ["--lang", "zh", "--lang", "en"]):
        assert main(["demo", "--size", "tiny", *words]) == 130
    assert seen == [None, ("en", "zh"), ("zh", "en")]


def test_a_demo_without_chinese_fonts_is_refused_before_work(parts, capsys, monkeypatch):
    monkeypatch.setattr(omnisim.report.fonts, "text_font", lambda: None)
    assert main(["demo", "--size", "tiny", "--lang", "zh"]) == 1
    assert "needs the Chinese fonts" in capsys.readouterr().err
    assert parts == []


def test_demo_leaves_another_dataset_alone(parts, capsys, make_dataset):
    make_dataset("tiny", letter="d")
    assert main(["demo", "--size", "tiny"]) == 1
    assert "holds another dataset" in capsys.readouterr().err
    assert parts == []


def test_simulate_hands_on_its_options(parts, capsys, monkeypatch):
    seen = {}

    def simulate(scenario, **options):
        seen.update(options, scenario=scenario)
        raise KeyboardInterrupt

    monkeypatch.setattr(omnisim.truth, "simulate", simulate)
    words = [
        "simulate",
        "--size",
        "tiny",
        "--seed",
        "7",
        "--workers",
        "3",
        "--truth",
        "none",
        "--semantics",
        "ghost,substitute",
        "--shapley",
        "20",
        "--force",
        "--raw",
        "--scheduler",
        "processes",
        "--resume",
    ]
    assert main(words) == 130
    assert seen.pop("progress") is not None
    assert seen == {
        "scenario": load_scenario("omnichannel_fashion", size="tiny", seed=7),
        "out": Path.cwd() / "data" / "synthetic" / "tiny",
        "seed": 7,
        "workers": 3,
        "truth": "none",
        "scheduler": "processes",
        "semantics": "ghost,substitute",
        "shapley": 20,
        "force": True,
        "resume": True,
        "raw": True,
    }
    (Path.cwd() / "acme.yaml").write_text("extends: omnichannel_fashion\nname: acme")
    assert main(["simulate", "acme.yaml", "--out", "here"]) == 130
    assert (seen["out"], seen["seed"], seen["force"]) == ("here", None, False)
    assert main(["simulate", "acme.yaml", "--out", "memory://here"]) == 130
    assert seen["out"] == "memory://here"
    assert main(["simulate", "acme.yaml"]) == 130
    assert seen["out"] == Path.cwd() / "data" / "synthetic" / "acme"
    assert "stopped" in capsys.readouterr().err


def test_report_refuses_results_changed_by_hand(parts, capsys, tmp_path):
    assert main(["demo", "--size", "tiny"]) == 0
    result = tmp_path / "runs/tiny/results/first.json"
    text = result.read_text(encoding="utf-8")
    result.write_text(text.replace("An answer.", "A better answer."), encoding="utf-8")
    capsys.readouterr()
    assert main(["report", "tiny"]) == 2
    assert "results/first.json was changed after the run" in capsys.readouterr().err
    assert main(["report", "tiny", "--force"]) == 0
    assert "note     01_first: results/first.json was changed" in capsys.readouterr().out


def test_report_hands_on_documents_and_engagement(parts, capsys, monkeypatch):
    assert main(["demo", "--size", "tiny"]) == 0
    seen = {}

    def write_report(run, **options):
        seen.update(options)
        files = {name: {"pdf": Path(f"{name}.pdf")} for name in options["document"]}
        return Report(Path("r"), {}, "embedded", (), files)

    monkeypatch.setattr(omnisim.report, "write_report", write_report)
    words = ["--document", "assessment, Risk", "--engagement", "acme.yml"]
    assert main(["report", "tiny", *words]) == 0
    assert seen["document"] == ("assessment", "risk")
    assert seen["engagement"] == Path("acme.yml")
    assert seen["lang"] is None, "the engagement's language holds"
    assert main(["report", "tiny", *words, "--lang", "en,zh"]) == 0
    assert seen["lang"] == ("en", "zh")
    out = capsys.readouterr().out
    assert "pdf      assessment.pdf" in out
    assert "pdf      risk.pdf" in out


def test_report_says_what_it_goes_without(parts, capsys, make_notebook):
    make_notebook("02_bad", PARAMETERS, "1 / 0")
    assert main(["demo", "--size", "tiny"]) == 1
    capsys.readouterr()
    assert main(["report", "tiny"]) == 0
    assert "02_bad has no results; the report goes without" in capsys.readouterr().out


def test_demo_weighs_the_measures_by_the_stage_of_the_engagement(
    parts, make_notebook, writes, tmp_path
):
    parameters = f'{PARAMETERS}\nstage: str = "balanced"  # name\nstage_weights: str = ""  # blocks'
    make_notebook(
        "01_first", parameters, writes("first", "stage_weights == 'sales=0.4, channels=0.6'")
    )
    (tmp_path / "engagement.yml").write_text(
        "stage: {name: early, weights: {sales: 0.4, channels: 0.6}}\n", encoding="utf-8"
    )
    assert main(["demo", "--size", "tiny", "--to", "pdf"]) == 0
    result = json.loads((tmp_path / "runs/tiny/results/first.json").read_text(encoding="utf-8"))
    assert result["estimates"][0]["value"] == 1
