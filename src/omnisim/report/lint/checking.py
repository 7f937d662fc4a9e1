"""All rules on one report folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from omnisim.report.lint.outline import Remark, read_outline
from omnisim.report.lint.result_rules import check_languages, check_mark, check_results
from omnisim.report.lint.rules import RULES, links_resolve
from omnisim.report.loading import Run
from omnisim.report.pandoc import parse
from omnisim.report.registry import document_sources
from omnisim.report.source import Source, read_source


def lint_report(folder: Path, run: Run | None = None) -> tuple[Remark, ...]:
    """What a partner would send back, in the order of the document.

    Parameters
    ----------
    folder : Path
        A report folder with at least one document's source.
    run : Run, optional
        The results behind it; without them only the document is looked at.

    Raises
    ------
    ReportError
        When the source cannot be read; names file and line.
    """
    remarks: list[Remark] = [] if run is None else list(check_results(run))
    for file in document_sources(folder):
        source = read_source(file)
        outline = read_outline(source)
        remarks += [remark for rule in RULES for remark in rule(outline)]
        remarks += links_resolve(outline, targets=_identifiers(source), folder=folder)
        if run is not None:
            remarks += check_languages(run, outline.lang)
            remarks += check_mark(run, source.metadata, file=file.name)
    return tuple(dict.fromkeys(remarks))


def _identifiers(source: Source) -> frozenset[str]:
    """What a link can lead to, with the identifiers pandoc gives to headings itself."""
    found: set[str] = set()
    stack: list[Any] = list(parse(source)["blocks"])
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, dict):
            content: Any = item.get("c")
            if item.get("t") == "Header":
                found.add(content[1][0])
            elif item.get("t") in ("Div", "Span", "Link", "Image", "Table", "Code", "CodeBlock"):
                found.add(content[0][0])
            stack.extend(item.values())
    return frozenset(found - {""})
