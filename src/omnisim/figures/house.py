"""The house style of all charts: one look, colour-blind safe, direct labels, no chart junk.

A chart carries no title of its own: its message is the exhibit title in the report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, wraps
from io import BytesIO
from typing import Any, ParamSpec, TypeVar

import fontpkg
import matplotlib as mpl
import numpy as np
import pandas as pd
from cycler import cycler
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.transforms import Bbox

from omnisim.errors import DesignError
from omnisim.language.fonts import chart_font

P = ParamSpec("P")
R = TypeVar("R")
Placer = Callable[[RendererBase, int], bool]

INK = "#1B2A41"  # text and the main series
MUTED = "#6B7A8F"  # axes, context series, notes
FAINT = "#D5DCE5"  # grid, fills behind
ACCENT = "#0B7A75"  # the series the message is about
ALERT = "#C8553D"  # losses, failed checks
GOLD = "#E0A030"  # a third series
SERIES = (ACCENT, INK, GOLD, ALERT, "#5B8DB8", "#8C6BB1")  # told apart in grey and by all readers
SEQUENTIAL = ("#F4F7F6", "#CFE5E2", "#8FC4BF", "#3F9A94", "#0B7A75", "#06504D")
RISK_LEVELS = {"low": "#7FB7A3", "high": "#E0A030", "medium": "#F2D583", "very_high": "#C8553D"}
FULL_WIDTH = 6.38  # inches, the text width of an A4 report page: font sizes hold on paper
_EDGE = 3.0  # points that layouts leave along the canvas
_ROUNDS = 4  # layouts for one drawing: a key grows, and that may push one more name into it
LEAST_FONT = 7.5  # points, for every word of a chart

_STYLE = {
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.labelsize": 9,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.axisbelow": True,
    "axes.prop_cycle": cycler(color=SERIES),
    "figure.dpi": 110,
    "figure.facecolor": "white",
    "font.size": 9,
    "grid.color": FAINT,
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.8,
    "text.color": INK,
    "text.parse_math": False,  # a client's "from $5 to $10" is no formula
    "xtick.color": MUTED,
    "xtick.labelsize": 8.5,
    "ytick.color": MUTED,
    "ytick.labelsize": 8.5,
    "axes.unicode_minus": True,
}


@cache
def _families() -> tuple[str, ...]:
    """Names of the fonts to draw with: Lato, then the Chinese one of the extra `zh` where it is."""
    for file in fontpkg.family("Lato").files:
        font_manager.fontManager.addfont(str(file.path))
    chinese = chart_font()
    if chinese is None:
        return ("Lato",)
    font_manager.fontManager.addfont(str(chinese))
    return ("Lato", font_manager.get_font(str(chinese)).family_name)


def can_write(lang: str) -> bool:
    """Whether the fonts have the signs of a language: Chinese needs the extra `zh`.

    Examples
    --------
    >>> can_write("en")
    True
    """
    return lang == "en" or len(_families()) > 1


@cache
def _characters() -> frozenset[int]:
    """Code points that some font of the house has."""
    faces = (font_manager.get_font(font_manager.findfont(name)) for name in _families())
    return frozenset(code for face in faces for code in face.get_charmap())


def readable(text: str, otherwise: str) -> str:
    """The text if the fonts have all its characters, else the other one.

    Chinese names need the extra `zh`; without it a chart says ``Store 3`` instead of empty boxes.

    Examples
    --------
    >>> readable("North", "Region 1"), readable("\U00013000", "Region 1")
    ('North', 'Region 1')
    """
    return text if all(ord(sign) in _characters() or sign == "\n" for sign in text) else otherwise


@contextmanager
def house() -> Iterator[None]:
    """Draw in the house style inside this block, leaving the caller's settings alone."""
    with mpl.rc_context({**_STYLE, "font.family": list(_families())}):
        yield


def in_house_style(draw: Callable[P, R]) -> Callable[P, R]:
    """Decorator: the function draws inside :func:`house`."""

    @wraps(draw)
    def styled(*args: P.args, **kwargs: P.kwargs) -> R:
        with house():
            return draw(*args, **kwargs)

    return styled


def pixels(renderer: RendererBase, points: float) -> float:
    """A length on paper in pixels of a drawing."""
    return float(np.asarray(renderer.points_to_pixels(points)))


def _renderer(figure: Figure) -> RendererBase:
    """What measures texts for the drawing that goes on."""
    found: RendererBase = figure._get_renderer()  # type: ignore[attr-defined]
    return found


class _SameLayout(ConstrainedLayoutEngine):
    """Lays out from the same start at every drawing.

    The usual engine starts from where the last drawing left the axes and stops after two steps; where a
    note overhangs its axes the steps do not settle, and the same figure drawn twice differs in its bytes.
    """

    def __init__(self) -> None:
        super().__init__()
        self._starts: dict[Axes, Bbox] = {}
        self.placers: list[Placer] = []

    def execute(self, fig: Figure) -> None:
        """Put the axes back to where they began, lay out, and place what depends on the layout."""
        for placer in self.placers:
            placer(_renderer(fig), -1)
        for attempt in range(_ROUNDS):
            for axes in fig.axes:
                start = self._starts.setdefault(axes, axes.get_position(original=True).frozen())
                is_in_layout = axes.get_in_layout()
                axes.set_position(start)
                axes.set_in_layout(is_in_layout)
            super().execute(fig)
            _keep_axis_names_on(fig)
            moved = [placer(_renderer(fig), attempt) for placer in self.placers]
            if not any(moved):
                break


def _keep_axis_names_on(figure: Figure) -> None:
    """Shift the name of an axis that is longer than the axis back onto the canvas.

    Layouts leave no room for it: they take it to be as long as its axis.
    """
    renderer = _renderer(figure)
    canvas = figure.bbox.padded(-pixels(renderer, _EDGE))
    for axes in figure.axes:
        frame = axes.get_window_extent(renderer)
        for side, axis in enumerate((axes.xaxis, axes.yaxis)):
            if not (axes.axison and axis.get_visible() and axis.label.get_text()):
                continue
            half = axis.label.get_window_extent(renderer).size[side] / 2
            middle = (frame.min + frame.max)[side] / 2
            lowest, highest = canvas.min[side] + half, canvas.max[side] - half
            shifted = min(max(middle, lowest), max(highest, lowest))
            place = (shifted - frame.min[side]) / frame.size[side]
            axis.label.set(**{"xy"[side]: place})


class ShownFigure(Figure):
    """A figure that notebooks show as a picture without pyplot, which would keep it alive."""

    def __init__(self, **how: Any) -> None:
        self._same_layout = _SameLayout()
        super().__init__(layout=self._same_layout, **how)

    def place(self, placer: Placer) -> None:
        """Call `placer` whenever the figure was laid out, to move words to where there is room.

        It gets what measures texts and how often the layout was made for this drawing, from 0. When it
        returns true, e.g. because a key grew, the layout is made again. Before the first layout it is
        called with -1, to put back what the last drawing changed.
        """
        self._same_layout.placers.append(placer)

    def draw(self, renderer: RendererBase) -> None:
        """Draw; ticks, which come into being on the way, are no formulas either."""
        with mpl.rc_context({"text.parse_math": False}):
            super().draw(renderer)

    def _repr_png_(self) -> bytes:
        picture = BytesIO()
        self.savefig(picture, format="png", dpi=110, metadata={"Software": None})
        return picture.getvalue()


def new_figure(height: float = 3.4, *, width: float = FULL_WIDTH) -> tuple[ShownFigure, Axes]:
    """An empty figure, off the pyplot registry so that nothing leaks between notebook cells."""
    figure = ShownFigure(figsize=(width, height))
    return figure, figure.add_subplot()


def need_columns(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Refuse a frame without rows or without columns a chart draws."""
    missing = [c for c in columns if c not in frame]
    if missing or frame.empty:
        raise DesignError(f"figure: needs rows with the columns {list(columns)}; missing {missing}")


def quiet_grid(axes: Axes, *, axis: str = "x") -> None:
    """Light grid lines along one axis and no ticks: the labels carry the values."""
    axes.grid(visible=True, axis=axis)  # type: ignore[arg-type]
    axes.tick_params(length=0)
