"""Sums over contacts in one pass equal those of plain Python loops."""

from collections import Counter
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from omnisim.attribution import Journeys, count_moves
from omnisim.attribution.shapley import ChannelSets, set_sums
from omnisim.attribution.sums import Moves

PATHS = st.lists(
    st.tuples(st.lists(st.integers(0, 3), max_size=5), st.integers(0, 3), st.integers(0, 3)),
    min_size=1,
    max_size=12,
)


def journeys_of(rows, n_channels=4, stretch=1) -> Journeys:
    """Journeys of (codes, conversions, nulls); money is seven for each conversion."""
    lengths = [len(codes) for codes, _, _ in rows]
    bought = np.array([row[1] for row in rows], dtype=np.int64)
    return Journeys(
        channels=tuple(f"c{k}" for k in range(n_channels)),
        codes=np.array([c * stretch for codes, _, _ in rows for c in codes], dtype=np.int16),
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        conversions=bought,
        nulls=np.array([row[2] for row in rows], dtype=np.int64),
        value=bought * 7.0,
    )


@settings(deadline=None)  # the first example compiles
@given(rows=PATHS)
def test_law_moves_are_those_of_a_plain_loop(rows):
    counts = count_moves(journeys_of(rows))
    start, inner, bought, left = Counter(), Counter(), Counter(), Counter()
    for codes, n_bought, n_left in rows:
        if codes:
            start[codes[0]] += n_bought + n_left
            bought[codes[-1]] += n_bought
            left[codes[-1]] += n_left
        for move in pairwise(codes):
            inner[move] += n_bought + n_left
    four = range(4)
    assert counts.start.tolist() == [start[k] for k in four]
    assert counts.inner.tolist() == [[inner[k, m] for m in four] for k in four]
    assert counts.conversion.tolist() == [bought[k] for k in four]
    assert counts.null.tolist() == [left[k] for k in four]
    assert counts.value.tolist() == [7 * bought[k] for k in four]


@settings(deadline=None)  # the first example compiles
@given(rows=PATHS, stretch=st.sampled_from([1, 6, 25, 61]))  # the last two need 2 and 3 words
def test_law_sets_and_their_sums_are_those_of_plain_sets(rows, stretch):
    journeys = journeys_of(rows, n_channels=3 * stretch + 1, stretch=stretch)
    sets = ChannelSets.of(journeys)
    members = [
        frozenset(sets.codes[sets.offsets[u] : sets.offsets[u + 1]].tolist())
        for u in range(len(sets))
    ]
    tracked = [row for row in rows if row[0]]
    assert [members[u] for u in sets.index] == [
        frozenset(code * stretch for code in codes) for codes, _, _ in tracked
    ]
    assert len(set(members)) == len(members)
    sums = set_sums(journeys, sets)
    for place, member in enumerate(members):
        mine = [row for row in tracked if {c * stretch for c in row[0]} == member]
        n_bought, n_left = sum(row[1] for row in mine), sum(row[2] for row in mine)
        assert sums[:, place].tolist() == [n_bought, n_bought + n_left, 7 * n_bought]


@settings(deadline=None)  # the first example compiles
@given(rows=PATHS)
def test_law_moves_added_in_one_pass_are_those_listed(rows):
    journeys = journeys_of(rows)
    unit = np.arange(len(rows)) % 3
    moves = Moves(journeys, "order")
    tables = np.zeros((2, 3, 17))
    moves.add_to(tables[0], unit, journeys.conversions)
    if len(journeys.codes):
        moves.listed().add_to(tables[1], unit, journeys.conversions)
    assert tables[0, :, :-1].tolist() == tables[1, :, :-1].tolist()
