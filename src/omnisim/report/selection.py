"""What of a run a document shows: the questions it reads, and truth only where it may be seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from omnisim.errors import EngagementError
from omnisim.report.engagement import FILE_NAME, Engagement
from omnisim.report.loading import BRIEF, QUESTIONS, Run
from omnisim.report.picks import named_findings
from omnisim.report.registry import DocumentKind
from omnisim.report.truth_hidden import is_about_truth, without_truth
from omnisim.report.weights import say_other_weights
from omnisim.results import Result


def agreed_run(run: Run, engagement: Engagement) -> Run:
    """The run as an engagement shows it.

    Raises
    ------
    EngagementError
        When it names a question or an action that the run does not know, a day that is over, or
        amounts in another currency.
    """
    code = engagement.currency.code
    if code not in (None, run.source.currency):
        raise EngagementError(
            f"{FILE_NAME}: currency.code = {code!r}: the results are in {run.source.currency}, and "
            "amounts are not converted; simulate or load the data in that currency"
        )
    results, asked, notebooks = run.results, run.asked, run.notebooks
    if engagement.questions:
        known = list(dict.fromkeys([*QUESTIONS, *results]))
        for name in engagement.questions:
            if name not in known:
                raise EngagementError(
                    f"{FILE_NAME}: questions = {name!r}: no such question; there are {known}"
                )
        results = {
            name: result
            for name, result in results.items()
            if name.removesuffix(BRIEF) in engagement.questions or name in engagement.questions
        }
        asked = tuple(engagement.questions)
        if not results:
            raise EngagementError(
                f"{FILE_NAME}: questions = {list(asked)}: the run has a result for none of them"
            )
    if engagement.truth == "hidden":
        # A notebook that was held against the truth tells it in its outputs; it may have a brief beside.
        telling = {
            f
            for n, f in notebooks.items()
            if n in results and (results[n].truth or is_about_truth(results[n]))
        }
        notebooks = {n: f for n, f in notebooks.items() if n in results and f not in telling}
        results = {n: without_truth(r) for n, r in results.items() if not is_about_truth(r)}
        if not results:
            raise EngagementError(
                f"{FILE_NAME}: truth = 'hidden': the run has nothing but results about the truth"
            )
    _check_actions(engagement, results, last_date=run.source.last_date)
    if "overview" in results:
        overview = say_other_weights(results["overview"], engagement.stage)
        results = {**results, "overview": overview}
    return replace(
        run, results=results, asked=asked, notebooks=notebooks, agreed=engagement.actions
    )


def _check_actions(
    engagement: Engagement, results: Mapping[str, Result], *, last_date: str
) -> None:
    known = [
        name
        for name, (_, finding) in named_findings(results).items()
        if finding.recommendation.strip()
    ]
    for name in engagement.actions:
        if name not in known:
            raise EngagementError(
                f"{FILE_NAME}: actions = {name!r:.80}: no such action; there are {known}"
            )
    for name, agreed in engagement.actions.items():
        if agreed.by is not None and agreed.by.isoformat() <= last_date:
            raise EngagementError(
                f"{FILE_NAME}: actions.{name}.by = {agreed.by}: give a day after the last of the data, "
                f"{last_date}, which is that of the report"
            )


def run_for(kind: DocumentKind, run: Run) -> Run:
    """The results a document reads; those made for a brief take the place of the full ones there."""
    full = {name: r for name, r in run.results.items() if not name.endswith(BRIEF)}
    if not kind.reads:
        return replace(run, results=full)
    chosen = {name: _brief(name, run.results) or full[name] for name in kind.reads if name in full}
    return replace(
        run, results=chosen, asked=tuple(n for n in kind.reads if n in run.asked or n in full)
    )


def lacks(kind: DocumentKind, run: Run) -> tuple[str, ...]:
    """The questions without which the document would be about nothing; empty when one is answered."""
    return () if not kind.needs or set(kind.needs) & set(run.results) else kind.needs


def _brief(name: str, results: Mapping[str, Result]) -> Result | None:
    brief = results.get(f"{name}{BRIEF}")
    if brief is None:
        return None
    full = results[name]
    return replace(brief, truth=brief.truth or full.truth)
