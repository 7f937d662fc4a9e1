"""The committed sample is what the package makes: its totals move only on purpose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from omnisim.scenario import load_scenario
from omnisim.storage import Dataset
from omnisim.truth import simulate

HERE = Path(__file__).parent
SAMPLE = HERE.parents[1] / "data" / "synthetic" / "sample"


@pytest.fixture(scope="module")
def golden() -> dict[str, Any]:
    return json.loads((HERE / "sample.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def sample() -> Dataset:
    return Dataset.open(SAMPLE)


def _sides(dataset: Dataset) -> dict[str, dict[str, Any]]:
    return {"tables": dataset.manifest.tables, "truth": dataset.manifest.truth}


def test_the_sample_has_its_golden_rows_and_digests(golden, sample):
    for side, tables in _sides(sample).items():
        assert {name: entry.rows for name, entry in tables.items()} == golden["rows"][side]
        assert {name: entry.digest for name, entry in tables.items()} == golden["digests"][side]
    assert sample.dataset_hash == golden["dataset_hash"]


def test_the_sample_has_its_golden_money(golden, sample):
    orders = sample.read("orders", raw=True)
    by_status = orders.groupby("status", observed=True)["net_amount_cents"].sum()
    assert {str(key): int(value) for key, value in by_status.items()} == golden["net_cents"]
    assert int(orders["net_amount_cents"].sum()) == sum(golden["net_cents"].values())
    assert int(sample.read("order_lines", raw=True)["net_amount_cents"].sum()) == sum(
        golden["net_cents"].values()
    )
    assert int(sample.read("returns", raw=True)["refund_amount_cents"].sum()) == golden["refunds"]
    assert int(sample.read("media_costs", raw=True)["media_cost_cents"].sum()) == golden["media"]


def test_the_sample_is_the_preset(sample):
    assert sample.manifest.scenario_hash == load_scenario("sample").content_hash


def test_simulating_the_preset_again_gives_the_sample(sample, tmp_path):
    # other blocks and steps than the committed run: neither may show in the data
    again = simulate(
        load_scenario("sample"), out=tmp_path / "sample", workers=1, block_size=520, superstep=31
    )
    for side, tables in _sides(sample).items():
        found = _sides(again)[side]
        assert {name: entry.digest for name, entry in found.items()} == {
            name: entry.digest for name, entry in tables.items()
        }
    assert again.dataset_hash == sample.dataset_hash
