"""``omnisim run``: execute the notebooks on a dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from omnisim.cli.console import View, tell
from omnisim.cli.places import shown
from omnisim.errors import InputError

if TYPE_CHECKING:
    from omnisim.notebook.sources import Notebook

COMMAND = "run"
HELP = """Execute the notebooks on a dataset and collect their results.

Notebooks on request, such as 11_which_method_finds_the_truth, run only when --only names them.

The stage and weights of the project's engagement.yml reach the index of measures of notebook 01.

What is already done with the same notebook, parameters and data is kept, so a run that was stopped
continues.

Example:  omnisim run small --only 03_ab_test -p ci_level=0.9"""


def command(
    context: typer.Context,
    dataset: Annotated[str, typer.Argument(help="Name or folder of a dataset.")] = "sample",
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NOTEBOOK", help="Only this one and what it needs; repeatable."),
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "-p",
            "--parameter",
            metavar="NAME=VALUE",
            help="Set a notebook parameter; 03_ab_test.NAME=VALUE reaches only that notebook.",
        ),
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Notebooks at a time.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Run folder; runs/<dataset> by default.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Run again what is done; replace another dataset's run.")
    ] = False,
) -> None:
    """Execute the notebooks."""
    from omnisim.notebook import run_notebooks
    from omnisim.notebook.project import notebook_folder
    from omnisim.notebook.sources import choose, parse_assignments, read_notebooks

    if not dataset.strip():
        raise InputError("no dataset is given; name one, e.g. sample")
    names = split(only)
    chosen = choose(read_notebooks(notebook_folder()), names)
    given = parse_assignments(parameter or (), chosen)
    with View() as view:
        done = run_notebooks(
            dataset,
            only=names,
            parameters={**stage_parameters(chosen, given), **given},
            jobs=jobs,
            out=out,
            force=force,
            progress=view.notebook,
            debug=bool(context.obj),
        )
    tell(
        f"run      {shown(done.folder)}  ({len(done.results)} results, {done.seconds:.0f} s)",
        f"next     omnisim report {shown(done.folder)}",
    )


def stage_parameters(
    chosen: Sequence[Notebook], given: Mapping[str, Any], *, root: Path | None = None
) -> dict[str, Any]:
    """The stage of the project's engagement file for the notebooks that weigh their measures by it.

    A stage without weights of its own counts where it has default ones. What is given by hand wins.
    The project is the one around the working directory unless its folder `root` is given.

    Raises
    ------
    EngagementError
        When the engagement file cannot be used.
    """
    from omnisim.metrics import index_model
    from omnisim.notebook.project import project_root
    from omnisim.report.engagement import FILE_NAME, read_engagement

    weighing = [notebook.name for notebook in chosen if "stage_weights" in notebook.parameters]
    root = root or project_root()
    if not weighing or root is None or not (root / FILE_NAME).is_file():
        return {}
    stage = read_engagement(root / FILE_NAME).engagement.stage
    if not stage.weights and stage.name not in index_model().stages:
        return {}
    values = {"stage": stage.name, "stage_weights": stage.weights_text}
    names = [name for name in weighing if not any(f"{name}.{key}" in given for key in values)]
    return {f"{name}.{key}": value for name in names for key, value in values.items()}


def split(names: list[str] | None) -> list[str] | None:
    """Names given one by one or with commas; None when none was given."""
    if not names:
        return None
    return [part.strip() for name in names for part in name.split(",")]
