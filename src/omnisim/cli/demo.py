"""``omnisim demo``: everything on the default scenario."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from omnisim.cli.console import View, tell
from omnisim.cli.places import base_folder, dataset_home, shown
from omnisim.cli.report import (
    ALL_FORMATS,
    Engine,
    EngineOption,
    LangOption,
    ToOption,
    parse_formats,
    parse_languages,
    tell_report,
    tell_verdict,
)
from omnisim.cli.run import stage_parameters
from omnisim.cli.simulate import PRESET, SIZES
from omnisim.errors import InputError, ResumeError, StorageError

if TYPE_CHECKING:
    from omnisim.scenario import Scenario
    from omnisim.storage import Dataset

COMMAND = "demo"
HELP = """Simulate a retail year, run all notebooks and write the report.

Parts that are finished are used again, so a demo that was stopped continues.

\b
Example:  omnisim demo --size tiny
          omnisim demo --size tiny --lang en,zh"""


def command(
    context: typer.Context,
    size: Annotated[str, typer.Option(help=f"{SIZES}.")] = "small",
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where data/, runs/ and reports/ go; the project."),
    ] = None,
    engine: EngineOption = Engine.auto,
    to: ToOption = ALL_FORMATS,
    lang: LangOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace another dataset or run of the same name.")
    ] = False,
) -> None:
    """Do everything."""
    from omnisim.scenario import load_scenario
    from omnisim.scenario.files import scenario_sizes

    start = perf_counter()
    formats = parse_formats(to)
    languages = parse_languages(lang)
    if not size:
        raise InputError(f"no size is given; there are {', '.join(scenario_sizes(PRESET))}")
    scenario = load_scenario(PRESET, size=size)
    from omnisim.notebook import run_notebooks
    from omnisim.notebook.project import notebook_folder
    from omnisim.notebook.sources import choose, read_notebooks
    from omnisim.report import write_report
    from omnisim.report.fonts import check_fonts
    from omnisim.truth import simulate

    check_fonts(languages or (), formats)  # before minutes of work
    base = out or base_folder()
    place = (out / "data" / "synthetic" if out else dataset_home()) / size
    with View() as view:
        dataset = None if force else whole_dataset(place, scenario)
        if dataset is None:
            # what an interrupted demo finished is kept, unless all is to be made anew
            try:
                dataset = simulate(
                    scenario, out=place, force=force, resume=not force, progress=view.phase
                )
            except ResumeError:  # of another version, say
                dataset = simulate(scenario, out=place, force=force, progress=view.phase)
        else:
            view.finish("simulate", detail="unchanged", status="cached")
        chosen = choose(read_notebooks(notebook_folder()), None)
        run = run_notebooks(
            dataset,
            out=base / "runs" / size,
            force=force,
            progress=view.notebook,
            parameters=stage_parameters(chosen, {}, root=base),
            debug=bool(context.obj),
        )
        view.begin("report", ", ".join(formats))
        report = write_report(
            run.folder,
            out=base / "reports" / size,
            lang=languages,
            to=formats,
            engine=engine.value,
            progress=partial(view.wait, "report"),
        )
        view.finish("report")
    tell(f"dataset  {shown(dataset.path)}", f"run      {shown(run.folder)}")
    tell_report(report)
    tell_verdict(report.folder, run.folder)
    tell(f"time     {perf_counter() - start:.0f} s")


def whole_dataset(folder: Path, scenario: Scenario) -> Dataset | None:
    """The dataset of a folder, made from this scenario and seed; None when there is none yet.

    Raises
    ------
    StorageError
        When the folder holds another dataset.
    """
    from omnisim.storage import Dataset

    if not (folder / "manifest.json").is_file():
        return None
    dataset = Dataset.open(folder)
    manifest = dataset.manifest
    if manifest.scenario_hash == scenario.content_hash and manifest.seed == scenario.seed:
        return dataset
    raise StorageError(
        f"{folder}: holds another dataset, made from a scenario or seed that differs from today's "
        f"({manifest.scenario_name}, seed {manifest.seed}); give --out, or --force to replace it"
    )
