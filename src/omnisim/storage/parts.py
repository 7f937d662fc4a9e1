"""Do the files of a dataset still hold the bytes that were written?"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol

from omnisim.errors import DatasetError
from omnisim.storage.remote import Place

if TYPE_CHECKING:
    from omnisim.storage.dataset import Dataset

_BLOCK_BYTES = 1 << 20


class Listed(Protocol):
    """What a manifest says of a file."""

    @property
    def bytes(self) -> int:
        """Size."""

    @property
    def sha256(self) -> str:
        """Digest, 64 hex digits."""


def refuse_changed(dataset: Dataset) -> None:
    """Raise when a part of a table no longer holds the bytes that were written.

    For whoever is about to measure: opening compares sizes only, and a flipped bit changes numbers
    without a word.

    Raises
    ------
    DatasetError
        Names the first such file.
    """
    for table in dataset.tables:
        for part in dataset.manifest.tables[table].parts:
            file = dataset.path / part.path
            try:
                refuse_changed_part(file, part)
            except DatasetError as error:
                raise DatasetError(f"{file}: {error}; make the dataset again") from None


def refuse_changed_part(file: Place, part: Listed) -> None:
    """Raise when a file is missing, cannot be read or has other bytes than the manifest says."""
    if not file.is_file():
        raise DatasetError("is missing")
    try:
        size, found = file.stat().st_size, file_sha256(file)
    except OSError as error:
        raise DatasetError(f"cannot be read ({error.strerror})") from None
    if found != part.sha256:
        raise DatasetError(
            f"was changed after it was written ({size} bytes with sha256 {found[:12]}…, the "
            f"manifest says {part.bytes} with {part.sha256[:12]}…)"
        )


def file_sha256(file: Place) -> str:
    """SHA-256 of a file, 64 hex digits."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
