"""Threads of this process: enough on one machine, as kernels and the Parquet writer release the lock."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self, TypeVar

from omnisim.errors import DesignError
from omnisim.executor.protocol import IN_FLIGHT_PER_WORKER

_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")


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

    shares_memory = True

    def __init__(self, workers: int = 1) -> None:
        if workers < 1:
            raise DesignError(f"workers = {workers}: give a number of threads, at least 1")
        self.workers = workers

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Threads live as long as a call of :meth:`map`: there is nothing to end."""

    def on_each(self, function: Callable[[], Any]) -> dict[str, Any]:  # noqa: ARG002 - a protocol
        """Nothing: threads are this process."""
        return {}

    def map(
        self, function: Callable[[_Item], _Answer], items: Iterable[_Item]
    ) -> Generator[_Answer, None, None]:
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


def n_processors() -> int:
    """Processors this process may use."""
    usable = getattr(os, "sched_getaffinity", None)  # Linux; containers limit it
    return max(1, len(usable(0)) if usable else os.cpu_count() or 1)
