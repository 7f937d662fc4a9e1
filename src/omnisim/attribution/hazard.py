"""What contacts say about cause day by day: a discrete-time hazard of ordering and the g-formula.

A journey ends when its order comes, so a longer journey has both more contacts and no order yet: a
model of journeys takes contacts for a hindrance. Here the unit is a person on a day. Whether the
person orders that day is explained by the pressure of each channel's contacts *before* that day,

    ``pressure[d] = retention * pressure[d - 1] + contacts[d - 1]``,

by what the person did long before (orders and contacts with slow decay), by weekday and month. The
g-formula then takes one channel's pressure away and holds the rest:

    ``incremental[c] = sum over person-days of p(x) - p(x without c)``

It is the caused number only if, given that history, contacts do not follow an intention to buy. What
a contact does on its own day is left out: on that day nobody can tell the contact that brings the
order from the one that is part of it. All order days are used, and at most `MOST_QUIET` of the
others, weighted (case-control sampling).

References
----------
Robins, J. (1986). A new approach to causal inference in mortality studies with a sustained exposure
period. Mathematical Modelling, 7(9-12), 1393-1512.
King, G., Zeng, L. (2001). Logistic regression in rare events data. Political Analysis, 9(2), 137-163.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from omnisim.attribution.columns import FloatArray, IntArray
from omnisim.attribution.journeys import Journeys
from omnisim.attribution.logistic import fit_logistic, logistic
from omnisim.errors import DesignError

MOST_QUIET = 100_000  # person-days without an order that are kept
MOST_PERSONS = 25_000  # persons that are kept; sums are scaled up to all
_MS_PER_DAY = 86_400_000
_SLOW = 0.97  # daily survival of a person's long history: half of it after 23 days
_LEAST_DAYS = 28


@dataclass(frozen=True, slots=True, eq=False)
class Lost:
    """Orders lost without each channel.

    Attributes
    ----------
    orders, std_error, coefficient : array, shape (n_channels,)
        Orders lost, their clustered standard error, log-odds per unit of log(1 + pressure).
    baseline : float
        Orders expected without any contact.
    converged : bool
        Whether Newton's steps came to rest.
    """

    orders: FloatArray
    std_error: FloatArray
    coefficient: FloatArray
    baseline: float
    converged: bool


def lost_by_day(journeys: Journeys, *, retention: float, seed: int) -> Lost:
    """Orders lost without each channel, from persons on days.

    Parameters
    ----------
    journeys : Journeys
        Built from tables, with times.
    retention : float
        Share of a contact's pressure that survives a day, in [0, 1).
    seed : int
        Of the quiet person-days and persons kept.

    Raises
    ------
    DesignError
        Fewer than four weeks, or no order after the first week.
    """
    grid = _Grid.of(journeys, seed)
    x, y, weight, who = _rows(grid, journeys.n_channels, retention, seed)
    beta, bread, converged = fit_logistic(x, y * weight, weight)
    chance = logistic(x @ beta)
    order = np.argsort(who, kind="stable")
    starts = np.flatnonzero(np.diff(who[order], prepend=-1))
    score = np.add.reduceat(x[order] * (weight * (y - chance))[order, None], starts, axis=0)
    influence = score @ bread
    meat = influence.T @ influence
    c = journeys.n_channels
    lost, error = np.zeros(c), np.zeros(c)
    for code in range(c):
        bare = x.copy()
        bare[:, 1 + code] = 0.0
        there = logistic(bare @ beta)
        lost[code] = weight @ (chance - there)
        slope = (weight * chance * (1 - chance)) @ x - (weight * there * (1 - there)) @ bare
        error[code] = np.sqrt(max(float(slope @ meat @ slope), 0.0))
    nobody = x.copy()
    nobody[:, 1 : 1 + c] = 0.0
    return Lost(
        lost * grid.scale,
        error * grid.scale,
        beta[1 : 1 + c],
        float(weight @ logistic(nobody @ beta)) * grid.scale,
        converged,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """Contacts and orders of persons by day."""

    person: IntArray  # of each contact
    day: IntArray
    code: npt.NDArray[np.integer]
    order_person: IntArray
    order_day: IntArray
    n_persons: int
    n_days: int
    first_day: int  # since 1970
    scale: float  # all persons / persons kept

    @classmethod
    def of(cls, journeys: Journeys, seed: int) -> _Grid:
        assert journeys.ended_ms is not None
        assert journeys.days_before_end is not None
        assert journeys.customer is not None
        owner = np.repeat(np.arange(journeys.n_journeys), journeys.lengths)
        before = np.round(journeys.days_before_end * _MS_PER_DAY).astype(np.int64)
        day = (journeys.ended_ms[owner] - before) // _MS_PER_DAY
        bought = journeys.conversions > 0
        order_day = journeys.ended_ms[bought] // _MS_PER_DAY
        both = np.concatenate([day, order_day])
        first = int(both.min())
        n_days = int(both.max()) - first + 1
        if n_days < _LEAST_DAYS:
            raise DesignError(f"incremental: {n_days} days; the daily model needs {_LEAST_DAYS}")
        person, order_person = journeys.customer[owner], journeys.customer[bought]
        # Persons who are only an order without a contact tell nothing about contacts.
        known = np.flatnonzero(np.bincount(person, minlength=journeys.n_customers))
        if len(known) > MOST_PERSONS:
            kept = np.random.default_rng(seed).permutation(known)[:MOST_PERSONS]
        else:
            kept = known
        place = np.full(journeys.n_customers, -1)
        place[kept] = np.arange(len(kept))
        mine, theirs = place[person] >= 0, place[order_person] >= 0
        return cls(
            place[person[mine]], day[mine] - first, journeys.codes[mine],
            place[order_person[theirs]], order_day[theirs] - first,
            len(kept), n_days, first, len(known) / max(len(kept), 1),
        )  # fmt: skip


def _rows(
    grid: _Grid, n_channels: int, retention: float, seed: int
) -> tuple[FloatArray, FloatArray, FloatArray, IntArray]:
    """Features, outcome, weight and person of the person-days that are kept."""
    burn_in = 7  # days without a history of their own
    n_cells = grid.n_persons * grid.n_days
    ordered = np.bincount(
        grid.order_person * grid.n_days + grid.order_day, minlength=n_cells
    ).reshape(grid.n_persons, grid.n_days)
    counts = ordered > 0
    hits = np.flatnonzero(counts[:, burn_in:])
    quiet = np.flatnonzero(~counts[:, burn_in:])
    if not len(hits) or not len(quiet):
        raise DesignError("incremental: no order, or nothing but orders, after the first week")
    n_quiet = len(quiet)
    if n_quiet > MOST_QUIET:
        quiet = np.random.default_rng([seed, 1]).choice(quiet, MOST_QUIET, replace=False)
    width = grid.n_days - burn_in
    cell = np.concatenate([hits, quiet])
    who, day = cell // width, cell % width + burn_in
    y = np.concatenate([np.ones(len(hits)), np.zeros(len(quiet))])
    weight = np.concatenate([np.ones(len(hits)), np.full(len(quiet), n_quiet / len(quiet))])
    columns = [np.ones(len(cell))]
    total = np.zeros((grid.n_days, grid.n_persons), dtype=np.float32)
    for code in range(n_channels):
        mine = grid.code == code
        events = _events(grid, grid.person[mine], grid.day[mine])
        total += events
        columns.append(np.log1p(_pressure(events, retention)[day, who]))
    columns.append(np.log1p(_pressure(total, _SLOW)[day, who]))
    columns.append(
        np.log1p(_pressure(_events(grid, grid.order_person, grid.order_day), _SLOW)[day, who])
    )
    weekday = (grid.first_day + day) % 7
    columns += [(weekday == k).astype(float) for k in range(1, 7)]
    month = day // 30
    columns += [(month == k).astype(float) for k in range(1, int(month.max()) + 1)]
    return np.column_stack(columns).astype(np.float64), y, weight, who


def _events(grid: _Grid, person: IntArray, day: IntArray) -> npt.NDArray[np.float32]:
    """Contacts by day and person: days in rows, so that each step of the decay is one row."""
    n_cells = grid.n_persons * grid.n_days
    found = np.bincount(day * grid.n_persons + person, minlength=n_cells)
    return found.reshape(grid.n_days, grid.n_persons).astype(np.float32)


def _pressure(events: npt.NDArray[np.float32], retention: float) -> npt.NDArray[np.float32]:
    """Decayed sum of what happened before each day."""
    made = np.zeros_like(events)
    keep = np.float32(retention)
    for day in range(1, len(events)):
        np.multiply(made[day - 1], keep, out=made[day])
        made[day] += events[day - 1]
    return made
