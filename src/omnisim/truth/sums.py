"""Sums over customers: of one block, small enough to travel, and of all blocks.

Whole numbers only, so the order in which blocks are added is nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omnisim.engine import Plan
from omnisim.engine.context_market import own_sales
from omnisim.engine.records import BlockLog
from omnisim.engine.records.brand import brand_counts, no_counts
from omnisim.engine.state import Output
from omnisim.engine.stock import StockFlows, block_flows
from omnisim.truth.tally import WorldTally
from omnisim.world import World

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The few cells of a large array that a block touches.

    Attributes
    ----------
    place : array, shape (n,)
        Flat positions; one may come more than once.
    value : array, shape (n,)
        What is added there.
    """

    place: NDArray[np.int32]
    value: NDArray[np.int32]

    @classmethod
    def of(cls, whole: NDArray[np.integer]) -> Cells:
        """The cells of an array that are not zero.

        Examples
        --------
        >>> Cells.of(np.array([[0, 7], [0, 0]]))
        Cells(place=array([1], dtype=int32), value=array([7], dtype=int32))
        """
        flat = whole.reshape(-1)
        place = np.flatnonzero(flat)
        # a scenario has at most 600 million shelf-days, a block far fewer than 2**31 units of one
        return cls(place.astype(np.int32), flat[place].astype(np.int32))

    @classmethod
    def at(cls, place: IntArray, value: IntArray) -> Cells:
        """From flat positions and values."""
        return cls(place.astype(np.int32), value.astype(np.int32))

    def add_to(self, total: NDArray[np.integer]) -> None:
        """Add them to an array of the shape they were taken from."""
        np.add.at(total.reshape(-1), self.place, self.value)


@dataclass(frozen=True, slots=True, eq=False)
class BlockSums:
    """What a block of customers came to, in all that is counted over customers.

    Attributes
    ----------
    contacts, visitors, needs, own_sales, brand : array
        As in :class:`Totals`.
    wanted, sold, restocked, reserved : Cells
        Of the arrays of the same names there.
    """

    contacts: IntArray
    visitors: IntArray
    needs: IntArray
    own_sales: IntArray
    brand: IntArray
    wanted: Cells
    sold: Cells
    restocked: Cells
    reserved: Cells

    @classmethod
    def of(cls, log: BlockLog, base: Output) -> BlockSums:
        """From what the kernel counted and logged."""
        flows = block_flows(log)
        return cls(
            contacts=base.contacts,
            visitors=base.visitors,
            needs=base.needs,
            own_sales=own_sales(log.world, base),
            brand=brand_counts(log),
            wanted=Cells.of(base.wanted),
            sold=Cells.at(*flows.sold),
            restocked=Cells.at(*flows.restocked),
            reserved=Cells.at(*flows.reserved),
        )


class Totals:
    """Sums over all blocks.

    Attributes
    ----------
    contacts : array, shape (2, n_channels, n_days)
        Impressions and messages; clicks.
    visitors, needs : array, shape (n_stores, n_days)
        Store visits; needs that arose.
    own_sales : array, shape (n_categories, n_months)
        Net sales of completed orders [cents].
    brand : array
        See :func:`omnisim.engine.records.brand.no_counts`.
    wanted : array, shape (2, n_locations, n_products, n_months)
        Units wanted; units lost.
    flows : StockFlows
        What all customers do to the stock.
    tallies : dict of str to WorldTally
        By name of the world.
    """

    def __init__(self, world: World, plan: Plan) -> None:
        n_locations, n_products, n_days = plan.availability.shape
        n_channels = len(plan.channels["reach"])
        months = int(plan.days["month"][n_days - 1]) + 1
        n_categories = len(world.scenario.assortment.category_names)
        self.contacts = np.zeros((2, n_channels, n_days), np.int64)
        self.visitors = np.zeros((n_locations - 1, n_days), np.int64)
        self.needs = np.zeros((n_locations - 1, n_days), np.int64)
        self.own_sales = np.zeros((n_categories, months), np.int64)
        self.brand = no_counts(world)
        self.wanted = np.zeros((2, n_locations, n_products, months), np.int64)
        self.flows = StockFlows(plan.availability.shape)
        self.tallies: dict[str, WorldTally] = {}

    def add(self, sums: BlockSums, tallies: dict[str, WorldTally]) -> None:
        """Add a block."""
        self.contacts += sums.contacts
        self.visitors += sums.visitors
        self.needs += sums.needs
        self.own_sales += sums.own_sales
        self.brand += sums.brand
        sums.wanted.add_to(self.wanted)
        self.flows.sold.add(sums.sold.place, sums.sold.value)
        self.flows.restocked.add(sums.restocked.place, sums.restocked.value)
        self.flows.reserved.add(sums.reserved.place, sums.reserved.value)
        for name, tally in tallies.items():
            known = self.tallies.get(name)
            self.tallies[name] = tally if known is None else known + tally
