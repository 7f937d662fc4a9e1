"""The simulator against its own limit, in one run: simulating alone, writing alone, both end to end.

The limit is what the two parts cost when nothing connects them. Ratios are the result; nanoseconds
per event stand beside them, so that a slow part cannot flatter a ratio. An event is a row of the
fact tables. Processor time is free of other work on the machine, clock time is what one waits.

    python benchmarks/bench_simulator.py [--customers N] [--days N] [--repeats N] [--plot FILE]
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

from measure import Times, load_note, markdown, say, spread, timed

from omnisim.engine import BLOCK_SIZE, Plan, blocks, build_plan, run_block, run_without_log
from omnisim.engine.columns import Columns
from omnisim.engine.records import BlockLog
from omnisim.engine.tables import block_tables
from omnisim.scenario import Scenario, load_scenario
from omnisim.schema import TRUTH_TABLES, Table
from omnisim.storage import Dataset, DatasetWriter
from omnisim.storage.columns import check_columns
from omnisim.storage.part_writer import Side, declaration, digest_columns, encode
from omnisim.truth import simulate
from omnisim.truth.worlds import other_worlds, wanted_kinds
from omnisim.world import Persons, World, build_world

END_TO_END_TARGET, LATER_TARGET, SILENT_TARGET, COMPILE_TARGET = 0.60, 0.80, 0.55, 15
N_BLOCKS_TO_SHARE = 24
CHECK_ENCODE = ("check and digest only", "encode only")

# A first run as a user meets it; prints the processor seconds of import and of a small simulation.
_FIRST_RUN = """
import sys, tempfile
from pathlib import Path
from time import process_time
from omnisim.scenario import load_scenario
from omnisim.truth import simulate
ready = process_time()
scenario = load_scenario("omnichannel_fashion", size="tiny")
with tempfile.TemporaryDirectory() as folder:
    simulate(scenario, out=Path(folder) / "dataset", workers=1, truth="none")
print(ready, process_time() - ready)
"""


def simulate_only(
    world: World, plan: Plan
) -> tuple[list[tuple[int, dict[str, Columns]]], list[Persons]]:
    """All blocks to columns in the order of their tables; nothing is written."""
    parts, persons = [], []
    for block in blocks(world.scenario.population.n_customers):
        people, state, out = run_block(world, plan, block)
        for tables in block_tables(BlockLog.of(world, people, state, out)):
            parts.append((block.number, tables))
        persons.append(people)
    return parts, persons


def kernel_only(world: World, plan: Plan) -> None:
    """The logged world without laying out columns."""
    for block in blocks(world.scenario.population.n_customers):
        run_block(world, plan, block)


def write_only(parts: list[tuple[int, dict[str, Columns]]], writer: DatasetWriter) -> None:
    """Check, digest, encode and write the columns."""
    for number, tables in parts:
        for name, columns in tables.items():
            writer.write_part(name, side_of(name), number, columns)


def check_and_encode(parts: list[tuple[int, dict[str, Columns]]]) -> tuple[Times, Times]:
    """Times of checking and hashing all columns, and of encoding them as Parquet."""
    check, encoding = Times(0, 0), Times(0, 0)
    for _, tables in parts:
        for name, columns in tables.items():
            declared = declaration(name, side_of(name))
            ready: list[Any] = []

            def prepare(
                name: str = name,
                declared: Table = declared,
                columns: Columns = columns,
                ready: list[Any] = ready,
            ) -> None:
                ready.append(check_columns(name, declared, columns))
                digest_columns(name, ready[0])

            check += timed(prepare)
            encoding += timed(lambda declared=declared, ready=ready: encode(declared, ready[0]))
    return check, encoding


def side_of(name: str) -> Side:
    """Where a table belongs."""
    return "truth" if name in TRUTH_TABLES else "tables"


def measure(scenario: Scenario, repeats: int) -> tuple[dict[str, list[Times]], int]:
    """Times of each part by name, and the number of rows a retailer could see."""
    world = build_world(scenario)
    plan = build_plan(world)
    found: dict[str, list[Times]] = defaultdict(list)
    made: list[Dataset] = []

    def note(name: str, task: Callable[[], object]) -> None:
        found[name].append(timed(task))

    with tempfile.TemporaryDirectory() as folder:
        numbers = count()

        def whole(*, workers: int = 1, truth: str = "none") -> None:
            place = Path(folder) / f"dataset{next(numbers)}"
            made.append(simulate(scenario, out=place, workers=workers, truth=truth))

        whole()  # compiles, and warms the disk
        for _ in range(repeats):
            kept: list[Any] = []
            note("simulate only", lambda kept=kept: kept.extend(simulate_only(world, plan)))
            parts, persons = kept
            with DatasetWriter(Path(folder) / "parts") as writer:
                note("write only", lambda w=writer, parts=parts: write_only(parts, w))
            for name, times in zip(CHECK_ENCODE, check_and_encode(parts), strict=True):
                found[name].append(times)
            note("logged kernel", lambda: kernel_only(world, plan))
            note(
                "kernel without log",
                lambda persons=persons: [run_without_log(plan, people) for people in persons],
            )
            del parts, persons, kept
            note("end to end, 1 thread", whole)
            note("with default truth, 1 thread", lambda: whole(truth="default"))
            for dataset in made[1:]:
                shutil.rmtree(dataset.path, ignore_errors=True)
        n_rows = sum(entry.rows for entry in made[0].manifest.tables.values())
    return dict(found), n_rows


def two_threads(scenario: Scenario, repeats: int) -> list[float]:
    """Speed-up of the second thread, end to end, on enough blocks to share out."""
    n_customers = N_BLOCKS_TO_SHARE * BLOCK_SIZE
    many = scenario.model_copy(
        update={"population": scenario.population.model_copy(update={"n_customers": n_customers})}
    )

    def seconds(workers: int) -> float:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "dataset"
            return timed(lambda: simulate(many, out=place, workers=workers, truth="none")).wall

    return [seconds(1) / seconds(2) for _ in range(repeats)]


def first_runs(repeats: int) -> dict[str, list[Times]]:
    """A small simulation in a new process: with an empty cache of compiled code, and once more."""
    found: dict[str, list[Times]] = defaultdict(list)
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as cache:
            env = {**os.environ, "OMNISIM_CACHE": cache}
            env.pop("NUMBA_CACHE_DIR", None)
            for name in ("cold", "warm"):
                start = perf_counter()
                text = subprocess.run(
                    [sys.executable, "-c", _FIRST_RUN],
                    env=env, check=True, capture_output=True, text=True,
                ).stdout  # fmt: skip
                ready, work = map(float, text.split())
                wall = perf_counter() - start
                found[name].append(Times(wall, ready + work))
    return dict(found)


def breakdown(found: dict[str, list[Times]]) -> dict[str, float]:
    """Processor seconds of what a dataset with default truth is made of (medians); they add up."""

    def seconds(name: str) -> float:
        return median(t.cpu for t in found[name])

    kernel, simulated = seconds("logged kernel"), seconds("simulate only")
    check, encoding = (seconds(name) for name in CHECK_ENCODE)
    whole = seconds("end to end, 1 thread")
    return {
        "simulate: customers' days": kernel,
        "simulate: rows into columns": simulated - kernel,
        "write: check and digest": check,
        "encode: Parquet": encoding,
        "write: files, goods, the rest": whole - simulated - check - encoding,
        "truth: other worlds": seconds("with default truth, 1 thread") - whole,
    }


def plot(parts: dict[str, float], n_rows: int, target: Path) -> None:
    """One bar per part."""
    from matplotlib import pyplot as plt

    plt.rcParams["svg.hashsalt"] = "omnisim"
    figure, axes = plt.subplots(figsize=(7, 2.6), layout="constrained")
    bars = axes.barh(list(parts), list(parts.values()), color="#4477aa")
    axes.bar_label(bars, [f"{s:.2f} s, {s / n_rows * 1e9:.0f} ns per row" for s in parts.values()],
                   padding=3, fontsize=8)  # fmt: skip
    axes.invert_yaxis()
    axes.margins(x=0.25)
    axes.set_xlabel(f"processor seconds, {n_rows / 1e6:.1f} million rows, one thread")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(target, dpi=110, metadata={"Date": None} if target.suffix == ".svg" else None)


def ratio(top: list[Times], bottom: list[Times], kind: str) -> list[float]:
    """One ratio per repeat, so that both parts met the same machine."""
    return [getattr(a, kind) / getattr(b, kind) for a, b in zip(top, bottom, strict=True)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--plot", type=Path, help="file to draw the break-down to")
    asked = parser.parse_args()
    scenario = load_scenario(
        "omnichannel_fashion",
        overrides={
            "population": {"n_customers": asked.customers},
            "horizon": {"n_days": asked.days},
        },
    )
    start, used = perf_counter(), process_time()
    found, n_rows = measure(scenario, asked.repeats)
    say(
        f"{asked.customers} customers, {asked.days} days, {n_rows} rows, "
        f"median (range) of {asked.repeats} repeats, {load_note()}\n"
    )
    rows = [
        [
            name,
            spread([t.wall for t in times]),
            spread([t.cpu for t in times]),
            f"{sorted(t.cpu for t in times)[len(times) // 2] / n_rows * 1e9:.0f}",
        ]
        for name, times in found.items()
    ]
    say(markdown(["part", "clock [s]", "processor [s]", "ns per row"], rows))
    shares = breakdown(found)
    total = sum(shares.values())
    rows = [
        [name, f"{s:.2f}", f"{s / n_rows * 1e9:.0f}", f"{s / total:.0%}"]
        for name, s in shares.items()
    ]
    say(markdown(["break-down, with truth", "processor [s]", "ns per row", "share"], rows))
    if asked.plot:
        plot(shares, n_rows, asked.plot)
    limit = [a + b for a, b in zip(found["simulate only"], found["write only"], strict=True)]
    whole, silent = found["end to end, 1 thread"], found["kernel without log"]
    truth = found["with default truth, 1 thread"]
    n_worlds = len(other_worlds(build_world(scenario), wanted_kinds("default")))
    extra = [(t.cpu - w.cpu) / n_worlds / w.cpu for t, w in zip(truth, whole, strict=True)]
    goal = f">= {END_TO_END_TARGET:.2f}, later {LATER_TARGET:.2f}"
    ratios = [
        ["limit / end to end, clock", ratio(limit, whole, "wall"), goal],
        ["limit / end to end, processor", ratio(limit, whole, "cpu"), goal],
        [
            f"speed-up of 2 threads, {N_BLOCKS_TO_SHARE} blocks",
            two_threads(scenario, asked.repeats),
            ">= 1.80",
        ],
        [
            "without log / logged world, kernel and write",
            ratio(silent, limit, "cpu"),
            f"<= {SILENT_TARGET:.2f}, aim 0.33",
        ],
        ["without log / logged world, kernel alone", ratio(silent, found["logged kernel"], "cpu"),
         ""],
        [f"default truth ({n_worlds} worlds) / none", ratio(truth, whole, "cpu"), ""],
        ["one other world / a dataset without truth", extra, ""],
    ]  # fmt: skip
    say(markdown(["ratio", "found", "target"], [[n, spread(v), g] for n, v, g in ratios]))
    rates = [n_rows / t.cpu / 1e6 for t in whole]
    say(f"End to end, {spread(rates)} million rows per processor-second.\n")
    runs = first_runs(asked.repeats)
    pairs = list(zip(runs["cold"], runs["warm"], strict=True))
    compiling = [spread([getattr(c, k) - getattr(w, k) for c, w in pairs]) for k in ("wall", "cpu")]
    first = [
        [f"process, {name} cache", spread([t.wall for t in times]), spread([t.cpu for t in times])]
        for name, times in runs.items()
    ]
    first.append(["compiling alone", *compiling])
    say(markdown(["first run", "clock [s]", "processor [s]"], first))
    say(f"Target of compiling: <= {COMPILE_TARGET} s by the clock on an idle machine.")
    say(f"Measured in {perf_counter() - start:.0f} s ({process_time() - used:.0f} s of processor).")


if __name__ == "__main__":
    main()
