"""The ODD page holds every parameter once with its value, and says what the scenario switches on."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from omnisim.engine.plan import PRODUCT, STORE
from omnisim.engine.state import STATE
from omnisim.odd import odd_page
from omnisim.odd.concepts import CONCEPTS
from omnisim.odd.entities import GOODS, SHOPS, STATES, TRAITS
from omnisim.odd.mechanisms import mechanisms
from omnisim.odd.submodels import SUBMODELS
from omnisim.rng import Stream
from omnisim.scenario import Scenario, load_scenario, preset_names
from omnisim.scenario.pages import BASE
from omnisim.schema import TABLES, TRUTH_TABLES
from omnisim.world.persons import PERSON

DOCS = Path(__file__).parents[2] / "docs"
ELEMENTS = (
    "Purpose and patterns", "Entities, state variables, and scales", "Process overview and scheduling",
    "Design concepts", "Initialization", "Input data", "Submodels",
)  # fmt: skip


def leaves(values: Any, path: str = "") -> dict[str, Any]:
    """Every value of a scenario by its path, found without the package's own walk."""
    if isinstance(values, dict) and not _is_free(path):
        items = values.items()
    elif isinstance(values, list) and values and isinstance(values[0], dict):
        items = enumerate(values)
    else:
        return {path: values}
    found: dict[str, Any] = {}
    for key, value in items:
        found |= leaves(value, f"{path}.{key}" if path else str(key))
    return found


def _is_free(path: str) -> bool:
    """Mappings whose keys are no fields."""
    return path in ("assortment.categories", "interference.weekly_budgets")


def cells(line: str) -> list[str]:
    parts = re.split(r"(?<!\\)\|", line)[1:-1]
    return [part.strip().replace("\\|", "|") for part in parts]


def shown(page: str) -> list[tuple[str, str]]:
    """(path, text of the value) for every parameter of the page, read off its tables."""
    found, header = [], None
    for line in page.splitlines():
        if not line.startswith("|"):
            header = None
            continue
        row = cells(line)
        if header is None:
            header = row
        elif row[0] != "---" and header[0] == "parameter":
            found.append((row[0].strip("`"), row[1].strip("`")))
        elif row[0] != "---" and header[0].startswith("`"):
            path = f"{header[0].strip('`')}.{row[0].strip('`')}"
            found += [
                (f"{path}.{name.strip('`')}", value.strip("`"))
                for name, value in zip(header[1:], row[1:], strict=True)
            ]
    return found


def same(text: str, value: Any) -> bool:
    read = yaml.safe_load(text)
    return (read.isoformat() if isinstance(read, date) else read) == value


@pytest.mark.parametrize("name", preset_names())
def test_every_parameter_is_there_once_with_its_value(name):
    scenario = load_scenario(name)
    expected = leaves(json.loads(scenario.model_dump_json(exclude={"description", "about"})))
    found = shown(odd_page(scenario))
    assert [path for path, n in Counter(path for path, _ in found).items() if n > 1] == []
    assert {path for path, _ in found} == set(expected)
    assert [path for path, text in found if not same(text, expected[path])] == []


def test_an_override_changes_its_line_and_the_hash_alone():
    base = load_scenario(BASE)
    other = load_scenario(BASE, overrides={"demand": {"need_rate": 7.25}})
    before, after = (odd_page(s).splitlines() for s in (base, other))
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    assert len(changed) == 2
    assert base.content_hash in changed[0][0]
    assert other.content_hash in changed[0][1]
    assert cells(changed[1][1])[:2] == ["`demand.need_rate`", "`7.25`"]


@pytest.mark.parametrize(
    "overrides, says",
    [
        ({"interference": {"is_on": True}}, "Customers act on each other through units on hand"),
        ({"experiment": {"spillover_share": 0.5}}, "leaks to the other member of a household"),
        ({"market": {"currency": "EUR"}}, "minor units of EUR"),
        ({"horizon": {"n_days": 420}}, "The horizon has 420 days"),
        ({"made_to_order": {"is_on": True}}, "| `made_to_order.is_on` | on |"),
        ({"campaigns": []}, "| `campaigns` | off |"),
        ({"marketing": {"fatigue": 0.0}}, "| `marketing.fatigue` | 0: off |"),
        ({"membership": {"loyal_join_first": 0.0}}, "holds an account, everybody alike"),
    ],
)
def test_what_is_switched_shows(overrides, says):
    assert says not in odd_page(load_scenario(BASE))
    assert says in odd_page(load_scenario(BASE, overrides=overrides))


def test_the_seven_elements_and_eleven_concepts_stand_in_order():
    page = odd_page(load_scenario(BASE))
    assert re.findall(r"^## \d\. (.*)$", page, re.MULTILINE) == list(ELEMENTS)
    assert re.findall(r"^### 4\.\d+ (.*)$", page, re.MULTILINE) == list(CONCEPTS)
    assert len(CONCEPTS) == 11


def test_every_block_belongs_to_one_submodel():
    """A new block of the scenario wants a place in `omnisim.odd.submodels`."""
    own = ["name", "description", "about", "sector", "seed"]
    listed = [name for part in SUBMODELS for name in part.blocks]
    assert sorted(listed + own) == sorted(Scenario.model_fields)


@pytest.mark.parametrize(
    "dtype, meanings", [(PERSON, TRAITS), (STATE, STATES), (STORE, SHOPS), (PRODUCT, GOODS)]
)
def test_every_variable_of_the_records_has_a_meaning(dtype: np.dtype, meanings: dict[str, str]):
    """A new field of a record wants words in `omnisim.odd.entities`."""
    assert [name for name in dtype.names if name not in meanings] == []


def test_every_switch_stream_and_table_is_named():
    scenario = load_scenario(BASE)
    page = odd_page(scenario)
    switches = {path for path in leaves(json.loads(scenario.model_dump_json())) if path.endswith(".is_on")}  # fmt: skip
    assert switches <= {m.where for m in mechanisms(scenario)}
    words = re.findall(r"`([A-Za-z_]+)`", page)
    assert {s.name for s in Stream} <= set(words)
    assert {*TABLES, *TRUTH_TABLES} <= set(words)


def test_numbers_have_units():
    """Every number of a block has its unit beside it."""
    without = [
        row[0]
        for line in odd_page(load_scenario(BASE)).splitlines()
        if line.startswith("| `") and len(row := cells(line)) == 5 and "." in row[0]
        if not row[2] and re.fullmatch(r"`-?[\d.]+`", row[1])
    ]
    assert without == []


def test_it_renders_with_pandoc():
    import pypandoc

    page = odd_page(load_scenario(BASE))
    html = pypandoc.convert_text(page, "html", format="markdown")
    n_tables = sum(1 for line in page.splitlines() if line.startswith("| ---"))
    assert html.count("<table") == n_tables > 40
    assert "| `" not in html


def test_committed_file_is_current():
    page = (DOCS / "odd.md").read_text(encoding="utf-8")
    assert page == odd_page(load_scenario(BASE)), "run `make docs`"
