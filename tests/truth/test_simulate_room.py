"""What this machine's memory cannot hold is refused before anything is built."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from omnisim.engine import build_plan
from omnisim.engine.state import new_output
from omnisim.errors import ScenarioError, StorageError
from omnisim.scenario import load_scenario
from omnisim.scenario.room import memory_bytes
from omnisim.truth import simulate as entry
from omnisim.truth.room import psutil
from omnisim.truth.sums import Totals
from omnisim.world import build_world

BIG = {"stores": {"n_stores": 300}, "assortment": {"n_products": 5000}}


def test_memory_by_hand():
    scenario = load_scenario("sample")  # 11 locations, 30 products, 182 days in 8 months
    of_run, of_workers = 7 * 182 + 16 * 8, 3 * 8 * 8
    assert memory_bytes(scenario, workers=3) == 500e6 + 3 * 150e6 + 330 * (of_run + of_workers)


def test_memory_counts_what_a_run_holds_of_each_shelf():
    world = build_world(load_scenario("sample"))
    plan = build_plan(world)
    totals = Totals(world, plan)
    flows = totals.flows
    held = (plan.availability, flows.sold, flows.restocked, flows.reserved)
    of_block = new_output(plan, 8, counted=True)
    shelf_days = plan.availability.size
    assert sum(array.nbytes for array in held) == 4 * shelf_days  # nothing sold yet: a byte each
    some_cell = np.arange(0, shelf_days, plan.n_days)  # of every location
    for counts in (flows.sold, flows.restocked, flows.reserved):
        counts.add(some_cell, np.full(some_cell.size, 1_000))
    assert sum(array.nbytes for array in held) == 7 * shelf_days  # busy shelves: two bytes each
    assert of_block.wanted.nbytes == totals.wanted.nbytes // 2


def test_customers_take_no_memory():
    few, many = (
        load_scenario("sample", overrides={"population": {"n_customers": n}}) for n in (50, 10**8)
    )
    assert memory_bytes(few, workers=2) == memory_bytes(many, workers=2)


def test_a_world_beyond_the_memory_is_refused_with_the_figure(tmp_path, monkeypatch):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=int(2e9)))
    told = (
        r"stores.n_stores = 300, assortment.n_products = 5,000 and horizon.n_days = 365 take some "
        r"5.4 GB of memory with 2 threads; this machine has 2.0 GB"
    )
    with pytest.raises(ScenarioError, match=told):
        entry(load_scenario("omnichannel_fashion", overrides=BIG), out=tmp_path / "x", workers=2)
    assert not list(tmp_path.iterdir())


def test_a_small_world_beyond_the_disk_is_refused_with_figures(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1_000_000))
    with pytest.raises(StorageError, match="take some 2 MB; 1 MB are free"):
        entry(load_scenario("sample"), out=tmp_path / "x", workers=1)
