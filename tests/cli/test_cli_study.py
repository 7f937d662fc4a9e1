"""``omnisim study``: lists, runs, stops and refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from omnisim.cli import main
from omnisim.cli.console import time_left
from omnisim.study import registered, study_names

SMALL: dict[str, Any] = {
    "name": "small",
    "question": "Which way is right?",
    "worlds": {
        "size": "tiny",
        "overrides": {
            "population": {"n_customers": 300},
            "horizon": {"n_days": 42},
            "experiment": {"first_day": 14, "n_days": 21},
            "rollout": {"is_on": False},
            "promotions": [],
        },
        "dials": {"experiment.conversion_effect": {"values": [0.0, 3.0]}},
    },
    "seeds": 2,
    "methods": ["experiment.welch", "experiment.cuped"],
    "estimand": {"estimand": "ate", "outcome": "n_orders"},
}


@pytest.fixture
def call(capsys):
    """Run a command; exit code, standard output, error lines."""

    def run(*words: str) -> tuple[int, str, list[str]]:
        code = main(["study", *words])
        told = capsys.readouterr()
        return code, told.out, told.err.splitlines()

    return run


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(yaml.safe_dump(SMALL), encoding="utf-8")
    return path


def test_help_has_an_example(call) -> None:
    code, out, _ = call("--help")
    assert code == 0
    assert "omnisim study ab_test --seeds 20" in out.split("Example:")[1]


def test_lists_name_every_study_and_method(call) -> None:
    code, out, _ = call("--list")
    assert code == 0
    assert all(name in out for name in study_names())
    code, out, _ = call("--methods")
    assert code == 0
    assert all(name in out for name in registered())


def test_a_study_is_run_and_goes_on(call, small: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, told, lines = call(str(small), "--out", str(out), "--workers", "1")
    assert code == 0
    assert "Which way is right?" in told
    assert "experiment.cuped" in told
    assert "(4 worlds, 0 of them kept)" in told
    assert any("worlds" in line for line in lines)
    assert len(pd.read_csv(out / "results.csv")) == 8
    assert (out / "figures" / "bias_and_spread.svg").is_file()
    code, told, _ = call(str(small), "--out", str(out), "--seeds", "3")
    assert code == 0
    assert "(6 worlds, 4 of them kept)" in told


def test_a_study_lies_in_the_project_by_default(
    call, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, told, _ = call("small.yaml", "--seeds", "1")
    assert code == 0
    assert "studies/small" in told
    assert (tmp_path / "studies" / "small" / "summary.parquet").is_file()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "no study is given"),
        (("peek",), "no study 'peek'; there are"),
        (("missing.yaml",), "missing.yaml: no such file"),
        (("ab_test", "--seeds", "0"), "--seeds"),
        (("ab_test", "--workers", "0"), "--workers"),
    ],
)
def test_bad_words_are_bad_input(call, words: tuple[str, ...], told: str) -> None:
    code, _, lines = call(*words)
    assert code == 2
    assert told in lines[0]


def test_a_wrong_file_is_told_with_its_field(call, small: Path, tmp_path: Path) -> None:
    small.write_text(yaml.safe_dump({**SMALL, "methods": ["experiment.t_test"]}))
    code, _, lines = call(str(small), "--out", str(tmp_path / "out"))
    assert code == 2
    assert lines[0].startswith("error: small.yaml: methods.0.method: no method 'experiment.t_test'")
    assert not (tmp_path / "out").exists(), "nothing was made"


def test_ctrl_c_says_what_is_kept(
    call, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from omnisim.study import run

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "warm_up", stopped)
    code, told, _ = call(str(small), "--out", str(tmp_path / "out"))
    assert code == 130
    assert "what is finished is kept in" in told


def test_time_left_needs_a_pace() -> None:
    assert time_left(10.0, 0, 5) == ""
    assert time_left(10.0, 5, 5) == ", 10 s left"
