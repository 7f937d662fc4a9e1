"""Every credit as a function of sums over journeys, so that it can be drawn again.

A model lists what each journey adds to its sums, block by block, and turns sums into credit. Sums
of many draws come with leading axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from omnisim.attribution.chain import Steps, chain_of_sums, chain_removal, steps_of
from omnisim.attribution.columns import FloatArray, IntArray
from omnisim.attribution.credit_table import CreditModel, markov_shares
from omnisim.attribution.journeys import Journeys
from omnisim.attribution.markov import ChainCounts, Markov, Removal, removal_effects
from omnisim.attribution.passes import add_entries, add_unit_moves
from omnisim.attribution.shapley import ChannelSets, Shapley, credit_of_sets

End = Literal["order", "nothing", "either"]


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """What journeys add to some columns.

    Attributes
    ----------
    journey : array, shape (n_entries,)
        Journey of each entry.
    column : array, shape (n_entries,)
        Column it adds to.
    end : str
        Which ends of the journey the amount belongs to: its orders, its ends in nothing, or
        ``either``: it is added once for each end.
    amount : array, shape (n_entries,), or None
        What is added; None for ``either``, and where the number of ends is the amount.
    """

    journey: IntArray
    column: npt.NDArray[np.integer]
    end: End
    amount: FloatArray | None = None

    def add_to(self, table: FloatArray, unit: IntArray, ends: IntArray) -> None:
        """Add them to the rows of the journeys' units, shape (n_units, width)."""
        amount = np.zeros(0) if self.amount is None else self.amount
        add_entries(unit, ends, self.journey, self.column, amount, table)


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """What walks add to the moves between channels, column ``from * n_channels + to``.

    Attributes
    ----------
    walks : Journeys
        Walks of a chain of order 1.
    end : str
        See :class:`Entries`.
    """

    walks: Journeys
    end: End

    def add_to(self, table: FloatArray, unit: IntArray, ends: IntArray) -> None:
        """Add them to the rows of the journeys' units, shape (n_units, width)."""
        walks = self.walks
        add_unit_moves(walks.codes, walks.offsets, unit, ends, walks.n_channels, table)

    def listed(self) -> Entries:
        """One entry per step; steps from one journey to the next are in the last column."""
        steps = steps_of(self.walks, order=1)
        return Entries(steps.journey, steps.move, self.end)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Columns of one meaning."""

    entries: Entries | Moves
    width: int


class Sums(Protocol):
    """The sums of one model."""

    @property
    def blocks(self) -> Sequence[Block]:
        """What journeys add to."""

    def credit(self, sums: Sequence[FloatArray]) -> tuple[FloatArray, FloatArray]:
        """Orders and money, shape (n_draws, n_channels), from one array (n_draws, width) a block."""


def sums_of(model: CreditModel, journeys: Journeys) -> Sums:
    """The sums a model's credit is made of."""
    if isinstance(model, Markov):
        return _ChainSums.of(model, journeys)
    if isinstance(model, Shapley) and model.game != "cumulative":
        return _SetSums.of(model, journeys)
    if isinstance(model, Shapley):
        sets = ChannelSets.of(journeys)
        who = np.flatnonzero(journeys.has_touch)
        size = sets.sizes[sets.index]
        first = np.repeat(sets.offsets[sets.index] - (np.cumsum(size) - size), size)
        code = sets.codes[first + np.arange(int(size.sum()))]
        return _LinearSums.of(journeys, np.repeat(who, size), code, np.repeat(1 / size, size))
    owner = np.repeat(np.arange(journeys.n_journeys), journeys.lengths)
    return _LinearSums.of(journeys, owner, journeys.codes, model.weights(journeys))


def untouched_blocks(journeys: Journeys) -> list[Block]:
    """Orders without a contact, and their money."""
    bare = np.flatnonzero(~journeys.has_touch)
    zero = np.zeros(len(bare), dtype=np.int64)
    money = journeys.value[bare]
    return [
        Block(Entries(bare, zero, "order"), 1),
        Block(Entries(bare, zero, "order", money), 1),
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _LinearSums:
    """Credit that is itself a sum: rules, and the cumulative Shapley game."""

    blocks: Sequence[Block]

    @classmethod
    def of(
        cls,
        journeys: Journeys,
        owner: IntArray,
        code: npt.NDArray[np.integer],
        weight: FloatArray,
    ) -> _LinearSums:
        n = journeys.n_channels
        some = (journeys.conversions[owner] > 0) & (weight != 0)
        owner, code, weight = owner[some], code[some], weight[some]
        orders = Entries(owner, code, "order", journeys.conversions[owner] * weight)
        money = Entries(owner, code, "order", journeys.value[owner] * weight)
        return cls([Block(orders, n), Block(money, n)])

    def credit(self, sums: Sequence[FloatArray]) -> tuple[FloatArray, FloatArray]:
        """See :class:`Sums`."""
        return sums[0], sums[1]


@dataclass(frozen=True, slots=True, eq=False)
class _SetSums:
    """Orders, journeys and money per set of channels, for games of rates."""

    blocks: Sequence[Block]
    sets: ChannelSets
    channels: tuple[str, ...]
    model: Shapley

    @classmethod
    def of(cls, model: Shapley, journeys: Journeys) -> _SetSums:
        sets = ChannelSets.of(journeys)
        who, n = np.flatnonzero(journeys.has_touch), len(sets)
        money = journeys.value[who]
        blocks = [
            Block(Entries(who, sets.index, "order"), n),
            Block(Entries(who, sets.index, "nothing"), n),
            Block(Entries(who, sets.index, "order", money), n),
        ]
        return cls(blocks, sets, journeys.channels, model)

    def credit(self, sums: Sequence[FloatArray]) -> tuple[FloatArray, FloatArray]:
        """See :class:`Sums`."""
        bought, left, money = sums
        n_draws, n = len(bought), len(self.channels)
        made = np.zeros((n_draws, 2, n))
        # 32 768 sets in doubles: 16 draws at once take 13 MB.
        for first in range(0, n_draws, 16):
            now = slice(first, first + 16)
            stacked = np.stack([bought[now], bought[now] + left[now], money[now]], axis=1)
            made[now] = credit_of_sets(stacked, self.sets, self.channels, self.model)[0]
        return made[:, 0], made[:, 1]


@dataclass(frozen=True, slots=True, eq=False)
class _ChainSums:
    """Moves of a Markov chain: starts, moves, ends in orders, money.

    What ends in nothing follows: it is what arrives at a state and does not leave it otherwise.
    """

    blocks: Sequence[Block]
    model: Markov
    steps: Steps | None  # at order 1 a state is a channel
    n_channels: int

    @classmethod
    def of(cls, model: Markov, journeys: Journeys) -> _ChainSums:
        walks = model.walks(journeys)
        who = np.flatnonzero(walks.has_touch)
        bought = walks.conversions[who] > 0
        end: End = "either" if model.null_journeys else "order"
        if model.order == 1:
            n, n_moves, steps = walks.n_channels, walks.n_channels**2, None
            first: npt.NDArray[np.integer] = walks.codes[walks.offsets[who]]
            final: npt.NDArray[np.integer] = walks.codes[walks.offsets[who + 1] - 1]
            moves: Entries | Moves = Moves(walks, end)
        else:
            steps = steps_of(walks, order=model.order)
            n, n_moves, first, final = len(steps.key), len(steps.source), steps.first, steps.final
            moves = Entries(steps.journey, steps.move, end)
        ended, final = who[bought], final[bought]
        return cls(
            blocks=[
                Block(Entries(who, first, end), n),
                Block(moves, n_moves + 1),
                Block(Entries(ended, final, "order"), n),
                Block(Entries(ended, final, "order", walks.value[ended]), n),
            ],
            model=model,
            steps=steps,
            n_channels=journeys.n_channels,
        )

    def credit(self, sums: Sequence[FloatArray]) -> tuple[FloatArray, FloatArray]:
        """See :class:`Sums`."""
        start, moves, conversion, value = sums
        moves = moves[:, :-1]  # the last column holds what is no step
        orders, money = np.zeros((2, len(start), self.n_channels))
        some = np.flatnonzero(conversion.sum(axis=1) > 0)  # a draw of no buyer credits nobody
        for removal, rows in self._removals(start, moves, conversion, value, some):
            by_orders, by_value = markov_shares(removal, self.model)
            orders[rows] = by_orders * np.asarray(removal.total_conversions)[..., None]
            money[rows] = by_value * np.asarray(removal.total_value)[..., None]
        return orders, money

    def _removals(
        self,
        start: FloatArray,
        moves: FloatArray,
        conversion: FloatArray,
        value: FloatArray,
        some: IntArray,
    ) -> list[tuple[Removal, IntArray]]:
        """Removal effects of the draws `some`: at order 1 all at once."""
        if not len(some):
            return []
        if self.steps is None:
            n = self.n_channels
            inner = moves[some].reshape(len(some), n, n)
            null = start[some] + inner.sum(axis=1) - inner.sum(axis=2) - conversion[some]
            null = np.maximum(null, 0.0)  # zero but for rounding
            counts = ChainCounts(start[some], inner, conversion[some], null, value[some])
            return [(removal_effects(counts), some)]
        return [
            (
                chain_removal(
                    chain_of_sums(
                        self.steps,
                        self.n_channels,
                        start=start[draw],
                        moves=moves[draw],
                        conversion=conversion[draw],
                        value=value[draw],
                    )
                ),
                np.array([draw]),
            )
            for draw in some
        ]
