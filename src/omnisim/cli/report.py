"""``omnisim report``: write and render documents of a run."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from omnisim.cli.console import View, tell
from omnisim.cli.places import find_run, shown
from omnisim.errors import InputError, ResultError

if TYPE_CHECKING:
    from omnisim.report import Report

COMMAND = "report"
HELP = """Write the report of a run and render it.

The text in report.qmd is yours to edit: it is written once and never overwritten. Other documents have a
source of their own: experiment.qmd, attribution.qmd, risk.qmd, research.qmd. Documents in Chinese stand
beside the English ones, with sources such as report.zh.qmd.

--to pptx tells each document on slides, from a source of its own, report-deck.qmd, that is yours as well.

A Quarto that does not end is stopped after two minutes a document and format; --engine embedded needs none.

The notebooks behind it become pages appendix/<notebook>.html, to which the section on methods leads, and
appendix/<notebook>.zh.html for Chinese documents; --no-appendix leaves them out.

With --lint the report is not rendered but read as a partner would: titles without a message, totals that
do not tie, credit called a cause, links to nowhere, slides that overflow. The exit code is 1 when something is found.

\b
Example:  omnisim report runs/small --document assessment,risk --to pdf,docx
          omnisim report runs/small --to pptx
          omnisim report runs/small --lang en,zh
          omnisim report runs/small --lint"""

FORMATS = ("html", "pdf", "docx", "pptx")
ALL_FORMATS = "html,pdf,docx,pptx"


class Engine(StrEnum):
    """What renders a document."""

    auto = "auto"
    quarto = "quarto"
    embedded = "embedded"


ToOption = Annotated[str, typer.Option("--to", metavar="LIST", help="html, pdf, docx, pptx.")]
LangOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="LIST", help="en, zh or en,zh, also one by one. That of the engagement, else en."
    ),
]
EngineOption = Annotated[
    Engine, typer.Option(help="auto takes Quarto where it is installed, else the embedded engine.")
]


def command(
    run: Annotated[Path, typer.Argument(help="Run folder, or its name below runs/.")],
    document: Annotated[
        str,
        typer.Option(
            metavar="LIST", help="assessment, experiment, attribution, risk, research, or all."
        ),
    ] = "assessment",
    engagement: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Client and look; engagement.yml of the run's project."),
    ] = None,
    lang: LangOption = None,
    to: ToOption = ALL_FORMATS,
    engine: EngineOption = Engine.auto,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Report folder; the project's reports/<run>.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a folder that holds another run's report.")
    ] = False,
    appendix: Annotated[
        bool,
        typer.Option(help="Add the executed notebooks as pages appendix/*.html, linked."),
    ] = True,
    lint: Annotated[
        bool,
        typer.Option("--lint", help="Only check the written report; exit code 1 on a finding."),
    ] = False,
) -> None:
    """Write and render the report."""
    formats = parse_formats(to)
    names = parse_documents(document)
    languages = parse_languages(lang)
    folder = find_run(run)
    if lint:
        _lint(folder, out)
        return
    notes = _judge(folder, force=force)
    from omnisim.report import write_report

    with View() as view:
        view.begin("report", ", ".join(formats))
        report = write_report(
            folder,
            out=out,
            lang=languages,
            to=formats,
            engine=engine.value,
            force=force,
            document=names,
            engagement=engagement,
            appendix=appendix,
            progress=partial(view.wait, "report"),
        )
        view.finish("report")
    tell_report(report)
    tell_verdict(report.folder, folder)
    for note in notes:
        tell(f"note     {note}")


def _lint(run: Path, out: Path | None) -> None:
    """List what the partner lint finds in the report of a run; exit code 1 when there is something."""
    from omnisim.report.lint import document_sources, lint_report
    from omnisim.report.loading import load_run
    from omnisim.report.writer import default_folder

    folder = out or default_folder(run)
    if not document_sources(folder):
        raise InputError(f"{shown(folder)}: no report source; write it first with `omnisim report`")
    remarks = lint_report(folder, load_run(run))
    for remark in remarks:
        tell(str(remark))
    tell(verdict(len(remarks)).removesuffix("; --lint lists them"))
    if remarks:
        raise typer.Exit(1)


def tell_verdict(folder: Path, run: Path) -> None:
    """One line of what the partner lint finds in a report just written."""
    from omnisim.report.lint import document_sources, lint_report
    from omnisim.report.loading import load_run

    if document_sources(folder):
        tell(verdict(len(lint_report(folder, load_run(run)))))


def verdict(n_remarks: int) -> str:
    """The line that says how a report stands with the partner lint.

    Examples
    --------
    >>> verdict(0), verdict(2)
    ('lint     nothing found', 'lint     2 findings; --lint lists them')
    """
    if n_remarks == 0:
        return "lint     nothing found"
    plural = "s" if n_remarks > 1 else ""
    return f"lint     {n_remarks} finding{plural}; --lint lists them"


def _judge(folder: Path, *, force: bool) -> list[str]:
    """What a reader of the report must know about its run.

    Raises
    ------
    ResultError
        When results were changed after the run, unless `force`.
    """
    from omnisim.notebook import Run

    run = Run.open(folder)
    damage = run.damage()
    if damage and not force:
        raise ResultError(f"{damage[0]}; `omnisim run` makes it again, --force takes it as it is")
    missing = [step.name for step in run.steps.values() if not step.is_done]
    return [*damage, *(f"{name} has no results; the report goes without" for name in missing)]


def parse_formats(text: str) -> tuple[str, ...]:
    """The formats of a list such as ``pdf,docx``.

    Raises
    ------
    InputError
        For a format that does not exist, or none.
    """
    formats = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise InputError(f"--to {text}: give some of {','.join(FORMATS)}")
    return formats


def parse_documents(text: str) -> tuple[str, ...]:
    """The documents of a list such as ``assessment,risk``.

    Raises
    ------
    InputError
        For a document that does not exist, or none.
    """
    from omnisim.report.registry import document_kinds

    names = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    if not names:
        raise InputError("--document: give the name of a document, or all")
    document_kinds(names)
    return names


def parse_languages(given: Sequence[str] | None) -> tuple[str, ...] | None:
    """The languages of lists such as ``en,zh``; None when none was asked for.

    Raises
    ------
    InputError
        For a language that does not exist, or an empty list.
    """
    from omnisim.language.catalog import check_language

    if given is None:
        return None
    parts = [part.strip().lower() for text in given for part in text.split(",")]
    names = tuple(dict.fromkeys(part for part in parts if part))
    if not names:
        raise InputError("--lang: give en, zh or en,zh")
    return tuple(check_language(name) for name in names)


def tell_report(report: Report) -> None:
    """Say where the documents are."""
    for files in report.documents.values() or [report.files]:
        for kind, path in files.items():
            tell(f"{kind:<8} {shown(path)}")
    tell(f"engine   {report.engine}")
    for note in report.notes:
        tell(f"note     {note}")
