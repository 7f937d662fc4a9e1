"""Keys go there and back; clocks follow the zones' own rules."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnisim.errors import DatasetError
from omnisim.raw import RawKey, clean_ids
from omnisim.raw.clocks import offsets
from omnisim.raw.defects import Dials, lost_days
from omnisim.raw.keys import key_macros
from omnisim.raw.spoil import misread, respell, typo, wrong_unit
from omnisim.rng import id_key, ids_of
from omnisim.rng.ids import values_of
from omnisim.scenario.blocks_raw import Raw
from omnisim.schema.raw import RAW_SYSTEMS


@pytest.fixture(scope="module")
def keys():
    """Keys that the SQL makes of ids, of every kind, with seed 7."""
    connection = duckdb.connect()
    for macro in key_macros(7):
        connection.execute(macro)

    def make(kind, ids):
        values = ", ".join(f"({i})" for i in ids)
        sql = f"SELECT key_{kind.name.lower()}(i) FROM (VALUES {values}) t(i)"
        return [key for (key,) in connection.execute(sql).fetchall()]

    yield make
    connection.close()


@pytest.mark.parametrize("kind", list(RawKey))
def test_keys_go_there_and_back(keys, kind):
    ids = [1, 2, 3, 999, 1_048_575]
    made = keys(kind, ids)
    assert len(set(made)) == len(ids)
    assert set(made).isdisjoint(ids)
    assert clean_ids(kind, [f"X-{key}" for key in made], seed=7).tolist() == ids


def test_sql_and_engine_make_the_same_keys(keys):
    ids = np.array([2**52 - 1, 12345678901234, 1])
    wanted = ids_of(id_key(7, RawKey.CLIENT), ids >> 24, ids & ((1 << 24) - 1))
    assert keys(RawKey.CLIENT, ids.tolist()) == wanted.tolist()


@given(value=st.integers(0, 2**52 - 1), key=st.integers(0, 2**64 - 1))
def test_law_ids_can_be_undone(value, key):
    made = ids_of(np.uint64(key), np.array([value >> 24]), value & ((1 << 24) - 1))
    assert values_of(np.uint64(key), made).tolist() == [value]


@pytest.mark.parametrize("key", ["", "C", "99999999999999999"])
def test_what_is_no_key_is_refused(key):
    with pytest.raises(DatasetError, match="no key of a source system"):
        clean_ids(RawKey.CUSTOMER, [key], seed=7)


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Shanghai", "Asia/Kathmandu", "UTC"])
def test_offsets_are_those_of_the_zone(zone):
    steps = offsets(zone, datetime(2024, 1, 1), datetime(2026, 1, 1))
    info = ZoneInfo(zone)
    for hours in range(0, 2 * 365 * 24, 5):
        at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=hours, minutes=59)
        ms = int(at.timestamp() * 1000)
        held = [offset for since, offset in steps if since <= ms][-1]
        assert timedelta(milliseconds=held) == at.astimezone(info).utcoffset()


def test_lost_days_are_few_in_the_horizon_and_differ_by_system():
    dials = Dials(Raw(gap_days=4), seed=7, currency="USD")
    found = {system: lost_days(dials, system, 20_000, 100) for system in RAW_SYSTEMS}
    assert {len(days) for days in found.values()} == {4}
    assert all(20_000 <= day < 20_100 for days in found.values() for day in days)
    assert len(set(found.values())) == len(RAW_SYSTEMS)
    longer = lost_days(dials, "pos", 20_000, 101)
    assert len(longer & found["pos"]) >= 3  # one more day takes the place of one at most


@given(text=st.text(min_size=2, max_size=12), u=st.floats(0, 1, exclude_max=True))
def test_law_a_slip_is_one_letter_or_the_case(text, u):
    slipped = typo(text, u)
    assert slipped == text.upper() or abs(len(slipped) - len(text)) <= 1
    if len(slipped) == len(text) and slipped != text.upper():
        assert sorted(slipped) == sorted(text)  # two letters changed places


@given(text=st.text(max_size=12))
def test_law_misread_texts_can_be_read_again(text):
    assert misread(text).encode("latin-1").decode() == text


@pytest.mark.parametrize(
    ("text", "other"),
    [("1.234,50", "1.23450"), ("0.05", "005"), ("1736121600123", "1736121600"), ("7", "7")],
)
def test_units_are_minor_units_or_seconds(text, other):
    assert wrong_unit(text) == other


@pytest.mark.parametrize(
    ("text", "u", "other"),
    [
        ("06.01.2025", 0.1, "2025-01-06"),
        ("06.01.2025", 0.9, "06.01.25"),
        ("01/06/2025 10:00:00", 0.1, "01-06-2025 10:00:00"),
        ("2025/01/06", 0.9, "2025.01.06"),
        ("20250106", 0.9, "06/01/2025"),
        ("no date", 0.9, "no date"),
    ],
)
def test_dates_are_written_in_other_ways(text, u, other):
    assert respell(text, u, "date", "USD") == other
