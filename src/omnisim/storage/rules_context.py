"""What must hold between prices, campaigns, signals, web events and quotes."""

from __future__ import annotations

from omnisim.storage.rule import Rule


def _count(condition: str, table: str) -> str:
    return f"SELECT count(*) FROM {table} WHERE {condition}"


_CALENDAR = (
    Rule(
        "dates",
        "every day from the first to the last must be there once",
        ("dates",),
        "SELECT abs(max(calendar_date) - min(calendar_date) + 1 - count(*)) FROM dates",
    ),
    Rule(
        "dates",
        "year, month, quarter, ISO week and weekday must be those of the day",
        ("dates",),
        _count(
            "year <> extract(year FROM calendar_date) OR month <> extract(month FROM calendar_date) "
            "OR quarter <> extract(quarter FROM calendar_date) "
            "OR iso_week <> extract(week FROM calendar_date) "
            "OR weekday <> extract(isodow FROM calendar_date) OR is_weekend <> (weekday >= 6)",
            "dates",
        ),
    ),
)

_PRICES = (
    Rule(
        "prices",
        "each SKU must have exactly one price on every day",
        ("prices", "products", "dates"),
        "SELECT count(*) FROM (SELECT p.sku, d.calendar_date, count(c.sku) AS n FROM products AS p "
        "CROSS JOIN dates AS d LEFT JOIN prices AS c ON c.sku = p.sku "
        "AND d.calendar_date BETWEEN c.valid_from_date AND c.valid_to_date "
        "GROUP BY p.sku, d.calendar_date) WHERE n <> 1",
    ),
    Rule(
        "prices",
        "list_price_cents must be that of the product, and stand where no promotion runs",
        ("prices", "products"),
        "SELECT count(*) FROM prices AS c JOIN products AS p USING (sku) "
        "WHERE c.list_price_cents <> p.list_price_cents OR c.price_cents > c.list_price_cents "
        "OR (c.promotion_id IS NULL AND c.price_cents <> c.list_price_cents)",
    ),
    Rule(
        "prices",
        "a promotion's price must hold within its days and category",
        ("prices", "promotions", "products"),
        "SELECT count(*) FROM prices AS c JOIN promotions AS m USING (promotion_id) "
        "JOIN products AS p USING (sku) WHERE c.valid_from_date < m.started_date "
        "OR c.valid_to_date > m.ended_date OR p.category IS DISTINCT FROM "
        "coalesce(m.category, p.category)",
    ),
    Rule(
        "order_lines",
        "goods from own stock and channels must not cost more than the price of the day",
        ("order_lines", "orders", "prices"),
        # a line's cut is rounded once, that of a price per unit
        "SELECT count(*) FROM order_lines AS l JOIN orders AS o USING (order_id) "
        "WHERE o.fulfilment <> 'made_to_order' AND NOT EXISTS (SELECT 1 FROM prices AS c "
        "WHERE c.sku = l.sku AND l.net_amount_cents <= l.n_units * (c.price_cents + 1) "
        "AND c.valid_from_date <= CAST(l.ordered_at AS DATE) "
        "AND c.valid_to_date >= CAST(l.ordered_at AS DATE))",
    ),
    *(
        Rule(
            table,
            "ended_date must not be before started_date",
            (table,),
            _count("ended_date < started_date", table),
        )
        for table in ("promotions", "campaigns", "interventions")
    ),
    *(
        Rule(
            "interventions",
            f"every row of {table} must be an intervention with the same days",
            ("interventions", table),
            f"SELECT count(*) FROM {table} AS t WHERE NOT EXISTS (SELECT 1 FROM interventions AS i "
            f"WHERE i.cause = '{kind}:' || t.{kind}_name AND i.started_date = t.started_date "
            "AND i.ended_date = t.ended_date)",
        )
        for table, kind in (("promotions", "promotion"), ("campaigns", "campaign"))
    ),
)


def _flag(flag: str, event: str) -> Rule:
    return Rule(
        "web_events",
        f"a session must have {event} if and only if {flag}",
        ("web_events", "sessions"),
        "SELECT count(*) FROM sessions AS s LEFT JOIN (SELECT session_id, count(*) AS n "
        f"FROM web_events WHERE event_name = '{event}' GROUP BY session_id) AS e "
        f"USING (session_id) WHERE s.{flag} <> (coalesce(e.n, 0) > 0)",
    )


_EVENTS = (
    Rule(
        "sessions",
        "web visits with one cookie must be on one device",
        ("sessions",),
        "SELECT count(*) FROM (SELECT 1 FROM sessions WHERE platform = 'web' "
        "GROUP BY identity_id HAVING count(DISTINCT device) > 1)",
    ),
    _flag("has_add_to_cart", "add_to_cart"),
    _flag("has_checkout", "begin_checkout"),
    _flag("has_order", "purchase"),
    Rule(
        "web_events",
        "each session must begin with one session_start, when the session does",
        ("web_events", "sessions"),
        "SELECT count(*) FROM sessions AS s LEFT JOIN (SELECT session_id, count(*) AS n, "
        "min(event_at) AS at, min(event_number) AS number FROM web_events "
        "WHERE event_name = 'session_start' GROUP BY session_id) AS e USING (session_id) "
        "WHERE coalesce(e.n, 0) <> 1 OR e.at <> s.started_at OR e.number <> 0",
    ),
    Rule(
        "web_events",
        "events of a session must not go back in time or skip a number",
        ("web_events",),
        "SELECT count(*) FROM (SELECT event_at, event_number, "
        "lag(event_at) OVER one AS before, lag(event_number) OVER one AS number FROM web_events "
        "WINDOW one AS (PARTITION BY session_id ORDER BY event_number)) "
        "WHERE event_at < before OR event_number <> coalesce(number + 1, 0)",
    ),
    Rule(
        "web_events",
        "sku must stand on view_item and add_to_cart, n_units on add_to_cart, order_id on purchase, "
        "and on no other",
        ("web_events",),
        _count(
            "(sku IS NOT NULL) <> (event_name IN ('view_item', 'add_to_cart')) "
            "OR (n_units IS NOT NULL) <> (event_name = 'add_to_cart') "
            "OR (order_id IS NOT NULL) <> (event_name = 'purchase')",
            "web_events",
        ),
    ),
    Rule(
        "web_events",
        "a purchase must be the session's order at the time of the order",
        ("web_events", "orders"),
        "SELECT count(*) FROM web_events AS e JOIN orders AS o USING (order_id) "
        "WHERE e.event_at <> o.ordered_at OR e.session_id IS DISTINCT FROM o.session_id",
    ),
    Rule(
        "web_events",
        "units put in the cart of a buying session must be those of the order's lines",
        ("web_events", "orders", "order_lines"),
        "SELECT count(*) FROM (SELECT session_id, sku, sum(n_units) AS n FROM web_events "
        "WHERE event_name = 'add_to_cart' AND session_id IN (SELECT session_id FROM orders) "
        "GROUP BY session_id, sku) AS e FULL JOIN (SELECT o.session_id, l.sku, sum(l.n_units) AS n "
        "FROM orders AS o JOIN order_lines AS l USING (order_id) WHERE o.session_id IS NOT NULL "
        "GROUP BY o.session_id, l.sku) AS b USING (session_id, sku) WHERE e.n IS DISTINCT FROM b.n",
    ),
)

_MARKET = (
    Rule(
        "market_totals",
        "the market must not be smaller than the retailer's own completed sales",
        ("market_totals", "orders", "order_lines", "products"),
        "SELECT count(*) FROM market_totals AS m JOIN (SELECT "
        "CAST(date_trunc('month', o.ordered_at) AS DATE) AS month_date, p.category, "
        "sum(l.net_amount_cents) AS own FROM orders AS o JOIN order_lines AS l USING (order_id) "
        "JOIN products AS p USING (sku) WHERE o.status = 'completed' GROUP BY ALL) AS r "
        "ON r.month_date = m.month_date AND r.category = m.category "
        "WHERE r.own > m.market_sales_cents",
    ),
    Rule(
        "demand_signals",
        "each signal and area must have a value on every day",
        ("demand_signals", "dates"),
        "SELECT count(*) FROM (SELECT count(*) AS n FROM demand_signals GROUP BY signal, region) "
        "WHERE n <> (SELECT count(*) FROM dates)",
    ),
)

_MADE = (
    Rule(
        "configurations",
        "a configuration must not begin before its session",
        ("configurations", "sessions"),
        "SELECT count(*) FROM configurations AS c JOIN sessions AS s USING (session_id) "
        "WHERE c.started_at < s.started_at",
    ),
    Rule(
        "quotes",
        "a quote must stand on a finished configuration and come after it began",
        ("quotes", "configurations"),
        "SELECT count(*) FROM quotes AS q JOIN configurations AS c USING (configuration_id) "
        "WHERE NOT c.is_completed OR q.quoted_at < c.started_at",
    ),
    Rule(
        "quotes",
        "every finished configuration must have one quote",
        ("quotes", "configurations"),
        "SELECT count(*) FROM (SELECT c.configuration_id, count(q.quote_id) AS n "
        "FROM configurations AS c LEFT JOIN quotes AS q USING (configuration_id) "
        "WHERE c.is_completed GROUP BY c.configuration_id) WHERE n <> 1",
    ),
    Rule(
        "quotes",
        "order_id must stand on accepted quotes and on no other",
        ("quotes",),
        _count("(order_id IS NOT NULL) <> is_accepted", "quotes"),
    ),
    Rule(
        "quotes",
        "an accepted quote must be the order's amount, given before it and still valid",
        ("quotes", "orders"),
        "SELECT count(*) FROM quotes AS q JOIN orders AS o USING (order_id) "
        "WHERE q.amount_cents <> o.net_amount_cents OR q.quoted_at > o.ordered_at "
        "OR q.valid_until_at < o.ordered_at",
    ),
    Rule(
        "quotes",
        "every made-to-order order must have one accepted quote",
        ("quotes", "orders"),
        "SELECT count(*) FROM (SELECT o.order_id, count(q.quote_id) AS n FROM orders AS o "
        "LEFT JOIN quotes AS q USING (order_id) WHERE o.fulfilment = 'made_to_order' "
        "GROUP BY o.order_id) WHERE n <> 1",
    ),
    Rule(
        "production_orders",
        "only completed made-to-order orders are produced, each once",
        ("production_orders", "orders"),
        "SELECT count(*) FROM (SELECT p.order_id, count(*) AS n, "
        "bool_and(o.fulfilment = 'made_to_order' AND o.status = 'completed') AS is_right "
        "FROM production_orders AS p JOIN orders AS o USING (order_id) GROUP BY p.order_id) "
        "WHERE n <> 1 OR NOT is_right",
    ),
    Rule(
        "production_orders",
        "ordered, started, finished and delivered must follow each other",
        ("production_orders", "orders"),
        "SELECT count(*) FROM production_orders AS p JOIN orders AS o USING (order_id) "
        "WHERE p.started_at < o.ordered_at OR p.due_at < p.started_at "
        "OR p.finished_at < p.started_at OR p.delivered_at < p.finished_at "
        "OR (p.finished_at IS NULL) <> (p.delivered_at IS NULL)",
    ),
    Rule(
        "production_orders",
        "delivered_at must be fulfilled_at of the order",
        ("production_orders", "orders"),
        "SELECT count(*) FROM production_orders AS p JOIN orders AS o USING (order_id) "
        "WHERE p.delivered_at IS DISTINCT FROM o.fulfilled_at",
    ),
)

_ACCESS = (
    Rule(
        "access_log",
        "an account must have one role",
        ("access_log",),
        "SELECT count(*) FROM (SELECT staff_account FROM access_log GROUP BY staff_account "
        "HAVING count(DISTINCT staff_role) > 1)",
    ),
    Rule(
        "access_labels",
        "an export that was noticed must stand in incidents, from its first access on",
        ("access_labels", "access_log", "incidents"),
        "SELECT count(*) FROM (SELECT bool_or(l.is_detected) AS is_detected, "
        "min(a.accessed_at) AS first_at FROM access_labels AS l JOIN access_log AS a "
        "USING (access_id) GROUP BY l.export_number) AS e WHERE e.is_detected <> EXISTS "
        "(SELECT 1 FROM incidents AS i WHERE i.incident_kind = 'data_export' "
        "AND i.started_at = e.first_at)",
    ),
    Rule(
        "access_labels",
        "what nobody was entitled to must be exports of customers' records",
        ("access_labels", "access_log"),
        "SELECT count(*) FROM access_labels AS l JOIN access_log AS a USING (access_id) "
        "WHERE a.action <> 'export' OR a.table_name <> 'customers'",
    ),
)

CONTEXT_RULES: tuple[Rule, ...] = (*_CALENDAR, *_PRICES, *_EVENTS, *_MARKET, *_MADE, *_ACCESS)
