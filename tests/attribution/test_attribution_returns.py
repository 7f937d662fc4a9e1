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
    credited_acquisition,
    credited_returns,
    margin_break_even,
    marginal_returns,
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


def test_cost_per_order_has_the_interval_of_its_orders():
    d = draws()
    frame = credited_returns(d, COSTS).frame.set_index(["model", "channel"])
    row = frame.loc[("first", "a")]
    low, high = np.quantile(d.conversions[:, 0, 0], [0.025, 0.975])
    assert row["credited_cost_per_order_low"] == pytest.approx(150 / high)
    assert row["credited_cost_per_order_high"] == pytest.approx(150 / low)
    assert frame.loc[("first", "d")].isna().sum() == 3


def persons(*rows) -> Journeys:
    """Rows of (person, channel codes, buys)."""
    lengths = [len(codes) for _, codes, _ in rows]
    buys = np.array([b for *_, b in rows])
    return Journeys(
        channels=("a", "b"),
        codes=np.array([c for _, codes, _ in rows for c in codes], dtype=np.int16),
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        conversions=buys.astype(np.int64),
        nulls=1 - buys.astype(np.int64),
        value=10.0 * buys,
        customer=np.array([p for p, *_ in rows]),
    )


def test_acquisition_counts_first_orders_and_what_came_before():
    journeys = persons(
        (0, [0], 0), (0, [1], 1), (0, [0], 1), (1, [0], 1), (1, [0], 0), (2, [1, 0], 0)
    )
    first = journeys.to_first_orders()
    assert first.n_conversions == 2
    assert first.codes.tolist() == [0, 1, 0, 1, 0]
    costs = pd.DataFrame({"channel": ["a", "b"], "media_cost": [30.0, 8.0]})
    found = credited_acquisition(journeys, (Last(),), costs, rng=np.random.default_rng(1))
    found = found.set_index("channel")
    assert found["new_customers"].to_dict() == {"a": 1, "b": 1}
    assert found["credited_cac"].to_dict() == {"a": 30, "b": 8}
    assert (found["credited_cac_low"] <= found["credited_cac"]).all()
    aggregated = Journeys.from_paths(
        pd.DataFrame({"path": ["a"], "conversions": [3]}), nulls=None, value=None
    )
    with pytest.raises(DesignError, match="who is who"):
        aggregated.to_first_orders()


DAY0 = pd.Timestamp("2025-01-06")


def weekly(n_weeks, credited, spend) -> tuple[Journeys, pd.DataFrame]:
    """One order a week worth `credited`, `spend` on its Monday, both of channel a."""
    ended = DAY0.value // 10**6 + np.arange(n_weeks) * 7 * 86_400_000 + 3 * 86_400_000
    ones = np.ones(n_weeks, dtype=np.int64)
    journeys = Journeys(
        channels=("a",),
        codes=np.zeros(n_weeks, dtype=np.int16),
        offsets=np.arange(n_weeks + 1),
        conversions=ones,
        nulls=0 * ones,
        value=np.asarray(credited, dtype=float),
        customer=np.arange(n_weeks),
        ended_ms=ended,
    )
    costs = pd.DataFrame(
        {
            "cost_date": [*(DAY0 + pd.to_timedelta(np.arange(n_weeks) * 7, unit="D")),
                          DAY0 + pd.Timedelta(days=7 * n_weeks - 1)],
            "channel": "a",
            "media_cost": [*spend, 0.0],
        }
    )  # fmt: skip
    return journeys, costs


def test_marginal_return_is_the_slope_and_says_saturating():
    rng = np.random.default_rng(2)
    spend = rng.uniform(50, 150, 30)
    credited = 400 + 0.5 * spend + 2 * np.arange(30) + rng.normal(0, 3, 30)
    journeys, costs = weekly(30, credited, spend)
    row = marginal_returns(journeys, Last(), costs).iloc[0]
    assert row["average_credited_roas"] == pytest.approx(credited.sum() / spend.sum())
    # Noise of 3 over a spread of spend of 29 in 30 weeks: standard error about 0.02.
    assert row["marginal_credited_roas"] == pytest.approx(0.5, abs=0.08)
    assert row["marginal_low"] < 0.5 < row["marginal_high"]
    assert row["reading"] == "saturating"


def test_marginal_interval_covers_the_slope():
    rng = np.random.default_rng(5)
    hits = []
    for _ in range(300):
        spend = rng.uniform(50, 150, 26)
        credited = 300 + spend + rng.normal(0, 20, 26)
        journeys, costs = weekly(26, credited, spend)
        row = marginal_returns(journeys, Last(), costs).iloc[0]
        hits.append(row["marginal_low"] <= 1 <= row["marginal_high"])
    # Newey-West with 26 weeks is known to run a few points short of 95 %.
    assert 0.88 < np.mean(hits) < 0.99


def test_marginal_without_variation_is_not_guessed():
    journeys, costs = weekly(12, np.full(12, 90.0), np.full(12, 30.0))
    row = marginal_returns(journeys, Last(), costs).iloc[0]
    assert row["reading"] == "no variation"
    assert np.isnan(row["marginal_credited_roas"])
    assert row["average_credited_roas"] == pytest.approx(3)
    short, few = weekly(7, np.ones(7), np.ones(7))
    with pytest.raises(DesignError, match="7 full weeks"):
        marginal_returns(short, Last(), few)
    with pytest.raises(DesignError, match="no times"):
        marginal_returns(persons((0, [0], 1)), Last(), costs)
    with pytest.raises(SchemaError, match="no column"):
        marginal_returns(journeys, Last(), costs.drop(columns="cost_date"))
