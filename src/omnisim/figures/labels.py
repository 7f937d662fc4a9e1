"""Names of stores on maps, short amounts, and words broken into lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from numpy.typing import ArrayLike

from omnisim.figures import house
from omnisim.figures.placing import Form, named, note, place
from omnisim.language import chinese_short, in_language, remember, say

_N_NAMED = 3
_LEGEND_SIZE = 8.5  # points
_LEGEND_LETTERS = 60  # of a line of a legend
_LEGEND_MARK = 36.0  # points of a mark in a legend and of the space around it
_GRID_WIDTH = 280.0  # points that the columns of a grid have beside the names of its rows, at least
_UNBROKEN = re.compile(r"（[^）]{1,4}）|[\x21-\u024f\u2010-\u2212]+[万亿]?(?:美元|欧元|元)?|.")
_DISC = {
    "boxstyle": "circle,pad=0.2",
    "facecolor": "white",
    "edgecolor": house.INK,
    "linewidth": 0.6,
}
_FIRST_CHINESE = 0x2E80  # code points from here on are as wide as high


def store_labels(stores: pd.DataFrame) -> list[str]:
    """Names of stores that the fonts can draw; by their number otherwise."""
    numbers = stores["location_id"] if "location_id" in stores else range(1, len(stores) + 1)
    return [
        house.readable(str(name), f"Store {number}")
        for name, number in zip(stores["location_name"], numbers, strict=True)
    ]


def name_largest(
    figure: house.ShownFigure,
    axes: Axes,
    stores: pd.DataFrame,
    *,
    sizes: ArrayLike,
    value: str = "catchment_sales",
    n_named: int = _N_NAMED,
) -> None:
    """Name the largest stores beside their marks, or in a key below where there is no room.

    The label of the horizontal axis says how many are named when not all are.

    Parameters
    ----------
    figure, axes : ShownFigure, Axes
        Places are looked for at every drawing, after the layout.
    stores : DataFrame
        location_name, latitude, longitude and the column `value`, the largest first.
    sizes : array-like
        Area of each mark [square points], in the order of `stores`.
    value : str
        Column whose value stands below the name.
    n_named : int
        Stores to name at most.
    """
    spots = stores[["longitude", "latitude"]].to_numpy(dtype=float)
    radius = np.sqrt(np.broadcast_to(np.asarray(sizes, dtype=float), len(stores))) / 2
    amounts = stores[value].to_numpy(dtype=float)
    points = []
    style: dict[str, Any] = {"fontsize": house.LEAST_FONT, "linespacing": 1.05, "zorder": 5}
    for k, name in enumerate(store_labels(stores.head(n_named))):
        x, y = float(spots[k, 0]), float(spots[k, 1])
        words = note(axes, f"{name}\n{short_money(amounts[k])}", x, y, **style)
        number = note(axes, str(k + 1), x, y, bbox=_DISC, **style)
        forms = (Form(words), Form(number, margin=3.0, reach=60.0, is_central=True))
        points.append(named(axes, x, y, radius=float(radius[k]), forms=forms))
    if len(stores) > n_named:
        told = say("named: the {n} largest", n=n_named)
        axis = axes.get_xlabel()
        axes.set_xlabel(say("{axis}; {told}", axis=axis, told=told) if axis else told)
    first_form = [0] * len(points)
    limits = axes.get_xlim(), axes.get_ylim()

    def place_names(renderer: RendererBase, attempt: int) -> bool:
        label = axes.xaxis.label
        before = label.get_text()
        axis = before.partition("\n")[0]
        if attempt < 0:  # without the key of the last drawing
            first_form[:] = [0] * len(points)
            label.set_text(axis)
            axes.set_xlim(limits[0], auto=None)  # equal scales have stretched them
            axes.set_ylim(limits[1], auto=None)
            return False
        middles = axes.transData.transform(spots)
        marks = np.column_stack([middles, radius * house.pixels(renderer, 1.0)])
        first_form[:] = place(axes, points, renderer, marks=marks, first_form=first_form)
        keyed = [
            f"{k}  " + "  ".join(point.forms[0].words.get_text().split("\n"))
            for k, (point, form) in enumerate(zip(points, first_form, strict=True), start=1)
            if form
        ]
        label.set_text("\n".join([axis, *keyed]))
        return label.get_text() != before

    figure.place(place_names)


def short_money(amount: float) -> str:
    """Short amount for an axis or a mark: ``1.2k``, ``3M``; the currency stands in a label.

    Examples
    --------
    >>> short_money(1234.0), short_money(-3e6), short_money(999_600.0)
    ('1.23k', '−3M', '1M')
    """
    size = float(f"{abs(amount):.3g}")  # 999,600 is 1M, not 1,000k
    sign = "−" if amount < 0 else ""
    for scale, mark in ((1e9, "bn"), (1e6, "M"), (1e3, "k")):
        if size >= scale:
            return remember(f"{sign}{size / scale:.3g}{mark}", zh=chinese_short(amount))
    return f"{sign}{size:.3g}"


def text_width(text: str, size: float) -> float:
    """Width of the longest line in the wider of the languages [points].

    Examples
    --------
    >>> text_width("", 8.0)
    0.0
    >>> text_width("two\\nlines", 8.0) < text_width("two lines", 8.0)
    True
    """
    spellings = (text, (in_language(text, "zh") or "") if house.can_write("zh") else "")
    lines = [line for one in spellings for line in one.split("\n") if line]
    letters = FontProperties(size=size)
    widths = (
        text_to_path.get_text_width_height_descent(line, letters, ismath=False)[0] for line in lines
    )
    return float(max(widths, default=0.0))


def legend_below(
    figure: Figure,
    *,
    handles: Sequence[Artist] | None = None,
    most: int = 4,
    title: str | None = None,
) -> None:
    """A legend below all panels, in as many columns as fit the page, long names on several lines.

    Parameters
    ----------
    figure : Figure
        Its labelled artists are listed when no `handles` are given.
    handles : sequence of Artist, optional
        What to list, with their labels.
    most : int
        Columns at most.
    title : str, optional
        What stands above the names.
    """
    if handles is None:
        found = [axes.get_legend_handles_labels() for axes in figure.axes]
        pairs = [pair for both in found for pair in zip(*both, strict=True)]
    else:
        pairs = [(handle, str(handle.get_label())) for handle in handles]
    names = [wrapped(name, _LEGEND_LETTERS) for _, name in pairs]
    widest = max((text_width(name, _LEGEND_SIZE) for name in names), default=0.0) + _LEGEND_MARK
    fits = int(figure.get_figwidth() * 72 / widest)
    figure.legend(
        handles=[handle for handle, _ in pairs],
        labels=names,
        loc="outside lower center",
        ncols=max(min(most, fits), 1),
        columnspacing=1.2,
        fontsize=_LEGEND_SIZE,
        title=title,
    )


def name_columns(axes: Axes, names: Sequence[str], *, size: float = 8.0) -> None:
    """Names of the columns of a grid above it, askew where one is wider than its column."""
    axes.set_xticks(np.arange(len(names)) + 0.5, list(names))
    axes.xaxis.tick_top()
    axes.tick_params(axis="x", labelsize=size)
    widest = max((text_width(str(name), size) for name in names), default=0.0) + 4.0
    if widest * len(names) > _GRID_WIDTH:
        axes.tick_params(axis="x", labelrotation=50)
        for tick in axes.get_xticklabels():
            tick.set_horizontalalignment("left")
            tick.set_rotation_mode("anchor")


def wrapped(text: str, width: int) -> str:
    """A text on lines of at most `width` letters; a Chinese character is as wide as two.

    Examples
    --------
    >>> wrapped("Stock-out in store or online", 16)
    'Stock-out in\\nstore or online'
    """
    english, chinese = fill(text, width), in_language(text, "zh")
    return english if chinese is None else remember(english, zh=_wrapped_chinese(chinese, width))


def _wrapped_chinese(text: str, width: int) -> str:
    """Lines broken between characters, but not inside a word, between a number and
    its unit or before a full stop.

    Examples
    --------
    >>> _wrapped_chinese("95%区间6.03万至40.3万美元", 12).splitlines()
    ['95%区间', '6.03万至', '40.3万美元']
    """
    lines, used = [""], 0
    for part in _UNBROKEN.findall(text):
        wide = sum(2 if ord(sign) > _FIRST_CHINESE else 1 for sign in part)
        if used and used + wide > width and part not in "，。；：、）”":
            lines.append("")
            used = 0
        lines[-1] += part
        used += wide
    return "\n".join(line.strip() for line in lines)
