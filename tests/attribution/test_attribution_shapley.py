"""Shapley values against every order of players, the axioms, and custom weights."""

from fractions import Fraction
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnisim.attribution import Custom, Journeys, Shapley, credit, shapley_credit
from omnisim.attribution import shapley as shapley_module
from omnisim.errors import DesignError

GAMES = ("cumulative", "rate", "rate_organic")


def journeys_of(*rows) -> Journeys:
    return Journeys.from_paths(
        pd.DataFrame(rows, columns=["path", "conversions", "nulls", "value"])
    )


path_rows = st.lists(
    st.tuples(
        st.lists(st.sampled_from(["a", "b", "c", "direct"]), min_size=1, max_size=4).map(
            " > ".join
        ),
        st.integers(0, 4),
        st.integers(0, 4),
    )
    .filter(lambda row: row[1] + row[2] > 0)
    .map(lambda row: (*row, 7.0 * row[1])),
    min_size=1,
    max_size=8,
).filter(lambda rows: sum(row[1] for row in rows) > 0)


def by_all_orders(rows, game) -> dict:
    """Mean gain of each player over all orders of players, in exact fractions, scaled to orders."""
    sets = [(frozenset(path.split(" > ")), c, n) for path, c, n, _ in rows]
    channels = sorted(set().union(*(s for s, *_ in sets)))
    organic = {"direct"} if game == "rate_organic" else set()
    players = [c for c in channels if c not in organic]

    def worth(members):
        inside = [(c, n) for s, c, n in sets if s <= (members | organic)]
        bought, runs = sum(c for c, _ in inside), sum(c + n for c, n in inside)
        if game == "cumulative":
            return Fraction(bought)
        return Fraction(bought, runs) if runs else Fraction(0)

    gain = dict.fromkeys(channels, Fraction(0))
    orders = list(permutations(players))
    for order in orders:
        so_far: set = set()
        for player in order:
            before = worth(so_far)
            so_far = so_far | {player}
            gain[player] += (worth(so_far) - before) / len(orders)
    whole = worth(set(players))
    total = sum(c for _, c, *_ in rows)
    gain = {c: g / whole * total for c, g in gain.items()}
    if organic & set(channels):
        gain["direct"] = worth(set()) / whole * total
    return {c: float(g) for c, g in gain.items()}


@given(rows=path_rows, game=st.sampled_from(GAMES))
@settings(max_examples=90, deadline=None)
def test_equals_the_mean_over_all_orders_of_players(rows, game):
    journeys = journeys_of(*rows)
    found = shapley_credit(journeys, Shapley(game=game))
    assert found.is_exact
    expected = by_all_orders(rows, game)
    np.testing.assert_allclose(
        found.conversions, [expected[c] for c in journeys.channels], atol=1e-9
    )
    np.testing.assert_allclose(found.value, 7 * found.conversions, atol=1e-8)
    assert found.conversions_std_error.tolist() == [0.0] * journeys.n_channels


def test_by_hand():
    # a alone: 1 of 4 buys; a and b: 3 of 4.
    journeys = journeys_of(("a", 1, 3, 1.0), ("a > b > a", 3, 1, 3.0))
    # Cumulative: a 1 + 3/2, b 3/2. Rates: v(a) = 1/4, v(b) = 0, v(ab) = 4/8: a 3/8, b 1/8, times 8.
    table = credit(journeys, (Shapley(), Shapley("rate"), Shapley("rate_organic", ("a",))))
    np.testing.assert_allclose(table.conversions[:2], [[2.5, 1.5, 0], [3, 1, 0]])
    # With a always there: baseline 1/4, b adds 1/4 of the whole 1/2: two of four orders.
    np.testing.assert_allclose(table.conversions[2], [2, 2, 0])


@given(rows=path_rows, game=st.sampled_from(GAMES))
@settings(max_examples=50, deadline=None)
def test_axiom_efficiency(rows, game):
    journeys = journeys_of(*rows)
    found = shapley_credit(journeys, Shapley(game=game))
    assert found.conversions.sum() == pytest.approx(journeys.n_conversions)
    assert found.value.sum() == pytest.approx(journeys.total_value)


@given(rows=path_rows, game=st.sampled_from(GAMES[:2]))
@settings(max_examples=50, deadline=None)
def test_axiom_symmetry(rows, game):
    """Channels that change places in every journey earn the same when both copies are seen."""
    swap = {"a": "b", "b": "a"}
    mirrored = [
        (" > ".join(swap.get(c, c) for c in path.split(" > ")), *rest) for path, *rest in rows
    ]
    journeys = journeys_of(*rows, *mirrored)
    earned = dict(
        zip(
            journeys.channels,
            shapley_credit(journeys, Shapley(game=game)).conversions,
            strict=True,
        )
    )
    assert earned.get("a", 0.0) == pytest.approx(earned.get("b", 0.0))


@given(rows=path_rows)
@settings(max_examples=50, deadline=None)
def test_axiom_dummy(rows):
    """A channel whose journeys never end in an order adds no order."""
    journeys = journeys_of(*rows, ("idle > a", 0, 5, 0.0))
    found = shapley_credit(journeys, Shapley())
    assert found.conversions[journeys.channels.index("idle")] == 0


def test_rate_can_be_negative_and_still_adds_up():
    journeys = journeys_of(("a", 5, 0, 5.0), ("a > b", 0, 5, 0.0))
    earned = shapley_credit(journeys, Shapley("rate")).conversions
    assert earned.tolist() == pytest.approx([7.5, -2.5])


@pytest.mark.parametrize("game", GAMES[1:])
def test_sampled_orders_agree_with_the_exact_value_within_their_error(game, monkeypatch):
    rng = np.random.default_rng(2)
    names = [*"abcdefg", "direct"]
    rows = []
    for _ in range(60):
        members = rng.choice(names, rng.integers(1, 5), replace=False)
        rows.append((" > ".join(members), int(rng.integers(1, 5)), int(rng.integers(0, 9)), 3.0))
    journeys = journeys_of(*rows)
    model = Shapley(game, n_orders=600)
    exact = shapley_credit(journeys, model)
    monkeypatch.setattr(shapley_module, "EXACT_CHANNELS", 3)
    found = shapley_credit(journeys, model)
    assert not found.is_exact
    assert found.conversions.sum() == pytest.approx(journeys.n_conversions)
    players = found.conversions_std_error > 0
    assert players.sum() == (8 if game == "rate" else 7)
    off = np.abs(found.conversions - exact.conversions)[players]
    # Eight normal deviates: four standard errors are passed once in two thousand times.
    assert (off < 4 * found.conversions_std_error[players]).all()
    again = shapley_credit(journeys, model)
    assert again.conversions.tolist() == found.conversions.tolist()


def test_two_hundred_channels():
    rng = np.random.default_rng(4)
    names = [f"c{k:03d}" for k in range(200)]
    rows = [(" > ".join(rng.choice(names, 3, replace=False)), 1, 1, 2.0) for _ in range(300)]
    journeys = journeys_of(*rows)
    plain = shapley_credit(journeys, Shapley())
    expected = np.zeros(journeys.n_channels)
    for path, *_ in rows:
        for name in path.split(" > "):
            expected[journeys.channels.index(name)] += 1 / 3
    np.testing.assert_allclose(plain.conversions, expected)
    rates = shapley_credit(journeys, Shapley("rate", n_orders=20))
    assert rates.conversions.sum() == pytest.approx(300)
    assert not rates.is_exact


def test_one_channel_gets_all():
    for game in GAMES:
        found = shapley_credit(journeys_of(("a > a", 2, 5, 8.0)), Shapley(game))
        assert (found.conversions.tolist(), found.value.tolist()) == ([2.0], [8.0])


def test_custom_weights():
    journeys = journeys_of(("a > b > a", 1, 0, 60.0), ("c", 1, 0, 5.0))
    weigh = (
        Custom(by_channel=(("b", 2.0),)),
        Custom(by_place=(3.0, 1.0), name="late"),
        Custom(by_channel=(("b", 1.0),), other=0.0, name="only_b"),
    )
    table = credit(journeys, weigh)
    # c stands alone and has all weights 0 under "only_b": its order is not lost.
    np.testing.assert_allclose(table.value, [[30, 30, 5, 0], [48, 12, 5, 0], [0, 60, 5, 0]])
    for bad in (
        {"by_place": (-1.0,)},
        {"by_channel": (("a", float("nan")),)},
        {"by_place": (0.0,), "other": 0.0},
        {"by_channel": (("a", 1.0), ("a", 2.0))},
    ):
        with pytest.raises(DesignError, match="custom"):
            Custom(**bad)


def test_refusals():
    with pytest.raises(DesignError, match="game = 'zero'"):
        Shapley(game="zero")
    with pytest.raises(DesignError, match="n_orders = 3"):
        Shapley(n_orders=3)
    with pytest.raises(DesignError, match="no order has a contact"):
        shapley_credit(journeys_of(("a", 0, 3, 0.0)), Shapley())
