"""Pairs of worlds that differ in a dial alone, and answers with their Monte-Carlo error.

A trap is shown on twins: the same scenario, seed and draws, once with the mechanism and once with its
dial at 0. In each the *naive* answer is what an analyst computes from logs, the *truth* what the same
persons do in a re-simulated world without the cause (or what labels say).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.engine import Block, Plan, build_plan, new_cause, run_block, run_without_log
from omnisim.engine import with_factors as plan_with
from omnisim.engine.state import ORDER, SESSION, SURVEY, TOUCH, Output
from omnisim.scenario import Scenario, load_scenario
from omnisim.world import World, build_persons, build_world
from omnisim.world.factors import build_factors

FloatArray = NDArray[np.float64]
Dials = Mapping[str, tuple[Any, Any]]  # dotted field: value in the confounded world, in its twin
N_GROUPS = 32  # of the jackknife
DAY = 86_400

CALM = Path(__file__).parent / "calm.yaml"


def nested(dials: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted fields as the nested mapping that scenarios are made of.

    >>> nested({"a.b": 1, "a.c": 2})
    {'a': {'b': 1, 'c': 2}}
    """
    out: dict[str, Any] = {}
    for path, value in dials.items():
        *blocks, field = path.split(".")
        at = out
        for block in blocks:
            at = at.setdefault(block, {})
        at[field] = value
    return out


def calm_scenario(dials: Mapping[str, Any]) -> Scenario:
    """The calm world with some dials, by dotted field."""
    return load_scenario(CALM, overrides=nested(dials))


class Lived:
    """A world with its persons: their logged year, made when asked for, and their year in others."""

    def __init__(self, scenario: Scenario) -> None:
        self.world: World = build_world(scenario)
        self.plan: Plan = build_plan(self.world)
        self.n = scenario.population.n_customers
        self.people = build_persons(scenario, self.world.places, 0, self.n)

    @property
    def scenario(self) -> Scenario:
        return self.world.scenario

    @cached_property
    def _run(self) -> tuple[Any, Any, Output]:
        return run_block(self.world, self.plan, Block(0, 0, self.n))

    @property
    def state(self) -> Any:
        """Each person on the last evening."""
        return self._run[1]

    @property
    def out(self) -> Output:
        """Rows and counts of the logged year."""
        return self._run[2]

    @cached_property
    def base(self) -> Output:
        """Outcomes of the world as it is, logged or not: they are equal."""
        return self.under()

    def under(self, *, without: tuple[str, ...] = (), **cause: Any) -> Output:
        """The same persons in another world: `without` names channels or causes with a window."""
        windowed = tuple(name for name in without if ":" in name)
        channels = tuple(name for name in without if ":" not in name)
        plan = self.plan.under(new_cause(without=channels, **cause))
        if windowed:
            plan = plan_with(plan, build_factors(self.scenario, without=windowed))
        return run_without_log(plan, self.people)

    @cached_property
    def touches(self) -> Any:
        return self.out.touches[: self.out.n[TOUCH]]

    @cached_property
    def sessions(self) -> Any:
        return self.out.sessions[: self.out.n[SESSION]]

    @cached_property
    def orders(self) -> Any:
        return self.out.orders[: self.out.n[ORDER]]

    @cached_property
    def surveys(self) -> Any:
        return self.out.surveys[: self.out.n[SURVEY]]

    def count(self, rows: Any, weight: Any = None) -> FloatArray:
        """Rows per person, or the sum of a weight."""
        return np.bincount(rows["row"], weights=weight, minlength=self.n).astype(np.float64)

    def daily(self, rows: Any) -> NDArray[np.int64]:
        """Rows per person and day, shape (n, n_days)."""
        n_days = self.plan.n_days
        cell = rows["row"].astype(np.int64) * n_days + np.minimum(rows["at"] // DAY, n_days - 1)
        return np.bincount(cell, minlength=self.n * n_days).reshape(self.n, n_days)


@dataclass(frozen=True, slots=True)
class Reading:
    """Two answers to one question.

    Attributes
    ----------
    naive, truth : float
        In the unit of the trap.
    std_error : float
        Of their difference, over other draws of as many persons (or stores).
    """

    naive: float
    truth: float
    std_error: float

    @property
    def bias(self) -> float:
        """Naive less truth."""
        return self.naive - self.truth

    @property
    def z(self) -> float:
        """Bias in Monte-Carlo standard errors; infinite for a bias without error."""
        if self.bias == 0:
            return 0.0
        return self.bias / self.std_error if self.std_error > 0 else float(np.inf * self.bias)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trap:
    """A mechanism on twins.

    Attributes
    ----------
    mechanism, naive, truth, unit : str
        What happens, what is computed, what is right, in words.
    dials : mapping
        All that differs between the two worlds.
    confounded, twin : Reading
        The answers in each.
    """

    mechanism: str
    naive: str
    truth: str
    unit: str
    dials: Dials
    confounded: Reading
    twin: Reading


def assert_trap(trap: Trap, low: float, high: float, *, exact: bool = False) -> None:
    """The naive answer is wrong by an amount in [low, high] in the one world, and right in the other.

    Wrong means further from the truth than four Monte-Carlo standard errors, which luck alone does
    once in 16,000 worlds; right means within three, or to the last digit where theory says `exact`.
    """
    on, off = trap.confounded, trap.twin
    assert low <= on.bias <= high, on
    assert abs(on.z) > 4, on
    if exact:
        assert off.naive == off.truth, off
    else:
        assert abs(off.z) < 3, off


def twins(common: Mapping[str, Any], dials: Dials) -> tuple[Lived, Lived]:
    """The confounded world and its twin: they differ in `dials` alone."""
    on, off = (
        Lived(calm_scenario({**common, **{path: pair[k] for path, pair in dials.items()}}))
        for k in (0, 1)
    )
    return on, off


def read(columns: FloatArray, answer: Callable[[FloatArray], tuple[float, float]]) -> Reading:
    """Both answers as functions of sums over persons, with a jackknife over groups of persons.

    Parameters
    ----------
    columns : array, shape (n, k)
        What each person adds to each sum.
    answer : callable
        From the k sums to (naive, truth).
    """
    # households and rings stay together
    group = np.arange(len(columns)) // 8 % N_GROUPS
    parts = np.stack([columns[group == g].sum(axis=0) for g in range(N_GROUPS)])
    return jackknife(N_GROUPS, lambda kept: answer(parts[kept].sum(axis=0)))


def jackknife(n: int, answer: Callable[[NDArray[np.bool_]], tuple[float, float]]) -> Reading:
    """Both answers from units given by a mask, with the delete-one jackknife of their difference."""
    everybody = np.ones(n, bool)
    naive, truth = answer(everybody)
    left_out = []
    for k in range(n):
        kept = everybody.copy()
        kept[k] = False
        one, other = answer(kept)
        left_out.append(one - other)
    spread = np.asarray(left_out) - np.mean(left_out)
    return Reading(float(naive), float(truth), float(np.sqrt((n - 1) / n * (spread**2).sum())))


def orders_of(out: Output) -> FloatArray:
    """Completed genuine orders per person."""
    return out.week[:, :, 2].sum(axis=1).astype(np.float64)


def net_of(out: Output, *, in_stores: bool = False) -> FloatArray:
    """Net sales per person [currency], all or those in stores."""
    return out.week[:, :, 1 if in_stores else 0].sum(axis=1) / 100.0
