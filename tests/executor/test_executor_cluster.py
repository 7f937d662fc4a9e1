"""A Dask cluster: reached, refused, told in one line. Skipped where `distributed` is missing."""

from __future__ import annotations

import socket
import time

import pytest

from omnisim.errors import SchedulerError
from omnisim.executor import open_executor
from omnisim.executor.cluster import SECONDS_TO_CONNECT

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
