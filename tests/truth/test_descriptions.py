"""Truth lists the worlds that were simulated, whom every cause selected, and every dial."""

import json

import pandas as pd
import pytest

from omnisim.scenario import load_scenario
from omnisim.schema import CHANNELS
from omnisim.truth import simulate

WORLD = {
    "horizon": {"n_days": 70},
    "population": {"n_customers": 900},
    "stores": {"n_stores": 5},
    "assortment": {"n_products": 10},
    "experiment": {"first_day": 35, "n_days": 28, "lost_share": 0.3},
    "rollout": {"waves": [{"first_day": 28, "store_share": 0.4}], "growth_days": 14},
}


@pytest.fixture(scope="module")
def scenario():
    return load_scenario("sample", overrides=WORLD)


@pytest.fixture(scope="module")
def made(scenario, tmp_path_factory):
    return simulate(scenario, out=tmp_path_factory.mktemp("made") / "world", workers=1)


def read(made, table, side="truth"):
    return pd.concat(pd.read_parquet(file) for file in (made.path / side / table).glob("*"))


def test_every_world_of_the_outcomes_and_every_cause_of_the_effects_is_described(made):
    worlds, outcomes, effects = (read(made, name) for name in ("worlds", "outcomes", "effects"))
    assert set(worlds["world"]) == set(outcomes["world"])
    assert set(worlds["cause"]) - {"base"} == set(effects["cause"])


def test_only_whom_a_cause_selected_lived_the_world_without_it(made):
    worlds = read(made, "worlds").set_index("world")
    selected = read(made, "exposures").groupby("cause").size()
    for channel in CHANNELS:
        lived = worlds.loc[f"without={channel.channel}", "n_lived"]
        assert lived == selected.get(channel.channel, 0)
    enrolled = worlds[worlds["world_kind"] == "experiments"]
    assert (enrolled["n_lived"] == selected[enrolled["cause"].iloc[0]]).all()
    assert worlds.loc["base", "n_lived"] == worlds.loc["base", "n_persons"] == 900


def test_contacts_of_a_push_are_those_of_the_log(made):
    touches = read(made, "touchpoints", "tables").merge(read(made, "identity_map"))
    exposures = read(made, "exposures").set_index(["cause", "person_id"])["n_exposures"]
    genuine = read(made, "persons").query("person_kind not in ('bot', 'fake_buyer')")["person_id"]
    reached = touches[touches["touch_kind"].isin(["impression", "sent"])]
    logged = reached[reached["person_id"].isin(genuine)].groupby(["channel", "person_id"]).size()
    pushes = [c.channel for c in CHANNELS if c.is_push]
    expected = exposures[exposures.index.get_level_values(0).isin(pushes)].to_dict()
    assert sum(expected.values()) > 1000
    assert {pair: n for pair, n in logged.to_dict().items() if n > 0} == expected


def test_anonymous_visits_to_stores_are_exposures_too(made):
    visits = read(made, "exposures").query("cause == 'store_visit'")["n_exposures"].sum()
    logged = read(made, "touchpoints", "tables").query("channel == 'store_visit'")
    assert visits > len(logged) > 0


def test_held_out_and_lost_accounts_would_have_been_exposed(made, scenario):
    rows = read(made, "exposures").query("cause == @scenario.experiment.name")
    recorded = read(made, "experiment_assignments", "tables").merge(read(made, "customer_map"))
    assert set(recorded["person_id"]) < set(rows["person_id"])  # the bug loses some
    held_out = set(rows.query("n_exposures == 0")["person_id"])
    assert held_out
    assert not held_out & set(recorded.query("variant == 'treatment'")["person_id"])


def test_parameters_are_the_scenario(made, scenario):
    rows = read(made, "parameters").set_index("parameter")["value"]
    assert json.loads(rows["horizon.n_days"]) == 70
    assert json.loads(rows["experiment.lost_share"]) == 0.3
    assert len(json.loads(rows["rollout.waves"])) == 1
    reach = scenario.marketing.channels["email"].reach
    assert json.loads(rows["marketing.channels.email.reach"]) == reach
