"""An extension of the kernel: what a notebook displays holds its other languages as well.

Only while a notebook runs is it known what its texts are in Chinese and which chart stands where. So each
output keeps that beside its English, for the page of the notebook in a report; see
:mod:`omnisim.language.shown`. The notebook itself does nothing for it, and looks as before.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from IPython.core.formatters import BaseFormatter
from traitlets import ObjectName

from omnisim.language import LANGUAGES, known, known_parts
from omnisim.language.shown import PICTURE, TEXTS, shown_in

if TYPE_CHECKING:
    import pandas as pd
    from IPython.core.interactiveshell import InteractiveShell

Held = dict[str, Any]

_MOST_ROWS = 1000  # of a table; pandas shows the first and last thirty of a long one


class _InAnotherLanguage(BaseFormatter):
    """Gives the data of one language, for the kinds of objects it was told of."""

    print_method = ObjectName("_repr_in_another_language_")
    _return_type = dict


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Let the displays of a kernel hold other languages; IPython calls this."""
    display = shell.display_formatter
    if display is None:
        return  # a shell that shows nothing
    for lang in LANGUAGES[1:]:
        formatter = _InAnotherLanguage(parent=display, format_type=shown_in(lang))
        for (module, name), held in _KINDS.items():
            formatter.for_type_by_name(  # type: ignore[no-untyped-call]
                module, name, partial(held, lang=lang)
            )
        display.formatters[shown_in(lang)] = formatter


def _picture(figure: Any, *, lang: str) -> Held | None:
    """The chart drawn once more; None where no font has the signs."""
    from omnisim.figures.house import can_write
    from omnisim.figures.translated import drawn_in

    if not can_write(lang):
        return None
    with drawn_in(figure, lang):
        return {PICTURE: base64.b64encode(figure._repr_png_()).decode()}


def _table(frame: pd.DataFrame, *, lang: str) -> Held | None:
    """Words of the header, of the names of the rows and of the cells that can be seen."""
    half = _MOST_ROWS // 2
    parts = (frame,) if len(frame) <= _MOST_ROWS else (frame.head(half), frame.tail(half))
    texts = [*_labels(frame.columns)]
    for part in parts:
        texts += _labels(part.index)
        texts += [value for _, column in part.items() for value in column]
    return _texts(known((text for text in texts if isinstance(text, str)), lang))


def _labels(index: pd.Index) -> Iterator[object]:
    """Names of an index and of its entries."""
    yield from index.names
    for level in range(index.nlevels):
        yield from index.get_level_values(level)


def _styled_table(styler: Any, *, lang: str) -> Held | None:
    return _table(styler.data, lang=lang)


def _markdown(shown: Any, *, lang: str) -> Held | None:
    return _texts(known_parts(str(shown.data), lang))


def _exhibit(exhibit: Any, *, lang: str) -> Held | None:
    return _texts(known([exhibit.title], lang))


def _texts(words: dict[str, str]) -> Held | None:
    return {TEXTS: words} if words else None


# By module and name, so that a kernel which shows no table does not load pandas.
_KINDS: dict[tuple[str, str], Callable[..., Held | None]] = {
    ("omnisim.figures.house", "ShownFigure"): _picture,
    ("pandas", "DataFrame"): _table,
    ("pandas.core.frame", "DataFrame"): _table,  # where pandas 2 says it is
    ("pandas.io.formats.style", "Styler"): _styled_table,
    ("IPython.core.display", "Markdown"): _markdown,
    ("omnisim.results", "Exhibit"): _exhibit,
}
