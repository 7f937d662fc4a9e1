"""Credit beside cost."""

import numpy as np
import pandas as pd
import pytest

from omnisim.attribution import (
    First,
    Journeys,
    Last,
    bootstrap_credit,
    budget_move,
    credited_returns,
    margin_break_even,
)
from omnisim.errors import DesignError, SchemaError


def draws():
    # First: a 300, b 0, c 100; last: a 0, b 300, c 100.
    table = pd.DataFrame(
        {"path": ["a > b", "c"], "conversions": [30, 5], "nulls": [0, 0], "value": [300.0, 100.0]}
    )
    return bootstrap_credit(
        Journeys.from_paths(table), (First(), Last()), rng=np.random.default_rng(1)
    )


COSTS = pd.DataFrame(
    {"channel": ["a", "a", "b", "c", "d"], "media_cost": [100.0, 50.0, 50.0, 200.0, 10.0]}
)


def test_credited_returns_by_hand():
    found = credited_returns(draws(), COSTS)
    assert found.media_cost == 410
    first = found.frame[found.frame["model"] == "first"].set_index("channel")
    assert first["credited_roas"].to_dict() == pytest.approx({"a": 2, "b": 0, "c": 0.5, "d": 0})
    assert first.loc["a", "credited_cost_per_order"] == 5  # 150 for 30 orders
    assert np.isnan(first.loc["d", "credited_cost_per_order"])  # no order: no cost per order
    assert (found.frame["credited_roas_low"] <= found.frame["credited_roas"]).all()
    assert (found.frame["credited_roas"] <= found.frame["credited_roas_high"]).all()


def test_verdicts_over_models():
    found = credited_returns(draws(), COSTS).range_over_models()
    assert dict(zip(found["channel"], found["verdict"], strict=True)) == {
        "c": "below",
        "a": "depends",
        "b": "depends",
        "d": "below",
    }
    assert found["channel"].tolist() == ["c", "a", "b", "d"]  # by spend
    low = credited_returns(draws(), COSTS).range_over_models(break_even=0.4)
    assert low.set_index("channel").loc["c", "verdict"] == "above"


def test_budget_move_by_hand():
    d = draws()
    found = budget_move(d, credited_returns(d, COSTS), from_model="first", to_model="last")
    # Shares of paid credit: (3/4, 0, 1/4) against (0, 3/4, 1/4): three quarters move.
    assert found.share == pytest.approx(0.75)
    assert found.amount == pytest.approx(0.75 * 410)
    assert found.ci_low <= found.amount <= found.ci_high
    same = budget_move(d, credited_returns(d, COSTS), from_model="last", to_model="last")
    assert (same.amount, same.ci_high) == (0, 0)


def test_refusals():
    d = draws()
    with pytest.raises(SchemaError, match="media_cost, row 0: nan"):
        credited_returns(d, COSTS.assign(media_cost=np.nan))
    with pytest.raises(DesignError, match="no spend"):
        credited_returns(d, COSTS.assign(media_cost=0.0))
    with pytest.raises(SchemaError, match="without a channel"):
        credited_returns(d, COSTS.assign(channel=None))
    found = credited_returns(d, COSTS)
    with pytest.raises(DesignError, match="break_even = 0"):
        found.range_over_models(break_even=0)
    with pytest.raises(DesignError, match="'markov': not computed"):
        budget_move(d, found, from_model="markov", to_model="last")
    with pytest.raises(DesignError, match="no paid channel"):
        budget_move(
            d,
            credited_returns(d, COSTS[COSTS["channel"] == "d"]),
            from_model="first",
            to_model="last",
        )


def test_margin_break_even_counts_completed_orders_only():
    orders = pd.DataFrame(
        {
            "status": ["completed", "completed", "cancelled"],
            "net_amount": [100.0, 60.0, 900.0],
            "cost_amount": [50.0, 20.0, 900.0],
            "shipping_cost": [6.0, 4.0, 0.0],
        }
    )
    assert margin_break_even(orders) == pytest.approx(160 / 80)
    with pytest.raises(DesignError, match="no return pays"):
        margin_break_even(orders.assign(cost_amount=orders["net_amount"]))
    with pytest.raises(SchemaError, match=r"no column \['shipping_cost'\]"):
        margin_break_even(orders.drop(columns="shipping_cost"))
