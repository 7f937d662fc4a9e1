"""A question put to everybody: block by block, by whoever does the work, and no block twice."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import psutil

from omnisim.engine import Block, Plan, blocks
from omnisim.engine.coupling import settle
from omnisim.errors import ScenarioError, SchedulerError
from omnisim.executor import Executor, ThreadExecutor
from omnisim.executor.installation import Installation, this_installation
from omnisim.truth.answers import Answer
from omnisim.truth.journal import Journal, mark_of
from omnisim.truth.kept import kept
from omnisim.truth.lives import Life, Question, Sums, live_block
from omnisim.truth.prepare import Prepared, Progress, Request, shelves_of, with_shelves
from omnisim.truth.worlds import BASE
from omnisim.world import World

_COUPLING = "coupling of other worlds"
PERSONS = 512  # of a block: so few that progress shows where few persons live many worlds


class Recipe(Protocol):
    """How any process comes to the same question: a small value, as it travels with every block."""

    @property
    def phase(self) -> str:
        """What is under way, as progress and the journal name it."""
        ...

    def __hash__(self) -> int:
        """Equal recipes make the same question."""
        ...

    def question(self, world: World, plan: Plan) -> Question:
        """The question, from the base world and its plan, not settled."""
        ...


@dataclass(frozen=True, slots=True)
class Order:
    """What is done with each block of persons; small, as it travels with every block.

    Attributes
    ----------
    recipe : Recipe
        Of the question.
    request : Request
        What is simulated.
    journal : Journal or None
        Where answers are written down; None to write nothing down.
    installation : Installation
        The omnisim that gave the order; another one refuses it.
    mark : str
        Name of the simulation in the journal.
    """

    recipe: Recipe
    request: Request
    journal: Journal | None
    installation: Installation
    mark: str

    def here(self, question: Question, block: Block) -> Answer:
        """Live a block in this process, which has the question."""
        answer = Answer.of(live_block(question, block))
        if self.journal is not None:
            self.journal.add_answer(self.recipe.phase, block, self.mark, answer)
        return answer

    def __call__(self, block: Block) -> Answer:
        """Live a block in any process; the question is made once in each."""
        this_installation().refuse_other(self.installation, "the order for this block")
        return self.here(kept(self.request, self.recipe, self._question), block)

    def settle(self, name: str) -> None:
        """Let one world come to its own stock, budgets and queues, in any process."""
        this_installation().refuse_other(self.installation, "the order for this world")
        question = kept(self.request, ("settling", self.recipe), self._unsettled)
        self.settled_plan(question, name, ThreadExecutor())

    def settled_plan(self, question: Question, name: str, executor: Executor) -> Plan:
        """The plan that a world comes to: the one that was kept, or found now and kept."""
        life = question.lives[name]
        known = None if self.journal is None else self.journal.get_shelves(name, self.mark)
        if known is not None:
            return with_shelves(life.plan, known)
        cut = blocks(life.world.scenario.population.n_customers)
        plan = settle(life.world, life.plan, cut, executor)
        if self.journal is not None:
            self.journal.put_shelves(name, self.mark, shelves_of(plan))
        return plan

    def _unsettled(self, prepared: Prepared) -> Question:
        question = self.recipe.question(prepared.world, prepared.plan)
        if self.request.scenario.interference.is_on:
            refuse_too_many(question)  # before any world settles
        return question

    def _question(self, prepared: Prepared) -> Question:
        question = self._unsettled(prepared)
        if not self.request.scenario.interference.is_on:
            return question
        return replace(
            question, lives={name: self._read(name, life) for name, life in question.lives.items()}
        )

    def _read(self, name: str, life: Life) -> Life:
        shelves = None if self.journal is None else self.journal.get_shelves(name, self.mark)
        if shelves is None:
            raise SchedulerError(
                f"world {name!r}: what it settled on cannot be read by this worker; give an output on "
                "a disk that all workers share"
            )
        return replace(life, plan=with_shelves(life.plan, shelves))


@dataclass(frozen=True, slots=True)
class Asker:
    """Puts questions to everybody.

    Attributes
    ----------
    request : Request
        What is simulated.
    executor : Executor
        Who does the work.
    report : callable
        Told of progress: (phase, done, total).
    journal : Journal, optional
        Where answers are written down; processes that share no memory need it with interference on.
    is_resumed : bool
        Whether answers in the journal are taken as given.
    """

    request: Request
    executor: Executor
    report: Progress
    journal: Journal | None = None
    is_resumed: bool = False

    def ask(self, recipe: Recipe, question: Question) -> Sums:
        """What everybody answered.

        Parameters
        ----------
        recipe : Recipe
            How others come to the question.
        question : Question
            What the recipe makes here; with interference on, of plans that are not settled yet.

        Raises
        ------
        ResumeError
            An answer in the journal is from another simulation.
        ScenarioError
            With interference on, the shelves of so many worlds do not fit into the memory.
        SchedulerError
            Who should do the work cannot.
        """
        known = self.journal
        order = Order(recipe, self.request, known, this_installation(), mark_of(self.request))
        todo = blocks(self.request.scenario.population.n_customers, PERSONS)
        finished: set[Block] = set()
        total: Answer | None = None
        if known is not None and self.is_resumed:
            for block, answer in known.answers(recipe.phase, todo, order.mark):
                finished.add(block)
                total = _added(total, answer)
        left = [block for block in todo if block not in finished]
        function = self._function(order, question) if left else order
        self.report(recipe.phase, len(finished), len(todo))
        with closing(self.executor.map(function, left)) as answers:
            for k, answer in enumerate(answers, start=len(finished) + 1):
                total = _added(total, answer)
                self.report(recipe.phase, k, len(todo))
        if total is None:
            raise ValueError("nobody was asked")  # a scenario has customers
        return total.sums(question)

    def _function(self, order: Order, question: Question) -> Callable[[Block], Answer]:
        """What is done with each block, once each world has settled where customers act on each other."""
        is_shared = self.executor.shares_memory
        if not self.request.scenario.interference.is_on:
            return partial(order.here, question) if is_shared else order
        names = list(question.lives)
        self.report(_COUPLING, 0, len(names))
        if not is_shared:
            with closing(self.executor.map(order.settle, names)) as settled:
                for k, _ in enumerate(settled, start=1):
                    self.report(_COUPLING, k, len(names))
            return order
        refuse_too_many(question)
        lives = {}
        for k, name in enumerate(names, start=1):
            plan = order.settled_plan(question, name, self.executor)
            lives[name] = replace(question.lives[name], plan=plan)
            self.report(_COUPLING, k, len(names))
        return partial(order.here, replace(question, lives=lives))


def refuse_too_many(question: Question) -> None:
    """Raise when the shelves of so many settled worlds do not fit into this machine's memory."""
    plan, n_worlds = question.lives[BASE].plan, len(question.lives)
    needed = n_worlds * sum(field.nbytes for field in (plan.availability, plan.days, plan.stores))
    there = psutil.virtual_memory().available
    if needed > there:
        raise ScenarioError(
            f"truth: {n_worlds:,} worlds with interference on keep {needed / 1e9:,.1f} GB of shelves "
            f"and budgets; {there / 1e9:,.1f} GB are free: ask for fewer kinds, semantics or orders "
            "(shapley)"
        )


def _added(total: Answer | None, answer: Answer) -> Answer:
    return answer if total is None else total + answer
