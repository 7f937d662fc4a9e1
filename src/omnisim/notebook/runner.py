"""Run the notebooks on a dataset: in the order they declare, in parallel, and only where needed.

Each notebook writes into a folder of its own, and what it wrote moves into the run folder when it
has finished and the result is whole and of this dataset. So a run folder never holds half of a
result, whatever interrupts the run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from omnisim.errors import NotebookError, ParameterError, ResultError, StorageError
from omnisim.notebook.ledger import LEDGER, PARTS, Run
from omnisim.notebook.processes import RunLock, remove_folder
from omnisim.notebook.project import notebook_folder, project_root
from omnisim.notebook.scheduler import STAGING, Progress, Scheduler
from omnisim.notebook.sources import Notebook, checked_parameters, choose, read_notebooks
from omnisim.provenance import versions

if TYPE_CHECKING:
    from omnisim.storage import Dataset
    from omnisim.storage.remote import Place


def run_notebooks(
    dataset: Dataset | str | Path | None = None,
    *,
    only: Iterable[str] | None = None,
    parameters: Mapping[str, Any] | None = None,
    jobs: int | None = None,
    out: Path | str | None = None,
    force: bool = False,
    progress: Callable[[Progress], None] | None = None,
    notebooks: Path | str | None = None,
    debug: bool = False,
) -> Run:
    """Execute the notebooks on a dataset and collect their results in a run folder.

    What was done before with the same notebook, parameters, data, needed results and package is
    kept; so a run that was interrupted continues.

    Parameters
    ----------
    dataset : Dataset, str or Path, optional
        A dataset, its name or its folder; ``sample`` when not given.
    only : iterable of str, optional
        Names or numbers of notebooks; those they need run as well.
    parameters : mapping, optional
        ``name`` reaches every notebook that declares it, ``03_ab_test.name`` only that one. Each
        notebook gets `dataset`; `compare_with_truth` is true where the dataset has its truth,
        unless it is given here.
    jobs : int, optional
        Notebooks at a time; the number of usable processors by default.
    out : Path or str, optional
        The run folder; ``runs/<dataset>`` of the project by default.
    force : bool
        Run again what is done; replace a run of another dataset.
    progress : callable, optional
        Called with a :class:`Progress` at each change.
    notebooks : Path or str, optional
        Folder of notebooks; the project's own by default.
    debug : bool
        Keep the staging folders with their logs.

    Returns
    -------
    Run
        The run folder with the status of each step.

    Raises
    ------
    DatasetError
        A part of the dataset is missing or was changed.
    ParameterError
        Unknown notebook, unknown parameter, value of another type than declared.
    ResultError
        The folder holds a run of another dataset.
    NotebookError
        Notebooks failed. The others are finished, and the failed ones are kept.
    """
    from omnisim.storage import Dataset, refuse_changed  # load the database: no use to a worker

    start = perf_counter()
    data = dataset if isinstance(dataset, Dataset) else Dataset.open(dataset)
    sources = read_notebooks(Path(notebooks) if notebooks else notebook_folder())
    chosen = choose(sources, only)
    injected = _injected(chosen, parameters or {}, data)
    refuse_changed(data)
    n_jobs = _n_jobs(jobs)
    folder = Path(out) if out is not None else default_run_folder(data)
    _make_folder(folder)
    with RunLock(folder):
        run = _opened(folder, data, force=force)
        run = replace(run, started_at=_now(), finished_at="", versions=versions())
        scheduler = Scheduler(
            run, chosen, injected, n_jobs=n_jobs, progress=progress, force=force, debug=debug
        )
        try:
            scheduler.work()
        finally:
            scheduler.close()
        run = replace(scheduler.run, finished_at=_now(), seconds=round(perf_counter() - start, 3))
        run.save()
    failures = [run.steps[n.name].error for n in chosen if run.steps[n.name].status == "failed"]
    if failures:
        raise NotebookError("\n".join(failures))
    return run


def default_run_folder(dataset: Dataset) -> Path:
    """``runs/<name>`` of the project around the working directory, else of that directory."""
    return (project_root() or Path.cwd()) / "runs" / dataset.name


def _injected(
    chosen: Sequence[Notebook], given: Mapping[str, Any], dataset: Dataset
) -> dict[str, dict[str, Any]]:
    """Parameters of each notebook, the dataset and the comparison with the truth included."""
    injected = checked_parameters(chosen, given)
    for notebook in chosen:
        values = injected[notebook.name]
        if "compare_with_truth" in notebook.parameters:
            if values.get("compare_with_truth") and not dataset.has_truth:
                raise ParameterError(
                    f"compare_with_truth = True: dataset {dataset.name} has no truth"
                )
            values.setdefault("compare_with_truth", dataset.has_truth)
        if "dataset" in notebook.parameters:
            values["dataset"] = notebook.parameters["dataset"].check(str(dataset.path.resolve()))
    return injected


def _n_jobs(jobs: int | None) -> int:
    """Notebooks at a time, checked."""
    if jobs is None:
        usable = getattr(os, "sched_getaffinity", None)  # Linux; containers limit it
        return max(1, len(usable(0)) if usable else os.cpu_count() or 1)
    if jobs < 1:
        raise ParameterError(f"jobs = {jobs}: give at least 1")
    return jobs


def _make_folder(folder: Path) -> None:
    """Create the run folder, or check that an existing one is such a folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        strange = [
            path.name
            for path in folder.iterdir()
            if path.name not in (*PARTS, STAGING) and not path.name.startswith("run.")
        ]
    except FileExistsError:
        raise StorageError(f"{folder}: is a file; give a folder as --out") from None
    except OSError as error:
        raise StorageError(f"{folder}: cannot be used ({error.strerror})") from None
    if strange and not (folder / LEDGER).is_file():
        raise StorageError(
            f"{folder}: is not empty and no run folder (it has {strange[0]}); give another --out"
        )


def _opened(folder: Path, dataset: Dataset, *, force: bool) -> Run:
    """The run of the folder, or a new one in its place."""
    remove_folder(folder / STAGING)
    new = Run(
        folder=folder,
        dataset=dataset.name,
        dataset_hash=dataset.dataset_hash,
        dataset_path=_told_path(dataset.path, folder),
    )
    if (folder / LEDGER).exists():
        try:
            found = Run.open(folder)
        except ResultError:
            if not force:
                raise
        else:
            if found.dataset_hash == dataset.dataset_hash:
                _sweep(found)
                return replace(found, dataset=new.dataset, dataset_path=new.dataset_path)
            if not force:
                raise ResultError(
                    f"{folder}: holds results of dataset {found.dataset} "
                    f"({found.dataset_hash[:12]}), not of {dataset.name} "
                    f"({dataset.dataset_hash[:12]}); give another --out, or --force to replace them"
                )
    # Without a ledger nothing in here counts: what lies there was left by a run that never began.
    for part in PARTS:
        remove_folder(folder / part)
    new.save()
    return new


def _sweep(run: Run) -> None:
    """Remove files no step accounts for: a run was killed before it could say they are whole."""
    known = {name for step in run.steps.values() for name in step.files}
    for part in ("results", "tables", "figures"):
        for path in sorted((run.folder / part).glob("*")):
            if path.is_file() and f"{part}/{path.name}" not in known:
                path.unlink()


def _told_path(dataset: Place, folder: Path) -> str:
    """The dataset's path as the ledger tells it: relative within one project, else absolute."""
    if not isinstance(dataset, Path):
        return str(dataset)
    dataset, folder = dataset.resolve(), folder.resolve()
    root = project_root(folder)
    if root is not None and dataset.is_relative_to(root):
        return Path(os.path.relpath(dataset, folder)).as_posix()
    return dataset.as_posix()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
