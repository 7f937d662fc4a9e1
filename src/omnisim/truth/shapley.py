"""Shapley values by sampled orders of arrival, with the error that the sampling leaves.

A channel's Shapley value is what it adds to the channels that are on before it, averaged over all
orders in which channels can be switched on. Orders are drawn in opposite pairs, an order and its
reverse: a channel that came early in one comes late in the other, so errors of the two partly
cancel. Worlds are told by their set of channels, so a set that several orders pass is lived once.

References
----------
Castro, J., Gomez, D. and Tejada, J. (2009). Polynomial calculation of the Shapley value based on
sampling. Computers & Operations Research, 36(5).
Mitchell, R., Cooper, J., Frank, E. and Holmes, G. (2022). Sampling permutations for Shapley value
estimation. Journal of Machine Learning Research, 23.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from omnisim.errors import ScenarioError
from omnisim.rng import Stream, uniform_block
from omnisim.schema import CHANNEL_ID

SHAPLEY = "shapley"
FEWEST, MOST = 4, 1_000  # orders; two opposite pairs are the least that tell an error
Coalition = frozenset[str]


def check_orders(n: int) -> int:
    """The number of orders, if it can be.

    Raises
    ------
    ScenarioError
        When it is no whole number in [4, 1000].
    """
    if isinstance(n, bool) or not isinstance(n, int) or not FEWEST <= n <= MOST:
        raise ScenarioError(
            f"shapley = {n!r}: give {FEWEST} to {MOST:,} orders of channels; the error is told from "
            f"pairs of opposite orders, and each order takes up to {len(CHANNEL_ID)} worlds"
        )
    return n


def draw_orders(seed: int, players: Sequence[str], n: int) -> list[tuple[str, ...]]:
    """Orders of arrival: each drawn order is followed by its reverse.

    A channel's place depends on the seed, the number of the pair and its registry id only.
    """
    ids = np.array([CHANNEL_ID[name] for name in players], np.int64)
    found: list[tuple[str, ...]] = []
    for pair in range(-(-n // 2)):
        u = uniform_block(seed, ids, stream=Stream.ARRIVAL, step=pair)[:, 0]
        order = tuple(players[k] for k in np.argsort(u, kind="stable"))
        found += [order, order[::-1]]
    return found[:n]


def set_weights(orders: Sequence[tuple[str, ...]]) -> dict[str, dict[Coalition, int]]:
    """For each player, how often each set of channels that are on counts for it, and with which sign.

    Examples
    --------
    >>> by_set = set_weights([("a", "b"), ("b", "a")])["a"]
    >>> [(sorted(on), weight) for on, weight in by_set.items()]
    [([], -1), (['a'], 1), (['b'], -1), (['a', 'b'], 1)]
    """
    found: dict[str, dict[Coalition, int]] = {name: {} for name in sorted(orders[0])}
    for order in orders:
        for k, player in enumerate(order):
            before, after = frozenset(order[:k]), frozenset(order[: k + 1])
            weights = found[player]
            weights[before] = weights.get(before, 0) - 1
            weights[after] = weights.get(after, 0) + 1
    return found


def sampling_errors(
    orders: Sequence[tuple[str, ...]],
    value: Callable[[Coalition], tuple[int, ...]],
    wanted: Collection[str] = (),
) -> dict[str, NDArray[np.float64]]:
    """Standard error of each player's mean that comes from sampling orders.

    Parameters
    ----------
    value : callable
        Outcomes of the world in which only these channels are on, in whole units.
    wanted : collection of str
        Players; all by default. Only what these add is asked of `value`.

    Returns
    -------
    dict of str to array, shape (n_outcomes,)
        Pairs of opposite orders are independent of each other; the two of a pair are not. So the
        spread is taken between pairs: ``sqrt(m / (m - 1) * sum((t - n * mean)**2)) / N`` for `m`
        pairs with sums `t` of `n` orders (the last pair may be one order), `N` orders in all.
    """
    n_pairs = -(-len(orders) // 2)
    sizes = np.bincount(np.arange(len(orders)) // 2).astype(np.float64)
    added: dict[str, list[NDArray[np.int64]]] = {name: [] for name in sorted(wanted or orders[0])}
    for order in orders:
        for k, player in enumerate(order):
            if player in added:
                before, after = value(frozenset(order[:k])), value(frozenset(order[: k + 1]))
                added[player].append(np.subtract(after, before))
    errors = {}
    for name, by_order in added.items():
        sums = np.add.reduceat(np.array(by_order, np.float64), range(0, len(orders), 2))
        away = sums - sizes[:, None] * sums.sum(axis=0) / len(orders)
        spread = n_pairs / (n_pairs - 1) * (away * away).sum(axis=0)
        errors[name] = np.sqrt(spread) / len(orders)
    return errors
