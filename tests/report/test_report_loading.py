"""Run folders: what belongs together is read, everything else is one clear error."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from omnisim.errors import ResultError
from omnisim.report.loading import load_run


@pytest.fixture
def copy(run_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(run_folder, tmp_path / "run"))


def _edit(folder: Path, name: str, change: dict[str, object]) -> None:
    file = folder / "results" / f"{name}.json"
    raw = json.loads(file.read_text(encoding="utf-8"))
    raw["source"].update({k: v for k, v in change.items() if k in raw["source"]})
    raw.update({k: v for k, v in change.items() if k not in raw["source"]})
    file.write_text(json.dumps(raw), encoding="utf-8")


def test_results_come_in_the_order_of_the_questions(run_folder):
    run = load_run(run_folder)
    assert list(run.results) == ["overview", "attribution", "ab_test", "effect_evaluation", "risk"]
    assert run.missing == ()
    assert run.source.dataset == "small"


def test_a_brief_is_read_only_when_asked_for(copy):
    file = copy / "results" / "attribution.json"
    brief = json.loads(file.read_text(encoding="utf-8")) | {"question_id": "attribution_brief"}
    (copy / "results" / "attribution_brief.json").write_text(json.dumps(brief), encoding="utf-8")
    assert "attribution_brief" not in load_run(copy).results
    assert list(load_run(copy, only="attribution_brief").results) == ["attribution_brief"]
    with pytest.raises(ResultError, match="no result called 'nothing'"):
        load_run(copy, only="nothing")
    for other in (copy / "results").glob("*.json"):
        if other.stem != "attribution_brief":
            other.unlink()
    with pytest.raises(ResultError, match="no result but briefs"):
        load_run(copy)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dataset_hash": "00"}, "different datasets: dataset_hash"),
        ({"currency": "EUR"}, "currency is 'USD' in overview and 'EUR' in risk"),
        ({"last_date": "2024-12-31"}, "last_date"),
        ({"version": 99}, "results version 99; this is 1"),
        ({"surprise": 1}, "unknown fields"),
        ({"question_id": "overview"}, "answered twice"),
    ],
)
def test_results_that_do_not_belong_together_are_refused(copy, change, message):
    _edit(copy, "risk", change)
    with pytest.raises(ResultError, match=message):
        load_run(copy)


def test_missing_folder_and_empty_folder(tmp_path):
    with pytest.raises(ResultError, match="no such run folder"):
        load_run(tmp_path / "none")
    with pytest.raises(ResultError, match="run the notebooks first"):
        load_run(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "\x00"])
def test_broken_result_files(copy, text):
    (copy / "results" / "risk.json").write_text(text, encoding="utf-8")
    with pytest.raises(ResultError, match=r"risk\.json"):
        load_run(copy)


def test_broken_ledger(copy):
    (copy / "run.json").write_text("{", encoding="utf-8")
    with pytest.raises(ResultError, match=r"run\.json: not JSON"):
        load_run(copy)


def test_exhibits_may_not_leave_the_run_folder(copy):
    raw = json.loads((copy / "results" / "risk.json").read_text(encoding="utf-8"))
    raw["exhibits"][1]["path"] = "../../etc/passwd"
    (copy / "results" / "risk.json").write_text(json.dumps(raw), encoding="utf-8")
    run = load_run(copy)
    with pytest.raises(ResultError, match="leaves the run folder"):
        run.file(run.exhibits("risk")[1])


def test_missing_table_names_the_file(copy):
    run = load_run(copy)
    (copy / "tables" / "risk-register.parquet").unlink()
    with pytest.raises(ResultError, match=r"risk-register\.parquet is missing"):
        run.file(run.exhibits("risk")[1])
