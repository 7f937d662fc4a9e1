import dataclasses
import hashlib
import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from omnisim.errors import DatasetError
from omnisim.storage import Dataset, check_dataset, refuse_changed, write_frames
from omnisim.storage.rules import rules
from omnisim.storage.views import open_views


def test_a_sound_dataset_has_no_problem(shop):
    assert check_dataset(shop.path) == []


def at(text):
    return pd.Timestamp(text, tz="UTC")


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "blamed", "broken"),
    [
        ("order_lines", 0, "order_line_id", 11, "order_lines", "order_line_id must be unique"),
        ("order_lines", 0, "sku", 99, "order_lines", "sku must be one of products.sku"),
        ("order_lines", 1, "order_id", 72, "order_lines", "order_id must be one of orders"),
        ("orders", 0, "n_units", 3, "orders", "sums of the order's lines"),
        ("orders", 0, "cost_amount", 16.01, "orders", "sums of the order's lines"),
        ("order_lines", 0, "discount_amount", 0.01, "order_lines", "net must be gross less"),
        ("orders", 0, "fulfilled_at", at("2025-01-05 09:59:59.999"), "orders", "fulfilled_at"),
        ("orders", 1, "cancelled_at", at("2025-01-04 09:00"), "orders", "cancelled_at must not"),
        ("orders", 0, "cancel_reason", "customer", "orders", "and on no other"),
        (
            "order_lines",
            0,
            "ordered_at",
            at("2025-01-05 11:00"),
            "order_lines",
            "that of the order",
        ),
        ("returns", 0, "returned_at", at("2025-01-05 09:00"), "returns", "before ordered_at"),
        ("returns", 0, "n_units", 2, "returns", "no more units may come back"),
        ("inventory_snapshots", 1, "n_sold", 3, "inventory_snapshots", "n_on_hand must be"),
        (
            "inventory_snapshots",
            2,
            "snapshot_date",
            pd.Timestamp("2025-01-05"),
            "inventory_snapshots",
            "unique",
        ),
    ],
)
def test_rows_that_disagree_are_found(
    tmp_path, frames, facts, table, row, column, value, blamed, broken
):
    changed = frames[table].copy()
    changed[column] = changed[column].astype(object)
    changed.at[row, column] = value
    original = frames[table][column].dtype
    changed[column] = changed[column].astype(original)
    shop = write_frames(tmp_path / "d", frames | {table: changed}, facts)
    found = [problem for problem in check_dataset(shop.path) if broken in problem.what]
    assert [problem.where for problem in found] == [blamed]
    assert "broken 1 times" in found[0].what


def test_a_changed_part_is_named(shop):
    part = shop.path / "tables/orders/part-00000.parquet"
    content = bytearray(part.read_bytes())
    content[100] ^= 1
    part.write_bytes(bytes(content))
    (problem,) = check_dataset(shop.path)
    assert problem.where == "tables/orders/part-00000.parquet"
    assert "was changed after it was written" in problem.what
    part.unlink()
    (problem,) = check_dataset(shop.path)
    assert str(problem) == "tables/orders/part-00000.parquet: is missing"


def rewrite(shop, table, change):
    """Change a part and make the manifest's file facts agree: only the content tells."""
    file = shop.path / f"tables/{table}/part-00000.parquet"
    pq.write_table(change(pq.read_table(file)), file)
    manifest = json.loads((shop.path / "manifest.json").read_text())
    part = manifest["tables"][table]["parts"][0]
    content = file.read_bytes()
    part |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (shop.path / "manifest.json").write_text(json.dumps(manifest))


def test_content_is_compared_with_its_digest(shop):
    def cheaper(table):
        place = table.column_names.index("unit_cost_cents")
        return table.set_column(place, "unit_cost_cents", pa.array([1, 2], pa.int64()))

    rewrite(shop, "products", cheaper)
    (problem,) = check_dataset(shop.path)
    assert problem.where == "tables/products"
    assert "digest of its rows" in problem.what


def test_another_encoding_of_the_same_rows_is_no_problem(shop):
    rewrite(shop, "orders", lambda table: table)  # pyarrow's defaults: snappy, dictionaries
    assert check_dataset(shop.path) == []


def test_columns_values_and_rows_are_checked(shop):
    rewrite(shop, "products", lambda table: table.drop_columns("category"))
    rewrite(shop, "returns", lambda table: table.slice(0, 0))
    found = {problem.where: problem.what for problem in check_dataset(shop.path)}
    assert found["tables/products/part-00000.parquet"].startswith("column category is missing")
    assert found["tables/returns/part-00000.parquet"] == "has 0 rows, the manifest says 1"


def test_the_manifests_own_hashes_are_checked(shop):
    file = shop.path / "manifest.json"
    manifest = json.loads(file.read_text())
    file.write_text(json.dumps(manifest | {"dataset_hash": "0" * 32, "scenario_hash": "x"}))
    found = [problem.what for problem in check_dataset(shop.path)]
    assert len(found) == 2
    assert "dataset_hash" in found[0]
    assert "scenario_hash" in found[1]


def test_a_simulated_dataset_must_have_every_table(tmp_path, frames, facts):
    simulated = dataclasses.replace(facts, scenario={"a": 1}, seed=1, rng_scheme=1)
    shop = write_frames(tmp_path / "d", frames, simulated)
    missing = {problem.where for problem in check_dataset(shop.path)}
    assert "tables/sessions" in missing
    assert "tables/orders" not in missing


def test_what_is_not_a_dataset_is_one_problem(tmp_path):
    (problem,) = check_dataset(tmp_path / "nowhere")
    assert "no dataset" in problem.what


def test_rules_need_their_tables():
    assert {rule.table for rule in rules({"orders"})} == {"orders"}
    assert all(set(rule.needs) <= {"orders"} for rule in rules({"orders"}))


def test_whoever_measures_refuses_a_flipped_bit_that_opening_cannot_see(shop):
    refuse_changed(shop)
    part = shop.path / "tables/orders/part-00000.parquet"
    content = bytearray(part.read_bytes())
    content[100] ^= 1
    part.write_bytes(bytes(content))
    same_size = Dataset.open(shop.path)
    with pytest.raises(
        DatasetError, match=r"orders/part-00000\.parquet: was changed after"
    ) as told:
        refuse_changed(same_size)
    assert "make the dataset again" in str(told.value)
    part.unlink()
    with pytest.raises(DatasetError, match=r"orders/part-00000\.parquet: is missing"):
        refuse_changed(same_size)


def test_rules_are_compared_in_bounded_memory(shop, monkeypatch):
    asked = []

    def spied(*given, settings=None, **more):
        asked.append(settings)
        return open_views(*given, settings=settings, **more)

    monkeypatch.setattr("omnisim.storage.check.open_views", spied)
    assert check_dataset(shop.path) == []
    assert [settings["memory_limit"] for settings in asked] == ["600MB"]
