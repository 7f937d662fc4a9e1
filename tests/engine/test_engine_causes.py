"""Causes of the kernel: what happens before them, whom they reach, and what they do exactly."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnisim.behaviour.rules import saturate, wear
from omnisim.engine import (
    Block,
    build_plan,
    new_cause,
    run_block,
    run_without_log,
    with_factors,
)
from omnisim.engine.codes import CLICK, DIRECT, MAIL_COUPON, WELCOME
from omnisim.engine.orders import line_discount
from omnisim.engine.plan import ALL_CONTROL, ALL_TREATED, Goods
from omnisim.engine.state import LINE, NO_TIME, ORDER, RETURN, SESSION, SURVEY, TOUCH
from omnisim.schema import CHANNEL_ID, CHANNELS
from omnisim.world import build_persons, build_world
from omnisim.world.factors import build_factors, cause_names
from omnisim.world.persons import BOT
from omnisim.world.places import NEVER

from .conftest import small_scenario

N = 1_024
DAY = 86_400
FIRST, N_DAYS = 42, 28  # window of every cause below
CAUSES = {
    "campaigns": [
        {
            "name": "Burst", "channel": "paid_social", "first_day": FIRST, "n_days": N_DAYS,
            "reach_factor": 3.0,
        }
    ],
    "promotions": [
        {"name": "Sale", "first_day": FIRST, "n_days": N_DAYS, "discount": 0.2}
    ],
    "shocks": [
        {"kind": "price_war", "first_day": FIRST, "n_days": N_DAYS, "effect": -0.4},
        {
            "kind": "demand_shock", "first_day": FIRST, "n_days": N_DAYS, "effect": 0.5,
            "region": "North",
        },
        {
            "kind": "rule_change", "first_day": FIRST, "n_days": N_DAYS, "effect": -0.9,
            "channel": "marketplace",
        },
    ],
}  # fmt: skip


def scenario(**overrides):
    return small_scenario(**{"population": {"n_customers": N}, **CAUSES, **overrides})


def built(**overrides):
    made = scenario(**overrides)
    world = build_world(made)
    return world, build_plan(world)


def people_of(world):
    return build_persons(world.scenario, world.places, 0, world.scenario.population.n_customers)


def orders_of(out):
    return out.week[:, :, 2]


def daily_orders(world, plan):
    """Orders by person and day, from the log."""
    _, _, out = run_block(world, plan, Block(0, 0, N))
    orders = out.orders[: out.n[ORDER]]
    found = np.zeros((N, plan.n_days), np.int64)
    np.add.at(found, (orders["row"], orders["at"] // DAY), 1)
    return found


@pytest.fixture(scope="module")
def lived():
    """World, plan, and its logged run."""
    world, plan = built()
    people, state, out = run_block(world, plan, Block(0, 0, N))
    return SimpleNamespace(world=world, plan=plan, people=people, state=state, out=out)


NAMES = [name for group in cause_names(scenario()).values() for name in group]
LOGS = {
    "touches": TOUCH,
    "sessions": SESSION,
    "orders": ORDER,
    "lines": LINE,
    "returns": RETURN,
    "surveys": SURVEY,
}


def without(lived, name):
    return with_factors(lived.plan, build_factors(lived.world.scenario, without=(name,)))


@pytest.mark.parametrize("name", NAMES)
def test_no_cause_changes_a_row_before_its_first_day(lived, name):
    _, _, other = run_block(lived.world, without(lived, name), Block(0, 0, N))
    for log, kind in LOGS.items():
        mine, theirs = (
            np.sort(rows[rows["at"] < FIRST * DAY], order="id")
            for rows in (getattr(out, log)[: out.n[kind]] for out in (lived.out, other))
        )
        assert mine.size
        assert all(np.array_equal(mine[field], theirs[field]) for field in mine.dtype.names)
    assert not np.array_equal(lived.out.week, other.week)  # and afterwards it does something


def test_a_campaign_leaves_those_it_does_not_reach_alone(lived):
    other = run_without_log(without(lived, "campaign:Burst"), lived.people)
    met = lived.out.touches[: lived.out.n[TOUCH]]
    day = met["at"] // DAY
    inside = (met["channel"] == CHANNEL_ID["paid_social"]) & (day >= FIRST) & (day < FIRST + N_DAYS)
    reached = np.isin(np.arange(N), met["row"][inside])
    assert np.array_equal(other.week[~reached], lived.out.week[~reached])
    assert 0 < (other.week != lived.out.week).any(axis=(1, 2)).sum() < reached.sum() < N


def test_a_shock_stays_in_its_region(lived):
    other = run_without_log(without(lived, "shock:demand_shock 2"), lived.people)
    region = lived.world.places.region[lived.people["store"]]
    differs = (other.week != lived.out.week).any(axis=(1, 2))
    assert set(region[differs]) == {lived.world.scenario.market.regions.index("North")}


def test_a_channel_that_is_ruled_out_is_not_met():
    shut = {
        "kind": "rule_change", "first_day": FIRST, "n_days": N_DAYS, "effect": -1.0,
        "channel": "marketplace",
    }  # fmt: skip
    world, plan = built(shocks=[shut], fraud={"is_on": False})
    out = run_block(world, plan, Block(0, 0, N))[2]
    met = out.contacts[1, CHANNEL_ID["marketplace"]]
    assert met[FIRST : FIRST + N_DAYS].sum() == 0
    assert met[:FIRST].sum() > 0 < met[FIRST + N_DAYS :].sum()


def test_where_nobody_wants_anything_no_need_arises():
    """Except those that a click on a push raises: pushes are not clicked here."""
    silent = {c.channel: {"click_share": 0.0} for c in CHANNELS if c.is_push}
    gone = {
        "kind": "demand_shock", "first_day": FIRST, "n_days": N_DAYS, "effect": -1.0,
        "region": "East",
    }  # fmt: skip
    world, plan = built(shocks=[gone], marketing={"channels": silent})
    needs = run_block(world, plan, Block(0, 0, N))[2].needs
    east = world.places.region == world.scenario.market.regions.index("East")
    inside = slice(FIRST, FIRST + N_DAYS)
    assert needs[east, inside].sum() == 0
    assert needs[~east, inside].sum() > 0 < needs[east, :FIRST].sum()


def test_nobody_buys_where_a_price_war_takes_every_sale():
    war = {"kind": "price_war", "first_day": FIRST, "n_days": N_DAYS, "effect": -1.0}
    world, plan = built(shocks=[war], promotions=[], demand={"showrooming_share": 0.0})
    weekly = orders_of(run_without_log(plan, people_of(world))).sum(axis=0)
    weeks = slice(FIRST // 7, (FIRST + N_DAYS) // 7)
    assert weekly[weeks].sum() == 0
    assert (np.delete(weekly, np.arange(18)[weeks]) > 0).all()


PAIR = ("paid_social", "email")


@pytest.mark.parametrize("off", [*[(name,) for name in PAIR], PAIR])
def test_synergy_is_nothing_when_either_channel_has_no_effect(off):
    bond = {"first": PAIR[0], "second": PAIR[1], "conversion_effect": 2.0}
    plans = [built(marketing={"synergies": pairs}) for pairs in ([bond], [])]
    people = people_of(plans[0][0])
    ghost, both = (
        [run_without_log(plan.under(new_cause(without=names)), people).week for _, plan in plans]
        for names in (off, ())
    )
    assert np.array_equal(*ghost)
    assert not np.array_equal(*both)


@settings(deadline=None)  # the first call loads compiled code
@given(pressure=st.floats(0, 1e4), fatigue=st.floats(0, 1), half=st.floats(0.01, 1e3))
def test_law_wear_takes_a_part_never_more(pressure, fatigue, half):
    left = wear(pressure, fatigue, half)
    assert 1 - fatigue <= left <= 1
    assert 0 <= saturate(pressure, half) * left <= saturate(pressure, half)
    assert wear(pressure, 0.0, half) == 1.0
    assert wear(pressure, fatigue, half) <= wear(pressure / 2, fatigue, half)


def test_fatigue_never_wins_the_first_order_that_differs():
    """Luck is shared: the first need that ends differently ends without an order.

    Pushes only raise conversion here: where they raise needs, an order lost may free the customer
    for another need. Every wish ends in an order at once: nobody goes home to order, nothing is
    cancelled.
    """
    pushes = {
        c.channel: {"need_effect": 0.0, "click_share": 0.0, "conversion_effect": 1.0, "reach": 2.0}
        for c in CHANNELS
        if c.is_push
    }
    worlds = [
        built(
            marketing={"channels": pushes, "fatigue": level, "wear_out": 2.0},
            demand={"need_rate": 40.0, "showrooming_share": 0.0},
            fulfilment={"cancel_share": 0.0},
            stock={"stock_out_share": 0.0},
        )
        for level in (0.9, 0.0)
    ]
    tired, fresh = (daily_orders(world, plan) for world, plan in worlds)
    rows = np.flatnonzero((tired != fresh).any(axis=1))
    first = (tired != fresh).argmax(axis=1)
    assert rows.size > 30
    assert (tired[rows, first[rows]] < fresh[rows, first[rows]]).all()
    assert tired.sum() < fresh.sum()


def test_a_coupon_takes_its_percent_off_what_the_price_cut_leaves(lived):
    """By hand: 99.99 less 20 % is 19.99 off, 80.00 left; 15 % of it are 12.00, so 31.99 in all."""
    products = np.recarray(1, lived.plan.products.dtype)
    products["price"], products["category"] = 9_999, 0
    goods = Goods(products, lived.plan.availability)
    assert line_discount(lived.plan, goods, FIRST, 0, 9_999, 15) == 1_999 + 1_200
    assert line_discount(lived.plan, goods, FIRST, 0, 9_999, 0) == 1_999
    assert line_discount(lived.plan, goods, FIRST - 1, 0, 9_999, 15) == 1_499
    assert line_discount(lived.plan, goods, FIRST + N_DAYS, 0, 9_999, 0) == 0


def test_every_line_carries_its_price_cut_and_coupon(lived):
    orders = lived.out.orders[: lived.out.n[ORDER]]
    lines = lived.out.lines[: lived.out.n[LINE]]
    coupons = lived.world.scenario.coupons
    percent = {
        -1: 0,
        WELCOME: round(100 * coupons.welcome_discount),
        MAIL_COUPON: round(100 * coupons.mail_discount),
    }
    of_order = dict(zip(orders["id"].tolist(), orders["coupon"].tolist(), strict=True))
    off = np.array([percent[of_order[number]] for number in lines["order"].tolist()])
    day = lines["at"] // DAY
    cut = np.where((day >= FIRST) & (day < FIRST + N_DAYS), 20, 0)
    gross = lines["gross"]
    taken = gross * cut // 100
    assert np.array_equal(lines["discount"], taken + (gross - taken) * off // 100)
    assert ((cut > 0) & (off > 0)).any()


LONELY = {"after_days": 28, "reach_factor": 1.0, "return_share": 1.0}


def lapses(world, plan, after_days):
    """Who goes more than so many days without an order after the first one, without win-back."""
    quiet = plan.under(new_cause(win_back_on=False))
    people, state, out = run_block(world, quiet, Block(0, 0, N))
    orders = out.orders[: out.n[ORDER]]
    bought = [np.sort(orders["at"][orders["row"] == i] // DAY) for i in range(N)]
    longest = np.array(
        [np.diff([*days, plan.n_days - 1]).max() if len(days) else 0 for days in bought]
    )
    return people, state, out, longest > after_days


def test_win_back_brings_back_those_who_had_left_and_lapsed():
    """A message to a lapsed member may end his leave; it does nothing to anybody else."""
    world, plan = built(win_back=LONELY, demand={"need_rate": 40.0, "dropout_share": 0.5})
    people, state, quiet, lapsed = lapses(world, plan, LONELY["after_days"])
    back = run_without_log(plan, people)
    differs = (back.week != quiet.week).any(axis=(1, 2))
    assert differs.sum() > 20
    assert (state["has_left"] & lapsed)[differs].all()
    assert orders_of(back).sum() > orders_of(quiet).sum()


def test_win_back_writes_more_to_the_lapsed_alone():
    world, plan = built(
        win_back={"after_days": 28, "reach_factor": 4.0, "return_share": 0.0},
        demand={"need_rate": 40.0, "dropout_share": 0.2},
    )
    people, _, quiet, lapsed = lapses(world, plan, 28)
    more = run_without_log(plan, people)
    differs = (more.week != quiet.week).any(axis=(1, 2))
    assert differs.sum() > 0
    assert lapsed[differs].all()


def test_benefits_reach_account_holders_alone():
    world, plan = built(membership={"conversion_effect": 1.0})
    people, state, out = run_block(world, plan, Block(0, 0, N))
    other = run_without_log(plan.under(new_cause(membership_on=False)), people)
    stranger = (state["joined_at"] == NO_TIME).all(axis=1)
    assert stranger.any()
    assert np.array_equal(other.week[stranger], out.week[stranger])
    assert orders_of(other).sum() < orders_of(out).sum()


def test_a_test_leaks_from_members_to_those_they_live_with():
    """Persons 2k and 2k + 1 share a home; who does not live with a member hears of nothing."""
    leaky = {"first_day": 42, "n_days": 63, "conversion_effect": 3.0, "spillover_share": 1.0}
    world, plan = built(experiment=leaky, population={"n_customers": N, "account_share": 0.3})
    people, state, _ = run_block(world, plan, Block(0, 0, N))
    member = people["account_at"] < NEVER
    assert np.array_equal(people["shares_home_with_member"], member[np.arange(N) ^ 1])
    everybody, nobody = (
        run_without_log(plan.under(new_cause(experiment=arm)), people).week
        for arm in (ALL_TREATED, ALL_CONTROL)
    )
    differs = (everybody != nobody).any(axis=(1, 2))
    joined = state["joined_at"][:, 0]
    enrolled = (joined != NO_TIME) & (joined < 42 * DAY)
    at_home = people["shares_home_with_member"]
    assert not differs[~enrolled & ~at_home].any()
    assert differs[~enrolled & at_home].any()


@pytest.fixture(scope="module")
def crawled():
    """A world with many crawlers and doubles, and the same without."""
    off = {"is_on": False}
    many = {"is_on": True, "bot_share": 0.1, "duplicate_share": 0.1, "bot_visits_per_week": 5.0}
    return [
        (world, *run_block(world, plan, Block(0, 0, N)))
        for world, plan in (built(tracking=tracking, fraud=off) for tracking in (many, off))
    ]


def test_crawlers_visit_and_do_nothing_else(crawled):
    world, people, state, out = crawled[0]
    bot = people["kind"] == BOT
    assert 60 < bot.sum() < 145  # 10 % of 1,024, four standard errors
    assert (state["joined_at"][bot] == NO_TIME).all()
    assert (state["n_orders"][bot] == 0).all()
    assert (out.week[bot] == 0).all()
    for log in ("orders", "lines", "returns", "surveys"):
        rows = getattr(out, log)[: out.n[LOGS[log]]]
        assert not bot[rows["row"]].any()
    touches, sessions = (getattr(out, log)[: out.n[LOGS[log]]] for log in ("touches", "sessions"))
    theirs = touches[bot[touches["row"]]]
    assert theirs.size
    assert set(theirs["kind"]) == {CLICK}
    assert set(theirs["channel"]) == {DIRECT}
    assert (theirs["customer"] == -1).all()
    seen = sessions[bot[sessions["row"]]]
    assert not (seen["order"] | seen["cart"] | seen["checkout"]).any()
    # five visits a week: a binomial over bots and days, four standard errors
    days = bot.sum() * world.scenario.horizon.n_days
    assert abs(seen.size / days - 5 / 7) < 4 * np.sqrt(5 / 7 * 2 / 7 / days) + 0.01  # outages


def test_crawlers_and_doubles_change_no_person(crawled):
    (_, people, _, out), (_, _, _, clean) = crawled
    human = people["kind"] != BOT
    assert np.array_equal(out.week[human], clean.week[human])


def test_doubles_have_the_same_second_and_another_id(crawled):
    (_, people, _, out), (_, _, _, clean) = crawled
    rows, plain = (
        touches[human[touches["row"]]]
        for human, touches in (
            (people["kind"] != BOT, log.touches[: log.n[TOUCH]]) for log in (out, clean)
        )
    )
    same = [name for name in rows.dtype.names if name not in ("id", "session")]
    assert np.unique(rows["id"]).size == rows.size
    distinct, copies = np.unique(rows[[*same, "session"]], return_counts=True)
    is_double = copies > 1
    assert set(copies) == {1, 2}
    assert set(distinct["kind"][is_double]) == {CLICK}
    clicks = (plain["kind"] == CLICK).sum()
    assert abs(is_double.sum() / clicks - 0.1) < 4 * np.sqrt(0.1 * 0.9 / clicks)
    # without doubles, what is left is what a clean log holds
    assert distinct.size == plain.size
    assert np.array_equal(np.sort(distinct[same]), np.sort(plain[same]))
