"""Budget frontier: the best that each budget can buy, and where more money stops paying."""

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

_COLUMNS = ("cost", "value", "low", "high")


@house.in_house_style
def budget_frontier(
    frame: pd.DataFrame,
    *,
    cost: str,
    value: str,
    budget: float | None = None,
    best: float | None = None,
) -> Figure:
    """Value of the best choice for each amount spent, above the line where it just pays.

    Parameters
    ----------
    frame : DataFrame
        cost, value, low, high (interval of the value) [same currency and period], one row per choice,
        in any order.
    cost, value : str
        Labels of the axes.
    budget : float, optional
        The budget at hand, marked.
    best : float, optional
        Cost of the choice with the largest net value, marked.

    Raises
    ------
    DesignError
        When a column is missing, a value is not finite, a cost is negative or a value below its
        interval.

    References
    ----------
    Markowitz, H. (1952). Portfolio selection. Journal of Finance, 7(1), 77-91: the efficient set.
    """
    house.need_columns(frame, _COLUMNS)
    drawn = frame.sort_values("cost", kind="stable")
    x, y, low, high = (drawn[name].to_numpy(dtype=float) for name in _COLUMNS)
    if not np.isfinite(np.concatenate([x, y, low, high])).all():
        raise DesignError("budget_frontier: NaN or infinity among the values; give finite numbers")
    if (x < 0).any() or (low > y).any() or (y > high).any():
        raise DesignError("budget_frontier: give cost >= 0 and low <= value <= high in every row")
    figure, axes = house.new_figure(3.3)
    right = max(float(x.max()), budget or 0.0) * 1.06 or 1.0
    ends = np.append(x, right)
    best_of, lowest, highest = (np.append(part, part[-1]) for part in (y, low, high))
    axes.fill_between(ends, lowest, highest, step="post", color=house.ACCENT, alpha=0.16, lw=0)
    axes.step(ends, best_of, where="post", color=house.ACCENT)
    axes.scatter(x, y, s=16, color=house.ACCENT, zorder=3)
    axes.plot([0, right], [0, right], color=house.MUTED, lw=1.1, ls=(0, (4, 3)))
    top = max(float(high.max()), right) * 1.08
    axes.set(xlim=(0, right), ylim=(min(0.0, float(low.min())), top))
    axes.annotate(
        say("pays for\nitself above\nthis line"),
        (right, right),
        xytext=(5, 0),
        textcoords="offset points",
        va="center",
        fontsize=8,
        color=house.MUTED,
        annotation_clip=False,
    )
    if budget is not None:
        axes.axvline(budget, color=house.INK, lw=1.1)
        _mark(axes, say("budget {amount}", amount=short_money(budget)), budget, 0.97, house.INK)
    if best is not None:
        axes.axvline(best, color=house.ALERT, lw=1.1, ls=(0, (4, 2)))
        _mark(axes, say("most net at {amount}", amount=short_money(best)), best, 0.88, house.ALERT)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda v, _: short_money(v)))
    axes.set_xlabel(cost)
    axes.set_ylabel(value)
    house.quiet_grid(axes, axis="both")
    return figure


def _mark(axes: Axes, text: str, at: float, height: float, colour: str) -> None:
    """Words beside an upright line, on the side where there is room."""
    left, right = axes.get_xlim()
    is_right = at > (left + right) / 2
    axes.annotate(
        text,
        (at, height),
        xycoords=("data", "axes fraction"),
        xytext=(-4 if is_right else 4, 0),
        textcoords="offset points",
        ha="right" if is_right else "left",
        va="top",
        fontsize=8,
        color=colour,
    )
