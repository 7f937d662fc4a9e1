"""What worlds came to, added up over blocks without keeping any person."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from omnisim.timeline import DAYS_PER_WEEK
from omnisim.world import World
from omnisim.world.places import NEVER

IntArray = NDArray[np.int64]
OUTCOMES = ("net_amount", "store_net_amount", "n_orders")  # the last axis of `Output.week`


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums over persons of a difference between worlds: exact, so the order of blocks is nothing.

    `total` and `square` hold one Python integer per outcome.
    """

    total: tuple[int, ...]
    square: tuple[int, ...]
    n_persons: int

    def __add__(self, other: Moments) -> Moments:
        return Moments(
            tuple(a + b for a, b in zip(self.total, other.total, strict=True)),
            tuple(a + b for a, b in zip(self.square, other.square, strict=True)),
            self.n_persons + other.n_persons,
        )

    @classmethod
    def of(cls, difference: IntArray) -> Moments:
        """From one row per person, one column per outcome."""
        # a person's difference is below 2**26 cents, so a block's squares stay below 2**63
        return cls(
            tuple(int(v) for v in difference.sum(axis=0)),
            tuple(int(v) for v in (difference * difference).sum(axis=0)),
            len(difference),
        )

    def value(self, outcome: int, divisor: float) -> float:
        """Total per `divisor`."""
        return self.total[outcome] / divisor

    def std_error(self, outcome: int, divisor: float) -> float:
        """Spread of that value over other draws of as many customers."""
        n = self.n_persons
        if n < 2:
            return 0.0
        spread = self.square[outcome] - self.total[outcome] ** 2 / n
        return float(np.sqrt(max(spread, 0.0) * n / (n - 1)) / divisor)


@dataclass(frozen=True, slots=True)
class WorldTally:
    """One world beside the base world.

    Attributes
    ----------
    week : array, shape (n_stores, n_weeks, 3)
        Net cents, net cents in stores, orders of this world.
    cells : dict of str to Moments
        Differences by scope (``all``, ``wave=1``, ``event_week=0``).
    n_lived : int
        Persons who lived it; the others cannot differ from the base world.
    """

    week: IntArray
    cells: dict[str, Moments] = field(default_factory=dict)
    n_lived: int = 0

    def __add__(self, other: WorldTally) -> WorldTally:
        return WorldTally(
            self.week + other.week,
            {scope: moments + other.cells[scope] for scope, moments in self.cells.items()},
            self.n_lived + other.n_lived,
        )


def by_store(store: IntArray, week: IntArray, n_stores: int) -> IntArray:
    """Sum persons into their store, shape (n_stores, n_weeks, 3)."""
    out = np.zeros((n_stores, *week.shape[1:]), np.int64)
    np.add.at(out, store, week)
    return out


def treated_weeks(world: World) -> NDArray[np.int64]:
    """Week in which the service starts at each store; :data:`NEVER` without it."""
    day = world.places.service_day
    return np.where(day == NEVER, NEVER, day // DAYS_PER_WEEK)


def rollout_scopes(world: World) -> dict[str, IntArray]:
    """How many store-weeks each scope of the roll-out covers, by store and week (0 or 1).

    Only full weeks count: a week cut by the horizon would look like a loss.
    """
    start, wave = treated_weeks(world), world.places.wave
    n_full = world.scenario.horizon.n_days // DAYS_PER_WEEK
    weeks = np.arange(n_full)
    since = weeks[None, :] - start[:, None]
    treated = (since >= 0) & (start < NEVER)[:, None]
    scopes = {"all": treated}
    for number in sorted(set(wave[wave > 0].tolist())):
        scopes[f"wave={number}"] = treated & (wave == number)[:, None]
    if treated.any():
        for event in range(int(since[treated].max()) + 1):
            scopes[f"event_week={event}"] = treated & (since == event)
    return {scope: cells.astype(np.int64) for scope, cells in scopes.items()}


def rollout_cells(
    store: IntArray, difference: IntArray, scopes: dict[str, IntArray]
) -> dict[str, Moments]:
    """Moments of the difference within each scope; `difference` is (n, n_weeks, 3)."""
    n_full = next(iter(scopes.values())).shape[1]
    full = difference[:, :n_full]
    return {
        scope: Moments.of(np.einsum("nwk,nw->nk", full, cells[store]))
        for scope, cells in scopes.items()
    }
