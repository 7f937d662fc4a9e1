"""What was done and what happened, above the sales of the same weeks."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from omnisim.figures import house
from omnisim.figures.labels import short_money
from omnisim.figures.lanes import draw_lanes, lay_out, month_ticks
from omnisim.language import say

_SALES_HEIGHT = 1.6  # inches


@house.in_house_style
def causes_timeline(causes: pd.DataFrame, weekly: pd.DataFrame, *, currency: str) -> Figure:
    """Causes as bars by kind, those from outside in another colour, above weekly sales.

    Parameters
    ----------
    causes : DataFrame
        lane, label, started_date, ended_date (included), is_own.
    weekly : DataFrame
        week_date, net_amount [currency per week]; rows of one week are added up.
    currency : str
        ISO 4217 code.
    """
    house.need_columns(causes, ("lane", "label", "started_date", "ended_date", "is_own"))
    house.need_columns(weekly, ("week_date", "net_amount"))
    sales = weekly.groupby("week_date")["net_amount"].sum()
    first = pd.Timestamp(str(sales.index[0]))
    last = pd.Timestamp(str(sales.index[-1])) + pd.Timedelta(days=6)
    named = causes.assign(
        colour=[house.ACCENT if own else house.ALERT for own in causes["is_own"]],
        label=[
            house.readable(str(label), f"{lane} {k}")
            for k, (label, lane) in enumerate(zip(causes["label"], causes["lane"], strict=True), 1)
        ],
    )
    lanes = lay_out(named, first=first, last=last)
    figure = house.ShownFigure(figsize=(house.FULL_WIDTH, lanes.height + _SALES_HEIGHT + 0.5))
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[lanes.height, _SALES_HEIGHT])
    draw_lanes(above, lanes, first=first, last=last)
    above.tick_params(labelbottom=False)
    above.grid(visible=True, axis="x")
    days = (pd.DatetimeIndex(sales.index) - pd.Timestamp(1970, 1, 1)).days.to_numpy() + 3.5
    below.fill_between(days, sales.to_numpy(), color=house.FAINT)
    below.plot(days, sales.to_numpy(), color=house.INK)
    below.set_ylim(bottom=0)
    below.yaxis.set_major_formatter(FuncFormatter(lambda v, _: short_money(v)))
    below.set_ylabel(say("Net sales per week\n({currency})", currency=currency))
    house.quiet_grid(below, axis="both")
    month_ticks(below, first, last)
    return figure
