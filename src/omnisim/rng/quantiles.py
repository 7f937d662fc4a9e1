"""Quantile tables: how a uniform becomes a gap, an amount or a race time.

Every table of a transcendental function is rounded to 2**-32, so that the last bits, which differ
between processors and library versions, never reach a dataset.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from omnisim.jit import njit

N_BINS = 4096
N_FINE_BINS = 65_536  # for lists of thousands of products or stores
_MIDDLES = (np.arange(N_BINS) + 0.5) / N_BINS
_GRID = 2.0**32


def rounded(values: ArrayLike) -> NDArray[np.float64]:
    """Round to a multiple of 2**-32: the same number on every machine."""
    return np.round(np.asarray(values, dtype=np.float64) * _GRID) / _GRID


def exponential_table() -> NDArray[np.float64]:
    """Quantiles of the exponential with mean 1, at bin edges, shape (4097,).

    The last edge stands for u = 1 - 2**-14: a race never waits for ever.
    """
    edges = np.arange(N_BINS + 1) / N_BINS
    edges[-1] = 1 - 2.0**-14
    return rounded(-np.log1p(-edges))


def gamma_table(shape: float) -> NDArray[np.float64]:
    """Quantiles of the gamma with this shape and mean 1, at bin middles, shape (4096,)."""
    values = special.gammaincinv(shape, _MIDDLES) / shape
    return rounded(values / values.mean())


def lognormal_table(sigma: float) -> NDArray[np.float64]:
    """Quantiles of the log-normal with this log-sd and median 1, at bin middles."""
    return rounded(np.exp(sigma * special.ndtri(_MIDDLES)))


def normal_table() -> NDArray[np.float64]:
    """Quantiles of the standard normal at bin middles."""
    return rounded(special.ndtri(_MIDDLES))


def geometric_table(mean: float) -> NDArray[np.int64]:
    """Quantiles of the geometric on 1, 2, ... with this mean, at bin middles."""
    if mean <= 1:
        return np.ones(N_BINS, np.int64)
    waits = rounded(np.log1p(-_MIDDLES) / np.log1p(-1 / mean))
    return np.ceil(np.maximum(waits, 2.0**-32)).astype(np.int64)


def power_table(base: ArrayLike, n: int) -> NDArray[np.float64]:
    """``base ** 0..n-1`` by repeated rounding, shape (*base.shape, n)."""
    bases = np.asarray(base, dtype=np.float64)
    table = np.empty((*bases.shape, n))
    table[..., 0] = 1.0
    for k in range(1, n):
        table[..., k] = rounded(table[..., k - 1] * bases)
    return table


def share_table(weights: ArrayLike, *, n_bins: int = N_BINS) -> NDArray[np.int64]:
    """Which item each bin belongs to, for drawing by weight with one look-up, shape (n_bins,).

    Items with less than half a bin may never be drawn: give many bins to long lists.
    """
    w = np.asarray(weights, dtype=np.float64)
    edges = rounded(np.cumsum(w) / w.sum())
    middles = (np.arange(n_bins) + 0.5) / n_bins
    return np.minimum(np.searchsorted(edges, middles), w.size - 1).astype(np.int64)


@njit(inline="always")
def look_up(table, u):  # type: ignore[no-untyped-def]
    """The table's value for a uniform."""
    return table[int(u * table.size)]


@njit(inline="always")
def look_between(table, u):  # type: ignore[no-untyped-def]
    """The value between two edges of a table of 4097, linear in the uniform."""
    x = u * N_BINS
    low = int(x)
    return table[low] + (x - low) * (table[low + 1] - table[low])
