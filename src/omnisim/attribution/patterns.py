"""Where journeys go: moves of any order, frequent paths, where they stop, how long they take."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import pandas as pd

from omnisim.attribution.chain import count_chain, steps_of
from omnisim.attribution.columns import IntArray
from omnisim.attribution.journeys import Journeys
from omnisim.attribution.shares import shares_over_persons
from omnisim.errors import DesignError

START, ORDER, NOTHING, OTHER = "(start)", "(order)", "(nothing)", "(other paths)"
_MOST_SINGLE = 20_000_000


def transitions(journeys: Journeys, *, order: int = 1, level: float = 0.95) -> pd.DataFrame:
    """Share of journeys that go on to each next step, given the last `order` contacts.

    Parameters
    ----------
    journeys : Journeys
        What was seen.
    order : int
        Contacts remembered, 1 to 4.
    level : float
        Level of the intervals over persons.

    Returns
    -------
    DataFrame
        from_state (contacts joined by `` > ``, ``(start)``), to (channel, ``(order)``,
        ``(nothing)``), n, n_base (how often the state was left), share, share_low, share_high.
        Shares of a state add up to 1. Steps that never occur are left out.

    Examples
    --------
    >>> table = pd.DataFrame({"path": ["a > b", "a"], "conversions": [1, 0], "nulls": [0, 1]})
    >>> found = transitions(Journeys.from_paths(table, value=None))
    >>> found[["from_state", "to", "share"]].values.tolist()[:3]
    [['(start)', 'a', 1.0], ['a', 'b', 0.5], ['a', '(nothing)', 0.5]]
    """
    if order not in (1, 2, 3, 4):
        raise DesignError(f"order = {order!r}: give 1, 2, 3 or 4")
    walks = single(journeys)
    walks = walks.select(walks.has_touch)
    need_some(walks)
    steps, n, c = steps_of(walks, order=order), walks.n_journeys, walks.n_channels
    chain = count_chain(walks, order=order)
    is_step = steps.move < len(steps.source)
    code = walks.codes.astype(np.int64)
    bought = walks.conversions > 0
    # State 0 is the start; outcomes c and c + 1 are an order and nothing.
    state = np.concatenate(
        [np.zeros(n, dtype=np.int64), steps.source[steps.move[is_step]] + 1, steps.final + 1]
    )
    outcome = np.concatenate(
        [code[walks.offsets[:-1]], code[1:][is_step], np.where(bought, c, c + 1)]
    )
    owner = np.concatenate([np.arange(n), steps.journey[is_step], np.arange(n)])
    cells, cell = np.unique(state * (c + 2) + outcome, return_inverse=True)
    persons = persons_of(walks)
    found = shares_over_persons(persons[owner], cell, cells // (c + 2), level=level)
    names = [START] + [
        " > ".join(walks.channels[k] for k in chain.contacts(s)) for s in range(chain.n_states)
    ]
    ends = np.array([*walks.channels, ORDER, NOTHING], dtype=object)
    return pd.DataFrame(
        {
            "from_state": np.array(names, dtype=object)[cells // (c + 2)],
            "to": ends[cells % (c + 2)],
            **found.columns(),
        }
    )


def drop_off(journeys: Journeys, *, level: float = 0.95) -> pd.DataFrame:
    """After which contact journeys end in nothing.

    Returns
    -------
    DataFrame
        channel, n (journeys that end there in nothing), n_base (contacts of the channel), share,
        share_low, share_high, share_of_ends (of all ends in nothing). Largest number first.
    """
    walks = single(journeys)
    walks = walks.select(walks.has_touch)
    need_some(walks)
    c = walks.n_channels
    owner = np.repeat(np.arange(walks.n_journeys), walks.lengths)
    is_end = np.zeros(len(walks.codes), dtype=bool)
    is_end[walks.offsets[1:] - 1] = walks.nulls > 0
    cell = walks.codes.astype(np.int64) * 2 + is_end
    found = shares_over_persons(
        persons_of(walks)[owner], cell, np.repeat(np.arange(c), 2), level=level
    )
    frame = pd.DataFrame({"channel": np.repeat(np.array(walks.channels), 2), **found.columns()})
    frame = frame.iloc[1::2].reset_index(drop=True)
    ends = max(int(frame["n"].sum()), 1)
    frame["share_of_ends"] = frame["n"] / ends
    return frame.sort_values(["n", "channel"], ascending=[False, True], ignore_index=True)


def path_frequency(journeys: Journeys, *, n_largest: int = 10, level: float = 0.95) -> pd.DataFrame:
    """The most frequent paths, what they bring, and how often they end in an order.

    Returns
    -------
    DataFrame
        path, n (journeys), n_base (all journeys with a contact), share, share_low, share_high,
        conversions, value, conversion_share with _low and _high. The last row, ``(other paths)``,
        holds the rest, if any.
    """
    if n_largest < 1:
        raise DesignError(f"n_largest = {n_largest}: give a whole number >= 1")
    walks = single(journeys)
    walks = walks.select(walks.has_touch)
    need_some(walks)
    index = walks.path_index()
    n_paths = int(index.max()) + 1
    size = np.bincount(index, minlength=n_paths)
    top = np.argsort(-size, kind="stable")[:n_largest]
    place = np.full(n_paths, len(top))
    place[top] = np.arange(len(top))
    cell = place[index]
    n_cells = len(top) + int(n_paths > len(top))
    persons = persons_of(walks)
    share = shares_over_persons(persons, cell, np.zeros(n_cells, dtype=np.int64), level=level)
    bought = shares_over_persons(
        persons, cell * 2 + (walks.conversions > 0), np.repeat(np.arange(n_cells), 2), level=level
    )
    example = np.full(n_paths, -1)
    example[index] = np.arange(len(index))
    names = np.array(walks.channels, dtype=object)
    texts = [
        " > ".join(names[walks.codes[walks.offsets[j] : walks.offsets[j + 1]]])
        for j in example[top]
    ]
    return pd.DataFrame(
        {
            "path": [*texts, OTHER][:n_cells],
            **share.columns(),
            "conversions": bought.n[1::2],
            "value": np.bincount(cell, walks.value, minlength=n_cells),
            "conversion_share": bought.share[1::2],
            "conversion_share_low": bought.ci_low[1::2],
            "conversion_share_high": bought.ci_high[1::2],
        }
    )


def time_lag(
    journeys: Journeys,
    *,
    edges_days: Sequence[float] = (0.0, 1 / 24, 1.0, 3.0, 7.0, 14.0, 30.0),
    level: float = 0.95,
) -> pd.DataFrame:
    """Days from the first contact of the journey to the order, in classes.

    The first contact is the first *counted* one: with the default kinds of contact a click, visit
    or call; with impressions counted, the first exposure. The lookback cuts longer lags.

    Parameters
    ----------
    journeys : Journeys
        Built from tables.
    edges_days : sequence of float
        Rising lower edges from 0; the last class is open.
    level : float
        Level of the intervals over persons.

    Returns
    -------
    DataFrame
        from_days, to_days (infinite for the last), n (orders), n_base, share with _low and _high,
        cumulative_share.
    """
    edges = np.asarray(edges_days, dtype=float)
    if len(edges) < 2 or edges[0] != 0 or not (np.diff(edges) > 0).all():
        raise DesignError(f"edges_days = {tuple(edges_days)}: give rising numbers from 0")
    days, persons = _lags(journeys)
    cell = np.searchsorted(edges, days, side="right") - 1
    found = shares_over_persons(persons, cell, np.zeros(len(edges), dtype=np.int64), level=level)
    return pd.DataFrame(
        {
            "from_days": edges,
            "to_days": [*edges[1:], np.inf],
            **found.columns(),
            "cumulative_share": found.share.cumsum(),
        }
    )


def lag_quantiles(
    journeys: Journeys,
    *,
    shares: Sequence[float] = (0.25, 0.5, 0.75, 0.9),
    level: float = 0.95,
) -> pd.DataFrame:
    """Days within which a share of orders follows the first contact.

    Intervals by order statistics, widened by the number of orders per person.

    Returns
    -------
    DataFrame
        share (of orders), days, days_low, days_high, n (orders).
    """
    if not shares or not all(0 < q < 1 for q in shares):
        raise DesignError(f"shares = {tuple(shares)}: give shares in (0, 1)")
    days, persons = _lags(journeys)
    ordered, n = np.sort(days), len(days)
    independent = len(np.unique(persons))
    z = NormalDist().inv_cdf((1 + level) / 2)
    rows = []
    for q in shares:
        reach = z * np.sqrt(q * (1 - q) / independent)
        low, high = (np.clip(np.floor((q + s * reach) * n), 0, n - 1) for s in (-1, 1))
        middle = ordered[min(int(np.ceil(q * n)) - 1, n - 1)]
        rows.append((q, middle, min(ordered[int(low)], middle), max(ordered[int(high)], middle), n))
    return pd.DataFrame(rows, columns=["share", "days", "days_low", "days_high", "n"])


def _lags(journeys: Journeys) -> tuple[np.ndarray, IntArray]:
    """Days and person of every order with a contact."""
    if journeys.days_before_end is None:
        raise DesignError("time lags: aggregated paths carry no times")
    wanted = journeys.has_touch & (journeys.conversions > 0)
    if not wanted.any():
        raise DesignError("time lags: no order has a contact before it")
    return journeys.days_before_end[journeys.offsets[:-1][wanted]], persons_of(journeys)[wanted]


def single(journeys: Journeys) -> Journeys:
    """One row per journey, also for aggregated paths."""
    if journeys.customer is None and journeys.n_customers > _MOST_SINGLE:
        raise DesignError(
            f"{journeys.n_customers:,} journeys in aggregated paths; give at most "
            f"{_MOST_SINGLE:,}, e.g. scaled down"
        )
    return journeys.repeated()


def persons_of(walks: Journeys) -> IntArray:
    return walks.customer if walks.customer is not None else np.arange(walks.n_journeys)


def need_some(walks: Journeys) -> None:
    if walks.n_journeys == 0:
        raise DesignError("no journey has a contact: there is nothing to describe")
