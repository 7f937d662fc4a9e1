"""What the kernel logged of a block, and the tools to make rows from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.state import LINE, ORDER, RETURN, SESSION, SURVEY, TOUCH, Output
from omnisim.rng import Stream, id_key, ids_of, uniform_block
from omnisim.rng.ids import ORDINAL_BITS, values_of
from omnisim.timeline import SECONDS_PER_DAY, epoch_day
from omnisim.world import Persons, World

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class BlockLog:
    """A block after its run.

    Attributes
    ----------
    world : World
        What all persons share.
    people : record array of PERSON, shape (n,)
        Traits, by position in the block.
    state : record array of STATE, shape (n,)
        Each person on the last evening.
    touches, sessions, orders, lines, returns, surveys : record arrays
        Rows as the kernel wrote them: a person's rows are in order of time, persons are not sorted
        out. ``row`` is the person's position in the block. Times are seconds from day 0.
    """

    world: World
    people: Persons
    state: Any
    touches: Any
    sessions: Any
    orders: Any
    lines: Any
    returns: Any
    surveys: Any

    @classmethod
    def of(cls, world: World, people: Persons, state: Any, out: Output) -> BlockLog:
        """From what :func:`omnisim.engine.run_block` gives."""
        return cls(
            world,
            people,
            state,
            touches=out.touches[: out.n[TOUCH]],
            sessions=out.sessions[: out.n[SESSION]],
            orders=out.orders[: out.n[ORDER]],
            lines=out.lines[: out.n[LINE]],
            returns=out.returns[: out.n[RETURN]],
            surveys=out.surveys[: out.n[SURVEY]],
        )

    @property
    def end(self) -> int:
        """First second after the horizon: what would happen later has not happened yet."""
        return self.world.scenario.horizon.n_days * SECONDS_PER_DAY

    def person(self, rows: Any) -> IntArray:
        """Person of each row."""
        return np.asarray(self.people["person"][rows["row"]], np.int64)

    def draw(
        self, stream: Stream, person: IntArray, occasion: IntArray | int = 0, step: int = 0
    ) -> NDArray[np.float64]:
        """Four uniforms for each (person, occasion), shape (n, 4)."""
        return uniform_block(
            self.world.scenario.seed,
            person,
            stream=stream,
            occasions=np.broadcast_to(occasion, person.shape),
            step=step,
        )

    def ids(self, key: int, person: IntArray, ordinal: IntArray) -> IntArray:
        """Public ids; a table's (person, ordinal) must be unique."""
        return ids_of(id_key(self.world.scenario.seed, key), person, ordinal)

    def numbers(self, key: int, rows: Any) -> IntArray:
        """Which of its person's rows each is, as its id tells: a longer horizon renumbers nothing."""
        made = values_of(id_key(self.world.scenario.seed, key), rows["id"])
        return made & ((1 << ORDINAL_BITS) - 1)

    def milliseconds(self, seconds: NDArray[Any]) -> IntArray:
        """Timestamps from seconds since day 0."""
        origin = epoch_day(self.world.scenario.horizon.start_date) * SECONDS_PER_DAY
        return (np.asarray(seconds).astype(np.int64) + origin) * 1000


def ordinals(row: NDArray[Any]) -> IntArray:
    """Rank of each row among those of its person, in the order they stand.

    Examples
    --------
    >>> ordinals(np.array([7, 3, 7, 7, 3])).tolist()
    [0, 0, 1, 2, 1]
    """
    order = np.argsort(row, kind="stable")
    ordered = row[order]
    is_first = np.ones(row.size, bool)
    is_first[1:] = ordered[1:] != ordered[:-1]
    position = np.arange(row.size)
    start = np.maximum.accumulate(np.where(is_first, position, 0))
    rank = np.empty(row.size, np.int64)
    rank[order] = position - start
    return rank


def by_time(at: NDArray[Any], number: NDArray[Any]) -> IntArray:
    """Order of rows by time, then id: the order of persons must not show."""
    return np.lexsort((number, at))
