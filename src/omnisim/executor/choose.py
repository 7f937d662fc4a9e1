"""An executor by the word a user gives."""

from __future__ import annotations

import re

from omnisim.errors import SchedulerError
from omnisim.executor.protocol import Executor
from omnisim.executor.threads import ThreadExecutor

THREADS, PROCESSES, LOCAL = "threads", "processes", "local"
_ADDRESS = re.compile(r"(tcp|tls|ws|wss|ucx)://[^/\s]+(:[0-9]+)?")


def open_executor(scheduler: str = THREADS, workers: int = 1) -> Executor:
    """Start an executor; use it in a ``with`` block.

    Parameters
    ----------
    scheduler : str
        ``threads``, ``processes``, ``local`` (a Dask cluster on this machine) or the address of a
        Dask scheduler, such as ``tcp://10.0.0.5:8786``.
    workers : int
        Threads or processes; an existing scheduler has its own.

    Raises
    ------
    SchedulerError
        An unknown word, Dask is not installed, or the scheduler cannot be reached.

    Examples
    --------
    >>> with open_executor("threads", workers=2) as executor:
    ...     list(executor.map(str, range(3)))
    ['0', '1', '2']
    """
    if scheduler == THREADS:
        return ThreadExecutor(workers)
    if scheduler == PROCESSES:
        from omnisim.executor.processes import ProcessExecutor

        return ProcessExecutor(workers)
    if scheduler == LOCAL or _ADDRESS.fullmatch(scheduler):
        from omnisim.executor.cluster import DaskExecutor

        return DaskExecutor(scheduler, workers)
    raise SchedulerError(
        f"--scheduler {scheduler!r}: give {THREADS}, {PROCESSES}, {LOCAL} or the address of a Dask "
        "scheduler such as tcp://10.0.0.5:8786"
    )
