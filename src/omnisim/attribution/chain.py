"""A Markov chain whose state is the last contacts of a journey, with exact removal effects.

A state of order `k` is the last `k` contacts, or all of them while there are fewer. Removing a
channel loses every walk that ever reaches a state entered by it. With `s` the first states, `Q`
the moves between states, `r` the reward of leaving, ``F = (I - Q)^-1``, ``v = s F`` and
``h = F r``, and `S` the states entered by channel `c`, the reward lost is

    ``loss[c] = v[S] F[S, S]^-1 h[S]``

(block form of the formula in :mod:`omnisim.attribution.markov`): one fundamental matrix for all
channels. Where there are more than `DENSE_STATES` states, ``F`` would not fit, and the chains
without each channel are summed as power series, all at once, until the remaining error is below
1e-12 of the reward; a chain too slow for that is factorised instead. No part is simulated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import splu

from omnisim.attribution.columns import FloatArray, IntArray
from omnisim.attribution.journeys import Journeys
from omnisim.attribution.markov import Removal
from omnisim.errors import DesignError

DENSE_STATES = 600  # a dense inverse of 600 states takes some 20 ms
_MOST_TERMS = 400
_TOLERANCE = 1e-13  # of the residual, relative: the error is some mean journey lengths times that
_MOST_CELLS = 1 << 22  # of a counting table; beyond it keys are sorted


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """States and moves that occur, and how often.

    Attributes
    ----------
    order : int
        Contacts a state remembers.
    n_channels : int
        Number of channels.
    key : array, shape (n_states,)
        The state as digits in base ``n_channels + 1``, the last contact first; 0 is no contact.
    last : array, shape (n_states,)
        Channel of the last contact.
    source, target : array, shape (n_moves,)
        Moves between states, by place.
    start, conversion, null, value : array, shape (n_states,)
        Journeys that begin there; that end there in an order, in nothing; money of these orders.
    moves : array, shape (n_moves,)
        How often each move occurs.
    """

    order: int
    n_channels: int
    key: IntArray
    last: IntArray
    source: IntArray
    target: IntArray
    start: FloatArray
    moves: FloatArray
    conversion: FloatArray
    null: FloatArray
    value: FloatArray

    @property
    def n_states(self) -> int:
        """Number of states that occur."""
        return len(self.key)

    def contacts(self, state: int) -> tuple[int, ...]:
        """Channel codes of a state, the earliest first."""
        rest, found = int(self.key[state]), []
        while rest:
            rest, digit = divmod(rest, self.n_channels + 1)
            found.append(digit - 1)
        return tuple(found[::-1])


@dataclass(frozen=True, slots=True, eq=False)
class StateOfTouch:
    """The state after each contact.

    Attributes
    ----------
    state : array, shape (n_touches,)
        Place of the state.
    key : array, shape (n_states,)
        See :class:`Chain`.
    """

    state: IntArray
    key: IntArray


def states(journeys: Journeys, *, order: int) -> StateOfTouch:
    """State after each contact, states numbered in the order of their keys.

    Raises
    ------
    DesignError
        When states of so many channels cannot be told apart in 63 bits.
    """
    base = journeys.n_channels + 1
    if base**order >= 2**62:
        raise DesignError(
            f"order = {order} with {journeys.n_channels} channels: too many states to number; "
            "give a lower order"
        )
    codes = journeys.codes.astype(np.int64) + 1
    key = codes.copy()
    if order > 1:
        lengths = journeys.lengths
        place = np.arange(len(codes)) - np.repeat(journeys.offsets[:-1], lengths)
        for back in range(1, order):
            part = codes[:-back] * base**back
            part[place[back:] < back] = 0
            key[back:] += part
    found, state = compact(key, base**order)
    return StateOfTouch(state, found)


def compact(key: IntArray, n_possible: int) -> tuple[IntArray, IntArray]:
    """Keys that occur, sorted, and the place of each row's key among them."""
    if n_possible > _MOST_CELLS:
        found, place = np.unique(key, return_inverse=True)
        return found.astype(np.int64), place.astype(np.int64)
    seen = np.zeros(n_possible, dtype=bool)
    seen[key] = True
    place_of = np.cumsum(seen) - 1
    return np.flatnonzero(seen), place_of[key]


def count_chain(journeys: Journeys, *, order: int = 1) -> Chain:
    """Count states and moves over all journeys that have a contact.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"path": ["a > b > a"], "conversions": [2], "nulls": [0],
    ...                       "value": [9.0]})
    >>> chain = count_chain(Journeys.from_paths(table), order=2)
    >>> [chain.contacts(k) for k in range(chain.n_states)], chain.moves.tolist()
    ([(0,), (0, 1), (1, 0)], [2.0, 2.0])
    """
    return chain_of(journeys, steps_of(journeys, order=order))


def chain_of(journeys: Journeys, steps: Steps) -> Chain:
    """The chain of steps already found."""
    has, n, n_moves = journeys.has_touch, len(steps.key), len(steps.source)
    bought = journeys.conversions[has].astype(np.float64)
    runs = (journeys.conversions + journeys.nulls).astype(np.float64)
    weight = None if (runs[has] == 1).all() else runs[steps.journey]
    return chain_of_sums(
        steps,
        journeys.n_channels,
        start=_tally(steps.first, runs[has], n),
        moves=_tally(steps.move, weight, n_moves + 1)[:n_moves],
        conversion=_tally(steps.final, bought, n),
        value=_tally(steps.final, journeys.value[has], n),
    )


def chain_of_sums(
    steps: Steps,
    n_channels: int,
    *,
    start: FloatArray,
    moves: FloatArray,
    conversion: FloatArray,
    value: FloatArray,
) -> Chain:
    """A chain from its sums; what arrives at a state and does not leave it ends in nothing."""
    n = len(steps.key)
    arrives = start + _tally(steps.target, moves, n)
    null = arrives - _tally(steps.source, moves, n) - conversion
    return Chain(
        order=steps.order,
        n_channels=n_channels,
        key=steps.key,
        last=steps.key % (n_channels + 1) - 1,
        source=steps.source,
        target=steps.target,
        start=start,
        moves=moves,
        conversion=conversion,
        null=np.maximum(null, 0.0),  # zero but for rounding
        value=value,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Where each journey with a contact begins, goes and ends.

    Attributes
    ----------
    order : int
        Contacts a state remembers.
    key : array, shape (n_states,)
        See :class:`Chain`.
    first, final : array, shape (n_tracked,)
        First and last state of each journey with a contact.
    journey, move : array, shape (n_touches - 1,)
        Journey (among all) and kind of the step to every contact but the very first; contacts that
        begin a journey are no step and have the kind ``n_moves``.
    source, target : array, shape (n_moves,)
        States of each kind of step.
    """

    order: int
    key: IntArray
    first: IntArray
    final: IntArray
    journey: IntArray
    move: IntArray
    source: IntArray
    target: IntArray


def steps_of(journeys: Journeys, *, order: int) -> Steps:
    """States and moves of every journey with a contact."""
    c, has = max(journeys.n_channels, 1), journeys.has_touch
    begin, end = journeys.offsets[:-1][has], journeys.offsets[1:][has]
    if order == 1:  # a state is a channel, and all moves get a place
        state, state_key = journeys.codes.astype(np.int64), np.arange(1, journeys.n_channels + 1)
        grid = np.arange(journeys.n_channels * c)
        source, target = grid // c, grid % c
        move = state[:-1] * c + state[1:]
    else:
        found = states(journeys, order=order)
        state, state_key = found.state, found.key
        # State and next channel say which state comes next.
        cells, move = compact(state[:-1] * c + journeys.codes[1:], len(state_key) * c)
        source = cells // c
        target = np.zeros(len(cells), dtype=np.int64)
        inside = np.ones(len(move), dtype=bool)
        inside[begin[1:] - 1] = False
        target[move[inside]] = state[1:][inside]
    move[begin[1:] - 1] = len(source)
    return Steps(
        order=order,
        key=state_key,
        first=state[begin],
        final=state[end - 1],
        journey=np.repeat(np.arange(journeys.n_journeys), journeys.lengths)[1:],
        move=move,
        source=source,
        target=target,
    )


def chain_removal(chain: Chain) -> Removal:
    """What the chain loses without each channel.

    Raises
    ------
    DesignError
        When no journey with a contact ends in an order.
    """
    total = float(chain.conversion.sum())
    if total <= 0:
        raise DesignError("markov: no order has a contact before it; nothing to credit by journeys")
    leaving = _tally(chain.source, chain.moves, chain.n_states) + chain.conversion + chain.null
    base = np.where(leaving > 0, leaving, 1.0)
    share = chain.moves / base[chain.source]
    reward = np.column_stack([chain.conversion / base, chain.value / base])
    if chain.n_states <= DENSE_STATES:
        loss = _dense_loss(chain, share, reward)
    else:
        loss = _series_loss(chain, share, reward)
    money = float(chain.value.sum())
    return Removal(loss[:, 0], loss[:, 1], np.array(total), np.array(money))


def _dense_loss(chain: Chain, share: FloatArray, reward: FloatArray) -> FloatArray:
    """Losses (n_channels, 2) from the fundamental matrix."""
    n = chain.n_states
    moves = np.zeros((n, n))
    moves[chain.source, chain.target] = share
    fundamental = np.linalg.inv(np.eye(n) - moves)
    visits, ahead = chain.start @ fundamental, fundamental @ reward
    loss = np.zeros((chain.n_channels, 2))
    for channel in range(chain.n_channels):
        own = np.flatnonzero(chain.last == channel)
        if len(own):
            loss[channel] = visits[own] @ np.linalg.solve(fundamental[np.ix_(own, own)], ahead[own])
    return loss


def _series_loss(chain: Chain, share: FloatArray, reward: FloatArray) -> FloatArray:
    """Losses from the chains without each channel, ``h = r + Q h``, all channels as columns."""
    n, c = chain.n_states, chain.n_channels
    moves = sparse.csr_matrix((share, (chain.source, chain.target)), shape=(n, n))
    stays = (chain.last[:, None] != np.arange(c)).astype(np.float64)
    keep = np.concatenate([stays, stays, np.ones((n, 1))], axis=1)
    constant = np.concatenate(
        [np.repeat(reward[:, :1], c, axis=1), np.repeat(reward[:, 1:], c, axis=1), np.ones((n, 1))],
        axis=1,
    )
    scale = np.maximum(constant.max(axis=0), 1e-300)
    term = constant * keep
    ahead = term.copy()
    sizes: list[float] = []
    for _ in range(_MOST_TERMS):
        term = (moves @ term) * keep
        ahead += term
        # Every later term is at most the last one times the steps still to come (last column).
        sizes.append(float((term.max(axis=0) / scale)[:-1].max() * ahead[:, -1].max()))
        if sizes[-1] < _TOLERANCE or _is_too_slow(sizes):
            break
    if sizes[-1] >= _TOLERANCE:
        ahead = _factorised(moves, keep, constant)
    whole = np.array([chain.conversion.sum(), chain.value.sum()])
    rest = chain.start @ ahead[:, :-1]
    return np.asarray(np.maximum(whole[None, :] - rest.reshape(2, c).T, 0.0))


def _is_too_slow(sizes: list[float]) -> bool:
    """Whether terms shrink so slowly that a factorisation is the shorter way."""
    n = len(sizes)
    if n % 50:
        return False
    per_term = math.log(sizes[-1] / sizes[-26]) / 25
    return per_term >= 0 or math.log(_TOLERANCE / sizes[-1]) / per_term > _MOST_TERMS - n


def _factorised(moves: sparse.csr_matrix, keep: FloatArray, constant: FloatArray) -> FloatArray:
    """The same by a sparse factorisation per channel, for chains that end too slowly."""
    ahead = np.zeros_like(constant)
    n, c = len(constant), (constant.shape[1] - 1) // 2
    for channel in range(c):
        kept = sparse.diags(keep[:, channel])
        solved = splu((sparse.identity(n) - kept @ moves @ kept).tocsc())
        for column in (channel, channel + c):
            ahead[:, column] = solved.solve(constant[:, column] * keep[:, column])
    return ahead


def _tally(cell: IntArray, weight: npt.NDArray[np.float64] | None, n_cells: int) -> FloatArray:
    """Weight (or number) of rows per cell."""
    return np.asarray(np.bincount(cell, weights=weight, minlength=n_cells), dtype=np.float64)
