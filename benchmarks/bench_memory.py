"""Peak memory of a simulation, summed over its processes, while the number of customers grows.

Flat means: what is held depends on the threads and on stores x products x days, not on customers.
Truth is not asked for by default: its worlds need less room than the logged one. `--truth` asks for some,
with 8 orders for Shapley values.

    python benchmarks/bench_memory.py [--large] [--truth LIST]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from measure import OMNISIM, load_note, markdown, say, watch

WORKERS = 2
TARGET_BYTES = 500_000_000 + WORKERS * 150_000_000
SIZES = ("small", "medium")
LARGE = "large"  # about two minutes and 6 GB of temporary files


def main() -> None:
    """Simulate each size in a process of its own and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--large", action="store_true", help="also two million customers")
    parser.add_argument("--folder", type=Path, help="where the datasets go for a while")
    parser.add_argument("--truth", default="none", help="as for omnisim simulate")
    asked = parser.parse_args()
    sizes = (*SIZES, LARGE) if asked.large else SIZES
    rows = []
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        simulate("tiny", Path(folder) / "first", "none")  # compiling is not what is measured
        for size in sizes:
            rows.append(simulate(size, Path(folder) / "dataset", asked.truth))
    say(f"{WORKERS} threads, truth {asked.truth}, {load_note()}\n")
    header = [
        "size",
        "customers",
        "rows",
        "on disk [MB]",
        "clock [s]",
        "peak memory (resident) [MB]",
    ]
    say(markdown(header, rows))
    say(f"Target: <= {TARGET_BYTES / 1e6:.0f} MB whatever the number of customers.")


def simulate(size: str, out: Path, truth: str) -> list[str]:
    """One size in its own process; the dataset is removed."""
    orders = () if truth == "none" else ("--shapley", "8")
    use = watch(
        [
            *OMNISIM, "simulate", "omnichannel_fashion", "--size", size,
            "--truth", truth, *orders, "--workers", str(WORKERS), "--out", str(out), "--force",
        ]
    )  # fmt: skip
    manifest = json.loads((out / "manifest.json").read_bytes())
    entries = manifest["tables"].values()
    n_bytes = sum(part["bytes"] for entry in entries for part in entry["parts"])
    return [
        size,
        f"{manifest['scenario']['population']['n_customers']:,}",
        f"{sum(entry['rows'] for entry in entries):,}",
        f"{n_bytes / 1e6:,.0f}",
        f"{use.wall_seconds:.1f}",
        f"{use.peak_bytes / 1e6:.0f} ({use.peak_resident_bytes / 1e6:.0f})",
    ]


if __name__ == "__main__":
    main()
