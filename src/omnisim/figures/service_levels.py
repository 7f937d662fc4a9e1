"""How well customers are served: stock, delivery, the service desk, NPS with the silent."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter, PercentFormatter

from omnisim.errors import DesignError
from omnisim.figures import house
from omnisim.figures.labels import short_money

_INTERVAL = ("share", "ci_low", "ci_high")
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
    _need(weekly, ("week_date", *_INTERVAL))
    _need(lost, ("week_date", "lost_amount"))
    figure = house.ShownFigure(figsize=(house.FULL_WIDTH, 3.3))
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[2, 1])
    _band(above, weekly)
    above.set_ylabel("SKU-days\nwithout stock")
    below.bar(pd.to_datetime(lost["week_date"]), lost["lost_amount"], width=5.5, color=house.ALERT)
    below.yaxis.set_major_formatter(FuncFormatter(lambda v, _: short_money(v)))
    below.set_ylabel(f"Cancelled for\nit ({currency})")
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
    _need(weekly, ("week_date", *_INTERVAL))
    _need(by_way, ("way", "n_due", *_INTERVAL))
    figure = house.ShownFigure(figsize=(house.FULL_WIDTH, 2.7))
    left, right = figure.subplots(1, 2, width_ratios=[1.25, 1])
    _band(left, weekly)
    left.set_title("By week of the order")
    _dates(left, most=5)
    labels = [f"{w}\nn = {n:,}" for w, n in zip(by_way["way"], by_way["n_due"], strict=True)]
    _dots(right, by_way, labels)
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
    _need(found, ("group", "n_invited", "n_answered", *_INTERVAL, "nps", "nps_low", "nps_high"))
    figure = house.ShownFigure(figsize=(house.FULL_WIDTH, 0.9 + 0.36 * len(found)))
    left, right = figure.subplots(1, 2, sharey=True)
    labels = [
        f"{group}\n{k:,} of {n:,}"
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
    _need(found, ("label", "n_contacts", "wait_median", "wait_p90", "hours_median", "hours_p90"))
    figure = house.ShownFigure(figsize=(house.FULL_WIDTH, 1.0 + 0.3 * len(found)))
    count, wait, settle = figure.subplots(1, 3, sharey=True, width_ratios=[1, 1.1, 1.1])
    y = np.arange(len(found))
    count.barh(y, found["n_contacts"], color=house.FAINT, height=0.62)
    for spot, n in enumerate(found["n_contacts"]):
        count.text(0, spot, f" {n:,}", va="center", fontsize=8)
    count.set_xticks([])
    count.set_title("Contacts")
    count.set_yticks(y, found["label"])
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


@house.in_house_style
def tiers_chart(tiers: pd.DataFrame, flow: pd.DataFrame | None = None) -> Figure:
    """Shares of accounts and sales by tier, and where the points came from and went.

    Parameters
    ----------
    tiers : DataFrame
        tier, n_accounts, account_share, sales_share [0-1].
    flow : DataFrame, optional
        label, n_points (negative when they go); left out when the data have no ledger.
    """
    _need(tiers, ("tier", "n_accounts", "account_share", "sales_share"))
    with_points = flow is not None and not flow.empty
    n_rows = max(len(tiers) * 1.3, len(flow) + 1 if with_points and flow is not None else 0)
    figure = house.ShownFigure(figsize=(house.FULL_WIDTH, 0.9 + 0.3 * n_rows))
    panels = figure.subplots(1, 2) if with_points else [figure.add_subplot()]
    y = np.arange(len(tiers))
    for shift, column, colour, word in (
        (-0.2, "account_share", house.MUTED, "of accounts"),
        (0.2, "sales_share", house.ACCENT, "of their sales"),
    ):
        panels[0].barh(y + shift, tiers[column], height=0.36, color=colour)
        for spot, share in enumerate(tiers[column]):
            panels[0].text(
                share,
                spot + shift,
                f" {share:.0%} {word}",
                va="center",
                fontsize=8,
                color=house.INK,
            )
    panels[0].set_yticks(
        y,
        [
            f"{t.capitalize()}\nn = {n:,}"
            for t, n in zip(tiers["tier"], tiers["n_accounts"], strict=True)
        ],
    )
    panels[0].set_xlim(0, 1.45)
    panels[0].set_title("Accounts and sales by tier")
    _bare(panels[0], len(tiers))
    if flow is not None and with_points:
        _waterfall(panels[1], flow)
    return figure


def _waterfall(axes: Axes, flow: pd.DataFrame) -> None:
    """Bookings one after the other, and the balance they leave."""
    points = flow["n_points"].to_numpy(dtype=float)
    ends = np.cumsum(points)
    starts = np.append(ends - points, 0.0)
    sizes = np.append(points, ends[-1])
    labels = [*flow["label"], "Held on the last day"]
    colours = [house.ACCENT if size >= 0 else house.ALERT for size in points] + [house.INK]
    y = np.arange(len(sizes))
    axes.barh(y, sizes, left=starts, color=colours, height=0.62)
    reach = float(np.maximum(starts, starts + sizes).max())
    for spot, (start, size) in enumerate(zip(starts, sizes, strict=True)):
        axes.text(max(start, start + size), spot, f" {short_money(size)}", va="center", fontsize=8)
    axes.set_yticks(y, labels)
    axes.set_xlim(0, 1.2 * reach if reach > 0 else 1)
    axes.set_title("Points")
    _bare(axes, len(sizes))


def _bare(axes: Axes, n_rows: int) -> None:
    """Rows from the top with names but without axis: the bars carry their numbers."""
    axes.set_ylim(n_rows - 0.4, -0.6)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.tick_params(axis="y", labelcolor=house.INK)
    axes.spines[["left", "bottom"]].set_visible(False)


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


def _need(frame: pd.DataFrame, columns: tuple[str, ...]) -> None:
    missing = [c for c in columns if c not in frame]
    if missing or frame.empty:
        raise DesignError(f"figure: needs rows with the columns {list(columns)}; missing {missing}")
