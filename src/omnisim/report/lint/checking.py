"""All rules on one report folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from omnisim.errors import ReportError
from omnisim.language import own_memory
from omnisim.report.deck.typeset import typeface_of
from omnisim.report.font_files import family_of
from omnisim.report.fonts import faces_of, language_of
from omnisim.report.inspect_tree import check_document
from omnisim.report.lint.foreign import names_in
from omnisim.report.lint.markup import leaked_markup, with_meant_aside
from omnisim.report.lint.outline import Remark, read_outline
from omnisim.report.lint.pages import check_pages
from omnisim.report.lint.result_rules import check_languages, check_mark, check_results
from omnisim.report.lint.rules import RULES, links_resolve
from omnisim.report.lint.slides import check_slides
from omnisim.report.lint.twins import check_twins
from omnisim.report.loading import Run
from omnisim.report.office import plain_text
from omnisim.report.pandoc import formulas_of, parse
from omnisim.report.registry import document_sources
from omnisim.report.source import Source, read_source


@own_memory()
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
    outlines = []
    for file in document_sources(folder):
        source = read_source(file)
        outline = read_outline(source)
        outlines.append(outline)
        remarks += [remark for rule in RULES for remark in rule(outline)]
        meant = with_meant_aside(source)
        try:
            tree = parse(meant)
        except ReportError as error:
            remarks.append(_stopping(error))
            continue  # the rules below need what Pandoc reads
        remarks += _refused(source, tree, folder)
        remarks += leaked_markup(meant, tree)
        remarks += links_resolve(outline, targets=_identifiers(tree), folder=folder)
        if run is not None:
            remarks += check_languages(run, outline.lang)
            remarks += check_mark(run, source.metadata, file=file.name)
        remarks += _slides(folder, source, run)
    remarks += check_twins(outlines)
    remarks += check_pages(folder, [name for outline in outlines for name in names_in(outline)])
    return tuple(dict.fromkeys(remarks))


def _refused(source: Source, tree: Mapping[str, Any], folder: Path) -> tuple[Remark, ...]:
    """What both engines would refuse to render, such as a formula that is none or a file from elsewhere."""
    try:
        # In a formula an escaped sign such as \{ is no markup to put aside.
        check_document(source, parse(source) if formulas_of(tree) else tree, folder)
    except ReportError as error:
        return (_stopping(error),)
    return ()


def _stopping(error: ReportError) -> Remark:
    """What stops the rendering, as a remark."""
    where, _, problem = str(error).partition(": ")
    return Remark(where, problem, "the document cannot be rendered with it")


def _slides(folder: Path, source: Source, run: Run | None) -> tuple[Remark, ...]:
    """Remarks on the finished deck of a source, where there is one."""
    deck = folder / f"{source.name.removesuffix('.qmd')}.pptx"
    if not deck.is_file():
        return ()
    faces = faces_of(source.metadata, folder, where=source.name)
    lang = language_of(source.metadata)
    is_marked = run is not None and run.source.is_simulated
    mark = plain_text(source.metadata.get("simulated-mark")) if is_marked else ""
    face = typeface_of(faces, family_of(source.metadata), lang)
    return tuple(check_slides(deck, face, mark=mark, lang=lang))


def _identifiers(tree: Mapping[str, Any]) -> frozenset[str]:
    """What a link can lead to, with the identifiers pandoc gives to headings itself."""
    found: set[str] = set()
    stack: list[Any] = list(tree["blocks"])
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
