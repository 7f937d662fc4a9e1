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
from omnisim.report.escape import plain
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
    """Pandoc's tree of a document; in its sandbox, so that text cannot name files to read.

    Raises
    ------
    ReportError
        For what Pandoc only warns about, with file and line.
    """
    with tempfile.TemporaryDirectory(prefix="omnisim-") as scratch:
        metadata = Path(scratch) / "metadata.yml"
        metadata.write_text(_dump(source.metadata), encoding="utf-8")
        arguments = ["--sandbox", "-f", _READER, "-t", "json", f"--metadata-file={metadata}"]
        text, warnings = _call_warned(arguments, source.body)
    _refuse_warnings(warnings, source)
    try:
        tree: dict[str, Any] = json.loads(text)
    except RecursionError:
        raise ReportError(f"{source.name}: lists or quotes are nested too deeply") from None
    return tree


def check_formulas(source: Source, tree: Mapping[str, Any]) -> None:
    """Refuse formulas that no format can set: reading takes them as they are, writing only warns.

    Raises
    ------
    ReportError
        With file, line and what is wrong in the formula.
    """
    formulas = formulas_of(tree)
    if not formulas:
        return
    blocks = [{"t": "Para", "c": [formula]} for formula in formulas]
    # Other warnings of writers tell of the machine: no rsvg-convert, no translation of "Abstract".
    arguments = ["--sandbox", "-f", "json", "-t", "html5", "--mathml"]
    text = json.dumps({**tree, "meta": {}, "blocks": blocks})
    _refuse_warnings(_call_warned(arguments, text)[1], source)


def formulas_of(tree: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The formulas of a document, in their order."""
    found, stack = [], [tree["blocks"]]
    while stack:
        item = stack.pop()
        if isinstance(item, dict) and item.get("t") == "Math":
            found.append(item)
        elif isinstance(item, dict | list):
            stack.extend(reversed(list(item.values()) if isinstance(item, dict) else item))
    return found


def convert(
    tree: Mapping[str, Any], to: str, arguments: Sequence[str], *, cwd: Path, sandbox: bool
) -> str:
    """Write a tree in another format; `cwd` is where its pictures are."""
    flags = ["--sandbox"] if sandbox else []
    return _call([*flags, "-f", "json", "-t", to, *arguments], json.dumps(tree), cwd=cwd)


def _call_warned(arguments: Sequence[str], text: str) -> tuple[str, list[Mapping[str, Any]]]:
    """What Pandoc writes, and what it warns about."""
    with tempfile.TemporaryDirectory(prefix="omnisim-") as scratch:
        log = Path(scratch) / "log.json"
        out = _call([*arguments, f"--log={log}"], text, cwd=None)
        entries = json.loads(log.read_text(encoding="utf-8") or "[]")
    return out, [entry for entry in entries if entry.get("verbosity") == "WARNING"]


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
        if entry.get("type") == "CouldNotConvertTeXMath":
            raise ReportError(_about_formula(entry, source))
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


def _about_formula(entry: Mapping[str, Any], source: Source) -> str:
    """One line on a formula that cannot be set: where it stands and what is wrong in it."""
    formula = str(entry["contents"])
    at = source.body.find(formula)
    place = source.name if at < 0 else source.where(source.body.count("\n", 0, at) + 1)
    reason = next((r for r in str(entry["message"]).split("\n") if r.startswith("unexpected")), "")
    told = f"formula ${plain(formula):.80}$ cannot be set: {plain(reason) or 'is no TeX math'}"
    return f"{place}: {told}"


def _dump(metadata: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(metadata), allow_unicode=True, sort_keys=False)
