"""The values that the templates of sections take, from the results of a run alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from omnisim.language import respelled, say
from omnisim.report import contradictions, narrative, picks, programme_rows, rows
from omnisim.report.benchmarks import read_targets
from omnisim.report.engagement import Engagement
from omnisim.report.escape import plain
from omnisim.report.exhibits import (
    Shown,
    exhibit_markdown,
    exhibits_of,
    in_reading_order,
    references,
)
from omnisim.report.loading import Run
from omnisim.report.picks import Pick
from omnisim.report.placing import place
from omnisim.report.registry import DocumentKind, appendix_file
from omnisim.report.tables import Markdown, pipe_table
from omnisim.report.weights import INDEX, is_as_agreed
from omnisim.results import Estimate, format_estimate

_MOST_FINDINGS = 8  # what a document on one question tells in full
# Key numbers of the business in order of preference; of each group the first that was measured.
_CARDS = (
    ("annual_net_sales", "net_sales"),
    ("online_share",),
    ("repeat_rate",),
    ("stock_out_rate",),
)


def section_values(
    kind: DocumentKind, run: Run, engagement: Engagement, *, lang: str = "en"
) -> dict[str, Any]:
    """Everything a section of a document may say.

    Parameters
    ----------
    kind : DocumentKind
        The document.
    run : Run
        The results it reads.
    engagement : Engagement
        For whom it is written.
    lang : str
        Language of what is Markdown already: exhibits, tables and links. All other values are English
        texts, which the template puts into its language.
    """
    top = picks.top_findings(run)
    actions = picks.recommendations(run)
    readings = read_targets(run.results, engagement.targets)
    told = _told(kind, run)
    placed = place(run, told, own=kind.own_exhibits)
    findings: list[dict[str, Any]] = [
        {
            "number": number,
            "pick": pick,
            "bodies": [exhibit_markdown(run, item, lang=lang) for item in under],
            "see": references(beside, lang=lang),
        }
        for number, (pick, under, beside) in enumerate(
            zip(told, placed.under, placed.beside, strict=True), 1
        )
    ]
    return {
        "kind": kind,
        "engagement": engagement,
        "run": run,
        "results": run.results,
        "notebooks": {
            name: Markdown(appendix_file(file, lang)) for name, file in run.notebooks.items()
        },
        "source": run.source,
        "missing": run.missing,
        "why_missing": lambda name: _why_missing(run, name),
        "cards": _cards(run, top, kind.cards),
        "picks": top,
        "findings": findings,
        "findings_on": lambda *names: [f for f in findings if f["pick"].question_id in names],
        "findings_but": lambda *names: [f for f in findings if f["pick"].question_id not in names],
        "spare": _bodies(run, placed.spare, lang),
        "current": _bodies(run, exhibits_of(run, "overview"), lang),
        # The register document begins with the register itself.
        "risk_exhibits": _bodies(
            run, exhibits_of(run, "risk"), lang, turned_first=kind.name == "risk"
        ),
        "contradictions": contradictions.contradictions(run.results),
        "confidence": narrative.confidence_sentence(top),
        "checks_sentence": narrative.checks_sentence(run.results),
        "do_first": picks.do_first(run),
        "actions": actions,
        "sized": [pick for pick in actions if pick.is_money],
        "table": partial(pipe_table, lang=lang),
        "numbers": lambda name, *roles: rows.estimates_grid(_numbers(run, name, roles)),
        "research": lambda name: _research(run.results[name].estimates),
        "measured": lambda *names: _measured(run, names),
        "shows_scorecard": _shows_scorecard(run),
        "index": _index(run),
        "index_is_agreed": is_as_agreed(run.results.get("overview"), engagement.stage),
        "risk_responses": programme_rows.responses_grid(actions, "risk"),
        "question_grid": rows.questions_grid(run),
        "action_grid": programme_rows.actions_grid(actions),
        "resources": programme_rows.resources_grid(actions),
        "gantt": programme_rows.gantt_grid(actions),
        "stages": programme_rows.stages_grid(actions, readings),
        "readings": readings,
        "reading_grid": programme_rows.readings_grid(readings),
        "benefits": programme_rows.benefits_grid(actions),
        "checks": rows.checks_grid(run),
        "truth": rows.truth_grid(run, of_credit=False),
        "truth_of_credit": rows.truth_grid(run, of_credit=True),
        "truth_sentence": narrative.truth_sentence(run.results),
        "widths": rows.widths(lang),
        "when": rows.WHEN,
    }


def _told(kind: DocumentKind, run: Run) -> tuple[Pick, ...]:
    """The findings told in full: those with a section of their own all, the others by materiality."""
    every = picks.all_picks(run)
    if kind.name != "assessment":
        return every[:_MOST_FINDINGS]
    own = [pick for pick in every if pick.question_id in kind.own_exhibits]
    rest = {n: r for n, r in run.results.items() if n not in kind.own_exhibits}
    causes = picks.top_findings(Run(run.folder, rest)) if rest else ()
    state = [pick for pick in own if pick.question_id == "overview"]
    return (*state, *causes, *(pick for pick in own if pick not in state))


def _bodies(
    run: Run, items: Sequence[Shown], lang: str, *, turned_first: bool = False
) -> list[Markdown]:
    ordered = in_reading_order(run, items, turned_first=turned_first)
    return [exhibit_markdown(run, item, lang=lang) for item in ordered]


def _cards(run: Run, top: Sequence[Pick], preferred: Sequence[str]) -> list[dict[str, str]]:
    """Up to four key numbers: those preferred, the business, then the money behind the findings."""
    every = [estimate for result in run.results.values() for estimate in result.estimates]
    wanted = [next((e for e in every if e.name == name), None) for name in preferred]
    overview = {e.name: e for e in _numbers(run, "overview")}
    groups = [[overview[name] for name in names if name in overview] for names in _CARDS]
    chosen = [e for e in wanted if e is not None] + [found[0] for found in groups if found][:2]
    chosen += [e for e in overview.values() if e not in chosen][: 2 - len(chosen)]
    for pick in sorted(top, key=lambda pick: not pick.is_settled):
        if pick.estimate is not None and pick.is_money and pick.estimate not in chosen:
            chosen.append(pick.estimate)
    others = [e for name in ("overview", "risk", *run.results) for e in _numbers(run, name)]
    chosen += [e for e in others if e not in chosen][: max(0, 4 - len(chosen))]
    return [rows.card(estimate) for estimate in chosen[:4]]


def _numbers(run: Run, name: str, roles: Sequence[str] = ()) -> list[Estimate]:
    """Estimates of a question in some roles; all but diagnostics where none is named."""
    result = run.results.get(name)
    wanted = roles or ("credit", "incremental", "descriptive", "risk")
    return [e for e in result.estimates if e.role in wanted] if result else []


def _research(estimates: Sequence[Estimate]) -> dict[str, Any]:
    """All estimates of a question, and the methods they name by number."""
    methods = list(dict.fromkeys(e.method for e in estimates if plain(e.method)))
    return {"methods": methods, "grid": rows.research_grid(estimates, methods)}


def _measured(run: Run, names: Sequence[str]) -> str:
    """The first of the named estimates that the run holds, with its range; empty when none is there."""
    for name in names:
        for result in run.results.values():
            for estimate in result.estimates:
                if estimate.name == name:
                    return format_estimate(estimate)
    return ""


def _index(run: Run) -> dict[str, str]:
    """The index of measures with its range, and how far it depends on its weights; empty without one."""
    overview = run.results.get("overview")
    for estimate in overview.estimates if overview else ():
        if estimate.name == INDEX:
            return {"text": format_estimate(estimate), "note": estimate.note}
    return {}


def _shows_scorecard(run: Run) -> bool:
    """Whether an exhibit of the overview already lists the measures."""
    return any(
        item.kind == "table" and ("scorecard" in item.name or "kpi" in item.name)
        for item in run.exhibits("overview")
    )


def _why_missing(run: Run, name: str) -> str:
    """What the run's ledger says about a question without a result."""
    steps = run.info.get("steps")
    if not isinstance(steps, Mapping):
        return ""
    for notebook, step in steps.items():
        if str(notebook).endswith(name) and isinstance(step, Mapping):
            error = plain(step.get("error", ""))
            if not error:
                return ""
            short = error if len(error) <= 200 else error[:197] + "..."
            # Messages of programs have no translation.
            return respelled(say("The run folder says why, in run.json."), short)
    return ""
