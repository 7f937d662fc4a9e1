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


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "\x00", "[" * 100_000, "1" * 5_000])
def test_broken_result_files(copy, text):
    (copy / "results" / "risk.json").write_text(text, encoding="utf-8")
    with pytest.raises(ResultError, match=r"risk\.json"):
        load_run(copy)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("estimates", 0, "value"), None, r"estimates\.0\.value = None: should be a valid number"),
        (("estimates", 0, "value"), True, r"estimates\.0\.value = True: should be a valid number"),
        (("estimates", 0, "value"), float("nan"), "value = nan: give a finite number"),
        (("estimates", 0, "std_error"), -1.0, r"std_error = -1\.0: give 0 or more"),
        (("estimates", 0, "ci_level"), 95.0, r"ci_level = 95\.0: give a share between 0 and 1"),
        (("estimates", 0, "n"), -3, "n = -3: give 0 or more"),
        (("estimates", 0, "label"), 5, r"estimates\.0\.label = 5: should be a valid string"),
        (("estimates", 0, "role"), "cause", r"role = 'cause': should be 'credit'"),
        (("exhibits", 0, "kind"), "video", "kind = 'video': should be 'figure' or 'table'"),
        (("answer",), None, "answer = None: should be a valid string"),
        (("assumptions",), "abc", "assumptions = 'abc': should be a valid array"),
        (("translations",), {"zh": 3}, r"translations\.zh = 3: should be an object"),
    ],
)
def test_a_value_of_another_type_names_file_field_and_what_is_allowed(copy, place, value, message):
    file = copy / "results" / "risk.json"
    raw = json.loads(file.read_text(encoding="utf-8"))
    part = raw
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = value
    file.write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(ResultError, match=rf"risk\.json: .*{message}"):
        load_run(copy)


@pytest.mark.parametrize("name", ["../../x", "", "a b", "/etc/passwd", "a\n", "-x"])
def test_a_question_has_a_plain_name(copy, name):
    _edit(copy, "risk", {"question_id": name})
    with pytest.raises(ResultError, match=r"risk\.json: question_id = .*: give a plain name"):
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
