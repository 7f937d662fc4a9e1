"""Customers who act on each other: through stock, media budgets and queues.

A year is run once without log, week by week, all customers together. What a week leaves (units on
hand, money spent, visitors in the stores) decides what the next week finds; within a week nothing
reacts. The result is a plan whose availability, reach and queues are settled. Run block by block
with that plan, every customer lives the same year again, now with a log: so rows do not depend on
blocks or workers, and a block needs no other block.

Only sums of whole numbers cross between customers. A customer's state waits on disk between weeks.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.block import Block
from omnisim.engine.kernel import advance
from omnisim.engine.plan import Plan
from omnisim.engine.state import new_output, new_state
from omnisim.executor import Executor
from omnisim.rng import rounded
from omnisim.schema import CHANNEL_ID
from omnisim.storage.trouble import named_trouble
from omnisim.timeline import DAYS_PER_WEEK
from omnisim.world import World, build_persons
from omnisim.world.availability import fill_from_stock, full_availability

IntArray = NDArray[np.int64]
_TRIAL_WEEKS = 4  # with full shelves, to know what to stock on day 0; also the memory of reorders
_DELAYED_WEEKS = 2  # an order placed during a supplier delay takes longer by so many


def settle(world: World, plan: Plan, blocks: Sequence[Block], executor: Executor) -> Plan:
    """Find the availability, reach and queues that customers and the retailer come to together.

    Parameters
    ----------
    plan : Plan
        Of the world to settle; it is not changed.
    blocks : sequence of Block
        All customers.

    Returns
    -------
    Plan
        To be run block by block, in any order.
    """
    with tempfile.TemporaryDirectory(prefix="omnisim-coupling-") as folder:
        trial = _Customers(world, blocks, executor, Path(folder) / "trial")
        full = plan._replace(availability=full_availability(plan.availability))
        n_trial = min(_TRIAL_WEEKS * DAYS_PER_WEEK, plan.n_days)
        first = trial.advance(full, 0, n_trial)
        trial.forget()
        goods = _Goods(world, first.sold, n_trial)
        coupled = plan._replace(
            availability=plan.availability.copy(),
            days=plan.days.copy(),
            stores=plan.stores.copy(),
        )
        customers = _Customers(world, blocks, executor, Path(folder) / "run")
        for start in range(0, plan.n_days, DAYS_PER_WEEK):
            end = min(start + DAYS_PER_WEEK, plan.n_days)
            goods.show(coupled, start, end)
            seen = customers.advance(coupled, start, end)
            goods.sell(seen.sold, start // DAYS_PER_WEEK)
            if end < plan.n_days:
                _spend(world, plan, coupled, seen.contacts, start, end)
                _queue(world, coupled, seen.visitors, start // DAYS_PER_WEEK, end - start)
        return coupled


class _Counts:
    """What all customers did in some days: units sold, contacts and visitors, summed over days."""

    def __init__(self, plan: Plan) -> None:
        n_locations, n_products, _ = plan.availability.shape
        self.sold = np.zeros((n_locations, n_products), np.int64)
        self.contacts = np.zeros((2, len(plan.channels["reach"])), np.int64)
        self.visitors = np.zeros(n_locations - 1, np.int64)

    def add(self, other: _Counts) -> None:
        self.sold += other.sold
        self.contacts += other.contacts
        self.visitors += other.visitors


class _Customers:
    """All customers between two weeks, each block in a file."""

    def __init__(
        self, world: World, blocks: Sequence[Block], executor: Executor, folder: Path
    ) -> None:
        folder.mkdir()
        self._world, self._blocks, self._executor, self._folder = world, blocks, executor, folder

    def forget(self) -> None:
        """Free the disk."""
        shutil.rmtree(self._folder)

    def advance(self, plan: Plan, start: int, end: int) -> _Counts:
        """Move everybody from the morning of `start` to that of `end`."""
        total = _Counts(plan)
        for counts in self._executor.map(lambda b: self._block(plan, b, start, end), self._blocks):
            total.add(counts)
        return total

    def _block(self, plan: Plan, block: Block, start: int, end: int) -> _Counts:
        people = build_persons(self._world.scenario, self._world.places, block.first, block.last)
        file = self._folder / f"{block.number}.npy"
        if start == 0:
            with named_trouble(file, "keep customers between two weeks"):
                np.save(file, new_state(people))
        mapped = np.load(file, mmap_mode="r+")
        state: Any = np.asarray(mapped).view(np.recarray)
        out = new_output(plan, people.size, counted=True)
        advance(plan, people, state, out, start, end)
        mapped.flush()
        counts = _Counts(plan)
        counts.sold += out.sold
        counts.contacts += out.contacts[:, :, start:end].sum(axis=2)
        counts.visitors += out.visitors[:, start:end].sum(axis=1)
        return counts


class _Goods:
    """Units on hand and on their way, by location and product; all whole numbers."""

    def __init__(self, world: World, trial: IntArray, n_trial: int) -> None:
        plan = world.scenario.interference
        self._world = world
        self._target_days = round(plan.target_cover_days)
        self._lead = plan.lead_weeks
        cover = round(plan.initial_cover_days)
        self._shelf = plan.shelf_units
        self.on_hand = np.maximum(trial * cover // n_trial, self._shelf)
        self._recent = [trial * DAYS_PER_WEEK // n_trial] * _TRIAL_WEEKS
        self._coming: dict[int, IntArray] = {}

    def show(self, plan: Plan, start: int, end: int) -> None:
        """Set the flags of the coming days from what lies there this morning."""
        stock = self._world.scenario.stock
        fill_from_stock(
            np.uint64(self._world.scenario.seed),
            self.on_hand,
            stock.oversell_share,
            stock.sync_error_share,
            stock.audit_share,
            start,
            end,
            plan.availability,
        )

    def sell(self, sold: IntArray, week: int) -> None:
        """Take a week's sales off, receive what is due, order anew.

        Sales beyond what was on hand are served by an emergency delivery within the week: flags were
        fixed on Monday.
        """
        self.on_hand = np.maximum(self.on_hand - sold, 0)
        self._recent = [*self._recent[1:], sold]
        # the distribution centre serves the stores as well: it orders for all of them
        recent = np.sum(self._recent, axis=0)
        target = np.maximum(
            recent * self._target_days // (_TRIAL_WEEKS * DAYS_PER_WEEK), self._shelf
        )
        self.on_hand[0] += self._coming.pop(week, np.zeros_like(self.on_hand[0]))
        wanted = np.maximum(target[1:] - self.on_hand[1:], 0)
        asked = wanted.sum(axis=0)
        # scarce goods are shared in proportion, rounded down
        given = np.where(
            asked > self.on_hand[0], wanted * self.on_hand[0] // np.maximum(asked, 1), wanted
        )
        self.on_hand[1:] += given
        self.on_hand[0] -= given.sum(axis=0)
        day = min((week + 1) * DAYS_PER_WEEK, self._world.delayed.size) - 1
        late = _DELAYED_WEEKS if self._world.delayed[day] else 0
        pipeline = np.sum([np.zeros_like(asked), *self._coming.values()], axis=0)
        lead_days = DAYS_PER_WEEK * (1 + self._lead)
        ahead = recent.sum(axis=0) * lead_days // (_TRIAL_WEEKS * DAYS_PER_WEEK)
        ordered = np.maximum(target.sum(axis=0) + ahead - self.on_hand.sum(axis=0) - pipeline, 0)
        due = week + self._lead + late  # at the end of that week, for the next
        if due == week:
            self.on_hand[0] += ordered
        else:
            self._coming[due] = self._coming.get(due, np.zeros_like(ordered)) + ordered


def _spend(
    world: World, plan: Plan, coupled: Plan, contacts: IntArray, start: int, end: int
) -> None:
    """A channel that spent more than its weekly budget is met less in the coming week."""
    marketing = world.scenario.marketing
    n_days = plan.n_days
    for channel, budget in world.scenario.interference.weekly_budgets.items():
        k = CHANNEL_ID[channel]
        price = marketing.channels[channel].price * (1 + marketing.price_inflation * start / 365)
        spent = float(contacts[0, k]) * price * DAYS_PER_WEEK / (end - start)
        planned = plan.days["reach"][k, start]
        throttle = coupled.days["reach"][k, start] / planned if planned > 0 else 1.0
        unthrottled = spent / throttle if throttle > 0 else 0.0
        share = float(rounded(min(1.0, budget / unthrottled))) if unthrottled > 0 else 1.0
        coming = slice(end, min(end + DAYS_PER_WEEK, n_days))
        coupled.days["reach"][k, coming] = plan.days["reach"][k, coming] * share


def _queue(world: World, coupled: Plan, visitors: IntArray, week: int, n_days: int) -> None:
    """A store that was too full loses buyers in the coming week."""
    rule = world.scenario.interference
    if rule.weekly_visitors == 0:
        return
    area = world.places.floor_area_m2
    served = rule.weekly_visitors * area / area.mean() * n_days / DAYS_PER_WEEK
    over = np.clip(visitors / served - 1.0, 0.0, 1.0)
    coupled.stores["queue"][:, week + 1] = rounded(1.0 - rule.queue_aversion * over)
