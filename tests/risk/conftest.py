import datetime as dt

import numpy as np
import pandas as pd
import pytest

from omnisim.metrics import FrameWarehouse

FIRST = dt.date(2025, 1, 1)
ORDER = {
    "customer_id": None,
    "identity_id": None,
    "payment_identity_id": None,
    "session_id": None,
    "order_channel": "web",
    "fulfilment": "ship_from_dc",
    "location_id": 1,
    "catchment_location_id": 2,
    "status": "completed",
    "cancel_reason": None,
    "coupon_code": None,
    "n_units": 1,
    "gross_amount": 100.0,
    "discount_amount": 0.0,
    "net_amount": 100.0,
    "cost_amount": 60.0,
    "shipping_cost": 5.0,
    "promised_at": None,
    "fulfilled_at": None,
    "cancelled_at": None,
}
IDS = ("customer_id", "identity_id", "payment_identity_id", "session_id")
TIMES = ("ordered_at", "promised_at", "fulfilled_at", "cancelled_at")


def _at(day, hour=12.0):
    return pd.Timestamp(FIRST, tz="UTC") + pd.Timedelta(days=day, hours=hour)


def _orders(*rows):
    """Orders from (day, {changed columns}); ids count from 1."""
    made = []
    for number, (day, changes) in enumerate(rows, start=1):
        row = {"ordered_at": _at(day), "order_id": number} | ORDER
        row |= {"promised_at": _at(day + 3), "fulfilled_at": _at(day + 2)}
        made.append(row | changes)
    frame = pd.DataFrame(made)
    for name in IDS:
        frame[name] = frame[name].astype("Int64")
    for name in TIMES:
        frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[ms, UTC]")
    return frame


@pytest.fixture
def at():
    return _at


@pytest.fixture
def orders():
    return _orders


@pytest.fixture(scope="module")
def warehouse():
    def build(n_days=28, **frames):
        last = FIRST + dt.timedelta(days=n_days - 1)
        return FrameWarehouse(frames, FIRST, last, currency="USD")

    return build


@pytest.fixture(scope="module")
def retailer(warehouse):
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
            changes["fulfilled_at"] = _at(day + 4)
        if number % 150 == 0:
            changes |= {"status": "cancelled", "cancel_reason": "no_stock", "fulfilled_at": None}
        if number % 15 == 1:
            changes |= {"coupon_code": "WELCOME15", "discount_amount": 12.0}
        rows.append((day, changes))
    rows += [(50 + k, {"customer_id": 900 + k, "payment_identity_id": 1}) for k in range(5)]
    placed = _orders(*rows)
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
            "touched_at": [_at(float(d)) for d in rng.uniform(0, 182, 2000)],
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
