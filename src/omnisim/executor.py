"""Who runs independent pieces of work: threads by default, a cluster if one is given.

Kernels and the Parquet writer release the interpreter lock, so threads are enough on one machine.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

from omnisim.errors import DesignError

_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")

IN_FLIGHT_PER_WORKER = 2  # one running, one ready: memory stays bounded, no worker waits


class Executor(Protocol):
    """Anything that applies a function to items and gives the answers in the items' order."""

    def map(
        self, function: Callable[[_Item], _Answer], items: Iterable[_Item]
    ) -> Iterator[_Answer]:
        """Yield ``function(item)`` for each item, in order; the first exception ends it."""
        ...


class ThreadExecutor:
    """Threads of this process.

    Parameters
    ----------
    workers : int
        Number of threads, >= 1. One means no thread at all.

    Examples
    --------
    >>> list(ThreadExecutor(workers=2).map(str, range(3)))
    ['0', '1', '2']
    """

    def __init__(self, workers: int = 1) -> None:
        if workers < 1:
            raise DesignError(f"workers = {workers}: give a number of threads, at least 1")
        self.workers = workers

    def map(
        self, function: Callable[[_Item], _Answer], items: Iterable[_Item]
    ) -> Iterator[_Answer]:
        """Yield the answers in order, with few items in flight.

        Items are taken from the iterable only when a thread will soon be free. When the caller
        stops early, or an item fails, or Ctrl-C arrives, what has not begun never begins.
        """
        if self.workers == 1:
            for item in items:
                yield function(item)
            return
        pending: deque[Future[_Answer]] = deque()
        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="omnisim")
        try:
            for item in items:
                pending.append(pool.submit(function, item))
                if len(pending) >= self.workers * IN_FLIGHT_PER_WORKER:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
