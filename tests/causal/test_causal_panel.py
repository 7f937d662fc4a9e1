"""Orders and a roll-out table become a panel: counted by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from omnisim import causal as ca
from omnisim.errors import DesignError, SchemaError

FIRST = date(2025, 1, 6)


def units(**changes) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "rollout_id": 1,
            "rollout_name": "Click-and-collect",
            "location_id": [12, 10, 11],
            "wave": [0, 1, 2],
            "is_pilot": [False, True, False],
            "started_date": pd.to_datetime([None, "2025-01-13", "2025-01-22"]),
        }
        | changes
    )


def orders(*rows: tuple) -> pd.DataFrame:
    at, place, amount, channel, fulfilment, status = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "ordered_at": pd.DatetimeIndex(at, tz="UTC"),
            "catchment_location_id": place,
            "net_amount": np.array(amount, float),
            "cost_amount": np.array(amount, float) / 2,
            "shipping_cost": 1.0,
            "order_channel": pd.Categorical(channel),
            "fulfilment": pd.Categorical(fulfilment),
            "status": pd.Categorical(status),
        }
    )


ROWS = (
    ("2025-01-06 00:00", 10, 100, "store", "carry_out", "completed"),
    ("2025-01-12 23:59", 10, 10, "web", "ship_from_dc", "completed"),  # still week 0
    ("2025-01-13 00:00", 10, 40, "web", "click_and_collect", "completed"),  # week 1
    ("2025-01-13 00:00", 10, 999, "web", "click_and_collect", "cancelled"),
    ("2025-01-14 00:00", 99, 999, "web", "ship_from_dc", "completed"),  # no roll-out store
    ("2025-01-28 00:00", 12, 999, "web", "ship_from_dc", "completed"),  # incomplete week
    ("2025-01-21 00:00", 12, 7, "app", "ship_from_dc", "completed"),  # week 2
)


def build(last: date = date(2025, 1, 29)) -> ca.Panel:
    return ca.build_panel(orders(*ROWS), units(), first_date=FIRST, last_date=last)


def test_counts_by_catchment_and_week():
    panel = build()
    assert panel.location_id.tolist() == [10, 11, 12]
    assert panel.wave.tolist() == [1, 2, 0]
    assert panel.start_week.tolist() == [1, 2, ca.NEVER]
    assert panel.outcome("net_amount").tolist() == [[110, 40, 0], [0, 0, 0], [0, 0, 7]]
    assert panel.outcome("store_net_amount").tolist() == [[100, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert panel.outcome("online_net_amount").tolist() == [[10, 40, 0], [0, 0, 0], [0, 0, 7]]
    assert panel.outcome("n_orders").sum() == 4
    assert panel.outcome("n_collected").tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]
    assert panel.outcome("margin_amount")[0].tolist() == [110 / 2 - 2, 40 / 2 - 1, 0]
    assert panel.is_treated.tolist() == [[False, True, True], [False, False, True], [False] * 3]


def test_says_what_it_left_out():
    panel = build()
    assert (panel.n_weeks, panel.n_dropped_days, panel.n_dropped_orders) == (3, 3, 1)
    assert (panel.n_outside_orders, panel.n_midweek_starts) == (1, 1)
    assert build(date(2025, 1, 26)).n_dropped_days == 0


def test_cost_of_the_service_is_deducted_once_per_collected_order():
    panel = build()
    found = ca.with_service_cost(panel, 2.5).outcome("contribution_amount")
    assert (panel.outcome("margin_amount") - found).tolist() == [[0, 2.5, 0], [0, 0, 0], [0, 0, 0]]
    assert "contribution_amount" not in panel.outcomes
    with pytest.raises(DesignError, match="cost_per_order"):
        ca.with_service_cost(panel, -1)


@pytest.mark.parametrize(
    ("table", "error", "words"),
    [
        (units().drop(columns="wave"), SchemaError, "rollout_units: no column"),
        (units(started_date=pd.NaT), DesignError, "no store was ever treated"),
        (units(location_id=[10, 10, 11]), SchemaError, "appear twice"),
        (units(rollout_name=["a", "b", "c"]), DesignError, "name one of"),
        (units().iloc[:0], DesignError, "name one of"),
    ],
)
def test_bad_rollout_tables_are_refused(table, error, words):
    with pytest.raises(error, match=words):
        ca.build_panel(orders(*ROWS), table, first_date=FIRST, last_date=date(2025, 1, 29))


def test_less_than_a_week_is_refused():
    with pytest.raises(DesignError, match="whole week"):
        build(date(2025, 1, 8))


def test_unknown_outcome_and_nan_are_refused():
    panel = build()
    with pytest.raises(DesignError, match="no outcome 'profit'"):
        panel.outcome("profit")
    with pytest.raises(DesignError, match="NaN"):
        ca.Panel(
            location_id=np.array([1]),
            wave=np.array([0]),
            start_week=np.array([ca.NEVER]),
            outcomes={"net_amount": np.array([[np.nan]])},
            first_date=FIRST,
        )
