"""Philox: known answers, laws of addresses, moments."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnisim.rng import Stream, uniform_block, uniforms
from omnisim.rng.philox import philox

# kat_vectors of Random123 1.14 (Salmon et al. 2011): philox4x32, 10 rounds; counter, key, result.
KNOWN = [
    (
        (0, 0, 0, 0),
        (0, 0),
        (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8),
    ),
    (
        (0xFFFFFFFF,) * 4,
        (0xFFFFFFFF, 0xFFFFFFFF),
        (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
    ),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]
MASK = 0xFFFFFFFF


def plain_philox(key: int, counter: tuple[int, ...]) -> tuple[int, ...]:
    """The paper's rounds in Python's integers, which cannot overflow."""
    k0, k1 = key & MASK, key >> 32
    a, b, c, d = counter
    for _ in range(10):
        left, right = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = (right >> 32) ^ b ^ k0, right & MASK, (left >> 32) ^ d ^ k1, left & MASK
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return a, b, c, d


@pytest.mark.parametrize("counter, key, answer", KNOWN)
def test_known_answers_of_random123(counter, key, answer):
    seed = np.uint64(key[0] | key[1] << 32)
    assert tuple(map(int, philox(seed, *map(np.uint64, counter)))) == answer


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 2**64 - 1),
    counter=st.tuples(*[st.integers(0, MASK)] * 4),
)
def test_equals_the_rounds_in_plain_integers(seed, counter):
    found = philox(np.uint64(seed), *map(np.uint64, counter))
    assert tuple(map(int, found)) == plain_philox(seed, counter)


def test_a_uniform_is_the_middle_of_its_cell():
    # counter (entity, occasion, step, stream), and +0.5 keeps both ends out
    expected = [(word + 0.5) / 2**32 for word in plain_philox(7, (11, 3, 2, 20))]
    assert list(uniforms(np.uint64(7), 11, 3, 2, 20)) == expected
    lowest, highest = 0.5 / 2**32, (MASK + 0.5) / 2**32
    assert lowest > 0
    assert highest < 1


def test_arrays_give_what_single_addresses_give():
    who, when = np.array([5, 0, 2**28 - 1]), np.array([0, 364, 1829])
    block = uniform_block(99, who, stream=Stream.DAY, occasions=when, step=3)
    for row, person, day in zip(block, who, when, strict=True):
        assert tuple(row) == uniforms(np.uint64(99), person, day, 3, int(Stream.DAY))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**63 - 1), n=st.integers(1, 300), stream=st.sampled_from(Stream))
def test_law_one_more_entity_changes_nobody_else(seed, n, stream):
    more = uniform_block(seed, np.arange(n + 1), stream=stream)
    assert np.array_equal(more[:n], uniform_block(seed, np.arange(n), stream=stream))
    backwards = uniform_block(seed, np.arange(n + 1)[::-1], stream=stream)
    assert np.array_equal(more, backwards[::-1])


def test_moments_of_a_uniform():
    u = uniform_block(20250106, np.arange(50_000), stream=Stream.TRAIT)
    n = u.size
    # four standard errors: sd of U is 0.2887, of (U - 1/2)**2 it is 1/sqrt(180) = 0.0745
    assert abs(u.mean() - 0.5) < 4 * 0.2887 / n**0.5
    assert abs(((u - 0.5) ** 2).mean() - 1 / 12) < 4 * 0.0745 / n**0.5
    counts = np.bincount((u.ravel() * 256).astype(int), minlength=256)
    chi_square = ((counts - n / 256) ** 2 / (n / 256)).sum()
    # chi-square with 255 degrees of freedom: mean 255, sd 22.6; five sd either way
    assert abs(chi_square - 255) < 5 * 22.6


@pytest.mark.parametrize(
    "other",
    [
        {"stream": Stream.SUSCEPTIBILITY},
        {"step": 1},
        {"occasions": 1},
        {"seed": 2},
        {"shift": 1},
    ],
)
def test_neighbouring_addresses_are_independent(other):
    n = 20_000
    address = {"seed": 1, "stream": Stream.TRAIT, "step": 0, "occasions": 0, "shift": 0}
    draws = []
    for chosen in (address, address | other):
        words = dict(chosen)
        seed, shift = words.pop("seed"), words.pop("shift")
        draws.append(uniform_block(seed, np.arange(shift, n + shift), **words))
    correlation = np.corrcoef(np.hstack(draws).T)
    # eight columns, 28 pairs: five standard errors of 1 / sqrt(n)
    assert np.abs(correlation - np.eye(8)).max() < 5 / n**0.5


def test_streams_are_distinct_and_fit_the_counter():
    numbers = [int(stream) for stream in Stream.__members__.values()]
    assert len(numbers) == len(set(numbers))  # an alias would share another stream's luck
    assert min(numbers) > 0
    assert max(numbers) < 2**32 - 1  # the last number is the key of ids
