import datetime as dt
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnisim.errors import DatasetError, SchemaError
from omnisim.schema import CHANNEL_NAMES, TABLES
from omnisim.storage import Dataset, DatasetFacts, write_frames
from omnisim.storage.locate import find_dataset


def test_facts_of_a_clients_dataset(shop):
    assert shop.name == "corner_shop"
    assert not shop.is_simulated
    assert not shop.has_truth
    assert (shop.currency, shop.locale) == ("USD", "en_US")
    assert (shop.first_date, shop.last_date) == (dt.date(2025, 1, 1), dt.date(2025, 1, 31))
    assert shop.n_days == 31
    assert shop.tables == (
        "products",
        "orders",
        "order_lines",
        "returns",
        "media_costs",
        "inventory_snapshots",
    )
    assert shop.manifest.scenario is None


def test_read_gives_major_units_sorted_rows_and_plain_types(shop):
    orders = shop.read("orders")
    assert orders["order_id"].tolist() == [9_007_199_254_740_991, 71]  # by time
    assert orders["net_amount"].tolist() == [25.5, 39.98]
    types = orders.dtypes.astype(str).to_dict()
    assert types["ordered_at"] == "datetime64[ms, UTC]"
    assert types["order_id"] == "int64"
    assert types["customer_id"] == "Int64"
    assert types["net_amount"] == "float64"
    assert types["n_units"] == "int32"
    assert types["status"] == "category"
    assert orders["customer_id"].isna().tolist() == [False, True]
    assert orders["cancelled_at"][0] == pd.Timestamp("2025-01-05 08:00", tz="UTC")
    assert orders["cancelled_at"].isna().tolist() == [False, True]
    assert orders["cancel_reason"].cat.categories.tolist() == [
        "no_stock",
        "customer",
        "payment_review",
        "system_error",
    ]
    costs = shop.read("media_costs")
    assert str(costs["cost_date"].dtype) == "datetime64[ms]"
    assert costs["channel"].cat.categories.tolist() == list(CHANNEL_NAMES)
    assert costs["channel"].tolist() == ["direct", "sms", "email"]  # registry order within a day
    assert costs["media_cost"].tolist() == [0.0, 0.07, 1.99]
    products = shop.read("products")
    assert str(products["product_name"].dtype) == "str"
    assert products["subcategory"].cat.categories.tolist() == ["hats", "scarves"]


def test_read_gives_the_columns_asked_for_in_that_order(shop):
    found = shop.read("orders", ["n_units", "net_amount"])
    assert found.columns.tolist() == ["n_units", "net_amount"]
    assert found["n_units"].tolist() == [1, 2]  # still sorted by time
    raw = shop.read("orders", ["net_amount_cents"], raw=True)
    assert raw["net_amount_cents"].tolist() == [2550, 3998]
    assert raw["net_amount_cents"].dtype == np.int64


def test_read_refuses_unknown_names(shop):
    with pytest.raises(SchemaError, match=r"net_amount_cents.*there are.*net_amount"):
        shop.read("orders", ["net_amount_cents"])
    with pytest.raises(DatasetError, match="'sessions' is not in this dataset; there are products"):
        shop.read("sessions")
    with pytest.raises(DatasetError, match="'truth/persons' is not a table"):
        shop.read("truth/persons")


def test_law_the_number_of_parts_cannot_be_seen(tmp_path, frames, facts):
    whole = write_frames(tmp_path / "whole", frames, facts)
    pieces = write_frames(tmp_path / "pieces", frames, facts, rows_per_part=1)
    assert len(pieces.manifest.tables["order_lines"].parts) == 3
    assert whole.dataset_hash == pieces.dataset_hash
    for table in whole.tables:
        pd.testing.assert_frame_equal(whole.read(table), pieces.read(table))
        query = f"SELECT * FROM {table} ORDER BY ALL"
        pd.testing.assert_frame_equal(whole.query(query), pieces.query(query))


@given(seed=st.integers(0, 2**32 - 1), n_rows=st.integers(0, 40), rows_per_part=st.integers(1, 41))
@settings(deadline=None, max_examples=15)
def test_law_any_split_of_any_rows_reads_alike(seed, n_rows, rows_per_part):
    rng = np.random.default_rng(seed)
    traffic = pd.DataFrame(
        {
            "traffic_date": pd.Timestamp("2025-01-01")
            + pd.to_timedelta(rng.integers(0, 4, n_rows), "D"),
            "location_id": rng.integers(0, 3, n_rows),  # ties, and repeated keys
            "n_visitors": 7,
        }
    )
    days = {"first_date": dt.date(2025, 1, 1), "last_date": dt.date(2025, 1, 4)}
    facts = DatasetFacts(name="x", currency="USD", locale="en_US", **days)
    with tempfile.TemporaryDirectory() as folder:
        frames = {"store_traffic": traffic}
        one = write_frames(Path(folder) / "one", frames, facts)
        many = write_frames(
            Path(folder) / "many",
            {"store_traffic": traffic.sample(frac=1, random_state=seed)},
            facts,
            rows_per_part=rows_per_part,
        )
        assert one.dataset_hash == many.dataset_hash
        pd.testing.assert_frame_equal(one.read("store_traffic"), many.read("store_traffic"))


def test_law_writing_what_was_read_changes_nothing(tmp_path, shop, facts):
    again = write_frames(tmp_path / "again", {t: shop.read(t) for t in shop.tables}, facts)
    assert again.dataset_hash == shop.dataset_hash
    raw = write_frames(tmp_path / "raw", {t: shop.read(t, raw=True) for t in shop.tables}, facts)
    assert raw.dataset_hash == shop.dataset_hash


def test_query_answers_in_major_units_and_plain_types(shop):
    found = shop.query(
        "SELECT status, sum(net_amount) AS net, sum(n_units) AS n, max(ordered_at) AS last_at, "
        "max(CAST(ordered_at AS DATE)) AS last_date, max(customer_id) AS customer_id "
        "FROM orders GROUP BY status ORDER BY status"
    )
    assert found["status"].tolist() == ["cancelled", "completed"]
    assert found["net"].tolist() == [25.5, 39.98]
    assert found["n"].tolist() == [1, 2]
    assert {name: str(kind) for name, kind in found.dtypes.items()} == {
        "status": "str",
        "net": "float64",
        "n": "int64",
        "last_at": "datetime64[ms, UTC]",
        "last_date": "datetime64[ms]",
        "customer_id": "Int64",
    }
    assert found["last_at"][1] == pd.Timestamp("2025-01-05 10:00", tz="UTC")


def test_query_cuts_days_in_utc(shop):
    found = shop.query("SELECT date_trunc('day', ordered_at) AS day FROM orders ORDER BY 1")
    assert found["day"].tolist() == [
        pd.Timestamp("2025-01-04", tz="UTC"),
        pd.Timestamp("2025-01-05", tz="UTC"),
    ]


@pytest.mark.parametrize(
    ("sql", "complaint"),
    [
        ("DROP VIEW orders", "one SELECT"),
        ("SELECT 1; SELECT 2", "one SELECT"),
        ("COPY orders TO 'orders.csv'", "one SELECT"),
        ("SET threads = 1", "one SELECT"),
        ("", "one SELECT"),
        ("SELECT nothing FROM orders", "nothing"),
        ("SELECT * FROM persons", "persons"),
        ("SELEC 1", "syntax"),
        ("SELECT * FROM read_csv('/etc/passwd')", "disabled by configuration"),
        ("SELECT * FROM read_parquet('https://example.org/a.parquet')", "failed"),
    ],
)
def test_query_refuses_what_is_not_a_question_about_the_tables(shop, sql, complaint):
    with pytest.raises(DatasetError, match=complaint):
        shop.query(sql)
    assert shop.query("SELECT 1 AS one")["one"].tolist() == [1]  # still usable


def test_query_for_a_table_that_is_not_there_names_those_that_are(shop):
    with pytest.raises(DatasetError, match=r"the query failed: .*There are .*orders") as caught:
        shop.query("SELECT * FROM baskets")
    assert "truth" not in str(caught.value)
    with pytest.raises(DatasetError, match=r"What is true lies in .*truth, see docs/truth\.md"):
        shop.query("SELECT * FROM effects")


def test_query_cannot_reach_other_files_or_python_variables(shop):
    truth = shop.path / "truth" / "persons"
    truth.mkdir(parents=True)
    shutil.copy(shop.path / "tables/products/part-00000.parquet", truth / "part-00000.parquet")
    secret = pd.DataFrame({"a": [1]})
    assert len(secret) == 1
    for source in (f"'{truth}/part-00000.parquet'", "secret"):
        with pytest.raises(DatasetError):
            shop.query(f"SELECT * FROM {source}")
    assert not shop.has_truth  # a folder is not yet a truth
    assert "persons" not in shop.tables


def test_query_spills_to_the_temporary_folder(shop, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    spill = shop.query("SELECT current_setting('temp_directory') AS folder")["folder"][0]
    assert spill.startswith(str(tmp_path))


def test_odd_folder_names_are_no_trouble(tmp_path, frames, facts):
    shop = write_frames(tmp_path / "l'été [1] * ?" / "x; DROP", frames, facts)
    assert len(shop.query("SELECT * FROM orders")) == len(shop.read("orders")) == 2


def test_currencies_differ_in_their_minor_unit(tmp_path, frames):
    days = {"first_date": dt.date(2025, 1, 1), "last_date": dt.date(2025, 1, 2)}
    facts = DatasetFacts(name="jp", currency="JPY", locale="ja_JP", **days)
    costs = frames["media_costs"].assign(media_cost=[1200, 7, 0])
    shop = write_frames(tmp_path / "jp", {"media_costs": costs}, facts)
    assert shop.read("media_costs", raw=True)["media_cost_cents"].tolist() == [0, 7, 1200]
    assert shop.query("SELECT sum(media_cost) AS cost FROM media_costs")["cost"][0] == 1207


def test_found_by_name_and_by_path(tmp_path, shop, monkeypatch):
    root = tmp_path / "project"
    (root / "data" / "synthetic").mkdir(parents=True)
    (root / "notebooks").mkdir()
    shutil.copytree(shop.path, root / "data" / "synthetic" / "sample")
    monkeypatch.delenv("OMNISIM_DATA", raising=False)
    monkeypatch.chdir(root / "notebooks")
    assert Dataset.open().path == (root / "data" / "synthetic" / "sample").resolve()
    assert Dataset.open(shop.path).path == shop.path.resolve()
    assert Dataset.open(str(shop.path)).dataset_hash == shop.dataset_hash
    monkeypatch.setenv("OMNISIM_DATA", str(tmp_path))
    assert Dataset.open("corner_shop").path == shop.path.resolve()
    with pytest.raises(DatasetError, match=r"no dataset 'nowhere' at .*; there are: corner_shop"):
        Dataset.open("nowhere")
    with pytest.raises(DatasetError, match="no dataset"):
        Dataset.open(tmp_path / "empty" / "nowhere")


def test_an_interrupted_dataset_is_not_a_dataset(tmp_path, shop):
    shop.path.rename(tmp_path / "other.partial")
    with pytest.raises(DatasetError, match=r"other: writing it was interrupted.*make it again"):
        Dataset.open(tmp_path / "other")


def test_an_old_dataset_is_found_while_it_is_being_replaced(tmp_path, shop):
    shop.path.rename(tmp_path / "corner_shop.replaced")
    assert find_dataset(tmp_path / "corner_shop").name == "corner_shop.replaced"


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda m: None, "no manifest.json"),
        (lambda m: "{", "cannot be read"),
        (lambda m: "[]", "schema_version = None"),
        (lambda m: m | {"schema_version": 99}, "schema_version = 99"),
        (lambda m: m | {"currency": "dollars"}, "currency"),
        (lambda m: {k: v for k, v in m.items() if k != "dataset_hash"}, "dataset_hash"),
        (lambda m: m | {"surprise": 1}, "surprise"),
        (lambda m: m | {"last_date": "2024-01-01"}, "last_date 2024-01-01 is before"),
        (lambda m: m | {"tables": {"ghosts": m["tables"]["orders"]}}, "unknown tables.*ghosts"),
        (lambda m: m | {"tables": {"returns": m["tables"]["orders"]}}, "listed as a part of"),
        (lambda m: m | {"tables": {"orders": m["tables"]["orders"] | {"rows": 7}}}, "has 7 rows"),
    ],
)
def test_a_spoiled_manifest_is_refused(shop, spoil, complaint):
    file = shop.path / "manifest.json"
    spoiled = spoil(json.loads(file.read_text()))
    if spoiled is None:
        file.unlink()
    else:
        file.write_text(spoiled if isinstance(spoiled, str) else json.dumps(spoiled))
    with pytest.raises(DatasetError, match=complaint):
        Dataset.open(shop.path)


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "tables/orders/../../x"])
def test_a_manifest_cannot_point_outside(shop, path):
    file = shop.path / "manifest.json"
    manifest = json.loads(file.read_text())
    manifest["tables"]["orders"]["parts"][0]["path"] = path
    file.write_text(json.dumps(manifest))
    with pytest.raises(DatasetError, match="parts"):
        Dataset.open(shop.path)


def test_missing_and_cut_parts_are_refused(shop):
    part = shop.path / "tables/orders/part-00000.parquet"
    content = part.read_bytes()
    part.write_bytes(content[:-10])
    with pytest.raises(DatasetError, match=r"part-00000\.parquet: \d+ bytes, the manifest says"):
        Dataset.open(shop.path)
    part.unlink()
    with pytest.raises(DatasetError, match=r"part-00000\.parquet: this part .* is missing"):
        Dataset.open(shop.path)
    with pytest.raises(DatasetError, match="missing"):
        shop.read("orders")
    part.write_bytes(b"no parquet at all")
    with pytest.raises(DatasetError, match="cannot be read as Parquet"):
        shop.read("orders")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda t: t.drop_columns("sku"), "column sku is missing"),
        (lambda t: t.drop_columns("category"), "column category is missing"),
        (lambda t: t.append_column("extra", t["sku"]), "column extra is not declared"),
        (
            lambda t: t.set_column(0, "sku", t["sku"].cast(pa.int32())),
            "part-00000.parquet: column sku is int32, expected int64",
        ),
        (
            lambda t: t.set_column(0, "sku", pa.array([1, None], pa.int64())),
            "column sku has missing values, expected none",
        ),
    ],
)
def test_a_file_that_differs_from_its_declaration_is_refused(shop, change, complaint):
    part = shop.path / "tables/products/part-00000.parquet"
    pq.write_table(change(pq.read_table(part)), part)
    with pytest.raises(SchemaError, match=complaint):
        shop.read("products")


def test_a_category_that_is_not_allowed_is_refused(shop):
    part = shop.path / "tables/media_costs/part-00000.parquet"
    table = pq.read_table(part)
    place = table.column_names.index("channel")
    strange = pa.array(["telepathy"] * table.num_rows).dictionary_encode()
    pq.write_table(table.set_column(place, "channel", strange), part)
    with pytest.raises(SchemaError, match="telepathy"):
        shop.read("media_costs")


def test_an_empty_table_reads_with_its_types(tmp_path, frames, facts):
    empty = {name: frame.iloc[:0] for name, frame in frames.items()}
    shop = write_frames(tmp_path / "empty", empty, facts)
    full = write_frames(tmp_path / "full", frames, facts)
    for table in TABLES:
        if table in shop.tables:
            found = shop.read(table)
            assert len(found) == 0
            kinds = full.read(table).dtypes.astype(str)
            assert found.dtypes.astype(str).to_dict() == kinds.to_dict()
    assert shop.query("SELECT count(*) AS n FROM orders")["n"][0] == 0
    assert shop.dataset_hash != full.dataset_hash
