"""Compiling in a second process what is needed after the customers' days.

numba compiles one function at a time in a process. In the first run after an installation, while this
process compiles the customers' days, a second one makes the tables of a network that sold nothing, and
leaves what it compiled in the cache. Nothing depends on it: what it could not do is compiled here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numba.core import config

from omnisim.engine.records.points import settle
from omnisim.engine.state import new_output, new_state
from omnisim.engine.stock.rows import fill_rows
from omnisim.engine.switches import count_enrolled
from omnisim.scenario import load_scenario
from omnisim.truth.asked import read_asked
from omnisim.truth.blocks import Sink
from omnisim.truth.once import stock_tables
from omnisim.truth.prepare import Request, prepare
from omnisim.truth.sums import Totals
from omnisim.world import build_persons

_PROGRAM = f"from {__name__} import compile_the_rest; compile_the_rest()"
_SECONDS = 60  # several times what a busy machine needs


@contextmanager
def rest_compiled_beside() -> Iterator[None]:
    """Compile all but the customers' days beside the body of the ``with``, where that was never done."""
    process = _start() if _is_worth_it() else None
    if process is None:
        yield
        return
    try:
        yield
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_SECONDS)
    finally:
        process.kill()
        process.wait()


def compile_the_rest() -> None:
    """Count, book, fill and write nothing: the loops that follow the customers' days."""
    scenario = load_scenario("omnichannel_fashion", size="tiny")
    prepared = prepare(Request(scenario=scenario, asked=read_asked("none", "ghost", None)))
    world, plan = prepared.world, prepared.plan
    people = build_persons(scenario, world.places, 0, 1)
    count_enrolled(plan, new_state(people), new_output(plan, people.size))
    none = np.zeros(0, np.int64)
    settle(none, none, none, none, none, 0, 0, 0, np.zeros((0, 6), np.int64))
    tables = stock_tables(prepared, Totals(world, plan), 0)
    with tempfile.TemporaryDirectory() as folder:
        Sink(Path(folder)).write(0, tables)


def _is_worth_it() -> bool:
    """Whether there is a processor to spare and these sources were not compiled yet."""
    if config.DISABLE_JIT or (os.cpu_count() or 1) < 2 or not sys.executable:
        return False
    compiled: Any = fill_rows
    folder = Path(compiled.stats.cache_path)
    return not any(folder.glob(f"rows.{compiled.__name__}-*.nbi"))


def _start() -> subprocess.Popen[bytes] | None:
    quiet = subprocess.DEVNULL
    try:
        return subprocess.Popen(
            [sys.executable, "-c", _PROGRAM], stdin=quiet, stdout=quiet, stderr=quiet
        )
    except OSError:
        return None
