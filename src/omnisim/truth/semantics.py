"""What a year without some channels means: three precise answers, each a plan for the kernel.

``ghost``
    Every slot stays and is counted, but nobody is influenced: a contact adds no pressure and is not
    clicked, a visit that starts at the channel has neither its touch factor nor a memory. Money
    spent stays spent.
``substitute``
    Another touch takes the slot. A pull (a channel customers come through) leaves the race for the
    next touch, so the runner-up wins it; where no pull is left, and for those who looked in a store
    and order from home, a direct visit remains, without effect if `direct` is off. A slot of a push
    (one advertisement or message to one customer on one day) goes to a push of its kind that is on:
    advertisements to advertisements, messages to messages. Which one is drawn by an exponential race
    with today's chance of each to reach this customer as its weight: zero where it could not (no
    account, no app, no consent, no e-mail day). If none could, the slot stays empty. Luck belongs to
    the slot.
``reallocated``
    The channel is not bought, and its media money of the whole horizon moves to the other paid
    channels in proportion to what they spend in the base world: their reach is multiplied by
    ``1 + moved / spend of those that stay``. Money buys reach in proportion; what is billed in the
    end follows from whom it meets, because a chance to meet somebody ends at 1 and pulls compete.
    Customers who came through a pull that is off come another way. Only channels that spend media
    money take part. Where none is left, the money is saved.

Whoever a channel that is off never met lives the same year under ``ghost`` and ``substitute`` while
interference is off. Under ``reallocated`` everybody may differ.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from omnisim.engine import Plan, new_cause
from omnisim.errors import ScenarioError
from omnisim.schema import CHANNEL_ID, CHANNEL_NAMES, CHANNELS
from omnisim.world import World

SEMANTICS = ("ghost", "substitute", "reallocated")
Spend: TypeAlias = Mapping[str, int]  # media money of the base world by paid channel [minor units]


def wanted_semantics(asked: str | Sequence[str]) -> tuple[str, ...]:
    """Read a list such as ``ghost,substitute``.

    Raises
    ------
    ScenarioError
        When a name is not among :data:`SEMANTICS`.

    Examples
    --------
    >>> wanted_semantics("substitute, ghost")
    ('ghost', 'substitute')
    """
    parts = asked.split(",") if isinstance(asked, str) else asked
    names = {part.strip() for part in parts}
    unknown = sorted(names - set(SEMANTICS))
    if unknown or not names:
        found = repr(unknown[0]) if unknown else "nothing"
        raise ScenarioError(f"semantics: {found} is none of them; give some of {list(SEMANTICS)}")
    return tuple(name for name in SEMANTICS if name in names)


def players(semantics: str, spend: Spend) -> tuple[str, ...]:
    """Channels that can be switched off: all, or those with media money to move."""
    if semantics != "reallocated":
        return CHANNEL_NAMES
    return tuple(name for name in CHANNEL_NAMES if spend.get(name, 0) > 0)


def without_channels(
    world: World, plan: Plan, off: Collection[str], semantics: str, spend: Spend
) -> tuple[World, Plan]:
    """The world and the plan of a year without some channels.

    Parameters
    ----------
    off : collection of str
        Channels; for ``reallocated`` such as :func:`players` names.
    spend : mapping of str to int
        Of the base world; read for ``reallocated`` only.
    """
    if semantics == "ghost":
        return world, plan.under(new_cause(without=off))
    cause = new_cause(without=off, is_substituted=semantics == "substitute")
    if semantics == "substitute":
        pulls = [name for name in off if not CHANNELS[CHANNEL_ID[name]].is_push]
        return world, with_reach(plan, dict.fromkeys(pulls, 0.0)).under(cause)
    factors = moved_budgets(off, spend)
    return with_budgets(world, factors), with_reach(plan, factors).under(cause)


def moved_budgets(off: Collection[str], spend: Spend) -> dict[str, float]:
    """Factor on the reach of each channel that spends when the money of some moves to the others.

    Examples
    --------
    >>> moved_budgets(["sms"], {"sms": 100, "affiliate": 300, "short_video": 100})
    {'sms': 0.0, 'affiliate': 1.25, 'short_video': 1.25}
    """
    moved = sum(spend[name] for name in off)
    stays = sum(cents for name, cents in spend.items() if name not in off)
    return {
        name: 0.0 if name in off else 1.0 + moved / stays
        for name, cents in spend.items()
        if cents > 0
    }


def with_reach(plan: Plan, factors: Mapping[str, float]) -> Plan:
    """The plan in which the reach of some channels is multiplied on every day."""
    if "email" in factors:
        raise ValueError("e-mail's chance is no reach of a day")  # it costs no media money
    channels = plan.channels.copy()
    for name, factor in factors.items():
        channels["reach"][CHANNEL_ID[name]] *= factor
    return plan._replace(channels=channels)


def with_budgets(world: World, factors: Mapping[str, float]) -> World:
    """The world whose weekly limits of media money, where it has any, follow the budgets."""
    coupling = world.scenario.interference
    if not coupling.weekly_budgets:
        return world
    limits = {
        name: limit * factors.get(name, 1.0) for name, limit in coupling.weekly_budgets.items()
    }
    limited = coupling.model_copy(update={"weekly_budgets": limits})
    return replace(world, scenario=world.scenario.model_copy(update={"interference": limited}))


def channel_numbers(names: Collection[str]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Registry ids, ascending."""
    return np.array(sorted(CHANNEL_ID[name] for name in names), np.int64)
