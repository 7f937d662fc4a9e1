"""Quantile tables against SciPy's distributions; rounding; look-ups."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from omnisim.rng import (
    N_BINS,
    N_FINE_BINS,
    exponential_table,
    gamma_table,
    geometric_table,
    lognormal_table,
    look_between,
    look_up,
    normal_table,
    power_table,
    rounded,
    share_table,
)

MIDDLES = (np.arange(N_BINS) + 0.5) / N_BINS
GRID = 2.0**-32  # tables are rounded to it, so half of it is the error of an exact formula


def test_tables_lie_on_the_grid():
    tables = (
        exponential_table(),
        gamma_table(0.8),
        lognormal_table(0.5),
        normal_table(),
        power_table(0.87, 60),
    )
    for table in tables:
        assert np.array_equal(table * 2**32, np.round(table * 2**32))


def test_rounding_is_to_the_nearest_step():
    assert rounded([1.6 * GRID, -0.4 * GRID, 3.0]).tolist() == [2 * GRID, 0.0, 3.0]


def test_exponential_quantiles_at_edges():
    edges = np.arange(N_BINS) / N_BINS
    expected = np.append(stats.expon.ppf(edges), stats.expon.ppf(1 - 2.0**-14))
    assert np.abs(exponential_table() - expected).max() <= GRID


def test_exponential_race_is_won_in_proportion_to_weight():
    # P(first of two wins) = w1 / (w1 + w2); 64 x 64 strata leave little noise
    u = (np.arange(64) + 0.5) / 64
    table = exponential_table()
    times = np.array([look_between(table, x) for x in u])
    wins = (times[:, None] / 3.0 < times[None, :] / 1.0).mean()
    # a cell on the diagonal of the grid is worth 1/64 of one row: allow two of them
    assert abs(wins - 0.75) < 2 / 64


@pytest.mark.parametrize("shape", [0.2, 0.8, 5.0])
def test_gamma_quantiles(shape):
    table = gamma_table(shape)
    expected = stats.gamma.ppf(MIDDLES, shape, scale=1 / shape)
    # rescaled so that the table's own mean is 1: bins leave out part of the tail
    assert abs(table.mean() - 1) < GRID
    assert np.abs(table - expected / expected.mean()).max() <= 1e-8 * table.max()
    # half a bin is cut from the tail, whose quantiles grow like log(n) / shape
    assert abs(expected.mean() - 1) < 2 / (shape * N_BINS)


def test_normal_and_lognormal_quantiles():
    assert np.abs(normal_table() - stats.norm.ppf(MIDDLES)).max() <= GRID
    expected = stats.lognorm.ppf(MIDDLES, 0.45)
    # exp and ndtri agree to some 1e-15 relative, far below the grid
    assert np.abs(lognormal_table(0.45) - expected).max() <= GRID
    assert np.array_equal(lognormal_table(0.0), np.ones(N_BINS))


@pytest.mark.parametrize("mean", [1.5, 2.2, 5.0, 60.0])
def test_geometric_quantiles(mean):
    table = geometric_table(mean)
    assert np.array_equal(table, stats.geom.ppf(MIDDLES, 1 / mean))
    # a step function on 4096 bins: the mean is off by the cut tail, below mean * 10 / 4096
    assert abs(table.mean() - mean) < 10 * mean / N_BINS


def test_geometric_of_mean_one_always_takes_one():
    assert geometric_table(1.0).tolist() == [1] * N_BINS


def test_powers():
    table = power_table(np.array([0.5, 1.0, 0.0]), 4)
    assert table.tolist() == [[1, 0.5, 0.25, 0.125], [1, 1, 1, 1], [1, 0, 0, 0]]
    # each step rounds by half a grid step at most, and carries on 0.9 of the error before
    long = power_table(0.9, 100)
    assert np.abs(long - 0.9 ** np.arange(100)).max() <= 0.5 * GRID / (1 - 0.9)


def test_shares():
    weights = np.array([5.0, 0.0, 3.0, 2.0])
    table = share_table(weights)
    counts = np.bincount(table, minlength=4)
    # each edge falls within one bin
    assert np.abs(counts / N_BINS - weights / 10).max() <= 1 / N_BINS
    assert counts[1] == 0
    assert (np.diff(table) >= 0).all()


def test_look_ups():
    table = np.arange(N_BINS + 1, dtype=float)
    for n_bins in (N_BINS, N_FINE_BINS):
        bins = np.arange(n_bins)
        assert look_up(bins, 0.0) == 0
        assert look_up(bins, 1 - 2.0**-33) == n_bins - 1  # the largest uniform
    assert look_between(table, 0.25 + 0.5 / N_BINS) == N_BINS / 4 + 0.5
    assert look_between(table, 1 - 2.0**-33) < N_BINS
