"""Whose year can differ in another world: the others need not live it again.

A cause that never reached a person changes nothing for that person, to the cent, because worlds
share all luck. With interference on this does not hold: everybody lives every world.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from omnisim.engine.state import NO_TIME, Output
from omnisim.schema import CHANNEL_ID, CHANNELS
from omnisim.world import Persons, World

BoolArray = NDArray[np.bool_]
Audience = Literal["everybody", "met", "account_holders", "test", "pages", "stores", "buyers"]


def affected(
    world: World, audience: Audience, channel: int, people: Persons, state: Any, base: Output
) -> BoolArray:
    """Persons whose year may differ from the base world.

    Parameters
    ----------
    audience : str
        ``met`` those whom `channel` ever reached; ``account_holders`` those who ever had an account;
        ``test`` and ``pages`` those who take part; ``stores`` those near a store that ever has the
        service; ``buyers`` those who ever ordered; else ``everybody``.
    channel : int
        Registry id, for ``met``.
    state : record array of STATE
        Each person on the last evening of the base world.

    Returns
    -------
    array of bool, shape (n,)
    """
    s = world.scenario
    if audience == "everybody" or s.interference.is_on:
        return np.ones(people.size, np.bool_)
    if audience == "met":
        return np.asarray(state["n_contacts"][:, channel] > 0)
    if audience == "account_holders":
        return np.asarray(state["joined_at"][:, 0] != NO_TIME)
    if audience == "test":
        takes_part = base.test[:, 2] > 0
        # the test of one member of a household may be heard of by the other
        return takes_part if s.experiment.spillover_share == 0 else np.ones(people.size, np.bool_)
    if audience == "pages":
        return np.asarray(base.pages[:, 2] > 0)
    if audience == "stores":
        return np.asarray(world.places.wave[people["store"]] > 0)
    return np.asarray(state["n_orders"] > 0)


def reached_by(world: World, off: Collection[str], semantics: str, state: Any) -> BoolArray:
    """Persons whose year may differ where some channels are off.

    Parameters
    ----------
    off : collection of str
        Channels.
    semantics : str
        See :mod:`omnisim.truth.semantics`.
    state : record array of STATE
        Each person on the last evening of the base world.

    Returns
    -------
    array of bool, shape (n,)
    """
    numbers = [CHANNEL_ID[name] for name in off]
    if semantics == "reallocated" or world.scenario.interference.is_on:
        return np.ones(state.size, np.bool_)
    who = np.asarray((state["n_contacts"][:, numbers] > 0).any(axis=1))
    if semantics == "substitute" and not all(CHANNELS[k].is_push for k in numbers):
        # drawn to a pull they met an outage, which leaves no contact; its runner-up may be a store
        who |= state["was_turned_away"]
    return who


def whole(base: Output, part: Output, who: BoolArray) -> Output:
    """The other world of all persons: base where nothing could change, `part` for the rest."""
    outcomes = {}
    for name in ("week", "test", "pages"):
        values = getattr(base, name).copy()
        values[who] = getattr(part, name)
        outcomes[name] = values
    return part._replace(**outcomes)
