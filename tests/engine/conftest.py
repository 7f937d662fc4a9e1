"""One small world for the tests of the engine: every mechanism is on, and it runs in a moment."""

import pytest

from omnisim.engine import Block, build_plan, run_block
from omnisim.scenario import load_scenario
from omnisim.world import build_world

N = 240


def small_scenario(**overrides):
    base = {
        "population": {"n_customers": N},
        "horizon": {"n_days": 126},
        "stores": {"n_stores": 6},
        "assortment": {"n_products": 12},
        "demand": {"need_rate": 40.0},
        "experiment": {"first_day": 42, "n_days": 63},
        "fraud": {"ring_share": 0.1, "abuser_share": 0.1},
        "shocks": [{"kind": "price_war", "first_day": 21, "n_days": 14, "effect": -0.1}],
    }
    return load_scenario("sample", overrides={**base, **overrides})


@pytest.fixture(scope="session")
def world():
    return build_world(small_scenario())


@pytest.fixture(scope="session")
def plan(world):
    return build_plan(world)


@pytest.fixture(scope="session")
def base(world, plan):
    """(people, state, output) of the world as planned."""
    return run_block(world, plan, Block(0, 0, N))
