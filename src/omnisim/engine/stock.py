"""Stock, accounted after sales so that it agrees with availability.

Deliveries come weekly and cover the sales of the coming weeks, but never beyond the next stock-out:
that is what a stock-out is. On hand = previous + received - sold + adjusted holds on every day.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.jit import njit
from omnisim.rng import Stream
from omnisim.rng.philox import uniforms
from omnisim.timeline import epoch_day
from omnisim.world import World
from omnisim.world.availability import IS_COUNTED, IS_WRONG, ON_SHELF

_STOCK = int(Stream.STOCK)
_REVIEW_DAYS = 7
_BUFFER = 2  # units kept while no stock-out is near
_MAX_ERROR = 3  # units by which the system can be off


@njit
def _account(seed, first, sold, flags, cover, rows, audits):  # type: ignore[no-untyped-def]
    """Fill rows (day, location, sku, received, sold, adjusted, on_hand, out) and audits; count them.

    With empty buffers it only counts, so that the caller can prepare exactly the room needed.
    """
    n_locations, n_products, n_days = sold.shape
    n = 0
    n_audits = 0
    for location in range(n_locations):
        for sku in range(n_products):
            on_hand = 0
            was_out = False
            for day in range(n_days):
                is_out = flags[location, sku, day] & ON_SHELF == 0
                received = 0
                adjusted = 0
                taken = sold[location, sku, day]
                if is_out:
                    adjusted = -on_hand  # the last units cannot be found
                elif day % _REVIEW_DAYS == 0 or was_out or on_hand < taken:
                    until = min(day + cover, n_days)
                    need = 0
                    ends = False
                    for ahead in range(day, until):
                        if flags[location, sku, ahead] & ON_SHELF == 0:
                            ends = True
                            break
                        need += sold[location, sku, ahead]
                    received = max(0, need + (0 if ends else _BUFFER) - on_hand)
                on_hand += received - taken + adjusted
                changed = received != 0 or taken != 0 or adjusted != 0 or is_out != was_out
                if changed or day % _REVIEW_DAYS == 0:
                    if n < rows.shape[0]:
                        rows[n, 0] = day
                        rows[n, 1] = first + location
                        rows[n, 2] = sku
                        rows[n, 3] = received
                        rows[n, 4] = taken
                        rows[n, 5] = adjusted
                        rows[n, 6] = on_hand
                        rows[n, 7] = is_out
                    n += 1
                if flags[location, sku, day] & IS_COUNTED:
                    if n_audits < audits.shape[0]:
                        shown = on_hand
                        if flags[location, sku, day] & IS_WRONG:
                            u_size, u_sign, _, _ = uniforms(
                                seed, (first + location) * 65536 + sku, day, 1, _STOCK
                            )
                            error = 1 + int(u_size * _MAX_ERROR)
                            shown = on_hand + error
                            if u_sign < 0.5 and on_hand > error:
                                shown = on_hand - error
                        audits[n_audits, 0] = day
                        audits[n_audits, 1] = first + location
                        audits[n_audits, 2] = sku
                        audits[n_audits, 3] = shown
                        audits[n_audits, 4] = on_hand
                    n_audits += 1
                was_out = is_out
    return n, n_audits


def stock_columns(
    world: World, sold: NDArray[np.int32], first: int, last: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Columns of inventory_snapshots and inventory_audits for locations ``first`` to ``last - 1``."""
    seed = np.uint64(world.scenario.seed)
    flags, part = world.availability[first:last], sold[first:last]
    cover = world.scenario.stock.cover_days
    room = _account(seed, first, part, flags, cover, _empty(0, 8), _empty(0, 5))
    rows, audits = _empty(room[0], 8), _empty(room[1], 5)
    _account(seed, first, part, flags, cover, rows, audits)
    rows = rows[np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0]))]
    audits = audits[np.lexsort((audits[:, 2], audits[:, 1], audits[:, 0]))]
    day0 = epoch_day(world.scenario.horizon.start_date)
    return (
        {
            "snapshot_date": rows[:, 0] + np.int32(day0),
            "location_id": rows[:, 1].astype(np.int64) + 1,
            "sku": rows[:, 2].astype(np.int64) + 1,
            "n_received": rows[:, 3].copy(),
            "n_sold": rows[:, 4].copy(),
            "n_adjusted": rows[:, 5].copy(),
            "n_on_hand": rows[:, 6].copy(),
            "is_stocked_out": rows[:, 7] == 1,
        },
        {
            "audit_date": audits[:, 0] + np.int32(day0),
            "location_id": audits[:, 1].astype(np.int64) + 1,
            "sku": audits[:, 2].astype(np.int64) + 1,
            "n_system": audits[:, 3].copy(),
            "n_counted": audits[:, 4].copy(),
        },
    )


def _empty(n: int, width: int) -> NDArray[np.int32]:
    return np.empty((n, width), np.int32)
