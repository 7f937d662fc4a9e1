"""Shares of counted things with intervals over persons, many at once.

Things of one person go together, so the spread of a share ``r = X / Y`` is that of sums over
persons, ``var = sum_i (x_i - r y_i)^2 / Y^2``. Its ratio to the binomial variance is the design
effect; Wilson's interval with ``Y / design effect`` trials stays inside [0, 1] and is right for
shares near 0 and 1 too, where the mean number of things per person stands for the effect.

References
----------
Kish, L. (1965). Survey sampling. Wilson, E. B. (1927). Journal of the American Statistical
Association, 22(158), 209-212.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from omnisim.attribution.columns import FloatArray, IntArray
from omnisim.errors import DesignError


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Counts and shares of cells within their bases.

    Attributes
    ----------
    n, n_base : array of int, shape (n_cells,)
        Things in the cell; things in its base.
    share, ci_low, ci_high : array, shape (n_cells,)
        In [0, 1]; 0 with the widest interval for an empty base.
    """

    n: IntArray
    n_base: IntArray
    share: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray

    def columns(self, *, stem: str = "share") -> dict[str, object]:
        """n, n_base, share and its ends as columns of a table."""
        return {
            "n": self.n,
            "n_base": self.n_base,
            stem: self.share,
            f"{stem}_low": self.ci_low,
            f"{stem}_high": self.ci_high,
        }


def shares_over_persons(
    person: IntArray,
    cell: IntArray,
    base_of_cell: IntArray,
    *,
    counts: IntArray | None = None,
    level: float = 0.95,
) -> Shares:
    """Share of each cell among the things of its base.

    Parameters
    ----------
    person, cell : array, shape (n_things,)
        Whose each thing is (from 0), and its cell.
    base_of_cell : array, shape (n_cells,)
        Base each cell belongs to, from 0; the cells of a base are all it can be.
    counts : array, shape (n_things,), optional
        How often each thing is there; once by default.
    level : float
        Level of the intervals, in (0, 1).

    Examples
    --------
    Four persons with one thing each, half of them in cell 0: Wilson of 2 in 4.

    >>> found = shares_over_persons(np.arange(4), np.array([0, 0, 1, 1]), np.array([0, 0]))
    >>> found.share.tolist(), found.ci_low.round(3).tolist()
    ([0.5, 0.5], [0.15, 0.15])
    """
    if not 0 < level < 1:
        raise DesignError(f"level = {level}: give a share in (0, 1), e.g. 0.95")
    n_cells = len(base_of_cell)
    n_bases = int(base_of_cell.max()) + 1 if n_cells else 0
    weight = None if counts is None else counts.astype(np.float64)
    base = base_of_cell[cell]
    total = np.bincount(cell, weight, minlength=n_cells).astype(np.float64)
    whole = np.bincount(base, weight, minlength=n_bases).astype(np.float64)
    y_key, y_of = np.unique(person * max(n_bases, 1) + base, return_inverse=True)
    y = np.bincount(y_of, weight).astype(np.float64)
    _, x_first, x_of = np.unique(
        person * max(n_cells, 1) + cell, return_index=True, return_inverse=True
    )
    x = np.bincount(x_of, weight).astype(np.float64)
    x_cell = cell[x_first]
    xx = np.bincount(x_cell, x * x, minlength=n_cells)
    xy = np.bincount(x_cell, x * y[y_of[x_first]], minlength=n_cells)
    y_base = y_key % max(n_bases, 1)
    yy = np.bincount(y_base, y * y, minlength=n_bases)
    persons = np.bincount(y_base, minlength=n_bases).astype(np.float64)
    of_base = whole[base_of_cell]
    share = np.divide(total, of_base, out=np.zeros(n_cells), where=of_base > 0)
    spread = np.maximum(xx - 2 * share * xy + share**2 * yy[base_of_cell], 0.0)
    binomial = share * (1 - share) * of_base
    effect = np.divide(
        spread,
        binomial,
        out=of_base / np.maximum(persons[base_of_cell], 1.0),
        where=binomial > 0,
    )
    low, high = wilson_bounds(share, of_base / np.maximum(effect, 1e-9), level=level)
    return Shares(total.astype(np.int64), of_base.astype(np.int64), share, low, high)


def wilson_bounds(
    share: FloatArray, n: FloatArray, *, level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Wilson's interval of shares out of `n` trials, which need not be whole; [0, 1] without any."""
    z2 = NormalDist().inv_cdf((1 + level) / 2) ** 2
    some = np.maximum(n, 1e-12)
    middle = (share + z2 / (2 * some)) / (1 + z2 / some)
    reach = np.sqrt(z2 * (share * (1 - share) / some + z2 / (4 * some**2))) / (1 + z2 / some)
    low = np.where(n > 0, np.clip(middle - reach, 0.0, share), 0.0)
    high = np.where(n > 0, np.clip(middle + reach, share, 1.0), 1.0)
    return low, high
