"""Every risk's query on tables small enough to count by hand."""

import numpy as np
import pandas as pd
import pytest

from omnisim.errors import DesignError
from omnisim.risk import default_register, loss_data, measure_economics
from omnisim.risk.assess import MEASURES
from omnisim.risk.economics import Economics

RISK = {r.key: r for r in default_register().risks}
ECONOMICS = Economics(
    currency="USD",
    annual_net_sales=1e6,
    annual_gross_margin=4e5,
    order_value=100.0,
    customer_margin=50.0,
    exposure_years=1.0,
    n_orders=10_000,
)


def observe(key, data):
    return MEASURES[key][0](data)


def losses(key, data):
    observed, severity = observe(key, data), MEASURES[key][1]
    return loss_data(observed, RISK[key], ECONOMICS, severity)


def day_of(observed):
    return (observed.events["event_day"] - observed.first_day).tolist()


def snapshots(*rows):
    frame = pd.DataFrame(rows, columns=["day", "location_id", "sku", "n_sold", "is_stocked_out"])
    frame["snapshot_date"] = pd.Timestamp(2025, 1, 1) + pd.to_timedelta(frame.pop("day"), unit="D")
    return frame


def test_economics_by_hand(orders, warehouse):
    data = warehouse(
        n_days=30,
        orders=orders((0, {"customer_id": 1}), (1, {"customer_id": 2}), (2, {"customer_id": 2})),
        order_lines=pd.DataFrame(
            {"order_line_id": [1, 2, 3], "n_units": [2, 1, 1], "cost_amount": [60.0, 60.0, 60.0]}
        ),
        returns=pd.DataFrame(
            {"order_id": [1], "order_line_id": [1], "n_units": [1], "refund_amount": [50.0]}
        ),
    )
    e = measure_economics(data)
    t = 30 / 365.25
    # 3 x (100 - 60 - 5) = 105; one of two units back: 50 refunded, goods worth 30 on the shelf.
    assert e.annual_net_sales == pytest.approx(300 / t)
    assert e.annual_gross_margin == pytest.approx((105 - 50 + 30) / t)
    assert e.order_value == 100.0
    assert e.customer_margin == pytest.approx(85 / 2 / t)


def test_stock_out_spells_and_demand_by_hand(warehouse):
    data = warehouse(
        n_days=40,
        inventory_snapshots=snapshots(
            (0, 2, 1, 28, False),  # 28 units in the 28 days in stock: one a day
            (28, 2, 1, 0, True),
            (30, 2, 1, 0, True),  # the weekly row of the same spell
            (33, 2, 1, 0, False),
            (38, 2, 1, 0, True),  # a second spell to the end: 2 days
        ),
        order_lines=pd.DataFrame(
            {"sku": [1], "n_units": [2], "net_amount": [100.0], "cost_amount": [60.0]}
        ),
        products=pd.DataFrame({"sku": [1], "list_price": [60.0], "unit_cost": [30.0]}),
    )
    observed = observe("stock_out", data)
    rate = 28 / 33  # one pair only, so shrinking towards the SKU's own rate changes nothing
    assert day_of(observed) == [28, 38]
    assert observed.events["n_days"].tolist() == [5, 2]
    assert observed.events["lost_units"].to_numpy() == pytest.approx([5 * rate, 2 * rate])
    assert observed.events["unit_margin"].tolist() == [20.0, 20.0]
    assert observed.n_at_risk == 40
    assert observed.indicator == pytest.approx(0.175)
    found = losses("stock_out", data)
    assert found.severities == pytest.approx([5 * rate * 20 * 0.40, 2 * rate * 20 * 0.40])


def test_a_day_that_sold_its_last_unit_was_a_day_in_stock(warehouse):
    data = warehouse(
        n_days=12,
        inventory_snapshots=snapshots(
            (0, 2, 1, 1, False), (5, 2, 1, 4, True), (10, 2, 1, 0, False), (11, 2, 1, 0, False)
        ),
        order_lines=pd.DataFrame(
            {"sku": [9], "n_units": [1], "net_amount": [1.0], "cost_amount": [0.0]}
        ),
        products=pd.DataFrame({"sku": [1], "list_price": [50.0], "unit_cost": [30.0]}),
    )
    events = observe("stock_out", data).events
    # 5 units on 8 days open (0-5, 10, 11); 4 days of the spell could not be sold on.
    assert events["n_days"].tolist() == [4]
    assert events["lost_units"].to_numpy() == pytest.approx([4 * 5 / 8])
    assert events["unit_margin"].tolist() == [20.0]  # never sold: list price less cost


def test_thin_pairs_borrow_from_their_sku_and_location(warehouse):
    data = warehouse(
        n_days=56,
        inventory_snapshots=snapshots(
            (0, 2, 1, 56, False),  # store 2 sells one a day
            (0, 3, 1, 0, False),  # store 3 was in stock for one day and sold nothing
            (1, 3, 1, 0, True),
        ),
        order_lines=pd.DataFrame(
            {"sku": [1], "n_units": [1], "net_amount": [30.0], "cost_amount": [10.0]}
        ),
        products=pd.DataFrame({"sku": [1], "list_price": [60.0], "unit_cost": [30.0]}),
    )
    events = observe("stock_out", data).events
    # SKU rate 56 / 57; level of store 3 is 0 / (1 x rate) = 0, so nothing is invented for it.
    assert events["lost_units"].to_numpy() == pytest.approx([0.0])


def test_oversells(orders, warehouse):
    data = warehouse(
        orders=orders(
            (4, {"status": "cancelled", "cancel_reason": "no_stock"}),
            (5, {"status": "cancelled", "cancel_reason": "customer"}),
            (6, {"status": "cancelled", "cancel_reason": "no_stock", "cost_amount": 200.0}),
        ),
        inventory_audits=pd.DataFrame({"n_system": [12], "n_counted": [10]}),
    )
    observed = observe("oversell", data)
    assert day_of(observed) == [4, 6]
    assert (observed.indicator, observed.n_at_risk) == (pytest.approx(0.2), 3)
    # 35 x 0.6 + 100 x 0.06 + 100 x 0.05 + 50 x 0.05; a loss-making order loses no margin.
    assert losses("oversell", data).severities == pytest.approx([34.5 + 0.0, 13.5])


def test_late_orders(orders, warehouse, at):
    data = warehouse(
        n_days=28,
        orders=orders(
            (0, {}),
            (1, {"fulfilled_at": at(5)}),
            (2, {"fulfilled_at": None}),
            (27, {"fulfilled_at": None}),  # not due yet
            (3, {"fulfilled_at": at(9), "fulfilment": "carry_out"}),
        ),
    )
    observed = observe("late_fulfilment", data)
    assert day_of(observed) == [4, 5]  # days of the promise
    assert (observed.n_at_risk, observed.indicator) == (3, pytest.approx(1 / 3))
    # 100 x 0.02 + 0.30 x 6 + 50 x 0.03
    assert losses("late_fulfilment", data).severities == pytest.approx([5.3, 5.3])


def burst(token, days, first_account=1, **changes):
    return [
        (day, {"payment_identity_id": token, "customer_id": first_account + k} | changes)
        for k, day in enumerate(days)
    ]


def test_fake_bursts_need_four_accounts_in_a_week(orders, warehouse):
    data = warehouse(
        n_days=60,
        orders=orders(
            *burst(1, [0, 1, 2, 3]),  # a burst
            *burst(1, [40, 41, 42, 43], status="cancelled", cancel_reason="payment_review"),
            *burst(2, [0, 1, 2]),  # a family
            *burst(3, [0, 8, 16, 24]),  # a slow family
            (5, {"payment_identity_id": 4, "customer_id": 9}),
            (6, {"payment_identity_id": 4, "customer_id": 9}),  # one account, many orders
            (7, {"payment_identity_id": 4, "customer_id": 9}),
            (8, {"payment_identity_id": 4, "customer_id": 9}),
        ),
    )
    observed = observe("fake_orders", data)
    assert day_of(observed) == [0, 40]
    assert observed.events["n_orders"].tolist() == [4, 4]
    assert observed.events["net_open"].tolist() == [400.0, 0.0]
    assert observed.indicator == pytest.approx(8 / 19)
    # 400 x 0.12 + 20 x 2 + 4 x 10; cancelled in review: the work alone.
    assert losses("fake_orders", data).severities == pytest.approx([128.0, 40.0])


def test_the_seventh_day_still_belongs_to_the_burst(orders, warehouse):
    data = warehouse(orders=orders(*burst(1, [0, 1, 2, 7])))
    assert observe("fake_orders", data).events["n_orders"].tolist() == [4]
    late = orders(*burst(1, [0, 1, 2, 7]))
    late.loc[3, "ordered_at"] += pd.Timedelta(milliseconds=1)
    assert len(observe("fake_orders", warehouse(orders=late)).events) == 0


def test_coupon_abuse_is_the_second_use(orders, warehouse):
    used = {"coupon_code": "WELCOME15", "discount_amount": 15.0}
    data = warehouse(
        n_days=60,
        orders=orders(
            (0, used | {"customer_id": 1, "payment_identity_id": 1}),
            (1, used | {"customer_id": 2, "payment_identity_id": 1}),  # same card
            (2, used | {"customer_id": 1, "payment_identity_id": 2}),  # same account
            (3, used | {"customer_id": 3, "payment_identity_id": 3}),
            (4, used | {"customer_id": 3, "payment_identity_id": 3, "status": "cancelled"}),
            (5, used),  # cash guest: nothing to compare
            (6, {"coupon_code": "MAIL10", "customer_id": 3, "payment_identity_id": 3}),
            *burst(7, [30, 31, 32, 33], first_account=50, **used),  # counted as fake orders
        ),
    )
    observed = observe("coupon_abuse", data)
    assert day_of(observed) == [1, 2]
    assert losses("coupon_abuse", data).severities == pytest.approx([9.0, 9.0])
    assert observed.n_at_risk == 9


def incidents(at, *rows):
    return pd.DataFrame(
        [
            {
                "incident_id": k,
                "incident_kind": kind,
                "started_at": at(day, hour),
                "ended_at": at(day, hour + 2),
                "is_peak": k == 1,
            }
            for k, (kind, day, hour) in enumerate(rows, start=1)
        ]
    )


def test_outage_against_the_same_hours_of_clean_weeks(orders, warehouse, at):
    times = [(1, 12.5)] * 3 + [(8, 13.9)] * 1 + [(22, 12.0)] * 5 + [(29, 12.1)] * 9
    rows = [(day, {"ordered_at": at(day, hour)}) for day, hour in times]
    rows += [(15, {"ordered_at": at(15, 12.5)})]  # one came through during the outage
    rows += [
        (8, {"ordered_at": at(8, 14.0)}),
        (8, {"ordered_at": at(8, 12.5), "order_channel": "store"}),
    ]
    data = warehouse(
        n_days=29,
        orders=orders(*rows),
        incidents=incidents(at, ("platform_outage", 15, 12), ("supplier_delay", 3, 12)),
    )
    events = observe("platform_outage", data).events
    # windows: day 1 (3 orders), 8 (1), 22 (5); day 29 is beyond the data
    assert events["expected_orders"].tolist() == [3.0]
    assert (events["n_windows"].tolist(), events["actual_orders"].tolist()) == ([3], [1])
    assert losses("platform_outage", data).severities == pytest.approx([2 * 35 * 0.6])
    two = incidents(at, ("platform_outage", 15, 12), ("platform_outage", 22, 13))
    both = observe("platform_outage", warehouse(29, orders=orders(*rows), incidents=two)).events
    assert both["expected_orders"].iloc[0] == 2.0  # day 22 is no longer a clean week


def test_a_festival_is_compared_with_itself(orders, warehouse, at):
    usual = [(day, {"ordered_at": at(day, 12.5)}) for day in (1, 8, 22) for _ in range(4)]
    usual += [(day, {"ordered_at": at(day, 15.0)}) for day in (1, 8, 22) for _ in range(10)]
    festival = [(15, {"ordered_at": at(15, 10.0 + 5 * (k % 2))}) for k in range(30)]
    data = warehouse(
        29,
        orders=orders(*usual, *festival),
        incidents=incidents(at, ("platform_outage", 15, 12)),
    )
    # Four orders in these hours, on a day three times as busy around them.
    assert observe("platform_outage", data).events["expected_orders"].tolist() == [12.0]


def test_a_lucky_outage_costs_nothing_and_a_lonely_one_is_refused(orders, warehouse, at):
    rows = [(15, {"ordered_at": at(15, 12.5)}), (15, {"ordered_at": at(15, 12.6)})]
    data = warehouse(29, orders=orders(*rows), incidents=incidents(at, ("platform_outage", 15, 12)))
    assert losses("platform_outage", data).severities.tolist() == [0.0]
    short = warehouse(7, orders=orders(*rows), incidents=incidents(at, ("platform_outage", 3, 12)))
    with pytest.raises(DesignError, match="no comparable hours"):
        observe("platform_outage", short)


def test_consent_breaches_by_channel_day(warehouse, at):
    data = warehouse(
        touchpoints=pd.DataFrame(
            {
                "touched_at": [at(0), at(0), at(0), at(1), at(2), at(3)],
                "channel": ["email", "email", "sms", "email", "email", "paid_social"],
                "touch_kind": ["sent", "sent", "sent", "sent", "click", "impression"],
                "has_consent": [False, False, False, True, False, False],
            }
        )
    )
    observed = observe("consent_breach", data)
    assert observed.events["n_messages"].tolist() == [2, 1]
    assert observed.n_at_risk == 3  # e-mail on days 0 and 1, SMS on day 0
    assert observed.indicator == pytest.approx(3 / 4)
    assert losses("consent_breach", data).severities == pytest.approx([0.6, 0.3])


def acquisition(orders, warehouse, at, monthly_new, cost=1000.0):
    starts = [0, 31, 59, 90]
    placed, sessions, people = [], [], []
    for start, n in zip(starts, monthly_new, strict=True):
        for _ in range(n):
            number = len(placed) + 1
            placed.append((start + 5, {"customer_id": number, "session_id": number}))
            sessions.append({"session_id": number, "channel": "generic_search"})
            people.append({"customer_id": number, "joined_at": at(start + 4)})
    costs = [
        {"cost_date": pd.Timestamp(2025, month, 3), "channel": channel, "media_cost": cost}
        for month in range(1, 5)
        for channel in ("generic_search", "affiliate")
    ]
    return warehouse(
        n_days=120,
        orders=orders(*placed),
        sessions=pd.DataFrame(sessions),
        customers=pd.DataFrame(people),
        media_costs=pd.DataFrame(costs),
    )


def test_dear_months_by_hand(orders, warehouse, at):
    data = acquisition(orders, warehouse, at, [30, 30, 30, 10])
    observed = observe("acquisition_cost", data)
    # 4 000 for 100 customers: 40 each. April: 10 where 25 were to be expected.
    assert observed.events["month"].tolist() == [pd.Timestamp(2025, 4, 1)]
    assert "affiliate" in observed.note
    assert losses("acquisition_cost", data).severities == pytest.approx([(1000 - 400) * 0.5])
    assert losses("acquisition_cost", data).exposure_years == pytest.approx(120 / 365.25)


def test_chance_alone_makes_no_month_dear(orders, warehouse, at):
    data = acquisition(orders, warehouse, at, [27, 25, 26, 22])
    assert len(observe("acquisition_cost", data).events) == 0


def test_an_incomplete_month_is_not_judged(orders, warehouse, at):
    data = acquisition(orders, warehouse, at, [30, 30, 30, 10])
    data.last_date = data.last_date.replace(day=29)  # April has 30 days
    observed = observe("acquisition_cost", data)
    assert len(observed.events) == 0
    assert observed.n_days == 90


def test_doubt_about_assumptions_by_hand(warehouse, orders):
    data = warehouse(
        orders=orders(
            (0, {"coupon_code": "WELCOME15", "customer_id": 1, "discount_amount": 10.0}),
            (1, {"coupon_code": "WELCOME15", "customer_id": 1, "discount_amount": 10.0}),
        )
    )
    # One assumption, 0.40 to 0.80 for the middle 90 %: ln 2 over 2 x 1.645 standard deviations.
    assert losses("coupon_abuse", data).scale_log_sd == pytest.approx(
        np.log(2) / (2 * 1.644854), rel=1e-5
    )


def test_weeks_hold_all_events_of_full_weeks(warehouse, orders):
    rows = [(d, {"status": "cancelled", "cancel_reason": "no_stock"}) for d in (0, 6, 7, 20, 21)]
    found = losses("oversell", warehouse(n_days=24, orders=orders(*rows)))
    assert found.period_counts.tolist() == [2, 1, 1]
    assert found.n_events == 5  # the last one counts, though its week is not full


def test_another_currency_in_an_assumption_is_refused(warehouse, orders):
    risk = RISK["oversell"]
    first = risk.assumptions[1].model_copy(update={"unit": "EUR"})
    changed = risk.model_copy(
        update={"assumptions": (risk.assumptions[0], first, *risk.assumptions[2:])}
    )
    data = warehouse(orders=orders((0, {})))
    observe_it, severity = MEASURES["oversell"]
    with pytest.raises(DesignError, match="EUR"):
        loss_data(observe_it(data), changed, ECONOMICS, severity)
