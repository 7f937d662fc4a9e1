"""Releases and goods made to order: who meets them, what fails, and what nobody meets."""

import numpy as np
import pytest

from omnisim.engine import Block, build_plan, new_cause, run_block, run_without_log
from omnisim.engine.codes import BY_CALL, BY_STORE, BY_SYSTEM, COLLECT, IS_BOT, TO_ORDER
from omnisim.engine.experiments import assignment_columns
from omnisim.engine.plan import ALL_CONTROL, ALL_TREATED
from omnisim.engine.state import LINE, ORDER, SESSION
from omnisim.world import build_world
from omnisim.world.persons import BOT

from .conftest import N, small_scenario

DAY = 86_400
FACTORS = [{"name": "a", "conversion_effect": 0.6}, {"name": "b", "conversion_effect": 0.0}]


def live(**overrides):
    """(world, plan, people, state, output) of the small world with other blocks."""
    world = build_world(small_scenario(**overrides))
    plan = build_plan(world)
    return world, plan, *run_block(world, plan, Block(0, 0, N))


@pytest.fixture(scope="module")
def pages():
    return live(factorial={"is_on": True, "first_day": 20, "n_days": 90, "factors": FACTORS})


@pytest.fixture(scope="module")
def canary():
    return live(
        canary={
            "is_on": True,
            "first_day": 30,
            "n_days": 40,
            "visit_share": 0.3,
            "failure_share": 0.5,
        }
    )


@pytest.fixture(scope="module")
def custom():
    return live(
        made_to_order={
            "is_on": True,
            "order_share": 0.6,
            "option_premium": 0.25,
            "lead_time_days": 10.0,
        }
    )


def test_a_page_without_effect_is_exactly_nothing(pages):
    _, plan, people, _, _ = pages
    met, unmet = (
        run_without_log(plan.under(new_cause(factors={1: arm})), people)
        for arm in (ALL_TREATED, ALL_CONTROL)
    )
    assert np.array_equal(met.week, unmet.week)


def test_a_page_with_effect_sells_more_to_its_accounts_only(pages):
    _, plan, people, _, _ = pages
    met, unmet = (
        run_without_log(plan.under(new_cause(factors={0: arm})), people)
        for arm in (ALL_TREATED, ALL_CONTROL)
    )
    assert met.pages[:, 1].sum() > unmet.pages[:, 1].sum()
    outside = unmet.pages[:, 2] == 0
    assert outside.any()
    assert np.array_equal(met.week[outside], unmet.week[outside])


def test_every_account_meets_each_change_by_its_own_lot(pages):
    world, _, people, state, out = pages
    columns = assignment_columns(world, people, state)
    arm = dict(
        zip(
            zip(columns["experiment_id"].tolist(), columns["customer_id"].tolist(), strict=True),
            columns["variant"].codes.tolist(),
            strict=True,
        )
    )
    accounts = [number for experiment, number in arm if experiment == 2]
    assert len(accounts) == out.pages[:, 2].sum()
    cells = np.zeros((2, 2))
    for number in accounts:
        cells[arm[2, number], arm[3, number]] += 1
    # a fair cell holds a quarter; four binomial standard errors
    n = len(accounts)
    assert np.abs(cells / n - 0.25).max() < 4 * (0.25 * 0.75 / n) ** 0.5


def test_an_assignment_bug_loses_treated_rows_only():
    world, _, people, state, _ = live(experiment={"first_day": 42, "n_days": 63, "lost_share": 0.5})
    whole, _, _, _, _ = live()
    lost = assignment_columns(world, people, state)["variant"].codes
    kept = assignment_columns(whole, people, state)["variant"].codes
    assert (lost == 0).sum() == (kept == 0).sum()
    share = (lost == 1).sum() / (kept == 1).sum()
    assert abs(share - 0.5) < 4 * (0.25 / (kept == 1).sum()) ** 0.5  # binomial, four errors


def test_the_release_serves_its_share_of_visits_in_its_window(canary):
    sessions = canary[-1].sessions[: canary[-1].n[SESSION]]
    day = sessions["at"] // DAY
    inside = (day >= 30) & (day < 70) & (sessions["intent"] != IS_BOT)
    assert not sessions["release"][~inside].any()
    n = inside.sum()
    assert abs(sessions["release"][inside].mean() - 0.3) < 4 * (0.21 / n) ** 0.5


def test_only_the_release_loses_orders_to_the_system(canary):
    world, plan, _, _, out = canary
    orders = out.orders[: out.n[ORDER]]
    lost = orders[orders["reason"] == BY_SYSTEM]
    assert lost.size
    sessions = out.sessions[: out.n[SESSION]]
    served = sessions["id"][sessions["release"] == 1]
    assert np.isin(lost["session"], served).all()
    nobody = run_block(world, plan.under(new_cause(canary=ALL_CONTROL)), Block(0, 0, N))[2]
    assert not (nobody.orders[: nobody.n[ORDER]]["reason"] == BY_SYSTEM).any()


def test_the_service_fails_in_one_region_and_then_works():
    world, _, _, _, out = live(
        rollout={
            "failing_region": "South",
            "failing_share": 1.0,
            "failing_days": 20,
            "waves": [{"first_day": 40, "store_share": 1.0}],
        },
        demand={"need_rate": 120.0, "serious_conversion": 0.2},
    )
    orders = out.orders[: out.n[ORDER]]
    collected = orders[orders["fulfilment"] == COLLECT]
    region = world.places.region[collected["location"] - 2]
    day = collected["at"] // DAY
    south = region == world.scenario.market.regions.index("South")
    failed = collected["reason"] == BY_SYSTEM
    early = south & (day < 60)
    assert early.any()
    # the buyer may have cancelled, or the shelf been empty, before the service could fail
    assert (failed | (collected["reason"] >= 0))[early].all()
    assert not failed[~early].any()


def test_goods_made_to_order_cost_more_and_come_later(custom):
    world, _, _, _, out = custom
    orders, lines = out.orders[: out.n[ORDER]], out.lines[: out.n[LINE]]
    made = orders[orders["fulfilment"] == TO_ORDER]
    assert made.size > 20
    assert not np.isin(made["channel"], [BY_STORE]).any()
    mine = lines[np.isin(lines["order"], made["id"])]
    list_price = world.products.price_cents[mine["sku"] - 1] * mine["units"]
    assert np.array_equal(mine["gross"], list_price + list_price * 25 // 100)
    assert (made["promised"] - made["at"] == 12 * DAY).all()  # 1.2 x 10 days
    done = made[made["fulfilled"] >= 0]
    assert (done["fulfilled"] - done["at"] > 3 * DAY).all()


def test_goods_made_to_order_leave_no_shelf(custom):
    _, _, _, _, out = custom
    orders, lines = out.orders[: out.n[ORDER]], out.lines[: out.n[LINE]]
    from_stock = orders["id"][(orders["fulfilment"] != TO_ORDER) & (orders["reason"] < 0)]
    assert out.sold.sum() == lines["units"][np.isin(lines["order"], from_stock)].sum()


def test_options_and_waiting_cost_orders():
    def n_orders(**dials):
        block = {"is_on": True, "order_share": 1.0, **dials}
        _, _, _, _, out = live(made_to_order=block)
        orders = out.orders[: out.n[ORDER]]
        # a call orders without the configurator
        return ((orders["fulfilment"] == TO_ORDER) & (orders["channel"] != BY_CALL)).sum()

    few = n_orders(n_options=4)
    assert n_orders(n_options=60) < few
    assert n_orders(n_options=4, lead_time_days=100.0, lead_time_aversion=0.3) < few


def test_nothing_is_made_to_order_when_it_is_off(base):
    _, _, out = base
    assert not (out.orders[: out.n[ORDER]]["fulfilment"] == TO_ORDER).any()
    assert not out.sessions[: out.n[SESSION]]["release"].any()


def test_visits_of_crawlers_have_no_other_intent():
    _, _, people, _, out = live(tracking={"bot_share": 0.2})
    sessions = out.sessions[: out.n[SESSION]]
    is_bot = people["kind"][sessions["row"]] == BOT
    assert is_bot.any()
    assert np.array_equal(sessions["intent"] == IS_BOT, is_bot)
