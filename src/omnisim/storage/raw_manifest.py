"""The raw exports beside a dataset: what lies there, and whether it is what was written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from omnisim.errors import DatasetError
from omnisim.storage.manifest import MANIFEST_NAME, canonical_json
from omnisim.storage.parts import refuse_changed_part
from omnisim.storage.remote import Place, files_below

RAW_FOLDER = "raw"

_Count = Annotated[int, Field(ge=0)]
_Path = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)?$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RawColumn(_Frozen):
    """One column of an export: its name in the file, its type there and its meaning."""

    name: str
    kind: Literal["text", "int", "bool", "number"]
    about: str


class RawExport(_Frozen):
    """One kind of file of a source system.

    Attributes
    ----------
    export : str
        ``system/name``.
    files : str
        Path below ``raw/``; ``{day}`` and ``{month}`` stand for the period.
    time_zone : str
        Of times in the cells and of the period in the file's name.
    has_totals_row : bool
        Whether each file ends with a row of totals.
    rows, bytes : int
        Of all its files.
    """

    export: str
    about: str
    files: str
    format: Literal["csv", "jsonl", "parquet"]
    encoding: str
    delimiter: str | None
    is_gzip: bool
    time_zone: str
    key: str
    has_totals_row: bool
    columns: tuple[RawColumn, ...]
    rows: _Count
    bytes: _Count


class RawFile(_Frozen):
    """One file below ``raw/``; `export` is empty for a document."""

    path: _Path
    export: str
    rows: _Count
    bytes: _Count
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class RawManifest(_Frozen):
    """Everything about the raw exports that is not in their rows.

    Attributes
    ----------
    dials : dict
        The scenario's block ``raw``.
    seed : int
        Of the dataset; keys and defects were drawn with it.
    """

    raw_version: Literal[1] = 1
    seed: int
    dials: dict[str, Any]
    exports: tuple[RawExport, ...]
    files: tuple[RawFile, ...]

    def to_json(self) -> str:
        """Text of the file."""
        return canonical_json(self.model_dump(mode="json"), indent=1) + "\n"


def read_raw_manifest(folder: Place) -> RawManifest:
    """Read the manifest of the raw exports of a dataset.

    Raises
    ------
    DatasetError
        Missing or damaged.
    """
    path = folder / RAW_FOLDER / MANIFEST_NAME
    try:
        return RawManifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise DatasetError(f"{path}: is missing; make the dataset again with --raw") from None
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror})") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise DatasetError(f"{path}: {where}: {first['msg']}; make the dataset again") from None


def raw_problems(folder: Place) -> Iterator[tuple[str, str]]:
    """(file, what is wrong) of the raw exports: presence, size, SHA-256, and files nobody listed."""
    try:
        manifest = read_raw_manifest(folder)
    except DatasetError as error:
        where = f"{RAW_FOLDER}/{MANIFEST_NAME}"
        yield where, str(error).removeprefix(f"{folder / where}: ")
        return
    for file in manifest.files:
        try:
            refuse_changed_part(folder / RAW_FOLDER / file.path, file)
        except DatasetError as error:
            yield f"{RAW_FOLDER}/{file.path}", str(error)
    listed = {file.path for file in manifest.files} | {MANIFEST_NAME}
    for name in files_below(folder / RAW_FOLDER):
        if name not in listed:
            yield f"{RAW_FOLDER}/{name}", "is not in the manifest of the raw exports"
