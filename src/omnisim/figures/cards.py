"""Cards of key numbers: the number large, its range and base small below it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from omnisim.errors import DesignError
from omnisim.figures import house
from omnisim.figures.labels import text_width, wrapped
from omnisim.language import say
from omnisim.results import Estimate, format_number, format_range

STATES = {  # a sign with each colour: never told by colour alone
    "good": ("▲", house.ACCENT),
    "bad": ("▼", house.ALERT),
    "open": ("●", house.GOLD),
    "": ("", house.INK),
}
MOST = 8  # more are a table
_PER_ROW = 4
_LARGEST = 17.0  # points, of the number
_LETTER = 4.2  # points, width of a letter of the small type
_LINE = 0.155  # inches, height of its line
_GAP = 26.0  # points between two cards
_PAD = 0.06  # of the width of a card


@house.in_house_style
def kpi_cards(frame: pd.DataFrame) -> Figure:
    """Up to eight numbers as cards, four in a row.

    Parameters
    ----------
    frame : DataFrame
        label, value (as it is to be read), detail (range and base; may be empty), state (``good``,
        ``bad``, ``open`` or empty: a sign in the corner).

    Raises
    ------
    DesignError
        When a column is missing, there are more than eight cards, a number is empty, or a state is
        unknown.

    References
    ----------
    Few, S. (2013). Information Dashboard Design, 2nd ed., Analytics Press: numbers with context.
    """
    house.need_columns(frame, ("label", "value", "detail", "state"))
    if len(frame) > MOST:
        raise DesignError(f"kpi_cards: {len(frame)} cards: give at most {MOST}, or draw a table")
    unknown = sorted({str(state) for state in frame["state"]} - set(STATES))
    if unknown:
        raise DesignError(f"kpi_cards: state = {unknown}: give one of {list(STATES)}")
    if not all(isinstance(text, str) and text for text in frame["value"]):
        raise DesignError("kpi_cards: a card without number: give value as a text")
    n_columns = min(len(frame), _PER_ROW)
    n_rows = -(-len(frame) // n_columns)
    width = (house.FULL_WIDTH * 72 / n_columns - _GAP) * (1 - 1.5 * _PAD)
    size = min(
        _LARGEST, *(_LARGEST * width / text_width(text, _LARGEST) for text in frame["value"])
    )
    texts = {
        name: [wrapped(str(text), int(width / _LETTER)) for text in frame[name]]
        for name in ("label", "detail")
    }
    above, below = (max(text.count("\n") + 1 for text in part) * _LINE for part in texts.values())
    height = above + below + 0.64
    middle = (below + 0.29) / height  # of the number, between name and detail
    figure = house.ShownFigure(figsize=(house.FULL_WIDTH, height * n_rows))
    cards = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for axes, row in zip(cards, frame.assign(**texts).to_dict("records"), strict=False):
        _card(axes, row, size, middle)
    for axes in cards[len(frame) :]:
        axes.set_axis_off()
    return figure


def card_rows(estimates: Sequence[Estimate], *, is_judged: bool = True) -> pd.DataFrame:
    """Estimates as rows of :func:`kpi_cards`, each with its interval.

    Parameters
    ----------
    estimates : sequence of Estimate
        In the order wanted.
    is_judged : bool
        Whether the sign counts, as for effects: ``good`` where the whole interval lies above zero,
        ``bad`` where below, ``open`` where it holds zero. Otherwise no card has a sign.

    Returns
    -------
    DataFrame
        label, value, detail, state.
    """
    rows = []
    for item in estimates:
        state = ""
        detail = say("no sampling interval")
        if item.ci_low is not None and item.ci_high is not None:
            unit = "share" if item.unit == "share" else item.unit.partition("/")[0]
            detail = say(
                "{level} interval {reach}",
                level=f"{item.ci_level:.0%}",
                reach=format_range(item.ci_low, item.ci_high, unit),
            )
            if is_judged:
                state = "good" if item.ci_low > 0 else "bad" if item.ci_high < 0 else "open"
        value = format_number(item.value, item.unit)
        rows.append((item.label, value, detail, state))
    return pd.DataFrame(rows, columns=["label", "value", "detail", "state"])


def _card(axes: Axes, row: dict[Hashable, Any], size: float, middle: float) -> None:
    """One card in axes of their own, from the top: name, number, detail."""
    sign, colour = STATES[str(row["state"])]
    axes.set(xlim=(0, 1), ylim=(0, 1), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    axes.add_patch(Rectangle((0, 0), 1, 1, color=house.SEQUENTIAL[0], lw=0, zorder=0))
    axes.add_patch(Rectangle((0, 0), 0.016, 1, color=colour, lw=0, zorder=1))
    for text, height, points, shade, level in (
        (row["label"], 0.94, 8.0, house.MUTED, "top"),
        (row["value"], middle, size, house.INK, "center"),
        (row["detail"], 0.06, house.LEAST_FONT, house.MUTED, "bottom"),
    ):
        axes.text(_PAD, height, str(text), fontsize=points, color=shade, va=level, linespacing=1.15)
    if sign:
        axes.text(0.97, 0.93, sign, fontsize=9, color=colour, ha="right", va="top")
