"""Sentences of the report about its results as a whole: confidence, checks, truth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from omnisim.language import join_sentences, join_texts, remember, say
from omnisim.report.picks import Pick, level_word
from omnisim.results import (
    Result,
    TruthComparison,
)

_FEW = 3  # names a sentence can hold


def confidence_sentence(picks: Iterable[Pick]) -> str:
    """How sure the report is, over the findings it shows."""
    levels = [pick.finding.confidence for pick in picks]
    there = [level for level in ("high", "medium", "low") if level in levels]
    if not there:
        return ""
    first, *others = there
    if len(levels) == 1:
        return say("The finding carries {level} confidence.", level=level_word(first))
    every = _count(len(levels))
    if not others:
        return say("All {n} findings carry {level} confidence.", n=every, level=level_word(first))
    rest = [
        say("{n} {level}", n=_count(levels.count(level)), level=level_word(level))
        for level in others
    ]
    said = {
        "n": _count(levels.count(first), capital=True),
        "total": every,
        "level": level_word(first),
        "rest": join_texts(rest, by=" and ", zh="、"),
    }
    if levels.count(first) == 1:
        return say("{n} of the {total} findings carries {level} confidence, {rest}.", **said)
    return say("{n} of the {total} findings carry {level} confidence, {rest}.", **said)


def checks_sentence(results: Mapping[str, Result]) -> str:
    """How many design checks passed, and which did not."""
    checks = [check for result in results.values() for check in result.checks]
    if not checks:
        return ""
    passed = sum(check.passed for check in checks)
    if passed == len(checks):
        return (
            say("Every design check passed.") if passed > 1 else say("The one design check passed.")
        )
    start = say("{n} of {total} design checks passed.", n=passed, total=len(checks))
    failed = [check for check in checks if not check.passed]
    gates = [check for check in failed if check.is_gate]
    if gates:
        seen = [say("{label}: {seen}", label=c.label, seen=c.sentence) for c in gates]
        names = join_texts(seen, by="; ", zh="")
        return join_sentences(
            start, say("A gate failed, and the numbers behind it are withheld."), names
        )
    names = join_texts([say("“{name}”", name=c.label) for c in failed[:_FEW]], by=", ", zh="、")
    if len(failed) > _FEW:
        names = say("{names} and {n_more} more", names=names, n_more=len(failed) - _FEW)
    return join_sentences(start, say("What did not pass blocks no number: {names}.", names=names))


def is_credit(row: TruthComparison) -> bool:
    """Whether a comparison reads credit as if it were a cause."""
    return "credit" in row.label.lower()


def truth_sentence(results: Mapping[str, Result]) -> str:
    """How often intervals hold the truth, apart from credit read as if it were a cause."""
    rows = [row for result in results.values() for row in result.truth]
    credit = [row for row in rows if is_credit(row)]
    judged = [row for row in rows if row not in credit and row.is_covered is not None]
    parts = []
    if judged:
        held = sum(row.is_covered is True for row in judged)
        parts.append(
            say(
                "Of {n} intervals of effects, {held} hold the truth; 19 of 20 are expected on average.",
                n=len(judged),
                held=held,
            )
        )
    if credit:
        parts.append(say("Credit read as if it were a cause is shown apart, as a warning."))
    return join_sentences(*parts)


def _count(number: int, *, capital: bool = False) -> str:
    words = ("none", "one", "two", "three", "four", "five", "six")
    if number >= len(words):
        return str(number)
    word = words[number].capitalize() if capital else words[number]
    return remember(word, zh=str(number))
