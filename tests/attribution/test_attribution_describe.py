"""Statistics of journeys, by hand."""

import numpy as np
import pandas as pd
import pytest

from omnisim.attribution import (
    Journeys,
    cross_channel,
    days_to_order,
    flows,
    mean_touches,
    path_lengths,
)
from omnisim.errors import DesignError

# email>direct buys in store, store_visit buys on web, nothing seen buys in store,
# direct alone buys by phone, email ends in nothing.
JOURNEYS = Journeys(
    channels=("direct", "email", "store_visit"),
    codes=np.array([1, 0, 2, 0, 1], dtype=np.int16),
    offsets=np.array([0, 2, 3, 3, 4, 5]),
    conversions=np.array([1, 1, 1, 1, 0]),
    nulls=np.array([0, 0, 0, 0, 1]),
    value=np.array([60.0, 40.0, 30.0, 20.0, 0.0]),
    customer=np.arange(5),
    days_before_end=np.array([5.0, 1.0, 2.0, 0.5, 0.0]),
    order_id=np.array([1, 2, 3, 4, -1]),
    order_channels=("call_centre", "store", "web"),
    order_channel=np.array([1, 2, 1, 0, -1], dtype=np.int16),
)
BARE = Journeys.from_paths(
    pd.DataFrame({"path": ["a > b > b"], "conversions": [2], "nulls": [2], "value": [8.0]})
)


def test_path_lengths():
    found = path_lengths(JOURNEYS, longest=2)
    assert found["conversions"].tolist() == [1, 2, 1]
    assert found["nulls"].tolist() == [0, 1, 0]
    assert found["conversion_share"].tolist() == pytest.approx([1, 2 / 3, 1])
    pooled = path_lengths(BARE, longest=2)
    assert pooled["conversions"].tolist() == [0, 0, 2]


def test_mean_touches_and_days():
    assert mean_touches(JOURNEYS) == pytest.approx(4 / 3)
    assert mean_touches(BARE) == 3
    assert days_to_order(JOURNEYS).tolist() == [5.0, 2.0, 0.5]


def test_cross_channel():
    found = cross_channel(JOURNEYS, online_channels={"direct", "email"})
    assert (found.n_store_orders, found.webroomed.sum()) == (2, 1)
    assert (found.n_online_orders, found.showroomed.sum()) == (1, 1)  # the phone order is neither
    assert (found.store_value, found.webrooming_value) == (90, 60)
    assert (found.webrooming_share, found.showrooming_share) == (0.5, 1)


def test_flows_sum_to_the_tracked_orders():
    found = flows(JOURNEYS)
    assert found["n_orders"].sum() == JOURNEYS.n_tracked_conversions == 3
    assert found["value"].sum() == JOURNEYS.tracked_value == 120
    line = found[found["first"] == "email"].iloc[0]
    assert (line["last"], line["order_channel"], line["value"]) == ("direct", "store", 60)


def test_refusals():
    with pytest.raises(DesignError, match="longest = 0"):
        path_lengths(JOURNEYS, longest=0)
    for ask in (days_to_order, flows, lambda j: cross_channel(j, online_channels=["a"])):
        with pytest.raises(DesignError, match="aggregated"):
            ask(BARE)
    with pytest.raises(DesignError, match="no order has a contact"):
        mean_touches(JOURNEYS.select(np.array([False, False, True, False, True])))
