"""From a run folder to a report folder: sources that stay the consultant's, and finished files.

Everything is made in a hidden folder first and moved into place when it is whole, so a file with its
final name is never half written.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil
import yaml

from omnisim.errors import InputError, ReportError, ResultError
from omnisim.language import LANGUAGES, own_memory
from omnisim.language.catalog import check_language
from omnisim.report import engine_embedded, engine_quarto
from omnisim.report.appendix_folder import renew_appendix
from omnisim.report.document import write_document
from omnisim.report.engagement import OpenedEngagement, engagement_of, read_engagement
from omnisim.report.engine_embedded import Job
from omnisim.report.escape import escape
from omnisim.report.fonts import check_fonts
from omnisim.report.left_english import english_pages, left_english
from omnisim.report.loading import EVERY, Run, load_run
from omnisim.report.project import complete_project, find_project
from omnisim.report.registry import (
    ALL,
    GENERATED,
    DocumentKind,
    document_kinds,
    document_sources,
    every_source,
    generated,
)
from omnisim.report.selection import agreed_run, lacks
from omnisim.report.sources_folder import place, write_sources
from omnisim.report.truth_hidden import is_about_truth
from omnisim.report.weights import about_weights

FORMATS = ("html", "pdf", "docx", "pptx")
DECK = "pptx"
ENGINES = ("auto", "quarto", "embedded")


@dataclass(frozen=True, slots=True)
class Report:
    """A written report.

    Attributes
    ----------
    folder : Path
        The report folder with its editable source.
    files : dict
        Format to finished file, of the first document.
    engine : str
        ``embedded`` or ``quarto``.
    notes : tuple of str
        What the reader of the terminal should know: a fallback, a kept file.
    documents : dict
        Name of each document to its files; a document in Chinese is called ``<name>.zh``.
    """

    folder: Path
    files: dict[str, Path]
    engine: str
    notes: tuple[str, ...] = ()
    documents: dict[str, dict[str, Path]] = field(default_factory=dict)


@own_memory()
def write_report(
    run: str | Path,
    *,
    out: str | Path | None = None,
    lang: str | Sequence[str] | None = None,
    to: Sequence[str] = FORMATS,
    engine: str = "auto",
    force: bool = False,
    document: str | Sequence[str] = "assessment",
    engagement: str | Path | None = None,
    appendix: bool = True,
    progress: Callable[[str], None] | None = None,
) -> Report:
    """Write and render documents of a run.

    Parameters
    ----------
    run : path
        The run folder, with ``results/*.json``.
    out : path, optional
        The report folder; by default ``reports/<run>`` of the project the run lies in, else
        ``report`` inside the run folder.
    lang : str or sequence of str, optional
        Languages of the documents, ``en``, ``zh`` or both; by default that of the engagement, else
        English. Documents in Chinese have sources and files of their own, ``report.zh.qmd``.
    to : sequence of str
        Formats out of ``html``, ``pdf``, ``docx`` and ``pptx``, the deck of a document.
    engine : str
        ``quarto`` or ``embedded``; ``auto`` takes Quarto when it is on PATH and works.
    force : bool
        Write into a folder that holds other files but no report, or a report on another dataset.
        Edited sources such as ``report.qmd`` are kept even then.
    document : str or sequence of str
        ``assessment``, ``experiment``, ``attribution``, ``risk``, ``research``, or ``all`` of them
        that the run has results for.
    engagement : path, optional
        The engagement file; by default ``engagement.yml`` of the project the run lies in.
    appendix : bool
        Write the executed notebooks behind the documents as pages ``appendix/<name>.html``, for Chinese
        documents ``appendix/<name>.zh.html``, and link them from the section on methods, where the
        run folder has them.
    progress : callable, optional
        Told what is waited for, when rendering by Quarto takes long.

    Returns
    -------
    Report

    Raises
    ------
    InputError
        For an unknown document, language, format or engine.
    EngagementError
        When the engagement file or a file it names cannot be used.
    ResultError
        When the results are missing, damaged or of different datasets, or lack what a document is
        about.
    ReportError
        When writing or rendering fails. Files of an earlier report stay as they were.

    Examples
    --------
    >>> write_report("runs/small", to=["pdf"])  # doctest: +SKIP
    Report(folder=..., files={'pdf': ...}, engine='embedded')
    """
    kinds = document_kinds(document)
    formats = _check_names("to", to, FORMATS)
    (chosen,) = _check_names("engine", [engine], ENGINES)
    opened = _opened(Path(run), engagement)
    languages = _languages(lang or opened.engagement.language)
    about_fonts = check_fonts(languages, formats)
    state = engine_quarto.find_quarto() if chosen != "embedded" else engine_quarto.QuartoState(None)
    if chosen == "quarto" and not state.is_usable:
        raise ReportError(
            f"engine = 'quarto': {state.problem}; use engine = 'embedded' or install Quarto"
        )
    whole = load_run(run, only=EVERY)
    loaded = agreed_run(whole, opened.engagement)
    kept_back = sorted(
        {
            file.stem
            for name, file in whole.notebooks.items()
            if name in loaded.results or is_about_truth(whole.results[name])
        }
        - {file.stem for file in loaded.notebooks.values()}
    )
    if not appendix:
        loaded = replace(loaded, notebooks={})
    kinds, notes = _answered(
        kinds, loaded, is_all=ALL in ([document] if isinstance(document, str) else document)
    )
    notes += about_fonts
    notes += about_weights(loaded.results.get("overview"), opened.engagement.stage)
    if appendix and kept_back and opened.engagement.truth == "hidden":
        notes.append(
            f"the appendix is without {', '.join(kept_back)}, which tell the truth that is hidden"
        )
    folder = Path(out) if out is not None else default_folder(Path(run))
    fell_back = chosen == "auto" and state.program is not None and bool(state.problem)
    if fell_back:
        notes.append(f"{state.problem}; the embedded engine was used instead")
    with _disk(folder):
        _check_target(folder, loaded.source.dataset, force=force)
        asked = [(kind, language) for language in languages for kind in _sources(kinds, formats)]
        written = [
            write_document(kind, loaded, lang=language, opened=opened)
            for kind, language in _with_those_there(asked, folder, loaded)
        ]
        with _scratch(folder) as work:
            kept = write_sources(written, opened, folder, work)
            notes += [f"{name} was kept as it is; the generated parts are new" for name in kept]
            notes += left_english(written[: len(asked)], folder)
            made: dict[str, dict[str, Path]] = {}
            for item in written[: len(asked)]:
                mine = [name for name in formats if (name == DECK) == item.kind.is_deck]
                job = Job(
                    folder.resolve(),
                    complete_project(folder).resolve(),
                    work.resolve(),
                    item.date,
                    after_quarto=fell_back,
                    stem=item.stem,
                )
                if state.is_usable:
                    files, said = engine_quarto.render(job, mine, state, progress=progress)
                else:
                    files, said = engine_embedded.render(job, mine)
                made.setdefault(item.name, {}).update(
                    {name: place(file, folder / file.name) for name, file in files.items()}
                )
                notes += [note for note in said if note not in notes]
            pages = renew_appendix(
                loaded,
                written,
                made,
                folder=folder,
                work=work,
                formats=FORMATS,
                engagement=opened.engagement,
            )
            notes += english_pages(pages, written, folder)
    name = "quarto" if state.is_usable else "embedded"
    return Report(folder, next(iter(made.values())), name, tuple(notes), made)


def _languages(given: str | Sequence[str]) -> tuple[str, ...]:
    names = [given] if isinstance(given, str) else list(given)
    return tuple(dict.fromkeys(check_language(name) for name in names))


def _opened(run: Path, engagement: str | Path | None) -> OpenedEngagement:
    file = Path(engagement) if engagement is not None else engagement_of(run)
    return OpenedEngagement() if file is None else read_engagement(file)


def _answered(
    kinds: tuple[DocumentKind, ...], run: Run, *, is_all: bool
) -> tuple[tuple[DocumentKind, ...], list[str]]:
    """The documents the run can answer, and what is said of the others."""
    notes = []
    for kind in kinds:
        lacking = lacks(kind, run)
        if not lacking:
            continue
        what = f"the {kind.about} is about {', '.join(lacking)}, which has no result in this run"
        if not is_all:
            raise ResultError(f"document = {kind.name!r}: {what}; run its notebook first")
        notes.append(f"{what}; it was left out")
    return tuple(kind for kind in kinds if not lacks(kind, run)), notes


def _sources(kinds: Sequence[DocumentKind], formats: Sequence[str]) -> tuple[DocumentKind, ...]:
    """What is written of each document: itself, and its deck where slides are asked for."""
    texts = kinds if any(name != DECK for name in formats) else ()
    decks = [kind.as_deck() for kind in kinds] if DECK in formats else []
    return (*texts, *decks)


def _with_those_there(
    asked: Sequence[tuple[DocumentKind, str]], folder: Path, run: Run
) -> list[tuple[DocumentKind, str]]:
    """The documents to render, and those whose sources in the folder live on the same generated parts."""
    there = [
        (kind, lang)
        for lang in LANGUAGES
        for kind in every_source()
        if (folder / f"{kind.stem_in(lang)}.qmd").is_file() and not lacks(kind, run)
    ]
    return [*asked, *(pair for pair in there if pair not in asked)]


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
    for lang in LANGUAGES:
        before = _dataset_of(folder / generated(lang) / "results.yml")
        if before not in (None, escape(dataset)):
            raise ReportError(
                f"{folder}: holds the report on dataset {before!r}, this run is on {dataset!r}; "
                "give another folder or force=True (--force)"
            )
    others = [p.name for p in folder.iterdir() if not p.name.startswith(".")]
    if others and not document_sources(folder) and not (folder / GENERATED).is_dir():
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
        where = error.filename2 or error.filename or folder  # of a copy, the file it writes
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
