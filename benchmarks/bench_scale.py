"""Time and memory while customers grow and stores and products stay: a straight line and a flat one.

Stores and products are those of the size `large` (120 x 300); each run is a process of its own, truth
none, and notes after every hundredth of its customers how many are done, the processor time so far
and the memory held. With --minutes a run that takes longer is stopped, and what it noted still counts.

    python benchmarks/bench_scale.py [--customers N ...] [--folder DIR] [--minutes N] [--plot FILE]
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter, process_time, sleep

import numpy as np
import psutil
from measure import load_note, markdown, say

from omnisim.engine import BLOCK_SIZE
from omnisim.scenario import load_scenario
from omnisim.truth import simulate

WORKERS = 2
TARGET_BYTES = 500_000_000 + WORKERS * 150_000_000
CUSTOMERS = (500_000, 1_000_000, 2_000_000)
SAMPLE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Note:
    """How far a run is: phase, customers done, clock and processor time [s], memory [bytes]."""

    phase: str
    customers: int
    wall: float
    cpu: float
    memory: int


@dataclass(frozen=True, slots=True)
class Run:
    """A run: customers asked for, notes on the way, and the greatest memory seen [bytes]."""

    customers: int
    notes: list[Note]
    peak: int
    is_whole: bool

    @property
    def done(self) -> Note:
        """The last note of the customers' phase."""
        return [note for note in self.notes if note.phase == "customers"][-1]


def one(n_customers: int, folder: Path, notes: Path) -> None:
    """Simulate in this process, and note progress as lines of JSON."""
    scenario = load_scenario(
        "omnichannel_fashion",
        size="large",
        overrides={"population": {"n_customers": n_customers}},
    )
    me, begin = psutil.Process(), perf_counter()
    with notes.open("w") as file:

        def note(phase: str, done: int, total: int) -> None:
            if done == total or done % max(1, total // 100) == 0:
                customers = min(done * BLOCK_SIZE, n_customers) if phase == "customers" else 0
                memory = me.memory_full_info().pss
                now = Note(phase, customers, perf_counter() - begin, process_time(), memory)
                file.write(json.dumps(asdict(now)) + "\n")
                file.flush()

        simulate(scenario, out=folder, workers=WORKERS, truth="none", force=True, progress=note)
        note("finish", 1, 1)


def run(n_customers: int, folder: Path, *, minutes: float | None) -> Run:
    """One size in a process of its own; its dataset is removed."""
    notes, out = folder / "notes.jsonl", folder / "dataset"
    command = [sys.executable, __file__, "--one", str(n_customers), str(out), str(notes)]
    begin, peak = perf_counter(), 0
    with subprocess.Popen(command) as process:
        child = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                peak = max(peak, child.memory_full_info().pss)
            except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                break
            if minutes is not None and perf_counter() - begin > 60 * minutes:
                process.terminate()
            sleep(SAMPLE_SECONDS)
        code = process.wait()
    found = [Note(**json.loads(line)) for line in notes.read_text().splitlines()]
    is_whole = bool(found) and found[-1].phase == "finish"
    if code and not (minutes is not None and found):
        raise subprocess.CalledProcessError(code, command)
    for left in folder.glob("*dataset*"):
        shutil.rmtree(left, ignore_errors=True)
    return Run(n_customers, found, peak, is_whole)


def plot(runs: list[Run], target: Path) -> None:
    """Processor time and memory against customers done, one line per run."""
    from matplotlib import pyplot as plt

    plt.rcParams["svg.hashsalt"] = "omnisim"
    figure, (time, memory) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    for each in runs:
        notes = [note for note in each.notes if note.phase == "customers"]
        millions = [note.customers / 1e6 for note in notes]
        label = f"{each.customers / 1e6:g} million" + ("" if each.is_whole else ", stopped")
        time.plot(millions, [note.cpu - notes[0].cpu for note in notes], label=label, lw=1.4)
        memory.plot(millions, [note.memory / 1e6 for note in notes], lw=1.4)
    memory.axhline(TARGET_BYTES / 1e6, color="0.5", lw=1, ls="--")
    memory.annotate("target", (0, TARGET_BYTES / 1e6), xytext=(2, 3), textcoords="offset points")
    memory.set_ylim(0, 1.15 * TARGET_BYTES / 1e6)
    time.set_title("Processor time is a straight line", loc="left", fontsize=10)
    memory.set_title("Memory does not grow with customers", loc="left", fontsize=10)
    time.set_ylabel("processor seconds")
    memory.set_ylabel("memory held [MB]")
    for axes in (time, memory):
        axes.set_xlabel("million customers done")
        axes.spines[["top", "right"]].set_visible(False)
    time.legend(title="customers of the run", frameon=False, fontsize=8)
    figure.savefig(target, metadata={"Date": None} if target.suffix == ".svg" else None)


def straightness(each: Run) -> tuple[float, float]:
    """Processor seconds per million by least squares, and the largest departure from that line."""
    notes = [note for note in each.notes if note.phase == "customers"]
    done = np.array([note.customers for note in notes]) / 1e6
    used = np.array([note.cpu for note in notes])
    slope, start = np.polyfit(done, used, 1)
    return float(slope), float(np.abs(used - start - slope * done).max() / (used[-1] - used[0]))


def main() -> None:
    """Measure, print, plot."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--customers", type=int, nargs="+", default=list(CUSTOMERS))
    parser.add_argument("--folder", type=Path, help="where the datasets go for a while")
    parser.add_argument("--minutes", type=float, help="stop a run that takes longer")
    parser.add_argument("--plot", type=Path, help="file to draw to, .svg or .png")
    parser.add_argument("--one", nargs=3, metavar=("N", "OUT", "NOTES"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        one(int(asked.one[0]), Path(asked.one[1]), Path(asked.one[2]))
        return
    runs = []
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        folder = Path(name)
        one(100, folder / "first", folder / "first.jsonl")  # compiling is not what is measured
        for n_customers in asked.customers:
            runs.append(run(n_customers, folder, minutes=asked.minutes))
            last, (slope, off) = runs[-1].done, straightness(runs[-1])
            say(
                f"{n_customers:,}: {last.customers:,} done in {last.wall:.0f} s, "
                f"{slope:.0f} s of processor per million ({off:.1%} off a line), "
                f"peak {runs[-1].peak / 1e6:.0f} MB, whole: {runs[-1].is_whole}, {load_note()}"
            )
    rows = []
    for each in runs:
        last, (slope, off) = each.done, straightness(each)
        middle = [n.memory for n in each.notes if n.phase == "customers" and n.customers > 0]
        half = len(middle) // 2
        rows.append(
            [
                f"{each.customers:,}",
                f"{last.customers:,}",
                f"{each.notes[-1].wall:.0f}",
                f"{slope:.0f}",
                f"{off:.1%}",
                f"{max(middle[:half], default=0) / 1e6:.0f}, {max(middle[half:]) / 1e6:.0f}",
                f"{each.peak / 1e6:.0f}",
            ]
        )
    say("")
    header = [
        "customers", "done", "clock [s]", "processor [s] per million", "off a line",
        "memory, first and second half [MB]", "peak memory [MB]",
    ]  # fmt: skip
    say(f"{WORKERS} threads, truth none, 120 stores x 300 products, {load_note()}\n")
    say(markdown(header, rows))
    say(f"Target: <= {TARGET_BYTES / 1e6:.0f} MB whatever the number of customers.")
    if asked.plot:
        plot(runs, asked.plot)


if __name__ == "__main__":
    main()
