"""How demand moves through week, year and festivals."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from omnisim.rng import rounded
from omnisim.scenario import Scenario

# (month, day) of the peak and half-width in days; lunar dates differ by year, so these are middles.
FESTIVALS: dict[str, tuple[tuple[str, int, int, int], ...]] = {
    "en_US": (("Black Friday", 11, 28, 5), ("Christmas", 12, 18, 9), ("Back to school", 8, 20, 10)),
    "zh_CN": (("Singles' Day", 11, 11, 5), ("618", 6, 18, 6), ("Spring Festival", 2, 1, 8)),
}


def need_factor(scenario: Scenario) -> NDArray[np.float64]:
    """Factor on the rate of needs for each day, shape (n_days,)."""
    demand, horizon = scenario.demand, scenario.horizon
    day = np.arange(horizon.n_days)
    weekday = (horizon.start_date.weekday() + day) % 7
    week = np.where(weekday >= 5, demand.weekend_factor, 1.0)
    week = week * 7 / (5 + 2 * demand.weekend_factor)  # a week keeps its total
    of_year = np.array([(horizon.start_date + timedelta(int(d))).timetuple().tm_yday for d in day])
    year = 1 + demand.season_amplitude * np.sin(2 * np.pi * (of_year - 105) / 365.25)
    peak = np.zeros(day.size)
    for distance, half_width in _festival_distances(scenario):
        peak = np.maximum(peak, np.exp(-0.5 * (distance / (half_width / 2)) ** 2))
    return rounded(week * year * (1 + (demand.festival_factor - 1) * peak))


def is_festival(scenario: Scenario) -> NDArray[np.bool_]:
    """Whether a day lies within the half-width of a festival, shape (n_days,)."""
    near = np.zeros(scenario.horizon.n_days, dtype=bool)
    for distance, half_width in _festival_distances(scenario):
        near |= np.abs(distance) <= half_width
    return near


def _festival_distances(scenario: Scenario) -> list[tuple[NDArray[np.float64], int]]:
    """Days between each simulated day and each festival of the years around."""
    start, n_days = scenario.horizon.start_date, scenario.horizon.n_days
    day = np.arange(n_days, dtype=np.float64)
    years = range(start.year - 1, start.year + n_days // 365 + 2)
    return [
        (day - (date(year, month, dom) - start).days, half_width)
        for _, month, dom, half_width in FESTIVALS[scenario.market.locale]
        for year in years
    ]
