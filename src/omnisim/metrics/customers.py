"""Measures of who buys: repeat purchase, channels used, identities, acquisition cost, NPS."""

from __future__ import annotations

from omnisim.errors import DesignError
from omnisim.language import join_texts, say
from omnisim.metrics.intervals import (
    Measured,
    mean_from_moments,
    net_promoter_score,
    poisson,
    ratio,
    total_per_year,
    wilson,
)
from omnisim.metrics.kpi import Metric, make_metric
from omnisim.metrics.warehouse import Warehouse, day_index, day_number, require, years

MIN_NEW_CUSTOMERS = 5  # below, the interval of the cost spans more than a factor of ten

# How orders are grouped when asking whether a customer buys across channels.
ORDER_GROUP_SQL = (
    "case when order_channel = 'store' then 'store'"
    " when order_channel in ('web', 'app') then 'own online'"
    " when order_channel in ('marketplace', 'social') then 'platforms'"
    " else 'call centre' end"
)

# Paid channels that are planned and bought together. Marketplaces are left out of acquisition cost:
# they keep most buyers to themselves, so a cost per *account* would blame them for that.
CHANNEL_GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "search": ("search ads", ("brand_search", "generic_search")),
    "social_video": ("paid social and short video", ("paid_social", "short_video")),
    "retargeting": ("retargeting", ("retargeting",)),
    "affiliate": ("affiliates", ("affiliate",)),
    "messages": ("paid messages", ("sms",)),
}


def repeat_rate(warehouse: Warehouse, *, window_days: int | None = None) -> Metric:
    """Accounts with a second order within `window_days` of their first seen order.

    Parameters
    ----------
    window_days : int, optional
        Days after the first seen order. Default 180, or half the data when that is shorter.
        The first *seen* order of an old account is not its first ever: the rate is about buyers.
    """
    require(warehouse, ["orders"], purpose="repeat purchase rate")
    window = window_days if window_days is not None else min(180, warehouse.n_days // 2)
    if not 1 <= window < warehouse.n_days:
        raise DesignError(
            say(
                "repeat purchase rate: window_days = {window}: give 1 to {most}",
                window=window,
                most=warehouse.n_days - 1,
            )
        )
    last = day_index(warehouse.last_date) - window
    row = warehouse.query(
        f"with days as (select customer_id, {day_number('ordered_at')} as day, row_number() over"
        " (partition by customer_id order by ordered_at, order_id) as k from orders"
        " where status = 'completed' and customer_id is not null), "
        "firsts as (select customer_id, min(day) filter (k = 1) as first_day,"
        " min(day) filter (k = 2) as second_day from days group by customer_id) "
        f"select count(*) as n, count(*) filter (second_day - first_day <= {window}) as n_hits"
        f" from firsts where first_day <= {last}"
    ).iloc[0]
    return make_metric(
        "repeat_rate",
        wilson(int(row["n_hits"]), int(row["n"])),
        currency=warehouse.currency,
        group_label=say("within {window} days", window=window),
        note=say(
            "window {window} days; accounts first seen buying at least {window} days before the end",
            window=window,
        ),
    )


def omnichannel_revenue_share(warehouse: Warehouse) -> Metric:
    """Revenue of accounts that bought in two or more order-channel groups."""
    require(warehouse, ["orders"], purpose="omnichannel revenue share")
    rows = warehouse.query(
        f"select customer_id, sum(net_amount) as net_amount,"
        f" case when count(distinct {ORDER_GROUP_SQL}) >= 2 then sum(net_amount) else 0 end as multi"
        " from orders where status = 'completed' and customer_id is not null group by customer_id"
    )
    return make_metric(
        "omnichannel_revenue_share",
        ratio(rows["multi"], rows["net_amount"]),
        currency=warehouse.currency,
        note=say(
            "describes who they are; it does not say that a second channel made them buy more"
        ),
    )


def order_identity_shares(warehouse: Warehouse) -> tuple[Metric, ...]:
    """Orders with an account, and orders with no identity at all."""
    require(warehouse, ["orders"], purpose="share of orders with an account")
    row = warehouse.query(
        "select count(*) as n, count(customer_id) as n_account,"
        " count(*) filter (customer_id is null and identity_id is null) as n_nobody,"
        " coalesce(sum(net_amount) filter (customer_id is null), 0) as net_without,"
        " coalesce(sum(net_amount * net_amount) filter (customer_id is null), 0) as squares"
        " from orders where status = 'completed'"
    ).iloc[0]
    n, currency = int(row["n"]), warehouse.currency
    n_without, total = n - int(row["n_account"]), float(row["net_without"])
    without = total_per_year(total, float(row["squares"]), n_without, years(warehouse))
    return (
        make_metric("account_order_share", wilson(int(row["n_account"]), n), currency=currency),
        make_metric("annual_sales_without_account", without, currency=currency),
        make_metric("untracked_order_share", wilson(int(row["n_nobody"]), n), currency=currency),
    )


def identity_fragmentation(warehouse: Warehouse) -> tuple[Metric, ...]:
    """Identities per account, unlinked identities, and accounts that look like duplicates."""
    require(warehouse, ["identities", "customers"], purpose="identity fragmentation")
    linked = warehouse.query(
        "select count(*) as n, coalesce(sum(k), 0) as total, coalesce(sum(k * k), 0) as squares from"
        " (select count(*) as k from identities where customer_id is not null group by customer_id)"
    ).iloc[0]
    all_ids = warehouse.query(
        "select count(*) as n, count(*) - count(customer_id) as n_unlinked from identities"
    ).iloc[0]
    twins = warehouse.query(
        "select coalesce(sum(k), 0) as n, coalesce(sum(k) filter (k > 1), 0) as n_twins from"
        " (select count(*) as k from customers group by lower(full_name), birth_year, city)"
    ).iloc[0]
    currency = warehouse.currency
    per_account = mean_from_moments(
        float(linked["total"]), float(linked["squares"]), int(linked["n"])
    )
    return (
        make_metric("identities_per_account", per_account, currency=currency),
        make_metric(
            "unlinked_identity_share",
            wilson(int(all_ids["n_unlinked"]), int(all_ids["n"])),
            currency=currency,
        ),
        make_metric(
            "duplicate_account_share",
            wilson(int(twins["n_twins"]), int(twins["n"])),
            currency=currency,
        ),
    )


def new_customers_sql(first_date_index: int) -> str:
    """SQL of accounts opened and first buying in the window, with the channel that brought them.

    `channel` is the session's channel of the first completed order, or ``marketplace`` for an order
    placed there; null for store and call-centre orders. Columns: customer_id, day, channel.
    """
    return (
        f"select o.customer_id, {day_number('o.ordered_at')} as day,"
        " case when o.order_channel = 'marketplace' then 'marketplace'"
        " else cast(s.channel as varchar) end as channel"
        " from (select *, row_number() over (partition by customer_id order by ordered_at, order_id)"
        " as k from orders where status = 'completed' and customer_id is not null) o"
        " join customers c on c.customer_id = o.customer_id"
        " left join sessions s on s.session_id = o.session_id"
        f" where o.k = 1 and {day_number('c.joined_at')} >= {first_date_index}"
    )


def acquisition_costs(warehouse: Warehouse) -> tuple[Metric, ...]:
    """Media cost per new buying customer: all channels but marketplaces, then by channel group.

    A group's customers are those whose first order came through it (last touch): a *credit*.
    Groups with fewer than 5 new customers are not shown apart, but named in the note of the total.
    """
    require(
        warehouse, ["media_costs", "customers", "orders", "sessions"], purpose="acquisition cost"
    )
    costs = warehouse.query(
        "select cast(channel as varchar) as channel, sum(media_cost) as cost from media_costs"
        " where channel <> 'marketplace' group by channel"
    )
    new = warehouse.query(
        f"select channel, count(*) as n from ({new_customers_sql(day_index(warehouse.first_date))})"
        " where channel is distinct from 'marketplace' group by channel"
    )
    n_all = int(new["n"].sum())
    if n_all == 0:
        raise DesignError(
            say("acquisition cost: nobody opened an account and bought in the window")
        )
    cost_of = dict(zip(costs["channel"], costs["cost"], strict=True))
    n_of = dict(zip(new["channel"], new["n"], strict=True))
    groups: list[Metric] = []
    thin: list[str] = []
    for group, (label, channels) in CHANNEL_GROUPS.items():
        n_group = int(sum(n_of.get(c, 0) for c in channels))
        cost = float(sum(cost_of.get(c, 0.0) for c in channels))
        if cost > 0 and n_group < MIN_NEW_CUSTOMERS:
            thin.append(label)
        elif cost > 0:
            groups.append(
                make_metric(
                    "cac",
                    _cost_per(cost, n_group),
                    currency=warehouse.currency,
                    group=group,
                    group_label=label,
                )
            )
    blended = make_metric(
        "blended_cac",
        _cost_per(sum(cost_of.values()), n_all),
        currency=warehouse.currency,
        note=(
            say(
                "not shown apart, fewer than {least} new customers: {groups}",
                least=MIN_NEW_CUSTOMERS,
                groups=join_texts(thin, by=", ", zh="、"),
            )
            if thin
            else ""
        ),
    )
    return (blended, *groups)


def _cost_per(cost: float, n: int) -> Measured:
    count = poisson(n)
    return Measured(cost / n, cost / count.ci_high, cost / count.ci_low, n)


def promoter_score(warehouse: Warehouse) -> tuple[Metric, ...]:
    """NPS of those who answered, and how many did."""
    require(warehouse, ["survey_invitations"], purpose="NPS")
    answers = warehouse.query(
        "select nps_score from survey_invitations where nps_score is not null"
    )
    n_sent = int(warehouse.query("select count(*) as n from survey_invitations")["n"].iloc[0])
    if n_sent == 0 or len(answers) == 0:
        raise DesignError(
            say("NPS: {n} answers to {n_sent} invitations", n=len(answers), n_sent=n_sent)
        )
    response = wilson(len(answers), n_sent)
    return (
        make_metric(
            "nps",
            net_promoter_score(answers["nps_score"].to_numpy()),
            currency=warehouse.currency,
            note=say(
                "{share} answered; the silent may differ from those who answered",
                share=f"{response.value:.0%}",
            ),
        ),
        make_metric("nps_response_rate", response, currency=warehouse.currency),
    )
