import datetime as dt

import numpy as np
import pandas as pd
import pytest

from omnisim.errors import SchemaError
from omnisim.storage import write_frames


def replace(frames, table, **columns):
    return frames | {table: frames[table].assign(**columns)}


@pytest.mark.parametrize(
    ("table", "columns", "complaint"),
    [
        ("orders", {"n_units": [2.5, 1]}, "orders.n_units: 2.5 is not a whole number"),
        ("orders", {"n_units": [2, None]}, "orders.n_units: 1 missing values, expected none"),
        ("orders", {"n_units": ["2", "1"]}, "orders.n_units: found .*, expected numbers"),
        ("orders", {"n_units": [True, False]}, "orders.n_units: found bool, expected numbers"),
        ("orders", {"n_units": [0, 1]}, "orders.n_units: 0 is below 1"),
        ("orders", {"n_units": [2**40, 1]}, "does not fit int32"),
        ("orders", {"net_amount": [39.985, 25.5]}, r"orders.net_amount: 3998\.5\d* is not a whole"),
        ("orders", {"net_amount": [np.inf, 25.5]}, "orders.net_amount: a value is not finite"),
        ("orders", {"net_amount": [1e17, 25.5]}, "does not fit|too large to be exact"),
        ("orders", {"status": ["done", "done"]}, "orders.status: 'done' is not allowed"),
        ("orders", {"status": [1, 2]}, "orders.status: found int64, expected strings"),
        (
            "orders",
            {"ordered_at": pd.to_datetime(["2025-01-05", "2025-01-04"])},
            "orders.ordered_at: found .*, expected timestamps with a time zone",
        ),
        (
            "orders",
            {"ordered_at": pd.to_datetime(["2025-01-05 10:00:00.000001"] * 2, utc=True)},
            "orders.ordered_at: finer than a millisecond",
        ),
        (
            "media_costs",
            {"cost_date": pd.to_datetime(["2025-01-05 10:00"] * 3)},
            "media_costs.cost_date: a date has a time of day",
        ),
        ("media_costs", {"cost_date": ["2025-01-05"] * 3}, "found str, expected dates"),
        ("inventory_snapshots", {"is_stocked_out": [0, 1, 0]}, "found int64, expected booleans"),
    ],
)
def test_wrong_values_are_refused(tmp_path, frames, facts, table, columns, complaint):
    with pytest.raises(SchemaError, match=complaint):
        write_frames(tmp_path / "d", replace(frames, table, **columns), facts)
    assert list(tmp_path.iterdir()) == []


def test_wrong_columns_and_tables_are_refused(tmp_path, frames, facts):
    orders = frames["orders"]
    with pytest.raises(SchemaError, match="orders: column net_amount is missing; found"):
        write_frames(tmp_path / "d", {"orders": orders.drop(columns="net_amount")}, facts)
    with pytest.raises(SchemaError, match="orders: column mood is not declared"):
        write_frames(tmp_path / "d", {"orders": orders.assign(mood=1)}, facts)
    twice = pd.concat([orders, orders[["n_units"]]], axis=1)
    with pytest.raises(SchemaError, match="orders: column n_units appears twice"):
        write_frames(tmp_path / "d", {"orders": twice}, facts)
    with pytest.raises(SchemaError, match="'persons' is not a table"):
        write_frames(tmp_path / "d", {"persons": orders}, facts)
    with pytest.raises(SchemaError, match="rows_per_part = 0"):
        write_frames(tmp_path / "d", frames, facts, rows_per_part=0)


def test_other_spellings_of_the_same_values_give_the_same_dataset(tmp_path, frames, facts):
    plain = write_frames(tmp_path / "plain", frames, facts)
    costs = frames["media_costs"]
    other = frames | {
        "media_costs": costs.assign(
            cost_date=[dt.date(2025, 1, 2), dt.date(2025, 1, 1), dt.date(2025, 1, 1)],
            channel=costs["channel"].astype("category"),
            n_clicks=costs["n_clicks"].astype(float),
            media_cost_cents=[199, 7, 0],
        ).drop(columns="media_cost"),
        "orders": frames["orders"].assign(
            ordered_at=frames["orders"]["ordered_at"].dt.tz_convert("Asia/Tokyo")
        ),
    }
    assert write_frames(tmp_path / "other", other, facts).dataset_hash == plain.dataset_hash


def test_the_frames_stay_as_they_were(tmp_path, frames, facts):
    before = {name: frame.copy() for name, frame in frames.items()}
    write_frames(tmp_path / "d", frames, facts)
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(frame, before[name])
