"""Columns of tables checked and read: amounts, counts, channels, paths as text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from omnisim.attribution.rules import NO_TOUCH, RESERVED_CHANNELS
from omnisim.errors import DesignError, SchemaError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def require_columns(frame: pd.DataFrame, columns: Sequence[str], *, table: str) -> None:
    """Refuse a table that lacks a column, naming what is missing."""
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise SchemaError(f"{table}: no column {missing}; has {list(frame.columns)}")


def factorize_channels(
    names: npt.NDArray[np.object_] | pd.Categorical,
) -> tuple[npt.NDArray[np.int16], tuple[str, ...]]:
    """Codes and sorted names of the channels that occur; refuses missing and reserved names."""
    codes, found = pd.factorize(names, sort=True)
    channels = tuple(str(name) for name in found)
    if (codes < 0).any():
        raise SchemaError("channel: a contact without a channel; give one of the channel names")
    reserved = [name for name in channels if name.casefold() in RESERVED_CHANNELS or not name]
    if reserved:
        raise SchemaError(
            f"channel {reserved}: reserved for states of a journey; rename the channel "
            f"(reserved: {sorted(RESERVED_CHANNELS)})"
        )
    return codes.astype(np.int16), channels


def finite_amounts(column: pd.Series, *, where: str) -> FloatArray:
    """Amounts as floats; refuses missing, infinite, negative and non-numeric ones."""
    if not pd.api.types.is_numeric_dtype(column):
        raise SchemaError(f"{where}: {column.dtype} is not a number")
    amounts = column.to_numpy(dtype=np.float64, na_value=np.nan)
    bad = ~np.isfinite(amounts) | (amounts < 0)
    if bad.any():
        row = column.index[bad][0]
        raise SchemaError(f"{where}, row {row}: {amounts[bad][0]}; give a finite number >= 0")
    return amounts


def read_paths(
    column: pd.Series, separator: str, *, where: str
) -> tuple[npt.NDArray[np.int16], IntArray, tuple[str, ...]]:
    """Codes and lengths of paths, and the names of the codes."""
    if not separator:
        raise DesignError("separator: give what stands between two channels, e.g. ' > '")
    try:
        text = pa.array(column, type=pa.string(), from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        raise SchemaError(f"{where}: a missing or non-text path; give channel names") from None
    if isinstance(text, pa.ChunkedArray):
        text = text.combine_chunks()
    if text.null_count:
        raise SchemaError(f"{where}: a missing or non-text path; give channel names")
    is_bare = pc.equal(text, NO_TOUCH).to_numpy(zero_copy_only=False)
    split = pc.split_pattern(text.filter(pa.array(~is_bare)), separator)
    steps = split.flatten().dictionary_encode()
    names = [name.strip() for name in steps.dictionary.to_pylist()]
    place = steps.indices.to_numpy().astype(np.int64)
    lengths = np.zeros(len(column), dtype=np.int64)
    lengths[~is_bare] = pc.list_value_length(split).to_numpy()
    if "" in names:
        empty = np.isin(place, [k for k, name in enumerate(names) if not name])
        row = int(np.repeat(np.arange(len(column)), lengths)[empty][0])
        raise SchemaError(
            f"{where}, row {column.index[row]}: empty path or channel in {column.iloc[row]!r}"
        )
    codes, channels = factorize_channels(np.array(names, dtype=object))
    return codes[place], lengths, channels


def whole_numbers(frame: pd.DataFrame, name: str) -> IntArray:
    """Whole numbers >= 0."""
    amounts = finite_amounts(frame[name], where=f"paths.{name}")
    broken = amounts != np.floor(amounts)
    if broken.any():
        row = frame.index[broken][0]
        raise SchemaError(f"paths.{name}, row {row}: {amounts[broken][0]}; give a whole number")
    return amounts.astype(np.int64)
