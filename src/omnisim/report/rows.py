"""The report's own tables: rows of texts from estimates, findings, checks and targets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from omnisim.language import (
    in_language,
    join_texts,
    lower_first,
    remember,
    respelled,
    say,
    say_as,
)
from omnisim.report.loading import QUESTIONS, Run
from omnisim.report.narrative import is_credit
from omnisim.report.picks import is_currency
from omnisim.report.tables import Grid, Styled, text_grid
from omnisim.report.wording import counted
from omnisim.results import Estimate, format_estimate, format_number, format_range

WHEN = {"now": "0–3 months", "next": "3–12 months", "later": "1–3 years"}

# Relative widths of columns whose content has a known shape.
WIDTHS: Mapping[str, Sequence[float]] = {
    "actions": (6, 30, 25, 11, 13, 15),
    "benefits": (8, 32, 20, 20, 20),
    "checks": (17, 25, 15, 43),
    "estimates": (36, 21, 25, 18),
    "gantt": (9, 31, 15, 15, 15, 15),
    "questions": (62, 38),
    "readings": (36, 14, 26, 16, 8),
    "research": (35, 11, 32, 14, 8),
    "resources": (32, 28, 16, 24),
    "responses": (6, 58, 19, 17),
    "stages": (18, 14, 17, 51),
    "glossary": (24, 76),
    "truth": (34, 20, 23, 14, 9),
}

# Chinese amounts carry their unit in each cell, and its words are short.
_CHINESE_WIDTHS: Mapping[str, Sequence[float]] = {
    "actions": (7, 26, 25, 11, 13, 18),
    "estimates": (36, 17, 31, 16),
    "research": (26, 7, 44, 15, 8),
    "responses": (7, 54, 17, 22),
    "truth": (33, 19, 22, 14, 12),
}

_WARNING, _WARNING_ZH = " read as if it were cause", "当作因果来读"


def widths(lang: str) -> Mapping[str, Sequence[float]]:
    """Relative widths of the columns of the report's own tables, by the name of the table."""
    return {**WIDTHS, **_CHINESE_WIDTHS} if lang == "zh" else WIDTHS


def range_text(estimate: Estimate) -> str:
    """The interval in words; says why when there is none.

    Examples
    --------
    >>> e = Estimate(name="a", label="A", value=0.2, unit="share", role="descriptive", n=9,
    ...     n_of="orders", method="", source="", ci_low=0.1, ci_high=0.3)
    >>> range_text(e)
    '10.0% to 30.0%'
    """
    if estimate.ci_low is None or estimate.ci_high is None:
        # What judges a method follows from the design; it is not counted.
        if estimate.role == "diagnostic":
            return say("No interval")
        if estimate.role == "assumption":
            return say("No interval: assumed")
        return say("No interval: counted in full")
    reach = format_range(estimate.ci_low, estimate.ci_high, estimate.unit)
    if estimate.ci_level == 0.95:
        return reach
    return say("{value} ({reach})", value=reach, reach=f"{estimate.ci_level:.0%}")


def card(estimate: Estimate) -> dict[str, str]:
    """A key number for the summary: label, value, and a note with unit, range and base.

    Examples
    --------
    >>> e = Estimate(name="s", label="Sales", value=3e6, unit="USD/year", role="descriptive", n=9,
    ...     n_of="orders", method="", source="", ci_low=2e6, ci_high=4e6)
    >>> card(e)["value"], card(e)["note"]
    ('USD 3.00m', 'a year; 95% interval USD 2.00 to 4.00 million; n = 9 orders')
    """
    value, unit = _split_unit(format_number(estimate.value, estimate.unit))
    parts = [unit] if unit else []
    if estimate.ci_low is not None and estimate.ci_high is not None:
        reach = format_range(estimate.ci_low, estimate.ci_high, estimate.unit)
        level = f"{estimate.ci_level:.0%}"
        parts.append(say("{level} interval {range}", level=level, range=_split_unit(reach)[0]))
    else:
        parts.append(lower_first(range_text(estimate)))
    parts.append(say("n = {base}", base=counted(estimate.n, estimate.n_of)))
    short = value.replace(" million", "m").replace(" billion", "bn")  # a card is narrow
    return {
        "label": _label(estimate),
        "value": respelled(value, short),
        "note": join_texts(parts, by="; ", zh="；"),
    }


def _label(estimate: Estimate) -> str:
    """What a number is, said of credit in so many words."""
    if estimate.role == "credit":
        return say("{label} (credit, not effect)", label=estimate.label)
    return estimate.label


def _split_unit(text: str) -> tuple[str, str]:
    """An amount and what it is per, which is set smaller.

    Examples
    --------
    >>> value, per = _split_unit(format_number(3e6, "USD/year"))
    >>> value, per, in_language(value, "zh"), in_language(per, "zh")
    ('USD 3.00 million', 'a year', '300万美元', '每年')
    """
    for mark in (" a year", " per "):
        head, found, tail = text.partition(mark)
        if not found:
            continue
        per = (found + tail).strip()
        chinese, slash, unit = (in_language(text, "zh") or "").partition("/")
        if not slash:
            return head, per
        return remember(head, zh=chinese), remember(per, zh=f"每{unit}")
    return text, ""


def estimates_grid(estimates: Iterable[Estimate]) -> Grid:
    """Measure, value, interval and base."""
    return text_grid(
        ("Measure", "Value", "95% interval", "Base"),
        "lrrr",
        (
            (
                _label(e),
                format_number(e.value, e.unit),
                range_text(e),
                counted(e.n, e.n_of),
            )
            for e in estimates
        ),
    )


def research_grid(estimates: Sequence[Estimate], methods: Sequence[str]) -> Grid:
    """Measure, role, value with interval, base, and the number of its method among `methods`."""
    return text_grid(
        ("Measure", "Role", "Estimate", "Base", "Method"),
        "llrrl",
        (
            (
                e.label,
                say_as("role", e.role),
                format_estimate(e),
                counted(e.n, e.n_of),
                f"M{methods.index(e.method) + 1}" if e.method in methods else "–",
            )
            for e in estimates
        ),
    )


def questions_grid(run: Run) -> Grid:
    """Each question of the programme and whether this report answers it."""
    known = [
        (
            run.results[name].question if name in run.results else asked,
            "Answered" if name in run.results else "Not run",
        )
        for name, (_, asked) in QUESTIONS.items()
        if name in run.asked or name in run.results
    ]
    others = [(r.question, "Answered") for n, r in run.results.items() if n not in QUESTIONS]
    return text_grid(("Question", "State"), "ll", (*known, *others))


def checks_grid(run: Run) -> Grid:
    """Every design check in words; a failed gate blocks the number behind it."""
    made = []
    for name, result in run.results.items():
        for check in result.checks:
            word = say("Passed") if check.passed else say("Failed")
            if check.is_gate:
                word = say("{outcome}, gate", outcome=word)
            state = "met" if check.passed else "not-met"
            cell = Styled(word, style=f"om-status.om-{state}")
            made.append((title_of(name), check.label, cell, check.sentence))
    return text_grid(("Question", "Check", "Outcome", "What was seen"), "llll", made)


def truth_grid(run: Run, *, of_credit: bool) -> Grid:
    """Estimates beside the value known from re-simulated worlds: effects, or credit read as cause."""
    made = []
    for result in run.results.values():
        for item in result.truth:
            if is_credit(item) != of_credit:
                continue
            unit = _slashed(item.unit)
            money = unit.partition("/")[0]
            # The unit of a row is said once; amounts and shares carry theirs everywhere.
            short = money if is_currency(unit) else unit if unit in ("share", "%") else ""
            reach = "–"
            if item.ci_low is not None and item.ci_high is not None:
                reach = format_range(item.ci_low, item.ci_high, short)
            covered = {True: say("Yes"), False: say("No"), None: "–"}[item.is_covered]
            made.append(
                (
                    _without_warning(item.label),
                    format_number(item.estimate, unit),
                    reach,
                    format_number(item.truth, short),
                    covered,
                )
            )
    return text_grid(("What", "Estimate", "95% interval", "Truth", "Covered"), "lrrrl", made)


def _without_warning(label: str) -> str:
    """The label without the words that the heading of the table says for all of its rows.

    Examples
    --------
    >>> short = _without_warning(remember("Email: credit" + _WARNING, zh="邮件：把份额" + _WARNING_ZH))
    >>> short, in_language(short, "zh")
    ('Email: credit', '邮件：份额')
    """
    if not label.endswith(_WARNING):
        return label
    short, chinese = label.removesuffix(_WARNING), in_language(label, "zh")
    if chinese is None:
        return short
    return remember(short, zh=chinese.removesuffix(_WARNING_ZH).replace("：把", "："))


def _slashed(unit: str) -> str:
    """``USD per order`` as the number formats read it: ``USD/order``."""
    head, found, per = unit.partition(" per ")
    return f"{head}/{per}" if found and is_currency(head) else unit


def title_of(question_id: str) -> str:
    """A short name of a question for a table cell.

    Examples
    --------
    >>> title_of("ab_test"), in_language(title_of("journeys"), "zh")
    ('A/B test', '客户旅程')
    """
    if question_id in QUESTIONS:
        return say_as("question", QUESTIONS[question_id][0])
    return say_as("question", question_id.replace("_", " ").capitalize())
