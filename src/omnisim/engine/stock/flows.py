"""What customers do to the stock: units sold, put back after a return, and waiting for pick-up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.records.columns import find_rows
from omnisim.engine.records.inspections import inspect_returns
from omnisim.engine.records.log import BlockLog, IntArray
from omnisim.engine.state import NO_TIME
from omnisim.schema.channels import FULFILMENTS
from omnisim.timeline import SECONDS_PER_DAY

_COLLECT = FULFILMENTS.index("click_and_collect")


@dataclass(frozen=True, slots=True, eq=False)
class StockFlows:
    """Sums over all customers, each of shape (n_locations, n_products, n_days).

    Attributes
    ----------
    sold : array
        Units taken by orders that were not cancelled, on the day of the order.
    restocked : array
        Returned units put back after inspection.
    reserved : array
        Change of the units that are sold and wait for pick-up.
    """

    sold: NDArray[np.int32]
    restocked: NDArray[np.int32]
    reserved: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class BlockFlows:
    """One block's part of :class:`StockFlows`: flat cells, with repetitions, and units for each."""

    restocked: tuple[IntArray, IntArray]
    reserved: tuple[IntArray, IntArray]


def block_flows(log: BlockLog) -> BlockFlows:
    """What a block's returns and collected orders do to the stock."""
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
    waits = (order["fulfilment"] == _COLLECT) & (order["reason"] < 0)
    lines, order = log.lines[waits], order[waits]
    is_over = order["fulfilled"] != NO_TIME
    placed = cells(order["location"], lines["sku"], order["at"].astype(np.int64))
    over = cells(order["location"], lines["sku"], order["fulfilled"].astype(np.int64))[is_over]
    units = lines["units"].astype(np.int64)
    return BlockFlows(
        restocked=back,
        reserved=(np.concatenate([placed, over]), np.concatenate([units, -units[is_over]])),
    )
