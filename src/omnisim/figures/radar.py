"""Radar of an ordinal profile: a few steps per dimension, today against a goal.

A radar distorts: its area grows with the square of the values and depends on the order of the
dimensions, and a line between two dimensions means nothing. It is here because boards read maturity
and risk profiles that way, for levels with few steps only. Measures belong into bars.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.projections.polar import PolarAxes

from omnisim.errors import DesignError
from omnisim.figures import house
from omnisim.figures.labels import wrapped

LEAST, MOST = 3, 10  # dimensions: fewer are no shape, more cannot be read
_MOST_LEVELS = 6


@house.in_house_style
def radar(frame: pd.DataFrame, *, levels: list[str], now: str, then: str) -> Figure:
    """Two profiles of ordinal levels over the same dimensions.

    Parameters
    ----------
    frame : DataFrame
        dimension, now, then: whole levels counted from 1.
    levels : list of str
        Names of the levels from the lowest, 2 to 6.
    now, then : str
        Names of the two profiles: a filled shape with dots, and an outline with squares.

    Raises
    ------
    DesignError
        When a column is missing, there are fewer than 3 or more than 10 dimensions, or a value is no
        level.

    References
    ----------
    Few, S. (2005). Keep radar graphs below the radar, far below. Perceptual Edge.
    """
    house.need_columns(frame, ("dimension", "now", "then"))
    if not LEAST <= len(frame) <= MOST:
        raise DesignError(f"radar: {len(frame)} dimensions: give {LEAST} to {MOST}")
    if not 2 <= len(levels) <= _MOST_LEVELS:
        raise DesignError(f"radar: {len(levels)} levels: give 2 to {_MOST_LEVELS}")
    values = frame[["now", "then"]].to_numpy(dtype=float)
    if not np.isin(values, np.arange(1, len(levels) + 1)).all():
        raise DesignError(
            f"radar: {values.tolist()}: give whole levels from 1 to {len(levels)}; a measure on a "
            "continuous scale belongs into bars"
        )
    figure = house.ShownFigure(figsize=(house.FULL_WIDTH, 4.1))
    figure.set_layout_engine("none")  # names around a circle do not fit a grid
    axes = figure.add_axes((0.27, 0.19, 0.46, 0.715), projection="polar")
    assert isinstance(axes, PolarAxes)
    axes.set_theta_zero_location("N")
    axes.set_theta_direction(-1)
    angles = np.linspace(0, 2 * np.pi, len(frame), endpoint=False)
    closed = np.append(angles, 0.0)
    ring = np.linspace(0, 2 * np.pi, 200)
    for level in range(1, len(levels) + 1):
        axes.plot(ring, np.full_like(ring, level), color=house.FAINT, lw=0.8, zorder=1)
    for column, name, colour, marker, style in (
        (0, now, house.ACCENT, "o", "-"),
        (1, then, house.ALERT, "s", (0, (4, 2))),
    ):
        line = np.append(values[:, column], values[0, column])
        axes.plot(closed, line, color=colour, marker=marker, ms=4.5, ls=style, label=name, zorder=3)
        if column == 0:
            axes.fill(closed, line, color=colour, alpha=0.14, lw=0, zorder=2)
    axes.set_ylim(0, len(levels) + 0.15)
    axes.grid(visible=False, axis="y")
    axes.spines["polar"].set_visible(False)
    axes.set_yticks([])
    for level, name in enumerate(levels, start=1):
        axes.text(
            angles[1] / 2,  # between the first two dimensions
            level,
            name,
            ha="center",
            va="center",
            fontsize=house.LEAST_FONT,
            zorder=4,
            path_effects=[withStroke(linewidth=2.2, foreground="white", alpha=0.85)],
        )
    axes.set_xticks(angles, [wrapped(str(name), 22) for name in frame["dimension"]])
    axes.tick_params(axis="x", labelcolor=house.INK, pad=4)
    for label, angle in zip(axes.get_xticklabels(), angles, strict=True):
        side = np.sin(angle)
        label.set_horizontalalignment(
            "center" if abs(side) < 0.1 else "left" if side > 0 else "right"
        )
    figure.legend(loc="lower center", ncols=2)
    return figure
