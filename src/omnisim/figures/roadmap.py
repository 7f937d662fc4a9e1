"""Roadmap: what is done when, by whom and with how much effort, as bars over periods."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from omnisim.errors import DesignError
from omnisim.figures import house
from omnisim.figures.labels import text_width, wrapped
from omnisim.language import in_language, say, say_as

EFFORTS = {"low": house.SEQUENTIAL[2], "medium": house.SEQUENTIAL[3], "high": house.SEQUENTIAL[5]}
_LINE = 0.145  # inches, height of a line of the names
_LETTERS = 44  # of the name of an action on one line


@house.in_house_style
def roadmap(
    frame: pd.DataFrame, *, periods: Sequence[str], gates: Sequence[tuple[int, str]] = ()
) -> Figure:
    """One bar per action over the periods it runs, darker for more effort, its owner beside it.

    Parameters
    ----------
    frame : DataFrame
        action, owner, start, length (periods, counted from 0; length >= 1), effort (``low``,
        ``medium`` or ``high``), in the order wanted.
    periods : sequence of str
        Names of the periods.
    gates : sequence of (period, name)
        Decisions at the end of a period, as diamonds below the bars.

    Raises
    ------
    DesignError
        When a column is missing, an effort unknown, or a bar or gate lies outside the periods.

    References
    ----------
    Gantt, H. L. (1919). Organizing for Work. Harcourt, Brace and Howe.
    """
    house.need_columns(frame, ("action", "owner", "start", "length", "effort"))
    unknown = sorted({str(effort) for effort in frame["effort"]} - set(EFFORTS))
    if unknown:
        raise DesignError(f"roadmap: effort = {unknown}: give one of {list(EFFORTS)}")
    start, length = (frame[name].to_numpy(dtype=float) for name in ("start", "length"))
    inside = (start >= 0) & (length >= 1) & (start + length <= len(periods))
    if not inside.all():
        row = frame[~inside].iloc[0]
        raise DesignError(
            f"roadmap: {row['action']!r} starts at {row['start']} and takes {row['length']}: give a "
            f"bar of 1 period or more within {len(periods)} periods"
        )
    if any(not 0 <= period < len(periods) for period, _ in gates):
        raise DesignError(
            f"roadmap: gates = {list(gates)}: give periods from 0 to {len(periods) - 1}"
        )
    names = [wrapped(str(name), _LETTERS) for name in frame["action"]]
    owners = [wrapped(str(owner), _LETTERS) for owner in frame["owner"]]
    labels = [
        say("{action}\n{owner}", action=name, owner=owner)
        for name, owner in zip(names, owners, strict=True)
    ]
    told = [(period, wrapped(name, _gate_letters(labels, periods))) for period, name in gates]
    n_rows = len(frame) + (1 if gates else 0)
    n_lines = max(_n_lines(text) for text in (*labels, *(name for _, name in told)))
    figure, axes = house.new_figure(0.6 + (0.09 + _LINE * n_lines) * n_rows)
    places = np.arange(len(frame))
    for place, row in enumerate(frame.to_dict("records")):
        effort = str(row["effort"])
        axes.barh(place, row["length"], left=row["start"], height=0.58, color=EFFORTS[effort])
        axes.text(
            row["start"] + row["length"] / 2,
            place,
            say("{effort} effort", effort=say_as("effort", effort)),
            ha="center",
            va="center",
            fontsize=house.LEAST_FONT,
            color=house.INK if effort == "low" else "white",
        )
    for period, name in told:
        axes.scatter(period + 1, len(frame), marker="D", s=34, color=house.ALERT, zorder=3)
        axes.annotate(
            name,
            (period + 1, len(frame)),
            xytext=(-7, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=8,
        )
    for edge in range(len(periods) + 1):
        axes.axvline(edge, color=house.FAINT, lw=0.8, zorder=0)
    axes.set_yticks(places, labels)
    axes.set_xticks(np.arange(len(periods)) + 0.5, list(periods))
    axes.xaxis.tick_top()
    axes.set(xlim=(0, len(periods)), ylim=(n_rows - 0.45, -0.55))
    axes.tick_params(length=0, labelcolor=house.INK)
    axes.tick_params(axis="y", labelsize=8)
    axes.spines[:].set_visible(False)
    return figure


def _n_lines(text: str) -> int:
    """Lines of a text in the longer of the languages."""
    return max(one.count("\n") + 1 for one in (text, in_language(text, "zh") or text))


def _gate_letters(labels: Sequence[str], periods: Sequence[str]) -> int:
    """Letters of a line of the name of a gate, which stands within one period."""
    names = max(text_width(label, 8.0) for label in labels)
    room = (house.FULL_WIDTH * 72 - names - 16.0) / len(periods)
    return max(int((room - 18.0) / 4.2), 6)


def roadmap_title(frame: pd.DataFrame, *, periods: Sequence[str]) -> str:
    """Message of a roadmap: how much of it begins at once.

    Parameters
    ----------
    frame : DataFrame
        start, one row per action.
    periods : sequence of str
        Names of the periods.
    """
    return say(
        "{n} of {total} actions start in {period}",
        n=int((frame["start"] == 0).sum()),
        total=len(frame),
        period=periods[0],
    )
