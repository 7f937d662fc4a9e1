"""A Dask cluster: reached, refused, told in one line. Skipped where `distributed` is missing."""

from __future__ import annotations

import socket
import time
from importlib.metadata import PackageNotFoundError

import pytest

from omnisim.errors import SchedulerError
from omnisim.executor import cluster, open_executor
from omnisim.executor.cluster import SECONDS_TO_CONNECT, DaskExecutor

pytest.importorskip("distributed", reason="needs the extra cluster")


def nobody_listens() -> str:
    """An address of this machine at which nothing is."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{free.getsockname()[1]}"


def test_an_unreachable_scheduler_is_told_within_seconds():
    address, start = nobody_listens(), time.monotonic()
    with pytest.raises(SchedulerError, match=f"{address}: no scheduler answered within") as caught:
        open_executor(address)
    assert "\n" not in str(caught.value)
    # the time allowed, and as much again for a busy machine
    assert time.monotonic() - start < 2 * SECONDS_TO_CONNECT + 5


class Answering:
    """A client of workers that answer what they are told to."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def run(self, function, *given, on_error, callback_timeout):
        return self.answers.pop(0)


def with_client(*answers):
    executor = object.__new__(DaskExecutor)
    executor.address, executor._client = "tcp://10.0.0.5:8786", Answering(*answers)
    return executor


def test_a_worker_without_omnisim_is_named():
    answers = {"tcp://10.0.0.7:1": "0.1.0", "tcp://10.0.0.8:1": PackageNotFoundError("omnisim")}
    with pytest.raises(
        SchedulerError, match=r"worker tcp://10\.0\.0\.8:1: omnisim is not installed"
    ):
        with_client(answers).on_each(int)


def test_a_worker_that_cannot_run_it_is_named():
    versions = {"tcp://10.0.0.7:1": "0.1.0"}
    broken = {"tcp://10.0.0.7:1": ImportError("libLLVM.so: cannot open\nmore lines")}
    told = r"worker tcp://10\.0\.0\.7:1: cannot run omnisim \(libLLVM\.so: cannot open\)"
    with pytest.raises(SchedulerError, match=told):
        with_client(versions, broken).on_each(int)
    assert with_client(versions, {"tcp://10.0.0.7:1": 0}).on_each(int) == {"tcp://10.0.0.7:1": 0}


def test_a_worker_that_does_not_answer_is_not_waited_for_without_end(monkeypatch):
    monkeypatch.setattr(cluster, "SECONDS_TO_ANSWER", 1)
    with (
        DaskExecutor("local", workers=1) as executor,
        pytest.raises(SchedulerError, match=r"not every worker answered within 1 s \(tcp://127"),
    ):
        executor._run(time.sleep, 3)
