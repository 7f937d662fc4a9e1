"""Rules on the results behind a document: bases, ranges, words on credit, translations, the mark."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from omnisim.report.lint.outline import Remark
from omnisim.report.lint.words import calls_credit_a_cause, has_verb
from omnisim.report.loading import Run
from omnisim.report.wording import translations_of, worded
from omnisim.results import Estimate, Result

_CALLS_IT_EFFECT = re.compile(r"\b(effect|incremental|caused|uplift|lift|impact)\b", re.IGNORECASE)
_KEPT_APART = re.compile(r"\bnot\b|\bno effect\b|than|rather|whether|if ", re.IGNORECASE)
_LATIN_WORDS = re.compile(r"(?:[A-Za-z]{2,}\W+){3,}")


def check_results(run: Run) -> Iterator[Remark]:
    """Every number has unit, range and base; credit is called credit; titles say something."""
    for name, result in run.results.items():
        for estimate in result.estimates:
            yield from _estimate(f"results/{name}.json, estimate {estimate.name}", estimate)
        yield from _words(name, result)


def _estimate(where: str, estimate: Estimate) -> Iterator[Remark]:
    if not estimate.unit.strip():
        yield Remark(where, "has no unit", "name it, e.g. USD/year, share or orders")
    if estimate.n < 0 or not estimate.n_of.strip():
        yield Remark(where, "has no base", "give n and what it counts")
    if estimate.ci_low is None and not estimate.note.strip() and estimate.role != "diagnostic":
        yield Remark(where, "has no range", "give an interval, or say in `note` why there is none")
    is_called_effect = _CALLS_IT_EFFECT.search(estimate.label) is not None
    if estimate.role == "credit" and is_called_effect and not _KEPT_APART.search(estimate.label):
        yield Remark(where, f"credit is called {estimate.label!r}", "name it as credit")


def _words(name: str, result: Result) -> Iterator[Remark]:
    texts = {"answer": result.answer}
    for i, finding in enumerate(result.findings, 1):
        where = f"finding {i}"
        texts[where] = " ".join((finding.headline, finding.finding, finding.so_what))
        if not has_verb(finding.headline):
            yield Remark(
                f"results/{name}.json, {where}",
                f"headline {finding.headline!r} names a subject",
                "say the message in a sentence with a verb",
            )
    for where, text in texts.items():
        if sentence := calls_credit_a_cause(text):
            yield Remark(
                f"results/{name}.json, {where}",
                f"credit is called a cause: {sentence!r}",
                "say what is credited, or take the incremental number",
            )


def check_languages(run: Run, lang: str) -> Iterator[Remark]:
    """What a document in another language shows of the results is known in it."""
    if lang.startswith("en"):
        return
    short = lang.partition("-")[0]
    for name, result in run.results.items():
        known = translations_of(result, short)
        missing = [
            text
            for text in _shown(result)
            if _LATIN_WORDS.search(text) and worded(text, short, known) == text
        ]
        if missing:
            yield Remark(
                f"results/{name}.json",
                f"{len(missing)} texts are not known in {short!r}, the first is {missing[0]!r:.80}",
                "say them with omnisim.language.say and put them into the catalogue",
            )


def _shown(result: Result) -> Iterator[str]:
    yield from (result.question, result.answer)
    for finding in result.findings:
        yield from (finding.headline, finding.finding, finding.so_what, finding.recommendation)
        yield from (finding.owner_role, finding.confidence_why)
    for exhibit in result.exhibits:
        yield from (exhibit.title, exhibit.subtitle, exhibit.alt, exhibit.note)
    yield from (check.sentence for check in result.checks)
    yield from (*result.methods, *result.assumptions, *result.limitations)


def check_mark(
    run: Run, metadata: Mapping[str, Any], *, file: str = "report.qmd"
) -> Iterator[Remark]:
    """A document on simulated data says so on every page."""
    if run.source.is_simulated and not str(metadata.get("simulated-mark") or "").strip():
        yield Remark(
            file,
            "the data are simulated, and the document has no simulated-mark",
            "take `simulated-mark` out of the front matter; results.yml sets it",
        )
