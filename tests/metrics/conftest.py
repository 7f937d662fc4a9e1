import datetime as dt

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


@pytest.fixture
def warehouse():
    def build(n_days=28, **frames):
        last = FIRST + dt.timedelta(days=n_days - 1)
        return FrameWarehouse(frames, FIRST, last, currency="USD")

    return build
