"""Rows of ``truth/effects`` for single effects, from the worlds that show these and no others.

They are equal, row by row, to those of a dataset that was asked for all of a kind.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from omnisim.engine import Plan
from omnisim.truth.asking import Asker
from omnisim.truth.budgets import budget_question
from omnisim.truth.causes import KnownEffect
from omnisim.truth.coalitions import Game
from omnisim.truth.further import question_rows
from omnisim.truth.lives import Contrast, Life, Question
from omnisim.truth.lost import LOST, lost_question, lost_rows
from omnisim.truth.rows import Row
from omnisim.truth.segments import segment_question
from omnisim.truth.semantics import Spend
from omnisim.truth.shapley import SHAPLEY, draw_orders
from omnisim.truth.treatments import TREATMENTS, treatment_question
from omnisim.truth.worlds import BASE, NO_ROLLOUT, OtherWorld, other_worlds
from omnisim.world import World


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """What was counted in the base world, with everybody in it.

    Attributes
    ----------
    spend : mapping of str to int
        Media money by paid channel [minor units].
    wanted : array, shape (2, n_locations, n_products, n_months)
        Units wanted; units lost.
    """

    spend: Spend
    wanted: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Single effects, as a question.

    Attributes
    ----------
    effects : tuple of KnownEffect
        An effect that its world turns out not to have, as of a channel that spends nothing, has no
        contrast.
    spend : tuple of (str, int)
        Media money of the base world by paid channel.
    """

    effects: tuple[KnownEffect, ...]
    spend: tuple[tuple[str, int], ...] = ()

    phase: ClassVar[str] = "other worlds"

    def question(self, world: World, plan: Plan) -> Question:
        """The worlds that show the effects, each once, and no others."""
        games, orders = self.games(world, plan), self.orders(world, plan)
        found = Question({BASE: Life(world, plan)})
        for effect in self.effects:
            asked = _question(games[effect.semantics], effect, orders.get(effect.semantics))
            found += _narrowed(asked, effect)
        each_once = {
            (c.estimand, c.cause, c.semantics, c.scope, c.weeks): c for c in found.contrasts
        }
        return replace(found, contrasts=tuple(each_once.values()))

    def games(self, world: World, plan: Plan) -> dict[str, Game]:
        """Channels as players, by what off means."""
        seen = dict.fromkeys(effect.semantics for effect in self.effects)
        return {name: Game(world, plan, name, dict(self.spend)) for name in seen}

    def orders(self, world: World, plan: Plan) -> dict[str, list[tuple[str, ...]]]:
        """Orders of channels that are sampled, by what off means."""
        games, seed = self.games(world, plan), world.scenario.seed
        return {
            effect.semantics: draw_orders(seed, games[effect.semantics].players, effect.orders)
            for effect in self.effects
            if effect.kind == SHAPLEY
        }


def wanted_rows(
    world: World, plan: Plan, effects: Collection[KnownEffect], counted: Counted, asker: Asker
) -> list[Row]:
    """The rows that show some effects, and a few that come with them.

    Parameters
    ----------
    plan : Plan
        Of the base world; with interference on, not settled yet.

    Returns
    -------
    list of Row
        Of ``truth/effects``.
    """
    rows: list[Row] = []
    if any((effect.kind, effect.semantics) == (LOST, "asked_for") for effect in effects):
        rows += lost_rows(world, counted.wanted)
    recipe = Wanted(tuple(effects), tuple(counted.spend.items()))
    question = recipe.question(world, plan)
    if not question.contrasts:
        return rows
    sums = asker.ask(recipe, question)
    games, orders = recipe.games(world, plan), recipe.orders(world, plan)
    return rows + question_rows(world, question, sums, games, orders)


def cause_question(world: World, plan: Plan, other: OtherWorld) -> Question:
    """Base minus the world in which a campaign, programme or roll-out is not run."""
    semantics = "all_minus_none" if other.name == NO_ROLLOUT else "not_run"
    contrast = Contrast("total", other.of, semantics, {BASE: 1, other.name: -1})
    life = Life(world, other.plan(world, plan), other.audience, other.channel)
    return Question({other.name: life}, (contrast,))


def _question(game: Game, effect: KnownEffect, orders: list[tuple[str, ...]] | None) -> Question:
    """A question that has the effect among its contrasts, if there is one."""
    world, plan, names = game.world, game.plan, effect.cause.split("+")
    if effect.kind in ("channels", "additions", "pairs") and not set(names) <= set(game.players):
        return Question({})
    if effect.kind == "channels":
        return game.leave_out(names)
    if effect.kind == "additions":
        return game.add_in(names)
    if effect.kind == "pairs":
        return game.synergy(*names)
    if effect.kind == SHAPLEY:
        return game.shapley(orders) if orders else Question({})
    if effect.kind == "budgets":
        return budget_question(world, plan, {effect.cause: game.spend.get(effect.cause, 0)})
    if effect.kind == "segments":
        return segment_question(world, plan)
    if effect.kind == LOST:
        return lost_question(world, plan)
    if effect.kind == "treatments":
        return treatment_question(world, plan, [t for t in TREATMENTS if t.name == effect.cause])
    (other,) = (each for each in other_worlds(world, (effect.kind,)) if each.of == effect.cause)
    return cause_question(world, plan, other)


def _narrowed(question: Question, effect: KnownEffect) -> Question:
    """Only the contrasts that show an effect, over its weeks, and only the worlds they need."""
    estimands = {
        "shapley_sampling": "shapley",  # both come from one contrast
        "marginal_roas": "budget_step",
    }
    sought = estimands.get(effect.estimand, effect.estimand)
    contrasts = tuple(
        replace(each, weeks=effect.weeks)
        for each in question.contrasts
        if (each.estimand, each.cause, each.semantics) == (sought, effect.cause, effect.semantics)
        and (each.masks is not None or each.scope in effect.scopes)
    )
    needed = {BASE}.union(*(each.weights for each in contrasts))
    return Question(
        {name: life for name, life in question.lives.items() if name in needed},
        contrasts,
        question.counted & needed,
    )
