"""The system's errors about files, told with what was being done."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from omnisim.errors import StorageError
from omnisim.storage.remote import Place, RemotePath


@contextmanager
def named_trouble(path: Place, doing: str) -> Iterator[None]:
    """Turn the system's errors into one that names the path, the deed and the free space."""
    try:
        yield
    except OSError as error:
        where = error.filename or path
        reason = error.strerror or str(error)
        raise StorageError(f"{where}: cannot {doing}: {reason}{_free_space(path)}") from error


def _free_space(path: Place) -> str:
    if isinstance(path, RemotePath):
        return ""
    for folder in (path, *path.parents):
        try:
            return f" ({shutil.disk_usage(folder).free / 1e6:,.0f} MB free)"
        except OSError:  # not there yet
            continue
    return ""
