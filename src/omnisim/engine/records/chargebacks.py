"""Who takes the money back through the bank: fake buyers, friends of free goods, and those still waiting.

Delivered fake orders are often charged back as unauthorised. A few genuine orders in good order are
charged back all the same (friendly fraud), with the words of an honest complaint. Late orders are
sometimes disputed in good faith. Orders with a return are settled already.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.records.log import BlockLog, IntArray
from omnisim.engine.state import NO_TIME
from omnisim.rng import Stream, lognormal_table
from omnisim.schema.operations import CHARGEBACK_REASONS, PAYMENT_LABELS
from omnisim.timeline import SECONDS_PER_DAY

_UNAUTHORISED, _NOT_RECEIVED = range(len(CHARGEBACK_REASONS))
_FAKE, _FRIENDLY = range(len(PAYMENT_LABELS))
_IN_GOOD_FAITH = -1
_FAKE_ORDER = 0  # label of orders in the log


@dataclass(frozen=True, slots=True, eq=False)
class Chargebacks:
    """Chargebacks within the horizon: rows of ``log.orders``, when [s], stated reason, true label."""

    position: IntArray
    at: IntArray
    reason: IntArray
    label: IntArray


def draw_chargebacks(
    log: BlockLog, person: IntArray, nth: IntArray, through_bank: NDArray[np.bool_]
) -> Chargebacks:
    """Chargebacks of the orders that were captured through a bank and handed over."""
    plan, orders = log.world.scenario.payments, log.orders
    nothing = np.zeros(0, np.int64)
    if not plan.has_chargebacks:
        return Chargebacks(nothing, nothing, nothing, nothing)
    u = log.draw(Stream.CHARGEBACK, person, nth)
    is_open = (
        through_bank
        & (orders["reason"] < 0)
        & (orders["fulfilled"] != NO_TIME)
        & ~np.isin(orders["id"], log.returns["order"])
    )
    is_fake = orders["label"] == _FAKE_ORDER
    is_late = orders["fulfilled"] > orders["promised"]
    of_fake = is_fake & (u[:, 0] < plan.fake_chargeback_share)
    friendly = ~is_fake & (u[:, 0] < plan.friendly_share)
    disputed = ~is_fake & ~friendly & is_late & (u[:, 1] < plan.late_dispute_share)
    days = (
        plan.chargeback_days
        * lognormal_table(plan.chargeback_sigma)[(u[:, 2] * 4096).astype(np.int64)]
    )
    at = orders["fulfilled"].astype(np.int64) + (days * SECONDS_PER_DAY).astype(np.int64)
    k = np.flatnonzero(is_open & (of_fake | friendly | disputed) & (at < log.end))
    says_stolen = of_fake | (friendly & (u[:, 3] < 0.5))
    label = np.where(of_fake, _FAKE, np.where(friendly, _FRIENDLY, _IN_GOOD_FAITH))
    return Chargebacks(
        position=k,
        at=at[k],
        reason=np.where(says_stolen, _UNAUTHORISED, _NOT_RECEIVED)[k],
        label=label[k],
    )
