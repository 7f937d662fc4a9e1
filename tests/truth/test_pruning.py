"""Worlds lived only by those who can be reached are the worlds lived by all."""

from dataclasses import replace

import numpy as np
import pytest

from omnisim.engine import Block, build_plan, run_block
from omnisim.engine.state import NO_TIME
from omnisim.scenario import load_scenario
from omnisim.truth.effects import effect_columns
from omnisim.truth.pruning import affected
from omnisim.truth.worlds import KINDS, other_worlds, tally_block
from omnisim.world import build_world

N = 640
EVERYTHING = {
    "population": {"n_customers": N},
    "horizon": {"n_days": 126},
    "stores": {"n_stores": 6},
    "assortment": {"n_products": 12},
    "demand": {"need_rate": 30.0},
    "experiment": {"first_day": 42, "n_days": 63},
    "factorial": {"is_on": True, "first_day": 42, "n_days": 63},
    "canary": {"is_on": True, "first_day": 60, "n_days": 20, "failure_share": 0.3},
    "win_back": {"after_days": 21, "reach_factor": 4.0, "return_share": 0.5},
    "rollout": {"waves": [{"first_day": 35, "store_share": 0.4}], "growth_days": 14},
    "campaigns": [
        {
            "name": "more",
            "channel": "short_video",
            "first_day": 14,
            "n_days": 60,
            "reach_factor": 3.0,
        },
        {"name": "less", "channel": "email", "first_day": 14, "n_days": 60, "reach_factor": 0.3},
        {
            "name": "pull",
            "channel": "affiliate",
            "first_day": 14,
            "n_days": 60,
            "reach_factor": 4.0,
        },
    ],
    "shocks": [
        {
            "kind": "rule_change",
            "channel": "marketplace",
            "first_day": 30,
            "n_days": 60,
            "effect": -0.5,
        },
        {"kind": "demand_shock", "region": "North", "first_day": 30, "n_days": 30, "effect": 0.5},
    ],
}


def lived(**more):
    world = build_world(load_scenario("sample", overrides={**EVERYTHING, **more}))
    plan = build_plan(world)
    others = [(other, other.plan(world, plan)) for other in other_worlds(world, KINDS)]
    return world, others, *run_block(world, plan, Block(0, 0, N))


@pytest.mark.parametrize("spillover", [0.0, 0.6])
def test_pruned_worlds_are_the_full_worlds(spillover):
    world, others, people, state, base = lived(
        experiment={"first_day": 42, "n_days": 63, "spillover_share": spillover}
    )
    pruned = tally_block(world, people, state, base, others)
    in_full = [(replace(other, audience="everybody"), plan) for other, plan in others]
    full = tally_block(world, people, state, base, in_full)
    assert pruned.keys() == full.keys()
    for name in full:
        assert np.array_equal(pruned[name].week, full[name].week), name
        assert pruned[name].cells == full[name].cells, name


def test_pruning_leaves_somebody_out_and_somebody_in():
    world, others, people, state, base = lived()
    for other, _ in others:
        who = affected(world, other.audience, other.channel, people, state, base)
        assert who.any(), other.name
        if other.audience != "everybody":
            assert not who.all() or other.name == "without=direct", other.name


def test_accounts_are_those_ever_opened():
    world, _, people, state, base = lived()
    who = affected(world, "account_holders", -1, people, state, base)
    assert np.array_equal(who, state["joined_at"][:, 0] != NO_TIME)


def test_everybody_lives_every_world_when_customers_act_on_each_other():
    world, others, people, state, base = lived(interference={"is_on": True})
    for other, _ in others:
        assert affected(world, other.audience, other.channel, people, state, base).all()


def test_pruned_worlds_are_the_full_worlds_among_outages():
    # who was drawn to a pull and met an outage there was never in contact, and yet lives otherwise
    world, others, people, state, base = lived(
        incidents={"outages_per_year": 200.0, "outage_hours": 72.0, "comeback_share": 0.0},
        demand={"need_rate": 30.0, "serious_share": 1.0, "serious_conversion": 0.9},
    )
    campaigns = [(other, plan) for other, plan in others if "campaign:pull" in other.name]
    pruned = tally_block(world, people, state, base, campaigns)
    in_full = [(replace(other, audience="everybody"), plan) for other, plan in campaigns]
    full = tally_block(world, people, state, base, in_full)
    for name in full:
        assert pruned[name].cells == full[name].cells, name


def test_a_campaign_may_be_named_like_a_world():
    named = [
        {"name": "x=none", "channel": "email", "first_day": 14, "n_days": 60},
        {"name": "y=all", "channel": "sms", "first_day": 14, "n_days": 60},
    ]
    world, others, people, state, base = lived(campaigns=named)
    found = tally_block(world, people, state, base, others)
    rows = effect_columns(world, found)
    causes = {rows["cause"].names[code] for code in rows["cause"].codes}
    assert {"campaign:x=none", "campaign:y=all"} <= causes
