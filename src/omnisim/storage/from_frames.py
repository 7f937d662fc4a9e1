"""Turn pandas frames, with money in major units, into a dataset: for clients' data and tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from omnisim.errors import SchemaError
from omnisim.schema import TABLES, Column, Table
from omnisim.storage.columns import ID_LIMIT
from omnisim.storage.dataset import Dataset
from omnisim.storage.digest import Codes
from omnisim.storage.physical import major_name, minor_per_major
from omnisim.storage.remote import Place, place_of
from omnisim.storage.writer import DatasetFacts, DatasetWriter

_WHOLE = {"id": np.int64, "int64": np.int64, "int32": np.int32, "int16": np.int16}
# Amounts are read back as the nearest double: a hundredth of a unit leaves room for sums of them.
_MINOR_TOLERANCE = 1e-2


def write_frames(
    out: str | Place,
    frames: Mapping[str, pd.DataFrame],
    facts: DatasetFacts,
    *,
    force: bool = False,
    rows_per_part: int = 1_000_000,
) -> Dataset:
    """Write frames as a dataset.

    Parameters
    ----------
    out : Path or str
        Folder to make, or a URL.
    frames : mapping of str to DataFrame
        Table name -> rows in any order. Columns as :meth:`Dataset.read` gives them: amounts in
        major units (`net_amount`) or in minor ones (`net_amount_cents`), timestamps with a zone.
    facts : DatasetFacts
        Name, currency, locale, days; no scenario means a client's data.
    force : bool
        Replace a dataset that is already there.
    rows_per_part : int
        Rows of each file, at most; it cannot be seen when reading.

    Returns
    -------
    Dataset
        The finished dataset, opened.

    Raises
    ------
    SchemaError
        Names the table, the column, what was found and what is expected. Nothing is written.
    """
    if rows_per_part < 1:
        raise SchemaError(f"rows_per_part = {rows_per_part}: give at least 1")
    if unknown := sorted(frames.keys() - TABLES.keys()):
        raise SchemaError(f"{unknown[0]!r} is not a table; there are {', '.join(TABLES)}")
    scale = minor_per_major(facts.currency)
    with DatasetWriter(place_of(out), force=force) as writer:
        for table, frame in frames.items():
            columns = frame_columns(table, frame, TABLES[table], scale=scale)
            order = _sorting(TABLES[table], columns, len(frame))
            for part, start in enumerate(range(0, max(len(frame), 1), rows_per_part)):
                rows = order[start : start + rows_per_part]
                piece = {name: _take(column, rows) for name, column in columns.items()}
                writer.write_part(table, "tables", part, piece)
        return writer.finish(facts)


def frame_columns(name: str, frame: pd.DataFrame, table: Table, *, scale: int) -> dict[str, Any]:
    """Columns of a frame in the form in which :class:`DatasetWriter` takes them, order kept.

    Parameters
    ----------
    scale : int
        Minor units in one major unit.
    """
    columns: dict[str, Any] = {}
    taken = set()
    for column, declared in table.columns.items():
        shown = major_name(column, declared)
        if shown in frame.columns:
            series, factor = frame[shown], scale
        elif column in frame.columns:
            shown, series, factor = column, frame[column], 1
        else:
            raise SchemaError(f"{name}: column {shown} is missing; found {list(frame.columns)}")
        taken.add(shown)
        if not isinstance(series, pd.Series):
            raise SchemaError(f"{name}: column {shown} appears twice")
        columns[column] = _convert(f"{name}.{shown}", series, declared, factor)
    if extra := [column for column in frame.columns if column not in taken]:
        raise SchemaError(f"{name}: column {extra[0]} is not declared; expected {sorted(taken)}")
    return columns


def _convert(where: str, series: pd.Series[Any], declared: Column, factor: int) -> Any:
    is_null = series.isna().to_numpy(dtype=bool)
    if is_null.any() and not declared.nullable:
        raise SchemaError(f"{where}: {int(is_null.sum())} missing values, expected none")
    match declared.dtype:
        case "category" | "string":
            return _strings(where, series, is_null)
        case "timestamp":
            return _moments(where, series), is_null
        case "date":
            return _days(where, series), is_null
        case "bool":
            if series.dropna().map(lambda value: isinstance(value, (bool, np.bool_))).all():
                return series.astype("boolean").fillna(False).to_numpy(bool), is_null
            raise SchemaError(f"{where}: found {series.dtype}, expected booleans")
    numbers = _numbers(where, series)
    if declared.dtype == "float64":
        return numbers.astype(np.float64), is_null
    if declared.dtype == "cents":
        minor = numbers if factor == 1 else numbers.astype(np.float64) * factor
        return _whole(where, minor, np.int64, _MINOR_TOLERANCE), is_null
    return _whole(where, numbers, _WHOLE[declared.dtype], 0.0), is_null


def _strings(where: str, series: pd.Series[Any], is_null: Any) -> Codes:
    words = series.astype(object)
    if not words[~is_null].map(lambda value: isinstance(value, str)).all():
        raise SchemaError(f"{where}: found {series.dtype}, expected strings")
    codes, names = pd.factorize(words.to_numpy(dtype=object))
    return Codes(codes.astype(np.int32), tuple(names))


def _moments(where: str, series: pd.Series[Any]) -> Any:
    if not isinstance(series.dtype, pd.DatetimeTZDtype):
        raise SchemaError(f"{where}: found {series.dtype}, expected timestamps with a time zone")
    stamps = series.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
    whole = stamps.astype("datetime64[ms]")
    if np.any((whole != stamps) & ~np.isnat(stamps)):
        raise SchemaError(f"{where}: finer than a millisecond; round with .dt.floor('ms')")
    return whole.view(np.int64)


def _days(where: str, series: pd.Series[Any]) -> Any:
    if series.dtype == object and series.dropna().map(lambda value: type(value) is date).all():
        series = series.astype("datetime64[s]")
    if series.dtype.kind != "M" or isinstance(series.dtype, pd.DatetimeTZDtype):
        raise SchemaError(f"{where}: found {series.dtype}, expected dates without a time zone")
    stamps = series.to_numpy()
    days = stamps.astype("datetime64[D]")
    if np.any((days != stamps) & ~np.isnat(stamps)):
        raise SchemaError(f"{where}: a date has a time of day")
    return np.where(np.isnat(days), 0, days.astype(np.int64)).astype(np.int32)


def _numbers(where: str, series: pd.Series[Any]) -> Any:
    """Numbers with zero under what is missing; integers stay integers."""
    kind = series.dtype
    if not pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_bool_dtype(kind):
        raise SchemaError(f"{where}: found {kind}, expected numbers")
    filled = series.fillna(0).to_numpy()
    if filled.dtype.kind == "f" and not np.isfinite(filled).all():
        raise SchemaError(f"{where}: a value is not finite")
    return filled


def _whole(where: str, numbers: Any, kind: Any, tolerance: float) -> Any:
    limits = np.iinfo(kind)
    if numbers.size and (numbers.min() < limits.min or numbers.max() > limits.max):
        raise SchemaError(
            f"{where}: {numbers.min()} to {numbers.max()} does not fit {limits.dtype}"
        )
    if numbers.dtype.kind != "f":
        return numbers.astype(kind)
    if numbers.size and np.abs(numbers).max() >= ID_LIMIT:
        raise SchemaError(f"{where}: {np.abs(numbers).max()} is too large to be exact as a float")
    rounded = np.rint(numbers)
    if np.any(np.abs(numbers - rounded) > tolerance):
        worst = numbers[np.argmax(np.abs(numbers - rounded))]
        raise SchemaError(f"{where}: {worst} is not a whole number (of the smallest unit)")
    return rounded.astype(kind)


def _sorting(table: Table, columns: Mapping[str, Any], n_rows: int) -> Any:
    keys = []
    for name in (*table.sort_by, *(k for k in table.key if k not in table.sort_by)):
        column = columns[name]
        if isinstance(column, Codes):
            place = {word: rank for rank, word in enumerate(sorted(column.names))}
            ranks = np.array([place[word] for word in column.names] or [0])
            keys.append(ranks[column.codes])
        else:
            keys.append(column[0])
    return np.lexsort(keys[::-1]) if n_rows else np.arange(0)


def _take(column: Any, rows: Any) -> Any:
    if isinstance(column, Codes):
        return Codes(column.codes[rows], column.names)
    values, is_null = column
    return values[rows], is_null[rows]
