"""The kind of device of each visit: one for all visits with one cookie, told by how many of them bought.

Published figures say how conversion differs between devices, not why. So nothing here acts on anybody:
the device is drawn after the visits, with the chance that Bayes' rule gives it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.codes import ON_WEB
from omnisim.engine.records.log import BlockLog, IntArray, ordinals
from omnisim.rng import Stream, rounded
from omnisim.scenario.blocks_context import Devices
from omnisim.schema.channels import DEVICES

FloatArray = NDArray[np.float64]


def session_devices(log: BlockLog, visits: Any) -> NDArray[np.int8]:
    """Place in ``DEVICES`` of each visit; a person's visits are in order of time.

    The cookies of a person follow one another, so that a new one begins where the identity changes.
    Its number, not its id, is the address of the draw: a later cookie changes no earlier one.
    """
    device = np.full(visits.size, DEVICES.index("mobile"), np.int8)  # the app runs on phones
    web = np.flatnonzero(visits["platform"] == ON_WEB)
    if not web.size:
        return device
    web = web[np.argsort(visits["row"][web], kind="stable")]
    row, identity = visits["row"][web], visits["identity"][web]
    begins = np.ones(web.size, bool)
    begins[1:] = (row[1:] != row[:-1]) | (identity[1:] != identity[:-1])
    first = np.flatnonzero(begins)
    n_orders = np.add.reduceat(visits["order"][web].astype(np.int64), first)
    n_visits = np.diff(first, append=web.size)
    chance = device_chances(log.world.scenario.devices, n_visits, n_orders)
    u = log.draw(Stream.DEVICE, log.person(visits[web[first]]), ordinals(row[first]))[:, 0]
    drawn = (u[:, None] >= np.cumsum(chance, axis=1)[:, :-1]).sum(axis=1)
    device[web] = drawn[np.cumsum(begins) - 1]
    return device


def device_chances(dials: Devices, n_visits: IntArray, n_orders: IntArray) -> FloatArray:
    """Chance of each device for cookies with so many visits and orders.

    ``P(device | k of n) ~ share * conversion^k * (1 - conversion)^(n - k)``

    Parameters
    ----------
    dials : Devices
        Shares and conversions.
    n_visits, n_orders : array of int, shape (n_cookies,)
        Visits with the cookie, and those of them that ended in an order.

    Returns
    -------
    array, shape (n_cookies, 3)
        In the order of ``DEVICES``; each row sums to 1.

    Examples
    --------
    >>> dials = Devices(mobile_share=0.5, tablet_share=0, mobile_conversion_ratio=0.5)
    >>> device_chances(dials, np.array([1]), np.array([1])).round(3).tolist()
    [[0.667, 0.333, 0.0]]
    """
    conversion = np.array(dials.conversions)
    with np.errstate(divide="ignore"):  # a device that nobody has
        share = np.log(np.array(dials.shares))
    k, rest = n_orders[:, None], (n_visits - n_orders)[:, None]
    weight = share + k * np.log(conversion) + rest * np.log1p(-conversion)
    weight = np.exp(weight - weight.max(axis=1, keepdims=True))
    return rounded(weight / weight.sum(axis=1, keepdims=True))
