"""Markov chains of any order against plain Python, against simulation, and by hand."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnisim.attribution import (
    Journeys,
    Markov,
    chain_removal,
    choose_order,
    count_chain,
    count_moves,
    credit,
    removal_effects,
)
from omnisim.attribution import chain as chain_module
from omnisim.errors import DesignError


def journeys_of(*rows) -> Journeys:
    """Rows of (path as text, conversions, nulls, value)."""
    return Journeys.from_paths(
        pd.DataFrame(rows, columns=["path", "conversions", "nulls", "value"])
    )


path_rows = st.lists(
    st.tuples(
        st.lists(st.sampled_from("abcd"), min_size=1, max_size=6).map(" > ".join),
        st.integers(1, 4),
        st.integers(0, 3),
        st.integers(1, 50).map(float),
    ),
    min_size=1,
    max_size=7,
)


def losses_in_plain_python(journeys: Journeys, order: int) -> dict:
    """Share of orders and of money lost without each channel: drop its states, solve, compare."""
    moves: dict = {}
    ends: dict = {}
    starts: dict = {}
    for j in range(journeys.n_journeys):
        cut = slice(journeys.offsets[j], journeys.offsets[j + 1])
        path = [journeys.channels[c] for c in journeys.codes[cut]]
        runs = int(journeys.conversions[j] + journeys.nulls[j])
        seen = [tuple(path[max(0, i - order + 1) : i + 1]) for i in range(len(path))]
        starts[seen[0]] = starts.get(seen[0], 0) + runs
        for one, other in pairwise(seen):
            moves[one, other] = moves.get((one, other), 0) + runs
        bought, left, money = ends.get(seen[-1], (0, 0, 0.0))
        ends[seen[-1]] = (
            bought + int(journeys.conversions[j]),
            left + int(journeys.nulls[j]),
            money + float(journeys.value[j]),
        )
    states = sorted({*starts, *ends, *(s for pair in moves for s in pair)})

    def worth(without):
        live = [s for s in states if s[-1] != without]
        place = {s: k for k, s in enumerate(live)}
        system, reward = np.eye(len(live)), np.zeros((len(live), 2))
        for state in live:
            bought, left, money = ends.get(state, (0, 0, 0.0))
            out = bought + left + sum(n for (one, _), n in moves.items() if one == state)
            reward[place[state]] = (bought / out, money / out)
            for (one, other), n in moves.items():
                if one == state and other in place:
                    system[place[one], place[other]] -= n / out
        ahead = np.linalg.solve(system, reward)
        first = np.array([starts.get(s, 0) for s in live], dtype=float)
        return first @ ahead

    whole = worth(None)
    return {c: whole - worth(c) for c in journeys.channels}


@given(rows=path_rows, order=st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_every_order_equals_plain_python(rows, order):
    journeys = journeys_of(*rows)
    expected = losses_in_plain_python(journeys, order)
    chain = count_chain(journeys, order=order)
    before = chain_module.DENSE_STATES
    try:
        for most in (before, 0):  # one fundamental matrix, then the power series
            chain_module.DENSE_STATES = most
            found = chain_removal(chain)
            for code, channel in enumerate(journeys.channels):
                both = [found.conversions[code], found.value[code]]
                # Doubles, at most 6 contacts: far better conditioned than 1e-8.
                np.testing.assert_allclose(both, expected[channel], rtol=1e-8, atol=1e-8)
    finally:
        chain_module.DENSE_STATES = before


def test_order_two_by_hand():
    # b after a always buys; b alone never does; a alone never does.
    journeys = journeys_of(("a > b", 2, 0, 20.0), ("b", 0, 2, 0.0), ("a", 0, 1, 0.0))
    # Order 1 sees b buy half of the time; without a: 2 of 5 start at b, half of them buy: 1 order.
    first = removal_effects(count_moves(journeys)).effect
    assert first.tolist() == pytest.approx([float(Fraction(1, 2)), 1.0])
    # Order 2 knows that b alone sells nothing: without a nothing is left either.
    second = chain_removal(count_chain(journeys, order=2)).effect
    assert second.tolist() == pytest.approx([1.0, 1.0])
    table = credit(journeys, (Markov(), Markov(order=2)))
    np.testing.assert_allclose(table.conversions, [[2 / 3, 4 / 3, 0], [1, 1, 0]])


@given(rows=path_rows)
@settings(max_examples=40, deadline=None)
def test_order_one_is_the_first_order_chain(rows):
    journeys = journeys_of(*rows)
    one, other = removal_effects(count_moves(journeys)), chain_removal(count_chain(journeys))
    np.testing.assert_allclose(other.conversions, one.conversions, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(other.value, one.value, rtol=1e-9, atol=1e-9)


@given(rows=path_rows, order=st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_law_credit_sums_to_orders_under_every_option(rows, order):
    journeys = journeys_of(*rows)
    options = [
        Markov(order=order, self_loops=loops, null_journeys=nulls, value_weighted=value)
        for loops in (True, False)
        for nulls in (True, False)
        for value in (True, False)
    ]
    assert len({model.name for model in options}) == 8
    table = credit(journeys, options)
    np.testing.assert_allclose(table.conversions.sum(axis=1), journeys.n_conversions)
    np.testing.assert_allclose(table.value.sum(axis=1), journeys.total_value)


@given(rows=path_rows, order=st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_law_an_order_as_long_as_the_journeys_is_the_share_of_journeys_with_the_channel(
    rows, order
):
    """A chain that remembers everything loses exactly the orders whose journey had the channel."""
    short = [(" > ".join(path.split(" > ")[:order]), *rest) for path, *rest in rows]
    journeys = journeys_of(*short)
    loss = chain_removal(count_chain(journeys, order=order)).conversions
    for code, channel in enumerate(journeys.channels):
        with_it = sum(c for path, c, *_ in short if channel in path.split(" > "))
        assert loss[code] == pytest.approx(with_it)


def test_merging_repeats_changes_order_two_and_not_order_one():
    journeys = journeys_of(("a > b > b > b", 3, 0, 3.0), ("b > b > b", 1, 6, 1.0), ("a", 1, 2, 1.0))
    names = [(1, True), (1, False), (2, True), (2, False)]
    table = credit(journeys, [Markov(order=k, self_loops=loops) for k, loops in names])
    np.testing.assert_allclose(table.conversions[0], table.conversions[1])
    assert np.abs(table.conversions[2] - table.conversions[3]).max() > 0.05


def test_journeys_without_order_change_credit_and_may_be_left_out():
    journeys = journeys_of(("a > b", 1, 0, 1.0), ("b", 1, 0, 1.0), ("a", 0, 8, 0.0))
    table = credit(journeys, (Markov(), Markov(null_journeys=False)))
    # Buyers only: half start at a, all buy. Without a half is lost, without b all.
    np.testing.assert_allclose(table.conversions[1], [2 / 3, 4 / 3, 0])
    # a ends in nothing 8 times in 9, so few who come by a are lost with it.
    np.testing.assert_allclose(table.conversions[0], [2 / 3, 4 / 3, 0])
    more = journeys_of(("a > b", 1, 0, 1.0), ("b", 1, 0, 1.0), ("b > a", 0, 8, 0.0))
    table = credit(more, (Markov(), Markov(null_journeys=False)))
    assert abs(table.conversions[0, 0] - table.conversions[1, 0]) > 0.05


def test_money_shared_by_orders_or_by_money():
    journeys = journeys_of(("a", 1, 1, 90.0), ("b", 1, 1, 10.0))
    table = credit(journeys, (Markov(), Markov(value_weighted=False)))
    np.testing.assert_allclose(table.value, [[90, 10, 0], [50, 50, 0]])


def test_simulation_of_the_chain_tends_to_the_exact_effects():
    rng = np.random.default_rng(5)
    journeys = journeys_of(
        ("a > b > c", 3, 1, 30.0), ("c > a", 1, 4, 5.0), ("b > b > a", 2, 2, 9.0), ("c", 1, 5, 2.0)
    )
    exact = removal_effects(count_moves(journeys)).effect
    from omnisim.attribution import transition_matrix

    table = transition_matrix(count_moves(journeys))
    n, walkers = 3, 200_000
    edges = table.cumsum(axis=1)

    def bought_without(gone):
        state, alive = np.zeros(walkers, dtype=int), np.ones(walkers, dtype=bool)  # 0 is start
        bought = np.zeros(walkers, dtype=bool)
        while alive.any():
            draw = (rng.random(alive.sum())[:, None] > edges[state[alive]]).sum(axis=1)
            where = np.flatnonzero(alive)
            bought[where] = draw == n
            state[where] = draw + 1
            alive[where] = (draw < n) & (draw != gone)
        return bought.mean()

    whole = bought_without(-1)
    found = [1 - bought_without(k) / whole for k in range(n)]
    # Shares near a third of 200 000 walks: standard error 0.001, over a third: 0.004 at most.
    np.testing.assert_allclose(found, exact, atol=0.015)


def test_a_chain_too_slow_for_a_series_is_factorised(monkeypatch):
    journeys = journeys_of((" > ".join("ab" * 3000), 1, 0, 5.0), ("a > b > a", 1, 3, 2.0))
    chain = count_chain(journeys, order=2)
    expected = chain_removal(chain)
    monkeypatch.setattr(chain_module, "DENSE_STATES", 0)
    found = chain_removal(chain)
    # 6 000 contacts: the condition number is some 1e4.
    np.testing.assert_allclose(found.conversions, expected.conversions, rtol=1e-9)


def test_long_journeys_and_many_channels():
    rng = np.random.default_rng(1)
    names = np.array([f"c{k:03d}" for k in range(200)])
    long = " > ".join(rng.choice(names, 10_000))
    some = [(" > ".join(rng.choice(names, 3)), 1, 1, 4.0) for _ in range(50)]
    journeys = journeys_of((long, 1, 0, 9.0), *some)
    models = [Markov(order=k) for k in (1, 2)]
    table = credit(journeys, models)
    np.testing.assert_allclose(table.conversions.sum(axis=1), 51)
    assert (table.conversions >= 0).all()
    with pytest.raises(DesignError, match="too many states"):
        count_chain(
            Journeys(
                channels=tuple(str(k) for k in range(40_000)),
                codes=np.zeros(1, np.int16),
                offsets=np.array([0, 1]),
                conversions=np.ones(1, np.int64),
                nulls=np.zeros(1, np.int64),
                value=np.ones(1),
            ),
            order=5,
        )


def test_held_out_likelihood_finds_the_order_that_made_the_journeys():
    rng = np.random.default_rng(3)
    # The third contact repeats the first, whatever the second: memory of two.
    first, second = rng.choice(list("abc"), (2, 3000))
    rows = pd.DataFrame({"path": [f"{a} > {b} > {a}" for a, b in zip(first, second, strict=True)]})
    rows = rows.assign(conversions=rng.integers(0, 2, 3000))
    rows["nulls"] = 1 - rows["conversions"]
    journeys = Journeys.from_paths(rows, value=None)
    chosen = choose_order(journeys, orders=(1, 2, 3))
    likelihood = dict(zip(chosen.frame["order"], chosen.frame["log_likelihood"], strict=True))
    assert likelihood[2] > likelihood[1] + 0.1
    assert chosen.simplest >= 2
    # First-order journeys: a longer memory only adds noise.
    move = np.array([[0.1, 0.5, 0.1], [0.5, 0.1, 0.1], [0.3, 0.3, 0.1]])  # the rest ends it
    paths = []
    for _ in range(4000):
        path = [int(rng.integers(3))]
        while (step := int((rng.random() > move[path[-1]].cumsum()).sum())) < 3:
            path.append(step)
        paths.append(" > ".join("abc"[k] for k in path))
    rows = pd.DataFrame({"path": paths, "conversions": rng.integers(0, 2, 4000)})
    rows["nulls"] = 1 - rows["conversions"]
    chosen = choose_order(Journeys.from_paths(rows, value=None))
    assert chosen.best == 1
    assert chosen.n_moves == sum(len(p.split(" > ")) for p in paths) + 4000


def test_refusals():
    nobody = journeys_of(("a", 0, 3, 0.0))
    with pytest.raises(DesignError, match="no order has a contact"):
        chain_removal(count_chain(nobody, order=2))
    for bad in (0, 5, 2.5):
        with pytest.raises(DesignError, match="order ="):
            Markov(order=bad)
    with pytest.raises(DesignError, match="orders ="):
        choose_order(nobody, orders=())
    with pytest.raises(DesignError, match="n_folds"):
        choose_order(nobody, n_folds=1)
    with pytest.raises(DesignError, match="1 customers for 5 folds"):
        choose_order(nobody)
