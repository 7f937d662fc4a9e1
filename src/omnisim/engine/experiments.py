"""Columns of the tests: how they were designed, who is in which arm, and who could have been."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.plan import KEY_CUSTOMER
from omnisim.engine.state import NO_TIME
from omnisim.rng import Stream, id_key, ids_of, uniform_block
from omnisim.storage import Codes
from omnisim.timeline import SECONDS_PER_DAY, epoch_day
from omnisim.world import World

Columns = dict[str, Any]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

EXPERIMENT_ID = 1


@dataclass(frozen=True, slots=True)
class Design:
    """One experiment; `factor` is its number in the factorial, -1 for the test."""

    number: int
    name: str
    share: float
    first_day: int
    n_days: int
    factor: int = -1


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Accounts in an experiment.

    Attributes
    ----------
    row : array of int
        Position of the account's person in the block.
    slot : array of int
        Which of the person's accounts.
    is_treated : array of bool
        Arm.
    is_recorded : array of bool
        False where an assignment bug lost the record.
    """

    row: IntArray
    slot: IntArray
    is_treated: BoolArray
    is_recorded: BoolArray


def designs(world: World) -> list[Design]:
    """The test, and each change of the factorial as an experiment of its own, crossed with the others."""
    s = world.scenario
    test, pages = s.experiment, s.factorial
    found = []
    if test.is_on:
        found.append(
            Design(EXPERIMENT_ID, test.name, test.treatment_share, test.first_day, test.n_days)
        )
    if pages.is_on:
        found += [
            Design(EXPERIMENT_ID + 1 + k, factor.name, 0.5, pages.first_day, pages.n_days, k)
            for k, factor in enumerate(pages.factors)
        ]
    return found


def enrolled(world: World, people: Any, state: Any, design: Design) -> Enrolled:
    """Accounts opened before an experiment began, with their arm."""
    s = world.scenario
    joined = state["joined_at"]
    is_in = (joined != NO_TIME) & (joined < design.first_day * SECONDS_PER_DAY)
    if design.factor < 0:
        row, slot = np.nonzero(is_in)
        person = people["person"][row]
        draw = uniform_block(s.seed, person, stream=Stream.ASSIGNMENT, occasions=slot)
        arm = draw[:, 0] < design.share
        return Enrolled(row, slot, arm, ~arm | (draw[:, 1] >= s.experiment.lost_share))
    # pages are shown to logged-in visits: first accounts only
    row = np.flatnonzero(is_in[:, 0])
    draw = uniform_block(s.seed, people["person"][row], stream=Stream.FACTORIAL)
    return Enrolled(
        row, np.zeros_like(row), draw[:, design.factor] < 0.5, np.ones(row.size, np.bool_)
    )


def experiment_columns(world: World) -> Columns:
    """Columns of experiments."""
    rows = designs(world)
    day0 = epoch_day(world.scenario.horizon.start_date)
    first = np.array([row.first_day for row in rows], np.int32)
    length = np.array([row.n_days for row in rows], np.int32)
    return {
        "experiment_id": np.array([row.number for row in rows], np.int64),
        "experiment_name": Codes.of([row.name for row in rows]),
        "unit": Codes.of(["customer"] * len(rows)),
        "treatment_share": np.array([row.share for row in rows], np.float64),
        "started_date": first + np.int32(day0),
        "ended_date": first + length + np.int32(day0 - 1),
    }


def assignment_columns(world: World, people: Any, state: Any) -> Columns:
    """Columns of experiment_assignments.

    An assignment bug loses the rows of some treated accounts: they are treated all the same.
    """
    rows = [_assigned(world, people, state, design) for design in designs(world)]
    at, number, experiment, arm = (
        np.concatenate([np.zeros(0, np.int64), *(row[k] for row in rows)]) for k in range(4)
    )
    order = np.lexsort((experiment, number, at))
    return {
        "assigned_at": at[order],
        "customer_id": number[order],
        "experiment_id": experiment[order],
        "variant": Codes(arm[order].astype(np.int8), ("control", "treatment")),
    }


def _assigned(world: World, people: Any, state: Any, design: Design) -> tuple[IntArray, ...]:
    """Moment, account, experiment and arm of one experiment."""
    s = world.scenario
    found = enrolled(world, people, state, design)
    kept = found.is_recorded
    person = people["person"][found.row[kept]]
    number = ids_of(id_key(s.seed, KEY_CUSTOMER), person, found.slot[kept])
    start = (epoch_day(s.horizon.start_date) + design.first_day) * SECONDS_PER_DAY * 1000
    return (
        np.full(number.size, start, np.int64),
        number,
        np.full(number.size, design.number, np.int64),
        found.is_treated[kept].astype(np.int64),
    )
