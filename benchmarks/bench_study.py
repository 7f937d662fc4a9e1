"""A study against the kernel alone, and the clock of a thousand tiny worlds with three methods.

A world of a study is drawn, lived, laid out in memory, lived again for its truth, and measured. Ratios
say what that costs beside the kernel, and beside the way over a dataset on disk.

    python benchmarks/bench_study.py [--worlds N] [--repeats N] [--workers N]
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path

from measure import Times, load_note, markdown, say, spread, timed

from omnisim.engine import blocks, build_plan, run_block, warm_up
from omnisim.study.load import Study, checked_study
from omnisim.study.run import run_study
from omnisim.truth import simulate
from omnisim.truth.memory import live_world
from omnisim.world import build_world

TARGET_SECONDS, TARGET_WORLDS = 300, 1000
N_POINTS = 10
METHODS = ["experiment.welch", "experiment.cuped", "experiment.capped"]


def study(n_seeds: int) -> Study:
    """Tiny worlds with an A/B test whose effect is the dial."""
    steps = [round(0.2 * k, 1) for k in range(N_POINTS)]
    return checked_study(
        {
            "name": "bench",
            "worlds": {
                "scenario": "omnichannel_fashion",
                "size": "tiny",
                "dials": {"experiment.conversion_effect": {"values": steps}},
            },
            "seeds": n_seeds,
            "methods": METHODS,
            "estimand": {"estimand": "ate"},
        },
        source="bench",
    )


def parts(asked: Study, folder: Path) -> dict[str, Callable[[], object]]:
    """What one world costs, step by step."""
    point = asked.points[-1]
    scenario = point.scenario.with_seed(1)
    tables = sorted({name for each in asked.methods for name in each.method.tables})
    world = build_world(scenario)
    plan = build_plan(world)
    warm_up(world, plan)
    lived = live_world(scenario, tables=tables, effects=()).tables
    number = count()

    def kernel() -> None:
        for block in blocks(scenario.population.n_customers):
            run_block(world, plan, block)

    def measured() -> None:
        for each in asked.methods:
            each.method.measure(lived, asked.target, **each.parameters)

    return {
        "logged kernel": kernel,
        "tables in memory": lambda: live_world(scenario, tables=tables, effects=()),
        "tables and truth in memory": lambda: live_world(
            scenario, tables=tables, effects=point.effects
        ),
        "three methods": measured,
        "all tables and truth on disk": lambda: simulate(
            scenario, out=folder / f"d{next(number)}", truth="experiments", workers=1
        ),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--worlds", type=int, default=TARGET_WORLDS)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    asked = study(max(1, given.worlds // N_POINTS))
    with tempfile.TemporaryDirectory() as name:
        tasks = parts(asked, Path(name))
        found: dict[str, list[Times]] = {task: [] for task in tasks}
        for _ in range(given.repeats):
            for task, work in tasks.items():
                found[task].append(timed(work))
        whole = timed(lambda: run_study(asked, out=Path(name) / "s", workers=given.workers))
    kernel, disk = found["logged kernel"], found["all tables and truth on disk"]
    light = [
        world + methods
        for world, methods in zip(
            found["tables and truth in memory"], found["three methods"], strict=True
        )
    ]
    say(f"Tiny worlds, one of them; {load_note()}\n")
    rows = [
        [
            task,
            spread([1000 * t.wall for t in times], ".0f"),
            spread([1000 * t.cpu for t in times], ".0f"),
        ]
        for task, times in found.items()
    ]
    say(markdown(["part", "clock [ms]", "processor [ms]"], rows))
    pairs = {
        "world, truth and methods / kernel": (light, kernel),
        "on disk / in memory, both with truth": (disk, found["tables and truth in memory"]),
    }
    rows = [
        [ratio, spread([a.cpu / b.cpu for a, b in zip(above, below, strict=True)])]
        for ratio, (above, below) in pairs.items()
    ]
    say(markdown(["ratio, processor", "found"], rows))
    n = len(asked.points) * len(asked.seeds)
    rows = [
        ["worlds x methods", f"{n:,} x {len(METHODS)}", f"{TARGET_WORLDS:,} x 3"],
        ["clock [s]", f"{whole.wall:.0f}", f"<= {TARGET_SECONDS * n / TARGET_WORLDS:.0f}"],
        ["processor [s]", f"{whole.cpu:.0f}", ""],
        ["processor per world [ms]", f"{1000 * whole.cpu / n:.0f}", ""],
    ]
    say(markdown([f"study with {given.workers} workers", "found", "target"], rows))


if __name__ == "__main__":
    main()
