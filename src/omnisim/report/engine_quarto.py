"""Rendering with Quarto when it is there and works."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from omnisim.errors import ReportError
from omnisim.report.deck.finish import finish_pptx
from omnisim.report.engine_embedded import Job, deck_of
from omnisim.report.fonts import FONTS, faces_of, font_folders, is_chinese, language_of
from omnisim.report.inspect_tree import read_checked
from omnisim.report.office import finish_docx
from omnisim.report.quarto_process import run_to_end

OLDEST = (1, 5)  # first with Typst partials as used here
_TO = {"html": "html", "pdf": "typst", "docx": "docx", "pptx": "pptx"}
LIMIT = 120.0  # seconds for one document in one format; a long report takes fifteen
_VERSION_LIMIT = 30.0  # seconds to say its version; a first start takes two


@dataclass(frozen=True, slots=True)
class QuartoState:
    """What was found on PATH.

    Attributes
    ----------
    program : str or None
        The program; None when there is none.
    version : str
        What it says of itself; empty when it does not run.
    problem : str
        Why it cannot be used; empty when it can.
    """

    program: str | None
    version: str = ""
    problem: str = ""

    @property
    def is_usable(self) -> bool:
        """Whether documents can be rendered with it."""
        return self.program is not None and not self.problem


def find_quarto() -> QuartoState:
    """Look for Quarto on PATH and ask its version."""
    program = shutil.which("quarto")
    if program is None:
        return QuartoState(None, problem="quarto is not on PATH")
    try:
        done = run_to_end([program, "--version"], limit=_VERSION_LIMIT)
    except TimeoutError:
        waited = f"did not say its version within {_VERSION_LIMIT:g} seconds"
        return QuartoState(program, problem=f"{program} {waited}")
    except OSError as error:
        return QuartoState(program, problem=f"{program} does not run ({error})")
    version = done.out.strip()
    if done.code != 0:
        said = f": {done.last_words}" if done.last_words else ""
        return QuartoState(program, problem=f"{program} fails with exit code {done.code}{said}")
    found = re.match(r"(\d+)\.(\d+)", version)
    if found is None:
        return QuartoState(program, problem=f"{program} says no version: {version[:40]!r}")
    if (int(found[1]), int(found[2])) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        return QuartoState(program, version, f"{program} is version {version}; {oldest} is needed")
    return QuartoState(program, version)


def render(
    job: Job,
    formats: Sequence[str],
    state: QuartoState,
    *,
    progress: Callable[[str], None] | None = None,
) -> tuple[dict[str, Path], tuple[str, ...]]:
    """Render to each of `formats`; returns the files in `job.work`.

    Parameters
    ----------
    progress : callable, optional
        Told what is waited for, when that takes long.

    Raises
    ------
    ReportError
        When Quarto fails, with the line it says it in, or does not end. Files of an earlier report
        stay as they were.
    """
    source, tree = read_checked(job.folder / job.source)
    lang = language_of(source.metadata)
    files = {}
    notes: list[str] = []
    for name in formats:
        made, target = job.folder / f"{job.stem}.{name}", job.work / f"{job.stem}.{name}"
        with _earlier_kept(made, job.work):
            before = _time_of(made)
            _call(job, str(state.program), name, lang, progress)
            if _time_of(made) in (0, before) or made.stat().st_size == 0:
                raise ReportError(f"quarto {state.version} wrote no {made.name}")
            if name == "docx":
                finish_docx(made, target, metadata=source.metadata, date=job.date)
            elif name == "pptx":
                faces = faces_of(source.metadata, job.folder, where=job.source)
                notes += finish_pptx(made, target, deck_of(job, tree, source, faces))
            else:
                shutil.copyfile(made, target)
        files[name] = target
    return files, tuple(notes)


@contextmanager
def _earlier_kept(made: Path, work: Path) -> Iterator[None]:
    """Quarto writes to the final name: what stood there before stands there again afterwards."""
    earlier = work / f"earlier-{made.name}"
    if made.is_file():
        shutil.copyfile(made, earlier)
    try:
        yield
    finally:
        made.unlink(missing_ok=True)
        if earlier.is_file():
            earlier.replace(made)


def _time_of(file: Path) -> int:
    """When a file was written, in nanoseconds; 0 without one."""
    return file.stat().st_mtime_ns if file.is_file() else 0


def _call(
    job: Job, program: str, name: str, lang: str, progress: Callable[[str], None] | None
) -> None:
    to = _TO[name]
    folders = [*font_folders(chinese=is_chinese(lang)), job.folder / FONTS]
    environment = {
        **os.environ,
        "OMNISIM_HOOKS": "off",  # the source is checked, and what is made is finished here
        "TYPST_FONT_PATHS": os.pathsep.join(map(str, folders)),
        "TYPST_IGNORE_SYSTEM_FONTS": "true",
        "SOURCE_DATE_EPOCH": str((job.date.toordinal() - 719163) * 86400),
    }
    what = f"quarto to render {job.source} to {name}"

    def waiting(seconds: float) -> None:
        if progress is not None:
            progress(f"waiting for {what}: {seconds:.0f} of at most {LIMIT:.0f} seconds")

    try:
        done = run_to_end(
            [program, "render", job.source, "--to", to, "--no-execute", "--profile", lang],
            limit=LIMIT,
            cwd=job.folder,
            environment=environment,
            waiting=waiting,
        )
    except TimeoutError:
        raise ReportError(
            f"waited {LIMIT:g} seconds for {what}, then stopped it; nothing was changed: take "
            f"--engine embedded, or see where `quarto render {job.source} --to {to}` stops in {job.folder}"
        ) from None
    except OSError as error:
        raise ReportError(f"quarto could not be run ({error})") from None
    if done.code != 0:
        words = done.last_words or f"no message, exit code {done.code}"
        raise ReportError(f"quarto render --to {to}: {words}")
