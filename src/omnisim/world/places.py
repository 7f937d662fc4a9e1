"""Stores, the distribution centre, local demand, and which store is in which wave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omnisim.rng import (
    N_FINE_BINS,
    Stream,
    lognormal_table,
    normal_table,
    rounded,
    share_table,
    uniform_block,
)
from omnisim.scenario import Scenario
from omnisim.timeline import DAYS_PER_WEEK, n_weeks

NEVER = 2**30  # a day beyond every horizon

# Centre and spread of each market's map [degree]; places are drawn, not real.
_MAPS = {"en_US": (39.5, -92.0, 5.0, 14.0), "zh_CN": (31.0, 113.0, 5.5, 7.5)}
_RECENT_WEEKS = 6  # how far back management looks when it picks pilots
_MEMORY = 0.75  # share of a local shock that lasts into the next week


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Locations by index: 0 is the distribution centre, 1.. are stores (`location_id` = index + 1).

    Attributes
    ----------
    region : array, shape (n_stores,)
        Index into the market's regions.
    latitude, longitude : array, shape (n_stores,)
        Degrees.
    floor_area_m2 : array, shape (n_stores,)
        Sales area.
    catchment : array, shape (65536,)
        Store of a person, by a uniform.
    local : array, shape (n_stores, n_weeks)
        Factor of local and regional demand.
    wave : array, shape (n_stores,)
        Wave of the roll-out, 0 = never.
    service_day : array, shape (n_stores,)
        First day of the service; :data:`NEVER` where it never comes.
    strength : array, shape (n_stores,)
        Size of the service's effect beside other waves.
    """

    region: NDArray[np.int64]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    floor_area_m2: NDArray[np.int64]
    catchment: NDArray[np.int64]
    local: NDArray[np.float64]
    wave: NDArray[np.int64]
    service_day: NDArray[np.int64]
    strength: NDArray[np.float64]

    @property
    def n_stores(self) -> int:
        """Number of stores."""
        return self.region.size


def build_places(scenario: Scenario) -> Places:
    """Draw the network; every store's luck depends on its own number only."""
    seed, n = scenario.seed, scenario.stores.n_stores
    store = np.arange(n)
    first = uniform_block(seed, store, stream=Stream.STORE)
    n_regions = len(scenario.market.regions)
    region = store % n_regions  # every region has a store
    latitude, longitude = _coordinates(scenario, region, first)
    size = _look(lognormal_table(scenario.stores.size_sigma), first[:, 2])
    local = _local_demand(scenario, region)
    wave, day, strength = _waves(scenario, local, first[:, 3])
    return Places(
        region=region,
        latitude=latitude,
        longitude=longitude,
        floor_area_m2=np.round(700 * size).astype(np.int64),
        catchment=share_table(size, n_bins=N_FINE_BINS),
        local=local,
        wave=wave,
        service_day=day,
        strength=strength,
    )


def _coordinates(
    scenario: Scenario, region: NDArray[np.int64], u: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Stores scatter around the middle of their region."""
    lat0, lon0, lat_spread, lon_spread = _MAPS[scenario.market.locale]
    angle = 2 * np.pi * np.arange(len(scenario.market.regions)) / len(scenario.market.regions)
    middle_lat = lat0 + lat_spread * np.cos(angle)[region]
    middle_lon = lon0 + lon_spread * np.sin(angle)[region]
    latitude = middle_lat + (u[:, 0] - 0.5) * 1.3 * lat_spread
    longitude = middle_lon + (u[:, 1] - 0.5) * 1.3 * lon_spread
    return np.round(latitude, 5), np.round(longitude, 5)


def _local_demand(scenario: Scenario, region: NDArray[np.int64]) -> NDArray[np.float64]:
    """Local shocks last some weeks and fade, so the worst stores recover by themselves."""
    weeks, n = n_weeks(scenario.horizon.n_days), region.size
    normal = normal_table()
    log_factor = np.empty((n, weeks))
    innovation_sd = rounded(np.sqrt(1 - _MEMORY**2))
    for week in range(weeks):
        draw = _look(
            normal,
            uniform_block(scenario.seed, np.arange(n), stream=Stream.LOCAL_SHOCK, occasions=week)[
                :, 0
            ],
        )
        if week == 0:
            log_factor[:, 0] = draw
        else:
            log_factor[:, week] = _MEMORY * log_factor[:, week - 1] + innovation_sd * draw
    total = scenario.demand.local_shock_sd * log_factor
    for week in range(weeks):
        regions = np.arange(len(scenario.market.regions))
        u = uniform_block(scenario.seed, regions, stream=Stream.REGION_SHOCK, occasions=week)[:, 0]
        total[:, week] += scenario.demand.region_shock_sd * _look(normal, u)[region]
    return rounded(np.exp(total))


def _waves(
    scenario: Scenario, local: NDArray[np.float64], u: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Pilots are the stores with the worst recent demand; later waves are drawn by lot."""
    n, plan = local.shape[0], scenario.rollout
    wave = np.zeros(n, np.int64)
    day = np.full(n, NEVER, np.int64)
    strength = np.zeros(n)
    if not plan.is_on or not plan.waves:
        return wave, day, strength
    first_week = plan.waves[0].first_day // DAYS_PER_WEEK
    recent = local[:, max(0, first_week - _RECENT_WEEKS) : max(1, first_week)].mean(axis=1)
    queue = np.argsort(u, kind="stable")
    if plan.pilots_are_worst:
        n_pilots = max(1, round(plan.waves[0].store_share * n))
        worst = np.argsort(recent, kind="stable")[:n_pilots]
        queue = np.concatenate([worst, queue[~np.isin(queue, worst)]])
    at = 0
    for number, step in enumerate(plan.waves, start=1):
        members = queue[at : at + max(1, round(step.store_share * n))]
        at += members.size
        wave[members], day[members], strength[members] = number, step.first_day, step.strength
    return wave, day, strength


def _look(table: NDArray[np.float64], u: NDArray[np.float64]) -> NDArray[np.float64]:
    return table[(u * table.size).astype(np.int64)]
