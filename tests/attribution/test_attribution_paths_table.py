"""Journeys from aggregated path tables."""

import numpy as np
import pandas as pd
import pytest

from omnisim.attribution import Journeys
from omnisim.errors import SchemaError


def table(**change) -> pd.DataFrame:
    rows = {
        "path": ["email > direct > email", "sms"],
        "conversions": [2, 0],
        "nulls": [1, 3],
        "value": [90.0, 0.0],
    }
    return pd.DataFrame({**rows, **change})


def test_reads_paths():
    found = Journeys.from_paths(table())
    assert found.channels == ("direct", "email", "sms")
    assert found.codes.tolist() == [1, 0, 1, 2]
    assert found.offsets.tolist() == [0, 3, 4]
    assert (found.n_conversions, found.total_value, found.n_customers) == (2, 90.0, 6)


def test_value_and_nulls_may_be_left_out():
    bare = table(conversions=[2, 1]).drop(columns=["nulls", "value"])
    found = Journeys.from_paths(bare, nulls=None, value=None)
    assert found.value.tolist() == [2, 1]
    assert found.nulls.tolist() == [0, 0]


def test_separator_is_taken_literally():
    frame = table(path=["a.b|c", "c"])
    assert Journeys.from_paths(frame, separator="|").channels == ("a.b", "c")


@pytest.mark.parametrize(
    "change, words",
    [
        ({"path": ["", "sms"]}, "empty path"),
        ({"path": ["email >  > sms", "sms"]}, "empty path or channel"),
        ({"path": [None, "sms"]}, "missing"),
        ({"path": ["email > (conversion)", "sms"]}, "reserved"),
        ({"path": ["start > email", "sms"]}, "reserved"),
        ({"path": ["email > NULL", "sms"]}, "reserved"),
        ({"conversions": [np.nan, 1]}, "conversions, row 0: nan"),
        ({"conversions": [1.5, 0]}, "whole number"),
        ({"conversions": [-1, 0]}, "conversions, row 0"),
        ({"nulls": [1, np.inf]}, "nulls, row 1"),
        ({"value": [-5.0, 0.0]}, "value, row 0"),
        ({"value": ["90", "0"]}, "not a number"),
        ({"value": [90.0, 5.0]}, "row 1: value without a conversion"),
        ({"nulls": [1, 0]}, "row 1: neither conversions nor nulls"),
    ],
)
def test_refusals(change, words):
    with pytest.raises(SchemaError, match=words):
        Journeys.from_paths(table(**change))


def test_refuses_empty_table_and_missing_column():
    with pytest.raises(SchemaError, match="no rows"):
        Journeys.from_paths(table()[:0])
    with pytest.raises(SchemaError, match=r"no column \['nulls'\]"):
        Journeys.from_paths(table().drop(columns="nulls"))


def test_select_keeps_contacts_with_their_journeys():
    found = Journeys.from_paths(table()).select(np.array([False, True]))
    assert found.codes.tolist() == [2]
    assert found.offsets.tolist() == [0, 1]
    assert found.nulls.tolist() == [3]
