"""Making a slide fit: smaller type first, then whole sentences go to the notes, never half a word."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from omnisim.report.deck.arrange import column_widths, need, stack_heights
from omnisim.report.deck.look import GAP, TITLE, TITLE_SIZES, Box
from omnisim.report.deck.pictures import Pictures
from omnisim.report.deck.pieces import (
    Card,
    Cards,
    Columns,
    Exhibit,
    Paragraph,
    Piece,
    Run,
    Table,
    Words,
    every_piece,
)
from omnisim.report.deck.setting import Setting
from omnisim.report.deck.typeset import ROOM, Typeface, pitch
from omnisim.report.deck.words import SENTENCE_END

SIZES = (18.0, 17.0, 16.0, 15.0, 14.0, 13.0, 12.0, 11.0)
_BESIDE = 16.0  # largest type in columns
_CLAUSE = re.compile(r"[;:,](?=\s)|[；：，—]|\s–\s")
_LEAST_CLAUSE = 20  # characters that still say something
_MOST_STEPS = 400  # sentences of one slide


@dataclass(frozen=True, slots=True)
class Fitted:
    """Pieces that fit their box in a size of type, and what had to leave."""

    pieces: tuple[Piece, ...]
    size: float
    left_out: tuple[str, ...]


def fit_title(title: str, face: Typeface) -> tuple[str, float]:
    """A title of at most two lines and its size: cut where a clause ends when it is longer.

    What is cut is not lost: the caller puts the whole title into the notes.
    """
    for size in TITLE_SIZES:
        if _title_fits(title, size, face):
            return title, size
    size = TITLE_SIZES[-1]
    return shortened(title, lambda text: _title_fits(text, size, face)), size


def shortened(text: str, fits: Callable[[str], bool]) -> str:
    """A text cut where a clause ends, else at a word, so that it fits.

    Examples
    --------
    >>> shortened("Sales rise; returns fall, as they did last year", lambda text: len(text) < 30)
    'Sales rise; returns fall'
    """
    if fits(text):
        return text
    clauses = [text[: match.start()].rstrip() for match in _CLAUSE.finditer(text)]
    for clause in reversed(clauses):
        if len(clause) >= _LEAST_CLAUSE and fits(clause):
            return clause
    words = text.split(" ")
    for n in range(len(words) - 1, 0, -1):
        part = " ".join(words[:n]).rstrip(" ,;:") + " …"
        if len(part) >= _LEAST_CLAUSE and fits(part):
            return part
    for n in range(len(text) - 1, 0, -1):  # one word, longer than its box
        if fits(f"{text[:n]}…"):
            return f"{text[:n]}…"
    return "…"


def fit(
    pieces: Sequence[Piece],
    box: Box,
    setting: Setting,
    pictures: Pictures,
    *,
    most: float = SIZES[0],
) -> Fitted:
    """The pieces in the largest type, up to `most`, in which they fit the box.

    In the smallest type the last sentence of the longest paragraph goes, again and again, until they
    do; then words, until nothing can go any more.
    """
    if any(isinstance(piece, Columns) for piece in pieces):
        most = min(most, _BESIDE)
    for size in SIZES:
        if size <= most and _fits(pieces, box, setting.of_size(size), pictures):
            return Fitted(tuple(pieces), size, ())
    small = setting.of_size(SIZES[-1])
    left_out: list[str] = []
    kept = tuple(pieces)
    for shorten in (_drop_sentence, _drop_words):
        for _ in range(_MOST_STEPS):
            if _fits(kept, box, small, pictures):
                return Fitted(kept, SIZES[-1], tuple(left_out))
            kept, gone = _shorten_stack(kept, box, small, pictures, shorten)
            if not gone:
                break
            left_out += gone
    return Fitted(kept, SIZES[-1], tuple(left_out))


def split_tables(
    pieces: Sequence[Piece], box: Box, setting: Setting, pictures: Pictures
) -> list[tuple[Piece, ...]]:
    """The slides a slide becomes when its table is too long for one; rows are spread evenly."""
    small = setting.of_size(SIZES[-1])
    place = _long_table(pieces)
    if place is None or _fits(pieces, box, small, pictures):
        return [tuple(pieces)]
    for n in range(2, len(_rows(pieces[place])) + 1):
        parts = [_with_rows(pieces, place, part, n) for part in range(n)]
        if all(_fits(part, box, small, pictures) for part in parts):
            return parts
    return [tuple(pieces)]


def _title_fits(title: str, size: float, face: Typeface) -> bool:
    """Whether a title takes two lines at most, and those find room: Chinese ones are higher."""
    lines = face.n_lines((Run(title, is_bold=True),), size, ROOM * TITLE.width)
    return lines <= 2 and lines * pitch(size, title) <= TITLE.height


def _fits(pieces: Sequence[Piece], box: Box, setting: Setting, pictures: Pictures) -> bool:
    return stack_heights(pieces, box, setting, pictures) is not None


def _long_table(pieces: Sequence[Piece]) -> int | None:
    """Place of the longest table among pieces that stand alone; heat maps are never split."""
    places = [i for i, piece in enumerate(pieces) if len(_rows(piece)) > 1]
    return max(places, key=lambda i: len(_rows(pieces[i])), default=None)


def _rows(piece: Piece) -> Sequence[object]:
    table = _table_of(piece)
    return table.rows if table is not None and table.kind != "heat" else ()


def _table_of(piece: Piece) -> Table | None:
    if isinstance(piece, Table):
        return piece
    if isinstance(piece, Exhibit):
        return next((inner for inner in piece.body if isinstance(inner, Table)), None)
    return None


def _with_rows(pieces: Sequence[Piece], place: int, part: int, n: int) -> tuple[Piece, ...]:
    """The slide with one part of its rows; what stands above is on the first, below on the last."""
    table = _table_of(pieces[place])
    assert table is not None
    start, end = (round(len(table.rows) * k / n) for k in (part, part + 1))
    shorter = replace(table, rows=table.rows[start:end])
    whole = pieces[place]
    piece: Piece = shorter
    if isinstance(whole, Exhibit):
        body = tuple(shorter if inner is table else inner for inner in whole.body)
        piece = replace(whole, body=body)
    above = pieces[:place] if part == 0 else ()
    below = pieces[place + 1 :] if part == n - 1 else ()
    return (*above, piece, *below)


Shorten = Callable[[Sequence[Piece]], tuple[tuple[Piece, ...], list[str]]]


def _shorten_stack(
    pieces: Sequence[Piece], box: Box, setting: Setting, pictures: Pictures, shorten: Shorten
) -> tuple[tuple[Piece, ...], list[str]]:
    """Shorten where it is too long: in the column that overflows, else anywhere."""
    for place, piece in enumerate(pieces):
        if not isinstance(piece, Columns):
            continue
        others = sum(
            need(other, box.width, setting, pictures).least
            for i, other in enumerate(pieces)
            if i != place
        )
        room = box.height - others - GAP * (len(pieces) - 1)
        columns = list(piece.columns)
        gone: list[str] = []
        for i, width in enumerate(column_widths(piece, box.width)):
            inner = Box(0, 0, width, room)
            if not _fits(columns[i], inner, setting, pictures):
                columns[i], said = _shorten_stack(columns[i], inner, setting, pictures, shorten)
                gone += said
        if gone:
            new = replace(piece, columns=tuple(columns))
            return (*pieces[:place], new, *pieces[place + 1 :]), gone
    return shorten(pieces)


def _drop_sentence(pieces: Sequence[Piece]) -> tuple[tuple[Piece, ...], list[str]]:
    """Without the last sentence of the longest text that has several."""
    return _drop(pieces, _last_sentence)


def _drop_words(pieces: Sequence[Piece]) -> tuple[tuple[Piece, ...], list[str]]:
    """Without the second half of the longest text; the place is marked."""
    return _drop(pieces, _second_half)


def _drop(
    pieces: Sequence[Piece], cut: Callable[[str], tuple[str, str] | None]
) -> tuple[tuple[Piece, ...], list[str]]:
    texts = {id(p): p for p in every_piece(tuple(pieces)) if isinstance(p, Words | Cards | Exhibit)}
    choices = [
        (len(text), piece, text)
        for piece in texts.values()
        for text in _texts(piece)
        if cut(text) is not None
    ]
    if not choices:
        return tuple(pieces), []
    _, target, text = max(choices, key=lambda choice: choice[0])
    halves = cut(text)
    assert halves is not None
    new = _replaced(target, text, halves[0])
    return tuple(_swap(piece, target, new) for piece in pieces), [halves[1]]


def _texts(piece: Piece) -> Iterator[str]:
    if isinstance(piece, Words):
        yield from (paragraph.text for paragraph in piece.paragraphs)
    elif isinstance(piece, Cards):
        for card in piece.cards:
            yield from (card.note, card.label)
    elif isinstance(piece, Exhibit):
        yield from (piece.note, piece.subtitle, piece.title)


def _replaced(piece: Piece, old: str, new: str) -> Piece:
    if isinstance(piece, Words):
        return replace(
            piece,
            paragraphs=tuple(
                _cut(p, len(new.removesuffix(" …").removesuffix("…")), new) if p.text == old else p
                for p in piece.paragraphs
            ),
        )
    if isinstance(piece, Cards):
        return Cards(
            tuple(
                Card(
                    new if card.label == old else card.label,
                    card.value,
                    new if card.note == old else card.note,
                )
                for card in piece.cards
            )
        )
    assert isinstance(piece, Exhibit)
    return replace(
        piece,
        title=new if piece.title == old else piece.title,
        subtitle=new if piece.subtitle == old else piece.subtitle,
        note=new if piece.note == old else piece.note,
    )


def _cut(paragraph: Paragraph, length: int, text: str) -> Paragraph:
    """The first letters of a paragraph with their look, and the mark of what is cut."""
    runs: list[Run] = []
    left = length
    for run in paragraph.runs:
        if left > 0:
            runs.append(replace(run, text=run.text[:left]))
            left -= len(run.text)
    if tail := text[length:]:
        runs.append(Run(tail))
    return replace(paragraph, runs=tuple(runs))


def _swap(piece: Piece, target: Piece, new: Piece) -> Piece:
    if piece is target:
        return new
    if isinstance(piece, Columns):
        columns = tuple(
            tuple(_swap(inner, target, new) for inner in column) for column in piece.columns
        )
        return replace(piece, columns=columns)
    if isinstance(piece, Exhibit):
        return replace(piece, body=tuple(_swap(inner, target, new) for inner in piece.body))
    return piece


def _last_sentence(text: str) -> tuple[str, str] | None:
    """A text without its last sentence, and that sentence; None for a single one.

    Examples
    --------
    >>> _last_sentence("Sales rose. Returns fell.")
    ('Sales rose.', 'Returns fell.')
    """
    ends = [
        match for match in SENTENCE_END.finditer(text) if match.start() > 0 and text[match.end() :]
    ]
    if not ends:
        return None
    last = ends[-1]
    return text[: last.start()].rstrip(), text[last.end() :].strip()


def _second_half(text: str) -> tuple[str, str] | None:
    """The first half of a text that ends at a word, and the rest; None when it is short."""
    if len(text) < 40:
        return None
    middle = text.rfind(" ", 10, len(text) // 2)
    if middle < 0:
        middle = len(text) // 2
    return text[:middle].rstrip(" …") + " …", text[middle:].strip()
