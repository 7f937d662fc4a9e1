"""What is known of people: the CRM, and what they told the service desk."""

from __future__ import annotations

from omnisim.raw.declare import Export, Field, Format
from omnisim.raw.retailer import Retailer

_FORM = Format(kind="csv", encoding="utf-8-sig")
_DESK = Format(kind="jsonl")


def member_exports(retailer: Retailer) -> list[Export]:
    """Exports of the CRM and of the service desk."""
    return [*_crm(retailer), *_service()]


def _crm(retailer: Retailer) -> list[Export]:
    country, digits = ("+86-1", 10) if retailer.is_chinese else ("+1-555-", 7)
    address = "key_address(i.identity_id)"
    phone = f"'{country}' || lpad(({address} % {10**digits})::VARCHAR, {digits}, '0')"
    name = "trim(lower(regexp_replace(coalesce(c.full_name, ''), '[^A-Za-z]+', '.', 'g')), '.')"
    email = (
        f"CASE WHEN {name} = '' THEN 'user' ELSE {name} END || ({address} % 1000000)::VARCHAR "
        "|| '@example.com'"
    )

    def export(number: int, name: str, about: str, **more: object) -> Export:
        return Export(number=number, system="crm", name=name, about=about, **more)  # type: ignore[arg-type]

    def customer_of(sql: str) -> Field:
        return Field(f"customer_code({sql})", "customer")

    customer = customer_of("c.customer_id")
    dates = f"UTC; {retailer.form_date_words} and HH:MM:SS"
    return [
        export(
            17,
            "customers",
            "One customer record. A person may have several.",
            tables=("customers", "locations"),
            source="customers c",
            row="c.customer_id",
            at="utc(c.joined_at)",
            time_zone=dates,
            period="all",
            format=_FORM,
            key="Customer No.",
            copies="duplicate_record",
            columns={
                "Customer No.": Field(
                    "customer_code(c.customer_id)",
                    "customer",
                    copy="'C' || digits(key_second_record(c.customer_id))",
                ),
                "Created": Field(
                    f"strftime(utc(c.joined_at), '{retailer.form_date} %H:%M:%S')",
                    f"{retailer.form_date_words} HH:MM:SS, UTC",
                    ("missing", "wrong_format"),
                    "date",
                ),
                "Origin": Field("upper(c.join_channel)", "ONLINE or STORE", ("missing",)),
                "Name": Field("c.full_name", "as typed", ("typo",)),
                "Street": Field("c.street_address", "as typed", ("typo", "missing")),
                "City": Field("c.city", "as typed", ("typo", "missing")),
                "Region": Field("c.region", "sales region", ("missing",)),
                "Home store": Field("site_code(c.home_location_id)", "as in erp/sites"),
                "Birth year": Field("c.birth_year", "as stated", ("missing",)),
                "App user": Field(
                    "CASE WHEN c.has_app THEN 'Y' ELSE 'N' END",
                    "Y or N",
                    ("wrong_format",),
                    "yes_no",
                ),
            },
        ),
        export(
            18,
            "contact_points",
            "One way to reach or to recognise somebody, and the customer it belongs to.",
            tables=("identities", "customers"),
            source="identities i LEFT JOIN customers c USING (customer_id)",
            row="i.identity_id",
            at="utc(i.first_seen_at)",
            time_zone="UTC, ISO 8601 with Z",
            period="all",
            format=_FORM,
            key="Contact ID",
            columns={
                "Contact ID": Field(
                    "public_id(i.identity_kind, i.identity_id)",
                    "A address, L card, T payment token, D device, or the client id of a browser",
                ),
                "Kind": Field("i.identity_kind", "kind"),
                "Customer No.": customer,
                "E-mail": Field(
                    f"CASE i.identity_kind WHEN 'email' THEN {email} END",
                    "address; made up for the export",
                    ("missing", "typo", "wrong_format"),
                    "email",
                ),
                "Phone": Field(
                    f"CASE i.identity_kind WHEN 'phone' THEN {phone} END",
                    "number; made up for the export",
                    ("missing", "wrong_format"),
                    "phone",
                ),
                "First seen": Field("iso(i.first_seen_at)", "UTC", ("wrong_format",), "date"),
                "Last seen": Field("iso(i.last_seen_at)", "UTC", ("wrong_format",), "date"),
            },
        ),
        export(
            19,
            "consents",
            "One consent to one kind of message; dates are DD/MM/YYYY here, not as in customers.",
            tables=("customers",),
            source="(SELECT *, 0 AS kind FROM customers UNION ALL SELECT *, 1 FROM customers) c",
            row="c.customer_id * 2 + c.kind",
            at="utc(c.joined_at)",
            time_zone="UTC; DD/MM/YYYY and HH:MM:SS",
            period="all",
            format=_FORM,
            key="Consent",
            columns={
                "Consent": Field(
                    "customer_code(c.customer_id) || '-' || c.kind", "customer and kind"
                ),
                "Customer No.": customer,
                "List": Field("CASE c.kind WHEN 0 THEN 'email' ELSE 'sms' END", "email or sms"),
                "Opted in": Field(
                    "CASE WHEN CASE c.kind WHEN 0 THEN c.has_email_consent "
                    "ELSE c.has_sms_consent END THEN 'Y' ELSE 'N' END",
                    "Y or N",
                    ("missing", "wrong_format"),
                    "yes_no",
                ),
                "Asked": Field(
                    "strftime(utc(c.joined_at), '%d/%m/%Y %H:%M:%S')",
                    "DD/MM/YYYY, UTC",
                    ("wrong_format",),
                    "date",
                ),
                "Withdrawn": Field(
                    "strftime(utc(c.consent_withdrawn_at), '%d/%m/%Y %H:%M:%S')",
                    "DD/MM/YYYY, UTC; empty when it stands",
                    ("missing", "wrong_format"),
                    "date",
                ),
            },
        ),
        export(
            20,
            "store_visits",
            "One visit to a store by somebody who showed a card or paid with a known token.",
            tables=("touchpoints", "identities"),
            source="touchpoints x JOIN identities i USING (identity_id) "
            "WHERE x.touch_kind = 'visit' AND i.identity_kind <> 'app'",
            row="x.touchpoint_id",
            at="utc(x.touched_at)",
            time_zone="UTC, ISO 8601 with Z",
            period="month",
            format=_FORM,
            key="Visit",
            columns={
                "Visit": Field("digits(key_event(x.touchpoint_id))", "visit"),
                "At": Field("iso(x.touched_at)", "UTC", ("wrong_format",), "date"),
                "Contact ID": Field(
                    "public_id(i.identity_kind, x.identity_id)", "as in contact_points"
                ),
                "Customer No.": Field("customer_code(x.customer_id)", "customer", ("missing",)),
                "Opted in": Field(
                    "CASE WHEN x.has_consent THEN 'Y' ELSE 'N' END", "Y or N", ("missing",)
                ),
            },
        ),
        export(
            35,
            "points",
            "One booking of loyalty points.",
            tables=("loyalty_ledger", "orders"),
            source="loyalty_ledger x LEFT JOIN orders o USING (order_id)",
            row="x.ledger_entry_id",
            at="utc(x.recorded_at)",
            time_zone="UTC, ISO 8601 with Z",
            period="month",
            format=_FORM,
            key="Booking",
            columns={
                "Booking": Field("digits(key_event(x.ledger_entry_id))", "booking"),
                "At": Field("iso(x.recorded_at)", "UTC", ("wrong_format",), "date"),
                "Customer No.": customer_of("x.customer_id"),
                "Kind": Field("upper(x.entry_kind)", "kind", ("missing",)),
                "Points": Field("x.n_points", "points, negative when they go"),
                "Balance": Field("x.balance_after_points", "after the booking", ("missing",)),
                "Order": Field(
                    "CASE WHEN x.order_id IS NOT NULL "
                    "THEN order_code(o.order_channel, x.order_id) END",
                    "receipt or order",
                    ("missing",),
                ),
            },
        ),
    ]


def _service() -> list[Export]:
    def export(number: int, name: str, about: str, **more: object) -> Export:
        return Export(
            number=number,
            system="service",
            name=name,
            about=about,
            time_zone="UTC, ISO 8601 with Z",
            period="month",
            format=_DESK,
            **more,  # type: ignore[arg-type]
        )

    def moment(sql: str, about: str) -> Field:
        return Field(f"iso({sql})", about, ("wrong_format",), "date")

    return [
        export(
            21,
            "surveys",
            "One invitation to say how likely one is to recommend the retailer.",
            tables=("survey_invitations", "orders"),
            source="survey_invitations x JOIN orders o USING (order_id)",
            row="x.survey_invitation_id",
            at="utc(x.invited_at)",
            key="invitation.id",
            columns={
                "invitation.id": Field(
                    "digits(key_invitation(x.survey_invitation_id))", "invitation"
                ),
                "invitation.sentAt": moment("x.invited_at", "when it was sent"),
                "invitation.contact": Field("customer_code(x.customer_id)", "CRM number"),
                "invitation.about": Field(
                    "order_code(o.order_channel, o.order_id)", "receipt or order", ("missing",)
                ),
                "answer.at": moment("x.answered_at", "when answered; null when silent"),
                "answer.score": Field("x.nps_score", "0 to 10", ("missing",), kind="int"),
            },
        ),
        export(
            22,
            "calls",
            "One call at the call centre.",
            tables=("touchpoints", "identities"),
            source="touchpoints x JOIN identities i USING (identity_id) "
            "WHERE x.touch_kind = 'call'",
            row="x.touchpoint_id",
            at="utc(x.touched_at)",
            key="call",
            columns={
                "call": Field("digits(key_event(x.touchpoint_id))", "call"),
                "at": moment("x.touched_at", "when it came in"),
                "caller.contact": Field(
                    "public_id(i.identity_kind, x.identity_id)", "as in crm/contact_points"
                ),
                "caller.customer": Field(
                    "customer_code(x.customer_id)", "CRM number", ("missing",)
                ),
                "consent": Field("x.has_consent", "consent on file", kind="bool"),
            },
        ),
        export(
            36,
            "tickets",
            "One contact with the service desk.",
            tables=("service_contacts", "identities", "orders"),
            source="service_contacts x LEFT JOIN identities i USING (identity_id) "
            "LEFT JOIN orders o USING (order_id)",
            row="x.service_contact_id",
            at="utc(x.opened_at)",
            key="ticket",
            columns={
                "ticket": Field("digits(key_event(x.service_contact_id))", "ticket"),
                "openedAt": moment("x.opened_at", "when the customer called or wrote"),
                "contact.point": Field(
                    "CASE WHEN x.identity_id IS NOT NULL "
                    "THEN public_id(i.identity_kind, x.identity_id) END",
                    "as in crm/contact_points",
                ),
                "contact.customer": Field(
                    "customer_code(x.customer_id)", "CRM number", ("missing",)
                ),
                "about": Field(
                    "CASE WHEN x.order_id IS NOT NULL "
                    "THEN order_code(o.order_channel, x.order_id) END",
                    "receipt or order",
                    ("missing",),
                ),
                "reason": Field("x.contact_reason", "reason", ("missing",)),
                "via": Field("x.contact_channel", "channel"),
                "waitedSeconds": Field("round(x.wait_minutes * 60)::BIGINT", "wait", kind="int"),
                "workedSeconds": Field("round(x.handle_minutes * 60)::BIGINT", "work", kind="int"),
                "closedAt": moment("x.resolved_at", "when it was settled; null while open"),
                "closedAtOnce": Field(
                    "x.is_resolved_first_contact", "settled by the first answer", kind="bool"
                ),
            },
        ),
        export(
            37,
            "comments",
            "One comment left with an answer to a survey or a rating.",
            tables=("survey_comments",),
            source="survey_comments x",
            row="x.survey_comment_id",
            at="utc(x.commented_at)",
            key="comment",
            columns={
                "comment": Field("digits(key_event(x.survey_comment_id))", "comment"),
                "at": moment("x.commented_at", "when it was written"),
                "invitation": Field(
                    "digits(key_invitation(x.survey_invitation_id))",
                    "as in surveys; null for a rating",
                ),
                "text": Field("x.comment_text", "what was written", ("typo",)),
            },
        ),
    ]
