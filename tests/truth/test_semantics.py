"""What a channel's absence means, and that only those it met live another year."""

from dataclasses import replace

import numpy as np
import pytest

from omnisim.engine import Block, build_plan, live
from omnisim.errors import ScenarioError
from omnisim.scenario import load_scenario
from omnisim.schema import CHANNEL_ID, CHANNEL_NAMES, CHANNELS
from omnisim.truth.coalitions import Game
from omnisim.truth.lives import Life, Question, live_block
from omnisim.truth.pruning import reached_by
from omnisim.truth.semantics import (
    moved_budgets,
    players,
    wanted_semantics,
    with_budgets,
    without_channels,
)
from omnisim.truth.worlds import BASE
from omnisim.world import build_persons, build_world

N = 640
BUSY = {
    "population": {"n_customers": N},
    "horizon": {"n_days": 126},
    "stores": {"n_stores": 6},
    "assortment": {"n_products": 12},
    "demand": {"need_rate": 30.0},
    "experiment": {"first_day": 42, "n_days": 63},
    "rollout": {"waves": [{"first_day": 35, "store_share": 0.4}], "growth_days": 14},
    "win_back": {"after_days": 21, "reach_factor": 4.0, "return_share": 0.5},
    # an outage is where a touch leaves no contact behind
    "incidents": {"outages_per_year": 100.0, "outage_hours": 48.0, "comeback_share": 0.3},
}
SPEND = {"sms": 100, "paid_social": 300, "short_video": 200, "retargeting": 400, "affiliate": 0}


def made(**more):
    world = build_world(load_scenario("sample", overrides={**BUSY, **more}))
    return world, build_plan(world)


@pytest.fixture(scope="module")
def base():
    world, plan = made()
    people = build_persons(world.scenario, world.places, 0, N)
    state, out = live(plan, people)
    return world, plan, people, state, out


@pytest.mark.parametrize("semantics", ["ghost", "substitute"])
def test_pruned_worlds_are_the_full_worlds(base, semantics):
    world, plan, _, _, _ = base
    game = Game(world, plan, semantics, {})
    question = Question({BASE: Life(world, plan)})
    for name in CHANNEL_NAMES:
        question += game.leave_out((name,))
    for off in (
        ("email", "store_visit"),
        ("retargeting", "paid_social", "short_video"),
        ("direct", "sms"),
    ):
        question += game.leave_out(off)
    in_full = Question(
        {name: replace(life, audience="everybody") for name, life in question.lives.items()},
        question.contrasts,
    )
    block = Block(0, 0, N)
    pruned, full = live_block(question, block), live_block(in_full, block)
    assert pruned.totals == full.totals
    assert pruned.moments == full.moments


def test_pruning_leaves_somebody_out_and_somebody_in(base):
    world, _, _, state, _ = base
    for semantics in ("ghost", "substitute"):
        for name in CHANNEL_NAMES:
            who = reached_by(world, (name,), semantics, state)
            assert who.any(), name
            assert not who.all() or name == "direct", name
    assert reached_by(world, ("sms",), "reallocated", state).all()


def test_everybody_lives_every_world_when_customers_act_on_each_other(base):
    _, _, _, state, _ = base
    world, _ = made(interference={"is_on": True})
    assert reached_by(world, ("sms",), "substitute", state).all()


def test_a_ghost_keeps_every_slot_of_the_channel_and_a_substitute_none(base):
    world, plan, people, _, _ = base
    k = CHANNEL_ID["paid_social"]
    contacts = {BASE: live(plan, people, counted=True)[1].contacts}
    for semantics in ("ghost", "substitute"):
        there, other = without_channels(world, plan, ("paid_social",), semantics, {})
        assert there is world
        contacts[semantics] = live(other, people, counted=True)[1].contacts
    # paid social reaches by chance alone, so its slots are the same in all worlds
    assert np.array_equal(contacts["ghost"][0, k], contacts[BASE][0, k])
    assert contacts["ghost"][1, k].sum() == 0
    assert contacts["substitute"][:, k].sum() == 0
    # every advertisement finds one to fill it, because short video meets everybody by chance alone;
    # its own slots stay, so what it gained are slots of paid social, and retargeting took the others
    gained = int((contacts["substitute"] - contacts[BASE])[0, CHANNEL_ID["short_video"]].sum())
    assert 0 < gained < contacts[BASE][0, k].sum()
    followed = {name: int(c[0, CHANNEL_ID["retargeting"]].sum()) for name, c in contacts.items()}
    assert followed["substitute"] > followed[BASE]


def test_a_pull_that_is_off_is_never_chosen_and_the_runner_up_is(base):
    world, plan, people, _, _ = base
    k = CHANNEL_ID["organic_search"]
    before = live(plan, people, counted=True)[1].contacts[1]
    _, other = without_channels(world, plan, ("organic_search",), "substitute", {})
    after = live(other, people, counted=True)[1].contacts[1]
    assert before[k].sum() > 0
    assert after[k].sum() == 0
    rest = [c.channel_id for c in CHANNELS if c.is_online and not c.is_push and c.channel_id != k]
    assert (after[rest].sum(axis=1) >= before[rest].sum(axis=1)).mean() > 0.7
    assert after[rest].sum() > before[rest].sum()


def test_messages_are_replaced_by_messages_to_those_who_agreed():
    world, plan = made(population={"n_customers": N, "sms_consent_share": 0.0, "app_share": 0.0})
    people = build_persons(world.scenario, world.places, 0, N)
    before = live(plan, people, counted=True)[1].contacts[0]
    _, other = without_channels(world, plan, ("community",), "substitute", {})
    after = live(other, people, counted=True)[1].contacts[0]
    ids = {name: CHANNEL_ID[name] for name in ("community", "email", "sms", "app_push")}
    assert before[ids["community"]].sum() > 0
    days = plan.days["is_email_day"][: plan.n_days] == 1
    assert after[ids["community"]].sum() == 0
    assert after[ids["email"], days].sum() > before[ids["email"], days].sum()
    assert after[ids["email"], ~days].sum() == 0  # no e-mail goes out on other days
    assert after[ids["app_push"]].sum() == 0


def test_without_any_channel_nobody_is_influenced_under_any_meaning(base):
    world, plan, people, _, out = base
    for semantics in ("ghost", "substitute"):
        _, other = without_channels(world, plan, CHANNEL_NAMES, semantics, {})
        nobody = live(other, people)[1].week.sum()
        assert 0 < nobody < out.week.sum()


def test_budgets_move_in_proportion_and_nothing_is_left_behind():
    off = ("retargeting",)
    factors = moved_budgets(off, SPEND)
    assert factors["retargeting"] == 0.0
    assert "affiliate" not in factors  # it spends nothing: nothing moves to it
    after = sum(SPEND[name] * factor for name, factor in factors.items())
    # sums of at most five products of doubles
    assert after == pytest.approx(sum(SPEND.values()), rel=1e-12)
    assert len({factor for name, factor in factors.items() if name not in off}) == 1
    assert set(moved_budgets(list(SPEND), SPEND).values()) == {0.0}  # none left: money is saved


def test_a_reallocated_channel_is_not_met_and_the_others_are_met_more(base):
    world, plan, people, _, _ = base
    _, other = without_channels(world, plan, ("retargeting",), "reallocated", SPEND)
    before = live(plan, people, counted=True)[1].contacts
    after = live(other, people, counted=True)[1].contacts
    assert after[:, CHANNEL_ID["retargeting"]].sum() == 0
    for name in ("paid_social", "short_video", "sms"):
        # reach times 1 + 400 / 600; contacts are draws, so within five standard errors of a count
        expected = before[0, CHANNEL_ID[name]].sum() * (1 + 400 / 600)
        found = after[0, CHANNEL_ID[name]].sum()
        assert abs(found - expected) < 5 * np.sqrt(expected), name


def test_weekly_limits_follow_the_budgets():
    world, _ = made(interference={"is_on": True, "weekly_budgets": {"sms": 40.0}})
    limited = with_budgets(world, {"sms": 1.5})
    assert limited.scenario.interference.weekly_budgets == {"sms": 60.0}
    assert world.scenario.interference.weekly_budgets == {"sms": 40.0}


def test_only_channels_with_money_play_when_money_moves():
    assert players("ghost", {}) == CHANNEL_NAMES
    assert set(players("reallocated", SPEND)) == {
        "sms",
        "paid_social",
        "short_video",
        "retargeting",
    }


@pytest.mark.parametrize("asked", ["ghosts", "", "ghost,,substitute", "Ghost"])
def test_unknown_semantics_are_refused(asked):
    with pytest.raises(ScenarioError, match="semantics"):
        wanted_semantics(asked)
