"""One question to a scenario: what would have been without this, or with only that."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pandas as pd

from omnisim.engine import Plan, warm_up
from omnisim.errors import ScenarioError
from omnisim.executor import open_executor
from omnisim.executor.choose import THREADS
from omnisim.executor.installation import this_installation
from omnisim.scenario import Scenario
from omnisim.schema import CHANNEL_NAMES
from omnisim.truth.asked import Asked
from omnisim.truth.asking import Asker
from omnisim.truth.budgets import base_spend
from omnisim.truth.coalitions import Game
from omnisim.truth.further import plain_rows
from omnisim.truth.journal import Journal
from omnisim.truth.lives import Life, Question
from omnisim.truth.prepare import Progress, Request, prepare, silent
from omnisim.truth.room import check_memory
from omnisim.truth.rows import KEY, Row
from omnisim.truth.semantics import Spend, wanted_semantics
from omnisim.truth.wanted import cause_question
from omnisim.truth.worlds import BASE, KINDS, NO_ROLLOUT, OtherWorld, other_worlds
from omnisim.world import World

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
    scheduler: str = THREADS,
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
        Threads or processes; as many as there are processors by default. Changes no number.
    scheduler : str
        Who lives the worlds, as for :func:`omnisim.truth.simulate`. Changes no number.
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
    SchedulerError
        When the scheduler or its workers cannot do the work; with interference on, workers on other
        machines cannot read what worlds settled on here.

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
    n, report = workers or os.cpu_count() or 1, progress or silent
    check_memory(scenario, scheduler, n)
    request = Request(scenario=scenario, asked=Asked(()))
    prepared = prepare(request)
    world, plan = prepared.world, prepared.plan
    _check(world, asked, chosen)
    report("compile", 0, 1)
    warm_up(world, plan)
    report("compile", 1, 1)
    with _asker(request, scheduler, n, report) as asker:
        spend: Spend = {}
        if "reallocated" in chosen:
            spend = base_spend(asker, world, plan)
            _check_spend(asked, spend)
        recipe = Comparison(**asked, semantics=chosen, spend=tuple(spend.items()))
        question = recipe.question(world, plan)
        sums = asker.ask(recipe, question)
    rows: list[Row] = []
    for contrast, moments in zip(question.contrasts, sums.moments, strict=True):
        rows += plain_rows(world, contrast, moments)
    return _frame(rows)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared, in a form that any process makes the same question of.

    Attributes
    ----------
    without, only, pair, semantics : tuple of str
        As given to :func:`compare`.
    spend : tuple of (str, int)
        Media money of the base world by paid channel, where it is needed.
    """

    without: tuple[str, ...]
    only: tuple[str, ...]
    pair: tuple[str, ...]
    semantics: tuple[str, ...]
    spend: tuple[tuple[str, int], ...] = ()

    phase: ClassVar[str] = "worlds"

    def question(self, world: World, plan: Plan) -> Question:
        """The base world and all others that are compared."""
        question = Question({BASE: Life(world, plan)})
        cause = _causes(world).get(self.without[0]) if len(self.without) == 1 else None
        if cause is not None:
            question += cause_question(world, plan, cause)
        for name in self.semantics:
            game = Game(world, plan, name, dict(self.spend))
            if self.without and cause is None:
                question += game.leave_out(self.without)
            if self.only:
                question += game.add_in(self.only)
            if self.pair:
                question += game.synergy(*self.pair)
        return question


@contextmanager
def _asker(request: Request, scheduler: str, workers: int, report: Progress) -> Iterator[Asker]:
    """Who lives the worlds, and a place for what worlds settle on while the question is open."""
    with (
        open_executor(scheduler, workers) as executor,
        tempfile.TemporaryDirectory(prefix="omnisim-compare-") as folder,
    ):
        for worker, there in executor.on_each(this_installation).items():
            this_installation().refuse_other(there, f"worker {worker}")
        if executor.shares_memory or not request.scenario.interference.is_on:
            yield Asker(request, executor, report)
        else:
            journal = Journal(Path(folder))
            journal.begin(request)
            yield Asker(request, executor, report, journal)


def _names(asked: Names) -> tuple[str, ...]:
    found = (asked,) if isinstance(asked, str) else tuple(asked)
    return tuple(dict.fromkeys(found))


def _causes(world: World) -> dict[str, OtherWorld]:
    """Causes with a world of their own, beside channels, by name."""
    return {
        other.of: other
        for other in other_worlds(world, [kind for kind in KINDS if kind != "channels"])
        if other.name in (f"without={other.of}", NO_ROLLOUT)
    }


def _check(world: World, asked: dict[str, tuple[str, ...]], semantics: tuple[str, ...]) -> None:
    """Refuse what is no channel and no cause, and what cannot be asked together."""
    without, causes = asked["without"], _causes(world)
    if len(asked["pair"]) not in (0, 2):
        raise ScenarioError(f"pair = {list(asked['pair'])}: give two different channels")
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
    if len(without) == 1 and without[0] in causes and semantics != ("ghost",):
        raise ScenarioError(
            f"semantics = {list(semantics)}: holds for channels; {without[0]!r} is simply not run"
        )


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
