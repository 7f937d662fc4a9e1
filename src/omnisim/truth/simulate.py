"""Make a dataset: the base world logged, the other worlds counted, block by block."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

import numpy as np
import psutil

from omnisim.engine import BLOCK_SIZE, Block, Plan, blocks, build_plan, run_block, warm_up
from omnisim.engine.context import context_columns
from omnisim.engine.context_market import own_sales
from omnisim.engine.coupling import settle
from omnisim.engine.dimensions import (
    daily_columns,
    lost_columns,
    world_columns,
)
from omnisim.engine.records import BlockLog
from omnisim.engine.records.brand import brand_columns, brand_counts, no_counts
from omnisim.engine.records.community import retailer_posts
from omnisim.engine.state import Output
from omnisim.engine.stock import StockFlows, block_flows, sku_parts, stock_columns
from omnisim.engine.tables import block_tables
from omnisim.errors import ScenarioError, StorageError
from omnisim.executor import Executor, ThreadExecutor
from omnisim.raw import RAW_BYTES_PER_CUSTOMER_YEAR, write_raw
from omnisim.rng import RNG_SCHEME
from omnisim.scenario import Scenario
from omnisim.scenario.room import memory_bytes
from omnisim.schema import TRUTH_TABLES
from omnisim.storage import Dataset, DatasetFacts, DatasetWriter
from omnisim.truth.asked import read_asked
from omnisim.truth.descriptions import parameter_columns, world_rows
from omnisim.truth.effects import effect_columns, outcome_columns
from omnisim.truth.further import further_rows
from omnisim.truth.lost import lost_rows
from omnisim.truth.rows import Row
from omnisim.truth.tally import WorldTally
from omnisim.truth.worlds import BASE, OtherWorld, other_worlds, tally_block
from omnisim.world import World, build_world

Progress = Callable[[str, int, int], None]
_BYTES_PER_CUSTOMER_YEAR = 3_400  # measured: docs/data-dictionary.md


def simulate(
    scenario: Scenario,
    *,
    out: str | Path,
    seed: int | None = None,
    workers: int | None = None,
    truth: str = "default",
    semantics: str = "ghost",
    shapley: int | None = None,
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
        ``none``, ``default`` (the first seven), ``all``, or a list of ``channels``,
        ``experiments``, ``rollouts``, ``campaigns``, ``promotions``, ``incidents``, ``programmes``,
        ``additions``, ``pairs``, ``budgets``, ``segments``, ``lost_demand``, ``treatments``.
    semantics : str
        What a channel's absence means: a list of ``ghost``, ``substitute``, ``reallocated``; see
        :mod:`omnisim.truth.semantics`.
    shapley : int, optional
        Orders of channels to sample for Shapley values, 4 to 1000.
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
    asked = read_asked(truth, semantics, shapley)
    _check_memory(scenario, workers or os.cpu_count() or 1)
    _check_room(scenario, Path(out), raw=raw)
    report = progress or _silent
    executor = ThreadExecutor(workers or os.cpu_count() or 1)
    started = time.perf_counter()
    with DatasetWriter(Path(out), force=force) as writer:
        report("world", 0, 1)
        world = build_world(scenario)
        plan = build_plan(world)
        report("world", 1, 1)
        report("compile", 0, 1)  # seconds after an installation, nothing later
        warm_up(world, plan)
        report("compile", 1, 1)
        built = time.perf_counter()
        more = further_rows(world, plan, asked, executor, report)
        plans = {BASE: plan}
        others = other_worlds(world, asked.worlds)
        plans |= {other.name: other.plan(world, plan) for other in others}
        cut = blocks(scenario.population.n_customers, block_size)
        if scenario.interference.is_on:
            plans = _settle_all(world, plans, cut, executor, report)
            world = replace(world, availability=plans[BASE].availability)
        beside = [(other, plans[other.name]) for other in others]
        run = _Run(world, plans[BASE], beside, writer, cut, superstep)
        tallies = run.customers(executor, report)
        done = time.perf_counter()
        _write_world(run)
        _write_stock(run, executor, report)
        if "lost_demand" in asked.kinds:
            more += lost_rows(world, run.wanted)
        _write_truth(run, tallies, more)
        if raw:
            write_raw(scenario, writer, workers=executor.workers, progress=report)
        horizon, market = scenario.horizon, scenario.market
        return writer.finish(
            DatasetFacts(
                name=Path(out).name,
                currency=market.currency,
                locale=market.locale,
                first_date=horizon.start_date,
                last_date=horizon.start_date + timedelta(days=horizon.n_days - 1),
                scenario=scenario.canonical(),
                scenario_name=scenario.name,
                seed=scenario.seed,
                rng_scheme=RNG_SCHEME,
            ),
            wall_seconds={
                "preparation": round(built - started, 3),
                "customers": round(done - built, 3),
                "rest": round(time.perf_counter() - done, 3),
            },
        )


def _check_memory(scenario: Scenario, workers: int) -> None:
    """Refuse before the work what this machine's memory cannot hold."""
    needed = memory_bytes(scenario, workers=workers)
    there = psutil.virtual_memory().total
    if needed > there:
        raise ScenarioError(
            f"stores.n_stores = {scenario.stores.n_stores:,}, assortment.n_products = "
            f"{scenario.assortment.n_products:,} and horizon.n_days = {scenario.horizon.n_days} take "
            f"some {needed / 1e9:,.1f} GB of memory with {workers} threads; this machine has "
            f"{there / 1e9:,.1f} GB"
        )


def _check_room(scenario: Scenario, out: Path, *, raw: bool) -> None:
    """Refuse before the work what the disk cannot hold."""
    years = scenario.horizon.n_days / 365
    each = _BYTES_PER_CUSTOMER_YEAR + (RAW_BYTES_PER_CUSTOMER_YEAR if raw else 0)
    needed = scenario.population.n_customers * years * each
    there = next((p for p in out.absolute().parents if p.is_dir()), None)
    free = shutil.disk_usage(there).free if there is not None else needed
    if needed > free:
        raise StorageError(
            f"{out}: population.n_customers = {scenario.population.n_customers:,} over "
            f"{scenario.horizon.n_days} days take some {_amount(needed)}; {_amount(free)} are free"
        )


def _amount(n_bytes: float) -> str:
    """Bytes in the unit a person would use.

    Examples
    --------
    >>> _amount(2.5e9), _amount(1_700_000)
    ('2.5 GB', '2 MB')
    """
    return f"{n_bytes / 1e9:,.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:,.0f} MB"


def _side(table: str) -> Literal["tables", "truth"]:
    return "truth" if table in TRUTH_TABLES else "tables"


def _silent(phase: str, done: int, total: int) -> None:
    """No progress wanted."""


def _settle_all(
    world: World,
    plans: dict[str, Plan],
    cut: list[Block],
    executor: Executor,
    report: Progress,
) -> dict[str, Plan]:
    """Each world comes to its own stock, budgets and queues."""
    settled = {}
    report("coupling", 0, len(plans))
    for k, (name, plan) in enumerate(plans.items(), start=1):
        settled[name] = settle(world, plan, cut, executor)
        report("coupling", k, len(plans))
    return settled


class _Run:
    """One simulation under way: sums over blocks, guarded by a lock."""

    def __init__(
        self,
        world: World,
        plan: Plan,
        others: list[tuple[OtherWorld, Plan]],
        writer: DatasetWriter,
        cut: list[Block],
        superstep: int | None,
    ) -> None:
        self.world, self.plan, self.others = world, plan, others
        self.writer, self.blocks, self.superstep = writer, cut, superstep
        n_locations, n_products, n_days = plan.availability.shape
        n_channels = len(plan.channels["reach"])
        months = int(plan.days["month"][n_days - 1]) + 1
        self.contacts = np.zeros((2, n_channels, n_days), np.int64)
        self.visitors = np.zeros((n_locations - 1, n_days), np.int64)
        self.needs = np.zeros((n_locations - 1, n_days), np.int64)
        self.wanted = np.zeros((2, n_locations, n_products, months), np.int64)
        n_categories = len(world.scenario.assortment.category_names)
        self.own_sales = np.zeros((n_categories, months), np.int64)
        self.sold, self.restocked, self.reserved = (
            np.zeros((n_locations, n_products, n_days), np.int32) for _ in range(3)
        )
        self.brand = no_counts(world)
        self._lock = threading.Lock()

    def customers(self, executor: Executor, report: Progress) -> dict[str, WorldTally]:
        """Run all blocks through all worlds."""
        todo = self.blocks
        total: dict[str, WorldTally] = {}
        report("customers", 0, len(todo))
        for k, found in enumerate(executor.map(self._block, todo), start=1):
            for name, tally in found.items():
                total[name] = total[name] + tally if name in total else tally
            report("customers", k, len(todo))
        return total

    def _block(self, block: Block) -> dict[str, WorldTally]:
        people, state, base = run_block(self.world, self.plan, block, superstep=self.superstep)
        log = BlockLog.of(self.world, people, state, base)
        for tables in block_tables(log):
            self._write(block.number, tables)
        self._add(base, log)
        del log
        base = base._replace(  # the rows are written: let them go before the other worlds run
            touches=None, sessions=None, orders=None, lines=None, returns=None, surveys=None
        )
        return tally_block(self.world, people, state, base, self.others)

    def _write(self, number: int, tables: dict[str, dict[str, object]]) -> None:
        for name, columns in tables.items():
            self.writer.write_part(name, _side(name), number, columns)

    @property
    def flows(self) -> StockFlows:
        """What all customers do to the stock."""
        return StockFlows(self.sold, self.restocked, self.reserved)

    def _add(self, base: Output, log: BlockLog) -> None:
        own = own_sales(self.world, base)
        flows, brand = block_flows(log), brand_counts(log)
        with self._lock:
            self.own_sales += own
            flows.add_to(self.flows)
            self.brand += brand
            self.contacts += base.contacts
            self.visitors += base.visitors
            self.needs += base.needs
            self.wanted += base.wanted
            self.sold += base.sold


def _write_world(run: _Run) -> None:
    for name, columns in world_columns(run.world).items():
        run.writer.write_part(name, "tables", 0, columns)
    for name, columns in daily_columns(run.world, run.contacts, run.visitors).items():
        run.writer.write_part(name, "tables", 0, columns)
    for name, columns in context_columns(run.world, run.needs, run.own_sales).items():
        run.writer.write_part(name, _side(name), 0, columns)
    # the retailer's posts go beside those of the blocks' members
    run._write(len(run.blocks), {"community_posts": retailer_posts(run.world, run.contacts)})
    run._write(0, brand_columns(run.world, run.brand))


def _write_stock(run: _Run, executor: Executor, report: Progress) -> None:
    parts = sku_parts(run.world.products.n_products)

    def write(part: int) -> None:
        first, last = parts[part]
        tables = stock_columns(run.world, run.flows, run.plan.availability, first, last)
        for name, columns in tables.items():
            run.writer.write_part(name, "tables", part, columns)

    report("stock", 0, len(parts))
    for k, _ in enumerate(executor.map(write, range(len(parts))), start=1):
        report("stock", k, len(parts))


def _write_truth(run: _Run, tallies: dict[str, WorldTally], more: list[Row]) -> None:
    run.writer.write_part("lost_demand", "truth", 0, lost_columns(run.world, run.wanted))
    run.writer.write_part("outcomes", "truth", 0, outcome_columns(tallies))
    run.writer.write_part("effects", "truth", 0, effect_columns(run.world, tallies, more))
    worlds = [other for other, _ in run.others]
    n_persons = run.world.scenario.population.n_customers
    run.writer.write_part("worlds", "truth", 0, world_rows(n_persons, worlds, tallies))
    run.writer.write_part("parameters", "truth", 0, parameter_columns(run.world.scenario))
