"""What follows from the log around the sale: web events, and the way of an order that is made."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from omnisim.behaviour.made_to_order import lead_time_factor, overload_factor
from omnisim.engine import Block, build_plan, run_block
from omnisim.engine.records import BlockLog
from omnisim.engine.records.made_to_order import MADE, made_to_order_columns
from omnisim.engine.records.web_events import web_event_columns
from omnisim.engine.state import NO_TIME
from omnisim.schema.channels import FULFILMENTS
from omnisim.timeline import SECONDS_PER_DAY
from omnisim.world import build_world

from .conftest import N, small_scenario

PARCEL = FULFILMENTS.index("ship_from_dc")
MADE_ON = {"is_on": True, "start_share": 0.6, "completion_share": 0.9, "rework_share": 0.2}


def frame(columns):
    """Columns as the writer gets them, as a frame; what is missing becomes NA."""
    plain = {}
    for name, column in columns.items():
        if isinstance(column, tuple):
            kind = "Int64" if column[0].dtype.kind == "i" else "Float64"
            plain[name] = pd.array(column[0]).astype(kind)
            plain[name][column[1]] = pd.NA
        elif hasattr(column, "codes"):
            plain[name] = np.array([*column.names, None], object)[column.codes]
        else:
            plain[name] = column
    return pd.DataFrame(plain)


def with_made_orders(world, run):
    """The log as if every parcel had been made to order, in about three weeks."""
    people, state, out = run
    log = BlockLog.of(world, people, state, out)
    orders = log.orders.copy()
    parcel = orders["fulfilment"] == PARCEL
    orders["fulfilment"][parcel] = MADE
    orders["promised"][parcel] = orders["at"][parcel] + 21 * SECONDS_PER_DAY
    handed = orders["at"][parcel] + (15 + orders["id"][parcel] % 12) * SECONDS_PER_DAY
    is_open = (orders["reason"][parcel] >= 0) | (handed >= log.end)
    orders["fulfilled"][parcel] = np.where(is_open, NO_TIME, handed)
    return BlockLog(
        world,
        people,
        state,
        log.touches,
        log.sessions,
        orders,
        log.lines,
        log.returns,
        log.surveys,
    )


@pytest.fixture(scope="module")
def made_world():
    return build_world(small_scenario(made_to_order=MADE_ON))


@pytest.fixture(scope="module")
def made_log(made_world):
    return with_made_orders(
        made_world, run_block(made_world, build_plan(made_world), Block(0, 0, N))
    )


@pytest.fixture(scope="module")
def made(made_log):
    return {name: frame(columns) for name, columns in made_to_order_columns(made_log).items()}


@pytest.fixture(scope="module")
def log(world, base):
    return BlockLog.of(world, *base)


@pytest.fixture(scope="module")
def events(log):
    return frame(web_event_columns(log)["web_events"])


def test_flags_of_sessions_are_their_events(log, events):
    visits = pd.DataFrame({"id": log.sessions["id"]}).set_index("id")
    found = events.groupby(["session_id", "event_name"]).size().unstack(fill_value=0)
    found = found.reindex(visits.index)
    for event, field in (
        ("add_to_cart", "cart"),
        ("begin_checkout", "checkout"),
        ("purchase", "order"),
    ):
        assert np.array_equal(found[event] > 0, log.sessions[field])
        assert log.sessions[field].any()
    assert (found["session_start"] == 1).all()
    assert (found["begin_checkout"] <= 1).all()
    # bounces see no product, unless it was in the cart
    sees = (log.sessions["pages"] >= 2) | log.sessions["cart"]
    assert np.array_equal(found["view_item"] > 0, sees)


def test_events_are_few_and_in_order(log, events):
    assert len(events) <= 2.2 * log.sessions.size
    assert events["event_at"].is_monotonic_increasing
    in_session = events.sort_values(["session_id", "event_number"])
    steps = in_session.groupby("session_id")
    assert (steps["event_at"].diff().dropna() >= 0).all()
    assert (steps["event_number"].diff().dropna() == 1).all()
    stage = in_session["event_name"].map({"begin_checkout": 1, "purchase": 2}).fillna(0)
    assert (stage.groupby(in_session["session_id"]).diff().dropna() >= 0).all()


@pytest.mark.parametrize("seconds", [0, 1, 4, 40])
def test_short_visits_before_midnight_stay_in_order(made_log, seconds):
    visits = made_log.sessions.copy()
    orders = made_log.orders[made_log.orders["session"] >= 0]
    at = pd.Series(orders["at"], orders["session"])
    buys = np.isin(visits["id"], orders["session"])
    visits["at"][buys] = at[visits["id"][buys]].to_numpy() - seconds
    log = replace(made_log, sessions=visits)
    steps = frame(web_event_columns(log)["web_events"]).sort_values(["session_id", "event_number"])
    assert (steps.groupby("session_id")["event_at"].diff().dropna() >= 0).all()
    made = {name: frame(columns) for name, columns in made_to_order_columns(log).items()}
    began = pd.Series(log.milliseconds(visits["at"]), visits["id"])
    origin = made["configurations"].dropna(subset="session_id").set_index("configuration_id")
    assert (origin["started_at"] >= began[origin["session_id"]].to_numpy()).all()
    quoted = (
        made["quotes"].set_index("configuration_id")["quoted_at"].reindex(origin.index).dropna()
    )
    assert (quoted >= origin["started_at"][quoted.index]).all()


def test_buyers_put_in_the_cart_what_they_bought(log, events):
    orders = pd.DataFrame({name: log.orders[name] for name in ("id", "session", "at")})
    lines = pd.DataFrame({name: log.lines[name] for name in ("order", "sku", "units")})
    online = orders[orders["session"] >= 0]
    bought = lines.merge(online, left_on="order", right_on="id")
    bought = bought.groupby(["session", "sku"])["units"].sum()
    carts = events[(events["event_name"] == "add_to_cart")]
    carts = carts[carts["session_id"].isin(online["session"])]
    carts = carts.groupby(["session_id", "sku"])["n_units"].sum()
    assert carts.tolist() == bought.tolist()
    assert [tuple(k) for k in carts.index] == [tuple(k) for k in bought.index]
    paid = events[events["event_name"] == "purchase"].set_index("order_id")["event_at"]
    at = pd.Series(log.milliseconds(online["at"]), online["id"])
    assert paid.sort_index().tolist() == at.sort_index().tolist()


def test_no_event_after_the_end_of_the_data(log, events):
    before_order = events[events["event_name"] != "purchase"]
    end = log.milliseconds(np.array([log.end]))[0]
    late = set(log.sessions["id"][log.sessions["at"] >= log.end])
    assert (before_order.loc[~before_order["session_id"].isin(late), "event_at"] < end).all()


def test_rows_do_not_depend_on_the_cut_into_blocks(made_world, made_log):
    plan, half = build_plan(made_world), N // 2
    parts = [
        with_made_orders(made_world, run_block(made_world, plan, Block(k, a, b)))
        for k, (a, b) in enumerate(((0, half), (half, N)))
    ]
    for make in (web_event_columns, made_to_order_columns):
        whole, halves = make(made_log), [make(part) for part in parts]
        for table, columns in whole.items():
            expected = frame(columns)
            found = pd.concat([frame(one[table]) for one in halves])
            by = list(expected.columns[:3])
            assert len(expected) > 0
            pd.testing.assert_frame_equal(
                expected.sort_values(by, ignore_index=True),
                found.sort_values(by, ignore_index=True),
            )


def test_an_order_that_is_made_has_configuration_quote_and_workshop(made_log, made):
    orders = pd.DataFrame({name: made_log.orders[name] for name in made_log.orders.dtype.names})
    orders = orders[orders["fulfilment"] == MADE].set_index("id")
    orders["at_ms"] = made_log.milliseconds(orders["at"])
    accepted = made["quotes"][made["quotes"]["is_accepted"]].set_index("order_id")
    assert sorted(accepted.index) == sorted(orders.index)
    both = accepted.join(orders)
    assert (both["amount_cents"] == both["gross"] - both["discount"]).all()
    assert (both["quoted_at"] <= both["at_ms"]).all()
    origin = made["configurations"].set_index("configuration_id").loc[both["configuration_id"]]
    assert origin["is_completed"].all()
    assert (origin["started_at"].to_numpy() < both["quoted_at"].to_numpy()).all()
    online = both["session"] >= 0
    assert (origin["session_id"][online.to_numpy()].to_numpy() == both["session"][online]).all()

    work = made["production_orders"].set_index("order_id").join(orders)
    assert work.index.is_unique
    assert (work["reason"] < 0).all()
    delivered = work["delivered_at"].notna()
    assert delivered.any()
    assert not delivered.all()
    assert np.array_equal(delivered, work["fulfilled"] != NO_TIME)
    done = work[delivered]
    assert (done["delivered_at"] == made_log.milliseconds(done["fulfilled"])).all()
    assert (done["at_ms"] < done["started_at"]).all()
    assert (done["started_at"] < done["finished_at"]).all()
    assert (done["finished_at"] < done["delivered_at"]).all()
    begun = set(work.index)
    handed = orders.index[orders["fulfilled"] != NO_TIME]
    assert set(handed) <= begun


def test_made_anew_is_often_late(made_log, made):
    orders = pd.DataFrame({"id": made_log.orders["id"], "promised": made_log.orders["promised"]})
    work = made["production_orders"].dropna().merge(orders, left_on="order_id", right_on="id")
    late = work["delivered_at"] > made_log.milliseconds(work["promised"])
    # 20 % on time, three times as many late; four binomial standard errors
    for share, rows in ((0.2, work[~late]), (0.6, work[late])):
        error = 4 * (share * (1 - share) / len(rows)) ** 0.5
        assert abs(rows["is_rework"].mean() - share) < error
    assert work["is_rework"][late].mean() > work["is_rework"][~late].mean()


def test_fewer_finish_where_more_options_are_offered(made):
    found = made["configurations"]
    few = found["n_options_seen"] <= 12
    share = found.groupby(few)["is_completed"].agg(["mean", "size"])
    gap = share.loc[True, "mean"] - share.loc[False, "mean"]
    spread = (share["mean"] * (1 - share["mean"]) / share["size"]).sum() ** 0.5
    assert gap > 2 * spread


def test_without_the_switch_nobody_opens_a_configurator(log):
    assert all(len(frame(columns)) == 0 for columns in made_to_order_columns(log).values())


def test_an_empty_block_has_no_rows(log):
    nothing = BlockLog(
        log.world, log.people, log.state, log.touches[:0], log.sessions[:0], log.orders[:0],
        log.lines[:0], log.returns[:0], log.surveys[:0],
    )  # fmt: skip
    for make in (web_event_columns, made_to_order_columns):
        assert all(len(frame(columns)) == 0 for columns in make(nothing).values())


def test_overload_and_waiting_take_conversion_away():
    assert overload_factor(24, 24.0) == 0.5
    assert overload_factor(72, 24.0) == pytest.approx(0.1)
    assert lead_time_factor(0.0, 0.08) == 1.0
    assert lead_time_factor(70.0, 0.1) == 0.5
