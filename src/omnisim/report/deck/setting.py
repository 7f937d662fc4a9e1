"""Paragraphs set in type: how high they are, and the same written into a shape."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Emu, Pt

from omnisim.report.deck.look import CHIPS, EMU, LEAST, Box, Look
from omnisim.report.deck.pieces import Align, Paragraph, Run
from omnisim.report.deck.typeset import ROOM, Typeface, pitch

_ALIGN = {"left": PP_ALIGN.LEFT, "right": PP_ALIGN.RIGHT, "center": PP_ALIGN.CENTER}
_ANCHOR = {"top": MSO_ANCHOR.TOP, "middle": MSO_ANCHOR.MIDDLE, "bottom": MSO_ANCHOR.BOTTOM}
_HANG = 1.25  # indent of a bullet, in font sizes
_TONGUES = {"en": "en-US", "zh": "zh-CN"}

Anchor = Literal["top", "middle", "bottom"]


@dataclass(frozen=True, slots=True)
class Setting:
    """How a slide is set.

    Attributes
    ----------
    face : Typeface
        Widths of its letters.
    look : Look
        Its colours.
    size : float
        Type of running text [pt]; everything else follows it.
    lang : str
        Language of the words, ``en`` or ``zh``.
    """

    face: Typeface
    look: Look
    size: float = 14.0
    lang: str = "en"

    def of_size(self, size: float) -> Setting:
        """The same in another size."""
        return replace(self, size=size)

    @property
    def small(self) -> float:
        """Type of tables, cards and boxes' facts [pt]."""
        return max(self.size - 2, LEAST)


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph set in type; lengths in points, colour as six hexadecimal digits."""

    runs: tuple[Run, ...]
    size: float
    colour: str
    is_bold: bool = False
    align: Align = "left"
    after: float = 0.0
    sign: str = ""

    def height(self, face: Typeface, width: float) -> float:
        """Height in a box of a width, without the space after it."""
        inner = ROOM * (width - (_HANG * self.size if self.sign else 0.0))
        runs = [replace(run, is_bold=run.is_bold or self.is_bold) for run in self.runs]
        return face.n_lines(runs, self.size, max(inner, 1.0)) * self.pitch

    @property
    def pitch(self) -> float:
        """Line to line."""
        return pitch(self.size, "".join(run.text for run in self.runs))


def lines_of(paragraphs: Iterable[Paragraph], setting: Setting) -> tuple[Line, ...]:
    """Paragraphs as the slide sets them."""
    return tuple(_line(paragraph, setting) for paragraph in paragraphs)


def height_of(lines: Sequence[Line], face: Typeface, width: float) -> float:
    """Height of paragraphs below one another, without space after the last."""
    total = sum(line.height(face, width) + line.after for line in lines)
    return total - (lines[-1].after if lines else 0.0)


def plain_line(text: str, size: float, colour: str, **more: Any) -> Line:
    """A paragraph of one look."""
    return Line((Run(text),), size, colour, **more)


def write_lines(frame: Any, lines: Sequence[Line], *, look: Look, lang: str) -> None:
    """Fill a text frame."""
    frame.word_wrap = True
    frame.auto_size = None
    for old in list(frame._txBody.findall(qn("a:p")))[1:]:
        frame._txBody.remove(old)
    first = frame.paragraphs[0]
    for child in list(first._p):
        first._p.remove(child)
    for number, line in enumerate(lines or [Line((), LEAST, look.ink)]):
        _write_line(first if number == 0 else frame.add_paragraph(), line, look=look, lang=lang)


def settle_frame(frame: Any, *, anchor: Anchor = "top", insets: Sequence[float] = (0, 0)) -> None:
    """Insets left and right, above and below [pt], and where text stands."""
    across, along = insets
    frame.margin_left = frame.margin_right = emu(across)
    frame.margin_top = frame.margin_bottom = emu(along)
    frame.vertical_anchor = _ANCHOR[anchor]


def text_box(
    slide: Any,
    box: Box,
    lines: Sequence[Line],
    setting: Setting,
    *,
    name: str,
    anchor: Anchor = "top",
    insets: Sequence[float] = (0, 0),
    fill: str = "",
) -> Any:
    """A box of text on a slide."""
    shape = slide.shapes.add_textbox(*place_of(box))
    shape.name = name
    settle_frame(shape.text_frame, anchor=anchor, insets=insets)
    write_lines(shape.text_frame, lines, look=setting.look, lang=setting.lang)
    if fill:
        shape.fill.solid()
        shape.fill.fore_color.rgb = RGBColor.from_string(fill)
    return shape


def solid(slide: Any, box: Box, colour: str, *, name: str, kind: Any, line: str = "") -> Any:
    """A filled shape without shadow."""
    shape = slide.shapes.add_shape(kind, *place_of(box))
    shape.name = name
    style = shape._element.find(qn("p:style"))
    if style is not None:
        shape._element.remove(style)
    shape.fill.solid()
    shape.fill.fore_color.rgb = RGBColor.from_string(colour)
    if line:
        shape.line.color.rgb = RGBColor.from_string(line)
        shape.line.width = Pt(1)
    else:
        shape.line.fill.background()
    return shape


def place_of(box: Box) -> tuple[Emu, Emu, Emu, Emu]:
    """Left, top, width and height as an office file holds them."""
    return (emu(box.left), emu(box.top), emu(box.width), emu(box.height))


def emu(points: float) -> Emu:
    """Points as whole units of an office file."""
    return Emu(round(points * EMU))


def _line(paragraph: Paragraph, setting: Setting) -> Line:
    look, size, runs = setting.look, setting.size, paragraph.runs
    match paragraph.kind:
        case "lead":
            return Line(runs, size + 2, look.accent, after=0.5 * size)
        case "facts":
            return Line(runs, setting.small, look.muted, after=0.4 * size)
        case "title":
            return Line(runs, max(size - 1, LEAST + 1), look.ink, is_bold=True, after=2)
        case "subtitle" | "note":
            return Line(runs, LEAST, look.muted, after=3)
        case "bullet":
            return Line(runs, size, look.ink, after=0.45 * size, sign=paragraph.sign)
    return Line(runs, size, look.ink, after=0.5 * size)


def _write_line(paragraph: Any, line: Line, *, look: Look, lang: str) -> None:
    paragraph.alignment = _ALIGN[line.align]
    paragraph.line_spacing = Pt(round(line.pitch, 2))
    paragraph.space_before = Pt(0)
    paragraph.space_after = Pt(round(line.after, 2))
    properties = paragraph._p.get_or_add_pPr()
    hang = round(_HANG * line.size * EMU) if line.sign else 0
    properties.set("marL", str(hang))
    properties.set("indent", str(-hang))
    if line.sign and line.sign[:-1].isdecimal():
        number = properties.makeelement(
            qn("a:buAutoNum"), {"type": "arabicPeriod", "startAt": line.sign[:-1]}
        )
        properties.append(number)
    elif line.sign:
        properties.append(properties.makeelement(qn("a:buFont"), {"typeface": "Arial"}))
        properties.append(properties.makeelement(qn("a:buChar"), {"char": line.sign}))
    else:
        properties.append(properties.makeelement(qn("a:buNone"), {}))
    for run in line.runs:
        _write_run(paragraph, run, line, look=look, lang=lang)
    if not line.runs:
        paragraph.font.size = Pt(line.size)


def _write_run(paragraph: Any, run: Run, line: Line, *, look: Look, lang: str) -> None:
    colour = look.of_mark(run.mark) if run.mark else line.colour
    for number, text in enumerate(run.text.split("\n")):
        if number:
            paragraph.add_line_break()
        if not text:
            continue
        written = paragraph.add_run()
        written.text = text
        written.font.size = Pt(line.size)
        written.font.bold = bool(run.is_bold or line.is_bold or run.mark in _BOLD_MARKS)
        written.font.color.rgb = RGBColor.from_string(colour)
        written._r.get_or_add_rPr().set("lang", _TONGUES.get(lang, lang))


_BOLD_MARKS = ("om-met", "om-not-met", "om-open", *CHIPS)
