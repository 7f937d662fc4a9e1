"""Charts of effects: forest plot, event study, usual answers against the credible one."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from omnisim.errors import SchemaError
from omnisim.figures.house import (
    ACCENT,
    ALERT,
    FAINT,
    INK,
    MUTED,
    in_house_style,
    new_figure,
    quiet_grid,
)
from omnisim.figures.labels import short_money
from omnisim.figures.placing import thin_ticks
from omnisim.language import say

_INTERVAL = ("label", "value", "ci_low", "ci_high")


@in_house_style
def forest_plot(frame: pd.DataFrame, *, unit: str, n_main: int = 1) -> Figure:
    """Effects with their intervals, one row each, zero marked.

    Parameters
    ----------
    frame : frame
        Columns ``label, value, ci_low, ci_high``, top row first.
    unit : str
        Label of the axis, e.g. ``Effect [% of control]``.
    n_main : int
        The first rows, drawn in the accent colour: the message is about them.
    """
    _check(frame, _INTERVAL)
    figure, axes = new_figure(0.8 + 0.28 * len(frame))
    thin_ticks(figure, axes.xaxis)
    colours = [ACCENT if row < n_main else INK for row in range(len(frame))]
    _intervals(axes, frame, colours)
    axes.set_xlabel(unit)
    return figure


@in_house_style
def estimate_comparison(frame: pd.DataFrame, *, unit: str, truth: float | None = None) -> Figure:
    """The answers usually given beside the credible one, whose interval is shaded.

    Parameters
    ----------
    frame : frame
        Columns ``label, value, ci_low, ci_high, is_credible``, top row first.
    unit : str
        Label of the axis.
    truth : float, optional
        True value, when the data are simulated.
    """
    _check(frame, (*_INTERVAL, "is_credible"))
    figure, axes = new_figure(0.8 + 0.32 * len(frame))
    thin_ticks(figure, axes.xaxis)
    for low, high in frame.loc[frame["is_credible"], ["ci_low", "ci_high"]].to_numpy(float):
        axes.axvspan(low, high, color=FAINT, alpha=0.6, lw=0, zorder=0)
    _intervals(axes, frame, [ACCENT if c else MUTED for c in frame["is_credible"]])
    if truth is not None:
        axes.axvline(truth, color=ALERT, lw=1.4, ls=(0, (4, 2)))
        axes.annotate(
            "truth",
            (truth, 1),
            xycoords=("data", "axes fraction"),
            xytext=(3, -2),
            textcoords="offset points",
            color=ALERT,
            va="top",
        )
    axes.set_xlabel(unit)
    return figure


@in_house_style
def event_study_plot(
    frame: pd.DataFrame, *, unit: str, skipped_weeks: int = 0, truth: pd.DataFrame | None = None
) -> Figure:
    """Effect by weeks since the start, with bars for one week and a band for all weeks at once.

    Parameters
    ----------
    frame : frame
        Columns ``event_week, value, ci_low, ci_high, band_low, band_high, n_stores``.
    unit : str
        Label of the axis.
    skipped_weeks : int
        Weeks before the start that belong to neither side, drawn hollow.
    truth : frame, optional
        Columns ``event_week, value``, when the data are simulated.
    """
    _check(frame, ("event_week", "value", "ci_low", "ci_high", "band_low", "band_high", "n_stores"))
    figure, axes = new_figure(3.5)
    week, value = frame["event_week"].to_numpy(), frame["value"].to_numpy()
    axes.axhline(0, color=MUTED, lw=0.9)
    axes.axvline(-0.5, color=MUTED, lw=0.9, ls=(0, (3, 2)))
    for side in (week < 0, week >= 0):
        axes.fill_between(
            week[side],
            frame["band_low"][side],
            frame["band_high"][side],
            color=FAINT,
            alpha=0.7,
            lw=0,
            step=None,
        )
    error = np.vstack([value - frame["ci_low"], frame["ci_high"] - value])
    for inside, colour, face in (
        (week >= 0, ACCENT, ACCENT),
        (week < -skipped_weeks, INK, INK),
        ((week < 0) & (week >= -skipped_weeks), INK, "white"),
    ):
        axes.errorbar(
            week[inside],
            value[inside],
            yerr=error[:, inside],
            fmt="o",
            ms=3.6,
            lw=1.0,
            color=colour,
            mfc=face,
        )
    if truth is not None and len(truth):
        axes.plot(
            truth["event_week"], truth["value"], color=ALERT, lw=1.4, ls=(0, (4, 2)), label="truth"
        )
        axes.legend(loc="upper left")
    _label_sides(axes, skipped_weeks)
    axes.set_xlabel("Weeks since the start (0 is the first week with the service)")
    axes.set_ylabel(unit)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=12))
    axes.yaxis.set_major_formatter(FuncFormatter(_thousands))
    quiet_grid(axes, axis="y")
    return figure


def _label_sides(axes: Axes, skipped_weeks: int) -> None:
    before = (
        say(
            "before the start\n(hollow: {n} weeks when\nstores were picked)",
            n=skipped_weeks,
        )
        if skipped_weeks
        else say("before the start")
    )
    for text, shift, side in ((before, -5, "right"), ("with the service", 5, "left")):
        axes.annotate(
            text,
            (-0.5, 0.01),
            xycoords=("data", "axes fraction"),
            xytext=(shift, 2),
            textcoords="offset points",
            ha=side,
            va="bottom",
            color=MUTED,
            fontsize=8,
        )


def _intervals(axes: Axes, frame: pd.DataFrame, colours: list[str]) -> None:
    """Rows of points with intervals and their numbers at the right edge."""
    places = np.arange(len(frame))[::-1]
    digits = _digits(frame)
    axes.axvline(0, color=MUTED, lw=0.9)
    rows = frame[["value", "ci_low", "ci_high"]].to_numpy(float)
    for place, colour, (value, low, high) in zip(places, colours, rows, strict=True):
        axes.plot([low, high], [place, place], color=colour, lw=2, solid_capstyle="butt")
        axes.plot(value, place, "o", color=colour, ms=6)
        value_text, low_text, high_text = (
            f"{number:,.{digits}f}".replace("-", "\u2212") for number in (value, low, high)
        )
        axes.annotate(
            say("{value}  [{low} to {high}]", value=value_text, low=low_text, high=high_text),
            (1.02, place),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=8.5,
            color=colour,
            annotation_clip=False,
        )
    axes.set_yticks(places, frame["label"])
    axes.tick_params(axis="y", labelcolor=INK)
    axes.set_ylim(-0.6, len(frame) - 0.4)
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_formatter(FuncFormatter(_thousands))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6))
    quiet_grid(axes)


def _digits(frame: pd.DataFrame) -> int:
    """Decimals that give the widest number three significant figures."""
    largest = float(frame[["value", "ci_low", "ci_high"]].abs().to_numpy().max())
    return int(np.clip(2 - np.floor(np.log10(largest)), 0, 4)) if largest > 0 else 0


def _thousands(value: float, _position: int) -> str:
    if abs(value) >= 1e6:
        return short_money(value)
    text = f"{value:,.6g}" if abs(value) < 1000 else f"{value:,.0f}"
    return text.replace("-", "\u2212")


def _check(frame: pd.DataFrame, columns: tuple[str, ...]) -> None:
    missing = [c for c in columns if c not in frame]
    if missing or frame.empty:
        raise SchemaError(
            f"figure: missing columns {missing}, {len(frame)} rows; give {list(columns)} and a row"
        )
    numbers = frame[[c for c in columns if c not in ("label", "is_credible")]].to_numpy(float)
    if not np.isfinite(numbers).all():
        raise SchemaError("figure: NaN or infinity among the values; give finite numbers")
