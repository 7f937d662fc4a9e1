"""Messages of the overview figures, made from the numbers they show."""

from __future__ import annotations

import pandas as pd

from omnisim.metrics.kpi import Metric
from omnisim.metrics.maturity import DomainMaturity
from omnisim.metrics.scorecard import Scorecard
from omnisim.results import format_number, format_range

DIMENSION_OK = 3  # level from which a domain is called defined


def sales_title(card: Scorecard) -> str:
    """Message of the sales chart."""
    text = "Sales over the window"
    if card.has("online_share"):
        text = f"{_text(card, 'online_share')} of sales are placed outside stores"
    if card.has("growth"):
        text += f"; {growth_words(card.metric('growth'))}"
    return text[0].upper() + text[1:]


def calendar_title(daily: pd.DataFrame) -> str:
    """Message of the calendar: how far the best day stands out."""
    best = daily.iloc[int(daily["net_amount"].to_numpy().argmax())]
    usual = float(daily["net_amount"].median())
    if usual <= 0:
        return f"The best day was {best['date'].day} {best['date']:%B %Y}"
    times = float(best["net_amount"]) / usual
    return (
        f"The best day, {best['date'].day} {best['date']:%B %Y}, sold {times:.1f} times a usual day"
    )


def store_title(stores: pd.DataFrame) -> str:
    """Message of the map: how unequal the catchments are and how much they buy elsewhere."""
    shares = stores["online_share"].dropna()
    if shares.empty:
        return "No sales can be placed near a store"
    low, high = float(shares.min()), float(shares.max())
    return (
        f"Near the stores, {format_range(low, high, 'share')} of sales are placed outside a store"
    )


def funnel_title(funnel: pd.DataFrame) -> str:
    """Message of the funnel: where most sessions end."""
    counts = funnel["n_sessions"].to_numpy(dtype=float)
    kept = counts[1:] / counts[:-1].clip(min=1.0)
    worst = int(kept.argmin())
    first, then = funnel["step"].iloc[worst], funnel["step"].iloc[worst + 1]
    return (
        f"{format_number(float(counts[-1] / counts[0]), 'share')} of sessions end in an order; most "
        f"are lost between \u201c{first.lower()}\u201d and \u201c{then.lower()}\u201d"
    )


def cohort_title(cohorts: pd.DataFrame) -> str:
    """Message of the cohorts: how many come back in the next period."""
    second = cohorts[(cohorts["period"] == 1) & (cohorts["cohort"] > 0)]
    if second.empty:
        return "The window is too short to see new cohorts come back"
    share = float(second["n_buyers"].sum() / second["n_cohort"].sum())
    return f"{format_number(share, 'share')} of newly seen accounts buy again in the next 28-day period"


def buying_groups_title(groups: pd.DataFrame) -> str:
    """Message of the table: who buys across channels, and what they spend."""
    several = groups["groups"].str.contains(" + ", regex=False)
    if not several.any() or several.all():
        return "Accounts by the channel groups they buy in"
    share = float(groups.loc[several, "n_customers"].sum() / groups["n_customers"].sum())
    sales = float(groups.loc[several, "net_amount"].sum() / groups["net_amount"].sum())
    return (
        f"{format_number(share, 'share')} of accounts buy in several channel groups and bring "
        f"{format_number(sales, 'share')} of sales"
    )


def maturity_title(profile: tuple[DomainMaturity, ...]) -> str:
    """Message of the maturity chart."""
    settled = [d for d in profile if d.is_settled]
    proven = [d for d in profile if d.proven >= DIMENSION_OK]
    n_open = len(profile) - len(settled)
    text = (
        f"Data prove level {DIMENSION_OK} or more in {len(proven)} of {len(profile)} domains"
        if proven
        else f"Data prove level {DIMENSION_OK} in none of {len(profile)} domains"
    )
    return f"{text}; {n_open} still need an interview"


def growth_words(growth: Metric) -> str:
    """Growth as half a sentence; says so when it cannot be told from noise."""
    low, high = growth.ci_low or 0.0, growth.ci_high or 0.0
    size = format_number(abs(growth.value), "share")
    if low > 0:
        return f"weekly sales rose {size} from the first half of the window to the second"
    if high < 0:
        return f"weekly sales fell {size} from the first half of the window to the second"
    return "weekly sales show no clear change between the halves of the window"


def _text(card: Scorecard, name: str) -> str:
    metric = card.metric(name)
    return format_number(metric.value, metric.unit)
