"""From sums to rows: what each cause did, with its estimand, semantics, scope and window."""

from __future__ import annotations

from typing import Any

import numpy as np

from omnisim.schema import CHANNEL_NAMES
from omnisim.storage import Codes
from omnisim.timeline import DAYS_PER_WEEK, date_of, epoch_day
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

COUPLING = "same seed, every draw shared by address"
_CENTS = {"net_amount": 100.0, "store_net_amount": 100.0, "n_orders": 1.0}


def effect_columns(world: World, tallies: dict[str, WorldTally]) -> dict[str, Any]:
    """Columns of truth/effects."""
    rows: list[dict[str, Any]] = []
    for name, tally in tallies.items():
        if name.startswith("without="):
            rows += _total_rows(world, name.removeprefix("without="), tally)
        elif name.endswith(NOBODY):
            rows += _experiment_rows(world, name.removesuffix(NOBODY), tally.cells["all"])
        elif name == NO_ROLLOUT:
            rows += _rollout_rows(world, tally)
    rows.sort(key=lambda r: tuple(r[k] for k in _SORT))
    texts = ("estimand", "cause", "semantics", "outcome", "scope", "unit", "coupling")
    columns: dict[str, Any] = {
        name: np.array([r[name] for r in rows], dtype)
        for name, dtype in (
            ("first_date", np.int32),
            ("last_date", np.int32),
            ("value", np.float64),
            ("std_error", np.float64),
            ("n_units", np.int64),
            ("replications", np.int16),
        )
    }
    for name in texts:
        columns[name] = Codes.of([r[name] for r in rows])
    return columns


_SORT = ("estimand", "cause", "semantics", "outcome", "scope")


def _row(
    world: World, moments: Moments, outcome: str, divisor: float, n_units: int, **words: Any
) -> dict[str, Any]:
    """`divisor` turns the sum into the estimand: units of the outcome are taken care of here."""
    k = OUTCOMES.index(outcome)
    start = world.scenario.horizon.start_date
    first = words.pop("first_day", 0)
    last = words.pop("last_day", world.scenario.horizon.n_days - 1)
    return {
        "outcome": outcome,
        "value": moments.value(k, divisor * _CENTS[outcome]),
        "std_error": moments.std_error(k, divisor * _CENTS[outcome]),
        "n_units": n_units,
        "first_date": epoch_day(date_of(start, first)),
        "last_date": epoch_day(date_of(start, last)),
        "replications": 1,
        "coupling": COUPLING,
        **words,
    }


def _total_rows(world: World, cause: str, tally: WorldTally) -> list[dict[str, Any]]:
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
            unit=_unit(world, outcome),
        )
        for outcome in OUTCOMES
    ]  # fmt: skip


def _experiment_rows(world: World, cause: str, moments: Moments) -> list[dict[str, Any]]:
    """All treated minus all in control: per enrolled account, or in total for a canary release."""
    s = world.scenario
    if cause == CANARY:
        return [
            _row(
                world, moments, outcome, 1.0, moments.n_persons,
                estimand="total", cause=CANARY_RELEASE, semantics="all_minus_none", scope="all",
                unit=_unit(world, outcome), first_day=s.canary.first_day,
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
            unit=f"{_unit(world, outcome)} per customer",
            first_day=test.first_day, last_day=test.first_day + test.n_days - 1,
        )
        for outcome in ("net_amount", "n_orders")
    ]  # fmt: skip


def _rollout_rows(world: World, tally: WorldTally) -> list[dict[str, Any]]:
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
                unit=f"{_unit(world, outcome)} per store-week", last_day=last_day,
            )
            for outcome in OUTCOMES
        ]  # fmt: skip
    total = tally.cells["total"]
    return rows + [
        _row(
            world, total, outcome, 1.0, total.n_persons,
            estimand="total", cause=ROLLOUT, semantics="all_minus_none", scope="all",
            unit=_unit(world, outcome),
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


def _unit(world: World, outcome: str) -> str:
    return "orders" if outcome == "n_orders" else world.scenario.market.currency
