"""Mergeable aggregates: everything a comparison of means needs, in one pass over the rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from omnisim.errors import DesignError

_BLOCK = 16_384  # rows at a time: the centred copy stays in the processor's cache

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Moments:
    """Count, mean vector and centred sums of products of `k` columns.

    Centred sums never lose digits the way raw sums of squares do, and two of them merge exactly
    (Chan, Golub and LeVeque 1983), so parts of a table can be read on different machines.

    Attributes
    ----------
    n : int
        Units.
    mean : array, shape (k,)
        Means, each in the unit of its column.
    scatter : array, shape (k, k)
        Sums over units of ``(x - mean)(x - mean)'``.

    References
    ----------
    Chan, T. F., Golub, G. H., LeVeque, R. J. (1983). Algorithms for computing the sample variance.
    The American Statistician, 37(3).

    Examples
    --------
    >>> left, right = Moments.of([1.0, 2.0]), Moments.of([6.0])
    >>> whole = left.merge(right)
    >>> whole.n, whole.mean.tolist(), whole.covariance.tolist()
    (3, [3.0], [[7.0]])
    """

    n: int
    mean: FloatArray
    scatter: FloatArray

    @classmethod
    def of(cls, *columns: npt.ArrayLike) -> Moments:
        """Moments of columns of equal length, shape (n,) each.

        Raises
        ------
        DesignError
            When a column is empty, holds NaN or infinity, or differs in length.
        """
        rows = [np.asarray(column, dtype=np.float64) for column in columns]
        if not rows or any(row.ndim != 1 or row.size != rows[0].size for row in rows):
            raise DesignError(
                f"columns of shapes {[row.shape for row in rows]}: give one-dimensional columns "
                "of equal length"
            )
        if rows[0].size == 0:
            raise DesignError("no units: a mean needs at least one")
        mean = np.array([row.mean() for row in rows])
        if not np.isfinite(mean).all():
            bad = int(np.flatnonzero(~np.isfinite(mean))[0])
            raise DesignError(f"column {bad} holds NaN or infinity: give finite numbers")
        scatter = np.zeros((len(rows), len(rows)))
        centred = np.empty((len(rows), min(rows[0].size, _BLOCK)))
        for start in range(0, rows[0].size, _BLOCK):
            block = centred[:, : min(_BLOCK, rows[0].size - start)]
            for place, row in enumerate(rows):
                np.subtract(row[start : start + _BLOCK], mean[place], out=block[place])
            scatter += block @ block.T
        return cls(rows[0].size, mean, scatter)

    def merge(self, other: Moments) -> Moments:
        """Moments of both sets of units together."""
        n = self.n + other.n
        gap = other.mean - self.mean
        return Moments(
            n,
            self.mean + gap * (other.n / n),
            self.scatter + other.scatter + np.outer(gap, gap) * (self.n * other.n / n),
        )

    @property
    def covariance(self) -> FloatArray:
        """Unbiased covariance matrix, shape (k, k); needs two units."""
        if self.n < 2:
            raise DesignError(f"{self.n} unit: a variance needs at least two")
        covariance: FloatArray = self.scatter / (self.n - 1)
        return covariance

    def variance_of(self, weights: FloatArray) -> float:
        """Variance of the mean of ``weights @ x``, in squared units of the outcome."""
        return float(weights @ self.covariance @ weights) / self.n
