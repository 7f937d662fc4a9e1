import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="module")
def retailer(warehouse, orders, at):
    """Half a year of a made-up retailer with something of every risk but outages."""
    rng = np.random.default_rng(11)
    n = 1500
    rows = []
    for number in range(n):
        changes = {"customer_id": int(rng.integers(1, 500)), "net_amount": float(rng.gamma(2, 40))}
        changes["cost_amount"] = 0.5 * changes["net_amount"]
        changes["payment_identity_id"] = 10_000 + changes["customer_id"]
        day = float(rng.uniform(0, 181))
        if number % 20 == 0:
            changes["fulfilled_at"] = at(day + 4)
        if number % 150 == 0:
            changes |= {"status": "cancelled", "cancel_reason": "no_stock", "fulfilled_at": None}
        if number % 15 == 1:
            changes |= {"coupon_code": "WELCOME15", "discount_amount": 12.0}
        rows.append((day, changes))
    rows += [(50 + k, {"customer_id": 900 + k, "payment_identity_id": 1}) for k in range(5)]
    placed = orders(*rows)
    days = pd.date_range("2025-01-01", periods=182, freq="D")
    stock = pd.DataFrame(
        [
            {
                "snapshot_date": day,
                "location_id": 2,
                "sku": sku,
                "n_sold": 0 if (out := rng.random() < 0.06) else int(rng.poisson(0.3)),
                "is_stocked_out": out,
            }
            for sku in range(1, 9)
            for day in days
        ]
    )
    lines = placed[["order_id", "net_amount", "cost_amount", "n_units"]].assign(
        order_line_id=placed["order_id"], sku=placed["order_id"] % 8 + 1
    )
    touches = pd.DataFrame(
        {
            "touched_at": [at(float(d)) for d in rng.uniform(0, 182, 2000)],
            "channel": "email",
            "touch_kind": "sent",
            "has_consent": rng.random(2000) > 0.02,
        }
    )
    return warehouse(
        n_days=182,
        orders=placed,
        order_lines=lines,
        returns=lines.head(100).assign(refund_amount=lines["net_amount"]),
        products=pd.DataFrame({"sku": range(1, 9), "list_price": 80.0, "unit_cost": 40.0}),
        inventory_snapshots=stock,
        inventory_audits=pd.DataFrame({"n_system": [9, 11], "n_counted": [10, 10]}),
        touchpoints=touches,
        incidents=pd.DataFrame(
            {
                "incident_id": pd.Series(dtype="int64"),
                "incident_kind": pd.Series(dtype="str"),
                "started_at": pd.Series(dtype="datetime64[ms, UTC]"),
                "ended_at": pd.Series(dtype="datetime64[ms, UTC]"),
                "is_peak": pd.Series(dtype="bool"),
            }
        ),
    )
