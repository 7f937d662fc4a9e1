"""Data frames and rows as Markdown pipe tables that fit a page.

Relative column widths come from the content, numbers are aligned right, every cell is escaped.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from omnisim.report.escape import escape, plain

MAX_ROWS = 30  # what a reader still reads; the full table stays in the run folder
_DASHES = 120  # length of the separator line: wider than Pandoc's 72 columns, so widths count
_MISSING = "–"

Align = Literal["left", "right", "center"]


class Markdown(str):
    """Text that is already Markdown and is not escaped again."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Grid:
    """A table ready to be written: texts by row, one alignment per column."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    align: tuple[Align, ...]


def pipe_table(grid: Grid, *, widths: Sequence[float] | None = None) -> Markdown:
    """`grid` as a pipe table; `widths` are relative, measured from the content when not given.

    Examples
    --------
    >>> grid = Grid(("Channel", "Orders"), (("e_mail", "12"),), ("left", "right"))
    >>> print(pipe_table(grid).splitlines()[2])
    | e\\_mail | 12 |
    """
    shares = list(widths) if widths else _widths(grid)
    total = sum(shares)
    marks = []
    for share, align in zip(shares, grid.align, strict=True):
        dashes = "-" * max(3, round(_DASHES * share / total) - 2)
        left = ":" if align in ("left", "center") else ""
        right = ":" if align in ("right", "center") else ""
        marks.append(f"{left}{dashes}{right}")
    lines = [_line(grid.header), "|" + "|".join(marks) + "|", *(_line(row) for row in grid.rows)]
    return Markdown("\n".join(lines))


def frame_grid(frame: pd.DataFrame, *, max_rows: int = MAX_ROWS) -> Grid:
    """A data frame as texts: numbers grouped and rounded per column, dates in words."""
    shown = frame.head(max_rows)
    columns = [_column_texts(str(name), shown.iloc[:, i]) for i, name in enumerate(shown.columns)]
    align: tuple[Align, ...] = tuple(
        "right" if _is_number(shown.iloc[:, i]) else "left" for i in range(shown.shape[1])
    )
    rows = tuple(zip(*columns, strict=True)) if columns else ()
    return Grid(tuple(_header(str(name)) for name in shown.columns), rows, align)


def long_date(day: dt.date | str) -> str:
    """A date as English readers write it.

    Examples
    --------
    >>> long_date("2025-03-09")
    '9 March 2025'
    """
    date = dt.date.fromisoformat(day[:10]) if isinstance(day, str) else day
    months = "January February March April May June July August September October November December"
    return f"{date.day} {months.split()[date.month - 1]} {date.year}"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(c if isinstance(c, Markdown) else escape(c) for c in cells) + " |"


def _widths(grid: Grid) -> list[float]:
    """Room per column: at least its longest word, at most a comfortable reading width."""
    shares = []
    for i in range(len(grid.header)):
        texts = [plain(row[i]) for row in grid.rows] or [""]
        words = [len(word) for text in (*texts, grid.header[i]) for word in plain(text).split()]
        longest = min(max(words, default=1), 24)
        mean = sum(len(text) for text in texts) / len(texts)
        lines = max((len(text) for text in texts), default=1)
        share = max(longest, min(math.sqrt(mean * 14) if mean > 14 else mean, 44), min(lines, 12))
        if grid.align[i] == "right":  # a number never breaks
            share = max(longest, min(lines, 22))
        shares.append(share + 2.0)
    return shares


def _header(name: str) -> str:
    return name.replace("_", " ")


def _is_number(column: pd.Series[Any]) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column))


def _column_texts(name: str, column: pd.Series[Any]) -> list[str]:
    if not _is_number(column):
        return [_text(value) for value in column]
    values = pd.to_numeric(column).astype("float64").to_numpy()
    finite = values[np.isfinite(values)]
    as_percent = bool(
        finite.size
        and (words := set(name.lower().replace("_", " ").replace(",", " ").split()))
        & {"share", "rate", "probability"}
        and not words & {"%", "points"}
        and np.abs(finite).max() <= 1
        and not pd.api.types.is_integer_dtype(column)
    )
    if as_percent:
        values, finite = values * 100, finite * 100
    is_whole = bool(finite.size == 0 or np.equal(finite, np.round(finite)).all())
    decimals = 0 if is_whole else _decimals(float(np.abs(finite).max()))
    decimals = min(decimals, 1) if as_percent else decimals
    tail = "%" if as_percent else ""
    grouped = "" if _is_year(name, finite, is_whole=is_whole) else ","
    texts = []
    for value in values:
        if not math.isfinite(value):
            texts.append(_MISSING)
            continue
        rounded = round(float(value), decimals) + 0.0
        sign = "−" if rounded < 0 else ""
        texts.append(f"{sign}{abs(rounded):{grouped}.{decimals}f}{tail}")
    return texts


def _is_year(name: str, finite: np.ndarray[Any, Any], *, is_whole: bool) -> bool:
    return bool(
        is_whole
        and finite.size
        and "year" in name.lower()
        and ((finite > 1900) & (finite < 2200)).all()
    )


def _decimals(largest: float) -> int:
    """Three significant figures for the largest number of the column, no more than four places."""
    if largest == 0:
        return 0
    return min(max(2 - math.floor(math.log10(largest)), 0), 4)


def _text(value: Any) -> str:
    if value is None or value is pd.NaT or (isinstance(value, float) and not math.isfinite(value)):
        return _MISSING
    if value is pd.NA:
        return _MISSING
    if isinstance(value, bool | np.bool_):
        return "Yes" if value else "No"
    if isinstance(value, pd.Timestamp | dt.datetime):
        day = long_date(value.date())
        return day if (value.hour, value.minute) == (0, 0) else f"{day} {value:%H:%M}"
    if isinstance(value, dt.date):
        return long_date(value)
    if isinstance(value, float | np.floating):
        return _column_texts("", pd.Series([float(value)]))[0]
    text = plain(value)
    return _MISSING if text in ("", "nan", "NaN", "None", "NaT", "<NA>", "inf", "-inf") else text
