"""Days that were not ordinary: festivals, holidays, promotions and shocks from outside."""

from __future__ import annotations

import pandas as pd

from omnisim.language import join_texts, remember, say
from omnisim.metrics.warehouse import Warehouse

MARK_TABLES = ("dates", "promotions", "interventions")
MARKS = {  # kind -> one of them, several of them, in Chinese
    "festival": ("festival", "festivals", "个节日"),
    "holiday": ("public holiday", "public holidays", "个法定假日"),
    "promotion": ("promotion", "promotions", "场促销"),
    "shock": ("shock from outside", "shocks from outside", "次外部冲击"),
}
_COLUMNS = ["started_date", "ended_date", "kind", "label"]


def marked_days(warehouse: Warehouse) -> pd.DataFrame:
    """Spans of days that were marked, as far as the tables tell.

    From `dates` (festivals, holidays), `promotions` and `interventions` (shocks); a table that is
    not there marks nothing. Columns: started_date, ended_date (included), kind, label; by date.
    """
    parts = []
    if "dates" in warehouse.tables:
        for kind in ("festival", "holiday"):
            days = warehouse.query(
                f"select calendar_date as day, cast({kind}_name as varchar) as label from dates"
                f" where {kind}_name is not null order by calendar_date"
            )
            parts.append(_spans(days).assign(kind=kind))
    if "promotions" in warehouse.tables:
        parts.append(
            warehouse.query(
                "select started_date, ended_date, 'promotion' as kind, promotion_name as label"
                " from promotions"
            )
        )
    if "interventions" in warehouse.tables:
        parts.append(
            warehouse.query(
                "select started_date, coalesce(ended_date, started_date) as ended_date,"
                " 'shock' as kind, upper(action[1]) || replace(action[2:], '_', ' ') as label from interventions"
                " where intervention_type = 'shock'"
            )
        )
    filled = [part[_COLUMNS] for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=_COLUMNS)
    made = pd.concat(filled, ignore_index=True)
    for column in ("started_date", "ended_date"):
        made[column] = pd.to_datetime(made[column])
    return made.sort_values(["started_date", "kind"], ignore_index=True)


def marks_words(marks: pd.DataFrame) -> str:
    """What is marked, in words, e.g. ``1 promotion, 5 public holidays``."""
    counts = marks["kind"].value_counts()
    told = [
        remember(
            f"{counts[kind]} {several if counts[kind] > 1 else one}", zh=f"{counts[kind]}{chinese}"
        )
        for kind, (one, several, chinese) in MARKS.items()
        if counts.get(kind, 0)
    ]
    return join_texts(told, by=", ", zh="、") if told else say("no marked days on record")


def _spans(days: pd.DataFrame) -> pd.DataFrame:
    """Runs of following days with one label."""
    day = pd.to_datetime(days["day"])
    is_new = (day.diff() != pd.Timedelta(days=1)) | (days["label"] != days["label"].shift())
    made = days.assign(day=day, run=is_new.cumsum())
    return made.groupby("run", as_index=False).agg(
        started_date=("day", "min"), ended_date=("day", "max"), label=("label", "first")
    )
