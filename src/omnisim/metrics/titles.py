"""Messages of the overview figures, made from the numbers they show."""

from __future__ import annotations

import pandas as pd

from omnisim.language import join_texts, long_date, respelled, say
from omnisim.metrics.kpi import Metric
from omnisim.metrics.marked_days import marks_words
from omnisim.metrics.maturity import DomainMaturity
from omnisim.metrics.scorecard import Scorecard
from omnisim.results import format_number, format_range

DIMENSION_OK = 3  # level from which a domain is called defined


def sales_title(card: Scorecard) -> str:
    """Message of the sales chart."""
    text = say("Sales over the window")
    if card.has("online_share"):
        text = say(
            "{share} of sales are placed outside stores", share=number_text(card, "online_share")
        )
    if card.has("growth"):
        text = join_texts([text, growth_words(card.metric("growth"))], by="; ", zh="；")
    return text


def calendar_title(daily: pd.DataFrame) -> str:
    """Message of the calendar: how far the best day stands out."""
    best = daily.iloc[int(daily["net_amount"].to_numpy().argmax())]
    usual = float(daily["net_amount"].median())
    if usual <= 0:
        return say("The best day was {day}", day=long_date(best["date"]))
    return say(
        "The best day, {day}, sold {times} times a usual day",
        day=long_date(best["date"]),
        times=f"{float(best['net_amount']) / usual:.1f}",
    )


def store_title(stores: pd.DataFrame) -> str:
    """Message of the map: how unequal the catchments are and how much they buy elsewhere."""
    shares = stores["online_share"].dropna()
    if shares.empty:
        return say("No sales can be placed near a store")
    low, high = float(shares.min()), float(shares.max())
    return say(
        "Near the stores, {reach} of sales are placed outside a store",
        reach=format_range(low, high, "share"),
    )


def funnel_title(funnel: pd.DataFrame) -> str:
    """Message of the funnel: where most sessions end."""
    counts = funnel["n_sessions"].to_numpy(dtype=float)
    kept = counts[1:] / counts[:-1].clip(min=1.0)
    worst = int(kept.argmin())
    first, then = funnel["step"].iloc[worst], funnel["step"].iloc[worst + 1]
    return say(
        "{share} of sessions end in an order; most are lost between \u201c{first}\u201d and"
        " \u201c{then}\u201d",
        share=format_number(float(counts[-1] / counts[0]), "share"),
        first=respelled(first, first.lower()),
        then=respelled(then, then.lower()),
    )


def cohort_title(cohorts: pd.DataFrame) -> str:
    """Message of the cohorts: how many come back in the next period."""
    second = cohorts[(cohorts["period"] == 1) & (cohorts["cohort"] > 0)]
    if second.empty:
        return say("The window is too short to see new cohorts come back")
    share = float(second["n_buyers"].sum() / second["n_cohort"].sum())
    return say(
        "{share} of newly seen accounts buy again in the next 28-day period",
        share=format_number(share, "share"),
    )


def buying_groups_title(groups: pd.DataFrame) -> str:
    """Message of the table: who buys across channels, and what they spend."""
    several = groups["groups"].str.contains(" + ", regex=False)
    if not several.any() or several.all():
        return say("Accounts by the channel groups they buy in")
    share = float(groups.loc[several, "n_customers"].sum() / groups["n_customers"].sum())
    sales = float(groups.loc[several, "net_amount"].sum() / groups["net_amount"].sum())
    return say(
        "{share} of accounts buy in several channel groups and bring {sales} of sales",
        share=format_number(share, "share"),
        sales=format_number(sales, "share"),
    )


def maturity_title(profile: tuple[DomainMaturity, ...]) -> str:
    """Message of the maturity chart."""
    settled = [d for d in profile if d.is_settled]
    proven = [d for d in profile if d.proven >= DIMENSION_OK]
    n_open = len(profile) - len(settled)
    if proven:
        return say(
            "Data prove level {level} or more in {k} of {n} domains; {n_open} still need an interview",
            level=DIMENSION_OK,
            k=len(proven),
            n=len(profile),
            n_open=n_open,
        )
    return say(
        "Data prove level {level} in none of {n} domains; {n_open} still need an interview",
        level=DIMENSION_OK,
        n=len(profile),
        n_open=n_open,
    )


def growth_words(growth: Metric) -> str:
    """Growth as half a sentence; says so when it cannot be told from noise."""
    low, high = growth.ci_low or 0.0, growth.ci_high or 0.0
    size = format_number(abs(growth.value), "share")
    if low > 0:
        return say(
            "weekly sales rose {size} from the first half of the window to the second", size=size
        )
    if high < 0:
        return say(
            "weekly sales fell {size} from the first half of the window to the second", size=size
        )
    return say("weekly sales show no clear change between the halves of the window")


def sales_subtitle(currency: str) -> str:
    """What the sales chart shows."""
    return say(
        "Net sales of completed orders per week by order channel, {currency}", currency=currency
    )


def store_subtitle(currency: str) -> str:
    """What the map of stores shows."""
    return say(
        "Area: sales to customers near the store, {currency}; colour: share bought elsewhere",
        currency=currency,
    )


def calendar_subtitle(marks: pd.DataFrame, *, currency: str) -> str:
    """What the calendar shows, with the days marked on it."""
    return say(
        "Net sales per day, {currency}; weeks across; {marks}",
        currency=currency,
        marks=marks_words(marks),
    )


def causes_subtitle(currency: str) -> str:
    """What the timeline of causes shows."""
    return say(
        "Causes by kind, those from outside in red; below: net sales per week, {currency}",
        currency=currency,
    )


def number_text(card: Scorecard, name: str) -> str:
    """The value of a measure with its unit."""
    metric = card.metric(name)
    return format_number(metric.value, metric.unit)
