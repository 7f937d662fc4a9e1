"""Measures of what is sold: sales, orders, order value, conversion, returns, click-and-collect."""

from __future__ import annotations

from omnisim.errors import DesignError
from omnisim.language import say
from omnisim.metrics.intervals import (
    Measured,
    mean_from_moments,
    poisson,
    ratio,
    relative_change,
    total_per_year,
    wilson,
)
from omnisim.metrics.kpi import Metric, make_metric
from omnisim.metrics.warehouse import Warehouse, day_index, day_number, require, years

RETURN_WINDOW_DAYS = 30  # younger orders can still come back, so they would understate the rate


def sales_totals(warehouse: Warehouse) -> tuple[Metric, ...]:
    """Net sales, net sales per year, orders and order value of completed orders."""
    require(warehouse, ["orders"], purpose="net sales")
    row = warehouse.query(
        "select count(*) as n, sum(net_amount) as total, sum(net_amount * net_amount) as squares"
        " from orders where status = 'completed'"
    ).iloc[0]
    n = int(row["n"])
    if n < 2:
        raise DesignError(say("net sales: {n} completed orders; needs at least 2", n=n))
    total, squares = float(row["total"]), float(row["squares"])
    t = years(warehouse)
    per_year = total_per_year(total, squares, n, t)
    short = "" if t >= 1 else say("less than a year of data, scaled up without the missing season")
    currency = warehouse.currency
    return (
        make_metric(
            "net_sales",
            Measured(total, total, total, n),
            currency=currency,
            is_total=True,
            note=say("accounting total, no sampling"),
        ),
        make_metric("annual_net_sales", per_year, currency=currency, note=short),
        make_metric("orders", poisson(n), currency=currency),
        make_metric("aov", mean_from_moments(total, squares, n), currency=currency),
    )


def growth(warehouse: Warehouse) -> Metric:
    """Second half of the window against the first half, in full weeks."""
    require(warehouse, ["orders"], purpose="growth")
    n_weeks = warehouse.n_days // 7
    weeks = warehouse.query(
        f"select ({day_number('ordered_at')} - {day_index(warehouse.first_date)}) // 7 as week,"
        " sum(net_amount) as net_amount from orders where status = 'completed'"
        " group by week order by week"
    )
    totals = [0.0] * n_weeks
    for week, amount in zip(weeks["week"], weeks["net_amount"], strict=True):
        if 0 <= week < n_weeks:
            totals[int(week)] = float(amount)
    half = n_weeks // 2
    measured = relative_change(totals[:half], totals[n_weeks - half :])
    return make_metric(
        "growth",
        measured,
        currency=warehouse.currency,
        note=say("last {half} full weeks against the first {half}; season not adjusted", half=half),
    )


def margin_and_mix(warehouse: Warehouse) -> tuple[Metric, ...]:
    """Contribution margin share and the share of sales placed outside stores."""
    require(warehouse, ["orders"], purpose="margin")
    rows = warehouse.query(
        "select net_amount, net_amount - cost_amount - shipping_cost as margin,"
        " case when order_channel = 'store' then 0 else net_amount end as online"
        " from orders where status = 'completed'"
    )
    return (
        make_metric(
            "gross_margin_share",
            ratio(rows["margin"], rows["net_amount"]),
            currency=warehouse.currency,
        ),
        make_metric(
            "online_share", ratio(rows["online"], rows["net_amount"]), currency=warehouse.currency
        ),
    )


def online_conversion(warehouse: Warehouse) -> tuple[Metric, ...]:
    """Conversion per session and cart abandonment."""
    require(warehouse, ["sessions"], purpose="online conversion")
    row = warehouse.query(
        "select count(*) as n, count(*) filter (has_order) as n_orders,"
        " count(*) filter (has_add_to_cart) as n_carts,"
        " count(*) filter (has_add_to_cart and not has_order) as n_left from sessions"
    ).iloc[0]
    if not row["n"]:
        raise DesignError(say("online conversion: no sessions in the data"))
    currency = warehouse.currency
    found = [
        make_metric(
            "conversion_online", wilson(int(row["n_orders"]), int(row["n"])), currency=currency
        )
    ]
    if row["n_carts"]:
        left = wilson(int(row["n_left"]), int(row["n_carts"]))
        found.append(make_metric("cart_abandonment", left, currency=currency))
    return tuple(found)


def store_conversion(warehouse: Warehouse) -> Metric:
    """Store orders per visitor counted at the door."""
    require(warehouse, ["orders", "store_traffic"], purpose="store conversion")
    row = warehouse.query(
        "select (select coalesce(sum(n_visitors), 0) from store_traffic) as n_visitors,"
        " (select count(*) from orders where status = 'completed' and order_channel = 'store')"
        " as n_orders"
    ).iloc[0]
    n_visitors, n_orders = int(row["n_visitors"]), int(row["n_orders"])
    if n_visitors == 0 or n_orders > n_visitors:
        raise DesignError(
            say(
                "store conversion: {n_orders} orders of {n_visitors} visitors; the door counters"
                " miss people",
                n_orders=n_orders,
                n_visitors=n_visitors,
            )
        )
    return make_metric(
        "conversion_store", wilson(n_orders, n_visitors), currency=warehouse.currency
    )


def return_rates(warehouse: Warehouse) -> tuple[Metric, ...]:
    """Refunds over net sales, outside stores and in stores, and where online returns go."""
    require(warehouse, ["orders", "returns"], purpose="return rate")
    last = day_index(warehouse.last_date) - RETURN_WINDOW_DAYS
    rows = warehouse.query(
        "with refunds as (select order_id, sum(refund_amount) as refund_amount from returns"
        " group by order_id) "
        "select order_channel = 'store' as is_store, o.net_amount,"
        " coalesce(r.refund_amount, 0) as refund_amount"
        " from orders o left join refunds r using (order_id)"
        f" where o.status = 'completed' and {day_number('o.ordered_at')} <= {last}"
    )
    found: list[Metric] = []
    for kpi, is_store in (("return_rate_online", False), ("return_rate_store", True)):
        part = rows[rows["is_store"] == is_store]
        if len(part) >= 2:
            measured = ratio(part["refund_amount"], part["net_amount"])
            found.append(make_metric(kpi, measured, currency=warehouse.currency))
    where = warehouse.query(
        "select count(*) as n, count(*) filter (r.return_channel = 'store') as n_store"
        " from returns r join orders o using (order_id) where o.order_channel <> 'store'"
    ).iloc[0]
    if where["n"]:
        measured = wilson(int(where["n_store"]), int(where["n"]))
        found.append(make_metric("returned_in_store_share", measured, currency=warehouse.currency))
    if not found:
        raise DesignError(
            say("return rate: no completed order is {days} days old", days=RETURN_WINDOW_DAYS)
        )
    return tuple(found)


def click_and_collect_share(warehouse: Warehouse) -> Metric:
    """Web and app orders collected in a store."""
    require(warehouse, ["orders"], purpose="click-and-collect share")
    row = warehouse.query(
        "select count(*) as n, count(*) filter (fulfilment = 'click_and_collect') as n_hits"
        " from orders where status = 'completed' and order_channel in ('web', 'app')"
    ).iloc[0]
    return make_metric(
        "click_and_collect_share",
        wilson(int(row["n_hits"]), int(row["n"])),
        currency=warehouse.currency,
        note=say("whole window, including the time before stores offered it"),
    )
