"""Sums of shelves: the same as in plain integers, however narrow they are kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnisim.engine.records import BlockLog
from omnisim.engine.state import LINE, ORDER
from omnisim.engine.stock import ShelfCounts, block_flows, sku_parts

SHAPE = (3, 2, 4)
SIZE = 24
entries = st.lists(
    st.tuples(st.integers(0, SIZE - 1), st.integers(-(2**20), 2**20)), max_size=20
)  # beyond 16 bits, within 32


@given(st.lists(entries, max_size=4))
def test_law_sums_are_those_of_wide_integers(blocks):
    counts, plain = ShelfCounts(SHAPE), np.zeros(SIZE, np.int64)
    for block in blocks:
        cells = np.array([cell for cell, _ in block], np.int64)
        units = np.array([units for _, units in block], np.int64)
        counts.add(cells, units)
        np.add.at(plain, cells, units)
    by_product = plain.reshape(SHAPE).transpose(1, 0, 2)
    assert np.array_equal(counts.of_products(0, 2), by_product)
    assert np.array_equal(counts.of_products(1, 2), by_product[1:])


@pytest.mark.parametrize(
    "units, n_bytes", [(127, 1), (-128, 1), (128, 2), (-129, 2), (32_767, 2), (32_768, 4)]
)
def test_what_does_not_fit_widens_only_its_side(units, n_bytes):
    counts = ShelfCounts(SHAPE)
    counts.add(np.array([0]), np.array([units]))  # the centre is the first location
    assert counts.nbytes == 8 * n_bytes + 16
    assert counts.of_products(0, 2)[0, 0, 0] == units
    counts.add(np.array([8, 8]), np.array([units, 0]))
    assert counts.nbytes == 24 * n_bytes


def test_units_of_the_log_are_those_the_kernel_counted(world, base):
    people, state, out = base
    assert out.n[ORDER] > 100
    assert out.n[LINE] > 100
    counts = ShelfCounts(world.availability.shape)
    counts.add(*block_flows(BlockLog.of(world, people, state, out)).sold)
    by_product = counts.of_products(0, world.products.n_products).sum(axis=2)
    assert np.array_equal(by_product.T, out.sold)


@given(st.integers(1, 400), st.integers(1, 500), st.integers(1, 1830))
def test_law_parts_cover_all_products_once(n_locations, n_products, n_days):
    parts = sku_parts(n_locations, n_products, n_days)
    products = [sku for first, last in parts for sku in range(first, last)]
    assert products == list(range(n_products))
    longest = max(last - first for first, last in parts)
    assert longest == 1 or longest * n_locations * n_days <= 400_000
