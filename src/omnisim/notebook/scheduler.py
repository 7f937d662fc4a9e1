"""Keeps the chosen number of notebooks running, in the order of their needs.

Each notebook writes into a folder of its own. What it wrote moves into the run folder when it has
finished and every result is whole and of this dataset: tables and figures first, results last, the
ledger after them.
"""

from __future__ import annotations

import queue
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from omnisim.errors import NotebookError, ResultError, StorageError
from omnisim.notebook.ledger import (
    Run,
    Status,
    Step,
    damaged_files,
    file_digest,
    step_key,
)
from omnisim.notebook.processes import Message, Worker, remove_folder
from omnisim.notebook.sources import Notebook
from omnisim.provenance import source_digest
from omnisim.results import Result

STAGING = ".work"


@dataclass(frozen=True, slots=True)
class Progress:
    """What happened to one notebook; `cell` of `n_cells` while it runs."""

    notebook: str
    status: Status
    cell: int = 0
    n_cells: int = 0
    seconds: float = 0.0
    error: str = ""


class Scheduler:
    """Works through notebooks; :attr:`run` holds what has been reached.

    Parameters
    ----------
    run : Run
        The opened run folder.
    chosen : sequence of Notebook
        In the order of their needs.
    injected : mapping
        Notebook -> parameters.
    n_jobs : int
        Notebooks at a time; the kernel of one more is started ahead.
    force : bool
        Run again what is done.
    debug : bool
        Keep logs, and papermill's messages in them.
    """

    def __init__(
        self,
        run: Run,
        chosen: Sequence[Notebook],
        injected: Mapping[str, Mapping[str, Any]],
        *,
        n_jobs: int,
        progress: Callable[[Progress], None] | None = None,
        force: bool = False,
        debug: bool = False,
    ) -> None:
        self.run = run
        self._notebooks = {notebook.name: notebook for notebook in chosen}
        self._injected = injected
        self._n_jobs = n_jobs
        self._progress = progress or (lambda _: None)
        self._force = force
        self._debug = debug
        self._sources = source_digest()
        self._inbox: queue.Queue[tuple[str, Message]] = queue.Queue()
        self._workers: dict[str, Worker] = {}
        self._running: set[str] = set()
        self._settled: dict[str, Step] = {}

    def work(self) -> None:
        """Run until every notebook is done, failed or skipped."""
        waiting = list(self._notebooks)
        ready: list[str] = []
        for name in waiting:
            self._progress(Progress(name, "waiting"))
        while waiting or ready or self._workers:
            for name in list(waiting):
                if self._may_run(name):
                    ready.append(name)
                if name in ready or name in self._settled:
                    waiting.remove(name)
            for name in ready:  # those without a worker come last, in order
                if name not in self._workers and len(self._workers) <= self._n_jobs:
                    self._workers[name] = self._employ(name)
            for name in list(ready):
                if name in self._workers and len(self._running) < self._n_jobs:
                    ready.remove(name)
                    self._start(name)
            if self._workers:
                self._hear(*self._inbox.get())

    def close(self) -> None:
        """End what still runs and remove the staging folders."""
        for worker in self._workers.values():
            worker.end()
        if not self._debug:
            remove_folder(self.run.folder / STAGING)

    def _may_run(self, name: str) -> bool:
        """Whether a waiting notebook is to be run now; settles it when it need not or cannot."""
        needed = {need: self._settled.get(need) for need in self._notebooks[name].needs}
        lost = [need for need, step in needed.items() if step is not None and not step.is_done]
        if lost:
            reason = f"not run, because {lost[0]} has no results"
            self._settle(Step(name=name, status="skipped", error=reason))
            return False
        if any(step is None for step in needed.values()):
            return False
        before = self.run.steps.get(name)
        if (
            before is not None
            and not self._force
            and before.is_done
            and before.key == self._key(name)
            and not any(damaged_files(self.run.folder, before))
        ):
            self._settle(replace(before, status="cached"))
            return False
        return True

    def _key(self, name: str) -> str:
        notebook = self._notebooks[name]
        parameters = {k: v for k, v in self._injected[name].items() if k != "dataset"}
        return step_key(
            notebook=notebook.digest,
            parameters=parameters,
            dataset_hash=self.run.dataset_hash,
            needed={need: self._settled[need].files for need in notebook.needs},
            sources=self._sources,
            libraries=self.run.versions,
        )

    def _employ(self, name: str) -> Worker:
        """Start a process for a notebook; it makes its kernel ready and waits."""
        notebook = self._notebooks[name]
        staging = (self.run.folder / STAGING / name).resolve()
        try:
            remove_folder(staging)
            staging.mkdir(parents=True)
        except OSError as error:
            raise StorageError(f"{staging}: cannot be used ({error.strerror})") from None
        try:
            return Worker(
                name,
                staging=staging,
                job={
                    "notebook": str(notebook.path),
                    "output": str(staging / f"{name}.ipynb"),
                    "folder": str(notebook.path.parent),
                    "parameters": dict(self._injected[name]),
                    "debug": self._debug,
                },
                inbox=self._inbox,
            )
        except OSError as error:
            raise NotebookError(f"{sys.executable}: cannot be started ({error.strerror})") from None

    def _start(self, name: str) -> None:
        """Withdraw what the notebook wrote before, give it what it needs, let it run."""
        before = self.run.steps.get(name)
        folder = self.run.folder
        # Results first: a report must not read one whose exhibits are gone.
        withdrawn = sorted(before.files if before else (), key=lambda f: f[:8] != "results/")
        for old in withdrawn:
            (folder / old).unlink(missing_ok=True)
        shown = {key: v for key, v in self._injected[name].items() if key != "dataset"}
        self._record(Step(name=name, status="running", key=self._key(name), parameters=shown))
        for kept in (f"{name}.ipynb", f"{name}.failed.ipynb"):
            (folder / "notebooks" / kept).unlink(missing_ok=True)
        for need in self._notebooks[name].needs:
            for path in self._settled[need].files:
                target = self._workers[name].staging / path
                target.parent.mkdir(exist_ok=True)
                shutil.copyfile(folder / path, target)
        self._running.add(name)
        self._progress(Progress(name, "running"))
        self._workers[name].go()

    def _hear(self, name: str, message: Message) -> None:
        """Act on what a worker told."""
        worker = self._workers.get(name)
        if worker is None:  # the end of a process that was heard before
            return
        if "cell" in message and "of" in message:
            self._progress(Progress(name, "running", message["cell"], message["of"]))
            return
        del self._workers[name]
        self._running.discard(name)
        worker.end()
        if "done" in message:
            try:
                files = self._collect(name, worker.staging)
            except (NotebookError, ResultError) as error:
                self._fail(name, worker, str(error), cell=None, count=None)
            else:
                step = replace(self.run.steps[name], status="done", files=files)
                self._settle(replace(step, seconds=round(message["seconds"], 3)))
        elif "failed" in message:
            self._fail(name, worker, message["failed"], message["cell"], message["count"])
        else:
            reason = f"its process ended with code {message['ended']} ({worker.last_words()})"
            self._fail(name, worker, reason, cell=None, count=None)

    def _collect(self, name: str, staging: Path) -> dict[str, str]:
        """Check what a notebook wrote and move it into the run folder; path -> SHA-256."""
        given = {path for need in self._notebooks[name].needs for path in self._settled[need].files}
        written = {
            path.relative_to(staging).as_posix(): path
            for part in ("tables", "figures", "results")
            for path in sorted((staging / part).glob("*"))
            if path.is_file() and path.suffix != ".partial"
        }
        written = {path: found for path, found in written.items() if path not in given}
        for path in written:
            if owner := self._owner(path, other_than=name):
                raise NotebookError(f"it wrote {path}, which {owner} wrote before")
            if path.startswith("results/"):
                self._check_result(staging, path)
        files = {path: file_digest(found) for path, found in written.items()}
        try:
            for path, found in written.items():
                _move(found, self.run.folder / path)
            _move(staging / f"{name}.ipynb", self.run.folder / "notebooks" / f"{name}.ipynb")
        except OSError as error:
            raise StorageError(f"{self.run.folder}: cannot be written ({error.strerror})") from None
        return files

    def _check_result(self, staging: Path, path: str) -> None:
        """A result is readable, of this dataset, and its exhibits are there."""
        result = Result.from_json((staging / path).read_text(encoding="utf-8"), where=path)
        if result.source.dataset_hash != self.run.dataset_hash:
            raise ResultError(
                f"{path} is of dataset {result.source.dataset} "
                f"({result.source.dataset_hash[:12]}), not of {self.run.dataset}"
            )
        for exhibit in result.exhibits:
            suffixes = (".svg", ".png") if exhibit.kind == "figure" else ("",)
            for suffix in suffixes:
                if not (staging / f"{exhibit.path}{suffix}").is_file():
                    raise ResultError(f"{path}: exhibit {exhibit.path}{suffix} is missing")

    def _owner(self, path: str, *, other_than: str) -> str | None:
        """The notebook that wrote a file of the run folder."""
        for step in self.run.steps.values():
            if step.name != other_than and path in step.files:
                return step.name
        return None

    def _fail(
        self, name: str, worker: Worker, reason: str, cell: int | None, count: int | None
    ) -> None:
        """Record a failure and keep the notebook as far as it came."""
        kept = self.run.folder / "notebooks" / f"{name}.failed.ipynb"
        where = f" in cell {cell} (In [{count}])" if cell is not None else ""
        executed = worker.staging / f"{name}.ipynb"
        tail = ""
        if executed.is_file():
            _move(executed, kept)
            tail = f"; kept as {kept}"
        step = self.run.steps.get(name) or Step(name=name, status="failed")
        self._settle(replace(step, status="failed", error=f"{name} failed{where}: {reason}{tail}"))

    def _settle(self, step: Step) -> None:
        """Take a final status: into the ledger, and to whoever watches."""
        self._settled[step.name] = step
        if step.status != "cached":
            self._record(replace(step, finished_at=datetime.now(UTC).isoformat(timespec="seconds")))
        self._progress(Progress(step.name, step.status, seconds=step.seconds, error=step.error))

    def _record(self, step: Step) -> None:
        self.run = self.run.with_step(step)
        self.run.save()


def _move(source: Path, target: Path) -> None:
    """Rename within the run folder, whole or not at all."""
    target.parent.mkdir(exist_ok=True)
    source.replace(target)
