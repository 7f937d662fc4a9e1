"""Presets, sizes, `extends`, overrides and what a scenario's hash covers."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from omnisim.errors import ScenarioError
from omnisim.scenario import Scenario, json_schema, load_scenario, preset_names
from omnisim.scenario.files import scenario_sizes
from omnisim.schema import CHANNELS

PRESET = "omnichannel_fashion"
LISTS = ("campaigns", "promotions", "shocks")
ALL = [(name, size) for name in preset_names() for size in (None, *scenario_sizes(name))]


@pytest.fixture
def write(tmp_path):
    """Write a scenario file that extends the preset."""

    def make(text: str, name: str = "mine.yaml", *, extends: str | None = PRESET) -> Any:
        path = tmp_path / name
        head = f"extends: {extends}\n" if extends else ""
        path.write_text(head + text, encoding="utf-8")
        return path

    return make


@pytest.mark.parametrize("name, size", ALL)
def test_every_preset_loads_at_every_size(name, size):
    scenario = load_scenario(name, size=size)
    assert scenario.name == name
    assert scenario.description
    assert scenario.about


def test_the_default_size_is_small():
    assert load_scenario(PRESET) == load_scenario(PRESET, size="small")
    assert load_scenario(PRESET).population.n_customers == 20_000


def test_sizes_grow():
    counts = [
        load_scenario(PRESET, size=size).population.n_customers
        for size in ("tiny", "small", "medium", "large")
    ]
    assert counts == sorted(set(counts))


def test_a_file_lies_on_what_it_extends(write):
    write("name: base\nhorizon: {n_days: 360}\nstores: {n_stores: 30}\n", "base.yaml")
    top = write("name: top\nstores: {size_sigma: 0.1}\n", extends="base.yaml")
    scenario = load_scenario(top)
    # one field from each of the three files, and what none of them names
    assert scenario.stores.size_sigma == 0.1
    assert scenario.stores.n_stores == 30
    assert scenario.horizon.n_days == 360
    assert scenario.assortment == load_scenario(PRESET).assortment
    assert scenario.horizon.start_date == date(2025, 1, 6)


def test_size_wins_over_fields_overrides_over_size_and_seed_over_all(write):
    path = write(
        "seed: 1\nstores: {n_stores: 30}\nsizes: {small: {seed: 2, stores: {n_stores: 31}}}\n"
    )
    assert load_scenario(path).stores.n_stores == 31
    assert load_scenario(path).seed == 2
    over = {"seed": 3, "stores": {"n_stores": np.int64(32)}}
    assert load_scenario(path, overrides=over).stores.n_stores == 32
    assert load_scenario(path, overrides=over).seed == 3
    assert load_scenario(path, overrides=over, seed=4).seed == 4
    assert over == {"seed": 3, "stores": {"n_stores": 32}}  # inputs stay as they were


def test_sizes_of_all_files_can_be_chosen(write):
    path = write("sizes: {quick: {population: {n_customers: 60}}}\n")
    assert scenario_sizes(path) == [*scenario_sizes(PRESET), "quick"]
    assert load_scenario(path, size="quick").population.n_customers == 60
    assert load_scenario(path, size="tiny").horizon.n_days == 90


def test_categories_of_another_assortment_replace(write):
    path = write("assortment: {categories: {Sofas: 900.0}}\n")
    assert load_scenario(path).assortment.categories == {"Sofas": 900.0}


def test_dates_of_overrides():
    over = {"horizon": {"start_date": date(2024, 1, 1)}}
    assert load_scenario(PRESET, overrides=over).horizon.start_date == date(2024, 1, 1)


def _changed(field: Any, value: Any) -> Any:
    """Another allowed value of a leaf."""
    if field == "touch_factor":  # at least 1
        return value + 0.01
    if isinstance(value, bool):
        return not value
    if value is None:  # a region
        return "North"
    if isinstance(value, str):
        return {
            "en_US": "zh_CN",
            "2025-01-06": "2025-01-13",
            "USD": "EUR",
            "fashion": "beauty",
        }.get(value, value + "x")
    if isinstance(value, float):
        return value * 0.99 + 0.0001
    return value + 1


def _leaves(values: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = (
        values.items()
        if isinstance(values, dict)
        else enumerate(values)
        if isinstance(values, list)
        else None
    )
    if items is None:
        return [place]
    return [leaf for key, value in items for leaf in _leaves(value, (*place, key))]


def test_the_hash_covers_every_field_but_the_description():
    # causes with a window refer to channels and to each other: a test of their own follows
    bare = {**{field: [] for field in LISTS}, "marketing": {"synergies": []}}
    base = load_scenario(PRESET, overrides=bare)
    values = base.canonical()
    # a channel that costs no media money refuses a price
    free = {channel.channel for channel in CHANNELS if not channel.is_paid}
    places = [p for p in _leaves(values) if p[-1] != "price" or p[-2] not in free]
    assert len(places) > 200
    hashes = {base.content_hash}
    for place in places:
        changed = json.loads(json.dumps(values))
        at = changed
        for part in place[:-1]:
            at = at[part]
        at[place[-1]] = _changed(place[-1], at[place[-1]])
        hashes.add(Scenario.model_validate_json(json.dumps(changed)).content_hash)
    assert len(hashes) == len(places) + 1
    told = base.model_copy(update={"description": "Other words.", "about": "More."})
    assert told.content_hash == base.content_hash


@pytest.mark.parametrize("field", LISTS)
def test_the_hash_covers_causes_with_a_window(field):
    base = load_scenario(PRESET)
    causes = base.canonical()[field]
    later = [{**causes[0], "first_day": causes[0]["first_day"] + 1}, *causes[1:]]
    hashes = {
        load_scenario(PRESET, overrides={field: listed}).content_hash
        for listed in (causes, later, causes[1:])
    }
    assert len(hashes) == 3
    assert base.content_hash in hashes


@pytest.mark.parametrize("name", preset_names())
def test_canonical_values_make_the_same_scenario(name):
    scenario = load_scenario(name)
    again = Scenario.model_validate_json(json.dumps(scenario.canonical()))
    assert again == scenario.model_copy(update={"description": "", "about": ""})
    assert again.canonical() == scenario.canonical()
    assert again.content_hash == scenario.content_hash


def test_a_scenario_cannot_be_changed():
    scenario = load_scenario(PRESET)
    with pytest.raises(ValidationError, match="frozen"):
        scenario.horizon.n_days = 30
    other = scenario.with_seed(5)
    assert (other.seed, scenario.seed) == (5, 20250106)
    assert other.content_hash != scenario.content_hash


@pytest.mark.parametrize("seed", [-1, 2**63, 1.5, "7", True, None])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(ScenarioError, match=r"seed = .*give a whole number in \[0, 2\*\*63\)"):
        load_scenario(PRESET).with_seed(seed)


def test_the_schema_names_what_files_may_hold():
    properties = json_schema()["properties"]
    assert {"extends", "sizes", "horizon", "marketing", "seed"} <= properties.keys()
    assert set(Scenario.model_fields) <= properties.keys()


def test_every_number_of_a_scenario_says_what_it_is():
    def fields(model: Any) -> Any:
        for name, field in model.model_fields.items():
            inner = field.annotation
            if isinstance(inner, type) and hasattr(inner, "model_fields"):
                yield from fields(inner)
            else:
                yield model.__name__, name, field.description

    silent = [place for *place, text in fields(Scenario) if not text]
    words = {("Scenario", "description"), ("Experiment", "name"), ("Rollout", "name")}
    assert {tuple(place) for place in silent} <= words  # these explain themselves
