"""From sums to rows: what each cause did, with its estimand, semantics, scope and window."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from omnisim.schema import CHANNEL_NAMES
from omnisim.storage import Codes
from omnisim.timeline import DAYS_PER_WEEK
from omnisim.truth.rows import Row, effect_row, minor_units, row_columns
from omnisim.truth.tally import OUTCOMES, Moments, WorldTally, rollout_scopes
from omnisim.truth.worlds import (
    BASE,
    CANARY,
    CANARY_RELEASE,
    NO_ROLLOUT,
    NOBODY,
    PAGES,
    ROLLOUT,
    TEST,
)
from omnisim.world import World


def effect_columns(
    world: World, tallies: dict[str, WorldTally], more: Iterable[Row] = ()
) -> dict[str, Any]:
    """Columns of truth/effects; `more` are rows found otherwise."""
    rows: list[Row] = []
    for name, tally in tallies.items():
        if name.startswith("without="):
            rows += _total_rows(world, name.removeprefix("without="), tally)
        elif name.endswith(NOBODY):
            rows += _experiment_rows(world, name.removesuffix(NOBODY), tally.cells["all"])
        elif name == NO_ROLLOUT:
            rows += _rollout_rows(world, tally)
    return row_columns([*rows, *more])


def _row(
    world: World,
    moments: Moments,
    outcome: str,
    divisor: float,
    n_units: int,
    *,
    per: str = "",
    first_day: int = 0,
    last_day: int | None = None,
    **words: str,
) -> Row:
    """`divisor` turns the sum into the estimand: units of the outcome are taken care of here."""
    k, scale = OUTCOMES.index(outcome), divisor * minor_units(outcome)
    value, std_error = moments.value(k, scale), moments.std_error(k, scale)
    return effect_row(
        world, outcome, value, std_error, n_units, words,
        per=per, first_day=first_day, last_day=last_day,
    )  # fmt: skip


def _total_rows(world: World, cause: str, tally: WorldTally) -> list[Row]:
    """What a cause brought over the horizon: base minus the world without it.

    A channel's contacts are still made there, but do nothing (`ghost`); campaigns, promotions,
    shocks and programmes are not run at all.
    """
    semantics = "ghost" if cause in CHANNEL_NAMES else "not_run"
    moments = tally.cells["all"]
    return [
        _row(
            world, moments, outcome, 1.0, moments.n_persons,
            estimand="total", cause=cause, semantics=semantics, scope="all",
        )
        for outcome in OUTCOMES
    ]  # fmt: skip


def _experiment_rows(world: World, cause: str, moments: Moments) -> list[Row]:
    """All treated minus all in control: per enrolled account, or in total for a canary release."""
    s = world.scenario
    if cause == CANARY:
        return [
            _row(
                world, moments, outcome, 1.0, moments.n_persons,
                estimand="total", cause=CANARY_RELEASE, semantics="all_minus_none", scope="all",
                first_day=s.canary.first_day,
                last_day=s.canary.first_day + s.canary.n_days - 1,
            )
            for outcome in OUTCOMES
        ]  # fmt: skip
    test: Any = s.experiment if cause == TEST else s.factorial
    factors = [factor.name for factor in s.factorial.factors]
    label = test.name if cause == TEST else factors[int(cause.removeprefix(PAGES))]
    accounts = moments.total[2]
    if accounts == 0:
        return []
    # columns of the test's sums: net cents, orders, accounts
    as_outcomes = Moments(
        (moments.total[0], 0, moments.total[1]), (moments.square[0], 0, moments.square[1]),
        moments.n_persons,
    )  # fmt: skip
    return [
        _row(
            world, as_outcomes, outcome, float(accounts), accounts,
            estimand="ate", cause=label, semantics="all_minus_none", scope="all",
            per="customer",
            first_day=test.first_day, last_day=test.first_day + test.n_days - 1,
        )
        for outcome in ("net_amount", "n_orders")
    ]  # fmt: skip


def _rollout_rows(world: World, tally: WorldTally) -> list[Row]:
    """Effect per treated store-week, by scope, and in total."""
    rows = []
    last_day = world.scenario.horizon.n_days // DAYS_PER_WEEK * DAYS_PER_WEEK - 1
    for scope, cells in rollout_scopes(world).items():
        n_cells = int(cells.sum())
        if n_cells == 0:
            continue
        rows += [
            _row(
                world, tally.cells[scope], outcome, float(n_cells), n_cells,
                estimand="att", cause=ROLLOUT, semantics="all_minus_none", scope=scope,
                per="store-week", last_day=last_day,
            )
            for outcome in OUTCOMES
        ]  # fmt: skip
    total = tally.cells["total"]
    return rows + [
        _row(
            world, total, outcome, 1.0, total.n_persons,
            estimand="total", cause=ROLLOUT, semantics="all_minus_none", scope="all",
        )
        for outcome in OUTCOMES
    ]  # fmt: skip


def outcome_columns(tallies: dict[str, WorldTally]) -> dict[str, Any]:
    """Columns of truth/outcomes: every world by catchment and week."""
    names = sorted(tallies)
    n_stores, n_weeks, _ = tallies[BASE].week.shape
    week = np.stack([tallies[name].week for name in names])
    per_world = n_stores * n_weeks
    return {
        "world": Codes.of([name for name in names for _ in range(per_world)]),
        "location_id": np.tile(np.repeat(np.arange(n_stores) + 2, n_weeks), len(names)),
        "week": np.tile(np.arange(n_weeks, dtype=np.int16), n_stores * len(names)),
        "n_orders": week[..., 2].ravel().copy(),
        "net_amount_cents": week[..., 0].ravel().copy(),
    }
