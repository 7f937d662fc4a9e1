"""The technical appendix: each executed notebook of a run as one file that opens anywhere.

A file holds everything it shows: it loads nothing, runs nothing and is the same for the same notebook.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

import jinja2

from omnisim.errors import ResultError
from omnisim.language import long_period, say
from omnisim.language.notebooks import notebook_words
from omnisim.report.engagement import Colours
from omnisim.report.fonts import font_faces, is_chinese
from omnisim.report.loading import Run
from omnisim.report.notebook_page import Block, notebook_page
from omnisim.report.notebook_words import PageWords
from omnisim.report.registry import appendix_file
from omnisim.report.truth_hidden import notebook_without_truth

_FACES = "/*om-faces*/"  # where the fonts of a page go
_TAGS = re.compile(r"<[^>]*>")


def write_appendix(
    run: Run,
    questions: Sequence[str],
    folder: Path,
    *,
    reports: Sequence[tuple[str, str]],
    colours: Colours | None = None,
    lang: str = "en",
    is_truth_hidden: bool = False,
) -> list[Path]:
    """Write the pages of the notebooks behind some questions, in one language.

    Parameters
    ----------
    run : Run
        The run with its executed notebooks.
    questions : sequence of str
        Ids of the questions; those without a notebook are passed over.
    folder : Path
        Folder for the pages; made when it is not there.
    reports : sequence of (str, str)
        Title and file name of each document a page leads back to.
    colours : Colours, optional
        Of the engagement.
    lang : str
        Language of the pages. A Chinese page is called ``<name>.zh.html``; its prose stands in the
        package, its charts and the words of its outputs come with the executed notebook.
    is_truth_hidden : bool
        Leave out what tells the truth of simulated data.

    Raises
    ------
    ResultError
        When a notebook cannot be read.
    """
    notebooks = dict.fromkeys(run.notebooks[name] for name in questions if name in run.notebooks)
    if notebooks:
        folder.mkdir(parents=True, exist_ok=True)
    pages = {
        Path(appendix_file(notebook, lang)).name: appendix_page(
            run,
            notebook,
            reports=reports,
            colours=colours or Colours(),
            lang=lang,
            is_truth_hidden=is_truth_hidden,
        )
        for notebook in notebooks
    }
    faces = _faces(pages.values(), lang)
    for name, page in pages.items():
        (folder / name).write_text(page.replace(_FACES, faces, 1), encoding="utf-8")
    return [folder / name for name in pages]


def _faces(pages: Collection[str], lang: str) -> str:
    """Fonts with the signs of all pages: cutting one down takes longer than writing a page."""
    if not pages or not is_chinese(lang):
        return ""
    told = "".join(html.unescape(_TAGS.sub("", page)) for page in pages)
    return font_faces("".join(sorted(set(told))), lang)


def appendix_page(
    run: Run,
    notebook: Path,
    *,
    reports: Sequence[tuple[str, str]],
    colours: Colours,
    lang: str = "en",
    is_truth_hidden: bool = False,
) -> str:
    """The page of one notebook."""
    try:
        body = json.loads(notebook.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ResultError(f"{notebook}: cannot be read as a notebook ({error})") from None
    if not isinstance(body, dict) or body.get("nbformat") != 4:
        raise ResultError(f"{notebook}: not a notebook of format 4")
    if is_truth_hidden:
        body = notebook_without_truth(body)
    source = run.source
    words = PageWords(lang, notebook_words(notebook.stem, lang))
    about = say(
        "Data: {dataset}, {period}. The notebook as it ran: its text, its outputs, and its code "
        "folded above them.",
        dataset=source.dataset,
        period=long_period(source.first_date, source.last_date),
    )
    return _template().render(
        page=notebook_page(body, name=notebook.stem, alts=_alts(run), words=words),
        name=notebook.stem,
        word=words.frame,
        is_chinese=is_chinese(lang),
        reports=reports,
        colours=colours,
        about=about,
        code_of=_code_of,
        is_simulated=source.is_simulated,
    )


def _code_of(block: Block) -> str:
    if block.n_lines == 1:
        return say("Code {n}, 1 line", n=block.number)
    return say("Code {n}, {lines} lines", n=block.number, lines=block.n_lines)


def _alts(run: Run) -> Mapping[str, str]:
    return {
        f"{name}/{exhibit.name}": exhibit.alt
        for name, result in run.results.items()
        for exhibit in result.exhibits
        if exhibit.kind == "figure"
    }


@cache
def _template() -> jinja2.Template:
    text = files("omnisim.report").joinpath("templates", "appendix.html.j2").read_text("utf-8")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(text)
