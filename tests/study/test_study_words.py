"""Sentences about a study follow its numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from omnisim.study import words
from omnisim.study.load import load_study
from omnisim.study.measures import performance
from omnisim.study.run import StudyRun


def run_of(table: pd.DataFrame, name: str = "ab_test") -> StudyRun:
    """A finished study whose table is given."""
    return StudyRun(load_study(name, seeds=2), Path("nowhere"), table)


def table(errors: dict[str, list[float]], **columns: Any) -> pd.DataFrame:
    """Rows of methods with given errors around a truth of 0, interval +- 1."""
    rows = [
        {
            "world": 1, "seed": seed, "experiment.conversion_effect": 0.0,
            "experiment.lost_share": 0.0, "method": method, "part": "", "estimate": error,
            "ci_low": error - 1, "ci_high": error + 1, "truth": 0.0, "error": error,
            "unit": "USD per customer", "failure": "",
        }
        for method, of_method in errors.items()
        for seed, error in enumerate(of_method, start=1)
    ]  # fmt: skip
    return pd.DataFrame(rows).assign(**columns)


def test_the_headline_names_methods_only_beyond_luck() -> None:
    """RMSE 0.1 and 5 differ at any error; 1.0 and 1.1 with twenty seeds do not."""
    clear = run_of(table({"Good": [0.1, -0.1] * 10, "Bad": [5.0, -5.0, 4.9] * 7}))
    told = words.headline(clear)
    assert told.startswith("Good errs least, by 0.100 USD per customer; Bad errs most, by 4.97")
    close = run_of(table({"One": [2.0, 0.1] * 10, "Two": [2.1, 0.2] * 10}))
    assert words.headline(close).startswith("Luck alone may order the methods: from 1.4")


def test_failures_name_the_promise_the_place_and_the_number() -> None:
    """All intervals of Bad miss the truth 0, and so all are false alarms; Good keeps its promise."""
    run = run_of(table({"Good": [0.5] * 20, "Bad": [5.0] * 20}))
    assert words.failures(run) == [
        "Bad covers the truth in 0% of worlds (Effect on conversion: 0, Lost assignments: 0)",
        "Bad sees an effect in 100% of worlds without one (Effect on conversion: 0, Lost "
        "assignments: 0)",
    ]


def test_refusals_are_told() -> None:
    frame = table({"Picky": [0.1] * 4})
    frame.loc[:2, ["estimate", "ci_low", "ci_high", "error"]] = float("nan")
    frame.loc[:2, "failure"] = "too few"
    assert words.failures(run_of(frame)) == [
        "Picky refuses 3 of 4 times (Effect on conversion: 0, Lost assignments: 0)"
    ]


def test_nothing_answered() -> None:
    frame = table({"Picky": [0.1] * 2}, estimate=float("nan"), error=float("nan"), failure="no")
    assert words.headline(run_of(frame)) == "No method answers in study ab_test"


def test_numbers_of_a_result_carry_their_monte_carlo_range() -> None:
    run = run_of(table({"Good": [0.5] * 15 + [3.0] * 5}))
    (found,) = words.estimates(run)
    assert found.value == 0.75
    assert found.n == 20
    # sqrt(0.75 x 0.25 / 20) = 0.0968
    assert found.ci_high == pytest.approx(0.75 + 1.96 * 0.0968, abs=1e-3)
    assert performance(run.table)["coverage"].tolist() == [0.75]


def test_the_answer_puts_the_studies_in_a_row() -> None:
    run = run_of(table({"Good": [0.1, -0.1] * 10, "Bad": [5.0, -5.0, 4.9] * 7}))
    told = words.answer([run])
    assert told.startswith("How should an A/B test be read? Good errs least")
    assert told.endswith(".")
    assert "Bad covers the truth in 0% of worlds" in told


def test_columns_about_which_nothing_can_be_said_are_left_out() -> None:
    shown = words.method_table(run_of(table({"Good": [0.5] * 4})))
    assert "Power" not in shown
    assert "False alarms" in shown
    assert shown["Answers"].tolist() == [4]
