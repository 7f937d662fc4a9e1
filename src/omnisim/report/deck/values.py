"""The values that the templates of slides take beside those of sections."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from omnisim.language import say, say_as
from omnisim.report import picks, programme_rows, rows
from omnisim.report.deck.words import brief
from omnisim.report.escape import escape
from omnisim.report.exhibits import Shown, exhibit_markdown, exhibits_of, read_table, shape_of
from omnisim.report.loading import Run
from omnisim.report.picks import Pick
from omnisim.report.placing import closeness, stems
from omnisim.report.registry import DocumentKind
from omnisim.report.tables import MAX_ROWS, Grid, Markdown, frame_grid, pipe_table
from omnisim.report.wording import translations_of
from omnisim.results import Estimate, format_number

_MOST = {"overview": 2, "risk": 1}  # findings of the flagship's deck on these questions
_MOST_CAUSES = 4
_MOST_TOLD = 4  # findings of the other decks
_LEVELS_LISTED = 9  # risks named beside the matrix, the costliest first
_LEADING = 14  # estimates of one question on a slide
_MOST_EXHIBITS = 2  # slides of exhibits that no finding takes
_ROWS, _COLUMNS = 9, 6  # a table that stands beside the words of a finding
_SHORT, _WIDE = 16, 9  # one that fills a slide
_LIKELIHOOD = ("rare", "unlikely", "possible", "likely", "frequent")
_IMPACT = ("negligible", "minor", "moderate", "severe", "critical")
_ELSEWHERE = ("matrix", "register")  # what the risk matrix of the deck shows already
_ON_REGISTER = ("losses", "exceedance")  # their title is that of the register's slide
_LEAST_SHARED = 4.0  # words that an exhibit shares with the finding it stands beside
_FLAT = 0.75  # height over width up to which the letters of a figure stay readable beside text
_FIGURE_FIRST = 3.0  # words that a figure is ahead of a table
_LOOSE = {"seen", "data"}  # words that say nothing of what a finding is about
_TELLING = 4  # characters from which a number is found in a sentence
_MOST_CARDS = 4
_LEVELS = ("low", "medium", "high", "very-high")
_ROLES = ("incremental", "risk", "descriptive", "credit")
_DIGIT = re.compile(r"^[1-5]\b")


def deck_values(
    kind: DocumentKind, run: Run, values: Mapping[str, Any], *, lang: str
) -> dict[str, Any]:
    """What a deck says that its document does not.

    Parameters
    ----------
    kind : DocumentKind
        The deck.
    run : Run
        The results it reads.
    values : mapping
        Those of the sections of the document.
    lang : str
        Language of the deck.
    """
    told = _told(kind, run)
    heat = heat_grid(run)
    shown = _chosen(run, told, shown_elsewhere=_ELSEWHERE if heat else ())
    slides = [_slide(run, pick, item, lang) for pick, item in zip(told, shown, strict=True)]
    used = {item.anchor for item in shown if item}
    titles = {pick.finding.headline for pick in told} | _titles(run, _ON_REGISTER)
    return {
        "slides_on": lambda *names: [s for s in slides if s["pick"].question_id in names],
        "slides_but": lambda *names: [s for s in slides if s["pick"].question_id not in names],
        "exhibit": lambda question, *names: _exhibit(run, question, names, lang),
        "spare_slides": _spare(kind, run, used, titles, lang),
        "register": _register(run, _REGISTER, lang),
        "register_levels": _register(run, ("ID", "Risk", "Level"), lang, most=_LEVELS_LISTED),
        "heat": heat,
        "plan": _plan(values["actions"], lang),
        "n_now": sum(p.finding.horizon == "now" for p in values["actions"]),
        "statuses": [reading.status for reading in values["readings"]],
        "leading": lambda name: _leading(run, name),
        "methods": _all(run, "methods"),
        "limitations": _all(run, "limitations"),
        "is_judged": bool(values["truth_sentence"]) and bool(values["truth"].rows),
    }


def heat_grid(run: Run) -> Grid | None:
    """The register as a matrix: impact from the highest step down, likelihood from the lowest.

    Each cell begins with a point in the class of its level; risks follow by their number in the class
    of theirs. None where the register does not name the steps.
    """
    frame = _register_of(run)
    if frame is None or not {"Risk", "Likelihood", "Impact", "Level"} <= set(frame.columns):
        return None
    from omnisim.risk import cell_levels, default_register  # costs a second, and few decks need it

    grounds = cell_levels(default_register().matrix)
    cells = [[[f"[·]{{.om-{_LEVELS[level]}}}"] for level in row] for row in grounds]
    placed = 0
    for number, row in enumerate(frame.to_dict("records"), 1):
        x, y = _step(str(row["Likelihood"]), _LIKELIHOOD), _step(str(row["Impact"]), _IMPACT)
        level = str(row["Level"]).lower().replace("_", "-").replace(" ", "-")
        if x is None or y is None or level not in _LEVELS:
            continue
        name = escape(str(row.get("ID", number)))
        cells[x][y].append(f"[{name}]{{.om-{level}}}")
        placed += 1
    if placed == 0:
        return None
    body = tuple(
        (
            say_as("impact", _IMPACT[y].capitalize()),
            *(Markdown(" ".join(cells[x][y])) for x in range(5)),
        )
        for y in reversed(range(5))
    )
    header = (
        say("Impact up, likelihood across"),
        *(say_as("likelihood", word.capitalize()) for word in _LIKELIHOOD),
    )
    return Grid(header, body, ("left", *["center"] * 5))  # type: ignore[arg-type]


def _register_of(run: Run) -> pd.DataFrame | None:
    """The risk register; None where there is none."""
    item = next((i for i in run.exhibits("risk") if i.name == "register"), None)
    return None if item is None or item.kind != "table" else read_table(run, item)


def _told(kind: DocumentKind, run: Run) -> tuple[Pick, ...]:
    """The findings that get a slide: of the flagship some of each question, of the others all."""
    every = picks.all_picks(run)
    if kind.name != "assessment":
        return every[:_MOST_TOLD]
    own = {name: [p for p in every if p.question_id == name][:n] for name, n in _MOST.items()}
    rest = {n: r for n, r in run.results.items() if n not in _MOST}
    causes = picks.top_findings(Run(run.folder, rest), limit=_MOST_CAUSES) if rest else ()
    return (*own["overview"], *causes, *own["risk"])


def _chosen(
    run: Run, told: Sequence[Pick], *, shown_elsewhere: Sequence[str]
) -> list[Shown | None]:
    """The exhibit beside the words of each finding, each once; none where nothing speaks of it."""
    used: set[str] = set()
    chosen: list[Shown | None] = []
    for pick in told:
        items = [
            item
            for item in exhibits_of(run, pick.question_id)
            if item.anchor not in used
            and item.exhibit.name not in (*shown_elsewhere, "checks")
            and (_is_flat(run, item) or _is_small(run, item))
        ]
        near = [item for item in items if _speaks_of(pick, item)]
        found = max(near, key=lambda item: _nearness(pick, item), default=None)
        used.update([found.anchor] if found else [])
        chosen.append(found)
    return chosen


def _speaks_of(pick: Pick, item: Shown) -> bool:
    """Whether an exhibit is about the finding: it shares a word of the headline and several more."""
    headline = set(stems(pick.finding.headline)) - _LOOSE
    told = set(stems(f"{item.exhibit.title} {item.exhibit.subtitle} {item.exhibit.name}"))
    return bool(headline & told) and closeness(pick, item) >= _LEAST_SHARED


def _nearness(pick: Pick, item: Shown) -> float:
    """How well an exhibit stands beside a finding: a figure before a table."""
    near = closeness(pick, item)
    if item.exhibit.kind == "figure":
        near += _FIGURE_FIRST
    return near


def _slide(run: Run, pick: Pick, item: Shown | None, lang: str) -> dict[str, Any]:
    """What the slide of a finding shows: its exhibit, else the numbers it speaks of as cards."""
    return {
        "pick": pick,
        "body": exhibit_markdown(run, item, lang=lang) if item else "",
        "exhibit": item.exhibit if item else None,
        "cards": [] if item else [rows.card(e) for e in _numbers_of(run, pick)],
    }


def _numbers_of(run: Run, pick: Pick) -> list[Estimate]:
    """The estimates whose value a finding says, in the order it says them, its own size first."""
    said = f"{pick.finding.headline} {pick.finding.finding} {pick.finding.so_what}"
    there = run.results[pick.question_id].estimates
    texts = {e.name: format_number(e.value, e.unit) for e in there}
    spoken = [e for e in there if len(texts[e.name]) >= _TELLING and texts[e.name] in said]
    spoken.sort(key=lambda e: said.index(texts[e.name]))
    own = [pick.estimate] if pick.estimate is not None else []
    different = {texts[e.name]: e for e in reversed([*own, *spoken])}
    return list(reversed(different.values()))[:_MOST_CARDS]


def _is_flat(run: Run, item: Shown) -> bool:
    return item.exhibit.kind == "figure" and shape_of(run, item) <= _FLAT


def _is_small(run: Run, item: Shown) -> bool:
    if item.exhibit.kind == "figure":
        return False
    rows_, columns = read_table(run, item.exhibit).shape
    return 0 < rows_ <= _ROWS and columns <= _COLUMNS


def _is_short(run: Run, item: Shown) -> bool:
    rows_, columns = read_table(run, item.exhibit).shape
    return 0 < rows_ <= _SHORT and columns <= _WIDE


def _spare(
    kind: DocumentKind, run: Run, used: set[str], titles: set[str], lang: str
) -> list[dict[str, Any]]:
    """Exhibits that tell more: of the questions a document is about, figures before tables."""
    items = [
        item
        for name in (kind.needs or tuple(run.results))
        for item in exhibits_of(run, name)
        if item.anchor not in used
        and item.exhibit.title not in titles
        and item.exhibit.name not in ("checks", "matrix", "register")
    ]
    readable = [i for i in items if i.exhibit.kind == "figure" or _is_short(run, i)]
    ordered = sorted(readable, key=lambda item: item.exhibit.kind != "figure")
    return [
        {"exhibit": item.exhibit, "body": exhibit_markdown(run, item, lang=lang)}
        for item in ordered[:_MOST_EXHIBITS]
    ]


def _titles(run: Run, names: Sequence[str]) -> set[str]:
    """Titles of exhibits on risks that are those of slides already."""
    return {item.title for item in run.exhibits("risk") if item.name in names}


def _exhibit(run: Run, question: str, names: Sequence[str], lang: str) -> dict[str, Any] | None:
    """The first of the named exhibits of a question that is there; the first figure where none is named."""
    there = exhibits_of(run, question)
    named = [item for name in names for item in there if item.exhibit.name == name]
    figures = [item for item in there if item.exhibit.kind == "figure"]
    found = next(iter(named or ([] if names else figures)), None)
    if found is None:
        return None
    return {"exhibit": found.exhibit, "body": exhibit_markdown(run, found, lang=lang)}


def _register(
    run: Run, names: Sequence[str], lang: str, *, most: int = MAX_ROWS
) -> Markdown | None:
    """The first rows of the register with some of its columns; None where there is none."""
    frame = _register_of(run)
    wanted = [] if frame is None else [name for name in names if name in frame.columns]
    if frame is None or not wanted:
        return None
    words = translations_of(run.results["risk"], lang)
    return pipe_table(frame_grid(frame[wanted], max_rows=most), lang=lang, words=words)


_REGISTER = (
    "ID",
    "Risk",
    "Owner",
    "Likelihood",
    "Impact",
    "Expected annual loss",
    "Expected loss, USD a year",
    "90% interval",
    "Bad year (P95)",
    "Level",
)


def _plan(actions: Sequence[Pick], lang: str) -> Grid:
    """The roadmap with each action in short, and a gate at the end of each stage."""
    grid = programme_rows.gantt_grid(actions)
    made = [
        (number, Markdown(escape(brief(pick.finding.recommendation, lang))), *rest)
        for (number, *rest), pick in zip(grid.rows, actions, strict=True)
    ]
    gate = Markdown("[◆]{.om-gate}")
    made.append(
        ("◆", say("Gate of the stage: see acceptance"), say("Sponsor"), gate, "", gate, gate)
    )
    header = (grid.header[0], say("Action"), *grid.header[1:])
    return Grid(header, tuple(made), (grid.align[0], "left", *grid.align[1:]))


def _leading(run: Run, name: str) -> dict[str, Any]:
    """The estimates of a question that say most, and how many there are."""
    every = [e for e in run.results[name].estimates if e.role in _ROLES]
    ordered = sorted(every, key=lambda e: _ROLES.index(e.role))
    return {"grid": rows.estimates_grid(ordered[:_LEADING]), "n": len(every), "shown": _LEADING}


def _all(run: Run, name: str) -> list[str]:
    """Each method or limit of the results once."""
    texts = [text for result in run.results.values() for text in getattr(result, name)]
    return list(dict.fromkeys(texts))


def _step(text: str, words: Sequence[str]) -> int | None:
    """Step of a cell such as ``likely (157 a year)`` or ``4 major``, from 0."""
    first = text.split(" ")[0].lower()
    if first in words:
        return words.index(first)
    found = _DIGIT.match(text)
    return int(found.group()) - 1 if found else None
