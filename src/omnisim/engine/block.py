"""A block of customers through its horizon, in one world or another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from omnisim.engine.kernel import advance
from omnisim.engine.plan import Plan
from omnisim.engine.state import Output, default_room, new_output, new_state
from omnisim.engine.switches import count_enrolled
from omnisim.world import Persons, World, build_persons
from omnisim.world.persons import RING_SIZE

BLOCK_SIZE = 4096  # persons; a multiple of the ring size, small enough to share between threads


@dataclass(frozen=True, slots=True)
class Block:
    """Persons ``first`` to ``last - 1``; `number` is the part their rows go to."""

    number: int
    first: int
    last: int


def blocks(n_customers: int, size: int = BLOCK_SIZE) -> list[Block]:
    """Cut the customers into blocks.

    Examples
    --------
    >>> [(b.first, b.last) for b in blocks(10, size=8)]
    [(0, 8), (8, 10)]
    """
    if size < RING_SIZE or size % RING_SIZE:
        raise ValueError(f"size = {size}: give a multiple of {RING_SIZE}")
    starts = range(0, n_customers, size)
    return [Block(k, a, min(a + size, n_customers)) for k, a in enumerate(starts)]


def run_block(
    world: World, plan: Plan, block: Block, *, superstep: int | None = None
) -> tuple[Persons, Any, Output]:
    """The block's year with everything logged.

    Parameters
    ----------
    superstep : int, optional
        Days per call of the kernel; any length gives the same rows.

    Returns
    -------
    persons, state, output
    """
    people = build_persons(world.scenario, world.places, block.first, block.last)
    room = default_room(plan, people.size)
    while True:
        state = new_state(people)
        out = new_output(plan, people.size, room)
        _advance(plan, people, state, out, superstep)
        if out.has_room:
            count_enrolled(plan, state, out)
            return people, state, out
        room = tuple(int(asked * 1.05) + 256 for asked in out.n)


def run_without_log(plan: Plan, people: Persons) -> Output:
    """The block's year in the world of ``plan.cause``: outcomes only."""
    return live(plan, people)[1]


def live(plan: Plan, people: Persons, *, counted: bool = False) -> tuple[Any, Output]:
    """The block's year without log: each person on the last evening, and outcomes.

    With `counted`, counts of contacts, visitors and units are kept as well.
    """
    state = new_state(people)
    out = new_output(plan, people.size, counted=counted)
    _advance(plan, people, state, out, None)
    count_enrolled(plan, state, out)
    return state, out


def warm_up(world: World, plan: Plan) -> None:
    """Compile the kernel, or load it from the cache, by running one person."""
    people, _, _ = run_block(world, plan, Block(0, 0, 1))
    run_without_log(plan, people)


def _advance(plan: Plan, people: Persons, state: Any, out: Output, superstep: int | None) -> None:
    step = superstep or plan.n_days
    for day in range(0, plan.n_days, step):
        advance(plan, people, state, out, day, min(day + step, plan.n_days))
