"""A folder that appears whole or not at all.

It is filled under ``<out>.partial`` and renamed at the end. A lock in it says who is writing, so
that the remains of a killed run are taken over or removed and those of a living one are not.
"""

from __future__ import annotations

import ctypes
import errno
import glob
import os
import shutil
import sys
from pathlib import Path
from uuid import uuid4

from omnisim.errors import OutputExistsError, StorageError
from omnisim.executor import ThreadExecutor
from omnisim.storage.locate import partial_folder, replaced_folder
from omnisim.storage.lock import (
    LOCK_NAME,
    claim,
    is_alive,
    lock_owner,
    refuse_living,
    write_lock,
)
from omnisim.storage.manifest import MANIFEST_NAME
from omnisim.storage.trouble import named_trouble

_SYNCS_AT_ONCE = 16  # a disk takes many together in the time of a few; one by one they take seconds
JOURNAL_NAME = "journal"  # what is finished of a dataset under way, to be resumed

OF_A_DATASET = {MANIFEST_NAME, LOCK_NAME, JOURNAL_NAME, "tables", "truth", "raw"}


def begin(out: Path, *, force: bool, resume: bool = False) -> Path:
    """Make the partial folder and lock it.

    Parameters
    ----------
    force : bool
        Replace a dataset that is there, once the new one is whole.
    resume : bool
        Go on in what an earlier writer left, if it left anything; otherwise it is removed.

    Raises
    ------
    OutputExistsError
        `out` exists and `force` is not given, or `out` is not a dataset.
    StorageError
        Another process is writing it, or the disk refuses.
    """
    with named_trouble(out, "start the dataset"):
        _restore(out)
        _check_output(out, force=force)
        partial = partial_folder(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        _sweep(out)
        if resume and (partial / JOURNAL_NAME).is_dir():
            claim(partial, str(partial))
            shutil.rmtree(partial / "raw", ignore_errors=True)  # made anew from the tables
            return partial
        fresh = _hidden(out, "new")
        fresh.mkdir()
        write_lock(fresh)
        try:
            _take_over(partial)
            # Renaming onto a folder that another process made meanwhile fails.
            fresh.rename(partial)
        except OSError as error:
            shutil.rmtree(fresh, ignore_errors=True)
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                raise StorageError(f"{out}: another process has just begun to write it") from error
            raise
        except StorageError:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
    return partial


def complete(out: Path, *, force: bool) -> None:
    """Put the partial folder in place of `out`; any kill leaves the old or the new one whole."""
    partial = partial_folder(out)
    with named_trouble(out, "finish the dataset"):
        _check_output(out, force=force)
        for _ in ThreadExecutor(_SYNCS_AT_ONCE).map(_sync, partial.rglob("*")):
            pass
        if not out.exists():
            partial.rename(out)
        elif _exchange(partial, out):
            _remove(partial)
        else:
            out.rename(replaced_folder(out))
            partial.rename(out)
            _remove(replaced_folder(out))
        shutil.rmtree(out / JOURNAL_NAME, ignore_errors=True)
        (out / LOCK_NAME).unlink(missing_ok=True)
        _sync(out.parent)


def abandon(out: Path) -> None:
    """Remove what was written so far."""
    shutil.rmtree(partial_folder(out), ignore_errors=True)


def leave(out: Path) -> None:
    """Keep what was written so far, for whoever resumes."""
    (partial_folder(out) / LOCK_NAME).unlink(missing_ok=True)


def _check_output(out: Path, *, force: bool) -> None:
    if not out.exists():
        return
    if not out.is_dir():
        raise OutputExistsError(f"{out}: is a file; give the name of a folder")
    content = {child.name for child in out.iterdir()}
    if not content:
        return
    if not content <= OF_A_DATASET or MANIFEST_NAME not in content:
        raise OutputExistsError(f"{out}: exists and is not a dataset; choose another folder")
    if not force:
        raise OutputExistsError(f"{out}: exists; use --force to replace it")


def _restore(out: Path) -> None:
    """Finish a replacement that was killed between its two renames."""
    moved = replaced_folder(out)
    if moved.is_dir():
        if out.exists():
            _remove(moved)
        else:
            moved.rename(out)


def _take_over(partial: Path) -> None:
    """Remove what a dead process left; refuse while a living one writes."""
    if not partial.exists():
        return
    refuse_living(partial, str(partial))
    _remove(partial)


def _hidden(path: Path, use: str) -> Path:
    return path.with_name(f".{path.name}.{use}-{uuid4().hex[:8]}")


def _remove(folder: Path) -> None:
    """Remove so that a kill half-way leaves nothing that looks like a dataset."""
    aside = _hidden(folder, "old")
    folder.rename(aside)
    shutil.rmtree(aside)


def _sweep(out: Path) -> None:
    """Remove what kills left half-way through making or removing a folder."""
    for stray in out.parent.glob(f".{glob.escape(out.name)}*.old-????????"):
        shutil.rmtree(stray, ignore_errors=True)
    for stray in out.parent.glob(f".{glob.escape(out.name)}.new-????????"):
        owner = lock_owner(stray)
        if owner and not is_alive(owner):
            shutil.rmtree(stray, ignore_errors=True)


def _sync(path: Path) -> None:
    if sys.platform == "win32":  # folders cannot be opened there, files not for reading only
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step, where the system can (Linux); False where it cannot."""
    if not sys.platform.startswith("linux"):
        return False
    library = ctypes.CDLL(None, use_errno=True)
    here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    try:
        failed = library.renameat2(
            here, os.fsencode(one), here, os.fsencode(other), ctypes.c_uint(exchange)
        )
    except AttributeError:  # an older C library
        return False
    return not failed
