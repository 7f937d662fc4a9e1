"""Methods a study can name: what each measures, which tables it reads, and its parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError

from omnisim.errors import DesignError
from omnisim.results import Estimate

MONEY_AND_ORDERS = ("net_amount", "n_orders")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a method is asked for.

    Attributes
    ----------
    estimand, outcome : str
        As ``truth/effects`` spells them.
    cause : str
        Name of the experiment or channel; empty where there is one, or all are asked for.
    scope : str
        Part of the units, or kind of part where all of a kind are asked for.
    window : (int, int), optional
        First day and length in days, where only these days count.
    """

    estimand: str
    outcome: str
    cause: str = ""
    scope: str = "all"
    window: tuple[int, int] | None = None


Measure = Callable[..., Sequence[Estimate]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A registered method.

    Attributes
    ----------
    name : str
        Package and method, e.g. ``experiment.cuped``.
    about : str
        One line for people.
    estimands : tuple of str
        What it may be held against, e.g. ``ate``.
    kinds : tuple of str
        Kinds of truth whose causes it measures, as in :class:`~omnisim.truth.causes.KnownEffect`.
    outcomes : tuple of str
        Outcomes it can measure.
    scopes : tuple of str
        Parts of the units it can tell apart, e.g. ``wave`` for ``wave=1``.
    across : str
        ``cause``: gives one estimate per channel, each named like its cause; ``scope``: one per part,
        each named like its scope; empty: a single one.
    has_windows : bool
        Whether it can be asked for some weeks only.
    tables : tuple of str
        Tables it reads; it is given no others.
    measure : callable
        ``(tables, target, **parameters)`` to estimates in the units of the truth.
    defaults : mapping
        Parameters with their defaults.
    """

    name: str
    about: str
    estimands: tuple[str, ...]
    kinds: tuple[str, ...]
    outcomes: tuple[str, ...]
    scopes: tuple[str, ...]
    across: str
    has_windows: bool
    tables: tuple[str, ...]
    measure: Measure
    defaults: Mapping[str, Any] = field(default_factory=dict)

    @property
    def measures(self) -> str:
        """What it may be held against, for people."""
        across = {"cause": " across causes", "scope": f" across {', '.join(self.scopes)}"}
        return ", ".join(self.estimands) + across.get(self.across, "")

    def check(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Parameters of the declared types.

        Raises
        ------
        DesignError
            A parameter is unknown or of another type.
        """
        hints = get_type_hints(self.measure)
        checked = {}
        for name, value in parameters.items():
            if name not in self.defaults:
                known = ", ".join(self.defaults) or "none"
                raise DesignError(f"{name}: {self.name} has no such parameter; it has {known}")
            try:
                checked[name] = TypeAdapter(
                    hints[name], config=ConfigDict(strict=True, allow_inf_nan=False)
                ).validate_python(value)
            except ValidationError as error:
                told = error.errors()[0]["msg"].replace("Input should", "should")
                raise DesignError(f"{name} = {value!r}: {told}") from None
        return checked


METHODS: dict[str, Method] = {}  # filled by the modules of methods; read it through the catalogue


def method(
    name: str,
    *,
    estimand: str | Sequence[str],
    kinds: Sequence[str],
    tables: Sequence[str],
    about: str,
    outcomes: Sequence[str] = MONEY_AND_ORDERS,
    scopes: Sequence[str] = ("all",),
    across: str = "",
    has_windows: bool = False,
) -> Callable[[Measure], Measure]:
    """Register a function of ``(tables, target, *, parameters)`` under a name.

    Keyword-only arguments with defaults become the method's parameters.
    """

    def register(measure: Measure) -> Measure:
        if name in METHODS:
            raise DesignError(f"method {name!r} is registered twice")
        arguments = inspect.signature(measure).parameters.values()
        METHODS[name] = Method(
            name=name,
            about=about,
            estimands=(estimand,) if isinstance(estimand, str) else tuple(estimand),
            kinds=tuple(kinds),
            outcomes=tuple(outcomes),
            scopes=tuple(scopes),
            across=across,
            has_windows=has_windows,
            tables=tuple(tables),
            measure=measure,
            defaults={a.name: a.default for a in arguments if a.kind is a.KEYWORD_ONLY},
        )
        return measure

    return register
