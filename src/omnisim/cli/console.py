"""What the commands show: one live view of all that goes on, and plain lines where no one watches."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING

import typer
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
)
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from omnisim import notebook

MARKS = {"done": "✓", "cached": "✓", "failed": "✗", "skipped": "–", "warn": "!", "waiting": "·"}
STYLES = {
    "done": "green",
    "cached": "green",
    "failed": "red",
    "skipped": "yellow",
    "warn": "yellow",
}


class _Mark(ProgressColumn):
    """A spinner while a task runs, its mark otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self._spinner = SpinnerColumn()

    def render(self, task: Task) -> RenderableType:
        """The mark of a task."""
        status = task.fields["status"]
        if status == "running":
            return self._spinner.render(task)
        return Text(MARKS.get(status, " "), style=STYLES.get(status, "dim"))


class View:
    """A live list of tasks on the terminal; one line per finished task elsewhere.

    Use as a context; tasks appear in the order they are first named.
    """

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._is_live = self._console.is_terminal
        self._progress = Progress(
            _Mark(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[detail]}", style="dim"),
            console=self._console,
            disable=not self._is_live,
        )
        self._tasks: dict[str, TaskID] = {}
        self._begun: dict[str, float] = {}
        self._first: dict[str, int] = {}
        self._told: dict[str, str] = {}

    def __enter__(self) -> View:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        if kind is not None:  # a spinner that stands still would look as if work went on
            for name, status in self._told.items():
                if status == "running":
                    self._show(name, status="failed", detail="stopped")
        self._progress.stop()

    def phase(self, phase: str, done: int, total: int) -> None:
        """Progress of a phase of the simulation, as the simulator tells it."""
        name = phase.replace("_", " ")
        now = perf_counter()
        begun = self._begun.setdefault(name, now)
        first = self._first.setdefault(name, done)  # what was there before is no measure of speed
        if total > 0 and done >= total:
            self.finish(name, seconds=now - begun)
        else:
            detail = f"{done:,} of {total:,}" + time_left(now - begun, done - first, total - done)
            self._show(name, status="running", detail=detail, at=(done, total))

    def notebook(self, event: notebook.Progress) -> None:
        """Progress of a notebook, as the runner tells it."""
        name = event.notebook
        if event.status == "running":
            cells = f"cell {event.cell} of {event.n_cells}" if event.n_cells else ""
            done = max(0, event.cell - 1)
            self._show(name, status="running", detail=cells, at=(done, event.n_cells or 1))
        elif event.status == "done":
            self.finish(name, seconds=event.seconds)
        elif event.status == "cached":
            self.finish(name, detail="unchanged", status="cached")
        elif event.status == "waiting":
            self._show(name, status="waiting", detail="", at=(0, 1))
        else:
            self._show(name, status=event.status, detail=event.status)

    def begin(self, name: str, detail: str = "") -> None:
        """A task of unknown length begins."""
        self._begun[name] = perf_counter()
        self._show(name, status="running", detail=detail)

    def wait(self, name: str, detail: str) -> None:
        """What a running task waits for, when that takes long; a line where there is no terminal."""
        self._show(name, status="running", detail=detail)
        if not self._is_live:
            typer.echo(f"… {name}  {detail}", err=True)

    def finish(
        self,
        name: str,
        *,
        seconds: float | None = None,
        detail: str = "",
        status: str = "done",
    ) -> None:
        """A task is done; `seconds` are measured from its beginning when not given."""
        if seconds is None and name in self._begun:
            seconds = perf_counter() - self._begun[name]
        told = detail or (f"{seconds:.1f} s" if seconds is not None else "")
        self._show(name, status=status, detail=told, at=(1, 1))

    def _show(
        self, name: str, *, status: str, detail: str, at: tuple[int, int] | None = None
    ) -> None:
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(
                escape(name), total=None, status=status, detail=""
            )
        done, total = at if at is not None else (None, None)
        self._progress.update(
            self._tasks[name],
            status=status,
            detail=escape(detail),
            completed=done,
            total=total,
        )
        if not self._is_live and status != self._told.get(name) and status in STYLES:
            typer.echo(f"{MARKS[status]} {name}  {detail}".rstrip(), err=True)
        self._told[name] = status


def time_left(seconds: float, n_done: int, n_left: int) -> str:
    """What remains at the pace so far, in words; nothing before there is a pace to speak of.

    Examples
    --------
    >>> time_left(30.0, 10, 20), time_left(600.0, 10, 100), time_left(0.5, 1, 99)
    (', 60 s left', ', 100 min left', '')
    """
    if n_done < 1 or seconds < 2:
        return ""
    left = seconds / n_done * n_left
    return f", {left:.0f} s left" if left < 100 else f", {left / 60:.0f} min left"


def tell(*lines: str) -> None:
    """Say what came of a command."""
    for line in lines:
        typer.echo(line)


def note(*lines: str) -> None:
    """Say beside the result what a person should know."""
    for line in lines:
        typer.echo(line, err=True)


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "") -> None:
    """A table on the standard output; the first column of a row is its mark."""
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for mark, *cells in rows:
        table.add_row(Text(MARKS.get(mark, mark), STYLES.get(mark, "")), *map(escape, cells))
    # Without a terminal there is no width to keep to.
    width = None if sys.stdout.isatty() else 160
    Console(highlight=False, width=width).print(table)
