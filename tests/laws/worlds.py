"""Small worlds for the laws: what is on in them is what a law's condition allows, and nothing else."""

from __future__ import annotations

from typing import Any

from omnisim.engine import Plan, build_plan
from omnisim.scenario import Scenario, load_scenario
from omnisim.schema import CHANNELS
from omnisim.world import Persons, World, build_persons, build_world

OFF = {"is_on": False}
CHANNEL_NAMES = [c.channel for c in CHANNELS]
PUSHES = [c.channel for c in CHANNELS if c.is_push]
# Nothing but needs, steps and channels: no programme, test, incident, fraud or error of the log.
BARE: dict[str, Any] = {
    "horizon": {"n_days": 112},
    "population": {"n_customers": 400},
    "stores": {"n_stores": 4},
    "assortment": {"n_products": 10},
    "stock": {"stock_out_share": 0.0, "sync_error_share": 0.0},
    "campaigns": [],
    "promotions": [],
    "shocks": [],
    **dict.fromkeys(
        ("experiment", "rollout", "incidents", "membership", "win_back", "fraud", "tracking"), OFF
    ),
}


def merged(*layers: dict[str, Any]) -> dict[str, Any]:
    """Nested overrides; later ones win, lists as wholes."""
    out: dict[str, Any] = {}
    for layer in layers:
        for name, value in layer.items():
            both = isinstance(value, dict) and isinstance(out.get(name), dict)
            out[name] = merged(out[name], value) if both else value
    return out


def small_world(*layers: dict[str, Any]) -> tuple[Scenario, World, Plan, Persons]:
    """A world of the fashion preset with overrides, what the kernel reads, and all its persons."""
    scenario = load_scenario("omnichannel_fashion", overrides=merged(BARE, *layers))
    world = build_world(scenario)
    persons = build_persons(scenario, world.places, 0, scenario.population.n_customers)
    return scenario, world, build_plan(world), persons


def all_channels(**dials: float) -> dict[str, Any]:
    """The same dials for every channel."""
    return {"marketing": {"channels": {name: dict(dials) for name in CHANNEL_NAMES}}}
