"""Processes of this machine. One that dies is replaced, and what it did is done again."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures import wait as wait_for
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import wait
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from omnisim.errors import DesignError, SchedulerError
from omnisim.executor.protocol import IN_FLIGHT_PER_WORKER

_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")

MAX_DEATHS = 3  # in a row, without any answer between: then it is not an accident


@dataclass(slots=True)
class _Asked(Generic[_Item, _Answer]):
    """An item and the answer to come."""

    item: _Item
    future: Future[_Answer]


class ProcessExecutor:
    """Processes of this machine, each with an interpreter of its own.

    Functions and items must be importable and picklable. A script that uses it needs the guard
    ``if __name__ == "__main__":``, as always when Python starts processes anew.

    Parameters
    ----------
    workers : int
        Number of processes, >= 1.
    """

    shares_memory = False

    def __init__(self, workers: int = 1) -> None:
        if workers < 1:
            raise DesignError(f"workers = {workers}: give a number of processes, at least 1")
        self.workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the processes, after what they are at."""
        self._end()

    def on_each(self, function: Callable[[], Any]) -> dict[str, Any]:
        """The answer of one process: all of them are copies of the same installation."""
        return {"process": self._started().submit(function).result()}

    def map(
        self, function: Callable[[_Item], _Answer], items: Iterable[_Item]
    ) -> Generator[_Answer, None, None]:
        """Yield the answers in order, with few items in flight.

        When a process dies, all that was in flight is asked again of new ones.

        Raises
        ------
        SchedulerError
            Processes die again and again without giving any answer.
        """
        asked: deque[_Asked[_Item, _Answer]] = deque()
        coming, n_deaths = iter(items), 0
        try:
            while True:
                room = self.workers * IN_FLIGHT_PER_WORKER - len(asked)
                for item in islice(coming, room):
                    asked.append(_Asked(item, self._submit(function, item)))
                if not asked:
                    return
                try:
                    answer = asked[0].future.result()
                except BrokenProcessPool:
                    n_deaths += 1
                    if n_deaths >= MAX_DEATHS:
                        raise SchedulerError(
                            f"worker processes died {n_deaths} times in a row; is there too little "
                            "memory? Give fewer --workers"
                        ) from None
                    self._end()
                    for one in asked:
                        if not _has_answer(one.future):
                            one.future = self._submit(function, one.item)
                    continue
                asked.popleft()
                n_deaths = 0
                yield answer
        finally:
            # what runs may be writing: it ends before the caller goes on
            running = [one.future for one in asked if not one.future.cancel()]
            wait_for(running)

    def _submit(self, function: Callable[[_Item], _Answer], item: _Item) -> Future[_Answer]:
        """Ask; where a process has died meanwhile, the answer to come says so."""
        try:
            return self._started().submit(function, item)
        except BrokenProcessPool as error:
            broken: Future[_Answer] = Future()
            broken.set_exception(error)
            return broken

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self.workers,
                # a copy of a process with threads, as a fork makes, may hang
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_begin_worker,
            )
        return self._pool

    def _end(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


def _has_answer(future: Future[Any]) -> bool:
    """Whether it ended, well or not, before the pool broke."""
    if not future.done() or future.cancelled():
        return False
    return not isinstance(future.exception(), BrokenProcessPool)


def _begin_worker() -> None:
    """Leave Ctrl-C to the parent, and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
