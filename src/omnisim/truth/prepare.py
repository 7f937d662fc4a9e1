"""What all blocks share: the world and what the kernel reads in each of its variants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from omnisim.engine import BLOCK_SIZE, Block, Plan, blocks, build_plan
from omnisim.engine.coupling import settle
from omnisim.executor import Executor
from omnisim.scenario import Scenario
from omnisim.truth.worlds import BASE, OtherWorld, other_worlds
from omnisim.world import World, build_world

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Everything that decides which rows a run makes, and into which parts they go.

    Attributes
    ----------
    scenario : Scenario
        With the seed of this run.
    kinds : tuple of str
        Kinds of truth; see :func:`omnisim.truth.worlds.wanted_kinds`.
    block_size, superstep : int
        Persons per block; days per step, None for the whole horizon at once.
    """

    scenario: Scenario
    kinds: tuple[str, ...]
    block_size: int = BLOCK_SIZE
    superstep: int | None = None

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
    """

    world: World
    plan: Plan
    others: Sequence[tuple[OtherWorld, Plan]]
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


def prepare(request: Request) -> Prepared:
    """Build the world and the plans; every process that does gets the same ones."""
    world = build_world(request.scenario)
    plan = build_plan(world)
    others = [(other, other.plan(world, plan)) for other in other_worlds(world, request.kinds)]
    return Prepared(world, plan, others, request.superstep)


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
