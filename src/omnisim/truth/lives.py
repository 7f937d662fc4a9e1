"""Worlds lived a few hundred persons at a time, and what weighted sums of them say.

An estimand is a *contrast*: whole-number weights on worlds, for instance +1 on the base world and -1
on a world without a channel. It is taken person by person, so that its spread over persons is known,
and kept as sums. Neither a person nor a row outlives its block.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from omnisim.engine import Block, Plan, live, run_block
from omnisim.engine.state import Output
from omnisim.truth.money import money_of
from omnisim.truth.pruning import Audience, affected, reached_by, whole
from omnisim.truth.tally import Moments
from omnisim.truth.worlds import BASE
from omnisim.world import Persons, World, build_persons

IntArray = NDArray[np.int64]
Masks = Mapping[str, NDArray[np.bool_]]  # who belongs to a scope, by scope; always the same scopes
Measure = Literal["year", "money", "test", "pages"]


@dataclass(frozen=True, slots=True, eq=False)
class Life:
    """A world to be lived.

    Attributes
    ----------
    world : World
        Decides who the persons are.
    plan : Plan
        What the kernel reads.
    audience : str
        Whose year may differ from the base world, see :mod:`omnisim.truth.pruning`; ``reached`` are
        those whom a channel in `off` met.
    channel : int
        Registry id, for the audience ``met``.
    off : tuple of str
        Channels that are off.
    semantics : str
        What off means.
    """

    world: World
    plan: Plan
    audience: Audience | Literal["reached"] = "everybody"
    channel: int = -1
    off: tuple[str, ...] = ()
    semantics: str = ""

    def who(self, people: Persons, state: Any, base: Output) -> NDArray[np.bool_]:
        """Persons whose year may differ from the base world."""
        if self.audience == "reached":
            return reached_by(self.world, self.off, self.semantics, state)
        return affected(self.world, self.audience, self.channel, people, state, base)


@dataclass(frozen=True, slots=True, eq=False)
class Contrast:
    """One estimand: a weighted sum of worlds.

    Attributes
    ----------
    estimand, cause, semantics : str
        As in ``truth/effects``.
    weights : mapping of str to int
        By name of world.
    measure : str
        ``year`` is net cents, net cents in stores and orders; ``money`` these and what
        :mod:`omnisim.truth.money` adds; ``test`` and ``pages`` net cents and orders of the accounts
        that take part, and their number.
    scope : str
        What the weights do not tell, e.g. how large a step is.
    weeks : (int, int), optional
        First week and week after the last that count, for the measure ``year``; all by default.
    masks : callable, optional
        Scopes of a block, from its persons and its base world; everybody is ``all`` by default.
    """

    estimand: str
    cause: str
    semantics: str
    weights: Mapping[str, int]
    measure: Measure = "year"
    scope: str = "all"
    weeks: tuple[int, int] | None = None
    masks: Callable[[Persons, Output], Masks] | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """What a question came to for some persons.

    Attributes
    ----------
    moments : tuple of dict of str to Moments
        For each contrast, by scope.
    totals : dict of str to tuple of int
        Outcomes of the year by world.
    n_lived : dict of str to int
        Persons who lived each world; the others cannot differ from the base world.
    contacts : dict of str to array, shape (2, n_channels, n_days)
        Of the worlds whose contacts are wanted.
    """

    moments: tuple[dict[str, Moments], ...]
    totals: dict[str, tuple[int, ...]]
    n_lived: dict[str, int]
    contacts: dict[str, IntArray]


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Worlds, and the contrasts between them that are asked for.

    Attributes
    ----------
    lives : dict of str to Life
        By name of world; :data:`BASE` is among them.
    contrasts : tuple of Contrast
        What is asked.
    counted : frozenset of str
        Worlds whose contacts are wanted as well; everybody lives them.
    """

    lives: dict[str, Life]
    contrasts: tuple[Contrast, ...] = ()
    counted: frozenset[str] = frozenset()

    def __add__(self, other: Question) -> Question:
        return Question(
            {**self.lives, **other.lives},
            self.contrasts + other.contrasts,
            self.counted | other.counted,
        )


def live_block(question: Question, block: Block) -> Sums:
    """A block of persons through all worlds of a question, one after the other."""
    base_life = question.lives[BASE]
    people = build_persons(
        base_life.world.scenario, base_life.world.places, block.first, block.last
    )
    logged = {n for c in question.contrasts if c.measure == "money" for n in c.weights}
    state, base = _live(base_life, people, block, BASE in logged, BASE in question.counted)
    uses: dict[str, list[tuple[int, int]]] = {name: [] for name in question.lives}
    sums: list[IntArray | int] = [0] * len(question.contrasts)
    for k, contrast in enumerate(question.contrasts):
        for name, weight in contrast.weights.items():
            uses[name].append((k, weight))
    totals, n_lived, contacts = {}, {}, {}
    for name, life in question.lives.items():
        n_lived[name] = people.size
        if name == BASE:
            there = base
        elif name in logged or name in question.counted or life.world is not base_life.world:
            _, there = _live(life, people, block, name in logged, name in question.counted)
        else:
            who = life.who(people, state, base)
            some: Any = people[who]
            n_lived[name] = some.size
            there = whole(base, live(life.plan, some)[1], who)
        for k, weight in uses[name]:
            measured = _measured(there, question.contrasts[k], life.plan, weight)
            sums[k] = sums[k] + measured
        totals[name] = tuple(int(v) for v in there.week.sum(axis=(0, 1)))
        if name in question.counted:
            contacts[name] = there.contacts
    moments = tuple(
        _moments(contrast, np.asarray(values), people, base)
        for contrast, values in zip(question.contrasts, sums, strict=True)
    )
    return Sums(moments, totals, n_lived, contacts)


def _live(
    life: Life, people: Persons, block: Block, is_logged: bool, is_counted: bool
) -> tuple[Any, Output]:
    if is_logged:
        _, state, out = run_block(life.world, life.plan, block)
        return state, out
    return live(life.plan, people, counted=is_counted)


def _measured(out: Output, contrast: Contrast, plan: Plan, weight: int) -> IntArray:
    """One row per person, weighted."""
    if contrast.measure in ("test", "pages"):
        # accounts are enrolled before any difference: those of the world that is taken off
        return np.asarray(getattr(out, contrast.measure) * (weight, weight, int(weight < 0)))
    year = out.week[:, slice(*(contrast.weeks or (None,)))].sum(axis=1)
    is_money = contrast.measure == "money"
    return weight * (np.hstack([year, money_of(out, plan)]) if is_money else year)


def _moments(
    contrast: Contrast, values: IntArray, people: Persons, base: Output
) -> dict[str, Moments]:
    if contrast.masks is None:
        return {"all": Moments.of(values)}
    return {scope: Moments.of(values[mask]) for scope, mask in contrast.masks(people, base).items()}
