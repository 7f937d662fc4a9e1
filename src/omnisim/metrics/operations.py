"""Measures of how well orders are served: stock, sync error, on time and in full, consent."""

from __future__ import annotations

from omnisim.errors import DesignError
from omnisim.language import say
from omnisim.metrics.intervals import ratio, wilson
from omnisim.metrics.kpi import Metric, make_metric
from omnisim.metrics.warehouse import Warehouse, day_index, day_number, require

MESSAGE_CHANNELS = ("email", "sms", "app_push", "community")


def stock_spells_sql(warehouse: Warehouse) -> str:
    """SQL that turns snapshots into spans of days with one state.

    A snapshot holds until the day before the next one of the same location and SKU, the last until
    the end of the window; days before the first are not in range. Columns: location_id, sku, day,
    n_days, n_sold (on the first day of the span), is_stocked_out.
    """
    end = day_index(warehouse.last_date) + 1
    day = "date_diff('day', date '1970-01-01', cast(snapshot_date as date))"
    return (
        f"select location_id, sku, {day} as day, n_sold, is_stocked_out,"
        f" coalesce(lead({day}) over pair, {end}) - {day} as n_days"
        " from inventory_snapshots window pair as (partition by location_id, sku order by"
        " snapshot_date)"
    )


def stock_out_rate(warehouse: Warehouse) -> Metric:
    """Location-SKU-days that could not be sold, clustered by SKU (supplier trouble hits a SKU everywhere)."""
    require(warehouse, ["inventory_snapshots"], purpose="stock-out rate")
    rows = warehouse.query(
        "select sku, sum(n_days) as n_days, coalesce(sum(n_days) filter (is_stocked_out), 0) as n_out"
        f" from ({stock_spells_sql(warehouse)}) group by sku order by sku"
    )
    return make_metric(
        "stock_out_rate",
        ratio(rows["n_out"], rows["n_days"]),
        currency=warehouse.currency,
        note=say(
            "{n} location-SKU-days, with or without demand", n=f"{int(rows['n_days'].sum()):,}"
        ),
    )


def sync_error(warehouse: Warehouse) -> Metric:
    """What the system showed against what was counted."""
    require(warehouse, ["inventory_audits"], purpose="sync error")
    rows = warehouse.query(
        "select abs(n_system - n_counted) as n_wrong, n_counted from inventory_audits"
    )
    return make_metric(
        "sync_error", ratio(rows["n_wrong"], rows["n_counted"]), currency=warehouse.currency
    )


def fulfilment(warehouse: Warehouse) -> tuple[Metric, ...]:
    """On time and in full, and orders cancelled because the stock was not there."""
    require(warehouse, ["orders"], purpose="on time and in full")
    end = day_index(warehouse.last_date) + 1
    row = warehouse.query(
        "select count(*) as n, count(*) filter (status = 'completed' and fulfilled_at is not null"
        " and fulfilled_at <= promised_at) as n_good from orders"
        " where fulfilment <> 'carry_out'"
        " and (cancel_reason is null or cancel_reason not in ('customer', 'payment_review'))"
        f" and {day_number('promised_at')} < {end}"
    ).iloc[0]
    cancelled = warehouse.query(
        "select count(*) as n, count(*) filter (cancel_reason = 'no_stock') as n_cancelled"
        " from orders"
    ).iloc[0]
    if not row["n"]:
        raise DesignError(say("on time and in full: no order to be shipped or collected was due"))
    currency = warehouse.currency
    return (
        make_metric("otif", wilson(int(row["n_good"]), int(row["n"])), currency=currency),
        make_metric(
            "no_stock_cancel_share",
            wilson(int(cancelled["n_cancelled"]), int(cancelled["n"])),
            currency=currency,
        ),
    )


def consent_breach_share(warehouse: Warehouse) -> Metric:
    """Marketing messages sent without consent on file."""
    require(warehouse, ["touchpoints"], purpose="messages without consent")
    row = warehouse.query(
        "select count(*) as n, count(*) filter (not has_consent) as n_without from touchpoints"
        f" where touch_kind = 'sent' and channel in {MESSAGE_CHANNELS}"
    ).iloc[0]
    if not row["n"]:
        raise DesignError(say("messages without consent: no message was sent"))
    return make_metric(
        "consent_breach_share",
        wilson(int(row["n_without"]), int(row["n"])),
        currency=warehouse.currency,
    )
