"""Accounts by the month they joined: how many order in each month of their membership."""

from __future__ import annotations

import pandas as pd

from omnisim.errors import DesignError
from omnisim.language import say
from omnisim.metrics.intervals import wilson, wilson_columns
from omnisim.metrics.warehouse import Warehouse, day_index, day_number, require
from omnisim.results import format_number, format_range

AGE_DAYS = 30  # a month of membership, so that all months are equally long


def joining_cohorts(warehouse: Warehouse) -> pd.DataFrame:
    """Share of accounts that order, by calendar month of joining and 30-day month since.

    Only accounts that joined within the data, and only cells in which every account of the cohort
    was watched for the whole month. An account opened at its first order orders in month 0.

    Columns: joined_month (first day), age_months (from 0), n_cohort, n_ordering, share, ci_low,
    ci_high (Wilson, accounts independent).
    """
    require(warehouse, ["customers", "orders"], purpose="cohorts by joining month")
    first, last = day_index(warehouse.first_date), day_index(warehouse.last_date)
    rows = warehouse.query(
        f"with joined as (select customer_id, {day_number('joined_at')} as day,"
        " cast(date_trunc('month', joined_at) as date) as joined_month from customers"
        f" where {day_number('joined_at')} between {first} and {last}), "
        "active as (select distinct j.customer_id,"
        f" ({day_number('o.ordered_at')} - j.day) // {AGE_DAYS} as age"
        " from joined j join orders o using (customer_id) where o.status = 'completed'"
        f" and {day_number('o.ordered_at')} between j.day and {last}), "
        "sizes as (select joined_month, count(*) as n_cohort, max(day) as last_day from joined"
        " group by joined_month), "
        f"ages as (select joined_month, n_cohort, unnest(range(0, ({last} + 1 - last_day)"
        f" // {AGE_DAYS})) as age from sizes) "
        "select a.joined_month, a.age as age_months, any_value(a.n_cohort) as n_cohort,"
        " count(x.customer_id) as n_ordering from ages a left join"
        " (select j.joined_month, x.age, x.customer_id from active x join joined j"
        " using (customer_id)) x on x.joined_month = a.joined_month and x.age = a.age"
        " group by 1, 2 order by 1, 2"
    )
    if rows.empty:
        raise DesignError(
            say(
                "cohorts by joining month: no account joined {days} days before the end or earlier",
                days=AGE_DAYS,
            )
        )
    rows["joined_month"] = pd.to_datetime(rows["joined_month"])
    return wilson_columns(rows, hits="n_ordering", base="n_cohort")


def joining_title(cohorts: pd.DataFrame) -> str:
    """Message of the cohorts: who orders in the third month of membership, with its interval."""
    age = min(2, int(cohorts["age_months"].max()))
    part = cohorts[cohorts["age_months"] == age]
    found = wilson(int(part["n_ordering"].sum()), int(part["n_cohort"].sum()))
    nth = ("first", "second", "third")[age]
    return say(
        "{share} of new accounts order in their {nth} month (95% interval {reach}, n = {n})",
        share=format_number(found.value, "share"),
        nth=nth,
        reach=format_range(found.ci_low, found.ci_high, "share"),
        n=f"{found.n:,}",
    )
