"""Figures of the current state: sales over time, cohorts, stores, funnel, maturity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, PercentFormatter
from numpy.typing import NDArray

from omnisim.figures import house
from omnisim.figures.heat import COLOURS, share_grid
from omnisim.figures.labels import name_largest, text_width, wrapped
from omnisim.figures.labels import short_money as _money
from omnisim.language import say

_STEP_LETTERS = 28  # of a line of the name of a row
_TEXT_SIZE = 8.5  # points, of the words in and behind bars
ORDER_CHANNEL_LABELS = {
    "store": "Store",
    "web": "Web shop",
    "app": "App",
    "marketplace": "Marketplace",
    "social": "Social",
    "call_centre": "Call centre",
}


@house.in_house_style
def sales_over_time(weekly: pd.DataFrame, *, currency: str) -> Figure:
    """Stacked weekly net sales by order channel, largest at the bottom, labelled at the right.

    Parameters
    ----------
    weekly : DataFrame
        week_date, order_channel, net_amount [currency per week].
    """
    house.need_columns(weekly, ("week_date", "order_channel", "net_amount"))
    wide = weekly.pivot_table(
        index="week_date",
        columns="order_channel",
        values="net_amount",
        aggfunc="sum",
        observed=True,
    ).fillna(0.0)
    wide = wide[wide.sum().sort_values(ascending=False).index]
    figure, axes = house.new_figure(3.5)
    colours = house.SERIES[: wide.shape[1]]
    axes.stackplot(
        wide.index,
        wide.to_numpy().T,
        colors=colours,
        alpha=0.9,
        edgecolor="white",
        linewidth=0.4,
    )
    share = wide.sum() / float(wide.to_numpy().sum())
    handles = [
        Patch(color=c, label=say("{name} {share}", name=_channel(str(name)), share=_share(part)))
        for c, name, part in zip(colours, wide.columns, share, strict=True)
    ]
    axes.legend(
        handles=handles[::-1], loc="center left", bbox_to_anchor=(1.0, 0.5), title="Share of sales"
    )
    axes.set_xlim(wide.index[0], wide.index[-1])
    axes.set_ylim(bottom=0)
    locator = AutoDateLocator(maxticks=9)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: _money(v)))
    axes.set_ylabel(say("Net sales per week ({currency})", currency=currency))
    house.quiet_grid(axes, axis="y")
    return figure


@house.in_house_style
def cohort_heat_map(cohorts: pd.DataFrame) -> Figure:
    """Share of each cohort buying in each later 28-day period.

    Parameters
    ----------
    cohorts : DataFrame
        cohort, period, share, n_cohort; period 0 (the first purchase) is not drawn.
    """
    house.need_columns(cohorts, ("cohort", "period", "share", "n_cohort"))
    later = cohorts[cohorts["period"] > 0]
    house.need_columns(later, ("cohort",))
    grid = later.pivot(index="cohort", columns="period", values="share")
    sizes = cohorts.drop_duplicates("cohort").set_index("cohort")["n_cohort"]
    figure, axes = house.new_figure(0.9 + 0.27 * max(len(grid), 3))
    share_grid(axes, grid.to_numpy(dtype=float))
    axes.set_yticks(
        np.arange(len(grid)) + 0.5, [f"{int(c) + 1} ({int(sizes[c]):,})" for c in grid.index]
    )
    axes.set_xticks(np.arange(grid.shape[1]) + 0.5, [str(int(p)) for p in grid.columns])
    axes.set_xlabel("28-day periods after the first seen order")
    axes.set_ylabel("Cohort (accounts)")
    return figure


@house.in_house_style
def store_map(stores: pd.DataFrame, *, currency: str) -> Figure:
    """Stores where they stand: area is sales near them, colour the share bought online.

    Parameters
    ----------
    stores : DataFrame
        location_name, latitude, longitude, catchment_sales [currency], online_share [0-1].
    """
    house.need_columns(
        stores, ("latitude", "longitude", "catchment_sales", "online_share", "location_name")
    )
    figure, axes = house.new_figure(3.7)
    top = float(stores["catchment_sales"].max()) or 1.0
    drawn = stores.sort_values("catchment_sales", ascending=False)
    marks = axes.scatter(
        drawn["longitude"],
        drawn["latitude"],
        s=40 + 620 * drawn["catchment_sales"] / top,
        c=drawn["online_share"].fillna(0.0),
        cmap=COLOURS,
        edgecolor=house.INK,
        linewidth=0.7,
        alpha=0.9,
    )
    middle = float(np.radians(stores["latitude"].mean()))
    axes.set_aspect(1 / max(np.cos(middle), 0.2), adjustable="datalim")
    axes.margins(0.16)
    axes.set(xlabel="Longitude (°)", ylabel="Latitude (°)")
    house.quiet_grid(axes, axis="both")
    bar = figure.colorbar(marks, ax=axes, pad=0.01, aspect=25)
    bar.ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    bar.outline.set_visible(False)
    bar.set_label(
        say("bought outside stores; area: sales near the store ({currency})", currency=currency),
        fontsize=8,
    )
    name_largest(figure, axes, drawn, sizes=marks.get_sizes())
    return figure


@house.in_house_style
def funnel_chart(funnel: pd.DataFrame) -> Figure:
    """Sessions that reached each step, with the share of all and of the step before.

    Parameters
    ----------
    funnel : DataFrame
        step, n_sessions, share_of_start; first step first.
    """
    house.need_columns(funnel, ("step", "n_sessions", "share_of_start"))
    figure, axes = house.new_figure(0.8 + 0.42 * len(funnel))
    place = np.arange(len(funnel))[::-1]
    counts = funnel["n_sessions"].to_numpy(dtype=float)
    axes.barh(place, funnel["share_of_start"], color=house.ACCENT, height=0.62)
    texts = []
    for k, share in enumerate(funnel["share_of_start"]):
        text = say("{n}  ·  {share} of sessions", n=f"{counts[k]:,.0f}", share=f"{share:.1%}")
        if k and counts[k - 1]:
            kept = f"{counts[k] / counts[k - 1]:.0%}"
            text = say("{text}  ·  {kept} of the step before", text=text, kept=kept)
        texts.append(text)
    names = [wrapped(str(step), _STEP_LETTERS) for step in funnel["step"]]
    is_inside = _inside(texts, names, funnel["share_of_start"].to_numpy(dtype=float))
    for text, spot, share, inside in zip(
        texts, place, funnel["share_of_start"], is_inside, strict=True
    ):
        axes.annotate(
            text,
            (float(share), float(spot)),
            xytext=(-6 if inside else 6, 0),
            textcoords="offset points",
            ha="right" if inside else "left",
            va="center",
            fontsize=_TEXT_SIZE,
            color="white" if inside else house.INK,
        )
    axes.set_yticks(place, names, color=house.INK)
    axes.set_xlim(0, 1)
    axes.xaxis.set_visible(False)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(length=0)
    return figure


@house.in_house_style
def maturity_chart(profile: pd.DataFrame, *, levels: Mapping[int, str]) -> Figure:
    """Level proven by data as a bar, what interviews could still show as an outline.

    Parameters
    ----------
    profile : DataFrame
        domain, proven, possible (levels 1 to 5).
    """
    house.need_columns(profile, ("domain", "proven", "possible"))
    figure, axes = house.new_figure(0.9 + 0.34 * len(profile))
    place = np.arange(len(profile))[::-1]
    axes.barh(
        place, profile["possible"], height=0.6, facecolor="none", edgecolor=house.MUTED, ls="--"
    )
    axes.barh(place, profile["proven"], height=0.6, color=house.ACCENT)
    for spot, row in zip(place, profile.to_dict("records"), strict=True):
        text = "settled by data" if row["proven"] == row["possible"] else "needs interview"
        axes.annotate(
            text,
            (float(row["possible"]), float(spot)),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            color=house.MUTED,
        )
    names = [wrapped(str(domain), _STEP_LETTERS) for domain in profile["domain"]]
    axes.set_yticks(place, names, color=house.INK)
    axes.set_xticks(list(levels), [_level_label(k, name) for k, name in levels.items()])
    axes.set_xlim(0, max(levels) + 1)
    axes.spines["left"].set_visible(False)
    house.quiet_grid(axes)
    return figure


def _inside(
    texts: Sequence[str], names: Sequence[str], share: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which texts fit into their bars, when those that do not stand behind them and narrow the rest."""
    width = np.array([text_width(text, _TEXT_SIZE) for text in texts]) + 14.0
    room = house.FULL_WIDTH * 72 - max(text_width(name, _TEXT_SIZE) for name in names) - 12.0
    axis = room  # points of a bar of 100 %
    for _ in texts:
        is_inside = share * axis >= width
        behind = (room - width[~is_inside]) / np.maximum(share[~is_inside], 1e-9)
        axis = min(room, float(behind.min(initial=room)))
    return np.asarray(share * axis >= width)


def _channel(name: str) -> str:
    return ORDER_CHANNEL_LABELS.get(name, name)


def _level_label(level: int, name: str) -> str:
    """A level with its name below, long names on two lines."""
    return say("{level}\n{name}", level=level, name=wrapped(name, 14))


def _share(part: float) -> str:
    """A share of the whole; small ones are not called zero."""
    return f"{part:.0%}" if part >= 0.01 else "< 1%"
