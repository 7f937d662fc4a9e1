"""A dataset at a URL: parts go where they stay, and the manifest, written last, makes it a dataset.

An object store cannot rename a folder. So there is no ``.partial``: until the manifest is there, a
reader finds no dataset, whatever lies there already. Replacing one removes its manifest first.
"""

from __future__ import annotations

from omnisim.errors import OutputExistsError
from omnisim.storage.folder import JOURNAL_NAME, OF_A_DATASET
from omnisim.storage.lock import LOCK_NAME, refuse_living, write_lock
from omnisim.storage.manifest import MANIFEST_NAME
from omnisim.storage.remote import RemotePath
from omnisim.storage.trouble import named_trouble


def begin(out: RemotePath, *, force: bool, resume: bool = False) -> RemotePath:
    """Lock the place, and clear it unless an earlier run is resumed.

    Raises
    ------
    OutputExistsError
        A dataset is there and `force` is not given, or something else is.
    StorageError
        Another process is writing there, or the store refuses.
    """
    with named_trouble(out, "start the dataset"):
        there = {child.name for child in out.children()}
        if out.is_file() or not there <= OF_A_DATASET:
            raise OutputExistsError(f"{out}: exists and is not a dataset; choose another place")
        if MANIFEST_NAME in there and not force:
            raise OutputExistsError(f"{out}: exists; use --force to replace it")
        refuse_living(out, str(out))
        if MANIFEST_NAME in there:  # first, so that nobody takes the rest for a dataset
            (out / MANIFEST_NAME).unlink(missing_ok=True)
        is_resumed = resume and JOURNAL_NAME in there and MANIFEST_NAME not in there
        if there and not is_resumed:
            out.remove_all()
        write_lock(out)
    return out


def complete(out: RemotePath) -> None:
    """Remove what only a writer needs; the manifest is there already."""
    with named_trouble(out, "finish the dataset"):
        (out / JOURNAL_NAME).remove_all()
        (out / LOCK_NAME).unlink(missing_ok=True)


def abandon(out: RemotePath) -> None:
    """Remove what was written so far."""
    with named_trouble(out, "remove what was written"):
        out.remove_all()


def leave(out: RemotePath) -> None:
    """Keep what was written so far, for whoever resumes."""
    with named_trouble(out, "release the dataset"):
        (out / LOCK_NAME).unlink(missing_ok=True)
