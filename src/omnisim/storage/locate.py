"""Where a dataset lies: by path, or by name in the folder of datasets."""

from __future__ import annotations

import os
import re
from pathlib import Path

from omnisim.errors import DatasetError
from omnisim.storage.manifest import MANIFEST_NAME
from omnisim.storage.remote import Place, RemotePath, is_url, place_of

DEFAULT_NAME = "sample"
DATA_FOLDER = Path("data") / "synthetic"

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def find_dataset(name_or_path: str | Place | None = None) -> Place:
    """Folder of a dataset that exists, or its place at a URL.

    A bare name is looked up in the folder of datasets (:func:`data_folder`), then in the current
    folder; anything else is a path. None means ``sample``.

    Raises
    ------
    DatasetError
        Nothing there, or only the remains of an interrupted run.
    """
    asked = DEFAULT_NAME if name_or_path is None else name_or_path
    if isinstance(asked, RemotePath) or is_url(asked):
        there = place_of(asked)
        if isinstance(there, RemotePath):
            return _find_remote(there)
        asked = there
    if isinstance(asked, str) and _NAME.fullmatch(asked):
        home = data_folder()
        candidates = [Path.cwd() / asked] if home is None else [home / asked, Path.cwd() / asked]
    else:
        candidates = [Path(asked).expanduser()]
    for folder in candidates:
        # Killed while it was replaced: the old one is still whole.
        for place in (folder, replaced_folder(folder)):
            if (place / MANIFEST_NAME).is_file():
                return place.resolve()
    # None is whole: complain about the first that has at least something there.
    for folder in candidates:
        if folder.is_dir():
            raise DatasetError(
                f"{folder}: no {MANIFEST_NAME}, so this is not a whole dataset; make it again"
            )
        if folder.exists():
            raise DatasetError(f"{folder}: is a file; a dataset is a folder with {MANIFEST_NAME}")
        if partial_folder(folder).is_dir():
            raise DatasetError(
                f"{folder}: writing it was interrupted or still runs (there is only "
                f"{partial_folder(folder).name}); make it again, or go on with "
                "omnisim simulate --resume"
            )
    raise DatasetError(f"no dataset {str(asked)!r} at {candidates[0]}; {_offer(candidates[0])}")


def _find_remote(place: RemotePath) -> RemotePath:
    try:
        if (place / MANIFEST_NAME).is_file():
            return place
        is_begun = place.is_dir()
    except OSError as error:
        raise DatasetError(f"{place}: cannot be read ({error.strerror or error})") from None
    if is_begun:
        raise DatasetError(
            f"{place}: no {MANIFEST_NAME}, so this is not a whole dataset: writing it was "
            "interrupted or still runs"
        )
    raise DatasetError(f"no dataset at {place}")


def data_folder() -> Path | None:
    """Folder of datasets: `OMNISIM_DATA`, else ``data/synthetic`` of the nearest project root.

    The project root is the nearest folder, from the current one upwards, that holds
    ``data/synthetic``; last comes the source tree of an editable install.
    """
    if told := os.environ.get("OMNISIM_DATA"):
        return Path(told).expanduser().absolute()
    here = Path.cwd()
    for root in (here, *here.parents, Path(__file__).parents[3]):
        if (root / DATA_FOLDER).is_dir():
            return root / DATA_FOLDER
    return None


def partial_folder(folder: Path) -> Path:
    """Where a dataset is written before it is whole."""
    return folder.with_name(folder.name + ".partial")


def replaced_folder(folder: Path) -> Path:
    """Where the old dataset is for the moment in which the new one takes its place."""
    return folder.with_name(folder.name + ".replaced")


def dataset_names(folder: Path) -> list[str]:
    """Names of the whole datasets in a folder."""
    found = (manifest.parent for manifest in folder.glob(f"*/{MANIFEST_NAME}"))
    return sorted(f.name for f in found if f.suffix not in (".partial", ".replaced"))


def _offer(missing: Path) -> str:
    names = dataset_names(missing.parent) if missing.parent.is_dir() else []
    return f"there are: {', '.join(names)}" if names else f"there is none in {missing.parent}"
