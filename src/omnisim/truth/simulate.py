"""Make a dataset: the base world logged, the other worlds counted, block by block."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from functools import partial
from pathlib import Path

from omnisim.engine import BLOCK_SIZE, warm_up
from omnisim.executor import Executor, ThreadExecutor
from omnisim.raw import write_raw
from omnisim.rng import RNG_SCHEME
from omnisim.scenario import Scenario
from omnisim.storage import Dataset, DatasetFacts, DatasetWriter
from omnisim.truth.blocks import Sink, finish_block
from omnisim.truth.once import n_stock_parts, stock_tables, truth_tables, world_tables
from omnisim.truth.prepare import Prepared, Progress, Request, prepare, settled
from omnisim.truth.room import check_memory, check_room
from omnisim.truth.sums import Totals
from omnisim.truth.worlds import wanted_kinds


def simulate(
    scenario: Scenario,
    *,
    out: str | Path,
    seed: int | None = None,
    workers: int | None = None,
    truth: str = "default",
    force: bool = False,
    raw: bool = False,
    progress: Progress | None = None,
    block_size: int = BLOCK_SIZE,
    superstep: int | None = None,
) -> Dataset:
    """Simulate a scenario into a dataset folder.

    Parameters
    ----------
    scenario : Scenario
        What to simulate.
    out : str or Path
        Folder to write; it appears whole or not at all.
    seed : int, optional
        Takes the place of the scenario's seed.
    workers : int, optional
        Threads; as many as there are processors by default. Changes no number.
    truth : str
        ``none``, ``default`` (all), or a list of ``channels``, ``experiments``, ``rollouts``,
        ``campaigns``, ``promotions``, ``incidents``, ``programmes``.
    force : bool
        Replace an existing dataset.
    raw : bool
        Also write the exports of the source systems, with their defects; see :mod:`omnisim.raw`.
    progress : callable, optional
        Called with (phase, done, total).
    block_size, superstep : int, optional
        Persons per block and days per step; change no number.

    Returns
    -------
    Dataset
        The dataset just written.

    Raises
    ------
    ScenarioError
        When the scenario or the kinds of truth cannot be.
    StorageError
        When `out` exists or cannot be written.
    """
    if seed is not None:
        scenario = scenario.with_seed(seed)
    request = Request(
        scenario=scenario,
        kinds=wanted_kinds(truth),
        block_size=block_size,
        superstep=superstep,
    )
    check_memory(scenario, workers or os.cpu_count() or 1)
    check_room(scenario, Path(out), raw=raw)
    report = progress or _silent
    executor = ThreadExecutor(workers or os.cpu_count() or 1)
    started = time.perf_counter()
    with DatasetWriter(Path(out), force=force) as writer:
        prepared = _prepare(request, report)
        built = time.perf_counter()
        prepared = settled(prepared, request.blocks, executor, report)
        sink = Sink(writer.folder)
        totals = _customers(request, prepared, writer, executor, report)
        done = time.perf_counter()
        for index, tables in world_tables(prepared, totals, n_blocks=len(request.blocks)):
            writer.adopt(sink.write(index, tables))
        _stock(prepared, totals, writer, executor, report)
        for index, tables in truth_tables(prepared, totals):
            writer.adopt(sink.write(index, tables))
        if raw:
            write_raw(scenario, writer, workers=executor.workers, progress=report)
        return writer.finish(
            _facts(scenario, Path(out).name),
            wall_seconds={
                "preparation": round(built - started, 3),
                "customers": round(done - built, 3),
                "rest": round(time.perf_counter() - done, 3),
            },
        )


def _silent(phase: str, done: int, total: int) -> None:
    """No progress wanted."""


def _prepare(request: Request, report: Progress) -> Prepared:
    report("world", 0, 1)
    prepared = prepare(request)
    report("world", 1, 1)
    report("compile", 0, 1)  # seconds after an installation, nothing later
    warm_up(prepared.world, prepared.plan)
    report("compile", 1, 1)
    return prepared


def _customers(
    request: Request,
    prepared: Prepared,
    writer: DatasetWriter,
    executor: Executor,
    report: Progress,
) -> Totals:
    """Run all blocks through all worlds."""
    totals, todo = Totals(prepared.world, prepared.plan), request.blocks
    work = partial(finish_block, prepared, Sink(writer.folder))
    report("customers", 0, len(todo))
    for k, result in enumerate(executor.map(work, todo), start=1):
        writer.adopt(result.parts)
        totals.add(result.sums, result.tallies)
        report("customers", k, len(todo))
    return totals


def _stock(
    prepared: Prepared,
    totals: Totals,
    writer: DatasetWriter,
    executor: Executor,
    report: Progress,
) -> None:
    sink, n_parts = Sink(writer.folder), n_stock_parts(prepared)
    report("stock", 0, n_parts)
    made = executor.map(
        lambda part: sink.write(part, stock_tables(prepared, totals, part)), range(n_parts)
    )
    for k, written in enumerate(made, start=1):
        writer.adopt(written)
        report("stock", k, n_parts)


def _facts(scenario: Scenario, name: str) -> DatasetFacts:
    horizon, market = scenario.horizon, scenario.market
    return DatasetFacts(
        name=name,
        currency=market.currency,
        locale=market.locale,
        first_date=horizon.start_date,
        last_date=horizon.start_date + timedelta(days=horizon.n_days - 1),
        scenario=scenario.canonical(),
        scenario_name=scenario.name,
        seed=scenario.seed,
        rng_scheme=RNG_SCHEME,
    )
