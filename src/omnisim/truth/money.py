"""What a year came to beyond its sales: margin, refunds, what was cancelled, late or fraud."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.codes import COUPON_ABUSE, FAKE_ORDER, SENT
from omnisim.engine.plan import Plan
from omnisim.engine.state import ORDER, RETURN, TOUCH, Output

MONEY = (
    "margin_amount",
    "refund_amount",
    "cancelled_amount",
    "late_amount",
    "fraud_amount",
    "n_messages_without_consent",
)


def money_of(out: Output, plan: Plan) -> NDArray[np.int64]:
    """Per person over the horizon, from the log of a block; columns are :data:`MONEY`.

    ``margin_amount``
        Net sales of completed genuine orders less cost of goods, shipping and refunds, plus the cost
        of the goods that came back; less the shipping of fake orders that went out.
    ``refund_amount``
        Paid back for returns.
    ``cancelled_amount``
        Net value of genuine orders that were cancelled, by whom and why ever.
    ``late_amount``
        Net value of completed orders handed over after the promised time, within the horizon.
    ``fraud_amount``
        Net value of completed fake orders, and the welcome discounts that were abused.
    ``n_messages_without_consent``
        Messages sent to persons who had not agreed.

    Amounts are in minor units.
    """
    orders = out.orders[: out.n[ORDER]]
    returns = out.returns[: out.n[RETURN]]
    touches = out.touches[: out.n[TOUCH]]
    found = np.zeros((len(out.week), len(MONEY)), np.int64)

    net = orders["gross"] - orders["discount"]
    is_fake = orders["label"] == FAKE_ORDER
    is_done = orders["reason"] < 0
    genuine = np.where(is_done & ~is_fake, net - orders["cost"], 0)
    np.add.at(found[:, 0], orders["row"], genuine - orders["shipping"])
    cost = plan.products["cost"][returns["sku"] - 1] * returns["units"]
    np.add.at(found[:, 0], returns["row"], cost - returns["refund"])
    np.add.at(found[:, 1], returns["row"], returns["refund"])
    np.add.at(found[:, 2], orders["row"], np.where(~is_done & ~is_fake, net, 0))
    is_late = is_done & ~is_fake & (orders["fulfilled"] > orders["promised"])
    np.add.at(found[:, 3], orders["row"], np.where(is_late, net, 0))
    abused = np.where(orders["label"] == COUPON_ABUSE, orders["discount"], 0)
    np.add.at(found[:, 4], orders["row"], np.where(is_done, np.where(is_fake, net, abused), 0))
    no_consent = (touches["kind"] == SENT) & ~touches["consent"]
    np.add.at(found[:, 5], touches["row"], no_consent.astype(np.int64))
    return found
