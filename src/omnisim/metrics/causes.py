"""What was done and what happened, by kind of cause: never what it did."""

from __future__ import annotations

import numpy as np
import pandas as pd

from omnisim.errors import DesignError
from omnisim.language import say
from omnisim.metrics.warehouse import Warehouse, require

# Kinds of cause in the order they are drawn; win-back and membership run all the time.
LANES: dict[str, str] = {
    "promotion": "Promotions",
    "campaign": "Campaigns",
    "shock": "From outside",
    "experiment": "Experiments",
    "factorial": "Experiments",
    "canary": "Experiments",
    "rollout": "Roll-outs",
    "membership": "Programmes",
    "win_back": "Programmes",
}


def causes(warehouse: Warehouse) -> pd.DataFrame:
    """Every cause on record with a short name, clipped to the window.

    Columns: lane, label, started_date, ended_date (the last day of the data when it stays), stays,
    is_own; by lane, then by date.
    """
    require(warehouse, ["interventions"], purpose="what was done")
    rows = warehouse.query(
        "select started_date, ended_date, cast(intervention_type as varchar) as kind, cause, scope,"
        " is_own from interventions order by started_date, intervention_id"
    )
    if rows.empty:
        raise DesignError(say("what was done: no intervention is on record"))
    last = pd.Timestamp(warehouse.last_date)
    started = pd.to_datetime(rows["started_date"])
    ended = pd.to_datetime(rows["ended_date"])
    made = pd.DataFrame(
        {
            "lane": rows["kind"].map(LANES).fillna("Other"),
            "label": [
                _short_name(row["kind"], row["cause"], row["scope"])
                for row in rows.to_dict("records")
            ],
            "started_date": started,
            "ended_date": ended.where(ended < last, last),
            "stays": ended.isna(),
            "is_own": rows["is_own"].astype(bool),
        }
    )
    order = {lane: place for place, lane in enumerate(dict.fromkeys(LANES.values()))}
    made["place"] = made["lane"].map(order).fillna(len(order))
    return made.sort_values(["place", "started_date"], kind="stable", ignore_index=True).drop(
        columns="place"
    )


def causes_title(found: pd.DataFrame) -> str:
    """Message: how many causes overlap, which is why sales alone cannot tell what worked."""
    days = pd.date_range(found["started_date"].min(), found["ended_date"].max(), freq="D")
    at_work = np.zeros(len(days), dtype=int)
    for row in found[found["lane"] != LANES["membership"]].to_dict("records"):
        at_work += (days >= row["started_date"]) & (days <= row["ended_date"])
    share = float((at_work >= 2).mean())
    n_outside = int((~found["is_own"]).sum())
    if share <= 0:
        return say("{n} causes were at work, {k} from outside", n=len(found), k=n_outside)
    return say(
        "{n} causes were at work, {k} from outside; on {share} of days two or more beside the"
        " standing programmes, so sales alone cannot tell them apart",
        n=len(found),
        k=n_outside,
        share=f"{share:.0%}",
    )


def _short_name(kind: str, cause: str, scope: str) -> str:
    """Name for a bar: without the prefix of its kind; waves carry their number.

    Examples
    --------
    >>> _short_name("rollout", "click_and_collect", "wave=2"), _short_name("shock", "shock:price_war 1", "all")
    ('Click and collect, wave 2', 'Price war')
    """
    name = cause.partition(":")[2] or cause
    if kind == "shock":
        head, _, number = name.rpartition(" ")
        name = head if head and number.isdigit() else name
    name = name.replace("_", " ")
    name = name[:1].upper() + name[1:]
    if kind == "rollout" and scope.startswith("wave="):
        return say("{name}, wave {k}", name=name, k=scope.removeprefix("wave="))
    return name
