"""Where results contradict each other: credit against cause, method against method."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from omnisim.language import join_sentences, say
from omnisim.report.picks import is_currency
from omnisim.results import (
    Estimate,
    Result,
    format_estimate,
    format_number,
)

# Parts of machine names that say how a number was made, not what it is about.
_METHOD_WORDS = frozenset(
    [
        "credit",
        "credited",
        "incremental",
        "effect",
        "lift",
        "att",
        "ate",
        "last",
        "first",
        "linear",
        "markov",
        "shapley",
        "removal",
        "touch",
        "click",
        "welch",
        "cuped",
        "naive",
        "twfe",
        "group",
        "time",
        "before",
        "after",
        "did",
        "raw",
        "adjusted",
        "plain",
        "share",
    ]
)


def contradictions(results: Mapping[str, Result]) -> tuple[str, ...]:
    """Sentences on numbers that disagree: credit with incremental, method with method."""
    estimates = [estimate for result in results.values() for estimate in result.estimates]
    return (*_credit_against_cause(estimates), *_method_against_method(estimates))


def _subject(estimate: Estimate) -> str:
    """What an estimate is about: its name without the words of methods."""
    return "_".join(w for w in estimate.name.lower().split("_") if w not in _METHOD_WORDS)


def _credit_against_cause(estimates: list[Estimate]) -> Iterable[str]:
    caused = {_subject(e): e for e in estimates if e.role == "incremental" and is_currency(e.unit)}
    for credit in (e for e in estimates if e.role == "credit"):
        cause = caused.get(_subject(credit))
        if cause is None or not _subject(credit) or cause.unit != credit.unit:
            continue
        if cause.ci_low is None or cause.ci_high is None:
            continue
        if cause.ci_low <= credit.value <= cause.ci_high:
            continue
        said = {"label": credit.label, "size": format_number(credit.value, credit.unit)}
        yield join_sentences(
            say("{label}: {size} credited, more than was caused.", **said)
            if credit.value > cause.value
            else say("{label}: {size} credited, less than was caused.", **said),
            say("{label}: {size}.", label=cause.label, size=format_estimate(cause)),
            say("Decide on what was caused."),
        )


def _method_against_method(estimates: list[Estimate]) -> Iterable[str]:
    groups: dict[tuple[str, str], list[Estimate]] = {}
    for estimate in estimates:
        if estimate.role == "incremental" and _subject(estimate):
            groups.setdefault((_subject(estimate), estimate.unit), []).append(estimate)
    for pair in groups.values():
        for i, one in enumerate(pair):
            for other in pair[i + 1 :]:
                if _disjoint(one, other):
                    yield say(
                        "Two methods disagree on the same question: {one} is {size}, {other} is "
                        "{other_size}.",
                        one=one.label,
                        size=format_estimate(one),
                        other=other.label,
                        other_size=format_estimate(other),
                    )


def _disjoint(one: Estimate, other: Estimate) -> bool:
    if one.ci_low is None or one.ci_high is None or other.ci_low is None or other.ci_high is None:
        return False
    return one.ci_high < other.ci_low or other.ci_high < one.ci_low
