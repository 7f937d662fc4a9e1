"""Simulate presets without truth and print every measure of plausibility, one column per preset.

    python benchmarks/plausible_presets.py [PRESET[@MARKET] ...] [--customers 5000] [--size SIZE]

Run it after every change of the simulator or of a preset: the exit code is 1 when a measure of some
preset is implausible. ``!`` marks what to look at again, ``✗`` what is implausible, ``–`` what has
too little data. With ``--size`` the preset's own size is run as it stands.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from omnisim.cli.console import tell
from omnisim.cli.plausibility import shown
from omnisim.cli.scenario import parse_scenario
from omnisim.metrics import Verdict, bounds, plausibility
from omnisim.scenario import load_scenario, preset_names
from omnisim.truth import simulate

MARKS = {"look again": "!", "implausible": "✗", "not measurable": "–"}


def measure(preset: str, *, customers: int, size: str | None, seed: int | None) -> list[Verdict]:
    """The verdicts on one preset."""
    name, *rest = preset.split("@")
    if size is not None:
        scenario = parse_scenario("@".join([preset, size]))
    else:
        over = {"population": {"n_customers": customers}}
        scenario = load_scenario(name, market=rest[0] if rest else None, overrides=over)
    with tempfile.TemporaryDirectory() as folder:
        data = simulate(scenario, out=Path(folder) / "data", truth="none", seed=seed)
        verdicts = plausibility(data, sector=scenario.sector)
    return list(verdicts)


def cell(verdict: Verdict) -> str:
    """Mark and value of one verdict."""
    mark = MARKS.get(verdict.word, "")
    value = "" if verdict.value is None else shown(verdict.value, verdict.bound.unit)
    return f"{mark}{value}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "presets",
        nargs="*",
        default=[p for p in preset_names() if p != "sample" and not p.startswith("rollout_")],
    )
    parser.add_argument("--customers", type=int, default=5000)
    parser.add_argument("--size")
    parser.add_argument("--seed", type=int)
    asked = parser.parse_args()
    columns: dict[str, dict[str, Verdict]] = {}
    for preset in asked.presets:
        found = measure(preset, customers=asked.customers, size=asked.size, seed=asked.seed)
        columns[preset] = {verdict.bound.id: verdict for verdict in found}
    width = max(14, *(len(name) + 2 for name in columns))
    tell(f"{'':42}" + "".join(f"{name:>{width}}" for name in columns))
    for bound in bounds().values():
        if not bound.is_truth:
            cells = (cell(verdicts[bound.id]) for verdicts in columns.values())
            tell(f"{bound.label[:41]:42}" + "".join(f"{text:>{width}}" for text in cells))
    words = {verdict.word for verdicts in columns.values() for verdict in verdicts.values()}
    sys.exit(1 if "implausible" in words else os.EX_OK)


if __name__ == "__main__":
    main()
