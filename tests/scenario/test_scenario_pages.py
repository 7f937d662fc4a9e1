"""The pages of the presets: what is committed is what the presets say."""

from __future__ import annotations

from pathlib import Path

import pytest

from omnisim.scenario import load_scenario, preset_names
from omnisim.scenario.pages import preset_page, preset_pages

PAGES = Path(__file__).parents[2] / "docs" / "presets"


@pytest.mark.parametrize("name, text", preset_pages().items())
def test_committed_page_is_current(name, text):
    assert (PAGES / name).read_text(encoding="utf-8") == text, "run `make docs`"


def test_there_is_no_page_without_a_preset():
    assert {path.stem for path in PAGES.glob("*.md")} == {*preset_names(), "README"}


def test_numbers_are_those_of_the_scenario():
    page, grocery = preset_page("grocery"), load_scenario("grocery")
    china = load_scenario("grocery", market="zh_CN")
    assert grocery.about in page
    assert f"| Needs per person and year | {grocery.demand.need_rate:.3g} | " in page
    for scenario in (grocery, china):
        for category, price in scenario.assortment.categories.items():
            assert f"{category} {price:g}" in page
    for cause in (*grocery.campaigns, *grocery.promotions):
        assert f"| {cause.name} | " in page
    row = "| `demand.mean_gap_days` | `2.2` | `1.0` |"
    assert row in page


def test_presets_say_different_things():
    said = [load_scenario(name).about for name in preset_names()]
    assert len(set(said)) == len(said)
