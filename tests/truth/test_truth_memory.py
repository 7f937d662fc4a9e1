"""A world lived in memory is the written one: same tables row by row, same effects."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from omnisim.errors import DatasetError, ScenarioError
from omnisim.scenario import Scenario, load_scenario
from omnisim.study import open_truth
from omnisim.truth import simulate
from omnisim.truth.causes import KnownEffect, known_effects
from omnisim.truth.memory import MEMORY_TABLES, live_world

SMALL = {"population": {"n_customers": 4200}, "horizon": {"n_days": 63}}  # two blocks


def scenario(**overrides: object) -> Scenario:
    dates = {
        "experiment": {"first_day": 28, "n_days": 28},
        "rollout": {"waves": [{"first_day": 28, "store_share": 0.25}]},
        "promotions": [],
    }
    return load_scenario(
        "omnichannel_fashion", size="tiny", seed=11, overrides={**SMALL, **dates, **overrides}
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory):
    return simulate(scenario(), out=tmp_path_factory.mktemp("written") / "world")


def test_every_table_in_memory_equals_the_written_one(written) -> None:
    lived = live_world(scenario(), tables=MEMORY_TABLES, effects=())
    assert set(lived.tables.tables) == set(MEMORY_TABLES)
    for name in sorted(MEMORY_TABLES):
        pd.testing.assert_frame_equal(lived.tables.read(name), written.read(name))
        pd.testing.assert_frame_equal(
            lived.tables.read(name, raw=True), written.read(name, raw=True)
        )
    assert lived.effects.empty


def test_effects_in_memory_equal_the_written_ones(written) -> None:
    lived = live_world(scenario(), tables=(), effects=known_effects(scenario()))
    pd.testing.assert_frame_equal(lived.effects, open_truth(written).effects)


def test_only_the_worlds_in_question_are_run(written) -> None:
    one = KnownEffect("total", "email", "channels")
    lived = live_world(scenario(), tables=("orders",), effects=(one,))
    assert lived.effects["cause"].astype(str).unique().tolist() == ["email"]
    rows = open_truth(written).effects
    of_one = rows[rows["cause"].astype(str) == "email"].reset_index(drop=True)
    assert lived.effects["value"].tolist() == of_one["value"].tolist()
    assert lived.tables.tables == ("orders",)
    with pytest.raises(DatasetError, match="customers"):
        lived.tables.read("customers")


def test_known_effects_are_those_of_the_truth(written) -> None:
    """What a study may ask for is what the simulator finds, for the preset with most causes."""
    rows = open_truth(written).effects
    found = set(zip(rows["estimand"].astype(str), rows["cause"].astype(str), strict=True))
    assert found == {(effect.estimand, effect.cause) for effect in known_effects(scenario())}


def test_coupled_customers_are_the_written_ones(tmp_path: Path) -> None:
    coupled = scenario(
        interference={"is_on": True}, population={"n_customers": 300}, horizon={"n_days": 56}
    )
    there = simulate(coupled, out=tmp_path / "world", truth="experiments")
    lived = live_world(
        coupled,
        tables=("orders",),
        effects=[e for e in known_effects(coupled) if e.estimand == "ate"],
    )
    pd.testing.assert_frame_equal(lived.tables.read("orders"), there.read("orders"))
    pd.testing.assert_frame_equal(lived.effects, open_truth(there).effects)


def test_a_table_that_is_only_written_is_refused() -> None:
    with pytest.raises(ScenarioError, match="'payments' is not made in memory"):
        live_world(scenario(), tables=("orders", "payments"), effects=())
