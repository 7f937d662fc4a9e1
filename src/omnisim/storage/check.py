"""Is a dataset what its manifest says, and do its rows agree with one another?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from omnisim.errors import DatasetError, SchemaError
from omnisim.schema import TABLES, TRUTH_TABLES, Table
from omnisim.storage.columns import check_columns
from omnisim.storage.digest import combine, digest_text
from omnisim.storage.locate import find_dataset
from omnisim.storage.manifest import (
    MANIFEST_NAME,
    Manifest,
    Part,
    TableEntry,
    content_hash,
    dataset_hash,
    hashed_digests,
    read_manifest,
)
from omnisim.storage.part_writer import digest_columns
from omnisim.storage.parts import file_sha256, refuse_changed_part
from omnisim.storage.physical import check_schema
from omnisim.storage.raw_manifest import RAW_FOLDER, raw_problems
from omnisim.storage.remote import Place, parquet_source
from omnisim.storage.rules import rules
from omnisim.storage.views import open_views

_MEMORY = "600MB"  # of DuckDB; what needs more is sorted and joined on disk


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the part, table or file, and what about it."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def check_dataset(name_or_path: str | Place) -> list[Problem]:
    """Everything that is wrong with a dataset, truth included; empty when it is whole.

    Files against the manifest (presence, size, SHA-256, rows), columns and values against the
    schema, content against its digests, the raw exports where there are any, then keys, references,
    sums and the order of events.
    """
    try:
        path = find_dataset(name_or_path)
        manifest = read_manifest(path)
    except DatasetError as error:
        return [Problem(str(name_or_path), str(error))]
    problems = list(_check_hashes(manifest))
    sound: dict[str, list[Place]] = {}
    sides: tuple[tuple[str, Mapping[str, TableEntry], Mapping[str, Table]], ...] = (
        ("tables", manifest.tables, TABLES),
        ("truth", manifest.truth, TRUTH_TABLES),
    )
    for side, entries, declared in sides:
        for table, entry in entries.items():
            found = list(_check_table(path, f"{side}/{table}", declared[table], table, entry))
            problems += found
            if not found:
                sound[table] = [path / part.path for part in entry.parts]
    if manifest.is_simulated:
        problems += [
            Problem(f"tables/{table}", "is missing; a simulated dataset has every table")
            for table in TABLES
            if table not in manifest.tables
        ]
    return problems + list(_check_raw(path, manifest)) + list(_check_rules(sound))


def _check_hashes(manifest: Manifest) -> Iterator[Problem]:
    expected = dataset_hash(
        rng_scheme=manifest.rng_scheme,
        scenario=manifest.scenario,
        seed=manifest.seed,
        digests=hashed_digests(manifest.tables, manifest.truth),
    )
    if manifest.dataset_hash != expected:
        yield Problem(
            "manifest.json", f"dataset_hash {manifest.dataset_hash}, its content gives {expected}"
        )
    named = None if manifest.scenario is None else content_hash(manifest.scenario)
    if manifest.scenario_hash != named:
        yield Problem("manifest.json", "scenario_hash is not that of the scenario")


def _check_raw(path: Place, manifest: Manifest) -> Iterator[Problem]:
    if manifest.raw_sha256 is None:
        if (path / RAW_FOLDER).exists():
            yield Problem(RAW_FOLDER, "was not written with the dataset; remove it")
        return
    listed = path / RAW_FOLDER / MANIFEST_NAME
    if listed.is_file() and file_sha256(listed) != manifest.raw_sha256:
        yield Problem(f"{RAW_FOLDER}/{MANIFEST_NAME}", "was changed after it was written")
    yield from (Problem(where, what) for where, what in raw_problems(path))


def _check_table(
    path: Place, where: str, declared: Table, table: str, entry: TableEntry
) -> Iterator[Problem]:
    digests: list[int] = []
    for part in entry.parts:
        try:
            digests.append(part_digest(path / part.path, part, declared, table))
        except (DatasetError, SchemaError) as error:
            yield Problem(part.path, str(error).removeprefix(f"{path / part.path}: "))
    whole = digest_text(combine(digests))
    if len(digests) == len(entry.parts) and whole != entry.digest:
        yield Problem(where, f"digest of its rows is {whole}, the manifest says {entry.digest}")


def part_digest(file: Place, part: Part, declared: Table, table: str) -> int:
    """Digest of a part whose bytes, columns and values are as they should be.

    Raises
    ------
    DatasetError, SchemaError
        They are not.
    """
    refuse_changed_part(file, part)
    try:
        with pq.ParquetFile(parquet_source(file)) as parquet:
            content = parquet.read()
    except (OSError, pa.ArrowException) as error:
        raise DatasetError(f"cannot be read as Parquet ({error})") from error
    check_schema(content.schema, declared, file=str(file))
    if content.num_rows != part.rows:
        raise DatasetError(f"has {content.num_rows} rows, the manifest says {part.rows}")
    columns = {name: stored_column(content[name]) for name in declared.columns}
    return digest_columns(table, check_columns(table, declared, columns))


def stored_column(column: pa.ChunkedArray) -> Any:
    """A stored column in the form in which it was given to the writer."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.unify_dictionaries()
    if pa.types.is_dictionary(kind) or pa.types.is_string(kind):
        return column
    is_null = column.is_null().to_numpy()
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.int64())
    elif pa.types.is_date32(kind):
        column = column.cast(pa.int32())
    filler = pa.scalar(False if pa.types.is_boolean(kind) else 0, column.type)
    return np.asarray(column.fill_null(filler).to_numpy()), is_null


def _check_rules(files: Mapping[str, list[Place]]) -> Iterator[Problem]:
    settings: dict[str, str | int] = {
        "memory_limit": _MEMORY,
        "preserve_insertion_order": "false",
    }
    connection = open_views(files, {**TABLES, **TRUTH_TABLES}, scale=None, settings=settings)
    try:
        for rule in rules(files):
            (n_broken,) = connection.execute(rule.sql).fetchall()[0]
            if n_broken:
                yield Problem(rule.table, f"{rule.text}: broken {n_broken} times")
    except duckdb.Error as error:
        yield Problem("tables", f"could not be compared ({str(error).splitlines()[0]})")
    finally:
        connection.close()
