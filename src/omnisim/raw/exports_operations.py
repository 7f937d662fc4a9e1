"""Goods and places: the ERP with its warehouse, and the counters at the doors."""

from __future__ import annotations

from omnisim.raw.declare import Export, Field, Format
from omnisim.raw.retailer import Retailer

_PIPE = Format(kind="csv", encoding="utf-8", delimiter="|")
_PARQUET = Format(kind="parquet")
_LOCAL_DAYS = "days without time"


def operations_exports(retailer: Retailer) -> list[Export]:
    """Exports of the ERP and of the door counters."""
    return [*_erp(retailer), _doors()]


def _erp(retailer: Retailer) -> list[Export]:
    currency = retailer.scenario.market.currency
    site = Field("site_code(x.location_id)", "site")
    article = Field("item_code(x.sku)", "article")

    def export(number: int, name: str, about: str, **more: object) -> Export:
        return Export(number=number, system="erp", name=name, about=about, **more)  # type: ignore[arg-type]

    def day(column: str) -> Field:
        return Field(f"strftime({column}, '%Y%m%d')", "YYYYMMDD", ("wrong_format",), "date")

    def money(sql: str, about: str) -> Field:
        return Field(f"amount({sql}, '.')", f"{about} [{currency}]", ("wrong_format",), "amount")

    def moment(column: str, about: str) -> Field:
        return Field(f"iso({column})", about, ("missing", "wrong_format"), "date")

    def goods_row(date_column: str) -> str:
        return f"((day_number({date_column}) << 36) | (x.location_id << 20) | x.sku)"

    return [
        export(
            23,
            "items",
            "One article.",
            tables=("products",),
            source="products x",
            row="x.sku",
            at="TIMESTAMP '1970-01-01'",
            time_zone=_LOCAL_DAYS,
            period="all",
            format=_PIPE,
            key="ARTICLE",
            columns={
                "ARTICLE": article,
                "EAN": Field("ean(x.sku)", "EAN-13 within the company", ("missing",)),
                "TEXT": Field("x.product_name", "name", ("typo",)),
                "GROUP": Field("x.category", "top of the category tree", ("missing",)),
                "SUBGROUP": Field("x.subcategory", "second level", ("missing",)),
                "LIST_PRICE": money("x.list_price_cents", "before discount"),
                "COST": money("x.unit_cost_cents", "landed cost"),
            },
        ),
        export(
            24,
            "stock",
            "Stock of one article at one site at the end of a day on which it moved, or weekly.",
            tables=("inventory_snapshots",),
            source="inventory_snapshots x",
            row=goods_row("x.snapshot_date"),
            at="x.snapshot_date::TIMESTAMP",
            time_zone=_LOCAL_DAYS,
            period="month",
            format=_PARQUET,
            key="row_no",
            columns={
                "row_no": Field(
                    "strftime(x.snapshot_date, '%Y%m%d') || site_code(x.location_id) || "
                    "item_code(x.sku)",
                    "day, site and article",
                ),
                "stock_date": day("x.snapshot_date"),
                "site": site,
                "article": article,
                "goods_in": Field("x.n_received", "units received", ("missing",), kind="int"),
                "goods_out": Field("x.n_sold", "units taken by orders", kind="int"),
                "correction": Field("x.n_adjusted", "units found or lost", kind="int"),
                "on_hand": Field("x.n_on_hand", "units at the end", ("missing",), kind="int"),
                "blocked": Field("x.is_stocked_out", "could not be sold", kind="bool"),
            },
        ),
        export(
            25,
            "counts",
            "One article counted at one site.",
            tables=("inventory_audits",),
            source="inventory_audits x",
            row=goods_row("x.audit_date"),
            at="x.audit_date::TIMESTAMP",
            time_zone=_LOCAL_DAYS,
            period="month",
            format=_PIPE,
            key="COUNT",
            columns={
                "COUNT": Field(
                    "strftime(x.audit_date, '%Y%m%d') || site_code(x.location_id) || "
                    "item_code(x.sku)",
                    "day, site and article",
                ),
                "DATE": day("x.audit_date"),
                "SITE": site,
                "ARTICLE": article,
                "BOOK": Field("x.n_system", "units the system showed"),
                "COUNTED": Field("x.n_counted", "units counted", ("missing",)),
            },
        ),
        export(
            26,
            "parcel_returns",
            "One article that came back by parcel.",
            tables=("returns", "orders"),
            source="returns x JOIN orders o USING (order_id) WHERE x.return_channel <> 'store'",
            row="x.return_id",
            at="utc(x.returned_at)",
            time_zone="UTC, YYYYMMDDHHMMSS",
            period="month",
            format=_PIPE,
            key="RETURN",
            columns={
                "RETURN": Field("digits(key_return(x.return_id))", "return"),
                "BOOKED": Field(
                    "strftime(utc(x.returned_at), '%Y%m%d%H%M%S') || "
                    "lpad((ms(x.returned_at) % 1000)::VARCHAR, 3, '0')",
                    "YYYYMMDDHHMMSS and milliseconds, UTC",
                ),
                "ORDER": Field(
                    "order_code(o.order_channel, o.order_id)",
                    "receipt (R), shop order (W-) or marketplace order (#)",
                    ("missing",),
                ),
                "ORDER_LINE": Field("digits(key_line(x.order_line_id))", "line"),
                "ARTICLE": article,
                "UNITS": Field("x.n_units", "units"),
                "REFUND": money("x.refund_amount_cents", "paid back"),
                "REASON": Field("upper(x.return_reason)", "as stated", ("missing",)),
                "SITE": site,
            },
        ),
        export(
            31,
            "prices",
            "One price of one article and the days it held.",
            tables=("prices",),
            source="prices x",
            row="(x.sku << 16) | day_number(x.valid_from_date)",
            at="x.valid_from_date::TIMESTAMP",
            time_zone=_LOCAL_DAYS,
            period="all",
            format=_PIPE,
            key="PRICE_KEY",
            columns={
                "PRICE_KEY": Field(
                    "item_code(x.sku) || '-' || strftime(x.valid_from_date, '%Y%m%d')",
                    "article and first day",
                ),
                "ARTICLE": article,
                "FROM": day("x.valid_from_date"),
                "TO": day("x.valid_to_date"),
                "PRICE": money("x.price_cents", "to pay"),
                "LIST_PRICE": money("x.list_price_cents", "before promotions"),
            },
        ),
        export(
            32,
            "shipments",
            "One shipment or one parcel to be collected.",
            tables=("shipments", "orders"),
            source="shipments x JOIN orders o USING (order_id)",
            row="x.shipment_id",
            at="utc(x.ordered_at)",
            time_zone="UTC, ISO 8601 with Z",
            period="month",
            format=_PIPE,
            key="SHIPMENT",
            columns={
                "SHIPMENT": Field("'V' || digits(key_event(x.shipment_id))", "shipment"),
                "ORDER": Field(
                    "order_code(o.order_channel, o.order_id)",
                    "receipt (R), shop order (W-) or marketplace order (#)",
                    ("wrong_format",),
                    "code",
                ),
                "SITE": site,
                "CARRIER": Field("x.carrier", "carrier", ("missing",)),
                "PROMISED": moment("x.promised_at", "promised at the latest by"),
                "SHIPPED": moment("x.shipped_at", "left the site"),
                "DELIVERED": moment("x.delivered_at", "arrived"),
                "READY": moment("x.ready_at", "ready to be collected"),
                "COLLECTED": moment("x.picked_up_at", "collected"),
                "FREIGHT": money("x.shipping_cost_cents", "paid to the carrier"),
            },
        ),
        export(
            34,
            "purchase_orders",
            "One article ordered from a supplier.",
            tables=("purchase_orders",),
            source="purchase_orders x",
            row="x.purchase_order_id",
            at="x.ordered_date::TIMESTAMP",
            time_zone=_LOCAL_DAYS,
            period="month",
            format=_PIPE,
            key="PO",
            columns={
                "PO": Field("'E' || digits(key_event(x.purchase_order_id))", "purchase order"),
                "ORDERED": day("x.ordered_date"),
                "SUPPLIER": Field("x.supplier_id", "supplier", ("missing",)),
                "SITE": site,
                "ARTICLE": article,
                "UNITS": Field("x.n_ordered", "units ordered"),
                "PROMISED": day("x.promised_date"),
                "RECEIVED": day("x.received_date"),
                "UNITS_IN": Field("x.n_received", "units received", ("missing",)),
            },
        ),
        export(
            27,
            "sites",
            "One store or the distribution centre.",
            tables=("locations",),
            source="locations x",
            row="x.location_id",
            at="TIMESTAMP '1970-01-01'",
            time_zone=_LOCAL_DAYS,
            period="all",
            format=_PIPE,
            key="SITE",
            columns={
                "SITE": site,
                "KIND": Field("upper(x.location_kind)", "STORE or DC"),
                "NAME": Field("x.location_name", "name", ("typo",)),
                "REGION": Field("x.region", "sales region", ("missing",)),
                "LAT": Field("x.latitude", "WGS 84 [degree]"),
                "LON": Field("x.longitude", "WGS 84 [degree]"),
                "AREA": Field("x.floor_area_m2", "sales area [m2]"),
                "OPENED": day("x.opened_date"),
            },
        ),
    ]


def _doors() -> Export:
    return Export(
        number=28,
        system="doors",
        name="visitors",
        about="Visitors of one store on one day.",
        tables=("store_traffic",),
        source="store_traffic x",
        row="day_number(x.traffic_date) * 1048576 + x.location_id",
        at="x.traffic_date::TIMESTAMP",
        time_zone=_LOCAL_DAYS,
        period="month",
        format=Format(kind="csv", delimiter="\t"),
        key="reading",
        columns={
            "reading": Field(
                "strftime(x.traffic_date, '%Y%m%d') || site_code(x.location_id)", "day and site"
            ),
            "date": Field(
                "strftime(x.traffic_date, '%Y-%m-%d')", "YYYY-MM-DD", ("wrong_format",), "date"
            ),
            "site": Field("site_code(x.location_id)", "as in erp/sites"),
            "in": Field("x.n_visitors", "people who came in", ("missing",)),
        },
    )
