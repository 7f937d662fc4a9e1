"""Grids of shares: light to dark, the value written in each cell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from omnisim.figures import house
from omnisim.language import remember, say

COLOURS = LinearSegmentedColormap.from_list("omnisim", house.SEQUENTIAL)


def share_grid(
    axes: Axes, values: NDArray[np.float64], *, texts: NDArray[np.object_] | None = None
) -> None:
    """Cells coloured by value, the first row on top, each with its share or the text given.

    Parameters
    ----------
    axes : Axes
        Emptied of ticks and spines; a missing value leaves its cell white.
    values : array, shape (n_rows, n_columns)
        Shares in [0, 1].
    texts : array of str, same shape, optional
        What to write instead of the percentage; an empty text writes nothing.
    """
    known = values[np.isfinite(values)]
    top = float(known.max(initial=0.0)) or 1.0
    low = float(known.min(initial=top))
    # Small shares stay light; never above top, and a grid of one value is dark.
    base = max(low - 0.5 * (top - low), 0.0) if low < top else 0.0
    axes.pcolormesh(
        np.ma.masked_invalid(values), cmap=COLOURS, vmin=base, vmax=top, edgecolor="white", lw=0.8
    )
    for row, column in np.argwhere(np.isfinite(values)):
        value = values[row, column]
        axes.text(
            column + 0.5,
            row + 0.5,
            f"{value:.0%}" if texts is None else str(texts[row, column]),
            ha="center",
            va="center",
            fontsize=house.LEAST_FONT,
            linespacing=1.1,
            color="white" if value > base + 0.55 * (top - base) else house.INK,
        )
    axes.set_ylim(len(values), 0)
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)


@house.in_house_style
def joining_heat_map(cohorts: pd.DataFrame) -> Figure:
    """Share of each joining cohort that orders, by month of membership.

    Parameters
    ----------
    cohorts : DataFrame
        joined_month (date), age_months, share, n_cohort.
    """
    house.need_columns(cohorts, ("joined_month", "age_months", "share", "n_cohort"))
    grid = cohorts.pivot(index="joined_month", columns="age_months", values="share")
    sizes = cohorts.drop_duplicates("joined_month").set_index("joined_month")["n_cohort"]
    figure, axes = house.new_figure(0.9 + 0.27 * max(len(grid), 3))
    # Month 0 holds the order that opened the account: its colour would drown all others.
    values = grid.to_numpy(dtype=float)
    later = values.copy()
    later[:, [int(age) == 0 for age in grid.columns]] = np.nan
    share_grid(axes, later)
    for row, value in enumerate(values[:, 0] if int(grid.columns[0]) == 0 else ()):
        axes.text(
            0.5,
            row + 0.5,
            f"{value:.0%}",
            ha="center",
            va="center",
            fontsize=house.LEAST_FONT,
            color=house.MUTED,
        )
    axes.set_yticks(
        np.arange(len(grid)) + 0.5,
        [
            say("{month} ({n})", month=_month(month), n=f"{int(sizes[month]):,}")
            for month in grid.index
        ],
    )
    axes.set_xticks(np.arange(grid.shape[1]) + 0.5, [str(int(age) + 1) for age in grid.columns])
    axes.set_xlim(0, max(grid.shape[1], 6))
    axes.set_xlabel("Month of membership (30 days each); grey: holds the order on joining")
    axes.set_ylabel("Joined in (accounts)")
    return figure


def _month(day: pd.Timestamp) -> str:
    """A calendar month on an axis."""
    return remember(f"{day:%b %Y}", zh=f"{day.year}年{day.month}月")


@house.in_house_style
def experience_heat_map(found: pd.DataFrame, *, stages: Sequence[str], least: int = 10) -> Figure:
    """Satisfied customers by stage and touchpoint, with the answers behind each cell.

    Parameters
    ----------
    found : DataFrame
        stage, touchpoint, share [0-1], n_answered.
    stages : sequence of str
        Columns in the order of the journey; those without rows are left out.
    least : int
        Answers below which a cell is left white: its share would mislead.
    """
    house.need_columns(found, ("stage", "touchpoint", "share", "n_answered"))
    columns = [stage for stage in stages if (found["stage"] == stage).any()]
    by_size = found.groupby("touchpoint")["n_answered"].sum()
    rows = list(by_size[by_size > 0].sort_values(ascending=False, kind="stable").index)
    share = found.pivot(index="touchpoint", columns="stage", values="share")
    n = found.pivot(index="touchpoint", columns="stage", values="n_answered")
    values = share.reindex(index=rows, columns=columns).to_numpy(dtype=float)
    counts = n.reindex(index=rows, columns=columns).to_numpy(dtype=float)
    is_told = np.isfinite(values) & (counts >= least)
    texts = np.array(
        [
            [f"{v:.0%}\nn = {k:,.0f}" if told else "" for v, k, told in zip(*line, strict=True)]
            for line in zip(values, counts, is_told, strict=True)
        ],
        dtype=object,
    )
    figure, axes = house.new_figure(0.8 + 0.36 * len(rows))
    share_grid(axes, np.where(is_told, values, np.nan), texts=texts)
    for row, column in np.argwhere(~is_told & (counts > 0)):
        axes.text(
            column + 0.5,
            row + 0.5,
            f"n = {counts[row, column]:,.0f}",
            ha="center",
            va="center",
            fontsize=house.LEAST_FONT,
            color=house.MUTED,
        )
    axes.set_xlim(0, len(columns))
    axes.set_xticks(np.arange(len(columns)) + 0.5, [c.capitalize() for c in columns])
    axes.set_yticks(np.arange(len(rows)) + 0.5, [r.replace("_", " ").capitalize() for r in rows])
    axes.xaxis.tick_top()
    axes.tick_params(colors=house.INK)
    return figure


@house.in_house_style
def stock_out_heat_map(by_location: pd.DataFrame, *, n_shown: int = 12) -> Figure:
    """Share of SKU-days without stock by location and week, the worst locations on top.

    Parameters
    ----------
    by_location : DataFrame
        location_id, location_name, week_date, share [0-1], n_days.
    n_shown : int
        Locations shown at most.
    """
    house.need_columns(
        by_location, ("location_id", "location_name", "week_date", "share", "n_days")
    )
    weighted = by_location.assign(out=by_location["share"] * by_location["n_days"])
    sums = weighted.groupby("location_id")[["out", "n_days"]].sum()
    overall = (sums["out"] / sums["n_days"]).sort_values(ascending=False, kind="stable")
    names = by_location.drop_duplicates("location_id").set_index("location_id")["location_name"]
    shown = list(overall.head(n_shown).index)
    grid = by_location.pivot(index="location_id", columns="week_date", values="share").loc[shown]
    figure, axes = house.new_figure(0.8 + 0.21 * len(shown))
    top = float(np.nanquantile(grid.to_numpy(dtype=float), 0.99)) or 1.0
    image = axes.pcolormesh(
        np.ma.masked_invalid(grid.to_numpy(dtype=float)),
        cmap=COLOURS,
        vmin=0,
        vmax=top,
        edgecolor="white",
        lw=0.5,
    )
    axes.invert_yaxis()
    labels = [house.readable(str(names[k]), f"Location {k}") for k in shown]
    axes.set_yticks(
        np.arange(len(shown)) + 0.5,
        [f"{label}  {overall[k]:.1%}" for label, k in zip(labels, shown, strict=True)],
    )
    weeks = pd.DatetimeIndex(grid.columns)
    first = ~pd.Series(weeks.to_period("M")).duplicated().to_numpy()
    first[0] = weeks[0].day <= 7
    axes.set_xticks(np.flatnonzero(first) + 0.5, weeks[first].strftime("%b").to_list())
    axes.tick_params(length=0, axis="both")
    for side in axes.spines.values():
        side.set_visible(False)
    bar = figure.colorbar(image, ax=axes, pad=0.01, aspect=14, extend="max")
    bar.ax.yaxis.set_major_formatter(lambda v, _: f"{v:.0%}")
    bar.outline.set_visible(False)
    return figure
