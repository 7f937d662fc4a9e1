"""The data dictionary says what the schema declares, and the committed page is the current one."""

from __future__ import annotations

from pathlib import Path

import pytest

from omnisim.schema import RAW_TRUTH, TABLES, TRUTH_TABLES, Column, Table
from omnisim.schema.dictionary import Sizes, dictionary_page, markdown_table

DOCS = Path(__file__).parents[2] / "docs"
DECLARED = {**TABLES, **TRUTH_TABLES}


def committed_sizes() -> Sizes:
    """What `docs/build.py --sizes` measured last."""
    return Sizes.from_json((DOCS / "sizes.json").read_text(encoding="utf-8"))


def test_committed_page_is_current():
    committed = (DOCS / "data-dictionary.md").read_text(encoding="utf-8")
    assert committed == dictionary_page(committed_sizes()), "run `make docs`"


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
    # 2,000 customers and a fifth of a year: a thousand customers and a year have 2.5 times as much
    sizes = Sizes("mine", 2_000, 73, {"orders": (4_000, 100_000), "effects": (1_000, 0)})
    page = dictionary_page(sizes)
    assert "| [orders](#orders) | 10,000.0 | 250,000 |" in page
    assert "| [effects](#effects) | 2,500.0 | 0 |" in page
    assert "| [returns](#returns) |  |  |" in page  # not written
    assert "`mine`\nwith 2,000 customers and 73 days: 12,500 rows and 250,000 bytes" in page


def test_sizes_are_kept_as_text():
    sizes = Sizes("mine", 2_000, 73, {"effects": (1_000, 0), "orders": (4_000, 100_000)})
    assert Sizes.from_json(sizes.to_json()) == sizes
    assert sizes.to_json().index("orders") < sizes.to_json().index("effects")  # as declared


def test_committed_sizes_speak_of_declared_tables():
    # the ledger of raw exports is written on demand only
    wanted = [table for table in DECLARED if table not in RAW_TRUTH]
    assert list(committed_sizes().tables) == wanted


def test_cells_cannot_break_the_table():
    assert markdown_table(("a",), [("x|y",)]).splitlines()[-1] == "| x\\|y |"
