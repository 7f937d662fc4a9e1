"""Philox4x32-10: four uniforms for any address, with no state to carry.

Reference: Salmon, Moraes, Dror, Shaw (2011), *Parallel random numbers: as easy as 1, 2, 3*, SC11.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omnisim.jit import njit

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_UNIT = 2.0**-32


@njit(inline="always")
def philox(seed, c0, c1, c2, c3):  # type: ignore[no-untyped-def]
    """Ten rounds over a 128-bit counter with a 64-bit key; all arguments and results uint64."""
    k0 = seed & _LOW
    k1 = seed >> _32
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0 = (p1 >> _32) ^ c1 ^ k0
        c1 = p1 & _LOW
        c2 = (p0 >> _32) ^ c3 ^ k1
        c3 = p0 & _LOW
        k0 = (k0 + _W0) & _LOW
        k1 = (k1 + _W1) & _LOW
    return c0, c1, c2, c3


@njit(signature="UniTuple(float64, 4)(uint64, uint64, uint64, uint64, uint64)")
def uniforms(seed, entity, occasion, step, stream):  # type: ignore[no-untyped-def]
    """Four uniforms in (0, 1) at an address; each has 32 bits and is never 0 or 1.

    Parameters
    ----------
    seed : uint64
        Seed of the world.
    entity, occasion, step : int
        Who, when, which time; each below 2**32.
    stream : int
        A member of :class:`~omnisim.rng.streams.Stream`.
    """
    # plain Python does not convert arguments
    a, b, c, d = philox(
        np.uint64(seed), np.uint64(entity), np.uint64(occasion), np.uint64(step), np.uint64(stream)
    )
    return (a + 0.5) * _UNIT, (b + 0.5) * _UNIT, (c + 0.5) * _UNIT, (d + 0.5) * _UNIT


@njit
def _fill(seed, entities, occasions, step, stream, out):  # type: ignore[no-untyped-def]
    for i in range(entities.size):
        u = uniforms(seed, entities[i], occasions[i], step, stream)
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = u


def integers(values: NDArray[np.integer]) -> NDArray[np.int64]:
    """The same numbers in the one kind of array that loops here are compiled for."""
    return np.require(values, np.int64, ["C_CONTIGUOUS", "WRITEABLE"])


def uniform_block(
    seed: int,
    entities: NDArray[np.integer],
    *,
    stream: int,
    occasions: NDArray[np.integer] | int = 0,
    step: int = 0,
) -> NDArray[np.float64]:
    """Four uniforms for each entity, shape (n, 4): :func:`uniforms` over arrays.

    Examples
    --------
    >>> first = uniform_block(7, np.arange(3), stream=1)
    >>> bool((first[:2] == uniform_block(7, np.arange(2), stream=1)).all())
    True
    """
    ids = integers(entities)
    days = integers(np.broadcast_to(occasions, ids.shape))
    out = np.empty((ids.size, 4))
    _fill(np.uint64(seed), ids, days, step, int(stream), out)
    return out
