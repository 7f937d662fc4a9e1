"""What a slide is made of: text with its marks, cards, tables, exhibits, columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Align = Literal["left", "right", "center"]
Kind = Literal["text", "bullet", "lead", "facts", "title", "subtitle", "note"]


@dataclass(frozen=True, slots=True)
class Run:
    """Letters of one look; `mark` is the class that colours them, e.g. ``om-met``."""

    text: str
    is_bold: bool = False
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; a bullet carries its sign, e.g. ``•`` or ``2.``."""

    runs: tuple[Run, ...]
    kind: Kind = "text"
    sign: str = ""

    @property
    def text(self) -> str:
        """The words without marks."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class Words:
    """Paragraphs; in a box where it is a message (``om-sowhat``) or a notice (``om-missing``)."""

    paragraphs: tuple[Paragraph, ...]
    box: Literal["", "message", "notice"] = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A key number."""

    label: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class Cards:
    """Key numbers side by side."""

    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture of the report folder with what it shows in words."""

    file: str
    alt: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell: its words and the class that marks it, e.g. ``om-bar``."""

    runs: tuple[Run, ...]

    @property
    def text(self) -> str:
        """The words without marks."""
        return "".join(run.text for run in self.runs)

    @property
    def mark(self) -> str:
        """The class of the first marked words; empty for none."""
        return next((run.mark for run in self.runs if run.mark), "")


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `kind` says whether it is drawn as a heat map or a plan."""

    header: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    align: tuple[Align, ...]
    widths: tuple[float, ...]
    kind: Literal["table", "heat", "gantt"] = "table"


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A figure or table with its title, subtitle and note of source."""

    title: str
    subtitle: str
    body: tuple[Piece, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Pieces side by side; shares of the width sum to 1."""

    shares: tuple[float, ...]
    columns: tuple[tuple[Piece, ...], ...]


Piece = Words | Cards | Figure | Table | Exhibit | Columns


@dataclass(frozen=True, slots=True)
class Slide:
    """One slide of the source.

    Attributes
    ----------
    title : str
        Its message.
    pieces : tuple of Piece
        What it shows, from the top.
    notes : tuple of str
        Paragraphs for the speaker.
    section : str
        Part of the storyline it belongs to.
    is_known : bool
        False when it holds something only Pandoc can lay out: it is left as Pandoc made it.
    """

    title: str
    pieces: tuple[Piece, ...]
    notes: tuple[str, ...] = ()
    section: str = ""
    is_known: bool = True


def every_piece(pieces: tuple[Piece, ...]) -> Iterator[Piece]:
    """All pieces, those inside columns and exhibits too."""
    for piece in pieces:
        yield piece
        if isinstance(piece, Columns):
            for column in piece.columns:
                yield from every_piece(column)
        elif isinstance(piece, Exhibit):
            yield from every_piece(piece.body)
