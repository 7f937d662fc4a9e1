"""The ledger of one product at all locations, accounted after sales so that it agrees with availability.

Deliveries come at reviews, and at once where a stock-out ends. They cover the sales of the coming weeks,
but never beyond the next stock-out: that is what a stock-out is. The weeks after the horizon are taken
to be like those before it, backwards, so that stock does not run down towards the last day and orders
and trucks are under way when it comes.

On hand = previous + opening + receipts + transfers in + put back - sold - transfers out + adjusted holds
on every day. The last units are mislaid when a stock-out begins; most are found when it ends, the rest is
shrinkage. Goods put back during a stock-out wait in the back room until it ends.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omnisim.jit import inner, njit
from omnisim.rng import Stream
from omnisim.rng.philox import uniforms
from omnisim.world.availability import ON_SHELF

OPENING, RECEIPT, TRANSFER_IN, TRANSFER_OUT, SALE, PUT_BACK, ADJUSTMENT = range(7)
N_KINDS = 7
_STOCK = int(Stream.STOCK)
_BUFFER = 2  # units kept while no stock-out is near
_NEAR_DAYS = (
    42  # a stock-out so near is not bought against any more: it is slow sellers that run out
)


class Policy(NamedTuple):
    """When goods come and from where.

    Attributes
    ----------
    cover_days, review_days, transit_days : int
        Days of sales a delivery covers; days between deliveries; days from the centre to a store.
    near_days : int
        No buffer is bought when the next stock-out is so near: it is slow sellers that run out.
    through_dc : int
        1 where stores live on transfers.
    n_more : int
        Days beyond the horizon for which deliveries are planned.
    seed : uint64
        Seed of the world.
    lost_share : float
        Stock-outs after which the mislaid units are never found.
    """

    cover_days: int
    review_days: int
    transit_days: int
    near_days: int
    through_dc: int
    n_more: int
    seed: np.uint64
    lost_share: float


class Scratch(NamedTuple):
    """Room for one product, used again for the next.

    Attributes
    ----------
    ledger : array, shape (n_locations, N_KINDS, n_days)
        Signed units of every kind of movement.
    open : array, shape (n_locations, n_more)
        Units to be received from suppliers after the horizon.
    flow : array, shape (n_days,)
        Units that leave the distribution centre.
    received : array, shape (n_days + n_more,)
        Units received by the location at hand.
    adjusted : array, shape (n_days,)
        Units mislaid (-) and found (+).
    """

    ledger: NDArray[np.int64]
    open: NDArray[np.int64]
    flow: NDArray[np.int32]
    received: NDArray[np.int64]
    adjusted: NDArray[np.int64]


def new_scratch(n_locations: int, n_days: int, policy: Policy) -> Scratch:
    """Room for a network."""
    return Scratch(
        np.zeros((n_locations, N_KINDS, n_days), np.int64),
        np.zeros((n_locations, policy.n_more), np.int64),
        np.zeros(n_days, np.int32),  # as sales are: one compiled version for both
        np.zeros(n_days + policy.n_more, np.int64),
        np.zeros(n_days, np.int64),
    )


@njit(_nrt=False, inline="always")
def _mirrored(day, n_days):  # type: ignore[no-untyped-def]
    """The day itself, or the one as far before the end of the horizon as `day` lies behind it."""
    return day if day < n_days else max(0, 2 * n_days - 1 - day)


@inner
def _needed(flow, back, flags, day, policy):  # type: ignore[no-untyped-def]
    """Units that must be there on the morning of `day` so that none of the coming days runs short."""
    n_days = flow.size
    balance = 0
    peak = 0
    for ahead in range(day, day + max(policy.cover_days, policy.near_days)):
        if ahead < n_days and flags[ahead] & ON_SHELF == 0:
            return peak
        if ahead < day + policy.cover_days:
            here = _mirrored(ahead, n_days)
            balance += flow[here] - back[here]
            peak = max(peak, balance)
    return peak + _BUFFER


@inner
def plan_deliveries(flow, back, flags, policy, shelf, n_more, received, adjusted):  # type: ignore[no-untyped-def]
    """Fill units received on each day until `n_more` days after the horizon, and units adjusted.

    `flow` are the units that leave, `back` those put back, `flags` the availability, by day; `shelf` is
    the address of the location and product.
    """
    n_days = flow.size
    on_hand = mislaid = 0
    was_out = False
    for day in range(n_days + n_more):
        here = _mirrored(day, n_days)
        net = flow[here] - back[here]
        is_out = day < n_days and flags[day] & ON_SHELF == 0
        came = found = 0
        if is_out:
            if not was_out:
                mislaid, on_hand, found = on_hand, 0, -on_hand
            came = max(0, net - on_hand)
        else:
            if was_out and mislaid > 0:
                u_lost, _, _, _ = uniforms(policy.seed, shelf, day, 2, _STOCK)
                found = 0 if u_lost < policy.lost_share else mislaid
                on_hand += found
            if day % policy.review_days == 0 or was_out or on_hand < net:
                came = max(0, _needed(flow, back, flags, day, policy) - on_hand)
        on_hand += came - net
        received[day] = came
        if day < n_days:
            adjusted[day] = found
        was_out = is_out


@njit(_nrt=False, branchy=True)
def account(sold, restocked, flags, policy, sku, room):  # type: ignore[no-untyped-def]
    """Fill the ledger of product `sku`; the arrays have shape (n_locations, n_days), 0 is the centre."""
    n_locations, n_days = sold.shape
    for location in range(n_locations):
        room.open[location, :] = 0
        for kind in range(N_KINDS):
            room.ledger[location, kind, :] = 0
    for day in range(n_days):
        room.flow[day] = sold[0, day]
    for location in range(1, n_locations):
        ledger = room.ledger[location]
        n_more = policy.transit_days if policy.through_dc == 1 else policy.n_more
        plan_deliveries(
            sold[location],
            restocked[location],
            flags[location],
            policy,
            location * 65536 + sku,
            n_more,
            room.received,
            room.adjusted,
        )
        for day in range(n_days + n_more):
            units = room.received[day]
            if units == 0:
                continue
            sent = day - policy.transit_days
            from_dc = policy.through_dc == 1 and (sent < 0 or flags[0, sent] & ON_SHELF != 0)
            if day == 0:
                ledger[OPENING, 0] = units
            elif from_dc:
                if sent >= 0:
                    room.ledger[0, TRANSFER_OUT, sent] -= units
                    room.flow[sent] += units
                if day < n_days:
                    ledger[TRANSFER_IN, day] = units
            elif day < n_days:
                ledger[RECEIPT, day] = units
            else:
                room.open[location, day - n_days] = units
        _book(ledger, sold[location], restocked[location], room.adjusted)
    plan_deliveries(
        room.flow,
        restocked[0],
        flags[0],
        policy,
        sku,
        policy.n_more,
        room.received,
        room.adjusted,
    )
    room.ledger[0, OPENING, 0] = room.received[0]
    for day in range(1, n_days):
        room.ledger[0, RECEIPT, day] = room.received[day]
    for later in range(policy.n_more):
        room.open[0, later] = room.received[n_days + later]
    _book(room.ledger[0], sold[0], restocked[0], room.adjusted)


@inner
def _book(ledger, sold, restocked, adjusted):  # type: ignore[no-untyped-def]
    for day in range(sold.size):
        ledger[SALE, day] = -sold[day]
        ledger[PUT_BACK, day] = restocked[day]
        ledger[ADJUSTMENT, day] = adjusted[day]
