"""How orders reach their buyers: parcels on their way, and bags behind the counter.

When an order is handed over was decided with the order; here it gets its steps. A cancelled order is
stopped before anything leaves. The carrier is drawn by lot and has no effect: a difference between
carriers in these data is chance.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from omnisim.engine.records.log import BlockLog, by_time, ordinals
from omnisim.engine.state import NO_TIME
from omnisim.rng import Stream, lognormal_table, share_table
from omnisim.schema.channels import FULFILMENTS
from omnisim.schema.operations import CARRIERS
from omnisim.storage import Codes

KEY_SHIPMENT = 21
_CARRY_OUT, _COLLECT, _MADE = (
    FULFILMENTS.index(k) for k in ("carry_out", "click_and_collect", "made_to_order")
)
_CARRIER_SHARES = (0.45, 0.35, 0.20)
_HANDLING_SECONDS = 10 * 3600  # median from the order to the carrier or the counter
_HANDLING_SIGMA = 0.5
_MADE_PERCENT = 96  # of the way until goods made to order leave the workshop
_LEFT = 2  # the carrier, or the bag, has at least one part in so many of the time


def shipment_records(log: BlockLog) -> dict[str, dict[str, Any]]:
    """Columns of shipments."""
    nth = ordinals(log.orders["row"])
    leaves = (log.orders["fulfilment"] != _CARRY_OUT) & (log.orders["reason"] < 0)
    rows, nth = log.orders[leaves], nth[leaves]
    person = log.person(rows)
    number = log.ids(KEY_SHIPMENT, person, nth)
    order = by_time(rows["at"], number)
    rows, nth, person, number = rows[order], nth[order], person[order], number[order]

    u = log.draw(Stream.SHIPMENT, person, nth)
    is_collected = rows["fulfilment"] == _COLLECT
    placed, over = rows["at"].astype(np.int64), rows["fulfilled"].astype(np.int64)
    is_over = over != NO_TIME
    handling = lognormal_table(_HANDLING_SIGMA)[(u[:, 0] * 4096).astype(np.int64)]
    ready = (handling * _HANDLING_SECONDS).astype(np.int64)
    ready = placed + np.where(is_over, np.minimum(ready, (over - placed) // _LEFT), ready)
    # the workshop ends after 95 % of the way at the latest; when it ends is not known before
    is_made = rows["fulfilment"] == _MADE
    ready[is_made] = (placed + (over - placed) * _MADE_PERCENT // 100)[is_made]
    is_ready = (ready < log.end) & (is_over | ~is_made)
    carrier = share_table(_CARRIER_SHARES)[(u[:, 1] * 4096).astype(np.int64)]
    promised = rows["promised"].astype(np.int64)
    return {
        "shipments": {
            "ordered_at": log.milliseconds(placed),
            "shipment_id": number,
            "order_id": np.ascontiguousarray(rows["id"]),
            "location_id": np.ascontiguousarray(rows["location"]),
            "carrier": Codes(np.where(is_collected, -1, carrier).astype(np.int8), CARRIERS),
            "promised_at": log.milliseconds(promised),
            "shipped_at": (log.milliseconds(ready), is_collected | ~is_ready),
            "delivered_at": (log.milliseconds(over), is_collected | ~is_over),
            "ready_at": (log.milliseconds(ready), ~is_collected | ~is_ready),
            "picked_up_at": (log.milliseconds(over), ~is_collected | ~is_over),
            "is_late": np.where(is_over, over, log.end) > promised,
            "shipping_cost_cents": np.ascontiguousarray(rows["shipping"]),
        }
    }
