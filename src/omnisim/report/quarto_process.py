"""Quarto as a process: waited for with a word and a limit, ended with everything it started."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import IO

import psutil

from omnisim.report.escape import plain

PATIENCE = 10.0  # seconds between words on what is waited for; most documents take less
_QUOTED = (3, 300)  # lines and characters of what a program said
# Colours and titles of a terminal.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)")
_KILLED = 5.0  # seconds for the system to end a killed process


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: its exit code, its standard output and its messages."""

    code: int
    out: str
    messages: str

    @property
    def last_words(self) -> str:
        """What it said on its failure in one line: from its first error on, else its last lines.

        Examples
        --------
        >>> Ended(1, "", "begins\\n\\x1b[31mERROR: no brand\\x1b[0m\\nin _quarto.yml\\n").last_words
        'ERROR: no brand / in _quarto.yml'
        """
        n_lines, n_characters = _QUOTED
        words = _ESCAPES.sub("", self.messages.strip() or self.out)
        lines = [line for line in map(plain, words.splitlines()) if line]
        errors = (n for n, line in enumerate(lines) if "error" in line.lower())
        begin = next(errors, max(0, len(lines) - n_lines))
        return " / ".join(lines[begin : begin + n_lines])[:n_characters]


def run_to_end(
    command: Sequence[str],
    *,
    limit: float,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    waiting: Callable[[float], None] | None = None,
) -> Ended:
    """Run a program; what it started ends with it when it takes too long or the caller is interrupted.

    Parameters
    ----------
    limit : float
        Seconds it may take.
    waiting : callable, optional
        Told the seconds so far each :data:`PATIENCE` seconds.

    Raises
    ------
    OSError
        When it cannot be started.
    TimeoutError
        When it was ended after `limit` seconds.
    """
    # Files, not pipes: a pipe is open as long as any child of the program lives.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as messages:
        begun = monotonic()
        process = subprocess.Popen(
            list(command),
            cwd=cwd,
            env=None if environment is None else dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=messages,
            start_new_session=True,
        )
        try:
            while (left := begun + limit - monotonic()) > 0:
                try:
                    code = process.wait(timeout=min(PATIENCE, left))
                except subprocess.TimeoutExpired:
                    if waiting is not None and monotonic() - begun < limit:
                        waiting(monotonic() - begun)
                    continue
                return Ended(code, _text(out), _text(messages))
        finally:
            if process.poll() is None:
                _end(process)
    raise TimeoutError(f"{command[0]} took more than {limit:g} seconds")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process with its group and its children, those in other groups too."""
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    if os.name == "posix":
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    for child in family:
        with suppress(psutil.NoSuchProcess):
            child.kill()
    process.wait()
    psutil.wait_procs(family, timeout=_KILLED)  # until then they can write


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", errors="replace")
