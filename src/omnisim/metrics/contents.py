"""What the data hold: the tables that are there by area, their rows, and those that are not."""

from __future__ import annotations

import pandas as pd

from omnisim.metrics.warehouse import Warehouse
from omnisim.schema import TABLES

_AREAS: dict[str, tuple[str, ...]] = {
    "Customers and identities": ("customers", "identities", "consent_events", "access_log"),
    "Places, products, calendar": (
        "locations",
        "products",
        "prices",
        "channels",
        "dates",
    ),
    "Contacts and visits": ("touchpoints", "sessions", "web_events", "store_traffic"),
    "Orders and money": (
        "orders",
        "order_lines",
        "returns",
        "return_inspections",
        "payments",
        "media_costs",
    ),
    "Stock and delivery": (
        "inventory_snapshots",
        "inventory_movements",
        "inventory_audits",
        "purchase_orders",
        "shipments",
    ),
    "Members": (
        "loyalty_tiers",
        "loyalty_ledger",
        "coupon_issues",
        "coupon_redemptions",
        "referrals",
        "community_posts",
        "winback_contacts",
    ),
    "Service and voice": (
        "service_contacts",
        "touchpoint_ratings",
        "survey_invitations",
        "survey_comments",
        "brand_tracker",
    ),
    "Made to order": ("configurations", "quotes", "production_orders"),
    "Causes and surroundings": (
        "interventions",
        "promotions",
        "campaigns",
        "experiments",
        "experiment_assignments",
        "rollout_units",
        "incidents",
        "demand_signals",
        "market_totals",
    ),
}
_ELSEWHERE = "Other"


def contents(warehouse: Warehouse) -> pd.DataFrame:
    """Tables by area; columns: area, table, n_rows (missing where the data lack the table)."""
    there = [name for name in TABLES if name in warehouse.tables]
    counts: dict[str, int] = {}
    if there:
        sql = " union all ".join(f"select '{n}' as name, count(*) as n from {n}" for n in there)
        rows = warehouse.query(sql)
        counts = dict(zip(rows["name"], rows["n"].astype(int), strict=True))
    area_of = {name: area for area, names in _AREAS.items() for name in names}
    known = [name for name, table in TABLES.items() if table.side == "tables"]
    order = [*_AREAS, _ELSEWHERE]
    known.sort(key=lambda name: order.index(area_of.get(name, _ELSEWHERE)))
    return pd.DataFrame(
        {
            "area": [area_of.get(name, _ELSEWHERE) for name in known],
            "table": known,
            "n_rows": pd.array([counts.get(name) for name in known], dtype="Int64"),
        }
    )


def contents_table(found: pd.DataFrame) -> pd.DataFrame:
    """For people: one row per area with its tables and their rows, and what is not there."""
    rows = []
    for area, part in found.groupby("area", sort=False):
        there = part.dropna(subset=["n_rows"])
        absent = part.loc[part["n_rows"].isna(), "table"]
        told = zip(there["table"], there["n_rows"], strict=True)
        rows.append(
            {
                "Area": area,
                "Tables and rows": ", ".join(f"{name} {int(n):,}" for name, n in told) or "—",
                "Not in the data": ", ".join(absent) or "—",
            }
        )
    return pd.DataFrame(rows)
