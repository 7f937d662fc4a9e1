"""What all blocks share: the world and what the kernel reads in each of its variants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from omnisim.engine import BLOCK_SIZE, Block, Plan, blocks, build_plan
from omnisim.engine.coupling import settle
from omnisim.executor import Executor
from omnisim.scenario import Scenario
from omnisim.truth.asked import Asked
from omnisim.truth.worlds import BASE, OtherWorld, other_worlds
from omnisim.world import World, build_world

Progress = Callable[[str, int, int], None]
Shelves = tuple[Any, Any, Any]  # availability, days and stores of a plan, as plain arrays
Coupled = dict[str, Shelves]


def silent(phase: str, done: int, total: int) -> None:
    """No progress wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Everything that decides which rows a run makes, and into which parts they go.

    Attributes
    ----------
    scenario : Scenario
        With the seed of this run.
    asked : Asked
        What truth is wanted.
    block_size, superstep : int
        Persons per block; days per step, None for the whole horizon at once.
    """

    scenario: Scenario
    asked: Asked
    block_size: int = BLOCK_SIZE
    superstep: int | None = None

    def options(self) -> dict[str, Any]:
        """What the manifest says of it beside the scenario; enough to make a part again."""
        return {
            "truth": list(self.asked.kinds),
            "semantics": list(self.asked.semantics),
            "shapley": self.asked.shapley,
            "block_size": self.block_size,
        }

    @property
    def blocks(self) -> list[Block]:
        """All customers."""
        return blocks(self.scenario.population.n_customers, self.block_size)


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A world, ready for its blocks.

    Attributes
    ----------
    plan : Plan
        Of the base world.
    others : sequence of (OtherWorld, Plan)
        The worlds beside it.
    asked : Asked
        What truth is wanted.
    superstep : int, optional
        Days per step.
    """

    world: World
    plan: Plan
    others: Sequence[tuple[OtherWorld, Plan]]
    asked: Asked
    superstep: int | None

    def with_plans(self, plans: dict[str, Plan]) -> Prepared:
        """The same worlds with other plans, by name."""
        base = plans[BASE]
        return replace(
            self,
            world=replace(self.world, availability=base.availability),
            plan=base,
            others=[(other, plans[other.name]) for other, _ in self.others],
        )

    def coupled(self) -> Coupled:
        """What :func:`settled` found out, by name of the world, as plain arrays."""
        plans = {BASE: self.plan} | {other.name: plan for other, plan in self.others}
        return {name: shelves_of(plan) for name, plan in plans.items()}

    def with_coupled(self, found: Coupled) -> Prepared:
        """The same worlds with what was found out elsewhere."""
        plans = {BASE: self.plan} | {other.name: plan for other, plan in self.others}
        return self.with_plans({name: with_shelves(plans[name], found[name]) for name in plans})


def shelves_of(plan: Plan) -> Shelves:
    """What customers settle of a plan: its availability, days and stores."""
    return plan.availability, np.array(plan.days), np.array(plan.stores)


def with_shelves(plan: Plan, shelves: Shelves) -> Plan:
    """A plan with other availability, days and stores, in the form that the kernel reads."""
    availability, days, stores = shelves
    of_days, of_stores = np.recarray(1, days.dtype), np.recarray(stores.shape, stores.dtype)
    of_days[0], of_stores[...] = days[()], stores
    return plan._replace(availability=availability, days=of_days[0], stores=of_stores)


def prepare(request: Request) -> Prepared:
    """Build the world and the plans; every process that does gets the same ones."""
    world = build_world(request.scenario)
    plan = build_plan(world)
    others = [
        (other, other.plan(world, plan)) for other in other_worlds(world, request.asked.worlds)
    ]
    return Prepared(world, plan, others, request.asked, request.superstep)


def settled(
    prepared: Prepared, cut: Sequence[Block], executor: Executor, report: Progress
) -> Prepared:
    """Let each world come to its own stock, budgets and queues; nothing to do without interference."""
    if not prepared.world.scenario.interference.is_on:
        return prepared
    plans = {BASE: prepared.plan} | {other.name: plan for other, plan in prepared.others}
    found: dict[str, Plan] = {}
    report("coupling", 0, len(plans))
    for k, (name, plan) in enumerate(plans.items(), start=1):
        found[name] = settle(prepared.world, plan, cut, executor)
        report("coupling", k, len(plans))
    return prepared.with_plans(found)
