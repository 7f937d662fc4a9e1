"""Members: tiers with their accounts and sales, and the points that are owed to them."""

from __future__ import annotations

import pandas as pd

from omnisim.errors import DesignError
from omnisim.language import respelled, say, say_as
from omnisim.metrics.intervals import ratio
from omnisim.metrics.warehouse import Warehouse, require
from omnisim.results import format_number, format_range

TIERS = ("base", "silver", "gold")
_ENTRIES = {
    "opening": "Balance on the first day",
    "earn": "Earned with orders",
    "referral": "For bringing a member",
    "reversal": "Taken back on returns",
    "redeem": "Redeemed",
    "expire": "Expired",
}


def tiers(warehouse: Warehouse) -> pd.DataFrame:
    """Accounts by their tier on the last day, with what they bought and the points they hold.

    A tier follows from spend, so higher tiers spend more *by definition*: no effect of membership.

    Columns: tier, n_accounts, n_buyers, net_amount (completed orders of the window),
    per_account, ci_low, ci_high (mean net sales per account), balance_points (0 when the data have
    no ledger), account_share, sales_share.
    """
    require(warehouse, ["loyalty_tiers", "orders"], purpose="member tiers")
    balance = (
        "select customer_id, arg_max(balance_after_points, entry_number) as points"
        " from loyalty_ledger group by customer_id"
        if "loyalty_ledger" in warehouse.tables
        else "select customer_id, 0 as points from loyalty_tiers where false"
    )
    rows = warehouse.query(
        "with now as (select customer_id, arg_max(cast(tier as varchar), valid_from_at) as tier"
        " from loyalty_tiers group by customer_id), "
        "bought as (select customer_id, sum(net_amount) as amount from orders"
        " where status = 'completed' group by customer_id), "
        f"owed as ({balance}) "
        "select n.tier, coalesce(b.amount, 0.0) as amount, coalesce(o.points, 0) as points"
        " from now n left join bought b using (customer_id) left join owed o using (customer_id)"
    )
    if rows.empty:
        raise DesignError(say("member tiers: no account has a tier"))
    total = float(rows["amount"].sum())
    made = []
    for tier in (t for t in TIERS if (rows["tier"] == t).any()):
        part = rows[rows["tier"] == tier]
        amount = float(part["amount"].sum())
        low = high = float("nan")
        if len(part) >= 2:
            mean = ratio(part["amount"], pd.Series(1.0, index=part.index))
            low, high = mean.ci_low, mean.ci_high
        made.append(
            {
                "tier": tier,
                "n_accounts": len(part),
                "n_buyers": int((part["amount"] > 0).sum()),
                "net_amount": amount,
                "per_account": amount / len(part),
                "ci_low": low,
                "ci_high": high,
                "balance_points": int(part["points"].sum()),
                "account_share": len(part) / len(rows),
                "sales_share": amount / total if total > 0 else 0.0,
            }
        )
    return pd.DataFrame(made)


def tiers_table(found: pd.DataFrame, *, currency: str) -> pd.DataFrame:
    """The tiers for people."""
    return pd.DataFrame(
        {
            "Tier": [say_as("tier", tier.capitalize()) for tier in found["tier"]],
            "Accounts": [f"{n:,}" for n in found["n_accounts"]],
            "Bought in the window": [
                f"{k / n:.0%}" for k, n in zip(found["n_buyers"], found["n_accounts"], strict=True)
            ],
            "Net sales per account": [format_number(v, currency) for v in found["per_account"]],
            "95% interval": [
                "—" if low != low else format_range(max(low, 0.0), high, currency)
                for low, high in zip(found["ci_low"], found["ci_high"], strict=True)
            ],
            "Points held": [f"{n:,}" for n in found["balance_points"]],
        }
    )


def points_flow(warehouse: Warehouse) -> pd.DataFrame:
    """Points booked in the window by kind; the parts add up to the balance owed on the last day.

    Columns: entry_kind, label, n_entries, n_points (negative when they go).
    """
    require(warehouse, ["loyalty_ledger"], purpose="points")
    rows = warehouse.query(
        "select cast(entry_kind as varchar) as entry_kind, count(*) as n_entries,"
        " cast(sum(n_points) as bigint) as n_points from loyalty_ledger group by 1"
    )
    if rows.empty:
        raise DesignError(say("points: nothing was booked"))
    order = {kind: place for place, kind in enumerate(_ENTRIES)}
    rows = rows.sort_values("entry_kind", key=lambda kinds: kinds.map(order), ignore_index=True)
    rows.insert(1, "label", rows["entry_kind"].map(_ENTRIES))
    return rows


def points_title(flow: pd.DataFrame) -> str:
    """Message: what is owed at the end, and how it compares with what was redeemed."""
    owed = int(flow["n_points"].sum())
    of_kind = flow.set_index("entry_kind")["n_points"]
    redeemed = -int(of_kind.get("redeem", 0))
    if owed <= 0 or redeemed <= 0:
        return say("Members hold {owed} points on the last day", owed=f"{owed:,}")
    return say(
        "Members hold {owed} points on the last day, {times} times what they redeemed in the window",
        owed=f"{owed:,}",
        times=f"{owed / redeemed:.1f}",
    )


def tiers_title(found: pd.DataFrame) -> str:
    """Message: the part of sales that the highest tier buys."""
    top = found.iloc[-1]
    name = say_as("tier", str(top["tier"]).capitalize())
    if len(found) < 2:
        return say("All accounts are in the tier “{tier}”", tier=respelled(name, top["tier"]))
    return say(
        "{tier} accounts are {share} of all and buy {sales} of what accounts buy",
        tier=name,
        share=format_number(float(top["account_share"]), "share"),
        sales=format_number(float(top["sales_share"]), "share"),
    )
