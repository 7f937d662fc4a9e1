"""The appendix of a report folder: pages in the languages of its documents, renewed as a whole."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from omnisim.report.appendix import write_appendix
from omnisim.report.document import Document
from omnisim.report.engagement import Engagement
from omnisim.report.loading import Run
from omnisim.report.registry import APPENDIX, appendix_pages
from omnisim.report.selection import run_for
from omnisim.report.sources_folder import replace_folder


def renew_appendix(
    run: Run,
    documents: Sequence[Document],
    made: Mapping[str, Mapping[str, Path]],
    *,
    folder: Path,
    work: Path,
    formats: Sequence[str],
    engagement: Engagement,
) -> list[Path]:
    """Write the pages of the notebooks that documents lead to; each leads back to those of its language.

    Pages of a language of which no document was just rendered stay as they are.

    Parameters
    ----------
    run : Run
        The run with its executed notebooks.
    documents : sequence of Document
        Those of the report folder, in all languages.
    made : mapping
        Name of a document that was just rendered to its files by format.
    folder : Path
        The report folder.
    work : Path
        Where the pages are made before they are moved into place.
    formats : sequence of str
        Formats of files a page may lead back to, the best first.
    engagement : Engagement
        Its colours, and whether the truth of simulated data is hidden: then pages of an earlier report
        do not stay.

    Returns
    -------
    list of Path
        The pages in the report folder.
    """
    texts = [item for item in documents if not item.kind.is_deck]
    pages: list[Path] = []
    is_truth_hidden = engagement.truth == "hidden"
    for lang in dict.fromkeys(item.lang for item in texts):
        mine = [item for item in texts if item.lang == lang]
        before = [] if is_truth_hidden else _own_pages(folder / APPENDIX, lang)
        if before and not any(item.name in made for item in mine):
            (work / APPENDIX).mkdir(exist_ok=True)
            pages += [Path(shutil.copy2(page, work / APPENDIX)) for page in before]
            continue
        reports = [
            (item.title, file) for item in mine if (file := _finished(item, made, folder, formats))
        ]
        pages += write_appendix(
            run,
            [name for item in mine for name in run_for(item.kind, run).results],
            work / APPENDIX,
            reports=reports,
            colours=engagement.colours,
            lang=lang,
            is_truth_hidden=is_truth_hidden,
        )
    if pages:
        replace_folder(work / APPENDIX, folder / APPENDIX)
    elif is_truth_hidden:
        shutil.rmtree(folder / APPENDIX, ignore_errors=True)
    return [folder / APPENDIX / page.name for page in pages]


def _own_pages(folder: Path, lang: str) -> list[Path]:
    """Pages that are there themselves, not links to elsewhere."""
    return [p for p in appendix_pages(folder, lang) if p.is_file() and not p.is_symlink()]


def _finished(
    document: Document,
    made: Mapping[str, Mapping[str, Path]],
    folder: Path,
    formats: Sequence[str],
) -> str | None:
    """File of a document that a page can lead to: one just made, else one made before."""
    files = made.get(document.name, {})
    before = (f"{document.stem}.{kind}" for kind in formats)
    just_made = (files[kind].name for kind in formats if kind in files)
    return next(just_made, None) or next((n for n in before if (folder / n).is_file()), None)
