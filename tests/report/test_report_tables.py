"""Frames as pipe tables: numbers, dates, missing values and widths."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from omnisim.language import long_date
from omnisim.report.tables import Grid, Markdown, frame_grid, least_width, pipe_table


def _column(values: object, name: str = "x") -> list[str]:
    return [row[0] for row in frame_grid(pd.DataFrame({name: values})).rows]


@pytest.mark.parametrize(
    ("name", "values", "want"),
    [
        ("Orders", [1234, 5], ["1,234", "5"]),
        ("Amount, USD", [1234.5, -0.4], ["1,234", "0"]),
        ("Amount, USD", [12.345, 1.0], ["12.3", "1.0"]),
        ("Share of sales", [0.1234, 0.5], ["12.3%", "50.0%"]),
        ("Share of sales, points", [0.1234, 0.5], ["0.123", "0.500"]),
        ("Year", [2024, 2025], ["2024", "2025"]),
        ("p", [0.00004, 0.5], ["< 0.001", "0.500"]),
        ("x", [1.0, np.nan], ["1", "–"]),
        ("x", [np.inf, 2.0], ["–", "2"]),
    ],
)
def test_numbers_of_a_column_share_their_places(name, values, want):
    got = _column(values, name)
    assert got == want


def test_other_types_read_as_words():
    assert _column([True, False]) == ["Yes", "No"]
    assert _column([dt.date(2025, 3, 9), None]) == ["9 March 2025", "–"]
    assert _column(pd.to_datetime(["2025-03-09 14:30"])) == ["9 March 2025 14:30"]
    assert _column(pd.array([1, None], dtype="Int64")) == ["1", "–"]
    assert _column(pd.Categorical(["a", None])) == ["a", "–"]
    assert _column(["nan", "none", "None", ""]) == ["–", "none", "–", "–"]


def test_numbers_stand_right_and_texts_left():
    grid = frame_grid(pd.DataFrame({"a": ["x"], "b_c": [1.5]}))
    assert grid.align == ("left", "right")
    assert grid.header == ("a", "b c")
    rule = pipe_table(grid).splitlines()[1].strip("|").split("|")
    assert rule[0].startswith(":")
    assert rule[1].endswith(":")


def test_separator_is_long_enough_for_relative_widths():
    # Pandoc uses relative widths only when a line of the table is wider than 72 columns.
    text = pipe_table(Grid(("a", "b"), (("x", "y"),), ("left", "left")), widths=(1, 3))
    left, right = (len(part) for part in text.splitlines()[1].strip("|").split("|"))
    assert left + right > 72
    assert right == pytest.approx(3 * left, abs=3)  # dashes are whole


def test_cells_are_escaped_unless_they_are_markdown():
    text = pipe_table(Grid(("a",), (("x|y",), (Markdown("[z]{.om-bar}"),)), ("left",)))
    assert "x\\|y" in text
    assert "[z]{.om-bar}" in text


def test_numbers_of_different_units_are_rounded_one_by_one():
    frame = pd.DataFrame(
        {"Unit": ["USD", "share"], "Effect": [651.2, -0.00951], "p": [0.2, 0.0001]}
    )
    assert frame_grid(frame).rows == (("USD", "651", "0.200"), ("share", "−0.00951", "< 0.001"))


def test_no_column_is_narrower_than_its_longest_word():
    wide = Grid(("Amount", "Text"), (("USD 41,500", "many words " * 30),), ("left", "left"))
    left, right = (len(p) for p in pipe_table(wide).splitlines()[1].strip("|").split("|"))
    # "USD 41,500" is tied together: 10 characters of the 100 of a line, and two of white.
    assert left / (left + right) > 10 / 100
    assert least_width(wide) == (10 + 2) + (5 + 2)


def test_long_tables_are_cut():
    assert len(frame_grid(pd.DataFrame({"x": range(100)}), max_rows=7).rows) == 7


def test_long_date():
    assert long_date(dt.date(2025, 12, 31)) == "31 December 2025"
