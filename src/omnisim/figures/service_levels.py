"""How well customers are served: stock, delivery, the service desk, NPS with the silent."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter, PercentFormatter

from omnisim.figures import house
from omnisim.figures.labels import short_money, wrapped
from omnisim.figures.placing import thin_ticks
from omnisim.language import say, say_as

_INTERVAL = ("share", "ci_low", "ci_high")
_LETTERS = 26  # of a line of the name of a row
_DURATIONS = {1: "1 min", 10: "10 min", 60: "1 h", 360: "6 h", 1440: "1 day", 10080: "1 week"}


@house.in_house_style
def stock_outs_chart(weekly: pd.DataFrame, lost: pd.DataFrame, *, currency: str) -> Figure:
    """Share of SKU-days without stock per week with its interval, above the cancelled sales.

    Parameters
    ----------
    weekly : DataFrame
        week_date, share, ci_low, ci_high [0-1].
    lost : DataFrame
        week_date, lost_amount [currency per week]: orders cancelled for missing stock.
    currency : str
        ISO 4217 code.
    """
    house.need_columns(weekly, ("week_date", *_INTERVAL))
    house.need_columns(lost, ("week_date", "lost_amount"))
    figure = house.ShownFigure(figsize=(house.FULL_WIDTH, 3.3))
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[2, 1])
    _band(above, weekly)
    above.set_ylabel("SKU-days\nwithout stock")
    below.bar(pd.to_datetime(lost["week_date"]), lost["lost_amount"], width=5.5, color=house.ALERT)
    below.yaxis.set_major_formatter(FuncFormatter(lambda v, _: short_money(v)))
    below.set_ylabel(say("Cancelled for\nit ({currency})", currency=currency))
    below.locator_params(axis="y", nbins=3)
    _dates(below)
    house.quiet_grid(below, axis="y")
    return figure


@house.in_house_style
def lateness_chart(weekly: pd.DataFrame, by_way: pd.DataFrame) -> Figure:
    """Late orders per week, and by the way they are handed over, with intervals.

    Parameters
    ----------
    weekly : DataFrame
        week_date, share, ci_low, ci_high [0-1].
    by_way : DataFrame
        way, n_due, share, ci_low, ci_high [0-1].
    """
    house.need_columns(weekly, ("week_date", *_INTERVAL))
    house.need_columns(by_way, ("way", "n_due", *_INTERVAL))
    figure = house.ShownFigure(figsize=(house.FULL_WIDTH, max(2.7, 0.8 + 0.42 * len(by_way))))
    left, right = figure.subplots(1, 2, width_ratios=[1.25, 1])
    _band(left, weekly)
    left.set_title("By week of the order")
    _dates(left, most=5)
    labels = [
        say("{name}\nn = {n}", name=wrapped(str(way), _LETTERS), n=f"{n:,}")
        for way, n in zip(by_way["way"], by_way["n_due"], strict=True)
    ]
    _dots(right, by_way, labels)
    right.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))  # no 2.5 %, shown as 2 %
    right.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    right.set_xlim(left=0)
    right.set_title("By way of hand-over")
    return figure


@house.in_house_style
def nps_chart(found: pd.DataFrame) -> Figure:
    """Who answers, and what they score, by how the order was handed over.

    Parameters
    ----------
    found : DataFrame
        group, n_invited, n_answered, share, ci_low, ci_high [0-1], nps, nps_low, nps_high [points].
    """
    house.need_columns(
        found, ("group", "n_invited", "n_answered", *_INTERVAL, "nps", "nps_low", "nps_high")
    )
    figure = house.ShownFigure(figsize=(house.FULL_WIDTH, 0.9 + 0.36 * len(found)))
    left, right = figure.subplots(1, 2, sharey=True)
    labels = [
        say("{group}\n{k} of {n}", group=group, k=f"{k:,}", n=f"{n:,}")
        for group, k, n in zip(found["group"], found["n_answered"], found["n_invited"], strict=True)
    ]
    _dots(left, found, labels)
    left.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    left.set_xlim(left=0)
    left.set_title("Invited who answered")
    points = found[["nps", "nps_low", "nps_high"]].set_axis(list(_INTERVAL), axis=1)
    _dots(right, points, labels)
    right.axvline(0, color=house.MUTED, linewidth=0.8)
    right.xaxis.set_major_formatter(lambda v, _: f"{v:.0f}".replace("-", "−"))
    right.set_title("NPS of those who did (points)")
    return figure


@house.in_house_style
def service_chart(found: pd.DataFrame) -> Figure:
    """Contacts per reason, and how long it takes from the median to nine in ten.

    Parameters
    ----------
    found : DataFrame
        label, n_contacts, wait_median, wait_p90 [minutes], hours_median, hours_p90 [hours].
    """
    house.need_columns(
        found, ("label", "n_contacts", "wait_median", "wait_p90", "hours_median", "hours_p90")
    )
    figure = house.ShownFigure(figsize=(house.FULL_WIDTH, 1.0 + 0.3 * len(found)))
    count, wait, settle = figure.subplots(1, 3, sharey=True, width_ratios=[1, 1.1, 1.1])
    y = np.arange(len(found))
    count.barh(y, found["n_contacts"], color=house.FAINT, height=0.62)
    for spot, n in enumerate(found["n_contacts"]):
        count.text(0, spot, f" {n:,}", va="center", fontsize=8)
    count.set_xticks([])
    count.set_title(say_as("service", "Contacts"))
    count.set_yticks(y, [wrapped(str(label), _LETTERS) for label in found["label"]])
    count.set_ylim(len(found) - 0.4, -0.6)
    count.tick_params(axis="y", labelcolor=house.INK, length=0)
    count.spines[["left", "bottom"]].set_visible(False)
    for axes, low, high, title in (
        (wait, found["wait_median"], found["wait_p90"], "Waiting"),
        (settle, found["hours_median"] * 60, found["hours_p90"] * 60, "Until settled"),
    ):
        axes.hlines(y, low, high, color=house.ACCENT, alpha=0.4, linewidth=4)
        axes.scatter(low, y, color=house.ACCENT, s=26, zorder=3)
        axes.set_xscale("log")
        least, most = float(np.nanmin(low)), float(np.nanmax(high))
        ticks = [t for t in _DURATIONS if least / 3 <= t <= most * 3]
        axes.set_xticks(ticks, [_DURATIONS[t] for t in ticks])
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.tick_params(axis="x", labelsize=7.5, labelrotation=35)
        axes.set_title(title)
        house.quiet_grid(axes)
        axes.minorticks_off()
        thin_ticks(figure, axes.xaxis)
        axes.spines["left"].set_visible(False)
    settle.annotate(
        "dot: median; bar: to 9 in 10",
        (1, 0),
        xycoords="axes fraction",
        xytext=(0, -40),
        textcoords="offset points",
        ha="right",
        fontsize=8,
        color=house.MUTED,
        annotation_clip=False,
    )
    return figure


def _band(axes: Axes, weekly: pd.DataFrame) -> None:
    """A line of shares with its interval as a band."""
    weeks = pd.to_datetime(weekly["week_date"])
    axes.fill_between(
        weeks, weekly["ci_low"], weekly["ci_high"], color=house.ACCENT, alpha=0.18, linewidth=0
    )
    axes.plot(weeks, weekly["share"], color=house.ACCENT)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))  # no 2.5 %, shown as 2 %
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    house.quiet_grid(axes, axis="y")


def _dots(axes: Axes, frame: pd.DataFrame, labels: list[str]) -> None:
    """Values with intervals, one row each, the first on top."""
    y = np.arange(len(frame))
    axes.hlines(y, frame["ci_low"], frame["ci_high"], color=house.ACCENT, alpha=0.4, linewidth=4)
    axes.scatter(frame["share"], y, color=house.ACCENT, s=30, zorder=3)
    axes.set_yticks(y, labels, linespacing=1.0)
    axes.set_ylim(len(frame) - 0.4, -0.6)
    house.quiet_grid(axes)
    axes.tick_params(axis="y", labelcolor=house.INK, labelsize=8)
    axes.spines["left"].set_visible(False)


def _dates(axes: Axes, *, most: int = 9) -> None:
    locator = AutoDateLocator(maxticks=most)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
