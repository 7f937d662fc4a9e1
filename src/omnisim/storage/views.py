"""SQL over a dataset's files, and over nothing else."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from omnisim.errors import DatasetError
from omnisim.schema import Table
from omnisim.storage.physical import check_schema, major_name
from omnisim.storage.remote import Place, RemotePath, parquet_source


class Views:
    """A DuckDB connection with views of tables, shut off from other files and the network.

    A view is made when it is first asked for: before that the schema of every file is checked, which
    for a large dataset takes longer than most queries.

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
    """

    def __init__(
        self,
        files: Mapping[str, Sequence[Place]],
        tables: Mapping[str, Table],
        *,
        scale: int | None,
        settings: Mapping[str, str | int] | None = None,
    ) -> None:
        self._files, self._tables, self._scale = files, tables, scale
        self._shown: set[str] = set()
        self.connection = _connection(
            [file for parts in files.values() for file in parts], settings or {}
        )

    def show(self, names: Iterable[str]) -> None:
        """Make the views that are not there yet.

        Raises
        ------
        DatasetError, SchemaError
            A file cannot be read, or its columns are not the declared ones.
        """
        for name in names:
            if name not in self._shown:
                self._show(name)
                self._shown.add(name)

    def _show(self, name: str) -> None:
        parts, table = self._files[name], self._tables[name]
        for file in parts:
            check_schema(_footer(file), table, file=str(file))
        shown = ", ".join(
            f"CAST({column} AS DOUBLE) / {self._scale}.0 AS {major_name(column, declared)}"
            if declared.dtype == "cents" and self._scale is not None
            else column
            for column, declared in table.columns.items()
        )
        self.connection.execute(
            f"CREATE VIEW {name} AS SELECT {shown} FROM read_parquet({_sql_list(parts)})"
        )


def open_views(
    files: Mapping[str, Sequence[Place]],
    tables: Mapping[str, Table],
    *,
    scale: int | None,
    settings: Mapping[str, str | int] | None = None,
) -> Any:
    """A connection with one view per table; see :class:`Views`.

    Raises
    ------
    DatasetError, SchemaError
        A file cannot be read, or its columns are not the declared ones.
    """
    views = Views(files, tables, scale=scale, settings=settings)
    views.show(files)
    return views.connection


def named_in(sql: str, tables: Sequence[str]) -> list[str]:
    """Tables whose names stand in a query, be it in a comment; all of them where none does.

    Examples
    --------
    >>> named_in('SELECT count(*) FROM "Orders" JOIN order_lines USING (order_id)',
    ...          ("orders", "order_lines", "returns"))
    ['orders', 'order_lines']
    """
    words = set(re.findall(r"\w+", sql.lower()))
    return [table for table in tables if table in words] or list(tables)


def _connection(files: Sequence[Place], settings: Mapping[str, str | int]) -> Any:
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
            **settings,
        },
    )
    connection.execute("SET TimeZone = 'UTC'")
    # What does not fit in memory goes to the temporary folder, not to the current one.
    spill = Path(tempfile.gettempdir()) / f"omnisim-duckdb-{os.getpid()}-{id(connection):x}"
    connection.execute(f"SET temp_directory = {_sql_text(spill)}")
    known: set[str] = set()
    for file in files:
        if isinstance(file, RemotePath) and file.protocol not in known:
            connection.register_filesystem(file.system)
            known.add(file.protocol)
    names = [str(file) for file in files]
    names += [file.spelled_by_system() for file in files if isinstance(file, RemotePath)]
    connection.execute(f"SET allowed_paths = {_sql_list(names)}")
    connection.execute("SET enable_external_access = false")
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
