"""How buyers move between channels: first contact, order, hand-over, and crossings of the border."""

from __future__ import annotations

import pandas as pd

from omnisim.errors import DesignError
from omnisim.language import say
from omnisim.metrics.intervals import Measured, ratio
from omnisim.metrics.warehouse import Warehouse, require
from omnisim.results import format_number, format_range

NEVER_SEEN = "None seen"
_CONTACTS = {
    "Search": ("organic_search", "brand_search", "generic_search"),
    "Direct visit": ("direct",),
    "Ads, affiliates": ("retargeting", "paid_social", "short_video", "affiliate"),
    "Messages": ("email", "sms", "app_push", "community"),
    "Referral": ("referral",),
    "Platform": ("marketplace",),
    "Store visit": ("store_visit",),
    "Call centre": ("call_centre",),
}
_ORDERED = {
    "web": "Web shop",
    "app": "App",
    "marketplace": "Marketplace",
    "social": "Social",
    "store": "Store",
    "call_centre": "Call centre",
}
_HANDED_OVER = {
    "ship_from_dc": "Sent by the centre",
    "ship_from_store": "Sent by a store",
    "click_and_collect": "Collected in store",
    "carry_out": "Taken from store",
    "made_to_order": "Made to order",
}
_ACTIVE = (
    "('click', 'visit', 'call')"  # what the customer did; messages sent reach almost everybody
)


def contact_flows(warehouse: Warehouse, *, lookback_days: int = 30) -> pd.DataFrame:
    """Completed orders by first contact, order channel and hand-over.

    The first contact is the earliest click, visit or call in the `lookback_days` before the order
    that carries the buyer's account, or the identity of the order when it has no account. Orders
    without either (paid in cash by a stranger) cannot be followed and are left out.

    Columns: First contact, Ordered in, Handed over, Orders; most orders first.
    """
    if lookback_days < 1:
        raise DesignError(
            say("channel flows: lookback_days = {days}: give 1 or more", days=lookback_days)
        )
    rows = warehouse.query(
        f"{_followed_sql(warehouse, 'channel flows')} "
        "select f.order_channel, f.fulfilment, c.channel, count(*) as n from followed f left join"
        " (select f.order_id, arg_min(t.channel, (t.touched_at, t.touchpoint_id)) as channel"
        " from followed f join touched t on t.person = f.person and t.touched_at < f.ordered_at"
        f" and t.touched_at >= f.ordered_at - interval '{lookback_days} days'"
        " group by f.order_id) c using (order_id) group by 1, 2, 3"
    )
    if rows.empty:
        raise DesignError(
            say("channel flows: no completed order carries an account or an identity")
        )
    group = {channel: name for name, channels in _CONTACTS.items() for channel in channels}
    named = pd.DataFrame(
        {
            "First contact": rows["channel"].map(group).fillna(NEVER_SEEN),
            "Ordered in": rows["order_channel"].map(_ORDERED),
            "Handed over": rows["fulfilment"].map(_HANDED_OVER),
            "Orders": rows["n"].astype("int64"),
        }
    )
    stages = ["First contact", "Ordered in", "Handed over"]
    made = named.groupby(stages, as_index=False)[["Orders"]].sum()
    return made.sort_values(
        ["Orders", *stages], ascending=[False, True, True, True], ignore_index=True
    )


def crossings(warehouse: Warehouse, *, lookback_days: int = 14) -> pd.DataFrame:
    """How often an order crosses between online and store, with 95 % intervals over buyers.

    Lower limits: a visit on an unlinked cookie, or to a store without showing a card, is not seen.
    Columns: crossing, share, ci_low, ci_high, n_orders, n_buyers; crossings nobody could make are
    left out.
    """
    rows = warehouse.query(
        f"{_followed_sql(warehouse, 'crossings between online and store')} "
        "select f.person, f.order_channel, f.fulfilment,"
        " coalesce(bool_or(t.channel = 'store_visit'), false) as from_store,"
        " coalesce(bool_or(t.session_id is not null), false) as from_online"
        " from followed f left join touched t on t.person = f.person"
        " and t.touched_at < f.ordered_at"
        f" and t.touched_at >= f.ordered_at - interval '{lookback_days} days'"
        " group by f.order_id, f.person, f.order_channel, f.fulfilment"
    )
    in_store = rows[rows["order_channel"] == "store"]
    own = rows[rows["order_channel"].isin(["web", "app"])]
    made = [
        _crossing(
            say("Store orders with an online visit in the {n} days before", n=lookback_days),
            in_store,
            in_store["from_online"],
        ),
        _crossing(
            say("Web and app orders with a store visit in the {n} days before", n=lookback_days),
            own,
            own["from_store"],
        ),
        _crossing(
            "Web and app orders collected in a store", own, own["fulfilment"] == "click_and_collect"
        ),
        _crossing(
            "Web and app orders sent by a store", own, own["fulfilment"] == "ship_from_store"
        ),
    ]
    kept = [row for row in made if row is not None]
    if not kept:
        raise DesignError(
            say("crossings between online and store: fewer than two buyers to follow")
        )
    return pd.DataFrame(kept)


def crossings_table(found: pd.DataFrame) -> pd.DataFrame:
    """The crossings for people."""
    return pd.DataFrame(
        {
            "Crossing": found["crossing"],
            "Share": [format_number(v, "share") for v in found["share"]],
            "95% interval": [
                format_range(max(low, 0.0), min(high, 1.0), "share")
                for low, high in zip(found["ci_low"], found["ci_high"], strict=True)
            ],
            "Orders": [f"{n:,}" for n in found["n_orders"]],
            "Buyers": [f"{n:,}" for n in found["n_buyers"]],
        }
    )


def flows_title(flows: pd.DataFrame) -> str:
    """Message of the flows: orders whose first contact and order lie on two sides of the border."""
    seen = flows[flows["First contact"] != NEVER_SEEN]
    if seen.empty:
        return say("No contact before an order is on record")
    store_contact = seen["First contact"] == "Store visit"
    store_order = seen["Ordered in"] == "Store"
    crossed = float(seen.loc[store_contact != store_order, "Orders"].sum())
    share = crossed / float(seen["Orders"].sum())
    return say(
        "{share} of orders with a known first contact are placed on the other side of the border"
        " between online and store",
        share=format_number(share, "share"),
    )


def _followed_sql(warehouse: Warehouse, purpose: str) -> str:
    """SQL of orders and active contacts with the person as far as it is known.

    An account is its own id, an unlinked identity its negative: ids are positive.
    """
    require(warehouse, ["orders", "touchpoints", "identities"], purpose=purpose)
    return (
        "with followed as materialized (select o.order_id, o.ordered_at, o.order_channel,"
        " o.fulfilment, coalesce(o.customer_id, i.customer_id, -o.identity_id) as person"
        " from orders o left join identities i on i.identity_id = o.identity_id"
        " where o.status = 'completed'"
        " and coalesce(o.customer_id, i.customer_id, o.identity_id) is not null), "
        "touched as materialized (select t.touchpoint_id, t.touched_at, t.session_id,"
        " cast(t.channel as varchar) as channel,"
        " coalesce(t.customer_id, i.customer_id, -t.identity_id) as person from touchpoints t"
        " left join identities i on i.identity_id = t.identity_id"
        f" where t.touch_kind in {_ACTIVE})"
    )


def _crossing(label: str, orders: pd.DataFrame, is_hit: pd.Series) -> dict[str, object] | None:
    by_buyer = (
        pd.DataFrame({"person": orders["person"], "hits": is_hit.astype(int), "n": 1})
        .groupby("person")[["hits", "n"]]
        .sum()
    )
    if len(by_buyer) < 2:
        return None
    found: Measured = ratio(by_buyer["hits"], by_buyer["n"])
    return {
        "crossing": label,
        "share": found.value,
        "ci_low": found.ci_low,
        "ci_high": found.ci_high,
        "n_orders": len(orders),
        "n_buyers": found.n,
    }
