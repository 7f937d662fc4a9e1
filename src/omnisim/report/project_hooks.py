"""What ``quarto render`` runs before and after, where omnisim is installed.

``reports/_brand/hook.lua`` calls ``python -m omnisim.report.project_hooks before|after``. Quarto passes the
files by name, relative to the project.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from omnisim.errors import OmnisimError
from omnisim.report.deck.finish import Deck, finish_pptx
from omnisim.report.fonts import faces_of
from omnisim.report.inspect_tree import read_checked
from omnisim.report.office import finish_docx

_NO_DATE = dt.date(1980, 1, 1)  # the first an office file can carry


def before(project: Path) -> None:
    """Hold every source to what both engines understand.

    Raises
    ------
    ReportError
        With file and line of the first that goes beyond it.
    """
    for file in _named("QUARTO_PROJECT_INPUT_FILES", project):
        if file.suffix == ".qmd":
            read_checked(file)


def after(project: Path) -> None:
    """Finish the Word files and decks that Quarto wrote.

    Raises
    ------
    ReportError
        When the source of one cannot be read.
    """
    for file in _named("QUARTO_PROJECT_OUTPUT_FILES", project):
        name = file.with_suffix(".qmd")
        if file.suffix not in (".docx", ".pptx") or not name.is_file():
            continue
        source, tree = read_checked(name)
        date = _date(source.metadata.get("om-date"))
        if file.suffix == ".docx":
            finish_docx(file, file, metadata=source.metadata, date=date)
            continue
        faces = faces_of(source.metadata, name.parent, where=name.name)
        deck = Deck(tree, source.metadata, name.parent, name.name, faces, date)
        for note in finish_pptx(file, file, deck):
            sys.stderr.write(f"omnisim: {note}\n")


def _named(variable: str, project: Path) -> Iterator[Path]:
    """The files of a list that Quarto passes as lines of a variable, or of a file named by another."""
    listed = os.environ.get(f"QUARTO_USE_FILE_FOR_{variable.removeprefix('QUARTO_')}")
    text = Path(listed).read_text(encoding="utf-8") if listed else os.environ.get(variable, "")
    for line in text.splitlines():
        if line.strip():
            yield project / line.strip()


def _date(text: object) -> dt.date:
    try:
        return dt.date.fromisoformat(str(text))
    except ValueError:
        return _NO_DATE


def main(moment: str) -> int:
    """Run one hook; 1 with one line on the terminal when it fails."""
    try:
        {"before": before, "after": after}[moment](Path.cwd())
    except OmnisimError as error:
        sys.stderr.write(f"omnisim: {error}\n(OMNISIM_HOOKS=off renders without omnisim)\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
