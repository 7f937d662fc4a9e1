"""What experiments did to the treated and to parts of their customers, from both potential outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from omnisim.engine import Plan, new_cause
from omnisim.engine.plan import ALL_CONTROL, ALL_TREATED
from omnisim.engine.state import Output
from omnisim.rng import Stream, uniform_block
from omnisim.scenario import Scenario
from omnisim.timeline import DAYS_PER_WEEK
from omnisim.truth.lives import Contrast, Life, Masks, Question
from omnisim.truth.rows import Row, effect_row, minor_units
from omnisim.truth.tally import Moments
from omnisim.world import Persons, World

ALL_MINUS_NONE = "all_minus_none"
SEGMENT_OUTCOMES = ("net_amount", "n_orders")  # of the first two columns of a test's sums
_AFFINITY = ("low", "middle", "high")


@dataclass(frozen=True, slots=True)
class _Test:
    """One randomised change: where it is seen, and who meets it."""

    name: str
    measure: Literal["test", "pages"]
    first_day: int
    n_days: int
    all_treated: Any
    all_control: Any
    seed: int
    stream: Stream  # of the draws that assign
    column: int  # of these draws
    share: float  # designed share of treatment

    def is_treated(self, person: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Arm of the first account of each person."""
        draws = uniform_block(self.seed, person, stream=self.stream)
        return np.asarray(draws[:, self.column] < self.share)


def segment_question(world: World, plan: Plan) -> Question:
    """ATT and CATE of the test and of each change of the factorial."""
    found = Question({})
    for test in _tests(world):
        name = {arm: f"{test.name}: {arm}" for arm in ("all", "none")}
        lives = {
            name["all"]: Life(world, plan.under(test.all_treated), test.measure),
            name["none"]: Life(world, plan.under(test.all_control), test.measure),
        }
        weights = {name["all"]: 1, name["none"]: -1}
        contrasts = tuple(
            Contrast(estimand, test.name, ALL_MINUS_NONE, weights, test.measure, masks=masks)
            for estimand, masks in (
                ("att", partial(_treated, test)),
                ("cate", partial(_segments, world, test.first_day)),
            )
        )
        found += Question(lives, contrasts)
    return found


def segment_rows(world: World, contrast: Contrast, moments: Mapping[str, Moments]) -> list[Row]:
    """Effect per account; scopes without accounts have no row."""
    windows = {test.name: (test.first_day, test.n_days) for test in _tests(world)}
    first_day, n_days = windows[contrast.cause]
    rows = []
    for scope, found in moments.items():
        accounts = found.total[2]
        words = {
            "estimand": contrast.estimand,
            "cause": contrast.cause,
            "semantics": contrast.semantics,
            "scope": scope,
        }
        for k, outcome in enumerate(SEGMENT_OUTCOMES if accounts else ()):
            scale = accounts * minor_units(outcome)
            value, std_error = found.value(k, scale), found.std_error(k, scale)
            rows.append(
                effect_row(
                    world, outcome, value, std_error, accounts, words,
                    per="customer", first_day=first_day, last_day=first_day + n_days - 1,
                )
            )  # fmt: skip
    return rows


def segment_scopes(scenario: Scenario) -> tuple[str, ...]:
    """Parts of the customers whose effect is told apart."""
    return (
        *(f"region={name}" for name in scenario.market.regions),
        *(f"prior_buyer={answer}" for answer in ("yes", "no")),
        *(f"digital={name}" for name in _AFFINITY),
    )


def _tests(world: World) -> list[_Test]:
    s, test, pages = world.scenario, world.scenario.experiment, world.scenario.factorial
    found = []
    if test.is_on:
        found.append(
            _Test(
                test.name, "test", test.first_day, test.n_days,
                new_cause(experiment=ALL_TREATED), new_cause(experiment=ALL_CONTROL),
                s.seed, Stream.ASSIGNMENT, 0, test.treatment_share,
            )
        )  # fmt: skip
    if pages.is_on:
        found += [
            _Test(
                factor.name, "pages", pages.first_day, pages.n_days,
                new_cause(factors={k: ALL_TREATED}), new_cause(factors={k: ALL_CONTROL}),
                s.seed, Stream.FACTORIAL, k, 0.5,
            )
            for k, factor in enumerate(pages.factors)
        ]  # fmt: skip
    return found


def _treated(test: _Test, people: Persons, _: Output) -> Masks:
    """Those whose first account, by which pages are chosen, was assigned to the treatment."""
    return {"all": test.is_treated(people["person"])}  # the others have no account to count


def _segments(world: World, first_day: int, people: Persons, base: Output) -> Masks:
    """Region of the nearest store, bought before, affinity to digital channels in thirds."""
    region = world.places.region[people["store"]]
    # full weeks before the test: completed orders, also those without an account
    has_bought = base.week[:, : first_day // DAYS_PER_WEEK, 2].sum(axis=1) > 0
    third = np.minimum((people["digital"] * 3).astype(np.int64), 2)  # a uniform trait
    masks = {
        f"region={name}": region == number
        for number, name in enumerate(world.scenario.market.regions)
    }
    masks |= {"prior_buyer=yes": has_bought, "prior_buyer=no": ~has_bought}
    return masks | {f"digital={name}": third == k for k, name in enumerate(_AFFINITY)}
