"""The service desk: why customers write or call, how long they wait, how soon it is settled."""

from __future__ import annotations

import pandas as pd

from omnisim.errors import DesignError
from omnisim.language import say, say_as
from omnisim.metrics.intervals import wilson_columns
from omnisim.metrics.warehouse import Warehouse, require
from omnisim.results import format_number, format_range

_BY = {"contact_reason": "reason", "contact_channel": "channel"}


def service_by(warehouse: Warehouse, column: str = "contact_reason") -> pd.DataFrame:
    """Contacts with their waiting and settling times, by reason or by channel.

    Parameters
    ----------
    column : str
        ``contact_reason`` or ``contact_channel``.

    Returns
    -------
    DataFrame
        label, n_contacts, n_first (settled by the first answer), n_settled, median and 90 % point
        of waiting [minutes] and of the time until settled [hours], share (settled by the first
        answer), ci_low, ci_high (Wilson); most contacts first.
    """
    if column not in _BY:
        raise DesignError(f"service contacts by {column!r}: give one of {list(_BY)}")
    require(warehouse, ["service_contacts"], purpose="service contacts")
    rows = warehouse.query(
        f"with c as (select cast({column} as varchar) as label, wait_minutes,"
        " is_resolved_first_contact as is_first,"
        " (epoch_ms(resolved_at) - epoch_ms(opened_at)) / 3600000.0 as hours"
        " from service_contacts) "
        "select label, count(*) as n_contacts, count(*) filter (is_first) as n_first,"
        " count(hours) as n_settled, median(wait_minutes) as wait_median,"
        " quantile_cont(wait_minutes, 0.9) as wait_p90, median(hours) as hours_median,"
        " quantile_cont(hours, 0.9) as hours_p90"
        " from c group by label order by n_contacts desc, label"
    )
    if rows.empty:
        raise DesignError(say("service contacts: nobody contacted the service desk"))
    rows["label"] = rows["label"].str.replace("_", " ").str.capitalize()
    return wilson_columns(rows, hits="n_first", base="n_contacts")


def service_table(found: pd.DataFrame, *, by: str = "Channel") -> pd.DataFrame:
    """The contacts for people; `by` heads the first column."""
    return pd.DataFrame(
        {
            by: found["label"],
            say_as("service", "Contacts"): [f"{n:,}" for n in found["n_contacts"]],
            "Median wait": [duration(v) for v in found["wait_median"]],
            "9 in 10 wait up to": [duration(v) for v in found["wait_p90"]],
            "Median until settled": [duration(v * 60) for v in found["hours_median"]],
            "Settled at once": [format_number(v, "share") for v in found["share"]],
            "95% interval": [
                format_range(low, high, "share")
                for low, high in zip(found["ci_low"], found["ci_high"], strict=True)
            ],
        }
    )


def service_title(found: pd.DataFrame) -> str:
    """Message: the most frequent reason and how often the first answer settles a contact."""
    n, first = int(found["n_contacts"].sum()), found.iloc[0]
    share = float(found["n_first"].sum()) / n
    return say(
        "“{reason}” is the most frequent reason, {share} of contacts; the first answer settles"
        " {settled} of all",
        reason=first["label"],
        share=format_number(float(first["n_contacts"]) / n, "share"),
        settled=format_number(share, "share"),
    )


def duration(minutes: float) -> str:
    """Minutes in the unit people would use.

    Examples
    --------
    >>> duration(4.2), duration(300), duration(4320), duration(float("nan"))
    ('4.2 min', '5.0 h', '3.0 days', '—')
    """
    if minutes != minutes:
        return "—"
    if minutes < 90:
        return say("{n} min", n=f"{minutes:.1f}" if minutes < 9.95 else f"{minutes:.0f}")
    if minutes < 48 * 60:
        return say("{n} h", n=f"{minutes / 60:.1f}")
    return say("{n} days", n=f"{minutes / 1440:.1f}")
