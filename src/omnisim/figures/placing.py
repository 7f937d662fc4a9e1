"""Words beside points: the first free place around each, a thin line where it had to move away.

Places are found whenever the figure is drawn, after its layout, because words are wider or narrower in
another language. What finds no room for its words is marked by a number, and the words join a key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backend_bases import RendererBase
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike, NDArray

from omnisim.figures import house

FloatArray = NDArray[np.float64]
_STEP = 6.0  # points from one ring of places to the next
_GAP = 2.0  # points between a mark and the words beside it
_WAYS = np.array(  # below, above, beside, then askew, then in between
    [(0, -1), (0, 1), (1, 0), (-1, 0), (1, -1), (-1, -1), (1, 1), (-1, 1), (0.5, -1), (-0.5, -1),
     (1, -0.5), (-1, -0.5), (1, 0.5), (-1, 0.5), (0.5, 1), (-0.5, 1)]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Form:
    """One way to label a point.

    Attributes
    ----------
    words : Annotation
        Written at an offset in points from the point.
    margin : float
        Points that stay free around its letters, or that its ground reaches beyond them.
    reach : float
        Points it may be away from the mark.
    is_central : bool
        Whether it may stand on the point itself.
    """

    words: Annotation
    margin: float = 1.0
    reach: float = 24.0
    is_central: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """A point with its labels, the best one first; the last one is placed in any case.

    Attributes
    ----------
    x, y : float
        The point, in data coordinates.
    radius : float
        Of its mark [points].
    forms : tuple of Form
        Tried in this order.
    line : Annotation
        Leads from the label to the point where they are apart.
    """

    x: float
    y: float
    radius: float
    forms: tuple[Form, ...]
    line: Annotation


def note(axes: Axes, text: str, x: float, y: float, **style: Any) -> Annotation:
    """Words of a point that will be placed: on it, until there is a layout."""
    return axes.annotate(
        text,
        (x, y),
        xytext=(0, 0),
        textcoords="offset points",
        ha="center",
        va="center",
        **style,
    )


def named(axes: Axes, x: float, y: float, *, radius: float, forms: Sequence[Form]) -> Named:
    """A point with its labels and the line to them, none of them part of the layout."""
    line = axes.annotate(
        "",
        (x, y),
        xytext=(0, 0),
        textcoords="offset points",
        arrowprops={
            "arrowstyle": "-",
            "color": house.MUTED,
            "lw": 0.7,
            "shrinkA": 0,
            "shrinkB": radius,
        },
        zorder=3.5,
    )
    for artist in (line, *(form.words for form in forms)):
        artist.set_in_layout(False)
    return Named(x, y, radius, tuple(forms), line)


def place(
    axes: Axes,
    points: Sequence[Named],
    renderer: RendererBase,
    *,
    marks: ArrayLike = (),
    words: Sequence[Bbox] = (),
    first_form: Sequence[int] | None = None,
) -> list[int]:
    """Put every label where it covers no mark, no words and not the edge of its panel.

    Parameters
    ----------
    axes : Axes
        Laid out.
    points : sequence of Named
        The most important first.
    marks : array-like, shape (n_marks, 3)
        Middle and radius of every mark [pixels]; a point's own is no obstacle to its label.
    words : sequence of Bbox
        Other words of the panel [pixels], kept free even where all places are taken.
    first_form : sequence of int, optional
        For each point the first form to try, so that a key, once written, does not shrink again.

    Returns
    -------
    list of int
        For each point the form used, counted from 0.
    """
    scale = house.pixels(renderer, 1.0)
    frame = axes.get_window_extent(renderer)
    spots = axes.transData.transform([(point.x, point.y) for point in points])
    taken = [_pixels(box) for box in words]
    discs = np.asarray(marks, dtype=float).reshape(-1, 3)
    used = []
    for point, spot, first in zip(points, spots, first_form or [0] * len(points), strict=True):
        here, chosen = _choose(point, first, spot, scale, frame, taken, discs, renderer)
        for k, form in enumerate(point.forms):
            form.words.set_visible(k == chosen)
        taken.append(here)
        _write(point, point.forms[chosen], spot, here, scale)
        used.append(chosen)
    return used


def spread(middles: FloatArray, heights: FloatArray, low: float, high: float) -> FloatArray:
    """Middles moved as little as needed so that boxes of these heights do not overlap.

    Parameters
    ----------
    middles, heights : array, shape (n,)
        Where each box wants to be, from the lowest up, and how high it is.
    low, high : float
        Ends of the room. When it is too small the boxes start at `low` and overrun `high`.

    Examples
    --------
    >>> spread(np.array([1.0, 1.0, 9.0]), np.array([2.0, 2.0, 2.0]), 0.0, 10.0)
    array([1., 3., 9.])
    """
    starts = np.cumsum(heights) - heights  # each box stacked on the ones below
    wanted = middles - heights / 2 - starts
    blocks: list[list[float]] = []  # sum of what its boxes want, number of boxes
    for offset in wanted:
        blocks.append([float(offset), 1.0])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            total, count = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += count
    offsets = np.repeat([t / n for t, n in blocks], [int(n) for _, n in blocks])
    room = max(high - float(heights.sum()), low)
    return np.asarray(np.clip(offsets, low, room) + starts + heights / 2)


def thin_ticks(figure: house.ShownFigure, axis: Axis) -> None:
    """Leave out, at every drawing, each label of the axis that would touch the one shown before it."""

    def thin(renderer: RendererBase, attempt: int) -> bool:
        if attempt < 0:
            for label in axis.get_ticklabels():
                label.set_visible(True)
            return False
        side = 0 if axis is axis.axes.xaxis else 1
        gap = 2 * house.pixels(renderer, 1.0)
        last: Bbox | None = None
        for label in sorted(axis.get_ticklabels(), key=lambda one: one.get_position()[side]):
            label.set_visible(True)
            box = label.get_window_extent(renderer)
            turned = np.sin(np.radians(label.get_rotation()))
            if last is not None and turned:  # parallel lines of text
                height = house.pixels(renderer, 1.25 * float(label.get_fontsize()))
                is_free = (box.x0 - last.x0) * turned >= height
            else:
                is_free = last is None or box.min[side] - last.max[side] >= gap
            label.set_visible(is_free)
            last = box if is_free else last
        return False

    figure.place(thin)


def _choose(
    point: Named,
    first: int,
    spot: FloatArray,
    scale: float,
    frame: Bbox,
    taken: list[FloatArray],
    discs: FloatArray,
    renderer: RendererBase,
) -> tuple[FloatArray, int]:
    """The first free box and its form; the one that covers least where none is free."""
    best: tuple[float, FloatArray, int] | None = None
    for k, form in enumerate(point.forms[first:], start=first):
        form.words.set_visible(True)
        size = np.array(form.words.get_window_extent(renderer).size) + 2 * form.margin * scale
        boxes = _boxes(form, point.radius * scale, spot, size, scale)
        inside = (boxes[:, :2] >= frame.min).all(axis=1) & (boxes[:, 2:] <= frame.max).all(axis=1)
        boxes = boxes[inside]
        others = discs[np.abs(discs[:, :2] - spot).max(axis=1, initial=0.0) >= 0.5]
        cost = 100 * _on_words(boxes, spot, taken) + _on_marks(boxes, spot, others)
        if len(boxes) and (free := np.flatnonzero(cost == 0)).size:
            return boxes[free[0]], k
        if len(boxes) and k == len(point.forms) - 1:
            least = int(np.argmin(cost))
            best = (float(cost[least]), boxes[least], k)
    if best is None:  # a panel smaller than the label
        return np.concatenate([spot - size / 2, spot + size / 2]), len(point.forms) - 1
    return best[1], best[2]


def _boxes(
    form: Form, radius: float, spot: FloatArray, size: FloatArray, scale: float
) -> FloatArray:
    """Places around a point as boxes, shape (n_places, 4), the nearest first."""
    middles = []
    for gap in np.arange(_GAP, form.reach, _STEP):
        away = radius + gap * scale
        middles.append(spot + _WAYS * (away + size / 2))
    middle = np.concatenate(middles)
    boxes = np.concatenate([middle - size / 2, middle + size / 2], axis=1)
    away = np.linalg.norm(_nearest(boxes, spot) - spot, axis=1)
    boxes = boxes[np.argsort(np.round(away / scale), kind="stable")]
    on_it = np.concatenate([spot - size / 2, spot + size / 2])[None]
    return np.concatenate([on_it, boxes]) if form.is_central else boxes


def _on_words(boxes: FloatArray, spot: FloatArray, words: list[FloatArray]) -> FloatArray:
    """Area of words that each box covers [square pixels], and tenths of its line across them."""
    cost = np.zeros(len(boxes))
    line = _line(boxes, spot)
    for other in words:
        sides = np.minimum(boxes[:, 2:], other[2:]) - np.maximum(boxes[:, :2], other[:2])
        cost += np.prod(np.maximum(sides, 0.0), axis=1)
        cost += ((line > other[:2]) & (line < other[2:])).all(axis=2).sum(axis=0)
    return cost


def _on_marks(boxes: FloatArray, spot: FloatArray, discs: FloatArray) -> FloatArray:
    """How far each box reaches into marks [pixels], and tenths of its line across them."""
    cost = np.zeros(len(boxes))
    line = _line(boxes, spot)
    for *middle, radius in discs:
        away = np.linalg.norm(_nearest(boxes, np.array(middle)) - middle, axis=1)
        cost += np.maximum(radius - away, 0.0)
        cost += (np.linalg.norm(line - middle, axis=2) < radius).sum(axis=0)
    return cost


def _line(boxes: FloatArray, spot: FloatArray) -> FloatArray:
    """Points along the line from each box to the point, shape (10, n_boxes, 2)."""
    ends = _nearest(boxes, spot)
    return np.stack([ends + part * (spot - ends) for part in np.linspace(0.0, 0.9, 10)])


def _nearest(boxes: FloatArray, spot: FloatArray) -> FloatArray:
    """The point of each box that is nearest to a spot, shape (n_boxes, 2)."""
    return np.clip(spot, boxes[:, :2], boxes[:, 2:])


def _write(point: Named, form: Form, spot: FloatArray, box: FloatArray, scale: float) -> None:
    """Move words and line to their place, in points from the point."""
    middle = (_middles(box[None])[0] - spot) / scale
    form.words.set_position(tuple(middle))
    end = (_nearest(box[None], spot)[0] - spot) / scale
    away = float(np.hypot(*end))
    point.line.set_visible(away > point.radius + _GAP + 1.0)
    point.line.set_position(tuple(end))


def _middles(boxes: FloatArray) -> FloatArray:
    return np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2)


def _pixels(box: Bbox) -> FloatArray:
    return np.array([box.x0, box.y0, box.x1, box.y1])
