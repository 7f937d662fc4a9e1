"""The technical appendix: each executed notebook of a run as one file that opens anywhere.

A file holds everything it shows: it loads nothing, runs nothing and is the same for the same notebook.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

import jinja2

from omnisim.errors import ResultError
from omnisim.language import long_period
from omnisim.report.engagement import Colours
from omnisim.report.loading import Run
from omnisim.report.notebook_page import notebook_page

APPENDIX = "appendix"


def appendix_file(notebook: Path) -> str:
    """Where the page of a notebook is, relative to the report folder.

    Examples
    --------
    >>> appendix_file(Path("runs/small/notebooks/03_ab_test.ipynb"))
    'appendix/03_ab_test.html'
    """
    return f"{APPENDIX}/{notebook.stem}.html"


def write_appendix(
    run: Run,
    questions: Sequence[str],
    folder: Path,
    *,
    reports: Sequence[tuple[str, str]],
    colours: Colours | None = None,
    is_truth_hidden: bool = False,
) -> list[Path]:
    """Write the pages of the notebooks behind some questions.

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
    made = []
    for notebook in notebooks:
        target = folder / f"{notebook.stem}.html"
        page = appendix_page(
            run,
            notebook,
            reports=reports,
            colours=colours or Colours(),
            is_truth_hidden=is_truth_hidden,
        )
        target.write_text(page, encoding="utf-8")
        made.append(target)
    return made


def appendix_page(
    run: Run,
    notebook: Path,
    *,
    reports: Sequence[tuple[str, str]],
    colours: Colours,
    is_truth_hidden: bool = False,
) -> str:
    """The page of one notebook."""
    try:
        body = json.loads(notebook.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ResultError(f"{notebook}: cannot be read as a notebook ({error})") from None
    if not isinstance(body, dict) or body.get("nbformat") != 4:
        raise ResultError(f"{notebook}: not a notebook of format 4")
    source = run.source
    return _template().render(
        page=notebook_page(
            body, name=notebook.stem, alts=_alts(run), is_truth_hidden=is_truth_hidden
        ),
        name=notebook.stem,
        reports=reports,
        colours=colours,
        dataset=source.dataset,
        period=long_period(source.first_date, source.last_date),
        is_simulated=source.is_simulated,
    )


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
