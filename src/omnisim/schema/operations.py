"""Goods and money on their way: movements, purchase orders, shipments, payments."""

from __future__ import annotations

from omnisim.schema.declare import LOCATION, ORDER, SKU, cents_column, id_column
from omnisim.schema.types import Column, Table

MOVEMENT_KINDS = (
    "opening",
    "supplier_receipt",
    "transfer_in",
    "transfer_out",
    "sale",
    "return",
    "adjustment",
)
CARRIERS = ("parcel_post", "express_line", "city_courier")
PAYMENT_METHODS = ("card", "wallet", "invoice", "cash", "marketplace")
PAYMENT_KINDS = ("capture", "refund", "chargeback")
CHARGEBACK_REASONS = ("unauthorised", "not_received")
INSPECTION_RESULTS = ("as_new", "worn", "damaged", "empty")
PAYMENT_LABELS = ("fake_order", "friendly_fraud")
RETURN_LABELS = ("wardrobing", "empty_box")

_RETURN = "returns.return_id"

OPERATION_TABLES: dict[str, Table] = {
    "inventory_movements": Table(
        about="Units that came to or left a location on a day, by kind. All movements until a day add "
        "up to the stock on hand. Goods put back after a return move when they pass inspection.",
        key=("movement_date", "location_id", "sku", "movement_kind"),
        sort_by=("movement_date", "location_id", "sku", "movement_kind"),
        columns={
            "movement_date": Column("date", "day"),
            "location_id": id_column("location whose stock changed", references=LOCATION),
            "sku": id_column("product", references=SKU),
            "movement_kind": Column(
                "category",
                "why; `opening` is what lay there on the first morning",
                allowed=MOVEMENT_KINDS,
            ),
            "n_units": Column("int32", "units that came (+) or left (-), never 0"),
            "counterpart_location_id": id_column(
                "where a transfer in came from; transfers out are the day's total to all stores",
                nullable=True,
                references=LOCATION,
            ),
            "sent_date": Column("date", "day a transfer in left its counterpart", nullable=True),
            "purchase_order_id": id_column(
                "order behind a supplier receipt",
                nullable=True,
                references="purchase_orders.purchase_order_id",
            ),
        },
    ),
    "purchase_orders": Table(
        about="One product ordered from its supplier for one location. Orders placed before the data "
        "begin are there when they arrive within them; those not yet received on the last day are open.",
        key=("purchase_order_id",),
        sort_by=("ordered_date", "purchase_order_id"),
        columns={
            "ordered_date": Column("date", "day it was placed; may precede the data"),
            "purchase_order_id": id_column("purchase order, no order implied"),
            "supplier_id": id_column("supplier, from 1; each product has one"),
            "location_id": id_column("location it is delivered to", references=LOCATION),
            "sku": id_column("product", references=SKU),
            "n_ordered": Column("int32", "units ordered", low=1),
            "promised_date": Column("date", "receipt promised by the supplier"),
            "received_date": Column("date", "receipt; missing while open", nullable=True),
            "n_received": Column(
                "int32", "units received; missing while open", nullable=True, low=0
            ),
        },
    ),
    "shipments": Table(
        about="One order on its way to the buyer: by carrier, or to the counter for pick-up. Cancelled "
        "orders are stopped before they leave and have none.",
        key=("shipment_id",),
        sort_by=("ordered_at", "shipment_id"),
        columns={
            "ordered_at": Column("timestamp", "time of the order"),
            "shipment_id": id_column("shipment, no order implied"),
            "order_id": id_column("order", references=ORDER),
            "location_id": id_column("location it leaves from", references=LOCATION),
            "carrier": Column(
                "category", "carrier; missing for pick-up", nullable=True, allowed=CARRIERS
            ),
            "promised_at": Column("timestamp", "promised at the latest by"),
            "shipped_at": Column(
                "timestamp", "given to the carrier; missing for pick-up or not yet", nullable=True
            ),
            "delivered_at": Column(
                "timestamp", "at the door; missing for pick-up or not yet", nullable=True
            ),
            "ready_at": Column(
                "timestamp", "ready at the counter; missing for parcels or not yet", nullable=True
            ),
            "picked_up_at": Column(
                "timestamp", "picked up; missing for parcels or not yet", nullable=True
            ),
            "is_late": Column("bool", "handed over after the promise, or overdue on the last day"),
            "shipping_cost_cents": cents_column("what the retailer pays for it"),
        },
    ),
    "payments": Table(
        about="One movement of money for an order. Captured with the order; invoices are paid after "
        "the hand-over. Orders stopped by payment review were never captured.",
        key=("payment_id",),
        sort_by=("paid_at", "payment_id"),
        columns={
            "paid_at": Column("timestamp", "when the money moved"),
            "payment_id": id_column("payment, no order implied"),
            "order_id": id_column("order", references=ORDER),
            "payment_kind": Column("category", "what it is", allowed=PAYMENT_KINDS),
            "payment_method": Column("category", "how it was paid", allowed=PAYMENT_METHODS),
            "amount_cents": cents_column(
                "to the retailer (+) or back (-): captures, refunds and chargebacks add up",
                low=None,
            ),
            "fee_cents": cents_column("what the provider or bank takes; not in the amount"),
            "return_id": id_column(
                "return that is refunded; missing otherwise", nullable=True, references=_RETURN
            ),
            "chargeback_reason": Column(
                "category",
                "what the buyer told the bank; missing otherwise",
                nullable=True,
                allowed=CHARGEBACK_REASONS,
            ),
        },
    ),
    "return_inspections": Table(
        about="One returned line after somebody looked into the box. The refund was paid before. What "
        "came back in the last days has not been inspected yet.",
        key=("return_id",),
        sort_by=("inspected_at", "return_id"),
        columns={
            "inspected_at": Column("timestamp", "when it was inspected"),
            "return_id": id_column("return", references=_RETURN),
            "location_id": id_column("location that took it back", references=LOCATION),
            "sku": id_column("product", references=SKU),
            "n_units": Column("int32", "units that should be in the box", low=1),
            "inspection_result": Column("category", "what was found", allowed=INSPECTION_RESULTS),
            "has_tag": Column("bool", "the original tag was there"),
            "is_restocked": Column("bool", "put back into stock: as new, and not made to order"),
        },
    ),
}

OPERATION_TRUTH: dict[str, Table] = {
    "return_labels": Table(
        about="Returns that are fraud, inspected or not. Every other return is honest.",
        key=("return_id",),
        sort_by=("return_id",),
        side="truth",
        columns={
            "return_id": id_column("return", references=_RETURN),
            "label": Column("category", "kind", allowed=RETURN_LABELS),
        },
    ),
    "payment_labels": Table(
        about="Chargebacks that are fraud. Every other chargeback is made in good faith.",
        key=("payment_id",),
        sort_by=("payment_id",),
        side="truth",
        columns={
            "payment_id": id_column("payment", references="payments.payment_id"),
            "label": Column("category", "kind", allowed=PAYMENT_LABELS),
        },
    ),
}
