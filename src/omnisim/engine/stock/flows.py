"""What customers do to the stock: units sold, put back after a return, and waiting for pick-up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from omnisim.engine.records.columns import find_rows
from omnisim.engine.records.inspections import inspect_returns
from omnisim.engine.records.log import BlockLog, IntArray
from omnisim.engine.state import NO_TIME
from omnisim.engine.stock.counts import ShelfCounts
from omnisim.schema.channels import FULFILMENTS
from omnisim.timeline import SECONDS_PER_DAY

_COLLECT = FULFILMENTS.index("click_and_collect")
_TO_ORDER = FULFILMENTS.index("made_to_order")


class StockFlows:
    """Sums over all customers, by location, product and day.

    Attributes
    ----------
    sold : ShelfCounts
        Units taken by orders that were not cancelled, on the day of the order.
    restocked : ShelfCounts
        Returned units put back after inspection.
    reserved : ShelfCounts
        Change of the units that are sold and wait for pick-up.
    """

    def __init__(self, shape: tuple[int, int, int]) -> None:
        self.sold, self.restocked, self.reserved = (ShelfCounts(shape) for _ in range(3))


@dataclass(frozen=True, slots=True, eq=False)
class BlockFlows:
    """One block's part of :class:`StockFlows`: flat cells, with repetitions, and units for each."""

    sold: tuple[IntArray, IntArray]
    restocked: tuple[IntArray, IntArray]
    reserved: tuple[IntArray, IntArray]


def block_flows(log: BlockLog) -> BlockFlows:
    """What a block's orders and returns do to the stock."""
    horizon, products = log.world.scenario.horizon, log.world.products

    def cells(location_id: IntArray, sku: IntArray, seconds: IntArray) -> IntArray:
        at_location = (location_id - 1) * products.n_products + sku - 1
        return at_location * horizon.n_days + seconds // SECONDS_PER_DAY

    checked = inspect_returns(log)
    rows = log.returns[checked.position][checked.is_restocked]
    back = (
        cells(rows["location"], rows["sku"], checked.at[checked.is_restocked]),
        rows["units"].astype(np.int64),
    )
    order = log.orders[find_rows(log.orders["id"], log.lines["order"])]
    leaves = (order["fulfilment"] != _TO_ORDER) & (order["reason"] < 0)
    lines, order = log.lines[leaves], order[leaves]
    placed = cells(order["location"], lines["sku"], order["at"].astype(np.int64))
    units = lines["units"].astype(np.int64)
    waits = order["fulfilment"] == _COLLECT
    is_over = waits & (order["fulfilled"] != NO_TIME)
    over = cells(order["location"], lines["sku"], order["fulfilled"].astype(np.int64))[is_over]
    return BlockFlows(
        sold=(placed, units),
        restocked=back,
        reserved=(
            np.concatenate([placed[waits], over]),
            np.concatenate([units[waits], -units[is_over]]),
        ),
    )
