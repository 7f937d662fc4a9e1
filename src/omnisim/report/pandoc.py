"""Calling the Pandoc program of the wheel, without network and without reading what a text names."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from omnisim.errors import ReportError
from omnisim.report.source import Source

_READER = "markdown"
_TIMEOUT = 120  # seconds; a report takes one
_POSITION = re.compile(r"line (\d+)")
_TWICE = re.compile(r"Duplicate identifier '([^']+)'")  # its position is that of the block behind


@cache
def pandoc_program() -> str:
    """Path of the Pandoc that came with the wheel."""
    import pypandoc

    try:
        return str(pypandoc.get_pandoc_path())
    except OSError as error:
        raise ReportError(f"pandoc is missing; install pypandoc_binary again ({error})") from None


def default_file(name: str) -> bytes:
    """A file that came with that Pandoc, e.g. ``reference.docx``."""
    command = [pandoc_program(), f"--print-default-data-file={name}"]
    return subprocess.run(command, capture_output=True, check=True).stdout


@cache
def pandoc_version() -> str:
    """Version of that Pandoc, e.g. ``3.9``."""
    return _call(["--version"], "", cwd=None).split("\n")[0].split(" ")[-1]


def parse(source: Source) -> dict[str, Any]:
    """Pandoc's tree of a document; in its sandbox, so that text cannot name files to read."""
    with tempfile.TemporaryDirectory(prefix="omnisim-") as scratch:
        log, metadata = Path(scratch) / "log.json", Path(scratch) / "metadata.yml"
        metadata.write_text(_dump(source.metadata), encoding="utf-8")
        text = _call(
            [
                "--sandbox",
                "-f",
                _READER,
                "-t",
                "json",
                f"--metadata-file={metadata}",
                f"--log={log}",
            ],
            source.body,
            cwd=None,
        )
        _refuse_warnings(json.loads(log.read_text(encoding="utf-8") or "[]"), source)
    try:
        tree: dict[str, Any] = json.loads(text)
    except RecursionError:
        raise ReportError(f"{source.name}: lists or quotes are nested too deeply") from None
    return tree


def convert(
    tree: Mapping[str, Any], to: str, arguments: Sequence[str], *, cwd: Path, sandbox: bool
) -> str:
    """Write a tree in another format; `cwd` is where its pictures are."""
    flags = ["--sandbox"] if sandbox else []
    return _call([*flags, "-f", "json", "-t", to, *arguments], json.dumps(tree), cwd=cwd)


def _call(arguments: Sequence[str], text: str, *, cwd: Path | None) -> str:
    try:
        done = subprocess.run(
            [pandoc_program(), *arguments],
            input=text.encode(),
            capture_output=True,
            cwd=cwd,
            timeout=_TIMEOUT,
            check=False,
            env=_environment(),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ReportError(f"pandoc could not be run ({error})") from None
    if done.returncode != 0:
        raise ReportError(f"pandoc: {_first_line(done.stderr.decode(errors='replace'))}")
    return done.stdout.decode()


def _environment() -> dict[str, str]:
    """What Pandoc may know: no proxies, no user data folder, a fixed time for office files."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "TMPDIR", "TEMP", "SYSTEMROOT")}
    return {**kept, "LC_ALL": "C.UTF-8", "HOME": os.devnull, "SOURCE_DATE_EPOCH": "0"}


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    useful = [line for line in lines if not line.startswith(("Error running filter", "stack"))]
    return re.sub(r"^\S*omnisim\.lua:\d+: ", "", (useful or lines or ["failed without a word"])[0])


def _refuse_warnings(entries: Sequence[Mapping[str, Any]], source: Source) -> None:
    """What Pandoc only warns about is a mistake in a report: say where."""
    for entry in entries:
        if entry.get("verbosity") != "WARNING":
            continue
        message = " ".join(
            str(entry.get("pretty", entry.get("message", entry.get("type")))).split()
        )
        position = str(entry.get("source", "")) + " " + str(entry.get("line", "")) + " " + message
        line = entry.get("line")
        if not isinstance(line, int):
            match = _POSITION.search(position)
            line = int(match.group(1)) if match else 0
        if twice := _TWICE.search(message):
            named = f"#{twice.group(1)}"
            line = max(
                (n for n, t in enumerate(source.body.split("\n"), 1) if named in t), default=line
            )
        place = source.where(line) if line else source.name
        raise ReportError(f"{place}: {message}")


def _dump(metadata: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(metadata), allow_unicode=True, sort_keys=False)
