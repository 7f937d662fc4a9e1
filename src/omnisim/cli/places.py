"""Where commands put things when they are not told: the project around the working directory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from omnisim.errors import InputError

if TYPE_CHECKING:
    from omnisim.storage.remote import RemotePath


def base_folder() -> Path:
    """The project around the working directory, else that directory."""
    from omnisim.notebook.project import project_root

    return project_root() or Path.cwd()


def dataset_home() -> Path:
    """The folder of datasets: `OMNISIM_DATA`, else ``data/synthetic`` of the project."""
    told = os.environ.get("OMNISIM_DATA")
    return Path(told).expanduser() if told else base_folder() / "data" / "synthetic"


def find_run(name_or_path: Path) -> Path:
    """A run folder by path, or by name below ``runs/`` of the project.

    Raises
    ------
    InputError
        When there is none.
    """
    home = base_folder() / "runs"
    for folder in (name_or_path, home / name_or_path):
        if (folder / "run.json").is_file():
            return folder
    names = sorted(path.parent.name for path in home.glob("*/run.json"))
    known = f"there are: {', '.join(names)}" if names else "make one with `omnisim run`"
    raise InputError(f"no run {str(name_or_path)!r}; {known}")


def shown(path: Path | RemotePath) -> str:
    """A path as people read it: relative when it lies below the working directory."""
    if not isinstance(path, Path):
        return str(path)
    path = path.absolute()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
