"""Scenarios as text that can be read back, and what two of them differ in."""

from __future__ import annotations

import pytest

from omnisim.errors import ScenarioError
from omnisim.scenario import (
    Scenario,
    differences,
    load_scenario,
    preset_names,
    scenario_markets,
    scenario_yaml,
)

PRESET = "omnichannel_fashion"
ALL = [(name, market) for name in preset_names() for market in (None, *scenario_markets(name))]


@pytest.mark.parametrize("explain", [False, True])
@pytest.mark.parametrize("name, market", ALL)
def test_what_is_shown_makes_the_same_scenario(tmp_path, name, market, explain):
    scenario = load_scenario(name, market=market)
    path = tmp_path / "shown.yaml"
    path.write_text(scenario_yaml(scenario, explain=explain), encoding="utf-8")
    again = load_scenario(path)
    assert again == scenario
    assert again.content_hash == scenario.content_hash


def test_every_field_is_shown_and_explained():
    scenario = load_scenario(PRESET)
    shown = scenario_yaml(scenario, explain=True)
    for name, field in Scenario.model_fields.items():
        assert f"\n{name}:" in f"\n{shown}"
        inner = field.annotation
        for below, declared in getattr(inner, "model_fields", {}).items():
            if declared.description:
                assert f"  {below}: " in shown or f"  {below}:  #" in shown
                assert declared.description in shown


def test_one_block():
    shown = scenario_yaml(load_scenario(PRESET, size="tiny"), block="horizon")
    assert shown == "horizon:\n  start_date: 2025-01-06\n  n_days: 90\n"


def test_a_block_that_is_not():
    with pytest.raises(
        ScenarioError, match="block = 'demnd': unknown field; did you mean 'demand'"
    ):
        scenario_yaml(load_scenario(PRESET), block="demnd")


def test_differences_are_the_fields_that_were_overridden():
    base = load_scenario(PRESET)
    over = {
        "horizon": {"n_days": 364},
        "marketing": {"channels": {"email": {"reach": 2.0}}, "email_days": [2]},
        "assortment": {"categories": {"Hats": 20.0}},
        "description": "Other words.",
    }
    found = {d.field: (d.left, d.right) for d in differences(base, load_scenario(PRESET, overrides=over))}  # fmt: skip
    assert found.pop("horizon.n_days") == (365, 364)
    assert found.pop("marketing.channels.email.reach") == (1.0, 2.0)
    assert found.pop("marketing.email_days") == ([1, 4], [2])
    assert found.pop("assortment.categories.Hats") == (None, 20.0)
    gone = {f"assortment.categories.{name}" for name in base.assortment.categories}
    assert found.keys() == gone
    assert all(right is None for _, right in found.values())


def test_equal_scenarios_do_not_differ():
    assert differences(load_scenario(PRESET), load_scenario(PRESET, size="small")) == []
