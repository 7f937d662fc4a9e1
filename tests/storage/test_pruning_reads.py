"""Reading some months or parts reads nothing else, from pandas and from SQL, within bounded memory."""

import datetime as dt
import json

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest

from omnisim.errors import DatasetError, SchemaError
from omnisim.schema import TABLES
from omnisim.storage import Codes, Dataset, DatasetFacts, DatasetWriter
from omnisim.storage.part_writer import MONTHLY_FROM_ROWS
from omnisim.storage.views import Views

ROWS = MONTHLY_FROM_ROWS  # just enough for row groups by month
DAY_MS = 86_400_000
FIRST = (dt.date(2025, 1, 1) - dt.date(1970, 1, 1)).days
MARCH = {"first_date": dt.date(2025, 3, 1), "last_date": dt.date(2025, 3, 31)}
IN_MARCH = "touched_at >= '2025-03-01' AND touched_at < '2025-04-01'"


def touches(part):
    """A year of touchpoints, evenly spread; ids tell the part."""
    number = np.arange(ROWS) + part * ROWS
    at = FIRST * DAY_MS + np.arange(ROWS, dtype=np.int64) * (365 * DAY_MS // ROWS)
    kinds = {
        name: column.allowed
        for name, column in TABLES["touchpoints"].columns.items()
        if column.dtype == "category"
    }
    columns = {}
    for name, column in TABLES["touchpoints"].columns.items():
        if name in kinds:
            columns[name] = Codes(np.zeros(ROWS, np.int8), kinds[name])
        elif column.dtype == "timestamp":
            columns[name] = at
        elif column.dtype == "bool":
            columns[name] = np.ones(ROWS, bool)
        else:
            value = number.copy() + 1
            columns[name] = (value, np.zeros(ROWS, bool)) if column.nullable else value
    return columns


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    """Two parts of touchpoints."""
    facts = DatasetFacts(
        name="year",
        currency="USD",
        locale="en_US",
        first_date=dt.date(2025, 1, 1),
        last_date=dt.date(2025, 12, 31),
    )
    with DatasetWriter(tmp_path_factory.mktemp("year") / "year") as writer:
        for part in (0, 1):
            writer.write_part("touchpoints", "tables", part, touches(part))
        return writer.finish(facts)


@pytest.fixture
def spoiled(year):
    """The same dataset, but whatever lies outside March in its files is overwritten."""
    files = sorted((year.path / "tables/touchpoints").iterdir())
    kept = [file.read_bytes() for file in files]
    for file, content in zip(files, kept, strict=True):
        footer, bytes_ = pq.ParquetFile(file).metadata, bytearray(content)
        for group in range(footer.num_row_groups):
            if group == 2:
                continue
            for k in range(footer.num_columns):
                column = footer.row_group(group).column(k)
                start = column.dictionary_page_offset or column.data_page_offset
                bytes_[start : start + column.total_compressed_size] = (
                    b"\xff" * column.total_compressed_size
                )
        file.write_bytes(bytes_)
    yield Dataset.open(year.path)
    for file, content in zip(files, kept, strict=True):
        file.write_bytes(content)


def in_march(frame):
    return frame[frame["touched_at"].dt.month == 3].reset_index(drop=True)


def test_a_month_is_the_rows_of_that_month(year):
    assert year.read("touchpoints", **MARCH).equals(in_march(year.read("touchpoints")))


def test_a_month_reads_no_other_month(spoiled):
    with pytest.raises(DatasetError):
        spoiled.read("touchpoints")
    march = spoiled.read("touchpoints", ["touchpoint_id"], **MARCH)
    n = 31 * ROWS / 365
    assert abs(len(march) - 2 * n) <= 2 * 2  # two parts, cut at both ends of the month


def test_a_query_for_a_month_reads_no_other_month(spoiled):
    sql = "SELECT count(DISTINCT touchpoint_id) AS n FROM touchpoints"
    with pytest.raises(DatasetError):
        spoiled.query(sql)
    found = Dataset.open(spoiled.path).query(f"{sql} WHERE {IN_MARCH}")["n"][0]
    assert found == len(spoiled.read("touchpoints", ["touchpoint_id"], **MARCH))


def test_duckdb_says_what_it_skips(year):
    files = {"touchpoints": sorted((year.path / "tables/touchpoints").iterdir())}
    views = Views(files, TABLES, scale=100)
    views.show(files)
    sql = f"SELECT sum(touchpoint_id) FROM touchpoints WHERE {IN_MARCH}"
    (_, told) = views.connection.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}").fetchone()
    said = json.loads(told).get("query", {})
    if "total_row_groups_scanned" not in said:
        pytest.skip("this DuckDB does not count row groups")
    assert (said["total_row_groups_scanned"], said["total_row_groups_to_scan"]) == (2, 24)


@pytest.mark.parametrize("first, last", [(1, 1), (31, 60), (59, 59), (365, 365)])
def test_any_days_from_either_end(year, first, last):
    whole = year.read("touchpoints")
    low, high = (dt.date(2025, 1, 1) + dt.timedelta(days=d - 1) for d in (first, last))
    day = whole["touched_at"].dt.date
    read = year.read("touchpoints", first_date=low, last_date=high)
    assert read.equals(whole[(day >= low) & (day <= high)].reset_index(drop=True))
    assert len(year.read("touchpoints", first_date=low)) == (day >= low).sum()
    assert len(year.read("touchpoints", last_date=high)) == (day <= high).sum()


def test_days_beyond_the_horizon_are_empty_with_the_types(year):
    nothing = year.read("touchpoints", first_date=dt.date(2026, 5, 1))
    assert nothing.empty
    assert nothing.dtypes.equals(year.read("touchpoints").dtypes)


def test_some_parts(year):
    assert year.parts("touchpoints") == (0, 1)
    second = year.read("touchpoints", parts=[1])
    assert len(second) == ROWS
    assert second["touchpoint_id"].min() == ROWS + 1


@pytest.mark.parametrize(
    "given, complaint",
    [
        ({"parts": [7]}, "no part 7; there are 0 to 1"),
        ({"parts": []}, "give at least one"),
        ({"first_date": "2025-03-01"}, "give a date"),
        ({"first_date": dt.datetime(2025, 3, 1)}, "give a date"),
        ({"first_date": dt.date(2025, 4, 1), "last_date": dt.date(2025, 3, 1)}, "lies after"),
    ],
)
def test_what_cannot_be_read_is_refused(year, given, complaint):
    with pytest.raises(DatasetError, match=complaint):
        year.read("touchpoints", **given)


def test_days_of_a_table_without_time_are_refused():
    with pytest.raises(SchemaError, match="products: its rows have no time"):
        Dataset.open("sample").read("products", first_date=dt.date(2025, 3, 1))


def test_only_tables_that_a_query_names_are_looked_at():
    shop = Dataset.open("sample")
    shop.query("SELECT count(*) FROM orders")
    assert shop._views._shown == {"orders"}
    shop.query("SELECT 1")  # names none: all of them, so that a list of tables is whole
    assert shop._views._shown == set(shop.tables)


def test_a_query_larger_than_its_memory_spills(year):
    files = sorted((year.path / "tables/touchpoints").iterdir()) * 20
    # two million groups of four numbers take 100 MB and more
    settings = {"memory_limit": "48MB", "threads": 1}
    query = (
        "SELECT count(*), sum(n) FROM (SELECT count(*) AS n, max(touched_at) FROM "
        "(SELECT *, random() AS r FROM {}) GROUP BY touchpoint_id, identity_id, r)"
    )
    views = Views({"touchpoints": files}, TABLES, scale=100, settings=settings)
    views.show(["touchpoints"])
    found = views.connection.execute(query.format("touchpoints")).fetchone()
    assert found == (40 * ROWS, 40 * ROWS)
    nowhere_to_go = duckdb.connect(config={**settings, "temp_directory": ""})
    with pytest.raises(duckdb.OutOfMemoryException):
        nowhere_to_go.execute(query.format(f"read_parquet({[str(file) for file in files]})"))
