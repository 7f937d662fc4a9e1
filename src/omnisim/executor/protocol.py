"""What every executor promises."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")

IN_FLIGHT_PER_WORKER = 2  # one running, one ready: memory stays bounded, no worker waits


class Executor(Protocol):
    """Applies a function to items and gives the answers in the items' order.

    Attributes
    ----------
    workers : int
        Items that run at the same time.
    shares_memory : bool
        Whether functions see this process's objects. Where not, function, items and answers travel
        as pickles: they are to be small, and data stay on disk.
    """

    workers: int
    shares_memory: bool

    def map(
        self, function: Callable[[_Item], _Answer], items: Iterable[_Item]
    ) -> Generator[_Answer, None, None]:
        """Yield ``function(item)`` for each item, in order; the first exception ends it."""
        ...

    def on_each(self, function: Callable[[], Any]) -> dict[str, Any]:
        """Call a function once in each worker: name of the worker to its answer.

        Nothing where workers share this process.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
