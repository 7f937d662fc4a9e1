"""Credit by the Shapley value of a named game whose players are channels.

The worth of a set `S` of channels is read from the journeys whose channels all lie in `S`:

- ``cumulative``: their orders. Each order is then split equally among the *distinct* channels of its
  journey (a sum of unanimity games), exact for any number of channels (Zhao et al. 2018).
- ``rate``: their orders per journey. A channel can earn less than nothing when journeys with it
  convert worse than journeys without it.
- ``rate_organic``: the same, with the organic channels always there. What they reach alone is the
  baseline, ``v(empty)``, and is shared among them as in the cumulative game; the other channels
  share what goes beyond it.

Rates are scaled so that the credits add up to the orders. Money takes the place of orders for
credited value. Up to `EXACT_CHANNELS` players all ``2^n`` sets are summed; beyond that players are
brought in by random orders and the reverse of each (antithetic), with a standard error.

References
----------
Zhao, K., Mahboobi, S. H., Bagheri, S. R. (2018). Shapley value methods for attribution modeling in
online advertising. arXiv:1804.05327.
Castro, J., Gomez, D., Tejada, J. (2009). Polynomial calculation of the Shapley value based on
sampling. Computers & Operations Research, 36(5), 1726-1730.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from omnisim.attribution.columns import FloatArray, IntArray
from omnisim.attribution.journeys import Journeys
from omnisim.attribution.passes import BITS, add_by_set, mark_channels
from omnisim.errors import DesignError

EXACT_CHANNELS = 15  # 32 768 sets

Game = Literal["cumulative", "rate", "rate_organic"]
_LABELS = {
    "cumulative": "Shapley value",
    "rate": "Shapley value of rates",
    "rate_organic": "Shapley value beyond organic",
}


@dataclass(frozen=True, slots=True)
class Shapley:
    """Shapley value of one of the games above.

    Attributes
    ----------
    game : str
        ``cumulative``, ``rate`` or ``rate_organic``.
    organic : tuple of str
        Channels that are always there in ``rate_organic``; those that do not occur are ignored.
    n_orders : int
        Random orders of players beyond `EXACT_CHANNELS`, even, >= 4.
    seed : int
        Of these orders.
    name, label : str
        Machine name and name for people; made from the game when empty.
    """

    game: Game = "cumulative"
    organic: tuple[str, ...] = ("direct", "organic_search")
    n_orders: int = 400
    seed: int = 1
    name: str = ""
    label: str = ""

    def __post_init__(self) -> None:
        if self.game not in get_args(Game):
            raise DesignError(f"shapley: game = {self.game!r}: give one of {list(get_args(Game))}")
        if self.n_orders < 4 or self.n_orders % 2:
            raise DesignError(f"shapley: n_orders = {self.n_orders}: give an even number >= 4")
        usual = "shapley" if self.game == "cumulative" else f"shapley_{self.game}"
        object.__setattr__(self, "name", self.name or usual)
        object.__setattr__(self, "label", self.label or _LABELS[self.game])


@dataclass(frozen=True, slots=True, eq=False)
class ShapleyCredit:
    """Credited orders and money per channel.

    Attributes
    ----------
    conversions, value : array, shape (n_channels,)
        Credit; each sums to what journeys with a contact brought.
    conversions_std_error, value_std_error : array, shape (n_channels,)
        Of the random orders of players; 0 where the value is exact.
    is_exact : bool
        Whether all sets were summed.
    """

    conversions: FloatArray
    value: FloatArray
    conversions_std_error: FloatArray
    value_std_error: FloatArray
    is_exact: bool


@dataclass(frozen=True, slots=True, eq=False)
class ChannelSets:
    """Distinct sets of channels of journeys with a contact.

    Attributes
    ----------
    index : array, shape (n_tracked,)
        Set of each journey with a contact.
    codes, offsets : array
        Members of set `u` are ``codes[offsets[u]:offsets[u + 1]]``, rising.
    """

    index: IntArray
    codes: IntArray
    offsets: IntArray

    @property
    def sizes(self) -> IntArray:
        """Channels per set."""
        return np.diff(self.offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @classmethod
    def of(cls, journeys: Journeys) -> ChannelSets:
        """Sets of all journeys with a contact."""
        n_words = max(1, math.ceil(journeys.n_channels / BITS))
        words = np.zeros((np.count_nonzero(journeys.has_touch), n_words), dtype=np.int64)
        mark_channels(journeys.codes, journeys.offsets, words)
        if n_words == 1:
            if journeys.n_channels <= 20:  # few enough to mark those that occur
                seen = np.zeros(1 << journeys.n_channels, dtype=bool)
                seen[words[:, 0]] = True
                found, index = np.flatnonzero(seen)[:, None], (np.cumsum(seen) - 1)[words[:, 0]]
            else:
                flat, index = np.unique(words[:, 0], return_inverse=True)
                found = flat[:, None]
        else:
            found, index = np.unique(words, axis=0, return_inverse=True)
        bits = np.arange(BITS, dtype=np.int64)
        member = ((found[:, :, None] >> bits) & 1).reshape(len(found), n_words * BITS).astype(bool)
        _, codes = np.nonzero(member)
        offsets = np.concatenate([[0], np.cumsum(member.sum(axis=1))]).astype(np.int64)
        return cls(np.ravel(index).astype(np.int64), codes.astype(np.int64), offsets)


def set_sums(journeys: Journeys, sets: ChannelSets) -> FloatArray:
    """Orders, journeys and money per set, shape (3, n_sets)."""
    sums = np.zeros((3, len(sets)))
    add_by_set(
        sets.index, journeys.offsets, journeys.conversions, journeys.nulls, journeys.value, sums
    )
    return sums


def shapley_credit(journeys: Journeys, model: Shapley) -> ShapleyCredit:
    """Shapley value of the journeys' channels.

    Raises
    ------
    DesignError
        When no journey with a contact ends in an order.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"path": ["a > b > a", "a"], "conversions": [1, 1],
    ...                       "nulls": [0, 1], "value": [10.0, 30.0]})
    >>> shapley_credit(Journeys.from_paths(table), Shapley()).value.tolist()
    [35.0, 5.0]
    """
    sets = ChannelSets.of(journeys)
    sums = set_sums(journeys, sets)
    if sums[0].sum() <= 0:
        raise DesignError(
            "shapley: no order has a contact before it; nothing to credit by journeys"
        )
    credit, error, is_exact = credit_of_sets(sums, sets, journeys.channels, model)
    return ShapleyCredit(credit[0], credit[1], error[0], error[1], is_exact)


def credit_of_sets(
    sums: FloatArray, sets: ChannelSets, channels: tuple[str, ...], model: Shapley
) -> tuple[FloatArray, FloatArray, bool]:
    """Credit and standard error, shape (..., 2, n_channels), of sums with shape (..., 3, n_sets)."""
    n = len(channels)
    bought, runs, money = np.moveaxis(sums, -2, 0)
    reward = np.stack([bought, money], axis=-2)
    if model.game == "cumulative":
        made = _equal_parts(reward, sets, n)
        return made, np.zeros_like(made), True
    is_organic = np.zeros(n, dtype=bool)
    if model.game == "rate_organic":
        is_organic = np.isin(np.array(channels, dtype=object), model.organic)
    players = np.flatnonzero(~is_organic)
    total = reward.sum(axis=-1)
    if len(players) <= EXACT_CHANNELS:
        worth = _worth_of_all(reward, runs, sets, players)
        parts, base = _exact(worth), worth[..., 0]
        error = np.zeros_like(parts)
    else:
        parts, error, base = _sampled(reward, runs, sets, players, model)
    whole = (parts.sum(axis=-1) + base)[..., None]
    scale = np.divide(total[..., None], whole, out=np.zeros_like(whole), where=whole != 0)
    made, doubt = np.zeros((2, *total.shape, n))
    made[..., players], doubt[..., players] = parts * scale, error * np.abs(scale)
    alone = is_organic[sets.codes]
    only_organic = np.logical_and.reduceat(alone, sets.offsets[:-1])
    split = _equal_parts(reward * only_organic, sets, n)
    known = split.sum(axis=-1, keepdims=True)
    share = np.divide(split, known, out=np.zeros_like(split), where=known > 0)
    made += share * (base[..., None] * scale)
    return made, doubt, len(players) <= EXACT_CHANNELS


def _equal_parts(reward: FloatArray, sets: ChannelSets, n: int) -> FloatArray:
    """Each set's reward split equally among its members, shape (..., n)."""
    part = np.repeat(reward / sets.sizes, sets.sizes, axis=-1)
    flat = part.reshape(-1, part.shape[-1])
    made = np.stack([np.bincount(sets.codes, row, minlength=n) for row in flat])
    return np.asarray(made.reshape(*reward.shape[:-1], n), dtype=np.float64)


def _worth_of_all(
    reward: FloatArray, runs: FloatArray, sets: ChannelSets, players: IntArray
) -> FloatArray:
    """Rate of every set of players, shape (..., 2, 2^n): sums over subsets, then divided."""
    n = len(players)
    bit = np.zeros(int(sets.codes.max()) + 1, dtype=np.int64)
    here = players[players < len(bit)]
    bit[here] = np.int64(1) << np.arange(len(here))
    mask = np.bitwise_or.reduceat(bit[sets.codes], sets.offsets[:-1])
    parts = np.concatenate([reward, runs[..., None, :]], axis=-2)
    flat = parts.reshape(-1, parts.shape[-1])
    sums = np.stack([np.bincount(mask, row, minlength=1 << n) for row in flat])
    for k in range(n):
        pairs = sums.reshape(len(flat), -1, 2, 1 << k)
        pairs[:, :, 1] += pairs[:, :, 0]
    sums = sums.reshape(*parts.shape[:-1], 1 << n)
    base = sums[..., 2:, :]
    return np.divide(sums[..., :2, :], base, out=np.zeros_like(sums[..., :2, :]), where=base > 0)


def _exact(worth: FloatArray) -> FloatArray:
    """Shapley values, shape (..., n), of the worth of all sets, the k-th bit for player `k`."""
    n = worth.shape[-1].bit_length() - 1
    size = np.zeros(1, dtype=np.int64)  # players in each set
    for _ in range(n):
        size = np.concatenate([size, size + 1])
    weight = np.array([1 / (n * math.comb(n - 1, s)) for s in range(n)])
    made = np.empty((*worth.shape[:-1], n))
    for k in range(n):
        pairs = worth.reshape(*worth.shape[:-1], -1, 2, 1 << k)
        without = size.reshape(-1, 2, 1 << k)[:, 0]
        gain = pairs[..., 1, :] - pairs[..., 0, :]
        made[..., k] = np.einsum("...ab,ab->...", gain, weight[without])
    return made


def _sampled(
    reward: FloatArray, runs: FloatArray, sets: ChannelSets, players: IntArray, model: Shapley
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean gain of each player over random orders and their reverses, its error, and the baseline."""
    n, rng = len(players), np.random.default_rng(model.seed)
    parts = np.concatenate([reward, runs[..., None, :]], axis=-2)
    flat = parts.reshape(-1, parts.shape[-1])
    total, square = np.zeros((2, *reward.shape[:-1], n))
    n_codes = int(max(sets.codes.max(), players.max())) + 1
    base = np.zeros(reward.shape[:-1])
    for _ in range(model.n_orders // 2):
        order = rng.permutation(n)
        both = np.zeros((*reward.shape[:-1], n))
        for one in (order, order[::-1]):
            rank = np.zeros(n_codes, dtype=np.int64)  # 0 for channels that are always there
            rank[players[one]] = np.arange(1, n + 1)
            complete = np.maximum.reduceat(rank[sets.codes], sets.offsets[:-1])
            sums = np.stack([np.bincount(complete, row, minlength=n + 1) for row in flat])
            sums = sums.cumsum(axis=1).reshape(*parts.shape[:-1], n + 1)
            runs_so_far = sums[..., 2:, :]
            worth = np.divide(
                sums[..., :2, :],
                runs_so_far,
                out=np.zeros_like(sums[..., :2, :]),
                where=runs_so_far > 0,
            )
            base = worth[..., 0]
            both[..., one] += np.diff(worth, axis=-1) / 2
        total += both
        square += both**2
    pairs = model.n_orders // 2
    mean = total / pairs
    spread = np.maximum(square / pairs - mean**2, 0.0) * pairs / (pairs - 1)
    return mean, np.sqrt(spread / pairs), base
