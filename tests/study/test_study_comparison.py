"""Estimates beside the truth: what matches, what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from omnisim.errors import DatasetError, DesignError
from omnisim.results import Estimate
from omnisim.storage import Dataset
from omnisim.study import Truth, compare, frame, open_truth

SAMPLE = Path(__file__).parents[2] / "data" / "synthetic" / "sample"
EMAIL = {"cause": "email", "outcome": "net_amount"}


def effect(cause: str, outcome: str, value: float, **other: object) -> dict[str, object]:
    return {
        "estimand": "total",
        "cause": cause,
        "semantics": "ghost",
        "outcome": outcome,
        "scope": "all",
        "unit": "USD" if outcome == "net_amount" else "orders",
        "value": value,
        "std_error": 2.0,
        **other,
    }


def estimate(name: str = "email", unit: str = "USD", **other: object) -> Estimate:
    fields = {
        "label": "E-mail",
        "value": 90.0,
        "role": "incremental",
        "n": 100,
        "n_of": "orders",
        "method": "by hand",
        "source": "orders",
        "ci_low": 70.0,
        "ci_high": 95.0,
        **other,
    }
    return Estimate(name=name, unit=unit, **fields)


@pytest.fixture
def truth() -> Truth:
    rows = [
        effect("email", "net_amount", 100.0),
        effect("email", "n_orders", 3.0),
        effect("sms", "net_amount", 10.0),
        effect("click_and_collect", "net_amount", 7.0, scope="wave=1"),
        effect("click_and_collect", "net_amount", 8.0, scope="wave=2"),
    ]
    return Truth(pd.DataFrame(rows), "0" * 32)


def test_the_one_effect_with_these_fields(truth):
    assert truth.find(**EMAIL)["value"] == 100.0
    assert truth.find(cause="click_and_collect", scope="wave=2")["value"] == 8.0
    assert truth.find(cause="sms")["value"] == 10.0


@pytest.mark.parametrize(
    "fields, message",
    [
        ({"cause": "e-mail"}, r"no effect in the truth has .*causes are .*'email'"),
        ({"channel": "email"}, r"no field 'channel'; give some of \('estimand', 'cause'"),
        (
            {"cause": "click_and_collect"},
            r"2 effects in the truth .*choose among \{'scope': \['wave=1', 'wave=2'\]\}",
        ),
        ({"scope": "all"}, r"3 effects .*'cause': \['email', 'sms'\], 'outcome':"),
        ({}, "5 effects"),
    ],
)
def test_fields_that_name_no_one_effect(truth, fields, message):
    with pytest.raises(DesignError, match=message):
        truth.find(**fields)


def test_a_comparison_takes_both_sides_over(truth):
    others = [estimate("other"), estimate()]
    (row,) = compare(others, truth, matches={"email": EMAIL})
    assert (row.name, row.label, row.unit) == ("email", "E-mail", "USD")
    assert (row.estimate, row.truth, row.truth_std_error) == (90.0, 100.0, 2.0)
    assert (row.ci_low, row.ci_high, row.semantics) == (70.0, 95.0, "total, ghost")
    assert row.error == -10.0
    assert row.is_covered is False


def test_rows_come_in_the_order_of_the_matches(truth):
    given = [estimate("a"), estimate("b"), estimate("c")]
    matches = {"c": EMAIL, "a": {"cause": "sms"}}
    assert [row.name for row in compare(given, truth, matches=matches)] == ["c", "a"]
    assert compare(iter(given), truth, matches={}) == []


def test_an_estimate_without_an_interval_covers_nothing_and_misses_nothing(truth):
    given = [estimate(ci_low=None, ci_high=None)]
    (row,) = compare(given, truth, matches={"email": EMAIL})
    assert row.is_covered is None


@pytest.mark.parametrize(
    "given, matches, message",
    [
        ([estimate()], {"mail": EMAIL}, r"no estimate 'mail' to compare; has \['email'\]"),
        ([estimate(unit="orders")], {"email": EMAIL}, "is in 'orders', the truth in 'USD'"),
        ([estimate(unit="USD/year")], {"email": EMAIL}, "compare like with like"),
        ([estimate(), estimate()], {"email": EMAIL}, "two estimates are named 'email'"),
        ([estimate()], {"email": {"cause": "fax"}}, "no effect in the truth has"),
    ],
)
def test_what_cannot_be_compared(truth, given, matches, message):
    with pytest.raises(DesignError, match=message):
        compare(given, truth, matches=matches)


def test_a_table_for_people(truth):
    table = frame(compare([estimate(ci_high=100.0)], truth, matches={"email": EMAIL}))
    assert table.to_dict("records") == [
        {
            "What": "E-mail",
            "Estimate": 90.0,
            "Low": 70.0,
            "High": 100.0,
            "Truth": 100.0,
            "Error": -10.0,
            "Covers the truth": True,
            "Unit": "USD",
        }
    ]


def test_the_truth_of_the_sample():
    dataset = Dataset.open(SAMPLE)
    truth = open_truth(dataset)
    assert truth.dataset_hash == dataset.dataset_hash
    assert len(truth.effects) == dataset.manifest.truth["effects"].rows
    found = truth.find(
        estimand="total", cause="email", semantics="ghost", outcome="net_amount", scope="all"
    )
    assert found["unit"] == "USD"


def test_a_dataset_without_truth(make_dataset):
    folder = make_dataset("client")
    for _ in range(2):  # an empty folder makes no difference
        with pytest.raises(DatasetError, match="client: no truth to compare with"):
            open_truth(Dataset.open(folder))
        (folder / "truth").mkdir(exist_ok=True)


def test_a_truth_that_is_no_truth(make_dataset):
    dataset = Dataset.open(make_dataset("odd", truth=True))
    with pytest.raises(
        DatasetError, match=r"effects/part-00000.parquet: cannot be read as Parquet"
    ):
        open_truth(dataset)


def test_a_dataset_that_lost_its_truth(tmp_path):
    copy = tmp_path / "sample"
    shutil.copytree(SAMPLE, copy)
    shutil.rmtree(copy / "truth")
    with pytest.raises(DatasetError, match=r"sample: truth/effects/part-00000.parquet is missing"):
        open_truth(Dataset.open(copy))
