"""The whole tour as one command: clock time and peak memory summed over its processes.

Compiled code of earlier runs is not used: this is what the first run on a machine takes.

python benchmarks/bench_demo.py [--size small]
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from measure import OMNISIM, load_note, markdown, say, watch

TARGET_SECONDS, TARGET_BYTES = 120, 2_000_000_000


def main() -> None:
    """Run the demo into an empty folder."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", default="small")
    size = parser.parse_args().size
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "OMNISIM_CACHE": str(Path(folder) / "cache")}
        env.pop("NUMBA_CACHE_DIR", None)
        use = watch([*OMNISIM, "demo", "--size", size, "--out", folder], env=env)
    say(f"omnisim demo --size {size}, {load_note()}\n")
    rows = [
        ["clock [s]", f"{use.wall_seconds:.0f}", f"<= {TARGET_SECONDS}"],
        [
            "peak memory [MB]",
            f"{use.peak_bytes / 1e6:.0f}",
            f"<= {TARGET_BYTES / 1e6:.0f}",
        ],
        ["shared pages counted per process [MB]", f"{use.peak_resident_bytes / 1e6:.0f}", ""],
    ]
    say(markdown(["whole process tree", "found", "target for small"], rows))


if __name__ == "__main__":
    main()
