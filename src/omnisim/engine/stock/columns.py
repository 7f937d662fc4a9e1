"""Columns of the tables of goods, product by product."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.stock.account import RECEIPT, TRANSFER_IN, Policy, new_scratch
from omnisim.engine.stock.flows import StockFlows
from omnisim.engine.stock.rows import NOT_YET, IntRows, Rows, fill_rows, new_rows
from omnisim.engine.stock.suppliers import Suppliers, build_suppliers
from omnisim.rng import id_key, ids_of
from omnisim.schema.operations import MOVEMENT_KINDS
from omnisim.storage import Codes
from omnisim.timeline import epoch_day
from omnisim.world import World

Columns = dict[str, Any]
KEY_PURCHASE_ORDER = 20
_SKUS_PER_PART = 64
_SHELF_DAYS_PER_PART = 400_000  # a busy shelf has a row a day, of some 500 bytes at work
_NEAR_DAYS = 42  # six weeks: a slow seller sells its buffer in that time


def sku_parts(n_locations: int, n_products: int, n_days: int) -> list[tuple[int, int]]:
    """Cut the products into parts of the tables, each of which fits memory beside the others.

    Examples
    --------
    >>> sku_parts(10, 100, 365)
    [(0, 64), (64, 100)]
    >>> sku_parts(121, 20, 365)
    [(0, 9), (9, 18), (18, 20)]
    """
    room = _SHELF_DAYS_PER_PART // (n_locations * n_days)
    size = max(1, min(_SKUS_PER_PART, room))
    return [(first, min(first + size, n_products)) for first in range(0, n_products, size)]


def build_policy(world: World, suppliers: Suppliers) -> Policy:
    """The scenario's policy of supply."""
    stock, plan = world.scenario.stock, world.scenario.replenishment
    return Policy(
        cover_days=stock.cover_days,
        review_days=plan.review_days,
        transit_days=plan.transit_days,
        near_days=_NEAR_DAYS,
        through_dc=int(plan.is_on),
        n_more=max(plan.transit_days, suppliers.longest_days),
        seed=np.uint64(world.scenario.seed),
        lost_share=plan.lost_share,
    )


def stock_columns(
    world: World, flows: StockFlows, availability: NDArray[np.uint8], first: int, last: int
) -> dict[str, Columns]:
    """Columns of the tables of goods for products ``first`` to ``last - 1``.

    `availability` is what was sold from, shape (n_locations, n_products, n_days).
    """
    suppliers = build_suppliers(world)
    policy = build_policy(world, suppliers)
    n_locations, _, n_days = availability.shape
    room = new_scratch(n_locations, n_days, policy)
    sold, restocked, reserved = (
        counts.of_products(first, last) for counts in (flows.sold, flows.restocked, flows.reserved)
    )
    flags = np.ascontiguousarray(availability[:, first:last].transpose(1, 0, 2))
    given = (sold, restocked, reserved, flags, first)
    asked, again = np.zeros((2, 4), np.int64)
    fill_rows(*given, policy, suppliers, room, new_rows(), asked)
    rows = new_rows(tuple(int(n) for n in asked))
    fill_rows(*given, policy, suppliers, room, rows, again)
    return {
        "inventory_movements": _movements(world, policy, rows),
        "inventory_snapshots": _snapshots(world, rows),
        "purchase_orders": _purchase_orders(world, suppliers, rows),
        "inventory_audits": _audits(world, rows),
    }


def _date(world: World, day: NDArray[np.int32]) -> NDArray[np.int32]:
    return day + np.int32(epoch_day(world.scenario.horizon.start_date))


def _sorted(rows: IntRows, *columns: int) -> IntRows:
    """Rows ordered by these columns, the first above all."""
    return rows[np.lexsort([rows[:, column] for column in reversed(columns)])]


def _purchase_id(world: World, location: Any, sku: Any, day: Any) -> NDArray[np.int64]:
    shelf = location.astype(np.int64) * 65536 + sku
    return ids_of(id_key(world.scenario.seed, KEY_PURCHASE_ORDER), shelf, day)


def _movements(world: World, policy: Policy, rows: Rows) -> Columns:
    day, location, sku, kind, units = _sorted(rows.movements, 0, 1, 2, 3).T
    is_transfer_in = kind == TRANSFER_IN
    return {
        "movement_date": _date(world, day),
        "location_id": location.astype(np.int64) + 1,
        "sku": sku.astype(np.int64) + 1,
        "movement_kind": Codes(kind.astype(np.int8), MOVEMENT_KINDS),
        "n_units": units.copy(),
        "counterpart_location_id": (np.ones(day.size, np.int64), ~is_transfer_in),
        "sent_date": (_date(world, day - np.int32(policy.transit_days)), ~is_transfer_in),
        "purchase_order_id": (_purchase_id(world, location, sku, day), kind != RECEIPT),
    }


def _snapshots(world: World, rows: Rows) -> Columns:
    snapshots = _sorted(rows.snapshots, 0, 1, 2)
    counts = ("received", "returned", "sold", "transferred", "adjusted", "on_hand", "reserved")
    return {
        "snapshot_date": _date(world, snapshots[:, 0]),
        "location_id": snapshots[:, 1].astype(np.int64) + 1,
        "sku": snapshots[:, 2].astype(np.int64) + 1,
        **{f"n_{name}": snapshots[:, 3 + k].copy() for k, name in enumerate(counts)},
        "is_stocked_out": snapshots[:, 10] == 1,
    }


def _purchase_orders(world: World, suppliers: Suppliers, rows: Rows) -> Columns:
    location, sku, day, ordered, promised, n_ordered, n_received = rows.purchases.T
    number = _purchase_id(world, location, sku, day)
    order = np.lexsort((number, ordered))
    is_open = (n_received == NOT_YET)[order]
    return {
        "ordered_date": _date(world, ordered[order]),
        "purchase_order_id": number[order],
        "supplier_id": suppliers.of_sku[sku[order]] + 1,
        "location_id": location[order].astype(np.int64) + 1,
        "sku": sku[order].astype(np.int64) + 1,
        "n_ordered": n_ordered[order],
        "promised_date": _date(world, promised[order]),
        "received_date": (_date(world, day[order]), is_open),
        "n_received": (np.where(is_open, np.int32(0), n_received[order]), is_open),
    }


def _audits(world: World, rows: Rows) -> Columns:
    audits = _sorted(rows.audits, 0, 1, 2)
    return {
        "audit_date": _date(world, audits[:, 0]),
        "location_id": audits[:, 1].astype(np.int64) + 1,
        "sku": audits[:, 2].astype(np.int64) + 1,
        "n_system": audits[:, 3].copy(),
        "n_counted": audits[:, 4].copy(),
    }
