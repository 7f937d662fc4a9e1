"""Write a dataset: parts from any thread, the manifest last, all of it or nothing."""

from __future__ import annotations

import hashlib
import platform
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from omnisim.errors import SchemaError, StorageError
from omnisim.schema import TABLES, TRUTH_TABLES, Table
from omnisim.storage import folder as whole_folder
from omnisim.storage.columns import CheckedColumn, check_columns
from omnisim.storage.dataset import Dataset
from omnisim.storage.digest import Codes, combine, digest_text, row_digest
from omnisim.storage.manifest import (
    MANIFEST_NAME,
    Manifest,
    Part,
    TableEntry,
    content_hash,
    dataset_hash,
    hashed_digests,
)
from omnisim.storage.physical import arrow_schema
from omnisim.storage.raw_manifest import RAW_FOLDER, RawManifest

__all__ = ["Codes", "DatasetFacts", "DatasetWriter"]

Side = Literal["tables", "truth"]

MONTHLY_FROM_ROWS = 50_000  # smaller parts are read whole anyway
_ROW_GROUP_ROWS = 1_048_576  # bounds what a reader must hold
_PACKAGES = ("numpy", "numba", "pyarrow")
_DICTIONARY = ("category", "string")
# Neighbours differ little in these; ids are random and floats irregular: those stay plain.
_DELTA = ("timestamp", "date", "int64", "int32", "int16", "cents")


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


class DatasetWriter:
    """Writes one dataset; use it in a ``with`` block and end with :meth:`finish`.

    Leaving the block in any other way removes what was written.

    Parameters
    ----------
    out : Path
        Folder to make.
    force : bool
        Replace a dataset that is already there, once the new one is whole.

    Raises
    ------
    StorageError
        The output exists, another process writes it, or the disk refuses.
    """

    def __init__(self, out: Path, *, force: bool = False) -> None:
        self.out = Path(out).expanduser().absolute()
        self._force = force
        self._lock = threading.Lock()
        self._parts: dict[tuple[Side, str], dict[int, tuple[Part, int]]] = {}
        self._begun: set[str] = set()
        self._raw_sha256: str | None = None
        self._partial = whole_folder.begin(self.out, force=force)
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
        """Remove what was written, unless the dataset is finished."""
        if self._is_open:
            self._is_open = False
            whole_folder.abandon(self.out)

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
        declared = _declaration(table, side)
        with self._lock:
            if not self._is_open:
                raise StorageError(f"{self.out}: the dataset is finished or given up")
            path = f"{side}/{table}/part-{part_index:05d}.parquet"
            is_known = path in self._begun or part_index in self._parts.get((side, table), {})
            if is_known or part_index < 0:
                raise StorageError(f"{side}/{table}: part {part_index} is negative or given twice")
            self._begun.add(path)
        checked = check_columns(table, declared, columns)
        digest = digest_columns(table, checked)
        content = _encode(declared, checked)
        part = Part(
            path=path,
            rows=len(next(iter(checked.values())).array),
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )
        file = self._partial / path
        with whole_folder.named_trouble(file, f"write part {part_index} of {side}/{table}"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        with self._lock:
            self._parts.setdefault((side, table), {})[part_index] = (part, digest)
            self._begun.remove(path)

    @property
    def folder(self) -> Path:
        """Folder that is being filled; it is renamed when the dataset is finished."""
        return self._partial

    def files(self) -> dict[str, list[Path]]:
        """Name of each retailer's table -> the parts written so far, in their order."""
        with self._lock:
            return {
                table: [self._partial / written[index][0].path for index in sorted(written)]
                for (side, table), written in self._parts.items()
                if side == "tables"
            }

    def attach_raw(self, manifest: RawManifest) -> None:
        """Write the manifest of raw exports whose files lie in the folder ``raw``."""
        content = manifest.to_json().encode()
        file = self._partial / RAW_FOLDER / MANIFEST_NAME
        with whole_folder.named_trouble(file, "write the manifest of the raw exports"):
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
        with whole_folder.named_trouble(file, "write the manifest"):
            file.write_text(manifest.to_json(), encoding="utf-8")
        whole_folder.complete(self.out, force=self._force)
        self._is_open = False
        return Dataset.open(self.out)

    def _manifest(self, facts: DatasetFacts, wall_seconds: Mapping[str, float]) -> Manifest:
        sides: dict[str, dict[str, TableEntry]] = {"tables": {}, "truth": {}}
        for (side, table), written in self._parts.items():
            parts = tuple(written[index][0] for index in sorted(written))
            digest = digest_text(combine(value for _, value in written.values()))
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


def digest_columns(table: str, columns: Mapping[str, CheckedColumn]) -> int:
    """Digest of checked columns; see :func:`row_digest`."""
    return row_digest(
        table,
        {name: column.values for name, column in columns.items()},
        {name: column.is_null for name, column in columns.items() if column.is_null is not None},
    )


def _declaration(table: str, side: str) -> Table:
    declared = {"tables": TABLES, "truth": TRUTH_TABLES}.get(side)
    if declared is None:
        raise SchemaError(f"side = {side!r}: use 'tables' or 'truth'")
    if table not in declared:
        raise SchemaError(f"{table!r} is not a table of {side!r}; there are {', '.join(declared)}")
    return declared[table]


def _encode(table: Table, columns: Mapping[str, CheckedColumn]) -> Any:
    """The Parquet file as bytes."""
    schema = arrow_schema(table)
    content = pa.Table.from_arrays([c.array for c in columns.values()], schema=schema)
    kinds = {name: column.dtype for name, column in table.columns.items()}
    pool = pa.system_memory_pool()  # Arrow's own keeps what it was given, once per thread
    sink = pa.BufferOutputStream(pool)
    with pq.ParquetWriter(
        sink,
        schema,
        compression="zstd",
        compression_level=1,
        use_dictionary=[name for name, kind in kinds.items() if kind in _DICTIONARY],
        column_encoding={
            name: "DELTA_BINARY_PACKED" if kind in _DELTA else "PLAIN"
            for name, kind in kinds.items()
            if kind not in _DICTIONARY
        },
        write_statistics=True,
        memory_pool=pool,
    ) as writer:
        cuts = _month_cuts(table, columns)
        for start, stop in pairwise(cuts):
            writer.write_table(content.slice(start, stop - start), row_group_size=_ROW_GROUP_ROWS)
    return sink.getvalue()


def _month_cuts(table: Table, columns: Mapping[str, CheckedColumn]) -> list[int]:
    """Where row groups begin and end: at the turn of months when the part is large."""
    n_rows = len(next(iter(columns.values())).array)
    if table.time_column is None or n_rows < MONTHLY_FROM_ROWS:
        return [0, n_rows]
    time = columns[table.time_column].values
    kind = (
        "datetime64[ms]"
        if table.columns[table.time_column].dtype == "timestamp"
        else "datetime64[D]"
    )
    first, last = time[[0, -1]].astype(np.int64).view(kind).astype("datetime64[M]")
    starts = np.arange(first + 1, last + 1).astype(kind).astype(np.int64)
    inner = np.searchsorted(time, starts).tolist()
    return sorted({0, *inner, n_rows})
