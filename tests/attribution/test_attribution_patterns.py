"""Journeys described: moves, paths, stops, lags, steps, crossings; by hand, with intervals checked."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnisim.attribution import (
    Journeys,
    count_moves,
    cross_flow,
    drop_off,
    lag_quantiles,
    path_frequency,
    path_lengths,
    step_flow,
    step_matrix,
    time_lag,
    transition_matrix,
    transitions,
)
from omnisim.attribution.shares import shares_over_persons, wilson_bounds
from omnisim.errors import DesignError


def journeys_of(*rows) -> Journeys:
    return Journeys.from_paths(
        pd.DataFrame(rows, columns=["path", "conversions", "nulls"]), value=None
    )


FOUR = journeys_of(("a > b", 2, 1), ("a", 0, 1), ("b > b > a", 1, 0))


def persons(*rows) -> Journeys:
    """Rows of (person, channel codes, place of purchase or None, days before the end of the first)."""
    lengths = [len(codes) for _, codes, *_ in rows]
    buys = np.array([place is not None for _, _, place, _ in rows])
    places = ("store", "web", "call_centre")
    days = [d * (1 - k / max(len(c), 1)) for _, c, _, d in rows for k in range(len(c))]
    return Journeys(
        channels=("email", "store_visit"),
        codes=np.array([c for _, codes, *_ in rows for c in codes], dtype=np.int16),
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        conversions=buys.astype(np.int64),
        nulls=(~buys).astype(np.int64),
        value=10.0 * buys,
        customer=np.array([p for p, *_ in rows]),
        days_before_end=np.array(days, dtype=float),
        order_channels=places,
        order_channel=np.array(
            [places.index(p) if p else -1 for _, _, p, _ in rows], dtype=np.int16
        ),
    )


def test_shares_of_independent_things_are_wilsons():
    found = shares_over_persons(np.arange(50), np.repeat([0, 1], [20, 30]), np.zeros(2, np.int64))
    low, high = wilson_bounds(np.array([0.4, 0.6]), np.array([50.0, 50.0]))
    np.testing.assert_allclose(found.ci_low, low)
    np.testing.assert_allclose(found.ci_high, high)
    # Newcombe (1998), table I: 81 of 263, Wilson without correction: 0.2553 to 0.3662.
    low, high = wilson_bounds(np.array([81 / 263]), np.array([263.0]))
    assert (low[0], high[0]) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_things_of_one_person_count_as_one():
    """Each person does the same ten times: the interval is that of the persons."""
    person, cell = np.repeat(np.arange(40), 10), np.repeat(np.arange(40) % 4 // 3, 10)
    found = shares_over_persons(person, cell, np.zeros(2, np.int64))
    low, _ = wilson_bounds(np.array([0.75, 0.25]), np.array([40.0, 40.0]))
    np.testing.assert_allclose(found.ci_low, low)
    all_the_same = shares_over_persons(person, 0 * cell, np.zeros(2, np.int64))
    assert all_the_same.ci_high[1] == wilson_bounds(np.zeros(1), np.array([40.0]))[1][0]


def test_interval_over_persons_covers():
    rng = np.random.default_rng(3)
    hits = []
    for _ in range(400):
        p = rng.beta(2, 6, 150)  # persons differ; mean share 1/4
        n = rng.integers(1, 8, 150)
        person = np.repeat(np.arange(150), n)
        cell = (rng.random(len(person)) < p[person]).astype(np.int64)
        found = shares_over_persons(person, cell, np.zeros(2, np.int64))
        hits.append(found.ci_low[1] <= 0.25 <= found.ci_high[1])
    # 95 %, give or take three binomial standard errors at n = 400.
    assert abs(np.mean(hits) - 0.95) < 0.033


def test_transitions_by_hand():
    found = transitions(FOUR).set_index(["from_state", "to"])
    assert found.loc[("(start)", "a"), ["n", "n_base"]].tolist() == [4, 5]
    assert found.loc[("a", "b"), ["n", "n_base"]].tolist() == [3, 5]
    assert found.loc[("a", "(nothing)"), "n"] == 1
    assert found.loc[("b", "(order)"), ["n", "n_base"]].tolist() == [2, 5]
    second = transitions(FOUR, order=2).set_index(["from_state", "to"])
    assert second.loc[("b > b", "a"), "share"] == 1
    assert second.loc[("b", "b"), "share"] == 1
    assert second.loc[("a > b", "(order)"), "share"] == pytest.approx(2 / 3)


path_rows = st.lists(
    st.tuples(
        st.lists(st.sampled_from("abc"), min_size=1, max_size=5).map(" > ".join),
        st.integers(0, 3),
        st.integers(0, 3),
    ).filter(lambda row: row[1] + row[2] > 0),
    min_size=1,
    max_size=8,
)


@given(rows=path_rows)
@settings(max_examples=50, deadline=None)
def test_law_first_order_transitions_are_the_matrix_of_the_chain(rows):
    journeys = journeys_of(*rows)
    found = transitions(journeys)
    matrix = transition_matrix(count_moves(journeys))
    states = ["(start)", *journeys.channels]
    ends = [*journeys.channels, "(order)", "(nothing)"]
    for row in found.itertuples():
        place = states.index(row.from_state), ends.index(row.to)
        assert row.share == pytest.approx(matrix[place])
    assert len(found) == (matrix > 0).sum()


@given(rows=path_rows, order=st.integers(1, 4), n_steps=st.integers(1, 6))
@settings(max_examples=50, deadline=None)
def test_law_shares_add_up_and_lie_in_their_intervals(rows, order, n_steps):
    journeys = journeys_of(*rows)
    moves = transitions(journeys, order=order)
    steps = step_matrix(journeys, n_steps=n_steps)
    paths = path_frequency(journeys, n_largest=2)
    n = sum(c + m for _, c, m in rows)
    for frame, by in ((moves, "from_state"), (steps, "step")):
        np.testing.assert_allclose(frame.groupby(by)["share"].sum(), 1)
        assert (frame.groupby(by)["n"].sum() == frame.groupby(by)["n_base"].first()).all()
    assert paths["share"].sum() == pytest.approx(1)
    assert paths["n"].sum() == n
    for frame in (moves, steps, paths):
        assert (frame["share_low"] <= frame["share"]).all()
        assert (frame["share"] <= frame["share_high"]).all()
        assert (frame["share_low"] >= 0).all()
        assert (frame["share_high"] <= 1).all()
    flow = step_flow(journeys, n_steps=n_steps, n_largest=1)
    assert flow["n"].sum() == n
    stopped = drop_off(journeys)
    assert stopped["n"].sum() == journeys.nulls.sum()


def test_drop_off_and_paths_by_hand():
    found = drop_off(FOUR).set_index("channel")
    assert found.loc["a", ["n", "n_base", "share_of_ends"]].tolist() == [1, 5, 0.5]
    assert found.loc["b", ["n", "n_base"]].tolist() == [1, 5]
    paths = path_frequency(FOUR, n_largest=1).set_index("path")
    assert paths.loc["a > b", ["n", "conversions"]].tolist() == [3, 2]
    assert paths.loc["a > b", "conversion_share"] == pytest.approx(2 / 3)
    assert paths.loc["(other paths)", ["n", "conversions"]].tolist() == [2, 1]


def test_step_matrix_and_flow_by_hand():
    wide = step_matrix(FOUR, n_steps=4).pivot(index="state", columns="step", values="n")
    assert wide.loc["a"].tolist() == [4, 0, 1, 0]
    assert wide.loc["b"].tolist() == [1, 4, 0, 0]
    assert wide.loc["(order)"].tolist() == [0, 0, 2, 3]
    assert wide.loc["(nothing)"].tolist() == [0, 1, 2, 2]
    flow = step_flow(FOUR, n_steps=2).set_index(["step_1", "step_2", "end"])["n"].to_dict()
    assert flow == {
        ("a", "(ended)", "(nothing)"): 1,
        ("a", "b", "(nothing)"): 1,
        ("a", "b", "(order)"): 2,
        ("b", "b", "(more)"): 1,
    }


def test_crossings_by_hand():
    journeys = persons(
        (0, [0, 1], "store", 2), (0, [1, 0], "web", 2), (1, [0], "store", 1), (2, [], "web", 0),
        (3, [0, 0], None, 3),
    )  # fmt: skip
    found = cross_flow(journeys, online_channels={"email"}).set_index(
        ["move", "from_group", "to_group"]
    )
    assert found.loc[("contact", "online", "store"), ["n", "n_base"]].tolist() == [1, 2]
    assert found.loc[("contact", "store", "online"), ["n", "n_base"]].tolist() == [1, 1]
    assert found.loc[("purchase", "online", "store"), ["n", "n_base"]].tolist() == [1, 2]
    assert found.loc[("purchase", "none", "online"), "share"] == 1
    assert ("purchase", "phone", "online") not in found.index
    with pytest.raises(DesignError, match="where the order was placed"):
        cross_flow(FOUR, online_channels=())


def test_lags_by_hand():
    journeys = persons(*((k, [0], "web", d) for k, d in enumerate([0.01, 0.5, 2, 5, 40])))
    found = time_lag(journeys, edges_days=(0, 1, 7))
    assert found["n"].tolist() == [2, 2, 1]
    assert found["cumulative_share"].tolist() == pytest.approx([0.4, 0.8, 1.0])
    quantiles = lag_quantiles(journeys, shares=(0.5,))
    assert quantiles.loc[0, ["days", "n"]].tolist() == [2, 5]
    assert (quantiles["days_low"] <= quantiles["days"]).all()
    for call, words in (
        (lambda: time_lag(FOUR), "no times"),
        (lambda: time_lag(journeys, edges_days=(1, 2)), "rising numbers from 0"),
        (lambda: lag_quantiles(journeys, shares=(1.0,)), "shares in"),
        (lambda: lag_quantiles(persons((0, [0], None, 1))), "no order has a contact"),
    ):
        with pytest.raises(DesignError, match=words):
            call()


def test_quantile_interval_covers():
    rng = np.random.default_rng(8)
    hits = []
    for _ in range(300):
        days = rng.exponential(5, 120)
        journeys = persons(*((k, [0], "web", d) for k, d in enumerate(days)))
        row = lag_quantiles(journeys, shares=(0.5,)).iloc[0]
        hits.append(row["days_low"] <= 5 * np.log(2) <= row["days_high"])
    # 95 %, less three binomial standard errors at n = 300; order statistics may run a little wide.
    assert 0.912 < np.mean(hits) < 0.995


def test_path_lengths_have_intervals():
    found = path_lengths(FOUR, longest=3)
    assert found["conversion_share"].tolist() == pytest.approx([0, 0, 2 / 3, 1])
    assert (found["conversion_share_low"] <= found["conversion_share"]).all()
    assert (found["conversion_share"] <= found["conversion_share_high"]).all()


def test_refusals():
    empty = persons((0, [], "web", 0))
    for call, words in (
        (lambda: transitions(FOUR, order=5), "order = 5"),
        (lambda: transitions(empty), "nothing to describe"),
        (lambda: step_matrix(FOUR, n_steps=0), "n_steps = 0"),
        (lambda: step_flow(FOUR, n_steps=7), "n_steps = 7"),
        (lambda: path_frequency(FOUR, n_largest=0), "n_largest = 0"),
        (lambda: shares_over_persons(np.zeros(1, int), np.zeros(1, int), np.zeros(1, int), level=1),
         "level = 1"),
    ):  # fmt: skip
        with pytest.raises(DesignError, match=words):
            call()
