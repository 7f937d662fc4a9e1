"""Every measure on tables small enough to count by hand."""

import datetime as dt

import pandas as pd
import pytest

from omnisim.errors import DesignError, SchemaError
from omnisim.metrics import FrameWarehouse, customers, operations, sales


def test_sales_totals(orders, warehouse):
    data = warehouse(
        n_days=28,
        orders=orders(
            (0, {}),
            (1, {"net_amount": 50.0}),
            (2, {"status": "cancelled", "cancel_reason": "customer"}),
        ),
    )
    found = {m.name: m for m in sales.sales_totals(data)}
    assert found["net_sales"].value == 150.0
    assert found["net_sales"].ci_low is None
    assert found["orders"].value == 2
    assert found["aov"].value == 75.0
    assert found["aov"].unit == "USD/order"
    assert found["annual_net_sales"].value == pytest.approx(150 * 365.25 / 28)
    assert "less than a year" in found["annual_net_sales"].note


def test_growth_leaves_out_the_incomplete_week(orders, warehouse):
    rows = [(7 * week, {"net_amount": 100.0 + week % 3}) for week in range(3)]
    rows += [(7 * week, {"net_amount": 2 * (100.0 + week % 3)}) for week in range(3, 6)]
    rows += [(42, {"net_amount": 1e6})]  # a day of the seventh week, which is not full
    growth = sales.growth(warehouse(n_days=44, orders=orders(*rows)))
    assert growth.value == pytest.approx(1.0)
    assert growth.n == 6


def test_return_rates_by_value_of_orders_old_enough(orders, warehouse):
    placed = orders(
        (0, {}),
        (1, {"net_amount": 300.0}),
        (2, {"order_channel": "store"}),
        (3, {"order_channel": "store"}),
        (39, {"net_amount": 900.0}),  # too young to judge
    )
    back = pd.DataFrame(
        {
            "order_id": [1, 2, 3],
            "refund_amount": [40.0, 60.0, 50.0],
            "return_channel": ["parcel", "store", "store"],
        }
    )
    found = {m.name: m for m in sales.return_rates(warehouse(40, orders=placed, returns=back))}
    assert found["return_rate_online"].value == pytest.approx(100 / 400)
    assert found["return_rate_store"].value == pytest.approx(50 / 200)
    assert found["return_rate_online"].n == 2
    assert found["returned_in_store_share"].value == pytest.approx(1 / 2)


def test_conversion_and_funnel_shares(warehouse):
    sessions = pd.DataFrame(
        {
            "has_add_to_cart": [True, True, True, False, False],
            "has_order": [True, False, False, False, False],
        }
    )
    found = {m.name: m for m in sales.online_conversion(warehouse(sessions=sessions))}
    assert found["conversion_online"].value == pytest.approx(0.2)
    assert found["cart_abandonment"].value == pytest.approx(2 / 3)


def test_click_and_collect_counts_own_online_orders_only(orders, warehouse):
    placed = orders(
        (0, {"fulfilment": "click_and_collect"}),
        (0, {"order_channel": "app"}),
        (0, {"order_channel": "marketplace"}),
        (0, {"order_channel": "store", "fulfilment": "carry_out"}),
    )
    metric = sales.click_and_collect_share(warehouse(orders=placed))
    assert (metric.value, metric.n) == (0.5, 2)


def test_store_conversion_refuses_more_orders_than_visitors(orders, warehouse):
    data = warehouse(
        orders=orders((0, {"order_channel": "store"}), (0, {"order_channel": "store"})),
        store_traffic=pd.DataFrame({"n_visitors": [1]}),
    )
    with pytest.raises(DesignError, match="door counters"):
        sales.store_conversion(data)


def test_repeat_rate_by_hand(orders, warehouse):
    placed = orders(
        (0, {"customer_id": 1}),
        (10, {"customer_id": 1}),  # comes back on day 10
        (0, {"customer_id": 2}),
        (11, {"customer_id": 2}),  # one day too late
        (3, {"customer_id": 3}),
        (4, {"customer_id": 3, "status": "cancelled"}),  # not an order in the end
        (25, {"customer_id": 4}),  # cannot be watched for 10 days
    )
    metric = customers.repeat_rate(warehouse(n_days=28, orders=placed), window_days=10)
    assert metric.value == pytest.approx(1 / 3)
    assert metric.n == 3
    assert "within 10 days" in metric.label
    with pytest.raises(DesignError, match="window_days = 28"):
        customers.repeat_rate(warehouse(n_days=28, orders=placed), window_days=28)


def test_omnichannel_revenue_share(orders, warehouse):
    placed = orders(
        (0, {"customer_id": 1}),
        (1, {"customer_id": 1, "order_channel": "store"}),
        (0, {"customer_id": 2}),
        (1, {"customer_id": 2, "order_channel": "app"}),  # web and app are one group
        (1, {"net_amount": 1000.0}),  # a guest
    )
    metric = customers.omnichannel_revenue_share(warehouse(orders=placed))
    assert (metric.value, metric.n) == (0.5, 2)


def test_order_identity_shares(orders, warehouse):
    placed = orders((0, {"customer_id": 1}), (0, {"identity_id": 7}), (0, {}), (0, {}))
    found = {m.name: m.value for m in customers.order_identity_shares(warehouse(orders=placed))}
    assert found == {
        "account_order_share": 0.25,
        "annual_sales_without_account": pytest.approx(300 * 365.25 / 28),
        "untracked_order_share": 0.5,
    }


def test_identity_fragmentation(warehouse):
    identities = pd.DataFrame({"customer_id": pd.array([1, 1, 1, 2, None], dtype="Int64")})
    accounts = pd.DataFrame(
        {
            "full_name": ["Ann Lee", "ann lee", "Ann Lee", "Bo Yu"],
            "birth_year": [1990, 1990, 1991, 1980],
            "city": ["Rye", "Rye", "Rye", "Rye"],
        }
    )
    data = warehouse(identities=identities, customers=accounts)
    found = {m.name: m.value for m in customers.identity_fragmentation(data)}
    assert found["identities_per_account"] == 2.0
    assert found["unlinked_identity_share"] == pytest.approx(0.2)
    assert found["duplicate_account_share"] == pytest.approx(0.5)


def test_acquisition_costs_credit_the_last_touch(orders, warehouse, at):
    first = [(5, {"customer_id": k, "session_id": 11}) for k in range(1, 6)]
    placed = orders(
        *first,
        (6, {"customer_id": 6, "session_id": 12}),
        (7, {"customer_id": 6, "session_id": 11}),  # second order: no new customer
        (8, {"customer_id": 7, "session_id": 11}),  # joined long before the data
        (9, {"customer_id": 8, "session_id": 13}),
        (9, {"customer_id": 9, "order_channel": "marketplace"}),  # left out with its cost
    )
    joined = [*[at(5)] * 5, at(6), at(-90), at(9), at(9)]
    data = warehouse(
        orders=placed,
        sessions=pd.DataFrame(
            {"session_id": [11, 12, 13], "channel": ["brand_search", "email", "affiliate"]}
        ),
        customers=pd.DataFrame({"customer_id": range(1, 10), "joined_at": joined}),
        media_costs=pd.DataFrame(
            {
                "channel": ["brand_search", "generic_search", "affiliate", "marketplace"],
                "media_cost": [20.0, 10.0, 5.0, 900.0],
            }
        ),
    )
    found = {m.name: m for m in customers.acquisition_costs(data)}
    assert found["blended_cac"].value == pytest.approx(35 / 7)
    assert found["cac_search"].value == pytest.approx(6.0)
    assert found["cac_search"].n == 5
    assert found["cac_search"].estimate().role == "credit"
    assert set(found) == {"blended_cac", "cac_search"}
    assert found["blended_cac"].note.endswith("new customers: affiliates")


def test_nps_counts_the_silent_in_the_response_rate(warehouse):
    sent = pd.DataFrame({"nps_score": pd.array([10, 9, 3, None], dtype="Int16")})
    found = {m.name: m for m in customers.promoter_score(warehouse(survey_invitations=sent))}
    assert found["nps"].value == pytest.approx(100 / 3)
    assert found["nps_response_rate"].value == pytest.approx(0.75)


def snapshots(*rows):
    frame = pd.DataFrame(rows, columns=["day", "location_id", "sku", "n_sold", "is_stocked_out"])
    frame["snapshot_date"] = pd.Timestamp(2025, 1, 1) + pd.to_timedelta(frame.pop("day"), unit="D")
    return frame


def test_stock_out_rate_expands_the_days_between_snapshots(warehouse):
    data = warehouse(
        n_days=10,
        inventory_snapshots=snapshots(
            (0, 1, 1, 5, False),  # holds for days 0-3
            (4, 1, 1, 0, True),  # out on days 4-5
            (6, 1, 1, 2, False),  # in stock to the end, days 6-9
            (2, 1, 2, 0, True),  # in range from day 2, out to the end: 8 days
        ),
    )
    metric = operations.stock_out_rate(data)
    assert metric.value == pytest.approx((2 + 8) / (10 + 8))
    assert metric.n == 2
    assert "18 location-SKU-days" in metric.note


def test_sync_error_is_weighted_by_units(warehouse):
    audits = pd.DataFrame({"n_system": [9, 110, 0], "n_counted": [10, 100, 0]})
    assert operations.sync_error(warehouse(inventory_audits=audits)).value == pytest.approx(0.1)


def test_on_time_in_full(orders, warehouse, at):
    placed = orders(
        (0, {}),  # on time
        (0, {"fulfilled_at": at(4)}),  # late
        (0, {"fulfilled_at": None}),  # still open after the promise
        (0, {"status": "cancelled", "cancel_reason": "no_stock", "fulfilled_at": None}),
        (0, {"status": "cancelled", "cancel_reason": "customer"}),  # not ours to judge
        (0, {"fulfilment": "carry_out"}),  # not a promise
        (27, {"fulfilled_at": None}),  # not due yet
    )
    found = {m.name: m for m in operations.fulfilment(warehouse(orders=placed))}
    assert (found["otif"].value, found["otif"].n) == (0.25, 4)
    assert found["no_stock_cancel_share"].value == pytest.approx(1 / 7)


def test_consent_counts_messages_sent_only(warehouse):
    touches = pd.DataFrame(
        {
            "channel": ["email", "email", "sms", "email", "paid_social"],
            "touch_kind": ["sent", "sent", "sent", "click", "impression"],
            "has_consent": [True, False, True, False, False],
        }
    )
    metric = operations.consent_breach_share(warehouse(touchpoints=touches))
    assert (metric.value, metric.n) == (pytest.approx(1 / 3), 3)


def test_days_are_utc_days_whatever_the_session_zone(orders):
    placed = orders((0, {"customer_id": 1}), (7, {"customer_id": 1}))
    placed["ordered_at"] = placed["ordered_at"] + pd.Timedelta(hours=11, minutes=30)  # 23:30 UTC
    data = FrameWarehouse(
        {"orders": placed}, dt.date(2025, 1, 1), dt.date(2025, 1, 28), currency="USD"
    )
    data._connection.execute("set timezone = 'Asia/Shanghai'")
    assert customers.repeat_rate(data, window_days=7).value == 1.0
    days = data.query("select epoch_ms(ordered_at) // 86400000 - 20089 as d from orders order by d")
    assert days["d"].tolist() == [0, 7]


def test_a_missing_table_is_named(warehouse):
    with pytest.raises(DesignError, match="inventory_audits"):
        operations.sync_error(warehouse())


@pytest.mark.parametrize("hole", [float("nan"), float("inf")])
def test_a_hole_in_an_amount_is_refused_not_skipped(orders, warehouse, hole):
    with pytest.raises(SchemaError, match=r"orders.net_amount: 1 of 2"):
        warehouse(orders=orders((0, {}), (1, {"net_amount": hole})))


def test_empty_tables_are_refused_by_name(orders, warehouse):
    nothing = warehouse(
        orders=orders((0, {})).head(0),
        sessions=pd.DataFrame(
            {"has_order": pd.Series(dtype=bool), "has_add_to_cart": pd.Series(dtype=bool)}
        ),
    )
    with pytest.raises(DesignError, match="0 completed orders"):
        sales.sales_totals(nothing)
    with pytest.raises(DesignError, match="no sessions"):
        sales.online_conversion(nothing)
    with pytest.raises(DesignError, match="share of 0 in 0"):
        customers.order_identity_shares(nothing)
    with pytest.raises(DesignError, match="was due"):
        operations.fulfilment(nothing)
