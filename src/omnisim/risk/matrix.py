"""Where a risk stands: its level from expected annual loss, its place in the picture, the picture's faults.

The level never comes from score x score (Cox 2008). Likelihood and impact steps only place a risk in
the matrix, and the matrix reports where it would mislead.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from omnisim.errors import DesignError
from omnisim.risk.annual import AnnualLoss
from omnisim.risk.register import Appetite, Matrix

FloatArray = NDArray[np.float64]

SURE = 0.90  # probability from which an order of two risks is called settled


def step(value: float, edges: Sequence[float]) -> int:
    """Step of `value` from 0; an edge belongs to the step above it.

    Examples
    --------
    >>> [step(x, (1, 10)) for x in (0.5, 1, 9.9, 10)]
    [0, 1, 1, 2]
    """
    return bisect_right(list(edges), value)


def level_of(
    eal_margin_share: float, probability_above_tolerance: float, matrix: Matrix, appetite: Appetite
) -> int:
    """Level from 0 (low) to 3 (very high).

    From the expected annual loss as a share of the yearly gross margin; one level higher when a
    year above the tolerance is more probable than the owner accepts.
    """
    level = step(eal_margin_share, matrix.levels.edges_margin_share)
    if probability_above_tolerance > appetite.max_probability:
        level += 1
    return min(level, len(matrix.levels.labels) - 1)


def cell_levels(matrix: Matrix) -> tuple[tuple[int, ...], ...]:
    """Level in the middle of each cell, by likelihood step and impact step from 0: the picture's ground.

    The middle is the geometric mean of a step's edges, as on its logarithmic axis; an open step is
    taken as one power of ten wide. A risk has the level of its own expected annual loss, which may
    differ from that of its cell.
    """
    rates = _middles(matrix.likelihood.edges_per_year)
    shares = _middles(matrix.impact.edges_margin_share)
    edges = matrix.levels.edges_margin_share
    return tuple(tuple(step(rate * share, edges) for share in shares) for rate in rates)


def _middles(edges: Sequence[float]) -> list[float]:
    ends = [edges[0] / 10, *edges, edges[-1] * 10]
    return [float(np.sqrt(low * high)) for low, high in pairwise(ends)]


def cell_probabilities(loss: AnnualLoss, annual_margin: float, matrix: Matrix) -> FloatArray:
    """Posterior probability of each cell, shape (5 likelihood steps, 5 impact steps), sum 1."""
    likelihood = np.searchsorted(matrix.likelihood.edges_per_year, loss.rate, side="right")
    impact = np.searchsorted(
        matrix.impact.edges_margin_share, loss.mean_severity / annual_margin, side="right"
    )
    cells = np.zeros((len(matrix.likelihood.labels), len(matrix.impact.labels)))
    np.add.at(cells, (likelihood, impact), 1 / len(loss.rate))
    return cells


@dataclass(frozen=True, slots=True)
class Placed:
    """A risk with its cell and expected annual loss at every posterior draw."""

    key: str
    likelihood: int
    impact: int
    expected: FloatArray

    @property
    def score(self) -> int:
        """Likelihood x impact, each from 1: what a colour matrix would rank by."""
        return (self.likelihood + 1) * (self.impact + 1)


@dataclass(frozen=True, slots=True)
class MatrixFaults:
    """Where ranking by cell would mislead.

    Attributes
    ----------
    misranked : DataFrame
        Pairs whose score order contradicts a settled order of expected loss: columns
        costlier, cheaper, probability, loss_ratio.
    tied : DataFrame
        Pairs in one cell with a settled order (range compression): columns cell, costlier, cheaper,
        loss_ratio.
    n_pairs : int
        All pairs compared.
    """

    misranked: pd.DataFrame
    tied: pd.DataFrame
    n_pairs: int

    @property
    def worst_compression(self) -> float:
        """Largest ratio of expected losses inside one cell; 1 when no cell holds two risks."""
        return float(self.tied["loss_ratio"].max()) if len(self.tied) else 1.0


def matrix_faults(placed: Sequence[Placed]) -> MatrixFaults:
    """Compare the order a 5 x 5 matrix suggests with the order of expected annual losses.

    Draws of different risks are independent, so the draws are compared in the order they came.
    """
    if len(placed) < 2:
        raise DesignError(f"matrix faults: {len(placed)} risks; needs at least 2")
    misranked: list[dict[str, object]] = []
    tied: list[dict[str, object]] = []
    for a, b in combinations(placed, 2):
        above = float((a.expected > b.expected).mean())
        dear, cheap, sure = (a, b, above) if above >= 0.5 else (b, a, 1 - above)
        ratio = float(dear.expected.mean() / max(cheap.expected.mean(), 1e-300))
        if sure < SURE:
            continue
        if (a.likelihood, a.impact) == (b.likelihood, b.impact):
            cell = f"{a.likelihood + 1}|{a.impact + 1}"
            tied.append(
                {"cell": cell, "costlier": dear.key, "cheaper": cheap.key, "loss_ratio": ratio}
            )
        elif dear.score < cheap.score:
            misranked.append(
                {
                    "costlier": dear.key,
                    "cheaper": cheap.key,
                    "probability": sure,
                    "loss_ratio": ratio,
                }
            )
    return MatrixFaults(
        pd.DataFrame(misranked, columns=["costlier", "cheaper", "probability", "loss_ratio"]),
        pd.DataFrame(tied, columns=["cell", "costlier", "cheaper", "loss_ratio"]),
        len(placed) * (len(placed) - 1) // 2,
    )
