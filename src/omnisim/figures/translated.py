"""A finished chart in another language: its words are exchanged for one drawing and put back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import Formatter

from omnisim.figures.house import house
from omnisim.language import in_language


@contextmanager
def drawn_in(figure: Figure, lang: str) -> Iterator[list[str]]:
    """Let the figure speak another language inside this block.

    Lines of a text are translated one by one where the whole is not known. What nobody knows stays
    English.

    Yields
    ------
    list of str
        Texts that stayed English; complete once the figure was drawn.
    """
    unknown: list[str] = []
    with house(), ExitStack() as stack:
        for axis in figure.findobj(Axis):
            stack.callback(_exchange_labels(axis, lang, unknown))
        for text in figure.findobj(Text):
            english = text.get_text()
            other = _translated(english, lang, unknown)
            if other != english:
                text.set_text(other)
                stack.callback(text.set_text, english)
                # The Chinese font has one weight: a bold digit would stand out of its sentence.
                stack.callback(text.set_fontweight, text.get_fontweight())
                text.set_fontweight("normal")
        yield unknown


def _exchange_labels(axis: Any, lang: str, unknown: list[str]) -> Any:
    """Translate what the axis writes at its ticks; gives what undoes it."""
    formatter = axis.get_major_formatter()
    locator = axis.get_major_locator()
    axis.set_major_formatter(_Translated(formatter, lang, unknown))
    axis.set_major_locator(locator)
    return lambda: axis.set_major_formatter(formatter)


class _Translated(Formatter):
    """What another formatter writes, in another language."""

    def __init__(self, inner: Formatter, lang: str, unknown: list[str]) -> None:
        self._inner, self._lang, self._unknown = inner, lang, unknown

    def __call__(self, x: float, pos: int | None = None) -> str:
        return _translated(self._inner(x, pos), self._lang, self._unknown)

    def format_ticks(self, values: Any) -> list[str]:
        """All labels at once, as the inner formatter sets them."""
        return [
            _translated(text, self._lang, self._unknown)
            for text in self._inner.format_ticks(values)
        ]

    def get_offset(self) -> str:
        """What stands beside the axis."""
        return self._inner.get_offset()

    def set_locs(self, locs: Any) -> None:
        """Places of the ticks."""
        self._inner.set_locs(locs)


def _translated(text: str, lang: str, unknown: list[str]) -> str:
    whole = in_language(text, lang)
    if whole is not None:
        return whole
    lines = [(line, in_language(line, lang)) for line in text.split("\n")]
    unknown += [line for line, other in lines if other is None]
    return "\n".join(line if other is None else other for line, other in lines)
