"""The process that executes one notebook: ``python -m omnisim.notebook.worker``.

It starts its kernel before it is told to run, so kernels start while other notebooks compute. It
reads lines from its standard input (the job, then ``go``) and writes one JSON object per line. When
the input ends the parent is gone, and the worker ends with its kernel.
"""

# ruff: noqa: E402 - one module is kept out before the others are imported

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import warnings
from pathlib import Path
from time import perf_counter
from typing import IO, Any

import psutil

# jsonschema compiles a grammar for international identifiers when it finds this package: 0.9 s per
# process for a format that notebooks do not have.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

import papermill
from jupyter_core.utils import run_sync
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillException, PapermillExecutionError

from omnisim.notebook.kernel import KERNEL_NAME, kernel_manager

# What the kernel is started with: no history on disk, and outputs in all languages.
KERNEL_OPTIONS = [
    "--HistoryManager.hist_file=:memory:",
    "--IPKernelApp.extra_extensions=omnisim.notebook.display",
]
START_TIMEOUT = 120  # seconds; a loaded machine needs more than papermill's 60


class ReportingEngine(NBClientEngine):  # type: ignore[misc]
    """Papermill's engine, telling which cell it executes."""

    channel: IO[str]

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kwargs: Any) -> Any:
        """Execute, with a line on the channel before every cell."""
        start = nb_man.cell_start
        n_cells = len(nb_man.nb.cells)

        def cell_start(cell: Any, cell_index: int | None = None, **more: Any) -> None:
            tell(cls.channel, cell=(cell_index or 0) + 1, of=n_cells)
            start(cell, cell_index=cell_index, **more)

        nb_man.cell_start = cell_start
        return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)


def tell(channel: IO[str], **message: Any) -> None:
    """Write one message."""
    channel.write(json.dumps(message) + "\n")
    channel.flush()


def execute(job: dict[str, Any], manager: Any) -> dict[str, Any]:
    """Run the notebook of a job; the message that ends it.

    Parameters
    ----------
    job : dict
        ``notebook``, ``output``, ``parameters``, ``folder`` (where the kernel runs), ``sockets``
        (see :func:`~omnisim.notebook.kernel.kernel_manager`), ``debug``.
    manager : AsyncKernelManager
        A started kernel.
    """
    start = perf_counter()
    try:
        papermill.execute_notebook(
            _literal(job["notebook"]),
            _literal(job["output"]),
            parameters=job["parameters"],
            engine_name="omnisim",
            kernel_name=KERNEL_NAME,
            language="python",
            km=manager,
            progress_bar=False,
            log_output=job["debug"],
            start_timeout=START_TIMEOUT,
        )
    except PapermillExecutionError as error:
        return {
            "failed": f"{error.ename}: {_first_line(error.evalue)}",
            "cell": _source_cell(error.cell_index, job),
            "count": error.exec_count,
        }
    except (DeadKernelError, CellTimeoutError) as error:
        reason = "the kernel died, perhaps for lack of memory"
        if isinstance(error, CellTimeoutError):
            reason = _first_line(str(error))
        return {"failed": reason, "cell": None, "count": None}
    except (PapermillException, OSError, RuntimeError, ValueError) as error:
        return {
            "failed": f"{type(error).__name__}: {_first_line(str(error))}",
            "cell": None,
            "count": None,
        }
    return {"done": True, "seconds": perf_counter() - start}


def _literal(path: str) -> str:
    """A path that papermill, which formats it as a template, leaves as it is."""
    return path.replace("{", "{{").replace("}", "}}")


def _first_line(text: str) -> str:
    """The first line that says something."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def _source_cell(index: int, job: dict[str, Any]) -> int:
    """Number of a cell in the source, from 1: the injected cell is not counted."""
    cells = json.loads(Path(job["notebook"]).read_text(encoding="utf-8"))["cells"]
    tagged = [i for i, cell in enumerate(cells) if "parameters" in cell["metadata"].get("tags", [])]
    injected = bool(job["parameters"]) and (not tagged or index > tagged[0])
    return index + 1 - int(injected)


def _end_with_parent(lines: IO[str], go: threading.Event) -> None:
    """Wait for ``go``, then for the end of the input; end the kernel and this process with it."""
    for line in lines:
        if line.strip() == "go":
            go.set()
    _end(1)


def _end(code: int) -> None:
    """End the kernel and this process at once: nothing is left to be saved."""
    for child in psutil.Process().children(recursive=True):
        try:
            child.kill()
        except psutil.NoSuchProcess:
            continue
    sys.stderr.flush()
    os._exit(code)


def main() -> None:
    """Read the job, start the kernel, run when told to."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever the kernel prints does not mix with the messages
    job = json.loads(sys.stdin.readline())
    go = threading.Event()
    threading.Thread(target=_end_with_parent, args=(sys.stdin, go), daemon=True).start()
    logging.basicConfig(level=logging.INFO if job["debug"] else logging.CRITICAL)
    if not job["debug"]:
        warnings.simplefilter("ignore")
    ReportingEngine.channel = channel
    papermill_engines.register("omnisim", ReportingEngine)
    manager = kernel_manager(job["sockets"])

    async def start() -> None:
        await manager.start_kernel(cwd=job["folder"], extra_arguments=KERNEL_OPTIONS)

    run_sync(start)()
    go.wait()
    tell(channel, **execute(job, manager))
    channel.close()
    _end(0)


if __name__ == "__main__":
    main()
