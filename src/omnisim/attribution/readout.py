"""The readout of one attribution: journeys, credit, cost, and how much the conventions matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from omnisim.attribution.bootstrap import CreditReplicates, bootstrap_credit
from omnisim.attribution.build import (
    IDENTITY_COLUMNS,
    ORDER_COLUMNS,
    TOUCH_COLUMNS,
    build_journeys,
)
from omnisim.attribution.columns import require_columns
from omnisim.attribution.credit_table import DEFAULT_MODELS, CreditModel, CreditTable, credit
from omnisim.attribution.describe import CrossChannel, cross_channel
from omnisim.attribution.journeys import Journeys
from omnisim.attribution.returns import (
    BudgetMove,
    CreditedReturns,
    budget_move,
    credited_returns,
    margin_break_even,
)
from omnisim.attribution.rules import JourneyRules
from omnisim.schema import CHANNELS

# What is read of each table.
COLUMNS: dict[str, tuple[str, ...]] = {
    "touchpoints": TOUCH_COLUMNS,
    "orders": (*ORDER_COLUMNS, "cost_amount", "shipping_cost"),
    "identities": IDENTITY_COLUMNS,
    "channels": ("channel", "channel_label", "is_online"),
    "media_costs": ("channel", "media_cost"),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Readout:
    """Everything a report says about credit.

    Attributes
    ----------
    journeys : Journeys
        Under the rules asked for.
    rules : JourneyRules
        These rules.
    draws : CreditReplicates
        Credit of every model with replicates.
    returns : CreditedReturns or None
        Credit beside cost; None when no media cost is on file.
    move : BudgetMove or None
        Budget that would move when `contrast` is replaced by `main`; None with fewer than two
        paid channels among the contacts.
    cross : CrossChannel
        Where online and store meet.
    sensitivity : DataFrame
        changed (convention), share_moved (of tracked money, main model, in [0, 1]),
        untracked_share (of orders).
    labels : mapping
        Channel to its name for people.
    online : frozenset of str
        Channels that happen online.
    currency : str
        ISO code of all amounts.
    n_days : int
        Days covered.
    break_even : float
        Credited ROAS that a paid channel should reach.
    level : float
        Level of the intervals.
    main, contrast : str
        Model the report leads with, and the one most shops use.
    """

    journeys: Journeys
    rules: JourneyRules
    draws: CreditReplicates
    returns: CreditedReturns | None
    move: BudgetMove | None
    cross: CrossChannel
    sensitivity: pd.DataFrame
    labels: Mapping[str, str]
    online: frozenset[str]
    currency: str
    n_days: int
    break_even: float
    level: float
    main: str
    contrast: str

    @property
    def table(self) -> CreditTable:
        """Credit as observed."""
        return self.draws.table

    def label(self, channel: str) -> str:
        """Name of a channel for people."""
        if channel == "(none)":
            return "No contact on record"
        return self.labels.get(channel, channel.replace("_", " ").capitalize())

    def model_label(self, model: str) -> str:
        """Name of a model for people."""
        return self.table.labels[self.table.row(model)]

    @property
    def goal(self) -> str:
        """Break-even for people."""
        return f"{round(self.break_even, 2):g}"

    def verdicts(self) -> pd.DataFrame:
        """Paid channels with ROAS range and verdict; empty when there is no cost."""
        if self.returns is None:
            return pd.DataFrame(
                columns=[
                    "channel",
                    "media_cost",
                    "roas_low",
                    "roas_high",
                    "roas_high_end",
                    "verdict",
                ]
            )
        return self.returns.range_over_models(break_even=self.break_even)


def read_attribution(
    tables: Mapping[str, pd.DataFrame],
    *,
    rules: JourneyRules,
    currency: str,
    n_days: int,
    rng: np.random.Generator,
    n_replicates: int = 200,
    break_even: float | None = None,
    level: float = 0.95,
    models: tuple[CreditModel, ...] = DEFAULT_MODELS,
    main: str = "markov",
    contrast: str = "last",
) -> Readout:
    """Build journeys, share credit, join cost, and vary the conventions.

    Parameters
    ----------
    tables : mapping of DataFrame
        The tables and columns of `COLUMNS`, amounts in major units.
    rules : JourneyRules
        Conventions of the journeys.
    currency, n_days
        Of the dataset.
    rng : Generator
        Draws of the bootstrap.
    n_replicates : int
        Draws of customers.
    break_even : float, optional
        Credited ROAS a paid channel should reach; by default what its margin needs, see
        :func:`margin_break_even`.
    level : float
        Level of the intervals.
    models, main, contrast
        Models to compute; names of the leading and the contrasting one.
    """
    journeys = _build(tables, rules)
    draws = bootstrap_credit(journeys, models, rng=rng, n_replicates=n_replicates)
    for name in (main, contrast):
        draws.table.row(name)
    about, costs = tables["channels"], tables["media_costs"]
    require_columns(about, COLUMNS["channels"], table="channels")
    online = frozenset(about.loc[about["is_online"].astype(bool), "channel"].astype(str))
    returns = (
        credited_returns(draws, costs, level=level)
        if len(costs) and costs["media_cost"].sum() > 0
        else None
    )
    paid = set() if returns is None else set(returns.frame["channel"])
    return Readout(
        journeys=journeys,
        rules=rules,
        draws=draws,
        returns=returns,
        move=budget_move(draws, returns, from_model=contrast, to_model=main, level=level)
        if returns is not None and len(paid & set(journeys.channels)) > 1
        else None,
        cross=cross_channel(journeys, online_channels=online),
        sensitivity=_sensitivity(tables, draws.table, rules, _named(models, main)),
        labels={c.channel: c.label for c in CHANNELS}
        | dict(zip(about["channel"].astype(str), about["channel_label"], strict=True)),
        online=online,
        currency=currency,
        n_days=n_days,
        break_even=margin_break_even(tables["orders"]) if break_even is None else break_even,
        level=level,
        main=main,
        contrast=contrast,
    )


def share_moved(one: CreditTable, other: CreditTable, *, model: str) -> float:
    """Share of tracked money that two tables credit to different channels, in [0, 1].

    Total variation distance ``1/2 * sum |a - b|`` of the shares among channels, without ``(none)``.

    Examples
    --------
    >>> table = pd.DataFrame({"path": ["a > b"], "conversions": [1], "nulls": [0], "value": [5.0]})
    >>> from omnisim.attribution import First, Last
    >>> journeys = Journeys.from_paths(table)
    >>> last, first = credit(journeys, (Last("m"),)), credit(journeys, (First("m"),))
    >>> share_moved(last, first, model="m")
    1.0
    """

    def shares(table: CreditTable) -> pd.Series:
        value = table.value[table.row(model), :-1]
        total = value.sum()
        return pd.Series(value / total if total > 0 else value, index=list(table.channels[:-1]))

    return float(shares(one).sub(shares(other), fill_value=0.0).abs().sum() / 2)


def _build(tables: Mapping[str, pd.DataFrame], rules: JourneyRules) -> Journeys:
    return build_journeys(tables["touchpoints"], tables["orders"], tables["identities"], rules)


def _named(models: tuple[CreditModel, ...], name: str) -> CreditModel:
    return next(model for model in models if model.name == name)


def _sensitivity(
    tables: Mapping[str, pd.DataFrame], table: CreditTable, rules: JourneyRules, model: CreditModel
) -> pd.DataFrame:
    """How much credit of one model follows from conventions that could be otherwise."""
    changes = {
        "stitching": replace(rules, stitch_identities=not rules.stitch_identities),
        "lookback": replace(rules, lookback_days=rules.lookback_days / 2),
    }
    touchpoints = tables["touchpoints"]
    counted = touchpoints[touchpoints["touch_kind"].isin(rules.touch_kinds).to_numpy()]
    rows = []
    for name, changed in changes.items():
        journeys = _build({**tables, "touchpoints": counted}, changed)
        moved = (
            share_moved(table, credit(journeys, (model,)), model=model.name)
            if journeys.n_tracked_conversions
            else 1.0  # nothing is tracked any more: all of it follows from the convention
        )
        rows.append((name, moved, journeys.untracked_share))
    return pd.DataFrame(rows, columns=["changed", "share_moved", "untracked_share"])
