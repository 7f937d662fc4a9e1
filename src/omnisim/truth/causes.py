"""Which effects a scenario has a truth for, before any world is run."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations

from omnisim.scenario import Scenario
from omnisim.schema import CHANNEL_NAMES, CHANNELS
from omnisim.timeline import DAYS_PER_WEEK
from omnisim.truth.budgets import BUDGET, STEPS
from omnisim.truth.lost import CAUSE as EMPTY_SHELVES
from omnisim.truth.lost import LOST
from omnisim.truth.money import MONEY
from omnisim.truth.segments import ALL_MINUS_NONE, SEGMENT_OUTCOMES, segment_scopes
from omnisim.truth.semantics import SEMANTICS
from omnisim.truth.shapley import SHAPLEY
from omnisim.truth.tally import OUTCOMES
from omnisim.truth.treatments import TREATMENT, TREATMENTS
from omnisim.truth.worlds import CANARY_RELEASE, KINDS, MEMBERSHIP, ROLLOUT, WIN_BACK
from omnisim.world.factors import cause_names

_WINDOWED = {"campaign": "campaigns", "promotion": "promotions", "shock": "incidents"}
_GHOST, _NOT_RUN = "ghost", "not_run"
_ALL = ("all",)


@dataclass(frozen=True, slots=True)
class KnownEffect:
    """An effect whose truth can be had.

    Attributes
    ----------
    estimand, cause : str
        As in ``truth/effects``.
    kind : str
        The kind of worlds that show it.
    semantics : str
        What the world is held against.
    outcomes, scopes : tuple of str
        What is counted; parts of the units.
    has_weeks : bool
        Whether it can be had for some weeks of the horizon rather than its own window.
    weeks : (int, int), optional
        First week and week after the last, from 0, where only these are wanted.
    orders : int
        Orders of channels to sample, for Shapley values.
    """

    estimand: str
    cause: str
    kind: str
    semantics: str = _GHOST
    outcomes: tuple[str, ...] = OUTCOMES
    scopes: tuple[str, ...] = _ALL
    has_weeks: bool = False
    weeks: tuple[int, int] | None = None
    orders: int = 0

    @property
    def is_default(self) -> bool:
        """Whether it is among the truth that ``--truth default`` finds, for its own window."""
        is_beside = self.kind != "channels" or self.semantics == _GHOST
        return self.kind in KINDS and is_beside and self.weeks is None


def known_effects(scenario: Scenario) -> tuple[KnownEffect, ...]:
    """All effects that ``--truth default`` finds for a scenario.

    Examples
    --------
    >>> from omnisim.scenario import load_scenario
    >>> found = known_effects(load_scenario("omnichannel_fashion", size="tiny"))
    >>> [effect.cause for effect in found if effect.estimand == "ate"]
    ['Personalised home page']
    """
    s = scenario
    found = [_total(name, "channels", _GHOST) for name in CHANNEL_NAMES]
    found += [
        KnownEffect("ate", name, "experiments", ALL_MINUS_NONE, SEGMENT_OUTCOMES)
        for name in _tests(s)
    ]
    if s.rollout.is_on:
        found += [
            KnownEffect("att", ROLLOUT, "rollouts", ALL_MINUS_NONE, scopes=_rollout_scopes(s)),
            _total(ROLLOUT, "rollouts", ALL_MINUS_NONE),
        ]
    if s.canary.is_on:
        found.append(KnownEffect("total", CANARY_RELEASE, "rollouts", ALL_MINUS_NONE))
    for group, names in cause_names(s).items():
        found += [_total(name, _WINDOWED[group], _NOT_RUN) for name in names]
    programmes = ((s.membership.is_on, MEMBERSHIP), (s.win_back.is_on, WIN_BACK))
    found += [_total(name, "programmes", _NOT_RUN) for is_on, name in programmes if is_on]
    return tuple(found)


def further_effects(scenario: Scenario) -> tuple[KnownEffect, ...]:
    """Effects beyond those, each found from worlds of its own: see docs/semantics.md.

    Paid channels are taken to spend money; one that does not in the end has no truth.

    Examples
    --------
    >>> from omnisim.scenario import load_scenario
    >>> found = further_effects(load_scenario("omnichannel_fashion", size="tiny"))
    >>> sorted({effect.estimand for effect in found})[:4]
    ['add_one_in', 'att', 'budget_step', 'cate']
    """
    return (*_whatever_the_scenario(), *_of_segments(scenario), *_others(scenario))


@cache  # whatever the scenario: a study asks at every design point
def _whatever_the_scenario() -> tuple[KnownEffect, ...]:
    return (*_of_channels(), *_of_budgets())


def _of_channels() -> Iterator[KnownEffect]:
    paid = tuple(c.channel for c in CHANNELS if c.is_paid)
    for semantics in SEMANTICS:
        players = paid if semantics == "reallocated" else CHANNEL_NAMES
        for name in players:
            if semantics != _GHOST:  # which is the default
                yield _total(name, "channels", semantics)
            yield KnownEffect("add_one_in", name, "additions", semantics, has_weeks=True)
            for estimand in ("shapley", "shapley_sampling"):
                yield KnownEffect(estimand, name, SHAPLEY, semantics)
        for pair in combinations(players, 2):
            yield KnownEffect("synergy", "+".join(pair), "pairs", semantics, has_weeks=True)


def _of_budgets() -> Iterator[KnownEffect]:
    steps = tuple(STEPS)
    for name in (c.channel for c in CHANNELS if c.is_paid):
        counted = (*OUTCOMES, "media_cost")
        yield KnownEffect(BUDGET, name, "budgets", "reach_times", counted, steps)
        yield KnownEffect("marginal_roas", name, "budgets", "reach_times", ("net_amount",), steps)


def _of_segments(s: Scenario) -> Iterator[KnownEffect]:
    for name in _tests(s):
        for estimand, scopes in (("att", _ALL), ("cate", segment_scopes(s))):
            yield KnownEffect(estimand, name, "segments", ALL_MINUS_NONE, SEGMENT_OUTCOMES, scopes)


def _others(s: Scenario) -> Iterator[KnownEffect]:
    goods = tuple(f"category={name}" for name in s.assortment.category_names)
    counted = ("n_units", "list_amount")
    yield KnownEffect(LOST, EMPTY_SHELVES, LOST, "asked_for", counted, ("all", *goods))
    if not s.interference.is_on:  # shelves are then what sales leave
        yield KnownEffect(LOST, EMPTY_SHELVES, LOST, "full_shelves", has_weeks=True)
    for treatment in TREATMENTS:
        outcomes = (*OUTCOMES, *MONEY, "media_cost")
        yield KnownEffect("total", treatment.name, "treatments", TREATMENT, outcomes)


def _total(cause: str, kind: str, semantics: str) -> KnownEffect:
    return KnownEffect("total", cause, kind, semantics, has_weeks=True)


def _tests(s: Scenario) -> list[str]:
    tests = [s.experiment.name] if s.experiment.is_on else []
    return tests + ([factor.name for factor in s.factorial.factors] if s.factorial.is_on else [])


def _rollout_scopes(s: Scenario) -> tuple[str, ...]:
    """A wave whose share makes no store has no truth in the end."""
    waves = s.rollout.waves
    first = min(wave.first_day for wave in waves) // DAYS_PER_WEEK
    n_weeks = s.horizon.n_days // DAYS_PER_WEEK - first
    return (
        "all",
        *(f"wave={number}" for number in range(1, len(waves) + 1)),
        *(f"event_week={week}" for week in range(n_weeks)),
    )


def kinds_of(effects: Collection[KnownEffect]) -> tuple[str, ...]:
    """Kinds of truth that show these effects, each once."""
    return tuple(dict.fromkeys(effect.kind for effect in effects))
