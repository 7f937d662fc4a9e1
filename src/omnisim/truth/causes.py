"""Which effects a scenario has a truth for, before any world is run."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from omnisim.scenario import Scenario
from omnisim.schema import CHANNEL_NAMES
from omnisim.truth.worlds import CANARY_RELEASE, MEMBERSHIP, ROLLOUT, WIN_BACK
from omnisim.world.factors import cause_names

_WINDOWED = {"campaign": "campaigns", "promotion": "promotions", "shock": "incidents"}


@dataclass(frozen=True, slots=True)
class KnownEffect:
    """An effect whose truth can be had: estimand, cause, and the kind of worlds that show it."""

    estimand: str
    cause: str
    kind: str


def known_effects(scenario: Scenario) -> tuple[KnownEffect, ...]:
    """All effects :func:`omnisim.truth.simulate` finds for a scenario.

    Examples
    --------
    >>> from omnisim.scenario import load_scenario
    >>> found = known_effects(load_scenario("omnichannel_fashion", size="tiny"))
    >>> [effect.cause for effect in found if effect.estimand == "ate"]
    ['Personalised home page']
    """
    s = scenario
    found = [KnownEffect("total", name, "channels") for name in CHANNEL_NAMES]
    tests = [s.experiment.name] if s.experiment.is_on else []
    if s.factorial.is_on:
        tests += [factor.name for factor in s.factorial.factors]
    found += [KnownEffect("ate", name, "experiments") for name in tests]
    if s.rollout.is_on:
        found += [KnownEffect(kind, ROLLOUT, "rollouts") for kind in ("att", "total")]
    if s.canary.is_on:
        found.append(KnownEffect("total", CANARY_RELEASE, "rollouts"))
    for group, names in cause_names(s).items():
        found += [KnownEffect("total", name, _WINDOWED[group]) for name in names]
    programmes = ((s.membership.is_on, MEMBERSHIP), (s.win_back.is_on, WIN_BACK))
    found += [KnownEffect("total", name, "programmes") for is_on, name in programmes if is_on]
    return tuple(found)


def kinds_of(effects: Collection[KnownEffect]) -> tuple[str, ...]:
    """Kinds of truth that show these effects, each once."""
    return tuple(dict.fromkeys(effect.kind for effect in effects))
