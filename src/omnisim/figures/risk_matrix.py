"""Parts of the risk matrix: its grounds, its steps, its numbered risks and their key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.patches import Patch
from matplotlib.text import Annotation
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter
from matplotlib.transforms import Bbox

from omnisim.figures import house
from omnisim.figures.labels import wrapped
from omnisim.figures.placing import Form, Named, named, note, place, spread
from omnisim.language import in_language, join_texts, remember, say, say_as

LEVELS = ("low", "medium", "high", "very_high")
_GROUND = 0.62  # opacity of the levels
_KEY_LETTERS = 26  # of a line of the key
_KEY_LINE = 8 * 1.46 / 72  # inches, height of a line of the key
_HEIGHT = 4.3  # inches of the figure; more where the key needs it
_ABOVE, _BESIDE = 3.0, 4.0  # points between the panel and the names of the steps
_DISC = {
    "boxstyle": "circle,pad=0.22",
    "facecolor": house.INK,
    "edgecolor": "white",
    "linewidth": 0.8,
}


def matrix_panels(lines: Sequence[str]) -> tuple[house.ShownFigure, tuple[Axes, Axes]]:
    """The matrix and beside it the key, high enough for its lines in either language."""
    n_lines = max(
        sum((in_language(line, lang) or line).count("\n") + 1 for line in lines)
        for lang in ("en", "zh")
    )
    height = max(_HEIGHT, n_lines * _KEY_LINE + 0.7)
    figure = house.ShownFigure(figsize=(house.FULL_WIDTH, height))
    axes, key = figure.subplots(1, 2, width_ratios=[1, 0.5])
    key.set_axis_off()
    handles = [
        Patch(
            facecolor=house.RISK_LEVELS[level],
            alpha=_GROUND,
            label=say_as("level", level.replace("_", " ").capitalize()),
        )
        for level in LEVELS
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure, (axes, key)


def outer_edges(edges: Sequence[float], low: float, high: float) -> list[float]:
    """Inner edges with an outer step as wide as its neighbour, or wider where a point needs it."""
    first = min(edges[0] * edges[0] / edges[1], low / 2)
    last = max(edges[-1] * edges[-1] / edges[-2], high * 2)
    return [first, *edges, last]


def paint_levels(
    axes: Axes, x: tuple[float, float], y: tuple[float, float], level_edges: Sequence[float]
) -> None:
    """Bands of equal level: rate x severity = edge is a straight line on two log scales."""
    span = np.geomspace(*x, 200)
    bounds = [y[0] * x[0] / 10, *level_edges, y[1] * x[1] * 10]
    for level, low, high in zip(LEVELS, bounds[:-1], bounds[1:], strict=True):
        axes.fill_between(
            span,
            np.clip(low / span, *y),
            np.clip(high / span, *y),
            color=house.RISK_LEVELS[level],
            alpha=_GROUND,
            linewidth=0,
            zorder=0,
        )


def key_lines(points: pd.DataFrame) -> list[str]:
    """Each risk in the key: its place by loss, its name and its level; an arrow where it was raised."""
    lines = []
    for place_, row in enumerate(points.to_dict("records"), start=1):
        level = level_word(str(row["level"]))
        level = say("{level} ↑", level=level) if row.get("is_raised") else level
        told = say("{risk} ({level})", risk=str(row["risk"]), level=level)
        lines.append(_hanging(f"{place_}", wrapped(told, _KEY_LETTERS)))
    return lines


def _hanging(number: str, text: str) -> str:
    """A number before the first line of a text, the other lines below the words."""
    english, chinese = (
        f"{number:<4}" + one.replace("\n", "\n" + " " * 5)
        for one in (text, in_language(text, "zh") or text)
    )
    return remember(english, zh=chinese)


def write_key(key: Axes, lines: Sequence[str]) -> None:
    """The key from the top of its panel, whose width it does not change."""
    key.annotate(
        join_texts(lines, by="\n", zh="\n"),
        (0, 1),
        xycoords="axes fraction",
        xytext=(6, 0),
        textcoords="offset points",
        va="top",
        fontsize=8,
        linespacing=1.2,
    ).set_in_layout(False)


def step_axis(
    axes: Axes,
    which: Literal["x", "y"],
    edges: Sequence[float],
    write: Callable[[float], str],
) -> None:
    """Ticks on the real edges of the steps."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(FixedLocator(list(edges)))
    axis.set_major_formatter(FuncFormatter(lambda v, _: write(v)))
    axis.set_minor_locator(FixedLocator([]))
    axis.set_minor_formatter(NullFormatter())
    axes.tick_params(axis=which, which="both", length=0)


def name_steps(
    axes: Axes, which: Literal["x", "y"], outer: Sequence[float], labels: Sequence[str]
) -> list[Annotation]:
    """The name of each step beyond the far side of the panel, in the middle of its step."""
    return [
        axes.annotate(
            name,
            (middle, 1.0) if which == "x" else (1.0, middle),
            xycoords=("data", "axes fraction") if which == "x" else ("axes fraction", "data"),
            xytext=(0, _ABOVE) if which == "x" else (_BESIDE, 0),
            textcoords="offset points",
            ha="center" if which == "x" else "left",
            va="bottom" if which == "x" else "center",
            fontsize=8,
            color=house.MUTED,
        )
        for name, middle in zip(
            labels, (float(np.sqrt(a * b)) for a, b in pairwise(outer)), strict=True
        )
    ]


@dataclass(frozen=True, slots=True)
class Count:
    """A number in a corner of its cell, whose ends are in data coordinates."""

    words: Annotation
    x: tuple[float, float]
    y: tuple[float, float]


def count_cells(
    axes: Axes, cells: pd.DataFrame, x: Sequence[float], y: Sequence[float]
) -> list[Count]:
    """Expected number of risks in each cell that holds any."""
    values = cells.to_numpy(dtype=float)[::-1]
    made = []
    for row, column in np.argwhere(values >= 0.005):
        words = axes.annotate(
            f"{values[row, column]:.2f}",
            (x[column], y[row + 1]),
            xytext=(0, 0),
            textcoords="offset points",
            fontsize=house.LEAST_FONT,
            color=house.INK,
        )
        words.set_in_layout(False)
        made.append(Count(words, (x[column], x[column + 1]), (y[row], y[row + 1])))
    return made


def place_matrix_words(
    figure: house.ShownFigure,
    axes: Axes,
    points: pd.DataFrame,
    *,
    names: tuple[list[Annotation], list[Annotation]],
    counts: list[Count],
) -> None:
    """Number the risks on their points, or beside where several lie close; keep all words apart."""
    risks = [
        _numbered(axes, place_, float(row["rate"]), float(row["severity"]))
        for place_, row in enumerate(points.to_dict("records"), start=1)
    ]
    spots = points[["rate", "severity"]].to_numpy(dtype=float)
    axes.scatter(spots[:, 0], spots[:, 1], s=9, color=house.INK, zorder=4)

    def place_words(renderer: RendererBase, attempt: int) -> bool:
        if attempt < 0:
            for above, beside in zip(*names, strict=True):
                above.set_position((0, _ABOVE))
                beside.set_position((_BESIDE, 0))
            return False
        moved = _stagger(names[0], renderer)
        _part(names[1], axes, renderer)
        lines = _lines(axes, points, house.pixels(renderer, 8.0))
        boxes = [_into_a_corner(count, lines, renderer) for count in counts]
        place(axes, risks, renderer, words=boxes)
        return moved

    figure.place(place_words)


def level_word(name: str) -> str:
    """A level inside a text: ``very high``."""
    return say_as("level", name.replace("_", " "))


def _numbered(axes: Axes, number: int, x: float, y: float) -> Named:
    """A risk as its number on a disc."""
    words = note(
        axes, str(number), x, y, fontsize=8, fontweight="bold", color="white", bbox=_DISC, zorder=5
    )
    return named(
        axes, x, y, radius=1.5, forms=[Form(words, margin=3.0, reach=70.0, is_central=True)]
    )


def _lines(axes: Axes, points: pd.DataFrame, radius: float) -> list[Bbox]:
    """What the risks cover: their discs and the lines through them [pixels]."""
    boxes = []
    for row in points.to_dict("records"):
        (x0, y0), (x, y), (x1, y1) = axes.transData.transform(
            [
                (row["rate_low"], row["severity_low"]),
                (row["rate"], row["severity"]),
                (row["rate_high"], row["severity_high"]),
            ]
        )
        boxes += [
            Bbox.from_extents(x - radius, y - radius, x + radius, y + radius),
            Bbox.from_extents(x0, y - 1, x1, y + 1),
            Bbox.from_extents(x - 1, y0, x + 1, y1),
        ]
    return boxes


def _into_a_corner(count: Count, lines: list[Bbox], renderer: RendererBase) -> Bbox:
    """Put a count into the first corner of its cell that is free, the upper left where none is."""
    first: Bbox | None = None
    for right, up in ((0, 1), (1, 1), (0, 0), (1, 0)):
        count.words.xy = (count.x[right], count.y[up])
        count.words.set_position((-3 if right else 3, -3 if up else 3))
        count.words.set(ha="right" if right else "left", va="top" if up else "bottom")
        box = count.words.get_window_extent(renderer)
        if not any(box.overlaps(line) for line in lines):
            return box
        first = first or box
    count.words.xy = (count.x[0], count.y[1])
    count.words.set_position((3, -3))
    count.words.set(ha="left", va="top")
    assert first is not None
    return first


def _stagger(names: list[Annotation], renderer: RendererBase) -> bool:
    """Raise a name above its neighbours where they would touch; whether any moved."""
    ends: list[float] = []  # right end of what stands on each level so far
    moved = False
    for name in names:
        box = name.get_window_extent(renderer)
        gap = 3 * house.pixels(renderer, 1.0)
        level = next((k for k, end in enumerate(ends) if end <= box.x0), len(ends))
        ends[level : level + 1] = [box.x1 + gap]
        height = _ABOVE + 11.0 * level
        moved |= name.get_position()[1] != height
        name.set_position((0, height))
    return moved


def _part(names: list[Annotation], axes: Axes, renderer: RendererBase) -> None:
    """Move names of steps up or down where two would touch."""
    scale = house.pixels(renderer, 1.0)
    wanted = np.array([axes.transData.transform((axes.get_xlim()[0], n.xy[1]))[1] for n in names])
    heights = np.array([n.get_window_extent(renderer).height for n in names])
    frame: Bbox = axes.get_window_extent(renderer)
    for name, at, middle in zip(
        names, wanted, spread(wanted, heights, frame.y0, frame.y1), strict=True
    ):
        name.set_position((_BESIDE, (middle - at) / scale))
