"""Journeys in tables and frames for charts, in the reader's words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from omnisim.attribution.journey_story import JourneyStory
from omnisim.attribution.stages import step_flow
from omnisim.language import say, say_as
from omnisim.results import format_number

_GROUPS = {
    "online": "Online",
    "store": "Store",
    "phone": "Phone",
    "none": "No contact on record",
}
_LAG_WORDS = {0.0: "Within an hour", 1 / 24: "Within a day"}
MEASURES = {
    "responded": "Respond (of those reached)",
    "participated": "Click on a message (of those sent one)",
    "bought": "Buy (of those who respond)",
    "bought_again": "Buy again (of buyers)",
    "referred": "Come by referral (of buyers)",
}


def step_table(story: JourneyStory) -> pd.DataFrame:
    """Share of journeys by state (rows) and step (columns), busiest channels first, ends last."""
    wide = story.steps.pivot(index="state", columns="step", values="share")
    busy = wide.sum(axis=1).to_dict()
    channels = [name for name in story.journeys.channels if busy[name] > 0]
    channels.sort(key=lambda name: -busy[name])
    wide = wide.loc[[*channels, "(order)", "(nothing)"]]
    wide.index = pd.Index([story.label(name) for name in wide.index])
    wide.columns = pd.Index([say("Contact {k}", k=k) for k in wide.columns])
    return wide


def flow_points(story: JourneyStory, *, n_steps: int = 3, n_largest: int = 5) -> pd.DataFrame:
    """Stages of the Sankey chart and number of journeys; the null end is a name of the last stage."""
    frame = step_flow(story.journeys, n_steps=n_steps, n_largest=n_largest)
    made = pd.DataFrame(
        {
            say("Contact {k}", k=k): frame[f"step_{k}"].map(story.label)
            for k in range(1, n_steps + 1)
        }
    )
    made["End"], made["Journeys"] = frame["end"].map(story.label), frame["n"]
    keys = list(made.columns[:-1])
    return made.groupby(keys, sort=True)["Journeys"].sum().reset_index()


def lag_points(story: JourneyStory) -> pd.DataFrame:
    """Time from first contact to order for bars: label, value, low, high, n."""
    frame = story.lags[(story.lags["n"] > 0) | (story.lags["to_days"] < np.inf)]
    ends = zip(frame["from_days"], frame["to_days"], strict=True)
    return _points([_lag_word(float(low), float(high)) for low, high in ends], frame)


def _lag_word(from_days: float, to_days: float) -> str:
    """A span of time between the first contact and the order."""
    if from_days in _LAG_WORDS:
        return _LAG_WORDS[from_days]
    if not np.isfinite(to_days):
        return say("{low} days or more", low=f"{from_days:g}")
    return say("{low} to {high} days", low=f"{from_days:g}", high=f"{to_days:g}")


def stop_points(story: JourneyStory, *, n_largest: int = 10) -> pd.DataFrame:
    """Where journeys end in nothing, most frequent first: label, value, low, high, n."""
    frame = story.stops[story.stops["n"] > 0].head(n_largest)
    return _points([story.label(name) for name in frame["channel"]], frame)


def funnel_points(story: JourneyStory) -> pd.DataFrame:
    """Shares of the funnel with their benchmark: label, value, low, high, benchmark, n."""
    frame = story.funnel[story.funnel["measure"].isin(MEASURES) & story.funnel["value"].notna()]
    made = pd.DataFrame(
        {
            "label": frame["measure"].map(MEASURES).to_numpy(),
            "value": frame["value"].to_numpy(),
            "low": frame["low"].to_numpy(),
            "high": frame["high"].to_numpy(),
            "benchmark": frame["benchmark"].to_numpy(dtype=float),
            "n": frame["n_base"].to_numpy(),
        }
    )
    return made.reset_index(drop=True)


def funnel_table(story: JourneyStory) -> pd.DataFrame:
    """The funnel in words: stage, what is counted, value with range, base, benchmark or why none."""
    rows = []
    for row in story.funnel[story.funnel["value"].notna()].to_dict("records"):
        unit = {"reached": "persons", "sales_per_buyer": story.currency}.get(
            row["measure"], "share"
        )
        has_range = np.isfinite(row["low"])
        rows.append(
            {
                "Stage": row["stage"].capitalize(),
                "What is counted": row["definition"],
                "Found": format_number(row["value"], unit),
                say_as("interval", "Low"): format_number(row["low"], unit) if has_range else "–",
                say_as("interval", "High"): format_number(row["high"], unit) if has_range else "–",
                "Persons": f"{int(row['n_base']):,}",
                "Benchmark": format_number(row["benchmark"], unit)
                if np.isfinite(row["benchmark"])
                else "–",
                "Remark": row["benchmark_note"],
            }
        )
    return pd.DataFrame(rows)


def paths_table(story: JourneyStory) -> pd.DataFrame:
    """The most frequent paths with their share and how often they end in an order, in percent."""
    frame = story.paths
    return pd.DataFrame(
        {
            "Path": [story.path_label(path) for path in frame["path"]],
            "Journeys": frame["n"],
            "Percent of journeys": 100 * frame["share"],
            say_as("interval", "Low"): 100 * frame["share_low"],
            say_as("interval", "High"): 100 * frame["share_high"],
            "Percent that order": 100 * frame["conversion_share"],
            "Order, low": 100 * frame["conversion_share_low"],
            "Order, high": 100 * frame["conversion_share_high"],
            say("Net sales ({unit})", unit=story.currency): frame["value"],
        }
    )


def crossing_table(story: JourneyStory) -> pd.DataFrame:
    """Moves between online, store and phone, in percent of the moves from there."""
    frame = story.crossings
    words = {"contact": "Next contact", "purchase": "Place of purchase"}
    return pd.DataFrame(
        {
            "Move to": frame["move"].map(words),
            "From": frame["from_group"].map(_GROUPS),
            "To": frame["to_group"].map(_GROUPS),
            "Moves": frame["n"],
            "Of all from there": frame["n_base"],
            "Percent": 100 * frame["share"],
            say_as("interval", "Low"): 100 * frame["share_low"],
            say_as("interval", "High"): 100 * frame["share_high"],
        }
    )


def _points(labels: Sequence[str], frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "label": list(labels),
            "value": frame["share"].to_numpy(),
            "low": frame["share_low"].to_numpy(),
            "high": frame["share_high"].to_numpy(),
            "n": frame["n"].to_numpy(),
        }
    )


def belief_table(summary: pd.DataFrame) -> pd.DataFrame:
    """Errors of models by world, in words; shares in percent.

    Parameters
    ----------
    summary : DataFrame
        world_label, model_label, kind, and share_error, over_claim, rank_error, regret, the last
        with _low and _high over seeds.
    """
    return pd.DataFrame(
        {
            "World": summary["world_label"],
            "Model": summary["model_label"],
            "Says": summary["kind"].str.capitalize(),
            "Share error, percent": 100 * summary["share_error"],
            "Claimed / caused": summary["over_claim"],
            "Pairs in wrong order, percent": 100 * summary["rank_error"],
            "Caused sales lost, percent": 100 * summary["regret"],
            "Lowest": 100 * summary["regret_low"],
            "Highest": 100 * summary["regret_high"],
        }
    )
