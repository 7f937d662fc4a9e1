"""How many contacts a Markov chain should remember: the order that predicts new customers best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from omnisim.attribution.chain import compact
from omnisim.attribution.columns import FloatArray, IntArray
from omnisim.attribution.journeys import Journeys
from omnisim.errors import DesignError

_BACK_OFF = 1.0  # moves' worth of belief in the shorter memory


@dataclass(frozen=True, slots=True, eq=False)
class OrderChoice:
    """Held-out fit of chains of several orders.

    Attributes
    ----------
    frame : DataFrame
        order, log_likelihood (mean per move of customers the chain has not seen), std_error (of
        the difference to the best order, over folds; 0 for the best).
    best : int
        Order with the highest likelihood.
    simplest : int
        Lowest order within one standard error of the best.
    n_moves : int
        Moves that were predicted.
    """

    frame: pd.DataFrame
    best: int
    simplest: int
    n_moves: int


def choose_order(
    journeys: Journeys,
    *,
    orders: Sequence[int] = (1, 2, 3, 4),
    n_folds: int = 5,
    seed: int = 1,
) -> OrderChoice:
    """Compare orders by the likelihood of the next step of customers left out.

    Each fold of customers is predicted by the chain of the others: which channel comes next, or
    that the journey ends in an order or in nothing. A state seen rarely leans on the shorter
    memory, ``p_k = (n_k + p_(k-1)) / (N_k + 1)``, down to all ends being equally likely, so that
    nothing is impossible.

    Parameters
    ----------
    journeys : Journeys
        What was seen; aggregated paths are left out path by path.
    orders : sequence of int
        Orders to compare, each 1 to 4.
    n_folds : int
        Parts of the customers, 2 to 20.
    seed : int
        Of the parts.

    Examples
    --------
    Whoever comes by `a` twice buys, others do not: one contact of memory is not enough.

    >>> table = pd.DataFrame({"path": ["a > a", "b > a"], "conversions": [50, 0],
    ...                       "nulls": [0, 50]})
    >>> rows = Journeys.from_paths(table, value=None)
    >>> one_each = rows.repeated()
    >>> choose_order(one_each, orders=(1, 2)).best
    2
    """
    if not orders or not all(1 <= k <= 4 for k in orders):
        raise DesignError(f"orders = {tuple(orders)}: give numbers from 1 to 4")
    if not 2 <= n_folds <= 20:
        raise DesignError(f"n_folds = {n_folds}: give a whole number from 2 to 20")
    has = journeys.has_touch
    if not has.any():
        raise DesignError("choose_order: no journey has a contact")
    walks = journeys.select(has)
    owner = walks.customer if walks.customer is not None else np.arange(walks.n_journeys)
    n_owners = int(owner.max()) + 1
    if n_owners < n_folds:
        raise DesignError(f"choose_order: {n_owners} customers for {n_folds} folds; give fewer")
    fold = np.random.default_rng(seed).permutation(n_owners)[owner] % n_folds
    history, outcome, amount, part = _steps(walks, fold, max(orders))
    n_outcomes = walks.n_channels + 2
    belief = np.full((n_folds, len(outcome)), 1 / n_outcomes)
    scores = {}
    for k in range(max(orders) + 1):
        belief = _predict(history[k], outcome, amount, part, belief, n_outcomes, n_folds)
        if k in orders:
            seen_by = belief[part, np.arange(len(part))]
            log = np.log(seen_by) * amount
            scores[k] = np.bincount(part, log, minlength=n_folds)
    weight = np.bincount(part, amount, minlength=n_folds)
    table = np.array([scores[k] for k in orders])
    mean = table.sum(axis=1) / weight.sum()
    top = int(mean.argmax())
    gap = (table - table[top]) / weight
    error = gap.std(axis=1, ddof=1) / np.sqrt(n_folds)
    frame = pd.DataFrame({"order": list(orders), "log_likelihood": mean, "std_error": error})
    near = frame.loc[mean >= mean[top] - error, "order"]
    return OrderChoice(frame, int(orders[top]), int(near.min()), int(weight.sum()))


def _steps(
    walks: Journeys, fold: IntArray, longest: int
) -> tuple[list[IntArray], IntArray, FloatArray, IntArray]:
    """Every step that is predicted: its history at each length, outcome, how often, and fold.

    The first contact is predicted too, from an empty history.
    """
    n, lengths = walks.n_channels, walks.lengths
    runs = (walks.conversions + walks.nulls).astype(np.float64)
    codes = walks.codes.astype(np.int64)
    base = n + 1
    place = np.arange(len(codes)) - np.repeat(walks.offsets[:-1], lengths)
    last = walks.offsets[1:] - 1
    before = np.arange(len(codes)) - 1  # the contact a step follows; ends follow the last one
    step_after = np.concatenate([before, last, last])
    is_start = np.concatenate([place == 0, np.zeros(2 * len(last), dtype=bool)])
    outcome = np.concatenate([codes, np.full(len(last), n), np.full(len(last), n + 1)])
    amount = np.concatenate(
        [np.repeat(runs, lengths), walks.conversions.astype(float), walks.nulls.astype(float)]
    )
    part = np.concatenate([np.repeat(fold, lengths), fold, fold])
    known = np.where(is_start, 0, place[step_after] + 1)
    key = np.zeros(len(outcome), dtype=np.int64)
    histories = [key]
    for back in range(longest):
        digit = np.where(known > back, codes[np.maximum(step_after - back, 0)] + 1, 0)
        key = np.unique(key * base + digit, return_inverse=True)[1]
        histories.append(key.astype(np.int64))
    some = amount > 0
    return [h[some] for h in histories], outcome[some], amount[some], part[some]


def _predict(
    history: IntArray,
    outcome: IntArray,
    amount: FloatArray,
    part: IntArray,
    shorter: FloatArray,
    n_outcomes: int,
    n_folds: int,
) -> FloatArray:
    """Probability of each step by the customers outside each fold, shape (n_folds, n_steps)."""
    _, cell = compact(history * n_outcomes + outcome, (int(history.max()) + 1) * n_outcomes)
    n_cells, n_states = int(cell.max()) + 1, int(history.max()) + 1
    hits = np.bincount(part * n_cells + cell, amount, minlength=n_folds * n_cells)
    visits = np.bincount(part * n_states + history, amount, minlength=n_folds * n_states)
    hits, visits = hits.reshape(n_folds, -1), visits.reshape(n_folds, -1)
    hits, visits = hits.sum(axis=0) - hits, visits.sum(axis=0) - visits
    top = hits[:, cell] + _BACK_OFF * shorter
    return np.asarray(top / (visits[:, history] + _BACK_OFF))
