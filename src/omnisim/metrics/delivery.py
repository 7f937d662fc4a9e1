"""How late orders reach their buyers: by week and by the way they are handed over."""

from __future__ import annotations

import pandas as pd

from omnisim.errors import DesignError
from omnisim.language import respelled, say
from omnisim.metrics.intervals import wilson_columns
from omnisim.metrics.warehouse import Warehouse, day_index, day_number, require
from omnisim.results import format_number, format_range

_PICK_UP = "Pick-up in store"


def _due_sql(warehouse: Warehouse) -> str:
    """SQL of shipments whose promise was over by the last day, with their way and hours needed."""
    require(warehouse, ["shipments"], purpose="lateness of deliveries")
    end = day_index(warehouse.last_date) + 1
    return (
        "select ordered_at, is_late, coalesce(cast(carrier as varchar), 'pick-up') as way,"
        " (epoch_ms(coalesce(delivered_at, ready_at)) - epoch_ms(ordered_at)) / 3600000.0 as hours"
        f" from shipments where {day_number('promised_at')} < {end}"
    )


def lateness_over_time(warehouse: Warehouse) -> pd.DataFrame:
    """Share of shipments handed over after their promise, per full week of ordering.

    Columns: week_date, n_due, n_late, share, ci_low, ci_high (Wilson).
    """
    first, n_weeks = day_index(warehouse.first_date), warehouse.n_days // 7
    rows = warehouse.query(
        f"select ({day_number('ordered_at')} - {first}) // 7 as week, count(*) as n_due,"
        f" count(*) filter (is_late) as n_late from ({_due_sql(warehouse)})"
        f" where {day_number('ordered_at')} between {first} and {first + 7 * n_weeks - 1}"
        " group by week order by week"
    )
    if rows.empty:
        raise DesignError(say("lateness of deliveries: no shipment was due"))
    weeks = pd.to_timedelta(rows.pop("week").astype(int) * 7, unit="D")
    rows.insert(0, "week_date", pd.Timestamp(warehouse.first_date) + weeks)
    return wilson_columns(rows, hits="n_late", base="n_due")


def lateness_by_way(warehouse: Warehouse) -> pd.DataFrame:
    """Lateness per carrier and for pick-up, most shipments first.

    Columns: way, n_due, n_late, median_hours and p90_hours from the order until it is at the door
    or ready at the counter (of those that are), share, ci_low, ci_high (Wilson).
    """
    rows = warehouse.query(
        "select way, count(*) as n_due, count(*) filter (is_late) as n_late,"
        " median(hours) as median_hours, quantile_cont(hours, 0.9) as p90_hours"
        f" from ({_due_sql(warehouse)}) group by way order by n_due desc, way"
    )
    if rows.empty:
        raise DesignError(say("lateness of deliveries: no shipment was due"))
    label = rows["way"].str.replace("_", " ").str.capitalize()
    rows["way"] = label.where(rows["way"] != "pick-up", _PICK_UP)
    return wilson_columns(rows, hits="n_late", base="n_due")


def lateness_table(by_way: pd.DataFrame) -> pd.DataFrame:
    """Lateness per way for people."""
    return pd.DataFrame(
        {
            "Handed over by": by_way["way"],
            "Due": [f"{n:,}" for n in by_way["n_due"]],
            "Late": [format_number(v, "share") for v in by_way["share"]],
            "95% interval": [
                format_range(low, high, "share")
                for low, high in zip(by_way["ci_low"], by_way["ci_high"], strict=True)
            ],
            "Median time": [_hours(v) for v in by_way["median_hours"]],
            "9 in 10 within": [_hours(v) for v in by_way["p90_hours"]],
        }
    )


def lateness_title(by_way: pd.DataFrame) -> str:
    """Message: how many come late, and whether the ways differ."""
    share = float(by_way["n_late"].sum() / by_way["n_due"].sum())
    late = format_number(share, "share")
    rows = sorted(by_way.to_dict("records"), key=lambda row: float(row["share"]))
    best, worst = rows[0], rows[-1]
    if worst["ci_low"] <= best["ci_high"]:
        return say(
            "{late} of orders due came late; no way of delivery is clearly better than another",
            late=late,
        )
    return say(
        "{late} of orders due came late: {most} by {worst}, {least} by {best}",
        late=late,
        most=format_number(float(worst["share"]), "share"),
        worst=respelled(worst["way"], worst["way"].lower()),
        least=format_number(float(best["share"]), "share"),
        best=respelled(best["way"], best["way"].lower()),
    )


def _hours(value: float) -> str:
    """Hours below two days, else days.

    Examples
    --------
    >>> _hours(5.0), _hours(60.0), _hours(float("nan"))
    ('5 h', '2.5 days', '—')
    """
    if value != value:
        return "—"
    if value < 48:
        return say("{n} h", n=f"{value:.0f}")
    return say("{n} days", n=f"{value / 24:.1f}")
