"""The scenario reference lists every parameter, and the committed files are the current ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from omnisim.scenario import Scenario, json_schema
from omnisim.scenario.reference import reference_page, schema_text

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(
    "name, page", [("scenario.md", reference_page), ("scenario.schema.json", schema_text)]
)
def test_committed_file_is_current(name: str, page: Any):
    assert (DOCS / name).read_text(encoding="utf-8") == page(), "run `make docs`"


def test_schema_file_reads_back():
    assert json.loads(schema_text()) == json_schema()


def _blocks(model: type[BaseModel], where: str = "") -> dict[str, type[BaseModel]]:
    """Every block of the models by its path, found without the JSON schema."""
    found = {where: model}
    for name, field in model.model_fields.items():
        path = f"{where}.{name}" if where else name
        kinds = [(field.annotation, ""), *((a, _suffix(field.annotation)) for a in get_args(field.annotation))]  # fmt: skip
        for kind, suffix in kinds:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                found |= _blocks(kind, path + suffix)
    return found


def _suffix(annotation: Any) -> str:
    return ".<name>" if getattr(annotation, "__origin__", None) is dict else "[]"


BLOCKS = _blocks(Scenario)


def _section(where: str) -> list[str]:
    title = f"`{where}`" if where else "The file"
    return reference_page().split(f"\n## {title}\n")[1].split("\n## ")[0].splitlines()


def test_the_walk_finds_nested_blocks():
    assert {"", "demand", "marketing.channels.<name>", "rollout.waves[]"} <= set(BLOCKS)


@pytest.mark.parametrize("where", BLOCKS)
def test_every_field_has_its_line(where: str):
    listed = [line.split("`")[1] for line in _section(where) if line.startswith("| `")]
    own = [
        name
        for name in BLOCKS[where].model_fields
        if where or not {name, f"{name}[]"} & set(BLOCKS)
    ]  # blocks of the file have sections of their own
    assert listed == [*own, "extends", "sizes", "markets"] if not where else listed == own


@pytest.mark.parametrize("where", BLOCKS)
def test_every_parameter_says_what_it_means(where: str):
    lines = [line for line in _section(where) if line.startswith("| `")]
    unsaid = [line for line in lines if line.endswith("|  |")]
    assert not unsaid


def test_lines_by_hand():
    assert "| `n_days` | integer | `365` | >= 28, <= 1,830 | length [days] |" in _section("horizon")
    assert "| `seed` | integer | `20250106` | >= 0, < 2^63 | seed of all luck |" in _section("")
    assert (
        "| `locale` | string | `en_US` | `en_US`, `zh_CN` | names, cities, festivals |"
        in _section("market")
    )
    assert "| `store_share` | number | required | > 0, <= 1 | share of all stores |" in _section(
        "rollout.waves[]"
    )
    assert any(
        line.startswith(
            '| `regions` | list of string | `["North", "East", "South", "West"]` | '
            "1 to 40 items, each 1 to 40 characters |"
        )
        for line in _section("market")
    )
