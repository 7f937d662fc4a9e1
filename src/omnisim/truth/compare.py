"""One question to a scenario: what would have been without this, or with only that."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pandas as pd

from omnisim.engine import build_plan, warm_up
from omnisim.errors import ScenarioError
from omnisim.executor import ThreadExecutor
from omnisim.executor.choose import THREADS
from omnisim.scenario import Scenario
from omnisim.schema import CHANNEL_NAMES
from omnisim.truth.budgets import base_spend
from omnisim.truth.coalitions import Game
from omnisim.truth.further import plain_rows
from omnisim.truth.lives import Life, Progress, Question, answer, settled
from omnisim.truth.prepare import silent
from omnisim.truth.room import check_memory
from omnisim.truth.rows import KEY, Row
from omnisim.truth.semantics import Spend, wanted_semantics
from omnisim.truth.wanted import cause_question
from omnisim.truth.worlds import BASE, KINDS, NO_ROLLOUT, OtherWorld, other_worlds
from omnisim.world import World, build_world

Names = str | Sequence[str]
_COLUMNS = (
    *KEY, "first_date", "last_date", "unit", "value", "std_error", "n_units", "replications",
    "coupling",
)  # fmt: skip


def compare(
    scenario: Scenario,
    *,
    without: Names = (),
    only: Names = (),
    pair: Names = (),
    semantics: Names = "ghost",
    seed: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """True effects of a scenario, found without writing a dataset.

    Parameters
    ----------
    without : str or sequence of str
        Channels that are all off in one world; or one other cause: ``campaign:NAME``,
        ``promotion:NAME``, ``shock:KIND NUMBER``, ``membership_benefits``, ``win_back``,
        ``click_and_collect``.
    only : str or sequence of str
        Channels that are on in one world, all others being off, against none on.
    pair : two of str
        Channels whose synergy is asked for: both on, less each alone, plus none.
    semantics : str or sequence of str
        What off means for channels: see :mod:`omnisim.truth.semantics`.
    seed : int, optional
        Takes the place of the scenario's seed.
    workers : int, optional
        Threads; as many as there are processors by default. Changes no number.
    progress : callable, optional
        Called with (phase, done, total).

    Returns
    -------
    DataFrame
        Rows and columns of ``truth/effects``, equal to those of a dataset of the scenario. Several
        channels together have a cause such as ``email+sms``.

    Raises
    ------
    ScenarioError
        When nothing is asked, or a channel, cause or semantics is unknown or cannot be.

    Examples
    --------
    >>> import omnisim as om
    >>> tiny = om.load_scenario("sample", overrides={"population": {"n_customers": 80}})
    >>> found = om.truth.compare(tiny, without="email", workers=1)
    >>> found[["estimand", "cause", "semantics", "outcome"]].to_numpy().tolist()[0]
    ['total', 'email', 'ghost', 'n_orders']
    """
    if seed is not None:
        scenario = scenario.with_seed(seed)
    asked = {"without": _names(without), "only": _names(only), "pair": _names(pair)}
    if not any(asked.values()):
        raise ScenarioError("nothing to compare: give without, only or pair")
    chosen = wanted_semantics(semantics)
    n = workers or os.cpu_count() or 1
    check_memory(scenario, THREADS, n)
    report, executor = progress or silent, ThreadExecutor(n)
    world = build_world(scenario)
    cause = _check(world, asked, chosen)
    plan = build_plan(world)
    report("compile", 0, 1)
    warm_up(world, plan)
    report("compile", 1, 1)
    question = Question({BASE: Life(world, plan)})
    if cause is not None:
        question += cause_question(world, plan, cause)
    spend: Spend = {}
    if "reallocated" in chosen:
        spend = base_spend(world, plan, executor, report)
        _check_spend(asked, spend)
    for name in chosen:
        game = Game(world, plan, name, spend)
        if asked["without"] and cause is None:
            question += game.leave_out(asked["without"])
        if asked["only"]:
            question += game.add_in(asked["only"])
        if asked["pair"]:
            question += game.synergy(*asked["pair"])
    sums = answer(settled(question, executor, report), executor, report, phase="worlds")
    rows: list[Row] = []
    for contrast, moments in zip(question.contrasts, sums.moments, strict=True):
        rows += plain_rows(world, contrast, moments)
    return _frame(rows)


def _names(asked: Names) -> tuple[str, ...]:
    found = (asked,) if isinstance(asked, str) else tuple(asked)
    return tuple(dict.fromkeys(found))


def _check(
    world: World, asked: dict[str, tuple[str, ...]], semantics: tuple[str, ...]
) -> OtherWorld | None:
    """The cause with a world of its own that `without` names, if it is one; else all are channels."""
    without = asked["without"]
    if len(asked["pair"]) not in (0, 2):
        raise ScenarioError(f"pair = {list(asked['pair'])}: give two different channels")
    causes = {
        other.of: other
        for other in other_worlds(world, [kind for kind in KINDS if kind != "channels"])
        if other.name in (f"without={other.of}", NO_ROLLOUT)
    }
    for field, names in asked.items():
        is_cause = field == "without" and len(names) == 1
        for name in names:
            if name in CHANNEL_NAMES or (is_cause and name in causes):
                continue
            if name in causes:
                raise ScenarioError(f"{field} = {list(names)}: ask for {name!r} by itself")
            also = f"; for one alone also {', '.join(causes)}" if field == "without" else ""
            raise ScenarioError(
                f"{field} = {name!r}: no such channel; known are {', '.join(CHANNEL_NAMES)}{also}"
            )
    if len(without) == 1 and without[0] not in CHANNEL_NAMES:
        if semantics != ("ghost",):
            raise ScenarioError(
                f"semantics = {list(semantics)}: holds for channels; {without[0]!r} is simply not run"
            )
        return causes[without[0]]
    return None


def _check_spend(asked: dict[str, tuple[str, ...]], spend: Spend) -> None:
    paid = [name for name, cents in spend.items() if cents > 0]
    for field, names in asked.items():
        for name in names:
            if name not in paid:
                raise ScenarioError(
                    f"{field} = {name!r} with semantics reallocated: spends no media money to move; "
                    f"these do: {', '.join(paid) or 'none'}"
                )


def _frame(rows: list[Row]) -> pd.DataFrame:
    """Rows as a dataset's effects are read."""
    ordered = sorted(rows, key=lambda row: tuple(row[name] for name in KEY))
    frame = pd.DataFrame(ordered, columns=list(_COLUMNS))
    for name in ("first_date", "last_date"):
        frame[name] = pd.to_datetime(frame[name], unit="D")
    return frame
