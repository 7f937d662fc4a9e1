"""Workers of a Dask cluster: one on this machine, or an existing scheduler anywhere."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from importlib.metadata import version
from types import TracebackType
from typing import Any, Self, TypeVar

from omnisim.errors import DesignError, SchedulerError
from omnisim.executor.protocol import IN_FLIGHT_PER_WORKER

_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")

SECONDS_TO_CONNECT = 5
SECONDS_FOR_WORKERS = 60  # a batch system may take a while to start one
SECONDS_TO_ANSWER = 120  # first imports from a shared disk included


class DaskExecutor:
    """A Dask scheduler's workers.

    Parameters
    ----------
    address : str
        ``local`` for a cluster of this machine, else where a scheduler listens, such as
        ``tcp://10.0.0.5:8786``.
    workers : int
        Processes of a local cluster; an existing scheduler has its own.

    Raises
    ------
    SchedulerError
        ``distributed`` is not installed, the scheduler cannot be reached, or it has no workers.
    """

    shares_memory = False

    def __init__(self, address: str, workers: int = 1) -> None:
        if workers < 1:
            raise DesignError(f"workers = {workers}: give a number of processes, at least 1")
        try:
            import distributed
        except ImportError:
            raise SchedulerError(
                f"--scheduler {address} needs Dask: pip install 'omnisim[cluster]'"
            ) from None
        self.address = address
        self._cluster: Any = None
        if address == "local":
            self._cluster = distributed.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
            )
        try:
            self._client = distributed.Client(
                address if self._cluster is None else self._cluster,
                timeout=SECONDS_TO_CONNECT,
                set_as_default=False,
            )
        except (OSError, TimeoutError, ValueError) as error:
            self._close_cluster()
            raise SchedulerError(
                f"--scheduler {address}: no scheduler answered within {SECONDS_TO_CONNECT} s "
                f"({_first_line(error)})"
            ) from None
        self.workers = self._count_workers()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave the scheduler; end a local cluster."""
        self._client.close()
        self._close_cluster()

    def on_each(self, function: Callable[[], Any]) -> dict[str, Any]:
        """The answer of each worker by its address.

        Raises
        ------
        SchedulerError
            A worker has no omnisim, could not answer, or did not within :data:`SECONDS_TO_ANSWER`.
        """
        # a function of the standard library is known everywhere, one of omnisim perhaps not
        versions = self._run(version, "omnisim")
        for worker, found in versions.items():
            if isinstance(found, Exception):
                raise SchedulerError(
                    f"worker {worker}: omnisim is not installed there "
                    f"({type(found).__name__}); this side runs {version('omnisim')}"
                )
        answers = self._run(function)
        for worker, answer in answers.items():
            if isinstance(answer, Exception):
                raise SchedulerError(
                    f"worker {worker}: cannot run omnisim ({_first_line(answer)})"
                ) from answer
        return answers

    def map(
        self, function: Callable[[_Item], _Answer], items: Iterable[_Item]
    ) -> Generator[_Answer, None, None]:
        """Yield the answers in order, with few items in flight.

        What a worker did when it died is done again by another.

        Raises
        ------
        SchedulerError
            The scheduler went away, or an item ends every worker that takes it.
        """
        asked: deque[Any] = deque()
        try:
            for item in items:
                asked.append(self._client.submit(function, item, pure=False))
                if len(asked) >= self.workers * IN_FLIGHT_PER_WORKER:
                    yield self._answer(asked.popleft())
            while asked:
                yield self._answer(asked.popleft())
        finally:
            self._wait(asked)

    def _run(self, function: Callable[..., Any], *given: Any) -> dict[str, Any]:
        """What each worker answers, or the exception it met."""
        with self._named_trouble():
            try:
                answers: dict[str, Any] = self._client.run(
                    function, *given, on_error="return", callback_timeout=SECONDS_TO_ANSWER
                )
            except TimeoutError:
                workers = ", ".join(sorted(self._client.nthreads())) or "none is left"
                raise SchedulerError(
                    f"--scheduler {self.address}: not every worker answered within "
                    f"{SECONDS_TO_ANSWER} s ({workers}); restart those that hang"
                ) from None
        return answers

    def _wait(self, asked: Iterable[Any]) -> None:
        """What has been asked may be writing: it ends before the caller goes on."""
        import distributed

        pending = [future for future in asked if future.status == "pending"]
        if pending and self._client.status == "running":
            with self._named_trouble():
                distributed.wait(pending)

    def _answer(self, future: Any) -> Any:
        with self._named_trouble():
            return future.result()

    @contextmanager
    def _named_trouble(self) -> Iterator[None]:
        from distributed import KilledWorker
        from distributed.comm import CommClosedError

        try:
            yield
        except KilledWorker as error:
            raise SchedulerError(
                f"--scheduler {self.address}: workers died on the same block again and again; is "
                f"there too little memory? ({_first_line(error)})"
            ) from None
        except (CancelledError, CommClosedError, TimeoutError) as error:
            raise SchedulerError(
                f"--scheduler {self.address}: lost the scheduler ({_first_line(error)})"
            ) from None

    def _count_workers(self) -> int:
        try:
            self._client.wait_for_workers(1, timeout=SECONDS_FOR_WORKERS)
        except TimeoutError:
            self.__exit__(None, None, None)
            raise SchedulerError(
                f"--scheduler {self.address}: has no workers after {SECONDS_FOR_WORKERS} s; "
                "start some"
            ) from None
        return max(1, int(sum(self._client.nthreads().values())))

    def _close_cluster(self) -> None:
        if self._cluster is not None:
            self._cluster.close()


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
