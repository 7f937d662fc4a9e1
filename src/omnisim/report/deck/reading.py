"""From Pandoc's tree of a deck source to slides of pieces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from omnisim.report.deck.pieces import (
    Align,
    Card,
    Cards,
    Cell,
    Columns,
    Exhibit,
    Figure,
    Kind,
    Paragraph,
    Piece,
    Run,
    Slide,
    Table,
    Words,
)

_STYLED: Mapping[str, Kind] = {
    "om-lead": "lead",
    "om-facts": "facts",
    "om-exhibit-title": "title",
    "om-exhibit-subtitle": "subtitle",
    "om-exhibit-note": "note",
}
_MARKS = (
    "om-met", "om-not-met", "om-open", "om-bar", "om-gate",
    "om-low", "om-medium", "om-high", "om-very-high",
)  # fmt: skip
_ALIGN: Mapping[str, Align] = {"AlignRight": "right", "AlignCenter": "center"}
_BLANK = {"Space": " ", "SoftBreak": " ", "LineBreak": "\n"}
_WRAPPED = ("Emph", "Underline", "SmallCaps", "Superscript", "Subscript", "Strikeout")


class _UnknownError(Exception):
    """Something in the source that has no native shape here."""


@dataclass(slots=True)
class _Open:
    """A slide being read."""

    title: str
    section: str
    blocks: list[Any] = field(default_factory=list)


def read_slides(tree: Mapping[str, Any]) -> tuple[Slide, ...]:
    """The slides of a source: one per heading of the first two levels, text before any left out."""
    found: list[_Open] = []
    for block in tree["blocks"]:
        if block["t"] == "Header" and block["c"][0] <= 2:
            section = dict(block["c"][1][2]).get("om-section", "")
            found.append(_Open(_words(block["c"][2]), str(section)))
        elif found:
            found[-1].blocks.append(block)
    return tuple(_slide(item) for item in found)


def _slide(item: _Open) -> Slide:
    notes: list[str] = []
    shown = []
    for block in item.blocks:
        if block["t"] == "Div" and "notes" in _classes(block):
            notes += [text for inner in block["c"][1] for text in _lines(inner)]
        else:
            shown.append(block)
    try:
        return Slide(item.title, _pieces(shown), tuple(notes), item.section)
    except _UnknownError:
        return Slide(item.title, (), tuple(notes), item.section, is_known=False)


def _pieces(blocks: Sequence[Any]) -> tuple[Piece, ...]:
    """Blocks as pieces, neighbouring paragraphs as one."""
    made: list[Piece] = []
    for block in blocks:
        for piece in _piece(block):
            last = made[-1] if made else None
            if isinstance(piece, Words) and isinstance(last, Words) and piece.box == last.box == "":
                made[-1] = Words((*last.paragraphs, *piece.paragraphs))
            else:
                made.append(piece)
    return tuple(made)


def _piece(block: Any) -> Iterator[Piece]:
    kind, content = block["t"], block.get("c")
    if kind in ("Para", "Plain"):
        yield _picture(content) or Words((_paragraph(content),))
    elif kind == "Figure":
        yield from _pieces(content[2])
    elif kind in ("BulletList", "OrderedList"):
        yield Words(tuple(_items(block)))
    elif kind == "Table":
        yield _table(content)
    elif kind == "Header":
        yield Words((Paragraph((Run(_words(content[2]), is_bold=True),)),))
    elif kind == "Div":
        yield from _block(_classes(block), content)
    elif kind != "Null":
        raise _UnknownError


def _block(classes: Sequence[str], content: Any) -> Iterator[Piece]:
    inside = content[1]
    if "columns" in classes:
        yield _columns(inside)
    elif "om-kpis" in classes:
        if cards := tuple(_card(b) for b in inside if "om-kpi" in _classes(b)):
            yield Cards(cards)
        yield from _pieces([b for b in inside if "om-kpi" not in _classes(b)])
    elif "om-exhibit" in classes:
        yield _exhibit(inside)
    elif "om-sowhat" in classes or "om-missing" in classes:
        yield from _boxed(inside, "message" if "om-sowhat" in classes else "notice")
    else:
        special = next((k for k in ("heat", "gantt") if f"om-{k}" in classes), "table")
        for piece in _pieces(inside):
            if isinstance(piece, Table) and piece.kind == "table":
                yield Table(piece.header, piece.rows, piece.align, piece.widths, special)  # type: ignore[arg-type]
            else:
                yield piece


def _boxed(inside: Sequence[Any], box: Any) -> Iterator[Piece]:
    paragraphs: list[Paragraph] = []
    for piece in _pieces(inside):
        if not isinstance(piece, Words):
            raise _UnknownError
        paragraphs += piece.paragraphs
    yield Words(tuple(paragraphs), box)


def _columns(inside: Sequence[Any]) -> Columns:
    parts = [b for b in inside if b["t"] == "Div" and "column" in _classes(b)]
    if not parts:
        raise _UnknownError
    asked = [_share(dict(part["c"][0][2]).get("width", "")) for part in parts]
    rest = (1 - sum(asked)) / max(asked.count(0.0), 1)
    shares = [share or max(rest, 0.1) for share in asked]
    total = sum(shares)
    return Columns(
        tuple(share / total for share in shares), tuple(_pieces(part["c"][1]) for part in parts)
    )


def _share(width: str) -> float:
    """``62%`` as 0.62; 0 when nothing is given."""
    digits = width.removesuffix("%")
    return float(digits) / 100 if digits.replace(".", "", 1).isdigit() else 0.0


def _card(block: Any) -> Card:
    texts = {"om-kpi-label": "", "om-kpi-value": "", "om-kpi-note": ""}
    for inner in block["c"][1]:
        for part in inner["c"] if inner["t"] in ("Para", "Plain") else []:
            for name in _classes(part):
                if name in texts:
                    texts[name] = _words(part["c"][1])
    return Card(texts["om-kpi-label"], texts["om-kpi-value"], texts["om-kpi-note"])


def _exhibit(inside: Sequence[Any]) -> Exhibit:
    said = {"title": "", "subtitle": "", "note": ""}
    body: list[Piece] = []
    for piece in _pieces(inside):
        if not isinstance(piece, Words):
            body.append(piece)
            continue
        for paragraph in piece.paragraphs:
            if paragraph.kind in said:
                said[paragraph.kind] = f"{said[paragraph.kind]} {paragraph.text}".strip()
            else:
                body.append(Words((paragraph,)))
    return Exhibit(said["title"], said["subtitle"], tuple(body), said["note"])


def _table(content: Any) -> Table:
    _, _, columns, head, bodies, foot = content
    header = list(head[1])
    rows = [row for body in bodies for row in (*body[2], *body[3])] + list(foot[1])
    align = tuple(_ALIGN.get(column[0]["t"], "left") for column in columns)
    widths = tuple(
        float(column[1]["c"]) if column[1]["t"] == "ColWidth" else 1 / len(columns)
        for column in columns
    )
    cells = [tuple(_cell(cell) for cell in row[1]) for row in (*header[:1], *rows)]
    if any(len(row) != len(columns) for row in cells):
        raise _UnknownError  # cells that span several columns
    if not header:
        cells.insert(0, tuple(Cell(()) for _ in columns))
    return Table(cells[0], tuple(cells[1:]), align, widths)


def _cell(cell: Any) -> Cell:
    if cell[2] != 1 or cell[3] != 1:
        raise _UnknownError
    runs: list[Run] = []
    for block in cell[4]:
        if block["t"] not in ("Para", "Plain"):
            raise _UnknownError
        if runs:
            runs.append(Run("\n"))
        runs += _runs(block["c"])
    return Cell(tuple(_joined(runs)))


def _picture(inlines: Sequence[Any]) -> Figure | None:
    shown = [part for part in inlines if part["t"] not in _BLANK]
    if len(shown) != 1 or shown[0]["t"] != "Image":
        return None
    attributes, alt, target = shown[0]["c"]
    said = dict(attributes[2]).get("fig-alt") or _words(alt)
    return Figure(str(target[0]), " ".join(said.split()))


def _items(block: Any) -> Iterator[Paragraph]:
    is_numbered = block["t"] == "OrderedList"
    start = int(block["c"][0][0]) if is_numbered else 1
    for number, item in enumerate(block["c"][1] if is_numbered else block["c"], start):
        runs: list[Run] = []
        for inner in item:
            if inner["t"] not in ("Para", "Plain"):
                raise _UnknownError
            runs += [Run(" ")] if runs else []
            runs += _runs(inner["c"])
        yield Paragraph(tuple(_joined(runs)), "bullet", f"{number}." if is_numbered else "•")


def _paragraph(inlines: Sequence[Any]) -> Paragraph:
    if len(inlines) == 1 and inlines[0]["t"] == "Span":
        for name in _classes(inlines[0]):
            if name in _STYLED:
                return Paragraph(tuple(_joined(_runs(inlines[0]["c"][1]))), _STYLED[name])
    return Paragraph(tuple(_joined(_runs(inlines))))


def _runs(inlines: Sequence[Any], *, is_bold: bool = False, mark: str = "") -> Iterator[Run]:
    for part in inlines:
        kind, content = part["t"], part.get("c")
        if kind == "Str":
            yield Run(content, is_bold, mark)
        elif kind in _BLANK:
            yield Run(_BLANK[kind], is_bold, mark)
        elif kind == "Strong":
            yield from _runs(content, is_bold=True, mark=mark)
        elif kind in _WRAPPED:
            yield from _runs(content, is_bold=is_bold, mark=mark)
        elif kind == "Span":
            own = next((name for name in _classes(part) if name in _MARKS), mark)
            yield from _runs(content[1], is_bold=is_bold, mark=own)
        elif kind == "Link":
            yield from _runs(content[1], is_bold=is_bold, mark=mark)
        elif kind == "Quoted":
            left, right = "‘’" if content[0]["t"] == "SingleQuote" else "“”"
            yield Run(left, is_bold, mark)
            yield from _runs(content[1], is_bold=is_bold, mark=mark)
            yield Run(right, is_bold, mark)
        elif kind == "Code":
            yield Run(content[1], is_bold, mark)
        elif kind != "RawInline":
            raise _UnknownError  # pictures inside text, formulas, footnotes


def _joined(runs: Iterator[Run] | Sequence[Run]) -> list[Run]:
    """Neighbours of one look as one run."""
    made: list[Run] = []
    for run in runs:
        last = made[-1] if made else None
        if last and (last.is_bold, last.mark) == (run.is_bold, run.mark):
            made[-1] = Run(last.text + run.text, run.is_bold, run.mark)
        else:
            made.append(run)
    return made


def _words(inlines: Sequence[Any]) -> str:
    """Inlines as one line of text."""
    try:
        return " ".join("".join(run.text for run in _runs(inlines)).split(" ")).strip()
    except _UnknownError:
        return " ".join(_letters(inlines).split())


def _letters(node: Any) -> str:
    """All letters below a node, whatever holds them."""
    if isinstance(node, list):
        return "".join(map(_letters, node))
    if not isinstance(node, dict):
        return ""
    if node.get("t") == "Str":
        return str(node["c"])
    return _BLANK.get(str(node.get("t")), "") or _letters(node.get("c"))


def _lines(block: Any) -> Iterator[str]:
    """A block of notes as lines of text."""
    if block["t"] in ("BulletList", "OrderedList"):
        for item in block["c"][1] if block["t"] == "OrderedList" else block["c"]:
            yield "• " + " ".join(text for inner in item for text in _lines(inner))
    elif block["t"] == "Div":
        for inner in block["c"][1]:
            yield from _lines(inner)
    elif text := " ".join(_letters(block.get("c")).split()):
        yield text


def _classes(part: Any) -> Sequence[str]:
    if part["t"] in ("Div", "Span", "Image", "Link"):
        return [str(name) for name in part["c"][0][1]]
    return []
