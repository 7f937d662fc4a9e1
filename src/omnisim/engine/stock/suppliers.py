"""Who supplies what, how long it takes, and when an order must have been placed to arrive on its day."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omnisim.jit import njit
from omnisim.rng import Stream, lognormal_table, uniform_block
from omnisim.rng.philox import uniforms
from omnisim.rng.quantiles import look_up
from omnisim.world import World
from omnisim.world.availability import ON_SHELF

_PURCHASE = int(Stream.PURCHASE)
_MARGIN = 0.88  # median lead time beside what is promised: most orders arrive in time
_SHORT_BY = 0.3  # largest share of an order that does not come


class Suppliers(NamedTuple):
    """Terms of supply.

    Attributes
    ----------
    seed : int
        Seed of the world.
    of_sku : array, shape (n_products,)
        Supplier of each product, from 0.
    promised_days : array, shape (n_products,)
        Days from order to promised receipt.
    lead : array, shape (4096,)
        Quantiles of the lead time beside its promise.
    delay_days : array, shape (n_days,)
        Days since the running supplier delay began, itself included; 0 outside.
    short_share : float
        Orders of which less arrives.
    """

    seed: np.uint64
    of_sku: NDArray[np.int64]
    promised_days: NDArray[np.int64]
    lead: NDArray[np.float64]
    delay_days: NDArray[np.int64]
    short_share: float

    @property
    def longest_days(self) -> int:
        """The longest lead time there can be, without delays."""
        return int(self.promised_days.max() * max(1.0, _MARGIN * self.lead[-1]) + 0.5)


def build_suppliers(world: World) -> Suppliers:
    """Draw the suppliers; a product's supplier depends on its own number only."""
    s, plan = world.scenario, world.scenario.replenishment
    sku = np.arange(world.products.n_products)
    of_sku = uniform_block(s.seed, sku, stream=Stream.SUPPLIER)[:, 0] * plan.n_suppliers
    supplier = of_sku.astype(np.int64)
    u = uniform_block(s.seed, np.arange(plan.n_suppliers), stream=Stream.SUPPLIER, step=1)[:, 0]
    factor = lognormal_table(plan.supplier_sigma)[(u * 4096).astype(np.int64)]
    promised = np.maximum(np.floor(plan.lead_time_days * factor + 0.5), 1).astype(np.int64)
    delay_days = np.zeros(s.horizon.n_days, np.int64)
    for first, last in world.incidents.delays:
        delay_days[first:last] = np.arange(1, last - first + 1)
    return Suppliers(
        np.uint64(s.seed),
        supplier,
        promised[supplier],
        lognormal_table(plan.lead_time_sigma),
        delay_days,
        plan.short_share,
    )


@njit(_nrt=False, branchy=True)
def purchase(suppliers, flags, location, sku, day, units):  # type: ignore[no-untyped-def]
    """(ordered day, promised day, units ordered) of what arrives at `day`; `flags` by day.

    What arrives during a supplier delay, or ends a stock-out, comes late by as many days at least: that
    is why the shelf was empty.
    """
    n_days = suppliers.delay_days.size
    u_lead, u_short, u_by, _ = uniforms(suppliers.seed, location * 65536 + sku, day, 0, _PURCHASE)
    promised_days = suppliers.promised_days[sku]
    lead = max(1, int(promised_days * _MARGIN * look_up(suppliers.lead, u_lead) + 0.5))
    late = 0
    if 0 < day <= n_days:
        while late < day and flags[day - 1 - late] & ON_SHELF == 0:
            late += 1
    if day < n_days:
        late = max(late, suppliers.delay_days[day])
    if late > 0:
        lead = max(lead, promised_days)
    ordered = day - lead - late
    n_ordered = units
    if u_short < suppliers.short_share:
        n_ordered += 1 + int(u_by * _SHORT_BY * units)
    return ordered, ordered + promised_days, n_ordered
