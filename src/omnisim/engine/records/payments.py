"""Money of orders: captures, refunds and chargebacks.

A payment is captured with the order; an invoice is paid after the hand-over. What payment review stops
was never captured; any other cancelled order is captured, then refunded. A return is refunded when the
goods come back, or when the invoice is paid, if that is later. Amounts are signed: to the retailer +.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.plan import KEY_RETURN
from omnisim.engine.records.chargebacks import draw_chargebacks
from omnisim.engine.records.columns import find_rows
from omnisim.engine.records.log import BlockLog, IntArray, by_time, ordinals
from omnisim.engine.state import NO_TIME
from omnisim.rng import Stream
from omnisim.schema.channels import CANCEL_REASONS, ORDER_CHANNELS
from omnisim.schema.operations import (
    CHARGEBACK_REASONS,
    PAYMENT_KINDS,
    PAYMENT_LABELS,
    PAYMENT_METHODS,
)
from omnisim.storage import Codes
from omnisim.timeline import SECONDS_PER_DAY

KEY_PAYMENT = 22
_CARD, _WALLET, _INVOICE, _CASH, _MARKETPLACE = range(len(PAYMENT_METHODS))
_CAPTURE, _REFUND, _CHARGEBACK = range(len(PAYMENT_KINDS))
_BY_STORE, _BY_MARKETPLACE, _BY_SOCIAL = (
    ORDER_CHANNELS.index(k) for k in ("store", "marketplace", "social")
)
_BY_REVIEW = CANCEL_REASONS.index("payment_review")
# A person's ordinals of payments: four for each order or return, by what the payment is.
_OF_CAPTURE, _OF_CANCELLATION, _OF_CHARGEBACK, _OF_RETURN = range(4)
_NONE = -1


class _Rows(NamedTuple):
    """Payments of one sort."""

    at: IntArray
    id: IntArray
    order: IntArray
    kind: IntArray
    method: IntArray
    amount: IntArray
    fee: IntArray
    return_: IntArray
    reason: IntArray
    label: IntArray


def payment_records(log: BlockLog) -> dict[str, dict[str, Any]]:
    """Columns of payments, and of payment_labels in truth."""
    orders = log.orders
    person, nth = log.person(orders), ordinals(orders["row"])
    method = payment_methods(log)
    captured = _capture_times(log, method)
    parts = (
        _captures(log, nth, method, captured),
        _cancellations(log, nth, method, captured),
        _return_refunds(log, method, captured),
        _chargebacks(log, person, nth, method, captured),
    )
    rows = _Rows(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    order = by_time(rows.at, rows.id)
    rows = _Rows(*(column[order] for column in rows))
    marked = np.flatnonzero(rows.label != _NONE)
    marked = marked[np.argsort(rows.id[marked])]
    return {
        "payments": {
            "paid_at": log.milliseconds(rows.at),
            "payment_id": rows.id,
            "order_id": rows.order,
            "payment_kind": Codes(rows.kind.astype(np.int8), PAYMENT_KINDS),
            "payment_method": Codes(rows.method.astype(np.int8), PAYMENT_METHODS),
            "amount_cents": rows.amount,
            "fee_cents": rows.fee,
            "return_id": (rows.return_, rows.return_ == _NONE),
            "chargeback_reason": Codes(rows.reason.astype(np.int8), CHARGEBACK_REASONS),
        },
        "payment_labels": {
            "payment_id": rows.id[marked],
            "label": Codes(rows.label[marked].astype(np.int8), PAYMENT_LABELS),
        },
    }


def payment_methods(log: BlockLog) -> IntArray:
    """How each order is paid: a person keeps one method online and one at the till."""
    plan = log.world.scenario.payments
    orders = log.orders
    u = log.draw(Stream.PAYMENT, log.person(orders))
    online = np.where(u[:, 0] < plan.online_wallet_share, _WALLET, _CARD)
    # platforms of social selling settle at once: no invoice there
    may_owe = orders["channel"] != _BY_SOCIAL
    online[(u[:, 0] >= 1 - plan.invoice_share) & may_owe] = _INVOICE
    at_till = np.where(u[:, 1] < plan.store_wallet_share, _WALLET, _CARD)
    at_till[orders["payment"] < 0] = _CASH
    method = np.where(orders["channel"] == _BY_STORE, at_till, online)
    method[orders["channel"] == _BY_MARKETPLACE] = _MARKETPLACE
    return np.asarray(method, np.int64)


def _capture_times(log: BlockLog, method: IntArray) -> IntArray:
    """When each order is captured, seconds; NO_TIME = not within the horizon."""
    orders = log.orders
    at: IntArray = orders["at"].astype(np.int64)
    u = log.draw(Stream.PAYMENT, log.person(orders), ordinals(orders["row"]), step=1)[:, 0]
    days = log.world.scenario.payments.invoice_days
    paid = orders["fulfilled"].astype(np.int64) + (u * days * SECONDS_PER_DAY).astype(np.int64)
    is_paid = (orders["fulfilled"] != NO_TIME) & (paid < log.end)
    owed = method == _INVOICE
    at[owed] = np.where(is_paid, paid, NO_TIME)[owed]
    at[orders["reason"] == _BY_REVIEW] = NO_TIME
    return np.asarray(at, np.int64)


def _fees(log: BlockLog, method: IntArray, amount: IntArray) -> IntArray:
    """What the provider keeps, rounded down to the cent."""
    plan = log.world.scenario.payments
    shares = (
        plan.card_fee,
        plan.wallet_fee,
        plan.invoice_fee,
        plan.cash_fee,
        plan.marketplace_fee,
    )
    millionths = np.array([round(share * 1_000_000) for share in shares], np.int64)
    return np.asarray(amount * millionths[method] // 1_000_000, np.int64)


def _rows(
    log: BlockLog,
    which: NDArray[Any],
    at: IntArray,
    ordinal: IntArray,
    kind: int,
    method: IntArray,
    amount: IntArray,
    **more: IntArray,
) -> _Rows:
    """Payments of orders or returns `which`."""
    none = np.full(at.size, _NONE, np.int64)
    filled = {"fee": np.zeros(at.size, np.int64), "return_": none, "reason": none, "label": none}
    order = which["order"] if "order" in (which.dtype.names or ()) else which["id"]
    return _Rows(
        at=at,
        id=log.ids(KEY_PAYMENT, log.person(which), ordinal),
        order=np.asarray(order, np.int64),
        kind=np.full(at.size, kind, np.int64),
        method=method,
        amount=amount,
        **(filled | more),
    )


def _captures(log: BlockLog, nth: IntArray, method: IntArray, captured: IntArray) -> _Rows:
    k = np.flatnonzero(captured != NO_TIME)
    orders = log.orders[k]
    amount = orders["gross"] - orders["discount"]
    return _rows(
        log,
        orders,
        captured[k],
        nth[k] * 4 + _OF_CAPTURE,
        _CAPTURE,
        method[k],
        amount,
        fee=_fees(log, method[k], amount),
    )


def _cancellations(log: BlockLog, nth: IntArray, method: IntArray, captured: IntArray) -> _Rows:
    k = np.flatnonzero((log.orders["reason"] >= 0) & (captured != NO_TIME))
    orders = log.orders[k]
    return _rows(
        log,
        orders,
        orders["cancelled"].astype(np.int64),
        nth[k] * 4 + _OF_CANCELLATION,
        _REFUND,
        method[k],
        orders["discount"] - orders["gross"],
    )


def _return_refunds(log: BlockLog, method: IntArray, captured: IntArray) -> _Rows:
    nth = log.numbers(KEY_RETURN, log.returns)
    order = find_rows(log.orders["id"], log.returns["order"])
    k = np.flatnonzero(captured[order] != NO_TIME)
    returns, order = log.returns[k], order[k]
    return _rows(
        log,
        returns,
        np.maximum(returns["at"].astype(np.int64), captured[order]),
        nth[k] * 4 + _OF_RETURN,
        _REFUND,
        method[order],
        -returns["refund"],
        return_=np.ascontiguousarray(returns["id"]),
    )


def _chargebacks(
    log: BlockLog, person: IntArray, nth: IntArray, method: IntArray, captured: IntArray
) -> _Rows:
    through_bank = (captured != NO_TIME) & (method != _CASH) & (method != _INVOICE)
    found = draw_chargebacks(log, person, nth, through_bank)
    orders = log.orders[found.position]
    fee = round(log.world.scenario.payments.chargeback_fee * 100)
    return _rows(
        log,
        orders,
        found.at,
        nth[found.position] * 4 + _OF_CHARGEBACK,
        _CHARGEBACK,
        method[found.position],
        orders["discount"] - orders["gross"],
        fee=np.full(found.at.size, fee, np.int64),
        reason=found.reason,
        label=found.label,
    )
