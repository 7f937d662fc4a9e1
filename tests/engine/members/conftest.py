"""One small world whose log all tests of members and voice read."""

import dataclasses

import pytest

from omnisim.engine import Block, build_plan, run_block
from omnisim.engine.records import BlockLog
from omnisim.scenario import Scenario, load_scenario
from omnisim.truth import simulate
from omnisim.world import build_world

N = 480
N_DAYS = 238


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    return load_scenario(
        "sample",
        overrides={
            "population": {
                "n_customers": N,
                "withdrawal_share": 0.3,
                "duplicate_share": 0.3,
            },
            "horizon": {"n_days": N_DAYS},
            "stores": {"n_stores": 6},
            "assortment": {"n_products": 12},
            "demand": {"need_rate": 60.0, "serious_conversion": 0.2},
            "marketing": {"channels": {"referral": {"reach": 1.0}}},
            "stock": {"oversell_share": 0.5, "sync_error_share": 0.1},
            "fraud": {"ring_share": 0.1, "abuser_share": 0.1},
            "loyalty": {"expiry_days": 90},
            "community": {"complaint_share": 1.0},
            "coupon_mailings": {"send_share": 0.1},
            "voice": {"session_share": 0.2, "order_share": 1.0, "after_share": 1.0},
        },
    )


@pytest.fixture(scope="session")
def log(scenario) -> BlockLog:
    """What the kernel logged of everybody, in one block."""
    world = build_world(scenario)
    return BlockLog.of(world, *run_block(world, build_plan(world), Block(0, 0, N)))


@pytest.fixture(scope="session")
def under(log):
    """The same log read under other dials: whatever follows from it shares every draw."""

    def change(**blocks):
        scenario = log.world.scenario
        changed = scenario.model_copy(
            update={
                name: getattr(scenario, name).model_copy(update=fields)
                for name, fields in blocks.items()
            }
        )
        return dataclasses.replace(log, world=dataclasses.replace(log.world, scenario=changed))

    return change


@pytest.fixture(scope="session")
def made(scenario, tmp_path_factory):
    """The world as a dataset."""
    return simulate(scenario, out=tmp_path_factory.mktemp("members") / "world", workers=1)
