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
    incremental,
)
from omnisim.results import Estimate, Role
from omnisim.storage import Tables
from omnisim.study.registry import Target, method

_JOINED = ("touchpoints", "orders", "identities")
_TABLES = (*_JOINED, "channels")
_SEEN = ("click", "visit", "call")
_ALL = ("impression", "sent", "open", *_SEEN)
_MODELS: tuple[tuple[str, CreditModel, str], ...] = (
    ("first_click", First(), "all credit to the first contact"),
    ("last_click", Last(), "all credit to the last contact"),
    ("last_non_direct", LastNonDirect(), "all credit to the last contact that is not direct"),
    ("linear", Linear(), "equal credit to all contacts"),
    ("time_decay", TimeDecay(), "more credit to late contacts"),
    ("position", Position(), "most credit to first and last contact"),
    ("markov", Markov(), "removal effects of a first-order Markov chain"),
    ("shapley", Shapley(), "Shapley value of the cumulative game"),
)
Contacts = Literal["all", "clicks"]


def _credit_of(model: CreditModel) -> Callable[..., Sequence[Estimate]]:
    """The measure that reads a credit model as cause."""

    def measure(
        data: Tables,
        target: Target,
        *,
        contacts: Contacts = "clicks",
        n_replicates: int = 0,
        ci_level: float = 0.95,
    ) -> Sequence[Estimate]:
        journeys = _journeys(data, contacts)
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

    return measure


for _name, _model, _about in _MODELS:
    method(
        f"attribution.{_name}",
        estimand="total",
        across="cause",
        tables=_TABLES,
        about=f"{_about}; without an interval unless n_replicates is given",
    )(_credit_of(_model))


@method(
    "attribution.g_formula",
    estimand="total",
    across="cause",
    tables=_TABLES,
    about="orders lost without each channel, by a logistic model of person-days (g-formula)",
)
def g_formula(
    data: Tables,
    target: Target,
    *,
    contacts: Contacts = "clicks",
    retention: float = 0.8,
    ci_level: float = 0.95,
) -> Sequence[Estimate]:
    """Incremental sales by channel under no unmeasured confounding."""
    journeys = _journeys(data, contacts)
    made = incremental(journeys, GFormula(retention=retention, level=ci_level)).frame
    column = "incremental_value" if target.outcome == "net_amount" else "incremental_conversions"
    return _estimates(
        data, target, made, column, role="incremental", n=journeys.n_conversions, how="g-formula"
    )


def _journeys(data: Tables, contacts: Contacts) -> Journeys:
    rules = JourneyRules(touch_kinds=_ALL if contacts == "all" else _SEEN)
    touchpoints, orders, identities = (data.read(name) for name in _JOINED)
    return build_journeys(touchpoints, orders, identities, rules)


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
