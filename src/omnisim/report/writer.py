"""From a run folder to a report folder: sources that stay the consultant's, and finished files.

Everything is made in a hidden folder first and moved into place when it is whole, so a file with its
final name is never half written.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import yaml

from omnisim.errors import InputError, ReportError
from omnisim.report import engine_embedded, engine_quarto
from omnisim.report.document import Document, client_assessment
from omnisim.report.drawings import copy_picture
from omnisim.report.engine_embedded import Job
from omnisim.report.escape import escape
from omnisim.report.loading import load_run
from omnisim.report.project import complete_project, find_project
from omnisim.report.templating import check_language

FORMATS = ("html", "pdf", "docx")
ENGINES = ("auto", "quarto", "embedded")
SKELETON = "report.qmd"
GENERATED = "_generated"


@dataclass(frozen=True, slots=True)
class Report:
    """A written report.

    Attributes
    ----------
    folder : Path
        The report folder with its editable source.
    files : dict
        Format to finished file.
    engine : str
        ``embedded`` or ``quarto``.
    notes : tuple of str
        What the reader of the terminal should know: a fallback, a kept file.
    """

    folder: Path
    files: dict[str, Path]
    engine: str
    notes: tuple[str, ...] = ()


def write_report(
    run: str | Path,
    *,
    out: str | Path | None = None,
    lang: str = "en",
    to: Sequence[str] = FORMATS,
    engine: str = "auto",
    force: bool = False,
) -> Report:
    """Write and render the client assessment of a run.

    Parameters
    ----------
    run : path
        The run folder, with ``results/*.json``.
    out : path, optional
        The report folder; by default ``reports/<run>`` of the project the run lies in, else
        ``report`` inside the run folder.
    lang : str
        Language of the document: ``en``.
    to : sequence of str
        Formats out of ``html``, ``pdf``, ``docx``.
    engine : str
        ``quarto`` or ``embedded``; ``auto`` takes Quarto when it is on PATH and works.
    force : bool
        Write into a folder that holds other files but no report, or a report on another dataset.
        The edited ``report.qmd`` is kept even then.

    Returns
    -------
    Report

    Raises
    ------
    InputError
        For an unknown language, format or engine.
    ResultError
        When the results are missing, damaged or of different datasets.
    ReportError
        When writing or rendering fails. Files of an earlier report stay as they were.

    Examples
    --------
    >>> write_report("runs/small", to=["pdf"])  # doctest: +SKIP
    Report(folder=..., files={'pdf': ...}, engine='embedded')
    """
    check_language(lang)
    formats = _check_names("to", to, FORMATS)
    (chosen,) = _check_names("engine", [engine], ENGINES)
    state = engine_quarto.find_quarto() if chosen != "embedded" else engine_quarto.QuartoState(None)
    if chosen == "quarto" and not state.is_usable:
        raise ReportError(
            f"engine = 'quarto': {state.problem}; use engine = 'embedded' or install Quarto"
        )
    loaded = load_run(run)
    document = client_assessment(loaded, lang=lang)
    folder = Path(out) if out is not None else default_folder(Path(run))
    notes = []
    fell_back = chosen == "auto" and state.program is not None and bool(state.problem)
    if fell_back:
        notes.append(f"{state.problem}; the embedded engine was used instead")
    with _disk(folder):
        _check_target(folder, loaded.source.dataset, force=force)
        with _scratch(folder) as work:
            if _write_sources(document, folder, work):
                notes.append(f"{SKELETON} was kept as it is; the generated parts are new")
            job = Job(
                folder.resolve(),
                complete_project(folder).resolve(),
                work.resolve(),
                document.date,
                remark="; the Quarto found could not be used" if fell_back else "",
            )
            if state.is_usable:
                files, said = engine_quarto.render(job, formats, state)
            else:
                files, said = engine_embedded.render(job, formats)
            placed = {name: _place(file, folder / file.name) for name, file in files.items()}
    name = "quarto" if state.is_usable else "embedded"
    return Report(folder, placed, name, (*notes, *said))


def default_folder(run: Path) -> Path:
    """Where a report goes when nobody says: beside the project's other reports.

    A run ``<project>/runs/<name>`` goes to ``<project>/reports/<name>`` when that is a report project.
    """
    here = run.resolve()
    for base in here.parents:
        if find_project(base / "reports") == (base / "reports").resolve():
            return base / "reports" / here.name
    return run / "report"


def _check_names(field: str, names: Sequence[str], allowed: Sequence[str]) -> tuple[str, ...]:
    given = [names] if isinstance(names, str) else list(names)
    unknown = [name for name in given if name not in allowed]
    if unknown or not given:
        raise InputError(f"{field} = {unknown or given}: give one or more of {list(allowed)}")
    return tuple(dict.fromkeys(given))


def _check_target(folder: Path, dataset: str, *, force: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise ReportError(f"{folder}: is a file; give a folder for the report")
    if not folder.is_dir() or force:
        return
    before = _dataset_of(folder / GENERATED / "results.yml")
    if before not in (None, escape(dataset)):
        raise ReportError(
            f"{folder}: holds the report on dataset {before!r}, this run is on {dataset!r}; "
            "give another folder or force=True (--force)"
        )
    others = [p.name for p in folder.iterdir() if not p.name.startswith(".")]
    if others and not (folder / SKELETON).is_file() and not (folder / GENERATED).is_dir():
        raise ReportError(
            f"{folder}: holds other files ({', '.join(sorted(others)[:3])}) but no report; "
            "give another folder or force=True (--force)"
        )


def _dataset_of(file: Path) -> str | None:
    """The dataset a report folder is about, as its metadata writes it; None when it does not say."""
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return None  # no report, or a broken one that is written anew
    numbers = found.get("results") if isinstance(found, dict) else None
    name = numbers.get("dataset") if isinstance(numbers, dict) else None
    return None if name is None else str(name)


@contextmanager
def _disk(folder: Path) -> Iterator[None]:
    """Disk trouble as one clear error."""
    try:
        yield
    except OSError as error:
        where = error.filename or folder
        raise ReportError(f"{where}: cannot be written ({error.strerror or error})") from None


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A hidden folder beside the final files, gone afterwards; its name says who is at work."""
    work = folder / f".report-{os.getpid()}-{uuid.uuid4().hex[:8]}.partial"
    work.mkdir(parents=True)
    try:
        for other in folder.glob(".report-*.partial*"):
            if other == work:
                continue
            if writer := _living_writer(other):
                raise ReportError(
                    f"{folder}: process {writer} is writing the report here; "
                    "wait for it or give another folder (--out)"
                )
            shutil.rmtree(other, ignore_errors=True) if other.is_dir() else other.unlink()
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _living_writer(work: Path) -> int | None:
    """The other process that made this hidden folder, when it still runs."""
    digits = work.name.removeprefix(".report-").partition("-")[0]
    if not digits.isdecimal() or int(digits) == os.getpid():
        return None
    try:
        began = psutil.Process(int(digits)).create_time()  # by a clock of whole seconds
        # A process that began after the folder was made only has the number of the one that made it.
        return int(digits) if began <= work.stat().st_mtime + 2.0 else None
    except (OSError, OverflowError, psutil.Error):
        return None


def _write_sources(document: Document, folder: Path, work: Path) -> bool:
    """Write the generated parts and, once, the skeleton; returns whether one was kept."""
    parts = work / GENERATED
    (parts / "figures").mkdir(parents=True)
    for name, text in document.parts.items():
        (parts / f"{name}.qmd").write_text(text, encoding="utf-8")
    metadata = yaml.safe_dump(
        dict(document.metadata), allow_unicode=True, sort_keys=False, width=2**20
    )
    (parts / "results.yml").write_text(metadata, encoding="utf-8")
    for name, file in document.figures.items():
        copy_picture(file, work / name)
    _replace_folder(parts, folder / GENERATED)
    skeleton = folder / SKELETON
    if skeleton.exists():
        return skeleton.read_text(encoding="utf-8", errors="replace") != document.skeleton
    fresh = work / SKELETON
    fresh.write_text(document.skeleton, encoding="utf-8")
    _place(fresh, skeleton)
    return False


def _replace_folder(new: Path, target: Path) -> None:
    """Put `new` where `target` is; the old one is gone only when the new one is there."""
    old = new.with_name(f"{new.name}.old")
    if target.exists():
        target.rename(old)
    try:
        new.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    if old.exists():
        shutil.rmtree(old)


def _place(file: Path, target: Path) -> Path:
    with file.open("rb") as handle:
        os.fsync(handle.fileno())
    file.replace(target)
    return target
