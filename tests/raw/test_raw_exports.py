"""Without defects the exports say what the tables say; with them, the ledger leads back exactly."""

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from omnisim.raw import RawKey, clean_ids, restore_export
from omnisim.raw.exports import all_exports
from omnisim.raw.restore import read_export
from omnisim.raw.retailer import Retailer
from omnisim.scenario import load_scenario
from omnisim.schema import TABLES
from omnisim.schema.raw import RAW_DEFECT_KINDS, RAW_SYSTEMS
from omnisim.storage.raw_manifest import read_raw_manifest

EXPORTS = [
    f"{export.system}/{export.name}"
    for export in all_exports(Retailer(load_scenario("sample")), TABLES)
]


def by_text(rows):
    return sorted(rows, key=lambda row: [cell or "" for cell in row])


def frame(dataset, export):
    """All rows of an export, as text, with the names of its file."""
    manifest = read_raw_manifest(dataset.path)
    entry = next(e for e in manifest.exports if e.export == export)
    rows = [row for rows in read_export(dataset.path, export).values() for row in rows]
    return pd.DataFrame(rows, columns=[column.name for column in entry.columns])


def ledger(dataset):
    parts = sorted((dataset.path / "truth" / "raw_defects").glob("*.parquet"))
    return pa.concat_tables([pq.read_table(part) for part in parts]).to_pandas()


def ids(kind, keys, dataset):
    return set(clean_ids(kind, keys, seed=dataset.manifest.seed).tolist())


def cents(texts):
    """Minor units of amounts such as 1234,50 or USD 1,234.50."""
    digits = texts.str.replace(r"[^0-9]", "", regex=True)
    return int(digits.astype("int64").sum())


# --- the ledger -----------------------------------------------------------------------------------


@pytest.mark.parametrize("export", EXPORTS)
def test_the_ledger_undoes_every_defect(dirty, clean, export):
    wanted = read_export(clean.path, export)
    found = restore_export(dirty.path, export)
    assert found == {path: by_text(rows) for path, rows in sorted(wanted.items()) if rows}


@pytest.mark.parametrize("export", EXPORTS)
def test_the_ledger_undoes_chinese_defects(chinese, export):
    """Nothing is left to undo when a restored file is compared with the rows' own count."""
    restored = restore_export(chinese.path, export)
    written = read_export(chinese.path, export)
    book = ledger(chinese)
    book = book[book["raw_file"].astype(str).str.startswith(export)]
    extra = book["defect_kind"].isin(["duplicate", "duplicate_record", "bot"]).sum()
    gone = (book["defect_kind"] == "gap").sum()
    n_written = sum(len(rows) for rows in written.values())
    assert sum(len(rows) for rows in restored.values()) == n_written - extra + gone


def test_every_kind_of_defect_and_every_system_occurs(dirty, chinese):
    book = ledger(dirty)
    assert set(book["defect_kind"]) | set(ledger(chinese)["defect_kind"]) == set(RAW_DEFECT_KINDS)
    assert set(book["system"]) == set(RAW_SYSTEMS)
    assert book["defect_id"].tolist() == list(range(1, len(book) + 1))


def test_defects_are_as_many_as_the_dials_say(dirty, clean):
    book = ledger(dirty)
    n_rows = sum(export.rows for export in read_raw_manifest(clean.path).exports)
    n_copies = (book["defect_kind"] == "duplicate").sum()
    # 5 % of rows that are neither lost nor late (3 of 63 days, 8 %); 5 binomial standard errors
    expected = 0.05 * n_rows * 0.88
    assert abs(n_copies - expected) < 5 * expected**0.5 + 0.03 * expected


def test_without_dials_there_is_nothing_in_the_ledger(clean):
    assert len(ledger(clean)) == 0


# --- clean exports against the tables -------------------------------------------------------------


def test_orders_are_split_over_tills_shop_and_marketplace(clean):
    orders = clean.read("orders", raw=True)
    parts = {
        "store": (frame(clean, "pos/receipts"), "ReceiptNo", "Total", RawKey.RECEIPT),
        "shop": (frame(clean, "shop/orders"), "orderNumber", "payment.total", RawKey.SHOP_ORDER),
        "marketplace": (
            frame(clean, "marketplace/orders"),
            "order_no",
            "paid",
            RawKey.MARKET_ORDER,
        ),
    }
    place = orders["order_channel"].astype(str)
    place = place.where(place.isin(["store", "marketplace"]), "shop")
    for name, (rows, key, total, kind) in parts.items():
        wanted = orders[place == name]
        assert len(rows) == len(wanted) > 0
        assert ids(kind, rows[key], clean) == set(wanted["order_id"])
        assert cents(rows[total]) == wanted["net_amount_cents"].sum()


def test_lines_and_returns_are_split_in_the_same_way(clean):
    lines = clean.read("order_lines", raw=True)
    parts = [
        (frame(clean, "pos/receipt_lines"), "LineNo", "Total"),
        (frame(clean, "shop/order_items"), "itemId", "total"),
        (frame(clean, "marketplace/order_items"), "item_no", "paid"),
    ]
    found = [ids(RawKey.LINE, rows[key], clean) for rows, key, _ in parts]
    assert set.union(*found) == set(lines["order_line_id"])
    assert sum(map(len, found)) == len(lines)
    assert sum(cents(rows[paid]) for rows, _, paid in parts) == lines["net_amount_cents"].sum()
    returns = clean.read("returns", raw=True)
    back = [
        (frame(clean, "pos/returns"), "ReturnNo", "Refund"),
        (frame(clean, "erp/parcel_returns"), "RETURN", "REFUND"),
    ]
    found = [ids(RawKey.RETURN, rows[key], clean) for rows, key, _ in back]
    assert set.union(*found) == set(returns["return_id"])
    assert sum(cents(rows[paid]) for rows, _, paid in back) == returns["refund_amount_cents"].sum()


def test_touches_are_split_over_systems_without_rest(clean):
    touches = clean.read("touchpoints")
    keys = {
        "web/clicks": "event_id",
        "app/app_events": "eventId",
        "messaging/sends": "event_id",
        "messaging/opens": "event_id",
        "ads/impressions": "impression_id",
        "crm/store_visits": "Visit",
        "service/calls": "call",
    }
    found = [ids(RawKey.EVENT, frame(clean, export)[key], clean) for export, key in keys.items()]
    assert set.union(*found) == set(touches["touchpoint_id"])
    assert sum(map(len, found)) == len(touches)


@pytest.mark.parametrize(
    ("export", "key", "kind", "table", "column"),
    [
        ("crm/customers", "Customer No.", RawKey.CUSTOMER, "customers", "customer_id"),
        ("service/surveys", "invitation.id", RawKey.INVITATION, "survey_invitations", ""),
        ("erp/items", "ARTICLE", RawKey.ITEM, "products", "sku"),
        ("erp/sites", "SITE", RawKey.SITE, "locations", "location_id"),
    ],
)
def test_whole_tables_are_there(clean, export, key, kind, table, column):
    wanted = clean.read(table)[column or "survey_invitation_id"]
    assert ids(kind, frame(clean, export)[key], clean) == set(wanted)


@pytest.mark.parametrize(
    ("exports", "table"),
    [
        (["web/sessions", "app/app_opens"], "sessions"),
        (["crm/contact_points"], "identities"),
        (["erp/stock"], "inventory_snapshots"),
        (["erp/counts"], "inventory_audits"),
        (["doors/visitors"], "store_traffic"),
        (["web/events", "app/app_steps"], "web_events"),
        (["erp/prices"], "prices"),
        (["erp/shipments"], "shipments"),
        (["psp/payments"], "payments"),
        (["erp/purchase_orders"], "purchase_orders"),
    ],
)
def test_no_row_is_left_out(clean, exports, table):
    assert sum(len(frame(clean, export)) for export in exports) == len(clean.read(table))


def test_web_analytics_tells_the_device_of_each_session(clean):
    told = frame(clean, "web/sessions").groupby("device.category").size()
    visits = clean.read("sessions")
    assert told.to_dict() == visits[visits["platform"] == "web"]["device"].value_counts().to_dict()


def test_receipts_tell_local_time(clean):
    receipts = frame(clean, "pos/receipts")
    orders = clean.read("orders").set_index("order_id")
    regions = clean.read("locations").set_index("location_id")["region"].astype(str)
    zones = Retailer(load_scenario("sample", overrides={"market": {"regions": list(set(regions))}}))
    found = clean_ids(RawKey.RECEIPT, receipts["ReceiptNo"], seed=clean.manifest.seed)
    names = dict(
        zip(clean.manifest.scenario["market"]["regions"], zones.zones.values(), strict=False)
    )
    for order_id, day, time in zip(found, receipts["Date"], receipts["Time"], strict=True):
        order = orders.loc[order_id]
        zone = ZoneInfo(names[regions[order["location_id"]]])
        local = datetime.strptime(f"{day} {time}000", "%d.%m.%Y %H:%M:%S.%f")
        assert local.replace(tzinfo=zone).astimezone(UTC) == order["ordered_at"]


def test_files_hold_their_own_days(clean):
    for path, rows in read_export(clean.path, "pos/receipts").items():
        label = path[-12:-4]
        assert {row[3] for row in rows} == {f"{label[6:]}.{label[4:6]}.{label[:4]}"}


def test_totals_are_those_of_the_month(clean, dirty):
    for dataset in (clean, dirty):  # a platform bills what happened, whatever it exports
        costs = clean.read("media_costs", raw=True)
        month = costs["cost_date"].dt.strftime("%Y-%m")
        for path, rows in read_export(dataset.path, "ads/daily_cost").items():
            *_, last = rows
            assert last[0] == "Total"
            wanted = costs[month == path[-11:-4]]
            assert int(last[3].replace(",", "")) == wanted["n_impressions"].sum()
            assert (
                int(last[5].replace(",", "").replace(".", "")) == wanted["media_cost_cents"].sum()
            )


def test_systems_do_not_share_numbers(clean):
    """The same order has another number in each system, and no system gives away the clean id."""
    orders = set(clean.read("orders")["order_id"])
    assert not orders & {int(n[1:]) for n in frame(clean, "pos/receipts")["ReceiptNo"]}
    assert not orders & {int(n[2:]) for n in frame(clean, "shop/orders")["orderNumber"]}


def test_systems_can_be_joined_on_what_they_share(clean):
    customers = set(frame(clean, "crm/customers")["Customer No."])
    points = set(frame(clean, "crm/contact_points")["Contact ID"])
    items = set(frame(clean, "erp/items")["EAN"])
    sites = set(frame(clean, "erp/sites")["SITE"])
    assert set(frame(clean, "pos/receipts")["CustomerNo"].dropna()) <= customers
    assert set(frame(clean, "pos/receipts")["ShownId"].dropna()) <= points
    assert set(frame(clean, "messaging/sends")["subscriber"]) <= points
    assert set(frame(clean, "pos/receipt_lines")["EAN"]) <= items
    assert set(frame(clean, "shop/orders")["delivery.site"]) <= sites
    sessions = frame(clean, "web/sessions")["ga_session_id"]
    bought = frame(clean, "shop/orders")["session"].dropna()
    assert set(bought) <= set(sessions) | set(frame(clean, "app/app_opens")["sessionId"])


def test_article_numbers_are_valid_eans(clean):
    for ean in frame(clean, "erp/items")["EAN"]:
        weights = [1, 3] * 6 + [1]
        assert len(ean) == 13
        assert sum(w * int(d) for w, d in zip(weights, ean, strict=True)) % 10 == 0


def test_second_records_have_numbers_of_their_own(dirty):
    book = ledger(dirty)
    copies = book[book["defect_kind"] == "duplicate_record"]
    numbers = Counter(frame(dirty, "crm/customers")["Customer No."])
    assert len(copies) > 0
    assert {numbers[key] for key in copies["row_key"]} == {1}


# --- the declarations -----------------------------------------------------------------------------


def test_declarations_are_lawful():
    exports = all_exports(Retailer(load_scenario("sample")), TABLES)
    assert len({e.number for e in exports}) == len(exports)
    assert len({(e.system, e.name) for e in exports}) == len(exports)
    assert {e.system for e in exports} == set(RAW_SYSTEMS)
    for export in exports:
        assert export.key in export.columns
        assert len(export.columns) <= 64  # the address of a cell's defect
        for name, column in export.columns.items():
            where = f"{export.system}/{export.name}.{name}"
            assert ("wrong_format" in column.defects) == bool(column.spelling), where
            if export.format.kind == "parquet":
                assert column.kind in ("text", "int", "bool"), where
                assert column.kind == "text" or "wrong_format" not in column.defects, where
        assert not export.columns[export.key].defects
        assert bool(export.copies) == any(c.copy for c in export.columns.values())
