"""Customers who act on each other: the same for any cut of the work, and each coupling by its law."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnisim.engine import Block, blocks, build_plan, run_block
from omnisim.engine.codes import BY_STORE
from omnisim.engine.coupling import _Goods, settle
from omnisim.engine.records import BlockLog
from omnisim.engine.state import ORDER
from omnisim.engine.stock import ShelfCounts, block_flows
from omnisim.executor import ThreadExecutor
from omnisim.schema import CHANNEL_ID
from omnisim.timeline import DAYS_PER_WEEK
from omnisim.world import build_world
from omnisim.world.availability import ON_SHELF

from .conftest import small_scenario

N = 2_048
DAY = 86_400
SOCIAL = CHANNEL_ID["paid_social"]
BUDGET = 8.0  # a third of what paid social would spend
BURST = slice(56, 70)  # days of a campaign, a whole number of weeks
ON = {
    "is_on": True, "weekly_budgets": {"paid_social": BUDGET}, "weekly_visitors": 60,
    "initial_cover_days": 10.0, "target_cover_days": 10.0,
}  # fmt: skip


def scenario(**interference):
    return small_scenario(
        population={"n_customers": N},
        campaigns=[
            {
                "name": "Burst", "channel": "paid_social", "first_day": BURST.start,
                "n_days": BURST.stop - BURST.start, "reach_factor": 3.0,
            }
        ],
        interference={**ON, **interference},
    )  # fmt: skip


def units_sold(world, people, state, out):
    """Units sold by location, product and day."""
    counts = ShelfCounts(world.availability.shape)
    counts.add(*block_flows(BlockLog.of(world, people, state, out)).sold)
    return counts.of_products(0, world.products.n_products).transpose(1, 0, 2)


def settled(made, *, size=N, workers=1):
    """World, plan before and after, and the logged year of all customers in the settled plan."""
    world = build_world(made)
    plan = build_plan(world)
    coupled = settle(world, plan, blocks(N, size), ThreadExecutor(workers))
    people, state, out = run_block(world, coupled, Block(0, 0, N))
    return SimpleNamespace(
        world=world, plan=plan, coupled=coupled, people=people, state=state, out=out
    )


@pytest.fixture(scope="module")
def run():
    return settled(scenario())


def weekly(counts):
    """Sum days into weeks over the last axis."""
    return counts.reshape(*counts.shape[:-1], -1, DAYS_PER_WEEK).sum(axis=-1)


def same_plan(a, b):
    return (
        np.array_equal(a.availability, b.availability)
        and np.array_equal(a.days["reach"], b.days["reach"])
        and np.array_equal(a.stores["queue"], b.stores["queue"])
    )


@pytest.mark.parametrize("size, workers", [(8 * 37, 1), (512, 2)])
def test_any_cut_of_the_work_settles_on_the_same_plan(run, size, workers):
    other = settled(scenario(), size=size, workers=workers)
    assert same_plan(other.coupled, run.coupled)
    assert np.array_equal(other.out.week, run.out.week)


def test_settling_changes_something_but_not_the_plan_it_starts_from(run):
    fresh = build_plan(run.world)
    assert same_plan(run.plan, fresh)
    assert not np.array_equal(run.coupled.availability, fresh.availability)
    assert not np.array_equal(run.coupled.days["reach"], fresh.days["reach"])
    assert not np.array_equal(run.coupled.stores["queue"], fresh.stores["queue"])


def test_off_the_other_dials_of_interference_mean_nothing():
    years = []
    for dials in ({"is_on": False}, {"is_on": False, "weekly_budgets": {}, "shelf_units": 9}):
        world = build_world(scenario(**dials))
        years.append(run_block(world, build_plan(world), Block(0, 0, N))[2])
    assert np.array_equal(years[0].week, years[1].week)
    assert np.array_equal(years[0].n, years[1].n)


def test_a_budget_binds_one_week_after_it_is_exceeded(run):
    """Contacts are Poisson within a week: four standard errors above the budget are allowed.

    Only in the first week and in the first week of the campaign nobody has seen the spending yet.
    """
    marketing = run.world.scenario.marketing
    weeks = np.arange(run.plan.n_days // DAYS_PER_WEEK)
    inflation = 1 + marketing.price_inflation * weeks * DAYS_PER_WEEK / 365
    price = marketing.channels["paid_social"].price * inflation
    contacts = weekly(run.out.contacts[0, SOCIAL])
    spent = contacts * price
    surprised = np.isin(weeks, [0, BURST.start // DAYS_PER_WEEK])
    assert (spent[surprised] > 1.5 * BUDGET).all()
    tolerance = 4 * np.sqrt(BUDGET / price) * price
    # the throttle rests on one week's count, which is as uncertain as the next
    assert (spent[~surprised] < BUDGET + np.sqrt(2) * tolerance[~surprised]).all()
    # after the campaign the throttle is lifted again, one week late
    late = BURST.stop // DAYS_PER_WEEK
    assert spent[late] < 0.7 * BUDGET
    assert abs(spent[late + 1 :].mean() / BUDGET - 1) < 0.15


def test_a_rich_budget_throttles_nothing():
    rich = settled(scenario(weekly_budgets={"paid_social": 1e9}))
    assert np.array_equal(rich.coupled.days["reach"], rich.plan.days["reach"])


def test_shelves_are_empty_where_stock_has_run_out(run):
    """Replay the accounts of goods from the sales of the settled year: flags follow from them."""
    world, coupled = run.world, run.coupled
    n_trial = 4 * DAYS_PER_WEEK
    full = run.plan._replace(availability=np.full_like(run.plan.availability, 3))
    trial = units_sold(world, *run_block(world, full, Block(0, 0, N)))[:, :, :n_trial].sum(axis=2)
    goods = _Goods(world, trial.astype(np.int64), n_trial)
    sold = weekly(units_sold(world, run.people, run.state, run.out))
    seen = set()
    for week in range(run.plan.n_days // DAYS_PER_WEEK):
        days = slice(week * DAYS_PER_WEEK, (week + 1) * DAYS_PER_WEEK)
        on_shelf = coupled.availability[:, :, days] & ON_SHELF != 0
        assert np.array_equal(on_shelf.all(axis=2), goods.on_hand > 0)
        assert np.array_equal(on_shelf.any(axis=2), goods.on_hand > 0)
        # what does not lie there is not sold
        assert (sold[:, :, week][goods.on_hand == 0] == 0).all()
        seen |= set((goods.on_hand > 0).ravel().tolist())
        goods.sell(sold[:, :, week].astype(np.int64), week)
    assert seen == {True, False}


def test_little_stock_sells_less():
    little, plenty = (
        settled(scenario(initial_cover_days=days, target_cover_days=days, shelf_units=0))
        for days in (2.0, 60.0)
    )
    assert little.out.sold.sum() < 0.9 * plenty.out.sold.sum()
    assert little.out.wanted[1].sum() > plenty.out.wanted[1].sum()


def test_full_stores_lose_buyers_and_only_from_the_week_after():
    full, free = (settled(scenario(weekly_visitors=limit)) for limit in (20, 0))
    assert (free.coupled.stores["queue"] == 1).all()
    queue = full.coupled.stores["queue"]
    assert (queue[:, 0] == 1).all()
    rule = full.world.scenario.interference
    assert ((queue >= 1 - rule.queue_aversion) & (queue <= 1)).all()
    # by hand: over the visitors a store serves well, cut at twice as many
    area = full.world.places.floor_area_m2
    served = rule.weekly_visitors * area / area.mean()
    visitors = weekly(full.out.visitors)
    over = np.clip(visitors[:, :-1] / served[:, None] - 1, 0, 1)
    by_hand = 1 - rule.queue_aversion * over
    assert np.abs(queue[:, 1 : by_hand.shape[1] + 1] - by_hand).max() < 2.0**-32
    conversion = []
    for found in (full, free):
        orders = found.out.orders[: found.out.n[ORDER]]
        in_store = orders[(orders["channel"] == BY_STORE) & (orders["at"] >= 7 * DAY)]
        conversion.append(in_store.size / found.out.visitors[:, 7:].sum())
        assert np.array_equal(found.out.week[:, 0], free.out.week[:, 0])
    assert conversion[0] < 0.85 * conversion[1]


def test_goods_by_hand():
    """The centre and two stores, one product: 28 days sold 28, 14 and 0 of it; eight days are kept."""
    goods = goods_of([28, 14, 0], initial=8, target=8, shelf=1, lead=0)
    assert goods.on_hand.ravel().tolist() == [8, 4, 1]
    goods.sell(np.array([[3], [4], [0]]), 0)
    # recent four weeks: centre 7+7+7+3 = 24, store 3+3+3+4 = 13 (whole units), so targets of eight
    # days are 6, 3 and the one on the shelf; the centre has 5 left and gives the store 3
    # ordered and, without lead time, there on Monday: targets 6 + 3 + 1 and a week of recent sales,
    # 37 // 4 = 9, less the 6 that are left
    assert goods.on_hand.ravel().tolist() == [2 + 13, 3, 1]
    # nothing is sold: targets of 4 + 2 + 1 and 27 // 4 = 6 ahead are covered, nothing is ordered
    goods.sell(np.zeros((3, 1), np.int64), 1)
    assert goods.on_hand.sum() == 6 + 13


@settings(deadline=None)
@given(st.data())
def test_law_units_are_only_received_or_sold(data):
    n = 5
    units = st.lists(st.integers(0, 60), min_size=n, max_size=n)
    goods = goods_of(
        data.draw(units),
        initial=data.draw(st.integers(1, 40)),
        target=data.draw(st.integers(1, 40)),
        shelf=data.draw(st.integers(0, 3)),
        lead=(lead := data.draw(st.integers(0, 3))),
    )
    for week in range(10):
        before = goods.on_hand.copy()
        due = goods._coming.get(week, np.zeros(1, np.int64)).copy()
        sold = np.array(data.draw(units))[:, None]
        goods.sell(sold, week)
        assert (goods.on_hand >= 0).all()
        # a sale beyond the shelf was an emergency delivery that came and went
        kept = np.maximum(before - sold, 0).sum() + due.sum()
        if lead == 0:  # what was ordered is there as well
            assert goods.on_hand.sum() >= kept
            assert not goods._coming
        else:
            assert goods.on_hand.sum() == kept
        assert all((ordered >= 0).all() for ordered in goods._coming.values())
        assert week not in goods._coming


def test_a_lead_of_weeks_is_waited_for():
    goods = goods_of([28, 0, 0], initial=7, target=7, shelf=0, lead=2)
    goods.sell(np.array([[7], [0], [0]]), 0)  # 7 to keep, and 21 for the three weeks ahead
    assert goods.on_hand.sum() == 0
    goods.sell(np.zeros((3, 1), np.int64), 1)
    assert goods.on_hand.sum() == 0
    goods.sell(np.zeros((3, 1), np.int64), 2)  # two weeks after the order
    assert goods.on_hand.sum() == 28


def goods_of(trial, *, initial, target, shelf, lead):
    dials = SimpleNamespace(
        initial_cover_days=initial, target_cover_days=target, shelf_units=shelf, lead_weeks=lead
    )
    world = SimpleNamespace(
        scenario=SimpleNamespace(interference=dials), delayed=np.zeros(200, bool)
    )
    return _Goods(world, np.array(trial)[:, None], 28)
