"""Charts of journeys step by step, of shares with intervals, and of models against the truth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from omnisim.errors import DesignError
from omnisim.figures.house import (
    ACCENT,
    GOLD,
    INK,
    LEAST_FONT,
    MUTED,
    SEQUENTIAL,
    in_house_style,
    new_figure,
)
from omnisim.figures.journeys import label_rows, need_columns
from omnisim.figures.labels import legend_below, name_columns
from omnisim.language import say


@in_house_style
def step_heat_map(
    matrix: pd.DataFrame, *, ends: Sequence[str], shown_from: float = 0.005
) -> Figure:
    """Where journeys are at each step, in percent; ends of journeys below a line.

    Parameters
    ----------
    matrix : DataFrame
        Shares in [0, 1], rows states and columns steps; columns sum to 1.
    ends : sequence of str
        Rows that are ends of journeys, drawn last.
    shown_from : float
        Smaller shares stay blank.
    """
    missing = [name for name in ends if name not in matrix.index]
    if missing:
        raise DesignError(f"step_heat_map: no row {missing}; has {list(matrix.index)}")
    matrix = matrix.loc[[*(name for name in matrix.index if name not in ends), *ends]]
    values = matrix.to_numpy(dtype=float)
    if not (np.isfinite(values).all() and (values >= 0).all() and (values <= 1 + 1e-9).all()):
        raise DesignError("step_heat_map: give shares in [0, 1]")
    figure, axes = new_figure(0.9 + 0.24 * len(matrix))
    colours = LinearSegmentedColormap.from_list("house", SEQUENTIAL)
    axes.pcolormesh(
        np.sqrt(values), cmap=colours, vmin=0, vmax=1, edgecolors="white", linewidth=1.2
    )
    _percent(axes, values, np.sqrt(values), shown_from)
    axes.axhline(len(matrix) - len(ends), color=INK, linewidth=1.0)
    axes.set_xticks(np.arange(len(matrix.columns)) + 0.5, [str(c) for c in matrix.columns])
    axes.set_yticks(np.arange(len(matrix)) + 0.5, list(matrix.index))
    axes.invert_yaxis()
    axes.xaxis.tick_top()
    axes.tick_params(length=0, colors=INK, labelsize=8)
    axes.spines[:].set_visible(False)
    return figure


@in_house_style
def share_bars(frame: pd.DataFrame, *, label: str, best: str | None = None) -> Figure:
    """Shares as bars with their intervals, in percent.

    Parameters
    ----------
    frame : DataFrame
        label, value, low, high (shares); rows in the order wanted; optional benchmark (share),
        drawn as a mark where there is one.
    label : str
        What the shares are of, for the axis.
    best : str, optional
        Label of the row the message is about.
    """
    need_columns(frame, ("label", "value", "low", "high"))
    if frame.empty:
        raise DesignError("share_bars: no rows")
    figure, axes = new_figure(0.9 + 0.27 * len(frame))
    y = np.arange(len(frame))
    value, low, high = (
        100 * frame[name].to_numpy(dtype=float) for name in ("value", "low", "high")
    )
    colours = [ACCENT if best is None or name == best else MUTED for name in frame["label"]]
    axes.barh(y, value, height=0.62, color=colours, alpha=0.85)
    axes.hlines(y, low, high, color=INK, linewidth=1.3)
    mark = 100 * _benchmarks(frame)
    width = 0.12 * float(np.nanmax(high))  # of a written number, about
    for place, number in enumerate(value):
        if np.isfinite(number):
            end, start = max(high[place], number), min(low[place], number)
            # A benchmark right behind the bar would stand on the number: it goes inside the bar, or
            # behind the benchmark where the bar is short.
            is_hit = end - width / 2 < mark[place] < end + width
            is_inside = is_hit and start > width
            if is_hit and not is_inside:
                end = max(end, mark[place] + width / 4)
            axes.annotate(
                f"{number:.3g}%",
                (start if is_inside else end, place),
                xytext=(-5 if is_inside else 5, 0),
                textcoords="offset points",
                ha="right" if is_inside else "left",
                va="center",
                color="white" if is_inside else INK,
                fontsize=8,
            )
    if np.isfinite(mark).any():
        axes.scatter(mark, y, marker="D", s=34, color=GOLD, zorder=4, label="benchmark")
        legend_below(figure)
    label_rows(axes, list(frame["label"]))
    axes.set_xlim(0, 1.14 * max(float(np.nanmax(high)), 1e-9))
    axes.set_xlabel(label)
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:g}%")
    return figure


@in_house_style
def belief_heat_map(
    frame: pd.DataFrame, *, error: str, label: str, worst_shown: float = 0.6
) -> Figure:
    """Error of every model in every world; the least of each world is framed.

    Parameters
    ----------
    frame : DataFrame
        world_label, model_label, kind (``credit`` or ``incremental``), and `error` (a share).
    error : str
        Column to draw.
    label : str
        What the error is, for the axis.
    worst_shown : float
        Share at which the colour is darkest, > 0.
    """
    need_columns(frame, ("world_label", "model_label", "kind", error))
    worlds, models = (list(dict.fromkeys(frame[c])) for c in ("world_label", "model_label"))
    wide = frame.pivot(index="model_label", columns="world_label", values=error)
    wide = wide.loc[models, worlds]
    values = wide.to_numpy(dtype=float)
    if not np.isfinite(values).all():
        raise DesignError(f"belief_heat_map: {error} is missing for some model in some world")
    kinds = frame.drop_duplicates("model_label").set_index("model_label")["kind"]
    figure, axes = new_figure(1.1 + 0.25 * len(models))
    colours = LinearSegmentedColormap.from_list("house", SEQUENTIAL)
    shade = np.clip(np.abs(values) / worst_shown, 0, 1)
    axes.pcolormesh(shade, cmap=colours, vmin=0, vmax=1, edgecolors="white", linewidth=1.2)
    _percent(axes, values, shade, shown_from=-np.inf)
    for column in range(len(worlds)):
        row = int(np.abs(values[:, column]).argmin())
        axes.add_patch(
            Rectangle((column + 0.03, row + 0.05), 0.94, 0.9, fill=False, edgecolor=GOLD, lw=2.2)
        )
    n_credit = int((kinds.loc[models] == "credit").sum())
    if 0 < n_credit < len(models):
        axes.axhline(n_credit, color=INK, linewidth=1.0)
    axes.tick_params(length=0, colors=INK, labelsize=8)
    name_columns(axes, worlds)
    axes.set_yticks(np.arange(len(models)) + 0.5, models)
    axes.invert_yaxis()
    axes.spines[:].set_visible(False)
    axes.set_xlabel(say("{label}, percent; framed: least of the world", label=label))
    return figure


def _benchmarks(frame: pd.DataFrame) -> np.ndarray:
    """Benchmark of each row; missing where there is none."""
    if "benchmark" not in frame.columns:
        return np.full(len(frame), np.nan)
    return frame["benchmark"].to_numpy(dtype=float)


def _percent(axes: object, values: np.ndarray, shade: np.ndarray, shown_from: float) -> None:
    """Numbers in the cells."""
    for i, line in enumerate(values):
        for j, share in enumerate(line):
            if share < shown_from:
                continue
            text = f"{share * 100:.0f}" if abs(share) >= 0.01 or share == 0 else "<1"
            axes.text(  # type: ignore[attr-defined]
                j + 0.5,
                i + 0.5,
                text.replace("-", "−"),
                ha="center",
                va="center",
                fontsize=max(LEAST_FONT, 8),
                color="white" if shade[i, j] > 0.55 else INK,
            )
