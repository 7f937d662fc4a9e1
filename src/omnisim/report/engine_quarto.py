"""Rendering with Quarto when it is there and works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from omnisim.errors import ReportError
from omnisim.report.deck.finish import finish_pptx
from omnisim.report.engine_embedded import Job, deck_of
from omnisim.report.fonts import FONTS, faces_of, font_folders, is_chinese, language_of
from omnisim.report.inspect_tree import read_checked
from omnisim.report.office import finish_docx

OLDEST = (1, 5)  # first with Typst partials as used here
_TO = {"html": "html", "pdf": "typst", "docx": "docx", "pptx": "pptx"}
_TIMEOUT = 300  # seconds
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


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
        done = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError) as error:
        return QuartoState(program, problem=f"{program} does not run ({error})")
    version = done.stdout.strip()
    if done.returncode != 0:
        return QuartoState(program, problem=f"{program} fails with exit code {done.returncode}")
    found = re.match(r"(\d+)\.(\d+)", version)
    if found is None:
        return QuartoState(program, problem=f"{program} says no version: {version[:40]!r}")
    if (int(found[1]), int(found[2])) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        return QuartoState(program, version, f"{program} is version {version}; {oldest} is needed")
    return QuartoState(program, version)


def render(
    job: Job, formats: Sequence[str], state: QuartoState
) -> tuple[dict[str, Path], tuple[str, ...]]:
    """Render to each of `formats`; returns the files in `job.work`.

    Raises
    ------
    ReportError
        When Quarto fails, with the line it says it in.
    """
    source, tree = read_checked(job.folder / job.source)
    lang = language_of(source.metadata)
    files = {}
    notes: list[str] = []
    for name in formats:
        _call(job, str(state.program), _TO[name], lang)
        made = job.folder / f"{job.stem}.{name}"
        if not made.is_file():
            raise ReportError(f"quarto {state.version} wrote no {made.name}")
        target = job.work / made.name
        if name == "docx":
            finish_docx(made, target, metadata=source.metadata, date=job.date)
            made.unlink()
        elif name == "pptx":
            faces = faces_of(source.metadata, job.folder, where=job.source)
            notes += finish_pptx(made, target, deck_of(job, tree, source, faces))
            made.unlink()
        else:
            shutil.move(made, target)
        files[name] = target
    return files, tuple(notes)


def _call(job: Job, program: str, to: str, lang: str) -> None:
    folders = [*font_folders(chinese=is_chinese(lang)), job.folder / FONTS]
    environment = {
        **os.environ,
        "OMNISIM_HOOKS": "off",  # the source is checked, and what is made is finished here
        "TYPST_FONT_PATHS": os.pathsep.join(map(str, folders)),
        "TYPST_IGNORE_SYSTEM_FONTS": "true",
        "SOURCE_DATE_EPOCH": str((job.date.toordinal() - 719163) * 86400),
    }
    try:
        done = subprocess.run(
            [program, "render", job.source, "--to", to, "--no-execute", "--profile", lang],
            cwd=job.folder,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
            check=False,
            env=environment,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ReportError(f"quarto could not be run ({error})") from None
    if done.returncode != 0:
        words = _ANSI.sub("", done.stderr or done.stdout)
        lines = [line.strip() for line in words.splitlines() if line.strip()]
        telling = [line for line in lines if "error" in line.lower()] or lines or ["no message"]
        raise ReportError(f"quarto render --to {to}: {telling[0][:300]}")
