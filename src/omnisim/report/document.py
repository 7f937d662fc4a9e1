"""The client assessment as named Markdown parts: what each section says, from the results alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omnisim.report import narrative, rows
from omnisim.report.benchmarks import read_targets
from omnisim.report.escape import escape, key, plain
from omnisim.report.exhibits import (
    Shown,
    exhibit_markdown,
    exhibits_of,
    figure_files,
    in_reading_order,
    references,
)
from omnisim.report.glossary import glossary_grid
from omnisim.report.loading import Run
from omnisim.report.narrative import Pick
from omnisim.report.placing import Placed, place
from omnisim.report.tables import Markdown, long_date, pipe_table
from omnisim.report.templating import fill
from omnisim.results import format_estimate, format_number

SECTIONS = (
    "summary",
    "background",
    "goals",
    "current-state",
    "findings",
    "risks",
    "recommendations",
    "roadmap",
    "effect",
    "methods",
    "limitations",
    "exhibits",
    "truth",
    "glossary",
)
# Key numbers of the business in order of preference; of each group the first that was measured.
_CARDS = (
    ("annual_net_sales", "net_sales"),
    ("online_share",),
    ("repeat_rate",),
    ("stock_out_rate",),
)


@dataclass(frozen=True, slots=True)
class Document:
    """Everything a report folder needs.

    Attributes
    ----------
    skeleton : str
        ``report.qmd``, written once.
    parts : dict
        Section name to Markdown; empty text where a section does not apply.
    metadata : dict
        What ``_generated/results.yml`` holds, texts already escaped.
    figures : dict
        Path in the report folder to the file it is copied from.
    date : datetime.date
        Date of the document: the dataset's last day, so that equal results give equal bytes.
    """

    skeleton: str
    parts: Mapping[str, str]
    metadata: Mapping[str, Any]
    figures: Mapping[str, Path]
    date: dt.date


def client_assessment(run: Run, *, lang: str) -> Document:
    """Write the flagship report of a run."""
    values = _values(run)
    return Document(
        skeleton=fill("report.qmd", lang, {"sections": SECTIONS}),
        parts=_parts(lang, values),
        metadata=_metadata(run),
        figures=figure_files(run, [s for name in run.results for s in exhibits_of(run, name)]),
        date=dt.date.fromisoformat(run.source.last_date),
    )


def _parts(lang: str, values: dict[str, Any]) -> dict[str, str]:
    """Every section; the glossary last, because it explains the words the others use."""
    parts = {name: fill(f"{name}.qmd", lang, values) for name in SECTIONS if name != "glossary"}
    terms = glossary_grid(" ".join(parts.values()))
    return {**parts, "glossary": fill("glossary.qmd", lang, {**values, "terms": terms})}


def _values(run: Run) -> dict[str, Any]:
    picks = narrative.top_findings(run)
    actions = narrative.recommendations(run)
    placed = place(run, picks)
    readings = read_targets(run.results)
    return {
        "run": run,
        "results": run.results,
        "source": run.source,
        "missing": run.missing,
        "not_run": lambda name: _not_run(run, name),
        "cards": _cards(run, picks),
        "picks": picks,
        "placed": _under_findings(run, placed),
        "spare": _bodies(run, placed.spare),
        "current": _bodies(run, exhibits_of(run, "overview")),
        "risk_exhibits": _bodies(run, exhibits_of(run, "risk")),
        "contradictions": narrative.contradictions(run.results),
        "confidence": narrative.confidence_sentence(picks),
        "checks_sentence": narrative.checks_sentence(run.results),
        "do_first": narrative.do_first(run),
        "actions": actions,
        "table": pipe_table,
        "kpis": rows.estimates_grid(_kpis(run)),
        "shows_scorecard": _shows_scorecard(run),
        "risk_numbers": rows.estimates_grid(_risk_numbers(run)),
        "risk_responses": rows.responses_grid(actions, "risk"),
        "question_grid": rows.questions_grid(run),
        "action_grid": rows.actions_grid(actions),
        "gantt": rows.gantt_grid(actions),
        "stages": rows.stages_grid(actions, readings),
        "readings": rows.readings_grid(readings),
        "benefits": rows.benefits_grid(actions),
        "checks": rows.checks_grid(run),
        "truth": rows.truth_grid(run, of_credit=False),
        "truth_of_credit": rows.truth_grid(run, of_credit=True),
        "truth_sentence": narrative.truth_sentence(run.results),
        "widths": rows.WIDTHS,
        "when": rows.WHEN,
    }


def _bodies(run: Run, items: Sequence[Shown]) -> list[Markdown]:
    return [exhibit_markdown(run, item) for item in in_reading_order(run, items)]


def _under_findings(run: Run, placed: Placed) -> list[dict[str, Any]]:
    """What the template of the findings shows and refers to, for each finding."""
    return [
        {
            "bodies": [exhibit_markdown(run, item) for item in items],
            "see": references(beside),
        }
        for items, beside in zip(placed.under, placed.beside, strict=True)
    ]


def _cards(run: Run, picks: Sequence[Pick]) -> list[dict[str, str]]:
    """Up to four key numbers: the business first, then the money behind the findings."""
    overview = {e.name: e for e in _kpis(run)}
    groups = [[overview[name] for name in names if name in overview] for names in _CARDS]
    chosen = [found[0] for found in groups if found][:2]
    chosen += [e for e in overview.values() if e not in chosen][: 2 - len(chosen)]
    for pick in sorted(picks, key=lambda pick: not pick.is_settled):
        if pick.estimate is not None and pick.is_money and pick.estimate not in chosen:
            chosen.append(pick.estimate)
    others = [e for name in ("overview", "risk", *run.results) for e in _numbers(run, name)]
    chosen += [e for e in others if e not in chosen][: max(0, 4 - len(chosen))]
    return [rows.card(estimate) for estimate in chosen[:4]]


def _numbers(run: Run, name: str) -> list[Any]:
    result = run.results.get(name)
    return [e for e in result.estimates if e.role != "diagnostic"] if result else []


def _kpis(run: Run) -> list[Any]:
    return _numbers(run, "overview")


def _risk_numbers(run: Run) -> list[Any]:
    return _numbers(run, "risk")


def _shows_scorecard(run: Run) -> bool:
    """Whether an exhibit of the overview already lists the measures."""
    return any(
        item.kind == "table" and ("scorecard" in item.name or "kpi" in item.name)
        for item in run.exhibits("overview")
    )


def _not_run(run: Run, name: str) -> Markdown:
    """A notice in place of a section whose notebook has no result."""
    reason = _why_missing(run, name)
    text = f"{rows.title_of(name)} was not run, so nothing is said about it here."
    if reason:
        text += f" The run reports: {reason}"
    return Markdown(f"::: {{.om-missing}}\n\n{escape(text)}\n\n:::")


def _why_missing(run: Run, name: str) -> str:
    """What the run's ledger says about a question without a result."""
    steps = run.info.get("steps")
    if not isinstance(steps, Mapping):
        return ""
    for notebook, step in steps.items():
        if str(notebook).endswith(name) and isinstance(step, Mapping):
            error = plain(step.get("error", ""))
            return error if len(error) <= 200 else error[:197] + "..."
    return ""


def _metadata(run: Run) -> dict[str, Any]:
    source = run.source
    first, last = (dt.date.fromisoformat(day) for day in (source.first_date, source.last_date))
    client = run.info.get("client") or (
        f"Simulated retailer ({source.dataset})" if source.is_simulated else source.dataset
    )
    numbers: dict[str, Any] = {
        "dataset": escape(source.dataset),
        "dataset_hash": escape(source.dataset_hash),
        "currency": escape(source.currency),
        "period": escape(f"{long_date(first)} to {long_date(last)}"),
        "n_days": f"{(last - first).days + 1:,}",
        "n_questions": str(len(run.results)),
        "n_findings": str(len(narrative.top_findings(run))),
    }
    for name, result in run.results.items():
        numbers[key(name)] = {
            "answer": escape(result.answer),
            **{
                key(e.name): {
                    "value": escape(format_number(e.value, e.unit)),
                    "range": escape(rows.range_text(e)),
                    "text": escape(format_estimate(e)),
                    "base": escape(f"{e.n:,} {e.n_of}".strip()),
                }
                for e in result.estimates
            },
        }
    cover: dict[str, Any] = {
        "client": escape(client),
        "report-date": escape(long_date(last)),
        "confidentiality": escape(run.info.get("confidentiality") or "Confidential"),
        "data-line": escape(
            f"Data: {source.dataset}, {long_date(first)} to {long_date(last)} "
            f"({(last - first).days + 1:,} days), amounts in {source.currency}"
        ),
    }
    if source.is_simulated:
        cover["simulated-mark"] = "Simulated data"
        cover["subject"] = "Simulated data"
    return {**cover, "results": numbers}
