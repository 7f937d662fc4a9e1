"""An interrupted run loses the blocks that were under way, and nothing else."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from omnisim.errors import OutputExistsError, ResumeError, StorageError
from omnisim.executor import installation
from omnisim.storage import check_dataset
from omnisim.storage.locate import find_dataset
from omnisim.truth import simulate, unfinished_blocks

from .worlds_to_run import BLOCK_SIZE, N_BLOCKS, request, small


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return simulate(small(), **request(tmp_path_factory.mktemp("whole") / "world"))


def stop_after(n):
    """A progress that ends the run as Ctrl-C does."""

    def progress(phase, done, total):
        if phase == "customers" and done == n:
            raise KeyboardInterrupt

    return progress


def interrupted(out, n=3, **more):
    with pytest.raises(KeyboardInterrupt) as caught:
        simulate(small(**more), **request(out, workers=1, progress=stop_after(n)))
    return caught.value


def begun_blocks(monkeypatch):
    """Numbers of the blocks that are run from now on."""
    from omnisim.truth import work

    run, numbers = work.finish_block, []

    def noted(prepared, sink, block):
        numbers.append(block.number)
        return run(prepared, sink, block)

    monkeypatch.setattr(work, "finish_block", noted)
    return numbers


def test_ctrl_c_keeps_the_finished_blocks_and_resume_runs_the_rest(tmp_path, made, monkeypatch):
    stopped = interrupted(tmp_path / "world", 3)
    assert stopped.__notes__ == [
        f"3 of {N_BLOCKS} blocks are finished and kept: "
        "the same command goes on from them (simulate: with --resume)"
    ]
    assert unfinished_blocks(tmp_path / "world") == 3
    numbers = begun_blocks(monkeypatch)
    again = simulate(small(), **request(tmp_path / "world", resume=True))
    assert sorted(numbers) == list(range(3, N_BLOCKS))
    assert again.dataset_hash == made.dataset_hash
    assert check_dataset(again.path) == []
    assert [p.name for p in tmp_path.iterdir()] == ["world"]
    assert sorted(p.name for p in again.path.iterdir()) == ["manifest.json", "tables", "truth"]


def test_without_resume_it_begins_anew(tmp_path, made, monkeypatch):
    interrupted(tmp_path / "world")
    numbers = begun_blocks(monkeypatch)
    again = simulate(small(), **request(tmp_path / "world"))
    assert len(numbers) == N_BLOCKS
    assert again.dataset_hash == made.dataset_hash


def test_resume_without_anything_to_resume_is_a_run(tmp_path, made):
    assert (
        simulate(small(), **request(tmp_path / "world", resume=True)).dataset_hash
        == made.dataset_hash
    )
    with pytest.raises(OutputExistsError, match="use --force"):
        simulate(small(), **request(tmp_path / "world", resume=True))


@pytest.mark.parametrize(
    ("damage", "n_kept"), [("journal", 2), ("part", 2), ("missing", 2), ("none", 3)]
)
def test_what_is_damaged_is_run_again(tmp_path, made, monkeypatch, damage, n_kept):
    interrupted(tmp_path / "world", 3)
    partial = tmp_path / "world.partial"
    file = (
        partial / "journal" / "block-00001.bin"
        if damage == "journal"
        else partial / "tables" / "orders" / "part-00001.parquet"
    )
    if damage == "missing":
        file.unlink()
    elif damage != "none":
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    numbers = begun_blocks(monkeypatch)
    again = simulate(small(), **request(tmp_path / "world", resume=True))
    assert len(numbers) == N_BLOCKS - n_kept
    assert again.dataset_hash == made.dataset_hash
    assert check_dataset(again.path) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"seed": 5}, r"scenario\.seed was \d+, now it is 5"),
        ({"truth": "none"}, r"truth was \['rollouts'\], now it is \[\]"),
        ({"block_size": 2 * BLOCK_SIZE}, f"block_size was {BLOCK_SIZE}, now it is"),
    ],
)
def test_another_request_is_refused_and_nothing_is_lost(tmp_path, change, told):
    interrupted(tmp_path / "world")
    with pytest.raises(ResumeError, match=told) as caught:
        simulate(small(), **request(tmp_path / "world", resume=True, **change))
    assert caught.value.exit_code == 2
    assert unfinished_blocks(tmp_path / "world") == 3
    other = small(demand={"need_rate": 3.0})
    with pytest.raises(ResumeError, match=r"scenario\.demand\.need_rate was .*, now it is 3\.0"):
        simulate(other, **request(tmp_path / "world", resume=True))


def test_another_version_is_refused(tmp_path, monkeypatch):
    from omnisim.truth import journal

    interrupted(tmp_path / "world")
    other = installation.Installation("9.9.9", "0" * 64)
    monkeypatch.setattr(journal, "this_installation", lambda: other)
    with pytest.raises(ResumeError, match=r"omnisim was '.*', now it is '9\.9\.9'"):
        simulate(small(), **request(tmp_path / "world", resume=True))


def test_a_journal_cannot_run_code(tmp_path):
    """Whatever a folder from elsewhere holds: only arrays and omnisim's own classes are read."""
    import hashlib
    import pickle

    import pyarrow as pa

    class Evil:
        def __reduce__(self):
            return os.system, ("true",)

    interrupted(tmp_path / "world")
    plain = pickle.dumps(Evil())
    told = len(plain).to_bytes(8, "big") + pa.compress(plain, codec="zstd", asbytes=True)
    digest = hashlib.blake2b(told, digest_size=32).digest()
    (tmp_path / "world.partial" / "journal" / "block-00000.bin").write_bytes(digest + told)
    with pytest.raises(ResumeError, match=r"a journal cannot hold \w+\.system"):
        simulate(small(), **request(tmp_path / "world", resume=True))


def test_a_disk_that_fills_up_is_one_error_and_resume_goes_on(tmp_path, made, monkeypatch):
    real = Path.write_bytes

    def full(self, content):
        if self.parent.name == "shipments" and self.name == "part-00005.parquet":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))
        return real(self, content)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(StorageError, match=r"cannot write part 5 .*No space left") as caught:
            simulate(small(), **request(tmp_path / "world", workers=1))
    assert caught.value.__notes__[0].startswith(f"5 of {N_BLOCKS} blocks are finished and kept")
    again = simulate(small(), **request(tmp_path / "world", resume=True))
    assert again.dataset_hash == made.dataset_hash
    assert check_dataset(again.path) == []


def test_worlds_that_were_settled_are_not_settled_again(tmp_path, monkeypatch):
    coupled = {"interference": {"is_on": True}}
    whole = simulate(small(**coupled), **request(tmp_path / "whole"))
    interrupted(tmp_path / "world", **coupled)
    module = sys.modules["omnisim.truth.simulate"]
    monkeypatch.setattr(module, "settled", lambda *_: pytest.fail("was settled before"))
    again = simulate(small(**coupled), **request(tmp_path / "world", resume=True))
    assert again.dataset_hash == whole.dataset_hash


@pytest.mark.slow
def test_kill_at_a_random_block_and_resume(tmp_path, made):
    """The seed of the moment is the process number: every run of the tests kills somewhere else."""
    code = (
        "import json, sys\n"
        "from omnisim.scenario import Scenario\n"
        "from omnisim.truth import simulate\n"
        "asked = json.loads(sys.argv[2])\n"
        "simulate(Scenario.model_validate_json(sys.argv[1]), **asked)\n"
    )
    import json

    out = tmp_path / "world"
    words = [
        json.dumps(small().canonical()),
        json.dumps({**request(str(out)), "resume": True}),
    ]
    journal = tmp_path / "world.partial" / "journal"
    seen = [0]
    for _ in range(2):
        n_wanted = random.randint(seen[-1] + 1, N_BLOCKS - 1)
        child = subprocess.Popen([sys.executable, "-c", code, *words])
        deadline = time.monotonic() + 120
        while child.poll() is None and time.monotonic() < deadline:
            if len(list(journal.glob("block-*.bin"))) >= n_wanted:
                child.send_signal(signal.SIGKILL)
                break
            time.sleep(0.002)
        child.wait()
        if out.exists():  # it was quicker than the kill
            break
        seen.append(unfinished_blocks(out))
        assert seen[-1] >= n_wanted
        if seen[-1] >= N_BLOCKS - 1:
            break
    if not out.exists():
        simulate(small(), **request(out, resume=True))
    assert check_dataset(out) == []
    assert find_dataset(out) == out
    from omnisim.storage import Dataset

    assert Dataset.open(out).dataset_hash == made.dataset_hash
