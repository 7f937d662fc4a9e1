"""Measurements that need the truth: by another way on the sample, and where there is none."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import pandas as pd
import pytest

from omnisim.metrics import Measurement
from omnisim.storage import Dataset
from omnisim.study import open_truth, true_measurements


@pytest.fixture(scope="module")
def sample():
    return Dataset.open("sample")


def test_orders_that_retargeting_adds(sample):
    effect = open_truth(sample).find(
        estimand="total", cause="retargeting", semantics="ghost", outcome="n_orders"
    )
    outcomes = pd.read_parquet(sample.path / "truth" / "outcomes")
    n_orders = int(outcomes.loc[outcomes["world"] == "base", "n_orders"].sum())
    found = true_measurements(sample)["retargeting_purchase_lift"]
    assert found == Measurement(pytest.approx(effect.value / (n_orders - effect.value)), n_orders)


def test_half_a_year_has_no_cookies_of_a_year(sample):
    assert sample.n_days == 182
    assert "cookies_per_person_year" not in true_measurements(sample)


def test_cookies_per_person_and_year(sample):
    identities = pd.read_parquet(sample.path / "tables" / "identities")
    persons = pd.read_parquet(sample.path / "truth" / "identity_map")
    both = identities.merge(persons, on="identity_id")
    cookies = both[both["identity_kind"].astype(str) == "cookie"]
    # the same files, said to cover two years
    longer = SimpleNamespace(path=sample.path, manifest=sample.manifest, n_days=730)
    n_persons = cookies["person_id"].nunique()
    expected = len(cookies) / n_persons / (730 / 365.25)
    found = true_measurements(longer)["cookies_per_person_year"]
    assert found == Measurement(pytest.approx(expected), n_persons)


def test_nothing_without_truth(sample, tmp_path, make_dataset):
    assert true_measurements(Dataset.open(make_dataset("client"))) == {}
    copy = tmp_path / "sample"
    shutil.copytree(sample.path, copy)
    shutil.rmtree(copy / "truth")
    assert true_measurements(Dataset.open(copy)) == {}
