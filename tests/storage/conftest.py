"""A small shop whose numbers can be checked by hand."""

import datetime as dt

import pandas as pd
import pytest

from omnisim.storage import DatasetFacts, write_frames


def at(*texts):
    return pd.to_datetime(pd.Series(list(texts), dtype="str"), utc=True).astype(
        "datetime64[ms, UTC]"
    )


def on(*texts):
    return pd.to_datetime(pd.Series(list(texts), dtype="str")).astype("datetime64[ms]")


@pytest.fixture
def facts():
    return DatasetFacts(
        name="corner_shop",
        currency="USD",
        locale="en_US",
        first_date=dt.date(2025, 1, 1),
        last_date=dt.date(2025, 1, 31),
    )


@pytest.fixture
def frames():
    """Two orders, three lines, one return, one SKU's stock: in no particular order of rows."""
    return {
        "products": pd.DataFrame(
            {
                "sku": [1, 2],
                "product_name": ["Scarf", "Hat"],
                "category": ["accessories", "accessories"],
                "subcategory": ["scarves", "hats"],
                "list_price": [19.99, 30.0],
                "unit_cost": [8.0, 12.5],
            }
        ),
        "orders": pd.DataFrame(
            {
                "ordered_at": at("2025-01-05 10:00", "2025-01-04 09:30"),
                "order_id": [71, 9_007_199_254_740_991],
                "customer_id": pd.array([None, 5], "Int64"),
                "identity_id": pd.array([None, None], "Int64"),
                "payment_identity_id": pd.array([None, None], "Int64"),
                "session_id": pd.array([None, None], "Int64"),
                "order_channel": ["store", "web"],
                "fulfilment": ["carry_out", "ship_from_dc"],
                "location_id": [2, 1],
                "catchment_location_id": [2, 2],
                "status": ["completed", "cancelled"],
                "cancel_reason": [None, "no_stock"],
                "coupon_code": [None, "WELCOME15"],
                "n_units": [2, 1],
                "gross_amount": [39.98, 30.0],
                "discount_amount": [0.0, 4.5],
                "net_amount": [39.98, 25.5],
                "cost_amount": [16.0, 12.5],
                "shipping_cost": [0.0, 0.0],
                "promised_at": at("2025-01-05 10:00", "2025-01-07 09:30"),
                "fulfilled_at": at("2025-01-05 10:00", None),
                "cancelled_at": at(None, "2025-01-05 08:00"),
            }
        ),
        "order_lines": pd.DataFrame(
            {
                "ordered_at": at("2025-01-05 10:00", "2025-01-04 09:30", "2025-01-05 10:00"),
                "order_line_id": [12, 11, 10],
                "order_id": [71, 9_007_199_254_740_991, 71],
                "sku": [1, 2, 1],
                "n_units": [1, 1, 1],
                "gross_amount": [19.99, 30.0, 19.99],
                "discount_amount": [0.0, 4.5, 0.0],
                "net_amount": [19.99, 25.5, 19.99],
                "cost_amount": [8.0, 12.5, 8.0],
            }
        ),
        "returns": pd.DataFrame(
            {
                "returned_at": at("2025-01-09 12:00"),
                "return_id": [1],
                "order_id": [71],
                "order_line_id": [10],
                "sku": [1],
                "n_units": [1],
                "refund_amount": [19.99],
                "return_channel": ["store"],
                "location_id": [2],
                "return_reason": ["size"],
            }
        ),
        "inventory_snapshots": pd.DataFrame(
            {
                "snapshot_date": on("2025-01-01", "2025-01-05", "2025-01-06"),
                "location_id": [2, 2, 2],
                "sku": [1, 1, 1],
                "n_received": [10, 0, 3],
                "n_returned": [0, 0, 0],
                "n_sold": [0, 2, 0],
                "n_transferred": [0, 0, 0],
                "n_adjusted": [0, 0, -1],
                "n_on_hand": [10, 8, 10],
                "n_reserved": [0, 0, 0],
                "is_stocked_out": [False, False, False],
            }
        ),
        "media_costs": pd.DataFrame(
            {
                "cost_date": on("2025-01-02", "2025-01-01", "2025-01-01"),
                "channel": ["email", "sms", "direct"],
                "n_impressions": [100, 50, 0],
                "n_clicks": [10, 5, 0],
                "media_cost": [1.99, 0.07, 0.0],
            }
        ),
    }


@pytest.fixture
def shop(tmp_path, frames, facts):
    return write_frames(tmp_path / "corner_shop", frames, facts)
