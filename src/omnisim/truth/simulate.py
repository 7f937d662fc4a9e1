"""Make a dataset: the base world logged, the other worlds counted, block by block."""

from __future__ import annotations

import os
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from omnisim.engine import BLOCK_SIZE, warm_up
from omnisim.errors import ResumeError, StorageError
from omnisim.executor import Executor, ThreadExecutor, open_executor
from omnisim.executor.installation import this_installation
from omnisim.raw import write_raw
from omnisim.rng import RNG_SCHEME
from omnisim.scenario import Scenario
from omnisim.storage import Dataset, DatasetFacts, DatasetWriter
from omnisim.storage.locate import partial_folder
from omnisim.storage.remote import Place, RemotePath, place_of
from omnisim.truth.asked import read_asked
from omnisim.truth.asking import Asker
from omnisim.truth.blocks import Sink
from omnisim.truth.compiling import rest_compiled_beside
from omnisim.truth.further import find_further
from omnisim.truth.journal import Journal
from omnisim.truth.once import n_stock_parts, stock_tables, truth_tables, world_tables
from omnisim.truth.prepare import Prepared, Progress, Request, prepare, settled, silent
from omnisim.truth.room import check_memory, check_room
from omnisim.truth.sums import Totals
from omnisim.truth.work import Greeting, Work, refuse_unfit


def simulate(
    scenario: Scenario,
    *,
    out: str | Place,
    seed: int | None = None,
    workers: int | None = None,
    scheduler: str = "threads",
    truth: str = "default",
    semantics: str = "ghost",
    shapley: int | None = None,
    force: bool = False,
    resume: bool = False,
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
        Folder to write, which appears whole or not at all; or a URL such as ``s3://bucket/folder``,
        where it is whole when its manifest is there.
    seed : int, optional
        Takes the place of the scenario's seed.
    workers : int, optional
        Threads or processes; as many as there are processors by default. Changes no number.
    scheduler : str
        ``threads``, ``processes``, ``local`` (a Dask cluster on this machine) or the address of a
        Dask scheduler. Changes no number.
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
    resume : bool
        Go on from the finished blocks of an interrupted run of the same request, where there are
        any; otherwise they are removed.
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
    ResumeError
        When the interrupted run was of something else; says what differs.
    SchedulerError
        When the scheduler or its workers cannot do the work.
    """
    if seed is not None:
        scenario = scenario.with_seed(seed)
    request = Request(
        scenario=scenario,
        asked=read_asked(truth, semantics, shapley),
        block_size=block_size,
        superstep=superstep,
    )
    place, n = place_of(out), workers or os.cpu_count() or 1
    if raw and isinstance(place, RemotePath):
        raise StorageError(f"{place}: raw exports are written to a local folder only")
    check_memory(scenario, scheduler, n)
    if not resume:  # part of it lies there already
        check_room(scenario, place, raw=raw)
    report = progress or silent
    with (
        open_executor(scheduler, n) as executor,
        DatasetWriter(place, force=force, resume=resume) as writer,
    ):
        journal = Journal(writer.folder)
        try:
            return _Run(request, writer, journal, executor, report).made(raw=raw)
        except ResumeError:
            raise  # says itself what to do
        except BaseException as error:
            if not journal.is_empty:
                writer.keep_unfinished()
                error.add_note(
                    f"{_finished(journal, len(request.blocks))} are finished and kept: "
                    "the same command goes on from them (simulate: with --resume)"
                )
            raise


def _finished(journal: Journal, n_blocks: int) -> str:
    """What an interrupted run leaves, in words."""
    n_customers, n_others = journal.n_blocks(), journal.n_lived()
    told = f"{n_customers} of {n_blocks} blocks"
    if not n_others:
        return told if n_customers else "worlds that have settled"
    others = f"{n_others} block{'s' * (n_others > 1)} of other worlds"
    return f"{others} and {told}" if n_customers else others


def unfinished_blocks(out: str | Place) -> int:
    """Blocks that an interrupted run finished, waiting to be resumed; those of other worlds too."""
    place = place_of(out)
    folder = (
        place if isinstance(place, RemotePath) else partial_folder(place.expanduser().absolute())
    )
    journal = Journal(folder)
    return journal.n_blocks() + journal.n_lived()


@dataclass(frozen=True, slots=True)
class _Run:
    """One simulation under way."""

    request: Request
    writer: DatasetWriter
    journal: Journal
    executor: Executor
    report: Progress

    @property
    def sink(self) -> Sink:
        return Sink(self.writer.folder)

    @property
    def here(self) -> Executor:
        """Who does what is not sent away: settling worlds, and the tables of goods."""
        return self.executor if self.executor.shares_memory else ThreadExecutor(os.cpu_count() or 1)

    def made(self, *, raw: bool) -> Dataset:
        """Everything, to the finished dataset."""
        started = time.perf_counter()  # rises whatever happens to the clock
        if self.writer.is_resumed:
            self.journal.refuse_other(self.request)
        else:
            self.journal.begin(self.request)
        work = Work(self.request, self.sink, self.journal, this_installation())
        refuse_unfit(self.executor.on_each(Greeting(work)), work)
        with rest_compiled_beside():
            prepared = self._prepared()
        built = time.perf_counter()
        asker = Asker(
            self.request, self.executor, self.report, self.journal, self.writer.is_resumed
        )
        further = find_further(asker, prepared.world, prepared.plan)
        prepared = self._settled(prepared)
        totals = self._customers(prepared, work)
        done = time.perf_counter()
        n_blocks = len(self.request.blocks)
        for index, tables in world_tables(prepared, totals, n_blocks=n_blocks):
            self.writer.adopt(self.sink.write(index, tables))
        self._stock(prepared, totals)
        for index, tables in truth_tables(prepared, totals, further):
            self.writer.adopt(self.sink.write(index, tables))
        scenario = self.request.scenario
        if raw:
            write_raw(scenario, self.writer, workers=self.here.workers, progress=self.report)
        return self.writer.finish(
            _facts(self.request, self.writer.out.name),
            wall_seconds={
                "preparation": round(built - started, 3),
                "customers": round(done - built, 3),
                "rest": round(time.perf_counter() - done, 3),
            },
        )

    def _prepared(self) -> Prepared:
        self.report("world", 0, 1)
        prepared = prepare(self.request)
        self.report("world", 1, 1)
        self.report("compile", 0, 1)  # seconds after an installation, nothing later
        warm_up(prepared.world, prepared.plan)
        self.report("compile", 1, 1)
        return prepared

    def _settled(self, prepared: Prepared) -> Prepared:
        """Worlds with interference are settled in this process; others read what came of it."""
        if not self.request.scenario.interference.is_on:
            return prepared
        known = self.journal.get_plans(prepared) if self.writer.is_resumed else None
        if known is not None:
            return known
        found = settled(prepared, self.request.blocks, self.here, self.report)
        self.journal.put_plans(found)
        return found

    def _customers(self, prepared: Prepared, work: Work) -> Totals:
        """Run all blocks through all worlds, but for those that an earlier run finished."""
        totals, todo = Totals(prepared.world, prepared.plan), self.request.blocks
        finished: set[int] = set()
        n_blocks = len(todo)
        self.report("customers", 0, n_blocks)
        if self.writer.is_resumed:
            for result in self.journal.finished(todo):
                self.writer.adopt(result.parts)
                totals.add(result.sums, result.tallies)
                finished.add(result.number)
                self.report("customers", len(finished), n_blocks)
        function = partial(work.here, prepared) if self.executor.shares_memory else work
        left = [block for block in todo if block.number not in finished]
        with closing(self.executor.map(function, left)) as results:
            for k, result in enumerate(results, start=len(finished) + 1):
                self.writer.adopt(result.parts)
                totals.add(result.sums, result.tallies)
                self.report("customers", k, n_blocks)
        return totals

    def _stock(self, prepared: Prepared, totals: Totals) -> None:
        n_parts = n_stock_parts(prepared)
        self.report("stock", 0, n_parts)
        made = self.here.map(
            lambda part: self.sink.write(part, stock_tables(prepared, totals, part)), range(n_parts)
        )
        with closing(made):
            for k, written in enumerate(made, start=1):
                self.writer.adopt(written)
                self.report("stock", k, n_parts)


def _facts(request: Request, name: str) -> DatasetFacts:
    scenario = request.scenario
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
        options=request.options(),
    )
