"""Credit models and the g-formula, read as if each channel's number were what it caused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from omnisim.attribution import (
    CreditModel,
    First,
    GFormula,
    JourneyRules,
    Journeys,
    Last,
    LastNonDirect,
    Linear,
    Markov,
    Position,
    Shapley,
    TimeDecay,
    bootstrap_credit,
    build_journeys,
    credit,
    credited_returns,
    incremental,
    marginal_returns,
)
from omnisim.results import Estimate, Role
from omnisim.storage import Tables
from omnisim.study.registry import Measure, Target, method
from omnisim.truth.budgets import STEPS

_JOINED = ("touchpoints", "orders", "identities")
_TABLES = (*_JOINED, "channels")
_WITH_COSTS = (*_JOINED, "media_costs")
_SEEN = ("click", "visit", "call")
_ALL = ("impression", "sent", "open", *_SEEN)
# what a credit may be taken for: what a channel caused, alone or on top of others
_HELD_AGAINST = ("total", "add_one_in", "shapley")
_KINDS = ("channels", "additions", "shapley")
_RULES: tuple[tuple[str, CreditModel, str], ...] = (
    ("first_click", First(), "all credit to the first contact"),
    ("last_click", Last(), "all credit to the last contact"),
    ("last_non_direct", LastNonDirect(), "all credit to the last contact that is not direct"),
    ("linear", Linear(), "equal credit to all contacts"),
    ("time_decay", TimeDecay(), "more credit to late contacts"),
    ("position", Position(), "most credit to first and last contact"),
)
_MS_PER_DAY = 86_400_000
Contacts = Literal["all", "clicks"]


def _credit_method(name: str, about: str) -> Callable[[Measure], Measure]:
    return method(
        f"attribution.{name}",
        estimand=_HELD_AGAINST,
        kinds=_KINDS,
        across="cause",
        has_windows=True,
        tables=_TABLES,
        about=f"{about}; without an interval unless n_replicates is given",
    )


def _credit_of(model: CreditModel) -> Measure:
    """The measure that reads a credit model as cause."""

    def measure(
        data: Tables,
        target: Target,
        *,
        contacts: Contacts = "clicks",
        store_touches: bool = True,
        stitch_identities: bool = True,
        n_replicates: int = 0,
        ci_level: float = 0.95,
    ) -> Sequence[Estimate]:
        rules = _rules(contacts, store_touches, stitch_identities)
        return _credited(data, target, model, rules, n_replicates, ci_level)

    return measure


for _name, _model, _about in _RULES:
    _credit_method(_name, _about)(_credit_of(_model))


@_credit_method("markov", "removal effects of a Markov chain of order 1 to 4")
def markov(
    data: Tables,
    target: Target,
    *,
    order: int = 1,
    contacts: Contacts = "clicks",
    store_touches: bool = True,
    stitch_identities: bool = True,
    n_replicates: int = 0,
    ci_level: float = 0.95,
) -> Sequence[Estimate]:
    """Removal effects, read as cause."""
    rules = _rules(contacts, store_touches, stitch_identities)
    return _credited(data, target, Markov(order=order), rules, n_replicates, ci_level)


@_credit_method("shapley", "Shapley value of a game of contacts")
def shapley(
    data: Tables,
    target: Target,
    *,
    game: Literal["cumulative", "rate", "rate_organic"] = "cumulative",
    contacts: Contacts = "clicks",
    store_touches: bool = True,
    stitch_identities: bool = True,
    n_replicates: int = 0,
    ci_level: float = 0.95,
) -> Sequence[Estimate]:
    """Shapley values of credit, read as cause."""
    rules = _rules(contacts, store_touches, stitch_identities)
    return _credited(data, target, Shapley(game), rules, n_replicates, ci_level)


@method(
    "attribution.g_formula",
    estimand=_HELD_AGAINST,
    kinds=_KINDS,
    across="cause",
    tables=_TABLES,
    about="orders lost without each channel, by a logistic model of person-days (g-formula)",
)
def g_formula(
    data: Tables,
    target: Target,
    *,
    contacts: Contacts = "clicks",
    store_touches: bool = True,
    stitch_identities: bool = True,
    retention: float = 0.8,
    ci_level: float = 0.95,
) -> Sequence[Estimate]:
    """Incremental sales by channel under no unmeasured confounding."""
    journeys = _journeys(data, _rules(contacts, store_touches, stitch_identities))
    made = incremental(journeys, GFormula(retention=retention, level=ci_level)).frame
    column = "incremental_value" if target.outcome == "net_amount" else "incremental_conversions"
    return _estimates(
        data, target, made, column, role="incremental", n=journeys.n_conversions, how="g-formula"
    )


@method(
    "attribution.marginal_returns",
    estimand="marginal_roas",
    kinds=("budgets",),
    outcomes=("net_amount",),
    scopes=tuple(STEPS),
    across="cause",
    tables=_WITH_COSTS,
    about="slope of weekly credited sales on weekly spend, read as what the next unit of money brings",
)
def marginal(
    data: Tables,
    target: Target,  # noqa: ARG001 - whatever the step, the slope is the same
    *,
    contacts: Contacts = "clicks",
    ci_level: float = 0.95,
) -> Sequence[Estimate]:
    """Marginal credited return on advertising spend, by last click."""
    journeys = _journeys(data, _rules(contacts, True, True))
    frame = marginal_returns(journeys, Last(), data.read("media_costs"), level=ci_level)
    ends = ("marginal_low", "marginal_high")
    return _returns(data, frame, ("marginal_credited_roas", *ends), journeys.n_conversions)


@method(
    "attribution.credited_roas",
    estimand="marginal_roas",
    kinds=("budgets",),
    outcomes=("net_amount",),
    scopes=tuple(STEPS),
    across="cause",
    tables=_WITH_COSTS,
    about="credited sales over spend, read as what the next unit of money brings: a trap",
)
def average(
    data: Tables,
    target: Target,  # noqa: ARG001 - whatever the step, the average is the same
    *,
    contacts: Contacts = "clicks",
    n_replicates: int = 100,
    ci_level: float = 0.95,
) -> Sequence[Estimate]:
    """Average credited return on advertising spend, by last click."""
    journeys = _journeys(data, _rules(contacts, True, True))
    draws = bootstrap_credit(
        journeys, (Last(),), rng=np.random.default_rng(1), n_replicates=n_replicates
    )
    frame = credited_returns(draws, data.read("media_costs"), level=ci_level).frame
    names = ("credited_roas", "credited_roas_low", "credited_roas_high")
    return _returns(data, frame, names, journeys.n_conversions)


def _rules(contacts: Contacts, store_touches: bool, stitch_identities: bool) -> JourneyRules:
    return JourneyRules(
        touch_kinds=_ALL if contacts == "all" else _SEEN,
        store_touches=store_touches,
        stitch_identities=stitch_identities,
    )


def _journeys(data: Tables, rules: JourneyRules) -> Journeys:
    touchpoints, orders, identities = (data.read(name) for name in _JOINED)
    return build_journeys(touchpoints, orders, identities, rules)


def _credited(
    data: Tables,
    target: Target,
    model: CreditModel,
    rules: JourneyRules,
    n_replicates: int,
    ci_level: float,
) -> Sequence[Estimate]:
    journeys = _in_window(_journeys(data, rules), data, target)
    if n_replicates:
        draws = bootstrap_credit(
            journeys, (model,), rng=np.random.default_rng(1), n_replicates=n_replicates
        )
        frame = draws.frame(level=ci_level)
    else:
        frame = credit(journeys, (model,)).frame()
    column = "value" if target.outcome == "net_amount" else "conversions"
    return _estimates(
        data, target, frame, column, role="credit", n=journeys.n_conversions, how=model.label
    )


def _in_window(journeys: Journeys, data: Tables, target: Target) -> Journeys:
    """Journeys that ended in the days that count, with all their contacts."""
    if target.window is None or journeys.ended_ms is None:
        return journeys
    first_day, n_days = target.window
    start = pd.Timestamp(data.first_date).value // 1_000_000 + first_day * _MS_PER_DAY
    end = start + n_days * _MS_PER_DAY
    return journeys.select((start <= journeys.ended_ms) & (journeys.ended_ms < end))


def _returns(
    data: Tables, frame: pd.DataFrame, names: tuple[str, str, str], n: int
) -> list[Estimate]:
    """One estimate per channel that has one; a channel whose spend hardly moves has none."""
    return [
        Estimate(
            name=str(row["channel"]),
            label=f"Return of {row['channel']}",
            value=float(row[names[0]]),
            ci_low=float(row[names[1]]),
            ci_high=float(row[names[2]]),
            unit=f"{data.currency} per {data.currency}",
            role="credit",
            n=n,
            n_of="orders",
            method=names[0],
            source=", ".join(_WITH_COSTS),
        )
        for row in frame.to_dict("records")
        if np.isfinite(row[names[0]])
    ]


def _estimates(
    data: Tables,
    target: Target,
    frame: pd.DataFrame,
    column: str,
    *,
    role: Role,
    n: int,
    how: str,
) -> list[Estimate]:
    """One estimate per channel of the retailer; a channel that no contact names has caused nothing."""
    columns = [name for name in (column, f"{column}_low", f"{column}_high") if name in frame]
    known = {
        str(row["channel"]): [float(row[name]) for name in columns]
        for row in frame[["channel", *columns]].to_dict("records")
    }
    made = []
    for channel in data.read("channels")["channel"].astype(str):
        value, *ends = known.get(channel, [0.0])
        low, high = ends or (None, None)
        made.append(
            Estimate(
                name=channel,
                label=f"Sales of {channel}",
                value=value,
                ci_low=low,
                ci_high=high,
                unit=data.currency if target.outcome == "net_amount" else "orders",
                role=role,
                n=n,
                n_of="orders",
                method=how,
                source=", ".join(_TABLES),
            )
        )
    return made
