"""Calendar of sales: every day of the window, with the days that were not ordinary above it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from omnisim.figures import house
from omnisim.figures.heat import COLOURS
from omnisim.figures.labels import short_money
from omnisim.figures.lanes import Lanes, draw_lanes, lay_out
from omnisim.language import say

_LANES = {  # kind of mark -> its lane and colour
    "festival": ("Festival", house.ACCENT),
    "promotion": ("Promotion", house.GOLD),
    "shock": ("From outside", house.ALERT),
}
_GRID_HEIGHT = 1.75  # inches of the seven weekdays with the names of the months
_DAY = pd.Timedelta(days=1)


@house.in_house_style
def calendar_heat_map(
    daily: pd.DataFrame, *, currency: str, marks: pd.DataFrame | None = None
) -> Figure:
    """Net sales of every day, weeks across and weekdays down; marked days as bars and dots.

    Parameters
    ----------
    daily : DataFrame
        date, net_amount [currency per day]; one row per day.
    currency : str
        ISO 4217 code.
    marks : DataFrame, optional
        started_date, ended_date (included), kind (festival, holiday, promotion, shock), label.
        Holidays are dots on their days, the others bars above the weeks.
    """
    house.need_columns(daily, ("date", "net_amount"))
    dates = pd.to_datetime(daily["date"])
    monday = dates.min() - dates.min().day_of_week * _DAY
    column = ((dates - monday).dt.days // 7).to_numpy()
    grid = np.full((7, int(column.max()) + 1), np.nan)
    grid[dates.dt.day_of_week.to_numpy(), column] = daily["net_amount"].to_numpy(dtype=float)
    last = monday + grid.shape[1] * 7 * _DAY - _DAY
    lanes = _lanes(marks, monday, last)
    figure = house.ShownFigure(figsize=(house.FULL_WIDTH, _GRID_HEIGHT + 0.35 + lanes.height))
    ratios = [max(lanes.height, 0.01), _GRID_HEIGHT]
    above, axes = figure.subplots(2, 1, height_ratios=ratios)
    if lanes.bars:
        draw_lanes(above, lanes, first=monday, last=last)
    else:
        above.set_axis_off()
    above.set_xticks([])
    top = float(np.nanquantile(grid, 0.99)) or 1.0
    image = axes.pcolormesh(
        np.ma.masked_invalid(grid), cmap=COLOURS, vmin=0, vmax=top, edgecolor="white", lw=0.6
    )
    axes.invert_yaxis()
    axes.set_yticks(np.arange(7) + 0.5, ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])
    is_first = dates.dt.day.to_numpy() == 1
    axes.set_xticks(column[is_first] + 0.5, dates[is_first].dt.strftime("%b").to_list())
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    if marks is not None:
        _dot_holidays(axes, marks, monday, grid.shape[1])
    bar = figure.colorbar(image, ax=[above, axes], pad=0.01, aspect=18, extend="max")
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: short_money(v)))
    bar.outline.set_visible(False)
    bar.set_label(say("{currency} per day", currency=currency), fontsize=8)
    return figure


def _lanes(marks: pd.DataFrame | None, first: pd.Timestamp, last: pd.Timestamp) -> Lanes:
    columns = ["lane", "label", "started_date", "ended_date", "colour"]
    if marks is None or marks.empty:
        return lay_out(pd.DataFrame(columns=columns), first=first, last=last)
    made = []
    for kind, (lane, colour) in _LANES.items():
        part = marks[marks["kind"] == kind]
        names = [
            house.readable(str(label), f"{lane} {k}") for k, label in enumerate(part["label"], 1)
        ]
        made.append(part.assign(lane=lane, label=names, colour=colour)[columns])
    return lay_out(pd.concat(made, ignore_index=True), first=first, last=last)


def _dot_holidays(axes: Axes, marks: pd.DataFrame, monday: pd.Timestamp, n_weeks: int) -> None:
    """A dot on every day of a public holiday, explained below the grid."""
    days: list[int] = []
    for row in marks[marks["kind"] == "holiday"].to_dict("records"):
        span = pd.date_range(row["started_date"], row["ended_date"], freq="D")
        days += [(day - monday).days for day in span]
    here = np.array([day for day in days if 0 <= day < 7 * n_weeks], dtype=int)
    if not len(here):
        return
    axes.scatter(
        here // 7 + 0.5, here % 7 + 0.5, s=11, color=house.ALERT, edgecolor="white", linewidth=0.5
    )
    axes.annotate(
        "● public holiday",
        (1.0, 0.0),
        xycoords="axes fraction",
        xytext=(0, -22),
        textcoords="offset points",
        ha="right",
        fontsize=8,
        color=house.ALERT,
        annotation_clip=False,
    )
