"""What must hold between points, coupons, consent, contacts and comments.

Where a mechanism is off its tables are empty; rules that ask for rows therefore first ask for any.
"""

from __future__ import annotations

from collections.abc import Iterator

from omnisim.storage.rule import Rule

_LEDGER = "loyalty_ledger"


def _not_before(
    table: str, later: str, other: str, earlier: str, *, by: str, on: str | None = None
) -> Rule:
    """`table.later` must not precede `other.earlier` of the row that `by` points to."""
    return Rule(
        table,
        f"{later} must not be before {earlier} of {other}",
        (table, other),
        f"SELECT count(*) FROM {table} AS t JOIN {other} AS o ON t.{by} = o.{on or by} "
        f"WHERE t.{later} < o.{earlier}",
    )


def _within(table: str, later: str, earlier: str) -> Rule:
    return Rule(
        table,
        f"{later} must not be before {earlier}",
        (table,),
        f"SELECT count(*) FROM {table} WHERE {later} < {earlier}",
    )


_LOYALTY = (
    Rule(
        _LEDGER,
        "balance_after_points must be the sum of the account's entries so far",
        (_LEDGER,),
        "SELECT count(*) FROM (SELECT balance_after_points, sum(n_points) OVER (PARTITION BY "
        "customer_id ORDER BY entry_number) AS total FROM loyalty_ledger) "
        "WHERE balance_after_points <> total",
    ),
    Rule(
        _LEDGER,
        "entry_number must count an account's entries in order of time",
        (_LEDGER,),
        "SELECT count(*) FROM (SELECT entry_number, recorded_at, "
        "row_number() OVER w AS place, lag(recorded_at) OVER w AS before FROM loyalty_ledger "
        "WINDOW w AS (PARTITION BY customer_id ORDER BY entry_number)) "
        "WHERE entry_number <> place OR recorded_at < before",
    ),
    Rule(
        _LEDGER,
        "points must come with opening, earn and referral and go with the other kinds",
        (_LEDGER,),
        "SELECT count(*) FROM loyalty_ledger WHERE CASE WHEN entry_kind = 'earn' THEN n_points < 0 "
        "WHEN entry_kind IN ('opening', 'referral') THEN n_points <= 0 ELSE n_points >= 0 END",
    ),
    Rule(
        _LEDGER,
        "earn, redeem and reversal must name an order of the account, the other kinds none",
        (_LEDGER, "orders"),
        "SELECT count(*) FROM loyalty_ledger AS l LEFT JOIN orders AS o USING (order_id) "
        "WHERE (l.entry_kind IN ('earn', 'redeem', 'reversal')) "
        "<> coalesce(o.customer_id = l.customer_id, false)",
    ),
    Rule(
        "orders",
        "every completed order of an account must earn points once, when it is handed over",
        (_LEDGER, "orders"),
        "SELECT count(*) FROM (SELECT order_id, fulfilled_at FROM orders WHERE status = 'completed' "
        "AND customer_id IS NOT NULL AND fulfilled_at IS NOT NULL) AS o FULL JOIN (SELECT order_id, "
        "count(*) AS n, min(recorded_at) AS recorded_at FROM loyalty_ledger "
        "WHERE entry_kind = 'earn' GROUP BY order_id) AS l USING (order_id) "
        "WHERE (n IS DISTINCT FROM 1 OR o.fulfilled_at IS DISTINCT FROM l.recorded_at) "
        "AND EXISTS (SELECT 1 FROM loyalty_ledger)",
    ),
    Rule(
        _LEDGER,
        "no more points may be reversed than the order earned, and only after a return",
        (_LEDGER, "returns"),
        "SELECT count(*) FROM (SELECT order_id, sum(n_points) AS points, min(recorded_at) AS first "
        "FROM loyalty_ledger WHERE entry_kind = 'reversal' GROUP BY order_id) AS r LEFT JOIN "
        "(SELECT order_id, sum(n_points) AS earned FROM loyalty_ledger WHERE entry_kind = 'earn' "
        "GROUP BY order_id) AS e USING (order_id) LEFT JOIN (SELECT order_id, min(returned_at) AS "
        "back FROM returns GROUP BY order_id) AS b USING (order_id) "
        "WHERE coalesce(-r.points > e.earned, true) OR coalesce(r.first < b.back, true)",
    ),
    Rule(
        "loyalty_tiers",
        "every account must start at the base tier on joining",
        ("loyalty_tiers", "customers"),
        "SELECT count(*) FROM customers AS c LEFT JOIN loyalty_tiers AS t ON t.customer_id = "
        "c.customer_id AND t.valid_from_at = c.joined_at AND t.tier = 'base' "
        "WHERE t.customer_id IS NULL AND EXISTS (SELECT 1 FROM loyalty_tiers)",
    ),
    Rule(
        "loyalty_tiers",
        "a tier must differ from the one before, and not start before the account",
        ("loyalty_tiers", "customers"),
        "SELECT count(*) FROM (SELECT customer_id, tier, valid_from_at, lag(tier) OVER (PARTITION BY "
        "customer_id ORDER BY valid_from_at) AS before FROM loyalty_tiers) AS t JOIN customers AS c "
        "USING (customer_id) WHERE t.tier = t.before OR t.valid_from_at < c.joined_at",
    ),
    Rule(
        "loyalty_tiers",
        "a better tier must need more spend",
        ("loyalty_tiers",),
        "SELECT count(*) FROM (SELECT max(spend_cents) FILTER (tier = 'base') AS base, "
        "min(spend_cents) FILTER (tier = 'silver') AS low, "
        "max(spend_cents) FILTER (tier = 'silver') AS high, "
        "min(spend_cents) FILTER (tier = 'gold') AS gold FROM loyalty_tiers) "
        "WHERE base >= low OR high >= gold OR base >= gold",
    ),
)

_COUPONS = (
    Rule(
        "coupon_redemptions",
        "there must be one for each order with a coupon, of its time, code and channel, within its discount",
        ("coupon_redemptions", "orders"),
        "SELECT count(*) FROM (SELECT * FROM orders WHERE coupon_code IS NOT NULL) AS o FULL JOIN "
        "(SELECT order_id, count(*) AS n, min(redeemed_at) AS redeemed_at, min(coupon_code) AS code, "
        "min(redeem_channel) AS channel, min(customer_id) AS account, "
        "min(discount_amount_cents) AS discount FROM coupon_redemptions GROUP BY order_id) AS r "
        "USING (order_id) WHERE n IS DISTINCT FROM 1 OR o.ordered_at IS DISTINCT FROM r.redeemed_at "
        "OR o.coupon_code IS DISTINCT FROM r.code OR o.order_channel IS DISTINCT FROM r.channel "
        "OR o.customer_id IS DISTINCT FROM r.account "
        "OR o.discount_amount_cents < r.discount",
    ),
    Rule(
        "coupon_redemptions",
        "where the account is known, an issue of this code to it must precede and still be valid",
        ("coupon_redemptions", "coupon_issues"),
        "SELECT count(*) FROM coupon_redemptions AS r LEFT JOIN coupon_issues AS i "
        "USING (coupon_issue_id) WHERE (r.customer_id IS NULL) <> (r.coupon_issue_id IS NULL) OR "
        "(r.customer_id IS NOT NULL AND NOT coalesce(i.customer_id = r.customer_id AND "
        "i.coupon_code = r.coupon_code AND r.redeemed_at BETWEEN i.issued_at AND i.valid_until_at, "
        "false))",
    ),
    Rule(
        "coupon_redemptions",
        "an issue may be redeemed once",
        ("coupon_redemptions",),
        "SELECT count(*) FROM (SELECT 1 FROM coupon_redemptions WHERE coupon_issue_id IS NOT NULL "
        "GROUP BY coupon_issue_id HAVING count(*) > 1)",
    ),
    _within("coupon_issues", "valid_until_at", "issued_at"),
    _not_before("coupon_issues", "issued_at", "customers", "joined_at", by="customer_id"),
)

_PRIVATE_DOMAIN = (
    _not_before(
        "referrals",
        "referred_at",
        "customers",
        "joined_at",
        by="referrer_customer_id",
        on="customer_id",
    ),
    Rule(
        "referrals",
        "referred_at must be when the new account joined, and it must be another account",
        ("referrals", "customers"),
        "SELECT count(*) FROM referrals AS r JOIN customers AS c USING (customer_id) "
        "WHERE r.referred_at <> c.joined_at OR r.customer_id = r.referrer_customer_id",
    ),
    Rule(
        "referrals",
        "reward_points must be booked for the referrer at that moment, and no others",
        ("referrals", _LEDGER),
        "SELECT count(*) FROM (SELECT referrer_customer_id AS customer_id, referred_at AS moment, "
        "sum(reward_points) AS points FROM referrals WHERE reward_points > 0 GROUP BY ALL) AS r "
        "FULL JOIN (SELECT customer_id, recorded_at AS moment, sum(n_points) AS points FROM "
        "loyalty_ledger WHERE entry_kind = 'referral' GROUP BY ALL) AS l USING (customer_id, moment) "
        "WHERE r.points IS DISTINCT FROM l.points",
    ),
    Rule(
        "community_posts",
        "no more may react than were reached",
        ("community_posts",),
        "SELECT count(*) FROM community_posts WHERE n_reactions > n_reached",
    ),
    _not_before("community_posts", "posted_at", "customers", "joined_at", by="customer_id"),
    Rule(
        "community_posts",
        "a day's posts of the retailer must reach as many as the channel's messages of the day",
        ("community_posts", "touchpoints"),
        "SELECT count(*) FROM (SELECT CAST(posted_at AS DATE) AS day, sum(n_reached) AS n FROM "
        "community_posts WHERE author_kind = 'retailer' GROUP BY ALL) AS p FULL JOIN (SELECT "
        "CAST(touched_at AS DATE) AS day, count(*) AS n FROM touchpoints WHERE channel = 'community' "
        "AND touch_kind = 'sent' GROUP BY ALL) AS t USING (day) WHERE p.n IS DISTINCT FROM t.n "
        "AND EXISTS (SELECT 1 FROM community_posts WHERE author_kind = 'retailer')",
    ),
    *(
        Rule(
            "consent_events",
            f"{purpose} consent must be given on joining, by those and only those who gave it",
            ("consent_events", "customers"),
            "SELECT count(*) FROM customers AS c FULL JOIN (SELECT * FROM consent_events WHERE "
            f"purpose = '{purpose}' AND action = 'given') AS e ON e.customer_id = c.customer_id "
            f"WHERE c.has_{purpose}_consent <> (e.customer_id IS NOT NULL) "
            "OR e.changed_at <> c.joined_at",
        )
        for purpose in ("email", "sms")
    ),
    Rule(
        "consent_events",
        "e-mail and SMS consent must end when consent was withdrawn, and at no other time",
        ("consent_events", "customers"),
        "SELECT count(*) FROM (SELECT customer_id, purpose FROM consent_events WHERE "
        "action = 'given' AND purpose IN ('email', 'sms')) AS g JOIN customers AS c "
        "USING (customer_id) FULL JOIN (SELECT * FROM consent_events WHERE action = 'withdrawn') "
        "AS w ON w.customer_id = g.customer_id AND w.purpose = g.purpose "
        "WHERE c.consent_withdrawn_at IS DISTINCT FROM w.changed_at",
    ),
    Rule(
        "touchpoints",
        "an e-mail or SMS sent with consent must have it in force",
        ("consent_events", "touchpoints"),
        "SELECT count(*) FROM touchpoints AS t LEFT JOIN (SELECT customer_id, purpose, "
        "min(changed_at) FILTER (action = 'given') AS given, "
        "max(changed_at) FILTER (action = 'withdrawn') AS withdrawn FROM consent_events "
        "GROUP BY ALL) AS e ON e.customer_id = t.customer_id AND e.purpose = t.channel "
        "WHERE t.touch_kind = 'sent' AND t.channel IN ('email', 'sms') AND t.has_consent "
        "AND NOT coalesce(e.given <= t.touched_at "
        "AND (e.withdrawn IS NULL OR t.touched_at < e.withdrawn), false)",
    ),
    Rule(
        "winback_contacts",
        "each must be a message in touchpoints, of this account, channel and time",
        ("winback_contacts", "touchpoints"),
        "SELECT count(*) FROM winback_contacts AS w JOIN touchpoints AS t USING (touchpoint_id) "
        "WHERE w.contacted_at <> t.touched_at OR w.customer_id IS DISTINCT FROM t.customer_id "
        "OR w.channel <> t.channel OR t.touch_kind <> 'sent'",
    ),
    Rule(
        "winback_contacts",
        "last_ordered_at and has_ordered_within_30_days must follow from the account's orders",
        ("winback_contacts", "orders"),
        "SELECT count(*) FROM (SELECT w.touchpoint_id, any_value(w.last_ordered_at) AS last_at, "
        "any_value(w.has_ordered_within_30_days) AS won, "
        "max(o.ordered_at) FILTER (o.ordered_at < w.contacted_at) AS last, "
        "coalesce(bool_or(o.ordered_at >= w.contacted_at AND "
        "o.ordered_at <= w.contacted_at + INTERVAL 30 DAY), false) AS ordered "
        "FROM winback_contacts AS w LEFT JOIN orders AS o USING (customer_id) GROUP BY ALL) "
        "WHERE last IS DISTINCT FROM last_at OR won <> ordered",
    ),
)

_DESK = (
    _within("service_contacts", "resolved_at", "opened_at"),
    _not_before("service_contacts", "opened_at", "orders", "ordered_at", by="order_id"),
    _not_before("service_contacts", "opened_at", "identities", "first_seen_at", by="identity_id"),
    Rule(
        "service_contacts",
        "what the first answer settled must be resolved after waiting and handling",
        ("service_contacts",),
        "SELECT count(*) FROM service_contacts WHERE is_resolved_first_contact AND "
        "abs(epoch_ms(resolved_at) - epoch_ms(opened_at) - 60000 * (wait_minutes + handle_minutes)) "
        "> 1001",
    ),
)


def _references_of_ratings() -> Iterator[Rule]:
    for table, number, at in (
        ("sessions", "session_id", "started_at"),
        ("orders", "order_id", "ordered_at"),
        ("service_contacts", "service_contact_id", "opened_at"),
    ):
        yield _not_before("touchpoint_ratings", "asked_at", table, at, by=number)


_VOICE = (
    _within("touchpoint_ratings", "answered_at", "asked_at"),
    *_references_of_ratings(),
    Rule(
        "touchpoint_ratings",
        "a rating must be about one visit, order or contact",
        ("touchpoint_ratings",),
        "SELECT count(*) FROM touchpoint_ratings WHERE (session_id IS NOT NULL)::INT + "
        "(order_id IS NOT NULL)::INT + (service_contact_id IS NOT NULL)::INT <> 1",
    ),
    Rule(
        "touchpoint_ratings",
        "rating and answered_at must stand together",
        ("touchpoint_ratings",),
        "SELECT count(*) FROM touchpoint_ratings WHERE (rating IS NULL) <> (answered_at IS NULL)",
    ),
    Rule(
        "rating_scores",
        "true_rating must be there for each question and be what was answered",
        ("touchpoint_ratings", "rating_scores"),
        "SELECT count(*) FROM touchpoint_ratings AS r FULL JOIN rating_scores AS s "
        "USING (touchpoint_rating_id) WHERE r.asked_at IS NULL OR s.true_rating IS NULL "
        "OR r.rating <> s.true_rating",
    ),
    Rule(
        "survey_comments",
        "a comment must belong to one answer, and be written with it",
        ("survey_comments", "survey_invitations", "touchpoint_ratings"),
        "SELECT count(*) FROM survey_comments AS c LEFT JOIN survey_invitations AS s "
        "USING (survey_invitation_id) LEFT JOIN touchpoint_ratings AS r USING (touchpoint_rating_id) "
        "WHERE (c.survey_invitation_id IS NULL) = (c.touchpoint_rating_id IS NULL) "
        "OR c.commented_at IS DISTINCT FROM coalesce(s.answered_at, r.answered_at)",
    ),
    Rule(
        "comment_labels",
        "every comment must have a label",
        ("survey_comments", "comment_labels"),
        "SELECT count(*) FROM survey_comments AS c LEFT JOIN comment_labels AS l "
        "USING (survey_comment_id) WHERE l.topic IS NULL",
    ),
    *(
        Rule(
            table,
            "nobody may prefer a brand without considering, or consider it without knowing it",
            (table,),
            f"SELECT count(*) FROM {table} WHERE NOT ({everybody} >= n_aware AND "
            "n_aware >= n_considering AND n_considering >= n_preferring)",
        )
        for table, everybody in (("brand_tracker", "n_asked"), ("brand_truth", "n_persons"))
    ),
    Rule(
        "brand_truth",
        "no more may be asked than there are",
        ("brand_tracker", "brand_truth"),
        "SELECT count(*) FROM brand_tracker AS t FULL JOIN brand_truth AS b "
        "USING (wave_date, region) WHERE coalesce(t.n_asked > b.n_persons, true)",
    ),
)

MEMBER_RULES: tuple[Rule, ...] = (*_LOYALTY, *_COUPONS, *_PRIVATE_DOMAIN, *_DESK, *_VOICE)
