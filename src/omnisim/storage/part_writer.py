"""Write one part of a table: checked, hashed, encoded; no dataset is needed around it.

Any process may do it, as long as no two write the same part: what it gives back is all that the
manifest needs to know.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from omnisim.errors import SchemaError
from omnisim.schema import TABLES, TRUTH_TABLES, Table
from omnisim.storage.columns import CheckedColumn, check_columns
from omnisim.storage.digest import row_digest
from omnisim.storage.manifest import Part
from omnisim.storage.physical import arrow_schema
from omnisim.storage.remote import Place
from omnisim.storage.trouble import named_trouble

Side = Literal["tables", "truth"]

MONTHLY_FROM_ROWS = 50_000  # smaller parts are read whole anyway
_ROW_GROUP_ROWS = 1_048_576  # bounds what a reader must hold
_DICTIONARY = ("category", "string")
# Neighbours differ little in these; ids are random and floats irregular: those stay plain.
_DELTA = ("timestamp", "date", "int64", "int32", "int16", "cents")


@dataclass(frozen=True, slots=True)
class WrittenPart:
    """A part on disk.

    Attributes
    ----------
    table, side : str
        Name of the table; ``tables`` or ``truth``.
    index : int
        Number of the part.
    part : Part
        Its entry in the manifest.
    digest : int
        Digest of its rows, in [0, 2**128).
    """

    table: str
    side: Side
    index: int
    part: Part
    digest: int


def part_path(table: str, side: Side, index: int) -> str:
    """Where a part lies, relative to its dataset.

    Examples
    --------
    >>> part_path("orders", "tables", 7)
    'tables/orders/part-00007.parquet'
    """
    return f"{side}/{table}/part-{index:05d}.parquet"


def write_part(
    folder: Place, table: str, side: Side, index: int, columns: Mapping[str, Any]
) -> WrittenPart:
    """Check, hash and write one part; see :meth:`DatasetWriter.write_part` for the columns.

    Raises
    ------
    SchemaError
        The columns are not the declared ones.
    StorageError
        The disk refuses.
    """
    declared = declaration(table, side)
    checked = check_columns(table, declared, columns)
    digest = digest_columns(table, checked)
    content = encode(declared, checked)
    path = part_path(table, side, index)
    file = folder / path
    with named_trouble(file, f"write part {index} of {side}/{table}"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    part = Part(
        path=path,
        rows=len(next(iter(checked.values())).array),
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    return WrittenPart(table, side, index, part, digest)


def digest_columns(table: str, columns: Mapping[str, CheckedColumn]) -> int:
    """Digest of checked columns; see :func:`row_digest`."""
    return row_digest(
        table,
        {name: column.values for name, column in columns.items()},
        {name: column.is_null for name, column in columns.items() if column.is_null is not None},
    )


def declaration(table: str, side: str) -> Table:
    """What a table must look like.

    Raises
    ------
    SchemaError
        There is no such table on this side.
    """
    declared = {"tables": TABLES, "truth": TRUTH_TABLES}.get(side)
    if declared is None:
        raise SchemaError(f"side = {side!r}: use 'tables' or 'truth'")
    if table not in declared:
        raise SchemaError(f"{table!r} is not a table of {side!r}; there are {', '.join(declared)}")
    return declared[table]


def encode(table: Table, columns: Mapping[str, CheckedColumn]) -> Any:
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
