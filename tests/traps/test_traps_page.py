"""The page of mechanisms says what is measured, and the catalogue leaves no trap out."""

import inspect
import sys
from pathlib import Path

import pytest

from . import experiments, marketing, programmes, records
from .catalogue import CATALOGUE
from .worlds import Reading, Trap

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def page(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    monkeypatch.delitem(sys.modules, "mechanisms", raising=False)
    from mechanisms import mechanisms_page

    return mechanisms_page


def test_the_catalogue_names_every_trap_once():
    made = [
        name
        for module in (marketing, programmes, experiments, records)
        for name, function in vars(module).items()
        if hasattr(function, "cache_clear")
        and inspect.signature(function).return_annotation == "Trap"
    ]
    assert sorted(made) == sorted(function.__name__ for function in CATALOGUE)


def test_a_row_by_hand(page):
    trap = Trap(
        mechanism="Waves", naive="this", truth="that", unit="orders",
        dials={
            "rollout.waves": ([{"first_day": 3, "strength": 2.0}], [{"first_day": 3, "strength": 1.0}])
        },
        confounded=Reading(1234.5, 0.01234, 56.0), twin=Reading(0.0, 0.0, 0.0),
    )  # fmt: skip
    text = page([trap])
    row = next(line for line in text.splitlines() if line.startswith("| Waves"))
    assert [cell.strip() for cell in row.strip("|").split("|")] == [
        "Waves", "`rollout.waves`: strength 2.0 → strength 1.0", "this", "that", "orders",
        "1,234", "0.0123", "+1,234", "56.0", "0", "0", "0",
    ]  # fmt: skip
    assert "| `rollout.waves` | first_day 112 " in text


@pytest.mark.slow
def test_the_committed_page_is_as_measured(page):
    """After a change of the kernel: python docs/build.py --mechanisms."""
    text = page([measure() for measure in CATALOGUE])
    assert text == (DOCS / "mechanisms.md").read_text(encoding="utf-8")
