"""Where it happens: locations with the accounts that live near them and what they sell."""

from __future__ import annotations

import pandas as pd

from omnisim.language import say
from omnisim.metrics.warehouse import Warehouse, require
from omnisim.results import format_number


def places(warehouse: Warehouse) -> pd.DataFrame:
    """Every location with its neighbours and its sales.

    Columns: location_id, location_kind, location_name, region, latitude, longitude [degree],
    n_customers (accounts whose nearest store it is), n_orders and store_sales (completed orders
    placed in the store; of the currency's major unit).
    """
    require(warehouse, ["locations", "customers", "orders"], purpose="map of stores and customers")
    return warehouse.query(
        "with near as (select home_location_id as location_id, count(*) as n from customers"
        " group by 1), "
        "sold as (select location_id, count(*) as n, sum(net_amount) as amount from orders"
        " where status = 'completed' and order_channel = 'store' group by 1) "
        "select l.location_id, cast(l.location_kind as varchar) as location_kind, l.location_name,"
        " cast(l.region as varchar) as region, l.latitude, l.longitude,"
        " coalesce(near.n, 0) as n_customers, coalesce(sold.n, 0) as n_orders,"
        " coalesce(sold.amount, 0.0) as store_sales"
        " from locations l left join near using (location_id) left join sold using (location_id)"
        " order by l.location_id"
    )


def regions(found: pd.DataFrame) -> pd.DataFrame:
    """Stores by region, most accounts first.

    Columns: region, n_stores, n_customers, store_sales, customer_share, sales_share.
    """
    stores = found[found["location_kind"] == "store"]
    by_region = stores.groupby("region", as_index=False, observed=True).agg(
        n_stores=("location_id", "size"),
        n_customers=("n_customers", "sum"),
        store_sales=("store_sales", "sum"),
    )
    by_region["customer_share"] = by_region["n_customers"] / max(by_region["n_customers"].sum(), 1)
    total = float(by_region["store_sales"].sum())
    by_region["sales_share"] = by_region["store_sales"] / total if total > 0 else 0.0
    return by_region.sort_values(
        ["n_customers", "region"], ascending=[False, True], ignore_index=True
    )


def places_title(found: pd.DataFrame) -> str:
    """Message of the map: the region with most accounts, and what its stores sell."""
    by_region = regions(found)
    if by_region.empty or not by_region["n_customers"].sum():
        return say("No account can be placed near a store")
    first = by_region.iloc[0]
    return say(
        "{region} is home to {share} of accounts and takes {sales} of store sales",
        region=first["region"],
        share=format_number(float(first["customer_share"]), "share"),
        sales=format_number(float(first["sales_share"]), "share"),
    )
