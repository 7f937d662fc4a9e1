"""Data frames and rows as Markdown pipe tables that fit a page.

Relative column widths come from the content, numbers are aligned right, every cell is escaped. Cells are
English texts; they become those of the document's language when the table is written.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from omnisim.language import long_date, respelled, say
from omnisim.report.escape import escape, plain, unbroken
from omnisim.report.wording import worded
from omnisim.results import format_number

MAX_ROWS = 40  # what a reader still reads; the full table stays in the run folder
_DASHES = 120  # length of the separator line: wider than Pandoc's 72 columns, so widths count
_MISSING = "–"

_LONG = 20  # rows from which lines that do not wrap save pages
_GAP = 2  # characters of white between columns
_WIDE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60]")  # Chinese and its punctuation
_WIDE_RUN = re.compile(f"{_WIDE.pattern}+")
_AMOUNT = re.compile("[−\\d][\\d.,]*[\u4e00-\u9fff]{1,3}")  # a number with its unit
_CRUMB = 4  # Chinese characters that stay on a line
_LINE = 100  # characters of a line of a small table on the page

Align = Literal["left", "right", "center"]


class Markdown(str):
    """Text that is already Markdown and is not escaped again."""

    __slots__ = ()


class Styled(str):
    """Plain text of a cell with the class that styles it.

    Examples
    --------
    >>> print(pipe_table(Grid(("State",), ((Styled("Met", style="om-met"),),), ("left",))).splitlines()[2])
    | [Met]{.om-met} |
    """

    __slots__ = ("style",)
    style: str

    def __new__(cls, text: str, *, style: str) -> Styled:
        """Text, and one class or several with ``.`` between them."""
        made = super().__new__(cls, text)
        made.style = style
        return made


@dataclass(frozen=True, slots=True)
class Grid:
    """A table ready to be written: texts by row, one alignment per column."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    align: tuple[Align, ...]


def text_grid(header: Sequence[str], align: str, rows: Iterable[Sequence[str]]) -> Grid:
    """A grid of finished texts.

    Parameters
    ----------
    header : sequence of str
        One name per column.
    align : str
        ``l``, ``r`` or ``c`` for each column.
    rows : iterable of sequence of str
        One text per column.
    """
    sides: dict[str, Align] = {"l": "left", "r": "right", "c": "center"}
    return Grid(tuple(header), tuple(tuple(row) for row in rows), tuple(sides[a] for a in align))


def pipe_table(
    grid: Grid,
    *,
    widths: Sequence[float] | None = None,
    lang: str = "en",
    words: Mapping[str, str] | None = None,
) -> Markdown:
    """`grid` as a pipe table; `widths` are relative, measured from the content when not given.

    In another language than English each cell is what it is there, by `words` before all else.

    Examples
    --------
    >>> grid = Grid(("Channel", "Orders"), (("e_mail", "12"),), ("left", "right"))
    >>> print(pipe_table(grid).splitlines()[2])
    | e\\_mail | 12 |
    """
    grid = _worded_grid(grid, lang, words or {})
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
    """A data frame as texts: numbers grouped and rounded per column, dates in words.

    In a table with a column `Unit` each number is rounded by itself.
    """
    shown = frame.head(max_rows)
    mixed = any(str(name).lower() == "unit" for name in shown.columns)
    columns = [
        _column_texts(str(name), shown.iloc[:, i], mixed_units=mixed)
        for i, name in enumerate(shown.columns)
    ]
    align: tuple[Align, ...] = tuple(
        "right" if _is_number(shown.iloc[:, i]) else "left" for i in range(shown.shape[1])
    )
    rows = tuple(zip(*columns, strict=True)) if columns else ()
    return Grid(tuple(_header(str(name)) for name in shown.columns), rows, align)


def _worded_grid(grid: Grid, lang: str, words: Mapping[str, str]) -> Grid:
    """The same table with its texts in another language."""
    if lang == "en":
        return grid
    return Grid(
        tuple(worded(name, lang, words) for name in grid.header),
        tuple(tuple(_worded_cell(cell, lang, words) for cell in row) for row in grid.rows),
        grid.align,
    )


def _worded_cell(cell: str, lang: str, words: Mapping[str, str]) -> str:
    if isinstance(cell, Markdown):
        return cell
    text = worded(cell, lang, words)
    return Styled(text, style=cell.style) if isinstance(cell, Styled) else text


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(cell: str) -> str:
    if isinstance(cell, Markdown):
        return cell
    if isinstance(cell, Styled):
        return f"[{escape(cell)}]{{.{cell.style.replace('.', ' .')}}}"
    return escape(cell)


def least_width(grid: Grid) -> int:
    """Characters a line must hold so that no word breaks, with the gaps between columns."""
    return sum(_longest_word(grid, i) + _GAP for i in range(len(grid.header)))


def _longest_word(grid: Grid, column: int) -> int:
    texts = (grid.header[column], *(row[column] for row in grid.rows))
    return min(max((_least(word) for text in texts for word in unbroken(text)), default=1), 24)


def _least(word: str) -> int:
    """Breadth that keeps a word together; Chinese breaks anywhere, yet reads badly in crumbs."""
    if not _WIDE.search(word):
        return len(word)
    pieces = [_breadth(piece[:_CRUMB]) for piece in _WIDE_RUN.findall(word)]
    amounts = map(_breadth, _AMOUNT.findall(word))
    return max([*pieces, *amounts, *map(len, _WIDE.split(word))])


def _breadth(text: str) -> int:
    """Letters of breadth: a Chinese character is as wide as two."""
    return len(text) + len(_WIDE.findall(text))


def _has_amounts(grid: Grid, column: int) -> bool:
    """Whether a column holds amounts with their currency, which run wider than the average letter."""
    return any("\u00a0" in word for row in grid.rows for word in unbroken(row[column]))


def _widths(grid: Grid) -> list[float]:
    """Room per column: its longest word first, what is left of the line by the length of its text."""
    least = [_longest_word(grid, i) + _GAP + _has_amounts(grid, i) for i in range(len(grid.header))]
    wishes = []
    for i, narrow in enumerate(least):
        lengths = [_breadth(plain(row[i])) for row in grid.rows] or [0]
        mean = sum(lengths) / len(lengths)
        wish = min(max(lengths), 22) if grid.align[i] == "right" else _comfortable(mean)
        if len(lengths) > _LONG:
            wish = max(wish, min(sorted(lengths)[round(0.85 * (len(lengths) - 1))], 34))
        wishes.append(max(0.0, wish + _GAP - narrow))
    spare = max(_LINE - sum(least), 0.0)
    asked = sum(wishes) or 1.0
    share = min(spare / asked, 1.0)
    return [narrow + share * wish for narrow, wish in zip(least, wishes, strict=True)]


def _comfortable(mean_length: float) -> float:
    """Width at which a text of this length reads well: one line when short, a block when long."""
    return mean_length if mean_length <= 14 else min(math.sqrt(mean_length * 14), 44)


def _header(name: str) -> str:
    return respelled(name, name.replace("_", " ")) if "_" in name else name


def _is_number(column: pd.Series[Any]) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column))


def _column_texts(name: str, column: pd.Series[Any], *, mixed_units: bool = False) -> list[str]:
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
    if name.lower() == "p" or name.lower().startswith(("p (", "p-value")):
        return [_p_value(float(value)) for value in values]
    if mixed_units:
        return [_three_figures(float(value)) for value in values]
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


def _p_value(value: float) -> str:
    if not math.isfinite(value):
        return _MISSING
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _three_figures(value: float) -> str:
    """For columns that hold different units: each number by itself."""
    return format_number(value, "") if math.isfinite(value) else _MISSING


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
        return say("Yes") if value else say("No")
    if isinstance(value, pd.Timestamp | dt.datetime):
        day = long_date(value.date())
        if (value.hour, value.minute) == (0, 0):
            return day
        return say("{day} {time}", day=day, time=f"{value:%H:%M}")
    if isinstance(value, dt.date):
        return long_date(value)
    if isinstance(value, float | np.floating):
        return _column_texts("", pd.Series([float(value)]))[0]
    text = plain(value)
    if text != value and isinstance(value, str):
        respelled(value, text)
    return _MISSING if text in ("", "nan", "NaN", "None", "NaT", "<NA>", "inf", "-inf") else text
