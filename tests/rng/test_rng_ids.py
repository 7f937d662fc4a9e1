"""Ids: one to one, in range, keyed, without order."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from omnisim.rng import id_key, ids_of, make_id
from omnisim.rng.ids import ENTITY_BITS, ORDINAL_BITS

HALF = (1 << 26) - 1


def undo(key: int, number: int) -> tuple[int, int]:
    """The four rounds backwards, in Python's integers: who an id is for."""
    left, right = number >> 26, number & HALF
    for round_ in reversed(range(4)):
        before = left
        mixed = (before ^ ((key >> (round_ * 9)) & HALF)) * (0x9E3779B97F4A7C15 >> 26)
        mixed = (mixed ^ (mixed >> 29)) & ((1 << 38) - 1)
        mixed = mixed * (0xBF58476D1CE4E5B9 >> 38)
        left, right = right ^ ((mixed >> 20) & HALF), before
    value = left << 26 | right
    return value >> ORDINAL_BITS, value & ((1 << ORDINAL_BITS) - 1)


@settings(max_examples=100, deadline=None)
@given(
    key=st.integers(0, 2**64 - 1),
    entity=st.integers(0, 2**ENTITY_BITS - 1),
    ordinal=st.integers(0, 2**ORDINAL_BITS - 1),
)
def test_every_id_leads_back_to_one_entity_and_ordinal(key, entity, ordinal):
    number = int(make_id(np.uint64(key), entity, ordinal))
    assert 0 <= number < 2**52  # below 2**53: exact in JavaScript and spreadsheets
    assert undo(key, number) == (entity, ordinal)


def test_no_id_twice():
    who = np.repeat(np.arange(2_000), 20)
    ids = ids_of(id_key(1, 3), who, np.tile(np.arange(20), 2_000))
    assert np.unique(ids).size == ids.size


def test_ids_need_their_key():
    who = np.arange(1_000)
    ids = ids_of(id_key(1, 3), who)
    for seed, table in ((2, 3), (1, 4)):
        assert np.intersect1d(ids, ids_of(id_key(seed, table), who)).size < 3


def test_ids_tell_no_order():
    who = np.arange(5_000)
    for ids in (ids_of(id_key(1, 3), who), ids_of(id_key(1, 3), np.zeros_like(who), who)):
        ranks = np.argsort(np.argsort(ids))
        # Spearman's correlation under no order: four standard errors of 1 / sqrt(n)
        assert abs(np.corrcoef(who, ranks)[0, 1]) < 4 / 5_000**0.5
        # neighbours rise half of the time; sd of the share is sqrt(1 / (12 n))
        assert abs((np.diff(ids) > 0).mean() - 0.5) < 4 * (1 / (12 * 5_000)) ** 0.5


@settings(max_examples=20, deadline=None)
@given(n=st.integers(1, 200))
def test_law_one_more_person_keeps_every_id(n):
    key = id_key(7, 0)
    assert np.array_equal(ids_of(key, np.arange(n + 1))[:n], ids_of(key, np.arange(n)))


def test_one_ordinal_for_all_or_one_each():
    key, who = id_key(7, 0), np.array([3, 1, 4])
    assert np.array_equal(ids_of(key, who, 2), ids_of(key, who, np.array([2, 2, 2])))
