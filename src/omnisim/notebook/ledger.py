"""The run folder's ledger ``run.json``: what was run, from what, and which files came of it.

A step counts as done only when it says so and every file it wrote is still there with the recorded
hash. The ledger is replaced whole, after the files it speaks of, so a run that was killed at any
moment continues where it stood.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from omnisim.errors import ResultError, StorageError

LEDGER = "run.json"
LEDGER_VERSION = 1
PARTS = ("results", "tables", "figures", "notebooks")

Status = Literal["waiting", "running", "done", "cached", "failed", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One notebook of a run.

    Attributes
    ----------
    name : str
        The notebook, e.g. ``03_ab_test``.
    status : str
        ``done`` or ``cached`` when its results can be used.
    key : str
        Hash of all that decides its results.
    parameters : dict
        What was injected, without the dataset.
    files : dict
        Path relative to the run folder -> SHA-256.
    seconds : float
        Wall time of the execution.
    error : str
        Why it failed or was skipped.
    """

    name: str
    status: Status
    key: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    finished_at: str = ""
    error: str = ""

    @property
    def is_done(self) -> bool:
        """Whether the results can be used."""
        return self.status in ("done", "cached")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run folder and its ledger.

    Attributes
    ----------
    folder : Path
        Where results, tables, figures and executed notebooks are.
    dataset_hash : str
        Content of the dataset all results come from.
    dataset_path : str
        Where it was, relative to the run folder when both are below one project.
    steps : dict
        Notebook -> step, in the order of running.
    """

    folder: Path
    dataset: str
    dataset_hash: str
    dataset_path: str
    steps: Mapping[str, Step] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    started_at: str = ""
    finished_at: str = ""
    seconds: float = 0.0

    @property
    def results(self) -> list[Path]:
        """Result files of the steps that are done."""
        return [
            self.folder / path
            for step in self.steps.values()
            if step.is_done
            for path in step.files
            if path.startswith("results/")
        ]

    @property
    def is_complete(self) -> bool:
        """Whether every step is done."""
        return bool(self.steps) and all(step.is_done for step in self.steps.values())

    def with_step(self, step: Step) -> Run:
        """The run with one step replaced or added."""
        return replace(self, steps=dict(sorted({**self.steps, step.name: step}.items())))

    def save(self) -> None:
        """Replace the ledger on disk, whole or not at all."""
        body = asdict(self)
        del body["folder"]
        text = json.dumps(
            {"version": LEDGER_VERSION, "is_complete": self.is_complete, **body},
            indent=1,
            ensure_ascii=False,
        )
        write_whole(self.folder / LEDGER, text + "\n")

    @classmethod
    def open(cls, folder: Path) -> Run:
        """Read a run folder's ledger.

        Raises
        ------
        ResultError
            When it is missing, not readable, or of another version.
        """
        path = folder / LEDGER
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ResultError(f"{folder}: no run folder ({LEDGER} is missing)") from None
        except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise ResultError(f"{path}: cannot be read ({error})") from None
        if not isinstance(raw, dict) or raw.pop("version", None) != LEDGER_VERSION:
            raise ResultError(
                f"{path}: written by another version; make the run again with "
                f"`omnisim run DATASET --out {shlex.quote(str(folder))} --force`"
            )
        raw.pop("is_complete", None)
        try:
            steps = {name: Step(**step) for name, step in raw.pop("steps").items()}
            return cls(folder=folder, steps=steps, **raw)
        except (KeyError, TypeError, AttributeError) as error:
            raise ResultError(f"{path}: not a run's ledger ({error})") from None

    def damage(self) -> list[str]:
        """Files of done steps that are missing or were changed, as sentences."""
        return [
            sentence
            for step in self.steps.values()
            if step.is_done
            for sentence in damaged_files(self.folder, step)
        ]


def damaged_files(folder: Path, step: Step) -> Iterator[str]:
    """What of a step's files is missing or no longer as it was written."""
    for name, digest in step.files.items():
        path = folder / name
        if not path.is_file():
            yield f"{step.name}: {name} is missing"
        elif file_digest(path) != digest:
            yield f"{step.name}: {name} was changed after the run"


def file_digest(path: Path) -> str:
    """SHA-256 of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_whole(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise StorageError(f"{path}: cannot be written ({error.strerror})") from None


def step_key(
    *,
    notebook: str,
    parameters: Mapping[str, Any],
    dataset_hash: str,
    needed: Mapping[str, Mapping[str, str]],
    sources: str,
    libraries: Mapping[str, str],
) -> str:
    """Hash of all that decides a notebook's results; the same key means the same results.

    Parameters
    ----------
    notebook : str
        Digest of the notebook.
    parameters : mapping
        Injected values, without the dataset's path.
    needed : mapping
        For each needed notebook, its files with their hashes.
    sources : str
        Digest of the package's sources.
    libraries : mapping
        Versions of the libraries.
    """
    told = [notebook, parameters, dataset_hash, needed, sources, libraries]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
