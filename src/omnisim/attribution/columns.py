"""Columns of tables checked and read: amounts, counts, channels, paths as text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from omnisim.attribution.path_bytes import MOST_NAMES, cut_paths, rename
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
    """Codes and offsets of paths, as in ``Journeys``, and the names of the codes."""
    if not separator:
        raise DesignError("separator: give what stands between two channels, e.g. ' > '")
    text, ends = _text_bytes(column, where=where)
    found = cut_paths(text, ends, separator.encode(), NO_TOUCH.encode())
    if found is None:
        raise SchemaError(
            f"{where}: more than {MOST_NAMES} different channels; does {separator!r} stand "
            "between the channels?"
        )
    codes, offsets, raw = found
    names = [name.decode().strip() for name in raw]
    if "" in names:
        empty = np.isin(codes, [k for k, name in enumerate(names) if not name])
        row = int(np.searchsorted(offsets, np.flatnonzero(empty)[0], side="right")) - 1
        raise SchemaError(
            f"{where}, row {column.index[row]}: empty path or channel in {column.iloc[row]!r}"
        )
    new, channels = factorize_channels(np.array(names, dtype=object))
    rename(codes, new)
    return codes, offsets, channels


def _text_bytes(column: pd.Series, *, where: str) -> tuple[npt.NDArray[np.uint8], IntArray]:
    """UTF-8 of a column's texts and where each ends; the column's own bytes if it is Arrow's."""
    try:
        text = pa.array(column, from_pandas=True)
        if not pa.types.is_large_string(text.type):
            text = pa.array(column, type=pa.large_string(), from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, UnicodeError):
        raise _not_text(column, where=where) from None
    if isinstance(text, pa.ChunkedArray):
        text = text.combine_chunks()
    if text.null_count:
        raise _not_text(column, where=where)
    _, ends, content = text.buffers()
    first = text.offset
    return (
        np.frombuffer(content, np.uint8) if content else np.zeros(0, dtype=np.uint8),
        np.frombuffer(ends, np.int64)[first : first + len(text) + 1],
    )


def _not_text(column: pd.Series, *, where: str) -> SchemaError:
    """What is wrong with the first path that is no text."""
    row = next(k for k, path in enumerate(column) if not _is_text(path))
    return SchemaError(
        f"{where}, row {column.index[row]}: {column.iloc[row]!r} is a missing or non-text path; "
        "give channel names"
    )


def _is_text(path: object) -> bool:
    """Whether it is a string that UTF-8 can write."""
    return isinstance(path, str) and path.encode(errors="replace") == path.encode(errors="ignore")


def whole_numbers(frame: pd.DataFrame, name: str) -> IntArray:
    """Whole numbers >= 0."""
    if frame[name].dtype == np.int64:
        whole = frame[name].to_numpy(copy=True)
        if not (whole < 0).any():
            return whole
    amounts = finite_amounts(frame[name], where=f"paths.{name}")
    broken = amounts != np.floor(amounts)
    if broken.any():
        row = frame.index[broken][0]
        raise SchemaError(f"paths.{name}, row {row}: {amounts[broken][0]}; give a whole number")
    return amounts.astype(np.int64)
