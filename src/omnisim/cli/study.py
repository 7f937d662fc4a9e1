"""``omnisim study``: hold methods against worlds whose truth is known."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from omnisim.cli.console import View, show_table, tell
from omnisim.cli.places import base_folder, shown
from omnisim.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

COMMAND = "study"
HELP = """Hold methods against worlds whose truth is known: bias, coverage, false alarms, power.

STUDY is a study that comes with omnisim or a YAML file; docs/studies.md says what is in it. Results
go to studies/<name>. What is finished is kept, so a study that was stopped continues.

\b
Example:  omnisim study ab_test --seeds 20
          omnisim study --list"""

_SHOWN = (
    ("method", "method"),
    ("n", "answers"),
    ("n_refused", "refused"),
    ("bias", "|bias|"),
    ("rmse", "RMSE"),
    ("coverage", "coverage"),
    ("worst_coverage", "worst"),
    ("type_1_error", "false alarms"),
    ("power", "power"),
    ("rank_agreement", "rank agreement"),
)
_SHARES = ("coverage", "worst_coverage", "type_1_error", "power")


def command(
    study: Annotated[
        str | None, typer.Argument(help="A study's name, or a YAML file.", show_default=False)
    ] = None,
    list_studies: Annotated[
        bool, typer.Option("--list", help="List the studies that come with omnisim.")
    ] = False,
    methods: Annotated[
        bool, typer.Option("--methods", help="List the methods a study can name.")
    ] = False,
    seeds: Annotated[
        int | None, typer.Option(min=1, help="Seeds 1 to this number, instead of the file's.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Worlds at a time; the numbers do not depend on it.")
    ] = None,
    scheduler: Annotated[
        str,
        typer.Option(
            metavar="threads|processes|local",
            help="Who does the work: this process, processes, or a Dask cluster on this machine.",
        ),
    ] = "threads",
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder; studies/<name> by default.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the study of another file that lies there.")
    ] = False,
) -> None:
    """Run a study."""
    if list_studies:
        _list_studies()
        return
    if methods:
        _list_methods()
        return
    if study is None:
        raise InputError("no study is given; name one of `omnisim study --list`, or a YAML file")
    from omnisim.executor import n_processors, open_executor
    from omnisim.study import by_method, load_study, run_study, write_figures

    chosen = load_study(study, seeds=seeds)
    folder = out or base_folder() / "studies" / chosen.name
    try:
        with View() as view, open_executor(scheduler, workers or n_processors()) as executor:
            done = run_study(
                chosen, out=folder, executor=executor, force=force, progress=view.phase
            )
            view.begin("figures")
            write_figures(done.figures(), folder / "figures")
            view.finish("figures")
    except KeyboardInterrupt:
        tell(f"stopped  what is finished is kept in {shown(folder)}; the same command goes on")
        raise
    n_worlds = len(chosen.points) * len(chosen.seeds)
    _show(by_method(done.summary), title=chosen.file.question)
    tell(
        f"study    {shown(folder)}  ({n_worlds:,} worlds, {done.n_reused:,} of them kept)",
        "         means over design points; summary.csv has each with its Monte-Carlo error",
    )


def _list_studies() -> None:
    from omnisim.study import load_study, study_names

    rows = []
    for name in study_names():
        found = load_study(name)
        n = f"{len(found.points)} x {len(found.seeds)}"
        rows.append((name, found.file.question, ", ".join(found.file.labels()), n))
    show_table(["study", "question", "methods", "worlds x seeds"], rows)


def _list_methods() -> None:
    from omnisim.study import registered

    rows = [
        (
            found.name,
            found.about,
            found.measures,
            ", ".join(found.defaults),
        )
        for found in registered().values()
    ]
    show_table(["method", "what it is", "estimand", "parameters"], rows)


def _show(frame: pd.DataFrame, *, title: str) -> None:
    """The methods side by side; columns in which nothing can be said are left out."""
    shown_columns = [(name, head) for name, head in _SHOWN if frame[name].notna().any()]
    rows = [
        tuple(_cell(name, row[name]) for name, _ in shown_columns)
        for row in frame.to_dict("records")
    ]
    show_table([head for _, head in shown_columns], rows, title=title)


def _cell(name: str, value: object) -> str:
    """A number as people read it.

    Examples
    --------
    >>> _cell("coverage", 0.95), _cell("bias", 1234.6), _cell("power", float("nan"))
    ('95%', '1,230', '')
    """
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        if name in _SHARES:
            return f"{value:.0%}"
        return f"{float(f'{value:.3g}'):,g}"
    return str(value)
