"""Parts of a flow between stages: blocks, ribbons, and a name for every block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Annotation, Text

from omnisim.figures import house
from omnisim.figures.house import FAINT
from omnisim.figures.labels import wrapped
from omnisim.figures.placing import spread
from omnisim.language import in_language, say

NODE_WIDTH = 0.03  # of the distance between two stages
_GAP = 0.018  # between two blocks of a stage, of the whole
_SIZE = 8.0  # points, of the names
_LINE = 1.4 * _SIZE / 72  # inches, height of their lines
_LETTER = 4.2  # points, width of a letter
_NEAR, _FAR = 3.0, 10.0  # points between a block and its name, in place and moved
_END_LETTERS = 24  # of a line at either end of the flow
_LEAST, _MOST = 3.6, 5.7  # inches, height of the figure: the page has no more
_AROUND = 0.6  # inches for the names of the stages


@dataclass(frozen=True, slots=True)
class NodeWords:
    """Words beside a block, and the middle of the block."""

    text: str
    middle: float

    @property
    def n_lines(self) -> int:
        """Lines in the longer of the languages."""
        spellings = (self.text, in_language(self.text, "zh") or self.text)
        return max(text.count("\n") + 1 for text in spellings)


def node_boxes(
    frame: pd.DataFrame, stage: str, size: str, total: float
) -> dict[str, tuple[float, float]]:
    """Low and high end of each name of a stage, largest on top, `Other` at the bottom."""
    sizes = frame.groupby(stage, sort=True)[size].sum()
    order = sorted(sizes.index, key=lambda name: (str(name) == "Other", -float(sizes[name])))
    top, made = 1.0, {}
    for name in order:
        height = float(sizes[name]) / total
        made[str(name)] = (top - height, top)
        top -= height + _GAP
    return made


def letters_of_a_line(boxes: Sequence[dict[str, tuple[float, float]]], place: int) -> int:
    """Letters a name of this stage may have on a line without reaching the next stage."""
    if place in (0, len(boxes) - 1):
        return _END_LETTERS
    ends = sum(min(max(map(len, boxes[end])) + 5, _END_LETTERS) for end in (0, -1))
    room = (house.FULL_WIDTH * 72 - ends * _LETTER) / (len(boxes) - 1)
    return max(int((room - 14) / _LETTER), 8)


def node_words(blocks: dict[str, tuple[float, float]], n_letters: int) -> list[NodeWords]:
    """Name and share of each block of a stage from the top; the smallest together where too many."""
    words = [
        NodeWords(_named(wrapped(name, n_letters - 5), high - low), (low + high) / 2)
        for name, (low, high) in blocks.items()
    ]
    room = (_MOST - _AROUND) / _LINE - 1  # one line is for those that are only counted
    lines = np.cumsum([one.n_lines for one in words])
    if lines[-1] <= room + 1:
        return words
    kept = int((lines <= room).sum())
    rest = list(blocks.values())[kept:]
    others = say("{n} more", n=len(rest))
    told = _named(others, sum(high - low for low, high in rest))
    return [*words[:kept], NodeWords(told, (rest[0][1] + rest[-1][0]) / 2)]


def _named(name: str, share: float) -> str:
    percent = f"{share * 100:.0f}" if share >= 0.01 else "<1"
    return say("{name}  {percent}%", name=name, percent=percent)


def flow_height(words: Sequence[Sequence[NodeWords]]) -> float:
    """Height of the figure [inches] at which every name has its line."""
    needed = max(sum(one.n_lines for one in stage) for stage in words) * _LINE + _AROUND
    return float(np.clip(needed, _LEAST, _MOST + _LINE))


def name_stages(axes: Axes, stages: Sequence[str]) -> None:
    """What each stage is, above it."""
    for place, stage in enumerate(stages):
        axes.annotate(
            wrapped(stage, 18),
            (place, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 7),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontweight="bold",
            fontsize=9,
        )


def name_nodes(figure: house.ShownFigure, axes: Axes, words: Sequence[Sequence[NodeWords]]) -> None:
    """Name all blocks: left of the first stage, right of the others, moved where names would touch."""
    notes = []
    for place, stage in enumerate(words):
        is_first, is_inside = place == 0, 0 < place < len(words) - 1
        side = -1 if is_first else 1
        ground = {"boxstyle": "round,pad=0.12", "facecolor": "white", "alpha": 0.82, "linewidth": 0}
        notes.append(
            [
                axes.annotate(
                    one.text,
                    (place + side * NODE_WIDTH / 2, one.middle),
                    xytext=(side * _NEAR, 0),
                    textcoords="offset points",
                    ha="right" if is_first else "left",
                    va="center",
                    fontsize=_SIZE,
                    linespacing=1.1,
                    zorder=5,
                    bbox=ground if is_inside else None,
                    arrowprops={
                        "arrowstyle": "-",
                        "color": house.MUTED,
                        "lw": 0.6,
                        "shrinkA": 0,
                        "shrinkB": 0,
                        "relpos": (1.0 if is_first else 0.0, 0.5),
                    },
                )
                for one in sorted(stage, key=lambda one: one.middle)
            ]
        )

    def place_names(renderer: RendererBase, attempt: int) -> bool:
        if attempt < 0:
            for note in (note for stage in notes for note in stage):
                note.set_position(
                    (-_NEAR if note.get_horizontalalignment() == "right" else _NEAR, 0)
                )
            return False
        scale = house.pixels(renderer, 1.0)
        frame = axes.get_window_extent(renderer)
        has_changed = False
        for stage in notes:
            wanted = axes.transData.transform([note.xy for note in stage])[:, 1]
            heights = np.array([_height(note, renderer) + scale for note in stage])
            middles = spread(wanted, heights, frame.y0 - 4 * scale, frame.y1 + 4 * scale)
            for note, move in zip(stage, (middles - wanted) / scale, strict=True):
                is_moved = abs(move) > 2.0
                side = -1 if note.get_horizontalalignment() == "right" else 1
                beside = side * (_FAR if is_moved else _NEAR)
                has_changed |= note.get_position()[0] != beside
                note.set_position((beside, move))
                if note.arrow_patch is not None:
                    note.arrow_patch.set_visible(is_moved)
        return has_changed

    figure.place(place_names)


def _height(note: Annotation, renderer: RendererBase) -> float:
    """Height of the words alone [pixels], without the line that leads to them."""
    return float(Text.get_window_extent(note, renderer).height)


def draw_ribbons(
    axes: Axes,
    frame: pd.DataFrame,
    stages: Sequence[str],
    place: int,
    size: str,
    total: float,
    boxes: Sequence[dict[str, tuple[float, float]]],
    colour: dict[str, str],
) -> None:
    """Ribbons between two stages, coloured by the first stage, stacked without crossing inside boxes."""
    keys = list(dict.fromkeys([stages[0], stages[place], stages[place + 1]]))
    ways = frame[[*keys, size]].groupby(keys, as_index=False, sort=True).sum()
    left, right = boxes[place], boxes[place + 1]
    ways["from"] = ways[stages[place]].astype(str).map(lambda n: -left[n][1])
    ways["to"] = ways[stages[place + 1]].astype(str).map(lambda n: -right[n][1])
    ways["origin"] = ways[stages[0]].astype(str).map(lambda n: -boxes[0][n][1])
    for side, stage, blocks, order in (
        ("left", stages[place], left, ["from", "origin", "to"]),
        ("right", stages[place + 1], right, ["to", "origin", "from"]),
    ):
        ways = ways.sort_values(order, kind="stable")
        height = ways[size] / total
        above = height.groupby(ways[stage]).cumsum() - height
        ways[side] = ways[stage].astype(str).map(lambda n, b=blocks: b[n][1]) - above
    x0, x1 = place + NODE_WIDTH / 2, place + 1 - NODE_WIDTH / 2
    middle = (x0 + x1) / 2
    for way in ways.to_dict("records"):
        a, b, h = way["left"], way["right"], way[size] / total
        points = [
            (x0, a), (middle, a), (middle, b), (x1, b),
            (x1, b - h), (middle, b - h), (middle, a - h), (x0, a - h), (x0, a),
        ]  # fmt: skip
        codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
        axes.add_patch(
            PathPatch(
                Path(points, codes),
                facecolor=colour.get(str(way[stages[0]]), FAINT),
                alpha=0.45,
                linewidth=0,
            )
        )
