"""Public ids: a keyed bijection of (entity, ordinal) onto numbers below 2**52.

No order is implied, so nothing renumbers when a row appears, and an id does not tell whose it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omnisim.jit import njit
from omnisim.rng.philox import integers, philox

ENTITY_BITS = 28  # 268 million persons
ORDINAL_BITS = 24  # 16 million rows of one table for one person
_HALF = np.uint64((1 << 26) - 1)
_26 = np.uint64(26)
_38 = np.uint64(38)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_MIX2 = np.uint64(0xBF58476D1CE4E5B9)
_SHIFT = np.uint64(29)
_ORDINAL = np.uint64(ORDINAL_BITS)
FEISTEL_ROUNDS = 4
HALF_BITS = 26
MULTIPLIERS = (0x9E3779B97F4A7C15 >> 26, 0xBF58476D1CE4E5B9 >> 38)  # of 38 and 26 bits


@njit(signature="int64(uint64, uint64, uint64)")
def make_id(key, entity, ordinal):  # type: ignore[no-untyped-def]
    """Four Feistel rounds on 26-bit halves; `key` is uint64, the result int64."""
    # plain Python does not convert arguments
    value = (np.uint64(entity) << _ORDINAL) | np.uint64(ordinal)
    left = value >> _26
    right = value & _HALF
    for round_ in range(4):
        # 26-bit operands stay below 2**64 after one 38-bit multiplier: no overflow in any language
        mixed = (right ^ ((key >> np.uint64(round_ * 9)) & _HALF)) * (_MIX >> _26)
        mixed = (mixed ^ (mixed >> _SHIFT)) & ((np.uint64(1) << _38) - np.uint64(1))
        mixed = mixed * (_MIX2 >> _38)
        left, right = right, left ^ ((mixed >> np.uint64(20)) & _HALF)
    return np.int64((left << _26) | right)


@njit
def _fill(key, entities, ordinals, out):  # type: ignore[no-untyped-def]
    for i in range(entities.size):
        out[i] = make_id(key, entities[i], ordinals[i])


def id_key(seed: int, table: int) -> np.uint64:
    """Key of one table's ids."""
    a, b, _, _ = philox(
        np.uint64(seed), np.uint64(table), np.uint64(0), np.uint64(0), np.uint64(2**32 - 1)
    )
    return np.uint64((int(a) << 32) | int(b))


def ids_of(
    key: np.uint64, entities: NDArray[np.integer], ordinals: NDArray[np.integer] | int = 0
) -> NDArray[np.int64]:
    """:func:`make_id` over arrays."""
    who = integers(entities)
    which = integers(np.broadcast_to(ordinals, who.shape))
    out = np.empty(who.size, np.int64)
    _fill(key, who, which, out)
    return out


def round_keys(key: np.uint64) -> tuple[int, ...]:
    """The 26 bits of a key that each round takes."""
    return tuple((int(key) >> (r * 9)) & int(_HALF) for r in range(FEISTEL_ROUNDS))


def values_of(key: np.uint64, ids: NDArray[np.integer]) -> NDArray[np.int64]:
    """What :func:`make_id` made ids of: ``entity << 24 | ordinal``.

    Examples
    --------
    >>> ids = ids_of(id_key(7, 1), np.array([5]), 3)
    >>> values_of(id_key(7, 1), ids).tolist() == [(5 << 24) + 3]
    True
    """
    made = np.asarray(ids).astype(np.uint64)
    left, right = made >> _26, made & _HALF
    for part in reversed(round_keys(key)):
        mixed = (left ^ np.uint64(part)) * np.uint64(MULTIPLIERS[0])
        mixed = (mixed ^ (mixed >> _SHIFT)) & np.uint64((1 << 38) - 1)
        mixed = (mixed * np.uint64(MULTIPLIERS[1]) >> np.uint64(20)) & _HALF
        left, right = right ^ mixed, left
    return ((left << _26) | right).astype(np.int64)
