"""From Parquet parts to a sorted pandas frame in the units people use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from omnisim.errors import DatasetError, SchemaError
from omnisim.schema import Column, Table
from omnisim.storage.days import Days
from omnisim.storage.physical import check_schema, major_name, minor_per_major
from omnisim.storage.remote import Place, parquet_source

_NAT = np.iinfo(np.int64).min


def read_parts(
    files: Sequence[Place],
    table: Table,
    *,
    currency: str,
    columns: Sequence[str] | None = None,
    raw: bool = False,
    days: Days | None = None,
) -> pd.DataFrame:
    """Rows of all parts, sorted as declared: the number of parts cannot be seen in the result.

    Parameters
    ----------
    files : sequence of Path or RemotePath
        The table's Parquet files; at least one.
    table : Table
        Its declaration; files that differ from it are refused.
    currency : str
        ISO 4217 code; decides how many minor units make a major one.
    columns : sequence of str, optional
        Columns wanted, in this order, by the names they have in the result. Default: all.
    raw : bool
        Keep money in minor units, int64, under the name on disk.
    days : Days, optional
        Only rows of these days (UTC), where the table has a time. Row groups of other months are not read: see
        :mod:`omnisim.storage.part_writer`.

    Returns
    -------
    DataFrame
        Sorted by `table.sort_by`, then by the rest of the key; categories sort in declared order,
        or alphabetically where any value is allowed.

    Raises
    ------
    SchemaError
        A file's columns, types or values are not the declared ones; or an unknown column is asked.
    DatasetError
        A file is missing or is not Parquet.
    """
    wanted, on_disk = _wanted(table, columns, raw=raw)
    content = pa.concat_tables([_read_part(file, table, on_disk, days) for file in files])
    return _frame(content, table, wanted, scale=None if raw else minor_per_major(currency))


def frame_of_parts(
    parts: Sequence[pa.Table],
    table: Table,
    *,
    currency: str,
    columns: Sequence[str] | None = None,
    raw: bool = False,
) -> pd.DataFrame:
    """Rows of parts that were never written, as :func:`read_parts` would read them.

    `parts` are Arrow tables with the declared columns, at least one; see there for the rest.
    """
    wanted, on_disk = _wanted(table, columns, raw=raw)
    content = pa.concat_tables([part.select(on_disk) for part in parts])
    return _frame(content, table, wanted, scale=None if raw else minor_per_major(currency))


def _order_by(table: Table) -> tuple[str, ...]:
    return (*table.sort_by, *(name for name in table.key if name not in table.sort_by))


def _wanted(
    table: Table, columns: Sequence[str] | None, *, raw: bool
) -> tuple[dict[str, str], list[str]]:
    """Columns of the result with their names on disk, and all columns needed for them."""
    shown = {name if raw else major_name(name, c): name for name, c in table.columns.items()}
    asked = list(shown) if columns is None else list(columns)
    if unknown := [name for name in asked if name not in shown]:
        raise SchemaError(f"no column {unknown[0]!r}; there are {', '.join(shown)}")
    wanted = {name: shown[name] for name in asked}
    return wanted, list(dict.fromkeys([*wanted.values(), *_order_by(table)]))


def _frame(
    content: pa.Table, table: Table, wanted: dict[str, str], *, scale: int | None
) -> pd.DataFrame:
    order = _order([_sort_key(content[name], table.columns[name]) for name in _order_by(table)])
    arrays: dict[str, Any] = {}
    for name, stored in wanted.items():
        array = _to_pandas(content[stored], table.columns[stored], name=stored, scale=scale)
        arrays[name] = array if order is None else array.take(order)
    return pd.DataFrame(arrays, index=pd.RangeIndex(content.num_rows), copy=False)


def _read_part(file: Place, table: Table, columns: list[str], days: Days | None) -> pa.Table:
    try:
        parquet = pq.ParquetFile(
            parquet_source(file),
            read_dictionary=[n for n, c in table.columns.items() if c.dtype == "category"],
        )
        with parquet:
            check_schema(parquet.schema_arrow, table, file=str(file))
            if days is None or table.time_column is None:
                piece = parquet.read(columns=columns)
            else:
                groups = days.groups(parquet.metadata, table.time_column)
                piece = days.only(parquet.read_row_groups(groups, columns), table.time_column)
    except FileNotFoundError:
        raise DatasetError(f"{file}: this part of the dataset is missing") from None
    except KeyError as error:  # a category is not there at all
        check_schema(pq.read_schema(parquet_source(file)), table, file=str(file))
        raise DatasetError(f"{file}: cannot be read as Parquet ({error})") from error
    except (OSError, pa.ArrowException) as error:
        raise DatasetError(f"{file}: cannot be read as Parquet ({error})") from error
    for name in columns:
        if piece[name].null_count and not table.columns[name].nullable:
            raise SchemaError(f"{file}: column {name} has missing values, expected none")
    return piece.select(columns)


def _codes(column: pa.ChunkedArray, declared: Column, name: str) -> tuple[Any, list[str]]:
    """Codes into sorted (or declared) categories; -1 is missing."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    array = column.unify_dictionaries().combine_chunks()
    if isinstance(array, pa.ChunkedArray):  # older Arrow keeps one chunk wrapped, or none at all
        array = array.chunk(0) if array.num_chunks else pa.array([], column.type)
    codes = array.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    words = array.dictionary.to_pylist()
    used = [words[code] for code in np.unique(codes) if code >= 0]
    categories = list(declared.allowed) or sorted(used)
    place = {word: code for code, word in enumerate(categories)}
    if foreign := sorted(word for word in used if word not in place):
        raise SchemaError(f"column {name}: {foreign[0]!r} is not allowed; use {declared.allowed}")
    lookup = np.array([*(place.get(word, -1) for word in words), -1], np.int32)
    return lookup[codes], categories


def _to_pandas(column: pa.ChunkedArray, declared: Column, *, name: str, scale: int | None) -> Any:
    match declared.dtype:
        case "category":
            codes, categories = _codes(column, declared, name)
            return pd.Categorical.from_codes(codes, categories=pd.Index(categories, dtype="str"))
        case "string":
            return pd.array(column.to_pandas(), dtype="str")
        case "timestamp":
            stamps = pd.DatetimeIndex(_milliseconds(column))
            return stamps.tz_localize("UTC").array
        case "date":
            return pd.DatetimeIndex(_milliseconds(column)).array
        case "bool" if declared.nullable:
            return pd.array(column.to_pandas(), dtype="boolean")
        case "cents" if scale is not None:
            return column.to_numpy() / scale  # missing becomes NaN
        case "bool" | "float64":
            return column.to_numpy()
        case _ if declared.nullable:
            values = column.fill_null(0).to_numpy()
            return pd.arrays.IntegerArray(values, column.is_null().to_numpy())
        case _:
            return column.to_numpy()


def _milliseconds(column: pa.ChunkedArray) -> Any:
    stamps = column.cast(pa.timestamp("ms"))
    return stamps.cast(pa.int64()).fill_null(_NAT).to_numpy().view("datetime64[ms]")


def _sort_key(column: pa.ChunkedArray, declared: Column) -> Any:
    """An array that sorts as the column does."""
    if declared.dtype == "category":
        return _codes(column, declared, "")[0]
    if declared.dtype == "string":
        return np.unique(column.to_numpy().astype(str), return_inverse=True)[1]
    if declared.dtype in ("timestamp", "date"):
        return _milliseconds(column)
    return column.fill_null(pa.scalar(0, column.type)).to_numpy()


def _order(keys: list[Any]) -> Any:
    """Positions that sort the rows by the keys; None when they are sorted already."""
    before, after = slice(None, -1), slice(1, None)
    tied = np.ones(max(len(keys[0]) - 1, 0), bool)
    for key in keys:
        if np.any(key[after][tied] < key[before][tied]):
            return np.lexsort(keys[::-1])
        tied &= key[after] == key[before]
    return None


def arrow_to_frame(content: pa.Table) -> pd.DataFrame:
    """Turn a query's result into pandas: whole numbers stay whole, dates are datetime64.

    Examples
    --------
    >>> arrow_to_frame(pa.table({"n": pa.array([1, None])})).dtypes["n"]
    Int64Dtype()
    """
    arrays: dict[str, Any] = {}
    for position, field in enumerate(content.schema):
        column, kind = content.column(position), field.type
        if pa.types.is_decimal(kind):  # DuckDB's sums of integers
            kind = pa.int64() if kind.scale == 0 else pa.float64()
            column = pc.cast(column, kind, safe=kind == pa.int64())
        if pa.types.is_timestamp(kind):  # DuckDB computes in microseconds and says Etc/UTC
            column = pc.cast(column, pa.timestamp("ms", kind.tz and "UTC"), safe=False)
        if pa.types.is_integer(kind) and column.null_count:
            whole = column.cast(pa.int64()).fill_null(0).to_numpy()
            arrays[field.name] = pd.arrays.IntegerArray(whole, column.is_null().to_numpy())
        else:
            arrays[field.name] = column.to_pandas(date_as_object=False)
    return pd.DataFrame(arrays, index=pd.RangeIndex(content.num_rows))
