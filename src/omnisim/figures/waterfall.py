"""Waterfall: from one amount to another, step by step, with totals that tie."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from omnisim.errors import DesignError
from omnisim.figures import house
from omnisim.figures.labels import short_money
from omnisim.language import say

KINDS = ("total", "step")
_ROW = 0.34  # inches per bar
_TIES = 1e-6  # of the largest amount: sums of rounded cents may differ by that much


@house.in_house_style
def waterfall(frame: pd.DataFrame, *, unit: str) -> Figure:
    """Steps between totals, from the top down.

    Parameters
    ----------
    frame : DataFrame
        label, value [unit], kind (``total`` or ``step``), in order. A total is the level reached so
        far and starts at zero; a step is added to it. The first row is a total.
    unit : str
        Label of the axis, e.g. ``Net sales per store-week [USD]``.

    Raises
    ------
    DesignError
        When a column is missing, a value is not finite, a kind is unknown, or a total is not the
        sum of what stands above it.

    References
    ----------
    Zelazny, G. (2001). Say It With Charts, 4th ed., McGraw-Hill: component comparison over steps.
    """
    ends = check_steps(frame)
    figure, axes = house.new_figure(0.75 + _ROW * len(frame))
    draw_steps(axes, frame, ends)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: short_money(v)))
    axes.set_xlabel(unit)
    house.quiet_grid(axes)
    return figure


def check_steps(frame: pd.DataFrame) -> np.ndarray:
    """Level after each row, shape (n_rows,); refuses a frame whose totals do not tie."""
    house.need_columns(frame, ("label", "value", "kind"))
    values = frame["value"].to_numpy(dtype=float)
    kinds = frame["kind"].tolist()
    if not np.isfinite(values).all():
        raise DesignError(f"waterfall: value = {values.tolist()}: give finite numbers")
    unknown = sorted({str(kind) for kind in kinds} - set(KINDS))
    if unknown or kinds[0] != "total":
        raise DesignError(f"waterfall: kind = {kinds}: give {list(KINDS)}, a total first")
    level, ends = 0.0, []
    for place, (kind, value) in enumerate(zip(kinds, values, strict=True)):
        reached = value if kind == "total" else level + value
        if kind == "total" and place and abs(reached - level) > _TIES * np.abs(values).max():
            raise DesignError(
                f"waterfall: {frame['label'].iloc[place]!r} = {value}, but the steps above it come to "
                f"{level}: give totals that tie"
            )
        level = reached
        ends.append(level)
    return np.array(ends)


def draw_steps(axes: Axes, frame: pd.DataFrame, ends: np.ndarray) -> None:
    """Bars with their amounts and lines between them; `ends` are the levels after each row."""
    values = frame["value"].to_numpy(dtype=float)
    is_total = (frame["kind"] == "total").to_numpy()
    starts = np.where(is_total, 0.0, ends - values)
    colours = [
        house.INK if total else house.ACCENT if value >= 0 else house.ALERT
        for total, value in zip(is_total, values, strict=True)
    ]
    places = np.arange(len(values))
    axes.barh(places, ends - starts, left=starts, color=colours, height=0.62)
    for place in places[1:]:
        axes.plot([ends[place - 1]] * 2, [place - 0.69, place - 0.31], color=house.MUTED, lw=0.9)
    for place, (start, end, value, total) in enumerate(
        zip(starts, ends, values, is_total, strict=True)
    ):
        amount = short_money(value)
        axes.annotate(
            amount if total or value < 0 else say("+{amount}", amount=amount),
            (max(start, end), place),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
        )
    low, high = min(0.0, starts.min(), ends.min()), max(0.0, starts.max(), ends.max())
    room = (high - low) or 1.0
    axes.axvline(0, color=house.MUTED, lw=0.9)
    axes.set_xlim(low - (0.04 * room if low < 0 else 0), high + 0.16 * room)
    axes.set_yticks(places, frame["label"])
    axes.set_ylim(len(values) - 0.4, -0.6)
    axes.tick_params(axis="y", labelcolor=house.INK, length=0)
    axes.spines["left"].set_visible(False)
