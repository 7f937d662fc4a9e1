"""Which words of a chart touch each other, a mark or another panel, or leave the canvas.

The figure is drawn with Agg at the size and resolution at which it is saved, in the language asked for, and
every text that really is drawn is measured: tick labels in sight, notes, legends, titles, offsets.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from unittest.mock import patch

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from omnisim.figures.translated import drawn_in

DOTS_PER_INCH = 200  # of the saved pictures
# A box holds the whole height of a line, also where no letter reaches up or down, which is a fifth of
# its size at either end: boxes one point into each other still leave white between the ink.
TOLERANCE = 1.0  # points
EDGE = 1.0  # points to the edge: what a letter is wider at another resolution
MARK_TOLERANCE = 2.0  # points: the same, and the pale rim of a mark


@dataclass(frozen=True)
class Words:
    """A drawn text: the corners of its rectangle [points] in order, and the panel it belongs to."""

    text: str
    corners: np.ndarray
    panel: Axes | None

    @property
    def directions(self) -> np.ndarray:
        """Directions across its sides, shape (n_sides, 2)."""
        sides = self.corners[1:] - self.corners[:-1]
        across = np.stack([sides[:, 1], -sides[:, 0]], axis=1)
        return across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)


def crowded(figure: Figure, lang: str = "en") -> list[str]:
    """What is wrong with a picture, one sentence each; empty when it can be read."""
    with _drawn(figure, lang) as (words, renderer):
        size = np.asarray(figure.get_size_inches()) * 72
        return [
            *_on_each_other(words),
            *_off_canvas(words, size),
            *_on_marks(words, figure, renderer),
        ]


@contextmanager
def _drawn(figure: Figure, lang: str) -> Iterator[tuple[list[Words], RendererAgg]]:
    """The picture as it is saved: its texts in the order of drawing, and what measures them."""
    seen: dict[int, Text] = {}
    original = Text.draw

    def recording(self: Text, renderer: RendererAgg, *args: object, **kwargs: object) -> None:
        if self.get_visible() and self.get_text().strip():
            seen[id(self)] = self
        original(self, renderer, *args, **kwargs)

    before = figure.dpi
    figure.set_dpi(DOTS_PER_INCH)
    canvas = FigureCanvasAgg(figure)
    try:
        with drawn_in(figure, lang), patch.object(Text, "draw", recording):
            canvas.draw()
            renderer = canvas.get_renderer()
            yield (
                [Words(t.get_text(), _corners(t, renderer), t.axes) for t in seen.values()],
                renderer,
            )
    finally:
        figure.set_dpi(before)


def overlap(a: Words, b: Words) -> float:
    """How far two texts reach into each other [points]; 0 where some line separates them."""
    least = np.inf
    for direction in (*a.directions, *b.directions):
        one, other = a.corners @ direction, b.corners @ direction
        least = min(least, min(one.max(), other.max()) - max(one.min(), other.min()))
    return max(float(least), 0.0)


def _on_each_other(words: list[Words]) -> Iterator[str]:
    for a, b in combinations(words, 2):
        depth = overlap(a, b)
        if depth > TOLERANCE:
            yield f"{a.text!r} on {b.text!r} by {depth:.1f} pt"


def _off_canvas(words: list[Words], size: np.ndarray) -> Iterator[str]:
    for one in words:
        beyond = max(float((one.corners - size).max()), float((-one.corners).max()))
        if beyond > -EDGE:
            yield f"{one.text!r} leaves the canvas by {beyond + EDGE:.1f} pt"


def _on_marks(words: list[Words], figure: Figure, renderer: RendererAgg) -> Iterator[str]:
    """Texts across a scattered mark, across the end of a bar, or inside another panel."""
    for axes in figure.axes:
        if not axes.get_visible():
            continue
        frame = _points(axes.get_window_extent(renderer))
        discs = [_disc(*mark) for mark in _marks(axes)]
        bars = [_points(p.get_window_extent(renderer)) for p in axes.patches if _is_bar(p)]
        for one in words:
            if one.panel not in (axes, None) and axes.axison:
                depth = overlap(one, frame)
                if depth > TOLERANCE:
                    yield f"{one.text!r} runs into another panel by {depth:.1f} pt"
            if one.panel is not axes:
                continue
            middle = one.corners.mean(axis=0)
            for disc in discs:
                reach = float(np.linalg.norm(disc.corners[0] - disc.corners.mean(axis=0)))
                is_in_it = np.linalg.norm(middle - disc.corners.mean(axis=0)) < reach / 2
                if not is_in_it and overlap(one, disc) > MARK_TOLERANCE:
                    yield f"{one.text!r} on a mark by {overlap(one, disc):.1f} pt"
            for bar in bars:
                for side in (bar.corners[0, 0], bar.corners[1, 0]):
                    left, right = one.corners[:, 0].min(), one.corners[:, 0].max()
                    crosses = min(side - left, right - side)
                    if overlap(one, bar) > MARK_TOLERANCE and crosses > MARK_TOLERANCE:
                        yield f"{one.text!r} across the end of a bar by {crosses:.1f} pt"


def _marks(axes: Axes) -> Iterator[tuple[np.ndarray, float]]:
    """Middle and radius [points] of every mark of the scatters of a panel."""
    for marks in axes.collections:
        if isinstance(marks, PathCollection) and marks.get_visible():
            spots = axes.transData.transform(marks.get_offsets()) * 72 / DOTS_PER_INCH
            sizes = np.broadcast_to(marks.get_sizes(), len(spots))
            yield from zip(spots, np.sqrt(sizes) / 2, strict=True)


def _disc(middle: np.ndarray, radius: float) -> Words:
    """A mark as an octagon."""
    turns = np.radians(np.arange(22.5, 360, 45))
    return Words("", middle + radius * np.stack([np.cos(turns), np.sin(turns)], axis=1), None)


def _is_bar(patch: Artist) -> bool:
    """Whether it is a bar, and not a ground behind everything."""
    return isinstance(patch, Rectangle) and patch.get_visible() and patch.get_zorder() > 0


def _points(box: Bbox) -> Words:
    corners = [(box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1)]
    return Words("", np.array(corners) * 72 / DOTS_PER_INCH, None)


def _corners(text: Text, renderer: object) -> np.ndarray:
    """Corners of the turned rectangle, which shares its middle with the upright box around it."""
    around = Text.get_window_extent(text, renderer)  # of an annotation without its arrow
    angle = text.get_rotation()
    mode = text.get_rotation_mode()
    text.set_rotation(0)
    box = Text.get_window_extent(text, renderer)
    text.set_rotation(angle)
    text.set_rotation_mode(mode)
    turn = np.radians(angle)
    u, v = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    middle = np.array([(around.x0 + around.x1) / 2, (around.y0 + around.y1) / 2])
    half = box.width / 2 * u, box.height / 2 * v
    corners = [middle + i * half[0] + j * half[1] for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    return np.array(corners) * 72 / DOTS_PER_INCH
