"""Events of the risks in serving orders: stock-outs, overselling, late fulfilment."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from omnisim.errors import DesignError
from omnisim.language import say
from omnisim.metrics.operations import fulfilment, stock_spells_sql
from omnisim.metrics.warehouse import Warehouse, day_index, day_number, require
from omnisim.risk.loss_data import Observed, column

FloatArray = NDArray[np.float64]

SHRINK_DAYS = 28.0  # in-stock days after which a pair's own rate outweighs its SKU's and location's


def observe_stock_outs(warehouse: Warehouse) -> Observed:
    """Spells without stock and the units that would have been sold in them.

    Demand while sold out cannot be seen, so it is taken from the days in stock: units per in-stock
    day of the location and SKU, shrunk to the SKU's rate x the location's level. Season within the
    window is not modelled. Columns: event_day, n_days, lost_units, unit_margin.
    """
    require(
        warehouse, ["inventory_snapshots", "order_lines", "products"], purpose="stock-out losses"
    )
    query = f"""
with spans as ({stock_spells_sql(warehouse)}),
dated as (
  select *, is_stocked_out and n_sold = 0 as is_out,
    n_days - case when is_stocked_out and n_sold > 0 then 1 else 0 end as out_days
  from spans),
pair as (
  select location_id, sku, sum(n_sold) as sold,
    sum(n_days - case when is_stocked_out then out_days else 0 end) as open_days
  from dated group by location_id, sku),
of_sku as (
  select sku, sum(sold) / greatest(sum(open_days), 1) as rate from pair group by sku),
of_location as (
  select p.location_id, sum(p.sold) / greatest(sum(p.open_days * s.rate), 1e-9) as level
  from pair p join of_sku s using (sku) group by p.location_id),
rates as (
  select p.location_id, p.sku,
    (p.sold + {SHRINK_DAYS} * s.rate * l.level) / (p.open_days + {SHRINK_DAYS}) as rate
  from pair p join of_sku s using (sku) join of_location l using (location_id)),
margins as (
  select p.sku, coalesce(sum(o.net_amount - o.cost_amount) / sum(o.n_units),
    any_value(p.list_price - p.unit_cost)) as unit_margin
  from products p left join order_lines o using (sku) group by p.sku),
marked as (
  select *, case when is_stocked_out and not coalesce(lag(is_stocked_out) over pairs, false)
    then 1 else 0 end as starts
  from dated window pairs as (partition by location_id, sku order by day)),
numbered as (
  select *, sum(starts) over (partition by location_id, sku order by day) as spell
  from marked where is_stocked_out),
spells as (
  select location_id, sku, spell, min(day) as event_day, sum(out_days) as n_days
  from numbered group by location_id, sku, spell)
select s.event_day, s.n_days, s.n_days * r.rate as lost_units,
  greatest(m.unit_margin, 0) as unit_margin
from spells s join rates r using (location_id, sku) join margins m using (sku)
where s.n_days > 0
order by s.event_day, s.location_id, s.sku"""
    days = warehouse.query(
        "select coalesce(sum(n_days), 0) as n, coalesce(sum(n_days) filter (is_stocked_out), 0) as n_out"
        f" from ({stock_spells_sql(warehouse)})"
    ).iloc[0]
    if not days["n"] > 0:
        raise DesignError(say("stock-out losses: the stock snapshots are empty"))
    return Observed(
        events=warehouse.query(query),
        n_at_risk=int(days["n"]),
        at_risk_of="location-SKU-days",
        first_day=day_index(warehouse.first_date),
        n_days=warehouse.n_days,
        query=query,
        indicator=float(days["n_out"]) / float(days["n"]),
        note="demand while out of stock is estimated from the days in stock",
    )


def stock_out_severity(events: pd.DataFrame, a: Mapping[str, float]) -> FloatArray:
    """Units missed x margin per unit x share lost."""
    return column(events, "lost_units") * column(events, "unit_margin") * a["lost_share"]


def observe_oversells(warehouse: Warehouse) -> Observed:
    """Orders cancelled because the stock was not there; columns: event_day, margin."""
    require(warehouse, ["orders"], purpose="overselling losses")
    query = f"""
select {day_number("ordered_at")} as event_day,
  greatest(net_amount - cost_amount - shipping_cost, 0) as margin
from orders where cancel_reason = 'no_stock' order by ordered_at, order_id"""
    error = None
    if "inventory_audits" in warehouse.tables:
        counted = warehouse.query(
            "select coalesce(sum(abs(n_system - n_counted)), 0) as n_wrong,"
            " coalesce(sum(n_counted), 0) as n_counted from inventory_audits"
        ).iloc[0]
        error = (
            float(counted["n_wrong"]) / float(counted["n_counted"])
            if counted["n_counted"]
            else None
        )
    n = warehouse.query("select count(*) as n from orders")
    return Observed(
        events=warehouse.query(query),
        n_at_risk=int(n["n"].iloc[0]),
        at_risk_of="orders",
        first_day=day_index(warehouse.first_date),
        n_days=warehouse.n_days,
        query=query,
        indicator=error,
        note=""
        if error is not None
        else say("no stock counts: the sync error behind it is not measured"),
    )


def oversell_severity(events: pd.DataFrame, a: Mapping[str, float]) -> FloatArray:
    """Margin not rebought + contact + voucher + lost future margin."""
    lost = column(events, "margin") * a["not_rebought_share"]
    return lost + a["contact_cost"] + a["voucher"] + a["lost_future"]


def observe_late_orders(warehouse: Warehouse) -> Observed:
    """Orders handed over after the promise or still open after it; columns: event_day, net_amount."""
    require(warehouse, ["orders"], purpose="late-fulfilment losses")
    end = day_index(warehouse.last_date) + 1
    due = (
        "fulfilment <> 'carry_out' and status = 'completed' and"
        f" {day_number('promised_at')} < {end}"
    )
    query = f"""
select {day_number("promised_at")} as event_day, net_amount
from orders where {due} and (fulfilled_at is null or fulfilled_at > promised_at)
order by promised_at, order_id"""
    n = warehouse.query(f"select count(*) as n from orders where {due}")
    return Observed(
        events=warehouse.query(query),
        n_at_risk=int(n["n"].iloc[0]),
        at_risk_of="orders due",
        first_day=day_index(warehouse.first_date),
        n_days=warehouse.n_days,
        query=query,
        indicator=fulfilment(warehouse)[0].value,
    )


def late_severity(events: pd.DataFrame, a: Mapping[str, float]) -> FloatArray:
    """Compensation + chance of a contact x its cost + lost future margin."""
    compensation = column(events, "net_amount") * a["compensation_share"]
    return compensation + a["contact_share"] * a["contact_cost"] + a["lost_future"]
