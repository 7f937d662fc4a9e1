"""Which worlds are run beside the base world, and what each says about a block of customers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from omnisim.engine import Plan, new_cause, run_without_log, with_factors
from omnisim.engine.plan import ALL_CONTROL, ALL_TREATED
from omnisim.engine.state import Output
from omnisim.errors import ScenarioError
from omnisim.schema import CHANNEL_NAMES
from omnisim.truth.tally import Moments, WorldTally, by_store, rollout_cells, rollout_scopes
from omnisim.world import Persons, World
from omnisim.world.factors import build_factors, cause_names

KINDS = (
    "channels",
    "experiments",
    "rollouts",
    "campaigns",
    "promotions",
    "incidents",
    "programmes",
)
_WINDOWED = {"campaigns": "campaign", "promotions": "promotion", "incidents": "shock"}
MEMBERSHIP, WIN_BACK = "membership_benefits", "win_back"
BASE, ALL_TEST, NO_TEST, NO_ROLLOUT = "base", "test=all", "test=none", "rollout=none"


@dataclass(frozen=True, slots=True)
class OtherWorld:
    """A world beside the base world.

    Attributes
    ----------
    name : str
        What was changed in it.
    cause : record of CAUSE
        Its switches.
    without : tuple of str
        Causes with a window that do not happen in it.
    """

    name: str
    cause: Any
    without: tuple[str, ...] = ()

    def plan(self, world: World, base: Plan) -> Plan:
        """What the kernel reads in this world."""
        plan = base.under(self.cause)
        if not self.without:
            return plan
        return with_factors(plan, build_factors(world.scenario, without=self.without))


def wanted_kinds(text: str) -> tuple[str, ...]:
    """Read ``none``, ``default`` or a list such as ``channels,rollouts``.

    Examples
    --------
    >>> wanted_kinds("rollouts, channels")
    ('channels', 'rollouts')
    """
    if text == "none":
        return ()
    if text == "default":
        return KINDS
    asked = {part.strip() for part in text.split(",")}
    unknown = sorted(asked - set(KINDS))
    if unknown:
        raise ScenarioError(
            f"truth = {text!r}: no {unknown[0]!r}; give none, default, or a list of {list(KINDS)}"
        )
    return tuple(kind for kind in KINDS if kind in asked)


def other_worlds(world: World, kinds: Collection[str]) -> list[OtherWorld]:
    """The worlds needed for the wanted kinds of truth."""
    s = world.scenario
    worlds = []
    if "channels" in kinds:
        worlds += [
            OtherWorld(f"without={name}", new_cause(without=(name,))) for name in CHANNEL_NAMES
        ]
    if "experiments" in kinds and s.experiment.is_on:
        worlds += [
            OtherWorld(ALL_TEST, new_cause(experiment=ALL_TREATED)),
            OtherWorld(NO_TEST, new_cause(experiment=ALL_CONTROL)),
        ]
    if "rollouts" in kinds and s.rollout.is_on:
        worlds.append(OtherWorld(NO_ROLLOUT, new_cause(rollout_on=False)))
    windowed = cause_names(s)
    for kind, group in _WINDOWED.items():
        if kind in kinds:
            worlds += [
                OtherWorld(f"without={name}", new_cause(), without=(name,))
                for name in windowed[group]
            ]
    if "programmes" in kinds and s.membership.is_on:
        worlds.append(OtherWorld(f"without={MEMBERSHIP}", new_cause(membership_on=False)))
    if "programmes" in kinds and s.win_back.is_on:
        worlds.append(OtherWorld(f"without={WIN_BACK}", new_cause(win_back_on=False)))
    return worlds


def tally_block(
    world: World, people: Persons, base: Output, plans: Mapping[str, Plan]
) -> dict[str, WorldTally]:
    """Run a block through the other worlds, given by name, and keep sums only."""
    store, n_stores = people["store"], world.places.n_stores
    out = {BASE: WorldTally(by_store(store, base.week, n_stores))}
    all_test: Output | None = None
    for name, plan in plans.items():
        there = run_without_log(plan, people)
        week = by_store(store, there.week, n_stores)
        if name == NO_ROLLOUT:
            difference = base.week - there.week
            cells = rollout_cells(store, difference, rollout_scopes(world))
            cells["total"] = Moments.of(difference.sum(axis=1))
        elif name == ALL_TEST:
            all_test, cells = there, {}
        elif name == NO_TEST:
            if all_test is None:
                raise AssertionError("the all-treated world runs before the all-control world")
            difference = all_test.test - there.test
            difference[:, 2] = base.test[:, 2]  # accounts enrolled before any difference
            cells = {"all": Moments.of(difference)}
        else:
            cells = {"all": Moments.of((base.week - there.week).sum(axis=1))}
        out[name] = WorldTally(week, cells)
    return out
