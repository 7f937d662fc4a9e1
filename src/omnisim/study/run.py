"""Run a study: worlds x seeds x methods, in parallel, resumable, into a folder of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from omnisim.engine import build_plan, warm_up
from omnisim.errors import StorageError, StudyError
from omnisim.executor import Executor, ThreadExecutor, n_processors
from omnisim.executor.installation import this_installation
from omnisim.provenance import source_digest, versions
from omnisim.storage.lock import LOCK_NAME, held
from omnisim.storage.trouble import named_trouble
from omnisim.study.load import Study
from omnisim.study.measures import performance
from omnisim.study.pictures import draw
from omnisim.study.table import trial_table
from omnisim.study.trial import MethodCall, Trial, digest, read_record, run_trial
from omnisim.world import build_world

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEDGER, RECORDS = "study.json", "records"
LEDGER_VERSION = 1
_NO_NUMBER = ("cli", "report", "notebook", "figures")  # decide nothing that is measured
_FILES = (
    LEDGER,
    LOCK_NAME,
    RECORDS,
    "results.parquet",
    "results.csv",
    "summary.parquet",
    "summary.csv",
)

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class StudyRun:
    """A finished study.

    Attributes
    ----------
    study : Study
        What was asked.
    folder : Path
        Where its files lie.
    table : DataFrame
        One row per world, seed, method and part: see :func:`~omnisim.study.table.trial_table`.
    n_reused : int
        Worlds x seeds that were there already.
    """

    study: Study
    folder: Path
    table: pd.DataFrame
    n_reused: int = 0

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Performance by method and design point: see :func:`~omnisim.study.performance`."""
        return performance(self.table, dials=list(self.study.dials))

    @property
    def unit(self) -> str:
        """Unit of estimates and truth; empty where no world has a truth."""
        return next((unit for unit in self.table["unit"] if unit), "")

    def figures(self) -> dict[str, Figure]:
        """Every figure the summary allows: see :func:`~omnisim.study.pictures.draw`."""
        return draw(self.summary, dials=self.study.dials, unit=self.unit)


def run_study(
    study: Study,
    *,
    out: str | Path,
    workers: int | None = None,
    executor: Executor | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> StudyRun:
    """Run what is missing of a study and write its tables.

    Every world and seed leaves one small record, written whole and named by the hash of scenario,
    seed, estimand and sources; methods are added to it. A second run uses what is there, also when
    seeds, dials or methods were added to the file in the meantime.

    Parameters
    ----------
    study : Study
        From :func:`~omnisim.study.load_study`.
    out : str or Path
        Folder of the study.
    workers : int, optional
        Worlds at a time; as many as there are usable processors by default. Changes no number.
    executor : Executor, optional
        Takes the place of `workers`. Workers that share no memory need the folder on a disk they
        share.
    force : bool
        Replace the study of another file that lies in the folder.
    progress : callable, optional
        Called with (phase, done, total).

    Returns
    -------
    StudyRun
        With the long table and the summary, also written as Parquet and CSV.

    Raises
    ------
    StorageError
        The folder holds another study or something else, another process is at it, or the disk
        refuses.
    SchedulerError
        A worker has another version of the package.
    StudyError
        A method crashed; all finished worlds are kept.
    """
    folder = Path(out)
    with named_trouble(folder, "use the folder of the study"):
        folder.mkdir(parents=True, exist_ok=True)
        _refuse_strange(folder)
        with held(folder, str(folder)):
            return _run(study, folder, workers, executor, force, progress or _silent)


def _run(
    study: Study,
    folder: Path,
    workers: int | None,
    executor: Executor | None,
    force: bool,
    report: Progress,
) -> StudyRun:
    _open(folder, study, force=force)
    trials = trials_of(study, folder / RECORDS)
    todo = [trial for trial in trials if not _is_done(trial)]
    if todo:
        report("compile", 0, 1)  # seconds after an installation, nothing later
        world = build_world(todo[0].scenario)
        warm_up(world, build_plan(world))
        report("compile", 1, 1)
    n_reused = len(trials) - len(todo)
    report("worlds", n_reused, len(trials))
    pool = executor or ThreadExecutor(workers or n_processors())
    for worker, there in pool.on_each(this_installation).items():
        this_installation().refuse_other(there, f"worker {worker}")
    for done, _ in enumerate(pool.map(run_trial, todo), start=n_reused + 1):
        report("worlds", done, len(trials))
    run = StudyRun(study, folder, _table(study, trials), n_reused)
    _write(run)
    return run


def open_study(study: Study, folder: str | Path) -> StudyRun:
    """A finished study from its folder, without running anything.

    Raises
    ------
    StorageError
        The folder holds no study, another study, or not all of it.
    """
    place = Path(folder)
    if not (place / LEDGER).is_file():
        raise StorageError(f"{place}: no {LEDGER}, so no study was run here; run it first")
    _check_ledger(place, study)
    trials = trials_of(study, place / RECORDS)
    missing = sum(not _is_done(trial) for trial in trials)
    if missing:
        raise StorageError(
            f"{place}: {missing:,} of {len(trials):,} worlds of {study.name} are not there, or were "
            "made by another version of the package; run the study again"
        )
    return StudyRun(study, place, _table(study, trials), len(trials))


def trials_of(study: Study, folder: Path) -> list[Trial]:
    """All worlds and seeds, seed by seed: a study that is stopped has every design point alike."""
    sources = digest([source_digest(without=_NO_NUMBER), versions()])
    calls = tuple(
        MethodCall(method=each.method.name, parameters=each.parameters, target=study.target)
        for each in study.methods
    )
    return [
        Trial(
            point=point.number,
            scenario=point.scenario.with_seed(seed),
            effects=point.effects,
            outcome=study.file.estimand.outcome,
            across=study.file.estimand.across,
            calls=calls,
            sources=sources,
            folder=folder,
        )
        for seed in study.seeds
        for point in study.points
    ]


def _is_done(trial: Trial) -> bool:
    record = read_record(trial.path)
    return record is not None and all(call.key in record["methods"] for call in trial.calls)


def _table(study: Study, trials: list[Trial]) -> pd.DataFrame:
    records = []
    for trial in trials:
        record = read_record(trial.path)
        if record is None:
            raise StudyError(f"{trial.path}: this record is missing; run the study again")
        records.append((trial, record))
    return trial_table(study, records)


def _open(folder: Path, study: Study, *, force: bool) -> None:
    """Check that the folder is one of this study, and say so in it."""
    if (folder / LEDGER).is_file() and not force:
        _check_ledger(folder, study)
    (folder / RECORDS).mkdir(exist_ok=True)
    ledger = {
        "version": LEDGER_VERSION,
        "name": study.name,
        "source": study.source,
        "file": json.loads(study.file.model_dump_json()),
        "versions": versions(),
    }
    partial = folder / f"{LEDGER}.partial"
    partial.write_text(json.dumps(ledger, indent=1) + "\n", encoding="utf-8")
    partial.replace(folder / LEDGER)


def _refuse_strange(folder: Path) -> None:
    """Leave a folder of something else alone."""
    strange = [path.name for path in folder.iterdir() if path.name not in (*_FILES, "figures")]
    if strange and not (folder / LEDGER).is_file():
        raise StorageError(
            f"{folder}: is not empty and no folder of a study (it has {strange[0]}); "
            "give another --out"
        )


def _check_ledger(folder: Path, study: Study) -> None:
    """Refuse the folder of another study."""
    path = folder / LEDGER
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
        name, version = found["name"], found["version"]
    except (OSError, ValueError, KeyError, TypeError):
        raise StorageError(f"{path}: cannot be read; give another --out, or --force") from None
    if version != LEDGER_VERSION:
        raise StorageError(f"{path}: version = {version}; this is {LEDGER_VERSION}; give --force")
    if name != study.name:
        raise StorageError(
            f"{folder}: holds the study name = {name!r}, not {study.name!r} of {study.source}; "
            "give another --out, or --force to replace it"
        )


def _write(run: StudyRun) -> None:
    for name, frame in (("results", run.table), ("summary", run.summary)):
        for suffix in (".parquet", ".csv"):
            path = run.folder / f"{name}{suffix}"
            partial = path.with_name(f"{path.name}.partial")
            if suffix == ".csv":
                frame.to_csv(partial, index=False)
            else:
                frame.to_parquet(partial, index=False)
            partial.replace(path)


def _silent(phase: str, done: int, total: int) -> None:
    """No progress wanted."""
