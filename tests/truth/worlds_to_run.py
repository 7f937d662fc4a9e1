"""Small requests that are cut into several blocks, for tests of who does the work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

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


def loopback(n_workers: int) -> Any:
    """A Dask cluster of this machine; skips where the extra `cluster` is not installed."""
    distributed = pytest.importorskip("distributed", reason="needs the extra cluster")
    return distributed.LocalCluster(
        n_workers=n_workers,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=None,
        silence_logs=50,
    )
