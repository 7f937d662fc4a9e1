"""From the ledger of a product to rows of movements, snapshots, purchase orders and audits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.stock.account import (
    ADJUSTMENT,
    N_KINDS,
    OPENING,
    PUT_BACK,
    RECEIPT,
    SALE,
    TRANSFER_IN,
    TRANSFER_OUT,
    account,
)
from omnisim.engine.stock.suppliers import purchase
from omnisim.jit import inner, njit
from omnisim.rng import Stream
from omnisim.rng.philox import uniforms
from omnisim.world.availability import IS_COUNTED, IS_WRONG, ON_SHELF

IntRows = NDArray[np.int32]
_STOCK = int(Stream.STOCK)
_SNAPSHOT_DAYS = 7  # a row at least so often
_MAX_ERROR = 3  # units by which the system can be off
NOT_YET = -(2**31)  # a day that lies beyond the horizon


class Rows(NamedTuple):
    """Room for rows, or rows.

    Attributes
    ----------
    movements : array, shape (n, 5)
        Day, location, sku, kind, signed units.
    snapshots : array, shape (n, 11)
        Day, location, sku, came in, put back, sold, sent out, adjusted, on hand, reserved, is out.
    purchases : array, shape (n, 7)
        Location, sku, day planned, day ordered, day promised, units ordered, units received
        (:data:`NOT_YET` while open).
    audits : array, shape (n, 5)
        Day, location, sku, units the system shows, units counted.
    """

    movements: IntRows
    snapshots: IntRows
    purchases: IntRows
    audits: IntRows


def new_rows(room: tuple[int, ...] = (0, 0, 0, 0)) -> Rows:
    """Room for so many rows."""
    widths = (5, 11, 7, 5)
    return Rows(*(np.empty((n, width), np.int32) for n, width in zip(room, widths, strict=True)))


@njit(_nrt=False, branchy=True)
def fill_rows(sold, restocked, reserved, flags, first, policy, suppliers, room, rows, n):  # type: ignore[no-untyped-def]
    """Fill rows of some products, `first` and those that follow it, and add their numbers to `n`.

    The arrays have shape (products, n_locations, n_days), `n` has shape (4,). With empty rows it only
    counts, so that the caller can prepare exactly the room needed.
    """
    for k in range(sold.shape[0]):
        sku = first + k
        account(sold[k], restocked[k], flags[k], policy, sku, room)
        for location in range(sold.shape[1]):
            _one_shelf(
                room.ledger[location],
                reserved[k, location],
                flags[k, location],
                location,
                sku,
                suppliers.seed,
                rows,
                n,
            )
            _purchases(
                room.ledger[location, RECEIPT],
                room.open[location],
                flags[k, location],
                location,
                sku,
                suppliers,
                rows,
                n,
            )


@inner
def _one_shelf(ledger, reserved, flags, location, sku, seed, rows, n):  # type: ignore[no-untyped-def]
    """Movements, snapshots and audits of one location and product."""
    on_hand = 0
    waiting = 0
    was_out = False
    for day in range(flags.size):
        is_out = flags[day] & ON_SHELF == 0
        changed = is_out != was_out or reserved[day] != 0 or day % _SNAPSHOT_DAYS == 0
        for kind in range(N_KINDS):
            units = ledger[kind, day]
            if units != 0:
                on_hand += units
                changed = True
                if n[0] < rows.movements.shape[0]:
                    row = rows.movements[n[0]]
                    row[0], row[1], row[2], row[3], row[4] = day, location, sku, kind, units
                n[0] += 1
        waiting += reserved[day]
        if changed:
            if n[1] < rows.snapshots.shape[0]:
                row = rows.snapshots[n[1]]
                row[0], row[1], row[2] = day, location, sku
                row[3] = ledger[OPENING, day] + ledger[RECEIPT, day] + ledger[TRANSFER_IN, day]
                row[4] = ledger[PUT_BACK, day]
                row[5] = -ledger[SALE, day]
                row[6] = -ledger[TRANSFER_OUT, day]
                row[7] = ledger[ADJUSTMENT, day]
                row[8], row[9], row[10] = on_hand, waiting, is_out
            n[1] += 1
        if flags[day] & IS_COUNTED:
            if n[3] < rows.audits.shape[0]:
                row = rows.audits[n[3]]
                row[0], row[1], row[2], row[4] = day, location, sku, on_hand
                row[3] = _shown(seed, location, sku, day, flags[day], on_hand)
            n[3] += 1
        was_out = is_out


@inner
def _shown(seed, location, sku, day, flags, on_hand):  # type: ignore[no-untyped-def]
    """Units the system shows: those on hand, or off by up to three where it is wrong."""
    if flags & IS_WRONG == 0:
        return on_hand
    u_size, u_sign, _, _ = uniforms(seed, location * 65536 + sku, day, 1, _STOCK)
    error = 1 + int(u_size * _MAX_ERROR)
    return on_hand - error if u_sign < 0.5 and on_hand > error else on_hand + error


@inner
def _purchases(receipts, later, flags, location, sku, suppliers, rows, n):  # type: ignore[no-untyped-def]
    """Purchase orders behind the receipts of one location and product, and those still open."""
    n_days = receipts.size
    for day in range(n_days + later.size):
        units = receipts[day] if day < n_days else later[day - n_days]
        if units == 0:
            continue
        ordered, promised, n_ordered = purchase(suppliers, flags, location, sku, day, units)
        if ordered >= n_days:
            continue
        if n[2] < rows.purchases.shape[0]:
            row = rows.purchases[n[2]]
            row[0], row[1], row[2], row[3], row[4] = location, sku, day, ordered, promised
            row[5] = n_ordered
            row[6] = units if day < n_days else NOT_YET
        n[2] += 1
