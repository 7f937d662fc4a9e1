"""Media money: what channels spend, and what a little more or less of it would bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from omnisim.engine import Plan
from omnisim.engine.dimensions import media_cents
from omnisim.schema import CHANNELS
from omnisim.truth.asking import Asker
from omnisim.truth.lives import Contrast, Life, Question, Sums
from omnisim.truth.rows import Row, effect_row, minor_units
from omnisim.truth.semantics import Spend, with_budgets, with_reach
from omnisim.truth.tally import OUTCOMES, Moments
from omnisim.truth.worlds import BASE
from omnisim.world import World

STEPS = {"-20%": 0.8, "-10%": 0.9, "+10%": 1.1, "+20%": 1.2}
BUDGET = "budget_step"


def spend_of(world: World, contacts: NDArray[np.int64]) -> dict[str, int]:
    """Media money of the horizon by paid channel, as the dataset books it [minor units]."""
    return {c.channel: int(media_cents(world, c, contacts).sum()) for c in CHANNELS if c.is_paid}


@dataclass(frozen=True, slots=True)
class MediaMoney:
    """What channels spend in the base world: everybody lives it once, without log."""

    phase: ClassVar[str] = "media money"

    def question(self, world: World, plan: Plan) -> Question:
        """The base world, with its contacts counted."""
        return Question({BASE: Life(world, plan)}, counted=frozenset({BASE}))


def base_spend(asker: Asker, world: World, plan: Plan) -> Spend:
    """Media money of the base world by paid channel."""
    recipe = MediaMoney()
    sums = asker.ask(recipe, recipe.question(world, plan))
    return spend_of(world, sums.contacts[BASE])


def budget_question(world: World, plan: Plan, spend: Spend) -> Question:
    """Each channel that spends, with its reach and weekly limit a step lower and higher all along."""
    lives, contrasts = {BASE: Life(world, plan)}, []
    for channel in (name for name, cents in spend.items() if cents > 0):
        for step, factor in STEPS.items():
            name = f"{channel} {step}"
            changed = {channel: factor}
            lives[name] = Life(with_budgets(world, changed), with_reach(plan, changed))
            contrasts.append(
                Contrast(BUDGET, channel, "reach_times", {name: 1, BASE: -1}, scope=step)
            )
    return Question(lives, tuple(contrasts), counted=frozenset(lives))


def budget_rows(
    world: World, contrast: Contrast, moments: Mapping[str, Moments], sums: Sums
) -> list[Row]:
    """What a step brought and cost; and the sales per money, where the step moved any.

    The error of sales per money takes the money as given: contacts are not kept by person.
    """
    found, step = moments["all"], contrast.scope
    there = spend_of(world, sums.contacts[f"{contrast.cause} {step}"])
    cents = there[contrast.cause] - spend_of(world, sums.contacts[BASE])[contrast.cause]
    words = {
        "estimand": BUDGET,
        "cause": contrast.cause,
        "semantics": contrast.semantics,
        "scope": step,
    }
    rows = []
    for k, outcome in enumerate(OUTCOMES):
        scale = minor_units(outcome)
        value, std_error = found.value(k, scale), found.std_error(k, scale)
        rows.append(effect_row(world, outcome, value, std_error, found.n_persons, words))
    rows.append(effect_row(world, "media_cost", cents / 100, 0.0, found.n_persons, words))
    if cents != 0:
        k = OUTCOMES.index("net_amount")
        value, std_error = found.value(k, cents), found.std_error(k, abs(cents))
        words = {**words, "estimand": "marginal_roas"}
        per = world.scenario.market.currency
        rows.append(
            effect_row(world, "net_amount", value, std_error, found.n_persons, words, per=per)
        )
    return rows
