"""``omnisim check``: whether a scenario, dataset, run, result, notebook or engagement is whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from omnisim.cli.console import View, show_table, tell
from omnisim.errors import InputError, OmnisimError

if TYPE_CHECKING:
    from omnisim.storage.remote import RemotePath

COMMAND = "check"
HELP = """Check a scenario, dataset, run, result file, notebook, engagement file or engagement folder.

A dataset is also held against published ranges (plausibility); a client's data cannot fail there.
--repair makes its missing or changed parts again, and only those, where it was simulated.

The exit code is 0 when all is well, 1 when something is not, 2 when there is nothing to check.

\b
Example:  omnisim check data/synthetic/sample
          omnisim check data/synthetic/small --repair"""

Row = tuple[str, str, str]  # status, what, detail


def command(
    path: Annotated[str, typer.Argument(help="File, folder or URL, or the name of a preset.")],
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Make missing or changed parts of a dataset again first."),
    ] = False,
) -> None:
    """Check what is at a path."""
    if repair:
        _repair(path)
    rows = list(check(path))
    show_table(["", "what", "found"], rows)
    if any(status == "failed" for status, *_ in rows) or _is_implausible(path):
        raise typer.Exit(1)


def _repair(path: str) -> None:
    from omnisim.storage.remote import place_of
    from omnisim.truth.repair import repair

    folder = place_of(path)
    if folder.name == "manifest.json":
        folder = folder.parent
    with View() as view:
        mended = repair(folder, workers=os.cpu_count() or 1, progress=view.phase)
    for part in mended:
        tell(f"made again  {part}")
    if not mended:
        tell("nothing to repair: every part of a table has the bytes that were written")


def _is_implausible(name_or_path: str) -> bool:
    """Show how believable the dataset at a path is, where one is there."""
    from omnisim.cli.plausibility import dataset_verdicts, show_verdicts
    from omnisim.storage import Dataset
    from omnisim.storage.remote import place_of

    path = place_of(name_or_path)
    folder = path.parent if path.name == "manifest.json" else path
    if not (folder / "manifest.json").is_file():
        return False
    dataset = Dataset.open(folder.resolve())
    tell("")
    return show_verdicts(dataset_verdicts(dataset), is_simulated=dataset.is_simulated)


def check(name_or_path: str) -> Iterator[Row]:
    """Rows of what was verified.

    Raises
    ------
    InputError
        When nothing at the path can be checked.
    """
    from omnisim.scenario import preset_names
    from omnisim.storage.remote import is_url, place_of

    if is_url(name_or_path):
        return _guarded("dataset", lambda: _dataset(place_of(name_or_path)))
    path = Path(name_or_path)
    if not path.exists():
        if name_or_path in preset_names():
            return _guarded("scenario", lambda: _scenario(name_or_path))
        raise InputError(
            f"{name_or_path}: no such file or folder, and no preset; presets are {preset_names()}"
        )
    if path.name in ("run.json", "manifest.json"):
        path = path.parent
    found = _checker(path)
    if found is None:
        raise InputError(
            f"{path}: cannot tell what it is; give a scenario (.yaml), engagement.yml, a dataset folder "
            "(manifest.json), a run folder (run.json), a result (.json) or a notebook (.ipynb)"
        )
    kind, look = found
    return _guarded(kind, look)


def _checker(path: Path) -> tuple[str, Callable[[], Iterator[Row]]] | None:
    """What a path holds and how it is checked."""
    if path.is_file():
        if path.stem == "engagement" and path.suffix in (".yml", ".yaml"):
            return "engagement file", lambda: _engagement_file(path)
        match path.suffix:
            case ".yaml" | ".yml":
                return "scenario", lambda: _scenario(path)
            case ".json":
                return "result", lambda: _result(path)
            case ".ipynb":
                return "notebook", lambda: _notebook(path)
        return None
    if (path / "run.json").is_file():
        return "run", lambda: _run(path)
    place = path.resolve()
    is_partial = (place.parent / f"{place.name}.partial").is_dir()
    if (path / "manifest.json").is_file() or is_partial:
        return "dataset", lambda: _dataset(path)
    if (path / "data" / "synthetic").is_dir():
        return "engagement", lambda: _engagement(path)
    return None


def _guarded(kind: str, look: Callable[[], Iterator[Row]]) -> Iterator[Row]:
    """Rows as they come; an error ends them with a row of its own."""
    try:
        yield from look()
    except OmnisimError as error:
        yield "failed", kind, str(error)


def _scenario(name_or_path: str | Path) -> Iterator[Row]:
    from omnisim.scenario import load_scenario
    from omnisim.scenario.files import scenario_sizes

    scenario = load_scenario(name_or_path)
    yield (
        "done",
        "scenario",
        f"{scenario.name}: {scenario.population.n_customers:,} customers, "
        f"{scenario.horizon.n_days} days, {scenario.stores.n_stores} stores, "
        f"seed {scenario.seed}",
    )
    for size in scenario_sizes(name_or_path):
        sized = load_scenario(name_or_path, size=size)
        yield "done", f"size {size}", f"{sized.population.n_customers:,} customers"


def _dataset(path: Path | RemotePath) -> Iterator[Row]:
    from omnisim.storage import Dataset, check_dataset
    from omnisim.storage.raw_manifest import read_raw_manifest

    problems = check_dataset(path.resolve())
    for problem in problems:
        yield "failed", problem.where, problem.what
    if problems:
        return
    dataset = Dataset.open(path.resolve())
    yield (
        "done",
        "dataset",
        f"{dataset.name}: {dataset.first_date} to {dataset.last_date}, {dataset.currency}, "
        f"{len(dataset.tables)} tables, hash {dataset.dataset_hash}",
    )
    yield "done", "content", "files, columns, digests, keys and sums agree"
    if dataset.manifest.raw_sha256 is not None:
        files = read_raw_manifest(dataset.path).files
        yield "done", "raw", f"{len(files)} files, {sum(file.rows for file in files):,} rows"


def _run(path: Path) -> Iterator[Row]:
    from omnisim.notebook import Run
    from omnisim.notebook.ledger import damaged_files

    run = Run.open(path)
    yield "done", "run", f"of dataset {run.dataset} ({run.dataset_hash[:12]})"
    for step in run.steps.values():
        if not step.is_done:
            yield "failed", step.name, step.error or f"{step.status}; run it again"
            continue
        problems = list(damaged_files(path, step))
        for problem in problems:
            yield "failed", step.name, problem
        if not problems:
            yield "done", step.name, f"{len(step.files)} files, {step.seconds:.1f} s"
    for result in run.results:
        if result.is_file():
            yield from _guarded(result.name, lambda path=result: _result(path, run.dataset_hash))  # type: ignore[misc]


def _result(path: Path, dataset_hash: str = "") -> Iterator[Row]:
    from omnisim.errors import ResultError
    from omnisim.results import Result

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ResultError(f"{path}: cannot be read ({error})") from None
    result = Result.from_json(text, where=str(path))
    if dataset_hash and result.source.dataset_hash != dataset_hash:
        raise ResultError(f"{path}: of another dataset, {result.source.dataset}")
    folder = path.parent.parent
    for exhibit in result.exhibits:
        suffixes = (".svg", ".png") if exhibit.kind == "figure" else ("",)
        for suffix in suffixes:
            if not (folder / f"{exhibit.path}{suffix}").is_file():
                raise ResultError(f"{path}: exhibit {exhibit.path}{suffix} is missing")
    gates = [check.label for check in result.checks if check.is_gate and not check.passed]
    blocked = f"; blocked by {', '.join(gates)}" if gates else ""
    yield (
        "done",
        result.question_id,
        f"{len(result.estimates)} numbers, {len(result.exhibits)} exhibits, "
        f"{len(result.findings)} findings{blocked}",
    )


def _notebook(path: Path) -> Iterator[Row]:
    from omnisim.notebook.sources import Notebook

    notebook = Notebook.read(path)
    needs = f"needs {', '.join(notebook.needs)}" if notebook.needs else "needs only the dataset"
    on_request = "; runs only when it is named" if notebook.on_request else ""
    yield "done", notebook.name, needs + on_request
    for parameter in notebook.parameters.values():
        told = f"{parameter.type_name} = {parameter.default!r}  {parameter.help}"
        yield "done", f"  {parameter.name}", told.rstrip()


def _engagement_file(path: Path) -> Iterator[Row]:
    from omnisim.report.engagement import read_engagement

    opened = read_engagement(path)
    told = opened.engagement
    yield "done", "client", told.client or "not named"
    if opened.logo is not None:
        yield "done", "logo", f"{opened.logo.kind}, {opened.logo.width:g} mm wide on the cover"
    if opened.fonts:
        yield "done", "typeface", f"{told.fonts.family}, {len(opened.fonts)} files"
    for name, share in told.targets.items():
        yield "done", f"target {name}", f"{share:g}"
    yield "done", "shows", f"{', '.join(told.questions) or 'every question'}; truth {told.truth}"


def _engagement(path: Path) -> Iterator[Row]:
    from omnisim.notebook.project import numbered_notebooks
    from omnisim.notebook.sources import read_notebooks

    file = path / "engagement.yml"
    if file.is_file():
        yield from _guarded(file.name, lambda: _engagement_file(file))
    if (path / "scenario.yaml").is_file():
        yield from _guarded("scenario.yaml", lambda: _scenario(path / "scenario.yaml"))
    if numbered_notebooks(path / "notebooks"):
        found = read_notebooks(path / "notebooks")
        yield "done", "notebooks", ", ".join(found)
    for manifest in sorted((path / "data" / "synthetic").glob("*/manifest.json")):
        yield from _guarded(
            manifest.parent.name,
            lambda folder=manifest.parent: _dataset(folder),  # type: ignore[misc]
        )
    for ledger in sorted((path / "runs").glob("*/run.json")):
        yield from _guarded(
            ledger.parent.name,
            lambda folder=ledger.parent: _run(folder),  # type: ignore[misc]
        )
