"""Whoever does the work, the dataset is the same; and whole, when a worker is killed at it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from types import SimpleNamespace

import numpy as np
import pytest

from omnisim.engine import blocks
from omnisim.errors import ScenarioError, SchedulerError
from omnisim.executor.installation import Installation, this_installation
from omnisim.storage import check_dataset
from omnisim.truth import simulate
from omnisim.truth.asked import Asked
from omnisim.truth.blocks import Sink, finish_block
from omnisim.truth.journal import Journal
from omnisim.truth.prepare import Request, prepare
from omnisim.truth.room import check_memory, psutil
from omnisim.truth.sums import Totals
from omnisim.truth.work import Greeting, Work, refuse_unfit

from .worlds_to_run import BLOCK_SIZE, N_BLOCKS, loopback, request, small


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return simulate(small(), **request(tmp_path_factory.mktemp("threads") / "world"))


def test_the_order_of_blocks_is_nothing(tmp_path):
    asked = Request(scenario=small(), asked=Asked(("rollouts",)), block_size=BLOCK_SIZE)
    prepared, cut = prepare(asked), blocks(BLOCK_SIZE * 3, BLOCK_SIZE)
    results = [finish_block(prepared, Sink(tmp_path), block) for block in cut]

    def total(order):
        totals = Totals(prepared.world, prepared.plan)
        for k in order:
            totals.add(results[k].sums, results[k].tallies)
        return totals

    one, other = total([0, 1, 2]), total([2, 0, 1])
    for name in ("contacts", "visitors", "needs", "own_sales", "brand", "wanted"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    n_products = prepared.world.products.n_products
    sold = [totals.flows.sold.of_products(0, n_products) for totals in (one, other)]
    assert np.array_equal(*sold)
    assert sold[0].sum() > 0
    assert {k: v.cells for k, v in one.tallies.items()} == {
        k: v.cells for k, v in other.tallies.items()
    }


def test_processes_give_the_same_dataset_though_one_is_killed(tmp_path, made):
    killed = []

    def kill_one(phase, done, total):
        if phase == "customers" and done == 2 and not killed:
            killed.append(multiprocessing.active_children()[0].pid)
            os.kill(killed[0], signal.SIGKILL)

    asked = request(tmp_path / "world", scheduler="processes", progress=kill_one)
    again = simulate(small(), **asked)
    assert killed
    assert again.dataset_hash == made.dataset_hash
    assert check_dataset(again.path) == []
    assert sorted(p.name for p in again.path.iterdir()) == ["manifest.json", "tables", "truth"]
    assert multiprocessing.active_children() == []


def test_processes_live_settled_worlds(tmp_path):
    coupled = small(interference={"is_on": True})
    here = simulate(coupled, **request(tmp_path / "here"))
    there = simulate(coupled, **request(tmp_path / "there", scheduler="processes"))
    assert there.dataset_hash == here.dataset_hash


@pytest.mark.slow
@pytest.mark.parametrize("scheduler", ["processes", "local"])
def test_workers_end_with_a_parent_that_is_killed_and_resume_goes_on(tmp_path, scheduler):
    """The lock that the parent leaves names this machine and a dead process: it means nothing."""
    import json
    import subprocess
    import sys

    if scheduler == "local":
        pytest.importorskip("distributed", reason="needs the extra cluster")
    script = tmp_path / "run.py"
    script.write_text(
        "import json, sys\n"
        "from omnisim.scenario import Scenario\n"
        "from omnisim.truth import simulate\n"
        "if __name__ == '__main__':\n"
        "    scenario = Scenario.model_validate_json(sys.argv[1])\n"
        "    simulate(scenario, **json.loads(sys.argv[2]))\n"
    )
    out = tmp_path / "world"
    wanted = {"block_size": 32, "truth": "rollouts,lost_demand"}  # many blocks, and other worlds
    asked = request(str(out), scheduler=scheduler, **{**wanted, "workers": 1})
    words = json.dumps(small().canonical()), json.dumps(asked)
    parent = subprocess.Popen([sys.executable, str(script), *words])
    partial = tmp_path / "world.partial"
    deadline = time.monotonic() + 300
    while not list(partial.glob("journal/block-*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    children = psutil.Process(parent.pid).children(recursive=True)
    parent.kill()
    parent.wait()
    assert children
    assert psutil.wait_procs(children, timeout=20)[1] == []
    assert json.loads((partial / "writer.lock").read_text())["pid"] == parent.pid
    scenario = type(small()).model_validate_json(words[0])
    again = simulate(scenario, **request(out, resume=True, **wanted))
    whole = simulate(scenario, **request(tmp_path / "whole", **wanted))
    assert again.dataset_hash == whole.dataset_hash


def test_dask_gives_the_same_dataset_though_a_worker_is_killed(tmp_path, made):
    with loopback(2) as cluster:
        killed = []

        def kill_one(phase, done, total):
            if phase == "customers" and done == 2 and not killed:
                killed.append(next(iter(cluster.workers.values())).pid)
                os.kill(killed[0], signal.SIGKILL)

        asked = request(tmp_path / "world", scheduler=cluster.scheduler_address, progress=kill_one)
        again = simulate(small(), **asked)
    assert killed
    assert again.dataset_hash == made.dataset_hash
    assert check_dataset(again.path) == []


def test_a_scheduler_that_goes_away_is_one_error_and_resume_goes_on(tmp_path, made):
    cluster = loopback(1)

    def lose(phase, done, total):
        if phase == "customers" and done == 2:
            cluster.close()

    asked = request(tmp_path / "world", scheduler=cluster.scheduler_address, progress=lose)
    with cluster, pytest.raises(SchedulerError, match=r"lost the scheduler") as caught:
        simulate(small(), **asked)
    assert "blocks are finished and kept" in caught.value.__notes__[0]
    again = simulate(small(), **request(tmp_path / "world", resume=True))
    assert again.dataset_hash == made.dataset_hash


def test_a_worker_with_another_version_is_refused(tmp_path):
    here = this_installation()
    journal = Journal(tmp_path)
    work = Work(Request(scenario=small(), asked=Asked(())), Sink(tmp_path), journal, here)
    journal.begin(work.request)
    fit = {"tcp://10.0.0.7:1": Greeting(work)()}
    refuse_unfit(fit, work)
    for installation, told in (
        (Installation("0.0.1", here.sources), r"runs omnisim 0\.0\.1, this side"),
        (Installation(here.version, "0" * 64), "with other sources, this side"),
    ):
        with pytest.raises(SchedulerError, match=f"worker tcp://10.0.0.7:1: {told}|{told}"):
            refuse_unfit({"tcp://10.0.0.7:1": (installation, True)}, work)
        order = Work(work.request, work.sink, journal, installation)
        with pytest.raises(SchedulerError, match=r"the order for this block"):
            order(work.request.blocks[0])
    with pytest.raises(SchedulerError, match=r"does not see .*; give an output on a disk that all"):
        refuse_unfit({"tcp://10.0.0.7:1": (here, False)}, work)


def test_an_order_is_small():
    """It travels with every block: no array may hang on it."""
    import pickle

    work = Work(
        Request(scenario=small(), asked=Asked(("rollouts",))),
        Sink(__import__("pathlib").Path("/tmp")),
        Journal(__import__("pathlib").Path("/tmp")),
        this_installation(),
    )
    # a scenario is some 20 kB of plain values; a single year of availability is ten times that
    assert len(pickle.dumps(work)) < 60_000


def test_an_unreachable_scheduler_leaves_nothing(tmp_path):
    pytest.importorskip("distributed", reason="needs the extra cluster")
    with pytest.raises(SchedulerError, match="no scheduler answered"):
        simulate(small(), **request(tmp_path / "world", scheduler="tcp://127.0.0.1:9"))
    assert list(tmp_path.iterdir()) == []


def test_processes_need_a_world_each(monkeypatch):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=int(2e9)))
    check_memory(small(), "threads", 4)
    check_memory(small(), "tcp://10.0.0.5:8786", 4)  # they need it elsewhere
    with pytest.raises(ScenarioError, match=r"of memory with 4 processes; this machine has 2.0 GB"):
        check_memory(small(), "processes", 4)


def test_a_clock_that_goes_back_changes_nothing(tmp_path, made, monkeypatch):
    now = [2e9]

    def back():
        now[0] -= 3600
        return now[0]

    monkeypatch.setattr(time, "time", back)
    again = simulate(small(), **request(tmp_path / "world"))
    assert again.dataset_hash == made.dataset_hash
    assert all(seconds >= 0 for seconds in again.manifest.wall_seconds.values())
    assert len(made.manifest.tables["orders"].parts) == N_BLOCKS
