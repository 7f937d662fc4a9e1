"""Whole numbers of every location, product and day, kept narrow: a shelf sells a handful a day."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
_KINDS = (np.int8, np.int16, np.int32, np.int64)


class ShelfCounts:
    """Sums by location, product and day, as narrow as the greatest of them allows.

    The distribution centre serves everybody, a store its neighbours: each of the two has its own
    width, which grows when a sum no longer fits.

    Parameters
    ----------
    shape : tuple of int
        Locations (the centre first), products, days.

    Examples
    --------
    >>> counts = ShelfCounts((2, 3, 4))
    >>> counts.add(np.array([0, 23, 23]), np.array([500, 1, 2]))
    >>> counts.of_products(0, 3)[2, 1].tolist(), counts.nbytes
    ([0, 0, 0, 3], 36)
    """

    def __init__(self, shape: tuple[int, int, int]) -> None:
        n_locations, n_products, n_days = shape
        self._centre: NDArray[Any] = np.zeros((1, n_products, n_days), np.int8)
        self._stores: NDArray[Any] = np.zeros((n_locations - 1, n_products, n_days), np.int8)

    def add(self, cells: NDArray[np.integer], units: NDArray[np.integer]) -> None:
        """Add units to cells (positions in the flat array), which may repeat."""
        cell, which = np.unique(cells, return_inverse=True)
        more = np.zeros(cell.size, np.int64)
        np.add.at(more, which, units)
        first = int(np.searchsorted(cell, self._centre.size))
        self._centre = _added(self._centre, cell[:first], more[:first])
        self._stores = _added(self._stores, cell[first:] - self._centre.size, more[first:])

    def of_products(self, first: int, last: int) -> NDArray[np.int32]:
        """Sums of products ``first`` to ``last - 1``, shape (last - first, n_locations, n_days)."""
        parts = (self._centre[:, first:last], self._stores[:, first:last])
        n_locations, n_days = sum(len(part) for part in parts), self._stores.shape[2]
        sums = np.empty((last - first, n_locations, n_days), np.int32)
        by_product = [part.transpose(1, 0, 2) for part in parts]
        return np.concatenate(by_product, axis=1, out=sums, casting="same_kind")

    @property
    def nbytes(self) -> int:
        """Memory taken."""
        return self._centre.nbytes + self._stores.nbytes


def _added(held: NDArray[Any], cell: IntArray, more: IntArray) -> NDArray[Any]:
    """`held` with `more` in its cells, each named once: in place, or wider when it must be."""
    if cell.size == 0:
        return held
    total = held.reshape(-1)[cell] + more
    if np.iinfo(held.dtype).max < total.max() or total.min() < np.iinfo(held.dtype).min:
        held = held.astype(_narrowest(int(total.min()), int(total.max())))
    held.reshape(-1)[cell] = total
    return held


def _narrowest(lowest: int, highest: int) -> Any:
    """The narrowest signed type that holds both."""
    fits = [k for k in _KINDS if np.iinfo(k).min <= lowest and highest <= np.iinfo(k).max]
    return fits[0]
