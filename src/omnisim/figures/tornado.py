"""Tornado: how far a result moves when one input at a time goes from low to high."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from omnisim.errors import DesignError
from omnisim.figures import house
from omnisim.figures.labels import legend_below, short_money

_COLUMNS = ("label", "at_low", "at_high")


@house.in_house_style
def tornado(
    frame: pd.DataFrame, *, base: float, unit: str, low: str, high: str, n_shown: int = 10
) -> Figure:
    """The result at the low and the high end of each input, the widest on top.

    Parameters
    ----------
    frame : DataFrame
        label (the input), at_low, at_high (the result there) [unit].
    base : float
        The result with every input in the middle, in the unit of the axis.
    unit : str
        Label of the axis.
    low, high : str
        What the two ends are, e.g. ``input low (5th percentile)``.
    n_shown : int
        Inputs drawn at most, >= 1.

    Raises
    ------
    DesignError
        When a column is missing, a value is not finite, or `n_shown` is below 1.

    References
    ----------
    Howard, R. A. (1988). Decision analysis: practice and promise. Management Science, 34(6), 679-695.
    """
    house.need_columns(frame, _COLUMNS)
    ends = frame[["at_low", "at_high"]].to_numpy(dtype=float)
    if not (np.isfinite(ends).all() and np.isfinite(base)):
        raise DesignError("tornado: NaN or infinity among the values; give finite numbers")
    if n_shown < 1:
        raise DesignError(f"tornado: n_shown = {n_shown}: give 1 or more")
    order = np.argsort(-np.abs(ends[:, 1] - ends[:, 0]), kind="stable")[:n_shown]
    ends = ends[order]
    places = np.arange(len(order))
    figure, axes = house.new_figure(1.15 + 0.3 * len(order))
    for column, colour in ((0, house.MUTED), (1, house.ACCENT)):
        axes.barh(places, ends[:, column] - base, left=base, color=colour, height=0.62)
    for place, pair in enumerate(ends):
        left, right = sorted((*pair, base))[:: len(pair)]
        for value, shift, side in ((left, -4, "right"), (right, 4, "left")):
            axes.annotate(
                short_money(value),
                (value, place),
                xytext=(shift, 0),
                textcoords="offset points",
                ha=side,
                va="center",
                fontsize=8,
            )
    axes.axvline(base, color=house.INK, lw=1.1)
    reach = max(float(np.abs(ends - base).max()), abs(base) * 1e-9, 1e-12)
    axes.set_xlim(base - 1.35 * reach, base + 1.35 * reach)
    axes.set_yticks(places, frame["label"].iloc[order])
    axes.set_ylim(len(order) - 0.4, -0.6)
    axes.tick_params(axis="y", labelcolor=house.INK)
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: short_money(v)))
    axes.set_xlabel(unit)
    house.quiet_grid(axes)
    handles = [Patch(color=house.MUTED, label=low), Patch(color=house.ACCENT, label=high)]
    legend_below(figure, handles=handles)
    return figure
