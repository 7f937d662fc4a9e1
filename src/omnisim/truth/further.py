"""Rows of ``truth/effects`` beyond those of the worlds lived beside the base world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from omnisim.engine import Plan
from omnisim.executor import Executor
from omnisim.timeline import DAYS_PER_WEEK
from omnisim.truth.asked import Asked
from omnisim.truth.budgets import BUDGET, base_spend, budget_question, budget_rows
from omnisim.truth.coalitions import Game, wanted_pairs
from omnisim.truth.lives import Contrast, Life, Progress, Question, Sums, answer, settled
from omnisim.truth.lost import lost_question
from omnisim.truth.rows import Row, effect_row, minor_units
from omnisim.truth.segments import segment_question, segment_rows
from omnisim.truth.shapley import Coalition, draw_orders, sampling_errors
from omnisim.truth.tally import OUTCOMES, Moments
from omnisim.truth.treatments import TREATMENT, treatment_question, treatment_rows
from omnisim.truth.worlds import BASE
from omnisim.world import World

Orders = Mapping[str, list[tuple[str, ...]]]  # of channels, by semantics


def further_rows(
    world: World, plan: Plan, asked: Asked, executor: Executor, report: Progress
) -> list[Row]:
    """Rows of ``truth/effects`` beyond those of the worlds lived beside the base world.

    Parameters
    ----------
    plan : Plan
        Of the base world; with interference on, not settled yet.
    """
    if not asked.is_further:
        return []
    question = Question({BASE: Life(world, plan)})
    games, orders = {}, {}
    if {"pairs", "budgets"} & set(asked.kinds) or "reallocated" in asked.semantics:
        spend = base_spend(world, plan, executor, report)
    else:
        spend = {}
    for semantics in asked.semantics:
        game = games[semantics] = Game(world, plan, semantics, spend)
        question += _of_channels(game, asked)
        if asked.shapley and game.players:
            orders[semantics] = draw_orders(world.scenario.seed, game.players, asked.shapley)
            question += game.shapley(orders[semantics])
    if "budgets" in asked.kinds:
        question += budget_question(world, plan, spend)
    if "segments" in asked.kinds:
        question += segment_question(world, plan)
    if "lost_demand" in asked.kinds:
        question += lost_question(world, plan)
    if "treatments" in asked.kinds:
        question += treatment_question(world, plan)
    sums = answer(settled(question, executor, report), executor, report, phase="other worlds")
    return question_rows(world, question, sums, games, orders)


def _of_channels(game: Game, asked: Asked) -> Question:
    found = Question({})
    for name in game.players:
        if "channels" in asked.kinds and game.semantics != "ghost":
            found += game.leave_out((name,))
        if "additions" in asked.kinds:
            found += game.add_in((name,))
    if "pairs" in asked.kinds:
        for first, second in wanted_pairs(game.world, game.spend, game.players):
            found += game.synergy(first, second)
    return found


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
            if (each.estimand, each.semantics) == ("shapley", semantics)
        ]
        errors[semantics] = sampling_errors(drawn, _Values(games[semantics], sums), valued)
    for contrast, moments in zip(question.contrasts, sums.moments, strict=True):
        if contrast.estimand == "shapley":
            n = len(orders[contrast.semantics])
            plain = plain_rows(world, contrast, moments, n, estimand="shapley_sampling")
            for row in plain:
                k = OUTCOMES.index(row["outcome"])
                error = errors[contrast.semantics][contrast.cause][k] / minor_units(row["outcome"])
                rows.append({**row, "estimand": "shapley", "std_error": float(error)})
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
