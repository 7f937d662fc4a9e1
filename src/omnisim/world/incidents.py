"""What goes wrong, when, and for how long."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omnisim.rng import Stream, lognormal_table, uniform_block
from omnisim.scenario import Scenario
from omnisim.timeline import SECONDS_PER_DAY
from omnisim.world.calendar import is_festival, need_factor

_OUTAGE, _DELAY = 0, 1


@dataclass(frozen=True, slots=True, eq=False)
class Incidents:
    """Windows in seconds since the first day (outages) and in days (supplier delays).

    Attributes
    ----------
    outages : array, shape (n, 2)
        Start and end of each outage [s], ordered, not overlapping.
    delays : array, shape (m, 2)
        First day and day after the last of each supplier delay.
    outage_at_peak : array, shape (n,)
        Whether it began at a festival.
    """

    outages: NDArray[np.int64]
    delays: NDArray[np.int64]
    outage_at_peak: NDArray[np.bool_]

    def delayed(self, n_days: int) -> NDArray[np.bool_]:
        """Which days lie in a supplier delay, shape (n_days,)."""
        days = np.arange(n_days)
        inside = (days >= self.delays[:, :1]) & (days < self.delays[:, 1:])
        return np.asarray(inside.any(axis=0))


def build_incidents(scenario: Scenario) -> Incidents:
    """Outages fall on busy days more often: load breaks platforms."""
    plan, n_days = scenario.incidents, scenario.horizon.n_days
    empty = np.zeros((0, 2), np.int64)
    if not plan.is_on:
        return Incidents(empty, empty, np.zeros(0, bool))
    busy = np.cumsum(need_factor(scenario) ** 2)
    busy = busy / busy[-1]
    n_outages = _count(plan.outages_per_year, n_days)
    u = uniform_block(
        scenario.seed, np.arange(n_outages), stream=Stream.INCIDENT, occasions=_OUTAGE
    )
    day = np.searchsorted(busy, u[:, 0])
    start = day * SECONDS_PER_DAY + ((9 + 12 * u[:, 1]) * 3600).astype(np.int64)
    hours = plan.outage_hours * lognormal_table(0.5)[(u[:, 2] * 4096).astype(np.int64)]
    end = np.minimum(start + (hours * 3600).astype(np.int64), n_days * SECONDS_PER_DAY)
    outages = _apart(np.stack([start, end], axis=1))
    peak = is_festival(scenario)[outages[:, 0] // SECONDS_PER_DAY]

    n_delays = _count(plan.supplier_delays_per_year, n_days)
    v = uniform_block(scenario.seed, np.arange(n_delays), stream=Stream.INCIDENT, occasions=_DELAY)
    first = (v[:, 0] * n_days).astype(np.int64)
    delays = _apart(np.stack([first, np.minimum(first + plan.supplier_delay_days, n_days)], axis=1))
    return Incidents(outages, delays, peak)


def _count(per_year: float, n_days: int) -> int:
    return round(per_year * n_days / 365)


def _apart(windows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Ordered by start, without those that begin inside an earlier one."""
    ordered = windows[np.argsort(windows[:, 0], kind="stable")]
    kept: list[NDArray[np.int64]] = []
    for window in ordered:
        if window[1] > window[0] and (not kept or window[0] >= kept[-1][1]):
            kept.append(window)
    return np.array(kept, np.int64).reshape(-1, 2)
