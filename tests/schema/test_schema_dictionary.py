"""The data dictionary says what the schema declares, and the committed page is the current one."""

from __future__ import annotations

from pathlib import Path

import pytest

from omnisim.schema import RAW_TRUTH, TABLES, TRUTH_TABLES, Column, Table
from omnisim.schema.dictionary import dictionary_page, markdown_table, sizes_page

DOCS = Path(__file__).parents[2] / "docs"
DECLARED = {**TABLES, **TRUTH_TABLES}


def test_committed_page_is_current():
    committed = (DOCS / "data-dictionary.md").read_text(encoding="utf-8")
    assert committed == dictionary_page(), "run `make docs`"


@pytest.mark.parametrize("name", DECLARED)
def test_every_column_has_its_line_in_its_own_section(name: str):
    section = dictionary_page().split(f"\n### {name}\n")[1].split("\n### ")[0].split("\n## ")[0]
    found = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
    assert found == list(DECLARED[name].columns)
    assert DECLARED[name].about in section


def test_a_line_tells_all_of_a_column(monkeypatch: pytest.MonkeyPatch):
    # by hand: everything a declaration can hold, once
    table = Table(
        about="One thing.",
        key=("thing_id",),
        sort_by=("seen_at", "thing_id"),
        columns={
            "seen_at": Column("timestamp", "when"),
            "thing_id": Column("id", "thing", references="other.thing_id"),
            "kind": Column("category", "a|b", nullable=True, allowed=("a", "b")),
            "share": Column("float64", "part [0-1]", low=0, high=1),
            "n": Column("int32", "count", low=2),
            "cold": Column("int16", "degrees", high=-3),
        },
    )
    monkeypatch.setattr("omnisim.schema.dictionary.TABLES", {"things": table})
    lines = dictionary_page().splitlines()
    assert "Key: `thing_id`. Order: `seen_at`, `thing_id`." in lines
    for line in (
        "| `thing_id` | `id` |  | thing; a value of [other.thing_id](#other) |",
        "| `kind` | `category` | yes | a\\|b; one of `a`, `b` |",
        "| `share` | `float64` |  | part [0-1]; from 0 to 1 |",
        "| `n` | `int32` |  | count; at least 2 |",
        "| `cold` | `int16` |  | degrees; at most -3 |",
    ):
        assert line in lines


def test_sizes_by_hand():
    page = sizes_page(
        {"orders": (4_000, 100_000), "effects": (1_000, 20_000)},
        n_customers=2_000, n_days=30, name="mine",
    )  # fmt: skip
    assert "`mine`: 2,000 customers, 30 days" in page
    assert "| [orders](data-dictionary.md#orders) | tables | 2,000.0 | 50.0 | 25.0 |" in page
    assert "| [effects](data-dictionary.md#effects) | truth | 500.0 | 10.0 | 20.0 |" in page
    assert "| all |  | 2,500.0 | 60.0 | 24.0 |" in page


def test_sizes_of_an_empty_table_have_no_bytes_per_row():
    page = sizes_page(
        {"orders": (2, 20), "returns": (0, 900)}, n_customers=1_000, n_days=1, name="x"
    )
    assert "| [returns](data-dictionary.md#returns) | tables | 0.0 | 0.9 |  |" in page


def test_committed_sizes_speak_of_declared_tables():
    rows = [
        line for line in (DOCS / "sizes.md").read_text("utf-8").splitlines() if line[:3] == "| ["
    ]
    # the ledger of raw exports is written on demand only
    wanted = [table for table in DECLARED if table not in RAW_TRUTH]
    assert [row.split("]")[0][3:] for row in rows] == wanted


def test_cells_cannot_break_the_table():
    assert markdown_table(("a",), [("x|y",)]).splitlines()[-1] == "| x\\|y |"
