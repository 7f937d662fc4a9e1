"""Tables of the programme: who does what by when, for what, and what a stage must show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from omnisim.language import (
    join_texts,
    long_date,
    respelled,
    say,
)
from omnisim.report.benchmarks import Reading
from omnisim.report.picks import Pick, level_word
from omnisim.report.rows import WHEN, range_text
from omnisim.report.tables import Grid, Markdown, Styled, text_grid
from omnisim.results import Estimate, format_number

_GANTT = ("0–3 months", "3–6 months", "6–12 months", "1–3 years")

_STAGES = (
    ("1 Foundation", "now", "0–3 months"),
    ("2 Pilot and prove", "next", "3–12 months"),
    ("3 Scale", "later", "1–3 years"),
)

_STATUS = {"met": "met", "not met": "not-met", "uncertain": "open", "not measured": "open"}


def actions_grid(actions: Sequence[Pick]) -> Grid:
    """Recommendations with size and confidence, cost, owner, start and effort."""
    return text_grid(
        ("", "Action", "Value, range and confidence", "Cost", "Owner", "Start, end and effort"),
        "llllll",
        (
            (
                f"R{i}",
                pick.finding.recommendation,
                say(
                    "{size}; {level} confidence",
                    size=pick.sizing_text,
                    level=level_word(pick.finding.confidence),
                ),
                pick.cost_text or say("Not known"),
                pick.owner,
                _start(pick),
            )
            for i, pick in enumerate(actions, 1)
        ),
    )


def responses_grid(actions: Sequence[Pick], question_id: str) -> Grid:
    """The recommendations that answer one question."""
    return text_grid(
        ("", "Response", "Owner", "Start, end and effort"),
        "llll",
        (
            (
                f"R{i}",
                pick.finding.recommendation,
                pick.owner,
                _start(pick),
            )
            for i, pick in enumerate(actions, 1)
            if pick.question_id == question_id
        ),
    )


def _start(pick: Pick) -> str:
    level = level_word(pick.finding.effort)
    when = WHEN[pick.finding.horizon]
    if pick.due is None:
        return say("{when}, {level} effort", when=when, level=level)
    return say("{when}, by {day}, {level} effort", when=when, day=long_date(pick.due), level=level)


def resources_grid(actions: Sequence[Pick]) -> Grid:
    """Who is needed: for each role the actions it leads, the first start and the efforts."""
    led: dict[str, list[tuple[int, Pick]]] = {}
    for i, pick in enumerate(actions, 1):
        led.setdefault(pick.owner, []).append((i, pick))
    made = []
    for role, mine in led.items():
        horizons = [pick.finding.horizon for _, pick in mine]
        efforts = [pick.finding.effort for _, pick in mine]
        said = [
            say("{n} {level}", n=efforts.count(level), level=level_word(level))
            for level in ("high", "medium", "low")
            if level in efforts
        ]
        first = next(word for word in WHEN if word in horizons)
        made.append((role, _numbered(i for i, _ in mine), WHEN[first], _in_a_row(said)))
    return text_grid(("Role", "Leads", "First start", "Effort of its actions"), "llll", made)


def _numbered(numbers: Iterable[int]) -> str:
    """Recommendations by their numbers: R1, R2."""
    return _in_a_row([f"R{number}" for number in numbers])


def _in_a_row(texts: Sequence[str]) -> str:
    return join_texts(texts, by=", ", zh="、")


def gantt_grid(actions: Sequence[Pick]) -> Grid:
    """One row per recommendation, a mark in each period it runs."""
    bar = Markdown("[●]{.om-bar}")
    made = []
    for i, pick in enumerate(actions, 1):
        marks = [bar if period in pick.periods else "" for period in range(len(_GANTT))]
        made.append((f"R{i}", pick.owner, *marks))
    return text_grid(("", "Led by", *_GANTT), "llcccc", made)


def stages_grid(actions: Sequence[Pick], readings: Sequence[Reading]) -> Grid:
    """The stages of the roadmap with the gate that opens the next one."""
    made = []
    for number, (name, horizon, when) in enumerate(_STAGES, 1):
        mine = [i for i, pick in enumerate(actions, 1) if pick.finding.horizon == horizon]
        gates = [
            say(
                "{target} {limit}: {status}",
                target=r.target.label,
                limit=_limit(r),
                status=r.status,
            )
            for r in readings
            if r.target.stage == number
        ]
        what = _numbered(mine) if mine else say("No action of this run")
        gate = join_texts(gates, by="; ", zh="；") if gates else say("None")
        made.append((name, when, what, gate))
    return text_grid(
        ("Stage", "When", "Actions", "Gate to pass, and where it stands today"), "llll", made
    )


def readings_grid(readings: Sequence[Reading]) -> Grid:
    """Acceptance criteria beside what was measured."""
    made = []
    for reading in readings:
        estimate = reading.estimate
        today = say("Not measured in this run")
        if estimate is not None:
            today = format_number(estimate.value, estimate.unit)
            if estimate.ci_low is not None:
                today = say("{value} ({reach})", value=today, reach=range_text(estimate))
        status = Styled(
            respelled(reading.status, reading.status.capitalize()),
            style=f"om-status.om-{_STATUS[reading.status]}",
        )
        made.append(
            (reading.target.label, _limit(reading), today, status, str(reading.target.stage))
        )
    return text_grid(("Criterion", "Target", "Today", "Status", "Stage"), "lllll", made)


def benefits_grid(actions: Sequence[Pick]) -> Grid:
    """Sized recommendations with the downside and upside of the interval."""
    return text_grid(
        ("", "Effect", "Expected", "Downside", "Upside"),
        "llrrr",
        (
            (
                f"R{i}",
                _effect_label(pick, pick.estimate),
                format_number(pick.estimate.value, pick.estimate.unit),
                *_ends(pick.estimate),
            )
            for i, pick in enumerate(actions, 1)
            if pick.estimate is not None and pick.is_money
        ),
    )


def _effect_label(pick: Pick, estimate: Estimate) -> str:
    """What an amount is: a loss is at stake, everything else is a gain or its opposite."""
    return say("At stake: {label}", label=estimate.label) if pick.is_at_stake else estimate.label


def _limit(reading: Reading) -> str:
    sign = "≤" if reading.target.at_most else "≥"
    limit = f"{sign} {reading.target.threshold * 100:g}%"
    return say("{limit}, agreed", limit=limit) if reading.target.is_agreed else limit


def _ends(estimate: Estimate) -> tuple[str, str]:
    if estimate.ci_low is None or estimate.ci_high is None:
        return (say("No interval"), say("No interval"))
    return (
        format_number(estimate.ci_low, estimate.unit),
        format_number(estimate.ci_high, estimate.unit),
    )
