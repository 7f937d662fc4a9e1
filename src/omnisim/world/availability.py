"""Which product can be sold where and when, and what the system believes.

While interference is off availability does not react to sales: it is drawn per location, product and
day. With interference it comes from the units on hand. Either way stock is accounted afterwards so
that it agrees with it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omnisim.jit import njit
from omnisim.rng import Stream, geometric_table, look_up, uniforms
from omnisim.scenario import Scenario

ON_SHELF = 1  # goods are there
ON_SYSTEM = 2  # the system offers them online
IS_COUNTED = 4  # an audit counts them today
IS_WRONG = 8  # the system's number is off

_STOCK = int(Stream.STOCK)


def build_availability(scenario: Scenario, delayed: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Flags of every location, product and day, shape (n_locations, n_products, n_days)."""
    plan = scenario.stock
    shape = (
        scenario.stores.n_stores + 1,
        scenario.assortment.n_products,
        scenario.horizon.n_days,
    )
    out = np.empty(shape, np.uint8)
    # In the long run spells of mean m that begin on a share p of the other days take
    # m / (m + (1 - p) / p) of all days; solved for p. Day 0 finds the shelf as on any day.
    share = np.minimum(
        plan.stock_out_share * np.where(delayed, scenario.incidents.delay_stock_out_factor, 1.0),
        1.0,
    )
    start = share / (plan.mean_spell_days * (1 - share) + share)
    start[0] = share[0]
    _fill(
        np.uint64(scenario.seed),
        start,
        geometric_table(plan.mean_spell_days),
        plan.oversell_share,
        plan.sync_error_share,
        plan.audit_share,
        out,
    )
    return out


def full_availability(like: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Everything is there, always."""
    return np.full_like(like, ON_SHELF | ON_SYSTEM)


@njit
def fill_from_stock(seed, on_hand, oversell, wrong, audit, start, end, out):  # type: ignore[no-untyped-def]
    """Set the flags of days ``start`` to ``end - 1`` from units on hand, with the errors of the system.

    The draws are those of :func:`build_availability`: only spells no longer are.
    """
    n_locations, n_products, _ = out.shape
    for location in range(n_locations):
        for product in range(n_products):
            for day in range(start, end):
                _, _, u_system, u_audit = uniforms(seed, location * 65536 + product, day, 0, _STOCK)
                out[location, product, day] = _flags(
                    on_hand[location, product] > 0, u_system, u_audit, oversell, wrong, audit
                )


@njit(inline="always")
def _flags(is_there, u_system, u_audit, oversell, wrong, audit):  # type: ignore[no-untyped-def]
    flags = 0
    if is_there:
        flags = ON_SHELF | ON_SYSTEM
        if u_system < wrong:
            flags |= IS_WRONG
    elif u_system < oversell:
        flags = ON_SYSTEM | IS_WRONG
    if u_audit < audit:
        flags |= IS_COUNTED
    return flags


@njit
def _fill(seed, start, lengths, oversell, wrong, audit, out):  # type: ignore[no-untyped-def]
    n_locations, n_products, n_days = out.shape
    for location in range(n_locations):
        for product in range(n_products):
            back = 0  # day on which the running spell ends
            for day in range(n_days):
                u_start, u_length, u_system, u_audit = uniforms(
                    seed, location * 65536 + product, day, 0, _STOCK
                )
                if day >= back and u_start < start[day]:
                    back = day + look_up(lengths, u_length)
                out[location, product, day] = _flags(
                    day >= back, u_system, u_audit, oversell, wrong, audit
                )
