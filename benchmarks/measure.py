"""What the benchmarks share: times, medians with their spread, tables, and memory of a process tree."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time, sleep

import psutil

SAMPLE_SECONDS = 0.05
# The program of this environment, whatever PATH says.
OMNISIM = (sys.executable, "-c", "import sys; from omnisim.cli import main; sys.exit(main())")


@dataclass(frozen=True, slots=True)
class Times:
    """Time of one piece of work [s]: on the clock, and of all processors used by this process."""

    wall: float
    cpu: float

    def __add__(self, other: Times) -> Times:
        return Times(self.wall + other.wall, self.cpu + other.cpu)


def timed(task: Callable[[], object]) -> Times:
    """Run a task once."""
    wall, cpu = perf_counter(), process_time()
    task()
    return Times(perf_counter() - wall, process_time() - cpu)


def spread(values: Sequence[float], form: str = ".2f") -> str:
    """Median and range, as text.

    Examples
    --------
    >>> spread([1.0, 3.0, 2.0], ".0f")
    '2 (1 to 3)'
    """
    low, middle, high = min(values), median(values), max(values)
    return f"{middle:{form}} ({low:{form}} to {high:{form}})"


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def say(text: str) -> None:
    """Write to standard output at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def load_note() -> str:
    """How busy the machine is: other work widens the spread."""
    return f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"


@dataclass(frozen=True, slots=True)
class ProcessUse:
    """What a command took, with every process it started.

    Attributes
    ----------
    wall_seconds : float
        Clock time [s].
    peak_bytes : int
        Greatest memory at one moment, each shared page counted once.
    peak_resident_bytes : int
        The same with shared pages counted once per process: an upper bound.
    """

    wall_seconds: float
    peak_bytes: int
    peak_resident_bytes: int


def watch(command: Sequence[str], *, env: dict[str, str] | None = None) -> ProcessUse:
    """Run a command and sample the memory of its process tree.

    Raises
    ------
    subprocess.CalledProcessError
        The command failed.
    """
    start = perf_counter()
    proportional = resident = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=env) as process:
        root = psutil.Process(process.pid)
        while process.poll() is None:
            shared_once, shared_often = _memory(root)
            proportional = max(proportional, shared_once)
            resident = max(resident, shared_often)
            sleep(SAMPLE_SECONDS)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return ProcessUse(perf_counter() - start, proportional, resident)


def _memory(root: psutil.Process) -> tuple[int, int]:
    """Proportional and resident bytes of a process tree; processes that just ended count nothing."""
    shared_once = shared_often = 0
    try:
        tree = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0, 0
    for one in tree:
        try:
            found = one.memory_full_info()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        shared_often += found.rss
        shared_once += getattr(found, "pss", found.rss)  # Linux alone tells it
    return shared_once, shared_often
