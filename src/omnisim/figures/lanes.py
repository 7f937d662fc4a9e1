"""Bars of what went on when, lane by lane, with the name wholly in or wholly beside each bar."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from omnisim.figures import house
from omnisim.figures.labels import text_width

_WIDTH = (
    4.5  # inches of a full-width figure that the bars have beside the names of the lanes, at least
)
_ROW = 0.19  # inches of height per row of bars
_PAD = 3.0  # points between a bar's edge and its name


@dataclass(frozen=True, slots=True)
class Bar:
    """One span on its row; times in days since 1970, `end` not included."""

    row: int
    start: float
    end: float
    label: str
    label_at: float
    is_right_aligned: bool
    colour: str


@dataclass(frozen=True, slots=True)
class Lanes:
    """Bars with their rows: the first lane on top, rows counted downwards."""

    bars: tuple[Bar, ...]
    names: tuple[tuple[str, float], ...]  # name of a lane, its middle row
    n_rows: int

    @property
    def height(self) -> float:
        """Height they need [inches]."""
        return _ROW * max(self.n_rows, 1)


def lay_out(spans: pd.DataFrame, *, first: pd.Timestamp, last: pd.Timestamp) -> Lanes:
    """Give each span a row of its lane on which neither bar nor name meets another.

    A name stands in its bar where it fits in every language, else behind the bar, else before it.

    Parameters
    ----------
    spans : DataFrame
        lane, label, started_date, ended_date (included), colour; lanes in the order wanted.
    first, last : Timestamp
        First and last day of the axis.
    """
    low, high = _day(first), _day(last) + 1
    per_point = (high - low) / (_WIDTH * 72)
    bars: list[Bar] = []
    names: list[tuple[str, float]] = []
    n_rows = 0
    for lane in dict.fromkeys(spans["lane"]):
        free: list[float] = []  # end of what stands on each row so far
        for row in spans[spans["lane"] == lane].sort_values("started_date").to_dict("records"):
            start, end = max(_day(row["started_date"]), low), min(_day(row["ended_date"]) + 1, high)
            if end <= start:
                continue
            needed = (text_width(str(row["label"]), house.LEAST_FONT) + 2 * _PAD) * per_point
            ways = _ways(start, end, needed, low, high)
            place, way = next(
                ((k, w) for k, taken in enumerate(free) for w in ways if taken <= w[0]),
                (len(free), ways[0]),
            )
            _left, right, at, is_right_aligned = way
            free[place : place + 1] = [right]
            shift = -_PAD if is_right_aligned else _PAD
            bars.append(
                Bar(
                    n_rows + place,
                    start,
                    end,
                    str(row["label"]),
                    at + shift * per_point,
                    is_right_aligned,
                    str(row["colour"]),
                )
            )
        if free:
            names.append((str(lane), n_rows + (len(free) - 1) / 2))
            n_rows += len(free)
    return Lanes(tuple(bars), tuple(names), n_rows)


def _ways(
    start: float, end: float, needed: float, low: float, high: float
) -> list[tuple[float, float, float, bool]]:
    """Ways to name a bar, the best first: both ends of bar and name, where the name begins or ends."""
    if end - start >= needed:
        return [(start, end, start, False)]
    ways = []
    if end + needed <= high:
        ways.append((start, end + needed, end, False))
    if start - needed >= low:
        ways.append((start - needed, end, start, True))
    # A name with no room on either side runs over its own bar.
    return ways or [(min(start, high - needed), max(end, high), high, True)]


def draw_lanes(axes: Axes, lanes: Lanes, *, first: pd.Timestamp, last: pd.Timestamp) -> None:
    """Draw the bars on an axis of days since 1970."""
    for bar in lanes.bars:
        axes.add_patch(
            Rectangle(
                (bar.start, bar.row - 0.42),
                bar.end - bar.start,
                0.84,
                facecolor=bar.colour,
                alpha=0.42,
                linewidth=0,
            )
        )
        axes.text(
            bar.label_at,
            bar.row,
            bar.label,
            ha="right" if bar.is_right_aligned else "left",
            va="center_baseline",
            fontsize=house.LEAST_FONT,
            zorder=3,
        )
    axes.set_xlim(_day(first), _day(last) + 1)
    axes.set_ylim(max(lanes.n_rows, 1) - 0.4, -0.6)
    axes.set_yticks([middle for _, middle in lanes.names], [name for name, _ in lanes.names])
    axes.tick_params(length=0)
    axes.tick_params(axis="y", labelcolor=house.INK)
    for side in axes.spines.values():
        side.set_visible(False)


def month_ticks(axes: Axes, first: pd.Timestamp, last: pd.Timestamp) -> None:
    """Months along an axis of days since 1970; the year beside January and the first."""
    starts = pd.date_range(first, last, freq="MS")
    step = max(1, round(len(starts) / 14))
    shown = starts[::step]
    years = [k == 0 or day.month <= step for k, day in enumerate(shown)]
    axes.set_xticks(
        [_day(day) for day in shown],
        [f"{d:%b}\n{d:%Y}" if y else f"{d:%b}" for d, y in zip(shown, years, strict=True)],
    )


def _day(date: object) -> float:
    return float((pd.Timestamp(str(date)) - pd.Timestamp(1970, 1, 1)).days)
