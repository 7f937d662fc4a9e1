"""From the estimand of a study file to the true effects of a scenario, or what there is instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from omnisim.errors import InputError
from omnisim.scenario import Scenario
from omnisim.schema import CHANNEL_NAMES
from omnisim.study.model import EstimandChoice
from omnisim.timeline import DAYS_PER_WEEK
from omnisim.truth.causes import KnownEffect, further_effects, known_effects
from omnisim.truth.coalitions import in_order
from omnisim.truth.shapley import SHAPLEY

_MOST_LISTED = 24


def true_effects(
    wanted: EstimandChoice, scenario: Scenario, *, source: str
) -> tuple[KnownEffect, ...]:
    """The true effects an estimand names, narrowed to its scope and weeks.

    Several for ``across: cause``, else one. What the file leaves open is taken from the truth that
    every dataset has, where it has one; channels are ``ghost`` unless another meaning is named.

    Parameters
    ----------
    source : str
        What the file is called in messages.

    Raises
    ------
    InputError
        Names the field and its value, and lists what exists.

    Examples
    --------
    >>> from omnisim.scenario import load_scenario
    >>> wanted = EstimandChoice(estimand="total", cause="email", semantics="substitute")
    >>> true_effects(wanted, load_scenario("sample"), source="mine.yaml")[0].kind
    'channels'
    """
    every = (*known_effects(scenario), *further_effects(scenario))
    found = _of(
        [e for e in every if e.estimand == wanted.estimand],
        source, "estimand", wanted.estimand, "the scenario has none; there are",
        (e.estimand for e in every),
    )  # fmt: skip
    if wanted.cause:
        cause = _cause(wanted.cause)
        told = f"no such cause of {wanted.estimand!r}; there are"
        found = _of(
            [e for e in found if e.cause == cause],
            source, "cause", wanted.cause, told, (e.cause for e in found),
        )  # fmt: skip
    if wanted.across == "cause":
        found = _of(
            [e for e in found if e.cause in CHANNEL_NAMES],
            source, "across", "cause", "these are no effects of channels:", (e.cause for e in found),
        )  # fmt: skip
    found = _of(
        [e for e in found if wanted.semantics in ("", e.semantics)],
        source, "semantics", wanted.semantics, "there are", (e.semantics for e in found),
    )  # fmt: skip
    found = _of(
        [e for e in found if wanted.outcome in e.outcomes],
        source, "outcome", wanted.outcome, "there are", (name for e in found for name in e.outcomes),
    )  # fmt: skip
    found = _of(
        [e for e in found if _scopes(wanted, e)],
        source, "scope", wanted.scope, "there are", (name for e in found for name in e.scopes),
    )  # fmt: skip
    if not wanted.semantics:
        found = [e for e in found if e.is_default] or _ghosts(found)
    causes = list(dict.fromkeys(e.cause for e in found))
    if not wanted.across == "cause" and len(causes) > 1:
        raise InputError(f"{source}: estimand.cause: missing; name one of {_listed(causes)}")
    meanings = list(dict.fromkeys(e.semantics for e in found))
    if len(meanings) > 1:
        raise InputError(f"{source}: estimand.semantics: missing; name one of {_listed(meanings)}")
    weeks = _weeks(wanted, scenario, found, source)
    return tuple(
        replace(
            effect,
            scopes=_scopes(wanted, effect),
            weeks=weeks,
            orders=wanted.orders if effect.kind == SHAPLEY else 0,
        )
        for effect in found
    )


def family(scope: str) -> str:
    """The kind of part a scope is.

    Examples
    --------
    >>> family("wave=2"), family("all"), family("+10%")
    ('wave', 'all', '+10%')
    """
    return scope.partition("=")[0]


def _scopes(wanted: EstimandChoice, effect: KnownEffect) -> tuple[str, ...]:
    """The scopes of an effect that are wanted."""
    if wanted.across == "scope":
        return tuple(name for name in effect.scopes if name.startswith(f"{wanted.scope}="))
    return tuple(name for name in effect.scopes if name == wanted.scope)


def _cause(name: str) -> str:
    """Channels joined by ``+`` in the order of the registry."""
    names = name.split("+")
    return "+".join(in_order(names)) if set(names) <= set(CHANNEL_NAMES) else name


def _ghosts(found: list[KnownEffect]) -> list[KnownEffect]:
    return [e for e in found if e.semantics == "ghost"] or found


def _weeks(
    wanted: EstimandChoice, scenario: Scenario, found: Sequence[KnownEffect], source: str
) -> tuple[int, int] | None:
    if wanted.window is None:
        return None
    given = wanted.window
    if not all(effect.has_weeks for effect in found):
        raise InputError(
            f"{source}: estimand.window: {wanted.estimand!r} of {found[0].cause!r} has a window of "
            "its own; leave it out"
        )
    n_days = scenario.horizon.n_days // DAYS_PER_WEEK * DAYS_PER_WEEK
    if given.first_day + given.n_days > n_days:
        raise InputError(
            f"{source}: estimand.window: first_day = {given.first_day}, n_days = {given.n_days}: the "
            f"horizon has {n_days} days in whole weeks"
        )
    return given.weeks


def _of(
    found: list[KnownEffect], source: str, field: str, value: str, told: str, there: Iterable[str]
) -> list[KnownEffect]:
    """What was found, or an error that lists what there is."""
    if found:
        return found
    names = list(dict.fromkeys(there))
    raise InputError(f"{source}: estimand.{field} = {value!r}: {told} {_listed(names)}")


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_LISTED])
    return shown if len(names) <= _MOST_LISTED else f"{shown} and {len(names) - _MOST_LISTED} more"
