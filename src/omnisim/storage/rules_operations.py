"""What must hold between movements, purchase orders, shipments and payments."""

from __future__ import annotations

from omnisim.storage.rule import Rule

_COLUMN_OF_KIND = (
    ("n_received", "('opening', 'supplier_receipt', 'transfer_in')", 1),
    ("n_returned", "('return')", 1),
    ("n_sold", "('sale')", -1),
    ("n_transferred", "('transfer_out')", -1),
    ("n_adjusted", "('adjustment')", 1),
)

_STOCK = (
    Rule(
        "inventory_snapshots",
        "n_on_hand must be the sum of all movements until that day",
        ("inventory_snapshots", "inventory_movements"),
        "SELECT count(*) FROM (SELECT n_on_hand, is_snapshot, sum(n_units) OVER ("
        "PARTITION BY location_id, sku ORDER BY day) AS so_far FROM ("
        "SELECT movement_date AS day, location_id, sku, n_units, NULL AS n_on_hand, "
        "false AS is_snapshot FROM inventory_movements UNION ALL "
        "SELECT snapshot_date, location_id, sku, 0, n_on_hand, true FROM inventory_snapshots)) "
        "WHERE is_snapshot AND n_on_hand <> so_far",
    ),
    Rule(
        "inventory_snapshots",
        "units received, put back, sold, sent and adjusted must be the day's movements",
        ("inventory_snapshots", "inventory_movements"),
        "SELECT count(*) FROM (SELECT snapshot_date AS day, location_id, sku, "
        + ", ".join(column for column, _, _ in _COLUMN_OF_KIND)
        + " FROM inventory_snapshots) AS s FULL JOIN (SELECT movement_date AS day, location_id, sku, "
        + ", ".join(
            f"coalesce(sum({sign} * n_units) FILTER (movement_kind IN {kinds}), 0) AS {column}"
            for column, kinds, sign in _COLUMN_OF_KIND
        )
        + " FROM inventory_movements GROUP BY ALL) AS m USING (day, location_id, sku) WHERE "
        + " OR ".join(
            f"coalesce(s.{column}, 0) <> coalesce(m.{column}, 0)"
            for column, _, _ in _COLUMN_OF_KIND
        ),
    ),
    Rule(
        "inventory_snapshots",
        "n_reserved must be the units of collected orders that wait for pick-up",
        ("inventory_snapshots", "orders", "order_lines"),
        "WITH steps AS (SELECT o.location_id, l.sku, l.n_units, o.ordered_at, o.fulfilled_at "
        "FROM orders AS o JOIN order_lines AS l USING (order_id) "
        "WHERE o.fulfilment = 'click_and_collect' AND o.status = 'completed'), "
        "every AS (SELECT CAST(ordered_at AS DATE) AS day, location_id, sku, n_units, "
        "NULL AS n_reserved FROM steps UNION ALL "
        "SELECT CAST(fulfilled_at AS DATE), location_id, sku, -n_units, NULL FROM steps "
        "WHERE fulfilled_at IS NOT NULL UNION ALL "
        "SELECT snapshot_date, location_id, sku, 0, n_reserved FROM inventory_snapshots) "
        "SELECT count(*) FROM (SELECT n_reserved, sum(n_units) OVER ("
        "PARTITION BY location_id, sku ORDER BY day) AS waiting FROM every) "
        "WHERE n_reserved <> waiting",
    ),
    Rule(
        "inventory_movements",
        "the sign of n_units must be that of its kind",
        ("inventory_movements",),
        "SELECT count(*) FROM inventory_movements WHERE n_units = 0 OR (movement_kind <> "
        "'adjustment' AND (movement_kind IN ('sale', 'transfer_out')) <> (n_units < 0))",
    ),
    Rule(
        "inventory_movements",
        "only transfers in have a counterpart and a day sent, only supplier receipts an order",
        ("inventory_movements",),
        "SELECT count(*) FROM inventory_movements WHERE "
        "(movement_kind = 'transfer_in') <> (counterpart_location_id IS NOT NULL) OR "
        "(movement_kind = 'transfer_in') <> (sent_date IS NOT NULL) OR "
        "(movement_kind = 'supplier_receipt') <> (purchase_order_id IS NOT NULL) OR "
        "sent_date > movement_date OR counterpart_location_id = location_id",
    ),
    Rule(
        "inventory_movements",
        "what arrives by transfer must have left its counterpart, and the reverse unless on its way",
        ("inventory_movements",),
        "WITH edge AS (SELECT min(movement_date) AS first, max(movement_date) - CAST(coalesce("
        "max(movement_date - sent_date), 0) AS INTEGER) AS last FROM inventory_movements), "
        "arrived AS (SELECT sent_date AS day, counterpart_location_id AS location_id, sku, "
        "sum(n_units) AS n FROM inventory_movements WHERE movement_kind = 'transfer_in' GROUP BY ALL), "
        "sent AS (SELECT movement_date AS day, location_id, sku, -n_units AS n "
        "FROM inventory_movements WHERE movement_kind = 'transfer_out') "
        "SELECT count(*) FROM arrived AS a FULL JOIN sent AS s USING (day, location_id, sku), edge "
        "WHERE day >= edge.first AND (coalesce(a.n, 0) > coalesce(s.n, 0) OR "
        "(day <= edge.last AND coalesce(a.n, 0) <> coalesce(s.n, 0)))",
    ),
    Rule(
        "inventory_movements",
        "units sold must be those of all orders that were not cancelled or made to order",
        ("inventory_movements", "orders", "order_lines"),
        "SELECT count(*) FROM (SELECT CAST(o.ordered_at AS DATE) AS day, o.location_id, l.sku, "
        "sum(l.n_units) AS n FROM orders AS o "
        "JOIN order_lines AS l USING (order_id) WHERE o.status = 'completed' "
        "AND o.fulfilment <> 'made_to_order' GROUP BY ALL) AS o "
        "FULL JOIN (SELECT movement_date AS day, location_id, sku, -sum(n_units) AS n "
        "FROM inventory_movements WHERE movement_kind = 'sale' GROUP BY ALL) AS m "
        "USING (day, location_id, sku) "
        "WHERE o.n IS DISTINCT FROM m.n",
    ),
    Rule(
        "inventory_movements",
        "units put back must be those that passed inspection on the day",
        ("inventory_movements", "return_inspections"),
        "SELECT count(*) FROM (SELECT CAST(inspected_at AS DATE) AS day, location_id, sku, "
        "sum(n_units) AS n FROM return_inspections WHERE is_restocked GROUP BY ALL) AS i "
        "FULL JOIN (SELECT movement_date AS day, location_id, sku, n_units AS n "
        "FROM inventory_movements WHERE movement_kind = 'return') AS m "
        "USING (day, location_id, sku) WHERE i.n IS DISTINCT FROM m.n",
    ),
    Rule(
        "purchase_orders",
        "receipts must be those of the purchase order, one for each that was received",
        ("purchase_orders", "inventory_movements"),
        "SELECT count(*) FROM (SELECT * FROM purchase_orders WHERE received_date IS NOT NULL) AS p "
        "FULL JOIN (SELECT * FROM inventory_movements WHERE movement_kind = 'supplier_receipt') AS m "
        "USING (purchase_order_id) WHERE p.n_received IS DISTINCT FROM m.n_units OR "
        "p.received_date IS DISTINCT FROM m.movement_date OR "
        "p.location_id IS DISTINCT FROM m.location_id OR p.sku IS DISTINCT FROM m.sku",
    ),
    Rule(
        "purchase_orders",
        "nothing is received or promised before it is ordered, nor more than was ordered",
        ("purchase_orders",),
        "SELECT count(*) FROM purchase_orders WHERE received_date <= ordered_date OR "
        "promised_date <= ordered_date OR n_received > n_ordered OR "
        "(received_date IS NULL) <> (n_received IS NULL)",
    ),
)

_SHIPMENTS = (
    Rule(
        "shipments",
        "each order that was not cancelled or carried out must have one shipment, from its location",
        ("shipments", "orders"),
        "SELECT count(*) FROM (SELECT * FROM orders WHERE status = 'completed' "
        "AND fulfilment <> 'carry_out') AS o FULL JOIN shipments AS s USING (order_id) "
        "WHERE o.location_id IS DISTINCT FROM s.location_id",
    ),
    Rule(
        "shipments",
        "order time, promise, hand-over and cost must be those of the order",
        ("shipments", "orders"),
        "SELECT count(*) FROM shipments AS s JOIN orders AS o USING (order_id) WHERE "
        "s.ordered_at <> o.ordered_at OR s.promised_at <> o.promised_at OR "
        "coalesce(s.delivered_at, s.picked_up_at) IS DISTINCT FROM o.fulfilled_at OR "
        "s.shipping_cost_cents <> o.shipping_cost_cents",
    ),
    Rule(
        "shipments",
        "steps must follow one another, those of a parcel or those of a pick-up",
        ("shipments",),
        "SELECT count(*) FROM shipments WHERE shipped_at < ordered_at OR ready_at < ordered_at OR "
        "delivered_at < shipped_at OR picked_up_at < ready_at OR "
        "(delivered_at IS NOT NULL AND shipped_at IS NULL) OR "
        "(picked_up_at IS NOT NULL AND ready_at IS NULL) OR "
        "(carrier IS NULL AND (shipped_at IS NOT NULL OR delivered_at IS NOT NULL)) OR "
        "(carrier IS NOT NULL AND (ready_at IS NOT NULL OR picked_up_at IS NOT NULL))",
    ),
    Rule(
        "shipments",
        "is_late must agree with the promise",
        ("shipments", "dates"),
        "WITH done AS (SELECT *, coalesce(delivered_at, picked_up_at) AS over FROM shipments), "
        "edge AS (SELECT CAST(max(calendar_date) + 1 AS TIMESTAMP) AS last "
        "FROM dates) SELECT count(*) FROM done, edge WHERE CASE WHEN over IS NOT NULL "
        "THEN is_late <> (over > promised_at) "
        "ELSE is_late AND CAST(promised_at AS TIMESTAMP) >= edge.last END",
    ),
)

_PER_ORDER = (
    "(SELECT order_id, any_value(payment_method) AS method, "
    "count(DISTINCT payment_method) AS n_methods, "
    "count(*) FILTER (payment_kind = 'capture') AS n_captures, "
    "sum(amount_cents) FILTER (payment_kind = 'capture') AS captured, "
    "min(paid_at) FILTER (payment_kind = 'capture') AS captured_at, "
    "min(paid_at) FILTER (payment_kind <> 'capture') AS back_at, "
    "sum(amount_cents) FILTER (payment_kind = 'refund' AND return_id IS NULL) AS refunded, "
    "count(*) FILTER (payment_kind = 'chargeback') AS n_chargebacks, "
    "sum(amount_cents) AS total FROM payments GROUP BY order_id)"
)

_MONEY = (
    Rule(
        "payments",
        "an order is captured once and in full, unless payment review stopped it or an invoice is open",
        ("payments", "orders"),
        f"SELECT count(*) FROM orders AS o LEFT JOIN {_PER_ORDER} AS p USING (order_id) WHERE "
        "n_methods > 1 OR (o.cancel_reason IS NOT DISTINCT FROM 'payment_review' "
        "AND p.order_id IS NOT NULL) OR (p.order_id IS NOT NULL AND "
        "(n_captures <> 1 OR captured <> o.net_amount_cents)) OR "
        "(p.order_id IS NULL AND o.status = 'completed' "
        "AND o.order_channel IN ('store', 'marketplace', 'social'))",
    ),
    Rule(
        "payments",
        "what was captured of a cancelled order is refunded when it is cancelled, of others never",
        ("payments", "orders"),
        f"SELECT count(*) FROM orders AS o JOIN {_PER_ORDER} AS p USING (order_id) WHERE "
        "CASE WHEN o.status = 'cancelled' THEN coalesce(refunded, 0) <> -captured "
        "OR back_at <> o.cancelled_at ELSE refunded IS NOT NULL END",
    ),
    Rule(
        "payments",
        "a return of a captured order must be refunded once, with its amount, not before it came back",
        ("payments", "returns"),
        "SELECT count(*) FROM (SELECT r.* FROM returns AS r JOIN payments AS c ON "
        "c.order_id = r.order_id AND c.payment_kind = 'capture') AS r FULL JOIN "
        "(SELECT return_id, order_id, paid_at, amount_cents FROM payments "
        "WHERE return_id IS NOT NULL) AS p USING (return_id) WHERE "
        "r.order_id IS DISTINCT FROM p.order_id OR "
        "p.amount_cents IS DISTINCT FROM -r.refund_amount_cents OR p.paid_at < r.returned_at",
    ),
    Rule(
        "payments",
        "nothing is refunded or charged back before it was captured, nor more than that",
        ("payments",),
        f"SELECT count(*) FROM {_PER_ORDER} WHERE back_at < captured_at OR total < 0 OR "
        "n_chargebacks > 1",
    ),
    Rule(
        "payments",
        "captures are not negative, refunds and chargebacks not positive; reasons and returns fit",
        ("payments",),
        "SELECT count(*) FROM payments WHERE (payment_kind = 'capture' AND amount_cents < 0) OR "
        "(payment_kind <> 'capture' AND amount_cents > 0) OR "
        "(payment_kind = 'chargeback') <> (chargeback_reason IS NOT NULL) OR "
        "(return_id IS NOT NULL AND payment_kind <> 'refund')",
    ),
    Rule(
        "payments",
        "no payment before its order",
        ("payments", "orders"),
        "SELECT count(*) FROM payments AS p JOIN orders AS o USING (order_id) "
        "WHERE p.paid_at < o.ordered_at",
    ),
    Rule(
        "return_inspections",
        "an inspection follows its return and has its product, units and location",
        ("return_inspections", "returns"),
        "SELECT count(*) FROM return_inspections AS i JOIN returns AS r USING (return_id) WHERE "
        "i.inspected_at < r.returned_at OR i.location_id <> r.location_id OR i.sku <> r.sku OR "
        "i.n_units <> r.n_units",
    ),
    Rule(
        "return_inspections",
        "goods as new are put back, if they were not made to order, and no others",
        ("return_inspections", "returns", "orders"),
        "SELECT count(*) FROM return_inspections AS i JOIN returns AS r USING (return_id) "
        "JOIN orders AS o ON o.order_id = r.order_id WHERE i.is_restocked <> "
        "(i.inspection_result = 'as_new' AND o.fulfilment <> 'made_to_order')",
    ),
    Rule(
        "payment_labels",
        "only chargebacks are labelled",
        ("payment_labels", "payments"),
        "SELECT count(*) FROM payment_labels AS l JOIN payments AS p USING (payment_id) "
        "WHERE p.payment_kind <> 'chargeback'",
    ),
)

OPERATION_RULES: tuple[Rule, ...] = (*_STOCK, *_SHIPMENTS, *_MONEY)
