"""Findings chosen and ordered by rule: which come first, and what their numbers say.

Nothing here is estimated. Sizes are brought to one scale only to rank findings; the number shown is
always the one in the result file.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from omnisim.language import in_language, join_sentences, remember, say, say_as
from omnisim.report.loading import Run
from omnisim.results import (
    Estimate,
    Finding,
    Result,
    Source,
    format_estimate,
    format_number,
    format_range,
)

N_FINDINGS = 5
_SENTENCE_END = re.compile(r"(?<=[.!?]) +(?=[A-Z])")
_CHINESE_END = re.compile(r"(?<=[。！？])(?=.)")
_CONFIDENCE = {"high": 1.0, "medium": 0.6, "low": 0.25}
_HORIZON = {"now": 0, "next": 1, "later": 2}
PERIOD_ENDS = (3, 6, 12, 36)  # of the roadmap, in months after the last day of the data
_PERIOD_OF_START = {"now": 0, "next": 1, "later": 3}
_PERIODS_TAKEN = {"low": 1, "medium": 2, "high": 3}
_DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Pick:
    """A finding with the question it answers and the numbers that say its size and its cost.

    Attributes
    ----------
    due : datetime.date or None
        Day by which what it recommends is done.
    periods : range
        Periods of the roadmap it runs in, from 0; the last holds `due`.
    owner : str
        Who leads it: the role that the result names, unless another was agreed.
    cost_text : str
        What it costs, for people; empty when that is not known.
    """

    question_id: str
    finding: Finding
    estimate: Estimate | None
    due: dt.date | None = None
    periods: range = range(0)
    owner: str = ""
    cost_text: str = ""

    @property
    def is_money(self) -> bool:
        """Whether the size is an amount of money that was caused or is at risk."""
        return (
            self.estimate is not None
            and self.estimate.role in ("incremental", "risk")
            and is_currency(self.estimate.unit)
        )

    @property
    def is_at_stake(self) -> bool:
        """Whether the size is a loss that the action lowers, not what the action brings."""
        return self.is_money and self.estimate is not None and "loss" in self.estimate.label.lower()

    @property
    def is_settled(self) -> bool:
        """Whether the interval of the size leaves out zero."""
        return self.estimate is not None and excludes_zero(self.estimate)

    @property
    def sure_worth(self) -> float:
        """The cautious end of a settled amount, weighted by confidence; 0 when it may be nothing."""
        estimate = self.estimate
        if estimate is None or estimate.ci_low is None or estimate.ci_high is None:
            return 0.0
        if not (self.is_money and self.is_settled):
            return 0.0
        cautious = min(abs(estimate.ci_low), abs(estimate.ci_high))
        return cautious * _CONFIDENCE[self.finding.confidence]

    @property
    def size_text(self) -> str:
        """The size with range for people; says so when there is none."""
        if self.estimate is None:
            return say("Not sized in money")
        text = format_estimate(self.estimate)
        if self.estimate.role == "credit":
            return say("{size} credited, which is not an effect", size=text)
        return text

    @property
    def sizing_text(self) -> str:
        """The size with what it is, for a table that does not say it otherwise."""
        if self.estimate is None or self.estimate.role in ("credit", "incremental"):
            return self.size_text
        return say("{label}: {size}", label=self.estimate.label, size=self.size_text)

    @property
    def meaning(self) -> str:
        """The first sentence of the so-what, with the number that sizes it where nothing says it yet."""
        text = first_sentence(self.finding.so_what)
        if self.estimate is None:
            return join_sentences(text, say("Not sized in money."))
        if self._is_number_said(text):
            return text
        size = say("{label}: {size}.", label=self.estimate.label, size=self.size_text)
        return join_sentences(text, size)

    @property
    def certainty(self) -> str:
        """Confidence, and the interval of a number that stands in the text without it."""
        words = say("{level} confidence", level=level_word(self.finding.confidence.capitalize()))
        text = first_sentence(self.finding.so_what)
        estimate = self.estimate
        if estimate is None or estimate.ci_low is None or estimate.ci_high is None:
            return words
        if not self._is_number_said(text) or format_estimate(estimate) in text:
            return words
        reach = format_range(estimate.ci_low, estimate.ci_high, estimate.unit)
        return say(
            "{words}; {level} interval {range}",
            words=words,
            level=f"{estimate.ci_level:.0%}",
            range=reach,
        )

    def _is_number_said(self, text: str) -> bool:
        estimate = self.estimate
        if estimate is None or estimate.role == "credit":
            return False
        return format_number(estimate.value, estimate.unit) in f"{self.finding.headline} {text}"


def level_word(level: str) -> str:
    """A level of confidence or effort, known in the other languages as such.

    Examples
    --------
    >>> in_language(level_word("high"), "zh"), in_language(level_word("Low"), "zh")
    ('高', '低')
    """
    return say_as("grade", level)


def first_sentence(text: str) -> str:
    """A text up to the end of its first sentence, cut likewise in the other languages.

    Examples
    --------
    >>> cut = first_sentence(remember("It rains. Go in.", zh="下雨了。进屋吧。"))
    >>> cut, in_language(cut, "zh")
    ('It rains.', '下雨了。')
    """
    english = _SENTENCE_END.split(text.strip())[0]
    chinese = in_language(text, "zh")
    if chinese is None or english == text:
        return english
    return remember(english, zh=_CHINESE_END.split(chinese.strip())[0])


def is_currency(unit: str) -> bool:
    """Whether a unit is an amount of money: three capital letters, alone or per something.

    Examples
    --------
    >>> is_currency("USD"), is_currency("USD/year"), is_currency("orders")
    (True, True, False)
    """
    head = unit.replace(" per ", "/").partition("/")[0]
    return len(head) == 3 and head.isalpha() and head.isupper()


def excludes_zero(estimate: Estimate) -> bool:
    """Whether an interval is given and leaves out zero."""
    if estimate.ci_low is None or estimate.ci_high is None:
        return False
    return estimate.ci_low > 0 or estimate.ci_high < 0


def all_picks(run: Run) -> tuple[Pick, ...]:
    """Every finding of the run, the most material first."""
    picks = [
        _pick(run, key, name, finding)
        for key, (name, finding) in named_findings(run.results).items()
    ]
    return tuple(sorted(picks, key=lambda pick: _rank(pick, run.source)))


def named_findings(results: Mapping[str, Result]) -> dict[str, tuple[str, Finding]]:
    """Every finding with its question, by a name that stays when numbers change.

    The name is ``<question>.<estimate that sizes it>``; where none does, or two share one, the owner's role
    takes its place, and a number keeps the last alike ones apart: ``overview.head-of-controlling``.
    """
    found: dict[str, tuple[str, Finding]] = {}
    seen: Counter[str] = Counter()
    for question, result in results.items():
        sizes = [finding.value_name for finding in result.findings]
        for finding in result.findings:
            is_alone = finding.value_name and sizes.count(finding.value_name) == 1
            role = "-".join(finding.owner_role.lower().split())
            name = f"{question}.{finding.value_name if is_alone else role}"
            seen[name] += 1
            found[name if seen[name] == 1 else f"{name}-{seen[name]}"] = (question, finding)
    return found


def _pick(run: Run, key: str, question: str, finding: Finding) -> Pick:
    agreed, result = run.agreed.get(key), run.results[question]
    cost_text = ""
    if agreed is not None and agreed.cost is not None:
        amount = format_number(agreed.cost, run.source.currency)
        cost_text = say("{amount}, as agreed", amount=amount)
    elif finding.cost_name:
        cost_text = format_estimate(result.estimate(finding.cost_name))
    last = pd.Timestamp(run.source.last_date)
    ends = [(last + pd.DateOffset(months=months)).date() for months in PERIOD_ENDS]
    start = _PERIOD_OF_START[finding.horizon]
    final = min(start + _PERIODS_TAKEN[finding.effort], len(ends)) - 1
    due = ends[final]
    if agreed is not None and agreed.by is not None:
        due = agreed.by
        final = next((i for i, end in enumerate(ends) if due <= end), len(ends) - 1)
        if final < start:  # what is due sooner starts sooner
            start, finding = final, replace(finding, horizon="next" if final else "now")
    return Pick(
        question,
        finding,
        _sizing(result, finding),
        due=due,
        periods=range(start, final + 1),
        owner=agreed.owner if agreed is not None and agreed.owner else finding.owner_role,
        cost_text=cost_text,
    )


def top_findings(run: Run, *, limit: int = N_FINDINGS) -> tuple[Pick, ...]:
    """The findings worth the reader's time: each question's strongest, then by materiality."""
    picks = all_picks(run)
    first: dict[str, Pick] = {}
    for pick in picks:
        first.setdefault(pick.question_id, pick)
    chosen = [*first.values(), *(pick for pick in picks if pick not in first.values())][:limit]
    return tuple(sorted(chosen, key=lambda pick: _rank(pick, run.source)))


def recommendations(run: Run) -> tuple[Pick, ...]:
    """Findings with something to do: soonest first, then by what is surely at stake, then by size."""

    def order(pick: Pick) -> tuple[float, ...]:
        unit = pick.estimate.unit if pick.estimate else ""
        worth = pick.sure_worth * (_per_year(unit, run.source) if unit else 1.0)
        return (_HORIZON[pick.finding.horizon], -worth, *_rank(pick, run.source))

    return tuple(sorted((p for p in all_picks(run) if p.finding.recommendation.strip()), key=order))


def do_first(run: Run, *, limit: int = 3) -> tuple[Pick, ...]:
    """What to start with: now before later, and among equally soon each question's best first."""
    seen: set[tuple[int, str]] = set()
    turns = []
    for pick in recommendations(run):
        turn = (_HORIZON[pick.finding.horizon], pick.question_id)
        turns.append((turn[0], turn in seen))
        seen.add(turn)
    order = sorted(zip(turns, recommendations(run), strict=True), key=lambda pair: pair[0])
    return tuple(pick for _, pick in order[:limit])


def _sizing(result: Result, finding: Finding) -> Estimate | None:
    return result.estimate(finding.value_name) if finding.value_name else None


def _rank(pick: Pick, source: Source) -> tuple[int, float, float]:
    """Caused or at-risk money first, then other money, then the rest; large and proven first."""
    weight = _CONFIDENCE[pick.finding.confidence]
    if (
        pick.estimate is None
        or not is_currency(pick.estimate.unit)
        or pick.estimate.role == "credit"
    ):
        return (2, -weight, 0.0)
    tier = 0 if pick.is_money else 1
    size = abs(pick.estimate.value) * _per_year(pick.estimate.unit, source) * weight
    return (tier, -size * (1.0 if pick.is_settled else 0.25), -weight)


def _per_year(unit: str, source: Source) -> float:
    """Factor that brings amounts to a year, for ranking only; unit amounts rank last."""
    per = unit.replace(" per ", "/").partition("/")[2]
    if per == "year":
        return 1.0
    if per:
        return 1e-6
    days = (dt.date.fromisoformat(source.last_date) - dt.date.fromisoformat(source.first_date)).days
    return _DAYS_PER_YEAR / (days + 1)
