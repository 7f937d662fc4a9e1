"""The Quarto project a report lives in: brand, filter and templates shared by both engines.

A report below a folder that holds ``_quarto.yml`` and ``_brand/`` uses that project, with whatever the
consultant changed there. Elsewhere the report folder becomes a project of its own.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from omnisim.errors import ReportError

CONFIG = "_quarto.yml"
BRAND = "_brand"
FILTER = f"{BRAND}/omnisim.lua"
REFERENCE_DECK = f"{BRAND}/reference.pptx"

_PACKAGE = Path(__file__).resolve().parents[1]
_CARRIED = _PACKAGE / "_project"  # put there by the wheel's build
_REPOSITORY = _PACKAGE.parents[1]


def project_sources() -> Path:
    """The ``reports/`` folder omnisim brings: from the wheel, else from the repository.

    Raises
    ------
    ReportError
        When the installation lacks it.
    """
    for base in (_CARRIED, _REPOSITORY):
        if (base / "reports" / FILTER).is_file():
            return base / "reports"
    raise ReportError("this installation of omnisim carries no reports/; install it again")


def find_project(folder: Path) -> Path | None:
    """The nearest report project at or above `folder`."""
    here = folder.resolve()
    for candidate in (here, *here.parents):
        if (candidate / CONFIG).is_file() and (candidate / FILTER).is_file():
            return candidate
    return None


def reference_of(folder: Path) -> Path:
    """The reference deck of the project a report folder lies in; the one omnisim brings where there is none."""
    project = find_project(folder)
    own = None if project is None else project / REFERENCE_DECK
    return own if own is not None and own.is_file() else project_sources() / REFERENCE_DECK


def project_files() -> dict[str, Path]:
    """Relative path -> file, for everything a report folder needs to be a project of its own."""
    source = project_sources()
    names = [
        CONFIG,
        *(p.name for p in sorted(source.glob("_quarto-*.yml"))),
        *(p.relative_to(source).as_posix() for p in sorted(source.glob(f"{BRAND}/**/*"))),
    ]
    return {name: source / name for name in names if (source / name).is_file()}


def complete_project(folder: Path) -> Path:
    """The project of a report folder; made in the folder when there is none above it."""
    found = find_project(folder)
    if found is not None:
        return found
    for name, file in project_files().items():
        target = folder / name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    return folder
