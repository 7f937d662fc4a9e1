"""Rules of what surrounds the sale hold in a small world, and each of them breaks when it should."""

import duckdb
import pytest

from omnisim.scenario import load_scenario
from omnisim.storage.rules_context import CONTEXT_RULES
from omnisim.truth import simulate

SCENARIO = {
    "population": {"n_customers": 400},
    "horizon": {"n_days": 84},
    "stores": {"n_stores": 4},
    "assortment": {"n_products": 12},
    "demand": {"need_rate": 40.0},
    "experiment": {"first_day": 28, "n_days": 42},
    "rollout": {"is_on": False},
    "campaigns": [{"name": "Spring", "channel": "paid_social", "first_day": 14, "n_days": 14}],
    "promotions": [
        {"name": "Sale", "first_day": 20, "n_days": 7, "discount": 0.2},
        {"name": "Shoes", "first_day": 40, "n_days": 7, "discount": 0.1, "category": "Shoes"},
    ],
    "shocks": [{"kind": "price_war", "first_day": 30, "n_days": 14, "effect": -0.1}],
    "made_to_order": {
        "is_on": True, "order_share": 0.5, "start_share": 0.3, "lead_time_days": 14.0
    },
    "privacy": {"exports_per_year": 60.0},
}  # fmt: skip


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    out = tmp_path_factory.mktemp("context") / "world"
    scenario = load_scenario("sample", overrides=SCENARIO)
    return simulate(scenario, out=out, workers=1, truth="none")


@pytest.fixture(scope="module")
def loaded(dataset):
    """The tables that the rules read, in memory."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for table in sorted({name for rule in CONTEXT_RULES for name in rule.needs}):
        side = "tables" if table in dataset.manifest.tables else "truth"
        parts = str(dataset.path / side / table / "*.parquet")
        connection.execute(f"CREATE TABLE {table} AS SELECT * FROM read_parquet('{parts}')")
    yield connection
    connection.close()


@pytest.fixture
def tables(loaded):
    loaded.execute("BEGIN")
    yield loaded
    loaded.execute("ROLLBACK")


def broken(connection, told=""):
    """Text of the rules that do not hold, of those with these words."""
    asked = [rule for rule in CONTEXT_RULES if told in rule.text]
    assert asked, told
    return {rule.text for rule in asked if connection.execute(rule.sql).fetchone()[0]}


def test_every_rule_holds_in_the_simulated_world_and_has_rows_to_hold_for(loaded):
    assert broken(loaded) == set()
    for table in {rule.table for rule in CONTEXT_RULES}:
        assert loaded.execute(f"SELECT count(*) FROM {table}").fetchone()[0] > 0, table


def first(table, where="TRUE"):
    """Condition that only one row meets."""
    return f"rowid = (SELECT min(rowid) FROM {table} WHERE {where})"


EVENT, QUOTE, WORK = "web_events", "quotes", "production_orders"
IN_CART, PAID = "event_name = 'add_to_cart'", "event_name = 'purchase'"
BOUGHT = f"{IN_CART} AND session_id IN (SELECT session_id FROM orders)"
RETURNS = (
    "device <> 'tablet' AND identity_id IN (SELECT identity_id FROM sessions "
    "WHERE platform = 'web' GROUP BY identity_id HAVING count(*) > 1)"
)
UNLAWFUL = "access_id IN (SELECT access_id FROM access_labels WHERE is_detected)"
DAY, SECOND = "INTERVAL 1 DAY", "INTERVAL 1 SECOND"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("DELETE FROM dates WHERE " + first("dates", "weekday = 3"), "every day"),
        ("UPDATE dates SET weekday = 1 WHERE " + first("dates", "weekday = 3"), "must be those"),
        ("UPDATE dates SET iso_week = 9 WHERE " + first("dates"), "must be those"),
        ("DELETE FROM prices WHERE " + first("prices"), "exactly one price"),
        (
            f"UPDATE prices SET valid_to_date = valid_to_date + {DAY} WHERE " + first("prices"),
            "exactly one price",
        ),
        ("UPDATE prices SET list_price_cents = 1 WHERE " + first("prices"), "list_price_cents"),
        (
            "UPDATE prices SET price_cents = price_cents - 10 WHERE "
            + first("prices", "promotion_id IS NULL"),
            "list_price_cents",
        ),
        ("UPDATE prices SET price_cents = price_cents // 100", "must not cost more"),
        (
            "UPDATE prices SET promotion_id = 2 WHERE " + first("prices", "promotion_id = 1"),
            "within its days and category",
        ),
        ("UPDATE promotions SET ended_date = '2020-01-01'", "ended_date must not"),
        ("UPDATE campaigns SET ended_date = '2020-01-01'", "ended_date must not"),
        ("UPDATE interventions SET ended_date = '2020-01-01'", "ended_date must not"),
        ("UPDATE interventions SET cause = 'x'", "every row of promotions"),
        ("UPDATE campaigns SET campaign_name = 'x'", "every row of campaigns"),
        ("UPDATE sessions SET device = 'tablet' WHERE " + first("sessions", RETURNS), "one device"),
        (f"DELETE FROM {EVENT} WHERE {IN_CART}", "if and only if has_add_to_cart"),
        (f"DELETE FROM {EVENT} WHERE event_name = 'begin_checkout'", "if and only if has_checkout"),
        ("UPDATE sessions SET has_order = true", "if and only if has_order"),
        (
            f"DELETE FROM {EVENT} WHERE " + first(EVENT, "event_name = 'session_start'"),
            "one session_start",
        ),
        (
            f"UPDATE {EVENT} SET event_at = event_at - {DAY} WHERE " + first(EVENT, IN_CART),
            "back in time",
        ),
        (f"UPDATE {EVENT} SET event_number = 9 WHERE " + first(EVENT, IN_CART), "skip a number"),
        (f"UPDATE {EVENT} SET sku = NULL WHERE " + first(EVENT, IN_CART), "sku must stand"),
        (f"UPDATE {EVENT} SET n_units = 1 WHERE " + first(EVENT, PAID), "sku must stand"),
        (
            f"UPDATE {EVENT} SET event_at = event_at + {SECOND} WHERE " + first(EVENT, PAID),
            "at the time of the order",
        ),
        (
            f"UPDATE {EVENT} SET n_units = n_units + 1 WHERE " + first(EVENT, BOUGHT),
            "those of the order's lines",
        ),
        ("UPDATE market_totals SET market_sales_cents = 1", "must not be smaller"),
        ("DELETE FROM demand_signals WHERE " + first("demand_signals"), "a value on every day"),
        (
            f"UPDATE configurations SET started_at = started_at - {DAY} WHERE "
            + first("configurations", "session_id IS NOT NULL"),
            "begin before its session",
        ),
        (
            "UPDATE configurations SET is_completed = false WHERE is_completed",
            "stand on a finished configuration",
        ),
        (f"UPDATE {QUOTE} SET quoted_at = quoted_at - {DAY}", "come after it began"),
        (f"DELETE FROM {QUOTE} WHERE " + first(QUOTE, "NOT is_accepted"), "must have one quote"),
        (f"UPDATE {QUOTE} SET is_accepted = true", "accepted quotes and on no other"),
        (
            f"UPDATE {QUOTE} SET amount_cents = amount_cents + 1 WHERE "
            + first(QUOTE, "is_accepted"),
            "the order's amount",
        ),
        (
            f"UPDATE {QUOTE} SET valid_until_at = quoted_at - {DAY} WHERE is_accepted",
            "still valid",
        ),
        (f"DELETE FROM {QUOTE} WHERE " + first(QUOTE, "is_accepted"), "one accepted quote"),
        ("UPDATE orders SET fulfilment = 'ship_from_dc'", "only completed made-to-order"),
        (f"INSERT INTO {WORK} SELECT * FROM {WORK} LIMIT 1", "each once"),
        (f"UPDATE {WORK} SET started_at = started_at - INTERVAL 90 DAY", "follow each other"),
        (f"UPDATE {WORK} SET finished_at = started_at - {SECOND}", "follow each other"),
        (f"UPDATE {WORK} SET delivered_at = delivered_at + {SECOND}", "must be fulfilled_at"),
        (
            "UPDATE access_log SET staff_role = 'admin' WHERE "
            + first("access_log", "staff_account = 'marketer-1'"),
            "one role",
        ),
        ("DELETE FROM incidents WHERE incident_kind = 'data_export'", "must stand in incidents"),
        ("UPDATE access_labels SET is_detected = NOT is_detected", "must stand in incidents"),
        (f"UPDATE access_log SET action = 'read' WHERE {UNLAWFUL}", "exports of customers'"),
    ],
)
def test_rows_that_disagree_are_found(tables, change, told):
    (n_changed,) = tables.execute(change).fetchone()
    assert n_changed > 0
    assert broken(tables, told)
