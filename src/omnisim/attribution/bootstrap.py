"""How much credit would move with another draw of customers.

A Poisson bootstrap over persons: in each replicate every person counts ``Poisson(1)`` times, with
all journeys. Every credit is a function of sums over persons, so a replicate is one column of a
product ``sums = A' W`` with `A` the sparse table of what each person contributes to each sum.
Aggregated paths have no persons: there each single journey is drawn, ``Poisson(count)`` per row,
which understates the spread when persons have several journeys.

References
----------
Chamandy, N., Muralidharan, O., Najmi, A., Naidu, S. (2012). Estimating uncertainty for massive
data streams. Google technical report.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from omnisim.attribution.credit_table import CreditModel, CreditTable, credit, rank_channels
from omnisim.attribution.journeys import FloatArray, IntArray, Journeys
from omnisim.attribution.markov import ChainCounts, Markov, removal_effects
from omnisim.errors import DesignError

_N_AT_ONCE = 16  # replicates per product: 128 bytes per person


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
    table = credit(journeys, models)
    units = _Units.of(journeys)
    n = journeys.n_channels
    blocks = [_untouched(journeys, units)]
    for model in models:
        is_chain = isinstance(model, Markov)
        blocks.append(
            _chain_sums(journeys, units)
            if is_chain
            else _rule_sums(journeys, units, model.weights(journeys))  # type: ignore[union-attr]
        )
    edges = np.cumsum([0, *(block.shape[1] for block in blocks)])
    contributions = sparse.hstack(blocks).T.tocsr()
    sums = np.empty((n_replicates, int(edges[-1])))
    for first in range(0, n_replicates, _N_AT_ONCE):
        n_now = min(_N_AT_ONCE, n_replicates - first)
        sums[first : first + n_now] = (contributions @ units.draw(n_now, rng)).T

    conversions = np.empty((n_replicates, len(models), n + 1))
    value = np.empty_like(conversions)
    conversions[:, :, n], value[:, :, n] = sums[:, :1], sums[:, 1:2]
    for place, model in enumerate(models):
        part = sums[:, edges[place + 1] : edges[place + 2]]
        if isinstance(model, Markov):
            removal = removal_effects(_chain_counts(part, n))
            by_orders, by_value = removal.shares()
            conversions[:, place, :n] = by_orders * removal.total_conversions[:, None]
            value[:, place, :n] = by_value * removal.total_value[:, None]
        else:
            conversions[:, place, :n], value[:, place, :n] = part[:, :n], part[:, n:]
    return CreditReplicates(table, conversions, value)


def interval(draws: FloatArray, *, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Percentile interval over the first axis."""
    if not 0 < level < 1:
        raise DesignError(f"level = {level}: give a share in (0, 1), e.g. 0.95")
    tail = (1 - level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    return np.asarray(low), np.asarray(high)


@dataclass(frozen=True, slots=True, eq=False)
class _Units:
    """What is drawn: persons, or single journeys of aggregated rows.

    `converting` and `ending` say which unit a journey's conversions and nulls belong to; `rate` is
    how often each unit was seen.
    """

    converting: IntArray
    ending: IntArray
    rate: IntArray

    @classmethod
    def of(cls, journeys: Journeys) -> _Units:
        if journeys.customer is not None:
            ones = np.ones(journeys.n_customers, dtype=np.int64)
            return cls(journeys.customer, journeys.customer, ones)
        row = np.arange(journeys.n_journeys, dtype=np.int64)
        rate = np.concatenate([journeys.conversions, journeys.nulls])
        return cls(row, row + journeys.n_journeys, rate)

    def draw(self, n_replicates: int, rng: np.random.Generator) -> FloatArray:
        """How often each unit counts, relative to once each, shape (n_units, n_replicates)."""
        shape = (len(self.rate), n_replicates)
        if (self.rate == 1).all():
            return _POISSON_ONE[rng.integers(0, len(_POISSON_ONE), size=shape, dtype=np.uint16)]
        counts = rng.poisson(self.rate[:, None], size=shape)
        return np.asarray(counts / np.maximum(self.rate, 1)[:, None])

    def sums(
        self,
        parts: Sequence[tuple[IntArray, npt.NDArray[np.integer], FloatArray]],
        n_columns: int,
    ) -> sparse.csr_matrix:
        """Sparse table (n_units, n_columns) from (unit, column, amount) parts."""
        unit = np.concatenate([part[0] for part in parts])
        column = np.concatenate([part[1] for part in parts])
        amount = np.concatenate([part[2] for part in parts])
        some = amount != 0
        return sparse.csr_matrix(
            (amount[some], (unit[some], column[some])), shape=(len(self.rate), n_columns)
        )


def _poisson_one_table() -> FloatArray:
    """Poisson(1) by inversion of 16 random bits: each probability is right to 1 / 65536."""
    p = np.array([math.exp(-1) / math.factorial(k) for k in range(12)])
    edges = np.round(np.cumsum(p) * 65_536).astype(np.int64)
    return np.searchsorted(edges, np.arange(65_536), side="right").astype(np.float64)


_POISSON_ONE = _poisson_one_table()


def _untouched(journeys: Journeys, units: _Units) -> sparse.csr_matrix:
    """Orders without a contact, and their money."""
    bare = ~journeys.has_touch
    unit = units.converting[bare]
    zero = np.zeros(len(unit), dtype=np.int64)
    return units.sums(
        [
            (unit, zero, journeys.conversions[bare].astype(np.float64)),
            (unit, zero + 1, journeys.value[bare]),
        ],
        2,
    )


def _rule_sums(journeys: Journeys, units: _Units, weights: FloatArray) -> sparse.csr_matrix:
    """Credited orders per channel, then credited money per channel."""
    lengths, n = journeys.lengths, journeys.n_channels
    unit = np.repeat(units.converting, lengths)
    code = journeys.codes.astype(np.int64)
    return units.sums(
        [
            (unit, code, np.repeat(journeys.conversions, lengths) * weights),
            (unit, code + n, np.repeat(journeys.value, lengths) * weights),
        ],
        2 * n,
    )


def _chain_sums(journeys: Journeys, units: _Units) -> sparse.csr_matrix:
    """Moves of the chain: start, inner, conversion, null, value (see `_chain_counts`)."""
    n, codes, lengths = journeys.n_channels, journeys.codes.astype(np.int64), journeys.lengths
    has = journeys.has_touch
    first = codes[journeys.offsets[:-1][has]]
    last = codes[journeys.offsets[1:][has] - 1]
    inside = np.ones(len(codes), dtype=bool)
    inside[journeys.offsets[:-1][has]] = False
    arrive = np.flatnonzero(inside)
    pair = n + codes[arrive - 1] * n + codes[arrive]
    parts: list[tuple[IntArray, npt.NDArray[np.integer], FloatArray]] = []
    ends = n + n * n
    bought, left = (x.astype(np.float64) for x in (journeys.conversions, journeys.nulls))
    # A person walks the whole journey, however it ends; aggregated rows are drawn end by end.
    walks = (
        [(units.converting, bought + left)]
        if units.ending is units.converting
        else [(units.converting, bought), (units.ending, left)]
    )
    for who, how_often in walks:
        parts.append((who[has], first, how_often[has]))
        parts.append((np.repeat(who, lengths)[arrive], pair, np.repeat(how_often, lengths)[arrive]))
    parts.append((units.converting[has], ends + last, bought[has]))
    parts.append((units.ending[has], ends + n + last, left[has]))
    parts.append((units.converting[has], ends + 2 * n + last, journeys.value[has]))
    return units.sums(parts, ends + 3 * n)


def _chain_counts(sums: FloatArray, n: int) -> ChainCounts:
    """Columns of `_chain_sums` back in shape; rows are replicates."""
    start, inner, conversion, null, value = np.split(sums, np.cumsum([n, n * n, n, n]), axis=1)
    return ChainCounts(start, inner.reshape(-1, n, n), conversion, null, value)
