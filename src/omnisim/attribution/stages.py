"""Journeys step by step: what the first, second, third contact is, and where online meets store."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pandas as pd

from omnisim.attribution.columns import IntArray
from omnisim.attribution.describe import ONLINE_PLACES, STORE_PLACE
from omnisim.attribution.journeys import Journeys
from omnisim.attribution.patterns import NOTHING, ORDER, need_some, persons_of, single
from omnisim.attribution.rules import STORE_CHANNEL
from omnisim.attribution.shares import shares_over_persons
from omnisim.errors import DesignError

ENDED = "(ended)"
GROUPS = ("online", "store", "phone")


def step_matrix(journeys: Journeys, *, n_steps: int = 6, level: float = 0.95) -> pd.DataFrame:
    """What share of all journeys is where at each step.

    At step `k` a journey is at its `k`-th contact, or has ended before in an order or in nothing.
    The shares of a step add up to 1; the shares of step 1 are those of the start, and the last
    step shows how much has ended in nothing by then.

    Parameters
    ----------
    journeys : Journeys
        What was seen.
    n_steps : int
        Steps shown, 1 to 50.
    level : float
        Level of the intervals over persons.

    Returns
    -------
    DataFrame
        step (from 1), state (channel, ``(order)``, ``(nothing)``), n, n_base (journeys), share,
        share_low, share_high.

    Examples
    --------
    >>> table = pd.DataFrame({"path": ["a > b", "a"], "conversions": [1, 0], "nulls": [0, 1]})
    >>> found = step_matrix(Journeys.from_paths(table, value=None), n_steps=3)
    >>> found.pivot(index="state", columns="step", values="share").loc["(nothing)"].tolist()
    [0.0, 0.5, 0.5]
    """
    if not 1 <= n_steps <= 50:
        raise DesignError(f"n_steps = {n_steps}: give a whole number from 1 to 50")
    walks = single(journeys)
    walks = walks.select(walks.has_touch)
    need_some(walks)
    c, n = walks.n_channels, walks.n_journeys
    place = _places(walks, n_steps)
    cell = (np.arange(n_steps) * (c + 2) + place).ravel()
    person = np.repeat(persons_of(walks), n_steps)
    found = shares_over_persons(person, cell, np.repeat(np.arange(n_steps), c + 2), level=level)
    return pd.DataFrame(
        {
            "step": np.repeat(np.arange(1, n_steps + 1), c + 2),
            "state": np.tile(np.array([*walks.channels, ORDER, NOTHING], dtype=object), n_steps),
            "n": found.n,
            "n_base": np.full(n_steps * (c + 2), n),
            "share": found.share,
            "share_low": found.ci_low,
            "share_high": found.ci_high,
        }
    )


def step_flow(
    journeys: Journeys, *, n_steps: int = 3, n_largest: int = 6, other: str = "(other)"
) -> pd.DataFrame:
    """Journeys by their first contacts and their end, for a Sankey chart with start and null end.

    Returns
    -------
    DataFrame
        step_1 ... step_n (channel, `other` for small ones, ``(ended)`` where the journey was over),
        end (``(order)``, ``(nothing)``, ``(more)`` for journeys that go on), n; the sum of n is the
        number of journeys with a contact.
    """
    if not 1 <= n_steps <= 6:
        raise DesignError(f"n_steps = {n_steps}: give a whole number from 1 to 6")
    walks = single(journeys)
    walks = walks.select(walks.has_touch)
    need_some(walks)
    c = walks.n_channels
    place = np.minimum(_places(walks, n_steps), c)
    busy = np.argsort(-np.bincount(walks.codes, minlength=c), kind="stable")[:n_largest]
    names = np.full(c + 1, other, dtype=object)
    names[busy] = np.array(walks.channels, dtype=object)[busy]
    names[c] = ENDED
    more = walks.lengths > n_steps
    end = np.where(more, "(more)", np.where(walks.conversions > 0, ORDER, NOTHING))
    columns = {f"step_{k + 1}": names[place[:, k]] for k in range(n_steps)}
    frame = pd.DataFrame({**columns, "end": end, "n": 1})
    keys = [*columns, "end"]
    return frame.groupby(keys, sort=True)["n"].sum().reset_index()


def cross_flow(
    journeys: Journeys, *, online_channels: Collection[str], level: float = 0.95
) -> pd.DataFrame:
    """Moves between online, store and phone: from contact to contact, and to the place of purchase.

    Parameters
    ----------
    journeys : Journeys
        Built from tables.
    online_channels : collection of str
        Channels that happen online.
    level : float
        Level of the intervals over persons.

    Returns
    -------
    DataFrame
        move (``contact`` or ``purchase``), from_group, to_group, n, n_base (moves from there),
        share with _low and _high. A purchase comes from the group of the last contact, or from
        ``none`` without any.
    """
    if journeys.order_channel is None:
        raise DesignError("cross_flow: aggregated paths do not say where the order was placed")
    group = np.array(
        [
            0 if name in online_channels else 1 if name == STORE_CHANNEL else 2
            for name in journeys.channels
        ],
        dtype=np.int64,
    )
    persons, has = persons_of(journeys), journeys.has_touch
    of_touch = group[journeys.codes]
    owner = np.repeat(np.arange(journeys.n_journeys), journeys.lengths)
    inside = owner[1:] == owner[:-1]
    contact = _crossing(
        of_touch[:-1][inside], of_touch[1:][inside], persons[owner[1:][inside]], level=level
    )
    bought = journeys.conversions > 0
    last = np.full(journeys.n_journeys, 3, dtype=np.int64)
    last[has] = of_touch[journeys.offsets[1:][has] - 1]
    to = _place_groups(journeys)[journeys.order_channel[bought]]
    purchase = _crossing(last[bought], to, persons[bought], level=level)
    made = pd.concat(
        [contact.assign(move="contact"), purchase.assign(move="purchase")], ignore_index=True
    )
    return made[["move", *made.columns[:-1]]]


def _crossing(start: IntArray, end: IntArray, person: IntArray, *, level: float) -> pd.DataFrame:
    """Shares of moves between groups; groups nobody leaves are left out."""
    found = shares_over_persons(person, start * 3 + end, np.repeat(np.arange(4), 3), level=level)
    names = (*GROUPS, "none")
    frame = pd.DataFrame(
        {
            "from_group": np.repeat(np.array(names, dtype=object), 3),
            "to_group": np.tile(np.array(GROUPS, dtype=object), 4),
            **found.columns(),
        }
    )
    return frame[frame["n_base"] > 0].reset_index(drop=True)


def _place_groups(journeys: Journeys) -> npt.NDArray[np.int64]:
    """Group of each order channel."""
    known = {STORE_PLACE: 1, **dict.fromkeys(ONLINE_PLACES, 0)}
    return np.array([known.get(name, 2) for name in journeys.order_channels], dtype=np.int64)


def _places(walks: Journeys, n_steps: int) -> IntArray:
    """State at each step, shape (n_journeys, n_steps): a code, or n_channels + 0 / 1 once ended."""
    c, lengths = walks.n_channels, walks.lengths
    over = np.where(walks.conversions > 0, c, c + 1)
    place = np.repeat(over[:, None], n_steps, axis=1)
    for step in range(n_steps):
        live = lengths > step
        place[live, step] = walks.codes[walks.offsets[:-1][live] + step]
    return place
