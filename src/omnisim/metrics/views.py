"""Aggregates a reader wants to see before any method: sales over time, days, cohorts, stores, funnel."""

from __future__ import annotations

import pandas as pd

from omnisim.errors import DesignError
from omnisim.language import join_texts, say
from omnisim.metrics.customers import ORDER_GROUP_SQL
from omnisim.metrics.intervals import wilson_columns
from omnisim.metrics.warehouse import Warehouse, day_index, day_number, require
from omnisim.results import format_number


def weekly_sales(warehouse: Warehouse) -> pd.DataFrame:
    """Net sales of completed orders per full week (counted from the first day) and order channel.

    Columns: week_date (first day of the week), order_channel, net_amount, n_orders. An incomplete
    last week is left out: it would look like a fall.
    """
    require(warehouse, ["orders"], purpose="weekly sales")
    n_weeks = warehouse.n_days // 7
    first = day_index(warehouse.first_date)
    rows = warehouse.query(
        f"select ({day_number('ordered_at')} - {first}) // 7 as week,"
        " cast(order_channel as varchar) as order_channel, sum(net_amount) as net_amount,"
        " count(*) as n_orders from orders where status = 'completed'"
        f" and {day_number('ordered_at')} between {first} and {first + 7 * n_weeks - 1}"
        " group by week, 2 order by week, 2"
    )
    if rows.empty:
        raise DesignError(say("weekly sales: no completed order in a full week"))
    start = pd.Timestamp(warehouse.first_date)
    rows.insert(0, "week_date", start + pd.to_timedelta(rows.pop("week").astype(int) * 7, unit="D"))
    return rows


def daily_sales(warehouse: Warehouse) -> pd.DataFrame:
    """Net sales and orders per day of the window; columns: date, net_amount, n_orders."""
    require(warehouse, ["orders"], purpose="daily sales")
    rows = warehouse.query(
        f"select {day_number('ordered_at')} as day, sum(net_amount) as net_amount,"
        " count(*) as n_orders from orders where status = 'completed' group by day order by day"
    )
    first = day_index(warehouse.first_date)
    days = pd.DataFrame({"day": range(first, first + warehouse.n_days)})
    full = days.merge(rows.astype({"day": "int64"}), on="day", how="left")
    full["date"] = pd.to_datetime(full.pop("day"), unit="D")
    full["net_amount"] = full["net_amount"].fillna(0.0).astype(float)
    full["n_orders"] = full["n_orders"].fillna(0).astype("int64")
    return full[["date", "net_amount", "n_orders"]]


def cohort_retention(warehouse: Warehouse) -> pd.DataFrame:
    """Share of each first-order cohort buying again, by 28-day period since the cohort began.

    Columns: cohort (0 is the first 28 days), period, n_buyers, n_cohort, share. Only periods that
    lie wholly in the window. Cohort 0 mixes old customers with new ones.
    """
    require(warehouse, ["orders"], purpose="cohorts")
    n_periods = warehouse.n_days // 28
    if n_periods < 2:
        raise DesignError(say("cohorts: {n} days; needs at least 56", n=warehouse.n_days))
    rows = warehouse.query(
        f"with bought as (select distinct customer_id, ({day_number('ordered_at')} -"
        f" {day_index(warehouse.first_date)}) // 28 as block from orders"
        " where status = 'completed' and customer_id is not null), "
        "first_block as (select customer_id, min(block) as cohort from bought group by customer_id),"
        " sizes as (select cohort, count(*) as n_cohort from first_block group by cohort) "
        "select f.cohort, b.block - f.cohort as period, count(*) as n_buyers,"
        " any_value(s.n_cohort) as n_cohort from bought b join first_block f using (customer_id)"
        f" join sizes s using (cohort) where b.block between 0 and {n_periods - 1}"
        " group by f.cohort, period order by f.cohort, period"
    )
    rows["share"] = rows["n_buyers"] / rows["n_cohort"]
    return rows


def store_map(warehouse: Warehouse) -> pd.DataFrame:
    """Stores with position, store sales and catchment sales.

    Columns: location_id, location_name, region, latitude, longitude, store_sales,
    catchment_sales (all orders of buyers who live nearby), online_share of the catchment.
    """
    require(warehouse, ["locations", "orders"], purpose="store map")
    rows = warehouse.query(
        "with own as (select location_id, sum(net_amount) as store_sales from orders"
        " where status = 'completed' and order_channel = 'store' group by location_id), "
        "near as (select catchment_location_id as location_id, sum(net_amount) as catchment_sales,"
        " sum(net_amount) filter (order_channel <> 'store') as online_sales from orders"
        " where status = 'completed' group by catchment_location_id) "
        "select l.location_id, l.location_name, cast(l.region as varchar) as region, l.latitude,"
        " l.longitude, coalesce(own.store_sales, 0) as store_sales,"
        " coalesce(near.catchment_sales, 0) as catchment_sales,"
        " coalesce(near.online_sales, 0) as online_sales"
        " from locations l left join own using (location_id) left join near using (location_id)"
        " where l.location_kind = 'store' order by l.location_id"
    )
    base = rows["catchment_sales"].where(rows["catchment_sales"] > 0)
    rows["online_share"] = (rows.pop("online_sales") / base).astype(float)
    return rows


def online_funnel(warehouse: Warehouse) -> pd.DataFrame:
    """Sessions that reached each step; with `web_events` also whether an item was viewed.

    Columns: step, n_sessions, share_of_start, share (of the step before), ci_low, ci_high (Wilson,
    sessions independent; missing in the first row).
    """
    require(warehouse, ["sessions"], purpose="funnel")
    row = warehouse.query(
        "select count(*) as n, count(*) filter (has_add_to_cart) as n_cart,"
        " count(*) filter (has_checkout) as n_checkout, count(*) filter (has_order) as n_order"
        " from sessions"
    ).iloc[0]
    if not row["n"]:
        raise DesignError(say("funnel: no sessions in the data"))
    steps = [("Session", int(row["n"]))]
    if "web_events" in warehouse.tables:
        # Whoever filled a cart saw an item, even where the event of the view was lost.
        viewed = warehouse.query(
            "select count(*) as n from sessions where has_add_to_cart or session_id in"
            " (select session_id from web_events where event_name = 'view_item')"
        )
        steps.append(("Viewed an item", int(viewed["n"].iloc[0])))
    steps += [
        ("Put in cart", int(row["n_cart"])),
        ("Started checkout", int(row["n_checkout"])),
        ("Ordered", int(row["n_order"])),
    ]
    made = pd.DataFrame(steps, columns=["step", "n_sessions"])
    made["share_of_start"] = made["n_sessions"] / int(row["n"])
    before = made["n_sessions"].shift(fill_value=0)
    return wilson_columns(made.assign(before=before), hits="n_sessions", base="before").drop(
        columns="before"
    )


def buying_groups(warehouse: Warehouse) -> pd.DataFrame:
    """Accounts by the channel groups they bought in.

    Columns: groups (e.g. ``own online + store``), n_customers, net_amount, net_amount_per_customer.
    """
    require(warehouse, ["orders"], purpose="buying groups")
    rows = warehouse.query(
        "with per as (select customer_id, sum(net_amount) as net_amount,"
        f" string_agg(distinct {ORDER_GROUP_SQL}, ' + ' order by {ORDER_GROUP_SQL}) as groups"
        " from orders where status = 'completed' and customer_id is not null group by customer_id) "
        "select groups, count(*) as n_customers, sum(net_amount) as net_amount from per"
        " group by groups order by net_amount desc, groups"
    )
    rows["net_amount_per_customer"] = rows["net_amount"] / rows["n_customers"]
    return rows


def buying_groups_table(groups: pd.DataFrame, *, currency: str, n_shown: int = 6) -> pd.DataFrame:
    """Buying groups for people, largest sales first; the small ones together in the last row."""
    top, rest = groups.head(n_shown), groups.iloc[n_shown:]
    shown = top[["groups", "n_customers", "net_amount"]].to_dict("records")
    if len(rest):
        shown.append(
            {
                "groups": say("{n} other combinations", n=len(rest)),
                "n_customers": int(rest["n_customers"].sum()),
                "net_amount": float(rest["net_amount"].sum()),
            }
        )
    total = float(groups["net_amount"].sum())
    return pd.DataFrame(
        {
            "Bought in": [_groups_words(row["groups"]) for row in shown],
            "Accounts": [f"{row['n_customers']:,}" for row in shown],
            "Share of sales": [format_number(row["net_amount"] / total, "share") for row in shown],
            "Net sales per account": [
                format_number(row["net_amount"] / row["n_customers"], currency) for row in shown
            ],
        }
    )


def _groups_words(groups: str) -> str:
    """Channel groups as the query joins them."""
    return join_texts(groups.split(" + "), by=" + ", zh="＋")
