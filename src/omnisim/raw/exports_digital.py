"""Where people are met without being seen: web, app, messages, advertisements."""

from __future__ import annotations

from collections.abc import Sequence

from omnisim.raw.declare import Export, Field, Format
from omnisim.raw.retailer import Retailer

_JSON = Format(kind="jsonl", is_gzip=True)
_PARQUET = Format(kind="parquet")
_CSV = Format(kind="csv")
_SEEN = "JOIN identities i USING (identity_id)"


def digital_exports(retailer: Retailer) -> list[Export]:
    """Exports of web analytics, the app, the platform for messages, and advertising accounts."""
    return [*_web(), *_app(), *_steps(), *_messages(), *_ads(retailer)]


def _stamp(column: str) -> Field:
    return Field(f"ms({column})", "milliseconds since 1970, UTC", ("unit_error",), kind="int")


def _flag(column: str, about: str) -> Field:
    return Field(column, about, kind="bool")


def _web() -> list[Export]:
    session = "digits(key_session(x.session_id))"
    return [
        Export(
            number=9,
            system="web",
            name="sessions",
            about="One visit to the web shop.",
            tables=("sessions", "identities"),
            source=f"sessions x {_SEEN} WHERE x.platform = 'web'",
            row="x.session_id",
            at="utc(x.started_at)",
            time_zone="UTC, epoch milliseconds",
            period="month",
            format=_JSON,
            key="ga_session_id",
            copies="bot",
            columns={
                "event_timestamp": _stamp("x.started_at"),
                "ga_session_id": Field(
                    session, "session", copy="digits(key_bot_session(x.session_id))"
                ),
                "user_pseudo_id": Field(
                    "public_id(i.identity_kind, x.identity_id)",
                    "client id of the browser",
                    copy="client_code(key_bot_client(x.session_id))",
                ),
                "user_id": Field(
                    "customer_code(x.customer_id)",
                    "CRM number when logged in",
                    ("missing",),
                    copy="NULL::VARCHAR",
                ),
                "traffic_source.medium": Field("x.channel", "channel that brought the visit"),
                "app_info.version": Field("x.release", "release of the shop", ("missing",)),
                "engagement.page_views": Field(
                    "x.n_page_views", "pages", kind="int", copy="x.n_page_views * 25"
                ),
                "engagement.add_to_cart": Field(
                    "x.has_add_to_cart", "cart filled", kind="bool", copy="false"
                ),
                "engagement.begin_checkout": Field(
                    "x.has_checkout", "checkout begun", kind="bool", copy="false"
                ),
                "engagement.purchase": Field("x.has_order", "ordered", kind="bool", copy="false"),
                "device.category": Field(
                    "x.device", "desktop, mobile or tablet", ("missing",), copy="'desktop'"
                ),
            },
        ),
        Export(
            number=10,
            system="web",
            name="clicks",
            about="One click that led to the web shop or the marketplace.",
            tables=("touchpoints", "identities"),
            source=f"touchpoints x {_SEEN} WHERE x.touch_kind = 'click' AND i.identity_kind <> 'app'",
            row="x.touchpoint_id",
            at="utc(x.touched_at)",
            time_zone="UTC, epoch milliseconds",
            period="month",
            format=_JSON,
            key="event_id",
            columns={
                "event_timestamp": _stamp("x.touched_at"),
                "event_id": Field("digits(key_event(x.touchpoint_id))", "event"),
                "user_pseudo_id": Field(
                    "public_id(i.identity_kind, x.identity_id)", "client id of the browser"
                ),
                "user_id": Field("customer_code(x.customer_id)", "CRM number", ("missing",)),
                "event_params.ga_session_id": Field(session, "session it started"),
                "event_params.consent": _flag("x.has_consent", "consent on file"),
                "traffic_source.medium": Field("x.channel", "channel"),
            },
        ),
    ]


def _app() -> list[Export]:
    zone = "UTC in `ts`; the phone's own zone is not kept"
    device = Field("public_id(i.identity_kind, x.identity_id)", "device")
    return [
        Export(
            number=11,
            system="app",
            name="app_opens",
            about="One use of the app.",
            tables=("sessions", "identities"),
            source=f"sessions x {_SEEN} WHERE x.platform = 'app'",
            row="x.session_id",
            at="utc(x.started_at)",
            time_zone=zone,
            period="month",
            format=_PARQUET,
            key="sessionId",
            columns={
                "ts": _stamp("x.started_at"),
                "sessionId": Field("digits(key_session(x.session_id))", "session"),
                "deviceId": device,
                "loginId": Field("customer_code(x.customer_id)", "CRM number", ("missing",)),
                "openedBy": Field("x.channel", "channel that brought the visit", ("missing",)),
                "appVersion": Field("x.release", "release", ("missing",)),
                "screenViews": Field("x.n_page_views", "screens", kind="int"),
                "addToCart": _flag("x.has_add_to_cart", "cart filled"),
                "checkout": _flag("x.has_checkout", "checkout begun"),
                "purchase": _flag("x.has_order", "ordered"),
                "tz": Field("'UTC'", "time zone of `ts`"),
            },
        ),
        Export(
            number=12,
            system="app",
            name="app_events",
            about="One click or store visit that the app noticed.",
            tables=("touchpoints", "identities"),
            source=f"touchpoints x {_SEEN} WHERE i.identity_kind = 'app' "
            "AND x.touch_kind IN ('click', 'visit')",
            row="x.touchpoint_id",
            at="utc(x.touched_at)",
            time_zone=zone,
            period="month",
            format=_PARQUET,
            key="eventId",
            columns={
                "ts": _stamp("x.touched_at"),
                "eventId": Field("digits(key_event(x.touchpoint_id))", "event"),
                "eventName": Field("x.touch_kind", "click or visit"),
                "deviceId": device,
                "loginId": Field("customer_code(x.customer_id)", "CRM number", ("missing",)),
                "sessionId": Field("digits(key_session(x.session_id))", "session it started"),
                "medium": Field("x.channel", "channel"),
                "consent": _flag("x.has_consent", "consent on file"),
                "tz": Field("'UTC'", "time zone of `ts`"),
            },
        ),
    ]


def _steps() -> list[Export]:
    """Steps within a session: the shop tags them for web analytics, the app on its own."""

    def export(number: int, system: str, name: str, form: Format, names: Sequence[str]) -> Export:
        platform = "web" if system == "web" else "app"
        step = "digits(key_session(x.session_id)) || '-' || x.event_number"
        fields = (
            _stamp("x.event_at"),
            Field(step, "session and step"),
            Field("digits(key_session(x.session_id))", "session"),
            Field("x.event_name", "what was done"),
            Field(
                "item_code(x.sku)", "article, as in erp/items", ("missing", "wrong_format"), "code"
            ),
            Field("x.n_units", "units", ("missing",), kind="int"),
            Field("order_code('web', x.order_id)", "order of the shop", ("missing",)),
        )
        return Export(
            number=number,
            system=system,
            name=name,
            about="One step of a session: an article seen, put in the cart, bought.",
            tables=("web_events", "sessions"),
            source="web_events x JOIN sessions s USING (session_id) "
            f"WHERE s.platform = '{platform}'",
            row="x.session_id * 1024 + x.event_number",
            at="utc(x.event_at)",
            time_zone="UTC, epoch milliseconds",
            period="month",
            format=form,
            key=names[1],
            columns=dict(zip(names, fields, strict=True)),
        )

    web = (
        "event_timestamp",
        "event_id",
        "event_params.ga_session_id",
        "event_name",
        "items.item_id",
        "items.quantity",
        "ecommerce.transaction_id",
    )
    app = ("ts", "stepId", "sessionId", "stepName", "itemId", "quantity", "orderNumber")
    return [
        export(29, "web", "events", _JSON, web),
        export(30, "app", "app_steps", _PARQUET, app),
    ]


def _messages() -> list[Export]:
    def export(number: int, name: str, about: str, kind: str) -> Export:
        return Export(
            number=number,
            system="messaging",
            name=name,
            about=about,
            tables=("touchpoints", "identities"),
            source=f"touchpoints x {_SEEN} WHERE x.touch_kind = '{kind}'",
            row="x.touchpoint_id",
            at="utc(x.touched_at)",
            time_zone="UTC",
            period="month",
            format=_CSV,
            key="event_id",
            columns={
                "event_id": Field("digits(key_event(x.touchpoint_id))", "event"),
                "time": Field(
                    "strftime(utc(x.touched_at), '%Y-%m-%d %H:%M:%S.%g')",
                    "YYYY-MM-DD, UTC, without zone",
                    ("wrong_format",),
                    "date",
                ),
                "list": Field("x.channel", "email, sms, app_push or community"),
                "subscriber": Field(
                    "public_id(i.identity_kind, x.identity_id)",
                    "A address as in crm/contact_points, D device",
                ),
                "contact_id": Field("customer_code(x.customer_id)", "CRM number", ("missing",)),
                "opt_in": Field(
                    "CASE WHEN x.has_consent THEN 'Y' ELSE 'N' END",
                    "consent on file when it was sent",
                    ("missing", "wrong_format"),
                    "yes_no",
                ),
            },
        )

    return [
        export(13, "sends", "One message sent.", "sent"),
        export(14, "opens", "One message opened.", "open"),
    ]


def _ads(retailer: Retailer) -> list[Export]:
    currency = retailer.scenario.market.currency
    total = "sum(media_cost_cents)::BIGINT"
    return [
        Export(
            number=15,
            system="ads",
            name="impressions",
            about="One advertisement shown to a browser the retailer knows.",
            tables=("touchpoints", "identities"),
            source=f"touchpoints x {_SEEN} WHERE x.touch_kind = 'impression'",
            row="x.touchpoint_id",
            at="utc(x.touched_at)",
            time_zone="UTC, epoch milliseconds",
            period="month",
            format=Format(kind="csv", delimiter="\t", is_gzip=True),
            key="impression_id",
            columns={
                "impression_id": Field("digits(key_event(x.touchpoint_id))", "impression"),
                "ts": _stamp("x.touched_at"),
                "campaign_type": Field("x.channel", "channel"),
                "client_id": Field(
                    "public_id(i.identity_kind, x.identity_id)", "client id of the browser"
                ),
                "crm_id": Field("customer_code(x.customer_id)", "CRM number, where matched"),
                "consent": Field(
                    "CASE WHEN x.has_consent THEN '1' ELSE '0' END", "1 with consent", ("missing",)
                ),
            },
        ),
        Export(
            number=16,
            system="ads",
            name="daily_cost",
            about="Cost of one channel on one day; the last row of each file holds the totals.",
            tables=("media_costs", "channels"),
            source="media_costs JOIN channels USING (channel)",
            row="day_number(cost_date) * 256 + channel_id",
            at="cost_date::TIMESTAMP",
            time_zone="days of the account, UTC",
            period="month",
            format=_CSV,
            key="Row",
            columns={
                "Row": Field(
                    "strftime(cost_date, '%Y%m%d') || '-' || channel_id",
                    "day and channel",
                    total="'Total'",
                ),
                "Day": Field("strftime(cost_date, '%b %d, %Y')", "such as Jan 06, 2025"),
                "Campaign type": Field("channel_label", "channel, as people call it"),
                "Impr.": Field(
                    "format('{:,}', n_impressions)",
                    "impressions or messages billed, thousands grouped",
                    ("missing",),
                    total="format('{:,}', sum(n_impressions)::BIGINT)",
                ),
                "Clicks": Field(
                    "format('{:,}', n_clicks)",
                    "clicks billed, thousands grouped",
                    ("missing",),
                    total="format('{:,}', sum(n_clicks)::BIGINT)",
                ),
                f"Cost ({currency})": Field(
                    "grouped(media_cost_cents, '.')",
                    "spend, thousands grouped",
                    ("wrong_format", "unit_error"),
                    "amount",
                    total=f"grouped({total}, '.')",
                ),
            },
        ),
    ]
