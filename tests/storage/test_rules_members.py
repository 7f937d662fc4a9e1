"""Each rule about members, service and voice finds what breaks it."""

import duckdb
import pytest

from omnisim.scenario import load_scenario
from omnisim.schema import TABLES, TRUTH_TABLES
from omnisim.storage.rules_members import MEMBER_RULES
from omnisim.truth import simulate

ANY = "LIMIT 1)"
BROKEN = {  # words of a rule -> a statement that breaks it
    "sum of the account's entries": "UPDATE loyalty_ledger SET n_points = n_points + 1 WHERE "
    "ledger_entry_id = (SELECT ledger_entry_id FROM loyalty_ledger " + ANY,
    "entry_number must count": "UPDATE loyalty_ledger SET entry_number = entry_number + 1 "
    "WHERE customer_id = (SELECT customer_id FROM loyalty_ledger " + ANY,
    "points must come with": "UPDATE loyalty_ledger SET n_points = 5 WHERE entry_kind = 'redeem'",
    "must name an order of the account": "UPDATE loyalty_ledger SET order_id = NULL "
    "WHERE entry_kind = 'reversal'",
    "must earn points once": "DELETE FROM loyalty_ledger WHERE ledger_entry_id = (SELECT "
    "ledger_entry_id FROM loyalty_ledger WHERE entry_kind = 'earn' " + ANY,
    "no more points may be reversed": "UPDATE loyalty_ledger SET n_points = n_points - 100000 "
    "WHERE entry_kind = 'reversal'",
    "start at the base tier": "DELETE FROM loyalty_tiers WHERE customer_id = (SELECT customer_id "
    "FROM customers " + ANY,
    "a tier must differ": "UPDATE loyalty_tiers SET tier = 'base'",
    "a better tier must need more": "UPDATE loyalty_tiers SET spend_cents = 1 "
    "WHERE tier = 'silver'",
    "one for each order with a coupon": "UPDATE coupon_redemptions SET discount_amount_cents = "
    "discount_amount_cents + 1 WHERE order_id = (SELECT order_id FROM coupon_redemptions " + ANY,
    "where the account is known, an issue": "UPDATE coupon_issues SET valid_until_at = issued_at - "
    "INTERVAL 1 SECOND",
    "an issue may be redeemed once": "UPDATE coupon_redemptions SET coupon_issue_id = (SELECT "
    "min(coupon_issue_id) FROM coupon_issues)",
    "valid_until_at must not": "UPDATE coupon_issues SET valid_until_at = issued_at - "
    "INTERVAL 1 SECOND",
    "issued_at must not be before joined_at": "UPDATE coupon_issues SET issued_at = issued_at - "
    "INTERVAL 5000 DAY",
    "referred_at must not be before": "UPDATE referrals SET referred_at = referred_at - "
    "INTERVAL 5000 DAY",
    "referred_at must be when": "UPDATE referrals SET referrer_customer_id = customer_id",
    "reward_points must be booked": "UPDATE referrals SET reward_points = reward_points + 1",
    "no more may react": "UPDATE community_posts SET n_reactions = n_reached + 1",
    "posted_at must not": "UPDATE community_posts SET posted_at = posted_at - INTERVAL 5000 DAY",
    "a day's posts of the retailer": "UPDATE community_posts SET n_reached = n_reached + 1",
    "email consent must be given": "DELETE FROM consent_events WHERE purpose = 'email'",
    "sms consent must be given": "UPDATE customers SET has_sms_consent = NOT has_sms_consent",
    "e-mail and SMS consent must end": "DELETE FROM consent_events WHERE action = 'withdrawn'",
    "sent with consent must have": "UPDATE touchpoints SET has_consent = true",
    "each must be a message": "UPDATE winback_contacts SET contacted_at = contacted_at + "
    "INTERVAL 1 SECOND",
    "must follow from the account's orders": "UPDATE winback_contacts SET "
    "has_ordered_within_30_days = NOT has_ordered_within_30_days",
    "resolved_at must not": "UPDATE service_contacts SET resolved_at = opened_at - "
    "INTERVAL 1 SECOND",
    "opened_at must not be before ordered_at": "UPDATE service_contacts SET opened_at = opened_at - "
    "INTERVAL 500 DAY",
    "opened_at must not be before first_seen_at": "UPDATE service_contacts SET opened_at = "
    "opened_at - INTERVAL 500 DAY",
    "what the first answer settled": "UPDATE service_contacts SET wait_minutes = wait_minutes + 1",
    "answered_at must not be before asked_at": "UPDATE touchpoint_ratings SET answered_at = "
    "asked_at - INTERVAL 1 SECOND",
    "asked_at must not be before started_at": "UPDATE touchpoint_ratings SET asked_at = asked_at - "
    "INTERVAL 1 DAY",
    "asked_at must not be before ordered_at": "UPDATE touchpoint_ratings SET asked_at = asked_at - "
    "INTERVAL 100 DAY",
    "asked_at must not be before opened_at": "UPDATE touchpoint_ratings SET asked_at = asked_at - "
    "INTERVAL 100 DAY",
    "a rating must be about one": "UPDATE touchpoint_ratings SET order_id = NULL",
    "rating and answered_at must stand": "UPDATE touchpoint_ratings SET rating = 3",
    "true_rating must be there": "DELETE FROM rating_scores WHERE true_rating = 1",
    "a comment must belong": "UPDATE survey_comments SET commented_at = commented_at + "
    "INTERVAL 1 SECOND",
    "every comment must have": "DELETE FROM comment_labels",
    "nobody may prefer a brand": "UPDATE {table} SET n_preferring = n_considering + 1",
    "no more may be asked": "UPDATE brand_tracker SET n_asked = n_asked + 10000",
}


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """A connection to the tables of a small world, which may be changed and rolled back."""
    overrides = {
        "population": {"n_customers": 480, "withdrawal_share": 0.3},
        "horizon": {"n_days": 238},
        "stores": {"n_stores": 6},
        "assortment": {"n_products": 12},
        "demand": {"need_rate": 60.0, "serious_conversion": 0.2},
        "marketing": {"channels": {"referral": {"reach": 1.0}}},
        "loyalty": {"expiry_days": 90},
        "voice": {"order_share": 0.5},
    }
    made = simulate(
        load_scenario("sample", overrides=overrides),
        out=tmp_path_factory.mktemp("rules") / "world",
        workers=1,
        truth="none",
    )
    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone = 'UTC'")
    needed = {name for rule in MEMBER_RULES for name in rule.needs}
    for name in needed:
        side = "tables" if name in TABLES else "truth"
        parts = made.path / side / name / "*.parquet"
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM read_parquet('{parts}')")
    assert needed <= {*TABLES, *TRUTH_TABLES}
    yield connection
    connection.close()


@pytest.mark.parametrize("rule", MEMBER_RULES, ids=lambda rule: f"{rule.table}: {rule.text}")
def test_a_rule_holds_and_is_broken_by_what_it_forbids(tables, rule):
    (words,) = [words for words in BROKEN if words in rule.text]
    assert tables.execute(rule.sql).fetchone() == (0,)
    tables.execute("BEGIN")
    try:
        tables.execute(BROKEN[words].format(table=rule.table))
        assert tables.execute(rule.sql).fetchone()[0] > 0
    finally:
        tables.execute("ROLLBACK")
