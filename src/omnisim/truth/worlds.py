"""Which worlds are run beside the base world, and what each says about a block of customers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnisim.engine import Plan, new_cause, run_without_log, with_factors
from omnisim.engine.plan import ALL_CONTROL, ALL_TREATED
from omnisim.engine.state import Output
from omnisim.errors import ScenarioError
from omnisim.scenario import Scenario
from omnisim.schema import CHANNEL_ID, CHANNEL_NAMES, CHANNELS
from omnisim.truth.pruning import Audience, affected, whole
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
# not among the default ones: they take worlds of their own, see :mod:`omnisim.truth.further`
FURTHER_KINDS = ("additions", "pairs", "budgets", "segments", "lost_demand", "treatments")
_WINDOWED = {"campaigns": "campaign", "promotions": "promotion", "incidents": "shock"}
PAGES, CANARY = "page", "canary"
ROLLOUT, CANARY_RELEASE = "click_and_collect", "canary_release"
MEMBERSHIP, WIN_BACK = "membership_benefits", "win_back"
BASE, NO_ROLLOUT = "base", "rollout=never"
TEST = "test"
EVERYBODY, NOBODY = "=all", "=none"  # worlds of experiments come in pairs, the first one first


@dataclass(frozen=True, slots=True)
class OtherWorld:
    """A world beside the base world.

    Attributes
    ----------
    name : str
        What was changed in it.
    kind : str
        One of :data:`KINDS`.
    of : str
        The cause it differs in, as effects name it.
    cause : record of CAUSE
        Its switches.
    without : tuple of str
        Causes with a window that do not happen in it.
    audience : str
        Whose year may differ from the base world: see :func:`omnisim.truth.pruning.affected`.
    channel : int
        Registry id of the channel that is changed; -1 for none.
    """

    name: str
    kind: str
    of: str
    cause: Any
    without: tuple[str, ...] = ()
    audience: Audience = "everybody"
    channel: int = -1

    def plan(self, world: World, base: Plan) -> Plan:
        """What the kernel reads in this world."""
        plan = base.under(self.cause)
        if not self.without:
            return plan
        return with_factors(plan, build_factors(world.scenario, without=self.without))


def wanted_kinds(text: str) -> tuple[str, ...]:
    """Read ``none``, ``default``, ``all`` or a list such as ``channels,rollouts``.

    Examples
    --------
    >>> wanted_kinds("rollouts, channels")
    ('channels', 'rollouts')
    """
    if text == "none":
        return ()
    if text == "default":
        return KINDS
    known = KINDS + FURTHER_KINDS
    if text == "all":
        return known
    asked = {part.strip() for part in text.split(",")}
    unknown = sorted(asked - set(known))
    if unknown:
        raise ScenarioError(
            f"truth = {text!r}: no {unknown[0]!r}; give none, default, all, or a list of {list(known)}"
        )
    return tuple(kind for kind in known if kind in asked)


def other_worlds(world: World, kinds: Collection[str]) -> list[OtherWorld]:
    """The worlds needed for the wanted kinds of truth."""
    s = world.scenario
    worlds = []
    if "channels" in kinds:
        worlds += [
            OtherWorld(
                f"without={name}",
                "channels",
                name,
                new_cause(without=(name,)),
                audience="met",
                channel=CHANNEL_ID[name],
            )
            for name in CHANNEL_NAMES
        ]
    if "experiments" in kinds and s.experiment.is_on:
        worlds += [
            OtherWorld(
                TEST + which,
                "experiments",
                s.experiment.name,
                new_cause(experiment=arm),
                audience="test",
            )
            for which, arm in ((EVERYBODY, ALL_TREATED), (NOBODY, ALL_CONTROL))
        ]
    if "rollouts" in kinds and s.rollout.is_on:
        worlds.append(
            OtherWorld(
                NO_ROLLOUT, "rollouts", ROLLOUT, new_cause(rollout_on=False), audience="stores"
            )
        )
    if "experiments" in kinds and s.factorial.is_on:
        worlds += [
            OtherWorld(
                f"{PAGES}{k}{which}",
                "experiments",
                factor.name,
                new_cause(factors={k: arm}),
                audience="pages",
            )
            for k, factor in enumerate(s.factorial.factors)
            for which, arm in ((EVERYBODY, ALL_TREATED), (NOBODY, ALL_CONTROL))
        ]
    if "rollouts" in kinds and s.canary.is_on:
        worlds += [
            OtherWorld(CANARY + which, "rollouts", CANARY_RELEASE, new_cause(canary=arm))
            for which, arm in ((EVERYBODY, ALL_TREATED), (NOBODY, ALL_CONTROL))
        ]
    windowed = cause_names(s)
    for kind, group in _WINDOWED.items():
        if kind in kinds:
            worlds += [
                OtherWorld(
                    f"without={name}", kind, name, new_cause(), (name,), *_audience(s, kind, number)
                )
                for number, name in enumerate(windowed[group])
            ]
    if "programmes" in kinds and s.membership.is_on:
        worlds.append(
            OtherWorld(
                f"without={MEMBERSHIP}",
                "programmes",
                MEMBERSHIP,
                new_cause(membership_on=False),
                audience="account_holders",
            )
        )
    if "programmes" in kinds and s.win_back.is_on:
        worlds.append(
            OtherWorld(
                f"without={WIN_BACK}",
                "programmes",
                WIN_BACK,
                new_cause(win_back_on=False),
                audience="buyers",
            )
        )
    return worlds


def _treated_less_control(cause: str, treated: Output, control: Output) -> NDArray[np.int64]:
    """Difference of each person's outcomes between the two worlds of an experiment."""
    if cause == CANARY:
        return np.asarray((treated.week - control.week).sum(axis=1))
    field = "test" if cause == TEST else "pages"
    difference = getattr(treated, field) - getattr(control, field)
    difference[:, 2] = getattr(control, field)[:, 2]  # accounts enrolled before any difference
    return np.asarray(difference)


def _audience(scenario: Scenario, kind: str, number: int) -> tuple[Audience, int]:
    """Whom a cause with a window can reach: more of a push reaches only those it has reached.

    Who was drawn to another touch may have met an outage there, which leaves no contact behind.
    """
    if kind == "campaigns" and scenario.campaigns[number].reach_factor >= 1:
        channel = CHANNEL_ID[scenario.campaigns[number].channel]
        if CHANNELS[channel].is_push:
            return "met", channel
    return "everybody", -1


def tally_block(
    world: World,
    people: Persons,
    state: Any,
    base: Output,
    others: Collection[tuple[OtherWorld, Plan]],
) -> dict[str, WorldTally]:
    """Run a block through the other worlds and keep sums only.

    Only persons whose year can differ live it again; `state` is theirs at the end of the base world.
    """
    store, n_stores = people["store"], world.places.n_stores
    out = {BASE: WorldTally(by_store(store, base.week, n_stores))}
    everybody: dict[str, Output] = {}  # worlds in which all are treated, until nobody is
    for other, plan in others:
        name = other.name
        who = affected(world, other.audience, other.channel, people, state, base)
        some: Any = people[who]
        there = whole(base, run_without_log(plan, some), who)
        week = by_store(store, there.week, n_stores)
        if other.without:
            cells = {"all": Moments.of((base.week - there.week).sum(axis=1))}
        elif name == NO_ROLLOUT:
            difference = base.week - there.week
            cells = rollout_cells(store, difference, rollout_scopes(world))
            cells["total"] = Moments.of(difference.sum(axis=1))
        elif name.endswith(EVERYBODY):
            everybody[name.removesuffix(EVERYBODY)], cells = there, {}
        elif name.endswith(NOBODY):
            cause = name.removesuffix(NOBODY)
            cells = {"all": Moments.of(_treated_less_control(cause, everybody.pop(cause), there))}
        else:
            cells = {"all": Moments.of((base.week - there.week).sum(axis=1))}
        out[name] = WorldTally(week, cells, int(who.sum()))
    return out
