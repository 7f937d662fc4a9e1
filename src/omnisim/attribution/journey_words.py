"""Journeys in the reader's words: tables, titles, findings and the answer, by rule from numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from omnisim.attribution.journey_story import LATE_DAYS, JourneyStory, journey_estimates
from omnisim.attribution.stages import step_flow
from omnisim.results import Check, Estimate, Finding, format_estimate, format_number

# From this share of orders on, a measurement or a reminder that stops after a week misses much.
LATE_WORTH_SAYING = 0.10

JOURNEY_METHODS = (
    "Journeys: contacts and completed orders of one person in order of time; conventions as listed "
    "under assumptions.",
    "Shares: Wilson intervals with the design effect of contacts and journeys of the same person "
    "(Kish 1965). Quantiles: order statistics.",
    "Steps: share of all journeys at their k-th contact or ended before it, so each column adds up "
    "to 100.",
    "Memory: chains of one to three contacts compared by the likelihood of the next step of customers "
    "left out (five folds, back-off to the shorter memory).",
    "Funnel: persons as accounts, or identities not linked to one. A benchmark stands beside a "
    "measure only if its source counts the same thing.",
)
JOURNEY_LIMITS = (
    "Only recognised contacts are in a journey: anonymous store visits, lost cookies and second "
    "accounts cut it short.",
    "Journeys that began before the first day or were still open on the last day are cut.",
    "Frequent steps before an order are not its causes: they may be what buyers do anyway.",
    "Persons the retailer never recognised are in no step of the funnel.",
)

_LAG_WORDS = {0.0: "Within an hour", 1 / 24: "Within a day"}
_MEASURES = {
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
    wide.columns = pd.Index([f"Contact {k}" for k in wide.columns])
    return wide


def flow_points(story: JourneyStory, *, n_steps: int = 3, n_largest: int = 5) -> pd.DataFrame:
    """Stages of the Sankey chart and number of journeys; the null end is a name of the last stage."""
    frame = step_flow(story.journeys, n_steps=n_steps, n_largest=n_largest)
    made = pd.DataFrame(
        {f"Contact {k + 1}": frame[f"step_{k + 1}"].map(story.label) for k in range(n_steps)}
    )
    made["End"], made["Journeys"] = frame["end"].map(story.label), frame["n"]
    keys = list(made.columns[:-1])
    return made.groupby(keys, sort=True)["Journeys"].sum().reset_index()


def lag_points(story: JourneyStory) -> pd.DataFrame:
    """Time from first contact to order for bars: label, value, low, high, n."""
    frame = story.lags[(story.lags["n"] > 0) | (story.lags["to_days"] < np.inf)]
    labels = [
        _LAG_WORDS.get(row["from_days"])
        or (
            f"{row['from_days']:g} to {row['to_days']:g} days"
            if np.isfinite(row["to_days"])
            else f"{row['from_days']:g} days or more"
        )
        for row in frame.to_dict("records")
    ]
    return _points(labels, frame)


def stop_points(story: JourneyStory, *, n_largest: int = 10) -> pd.DataFrame:
    """Where journeys end in nothing, most frequent first: label, value, low, high, n."""
    frame = story.stops[story.stops["n"] > 0].head(n_largest)
    return _points([story.label(name) for name in frame["channel"]], frame)


def funnel_points(story: JourneyStory) -> pd.DataFrame:
    """Shares of the funnel with their benchmark: label, value, low, high, benchmark, n."""
    frame = story.funnel[story.funnel["measure"].isin(_MEASURES) & story.funnel["value"].notna()]
    made = pd.DataFrame(
        {
            "label": frame["measure"].map(_MEASURES).to_numpy(),
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
                "Low": format_number(row["low"], unit) if has_range else "–",
                "High": format_number(row["high"], unit) if has_range else "–",
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
            "Low": 100 * frame["share_low"],
            "High": 100 * frame["share_high"],
            "Percent that order": 100 * frame["conversion_share"],
            "Order, low": 100 * frame["conversion_share_low"],
            "Order, high": 100 * frame["conversion_share_high"],
            f"Net sales ({story.currency})": frame["value"],
        }
    )


def crossing_table(story: JourneyStory) -> pd.DataFrame:
    """Moves between online, store and phone, in percent of the moves from there."""
    frame = story.crossings
    words = {"contact": "Next contact", "purchase": "Place of purchase"}
    from_words = {"none": "No contact on record"}
    return pd.DataFrame(
        {
            "Move to": frame["move"].map(words),
            "From": [from_words.get(name, name.capitalize()) for name in frame["from_group"]],
            "To": frame["to_group"].str.capitalize(),
            "Moves": frame["n"],
            "Of all from there": frame["n_base"],
            "Percent": 100 * frame["share"],
            "Low": 100 * frame["share_low"],
            "High": 100 * frame["share_high"],
        }
    )


def journey_titles(story: JourneyStory) -> dict[str, str]:
    """Action titles: steps, flow, lags, stops, paths, crossings, funnel."""
    made = {item.name: item for item in journey_estimates(story)}
    steps = story.steps.set_index(["step", "state"])["share"]
    last = int(story.steps["step"].max())
    order, nothing = (float(steps[last, state]) for state in ("(order)", "(nothing)"))
    still = max(1 - order - nothing, 0.0)
    top, stop = story.paths.iloc[0], story.stops.iloc[0]
    single = format_number(made["single_contact_share"].value, "share")
    late = format_number(made["late_share"].value, "share")
    crossed = story.crossings[story.crossings["move"] == "contact"]
    across = int(crossed.loc[crossed["from_group"] != crossed["to_group"], "n"].sum())
    share = format_number(across / max(int(crossed["n"].sum()), 1), "share")
    with_benchmark = story.funnel[story.funnel["benchmark"].notna() & story.funnel["value"].notna()]
    if with_benchmark.empty:
        funnel = f"{format_number(_again(story), 'share')} of buyers buy again in the period"
    else:
        row = with_benchmark.iloc[0]
        side = (
            "above"
            if row["low"] > row["benchmark"]
            else "below"
            if row["high"] < row["benchmark"]
            else "not clearly apart from"
        )
        funnel = (
            f"{_MEASURES[row['measure']]}: {format_number(row['value'], 'share')}, {side} the "
            f"benchmark of {format_number(row['benchmark'], 'share')}"
        )
    return {
        "steps": f"Before contact {last}, {format_number(nothing, 'share')} of journeys have ended "
        f"in nothing and {format_number(order, 'share')} in an order; "
        f"{format_number(still, 'share')} are still going",
        "flow": f"{single} of orders with a contact follow a single one"
        + (
            f"; {format_number(float(steps[2, '(nothing)']), 'share')} of journeys end in nothing "
            "after one contact"
            if last > 1
            else ""
        ),
        "lags": f"{late} of orders come more than {LATE_DAYS:g} days after the first contact",
        "stops": f"{format_number(float(stop['share_of_ends']), 'share')} of journeys that end in "
        f"nothing end after {story.label(stop['channel'])}, more than after any other contact",
        "paths": f"The most frequent path, {story.path_label(top['path'])}, is "
        f"{format_number(float(top['share']), 'share')} of journeys and ends in an order in "
        f"{format_number(float(top['conversion_share']), 'share')} of cases",
        "crossings": f"{share} of steps from contact to contact change between online, store and "
        "phone",
        "funnel": funnel,
    }


def journey_findings(story: JourneyStory, checks: Sequence[Check]) -> tuple[Finding, ...]:
    """What follows; nothing when a gate failed."""
    if any(check.is_gate and not check.passed for check in checks):
        return ()
    made = {item.name: item for item in journey_estimates(story)}
    return (_late(story, made), *_stops(story, made))


def _late(story: JourneyStory, made: dict[str, Estimate]) -> Finding:
    share, value, median = made["late_share"], made["late_value"], made["median_days_to_order"]
    much = share.value >= LATE_WORTH_SAYING
    return Finding(
        headline=f"{format_number(share.value, 'share')} of orders come more than a week after the "
        "first contact"
        if much
        else "Most orders come within a week of the first contact",
        finding=f"{format_estimate(share)} of {share.n:,} orders with a contact, worth "
        f"{format_estimate(value)}, come more than {LATE_DAYS:g} days after the first contact on "
        f"record; the median is {format_estimate(median)}.",
        so_what="A channel that opens journeys is judged too early when campaigns are read after a "
        "week."
        if much
        else "A weekly reading of campaigns sees most of the orders that follow a contact.",
        recommendation=f"Read campaigns with a window of {story.rules.lookback_days:g} days, and "
        "spread reminders over it."
        if much
        else "Keep the weekly reading, and check it again when the assortment changes.",
        value_name="late_value",
        owner_role="Head of marketing",
        effort="low",
        confidence="medium",
        confidence_why="Counted, but unrecognised contacts make the first one on record late.",
        horizon="next",
    )


def _stops(story: JourneyStory, made: dict[str, Estimate]) -> tuple[Finding, ...]:
    top = story.stops.iloc[0]
    name = f"stops_{top['channel']}"
    if name not in made:
        return ()
    label = story.label(str(top["channel"]))
    where = made[name]
    return (
        Finding(
            headline=f"{format_number(float(top['share_of_ends']), 'share')} of journeys without an "
            f"order end after {label}",
            finding=f"{int(top['n']):,} journeys end in nothing after {label}: "
            f"{format_estimate(where)} of its {where.n:,} contacts.",
            so_what="It is where most customers are last seen without an order; whether anything "
            "would have held them is another question.",
            recommendation=f"Test one change in what follows {label} (a reminder, a saved basket, an "
            "offer to reserve in a store) on a random half.",
            value_name="",
            owner_role="Head of e-commerce",
            effort="medium",
            confidence="medium",
            confidence_why="Counted; a large channel also ends many journeys because it has many "
            "contacts.",
            horizon="later",
        ),
    )


def journey_answer(story: JourneyStory) -> str:
    """How customers come to an order, in three sentences."""
    made = {item.name: item for item in journey_estimates(story)}
    single, late = made["single_contact_share"], made["late_share"]
    text = (
        f"{format_number(single.value, 'share')} of orders with a contact follow a single one. Half of "
        "all orders with a contact come within "
        f"{format_number(made['median_days_to_order'].value, 'days')} of the first one, and "
        f"{format_number(late.value, 'share')} after more than a week. "
    )
    if "webrooming_share" in made:
        web = format_number(made["webrooming_share"].value, "share")
        text += f"At least {web} of store orders follow an online contact"
        if "showrooming_share" in made:
            show = format_number(made["showrooming_share"].value, "share")
            text += f", and {show} of online orders a store visit"
        text += ". "
    stop = story.label(str(story.stops.iloc[0]["channel"]))
    return text + f"Journeys that end in nothing end most often after {stop}."


def journey_assumptions(story: JourneyStory) -> tuple[str, ...]:
    """Conventions the numbers rest on."""
    rules = story.rules
    return (
        f"A journey ends with an order or after {rules.lookback_days:g} days of silence; contacts "
        f"that count: {', '.join(rules.touch_kinds)}.",
        "Identities linked to one account belong to one person."
        if rules.stitch_identities
        else "Every cookie, app or card is a person of its own.",
        "Customers decide independently of each other.",
    )


def _again(story: JourneyStory) -> float:
    row = story.funnel.loc[story.funnel["measure"] == "bought_again"].iloc[0]
    return float(row["value"])


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


def belief_title(credit: pd.DataFrame, best: pd.DataFrame) -> str:
    """Which model loses least in each world, by credit alone and of all.

    Parameters
    ----------
    credit, best : DataFrame
        world_label, model_label, regret: one row per world; the best model of credit, and the best
        of all.

    Examples
    --------
    >>> rows = pd.DataFrame({"world_label": ["All seen", "Clicks only"],
    ...                      "model_label": ["Markov chain"] * 2, "regret": [0.04, 0.3]})
    >>> belief_title(rows, rows.assign(model_label="All tested", regret=0.01))
    'Of credit, Markov chain loses least, 4.00% to 30.0% of caused sales; all tested, at most 1.00%'
    """
    low, high = (
        format_number(float(x), "share") for x in (credit["regret"].min(), credit["regret"].max())
    )
    names = " or ".join(dict.fromkeys(credit["model_label"]))
    others = list(dict.fromkeys(best["model_label"]))
    text = f"Of credit, {names} loses least, {low} to {high} of caused sales"
    if others == list(dict.fromkeys(credit["model_label"])):
        return text
    most = format_number(float(best["regret"].max()), "share")
    last = " or ".join(others)
    return (
        f"{text}; {last[0].lower() + last[1:] if last.startswith('All') else last}, at most {most}"
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
