"""Check the columns of a part and lay them out as Arrow arrays, without copying where possible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from omnisim.errors import SchemaError
from omnisim.schema import Column, Table
from omnisim.storage.digest import Codes
from omnisim.storage.physical import arrow_type

ID_LIMIT = 2**53  # larger whole numbers are not exact as floats

NUMPY_TYPES = {
    "id": np.int64,
    "int64": np.int64,
    "int32": np.int32,
    "int16": np.int16,
    "float64": np.float64,
    "bool": np.bool_,
    "cents": np.int64,
    "date": np.int32,
    "timestamp": np.int64,
}


@dataclass(frozen=True, slots=True)
class CheckedColumn:
    """A column that agrees with its declaration.

    Attributes
    ----------
    values : array or Codes
        What is hashed.
    is_null : array of bool or None
        Where nothing is; None when nothing is missing.
    array : Arrow array
        What is written.
    """

    values: Any
    is_null: Any
    array: Any


def check_columns(
    table_name: str, table: Table, columns: Mapping[str, Any]
) -> dict[str, CheckedColumn]:
    """Check a part's columns against the declaration of its table.

    Parameters
    ----------
    columns : mapping
        Each an array of the declared type; or ``(array, is_null)``; or :class:`Codes` for
        categories and strings; or an Arrow array of strings. Timestamps are int64 milliseconds
        since 1970, dates int32 days since 1970.

    Returns
    -------
    dict
        In the declared order.

    Raises
    ------
    SchemaError
        Names the table, the column, what was found and what is expected.
    """
    if missing := [name for name in table.columns if name not in columns]:
        raise SchemaError(f"{table_name}: column {missing[0]} is missing; found {list(columns)}")
    if extra := [name for name in columns if name not in table.columns]:
        raise SchemaError(
            f"{table_name}: column {extra[0]} is not declared; expected {list(table.columns)}"
        )
    checked = {
        name: _check_column(f"{table_name}.{name}", declared, columns[name])
        for name, declared in table.columns.items()
    }
    lengths = {name: len(column.array) for name, column in checked.items()}
    if len(set(lengths.values())) != 1:
        raise SchemaError(f"{table_name}: columns of unequal length: {lengths}")
    if table.time_column is not None:
        time = checked[table.time_column].values
        if np.any(time[1:] < time[:-1]):
            raise SchemaError(f"{table_name}: rows are not sorted by {table.time_column}")
    return checked


def _check_column(where: str, declared: Column, given: Any) -> CheckedColumn:
    if declared.dtype in ("category", "string"):
        return _check_strings(where, declared, given)
    values, is_null = given if isinstance(given, tuple) else (given, None)
    expected = np.dtype(NUMPY_TYPES[declared.dtype])
    if not isinstance(values, np.ndarray) or values.dtype != expected or values.ndim != 1:
        kind = getattr(values, "dtype", type(values).__name__)
        raise SchemaError(f"{where}: found {kind}, expected a vector of {expected}")
    if is_null is not None:
        is_null = _check_mask(where, declared, is_null, len(values))
    values = np.ascontiguousarray(values)
    _check_bounds(where, declared, values, is_null)
    return CheckedColumn(values, is_null, _arrow(values, is_null, arrow_type(declared)))


def _check_mask(where: str, declared: Column, is_null: Any, n_rows: int) -> Any:
    """The mask, or None when it marks nothing."""
    if not isinstance(is_null, np.ndarray) or is_null.dtype != np.bool_:
        raise SchemaError(f"{where}: the mask of missing values must be an array of bool")
    if is_null.shape != (n_rows,):
        raise SchemaError(f"{where}: {n_rows} values, but a mask of shape {is_null.shape}")
    if not is_null.any():
        return None
    if not declared.nullable:
        raise SchemaError(f"{where}: {int(is_null.sum())} missing values, expected none")
    return np.ascontiguousarray(is_null)


def _check_bounds(where: str, declared: Column, values: Any, is_null: Any) -> None:
    if declared.dtype == "bool":
        return
    low, high = declared.low, declared.high
    if declared.dtype == "id":
        low, high = 0, ID_LIMIT - 1
    if is_null is None:
        present = values
    elif declared.dtype != "float64" and (low or 0) <= 0 <= (high or 0):
        present = values * ~is_null  # zero is within bounds, and four times as fast as picking
    else:
        present = values[~is_null]
    if present.size == 0:
        return
    if declared.dtype == "float64" and not np.isfinite(present).all():
        raise SchemaError(f"{where}: a value is not finite; mark missing values in the mask")
    if low is not None and present.min() < low:
        raise SchemaError(f"{where}: {present.min()} is below {low:g}")
    if high is not None and present.max() > high:
        raise SchemaError(f"{where}: {present.max()} is above {high:g}")


def _check_strings(where: str, declared: Column, given: Any) -> CheckedColumn:
    coded = _encode(given) if isinstance(given, (pa.Array, pa.ChunkedArray)) else given
    if not isinstance(coded, Codes):
        raise SchemaError(
            f"{where}: found {type(given).__name__}, expected Codes or an Arrow array of strings"
        )
    codes, names = np.ascontiguousarray(coded.codes), coded.names
    if codes.dtype not in (np.int8, np.int16, np.int32) or codes.ndim != 1:
        raise SchemaError(f"{where}: codes are {codes.dtype}, expected int8, int16 or int32")
    if len(set(names)) != len(names):
        raise SchemaError(f"{where}: a name appears twice in the list of names")
    if codes.size and (codes.min() < -1 or codes.max() >= len(names)):
        raise SchemaError(
            f"{where}: codes from {codes.min()} to {codes.max()}, "
            f"expected -1 (missing) to {len(names) - 1}"
        )
    is_null = codes < 0
    if is_null.any() and not declared.nullable:
        raise SchemaError(f"{where}: {int(is_null.sum())} missing values, expected none")
    if declared.allowed and (foreign := [name for name in names if name not in declared.allowed]):
        raise SchemaError(f"{where}: {foreign[0]!r} is not allowed; use {list(declared.allowed)}")
    indices = _arrow(codes, is_null if is_null.any() else None, pa.from_numpy_dtype(codes.dtype))
    dictionary = pa.array(names, pa.string())
    if declared.dtype == "string":
        return CheckedColumn(Codes(codes, names), None, dictionary.take(indices))
    array = pa.DictionaryArray.from_arrays(indices.cast(pa.int32()), dictionary, safe=False)
    return CheckedColumn(Codes(codes, names), None, array)


def _encode(strings: pa.Array | pa.ChunkedArray) -> Codes:
    if isinstance(strings, pa.ChunkedArray):
        strings = pa.concat_arrays(strings.chunks) if strings.num_chunks else pa.array([], "string")
    if not pa.types.is_dictionary(strings.type):
        strings = strings.cast(pa.string()).dictionary_encode()
    codes = strings.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    return Codes(codes, tuple(strings.dictionary.to_pylist()))


def _arrow(values: Any, is_null: Any, kind: pa.DataType) -> pa.Array:
    """An Arrow array over the same memory (bits of booleans are packed)."""
    validity = None if is_null is None else pa.py_buffer(np.packbits(~is_null, bitorder="little"))
    content = np.packbits(values, bitorder="little") if values.dtype == np.bool_ else values
    return pa.Array.from_buffers(kind, len(values), [validity, pa.py_buffer(content)])
