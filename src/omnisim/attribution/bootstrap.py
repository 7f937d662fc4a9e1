"""How much credit would move with another draw of customers.

A Poisson bootstrap over persons: in each replicate every person counts ``Poisson(1)`` times, with
all journeys. Every credit is a function of sums over persons, so a replicate is one column of a
product ``sums = A' W`` with `A` the table of what each person contributes to each sum.

Beyond `MOST_PERSONS` persons are thrown into `N_GROUPS` groups, each person into one at random and
independently, and as many groups are drawn with replacement. A group's sums are those of a random
number of independent persons, so their expected sum of squared deviations is that of the Poisson
bootstrap, ``sum_i t_i t_i'``, and third moments agree likewise; a variance from `G` groups is off by
a relative ``sqrt(2 / G)``, a standard error by 1.1 %, where 200 replicates alone leave 5 %.

Aggregated paths have no persons: there each single journey is drawn, ``Poisson(count)`` per row,
which understates the spread when persons have several journeys.

References
----------
Chamandy, N., Muralidharan, O., Najmi, A., Naidu, S. (2012). Estimating uncertainty for massive
data streams. Google technical report.
Wolter, K. M. (2007). Introduction to variance estimation, 2nd ed., chapter 2 (random groups).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from omnisim.attribution.columns import FloatArray, IntArray
from omnisim.attribution.credit_table import (
    CreditModel,
    CreditTable,
    check_creditable,
    rank_channels,
    table_of,
)
from omnisim.attribution.journeys import Journeys
from omnisim.attribution.sums import Block, Moves, Sums, sums_of, untouched_blocks
from omnisim.errors import DesignError

MOST_PERSONS = 16_384  # drawn one by one; beyond it groups of persons are drawn
N_GROUPS = 4_096
_N_AT_ONCE = 50  # replicates per product: 6.5 MB of weights at most
_MOST_CELLS = 1 << 23  # of a dense table: 67 MB


@dataclass(frozen=True, slots=True, eq=False)
class CreditReplicates:
    """Credit over resampled customers.

    Attributes
    ----------
    table : CreditTable
        Credit of the journeys as observed.
    conversions, value : array, shape (n_replicates, n_models, n_channels + 1)
        Credited orders and money, ``(none)`` last.
    """

    table: CreditTable
    conversions: FloatArray
    value: FloatArray

    @property
    def share(self) -> FloatArray:
        """Share of all money, same shape as `value`."""
        total = self.value.sum(axis=-1, keepdims=True)
        return np.asarray(self.value / np.where(total > 0, total, 1.0))

    def frame(self, *, level: float = 0.95) -> pd.DataFrame:
        """The credit table with percentile intervals.

        Returns
        -------
        DataFrame
            Columns of :meth:`CreditTable.frame`, then ``conversions_low/_high``,
            ``value_low/_high``, ``share_low/_high``, ``rank``, ``rank_low/_high`` (1 is the most
            credited; ``(none)`` is not ranked and has missing ranks).
        """
        frame = self.table.frame()
        for name, draws in (
            ("conversions", self.conversions),
            ("value", self.value),
            ("share", self.share),
        ):
            low, high = interval(draws, level=level)
            frame[f"{name}_low"], frame[f"{name}_high"] = low.ravel(), high.ravel()
        ranks = rank_channels(self.value[..., :-1]).astype(np.float64)
        low, high = interval(ranks, level=level)
        now = rank_channels(self.table.value[:, :-1]).astype(np.float64)
        for name, part in (("rank", now), ("rank_low", low), ("rank_high", high)):
            padded = np.pad(part, ((0, 0), (0, 1)), constant_values=np.nan)
            frame[name] = pd.array(np.floor(padded.ravel()), dtype="Float64").astype("Int64")
        return frame


def bootstrap_credit(
    journeys: Journeys,
    models: Sequence[CreditModel],
    *,
    rng: np.random.Generator,
    n_replicates: int = 200,
) -> CreditReplicates:
    """Credit of `models` over `n_replicates` draws of customers.

    Parameters
    ----------
    journeys : Journeys
        What was seen.
    models : sequence of models
        As in :func:`credit`.
    rng : Generator
        Source of the draws; the same generator state gives the same numbers.
    n_replicates : int
        Draws, >= 2. Percentile intervals want 200 or more.

    Examples
    --------
    >>> from omnisim.attribution import Linear
    >>> table = pd.DataFrame({"path": ["a > b"], "conversions": [400], "nulls": [0],
    ...                       "value": [800.0]})
    >>> draws = bootstrap_credit(Journeys.from_paths(table), (Linear(),),
    ...                          rng=np.random.default_rng(1), n_replicates=50)
    >>> draws.value.shape, draws.share[:, 0, 0].round(6).min()
    ((50, 1, 3), np.float64(0.5))
    """
    if n_replicates < 2:
        raise DesignError(f"n_replicates = {n_replicates}: give at least 2")
    check_creditable(journeys, models)
    units = _Units.of(journeys, rng)
    made = [sums_of(model, journeys) for model in models]
    blocks = [*untouched_blocks(journeys), *(block for sums in made for block in sums.blocks)]
    tables = [units.table(block, journeys) for block in blocks]
    drawn = _draw_sums(tables, units, n_replicates, rng)
    seen = [np.asarray(table.sum(axis=0)).reshape(1, -1) for table in tables]
    n = journeys.n_channels
    table = table_of(journeys, models, *(part[0] for part in _credit_of(made, seen, n)))
    return CreditReplicates(table, *_credit_of(made, drawn, n))


def _credit_of(
    made: Sequence[Sums], sums: Sequence[FloatArray], n: int
) -> tuple[FloatArray, FloatArray]:
    """Orders and money of all models, shape (n_draws, n_models, n + 1), from sums of all blocks."""
    conversions = np.empty((len(sums[0]), len(made), n + 1))
    value = np.empty_like(conversions)
    conversions[:, :, n], value[:, :, n] = sums[0], sums[1]
    first = 2
    for place, model in enumerate(made):
        part = sums[first : first + len(model.blocks)]
        conversions[:, place, :n], value[:, place, :n] = model.credit(part)
        first += len(model.blocks)
    return conversions, value


def _draw_sums(
    tables: Sequence[FloatArray | sparse.csr_matrix],
    units: _Units,
    n_replicates: int,
    rng: np.random.Generator,
) -> list[FloatArray]:
    """Each block's sums over the draws, shape (n_replicates, width)."""
    sums = [np.empty((n_replicates, table.shape[1])) for table in tables]
    for first in range(0, n_replicates, _N_AT_ONCE):
        n_now = min(_N_AT_ONCE, n_replicates - first)
        weights = units.draw(n_now, rng)
        for table, out in zip(tables, sums, strict=True):
            out[first : first + n_now] = (table.T @ weights).T
    return sums


def interval(draws: FloatArray, *, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Percentile interval over the first axis."""
    if not 0 < level < 1:
        raise DesignError(f"level = {level}: give a share in (0, 1), e.g. 0.95")
    tail = (1 - level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    return np.asarray(low), np.asarray(high)


@dataclass(frozen=True, slots=True, eq=False)
class _Units:
    """What is drawn: persons, groups of persons, or single journeys of aggregated rows.

    `converting` and `ending` say which unit a journey's conversions and nulls belong to; `rate` is
    how often each unit was seen; None for groups.
    """

    converting: IntArray
    ending: IntArray
    rate: IntArray | None
    n_units: int

    @classmethod
    def of(cls, journeys: Journeys, rng: np.random.Generator) -> _Units:
        if journeys.customer is None:
            row = np.arange(journeys.n_journeys, dtype=np.int64)
            rate = np.concatenate([journeys.conversions, journeys.nulls])
            return cls(row, row + journeys.n_journeys, rate, len(rate))
        n = journeys.n_customers
        if n <= MOST_PERSONS:
            return cls(journeys.customer, journeys.customer, np.ones(n, dtype=np.int64), n)
        group = rng.integers(0, N_GROUPS, size=n, dtype=np.uint16).astype(np.int64)
        unit = group[journeys.customer]
        return cls(unit, unit, None, N_GROUPS)

    def draw(self, n_replicates: int, rng: np.random.Generator) -> FloatArray:
        """How often each unit counts, relative to once each, shape (n_units, n_replicates)."""
        shape = (self.n_units, n_replicates)
        if self.rate is None:
            picks = rng.integers(0, self.n_units, size=shape) * n_replicates
            cell = (picks + np.arange(n_replicates)).ravel()
            counted = np.bincount(cell, minlength=self.n_units * n_replicates)
            return counted.reshape(shape).astype(np.float64)
        if (self.rate == 1).all():
            return _POISSON_ONE[rng.integers(0, len(_POISSON_ONE), size=shape, dtype=np.uint16)]
        counts = rng.poisson(self.rate[:, None], size=shape)
        return np.asarray(counts / np.maximum(self.rate, 1)[:, None])

    def table(self, block: Block, journeys: Journeys) -> FloatArray | sparse.csr_matrix:
        """What each unit adds to each column, shape (n_units, width)."""
        entries = block.entries
        parts = [(self.converting, journeys.conversions), (self.ending, journeys.nulls)]
        if entries.end == "either" and self.ending is self.converting:
            # A person walks the whole journey, however it ends; aggregated rows end by end.
            parts = [(self.converting, journeys.conversions + journeys.nulls)]
        elif entries.end != "either":
            parts = parts[:1] if entries.end == "order" else parts[1:]
        shape = (self.n_units, block.width)
        if self.n_units * block.width <= _MOST_CELLS:
            table = np.zeros(shape)
            for unit, ends in parts:
                entries.add_to(table, unit, ends)
            return table
        listed = entries.listed() if isinstance(entries, Moves) else entries
        made = None
        for unit, ends in parts:
            amount = listed.amount
            if amount is None:
                amount = ends[listed.journey].astype(np.float64)
            cells = (unit[listed.journey], listed.column)
            added = sparse.csr_matrix((amount, cells), shape=shape)
            made = added if made is None else made + added
        return made


def _poisson_one_table() -> FloatArray:
    """Poisson(1) by inversion of 16 random bits: each probability is right to 1 / 65536."""
    p = np.array([math.exp(-1) / math.factorial(k) for k in range(12)])
    edges = np.round(np.cumsum(p) * 65_536).astype(np.int64)
    return np.searchsorted(edges, np.arange(65_536), side="right").astype(np.float64)


_POISSON_ONE = _poisson_one_table()
