"""Worker processes: start one, read what it tells, end it."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psutil

from omnisim.errors import StorageError
from omnisim.notebook.recorder import RUN_VARIABLE

Message = dict[str, Any]
_MAX_SOCKET_PATH = 90  # systems allow 104 to 108 characters, and names come after it

# One thread per notebook: notebooks run side by side, and sums come out the same everywhere.
_THREADS = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "NUMBA_NUM_THREADS",
    ),
    "1",
)


class Worker:
    """One process that executes one notebook.

    Parameters
    ----------
    name : str
        The notebook.
    staging : Path
        Its own folder: what the notebook writes goes there first.
    job : mapping
        See :func:`omnisim.notebook.worker.execute`.
    inbox : Queue
        Where (name, message) arrive; an ended process sends ``{"ended": code}`` last.
    """

    def __init__(
        self,
        name: str,
        *,
        staging: Path,
        job: Mapping[str, Any],
        inbox: queue.Queue[tuple[str, Message]],
    ) -> None:
        self.name = name
        self.staging = staging
        self.log = staging / "worker.log"
        self._inbox = inbox
        environment = {
            **os.environ,
            **_THREADS,
            RUN_VARIABLE: str(staging),
            # The user's own start-up files and history stay out of the run.
            "IPYTHONDIR": str(staging / ".ipython"),
            "JUPYTER_RUNTIME_DIR": str(staging / ".jupyter"),
            "PYTHONHASHSEED": "0",
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }
        with self.log.open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "omnisim.notebook.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                text=True,
                encoding="utf-8",
                start_new_session=True,  # Ctrl-C reaches the parent only, which ends its workers
            )
        self._sockets = _socket_folder()
        self._send(json.dumps({**job, "sockets": self._sockets}))
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def go(self) -> None:
        """Let it execute."""
        self._send("go")

    def end(self) -> None:
        """End the process and its kernel at once."""
        try:
            family = [*psutil.Process(self._process.pid).children(recursive=True)]
        except psutil.NoSuchProcess:
            family = []
        self._process.kill()
        for child in family:
            try:
                child.kill()
            except psutil.NoSuchProcess:
                continue
        self._process.wait()
        _wait_for(family)  # until then they can write
        self._listener.join(timeout=5)
        for pipe in (self._process.stdin, self._process.stdout):
            _close(pipe)
        if self._sockets is not None:
            shutil.rmtree(self._sockets, ignore_errors=True)

    def last_words(self) -> str:
        """The last line of its log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def _send(self, line: str) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return  # it has ended; the listener tells so

    def _listen(self) -> None:
        assert self._process.stdout is not None
        try:
            for line in self._process.stdout:
                self._inbox.put((self.name, json.loads(line)))
        except ValueError:  # the pipe was closed, or a line was cut by a kill
            pass
        self._inbox.put((self.name, {"ended": self._process.wait()}))


def _wait_for(family: list[psutil.Process], timeout: float = 5) -> None:
    """Wait until killed processes run no more; whether someone has collected them is no matter."""
    deadline = monotonic() + timeout
    while monotonic() < deadline and any(map(_runs, family)):
        sleep(0.01)


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _close(pipe: Any) -> None:
    try:
        pipe.close()
    except OSError:  # unsent input of a dead process
        return


def _socket_folder() -> str | None:
    """A new folder for sockets; None where the system has none or allows no path that long."""
    if os.name != "posix":
        return None
    folder = tempfile.mkdtemp(prefix="omnisim-")
    if len(folder) > _MAX_SOCKET_PATH:
        Path(folder).rmdir()
        return None
    return folder


def remove_folder(folder: Path) -> None:
    """Remove a folder that a process on its way out may still write to."""
    for _ in range(20):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        sleep(0.05)


class RunLock:
    """Keeps two runs out of one folder; a lock left by a killed process does not count.

    Raises
    ------
    StorageError
        When a living process holds it.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "run.lock"

    def __enter__(self) -> RunLock:
        me = psutil.Process()
        mine = json.dumps({"pid": me.pid, "started": me.create_time()})
        for _ in range(2):
            try:
                with self._path.open("x", encoding="utf-8") as stream:
                    stream.write(mine)
                return self
            except FileExistsError:
                if holder := self._holder():
                    raise StorageError(
                        f"{self._path.parent}: process {holder} is running notebooks here; "
                        "wait for it or give another --out"
                    ) from None
                self._path.unlink(missing_ok=True)
            except OSError as error:
                raise StorageError(
                    f"{self._path.parent}: cannot be written ({error.strerror})"
                ) from None
        raise StorageError(f"{self._path}: another run began at the same moment; try again")

    def __exit__(self, *_: object) -> None:
        self._path.unlink(missing_ok=True)

    def _holder(self) -> int | None:
        """The process that holds the lock, when it lives."""
        try:
            told = json.loads(self._path.read_text(encoding="utf-8"))
            process = psutil.Process(int(told["pid"]))
            return process.pid if process.create_time() == told["started"] else None
        except (OSError, ValueError, KeyError, TypeError, psutil.Error):
            return None
