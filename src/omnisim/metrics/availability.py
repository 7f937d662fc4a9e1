"""When and where goods cannot be sold, and the sales lost by it that can be seen."""

from __future__ import annotations

import pandas as pd

from omnisim.errors import DesignError
from omnisim.language import say
from omnisim.metrics.intervals import ratio, wilson_columns
from omnisim.metrics.operations import stock_spells_sql
from omnisim.metrics.warehouse import Warehouse, day_index, day_number, require
from omnisim.results import format_number


def stock_out_weeks(warehouse: Warehouse) -> pd.DataFrame:
    """SKU-days in range and without stock, per location, SKU and full week from the first day.

    Columns: week_date (first day), location_id, sku, n_days, n_out.
    """
    require(warehouse, ["inventory_snapshots"], purpose="stock-outs by week")
    first, n_weeks = day_index(warehouse.first_date), warehouse.n_days // 7
    rows = warehouse.query(
        f"with spans as (select location_id, sku, is_stocked_out, day - {first} as low,"
        f" day - {first} + n_days as high from ({stock_spells_sql(warehouse)}) where n_days > 0), "
        "cut as (select *, unnest(range(low // 7, (high - 1) // 7 + 1)) as week from spans) "
        "select week, location_id, sku,"
        " sum(least(high, 7 * week + 7) - greatest(low, 7 * week)) as n_days,"
        " coalesce(sum(least(high, 7 * week + 7) - greatest(low, 7 * week))"
        " filter (is_stocked_out), 0) as n_out"
        f" from cut where week between 0 and {n_weeks - 1} group by all"
        " order by week, location_id, sku"
    )
    if rows.empty:
        raise DesignError(say("stock-outs by week: no snapshot in a full week"))
    weeks = pd.to_timedelta(rows.pop("week").astype(int) * 7, unit="D")
    rows.insert(0, "week_date", pd.Timestamp(warehouse.first_date) + weeks)
    return rows.astype({"n_days": "int64", "n_out": "int64"})


def stock_outs_over_time(cells: pd.DataFrame) -> pd.DataFrame:
    """Share of SKU-days without stock per week, with intervals clustered by SKU.

    Columns: week_date, share, ci_low, ci_high, n_skus.
    """
    made = []
    for week, part in cells.groupby("week_date"):
        by_sku = part.groupby("sku")[["n_out", "n_days"]].sum()
        found = ratio(by_sku["n_out"], by_sku["n_days"])
        made.append((week, found.value, max(found.ci_low, 0.0), min(found.ci_high, 1.0), found.n))
    return pd.DataFrame(made, columns=["week_date", "share", "ci_low", "ci_high", "n_skus"])


def stock_outs_by_location(cells: pd.DataFrame, names: pd.DataFrame | None = None) -> pd.DataFrame:
    """Share of SKU-days without stock per location and week.

    `names` has location_id and location_name; without it locations go by their number. Columns:
    location_id, location_name, week_date, share, n_days.
    """
    made = cells.groupby(["location_id", "week_date"], as_index=False)[["n_out", "n_days"]].sum()
    made["share"] = made.pop("n_out") / made["n_days"]
    label = "Location " + made["location_id"].astype(str)
    if names is not None:
        known = names.set_index("location_id")["location_name"]
        label = made["location_id"].map(known).fillna(label)
    return made.assign(location_name=label)


def worst_products(
    cells: pd.DataFrame, names: pd.DataFrame | None = None, *, n_shown: int = 8
) -> pd.DataFrame:
    """Products longest without stock, for people; the interval is over locations."""
    by_pair = cells.groupby(["sku", "location_id"], as_index=False)[["n_out", "n_days"]].sum()
    total = by_pair.groupby("sku", as_index=False)[["n_out", "n_days"]].sum()
    total["share"] = total["n_out"] / total["n_days"]
    worst = total.sort_values(["share", "sku"], ascending=[False, True]).head(n_shown)
    known = {} if names is None else dict(zip(names["sku"], names["product_name"], strict=True))
    made = []
    for row in worst.to_dict("records"):
        part = by_pair[by_pair["sku"] == row["sku"]]
        text = "—"
        if len(part) >= 2:
            found = ratio(part["n_out"], part["n_days"])
            text = f"{max(found.ci_low, 0):.0%} to {min(found.ci_high, 1):.0%}"
        made.append(
            {
                "SKU": int(row["sku"]),
                "Product": known.get(row["sku"], "—"),
                "Days without stock": format_number(float(row["share"]), "share"),
                "95% interval": text,
                "Location-days": f"{int(row['n_days']):,}",
            }
        )
    return pd.DataFrame(made)


def lost_orders(warehouse: Warehouse) -> pd.DataFrame:
    """Orders cancelled because the goods were not there, per full week.

    All that can be *seen* of lost sales: who found an empty shelf and left is in no table.
    Columns: week_date, n_orders, n_lost, lost_amount, share, ci_low, ci_high (Wilson).
    """
    require(warehouse, ["orders"], purpose="orders lost to missing stock")
    first, n_weeks = day_index(warehouse.first_date), warehouse.n_days // 7
    rows = warehouse.query(
        f"select ({day_number('ordered_at')} - {first}) // 7 as week, count(*) as n_orders,"
        " count(*) filter (cancel_reason = 'no_stock') as n_lost,"
        " coalesce(sum(net_amount) filter (cancel_reason = 'no_stock'), 0.0) as lost_amount"
        f" from orders where {day_number('ordered_at')} between {first}"
        f" and {first + 7 * n_weeks - 1} group by week order by week"
    )
    weeks = pd.to_timedelta(rows.pop("week").astype(int) * 7, unit="D")
    rows.insert(0, "week_date", pd.Timestamp(warehouse.first_date) + weeks)
    return wilson_columns(rows, hits="n_lost", base="n_orders")


def availability_title(cells: pd.DataFrame, lost: pd.DataFrame) -> str:
    """Message: how much could not be sold, and the part of the loss that is visible."""
    share = float(cells["n_out"].sum() / cells["n_days"].sum())
    n_lost, n_orders = int(lost["n_lost"].sum()), int(lost["n_orders"].sum())
    return say(
        "{share} of location-SKU-days could not be sold; {n_lost} of {n_orders} orders were cancelled"
        " for it, and what else was lost is in no table",
        share=format_number(share, "share"),
        n_lost=f"{n_lost:,}",
        n_orders=f"{n_orders:,}",
    )
