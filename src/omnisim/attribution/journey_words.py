"""Journeys in the reader's words: titles, findings and the answer, by rule from the numbers."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from omnisim.attribution.journey_story import LATE_DAYS, JourneyStory, journey_estimates
from omnisim.attribution.journey_tables import MEASURES
from omnisim.attribution.notes import kinds_listed, stitching
from omnisim.language import join_sentences, join_texts, lower_first, say
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


def journey_titles(story: JourneyStory) -> dict[str, str]:
    """Action titles: steps, flow, lags, stops, paths, crossings, funnel."""
    made = {item.name: item for item in journey_estimates(story)}
    top, stop = story.paths.iloc[0], story.stops.iloc[0]
    crossed = story.crossings[story.crossings["move"] == "contact"]
    across = int(crossed.loc[crossed["from_group"] != crossed["to_group"], "n"].sum())
    return {
        "steps": _steps_title(story),
        "flow": _flow_title(story, made["single_contact_share"]),
        "lags": say(
            "{share} of orders come more than {days} days after the first contact",
            share=format_number(made["late_share"].value, "share"),
            days=f"{LATE_DAYS:g}",
        ),
        "stops": say(
            "{share} of journeys that end in nothing end after {channel}, more than after any other "
            "contact",
            share=format_number(float(stop["share_of_ends"]), "share"),
            channel=story.label(stop["channel"]),
        ),
        "paths": say(
            "The most frequent path, {path}, is {share} of journeys and ends in an order in {buys} of "
            "cases",
            path=story.path_label(top["path"]),
            share=format_number(float(top["share"]), "share"),
            buys=format_number(float(top["conversion_share"]), "share"),
        ),
        "crossings": say(
            "{share} of steps from contact to contact change between online, store and phone",
            share=format_number(across / max(int(crossed["n"].sum()), 1), "share"),
        ),
        "funnel": _funnel_title(story.funnel),
    }


def _steps_title(story: JourneyStory) -> str:
    last = int(story.steps["step"].max())
    order, nothing = _ended(story, last, "(order)"), _ended(story, last, "(nothing)")
    return say(
        "Before contact {last}, {nothing} of journeys have ended in nothing and {order} in an order; "
        "{still} are still going",
        last=last,
        nothing=format_number(nothing, "share"),
        order=format_number(order, "share"),
        still=format_number(max(1 - order - nothing, 0.0), "share"),
    )


def _flow_title(story: JourneyStory, single: Estimate) -> str:
    share = format_number(single.value, "share")
    if int(story.steps["step"].max()) == 1:
        return say("{share} of orders with a contact follow a single one", share=share)
    return say(
        "{share} of orders with a contact follow a single one; {ended} of journeys end in nothing "
        "after one contact",
        share=share,
        ended=format_number(_ended(story, 2, "(nothing)"), "share"),
    )


def _ended(story: JourneyStory, step: int, end: str) -> float:
    """Share of journeys that have ended in this way before the step."""
    return float(story.steps.set_index(["step", "state"])["share"][step, end])


def _funnel_title(funnel: pd.DataFrame) -> str:
    with_benchmark = funnel[funnel["benchmark"].notna() & funnel["value"].notna()]
    if with_benchmark.empty:
        again = funnel.loc[funnel["measure"] == "bought_again"].iloc[0]
        return say(
            "{share} of buyers buy again in the period",
            share=format_number(float(again["value"]), "share"),
        )
    row = with_benchmark.iloc[0]
    values = {
        "measure": MEASURES[row["measure"]],
        "value": format_number(row["value"], "share"),
        "benchmark": format_number(row["benchmark"], "share"),
    }
    if row["low"] > row["benchmark"]:
        return say("{measure}: {value}, above the benchmark of {benchmark}", **values)
    if row["high"] < row["benchmark"]:
        return say("{measure}: {value}, below the benchmark of {benchmark}", **values)
    return say("{measure}: {value}, not clearly apart from the benchmark of {benchmark}", **values)


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
        headline=say(
            "{share} of orders come more than a week after the first contact",
            share=format_number(share.value, "share"),
        )
        if much
        else say("Most orders come within a week of the first contact"),
        finding=say(
            "{share} of {n} orders with a contact, worth {value}, come more than {days} days after the "
            "first contact on record; the median is {median}.",
            share=format_estimate(share),
            n=f"{share.n:,}",
            value=format_estimate(value),
            days=f"{LATE_DAYS:g}",
            median=format_estimate(median),
        ),
        so_what=say(
            "A channel that opens journeys is judged too early when campaigns are read after a week."
        )
        if much
        else say("A weekly reading of campaigns sees most of the orders that follow a contact."),
        recommendation=say(
            "Read campaigns with a window of {days} days, and spread reminders over it.",
            days=f"{story.rules.lookback_days:g}",
        )
        if much
        else say("Keep the weekly reading, and check it again when the assortment changes."),
        value_name="late_value",
        owner_role="Head of marketing",
        effort="low",
        confidence="medium",
        confidence_why=say("Counted, but unrecognised contacts make the first one on record late."),
        horizon="next",
    )


def _stops(story: JourneyStory, made: dict[str, Estimate]) -> tuple[Finding, ...]:
    top = story.stops.iloc[0]
    name = f"stops_{top['channel']}"
    if name not in made:
        return ()
    channel = story.label(str(top["channel"]))
    where = made[name]
    return (
        Finding(
            headline=say(
                "{share} of journeys without an order end after {channel}",
                share=format_number(float(top["share_of_ends"]), "share"),
                channel=channel,
            ),
            finding=say(
                "{n} journeys end in nothing after {channel}: {share} of its {of} contacts.",
                n=f"{int(top['n']):,}",
                channel=channel,
                share=format_estimate(where),
                of=f"{where.n:,}",
            ),
            so_what=say(
                "It is where most customers are last seen without an order; whether anything would "
                "have held them is another question."
            ),
            recommendation=say(
                "Test one change in what follows {channel} (a reminder, a saved basket, an offer to "
                "reserve in a store) on a random half.",
                channel=channel,
            ),
            value_name="",
            owner_role="Head of e-commerce",
            effort="medium",
            confidence="medium",
            confidence_why=say(
                "Counted; a large channel also ends many journeys because it has many contacts."
            ),
            horizon="later",
        ),
    )


def journey_answer(story: JourneyStory) -> str:
    """How customers come to an order, in a few sentences."""
    made = {item.name: item for item in journey_estimates(story)}
    single = say(
        "{share} of orders with a contact follow a single one.",
        share=format_number(made["single_contact_share"].value, "share"),
    )
    half = say(
        "Half of all orders with a contact come within {median} of the first one, and {late} after "
        "more than a week.",
        median=format_number(made["median_days_to_order"].value, "days"),
        late=format_number(made["late_share"].value, "share"),
    )
    stop = say(
        "Journeys that end in nothing end most often after {channel}.",
        channel=story.label(str(story.stops.iloc[0]["channel"])),
    )
    return join_sentences(single, half, _met(made), stop)


def _met(made: dict[str, Estimate]) -> str:
    """Where online and store meet; empty without store orders."""
    if "webrooming_share" not in made:
        return ""
    web = format_number(made["webrooming_share"].value, "share")
    if "showrooming_share" not in made:
        return say("At least {web} of store orders follow an online contact.", web=web)
    return say(
        "At least {web} of store orders follow an online contact, and {show} of online orders a store "
        "visit.",
        web=web,
        show=format_number(made["showrooming_share"].value, "share"),
    )


def journey_assumptions(story: JourneyStory) -> tuple[str, ...]:
    """Conventions the numbers rest on."""
    return (
        say(
            "A journey ends with an order or after {days} days of silence; contacts that count: "
            "{kinds}.",
            days=f"{story.rules.lookback_days:g}",
            kinds=kinds_listed(story.rules),
        ),
        stitching(story.rules),
        say("Customers decide independently of each other."),
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
    names, others = (list(dict.fromkeys(rows["model_label"])) for rows in (credit, best))
    values = {
        "names": join_texts(names, by=" or ", zh="或"),
        "low": format_number(float(credit["regret"].min()), "share"),
        "high": format_number(float(credit["regret"].max()), "share"),
    }
    if others == names:
        return say("Of credit, {names} loses least, {low} to {high} of caused sales", **values)
    last = join_texts(others, by=" or ", zh="或")
    return say(
        "Of credit, {names} loses least, {low} to {high} of caused sales; {last}, at most {most}",
        **values,
        last=lower_first(last) if last.startswith("All") else last,
        most=format_number(float(best["regret"].max()), "share"),
    )
