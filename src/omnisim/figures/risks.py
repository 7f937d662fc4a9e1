"""Risk figures: matrix on real-unit edges, loss-exceedance curve, loss by risk, treatments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike

from omnisim.errors import DesignError
from omnisim.figures import house
from omnisim.figures.labels import legend_below, wrapped
from omnisim.figures.labels import short_money as _money
from omnisim.figures.placing import Form, named, note, place
from omnisim.figures.risk_matrix import (
    count_cells,
    key_lines,
    level_word,
    matrix_panels,
    name_steps,
    outer_edges,
    paint_levels,
    place_matrix_words,
    step_axis,
    write_key,
)
from omnisim.language import say


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
    lines = key_lines(points)
    figure, (axes, key) = matrix_panels(lines)
    x = outer_edges(rate_edges, points["rate_low"].min(), points["rate_high"].max())
    y = outer_edges(impact_edges, points["severity_low"].min(), points["severity_high"].max())
    axes.set(xscale="log", yscale="log", xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    paint_levels(axes, (x[0], x[-1]), (y[0], y[-1]), level_edges)
    for edge in rate_edges:
        axes.axvline(edge, color="white", linewidth=1.4, zorder=1)
    for edge in impact_edges:
        axes.axhline(edge, color="white", linewidth=1.4, zorder=1)
    axes.hlines(
        points["severity"], points["rate_low"], points["rate_high"], color=house.INK, lw=1.1
    )
    axes.vlines(
        points["rate"], points["severity_low"], points["severity_high"], color=house.INK, lw=1.1
    )
    step_axis(axes, "x", rate_edges, lambda v: f"{v:g}")
    step_axis(axes, "y", impact_edges, _money)
    axes.set_xlabel("Likelihood: events per year")
    axes.set_ylabel(say("Impact: loss per event ({currency})", currency=currency))
    write_key(key, lines)
    place_matrix_words(
        figure,
        axes,
        points,
        names=(name_steps(axes, "x", x, rate_labels), name_steps(axes, "y", y, impact_labels)),
        counts=[] if cells is None else count_cells(axes, cells, x, y),
    )
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
    for k, (name, (amount, share)) in enumerate(curves.items()):
        x, p = np.asarray(amount, dtype=float), np.asarray(share, dtype=float)
        axes.plot(x, p, color=colours[k % len(colours)], label=name)
        top = max(top, float(x.max()))
    for amount_at in (marks or {}).values():
        axes.axvline(amount_at, color=house.MUTED, linewidth=1, linestyle=(0, (4, 3)))
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
    legend_below(figure)
    _name_marks(figure, axes, marks or {})
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
                level=level_word(str(row["level"])),
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
    legend_below(figure)
    return figure


def _name_marks(figure: house.ShownFigure, axes: Axes, marks: Mapping[str, float]) -> None:
    """Name and amount of each upright line beside its lower end."""
    low = 1.3 * axes.get_ylim()[0]
    points = []
    for name, amount in marks.items():
        told = say("{name}\n{amount}", name=wrapped(name, 24), amount=_money(amount))
        words = note(axes, told, amount, low, fontsize=8, color=house.MUTED)
        points.append(named(axes, amount, low, radius=2.0, forms=[Form(words, reach=150.0)]))

    def place_names(renderer: RendererBase, attempt: int) -> bool:
        if attempt >= 0:
            frame = axes.get_window_extent(renderer)
            at = axes.transData.transform(
                [(amount, low) for amount in marks.values()] or [(0, low)]
            )
            lines = [Bbox.from_extents(x - 1, frame.y0, x + 1, frame.y1) for x in at[:, 0]]
            place(axes, points, renderer, words=lines)
        return False

    figure.place(place_names)


def _need(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    missing = [c for c in columns if c not in frame]
    if missing or frame.empty:
        raise DesignError(f"figure: needs rows with the columns {list(columns)}; missing {missing}")
