"""Where goods are sold and paid: tills, the web shop, the marketplace, the payment service."""

from __future__ import annotations

from omnisim.raw.declare import Export, Field, Format
from omnisim.raw.retailer import Retailer

_SHOP = Format(kind="jsonl", is_gzip=True)
_MARKET = Format(kind="jsonl")
_IDENTITY = "LEFT JOIN identities i ON i.identity_id = o.identity_id"
_IN_SHOP = "o.order_channel NOT IN ('store', 'marketplace')"


def sales_exports(retailer: Retailer) -> list[Export]:
    """Exports of the tills, the shop, the marketplace and the payment service."""
    return [*_tills(retailer), *_shop(), *_marketplace(retailer), _payments(retailer)]


def _tills(retailer: Retailer) -> list[Export]:
    zones = ", ".join(f"{zone} ({region})" for region, zone in retailer.zones.items())

    def export(number: int, name: str, about: str, **more: object) -> Export:
        return Export(
            number=number,
            system="pos",
            name=name,
            about=about,
            time_zone=f"local time of the store's region: {zones}",
            period="day",
            format=retailer.till_format,
            **more,  # type: ignore[arg-type]
        )

    def money(sql: str, about: str) -> Field:
        return Field(
            f"amount({sql}, ',')",
            f"{about}, decimal comma",
            ("wrong_format", "unit_error"),
            "amount",
        )

    def clock(column: str) -> dict[str, Field]:
        at = f"local({column}, l.region)"
        return {
            "Date": Field(
                f"strftime({at}, '%d.%m.%Y')", "DD.MM.YYYY, local", ("wrong_format",), "date"
            ),
            "Time": Field(f"strftime({at}, '%H:%M:%S.%g')", "local, without zone"),
        }

    store = {"StoreNo": Field("site_code(l.location_id)", "store code, as in erp/sites")}
    receipt = {"ReceiptNo": Field("order_code('store', o.order_id)", "receipt")}
    article = {"EAN": Field("ean(x.sku)", "EAN-13 within the company, as in erp/items")}
    return [
        export(
            1,
            "receipts",
            "One receipt.",
            tables=("orders", "locations", "identities"),
            source=f"orders o JOIN locations l USING (location_id) {_IDENTITY} "
            "WHERE o.order_channel = 'store'",
            row="o.order_id",
            at="local(o.ordered_at, l.region)",
            key="ReceiptNo",
            columns={
                **store,
                "Store": Field("l.location_name", "name of the store", ("missing",)),
                **receipt,
                **clock("o.ordered_at"),
                "ShownId": Field(
                    "public_id(i.identity_kind, i.identity_id)",
                    "what the buyer was known by: L card, D app, T payment token, A address",
                    ("missing", "wrong_format"),
                    "code",
                ),
                "CustomerNo": Field("customer_code(o.customer_id)", "CRM number", ("missing",)),
                "PayToken": Field(
                    "'T' || digits(key_token(o.payment_identity_id))", "empty for cash"
                ),
                "Voucher": Field("o.coupon_code", "coupon", ("missing", "wrong_format"), "code"),
                "Qty": Field("o.n_units", "units"),
                "Gross": money("o.gross_amount_cents", "list price"),
                "Discount": money("o.discount_amount_cents", "taken off"),
                "Total": money("o.net_amount_cents", "to pay"),
                "Void": Field(
                    "CASE o.status WHEN 'cancelled' THEN 'Y' ELSE 'N' END",
                    "Y when voided",
                    ("wrong_format",),
                    "yes_no",
                ),
            },
        ),
        export(
            2,
            "receipt_lines",
            "One article on one receipt.",
            tables=("order_lines", "orders", "locations", "products"),
            source="order_lines x JOIN orders o USING (order_id) JOIN locations l USING "
            "(location_id) JOIN products p ON p.sku = x.sku WHERE o.order_channel = 'store'",
            row="x.order_line_id",
            at="local(x.ordered_at, l.region)",
            key="LineNo",
            columns={
                **store,
                **receipt,
                "LineNo": Field("digits(key_line(x.order_line_id))", "line"),
                **clock("x.ordered_at"),
                **article,
                "Text": Field("p.product_name", "name as printed", ("missing",)),
                "Qty": Field("x.n_units", "units"),
                "Gross": money("x.gross_amount_cents", "list price"),
                "Discount": money("x.discount_amount_cents", "taken off"),
                "Total": money("x.net_amount_cents", "to pay"),
            },
        ),
        export(
            3,
            "returns",
            "One article brought back to a till.",
            tables=("returns", "orders", "locations"),
            source="returns x JOIN orders o USING (order_id) JOIN locations l ON l.location_id = "
            "x.location_id WHERE x.return_channel = 'store'",
            row="x.return_id",
            at="local(x.returned_at, l.region)",
            key="ReturnNo",
            columns={
                **store,
                "ReturnNo": Field("digits(key_return(x.return_id))", "return"),
                **clock("x.returned_at"),
                "OriginalNo": Field(
                    "order_code(o.order_channel, o.order_id)",
                    "receipt (R), shop order (W-) or marketplace order (#) of the purchase",
                    ("missing",),
                ),
                "OriginalLine": Field("digits(key_line(x.order_line_id))", "line of it"),
                **article,
                "Qty": Field("x.n_units", "units"),
                "Refund": money("x.refund_amount_cents", "paid back"),
                "Reason": Field("upper(x.return_reason)", "as stated", ("missing",)),
            },
        ),
    ]


def _shop() -> list[Export]:
    def export(number: int, name: str, about: str, **more: object) -> Export:
        return Export(
            number=number,
            system="shop",
            name=name,
            about=about,
            time_zone="UTC, ISO 8601 with Z",
            period="month",
            format=_SHOP,
            **more,  # type: ignore[arg-type]
        )

    def money(sql: str, about: str) -> Field:
        return Field(
            f"amount({sql}, '.')", about, ("wrong_format", "unit_error"), "amount", "number"
        )

    def moment(sql: str, about: str) -> Field:
        return Field(f"iso({sql})", about, ("wrong_format",), "date")

    number = Field("order_code('web', o.order_id)", "order")
    return [
        export(
            5,
            "orders",
            "One order of the web shop, the app, social shops or the call centre.",
            tables=("orders", "identities"),
            source=f"orders o {_IDENTITY} WHERE {_IN_SHOP}",
            row="o.order_id",
            at="utc(o.ordered_at)",
            key="orderNumber",
            columns={
                "orderNumber": number,
                "createdAt": moment("o.ordered_at", "when it was placed"),
                "source": Field("o.order_channel", "where it was placed"),
                "customer.crmNumber": Field(
                    "customer_code(o.customer_id)", "CRM number; null for guests", ("missing",)
                ),
                "customer.seenAs": Field(
                    "public_id(i.identity_kind, i.identity_id)",
                    "client id of the browser, D device, A address",
                    ("missing",),
                ),
                "session": Field("digits(key_session(o.session_id))", "session in web or app"),
                "payment.token": Field(
                    "'T' || digits(key_token(o.payment_identity_id))", "payment token"
                ),
                "payment.gross": money("o.gross_amount_cents", "list price"),
                "payment.discount": money("o.discount_amount_cents", "taken off"),
                "payment.total": money("o.net_amount_cents", "to pay"),
                "voucher": Field("o.coupon_code", "coupon", ("wrong_format",), "code"),
                "units": Field("o.n_units", "units", kind="int"),
                "delivery.method": Field("o.fulfilment", "how it reaches the buyer"),
                "delivery.site": Field(
                    "site_code(o.location_id)", "who serves it, as in erp/sites"
                ),
                "delivery.promisedAt": moment("o.promised_at", "promised at the latest by"),
                "delivery.handedOverAt": moment("o.fulfilled_at", "null when not (yet)"),
                "state.value": Field("upper(o.status)", "COMPLETED or CANCELLED"),
                "state.cancelledAt": moment("o.cancelled_at", "when cancelled"),
                "state.reason": Field("o.cancel_reason", "why cancelled", ("missing",)),
            },
        ),
        export(
            6,
            "order_items",
            "One article of one order of the shop.",
            tables=("order_lines", "orders"),
            source=f"order_lines x JOIN orders o USING (order_id) WHERE {_IN_SHOP}",
            row="x.order_line_id",
            at="utc(x.ordered_at)",
            key="itemId",
            columns={
                "itemId": Field("digits(key_line(x.order_line_id))", "item"),
                "orderNumber": number,
                "article": Field(
                    "item_code(x.sku)", "article, as in erp/items", ("wrong_format",), "code"
                ),
                "units": Field("x.n_units", "units", kind="int"),
                "gross": money("x.gross_amount_cents", "list price"),
                "discount": money("x.discount_amount_cents", "taken off"),
                "total": money("x.net_amount_cents", "to pay"),
            },
        ),
    ]


def _marketplace(retailer: Retailer) -> list[Export]:
    currency = retailer.scenario.market.currency
    permille = round(1000 * retailer.scenario.payments.marketplace_fee)

    def export(number: int, name: str, about: str, **more: object) -> Export:
        return Export(
            number=number,
            system="marketplace",
            name=name,
            about=about,
            time_zone="UTC, seconds since 1970 with fraction",
            period="month",
            format=_MARKET,
            **more,  # type: ignore[arg-type]
        )

    def money(sql: str, about: str) -> Field:
        return Field(f"'{currency} ' || grouped({sql}, '.')", f"{about}, text with currency")

    number = Field("order_code('marketplace', o.order_id)", "order number of the marketplace")
    return [
        export(
            7,
            "orders",
            "One order at the marketplace.",
            tables=("orders",),
            source="orders o WHERE o.order_channel = 'marketplace'",
            row="o.order_id",
            at="utc(o.ordered_at)",
            key="order_no",
            columns={
                "order_no": number,
                "placed": Field(
                    "(ms(o.ordered_at) // 1000)::VARCHAR || '.' || "
                    "lpad((ms(o.ordered_at) % 1000)::VARCHAR, 3, '0')",
                    "when it was placed",
                    kind="number",
                ),
                "buyer": Field(
                    "'B' || digits(key_buyer(o.identity_id))",
                    "pseudonym of the buyer; never an address",
                    ("missing",),
                ),
                "seller_customer_ref": Field(
                    "customer_code(o.customer_id)", "CRM number of buyers who linked their account"
                ),
                "pay_ref": Field("'T' || digits(key_token(o.payment_identity_id))", "token"),
                "list_price": money("o.gross_amount_cents", "list price"),
                "promotion": money("o.discount_amount_cents", "taken off"),
                "paid": money("o.net_amount_cents", "paid"),
                "fee": money(
                    f"(o.net_amount_cents * {permille} + 500) // 1000",
                    f"commission, {permille / 10:g} % of what was paid",
                ),
                "promo_code": Field("o.coupon_code", "coupon"),
                "pieces": Field("o.n_units", "units", kind="int"),
                "ship_from": Field("site_code(o.location_id)", "as in erp/sites"),
                "ship_by": Field("iso(o.promised_at)", "ISO 8601", ("wrong_format",), "date"),
                "shipped": Field("iso(o.fulfilled_at)", "ISO 8601", ("wrong_format",), "date"),
                "cancelled": Field("iso(o.cancelled_at)", "ISO 8601", ("wrong_format",), "date"),
                "cancel_code": Field("o.cancel_reason", "why cancelled", ("missing",)),
            },
        ),
        export(
            8,
            "order_items",
            "One article of one order at the marketplace.",
            tables=("order_lines", "orders"),
            source="order_lines x JOIN orders o USING (order_id) "
            "WHERE o.order_channel = 'marketplace'",
            row="x.order_line_id",
            at="utc(x.ordered_at)",
            key="item_no",
            columns={
                "item_no": Field("digits(key_line(x.order_line_id))", "item"),
                "order_no": number,
                "gtin": Field("ean(x.sku)", "EAN-13, as in erp/items", ("missing",)),
                "pieces": Field("x.n_units", "units", kind="int"),
                "list_price": money("x.gross_amount_cents", "list price"),
                "promotion": money("x.discount_amount_cents", "taken off"),
                "paid": money("x.net_amount_cents", "paid"),
            },
        ),
    ]


def _payments(retailer: Retailer) -> Export:
    currency = retailer.scenario.market.currency

    def money(sql: str, about: str) -> Field:
        return Field(
            f"amount({sql}, '.') || ' {currency}'",
            f"{about}, with currency",
            ("wrong_format",),
            "code",
        )

    return Export(
        number=33,
        system="psp",
        name="payments",
        about="One payment, refund or chargeback at the payment service.",
        tables=("payments", "orders"),
        source="payments x JOIN orders o USING (order_id)",
        row="x.payment_id",
        at="utc(x.paid_at)",
        time_zone="UTC",
        period="month",
        format=Format(kind="csv"),
        key="Transaction",
        columns={
            "Transaction": Field("'P' || digits(key_event(x.payment_id))", "payment"),
            "Booked": Field(
                "strftime(utc(x.paid_at), '%Y-%m-%d %H:%M:%S.%g')",
                "YYYY-MM-DD, UTC, without zone",
                ("wrong_format",),
                "date",
            ),
            "Reference": Field(
                "order_code(o.order_channel, x.order_id)",
                "receipt (R), shop order (W-) or marketplace order (#)",
                ("missing", "wrong_format"),
                "code",
            ),
            "Type": Field("upper(x.payment_kind)", "kind"),
            "Method": Field("x.payment_method", "method", ("missing",)),
            "Amount": money("x.amount_cents", "amount"),
            "Fee": money("x.fee_cents", "kept by the service"),
            "Return": Field("digits(key_return(x.return_id))", "return it pays back"),
            "Dispute": Field("x.chargeback_reason", "why it was charged back", ("missing",)),
        },
    )
