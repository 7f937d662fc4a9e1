"""Which exhibit stands under which finding: those that speak of the same things, two at most."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from omnisim.report.exhibits import Shown, exhibits_of, is_wide, least_height
from omnisim.report.loading import Run
from omnisim.report.picks import Pick

OWN_SECTION = ("overview", "risk")  # of the assessment: exhibits in a section of their own
_PER_FINDING = 2
_ROOM = 160.0  # mm of a page that the words of a finding leave to its exhibits
_WORD = re.compile(r"[a-z]{4,}")
_STEM = 6  # letters that tell words apart: "credited" and "credits" are one
_COMMON_WORDS = (
    "about above after before below between does each effect every from have interval into more most much "
    "only other over same shares that their them than there these this under what when which with year without"
)
_COMMON = frozenset(word[:_STEM] for word in _COMMON_WORDS.split())


@dataclass(frozen=True, slots=True)
class Placed:
    """Exhibits under each finding, and those that found no place.

    Attributes
    ----------
    under : tuple of tuple of Shown
        For each finding: the exhibits to show below it.
    beside : tuple of tuple of Shown
        For each finding: the exhibits to refer to, in a section of their own or in the appendix.
    spare : tuple of Shown
        For the appendix.
    """

    under: tuple[tuple[Shown, ...], ...]
    beside: tuple[tuple[Shown, ...], ...]
    spare: tuple[Shown, ...]


def place(run: Run, picks: Sequence[Pick], *, own: Sequence[str] = OWN_SECTION) -> Placed:
    """Give each finding the exhibits that share most words with it.

    Parameters
    ----------
    run : Run
        The results.
    picks : sequence of Pick
        Findings in the order of the document.
    own : sequence of str
        Questions whose exhibits stand in a section of their own.
    """
    used: set[str] = set()
    under: list[tuple[Shown, ...]] = []
    beside: list[tuple[Shown, ...]] = []
    for pick in picks:
        items = [i for i in exhibits_of(run, pick.question_id) if not _is_list_of_checks(i)]
        if pick.question_id in own:
            under.append(())
            beside.append(_closest(pick, items))
            continue
        # A page on its side would tear the finding apart.
        free = [i for i in items if i.anchor not in used and not is_wide(run, i.exhibit)]
        best = _closest(pick, free)
        shown = _that_fit(run, pick, best)
        used.update(item.anchor for item in shown)
        under.append(shown)
        beside.append(tuple(item for item in best if item not in shown))
    spare = tuple(
        item
        for name in run.results
        if name not in own
        for item in exhibits_of(run, name)
        if item.anchor not in used and not _is_list_of_checks(item)
    )
    return Placed(tuple(under), tuple(beside), spare)


def _closest(pick: Pick, items: Sequence[Shown]) -> tuple[Shown, ...]:
    """The best two in the order of the result; a figure wins over a table as close."""
    best = _by_closeness(pick, items)[:_PER_FINDING]
    return tuple(item for item in items if item in best)


def _that_fit(run: Run, pick: Pick, items: Sequence[Shown]) -> tuple[Shown, ...]:
    """Those that find room on one page with the words; the closest one always."""
    left = _ROOM
    kept: list[Shown] = []
    for item in _by_closeness(pick, items):
        height = least_height(run, item)
        if not kept or height <= left:
            kept.append(item)
            left -= height
    return tuple(item for item in items if item in kept)


def closeness(pick: Pick, item: Shown) -> float:
    """How many words a finding shares with an exhibit, those of its headline twice."""
    finding = pick.finding
    return _score(stems(f"{finding.headline} {finding.headline} {finding.finding}"), item)


def _by_closeness(pick: Pick, items: Sequence[Shown]) -> list[Shown]:
    return sorted(items, key=lambda item: -closeness(pick, item))


def _score(words: Mapping[str, int], item: Shown) -> float:
    exhibit = item.exhibit
    theirs = stems(f"{exhibit.title} {exhibit.subtitle} {exhibit.name.replace('_', ' ')}")
    shared = sum(words[word] for word in theirs if word in words)
    return shared + (0.5 if exhibit.kind == "figure" else 0.0)


def stems(text: str) -> dict[str, int]:
    """How often each word of a text occurs, by its first letters; common words left out."""
    counts: dict[str, int] = {}
    for word in _WORD.findall(text.lower()):
        stem = word[:_STEM]
        if stem not in _COMMON:
            counts[stem] = counts.get(stem, 0) + 1
    return counts


def _is_list_of_checks(item: Shown) -> bool:
    """The report lists the checks of all questions itself."""
    return item.exhibit.kind == "table" and item.exhibit.name in ("checks", "design_checks")
