"""Risk figures: matrix on real-unit edges, loss-exceedance curve, loss by risk, treatments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from textwrap import fill
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator
from numpy.typing import ArrayLike

from omnisim.errors import DesignError
from omnisim.figures import house
from omnisim.figures.labels import short_money as _money
from omnisim.language import in_language, join_texts, remember, say, say_as

LEVELS = ("low", "medium", "high", "very_high")


@house.in_house_style
def risk_heat_map(
    points: pd.DataFrame,
    *,
    rate_edges: Sequence[float],
    rate_labels: Sequence[str],
    impact_edges: Sequence[float],
    impact_labels: Sequence[str],
    level_edges: Sequence[float],
    currency: str,
    cells: pd.DataFrame | None = None,
) -> Figure:
    """Risks by events per year and loss per event, both on a logarithmic scale in real units.

    Parameters
    ----------
    points : DataFrame
        One row per risk: id, risk, level, rate, rate_low, rate_high [1/year], severity,
        severity_low, severity_high [currency per event]; where `is_raised` is true the level
        stands above its band and gets an arrow.
    rate_edges, impact_edges : sequence of 4 floats
        Inner edges of the five steps [1/year; currency per event].
    level_edges : sequence of 3 floats
        Expected annual loss at which the level rises [currency/year]: the diagonals.
    cells : DataFrame, optional
        Expected number of risks per cell, impact steps from the highest by row.
    """
    _need(points, ("id", "risk", "level", "rate", "rate_low", "rate_high", "severity"))
    figure, axes = house.new_figure(4.3)
    x = _outer_edges(rate_edges, points["rate_low"].min(), points["rate_high"].max())
    y = _outer_edges(impact_edges, points["severity_low"].min(), points["severity_high"].max())
    axes.set(xscale="log", yscale="log", xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    _paint_levels(axes, (x[0], x[-1]), (y[0], y[-1]), level_edges)
    for edge in rate_edges:
        axes.axvline(edge, color="white", linewidth=1.4, zorder=1)
    for edge in impact_edges:
        axes.axhline(edge, color="white", linewidth=1.4, zorder=1)
    if cells is not None:
        _print_cells(axes, cells, x, y)
    axes.hlines(
        points["severity"], points["rate_low"], points["rate_high"], color=house.INK, lw=1.1
    )
    axes.vlines(
        points["rate"], points["severity_low"], points["severity_high"], color=house.INK, lw=1.1
    )
    _number_points(axes, points)
    _step_axis(axes, "x", x, rate_edges, rate_labels, lambda v: f"{v:g}")
    _step_axis(axes, "y", y, impact_edges, impact_labels, _money)
    axes.set_xlabel("Likelihood: events per year")
    axes.set_ylabel(say("Impact: loss per event ({currency})", currency=currency))
    return figure


@house.in_house_style
def exceedance_curve(
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    currency: str,
    marks: Mapping[str, float] | None = None,
) -> Figure:
    """Chance that a year costs more than an amount.

    Parameters
    ----------
    curves : mapping of name to (amount, share)
        Amounts [currency] and share of years above each; the first curve is the message.
    marks : mapping of name to amount, optional
        Vertical lines, e.g. the tolerance.
    """
    if not curves:
        raise DesignError("exceedance curve: give at least one curve")
    figure, axes = house.new_figure(3.1)
    colours = (house.ALERT, house.ACCENT, house.INK, house.GOLD)
    top = 0.0
    for place, (name, (amount, share)) in enumerate(curves.items()):
        x, p = np.asarray(amount, dtype=float), np.asarray(share, dtype=float)
        axes.plot(x, p, color=colours[place % len(colours)], label=name)
        top = max(top, float(x.max()))
    for name, amount_at in (marks or {}).items():
        axes.axvline(amount_at, color=house.MUTED, linewidth=1, linestyle=(0, (4, 3)))
        axes.annotate(
            f"{name}\n{_money(amount_at)}",
            (amount_at, 0.03),
            xycoords=("data", "axes fraction"),
            xytext=(4, 0),
            textcoords="offset points",
            va="bottom",
            fontsize=8,
            color=house.MUTED,
        )
    axes.set_yscale("log")
    axes.set_ylim(0.001, 1.15)
    axes.set_yticks([1, 0.5, 0.1, 0.05, 0.01, 0.001])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:.0%}" if v >= 0.01 else "0.1%"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: _money(v)))
    axes.set_xlim(left=min(0.0, top))
    axes.set_xlabel(say("Loss in a year ({currency})", currency=currency))
    axes.set_ylabel("Chance of more")
    house.quiet_grid(axes, axis="both")
    axes.legend(loc="upper right")
    return figure


@house.in_house_style
def loss_by_risk(points: pd.DataFrame, *, currency: str) -> Figure:
    """Expected annual loss per risk with its middle 90 %, and the bad year as a tick.

    Parameters
    ----------
    points : DataFrame
        risk, level, eal, eal_low, eal_high, p95 [currency/year], costliest first.
    """
    _need(points, ("risk", "level", "eal", "eal_low", "eal_high", "p95"))
    figure, axes = house.new_figure(0.9 + 0.3 * len(points))
    place = np.arange(len(points))[::-1]
    axes.barh(
        place,
        points["eal"],
        height=0.62,
        color=[house.RISK_LEVELS[level] for level in points["level"]],
    )
    axes.hlines(place, points["eal_low"], points["eal_high"], color=house.INK, lw=1.4)
    axes.scatter(points["p95"], place, marker="|", s=90, color=house.ALERT, linewidths=2, zorder=4)
    right = np.maximum(points["eal_high"], points["p95"])
    for spot, end, row in zip(place, right, points.to_dict("records"), strict=True):
        axes.annotate(
            say(
                "{loss}  ·  {level}",
                loss=_money(float(row["eal"])),
                level=_level(str(row["level"])),
            ),
            (float(end), float(spot)),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
        )
    axes.set_yticks(place, points["risk"], color=house.INK)
    axes.set_xlim(0, float(right.max()) * 1.32 or 1.0)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: _money(v)))
    axes.set_xlabel(
        say(
            "Expected annual loss ({currency}); line: middle 90%; red tick: exceeded 1 year in 20",
            currency=currency,
        )
    )
    axes.spines["left"].set_visible(False)
    house.quiet_grid(axes)
    return figure


@house.in_house_style
def treatment_benefit(table: pd.DataFrame, *, currency: str) -> Figure:
    """Net benefit of each treatment with its middle 90 %; those in the plan are filled.

    Parameters
    ----------
    table : DataFrame
        treatment, net, net_low, net_high [currency/year], in_plan (bool), best first.
    """
    _need(table, ("treatment", "net", "net_low", "net_high", "in_plan"))
    figure, axes = house.new_figure(0.9 + 0.3 * len(table))
    place = np.arange(len(table))[::-1]
    colours = [house.ACCENT if chosen else house.MUTED for chosen in table["in_plan"]]
    axes.axvline(0, color=house.INK, linewidth=1)
    axes.hlines(place, table["net_low"], table["net_high"], color=colours, lw=2)
    for chosen, marker_face in ((True, house.ACCENT), (False, "white")):
        part = table["in_plan"].to_numpy(dtype=bool) == chosen
        axes.scatter(
            table["net"][part],
            place[part],
            s=44,
            facecolor=marker_face,
            edgecolor=house.ACCENT if chosen else house.MUTED,
            zorder=3,
            label="in the plan" if chosen else "not in the plan",
        )
    axes.set_yticks(place, table["treatment"], color=house.INK)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: _money(v)))
    axes.set_xlabel(say("Net benefit per year ({currency}), middle 90%", currency=currency))
    axes.spines["left"].set_visible(False)
    house.quiet_grid(axes)
    axes.legend(loc="lower right")
    return figure


def _need(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    missing = [c for c in columns if c not in frame]
    if missing or frame.empty:
        raise DesignError(f"figure: needs rows with the columns {list(columns)}; missing {missing}")


def _outer_edges(edges: Sequence[float], low: float, high: float) -> list[float]:
    """Inner edges with an outer step as wide as its neighbour, or wider where a point needs it."""
    first = min(edges[0] * edges[0] / edges[1], low / 2)
    last = max(edges[-1] * edges[-1] / edges[-2], high * 2)
    return [first, *edges, last]


def _paint_levels(
    axes: Axes, x: tuple[float, float], y: tuple[float, float], level_edges: Sequence[float]
) -> None:
    """Bands of equal level: rate x severity = edge is a straight line on two log scales."""
    span = np.geomspace(*x, 200)
    bounds = [y[0] * x[0] / 10, *level_edges, y[1] * x[1] * 10]
    for level, low, high in zip(LEVELS, bounds[:-1], bounds[1:], strict=True):
        axes.fill_between(
            span,
            np.clip(low / span, *y),
            np.clip(high / span, *y),
            color=house.RISK_LEVELS[level],
            alpha=0.62,
            linewidth=0,
            zorder=0,
        )
    axes.annotate(
        say_as("level", "Low"),
        (0.015, 0.02),
        xycoords="axes fraction",
        fontsize=7.5,
        style="italic",
    )
    for level, edge in zip(LEVELS[1:], level_edges, strict=True):
        right = x[1] / (x[1] / x[0]) ** 0.015
        if y[0] < edge / right < y[1]:
            spot = (right, edge / right)
        else:
            spot = (min(edge / (y[0] * 1.25), right), y[0] * 1.25)
        axes.annotate(
            say("{level} ↗", level=say_as("level", level.replace("_", " ").capitalize())),
            spot,
            xytext=(0, 3),
            textcoords="offset points",
            ha="right",
            fontsize=7.5,
            style="italic",
            color=house.INK,
        )


def _print_cells(axes: Axes, cells: pd.DataFrame, x: Sequence[float], y: Sequence[float]) -> None:
    """Expected number of risks at the top left of each cell that holds any."""
    values = cells.to_numpy(dtype=float)[::-1]
    for row in range(values.shape[0]):
        for place in range(values.shape[1]):
            if values[row, place] >= 0.005:
                axes.annotate(
                    f"{values[row, place]:.2f}",
                    (x[place], y[row + 1]),
                    xytext=(3, -3),
                    textcoords="offset points",
                    va="top",
                    fontsize=house.LEAST_FONT,
                    color=house.MUTED,
                )


def _number_points(axes: Axes, points: pd.DataFrame) -> None:
    """Each risk's place by loss in its marker, the names in a key beside the picture."""
    axes.scatter(
        points["rate"], points["severity"], s=165, color=house.INK, edgecolor="white", zorder=4
    )
    lines = []
    for place, row in enumerate(points.to_dict("records"), start=1):
        axes.annotate(
            str(place),
            (float(row["rate"]), float(row["severity"])),
            ha="center",
            va="center_baseline",
            fontsize=8,
            fontweight="bold",
            color="white",
            zorder=5,
        )
        level = _level(str(row["level"]))
        level = say("{level} ↑", level=level) if row.get("is_raised") else level
        lines.append(_key_line(place, str(row["risk"]), level))
    axes.annotate(
        join_texts(lines, by="\n", zh="\n"),
        (1.18, 1.0),
        xycoords="axes fraction",
        va="top",
        fontsize=8,
        linespacing=1.3,
    )


def _key_line(place: int, risk: str, level: str) -> str:
    """A risk in the key: its place, its name on lines as wide as the key, and its level below."""
    indent, width = "    ", 26
    chinese = in_language(risk, "zh") or risk
    size = width // 2  # a Chinese character is as wide as two letters
    rows = [chinese[start : start + size] for start in range(0, len(chinese), size)]
    rows.append(in_language(level, "zh") or level)
    return remember(
        f"{place}  {fill(risk, width, subsequent_indent=indent)}\n{indent}{level}",
        zh=f"{place}  " + f"\n{indent}".join(rows),
    )


def _level(name: str) -> str:
    """A level inside a text: ``very high``."""
    return say_as("level", name.replace("_", " "))


def _step_axis(
    axes: Axes,
    which: Literal["x", "y"],
    outer: Sequence[float],
    edges: Sequence[float],
    labels: Sequence[str],
    write: Callable[[float], str],
) -> None:
    """Ticks on the real edges; the name of each step between them."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(FixedLocator(list(edges)))
    axis.set_major_formatter(FuncFormatter(lambda v, _: write(v)))
    axis.set_minor_locator(FixedLocator([float(np.sqrt(a * b)) for a, b in pairwise(outer)]))
    axis.set_minor_formatter(NullFormatter())
    axes.tick_params(axis=which, which="both", length=0)
    for name, low, high in zip(labels, outer[:-1], outer[1:], strict=True):
        middle = float(np.sqrt(low * high))
        spot = (middle, 1.012) if which == "x" else (1.012, middle)
        axes.annotate(
            name,
            spot,
            xycoords=("data", "axes fraction") if which == "x" else ("axes fraction", "data"),
            ha="center" if which == "x" else "left",
            va="bottom" if which == "x" else "center",
            fontsize=8,
            color=house.MUTED,
        )
