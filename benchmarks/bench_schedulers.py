"""What a scheduler costs: the same dataset by threads, processes and Dask, in turns.

Ratios to threads are the result. Clock time is what one waits; processor time is that of this process
and of all it started, so the worlds that every process builds for itself show in it.

    python benchmarks/bench_schedulers.py [--size SIZE] [--truth KINDS] [--workers N] [--repeats N]
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

from measure import Times, load_note, markdown, say, spread

from omnisim.scenario import load_scenario
from omnisim.truth import simulate


def processor_seconds() -> float:
    """Of this process and of those that it started and that have ended [s]."""
    now = os.times()
    return now.user + now.system + now.children_user + now.children_system


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", default="small")
    parser.add_argument("--truth", default="none")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    scenario = load_scenario("omnichannel_fashion", size=asked.size)
    schedulers = ["threads", "processes", *(["local"] if find_spec("distributed") else [])]
    found: dict[str, list[Times]] = defaultdict(list)
    waited: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "dataset"
        simulate(scenario, out=place, truth="none")  # compiles, and warms the disk
        names = set()
        for _ in range(asked.repeats):
            for scheduler in schedulers:
                start, used = perf_counter(), processor_seconds()
                dataset = simulate(
                    scenario,
                    out=place,
                    truth=asked.truth,
                    workers=asked.workers,
                    scheduler=scheduler,
                    force=True,
                )
                found[scheduler].append(Times(perf_counter() - start, processor_seconds() - used))
                waited[scheduler].append(dataset.manifest.wall_seconds["customers"])
                names.add(dataset.dataset_hash)
    if len(names) > 1:
        raise SystemExit(f"the schedulers do not agree: {sorted(names)}")
    say(
        f"{asked.size}, truth {asked.truth}, {asked.workers} workers, median (range) of "
        f"{asked.repeats} repeats, {load_note()}; all datasets have the hash {names.pop()[:12]}\n"
    )
    threads = found["threads"]
    rows = []
    for scheduler in schedulers:
        pairs = list(zip(found[scheduler], threads, strict=True))
        blocks = [a / b for a, b in zip(waited[scheduler], waited["threads"], strict=True)]
        rows.append(
            [
                scheduler,
                spread([t.wall for t in found[scheduler]]),
                spread([t.cpu for t in found[scheduler]]),
                spread([a.wall / b.wall for a, b in pairs]),
                spread([a.cpu / b.cpu for a, b in pairs]),
                spread(blocks),
            ]
        )
    header = [
        "scheduler", "clock [s]", "processor [s]", "clock / threads", "processor / threads",
        "blocks alone, clock / threads",
    ]  # fmt: skip
    say(markdown(header, rows))


if __name__ == "__main__":
    main()
