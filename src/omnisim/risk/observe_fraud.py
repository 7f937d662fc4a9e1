"""Events of transaction fraud: bursts of fake orders, repeated use of the welcome coupon."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from omnisim.metrics.warehouse import Warehouse, day_index, day_number, require
from omnisim.risk.loss_data import Observed, column

FloatArray = NDArray[np.float64]

BURST_ACCOUNTS = 4  # a family may share one card; four accounts within a week rarely do
BURST_DAYS = 7
FIRST_ORDER_COUPON = "WELCOME15"


def burst_orders_sql() -> str:
    """SQL of orders in a burst: at least 4 accounts on one payment token within 7 days.

    Columns: order_id, token, ms (order time in milliseconds).
    """
    reach = BURST_DAYS * 86_400_000
    return f"""
with paid as (
  select order_id, customer_id, payment_identity_id as token, epoch_ms(ordered_at) as ms
  from orders where payment_identity_id is not null),
counted as (
  select *, count(distinct customer_id) over (partition by token order by ms
    range between {reach} preceding and current row) as n_accounts from paid),
peaks as (select distinct token, ms as peak_ms from counted where n_accounts >= {BURST_ACCOUNTS})
select distinct c.order_id, c.token, c.ms from counted c join peaks p
  on p.token = c.token and c.ms between p.peak_ms - {reach} and p.peak_ms"""


def fake_order_ids(warehouse: Warehouse) -> pd.Series[int]:
    """Orders the rule takes for fake, by id: those of a burst."""
    require(warehouse, ["orders"], purpose="fake orders")
    return warehouse.query(f"select order_id from ({burst_orders_sql()}) order by order_id")[
        "order_id"
    ]


def observe_fake_orders(warehouse: Warehouse) -> Observed:
    """Bursts of orders on one token.

    Columns: event_day, n_orders, net_open and shipping (orders not cancelled).
    """
    require(warehouse, ["orders"], purpose="fake-order losses")
    gap = BURST_DAYS * 86_400_000
    query = f"""
with flagged as ({burst_orders_sql()}),
marked as (
  select *, case when ms - lag(ms) over (partition by token order by ms) <= {gap}
    then 0 else 1 end as starts from flagged),
numbered as (
  select *, sum(starts) over (partition by token order by ms rows unbounded preceding) as burst
  from marked)
select min(f.ms) // 86400000 as event_day, count(*) as n_orders,
  coalesce(sum(o.net_amount) filter (o.status = 'completed'), 0) as net_open,
  coalesce(sum(o.shipping_cost) filter (o.status = 'completed'), 0) as shipping
from numbered f join orders o using (order_id)
group by f.token, f.burst order by event_day, f.token"""
    events = warehouse.query(query)
    n = int(
        warehouse.query("select count(*) as n from orders where payment_identity_id is not null")[
            "n"
        ].iloc[0]
    )
    return Observed(
        events=events,
        n_at_risk=n,
        at_risk_of="orders with a payment token",
        first_day=day_index(warehouse.first_date),
        n_days=warehouse.n_days,
        query=query,
        indicator=float(events["n_orders"].sum()) / n if n else 0.0,
        note="what the rule can see: fraud on separate tokens stays hidden",
    )


def fake_order_severity(events: pd.DataFrame, a: Mapping[str, float]) -> FloatArray:
    """Commission + shipping both ways + work and penalty per order."""
    shipping = column(events, "shipping") * (1 + a["return_shipping_share"])
    work = column(events, "n_orders") * a["order_cost"]
    return column(events, "net_open") * a["commission_share"] + shipping + work


def observe_coupon_abuse(warehouse: Warehouse) -> Observed:
    """Redemptions of the first-order coupon after the first by the same account or token.

    Columns: event_day, discount.
    """
    require(warehouse, ["orders"], purpose="coupon-abuse losses")
    query = f"""
with fake as (select order_id from ({burst_orders_sql()})),
used as (
  select order_id, ordered_at, discount_amount,
    case when payment_identity_id is null then 1 else row_number() over
      (partition by payment_identity_id order by ordered_at, order_id) end as token_use,
    case when customer_id is null then 1 else row_number() over
      (partition by customer_id order by ordered_at, order_id) end as account_use
  from orders
  where coupon_code = '{FIRST_ORDER_COUPON}' and status = 'completed'
    and order_id not in (select order_id from fake))
select {day_number("ordered_at")} as event_day, discount_amount as discount
from used where token_use > 1 or account_use > 1 order by ordered_at, order_id"""
    events = warehouse.query(query)
    n = int(
        warehouse.query(
            "select count(*) as n from orders where status = 'completed'"
            f" and coupon_code = '{FIRST_ORDER_COUPON}'"
        )["n"].iloc[0]
    )
    return Observed(
        events=events,
        n_at_risk=n,
        at_risk_of="redemptions",
        first_day=day_index(warehouse.first_date),
        n_days=warehouse.n_days,
        query=query,
        indicator=len(events) / n if n else 0.0,
        note="what tokens and accounts show: abuse with separate cards stays hidden",
    )


def coupon_abuse_severity(events: pd.DataFrame, a: Mapping[str, float]) -> FloatArray:
    """Discount given to buyers who would have paid."""
    return column(events, "discount") * a["would_buy_anyway_share"]
