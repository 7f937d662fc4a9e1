"""Attribution at one million simulated journeys, against a floor measured in the same run.

The floor is the plain NumPy group-by that any method needs: one ``bincount`` of the contacts by
channel and one of all adjacent pairs. Ratios, not seconds, are the result.

    python benchmarks/bench_attribution.py [n_journeys]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from time import perf_counter

import numpy as np

from omnisim.attribution import (
    DEFAULT_MODELS,
    Journeys,
    Markov,
    bootstrap_credit,
    count_moves,
    credit,
    removal_effects,
)

N_CHANNELS = 16
N_REPLICATES = 100


def simulate_journeys(n_journeys: int, seed: int = 1) -> Journeys:
    """Journeys of 1 + geometric contacts, 3 on average; one in ten ends in an order."""
    rng = np.random.default_rng(seed)
    lengths = rng.geometric(1 / 3, n_journeys)
    n_touches = int(lengths.sum())
    converts = rng.random(n_journeys) < 0.1
    popularity = 1 / np.arange(1, N_CHANNELS + 1)
    return Journeys(
        channels=tuple(f"channel_{k:02d}" for k in range(N_CHANNELS)),
        codes=rng.choice(N_CHANNELS, n_touches, p=popularity / popularity.sum()).astype(np.int16),
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        conversions=converts.astype(np.int64),
        nulls=(~converts).astype(np.int64),
        value=np.where(converts, rng.lognormal(4, 1, n_journeys), 0.0),
        customer=np.sort(rng.integers(0, n_journeys // 2, n_journeys)),
        days_before_end=rng.uniform(0, 30, n_touches),
    )


def best_of(task: Callable[[], object], repeats: int) -> float:
    """Shortest wall time [s]."""
    times = []
    for _ in range(repeats):
        start = perf_counter()
        task()
        times.append(perf_counter() - start)
    return min(times)


def floor(journeys: Journeys) -> None:
    """What counting alone costs."""
    codes = journeys.codes.astype(np.int64)
    np.bincount(codes, minlength=N_CHANNELS)
    np.bincount(codes[:-1] * N_CHANNELS + codes[1:], minlength=N_CHANNELS**2)


def main(n_journeys: int) -> dict[str, float]:
    """Time the floor, each model and the bootstrap."""
    journeys = simulate_journeys(n_journeys)
    floor_s = best_of(lambda: floor(journeys), 5)
    fit_s = best_of(lambda: removal_effects(count_moves(journeys)), 5)
    found = {
        "n_journeys": float(n_journeys),
        "floor_seconds": floor_s,
        "markov_over_floor": fit_s / floor_s,
    }
    for model in DEFAULT_MODELS:
        seconds = best_of(lambda m=model: credit(journeys, (m,)), 3)  # type: ignore[misc]
        found[f"{model.name}_over_floor"] = seconds / floor_s
        found[f"{model.name}_seconds"] = seconds
    boot_s = best_of(
        lambda: bootstrap_credit(
            journeys, (Markov(),), rng=np.random.default_rng(1), n_replicates=N_REPLICATES
        ),
        1,
    )
    found["markov_bootstrap_over_fit"] = boot_s / fit_s
    return found


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    sys.stdout.write(json.dumps(main(size), indent=1) + "\n")
