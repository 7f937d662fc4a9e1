"""Rows of ``truth/effects`` beyond those of the worlds lived beside the base world."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from omnisim.engine import Plan
from omnisim.timeline import DAYS_PER_WEEK
from omnisim.truth.asked import Asked
from omnisim.truth.asking import Asker
from omnisim.truth.budgets import BUDGET, base_spend, budget_question, budget_rows
from omnisim.truth.coalitions import Game, in_order, wanted_pairs
from omnisim.truth.descriptions import WorldRow
from omnisim.truth.lives import Contrast, Life, Question, Sums
from omnisim.truth.lost import lost_question
from omnisim.truth.rows import Row, effect_row, minor_units
from omnisim.truth.segments import segment_question, segment_rows
from omnisim.truth.semantics import players
from omnisim.truth.shapley import SHAPLEY, Coalition, draw_orders, sampling_errors
from omnisim.truth.tally import OUTCOMES, Moments
from omnisim.truth.treatments import TREATMENT, treatment_question, treatment_rows
from omnisim.truth.worlds import BASE
from omnisim.world import World

Orders = Mapping[str, list[tuple[str, ...]]]  # of channels, by semantics


@dataclass(frozen=True, slots=True)
class Further:
    """What is found beyond the worlds lived beside the base world.

    Attributes
    ----------
    rows : list of dict
        Of ``truth/effects``.
    worlds : list of tuple
        Of ``truth/worlds``.
    """

    rows: list[Row] = field(default_factory=list)
    worlds: list[WorldRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class OtherWorlds:
    """Everything that is asked beyond the default kinds, as one question.

    Attributes
    ----------
    asked : Asked
        What truth is wanted.
    spend : tuple of (str, int)
        Media money of the base world by paid channel, where it is needed.
    """

    asked: Asked
    spend: tuple[tuple[str, int], ...] = ()

    phase: ClassVar[str] = "other worlds"

    def question(self, world: World, plan: Plan) -> Question:
        """Each world once, whatever asks for it."""
        return _together(world, plan, self.parts(world, plan))

    def parts(self, world: World, plan: Plan) -> list[tuple[str, Question]]:
        """Kind of truth and what it asks."""
        kinds, spend = self.asked.kinds, dict(self.spend)
        found: list[tuple[str, Question]] = []
        for game in self.games(world, plan).values():
            found += _of_channels(game, self.asked)
        for semantics, drawn in self.orders(world).items():
            found.append((SHAPLEY, self.games(world, plan)[semantics].shapley(drawn)))
        if "budgets" in kinds:
            found.append(("budgets", budget_question(world, plan, spend)))
        if "segments" in kinds:
            found.append(("segments", segment_question(world, plan)))
        if "lost_demand" in kinds:
            found.append(("lost_demand", lost_question(world, plan)))
        if "treatments" in kinds:
            found.append(("treatments", treatment_question(world, plan)))
        return found

    def games(self, world: World, plan: Plan) -> dict[str, Game]:
        """Channels as players, by what off means."""
        spend = dict(self.spend)
        return {name: Game(world, plan, name, spend) for name in self.asked.semantics}

    def orders(self, world: World) -> dict[str, list[tuple[str, ...]]]:
        """Orders of channels that are sampled, by what off means."""
        n, seed = self.asked.shapley, world.scenario.seed
        found = {name: players(name, dict(self.spend)) for name in self.asked.semantics if n}
        return {name: draw_orders(seed, among, n) for name, among in found.items() if among}


def find_further(asker: Asker, world: World, plan: Plan) -> Further:
    """What is asked beyond the worlds lived beside the base world.

    Parameters
    ----------
    plan : Plan
        Of the base world; with interference on, not settled yet.
    """
    asked = asker.request.asked
    if not asked.is_further:
        return Further()
    is_paid = {"pairs", "budgets"} & set(asked.kinds) or "reallocated" in asked.semantics
    spend = base_spend(asker, world, plan) if is_paid else {}
    recipe = OtherWorlds(asked, tuple(spend.items()))
    parts = recipe.parts(world, plan)  # made once: treated worlds take seconds
    question = _together(world, plan, parts)
    sums = asker.ask(recipe, question)
    games, orders = recipe.games(world, plan), recipe.orders(world)
    return Further(question_rows(world, question, sums, games, orders), _world_rows(parts, sums))


def _together(world: World, plan: Plan, parts: Iterable[tuple[str, Question]]) -> Question:
    found = Question({BASE: Life(world, plan)})
    for _, part in parts:
        found += part
    return found


def _of_channels(game: Game, asked: Asked) -> list[tuple[str, Question]]:
    found: list[tuple[str, Question]] = []
    for name in game.players:
        if "channels" in asked.kinds and game.semantics != "ghost":
            found.append(("channels", game.leave_out((name,))))
        if "additions" in asked.kinds:
            found.append(("additions", game.add_in((name,))))
    if "pairs" in asked.kinds:
        for first, second in wanted_pairs(game.world, game.spend, game.players):
            found.append(("pairs", game.synergy(first, second)))
    return found


def _world_rows(parts: Iterable[tuple[str, Question]], sums: Sums) -> list[WorldRow]:
    """Each world with the kind of truth that asks for it first."""
    found: dict[str, WorldRow] = {}
    for kind, part in parts:
        causes = {name: c.cause for c in part.contrasts for name in c.weights}
        for name, life in part.lives.items():
            if name != BASE and name not in found:
                cause = "+".join(in_order(life.off)) if life.off else causes[name]
                found[name] = name, kind, cause, sums.n_lived[name]
    return list(found.values())


def question_rows(
    world: World, question: Question, sums: Sums, games: Mapping[str, Game], orders: Orders
) -> list[Row]:
    """Every contrast as rows of ``truth/effects``."""
    rows: list[Row] = []
    errors = {}
    for semantics, drawn in orders.items():
        valued = [
            each.cause
            for each in question.contrasts
            if (each.estimand, each.semantics) == (SHAPLEY, semantics)
        ]
        errors[semantics] = sampling_errors(drawn, _Values(games[semantics], sums), valued)
    for contrast, moments in zip(question.contrasts, sums.moments, strict=True):
        if contrast.estimand == SHAPLEY:
            n = len(orders[contrast.semantics])
            plain = plain_rows(world, contrast, moments, n, estimand="shapley_sampling")
            for row in plain:
                k = OUTCOMES.index(row["outcome"])
                error = errors[contrast.semantics][contrast.cause][k] / minor_units(row["outcome"])
                rows.append({**row, "estimand": SHAPLEY, "std_error": float(error)})
            rows += plain
        elif contrast.estimand == BUDGET:
            rows += budget_rows(world, contrast, moments, sums)
        elif contrast.semantics == TREATMENT:
            rows += treatment_rows(world, contrast, moments, sums)
        elif contrast.measure in ("test", "pages"):
            rows += segment_rows(world, contrast, moments)
        else:
            rows += plain_rows(world, contrast, moments)
    return rows


def plain_rows(
    world: World,
    contrast: Contrast,
    moments: Mapping[str, Moments],
    replications: int = 1,
    *,
    estimand: str = "",
) -> list[Row]:
    """The sum over everybody, divided by the number of replications."""
    found = moments["all"]
    first_day, last_day = 0, None
    if contrast.weeks:
        first_day, end = (week * DAYS_PER_WEEK for week in contrast.weeks)
        last_day = min(end, world.scenario.horizon.n_days) - 1
    words = {
        "estimand": estimand or contrast.estimand,
        "cause": contrast.cause,
        "semantics": contrast.semantics,
        "scope": contrast.scope,
    }
    rows = []
    for k, outcome in enumerate(OUTCOMES):
        scale = replications * minor_units(outcome)
        value, std_error = found.value(k, scale), found.std_error(k, scale)
        rows.append(
            effect_row(
                world, outcome, value, std_error, found.n_persons, words,
                first_day=first_day, last_day=last_day, replications=replications,
            )
        )  # fmt: skip
    return rows


@dataclass(frozen=True, slots=True)
class _Values:
    """What a set of channels is worth."""

    game: Game
    sums: Sums

    def __call__(self, on: Coalition) -> tuple[int, ...]:
        return self.sums.totals[self.game.world_name(self.game.others(on))]
