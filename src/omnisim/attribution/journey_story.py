"""The readout on journeys: everything the notebook and the report say about how customers come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from omnisim.attribution.build import build_journeys
from omnisim.attribution.choose import OrderChoice, choose_order
from omnisim.attribution.columns import require_columns
from omnisim.attribution.describe import CrossChannel, cross_channel, ratio_of_sums
from omnisim.attribution.funnel import LITERATURE, Benchmark, aarrr_funnel
from omnisim.attribution.journeys import Journeys
from omnisim.attribution.patterns import (
    drop_off,
    lag_quantiles,
    path_frequency,
    persons_of,
    time_lag,
)
from omnisim.attribution.rules import JourneyRules
from omnisim.attribution.stages import cross_flow, step_matrix
from omnisim.errors import DesignError
from omnisim.language import join_texts, say, say_as
from omnisim.results import Estimate
from omnisim.schema import CHANNELS

LATE_DAYS = 7.0  # a week: after it, reminders and the window of many platforms have run out
_STATES = {
    "(order)": "Order",
    "(nothing)": "No order",
    "(ended)": "Ended before",
    "(more)": "Goes on",
    "(other)": "Other",
    "(other paths)": "All other paths",
}
_SOURCE = "touchpoints, orders, identities"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JourneyStory:
    """Everything said about journeys.

    Attributes
    ----------
    journeys, rules
        Journeys and the conventions they were built by.
    steps, lags, quantiles, stops, paths, crossings, funnel : DataFrame
        See :func:`step_matrix`, :func:`time_lag`, :func:`lag_quantiles`, :func:`drop_off`,
        :func:`path_frequency`, :func:`cross_flow` and :func:`aarrr_funnel`.
    cross : CrossChannel
        Webrooming and showrooming.
    memory : OrderChoice
        How many contacts the next step depends on.
    labels : mapping
        Channel to its name for people.
    currency : str
        ISO code of all amounts.
    level : float
        Level of the intervals.
    """

    journeys: Journeys
    rules: JourneyRules
    steps: pd.DataFrame
    lags: pd.DataFrame
    quantiles: pd.DataFrame
    stops: pd.DataFrame
    paths: pd.DataFrame
    crossings: pd.DataFrame
    funnel: pd.DataFrame
    cross: CrossChannel
    memory: OrderChoice
    labels: Mapping[str, str]
    currency: str
    level: float

    def label(self, channel: str) -> str:
        """Name of a channel or a state for people."""
        if channel in _STATES:
            return say_as("state", _STATES[channel])
        return self.labels.get(channel, channel.replace("_", " ").capitalize())

    def path_label(self, path: str) -> str:
        """Name of a path for people."""
        return join_texts((self.label(part) for part in path.split(" > ")), by=" > ", zh=" > ")


def read_journeys(
    tables: Mapping[str, pd.DataFrame],
    *,
    rules: JourneyRules,
    currency: str,
    n_steps: int = 6,
    n_paths: int = 10,
    benchmarks: Sequence[Benchmark] = LITERATURE,
    level: float = 0.95,
    seed: int = 1,
) -> JourneyStory:
    """Build journeys and describe them.

    Parameters
    ----------
    tables : mapping of DataFrame
        touchpoints, orders, identities and channels (channel, channel_label, is_online, is_push),
        amounts in major units.
    rules : JourneyRules
        Conventions of the journeys.
    currency : str
        Of the dataset.
    n_steps, n_paths : int
        Steps and frequent paths shown.
    benchmarks : sequence of Benchmark
        Figures to hold the funnel against.
    level : float
        Level of the intervals.
    seed : int
        Of the folds that choose the memory of the chain.
    """
    about = tables["channels"]
    require_columns(about, ("channel", "channel_label", "is_online", "is_push"), table="channels")
    journeys = build_journeys(tables["touchpoints"], tables["orders"], tables["identities"], rules)
    if journeys.n_tracked_conversions == 0:
        raise DesignError("no order has a contact before it; there are no journeys to describe")
    names = about["channel"].astype(str)
    online = frozenset(names[about["is_online"].astype(bool)])
    return JourneyStory(
        journeys=journeys,
        rules=rules,
        steps=step_matrix(journeys, n_steps=n_steps, level=level),
        lags=time_lag(journeys, level=level),
        quantiles=lag_quantiles(journeys, level=level),
        stops=drop_off(journeys, level=level),
        paths=path_frequency(journeys, n_largest=n_paths, level=level),
        crossings=cross_flow(journeys, online_channels=online, level=level),
        funnel=aarrr_funnel(
            tables,
            push_channels=set(names[about["is_push"].astype(bool)]),
            benchmarks=benchmarks,
            stitch_identities=rules.stitch_identities,
            level=level,
        ),
        cross=cross_channel(journeys, online_channels=online),
        memory=choose_order(journeys, orders=(1, 2, 3), n_folds=_folds(journeys), seed=seed),
        labels={c.channel: c.label for c in CHANNELS}
        | dict(zip(names, about["channel_label"].astype(str), strict=True)),
        currency=currency,
        level=level,
    )


def _folds(journeys: Journeys) -> int:
    """Five, or as many as there are persons with a contact."""
    return int(np.clip(len(np.unique(persons_of(journeys)[journeys.has_touch])), 2, 5))


def journey_estimates(story: JourneyStory) -> tuple[Estimate, ...]:
    """The numbers of the result.

    Names: ``single_contact_share``, ``median_days_to_order``, ``late_share``, ``late_value``,
    ``stops_<channel>`` of the channel after which most journeys end in nothing,
    ``webrooming_share``, ``showrooming_share``, and ``funnel_<measure>`` of the funnel's shares.
    """
    journeys = story.journeys
    tracked = (journeys.has_touch & (journeys.conversions > 0)).astype(np.float64)
    assert journeys.days_before_end is not None
    days = np.zeros(journeys.n_journeys)
    has = journeys.has_touch
    days[has] = journeys.days_before_end[journeys.offsets[:-1][has]]
    late = tracked * (days > LATE_DAYS)
    made = [
        _ratio(
            story,
            "single_contact_share",
            "Orders that follow a single contact",
            tracked * (journeys.lengths == 1),
            tracked,
        ),
        _ratio(
            story,
            "late_share",
            say("Orders more than {days} days after the first contact", days=f"{LATE_DAYS:g}"),
            late,
            tracked,
        ),
        _median(story),
        _late_value(story, late),
        *_stop(story),
    ]
    for name, label, happened, base in (
        (
            "webrooming_share",
            "Store orders after an online contact",
            story.cross.webroomed,
            story.cross.store,
        ),
        (
            "showrooming_share",
            "Online orders after a store visit",
            story.cross.showroomed,
            story.cross.online,
        ),
    ):
        if base.any():
            made.append(
                _ratio(
                    story,
                    name,
                    label,
                    happened.astype(float),
                    base.astype(float),
                    say("lower bound: only recognised contacts count"),
                )
            )
    return (*made, *_funnel_estimates(story))


def _common(story: JourneyStory) -> dict[str, Any]:
    return {"role": "descriptive", "source": _SOURCE, "ci_level": story.level}


def _ratio(
    story: JourneyStory,
    name: str,
    label: str,
    top: np.ndarray,
    base: np.ndarray,
    note: str = "",
) -> Estimate:
    found = ratio_of_sums(top, base, story.journeys, level=story.level)
    return Estimate(
        name=name,
        label=label,
        value=found.value,
        ci_low=found.ci_low,
        ci_high=min(found.ci_high, 1.0),
        unit="share",
        n=int(base.sum()),
        n_of="orders",
        method="share of orders; interval clustered by customer",
        note=note,
        **_common(story),
    )


def _median(story: JourneyStory) -> Estimate:
    row = story.quantiles.loc[story.quantiles["share"] == 0.5].iloc[0]
    return Estimate(
        name="median_days_to_order",
        label="Days from first contact to order, median",
        value=float(row["days"]),
        ci_low=float(row["days_low"]),
        ci_high=float(row["days_high"]),
        unit="days",
        n=int(row["n"]),
        n_of="orders",
        method="median over orders with a contact; interval by order statistics over customers",
        note=say(
            "the lookback of {days} days cuts longer lags", days=f"{story.rules.lookback_days:g}"
        ),
        **_common(story),
    )


def _late_value(story: JourneyStory, late: np.ndarray) -> Estimate:
    journeys = story.journeys
    money = np.bincount(persons_of(journeys), weights=late * journeys.value)
    value = float(money.sum())
    # Poisson variance of a sum over persons: the sum of squares.
    reach = NormalDist().inv_cdf((1 + story.level) / 2) * float(np.sqrt((money**2).sum()))
    return Estimate(
        name="late_value",
        label=say("Net sales more than {days} days after the first contact", days=f"{LATE_DAYS:g}"),
        value=value,
        ci_low=max(value - reach, 0.0),
        ci_high=value + reach,
        unit=story.currency,
        n=int(late.sum()),
        n_of="orders",
        method="sum over orders; interval over customers (Poisson)",
        **_common(story),
    )


def _stop(story: JourneyStory) -> list[Estimate]:
    """The contact after which most journeys end in nothing."""
    top = story.stops.iloc[0]
    if top["n"] == 0:
        return []
    return [
        Estimate(
            name=f"stops_{top['channel']}",
            label=say(
                "{channel}: contacts after which the journey ends in nothing",
                channel=story.label(top["channel"]),
            ),
            value=float(top["share"]),
            ci_low=float(top["share_low"]),
            ci_high=float(top["share_high"]),
            unit="share",
            n=int(top["n_base"]),
            n_of="contacts",
            method="share of contacts; Wilson interval with the design effect of customers",
            **_common(story),
        )
    ]


def _funnel_estimates(story: JourneyStory) -> list[Estimate]:
    rows = story.funnel[story.funnel["low"].notna() & (story.funnel["n_base"] > 0)]
    return [
        Estimate(
            name=f"funnel_{row['measure']}",
            label=say(
                "{stage}: {definition}",
                stage=row["stage"].capitalize(),
                definition=row["definition"],
            ),
            value=float(row["value"]),
            ci_low=float(row["low"]),
            ci_high=float(row["high"]),
            unit=story.currency if row["measure"] == "sales_per_buyer" else "share",
            n=int(row["n_base"]),
            n_of="persons",
            method="mean over persons, Student's interval"
            if row["measure"] == "sales_per_buyer"
            else "share of persons, Wilson's interval",
            **_common(story),
        )
        for row in rows.to_dict("records")
    ]
