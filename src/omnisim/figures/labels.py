"""Names beside marks: only where there is room, tied to their mark by a thin line."""

from __future__ import annotations

import re
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike

from omnisim.figures import house
from omnisim.language import chinese_short, in_language, remember

_N_NAMED = 3
_UNBROKEN = re.compile(r"[\x21-\u024f\u2010-\u2212]+[万亿]?(?:美元|欧元|元)?|.")
_FIRST_CHINESE = 0x2E80  # code points from here on are as wide as high
_REACH = (1.6, 2.6, 3.8)  # distances of a name from its mark, in radii plus a line of text
_DIRECTIONS = ((0, -1), (0, 1), (1, 0), (-1, 0), (1, -1), (-1, -1), (1, 1), (-1, 1))
_SIDES = {-1: "right", 0: "center", 1: "left"}
_LEVELS = {-1: "top", 0: "center", 1: "bottom"}
_LINE = 9.0  # points, height of a line of the smallest type


def store_labels(stores: pd.DataFrame) -> list[str]:
    """Names of stores that the fonts can draw; by their number otherwise."""
    numbers = stores["location_id"] if "location_id" in stores else range(1, len(stores) + 1)
    return [
        house.readable(str(name), f"Store {number}")
        for name, number in zip(stores["location_name"], numbers, strict=True)
    ]


def name_largest(
    figure: Figure,
    axes: Axes,
    stores: pd.DataFrame,
    *,
    sizes: ArrayLike,
    value: str = "catchment_sales",
    n_named: int = _N_NAMED,
) -> None:
    """Name the largest stores where the name covers no other mark and no other name.

    Parameters
    ----------
    figure, axes : Figure, Axes
        Complete but for the names: places are measured on the finished layout.
    stores : DataFrame
        location_name, latitude, longitude and the column `value`, the largest first.
    sizes : array-like
        Area of each mark [square points], in the order of `stores`.
    value : str
        Column whose value stands below the name.
    n_named : int
        Stores to name at most.
    """
    figure.draw_without_rendering()
    per_point = figure.dpi / 72
    spots = axes.transData.transform(stores[["longitude", "latitude"]].to_numpy(dtype=float))
    radius = np.sqrt(np.broadcast_to(np.asarray(sizes, dtype=float), len(stores))) / 2 * per_point
    taken = [
        Bbox.from_extents(x - r, y - r, x + r, y + r)
        for (x, y), r in zip(spots, radius, strict=True)
    ]
    frame = axes.get_window_extent()
    amounts = stores[value].to_numpy(dtype=float)
    for k, name in enumerate(store_labels(stores.head(n_named))):
        text = f"{name}\n{short_money(amounts[k])}"
        box = _place(axes, text, spots[k], radius[k] / per_point, taken, frame)
        if box is not None:
            taken.append(box)


def _place(
    axes: Axes,
    text: str,
    spot: np.ndarray,
    radius: float,
    taken: list[Bbox],
    frame: Bbox,
) -> Bbox | None:
    """Write `text` at the first free place around a mark; None when there is none."""
    x, y = (float(value) for value in axes.transData.inverted().transform(spot))
    for reach in _REACH:
        for right, up in _DIRECTIONS:
            away = radius + _LINE * (reach - 1)
            note = axes.annotate(
                text,
                (x, y),
                xytext=(right * away, up * away),
                textcoords="offset points",
                ha=_SIDES[right],
                va=_LEVELS[up],
                fontsize=house.LEAST_FONT,
                linespacing=1.05,
                zorder=5,
            )
            note.set_in_layout(False)
            box = Bbox(note.get_window_extent().padded(1.0))
            inside = frame.x0 <= box.x0 and box.x1 <= frame.x1
            inside = inside and frame.y0 <= box.y0 and box.y1 <= frame.y1
            if inside and not any(box.overlaps(other) for other in taken):
                axes.annotate(
                    "",
                    (x, y),
                    xytext=(right * away, up * away),
                    textcoords="offset points",
                    arrowprops={
                        "arrowstyle": "-",
                        "color": house.MUTED,
                        "lw": 0.7,
                        "shrinkA": 0,
                        "shrinkB": radius,
                    },
                ).set_in_layout(False)
                return box
            note.remove()
    return None


def short_money(amount: float) -> str:
    """Short amount for an axis or a mark: ``1.2k``, ``3M``; the currency stands in a label.

    Examples
    --------
    >>> short_money(1234.0), short_money(-3e6)
    ('1.23k', '−3M')
    """
    size = abs(amount)
    sign = "−" if amount < 0 else ""
    for scale, mark in ((1e9, "bn"), (1e6, "M"), (1e3, "k")):
        if size >= scale:
            return remember(f"{sign}{size / scale:.3g}{mark}", zh=chinese_short(amount))
    return f"{sign}{size:.3g}"


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
