"""Rules on the document: each reads the outline and yields remarks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

from omnisim.report.lint.foreign import NAMES, english_in
from omnisim.report.lint.outline import Block, Outline, Remark, Table
from omnisim.report.lint.words import (
    calls_credit_a_cause,
    failed_word,
    has_verb,
)

_LINK = re.compile(r"(?<!!)\[(?:[^\]\\]|\\.)*\]\(<?([^)>\s]+)")
_NUMBERED = re.compile(r"\b(?:Exhibit|图表)[ \u00a0](\d+)\b")
_FINDING = re.compile(r"^(?:Finding|发现) ?\d+ ?[:：] ?")
_BASE = re.compile(r"\bn ?[=＝] ?\d", re.IGNORECASE)
_RANGE = re.compile(r"interval|range|counted in full|区间|范围|全数")
_TOTAL = re.compile(r"(?:grand |sub)?total|sum|合计|总计|小计", re.IGNORECASE)
# Columns whose total is not the sum of the rows.
_NOT_ADDED = re.compile(
    r"rate|mean|average|median|per |/|ratio|index|score|rank|low|high|^p$|interval|probability|"
    r"conversion|roas|share of|率|均|每|指数|排名|下限|上限",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"^([^\d+−-]*?)([+−-]?)\s*([\d,]*\.?\d+)\s*(million|billion|%|万|亿)?([^\d]*)$"
)
_FACTOR = {"million": 1e6, "billion": 1e9, "万": 1e4, "亿": 1e8}
_NOTHING = ("", "–", "-")
_SHOWN = 60  # characters of a text in a remark


def no_failed_values(outline: Outline) -> Iterator[Remark]:
    """No nan, inf or None, and no template that was not filled."""
    for line, text in outline.lines:
        if word := failed_word(text):
            yield Remark(
                outline.where(line), f"{word!r} stands in the text", "write the value or –"
            )


def no_empty_section(outline: Outline) -> Iterator[Remark]:
    """Something stands below each heading."""
    shown = [line for line, _ in outline.lines] + [p.line for p in outline.pictures]
    end = len(outline.source.lines) + 1
    places = [(h.line, h.level) for h in outline.headings] + [(end, 0)]
    for heading, ((here, level), (below, next_level)) in zip(
        outline.headings, pairwise(places), strict=True
    ):
        if next_level <= level and not any(here < line < below for line in shown):
            yield Remark(
                outline.where(here),
                f"nothing stands below {_short(heading.text)}",
                "write a sentence or take the heading out",
            )
    for block in outline.of_class("om-exhibit"):
        if block.n_bodies == 0:
            yield Remark(
                outline.where(block.line),
                f"exhibit #{block.identifier} is empty",
                "give it a figure or a table",
            )


def links_resolve(outline: Outline, *, targets: frozenset[str], folder: Path) -> Iterator[Remark]:
    """Links lead somewhere, and numbers of exhibits exist."""
    n_exhibits = sum(1 for _ in outline.of_class("om-exhibit"))
    for number, line in enumerate(outline.source.body.split("\n"), 1):
        for address in _LINK.findall(line):
            if address.startswith("#") and address[1:] not in targets:
                yield Remark(
                    outline.where(number),
                    f"link to {address}, which is not in the document",
                    "give the identifier of a heading or an exhibit",
                )
            elif not re.match(r"#|[a-z][a-z+.-]*:", address) and not (folder / address).exists():
                yield Remark(
                    outline.where(number),
                    f"link to {address}, which does not exist",
                    "give a file of the report folder or a whole address",
                )
    for number, text in outline.lines:
        for found in _NUMBERED.findall(text):
            if int(found) > n_exhibits:
                yield Remark(
                    outline.where(number),
                    f"Exhibit {found} is spoken of, there are {n_exhibits}",
                    "refer by [Exhibit](#exh-…){.om-ref}, which numbers itself",
                )


def pictures_are_described(outline: Outline) -> Iterator[Remark]:
    """Each picture says in words what it shows."""
    for picture in outline.pictures:
        if len(picture.alt) < 10 or picture.alt.lower().endswith((".svg", ".png")):
            yield Remark(
                outline.where(picture.line),
                f"picture {picture.file} has no description",
                'say in fig-alt="…" what is seen, in a sentence',
            )


def titles_say_something(outline: Outline) -> Iterator[Remark]:
    """Titles of findings and exhibits are messages, so they have a verb."""
    titles = [
        (heading.line, _FINDING.sub("", heading.text))
        for heading in outline.headings
        if _FINDING.match(heading.text)
    ]
    titles += [
        block.texts["om-exhibit-title"]
        for block in outline.of_class("om-exhibit")
        if "om-exhibit-title" in block.texts
    ]
    for line, text in titles:
        if not has_verb(text, lang=outline.lang):
            yield Remark(
                outline.where(line),
                f"title {_short(text)} names a subject",
                "say the message in a sentence with a verb",
            )


def credit_is_no_cause(outline: Outline) -> Iterator[Remark]:
    """Credit says who touched; no sentence lets it have caused something."""
    for line, text in outline.lines:
        for cell in text.split("|"):  # a line of text is one
            if sentence := calls_credit_a_cause(cell.strip()):
                yield Remark(
                    outline.where(line),
                    f"credit is called a cause: {_short(sentence)}",
                    "say what is credited, or take the incremental number",
                )


def numbers_have_a_base(outline: Outline) -> Iterator[Remark]:
    """Key numbers carry range and base, exhibits say title, base and source."""
    for card in outline.of_class("om-kpi"):
        yield from _card(outline, card)
    for exhibit in outline.of_class("om-exhibit"):
        for part in ("title", "note"):
            if not exhibit.texts.get(f"om-exhibit-{part}", (0, ""))[1]:
                yield Remark(
                    outline.where(exhibit.line),
                    f"exhibit #{exhibit.identifier} has no {part}",
                    f"write [ … ]{{.om-exhibit-{part}}}",
                )
        line, note = exhibit.texts.get("om-exhibit-note", (0, ""))
        if note and not _BASE.search(note):
            yield Remark(
                outline.where(line),
                f"exhibit #{exhibit.identifier} does not say its base",
                "write n = and of what into the note",
            )


def _card(outline: Outline, card: Block) -> Iterator[Remark]:
    line, value = card.texts.get("om-kpi-value", (card.line, ""))
    _, label = card.texts.get("om-kpi-label", (card.line, ""))
    _, note = card.texts.get("om-kpi-note", (card.line, ""))
    for missing, is_there in (
        ("label", bool(label)),
        ("value with a number", bool(re.search(r"\d", value))),
        ("base (n = …)", bool(_BASE.search(note))),
        ("range, or why it has none", bool(_RANGE.search(note))),
    ):
        if not is_there:
            yield Remark(
                outline.where(line),
                f"key number {_short(label or value or '?')} has no {missing}",
                "give label, value with unit, range and base",
            )


def totals_tie(outline: Outline) -> Iterator[Remark]:
    """The rows above a total add up to it, within what rounding hides."""
    for table in outline.tables:
        for i, row in enumerate(table.rows):
            if not any(_TOTAL.fullmatch(cell) for cell in row[:2]):
                continue
            for k in range(1, len(row)):
                if remark := _tie(outline, table, i, k):
                    yield remark


def _tie(outline: Outline, table: Table, total_row: int, column: int) -> Remark | None:
    name = table.header[column] if column < len(table.header) else ""
    total = _amount(table.rows[total_row][column])
    above = [row[column] for row in table.rows[:total_row] if column < len(row)]
    parts = [_amount(cell) for cell in above if cell not in _NOTHING]
    if _NOT_ADDED.search(name) or total is None or not parts or any(p is None for p in parts):
        return None
    known = [part for part in parts if part is not None]
    if len({unit for _, _, unit in (*known, total)}) > 1:
        return None
    value, step, _ = total
    found = sum(part[0] for part in known)
    slack = step / 2 + sum(part[1] for part in known) / 2
    if abs(found - value) <= slack * (1 + 1e-9):
        return None
    return Remark(
        outline.where(table.line + 2 + total_row),
        f"total of {_short(name)} is {table.rows[total_row][column]}, its rows add up to {found:,.6g}",
        "make them tie, or say in the column's head that it is no sum",
    )


def _amount(cell: str) -> tuple[float, float, str] | None:
    """Value, smallest step shown, and unit of a cell; None when it is no number."""
    found = _AMOUNT.match(cell.replace("\u00a0", " ").strip())
    if found is None:
        return None
    before, sign, digits, size, after = found.groups()
    factor = _FACTOR.get(size or "", 1.0)
    places = len(digits.partition(".")[2])
    whole = digits.replace(",", "")
    # An amount such as 45,100 was rounded to three figures: its step is that of the last non-zero.
    zeros = len(whole) - len(whole.rstrip("0")) if "." not in whole and len(whole) > 3 else 0
    value = float(whole) * factor * (-1 if sign in ("−", "-") else 1)
    unit = before.strip() + "|" + after.strip() + ("%" if size == "%" else "")
    return value, factor * 10.0 ** (zeros - places), unit


def one_language(outline: Outline) -> Iterator[Remark]:
    """A document in another language holds no English but names."""
    for line, words in english_in(outline):
        yield Remark(
            outline.where(line),
            f"English in a Chinese document: {_short(words)}",
            f"translate it, or list it under {NAMES} in the front matter when it is a name",
        )


def _short(text: str) -> str:
    return f"“{text}”" if len(text) <= _SHOWN else f"“{text[: _SHOWN - 1]}…”"


RULES: tuple[Callable[[Outline], Iterator[Remark]], ...] = (
    no_failed_values,
    no_empty_section,
    pictures_are_described,
    titles_say_something,
    credit_is_no_cause,
    numbers_have_a_base,
    totals_tie,
    one_language,
)
