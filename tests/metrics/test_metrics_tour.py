"""What the tour shows, on tables small enough to count by hand."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from omnisim import metrics
from omnisim.errors import DesignError


def test_contents_count_rows_and_name_what_is_not_there(orders, warehouse):
    found = metrics.contents(warehouse(orders=orders((0, {}), (1, {}))))
    rows = found.set_index("table")["n_rows"]
    assert rows["orders"] == 2
    assert pd.isna(rows["sessions"])
    assert not set(found["area"]) & {"Other"}, "every table of the schema has an area"
    shown = metrics.contents_table(found).set_index("Area")
    assert "orders 2" in shown.loc["Orders and money", "Tables and rows"]
    assert "sessions" in shown.loc["Contacts and visits", "Not in the data"]
    assert shown.loc["Members", "Tables and rows"] == "—"


def test_an_empty_dataset_has_contents_all_missing(warehouse):
    assert metrics.contents(warehouse())["n_rows"].isna().all()


def make_places(orders, warehouse):
    locations = pd.DataFrame(
        {
            "location_id": [1, 2, 3],
            "location_kind": ["dc", "store", "store"],
            "location_name": ["Centre", "A", "B"],
            "region": ["North", "North", "South"],
            "latitude": [40.0, 41.0, 42.0],
            "longitude": [-70.0, -71.0, -72.0],
        }
    )
    placed = orders(
        (0, {"order_channel": "store", "location_id": 2}),
        (0, {"order_channel": "store", "location_id": 2, "net_amount": 50.0}),
        (0, {"order_channel": "store", "location_id": 3, "status": "cancelled"}),
        (0, {"order_channel": "web", "location_id": 3}),
    )
    accounts = pd.DataFrame({"home_location_id": [2, 3, 3, 3]})
    return metrics.places(warehouse(locations=locations, customers=accounts, orders=placed))


def test_places_count_neighbours_and_store_sales(orders, warehouse):
    found = make_places(orders, warehouse).set_index("location_id")
    assert found["n_customers"].tolist() == [0, 1, 3]
    assert found["store_sales"].tolist() == [0.0, 150.0, 0.0]


def test_regions_leave_out_the_centre_and_say_their_shares(orders, warehouse):
    found = make_places(orders, warehouse)
    by_region = metrics.regions(found).set_index("region")
    assert by_region["n_stores"].to_dict() == {"South": 1, "North": 1}
    assert by_region.loc["South", "customer_share"] == 0.75
    assert by_region.loc["North", "sales_share"] == 1.0
    title = metrics.places_title(found)
    assert title.startswith("South is home to 75.0%")
    assert title.endswith("0% of store sales")


def test_marked_days_join_days_of_one_festival(warehouse):
    calendar = pd.DataFrame(
        {
            "calendar_date": pd.date_range("2025-01-01", periods=7),
            "festival_name": [None, "Fair", "Fair", None, "Fair", "Gala", None],
            "holiday_name": ["New Year"] + [None] * 6,
        }
    )
    causes = interventions(("shock", "shock:price_war 1", "2025-01-03", None, "all", False))
    found = metrics.marked_days(warehouse(dates=calendar, interventions=causes))
    told = [
        (row.kind, row.label, row.started_date.day, row.ended_date.day)
        for row in found.itertuples()
    ]
    assert told == [
        ("holiday", "New Year", 1, 1),
        ("festival", "Fair", 2, 3),
        ("shock", "Price war", 3, 3),
        ("festival", "Fair", 5, 5),
        ("festival", "Gala", 6, 6),
    ]
    assert metrics.marks_words(found) == "3 festivals, 1 public holiday, 1 shock from outside"


def test_nothing_marked_is_said(warehouse):
    found = metrics.marked_days(warehouse())
    assert found.empty
    assert metrics.marks_words(found) == "no marked days on record"


def journeys(orders, warehouse, at):
    placed = orders(
        (10, {"customer_id": 1}),  # seen on an identity of the account 9 days before
        (10, {"customer_id": 1, "order_channel": "store", "fulfilment": "carry_out"}),
        (20, {"identity_id": 77, "order_channel": "app"}),  # a guest, seen the day before
        (20, {"customer_id": 2, "fulfilment": "click_and_collect"}),  # only a message was sent
        (20, {}),  # a stranger who paid cash
        (20, {"customer_id": 1, "status": "cancelled"}),
    )
    touches = pd.DataFrame(
        [
            (1, at(1), 71, None, "generic_search", "click", 5),
            (2, at(5), 70, 1, "store_visit", "visit", None),
            (3, at(19), 77, None, "email", "click", 6),
            (4, at(19), 78, 2, "email", "sent", None),
            (5, at(21), 77, None, "direct", "click", 7),  # after the order
        ],
        columns=[
            "touchpoint_id",
            "touched_at",
            "identity_id",
            "customer_id",
            "channel",
            "touch_kind",
            "session_id",
        ],
    ).astype({"customer_id": "Int64", "session_id": "Int64"})
    identities = pd.DataFrame(
        {
            "identity_id": [70, 71, 77, 78],
            "customer_id": pd.array([1, 1, None, 2], dtype="Int64"),
        }
    )
    return warehouse(orders=placed, touchpoints=touches, identities=identities)


def test_flows_follow_accounts_and_their_identities(orders, warehouse, at):
    data = journeys(orders, warehouse, at)
    found = metrics.contact_flows(data, lookback_days=30)
    assert {tuple(row) for row in found.to_numpy().tolist()} == {
        ("Search", "Web shop", "Sent by the centre", 1),
        ("Search", "Store", "Taken from store", 1),
        ("Messages", "App", "Sent by the centre", 1),
        ("None seen", "Web shop", "Collected in store", 1),
    }
    # Search -> store crosses; of three orders with a known contact.
    assert metrics.flows_title(found).startswith("33.3% of orders")


def test_a_shorter_look_back_finds_a_later_first_contact(orders, warehouse, at):
    found = metrics.contact_flows(journeys(orders, warehouse, at), lookback_days=6)
    assert "Search" not in set(found["First contact"])
    assert found.loc[found["First contact"] == "Store visit", "Orders"].sum() == 2
    with pytest.raises(DesignError, match="lookback_days = 0"):
        metrics.contact_flows(journeys(orders, warehouse, at), lookback_days=0)


def test_crossings_by_hand(orders, warehouse, at):
    found = metrics.crossings(journeys(orders, warehouse, at), lookback_days=14)
    share = {row.crossing.split(" in the ")[0]: row for row in found.itertuples()}
    # Only one buyer ordered in the store: no interval, so the row is left out.
    assert "Store orders with an online visit" not in share
    visited = share["Web and app orders with a store visit"]
    assert (visited.share, visited.n_orders, visited.n_buyers) == (pytest.approx(1 / 3), 3, 3)
    assert share["Web and app orders collected in a store"].share == pytest.approx(1 / 3)
    shown = metrics.crossings_table(found)
    assert shown["Share"].tolist()[0] == "33.3%"


def test_funnel_has_viewed_items_where_events_are_there(warehouse):
    sessions = pd.DataFrame(
        {
            "session_id": [1, 2, 3, 4],
            "has_add_to_cart": [True, True, False, False],
            "has_checkout": [True, False, False, False],
            "has_order": [True, False, False, False],
        }
    )
    events = pd.DataFrame(
        {
            "session_id": [1, 1, 3, 4],
            "event_name": ["view_item", "view_item", "view_item", "session_start"],
        }
    )
    with_events = metrics.online_funnel(warehouse(sessions=sessions, web_events=events))
    # Session 2 filled a cart although its view was lost.
    assert dict(zip(with_events["step"], with_events["n_sessions"], strict=True)) == {
        "Session": 4,
        "Viewed an item": 3,
        "Put in cart": 2,
        "Started checkout": 1,
        "Ordered": 1,
    }
    assert with_events["share"].tolist()[1:] == pytest.approx([3 / 4, 2 / 3, 1 / 2, 1.0])
    assert math.isnan(with_events["share"].iloc[0])
    without = metrics.online_funnel(warehouse(sessions=sessions))
    assert without["step"].tolist() == ["Session", "Put in cart", "Started checkout", "Ordered"]


def test_joining_cohorts_by_hand(orders, warehouse, at):
    accounts = pd.DataFrame(
        {"customer_id": [1, 2, 3, 4], "joined_at": [at(0), at(20), at(40), at(-5)]}
    )
    placed = orders(
        (0, {"customer_id": 1}),
        (31, {"customer_id": 1}),  # second month
        (49, {"customer_id": 2}),  # first month, on its last day
        (50, {"customer_id": 2, "status": "cancelled"}),
        (40, {"customer_id": 3}),  # joined 10 days too late to be watched for 30 days
        (3, {"customer_id": 4}),  # joined before the data
    )
    found = metrics.joining_cohorts(warehouse(n_days=80, customers=accounts, orders=placed))
    rows = found[["joined_month", "age_months", "n_cohort", "n_ordering"]]
    # Day 20 + 2 * 30 = 80: January can be watched for two months; February (day 40) for one.
    assert [(str(r[0])[:7], *r[1:]) for r in rows.itertuples(index=False)] == [
        ("2025-01", 0, 2, 2),
        ("2025-01", 1, 2, 1),
        ("2025-02", 0, 1, 1),
    ]
    assert "50.0% of new accounts order in their second month" in metrics.joining_title(found)
    with pytest.raises(DesignError, match="no account joined 30 days"):
        metrics.joining_cohorts(warehouse(n_days=29, customers=accounts, orders=placed))


def stock(warehouse):
    rows = pd.DataFrame(
        [(0, 1, 1, False), (5, 1, 1, True), (9, 1, 1, False), (0, 1, 2, False), (0, 2, 1, True)],
        columns=["day", "location_id", "sku", "is_stocked_out"],
    )
    rows["snapshot_date"] = pd.Timestamp(2025, 1, 1) + pd.to_timedelta(rows.pop("day"), unit="D")
    rows["n_sold"] = 0
    return metrics.stock_out_weeks(warehouse(n_days=15, inventory_snapshots=rows))


def test_stock_out_weeks_cut_spans_at_weeks(warehouse):
    found = stock(warehouse).set_index(["location_id", "sku", "week_date"])
    assert (found["n_days"] == 7).all()  # the fifteenth day is in no full week
    first, second = pd.Timestamp(2025, 1, 1), pd.Timestamp(2025, 1, 8)
    assert found.loc[(1, 1, first), "n_out"] == 2  # days 5 and 6
    assert found.loc[(1, 1, second), "n_out"] == 2  # days 7 and 8
    assert found.loc[(1, 2, first), "n_out"] == 0
    assert found.loc[(2, 1, second), "n_out"] == 7


def test_stock_out_shares_by_week_location_and_product(warehouse):
    cells = stock(warehouse)
    by_week = metrics.stock_outs_over_time(cells)
    assert by_week["share"].tolist() == pytest.approx([9 / 21, 9 / 21])
    assert by_week["n_skus"].tolist() == [2, 2]
    by_place = metrics.stock_outs_by_location(
        cells, pd.DataFrame({"location_id": [1], "location_name": ["Here"]})
    )
    assert set(by_place["location_name"]) == {"Here", "Location 2"}
    assert by_place.loc[by_place["location_id"] == 1, "share"].tolist() == pytest.approx(
        [2 / 14, 2 / 14]
    )
    worst = metrics.worst_products(cells, n_shown=1)
    assert worst[["SKU", "Days without stock", "Location-days"]].to_numpy().tolist() == [
        [1, "64.3%", "28"]  # 4 + 14 of 28
    ]


def test_lost_orders_are_those_cancelled_for_no_stock(orders, warehouse):
    lost = {"status": "cancelled", "cancel_reason": "no_stock", "net_amount": 30.0}
    placed = orders((0, {}), (1, lost), (2, {**lost, "cancel_reason": "customer"}), (8, {}))
    found = metrics.lost_orders(warehouse(n_days=14, orders=placed))
    assert found[["n_orders", "n_lost", "lost_amount"]].to_numpy().tolist() == [
        [3, 1, 30.0],
        [1, 0, 0.0],
    ]
    assert found["share"].tolist() == pytest.approx([1 / 3, 0.0])
    title = metrics.availability_title(stock(warehouse), found)
    assert title.startswith("42.9% of location-SKU-days")  # 18 of 42
    assert "1 of 4 orders were cancelled for it" in title


def shipments(at):
    return pd.DataFrame(
        [
            (at(0), "parcel_post", at(3), at(2), None, False),
            (at(1), "parcel_post", at(4), at(6), None, True),
            (at(8), None, at(9), None, at(8, hour=18), False),
            (at(27), "parcel_post", at(30), None, None, False),  # not due yet
        ],
        columns=["ordered_at", "carrier", "promised_at", "delivered_at", "ready_at", "is_late"],
    ).astype({"delivered_at": "datetime64[ms, UTC]", "ready_at": "datetime64[ms, UTC]"})


def test_lateness_by_week_and_way(warehouse, at):
    data = warehouse(shipments=shipments(at))
    weeks = metrics.lateness_over_time(data)
    assert weeks[["n_due", "n_late"]].to_numpy().tolist() == [[2, 1], [1, 0]]
    ways = metrics.lateness_by_way(data)
    assert ways["way"].tolist() == ["Parcel post", "Pick-up in store"]
    assert ways["share"].tolist() == [0.5, 0.0]
    assert ways["median_hours"].tolist() == [(48 + 120) / 2, 6.0]
    assert metrics.lateness_table(ways)["Median time"].tolist() == ["3.5 days", "6 h"]
    assert metrics.lateness_title(ways) == (
        "33.3% of orders due came late; no way of delivery is clearly better than another"
    )


def test_lateness_names_a_clearly_worse_way():
    ways = pd.DataFrame({"way": ["Post", "Pick-up"], "n_due": [500, 500], "n_late": [100, 10]})
    ways = ways.assign(share=[0.2, 0.02], ci_low=[0.17, 0.01], ci_high=[0.24, 0.04])
    assert metrics.lateness_title(ways) == (
        "11.0% of orders due came late: 20.0% by post, 2.00% by pick-up"
    )


def survey(orders, warehouse, at):
    placed = orders(
        (0, {}),
        (1, {"fulfilled_at": at(6)}),  # late
        (2, {"fulfilled_at": at(8)}),  # late
        (3, {"fulfilled_at": None}),  # promised for day 6, never handed over
        (4, {"fulfilment": "carry_out"}),
        (5, {}),
    )
    sent = pd.DataFrame(
        {
            "order_id": [1, 2, 3, 4, 5, 6],
            "nps_score": pd.array([10, 2, None, None, 9, 8], dtype="Int16"),
        }
    )
    return metrics.nps_by_delivery(warehouse(survey_invitations=sent, orders=placed))


def test_nps_by_delivery_counts_the_silent(orders, warehouse, at):
    found = survey(orders, warehouse, at).set_index("group")
    assert found["n_invited"].to_dict() == {
        "Taken from store": 1,
        "On time": 2,
        "Late": 3,
        "All, as answered": 6,
        "All, weighted to invited": 6,
    }
    assert found.loc["Late", ["n_answered", "nps"]].tolist() == [1, -100.0]
    assert found.loc["On time", "nps"] == 50.0  # a promoter and a passive
    assert found.loc["All, as answered", "nps"] == 25.0  # 2 - 1 of 4
    # (1 * 100 + 2 * 50 + 3 * -100) / 6
    assert found.loc["All, weighted to invited", "nps"] == pytest.approx(-100 / 6)
    # One detractor, adjusted: n = 4, against 1.75, for 0.75 (Rocks 2016).
    net = (0.75 - 1.75) / 4
    reach = 1.959964 * math.sqrt((2.5 / 4 - net**2) / 4)
    assert found.loc["Late", "nps_high"] == pytest.approx(100 * (net + reach))
    assert found.loc["Late", "nps_low"] == -100.0


def test_nps_title_says_what_can_be_told(orders, warehouse, at):
    few = survey(orders, warehouse, at)
    assert metrics.nps_title(few).startswith("Too few answers (1 on late orders)")
    many = few.assign(n_answered=50, nps_low=few["nps"] - 10, nps_high=few["nps"] + 10)
    assert metrics.nps_title(many).startswith("Buyers served late score 150 points lower; 33.3%")
    alike = many.assign(nps=20.0, nps_low=10.0, nps_high=30.0)
    assert metrics.nps_title(alike).startswith("Late and punctual orders score too alike")
    assert "of those who speak" in metrics.nps_title(few[few["group"] != "Late"])


def test_experience_map_counts_four_and_five(warehouse):
    ratings = pd.DataFrame(
        {
            "stage": ["service", "buy", "buy", "buy"],
            "touchpoint": ["phone", "web", "web", "web"],
            "rating": pd.array([2, 4, 3, None], dtype="Int16"),
        }
    )
    found = metrics.experience_map(warehouse(touchpoint_ratings=ratings))
    assert found[["stage", "n_asked", "n_answered", "n_satisfied"]].to_numpy().tolist() == [
        ["buy", 3, 2, 1],
        ["service", 1, 1, 0],
    ]
    assert found["share"].tolist() == [0.5, 0.0]
    assert metrics.experience_title(found) == "33.3% of ratings are 4 or 5"  # too few per stage
    silent = ratings.assign(rating=pd.array([None] * 4, dtype="Int16"))
    with pytest.raises(DesignError, match="nobody answered"):
        metrics.experience_map(warehouse(touchpoint_ratings=silent))


def test_experience_title_names_a_clearly_worse_stage():
    found = pd.DataFrame(
        {"stage": ["buy", "service"], "n_satisfied": [90, 10], "n_answered": [100, 50]}
    )
    assert "the stage “service” satisfies least, 20.0%" in metrics.experience_title(found)
    alike = found.assign(n_satisfied=[90, 44])
    assert metrics.experience_title(alike).endswith("no stage is clearly worse than the others")


def members(orders, warehouse, at):
    levels = pd.DataFrame(
        {
            "customer_id": [1, 1, 2, 3],
            "valid_from_at": [at(-9), at(5), at(-9), at(-9)],
            "tier": ["base", "silver", "base", "base"],
        }
    )
    ledger = pd.DataFrame(
        {
            "customer_id": [1, 1, 2],
            "entry_number": [1, 2, 1],
            "entry_kind": ["opening", "redeem", "earn"],
            "n_points": [150, -100, 60],
            "balance_after_points": [150, 50, 60],
        }
    )
    placed = orders((0, {"customer_id": 1}), (1, {"customer_id": 2, "net_amount": 25.0}), (2, {}))
    return warehouse(loyalty_tiers=levels, loyalty_ledger=ledger, orders=placed)


def test_tiers_are_those_of_the_last_day(orders, warehouse, at):
    data = members(orders, warehouse, at)
    found = metrics.tiers(data).set_index("tier")
    assert found["n_accounts"].to_dict() == {"base": 2, "silver": 1}
    assert found["net_amount"].to_dict() == {"base": 25.0, "silver": 100.0}
    assert found["balance_points"].to_dict() == {"base": 60, "silver": 50}
    assert found.loc["base", "per_account"] == 12.5
    assert math.isnan(found.loc["silver", "ci_low"])  # one account has no spread
    assert found.loc["silver", "sales_share"] == 0.8  # orders of strangers are left out
    assert metrics.tiers_title(metrics.tiers(data)) == (
        "Silver accounts are 33.3% of all and buy 80.0% of what accounts buy"
    )
    assert metrics.tiers_table(metrics.tiers(data), currency="USD")["95% interval"][1] == "—"


def test_points_add_up_to_the_balances(orders, warehouse, at):
    data = members(orders, warehouse, at)
    flow = metrics.points_flow(data)
    assert flow["entry_kind"].tolist() == ["opening", "earn", "redeem"]
    assert flow["n_points"].sum() == metrics.tiers(data)["balance_points"].sum()
    assert metrics.points_title(flow) == (
        "Members hold 110 points on the last day, 1.1 times what they redeemed in the window"
    )


def test_tiers_do_without_a_ledger(orders, warehouse, at):
    data = members(orders, warehouse, at)
    alone = warehouse(
        loyalty_tiers=data.query("select * from loyalty_tiers"),
        orders=orders((0, {"customer_id": 1})),
    )
    assert metrics.tiers(alone)["balance_points"].sum() == 0


def test_service_contacts_by_reason_and_channel(warehouse, at):
    contacts = pd.DataFrame(
        {
            "opened_at": [at(0), at(1), at(2)],
            "resolved_at": pd.to_datetime([at(0, hour=14), at(3), None], utc=True),
            "contact_reason": ["where_is_my_order", "where_is_my_order", "return"],
            "contact_channel": ["phone", "email", "phone"],
            "wait_minutes": [2.0, 300.0, 4.0],
            "is_resolved_first_contact": [True, False, False],
        }
    )
    data = warehouse(service_contacts=contacts)
    found = metrics.service_by(data)
    assert found["label"].tolist() == ["Where is my order", "Return"]
    assert found["wait_median"].tolist() == [151.0, 4.0]
    assert found["hours_median"].iloc[0] == (2 + 48) / 2
    assert math.isnan(found["hours_median"].iloc[1])  # not settled yet
    assert found["share"].tolist() == [0.5, 0.0]
    assert metrics.service_title(found) == (
        "“Where is my order” is the most frequent reason, 66.7% of contacts; the first answer"
        " settles 33.3% of all"
    )
    by_channel = metrics.service_table(metrics.service_by(data, "contact_channel"))
    assert by_channel["Channel"].tolist() == ["Phone", "Email"]
    assert by_channel["Median wait"].tolist() == ["3.0 min", "5.0 h"]
    with pytest.raises(DesignError, match="'store'"):
        metrics.service_by(data, "store")


def interventions(*rows):
    frame = pd.DataFrame(
        rows, columns=["intervention_type", "cause", "started", "ended", "scope", "is_own"]
    )
    return frame.assign(
        started_date=pd.to_datetime(frame.pop("started")),
        ended_date=pd.to_datetime(frame.pop("ended")),
        intervention_id=range(1, len(frame) + 1),
        action=frame["cause"].str.partition(":")[2].str.rstrip("0123456789 "),
    )


def test_causes_are_named_for_people_and_end_with_the_data(warehouse):
    rows = interventions(
        ("rollout", "click_and_collect", "2025-01-08", None, "wave=2", True),
        ("shock", "shock:price_war 1", "2025-01-03", "2025-01-09", "all", False),
        ("promotion", "promotion:Sale", "2025-01-20", "2025-02-20", "all", True),
        ("membership", "membership_benefits", "2025-01-01", None, "account holders", True),
    )
    found = metrics.causes(warehouse(n_days=28, interventions=rows))
    assert found["label"].tolist() == [
        "Sale",
        "Price war",
        "Click and collect, wave 2",
        "Membership benefits",
    ]
    assert found["lane"].tolist() == ["Promotions", "From outside", "Roll-outs", "Programmes"]
    assert found["ended_date"].dt.day.tolist() == [28, 9, 28, 28]
    assert found["stays"].tolist() == [False, False, True, True]
    # The shock overlaps the roll-out on 2 of 28 days, the sale on 9; programmes do not count.
    assert "on 39% of days two or more" in metrics.causes_title(found)
    with pytest.raises(DesignError, match="no intervention is on record"):
        metrics.causes(warehouse(interventions=rows.head(0)))


@pytest.mark.parametrize(
    "measure",
    [
        metrics.places,
        metrics.contact_flows,
        metrics.crossings,
        metrics.joining_cohorts,
        metrics.stock_out_weeks,
        metrics.lost_orders,
        metrics.lateness_over_time,
        metrics.lateness_by_way,
        metrics.nps_by_delivery,
        metrics.experience_map,
        metrics.tiers,
        metrics.points_flow,
        metrics.service_by,
        metrics.causes,
    ],
)
def test_each_measure_names_the_table_it_lacks(measure, warehouse):
    with pytest.raises(DesignError, match="needs the tables"):
        measure(warehouse())
