"""Attribution by a Markov chain with exact removal effects.

A journey is a walk ``start -> channel -> ... -> channel -> conversion | null``. With `s` the
probabilities of the first channel, `Q` those of moving between channels and `r` the reward of
leaving for a conversion (its probability, or its expected money), the fundamental matrix is
``F = (I - Q)^-1``; ``v = s F`` holds the expected visits to each channel and ``h = F r`` the reward
still to come from each. The expected reward of a journey is ``s F r``.

*Removing* channel `k` sends everybody who reaches it to null. `k` is ever reached with probability
``v[k] / F[k, k]``, and the first visit is worth ``h[k]``, so the reward lost is

    ``loss[k] = v[k] * h[k] / F[k, k]``

for all channels at once from one solve. It is the Sherman-Morrison form of setting column `k` of
`Q` and `s[k]` to zero. With maximum-likelihood transitions ``s F r`` is exactly the observed mean.

The order's credit is shared out in proportion to the losses. A loss answers "what would this chain
lose", not "what would the shop lose": it is credit, not an effect.

References
----------
Anderl, E., Becker, I., von Wangenheim, F., Schumann, J. H. (2016). Mapping the customer journey:
Lessons learned from graph-based online attribution modeling. International Journal of Research in
Marketing, 33(3), 457-474.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from omnisim.attribution.columns import FloatArray
from omnisim.attribution.journeys import Journeys
from omnisim.attribution.passes import add_moves
from omnisim.errors import DesignError
from omnisim.language import join_texts


@dataclass(frozen=True, slots=True)
class Markov:
    """Markov chain, credit in proportion to removal effects.

    Attributes
    ----------
    order : int
        Contacts a state remembers, 1 to 4; :func:`~omnisim.attribution.choose_order` compares them.
    self_loops : bool
        Whether a repeat of the same channel is a move. At order 1 it changes no credit (a law);
        from order 2 on, merging repeats lets a state reach further back.
    null_journeys : bool
        Whether journeys without an order are walks too. Without them a channel is not charged for
        the journeys it fails to convert; some tools leave them out by default.
    value_weighted : bool
        Share money by the money lost on removal; else by the orders lost.
    name, label : str
        Machine name and name for people; made from the options when empty.
    """

    order: int = 1
    self_loops: bool = True
    null_journeys: bool = True
    value_weighted: bool = True
    name: str = ""
    label: str = ""

    def __post_init__(self) -> None:
        if not (isinstance(self.order, int) and 1 <= self.order <= 4):
            raise DesignError(f"markov: order = {self.order!r}: give 1, 2, 3 or 4")
        name, label = "markov", "Markov chain"
        if self.order > 1:
            name, label = f"markov_{self.order}", f"Markov chain of order {self.order}"
        for is_usual, tail, words in (
            (self.self_loops, "_no_loops", "repeats merged"),
            (self.null_journeys, "_buyers", "buyers only"),
            (self.value_weighted, "_orders", "by orders"),
        ):
            if not is_usual:
                name, label = name + tail, join_texts([label, words], by=", ", zh="，")
        object.__setattr__(self, "name", self.name or name)
        object.__setattr__(self, "label", self.label or label)

    def walks(self, journeys: Journeys) -> Journeys:
        """The journeys as this chain reads them."""
        if not self.null_journeys:
            journeys = replace(journeys, nulls=np.zeros_like(journeys.nulls))
        return journeys if self.self_loops else journeys.without_repeats()


@dataclass(frozen=True, slots=True, eq=False)
class ChainCounts:
    """Moves counted over journeys; leading axes (replicates) are allowed.

    Attributes
    ----------
    start : array, shape (..., n_channels)
        Journeys that begin there.
    inner : array, shape (..., n_channels, n_channels)
        Moves from row to column.
    conversion, null, value : array, shape (..., n_channels)
        Journeys that end there in an order, in nothing, and the money of these orders.
    """

    start: FloatArray
    inner: FloatArray
    conversion: FloatArray
    null: FloatArray
    value: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Removal:
    """What the chain loses without each channel.

    Attributes
    ----------
    conversions, value : array, shape (..., n_channels)
        Conversions and money lost, in counts and currency of the journeys that were counted.
    total_conversions, total_value : array, shape (...)
        What the whole chain makes.
    """

    conversions: FloatArray
    value: FloatArray
    total_conversions: FloatArray
    total_value: FloatArray

    @property
    def effect(self) -> FloatArray:
        """Share of conversions lost, in [0, 1] (the removal effect)."""
        return np.asarray(self.conversions / self.total_conversions[..., None])

    def shares(self) -> tuple[FloatArray, FloatArray]:
        """Losses of conversions and of money, each scaled to 1 (0 where there is nothing)."""
        return _scaled(self.conversions), _scaled(self.value)


def count_moves(journeys: Journeys) -> ChainCounts:
    """Count the moves of all journeys that have a contact.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"path": ["a > b", "a"], "conversions": [1, 0], "nulls": [0, 1],
    ...                       "value": [10.0, 0.0]})
    >>> counts = count_moves(Journeys.from_paths(table))
    >>> counts.start.tolist(), counts.inner.tolist(), counts.null.tolist()
    ([2.0, 0.0], [[0.0, 1.0], [0.0, 0.0]], [1.0, 0.0])
    """
    n = journeys.n_channels
    start, inner, ends = np.zeros(n), np.zeros((n, n)), np.zeros((3, n))
    add_moves(
        journeys.codes,
        journeys.offsets,
        journeys.conversions,
        journeys.nulls,
        journeys.value,
        start,
        inner,
        ends,
    )
    return ChainCounts(start, inner, conversion=ends[0], null=ends[1], value=ends[2])


def removal_effects(counts: ChainCounts) -> Removal:
    """Losses for all channels from one fundamental matrix (formula in the module's docstring).

    Raises
    ------
    DesignError
        When no journey with a contact ends in an order.

    Examples
    --------
    A journey starts at `a`; half of them go on to `b`, where all convert; the rest end in nothing.
    Without either channel nothing is left, so both removal effects are 1.

    >>> counts = ChainCounts(np.array([2.0, 0.0]), np.array([[0.0, 1.0], [0.0, 0.0]]),
    ...                      np.array([0.0, 1.0]), np.array([1.0, 0.0]), np.array([0.0, 10.0]))
    >>> removal_effects(counts).effect.tolist()
    [1.0, 1.0]
    """
    total_conversions = counts.conversion.sum(axis=-1)
    if (total_conversions <= 0).any():
        raise DesignError("markov: no order has a contact before it; nothing to credit by journeys")
    leaving = counts.inner.sum(axis=-1) + counts.conversion + counts.null
    base = np.where(leaving > 0, leaving, 1.0)
    moves = counts.inner / base[..., None]
    fundamental = np.linalg.inv(np.eye(moves.shape[-1]) - moves)
    visits = np.einsum("...i,...ij->...j", counts.start, fundamental)
    reach = visits / np.diagonal(fundamental, axis1=-2, axis2=-1)
    ahead = np.einsum("...ij,...j->...i", fundamental, counts.conversion / base)
    money = np.einsum("...ij,...j->...i", fundamental, counts.value / base)
    return Removal(
        conversions=reach * ahead,
        value=reach * money,
        total_conversions=total_conversions,
        total_value=counts.value.sum(axis=-1),
    )


def transition_matrix(counts: ChainCounts) -> FloatArray:
    """Probabilities of moving, shape (n_channels + 1, n_channels + 2).

    Rows: start, then the channels. Columns: the channels, then conversion and null. Rows of
    channels that were never visited are zero.
    """
    n = counts.start.shape[-1]
    table = np.zeros((n + 1, n + 2))
    table[0, :n] = counts.start
    table[1:, :n] = counts.inner
    table[1:, n] = counts.conversion
    table[1:, n + 1] = counts.null
    total = table.sum(axis=1, keepdims=True)
    return np.asarray(table / np.where(total > 0, total, 1.0))


def _scaled(loss: FloatArray) -> FloatArray:
    """Each row divided by its sum; zero rows stay zero."""
    total = loss.sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(loss, total, out=np.zeros_like(loss), where=total > 0))
