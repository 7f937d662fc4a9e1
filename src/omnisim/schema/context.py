"""What surrounds the sale: calendar, prices, campaigns, interventions, signals, web events, quotes."""

from __future__ import annotations

from omnisim.schema.channels import CHANNEL_NAMES
from omnisim.schema.declare import LOCATION, ORDER, SKU, cents_column, id_column
from omnisim.schema.types import Column, Table

SEASONS = ("winter", "spring", "summer", "autumn")
WEB_EVENTS = ("session_start", "view_item", "add_to_cart", "begin_checkout", "purchase")
SIGNALS = ("search_interest", "footfall", "social_buzz")
STAFF_ROLES = ("service_agent", "marketer", "analyst", "admin", "store_manager", "system")
ACCESS_SYSTEMS = ("service_desk", "crm", "warehouse", "pos")
ACCESS_TABLES = ("customers", "orders", "returns", "sessions", "identities")
ACCESS_PURPOSES = (
    "customer_service",
    "marketing",
    "analysis",
    "maintenance",
    "store_operations",
    "data_transfer",
)
ACCESS_ACTIONS = ("read", "export")
ACCESS_LABELS = ("insider_export", "stolen_account")
INTERVENTION_TYPES = (
    "campaign",
    "promotion",
    "shock",
    "experiment",
    "factorial",
    "canary",
    "rollout",
    "membership",
    "win_back",
)
SESSION = "sessions.session_id"


def _category(about: str, allowed: tuple[str, ...], *, nullable: bool = False) -> Column:
    return Column("category", about, nullable=nullable, allowed=allowed)


CONTEXT_TABLES: dict[str, Table] = {
    "dates": Table(
        about="One day of the retailer's calendar.",
        key=("calendar_date",),
        sort_by=("calendar_date",),
        columns={
            "calendar_date": Column("date", "day"),
            "week": Column("int16", "weeks since the first day, from 0", low=0),
            "iso_week": Column("int16", "ISO 8601 week of the year", low=1, high=53),
            "year": Column("int16", "year", low=1990),
            "quarter": Column("int16", "quarter of the year", low=1, high=4),
            "month": Column("int16", "month of the year", low=1, high=12),
            "weekday": Column("int16", "1 is Monday, 7 is Sunday", low=1, high=7),
            "is_weekend": Column("bool", "Saturday or Sunday"),
            "season": _category("meteorological season of the northern half", SEASONS),
            "festival_name": Column(
                "category", "shopping festival whose days these are", nullable=True
            ),
            "holiday_name": Column(
                "category", "public holiday; those of the moon calendar are left out", nullable=True
            ),
        },
    ),
    "prices": Table(
        about="One price of one SKU and the days it holds. Every SKU has one price on every day.",
        key=("sku", "valid_from_date"),
        sort_by=("valid_from_date", "sku"),
        columns={
            "valid_from_date": Column("date", "first day"),
            "valid_to_date": Column("date", "last day, included"),
            "sku": id_column("product", references=SKU),
            "price_cents": cents_column("price before coupons"),
            "list_price_cents": cents_column("price without a promotion"),
            "promotion_id": id_column(
                "promotion it comes from", nullable=True, references="promotions.promotion_id"
            ),
        },
    ),
    "promotions": Table(
        about="One temporary price cut as decided.",
        key=("promotion_id",),
        sort_by=("started_date", "promotion_id"),
        columns={
            "started_date": Column("date", "first day"),
            "promotion_id": id_column("promotion"),
            "ended_date": Column("date", "last day, included"),
            "promotion_name": Column("string", "name for people"),
            "category": Column("category", "category; missing when all", nullable=True),
            "discount_share": Column("float64", "part of the list price taken off", low=0, high=1),
        },
    ),
    "campaigns": Table(
        about="One burst of a channel as planned.",
        key=("campaign_id",),
        sort_by=("started_date", "campaign_id"),
        columns={
            "started_date": Column("date", "first day"),
            "campaign_id": id_column("campaign"),
            "ended_date": Column("date", "last day, included"),
            "campaign_name": Column("string", "name for people"),
            "channel": _category("channel", CHANNEL_NAMES),
            "planned_reach_factor": Column(
                "float64", "planned contacts beside ordinary days [factor]", low=0
            ),
            "n_planned_contacts": Column(
                "int64",
                "contacts planned; missing where customers start them",
                nullable=True,
                low=0,
            ),
            "budget_cents": cents_column(
                "media money planned; missing where customers start the contact", nullable=True
            ),
        },
    ),
    "interventions": Table(
        about="One cause that was at work: what was done, where and when; never what it did.",
        key=("intervention_id",),
        sort_by=("started_date", "intervention_id"),
        columns={
            "started_date": Column("date", "first day; the first of the data when older"),
            "intervention_id": id_column("intervention"),
            "ended_date": Column("date", "last day, included; missing = it stays", nullable=True),
            "intervention_type": _category("kind of cause", INTERVENTION_TYPES),
            "cause": Column("string", "its name, the same wherever its effect is told"),
            "is_own": Column("bool", "done by the retailer; false = it came from outside"),
            "scope": Column("string", "whom it concerns, e.g. `all`, `channel=email`"),
            "action": Column("string", "what was done"),
            "semantics": Column(
                "string", "what 'without' means: `not_run`, or `all_minus_none` of its units"
            ),
            "comparison": Column("string", "the world without it, in words"),
        },
    ),
    "web_events": Table(
        about="One funnel event of a visit to the web shop or the app, named as in GA4. Further page "
        "views are only counted in sessions.",
        key=("session_id", "event_number"),
        sort_by=("event_at", "session_id", "event_number"),
        columns={
            "event_at": Column("timestamp", "when it happened"),
            "session_id": id_column("session", references=SESSION),
            "event_number": Column("int16", "order within the session, from 0", low=0),
            "event_name": _category("GA4 event", WEB_EVENTS),
            "sku": id_column(
                "item of view_item and add_to_cart (GA4 item_id)", nullable=True, references=SKU
            ),
            "n_units": Column(
                "int16", "units put in the cart (GA4 quantity)", nullable=True, low=1
            ),
            "order_id": id_column(
                "order of a purchase (GA4 transaction_id)", nullable=True, references=ORDER
            ),
        },
    ),
    "demand_signals": Table(
        about="One outside signal of interest per area and day, from data vendors; some run ahead of "
        "demand.",
        key=("signal_date", "signal", "region"),
        sort_by=("signal_date", "signal", "region"),
        columns={
            "signal_date": Column("date", "day it tells about; known the next morning"),
            "signal": _category("signal", SIGNALS),
            "region": Column("category", "region; missing = whole market", nullable=True),
            "value": Column("float64", "index, mean of the data about 100", low=0),
        },
    ),
    "market_totals": Table(
        about="One category in one month, from a market panel: the retailer and all competitors.",
        key=("month_date", "category"),
        sort_by=("month_date", "category"),
        columns={
            "month_date": Column("date", "first day of the month; days in the data only"),
            "category": Column("category", "category of the assortment"),
            "market_sales_cents": cents_column("net sales of all, the retailer among them"),
            "competitor_price_index": Column(
                "float64", "competitors' prices, 100 = their long-run mean", low=0
            ),
        },
    ),
    "configurations": Table(
        about="One visit to the configurator of made-to-order products.",
        key=("configuration_id",),
        sort_by=("started_at", "configuration_id"),
        columns={
            "started_at": Column("timestamp", "first step opened"),
            "configuration_id": id_column("configuration, no order implied"),
            "session_id": id_column(
                "online session; missing = with a member of staff",
                nullable=True,
                references=SESSION,
            ),
            "n_options_seen": Column("int16", "options offered per choice", low=1),
            "n_steps": Column("int16", "steps finished", low=0),
            "is_completed": Column("bool", "all steps finished"),
        },
    ),
    "quotes": Table(
        about="One quote for a finished configuration.",
        key=("quote_id",),
        sort_by=("quoted_at", "quote_id"),
        columns={
            "quoted_at": Column("timestamp", "when it was given"),
            "quote_id": id_column("quote, no order implied"),
            "configuration_id": id_column(
                "configuration", references="configurations.configuration_id"
            ),
            "amount_cents": cents_column("price quoted, net of discounts"),
            "valid_until_at": Column("timestamp", "last moment it holds"),
            "is_accepted": Column("bool", "became an order"),
            "order_id": id_column("order it became", nullable=True, references=ORDER),
        },
    ),
    "production_orders": Table(
        about="One made-to-order order in the workshop.",
        key=("production_order_id",),
        sort_by=("started_at", "production_order_id"),
        columns={
            "started_at": Column("timestamp", "work began"),
            "production_order_id": id_column("production order, no order implied"),
            "order_id": id_column("order it makes", references=ORDER),
            "due_at": Column("timestamp", "to be finished at the latest by"),
            "finished_at": Column("timestamp", "finished; missing = not yet", nullable=True),
            "delivered_at": Column("timestamp", "handed over; missing = not yet", nullable=True),
            "is_rework": Column("bool", "had to be made again"),
        },
    ),
    "access_log": Table(
        about="One logged access of staff or a system to records about customers.",
        key=("access_id",),
        sort_by=("accessed_at", "access_id"),
        columns={
            "accessed_at": Column("timestamp", "when it began"),
            "access_id": id_column("access, no order implied"),
            "staff_account": Column("category", "account used"),
            "staff_role": _category("role of the account", STAFF_ROLES),
            "system": _category("system it went through", ACCESS_SYSTEMS),
            "table_name": _category("what was read", ACCESS_TABLES),
            "purpose": _category("purpose given", ACCESS_PURPOSES),
            "action": _category("read on screen, or taken out", ACCESS_ACTIONS),
            "n_records": Column("int64", "records read", low=1),
            "is_masked": Column("bool", "names and addresses were masked"),
        },
    ),
}

CONTEXT_TRUTH: dict[str, Table] = {
    "signal_truth": Table(
        about="What each outside signal is made of.",
        key=("signal", "region"),
        sort_by=("signal", "region"),
        side="truth",
        columns={
            "signal": _category("signal", SIGNALS),
            "region": Column("category", "region; missing = whole market", nullable=True),
            "lead_days": Column("int16", "days by which it runs ahead of needs", low=0),
            "noise_sd": Column("float64", "log-sd of its noise", low=0),
            "correlation": Column(
                "float64",
                "with the needs `lead_days` later, both without their weekday; missing when undefined",
                nullable=True,
                low=-1,
                high=1,
            ),
        },
    ),
    "latent_demand": Table(
        about="Needs that arose per catchment and day; nobody sees them.",
        key=("need_date", "location_id"),
        sort_by=("need_date", "location_id"),
        side="truth",
        columns={
            "need_date": Column("date", "day"),
            "location_id": id_column("store whose catchment", references=LOCATION),
            "n_needs": Column("int64", "needs that arose", low=0),
        },
    ),
    "access_labels": Table(
        about="Accesses nobody was entitled to.",
        key=("access_id",),
        sort_by=("access_id",),
        side="truth",
        columns={
            "access_id": id_column("access", references="access_log.access_id"),
            "label": _category("who was behind it", ACCESS_LABELS),
            "export_number": Column("int32", "accesses of one export share it", low=1),
            "is_detected": Column("bool", "noticed within the data: stands in incidents"),
        },
    ),
}
