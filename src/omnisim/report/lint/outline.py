"""A report's source as what the rules look at: headings, exhibits, cards, tables, lines of text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from omnisim.report.source import Source

_FENCE = re.compile(r"^\s{0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*(?:\{([^{}]*)\})?\s*$")
_OPEN = re.compile(r"^\s*:{3,}\s*(?:\{([^}]*)\}|(\S+))\s*:*\s*$")
_CLOSE = re.compile(r"^\s*:{3,}\s*$")
_STYLED = re.compile(r"^\[(.*)\]\{\.(om-[a-z-]+)\}\s*$")
_IMAGE = re.compile(
    r"!\[((?:[^\]\\]|\\.)*)\]\(([^)]*)\)(?:\{((?:\"(?:[^\"\\]|\\.)*\"|[^}\"])*)\})?"
)
_ALT = re.compile(r'fig-alt="((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\([^\w\s])")
_CELLS = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"^\|[\s:|-]+\|?\s*$")
_MARKUP = re.compile(r"\{[.#][^}]*\}|(?<!\\)[*_`\[\]]")


@dataclass(frozen=True, slots=True)
class Remark:
    """Something a partner would send back.

    Attributes
    ----------
    where : str
        File and line, or the result file with what is in it.
    problem, allowed : str
        What is wrong; what would be right.
    """

    where: str
    problem: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}; {self.allowed}"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading with its place in the body, counted from 1."""

    line: int
    level: int
    text: str
    identifier: str


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of the source."""

    line: int
    file: str
    alt: str


@dataclass(frozen=True, slots=True)
class Table:
    """A pipe table as plain texts."""

    line: int
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(slots=True)
class Block:
    """A fenced block: an exhibit, a card, or any other; texts by the class that styles them."""

    line: int
    classes: tuple[str, ...]
    identifier: str
    texts: dict[str, tuple[int, str]] = field(default_factory=dict)
    n_bodies: int = 0  # pictures, tables and lines of text


@dataclass(frozen=True, slots=True)
class Outline:
    """What the rules read.

    Attributes
    ----------
    lines : tuple
        Line number and plain text of every line that a reader sees.
    """

    source: Source
    headings: tuple[Heading, ...]
    blocks: tuple[Block, ...]
    tables: tuple[Table, ...]
    pictures: tuple[Picture, ...]
    lines: tuple[tuple[int, str], ...]

    @property
    def lang(self) -> str:
        """Language of the document, e.g. ``en``."""
        return str(self.source.metadata.get("lang") or "en")

    def of_class(self, name: str) -> Iterator[Block]:
        """Blocks with a class."""
        return (block for block in self.blocks if name in block.classes)

    def where(self, line: int) -> str:
        """File and line of a line of the body."""
        return self.source.where(line)


def read_outline(source: Source) -> Outline:
    """Read the documented subset line by line; code is left out."""
    headings: list[Heading] = []
    blocks: list[Block] = []
    tables: list[Table] = []
    pictures: list[Picture] = []
    lines: list[tuple[int, str]] = []
    open_blocks: list[Block] = []
    table: list[tuple[int, str]] = []
    fence = ""
    for number, line in enumerate([*source.body.split("\n"), ""], 1):
        mark = _FENCE.match(line)
        if mark or fence:
            fence = _next_fence(fence, mark)
            continue
        if line.lstrip().startswith("|"):
            table.append((number, line))
            continue
        if table:
            tables.append(_table(table))
            lines += [(n, plain_text(text)) for n, text in table if not _RULE.match(text.strip())]
            _count(open_blocks)
            table = []
        if found := _HEADING.match(line):
            text, marks = plain_text(found[2]), found[3] or ""
            headings.append(Heading(number, len(found[1]), text, _identifier(marks)))
            lines.append((number, text))
        elif _CLOSE.match(line):
            if open_blocks:
                open_blocks.pop()
        elif found := _OPEN.match(line):
            marks = found[1] or f".{found[2]}"
            classes = tuple(word[1:] for word in marks.split() if word.startswith("."))
            block = Block(number, classes, _identifier(marks))
            blocks.append(block)
            open_blocks.append(block)
        elif line.strip():
            pictures += _pictures(line, number)
            text = plain_text(_IMAGE.sub("", line))
            styled = _STYLED.match(line.strip())
            for block in open_blocks if styled else []:
                block.texts.setdefault(styled[2], (number, text))  # type: ignore[index]
            if styled is None or styled[2] not in ("om-exhibit-title", "om-exhibit-note"):
                _count(open_blocks)
            if text:
                lines.append((number, text))
    return Outline(
        source, tuple(headings), tuple(blocks), tuple(tables), tuple(pictures), tuple(lines)
    )


def plain_text(line: str) -> str:
    """A line of Markdown as its reader sees it, near enough for rules on words.

    Examples
    --------
    >>> plain_text("**Sales** rose 3\\\\.2\\\\% [Exhibit](#a){.om-ref}")
    'Sales rose 3.2% Exhibit'
    """
    without_links = re.sub(r"\]\([^)]*\)", "]", line)
    return " ".join(_ESCAPED.sub(r"\1", _MARKUP.sub("", without_links)).split())


def _next_fence(fence: str, mark: re.Match[str] | None) -> str:
    if not fence:
        return mark.group(1) if mark else ""
    return "" if mark and mark.group(1).startswith(fence) else fence


def _identifier(marks: str) -> str:
    return next((word[1:] for word in marks.split() if word.startswith("#")), "")


def _count(blocks: list[Block]) -> None:
    for block in blocks:
        block.n_bodies += 1


def _pictures(line: str, number: int) -> Iterator[Picture]:
    for found in _IMAGE.finditer(line):
        alt = _ALT.search(found[3] or "")
        text = alt[1] if alt else found[1]
        yield Picture(number, found[2], _ESCAPED.sub(r"\1", text).strip())


def _table(lines: list[tuple[int, str]]) -> Table:
    rows = [_cells(text) for _, text in lines if not _RULE.match(text.strip())]
    return Table(lines[0][0], rows[0] if rows else (), tuple(rows[1:]))


def _cells(text: str) -> tuple[str, ...]:
    return tuple(plain_text(cell) for cell in _CELLS.split(text.strip())[1:-1])
