"""The world on day 0: who, what and where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omnisim.scenario import Scenario
from omnisim.world.availability import build_availability
from omnisim.world.calendar import need_factor
from omnisim.world.factors import Factors, build_factors
from omnisim.world.incidents import Incidents, build_incidents
from omnisim.world.places import Places, build_places
from omnisim.world.products import Products, build_products


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Everything all persons share; persons themselves are drawn by block."""

    scenario: Scenario
    places: Places
    products: Products
    incidents: Incidents
    need_factor: NDArray[np.float64]
    factors: Factors
    delayed: NDArray[np.bool_]
    availability: NDArray[np.uint8]


def build_world(scenario: Scenario) -> World:
    """Draw the world of a scenario."""
    incidents = build_incidents(scenario)
    delayed = incidents.delayed(scenario.horizon.n_days)
    return World(
        scenario=scenario,
        places=build_places(scenario),
        products=build_products(scenario),
        incidents=incidents,
        need_factor=need_factor(scenario),
        factors=build_factors(scenario),
        delayed=delayed,
        availability=build_availability(scenario, delayed),
    )
