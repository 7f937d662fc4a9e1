"""Rules of goods and money hold in a simulated world and are broken by every change of a row."""

import duckdb
import pytest

from omnisim.scenario import load_scenario
from omnisim.storage.rules import rules
from omnisim.storage.rules_operations import OPERATION_RULES
from omnisim.truth import simulate

OFF = {"is_on": False}
WORLD = {
    "horizon": {"n_days": 84},
    "population": {"n_customers": 700},
    "stores": {"n_stores": 4},
    "assortment": {"n_products": 8},
    "demand": {"need_rate": 40.0},
    "experiment": OFF,
    "rollout": {"waves": [{"first_day": 14, "store_share": 0.8}], "growth_days": 14},
    "shocks": [],
    "campaigns": [],
    "promotions": [],
    "factorial": OFF,
    "canary": OFF,
    "made_to_order": {"is_on": True, "order_share": 0.1},
    "fraud": {"ring_share": 0.05},
    "replenishment": {"transit_days": 2},
    "payments": {"invoice_share": 0.2, "friendly_share": 0.05},
}
NEEDED = sorted({table for rule in OPERATION_RULES for table in rule.needs})
RULES = {rule.text: rule for rule in rules(NEEDED) if rule in OPERATION_RULES}


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    data = simulate(
        load_scenario("sample", overrides=WORLD),
        out=tmp_path_factory.mktemp("operations") / "world",
        workers=1,
        truth="none",
    )
    made = duckdb.connect()
    made.execute("SET TimeZone = 'UTC'")
    for table in NEEDED:
        (parts,) = data.path.glob(f"*/{table}")
        made.execute(f"CREATE TABLE {table} AS SELECT * FROM read_parquet('{parts}/*.parquet')")
    yield made
    made.close()


def broken(connection, rule):
    return connection.execute(rule.sql).fetchone()[0]


@pytest.mark.parametrize("text", RULES)
def test_rule_holds(connection, text):
    for table in RULES[text].needs:
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    assert broken(connection, RULES[text]) == 0


def one(table, condition, change):
    """Change one row."""
    return (
        f"UPDATE {table} SET {change} WHERE rowid = "
        f"(SELECT min(rowid) FROM {table} WHERE {condition})"
    )


def without(table, condition):
    return f"DELETE FROM {table} WHERE rowid = (SELECT min(rowid) FROM {table} WHERE {condition})"


LATER = "+ INTERVAL 30 DAY"
BREAKS = [
    ("sum of all movements", one("inventory_movements", "movement_kind = 'sale'", "n_units = -9")),
    ("sum of all movements", one("inventory_snapshots", "n_on_hand > 0", "n_on_hand = 999")),
    ("the day's movements", one("inventory_snapshots", "n_sold > 0", "n_sold = n_sold + 1")),
    ("the day's movements", without("inventory_snapshots", "n_transferred > 0")),
    ("wait for pick-up", one("inventory_snapshots", "n_reserved > 0", "n_reserved = 0")),
    (
        "wait for pick-up",
        one(
            "orders",
            "fulfilment = 'click_and_collect' AND CAST(fulfilled_at AS DATE) > CAST(ordered_at AS DATE)",
            "location_id = 1",
        ),
    ),
    ("sign of n_units", one("inventory_movements", "movement_kind = 'return'", "n_units = -1")),
    (
        "only transfers in have",
        one(
            "inventory_movements", "movement_kind = 'supplier_receipt'", "purchase_order_id = NULL"
        ),
    ),
    (
        "left its counterpart",
        one("inventory_movements", "movement_kind = 'transfer_in'", "n_units = n_units + 1"),
    ),
    (
        "left its counterpart",
        one(
            "inventory_movements",
            "movement_kind = 'transfer_in' AND sent_date > '2025-01-10'",
            "sent_date = sent_date - 1",
        ),
    ),
    (
        "left its counterpart",
        one("inventory_movements", "movement_kind = 'transfer_out'", "n_units = n_units - 1"),
    ),
    ("not cancelled or made to order", one("orders", "status = 'completed'", "location_id = 99")),
    (
        "passed inspection",
        one("return_inspections", "is_restocked", "is_restocked = false"),
    ),
    ("one for each that was received", one("purchase_orders", "n_received > 0", "sku = 99")),
    (
        "one for each that was received",
        one("purchase_orders", "received_date IS NULL", "received_date = '2025-03-01'"),
    ),
    (
        "nor more than was ordered",
        one("purchase_orders", "n_received > 0", "n_ordered = n_received - 1"),
    ),
    ("must have one shipment", without("shipments", "true")),
    ("must have one shipment", one("orders", "status = 'cancelled'", "status = 'completed'")),
    (
        "those of the order",
        one("shipments", "delivered_at IS NOT NULL", f"delivered_at = delivered_at {LATER}"),
    ),
    ("those of the order", one("shipments", "true", "shipping_cost_cents = 1")),
    ("steps must follow", one("shipments", "true", f"ordered_at = ordered_at {LATER}")),
    (
        "steps must follow",
        one("shipments", "delivered_at IS NOT NULL", f"shipped_at = shipped_at {LATER}"),
    ),
    ("steps must follow", one("shipments", "carrier IS NULL", "carrier = 'parcel_post'")),
    ("agree with the promise", one("shipments", "is_late", "is_late = false")),
    (
        "agree with the promise",
        one(
            "shipments", "coalesce(delivered_at, picked_up_at) IS NOT NULL", "is_late = not is_late"
        ),
    ),
    (
        "captured once",
        one("payments", "payment_kind = 'capture'", "amount_cents = amount_cents + 1"),
    ),
    (
        "captured once",
        without("payments", "payment_kind = 'capture' AND payment_method = 'marketplace'"),
    ),
    (
        "captured once",
        one("orders", "status = 'completed'", "cancel_reason = 'payment_review'"),
    ),
    (
        "cancelled order is refunded",
        without("payments", "payment_kind = 'refund' AND return_id IS NULL"),
    ),
    (
        "cancelled order is refunded",
        one("payments", "payment_kind = 'refund' AND return_id IS NOT NULL", "return_id = NULL"),
    ),
    ("must be refunded once", without("payments", "return_id IS NOT NULL")),
    (
        "must be refunded once",
        one("payments", "return_id IS NOT NULL", "amount_cents = amount_cents - 1"),
    ),
    (
        "before it was captured",
        one("payments", "payment_kind = 'chargeback'", "paid_at = paid_at - INTERVAL 200 DAY"),
    ),
    (
        "before it was captured",
        one("payments", "payment_kind = 'chargeback'", "amount_cents = amount_cents * 2"),
    ),
    (
        "reasons and returns fit",
        one("payments", "payment_kind = 'chargeback'", "chargeback_reason = NULL"),
    ),
    ("no payment before", one("payments", "true", "paid_at = paid_at - INTERVAL 200 DAY")),
    ("follows its return", one("return_inspections", "true", "n_units = n_units + 1")),
    (
        "follows its return",
        one("return_inspections", "true", "inspected_at = inspected_at - INTERVAL 200 DAY"),
    ),
    (
        "goods as new are put back",
        one("return_inspections", "is_restocked", "inspection_result = 'worn'"),
    ),
    (
        "only chargebacks are labelled",
        one(
            "payment_labels",
            "true",
            "payment_id = (SELECT min(payment_id) FROM payments WHERE payment_kind = 'capture')",
        ),
    ),
]


@pytest.mark.parametrize(("words", "change"), BREAKS)
def test_rule_is_broken_by_a_change(connection, words, change):
    (rule,) = (rule for text, rule in RULES.items() if words in text)
    connection.execute("BEGIN")
    try:
        assert connection.execute(change).fetchone()[0] == 1  # the change found its row
        assert broken(connection, rule) > 0
    finally:
        connection.execute("ROLLBACK")


def test_every_rule_has_a_change_that_breaks_it():
    assert all(any(words in text for words, _ in BREAKS) for text in RULES)
    assert len(RULES) == len(OPERATION_RULES)


def test_parcels_under_way_are_late_by_the_calendar(connection):
    # in a small world nothing may happen on the last days: the data go on all the same
    (rule,) = (rule for text, rule in RULES.items() if "agree with the promise" in text)
    connection.execute("BEGIN")
    connection.execute("DELETE FROM shipments WHERE delivered_at IS NULL")
    connection.execute(
        "DELETE FROM shipments WHERE delivered_at > "
        "(SELECT min(ordered_at) + INTERVAL 20 DAY FROM shipments)"
    )
    last = "(SELECT max(delivered_at) FROM shipments)"
    connection.execute(
        f"UPDATE shipments SET promised_at = {last} + INTERVAL 2 DAY, delivered_at = NULL, "
        f"is_late = true WHERE rowid = (SELECT min(rowid) FROM shipments)"
    )
    assert broken(connection, rule) == 0
    connection.execute("ROLLBACK")
