"""Worlds lived block by block: sums do not depend on the cut, on threads or on the process."""

import pickle

import pytest

from omnisim.engine import Block, build_plan
from omnisim.errors import ScenarioError
from omnisim.executor import ThreadExecutor
from omnisim.scenario import load_scenario
from omnisim.truth import asking
from omnisim.truth.asked import Asked
from omnisim.truth.asking import Asker
from omnisim.truth.budgets import MediaMoney, budget_question, spend_of
from omnisim.truth.coalitions import Game
from omnisim.truth.lives import Life, Question, live_block
from omnisim.truth.prepare import Request
from omnisim.truth.segments import segment_question
from omnisim.truth.treatments import treatment_question
from omnisim.truth.worlds import BASE
from omnisim.world import build_world

N = 1100  # two full blocks and a part of one
FEW = {
    "population": {"n_customers": N},
    "horizon": {"n_days": 63},
    "stores": {"n_stores": 4},
    "assortment": {"n_products": 8},
    "demand": {"need_rate": 30.0},
    "experiment": {"first_day": 28, "n_days": 28},
    "rollout": {"waves": [{"first_day": 28, "store_share": 0.4}], "growth_days": 14},
}


@pytest.fixture(scope="module")
def question():
    world = build_world(load_scenario("sample", overrides=FEW))
    plan = build_plan(world)
    spend = {"sms": 100, "paid_social": 300}
    asked = Question({BASE: Life(world, plan)})
    for semantics in ("ghost", "substitute", "reallocated"):
        asked += Game(world, plan, semantics, spend).synergy("sms", "paid_social")
    asked += budget_question(world, plan, {"sms": 1})
    return asked + segment_question(world, plan) + treatment_question(world, plan)


@pytest.fixture(scope="module")
def at_once(question):
    return live_block(question, Block(0, 0, N))


def same(one, other):
    assert one.moments == other.moments
    assert one.totals == other.totals
    assert one.n_lived == other.n_lived
    assert one.contacts.keys() == other.contacts.keys()
    assert all((counts == other.contacts[name]).all() for name, counts in one.contacts.items())


def asker(workers=1, told=None, **more):
    request = Request(scenario=load_scenario("sample", overrides={**FEW, **more}), asked=Asked(()))
    return Asker(request, ThreadExecutor(workers), lambda *step: told.append(step))


@pytest.mark.parametrize("workers", [1, 3])
def test_blocks_and_threads_change_no_sum(question, at_once, workers):
    told = []
    same(asker(workers, told).ask(MediaMoney(), question), at_once)
    assert told == [("media money", k, 3) for k in range(4)]


def test_a_question_can_be_sent_to_another_process(question, at_once):
    same(live_block(pickle.loads(pickle.dumps(question)), Block(0, 0, N)), at_once)


def test_spending_is_that_of_the_media_costs(question, at_once, tmp_path):
    from omnisim.truth import simulate

    scenario = question.lives[BASE].world.scenario
    made = simulate(scenario, out=tmp_path / "made", truth="none")
    costs = made.read("media_costs")
    booked = costs.groupby(costs["channel"].astype(str))["media_cost"].sum()
    found = spend_of(question.lives[BASE].world, at_once.contacts[BASE])
    assert found == {name: round(amount * 100) for name, amount in booked.items()}


def test_too_many_coupled_worlds_for_the_memory_are_refused(monkeypatch):
    world = build_world(load_scenario("sample", overrides={**FEW, "interference": {"is_on": True}}))
    life = Life(world, build_plan(world))
    many = Question({BASE: life, **{f"{k}": life for k in range(3)}})

    class Little:
        available = 1_000_000

    monkeypatch.setattr(asking.psutil, "virtual_memory", Little)
    coupled = asker(told=[], interference={"is_on": True})
    with pytest.raises(ScenarioError, match=r"4 worlds with interference on keep .* GB are free"):
        coupled.ask(MediaMoney(), many)
