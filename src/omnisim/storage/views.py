"""SQL over a dataset's files, and over nothing else."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from omnisim.errors import DatasetError
from omnisim.schema import Table
from omnisim.storage.physical import check_schema, major_name
from omnisim.storage.remote import Place, RemotePath, parquet_source


def open_views(
    files: Mapping[str, Sequence[Place]],
    tables: Mapping[str, Table],
    *,
    scale: int | None,
    settings: Mapping[str, str | int] | None = None,
) -> Any:
    """A DuckDB connection with one view per table, shut off from other files and the network.

    Parameters
    ----------
    files : mapping
        Name of a table -> its files, at least one each.
    tables : mapping
        The declarations; names of views and columns come from here only.
    scale : int or None
        Minor units in one major unit, to show amounts in major units; None leaves them as stored.
    settings : mapping, optional
        More settings of DuckDB, such as its memory.

    Raises
    ------
    DatasetError, SchemaError
        A file cannot be read, or its columns are not the declared ones.
    """
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
            **(settings or {}),
        },
    )
    connection.execute("SET TimeZone = 'UTC'")
    # What does not fit in memory goes to the temporary folder, not to the current one.
    spill = Path(tempfile.gettempdir()) / f"omnisim-duckdb-{os.getpid()}-{id(connection):x}"
    connection.execute(f"SET temp_directory = {_sql_text(spill)}")
    known: set[str] = set()
    every_file = [file for parts in files.values() for file in parts]
    for file in every_file:
        if isinstance(file, RemotePath) and file.protocol not in known:
            connection.register_filesystem(file.system)
            known.add(file.protocol)
    names = [str(file) for file in every_file]
    names += [file.spelled_by_system() for file in every_file if isinstance(file, RemotePath)]
    connection.execute(f"SET allowed_paths = {_sql_list(names)}")
    connection.execute("SET enable_external_access = false")
    for name, parts in files.items():
        for file in parts:
            check_schema(_footer(file), tables[name], file=str(file))
        shown = ", ".join(
            f"CAST({column} AS DOUBLE) / {scale}.0 AS {major_name(column, declared)}"
            if declared.dtype == "cents" and scale is not None
            else column
            for column, declared in tables[name].columns.items()
        )
        connection.execute(
            f"CREATE VIEW {name} AS SELECT {shown} FROM read_parquet({_sql_list(parts)})"
        )
    connection.execute("SET lock_configuration = true")
    return connection


def _footer(file: Place) -> pa.Schema:
    try:
        return pq.read_schema(parquet_source(file))
    except (OSError, pa.ArrowException) as error:
        raise DatasetError(f"{file}: cannot be read as Parquet ({error})") from error


def _sql_list(files: Sequence[Place | str]) -> str:
    return "[" + ", ".join(_sql_text(file) for file in files) + "]"


def _sql_text(path: Place | str) -> str:
    return "'" + str(path).replace("'", "''") + "'"
