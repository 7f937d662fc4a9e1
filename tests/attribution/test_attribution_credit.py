"""Rules, Markov chain and credit table: by hand, by brute force, by law."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnisim.attribution import (
    DEFAULT_MODELS,
    ChainCounts,
    First,
    Journeys,
    Last,
    LastNonDirect,
    Linear,
    Markov,
    Position,
    TimeDecay,
    count_moves,
    credit,
    removal_effects,
    transition_matrix,
)
from omnisim.errors import DesignError


def journeys_of(paths, conversions, nulls, value, days=None) -> Journeys:
    frame = pd.DataFrame(
        {"path": paths, "conversions": conversions, "nulls": nulls, "value": value}
    )
    plain = Journeys.from_paths(frame)
    if days is None:
        return plain
    fields = {name: getattr(plain, name) for name in ("channels", "codes", "offsets")}
    fields |= {name: getattr(plain, name) for name in ("conversions", "nulls", "value")}
    return Journeys(**fields, days_before_end=np.array(days, dtype=float))


def by_channel(table, model) -> dict:
    return dict(zip(table.channels, table.value[table.row(model)].round(9).tolist(), strict=True))


def test_rules_by_hand():
    # One order of 100 after four contacts, 14, 7, 7 and 0 days before it.
    one = journeys_of(["a > b > c > direct"], [1], [0], [100.0], days=[14, 7, 7, 0])
    models = (Last(), LastNonDirect(), First(), Linear(), TimeDecay(7), Position())
    table = credit(one, models)
    none = {"(none)": 0}
    assert by_channel(table, "last") == {"a": 0, "b": 0, "c": 0, "direct": 100} | none
    assert by_channel(table, "last_non_direct") == {"a": 0, "b": 0, "c": 100, "direct": 0} | none
    assert by_channel(table, "first") == {"a": 100, "b": 0, "c": 0, "direct": 0} | none
    assert by_channel(table, "linear") == {"a": 25, "b": 25, "c": 25, "direct": 25} | none
    # Weights 1/4, 1/2, 1/2, 1, sum 9/4.
    assert by_channel(table, "time_decay") == pytest.approx(
        {"a": 100 / 9, "b": 200 / 9, "c": 200 / 9, "direct": 400 / 9} | none
    )
    assert by_channel(table, "position") == {"a": 40, "b": 10, "c": 10, "direct": 40} | none


@pytest.mark.parametrize(
    "path, expected", [("a", [1.0]), ("a > b", [0.5, 0.5]), ("a > b > a", [0.4, 0.2, 0.4])]
)
def test_position_of_short_journeys(path, expected):
    assert Position().weights(journeys_of([path], [1], [0], [1.0])).tolist() == pytest.approx(
        expected
    )


def test_position_with_uneven_ends_scales_two_contacts():
    weights = Position(first=0.6, last=0.2).weights(journeys_of(["a > b"], [1], [0], [1.0]))
    assert weights.tolist() == pytest.approx([0.75, 0.25])


def test_last_non_direct_of_an_all_direct_journey_is_direct():
    table = credit(
        journeys_of(["direct > direct", "a > direct"], [1, 1], [0, 0], [5.0, 7.0]),
        (LastNonDirect(),),
    )
    assert by_channel(table, "last_non_direct") == {"a": 7, "direct": 5, "(none)": 0}


def test_time_decay_survives_a_tiny_half_life():
    old = journeys_of(["a > b"], [1], [0], [10.0], days=[29, 28])
    assert TimeDecay(0.0005).weights(old).tolist() == [0.0, 1.0]


def test_markov_by_hand():
    # a > b buys, a ends, b buys, b > a ends.
    journeys = journeys_of(["a > b", "a", "b", "b > a"], [1, 0, 1, 0], [0, 1, 0, 1], [10, 0, 30, 0])
    # Leaving a: 3 moves (1 to b, 2 null); leaving b: 3 moves (1 to a, 2 conversions).
    # Without a: half the journeys start at b and 2/3 of these buy: 1/3, against 1/2 with all.
    # Without b nobody buys. Removal effects 1/3 and 1, shares 1/4 and 3/4 of 2 orders.
    removal = removal_effects(count_moves(journeys))
    assert removal.effect.tolist() == pytest.approx([1 / 3, 1.0])
    table = credit(journeys, (Markov(),))
    assert table.conversions[0].tolist() == pytest.approx([0.5, 1.5, 0.0])
    # All buyers leave from b with 20 on average, so money is split alike.
    assert table.value[0].tolist() == pytest.approx([10.0, 30.0, 0.0])


def test_money_follows_the_channel_orders_are_placed_from():
    # a sells for 90, b for 10, each in journeys of its own.
    journeys = journeys_of(["a", "b"], [1, 1], [1, 1], [90.0, 10.0])
    table = credit(journeys, (Markov(),))
    assert table.conversions[0].tolist() == pytest.approx([1, 1, 0])
    assert table.value[0].tolist() == pytest.approx([90, 10, 0])


def fractions_removal(start, inner, conversion, null) -> list[Fraction]:
    """Removal effects in exact fractions: drop one channel, solve the chain, compare."""
    n = len(start)

    def buys(without: int | None) -> Fraction:
        live = [k for k in range(n) if k != without]
        # Solve h = Q h + r over the live channels by elimination.
        rows = []
        for i in live:
            out = sum(inner[i]) + conversion[i] + null[i]
            if out == 0:
                rows.append([Fraction(int(i == j)) for j in live] + [Fraction(0)])
                continue
            rows.append(
                [Fraction(int(i == j)) - Fraction(inner[i][j], out) for j in live]
                + [Fraction(conversion[i], out)]
            )
        for p in range(len(live)):
            swap = next(q for q in range(p, len(live)) if rows[q][p] != 0)
            rows[p], rows[swap] = rows[swap], rows[p]
            rows[p] = [x / rows[p][p] for x in rows[p]]
            for q in range(len(live)):
                if q != p and rows[q][p] != 0:
                    factor = rows[q][p]
                    rows[q] = [x - factor * y for x, y in zip(rows[q], rows[p], strict=True)]
        h = {k: rows[p][-1] for p, k in enumerate(live)}
        return sum((Fraction(start[k]) * h[k] for k in live), Fraction(0))

    whole = buys(None)
    return [1 - buys(k) / whole for k in range(n)]


path_lists = st.lists(
    st.tuples(
        st.lists(st.sampled_from("abcd"), min_size=1, max_size=5),
        st.integers(0, 3),
        st.integers(0, 3),
        st.integers(1, 50),
    ).filter(lambda row: row[1] + row[2] > 0),
    min_size=1,
    max_size=8,
).filter(lambda rows: sum(row[1] for row in rows) > 0)


def from_rows(rows) -> Journeys:
    return journeys_of(
        [" > ".join(path) for path, *_ in rows],
        [c for _, c, _, _ in rows],
        [n for _, _, n, _ in rows],
        [float(v * (c > 0)) for _, c, _, v in rows],
    )


@given(rows=path_lists)
@settings(max_examples=80, deadline=None)
def test_markov_equals_exact_fractions(rows):
    journeys = from_rows(rows)
    counts = count_moves(journeys)
    whole = [
        [int(x) for x in counts.start],
        [[int(x) for x in line] for line in counts.inner],
        [int(x) for x in counts.conversion],
        [int(x) for x in counts.null],
    ]
    exact = [float(x) for x in fractions_removal(*whole)]
    # Doubles, chains of at most 4 channels: far better conditioned than 1e-9.
    np.testing.assert_allclose(removal_effects(counts).effect, exact, atol=1e-9)


def test_markov_equals_dense_removal_of_each_channel():
    rng = np.random.default_rng(4)
    n = 16
    counts = ChainCounts(
        start=rng.integers(1, 90, n).astype(float),
        inner=rng.integers(0, 90, (n, n)).astype(float),
        conversion=rng.integers(0, 40, n).astype(float),
        null=rng.integers(1, 300, n).astype(float),
        value=rng.uniform(0, 4000, n),
    )
    out = counts.inner.sum(1) + counts.conversion + counts.null
    found = removal_effects(counts)
    for reward, lost in (
        (counts.conversion, found.conversions),
        (counts.value, found.value),
    ):

        def worth(keep, reward=reward):
            moves = counts.inner * keep / out[:, None]  # who moves to a removed channel is gone
            return counts.start * keep @ np.linalg.solve(np.eye(n) - moves, reward / out)

        whole = worth(np.ones(n))
        brute = [whole - worth(np.arange(n) != k) for k in range(n)]
        np.testing.assert_allclose(lost, brute, rtol=1e-10)


@given(rows=path_lists)
@settings(max_examples=80, deadline=None)
def test_law_the_chain_reproduces_what_was_observed(rows):
    counts = count_moves(from_rows(rows))
    table = transition_matrix(counts)
    n = counts.start.size
    start, moves, buy = table[0, :n], table[1:, :n], table[1:, n]
    fitted = start @ np.linalg.solve(np.eye(n) - moves, buy)
    assert fitted == pytest.approx(counts.conversion.sum() / counts.start.sum())
    assert (np.isclose(table.sum(axis=1), 1) | (table.sum(axis=1) == 0)).all()


@given(rows=path_lists, bare=st.integers(0, 3))
@settings(max_examples=100, deadline=None)
def test_law_credit_sums_to_what_was_observed(rows, bare):
    plain = from_rows(rows)
    extra = np.ones(bare, dtype=np.int64)
    journeys = Journeys(
        channels=plain.channels,
        codes=plain.codes,
        offsets=np.concatenate([plain.offsets, np.repeat(plain.offsets[-1:], bare)]),
        conversions=np.concatenate([plain.conversions, extra]),
        nulls=np.concatenate([plain.nulls, 0 * extra]),
        value=np.concatenate([plain.value, 11.0 * extra]),
        days_before_end=np.linspace(20, 0, len(plain.codes)),
    )
    table = credit(journeys, DEFAULT_MODELS)
    np.testing.assert_allclose(table.conversions.sum(axis=1), journeys.n_conversions)
    np.testing.assert_allclose(table.value.sum(axis=1), journeys.total_value)
    np.testing.assert_allclose(table.share.sum(axis=1), 1)
    assert (table.value >= 0).all()
    assert (table.conversions[:, -1] == bare).all()


@given(rows=path_lists)
@settings(max_examples=60, deadline=None)
def test_law_repeats_of_a_channel_change_no_markov_credit(rows):
    doubled = [([c for c in path for _ in (0, 1)], *rest) for path, *rest in rows]
    once, twice = (credit(from_rows(r), (Markov(),)) for r in (rows, doubled))
    np.testing.assert_allclose(once.conversions, twice.conversions, atol=1e-9)
    np.testing.assert_allclose(once.value, twice.value, atol=1e-9)


@given(rows=path_lists)
@settings(max_examples=40, deadline=None)
def test_law_markov_of_single_contact_journeys_is_last_contact(rows):
    single = [(path[:1], *rest) for path, *rest in rows]
    table = credit(from_rows(single), (Markov(), Last(), First(), Linear()))
    for row in range(1, 4):
        np.testing.assert_allclose(table.conversions[row], table.conversions[0], atol=1e-9)
        np.testing.assert_allclose(table.value[row], table.value[0], atol=1e-9)


def test_rank_range_shows_disagreement():
    table = credit(journeys_of(["a > b"], [1], [0], [10.0]), (First(), Last()))
    ranks = table.rank_range().set_index("channel")
    assert ranks.loc["a", ["best_rank", "worst_rank", "spread"]].tolist() == [1, 2, 1]
    assert ranks.loc["a", ["value_low", "value_high"]].tolist() == [0, 10]


def test_refusals():
    nobody = journeys_of(["a"], [0], [3], [0.0])
    with pytest.raises(DesignError, match="no completed order"):
        credit(nobody)
    with pytest.raises(DesignError, match="no order has a contact"):
        removal_effects(count_moves(nobody))
    good = journeys_of(["a"], [1], [0], [1.0])
    with pytest.raises(DesignError, match="each once"):
        credit(good, (Last(), Last()))
    with pytest.raises(DesignError, match="each once"):
        credit(good, ())
    with pytest.raises(DesignError, match="carry no times"):
        credit(good, (TimeDecay(),))
    with pytest.raises(DesignError, match="half_life_days = 0"):
        TimeDecay(0)
    with pytest.raises(DesignError, match="position"):
        Position(first=0.7, last=0.4)
    with pytest.raises(DesignError, match="'markov': not computed"):
        credit(good, (Last(),)).row("markov")
