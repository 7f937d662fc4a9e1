"""Where notebooks and other project sources are found.

An engagement folder's own files win; an editable install reads the repository; an installed wheel
carries copies as package data.
"""

from __future__ import annotations

from pathlib import Path

from omnisim.errors import NotebookError

_PACKAGE = Path(__file__).resolve().parents[1]
_CARRIED = _PACKAGE / "_project"  # put there by the wheel's build, see pyproject.toml
_REPOSITORY = _PACKAGE.parents[1]


def project_root(start: Path | None = None) -> Path | None:
    """The nearest folder at or above `start` that holds ``data/synthetic``.

    Parameters
    ----------
    start : Path, optional
        Where to begin; the working directory when not given.
    """
    here = (start or Path.cwd()).resolve()
    return next(
        (folder for folder in (here, *here.parents) if (folder / "data/synthetic").is_dir()), None
    )


def project_source(name: str) -> Path:
    """A folder of the project's own sources, ``notebooks`` or ``reports``.

    Raises
    ------
    NotebookError
        When the installation lacks it.
    """
    for base in (_CARRIED, _REPOSITORY):
        if (base / name).is_dir():
            return base / name
    raise NotebookError(f"this installation of omnisim carries no {name}/; install it again")


def notebook_folder(start: Path | None = None) -> Path:
    """The notebooks to run: those of the project around `start`, else omnisim's own."""
    root = project_root(start)
    if root is not None and next(iter(numbered_notebooks(root / "notebooks")), None):
        return root / "notebooks"
    return project_source("notebooks")


def numbered_notebooks(folder: Path) -> list[Path]:
    """The notebooks that make up a run: names begin with a number, as in ``03_ab_test``."""
    return sorted(folder.glob("[0-9]*_*.ipynb"))
