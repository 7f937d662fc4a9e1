"""Worlds beyond the default ones: whoever lives them, the same; and none is lived twice."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from omnisim.engine import Block
from omnisim.errors import (
    OutputExistsError,
    ResumeError,
    SchedulerError,
    StorageError,
)
from omnisim.executor import installation
from omnisim.executor.installation import Installation, this_installation
from omnisim.scenario import Scenario
from omnisim.storage import check_dataset
from omnisim.truth import asking, compare, simulate, unfinished_blocks
from omnisim.truth.asked import Asked, read_asked
from omnisim.truth.asking import Order
from omnisim.truth.budgets import MediaMoney
from omnisim.truth.compare import Comparison
from omnisim.truth.further import OtherWorlds
from omnisim.truth.journal import Journal, mark_of
from omnisim.truth.prepare import Request

from .worlds_to_run import loopback, request
from .worlds_to_run import small as of_that_size

# worlds of moved budgets (which need media money first), of those in a test, and of full shelves
ASKED = {"truth": "channels,segments,lost_demand", "semantics": "reallocated"}
PERSONS, N_BLOCKS = 64, 8  # of a block; blocks of persons
MONEY, OTHERS = "media money", "other worlds"


def small(**more: object) -> Scenario:
    return of_that_size(population={"n_customers": PERSONS * N_BLOCKS - 24}, **more)


def few(out: Path | str, **more: object) -> dict[str, object]:
    return request(out, **{**ASKED, "block_size": 2 * PERSONS, **more})


@pytest.fixture(autouse=True)
def short_blocks(monkeypatch):
    monkeypatch.setattr(asking, "PERSONS", PERSONS)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """In one thread, in long blocks."""
    return simulate(small(), **few(tmp_path_factory.mktemp("whole") / "world", workers=1))


def at(moment, what):
    """A progress that does something at a moment of the other worlds, once."""
    done = []

    def progress(phase, n, total):
        if (phase, n) == (OTHERS, moment) and not done:
            done.append(True)
            what()

    progress.done = done
    return progress


def stop():
    raise KeyboardInterrupt


def interrupted(out, moment=3, scenario=None, **more):
    with pytest.raises(KeyboardInterrupt) as caught:
        simulate(scenario or small(), **few(out, workers=1, progress=at(moment, stop), **more))
    return caught.value


def begun_blocks(monkeypatch):
    """Numbers of the blocks that live other worlds from now on, and how many worlds each."""
    live, found = asking.live_block, []

    def noted(question, block):
        found.append((block.number, len(question.lives)))
        return live(question, block)

    monkeypatch.setattr(asking, "live_block", noted)
    return found


def bytes_of(dataset):
    """Every file but the manifest, which says how long each phase took."""
    folder = dataset.path
    return {p.relative_to(folder): p.read_bytes() for p in sorted(folder.rglob("*.parquet"))}


# --- who lives them


def test_processes_live_other_worlds_though_one_is_killed(tmp_path, made, monkeypatch):
    monkeypatch.setattr(asking, "live_block", lambda *_: pytest.fail("was lived here"))
    kill = at(2, lambda: os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL))
    again = simulate(small(), **few(tmp_path / "world", scheduler="processes", progress=kill))
    assert kill.done
    assert again.dataset_hash == made.dataset_hash
    assert bytes_of(again) == bytes_of(made)
    assert multiprocessing.active_children() == []


def test_dask_lives_other_worlds_though_a_worker_is_killed(tmp_path, made):
    with loopback(2) as cluster:
        kill = at(2, lambda: os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL))
        asked = few(tmp_path / "world", scheduler=cluster.scheduler_address, progress=kill)
        again = simulate(small(), **asked)
    assert kill.done
    assert again.dataset_hash == made.dataset_hash


def test_processes_settle_worlds_and_live_them(tmp_path):
    coupled = small(interference={"is_on": True, "weekly_budgets": {"paid_social": 5.0}})
    asked = {"truth": "segments", "semantics": "ghost"}
    here = simulate(coupled, **few(tmp_path / "here", **asked))
    there = simulate(coupled, **few(tmp_path / "there", scheduler="processes", **asked))
    assert there.dataset_hash == here.dataset_hash
    questions = {"without": "paid_social", "workers": 2}
    one, other = (compare(coupled, **questions, scheduler=who) for who in ("threads", "processes"))
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_a_question_is_answered_by_a_cluster_of_this_machine():
    pytest.importorskip("distributed", reason="needs the extra cluster")
    here, there = (
        compare(small(), without="email", semantics="substitute", workers=1, scheduler=who)
        for who in ("threads", "local")
    )
    pd.testing.assert_frame_equal(here, there, check_exact=True)


def test_progress_counts_every_block_of_each_phase(tmp_path):
    told = []
    simulate(small(), **few(tmp_path / "world", progress=lambda *step: told.append(step)))
    for phase in (MONEY, OTHERS):
        assert [step for step in told if step[0] == phase] == [
            (phase, k, N_BLOCKS) for k in range(N_BLOCKS + 1)
        ]


# --- resuming


def test_other_worlds_that_were_lived_are_not_lived_again(tmp_path, made, monkeypatch):
    stopped = interrupted(tmp_path / "world", 3)
    assert stopped.__notes__ == [
        f"{N_BLOCKS + 3} blocks of other worlds are finished and kept: "
        "the same command goes on from them (simulate: with --resume)"
    ]
    assert unfinished_blocks(tmp_path / "world") == N_BLOCKS + 3
    lived = begun_blocks(monkeypatch)
    told = []
    again = simulate(
        small(),
        **few(tmp_path / "world", resume=True, progress=lambda *step: told.append(step)),
    )
    # media money is known; of the other worlds the rest is left
    assert sorted(number for number, _ in lived) == list(range(3, N_BLOCKS))
    assert all(n_worlds > 1 for _, n_worlds in lived)
    assert [step for step in told if step[0] == MONEY] == [(MONEY, N_BLOCKS, N_BLOCKS)]
    assert next(step for step in told if step[0] == OTHERS) == (OTHERS, 3, N_BLOCKS)
    assert again.dataset_hash == made.dataset_hash
    assert bytes_of(again) == bytes_of(made)
    assert check_dataset(again.path) == []
    assert sorted(p.name for p in again.path.iterdir()) == ["manifest.json", "tables", "truth"]


def test_who_is_stopped_later_lives_none_of_them_again(tmp_path, made, monkeypatch):
    def stop_at_customers(phase, done, total):
        if (phase, done) == ("customers", 2):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        simulate(small(), **few(tmp_path / "world", workers=1, progress=stop_at_customers))
    assert caught.value.__notes__[0].startswith(
        f"{2 * N_BLOCKS} blocks of other worlds and 2 of {N_BLOCKS // 2} blocks are finished and kept"
    )
    lived = begun_blocks(monkeypatch)
    again = simulate(small(), **few(tmp_path / "world", resume=True, scheduler="threads"))
    assert lived == []
    assert again.dataset_hash == made.dataset_hash


def test_without_resume_all_are_lived_anew(tmp_path, made, monkeypatch):
    interrupted(tmp_path / "world")
    lived = begun_blocks(monkeypatch)
    again = simulate(small(), **few(tmp_path / "world"))
    assert len(lived) == 2 * N_BLOCKS
    assert again.dataset_hash == made.dataset_hash


def test_resume_without_an_interrupted_run_is_a_run(tmp_path, made):
    again = simulate(small(), **few(tmp_path / "world", resume=True))
    assert again.dataset_hash == made.dataset_hash
    with pytest.raises(OutputExistsError, match="use --force"):
        simulate(small(), **few(tmp_path / "world", resume=True))


def test_worlds_that_have_settled_do_not_settle_again(tmp_path, monkeypatch):
    coupled = small(interference={"is_on": True})
    asked = {"truth": "segments", "semantics": "ghost"}
    whole = simulate(coupled, **few(tmp_path / "whole", **asked))
    settle, settled = asking.settle, []

    def noted(*given):
        settled.append(given)
        if len(settled) == 2:
            raise KeyboardInterrupt
        return settle(*given)

    with monkeypatch.context() as patch:
        patch.setattr(asking, "settle", noted)
        with pytest.raises(KeyboardInterrupt) as caught:
            simulate(coupled, **few(tmp_path / "world", workers=1, **asked))
    assert caught.value.__notes__[0].startswith("worlds that have settled are finished and kept")
    settled.clear()
    settled.append(None)  # none is the second one

    def counted(*given):
        settled.append(given)
        return settle(*given)

    monkeypatch.setattr(asking, "settle", counted)
    again = simulate(coupled, **few(tmp_path / "world", resume=True, **asked))
    assert len(settled) - 1 == 2  # of base, all treated and none treated
    assert again.dataset_hash == whole.dataset_hash


@pytest.mark.slow
def test_a_kill_in_the_middle_of_other_worlds(tmp_path, made, monkeypatch):
    code = (
        "import json, sys\n"
        "from omnisim.scenario import Scenario\n"
        "from omnisim.truth import asking, simulate\n"
        f"asking.PERSONS = {PERSONS}\n"
        "asked = json.loads(sys.argv[2])\n"
        "simulate(Scenario.model_validate_json(sys.argv[1]), **asked)\n"
    )
    out = tmp_path / "world"
    words = [json.dumps(small().canonical()), json.dumps(few(str(out), workers=1))]
    journal = tmp_path / "world.partial" / "journal"
    child = subprocess.Popen([sys.executable, "-c", code, *words])
    deadline = time.monotonic() + 300
    while child.poll() is None and time.monotonic() < deadline:
        if len(list(journal.glob("lived-other-worlds-*"))) >= 3:
            child.send_signal(signal.SIGKILL)
            break
        time.sleep(0.002)
    child.wait()
    n_lived = len(list(journal.glob("lived-other-worlds-*")))
    assert 3 <= n_lived < N_BLOCKS
    lived = begun_blocks(monkeypatch)
    scenario = Scenario.model_validate_json(words[0])
    again = simulate(scenario, **few(out, resume=True))
    assert len(lived) == N_BLOCKS - n_lived
    assert again.dataset_hash == made.dataset_hash
    assert bytes_of(again) == bytes_of(made)


# --- what is not taken as given


@pytest.mark.parametrize("damage", ["bytes", "missing", "cut"])
def test_a_damaged_answer_is_lived_again(tmp_path, made, monkeypatch, damage):
    interrupted(tmp_path / "world", 3)
    file = tmp_path / "world.partial" / "journal" / "lived-other-worlds-00001.bin"
    content = bytearray(file.read_bytes())
    if damage == "missing":
        file.unlink()
    else:
        content[len(content) // 2] ^= 1
        file.write_bytes(content if damage == "bytes" else content[:20])
    lived = begun_blocks(monkeypatch)
    again = simulate(small(), **few(tmp_path / "world", resume=True))
    assert sorted(number for number, _ in lived) == [1, *range(3, N_BLOCKS)]
    assert again.dataset_hash == made.dataset_hash


def test_answers_of_other_persons_are_lived_again(tmp_path, made, monkeypatch):
    interrupted(tmp_path / "world", 3)
    monkeypatch.setattr(asking, "PERSONS", 2 * PERSONS)
    lived = begun_blocks(monkeypatch)
    again = simulate(small(), **few(tmp_path / "world", resume=True))
    assert len(lived) == 2 * N_BLOCKS // 2
    assert again.dataset_hash == made.dataset_hash


def test_an_answer_of_another_simulation_is_refused(tmp_path):
    interrupted(tmp_path / "other", 3, scenario=small(demand={"need_rate": 3.0}))
    interrupted(tmp_path / "world", 2)
    name = "lived-other-worlds-00001.bin"
    here, there = (tmp_path / f"{x}.partial" / "journal" / name for x in ("world", "other"))
    shutil.copy(there, here)
    with pytest.raises(ResumeError, match=rf"{name}: is from another simulation.*begin anew"):
        simulate(small(), **few(tmp_path / "world", resume=True))
    assert unfinished_blocks(tmp_path / "world") == N_BLOCKS + 2  # nothing is lost


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"semantics": "substitute"},
            r"semantics was \['reallocated'\], now it is \['substitute'\]",
        ),
        ({"truth": "channels"}, r"truth was \['channels', 'segments', 'lost_demand'\], now it is"),
        ({"shapley": 8}, r"shapley was 0, now it is 8"),
        ({"seed": 5}, r"scenario\.seed was \d+, now it is 5"),
    ],
)
def test_another_question_is_refused(stopped, change, told):
    with pytest.raises(ResumeError, match=told) as caught:
        simulate(small(), **few(stopped, resume=True, **change))
    assert caught.value.exit_code == 2
    assert unfinished_blocks(stopped) == N_BLOCKS + 1


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """A run that was stopped in the middle of other worlds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asking, "PERSONS", PERSONS)
        out = tmp_path_factory.mktemp("stopped") / "world"
        interrupted(out, 1)
    return out


def test_another_version_is_refused(stopped, monkeypatch):
    from omnisim.truth import journal

    other = installation.Installation("9.9.9", "0" * 64)
    monkeypatch.setattr(journal, "this_installation", lambda: other)
    with pytest.raises(ResumeError, match=r"omnisim was '.*', now it is '9\.9\.9'"):
        simulate(small(), **few(stopped, resume=True))


# --- what goes wrong


def test_a_disk_that_fills_up_is_one_error_and_resume_goes_on(tmp_path, made, monkeypatch):
    real = Path.write_bytes

    def full(self, content):
        if "lived-other-worlds-00004" in self.name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))
        return real(self, content)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(StorageError, match=r"cannot write the journal: No space") as caught:
            simulate(small(), **few(tmp_path / "world", workers=1))
    assert caught.value.__notes__[0].startswith(f"{N_BLOCKS + 4} blocks of other worlds are")
    lived = begun_blocks(monkeypatch)
    again = simulate(small(), **few(tmp_path / "world", resume=True))
    assert len(lived) == N_BLOCKS - 4
    assert again.dataset_hash == made.dataset_hash


def test_a_scheduler_that_goes_away_is_one_error_and_resume_goes_on(tmp_path, made):
    cluster = loopback(1)
    lose = at(2, cluster.close)
    asked = few(tmp_path / "world", scheduler=cluster.scheduler_address, progress=lose)
    with cluster, pytest.raises(SchedulerError, match=r"lost the scheduler") as caught:
        simulate(small(), **asked)
    assert "blocks of other worlds are finished and kept" in caught.value.__notes__[0]
    again = simulate(small(), **few(tmp_path / "world", resume=True))
    assert again.dataset_hash == made.dataset_hash


def test_a_question_to_a_scheduler_that_is_not_there(tmp_path):
    pytest.importorskip("distributed", reason="needs the extra cluster")
    nowhere = "tcp://127.0.0.1:9"
    with pytest.raises(SchedulerError, match="no scheduler answered"):
        simulate(small(), **few(tmp_path / "world", scheduler=nowhere))
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(SchedulerError, match="no scheduler answered"):
        compare(small(), without="email", scheduler=nowhere)
    with pytest.raises(SchedulerError, match="give threads, processes, local"):
        compare(small(), without="email", scheduler="many")


def order(recipe, folder, who=None):
    asked = read_asked(ASKED["truth"], ASKED["semantics"], 1_000)
    asked = Request(scenario=small(), asked=asked)
    return Order(recipe, asked, Journal(folder), who or this_installation(), mark_of(asked))


def test_a_worker_with_another_version_lives_nothing(tmp_path):
    here = this_installation()
    for other, told in (
        (Installation("0.0.1", here.sources), r"runs omnisim 0\.0\.1, this side"),
        (Installation(here.version, "0" * 64), "with other sources"),
    ):
        given = order(MediaMoney(), tmp_path, other)
        with pytest.raises(SchedulerError, match=f"the order for this block: .*{told}"):
            given(given.request.blocks[0])
        with pytest.raises(SchedulerError, match=f"the order for this world: .*{told}"):
            given.settle("base")


def test_a_process_that_lives_on_tells_questions_apart():
    """Workers of a cluster keep what they made for the next block; the next question may be another."""
    request = Request(scenario=small(), asked=Asked(()))
    block = Block(0, 0, PERSONS)
    found = []
    for names in (("email",), ("paid_social", "email"), ("email",)):
        recipe = Comparison(names, (), (), ("ghost",))
        given = Order(recipe, request, None, this_installation(), mark_of(request))
        found.append(given(block).moments)
    assert found[0] == found[2] != found[1]


def test_an_order_is_small_however_much_is_asked(tmp_path):
    """It travels with every block; a scenario is some 20 kB of plain values."""
    spend = tuple((name, 10**9) for name in ("paid_social", "sms", "affiliate"))
    asked = read_asked("all", "ghost,substitute,reallocated", 1_000)
    assert len(pickle.dumps(order(OtherWorlds(asked, spend), tmp_path))) < 60_000
