"""Inspection of returned goods: what it finds, what goes back on the shelf, and who cheated.

The refund is paid when the goods come back, before anybody opens the box; so fraud costs the goods. The
retailer sees results and missing tags, never who cheats: honest goods are sometimes worn, cheats are
sometimes missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.plan import KEY_RETURN
from omnisim.engine.records.columns import find_rows
from omnisim.engine.records.log import BlockLog, IntArray, by_time
from omnisim.rng import Stream
from omnisim.schema.channels import FULFILMENTS, RETURN_CHANNELS
from omnisim.schema.operations import INSPECTION_RESULTS, RETURN_LABELS
from omnisim.storage import Codes

_AS_NEW, _WORN, _DAMAGED, _EMPTY = range(len(INSPECTION_RESULTS))
_WARDROBING, _EMPTY_BOX = range(len(RETURN_LABELS))
_HONEST = -1
_MADE = FULFILMENTS.index("made_to_order")
_AT_COUNTER = RETURN_CHANNELS.index("store")
_COUNTER_SECONDS = 1800  # longest wait at the counter
_HOUR = 3600


@dataclass(frozen=True, slots=True, eq=False)
class Inspections:
    """Returns that were inspected within the horizon.

    Attributes
    ----------
    position : array
        Rows of ``log.returns``.
    at : array
        When it was inspected [s since day 0].
    result : array
        Index into the schema's results.
    has_tag : array
        Whether the tag was there.
    is_restocked : array
        Whether the goods went back into stock: as new, and not made to order for somebody else.
    """

    position: IntArray
    at: IntArray
    result: IntArray
    has_tag: NDArray[np.bool_]
    is_restocked: NDArray[np.bool_]


def return_labels(log: BlockLog) -> IntArray:
    """What each return really is: an index into the schema's labels, -1 = honest."""
    plan = log.world.scenario.return_fraud
    person, nth = log.person(log.returns), log.numbers(KEY_RETURN, log.returns)
    label = np.full(person.size, _HONEST, np.int64)
    if not plan.is_on:
        return label
    cheats = log.draw(Stream.RETURN_FRAUD, person)[:, 0] < plan.person_share
    u = log.draw(Stream.RETURN_FRAUD, person, nth, step=1)
    label[cheats & (u[:, 0] < plan.fraud_share)] = _WARDROBING
    # nobody hands an empty box over a counter
    by_parcel = log.returns["channel"] != _AT_COUNTER
    label[(label == _WARDROBING) & by_parcel & (u[:, 1] < plan.empty_share)] = _EMPTY_BOX
    return label


def inspect_returns(log: BlockLog) -> Inspections:
    """Inspect what came back."""
    plan = log.world.scenario.return_fraud
    rows, label = log.returns, return_labels(log)
    u = log.draw(Stream.INSPECTION, log.person(rows), log.numbers(KEY_RETURN, rows))
    longest = np.where(
        rows["channel"] == _AT_COUNTER, _COUNTER_SECONDS, int(plan.parcel_hours * _HOUR)
    )
    at = rows["at"].astype(np.int64) + 60 + (u[:, 1] * longest).astype(np.int64)
    result = np.full(label.size, _AS_NEW, np.int64)
    result[u[:, 0] < plan.worn_share + plan.damaged_share] = _DAMAGED
    result[u[:, 0] < plan.worn_share] = _WORN
    is_worn = label == _WARDROBING
    result[is_worn] = np.where(u[is_worn, 0] < plan.detection_share, _WORN, _AS_NEW)
    result[label == _EMPTY_BOX] = _EMPTY
    missing = np.where(is_worn, plan.fraud_tag_missing_share, plan.tag_missing_share)
    has_tag = (u[:, 2] >= missing) & (result != _EMPTY)
    of_stock = log.orders["fulfilment"][find_rows(log.orders["id"], rows["order"])] != _MADE
    restocked = (result == _AS_NEW) & of_stock
    done = np.flatnonzero(at < log.end)
    return Inspections(done, at[done], result[done], has_tag[done], restocked[done])


def inspection_records(log: BlockLog) -> dict[str, dict[str, Any]]:
    """Columns of return_inspections, and of return_labels in truth."""
    found = inspect_returns(log)
    order = by_time(found.at, log.returns["id"][found.position])
    rows = log.returns[found.position[order]]
    label = return_labels(log)
    marked = np.flatnonzero(label != _HONEST)
    marked = marked[np.argsort(log.returns["id"][marked])]
    return {
        "return_inspections": {
            "inspected_at": log.milliseconds(found.at[order]),
            "return_id": np.ascontiguousarray(rows["id"]),
            "location_id": np.ascontiguousarray(rows["location"]),
            "sku": np.ascontiguousarray(rows["sku"]),
            "n_units": np.ascontiguousarray(rows["units"]),
            "inspection_result": Codes(found.result[order].astype(np.int8), INSPECTION_RESULTS),
            "has_tag": found.has_tag[order],
            "is_restocked": found.is_restocked[order],
        },
        "return_labels": {
            "return_id": np.ascontiguousarray(log.returns["id"][marked]),
            "label": Codes(label[marked].astype(np.int8), RETURN_LABELS),
        },
    }
