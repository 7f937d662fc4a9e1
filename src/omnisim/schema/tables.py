"""Every table a retailer could see, declared once.

The writer, the reader, the checks and the data dictionary all work from these declarations.
"""

from __future__ import annotations

from omnisim.schema import channels as ch
from omnisim.schema.context import CONTEXT_TABLES, CONTEXT_TRUTH
from omnisim.schema.declare import CUSTOMER, LOCATION, cents_column, id_column
from omnisim.schema.members import MEMBER_TABLES, MEMBER_TRUTH
from omnisim.schema.operations import OPERATION_TABLES, OPERATION_TRUTH
from omnisim.schema.raw import RAW_TRUTH
from omnisim.schema.truth import CORE_TRUTH
from omnisim.schema.types import Column, Table
from omnisim.schema.worlds import WORLD_TRUTH

_CORE: dict[str, Table] = {
    "customers": Table(
        about="One customer account in the retailer's CRM. A person may hold several: an online "
        "account and a store loyalty account that nobody has merged.",
        key=("customer_id",),
        sort_by=("joined_at", "customer_id"),
        columns={
            "joined_at": Column("timestamp", "when the account was opened; may precede the data"),
            "customer_id": id_column("account, no order implied"),
            "join_channel": Column("category", "where it was opened", allowed=("online", "store")),
            "home_location_id": id_column(
                "store nearest to the address on file", references=LOCATION
            ),
            "region": Column("category", "region of the address on file"),
            "full_name": Column("string", "name as typed by the customer"),
            "street_address": Column("string", "street and number of the address on file"),
            "city": Column("string", "city of the address on file"),
            "birth_year": Column("int16", "year of birth as stated", low=1900, high=2030),
            "has_app": Column("bool", "has ever logged in to the app"),
            "has_email_consent": Column("bool", "agreed to e-mail when joining"),
            "has_sms_consent": Column("bool", "agreed to SMS when joining"),
            "consent_withdrawn_at": Column(
                "timestamp", "when all marketing consent was withdrawn", nullable=True
            ),
        },
    ),
    "identities": Table(
        about="One technical identity the retailer has seen. Cookies expire, so one person has many.",
        key=("identity_id",),
        sort_by=("first_seen_at", "identity_id"),
        columns={
            "first_seen_at": Column("timestamp", "first event with this identity"),
            "identity_id": id_column("identity, no order implied"),
            "last_seen_at": Column("timestamp", "last event with this identity"),
            "identity_kind": Column("category", "kind of identity", allowed=ch.IDENTITY_KINDS),
            "customer_id": id_column(
                "account it was linked to by a login or a purchase",
                nullable=True,
                references=CUSTOMER,
            ),
        },
    ),
    "locations": Table(
        about="One stock-holding place: a store or the distribution centre.",
        key=("location_id",),
        sort_by=("location_id",),
        columns={
            "location_id": id_column("location; 1 is the distribution centre"),
            "location_kind": Column("category", "kind of place", allowed=("store", "dc")),
            "location_name": Column("string", "name for people"),
            "region": Column("category", "sales region"),
            "latitude": Column("float64", "WGS 84 [degree]", low=-90, high=90),
            "longitude": Column("float64", "WGS 84 [degree]", low=-180, high=180),
            "floor_area_m2": Column("int32", "sales area [m2]; 0 for the DC", low=0),
            "opened_date": Column("date", "first trading day"),
        },
    ),
    "products": Table(
        about="One stock-keeping unit.",
        key=("sku",),
        sort_by=("sku",),
        columns={
            "sku": id_column("stock-keeping unit, from 1"),
            "product_name": Column("string", "name for people"),
            "category": Column("category", "top of the category tree"),
            "subcategory": Column("category", "second level of the category tree"),
            "list_price_cents": cents_column("price before discount"),
            "unit_cost_cents": cents_column("landed cost of goods"),
        },
    ),
    "channels": Table(
        about="One way a customer and the retailer meet.",
        key=("channel",),
        sort_by=("channel_id",),
        columns={
            "channel_id": Column("int16", "permanent registry id", low=0),
            "channel": Column("category", "name used in every table", allowed=ch.CHANNEL_NAMES),
            "channel_label": Column("string", "name for people"),
            "is_online": Column("bool", "happens online"),
            "is_paid": Column("bool", "each contact costs media money"),
            "is_push": Column("bool", "started by the retailer"),
        },
    ),
    "touchpoints": Table(
        about="One contact the retailer can see. Anonymous store visits are only in store_traffic.",
        key=("touchpoint_id",),
        sort_by=("touched_at", "touchpoint_id"),
        columns={
            "touched_at": Column("timestamp", "when it happened"),
            "touchpoint_id": id_column("touchpoint, no order implied"),
            "identity_id": id_column(
                "identity it was seen on", references="identities.identity_id"
            ),
            "customer_id": id_column("account, when known", nullable=True, references=CUSTOMER),
            "channel": Column("category", "channel", allowed=ch.CHANNEL_NAMES),
            "touch_kind": Column("category", "what happened", allowed=ch.TOUCH_KINDS),
            "session_id": id_column(
                "online session it started", nullable=True, references="sessions.session_id"
            ),
            "has_consent": Column(
                "bool", "marketing consent on file when it was sent; true for pulls"
            ),
        },
    ),
    "sessions": Table(
        about="One visit to the web shop or the app.",
        key=("session_id",),
        sort_by=("started_at", "session_id"),
        columns={
            "started_at": Column("timestamp", "first page view"),
            "session_id": id_column("session, no order implied"),
            "identity_id": id_column("cookie or app id", references="identities.identity_id"),
            "customer_id": id_column("account, when logged in", nullable=True, references=CUSTOMER),
            "channel": Column(
                "category", "channel that brought the visit", allowed=ch.CHANNEL_NAMES
            ),
            "platform": Column("category", "web or app", allowed=ch.PLATFORMS),
            "device": Column(
                "category",
                "kind of device; all visits with one cookie are on one, those of the app on a phone",
                allowed=ch.DEVICES,
            ),
            "n_page_views": Column("int16", "pages seen", low=1),
            "has_add_to_cart": Column("bool", "something was put in the cart"),
            "has_checkout": Column("bool", "checkout was started"),
            "has_order": Column("bool", "an order was placed"),
            "release": Column("category", "software it was served by", allowed=ch.RELEASES),
        },
    ),
    "orders": Table(
        about="One order as placed. Cancelled orders stay, with the reason.",
        key=("order_id",),
        sort_by=("ordered_at", "order_id"),
        columns={
            "ordered_at": Column("timestamp", "when it was placed"),
            "order_id": id_column("order, no order implied"),
            "customer_id": id_column(
                "account; missing for guests", nullable=True, references=CUSTOMER
            ),
            "identity_id": id_column(
                "identity it was placed with; missing for cash",
                nullable=True,
                references="identities.identity_id",
            ),
            "payment_identity_id": id_column(
                "payment token; missing for cash",
                nullable=True,
                references="identities.identity_id",
            ),
            "session_id": id_column(
                "online session it was placed in", nullable=True, references="sessions.session_id"
            ),
            "order_channel": Column("category", "where it was placed", allowed=ch.ORDER_CHANNELS),
            "fulfilment": Column("category", "how it reaches the buyer", allowed=ch.FULFILMENTS),
            "location_id": id_column("location that serves it", references=LOCATION),
            "catchment_location_id": id_column(
                "store whose catchment the buyer lives in", references=LOCATION
            ),
            "status": Column("category", "final state", allowed=ch.ORDER_STATUSES),
            "cancel_reason": Column(
                "category", "why it was cancelled", nullable=True, allowed=ch.CANCEL_REASONS
            ),
            "coupon_code": Column("category", "coupon redeemed", nullable=True, allowed=ch.COUPONS),
            "n_units": Column("int32", "units ordered", low=1),
            "gross_amount_cents": cents_column("list price of all units"),
            "discount_amount_cents": cents_column("coupon discount"),
            "net_amount_cents": cents_column(
                "gross less discount, before returns; also for cancelled orders"
            ),
            "cost_amount_cents": cents_column("landed cost of goods"),
            "shipping_cost_cents": cents_column("what the retailer pays to fulfil it"),
            "promised_at": Column("timestamp", "promised at the latest by"),
            "fulfilled_at": Column(
                "timestamp", "handed over; missing when cancelled or not yet", nullable=True
            ),
            "cancelled_at": Column("timestamp", "when it was cancelled", nullable=True),
        },
    ),
    "order_lines": Table(
        about="One product of one order.",
        key=("order_line_id",),
        sort_by=("ordered_at", "order_line_id"),
        columns={
            "ordered_at": Column("timestamp", "time of the order"),
            "order_line_id": id_column("line, no order implied"),
            "order_id": id_column("order it belongs to", references="orders.order_id"),
            "sku": id_column("product", references="products.sku"),
            "n_units": Column("int32", "units", low=1),
            "gross_amount_cents": cents_column("list price of the units"),
            "discount_amount_cents": cents_column("share of the order's discount"),
            "net_amount_cents": cents_column("gross less discount"),
            "cost_amount_cents": cents_column("landed cost of the units"),
        },
    ),
    "returns": Table(
        about="One returned order line, on the day the goods came back.",
        key=("return_id",),
        sort_by=("returned_at", "return_id"),
        columns={
            "returned_at": Column("timestamp", "goods back and refund paid"),
            "return_id": id_column("return, no order implied"),
            "order_id": id_column("order", references="orders.order_id"),
            "order_line_id": id_column("line", references="order_lines.order_line_id"),
            "sku": id_column("product", references="products.sku"),
            "n_units": Column("int32", "units", low=1),
            "refund_amount_cents": cents_column("paid back"),
            "return_channel": Column("category", "how it came back", allowed=ch.RETURN_CHANNELS),
            "location_id": id_column("location that took it back", references=LOCATION),
            "return_reason": Column("category", "stated reason", allowed=ch.RETURN_REASONS),
        },
    ),
    "survey_invitations": Table(
        about="One NPS invitation. Unanswered ones stay: silence depends on satisfaction.",
        key=("survey_invitation_id",),
        sort_by=("invited_at", "survey_invitation_id"),
        columns={
            "invited_at": Column("timestamp", "when it was sent"),
            "survey_invitation_id": id_column("invitation, no order implied"),
            "order_id": id_column("order asked about", references="orders.order_id"),
            "customer_id": id_column("account asked", references=CUSTOMER),
            "answered_at": Column("timestamp", "when it was answered", nullable=True),
            "nps_score": Column(
                "int16", "0 to 10, missing when silent", nullable=True, low=0, high=10
            ),
        },
    ),
    "media_costs": Table(
        about="Media money per paid channel and day, from the advertising accounts.",
        key=("cost_date", "channel"),
        sort_by=("cost_date", "channel"),
        columns={
            "cost_date": Column("date", "day"),
            "channel": Column("category", "channel", allowed=ch.CHANNEL_NAMES),
            "n_impressions": Column("int64", "impressions or messages billed", low=0),
            "n_clicks": Column("int64", "clicks billed", low=0),
            "media_cost_cents": cents_column("spend"),
        },
    ),
    "store_traffic": Table(
        about="Visitors per store and day, from door counters (every visitor, known or not).",
        key=("traffic_date", "location_id"),
        sort_by=("traffic_date", "location_id"),
        columns={
            "traffic_date": Column("date", "day"),
            "location_id": id_column("store", references=LOCATION),
            "n_visitors": Column("int32", "visitors counted", low=0),
        },
    ),
    "inventory_snapshots": Table(
        about="Stock at the end of a day: a row for each location and SKU on every day its stock "
        "moved or its availability changed, and every seventh day. Days between equal the last row.",
        key=("snapshot_date", "location_id", "sku"),
        sort_by=("snapshot_date", "location_id", "sku"),
        columns={
            "snapshot_date": Column("date", "day"),
            "location_id": id_column("location", references=LOCATION),
            "sku": id_column("product", references="products.sku"),
            "n_received": Column(
                "int32",
                "units received that day: from suppliers, by transfer, or there on the first morning",
                low=0,
            ),
            "n_returned": Column("int32", "returned units put back that day", low=0),
            "n_sold": Column("int32", "units taken by orders that day", low=0),
            "n_transferred": Column("int32", "units sent to other locations that day", low=0),
            "n_adjusted": Column("int32", "units found (+) or lost (-) that day"),
            "n_on_hand": Column(
                "int32",
                "units at the end of the day that are not sold; goods put back during a stock-out "
                "wait in the back room until it ends",
                low=0,
            ),
            "n_reserved": Column(
                "int32",
                "units sold that wait for pick-up at the end of the day, beside those on hand",
                low=0,
            ),
            "is_stocked_out": Column("bool", "could not be sold that day"),
        },
    ),
    "inventory_audits": Table(
        about="One counted SKU at one location: what the system said against what lay there.",
        key=("audit_date", "location_id", "sku"),
        sort_by=("audit_date", "location_id", "sku"),
        columns={
            "audit_date": Column("date", "day of the count"),
            "location_id": id_column("location", references=LOCATION),
            "sku": id_column("product", references="products.sku"),
            "n_system": Column("int32", "units the system showed", low=0),
            "n_counted": Column("int32", "units counted", low=0),
        },
    ),
    "incidents": Table(
        about="One incident from the operations log.",
        key=("incident_id",),
        sort_by=("started_at", "incident_id"),
        columns={
            "started_at": Column("timestamp", "start"),
            "incident_id": id_column("incident"),
            "incident_kind": Column("category", "kind", allowed=ch.INCIDENT_KINDS),
            "ended_at": Column("timestamp", "end"),
            "is_peak": Column("bool", "in a week of a shopping festival"),
        },
    ),
    "experiments": Table(
        about="One randomised experiment as designed.",
        key=("experiment_id",),
        sort_by=("experiment_id",),
        columns={
            "experiment_id": id_column("experiment"),
            "experiment_name": Column("string", "name for people"),
            "unit": Column("category", "what was randomised", allowed=("customer",)),
            "treatment_share": Column("float64", "designed share of treatment", low=0, high=1),
            "started_date": Column("date", "first day"),
            "ended_date": Column("date", "last day, included"),
        },
    ),
    "experiment_assignments": Table(
        about="One customer in one experiment.",
        key=("experiment_id", "customer_id"),
        sort_by=("assigned_at", "customer_id"),
        columns={
            "assigned_at": Column("timestamp", "when it was assigned"),
            "customer_id": id_column("account", references=CUSTOMER),
            "experiment_id": id_column("experiment", references="experiments.experiment_id"),
            "variant": Column("category", "arm", allowed=("control", "treatment")),
        },
    ),
    "rollout_units": Table(
        about="One store in one staggered roll-out; stores without a start are never treated.",
        key=("rollout_id", "location_id"),
        sort_by=("rollout_id", "location_id"),
        columns={
            "rollout_id": id_column("roll-out"),
            "rollout_name": Column("string", "name for people"),
            "location_id": id_column("store", references=LOCATION),
            "wave": Column("int16", "wave, from 1; 0 means never", low=0),
            "is_pilot": Column("bool", "in the first wave"),
            "started_date": Column("date", "first day with the service", nullable=True),
        },
    ),
}

TABLES: dict[str, Table] = {**_CORE, **OPERATION_TABLES, **MEMBER_TABLES, **CONTEXT_TABLES}
TRUTH_TABLES: dict[str, Table] = {
    **CORE_TRUTH,
    **OPERATION_TRUTH,
    **MEMBER_TRUTH,
    **CONTEXT_TRUTH,
    **WORLD_TRUTH,
    **RAW_TRUTH,
}
