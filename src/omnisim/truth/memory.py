"""A world lived in memory: the tables and the true effects that are asked for, and no others.

Nothing is written, tables that nobody reads are not made, and other worlds are run only for the
causes in question. What is made is equal, row by row, to what :func:`omnisim.truth.simulate` writes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pandas as pd

from omnisim.engine import blocks, build_plan, run_block
from omnisim.engine.columns import fact_columns, people_columns
from omnisim.engine.coupling import settle
from omnisim.engine.dimensions import daily_columns, world_columns
from omnisim.engine.experiments import assignment_columns
from omnisim.engine.records import BlockLog
from omnisim.errors import ScenarioError
from omnisim.executor import ThreadExecutor
from omnisim.rng import RNG_SCHEME
from omnisim.scenario import Scenario
from omnisim.schema import TRUTH_TABLES
from omnisim.storage import DatasetFacts, MemoryTables, memory_frame
from omnisim.truth.asked import Asked
from omnisim.truth.asking import Asker
from omnisim.truth.budgets import spend_of
from omnisim.truth.causes import KnownEffect, kinds_of
from omnisim.truth.effects import effect_columns
from omnisim.truth.prepare import Request, silent
from omnisim.truth.rows import Row
from omnisim.truth.tally import WorldTally
from omnisim.truth.wanted import Counted, wanted_rows
from omnisim.truth.worlds import BASE, OtherWorld, other_worlds, tally_block
from omnisim.world import World, build_world

Columns = dict[str, Any]

_OF_WORLD = (
    "locations", "products", "channels", "incidents", "experiments", "rollout_units",
)  # fmt: skip
_DAILY = ("media_costs", "store_traffic")
_PEOPLE = ("customers", "identities")
_FACTS = {  # table -> rows of the log it is made from
    "touchpoints": "touches",
    "sessions": "sessions",
    "orders": "orders",
    "order_lines": "lines",
    "returns": "returns",
    "survey_invitations": "surveys",
}
_ASSIGNED = "experiment_assignments"

MEMORY_TABLES = frozenset((*_OF_WORLD, *_DAILY, *_PEOPLE, *_FACTS, _ASSIGNED))


@dataclass(frozen=True, slots=True, eq=False)
class LivedWorld:
    """A world's tables as a measurer sees them, and what was true.

    Attributes
    ----------
    tables : MemoryTables
        Only those asked for.
    effects : DataFrame
        Rows of ``truth/effects``.
    """

    tables: MemoryTables
    effects: pd.DataFrame


def live_world(
    scenario: Scenario, *, tables: Collection[str], effects: Collection[KnownEffect]
) -> LivedWorld:
    """Run a scenario without writing anything.

    Parameters
    ----------
    scenario : Scenario
        What to run, its seed included.
    tables : collection of str
        Tables wanted, of :data:`MEMORY_TABLES`.
    effects : collection of KnownEffect
        Effects whose truth is wanted; none runs the base world only.

    Returns
    -------
    LivedWorld
        The same tables and effects as those of a written dataset.

    Raises
    ------
    ScenarioError
        A table can only be had of a written dataset.
    """
    if unknown := sorted(set(tables) - MEMORY_TABLES):
        raise ScenarioError(
            f"table {unknown[0]!r} is not made in memory; simulate to disk for it. "
            f"In memory there are {sorted(MEMORY_TABLES)}"
        )
    wanted = frozenset(tables)
    world = build_world(scenario)
    plans = {BASE: build_plan(world)}
    plain, further = _sorted_out(effects)
    others = _needed(world, plain)
    unsettled = (world, plans[BASE])
    plans |= {other.name: other.plan(world, plans[BASE]) for other in others}
    cut = blocks(scenario.population.n_customers)
    if scenario.interference.is_on:
        executor = ThreadExecutor()
        plans = {name: settle(world, plan, cut, executor) for name, plan in plans.items()}
        world = replace(world, availability=plans[BASE].availability)
    beside = [(other, plans[other.name]) for other in others]
    parts: dict[str, list[Columns]] = {name: [] for name in sorted(wanted)}
    tallies: dict[str, WorldTally] = {}
    counted: list[tuple[Any, Any, Any]] = []
    for block in cut:
        people, state, base = run_block(world, plans[BASE], block)
        _keep(parts, _block_columns(BlockLog.of(world, people, state, base), wanted))
        counted.append((base.contacts, base.visitors, base.wanted if further else 0))
        base = base._replace(
            touches=None, sessions=None, orders=None, lines=None, returns=None, surveys=None
        )
        for name, tally in tally_block(world, people, state, base, beside).items():
            tallies[name] = tallies[name] + tally if name in tallies else tally
    if wanted.intersection(_OF_WORLD):
        _keep(parts, world_columns(world))
    contacts, visitors, units = (sum(each) for each in zip(*counted, strict=True))
    if wanted.intersection(_DAILY):
        _keep(parts, daily_columns(world, contacts, visitors))
    more: list[Row] = []
    if further:
        seen = Counted(spend_of(world, contacts), units)
        request = Request(scenario=scenario, asked=Asked(()))
        asker = Asker(request, ThreadExecutor(), silent)
        more = wanted_rows(*unsettled, further, seen, asker)
    facts = _facts(scenario)
    found = memory_frame(
        "effects",
        TRUTH_TABLES["effects"],
        effect_columns(world, tallies, more),
        currency=facts.currency,
    )
    return LivedWorld(MemoryTables(facts, parts), found)


def _sorted_out(
    effects: Collection[KnownEffect],
) -> tuple[list[KnownEffect], list[KnownEffect]]:
    """Effects seen in worlds lived beside the base world, and the others."""
    return (
        [effect for effect in effects if effect.is_default],
        [effect for effect in effects if not effect.is_default],
    )


def _needed(world: World, effects: Collection[KnownEffect]) -> list[OtherWorld]:
    """Other worlds that show the effects: those that differ in a cause that is wanted."""
    causes = {effect.cause for effect in effects}
    return [other for other in other_worlds(world, kinds_of(effects)) if other.of in causes]


def _keep(parts: dict[str, list[Columns]], made: Mapping[str, Columns]) -> None:
    for name, columns in made.items():
        if name in parts:
            parts[name].append(columns)


def _block_columns(log: BlockLog, wanted: frozenset[str]) -> dict[str, Columns]:
    """Columns of the wanted tables that are made block by block."""
    made: dict[str, Columns] = {}
    makers: tuple[tuple[tuple[str, ...], Callable[[], dict[str, Columns]]], ...] = (
        (_PEOPLE, lambda: people_columns(log.world, log.people, log.state)),
        (tuple(_FACTS), lambda: fact_columns(_only(log, wanted))),
        (
            (_ASSIGNED,),
            lambda: {_ASSIGNED: assignment_columns(log.world, log.people, log.state)},
        ),
    )
    for names, make in makers:
        if wanted.intersection(names):
            made |= make()
    return made


def _only(log: BlockLog, wanted: frozenset[str]) -> BlockLog:
    """The log without the rows of tables nobody reads: they need not be sorted."""
    return replace(
        log,
        **{rows: getattr(log, rows)[:0] for table, rows in _FACTS.items() if table not in wanted},
    )


def _facts(scenario: Scenario) -> DatasetFacts:
    horizon, market = scenario.horizon, scenario.market
    return DatasetFacts(
        name=scenario.name,
        currency=market.currency,
        locale=market.locale,
        first_date=horizon.start_date,
        last_date=horizon.start_date + timedelta(days=horizon.n_days - 1),
        scenario=scenario.canonical(),
        scenario_name=scenario.name,
        seed=scenario.seed,
        rng_scheme=RNG_SCHEME,
    )
