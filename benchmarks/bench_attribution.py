"""Attribution at a million simulated journeys, against a floor and against peers, in one run.

The floor is the plain NumPy group-by that any method needs: one ``bincount`` of the contacts by
channel and one of all adjacent pairs. Peers are installed in environments of their own, named by
environment variables that hold the path of their Python; a peer without one is skipped and said so:

    OMNISIM_PEER_CHANNELATTRIBUTION, OMNISIM_PEER_MAM

Peers and we start from the same table of path texts (one row per journey); reading the file is not
timed. One core: threads of linear algebra are switched off below.

    python benchmarks/bench_attribution.py [n_journeys] [--models] [--peers] [--growth]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # before NumPy is loaded

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from measure import Times, load_note, markdown, say, spread, timed  # noqa: E402

from omnisim.attribution import (  # noqa: E402
    DEFAULT_MODELS,
    Custom,
    GFormula,
    Journeys,
    Last,
    Markov,
    Shapley,
    bootstrap_credit,
    credit,
    incremental,
)

N_CHANNELS = 10
N_REPLICATES = 100
REPEATS = 5
PEERS = {
    "ChannelAttribution": "OMNISIM_PEER_CHANNELATTRIBUTION",
    "marketing-attribution-models": "OMNISIM_PEER_MAM",
}
TARGETS = {"ChannelAttribution": 20.0, "marketing-attribution-models": 50.0}
MODELS = (
    *DEFAULT_MODELS,
    Custom(by_place=(2.0, 1.0)),
    Markov(order=2),
    Markov(order=3),
    Markov(order=4),
    Shapley("rate"),
    Shapley("rate_organic", organic=("channel_00",)),
)
PEER_MODELS = {
    "ChannelAttribution": {"markov_1": Markov(), "rules": Last()},
    "marketing-attribution-models": {
        "markov_1": Markov(),
        "shapley": Shapley("rate"),
        "markov_1, no table": Markov(),
        "shapley, no table": Shapley("rate"),
    },
}
NO_TARGET = {"rules", "markov_1, no table", "shapley, no table"}


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
        ended_ms=rng.integers(0, 182 * 86_400_000, n_journeys) + 20_000 * 86_400_000,
    )


def path_table(journeys: Journeys) -> pd.DataFrame:
    """The same journeys as texts, one row each."""
    names = np.array(journeys.channels, dtype=object)
    steps, cuts = names[journeys.codes], journeys.offsets
    return pd.DataFrame(
        {
            "path": [" > ".join(steps[a:b]) for a, b in pairwise(cuts)],
            "conversions": journeys.conversions,
            "nulls": journeys.nulls,
            "value": journeys.value,
        }
    )


def floor(journeys: Journeys) -> None:
    """What counting alone costs."""
    codes = journeys.codes.astype(np.int64)
    np.bincount(codes, minlength=N_CHANNELS)
    np.bincount(codes[:-1] * N_CHANNELS + codes[1:], minlength=N_CHANNELS**2)


def repeated(task: Callable[[], object], repeats: int = REPEATS) -> list[Times]:
    """Times of a warm task."""
    task()
    return [timed(task) for _ in range(repeats)]


def cpu(times: list[Times]) -> list[float]:
    """Processor seconds: on one thread they are the clock, less what other work took."""
    return [t.cpu for t in times]


def bench_models(journeys: Journeys) -> None:
    """Every model, from journeys in compact form."""
    base = median(cpu(repeated(lambda: floor(journeys))))
    tasks: dict[str, Callable[[], object]] = {
        model.name: (lambda m=model: credit(journeys, (m,)))  # type: ignore[misc]
        for model in MODELS
    }
    tasks["g-formula, journeys"] = lambda: incremental(journeys, GFormula(unit="journey"))
    tasks["g-formula, days"] = lambda: incremental(journeys)
    rows = []
    for name, task in tasks.items():
        times = repeated(task)
        clock, used = [t.wall for t in times], cpu(times)
        rows.append(
            [name, spread(clock), spread(used), f"{median(used) / base:.1f}",
             "met" if median(used) < 1 else "**not met**"]
        )  # fmt: skip
    say(f"floor {base:.3f} s; {load_note()}")
    say(markdown(["model", "clock [s]", "processor [s]", "times the floor", "< 1 s"], rows))
    boots, fits = [], []
    bootstrap_credit(
        journeys, (Markov(),), rng=np.random.default_rng(1), n_replicates=2
    )  # compiles
    for _ in range(REPEATS):  # in turns: both meet the same disturbance
        fits.append(timed(lambda: credit(journeys, (Markov(),))).cpu)
        rng = np.random.default_rng(1)
        boots.append(
            timed(
                lambda g=rng: bootstrap_credit(  # type: ignore[misc]
                    journeys, (Markov(),), rng=g, n_replicates=N_REPLICATES
                )
            ).cpu
        )
    ratios = [boot / fit for boot, fit in zip(boots, fits, strict=True)]
    say(f"{N_REPLICATES} replicates of Markov / one fit: {spread(ratios)}, target <= 3")


def bench_growth(sizes: tuple[int, ...] = (100_000, 1_000_000, 5_000_000)) -> None:
    """Processor time by number of journeys."""
    tasks: dict[str, Callable[[Journeys], object]] = {
        "markov": lambda j: credit(j, (Markov(),)),
        "markov_3": lambda j: credit(j, (Markov(order=3),)),
        "shapley": lambda j: credit(j, (Shapley(),)),
        "linear": lambda j: credit(j, (DEFAULT_MODELS[3],)),
        "100 replicates of markov": lambda j: bootstrap_credit(
            j, (Markov(),), rng=np.random.default_rng(1), n_replicates=N_REPLICATES
        ),
    }
    found: dict[str, list[float]] = {name: [] for name in tasks}
    for size in sizes:
        journeys = simulate_journeys(size)
        for name, task in tasks.items():
            found[name].append(median(cpu(repeated(partial(task, journeys), 3))))
    rows = [
        [name, *(f"{s:.3f}" for s in seconds), *(f"{1e9 * s / n:.0f}" for s, n in zip(seconds, sizes, strict=True))]
        for name, seconds in found.items()
    ]  # fmt: skip
    header = ["model", *(f"{n:,} [s]" for n in sizes), *(f"ns per journey, {n:,}" for n in sizes)]
    say(markdown(header, rows))


def bench_peers(journeys: Journeys, repeats: int) -> None:
    """Peers and we from the same table of texts."""
    table = path_table(journeys)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "paths.csv"
        table.to_csv(file, index=False)
        for peer, variable in PEERS.items():
            python = os.environ.get(variable)
            if not python:
                say(f"SKIPPED {peer}: set {variable} to the Python of an environment that has it")
                continue
            theirs = _run_peer(python, peer, file, repeats)
            for task, seconds in theirs.items():
                model = PEER_MODELS[peer][task]
                mine = cpu(
                    repeated(
                        lambda m=model: credit(Journeys.from_paths(table), (m,)),  # type: ignore[misc]
                    )
                )
                compact = cpu(repeated(lambda m=model: credit(journeys, (m,))))  # type: ignore[misc]
                ratio, bare = median(seconds) / median(mine), median(seconds) / median(compact)
                rows.append(
                    [peer, task, spread(seconds), spread(mine), f"{ratio:.0f}",
                     spread(compact, ".3f"), f"{bare:.0f}", "" if task in NO_TARGET else f">= {TARGETS[peer]:.0f}"]
                )  # fmt: skip
    if rows:
        header = [
            "peer", "model", "peer [s]", "ours from texts [s]", "times faster",
            "ours from codes [s]", "times faster", "target",
        ]  # fmt: skip
        say(load_note())
        say(markdown(header, rows))


def _run_peer(python: str, peer: str, file: Path, repeats: int) -> dict[str, list[float]]:
    """Processor seconds of each task, measured inside the peer's own process."""
    script = Path(__file__).with_name("peers_attribution.py")
    command = [python, str(script), peer, str(file), str(repeats)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        say(f"FAILED {peer}: {done.stderr.strip().splitlines()[-1:]}")
        return {}
    seconds: dict[str, list[float]] = json.loads(done.stdout.strip().splitlines()[-1])
    return seconds


def main(arguments: list[str]) -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("n_journeys", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--models", action="store_true", help="only our models and the bootstrap")
    parser.add_argument("--peers", action="store_true", help="only the peers")
    parser.add_argument("--growth", action="store_true", help="only the growth table")
    parser.add_argument("--repeats", type=int, default=1, help="runs of each peer")
    asked = parser.parse_args(arguments)
    everything = not (asked.models or asked.peers or asked.growth)
    journeys = simulate_journeys(asked.n_journeys)
    if everything or asked.models:
        bench_models(journeys)
    if everything or asked.growth:
        bench_growth()
    if everything or asked.peers:
        bench_peers(journeys, asked.repeats)


if __name__ == "__main__":
    main(sys.argv[1:])
