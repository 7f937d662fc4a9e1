"""Write a dataset: parts from any thread, the manifest last, all of it or nothing."""

from __future__ import annotations

import hashlib
import platform
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from omnisim.errors import StorageError
from omnisim.storage import folder as whole_folder
from omnisim.storage import prefix
from omnisim.storage.dataset import Dataset
from omnisim.storage.digest import Codes, combine, digest_text
from omnisim.storage.manifest import (
    MANIFEST_NAME,
    Manifest,
    TableEntry,
    content_hash,
    dataset_hash,
    hashed_digests,
)
from omnisim.storage.part_writer import Side, WrittenPart, declaration, part_path, write_part
from omnisim.storage.raw_manifest import RAW_FOLDER, RawManifest
from omnisim.storage.remote import Place, RemotePath
from omnisim.storage.trouble import named_trouble

__all__ = ["Codes", "DatasetFacts", "DatasetWriter"]

_PACKAGES = ("numpy", "numba", "pyarrow")


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetFacts:
    """What the manifest says besides files.

    Attributes
    ----------
    name : str
        Name of the dataset.
    currency, locale : str
        Such as ``USD`` and ``en_US``.
    first_date, last_date : date
        Days covered, both included.
    scenario : dict or None
        Everything of the scenario that can change the data, ready for JSON; None for data that
        were not simulated.
    scenario_name, seed, rng_scheme
        How it was simulated; None otherwise.
    options : dict or None
        How the simulation was asked for, beside the scenario.
    """

    name: str
    currency: str
    locale: str
    first_date: date
    last_date: date
    scenario: dict[str, Any] | None = None
    scenario_name: str | None = None
    seed: int | None = None
    rng_scheme: int | str | None = None
    options: dict[str, Any] | None = None


class DatasetWriter:
    """Writes one dataset; use it in a ``with`` block and end with :meth:`finish`.

    Leaving the block in any other way removes what was written, unless :meth:`keep_unfinished` was
    called.

    Parameters
    ----------
    out : Path or RemotePath
        Folder to make, or a place at a URL.
    force : bool
        Replace a dataset that is already there, once the new one is whole (at a URL: at once).
    resume : bool
        Go on where an earlier writer kept its files and a journal; see :meth:`adopt`.

    Attributes
    ----------
    is_resumed : bool
        Whether there was something to go on from.

    Raises
    ------
    StorageError
        The output exists, another process writes it, or the disk refuses.
    """

    def __init__(self, out: Place, *, force: bool = False, resume: bool = False) -> None:
        self._force = force
        self._lock = threading.Lock()
        self._parts: dict[tuple[Side, str], dict[int, WrittenPart]] = {}
        self._begun: set[str] = set()
        self._raw_sha256: str | None = None
        if isinstance(out, RemotePath):
            self.out: Place = out
            self._partial: Place = prefix.begin(out, force=force, resume=resume)
        else:
            self.out = Path(out).expanduser().absolute()
            self._partial = whole_folder.begin(self.out, force=force, resume=resume)
        self.is_resumed = resume and (self._partial / whole_folder.JOURNAL_NAME).is_dir()
        self._is_kept = self.is_resumed
        self._is_open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.abort()

    def abort(self) -> None:
        """Give up: remove what was written, or keep it for another writer; see the class."""
        if not self._is_open:
            return
        self._is_open = False
        if isinstance(self.out, Path):
            (whole_folder.leave if self._is_kept else whole_folder.abandon)(self.out)
        else:
            with suppress(StorageError):  # a store that fails has failed before, and was told
                (prefix.leave if self._is_kept else prefix.abandon)(self.out)

    def keep_unfinished(self) -> None:
        """From now on, leaving early keeps what is written, for a writer with `resume`."""
        self._is_kept = True

    def write_part(
        self, table: str, side: Side, part_index: int, columns: Mapping[str, Any]
    ) -> None:
        """Check, hash and write one part of a table; safe to call from several threads.

        Parameters
        ----------
        table : str
            Name of the table.
        side : str
            ``tables`` or ``truth``.
        part_index : int
            Number of the part, >= 0; parts may come in any order.
        columns : mapping
            Name -> array of the declared type, ``(array, is_null)``, :class:`Codes`, or an Arrow
            array of strings; sorted by the table's time. A part without rows is legal.

        Raises
        ------
        SchemaError
            The columns are not the declared ones.
        StorageError
            The disk refuses, or the part was written before.
        """
        declaration(table, side)
        path = part_path(table, side, part_index)
        with self._lock:
            if not self._is_open:
                raise StorageError(f"{self.out}: the dataset is finished or given up")
            self._refuse_known(side, table, part_index)
            self._begun.add(path)
        written = write_part(self._partial, table, side, part_index, columns)
        with self._lock:
            self._parts.setdefault((side, table), {})[part_index] = written
            self._begun.remove(path)

    def adopt(self, parts: Iterable[WrittenPart]) -> None:
        """Take in parts that lie in :attr:`folder` already, whoever wrote them.

        Raises
        ------
        StorageError
            A part is known already.
        """
        with self._lock:
            for written in parts:
                self._refuse_known(written.side, written.table, written.index)
                self._parts.setdefault((written.side, written.table), {})[written.index] = written

    def _refuse_known(self, side: Side, table: str, index: int) -> None:
        is_begun = part_path(table, side, index) in self._begun
        if is_begun or index in self._parts.get((side, table), {}) or index < 0:
            raise StorageError(f"{side}/{table}: part {index} is negative or given twice")

    @property
    def folder(self) -> Place:
        """Where parts are written; a local folder is renamed when the dataset is finished."""
        return self._partial

    @property
    def local_folder(self) -> Path:
        """The same, for what can only be written to a local folder.

        Raises
        ------
        StorageError
            It is a URL.
        """
        if isinstance(self._partial, RemotePath):
            raise StorageError(f"{self.out}: raw exports are written to a local folder only")
        return self._partial

    def files(self) -> dict[str, list[Place]]:
        """Name of each retailer's table -> the parts written so far, in their order."""
        with self._lock:
            return {
                table: [self._partial / written[index].part.path for index in sorted(written)]
                for (side, table), written in self._parts.items()
                if side == "tables"
            }

    def attach_raw(self, manifest: RawManifest) -> None:
        """Write the manifest of raw exports whose files lie in the folder ``raw``."""
        content = manifest.to_json().encode()
        file = self._partial / RAW_FOLDER / MANIFEST_NAME
        with named_trouble(file, "write the manifest of the raw exports"):
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(content)
        self._raw_sha256 = hashlib.sha256(content).hexdigest()

    def finish(
        self, facts: DatasetFacts, *, wall_seconds: Mapping[str, float] | None = None
    ) -> Dataset:
        """Write the manifest and put the dataset in place.

        Parameters
        ----------
        facts : DatasetFacts
            What the manifest says besides files.
        wall_seconds : mapping, optional
            Time taken per phase [s].

        Returns
        -------
        Dataset
            The finished dataset, opened.
        """
        if self._begun:
            raise StorageError(f"{self.out}: {min(self._begun)} was begun but not written")
        manifest = self._manifest(facts, wall_seconds or {})
        file = self._partial / MANIFEST_NAME
        with named_trouble(file, "write the manifest"):
            file.write_bytes(manifest.to_json().encode())
        if isinstance(self.out, RemotePath):
            prefix.complete(self.out)
        else:
            whole_folder.complete(self.out, force=self._force)
        self._is_open = False
        return Dataset.open(self.out)

    def _manifest(self, facts: DatasetFacts, wall_seconds: Mapping[str, float]) -> Manifest:
        sides: dict[str, dict[str, TableEntry]] = {"tables": {}, "truth": {}}
        for (side, table), written in self._parts.items():
            parts = tuple(written[index].part for index in sorted(written))
            digest = digest_text(combine(one.digest for one in written.values()))
            rows = sum(part.rows for part in parts)
            sides[side][table] = TableEntry(rows=rows, digest=digest, parts=parts)
        name = dataset_hash(
            rng_scheme=facts.rng_scheme,
            scenario=facts.scenario,
            seed=facts.seed,
            digests=hashed_digests(sides["tables"], sides["truth"]),
        )
        return Manifest(
            name=facts.name,
            is_simulated=facts.scenario is not None,
            rng_scheme=facts.rng_scheme,
            scenario=facts.scenario,
            scenario_name=facts.scenario_name,
            scenario_hash=None if facts.scenario is None else content_hash(facts.scenario),
            seed=facts.seed,
            options=facts.options,
            currency=facts.currency,
            locale=facts.locale,
            first_date=facts.first_date,
            last_date=facts.last_date,
            dataset_hash=name,
            tables=sides["tables"],
            truth=sides["truth"],
            versions={
                "python": platform.python_version(),
                "omnisim": version("omnisim"),
                **{package: version(package) for package in _PACKAGES},
            },
            wall_seconds=dict(wall_seconds),
            raw_sha256=self._raw_sha256,
        )
