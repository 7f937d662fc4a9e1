"""The values that the templates of slides take beside those of sections."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from omnisim.report import narrative, rows
from omnisim.report.deck.words import brief
from omnisim.report.escape import escape
from omnisim.report.exhibits import Shown, exhibit_markdown, exhibits_of, read_table
from omnisim.report.loading import Run
from omnisim.report.narrative import Pick
from omnisim.report.placing import place
from omnisim.report.registry import DocumentKind
from omnisim.report.tables import Grid, Markdown

_MOST = {"overview": 2, "risk": 1}  # findings of the flagship's deck on these questions
_MOST_CAUSES = 4
_MOST_EXHIBITS = 3  # slides of exhibits that no finding takes
_ROWS, _COLUMNS = 9, 6  # a table that stands beside the words of a finding
_LIKELIHOOD = ("rare", "unlikely", "possible", "likely", "frequent")
_IMPACT = ("negligible", "minor", "moderate", "severe", "critical")
_LEVELS = ("low", "medium", "high", "very-high")
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
    placed = place(run, told, own=())
    shown = [
        _beside_words(run, (*under, *beside))
        for under, beside in zip(placed.under, placed.beside, strict=True)
    ]
    slides: list[dict[str, Any]] = [
        {
            "pick": pick,
            "body": exhibit_markdown(run, item) if item else "",
            "exhibit": item.exhibit if item else None,
            "card": rows.card(pick.estimate) if pick.estimate else None,
        }
        for pick, item in zip(told, shown, strict=True)
    ]
    used = {item.anchor for item in shown if item}
    return {
        "slides_on": lambda *names: [s for s in slides if s["pick"].question_id in names],
        "slides_but": lambda *names: [s for s in slides if s["pick"].question_id not in names],
        "exhibit": lambda question, *names: _exhibit(run, question, names),
        "spare_slides": _spare(kind, run, used),
        "register": _top_rows(run),
        "heat": heat_grid(run),
        "plan": _plan(values["actions"], lang),
        "n_now": sum(p.finding.horizon == "now" for p in values["actions"]),
        "statuses": [reading.status for reading in values["readings"]],
        "sized": [p for p in values["actions"] if p.estimate is not None and p.is_money],
        "methods": _all(run, "methods"),
        "limitations": _all(run, "limitations"),
        "has_truth": bool(values["truth"].rows or values["truth_of_credit"].rows),
    }


def heat_grid(run: Run) -> Grid | None:
    """The register as a matrix: impact from the highest step down, likelihood from the lowest.

    Each cell begins with a point in the class of its level; risks follow by their number in the class
    of theirs. None where the register does not name the steps.
    """
    item = next((i for i in run.exhibits("risk") if i.name == "register"), None)
    if item is None or item.kind != "table":
        return None
    frame = read_table(run, item)
    if not {"Risk", "Likelihood", "Impact", "Level"} <= set(frame.columns):
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
        (_IMPACT[y].capitalize(), *(Markdown(" ".join(cells[x][y])) for x in range(5)))
        for y in reversed(range(5))
    )
    header = ("Impact up, likelihood across", *(word.capitalize() for word in _LIKELIHOOD))
    return Grid(header, body, ("left", *["center"] * 5))  # type: ignore[arg-type]


def _told(kind: DocumentKind, run: Run) -> tuple[Pick, ...]:
    """The findings that get a slide: of the flagship some of each question, of the others all."""
    every = narrative.all_picks(run)
    if kind.name != "assessment":
        return every[:6]
    own = {name: [p for p in every if p.question_id == name][:n] for name, n in _MOST.items()}
    rest = {n: r for n, r in run.results.items() if n not in _MOST}
    causes = narrative.top_findings(Run(run.folder, rest), limit=_MOST_CAUSES) if rest else ()
    return (*own["overview"], *causes, *own["risk"])


def _beside_words(run: Run, items: Sequence[Shown]) -> Shown | None:
    """The exhibit beside the words of a finding: a figure, else a table that is small."""
    figures = [item for item in items if item.exhibit.kind == "figure"]
    return next(iter(figures), None) or next((i for i in items if _is_small(run, i)), None)


def _is_small(run: Run, item: Shown) -> bool:
    rows_, columns = read_table(run, item.exhibit).shape
    return 0 < rows_ <= _ROWS and columns <= _COLUMNS


def _spare(kind: DocumentKind, run: Run, used: set[str]) -> list[dict[str, Any]]:
    """Exhibits that tell more: of the questions a document is about, figures before tables."""
    items = [
        item
        for name in (kind.needs or tuple(run.results))
        for item in exhibits_of(run, name)
        if item.anchor not in used and item.exhibit.name not in ("checks", "matrix", "register")
    ]
    ordered = sorted(items, key=lambda item: item.exhibit.kind != "figure")
    return [
        {"exhibit": item.exhibit, "body": exhibit_markdown(run, item)}
        for item in ordered[:_MOST_EXHIBITS]
    ]


def _exhibit(run: Run, question: str, names: Sequence[str]) -> dict[str, Any] | None:
    """The first of the named exhibits of a question that is there; the first figure where none is named."""
    there = exhibits_of(run, question)
    named = [item for name in names for item in there if item.exhibit.name == name]
    figures = [item for item in there if item.exhibit.kind == "figure"]
    found = next(iter(named or ([] if names else figures)), None)
    if found is None:
        return None
    return {"exhibit": found.exhibit, "body": exhibit_markdown(run, found)}


def _top_rows(run: Run) -> Grid | None:
    """The register with the columns a steering group reads."""
    item = next((i for i in run.exhibits("risk") if i.name == "register"), None)
    if item is None or item.kind != "table":
        return None
    from omnisim.report.tables import frame_grid

    frame = read_table(run, item)
    wanted = [name for name in _REGISTER if name in frame.columns]
    return frame_grid(frame[wanted]) if wanted else frame_grid(frame)


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
    grid = rows.gantt_grid(actions)
    made = [
        (number, Markdown(escape(brief(pick.finding.recommendation, lang))), *rest)
        for (number, *rest), pick in zip(grid.rows, actions, strict=True)
    ]
    gate = Markdown("[◆]{.om-gate}")
    made.append(("◆", "Gate of the stage: see acceptance", "Sponsor", gate, "", gate, gate))
    header = (grid.header[0], "Action", *grid.header[1:])
    return Grid(header, tuple(made), (grid.align[0], "left", *grid.align[1:]))


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
