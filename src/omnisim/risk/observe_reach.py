"""Events of the risks in reaching customers: outages, messages without consent, dear new customers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from omnisim.errors import DesignError
from omnisim.language import join_texts, say, say_as
from omnisim.metrics.customers import CHANNEL_GROUPS, new_customers_sql
from omnisim.metrics.operations import MESSAGE_CHANNELS
from omnisim.metrics.warehouse import Warehouse, day_index, day_number, require
from omnisim.risk.loss_data import Observed, column

FloatArray = NDArray[np.float64]

DAY_MS = 86_400_000
AROUND_MS = 43_200_000  # 12 hours before and after tell how busy the day was
MIN_AROUND = 10  # orders around, below which that ratio is mostly noise
DEAR_LEVEL = 0.10  # share of dear months that may be so by chance alone (Benjamini-Hochberg)
MIN_MONTHS = 3


def observe_outages(warehouse: Warehouse) -> Observed:
    """Outages with the orders they kept away.

    Expected orders are the mean of the same weekday and hours one and two weeks before and after,
    inside the data and free of outages, scaled by how busy the 12 hours around the outage were
    against the same hours of those weeks (a festival has no equal a week away). Columns: event_day, hours, expected_orders, actual_orders,
    order_margin, is_peak, n_windows.
    """
    require(warehouse, ["incidents", "orders"], purpose="outage losses")
    first = day_index(warehouse.first_date) * DAY_MS
    end = (day_index(warehouse.last_date) + 1) * DAY_MS
    query = f"""
with outage as (
  select incident_id, is_peak, epoch_ms(started_at) as a, epoch_ms(ended_at) as b
  from incidents where incident_kind = 'platform_outage'),
placed as (
  select epoch_ms(ordered_at) as ms, net_amount - cost_amount - shipping_cost as margin
  from orders where order_channel in ('web', 'app')),
shifted as (
  select o.incident_id, o.a + s.days * {DAY_MS} as a, o.b + s.days * {DAY_MS} as b
  from outage o cross join (values (-14), (-7), (7), (14)) s(days)),
clean as (
  select * from shifted w where w.a >= {first} and w.b <= {end}
    and not exists (select 1 from outage o where o.a < w.b and o.b > w.a)),
windows as (
  select incident_id, a, b, false as is_outage from clean
  union all select incident_id, a, b, true as is_outage from outage),
counted as (
  select w.incident_id, w.a, w.is_outage, count(p.ms) filter (p.ms >= w.a and p.ms < w.b) as n,
    count(p.ms) filter (p.ms < w.a or p.ms >= w.b) as n_around
  from windows w left join placed p on p.ms >= w.a - {AROUND_MS} and p.ms < w.b + {AROUND_MS}
  group by w.incident_id, w.a, w.is_outage),
compared as (
  select incident_id, avg(n) as usual_orders, avg(n_around) as usual_around,
    count(*) as n_windows from counted where not is_outage group by incident_id)
select o.a // {DAY_MS} as event_day, (o.b - o.a) / 3600000.0 as hours, o.is_peak,
  c.usual_orders * case when least(c.usual_around, t.n_around) >= {MIN_AROUND}
    then t.n_around / c.usual_around else 1 end as expected_orders,
  coalesce(c.n_windows, 0) as n_windows, t.n as actual_orders,
  (select coalesce(avg(margin), 0) from placed) as order_margin
from outage o left join compared c using (incident_id)
  join counted t on t.incident_id = o.incident_id and t.is_outage
order by o.a, o.incident_id"""
    events = warehouse.query(query)
    blind = events["n_windows"] == 0
    if blind.any():
        raise DesignError(
            say(
                "outage losses: {n} outages have no comparable hours within two weeks",
                n=int(blind.sum()),
            )
        )
    hours = float(events["hours"].sum())
    return Observed(
        events=events,
        n_at_risk=warehouse.n_days * 24,
        at_risk_of="hours",
        first_day=day_index(warehouse.first_date),
        n_days=warehouse.n_days,
        query=query,
        indicator=hours / warehouse.n_days * 365.25,
        note=say(
            "{n} of {total} outages fell in a festival week",
            n=int(events["is_peak"].sum()),
            total=len(events),
        ),
    )


def outage_severity(events: pd.DataFrame, a: Mapping[str, float]) -> FloatArray:
    """Orders kept away x margin per order x share not recovered; never below 0."""
    missed = np.maximum(column(events, "expected_orders") - column(events, "actual_orders"), 0.0)
    margin = np.maximum(column(events, "order_margin"), 0.0)
    return np.asarray(missed * margin * a["not_recovered_share"], dtype=float)


def observe_consent_breaches(warehouse: Warehouse) -> Observed:
    """Channel-days with messages sent without consent; columns: event_day, n_messages."""
    require(warehouse, ["touchpoints"], purpose="consent-breach losses")
    sent = f"touch_kind = 'sent' and channel in {MESSAGE_CHANNELS}"
    query = f"""
select {day_number("touched_at")} as event_day, cast(channel as varchar) as channel,
  count(*) as n_messages
from touchpoints where {sent} and not has_consent
group by event_day, 2 order by event_day, 2"""
    base = warehouse.query(
        f"select count(*) as n, count(distinct ({day_number('touched_at')} * 100 +"
        " case channel when 'email' then 1 when 'sms' then 2 when 'app_push' then 3 else 4 end))"
        f" as n_channel_days from touchpoints where {sent}"
    ).iloc[0]
    events = warehouse.query(query)
    return Observed(
        events=events,
        n_at_risk=int(base["n_channel_days"]),
        at_risk_of="channel-days of sending",
        first_day=day_index(warehouse.first_date),
        n_days=warehouse.n_days,
        query=query,
        indicator=float(events["n_messages"].sum()) / int(base["n"]) if base["n"] else 0.0,
        note=say(
            "{n} of {total} messages",
            n=f"{int(events['n_messages'].sum()):,}",
            total=f"{int(base['n']):,}",
        ),
    )


def consent_severity(events: pd.DataFrame, a: Mapping[str, float]) -> FloatArray:
    """Messages x complaint chance x cost of a complaint (the fine is a rare loss of its own)."""
    return column(events, "n_messages") * a["complaint_share"] * a["complaint_cost"]


def observe_dear_months(warehouse: Warehouse) -> Observed:
    """Months in which a channel group's new customers cost significantly more than its average.

    Full months only. New customers are credited to the last touch of their first order; groups
    that never brought one cannot be judged and are named in the note. Marketplaces are left out:
    most of their buyers have no account.
    Columns: event_day, group, cost, n_new, usual_cost.
    """
    require(
        warehouse,
        ["media_costs", "customers", "orders", "sessions"],
        purpose="acquisition-cost losses",
    )
    first = day_index(warehouse.first_date)
    month = "cast(date_trunc('month', date '1970-01-01' + cast({} as integer)) as date)"
    query = f"""
with cost as (
  select cast(channel as varchar) as channel,
    cast(date_trunc('month', cast(cost_date as date)) as date) as month,
    sum(media_cost) as cost from media_costs where channel <> 'marketplace' group by all),
new as (
  select channel, {month.format("day")} as month, count(*) as n_new
  from ({new_customers_sql(first)}) where channel <> 'marketplace' group by all)
select cost.channel, cost.month, cost.cost, coalesce(new.n_new, 0) as n_new
from cost left join new on new.channel = cost.channel and new.month = cost.month
order by cost.month, cost.channel"""
    rows = warehouse.query(query)
    group_of = {c: g for g, (_, channels) in CHANNEL_GROUPS.items() for c in channels}
    rows["group"] = rows["channel"].map(group_of).fillna(rows["channel"])
    rows["month"] = pd.to_datetime(rows["month"])
    starts = pd.Timestamp(warehouse.first_date)
    full = rows["month"].ge(starts) & (rows["month"] + pd.offsets.MonthEnd(0)).le(
        pd.Timestamp(warehouse.last_date)
    )
    months = rows[full].groupby(["group", "month"], as_index=False)[["cost", "n_new"]].sum()
    if months["month"].nunique() < MIN_MONTHS:
        raise DesignError(
            say(
                "acquisition-cost losses: {n} full months; needs {least}",
                n=months["month"].nunique(),
                least=MIN_MONTHS,
            )
        )
    totals = months.groupby("group")[["cost", "n_new"]].transform("sum")
    idle = sorted(set(months.loc[totals["n_new"] == 0, "group"]))
    judged = months[totals["n_new"] > 0].copy()
    usual = totals.loc[judged.index, "cost"] / totals.loc[judged.index, "n_new"]
    judged["usual_cost"] = usual * judged["n_new"]
    chance = stats.poisson.cdf(judged["n_new"], judged["cost"] / usual)
    # Many months are judged at once: without the correction a tenth would look dear by chance.
    is_dear = stats.false_discovery_control(chance) < DEAR_LEVEL
    dear = judged[is_dear & (judged["cost"] > judged["usual_cost"])].copy()
    dear["event_day"] = (dear["month"] - pd.Timestamp("1970-01-01")).dt.days
    n_new = int(months["n_new"].sum())
    span = sorted(months["month"].unique())
    n_days = (pd.Timestamp(span[-1]) + pd.offsets.MonthEnd(0) - pd.Timestamp(span[0])).days + 1
    return Observed(
        events=dear.reset_index(drop=True),
        n_at_risk=len(judged),
        at_risk_of="channel-group months",
        first_day=(pd.Timestamp(span[0]) - pd.Timestamp("1970-01-01")).days,
        n_days=int(n_days),
        query=query,
        indicator=float(months["cost"].sum()) / n_new if n_new else None,
        note=say(
            "marketplaces are left out: most of their buyers have no account; no new customer came "
            "through {groups}: not judged",
            groups=join_texts([say_as("channel group", group) for group in idle], by=", ", zh="、"),
        )
        if idle
        else say("marketplaces are left out: most of their buyers have no account"),
    )


def dear_month_severity(events: pd.DataFrame, a: Mapping[str, float]) -> FloatArray:
    """Cost above the group's average cost per customer, as far as avoidable."""
    excess = column(events, "cost") - column(events, "usual_cost")
    return np.maximum(excess, 0.0) * a["avoidable_share"]
