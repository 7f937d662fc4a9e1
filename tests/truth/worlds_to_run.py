"""Small requests that are cut into several blocks, for tests of who does the work."""

from __future__ import annotations

from pathlib import Path

from omnisim.scenario import Scenario, load_scenario

BLOCK_SIZE = 128
N_BLOCKS = 8
KINDS = "rollouts"


def small(**more: object) -> Scenario:
    return load_scenario(
        "sample",
        overrides={
            "horizon": {"n_days": 70},
            "population": {"n_customers": BLOCK_SIZE * N_BLOCKS - 24},
            "stores": {"n_stores": 5},
            "assortment": {"n_products": 10},
            "experiment": {"first_day": 35, "n_days": 28},
            "rollout": {"waves": [{"first_day": 28, "store_share": 0.4}], "growth_days": 14},
            **more,
        },
    )


def request(out: Path | str, **more: object) -> dict[str, object]:
    return {"out": out, "block_size": BLOCK_SIZE, "truth": KINDS, "workers": 2, **more}
