"""How much room text takes: widths from the fonts themselves, lines broken as an office program does.

Lengths are points. Lines are pitched exactly, so that a substitute font moves no line.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from omnisim.language.fonts import chart_font
from omnisim.report.deck.pieces import Run
from omnisim.report.font_files import BRAND_FAMILY, Face
from omnisim.report.fonts import font_folder

ROOM = 0.95  # of a box that text may fill: a substitute of the brand font runs up to 5% wider
_PITCH = 1.2  # line to line, in font sizes; what Lato asks for
_WIDE_PITCH = 1.35  # the same for Chinese, whose signs fill their square
_WIDE, _EMOJI, _OTHER = 1.0, 1.35, 0.7  # width of signs no font at hand has, in font sizes
_BOLD = 600  # weight from which a face counts as bold
_WIDE_IN_CHINESE = "“”‘’…—"  # a Chinese font draws them as wide as a sign
_NO_LINE_START = "，。；：、？！）》」』】％%,.;:?!)]}”’…"
_NO_LINE_END = "（《「『【([{“‘"

Metrics = Mapping[int, float]  # code point -> width in font sizes


@dataclass(frozen=True)
class Typeface:
    """Widths of the letters of a typeface, regular and bold.

    Attributes
    ----------
    regular, bold : mapping
        Code point to width in font sizes.
    """

    regular: Metrics
    bold: Metrics

    def width(self, text: str, size: float, *, is_bold: bool = False) -> float:
        """Width of a text in one line [pt].

        Examples
        --------
        >>> face = Typeface({ord("a"): 0.5}, {ord("a"): 0.6})
        >>> face.width("aa", 10), face.width("aa", 10, is_bold=True)
        (10.0, 12.0)
        """
        metrics = self.bold if is_bold else self.regular
        return size * sum(_width(char, metrics) for char in text)

    def n_lines(self, runs: Sequence[Run], size: float, width: float) -> int:
        """Lines that runs take in a box of a width [pt]."""
        return len(list(self.lines(runs, size, width)))

    def lines(self, runs: Sequence[Run], size: float, width: float) -> Iterator[str]:
        """The lines of text in a box of a width [pt], broken where an office program breaks them."""
        line, used, blank = "", 0.0, 0.0
        for word, is_bold in words_of(runs):
            if word == "\n":
                yield line
                line, used, blank = "", 0.0, 0.0
                continue
            long = self.width(word, size, is_bold=is_bold)
            if word == " ":
                blank += long
                continue
            if line and used + blank + long > width:
                yield line
                line, used, blank = "", 0.0, 0.0
            while long > width and len(word) > 1:  # a word wider than the box breaks anywhere
                head = self._fitting(word, size, width - used - blank, is_bold=is_bold)
                yield line + (" " if blank else "") + head
                line, used, blank = "", 0.0, 0.0
                word = word[len(head) :]
                long = self.width(word, size, is_bold=is_bold)
            line += (" " if blank and line else "") + word
            used += blank + long
            blank = 0.0
        yield line

    def _fitting(self, word: str, size: float, width: float, *, is_bold: bool) -> str:
        for n in range(len(word), 1, -1):
            if self.width(word[:n], size, is_bold=is_bold) <= width:
                return word[:n]
        return word[:1]


def pitch(size: float, text: str) -> float:
    """Line to line [pt] for text of a size.

    Examples
    --------
    >>> pitch(10, "Sales"), pitch(10, "净销售额")
    (12.0, 13.5)
    """
    return size * (_WIDE_PITCH if any(map(_is_wide, text)) else _PITCH)


def typeface_of(faces: Sequence[Face], family: str, lang: str = "en") -> Typeface:
    """The typeface of an engagement, else the brand's, with the Chinese signs of the extra `zh`."""
    upright = sorted((face for face in faces if not face.is_italic), key=lambda f: f.weight)
    if family == BRAND_FAMILY or not upright:
        folder = font_folder()
        files = (folder / "Lato-Regular.ttf", folder / "Lato-Bold.ttf")
    else:
        regular = min(upright, key=lambda face: abs(face.weight - 400))
        bold = [face for face in upright if face.weight >= _BOLD]
        files = (regular.file, (bold or [regular])[0].file)
    chinese = chart_font()
    signs = {} if chinese is None else _metrics(chinese)
    wide = dict.fromkeys(map(ord, _WIDE_IN_CHINESE), _WIDE) if lang == "zh" else {}
    regular_, bold_ = ({**signs, **_metrics(file), **wide} for file in files)
    return Typeface(regular_, bold_)


@cache
def _metrics(file: Path) -> Metrics:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    with TTFont(file, lazy=True) as font:
        scale = font["head"].unitsPerEm
        advances = font["hmtx"].metrics
        return {code: advances[name][0] / scale for code, name in font.getBestCmap().items()}


def _width(char: str, metrics: Metrics) -> float:
    known = metrics.get(ord(char))
    if known is not None:
        return known
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0.0  # marks over letters, joiners
    if ord(char) >= 0x1F000:
        return _EMOJI
    return _WIDE if _is_wide(char) else _OTHER


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in ("W", "F")


def words_of(runs: Sequence[Run]) -> Iterator[tuple[str, bool]]:
    """Words, blanks and line ends of runs, each with whether it is bold; a Chinese sign is a word with the stops that follow it."""
    word, is_bold = "", False
    for run in runs:
        for char in run.text:
            if char in " \n":
                if word:
                    yield word, is_bold
                yield char, run.is_bold
                word = ""
            elif word and _may_break(word[-1], char):
                yield word, is_bold
                word, is_bold = char, run.is_bold
            else:
                # Letters of two weights in one word are measured as the wider of the two.
                is_bold = run.is_bold if not word else is_bold or run.is_bold
                word += char
    if word:
        yield word, is_bold


def _may_break(before: str, after: str) -> bool:
    if after in _NO_LINE_START or before in _NO_LINE_END:
        return False
    return _is_wide(before) or _is_wide(after)
