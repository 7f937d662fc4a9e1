"""Path of a treated unit beside its synthetic control, and the gaps of the placebos."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from omnisim.errors import DesignError
from omnisim.figures import house
from omnisim.figures.labels import short_money


@house.in_house_style
def counterfactual_path(
    frame: pd.DataFrame,
    *,
    start: int,
    unit: str,
    treated: str,
    synthetic: str,
    placebos: pd.DataFrame | None = None,
) -> Figure:
    """What happened beside what would have, and below it the gap among those of the placebos.

    Parameters
    ----------
    frame : DataFrame
        week, treated, synthetic [unit].
    start : int
        First treated week.
    unit : str
        Label of the upper axis.
    treated, synthetic : str
        Names of the two lines.
    placebos : DataFrame, optional
        One column per placebo, one row per week of `frame`: its gap [unit].

    Raises
    ------
    DesignError
        When a column is missing, a value is not finite, no week lies before or after the start, or
        the placebos have other weeks.

    References
    ----------
    Abadie, A., Diamond, A., Hainmueller, J. (2010). Synthetic control methods for comparative case
    studies. Journal of the American Statistical Association, 105(490), 493-505, figures 2 and 4.
    """
    house.need_columns(frame, ("week", "treated", "synthetic"))
    week, actual, without = (
        frame[name].to_numpy(dtype=float) for name in ("week", "treated", "synthetic")
    )
    if not np.isfinite(np.concatenate([week, actual, without])).all():
        raise DesignError("counterfactual_path: NaN or infinity among the values")
    if not (week < start).any() or not (week >= start).any():
        raise DesignError(f"counterfactual_path: start = {start}: give weeks before and after it")
    if placebos is not None and len(placebos) != len(frame):
        raise DesignError(
            f"counterfactual_path: placebos of {len(placebos)} weeks: give {len(frame)}, as above"
        )
    figure = house.ShownFigure(figsize=(house.FULL_WIDTH, 4.2))
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[1.5, 1])
    above.plot(week, actual, color=house.ACCENT)
    above.plot(week, without, color=house.INK, ls=(0, (4, 2)), lw=1.5)
    above.fill_between(
        week, actual, without, where=week >= start - 1, color=house.ACCENT, alpha=0.14, lw=0
    )
    _name_ends(above, week, (actual, treated, house.ACCENT), (without, synthetic, house.INK))
    if placebos is not None:
        below.plot(week, placebos.to_numpy(dtype=float), color=house.FAINT, lw=0.9)
    below.plot(week, actual - without, color=house.ACCENT)
    below.axhline(0, color=house.MUTED, lw=0.9)
    for axes in (above, below):
        axes.axvline(start - 0.5, color=house.MUTED, lw=0.9, ls=(0, (3, 2)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: short_money(v)))
        house.quiet_grid(axes, axis="y")
    above.set_ylabel(unit)
    below.set_ylabel("Gap\n(grey: placebos)" if placebos is not None else "Gap")
    below.set_xlabel("Week of the data (dashed: first week with the service)")
    below.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=12))
    return figure


def _name_ends(
    axes: Axes,
    week: np.ndarray,
    *lines: tuple[np.ndarray, str, str],
) -> None:
    """Each line's name at its right end, the higher one above the other."""
    tail = max(len(week) // 6, 1)
    order = sorted(lines, key=lambda line: -float(line[0][-tail:].mean()))
    for place, (values, name, colour) in enumerate(order):
        axes.annotate(
            name,
            (week[-1], values[-1]),
            xytext=(5, 7 if place == 0 else -7),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            color=colour,
            annotation_clip=False,
        )
