"""The manifest: what a dataset is, how it was made, and which files it consists of.

It is written last, so a folder with a manifest is a whole dataset.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from hashlib import blake2b
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from omnisim.errors import DatasetError
from omnisim.schema import RAW_TRUTH, SCHEMA_VERSION, TABLES, TRUTH_TABLES
from omnisim.storage.remote import Place

MANIFEST_NAME = "manifest.json"

_Count = Annotated[int, Field(ge=0)]
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Part(_Frozen):
    """One Parquet file of a table.

    Attributes
    ----------
    path : str
        Relative to the dataset's folder.
    rows, bytes : int
        Size. `sha256` is that of the file: it shows damage, it does not name the content.
    """

    path: Annotated[str, Field(pattern=r"^(tables|truth)/[a-z][a-z0-9_]*/part-[0-9]{5,}\.parquet$")]
    rows: _Count
    bytes: _Count
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class TableEntry(_Frozen):
    """One table: its rows, its content's digest (32 hex digits) and its files."""

    rows: _Count
    digest: _Digest
    parts: Annotated[tuple[Part, ...], Field(min_length=1)]


class Manifest(_Frozen):
    """Everything about a dataset that is not in its tables.

    Attributes
    ----------
    is_simulated : bool
        False for a client's data; scenario, its hash, seed and rng scheme are then None.
    first_date, last_date : date
        Days covered, both included.
    options : dict or None
        How a simulation was asked for, beside scenario and seed: kinds of truth, persons per block.
    dataset_hash : str
        Names the content; see :func:`dataset_hash`. Versions and times are not part of it.
    versions : dict
        Version of each package that wrote it.
    wall_seconds : dict
        Time taken per phase [s].
    raw_sha256 : str or None
        SHA-256 of ``raw/manifest.json``; None without raw exports.
    """

    name: Annotated[str, Field(min_length=1)]
    schema_version: int = SCHEMA_VERSION
    is_simulated: bool
    rng_scheme: int | str | None = None
    scenario: dict[str, Any] | None = None
    scenario_name: str | None = None
    scenario_hash: str | None = None
    seed: int | None = None
    options: dict[str, Any] | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    locale: Annotated[str, Field(pattern=r"^[a-z]{2,3}_[A-Z]{2}$")]
    first_date: date
    last_date: date
    dataset_hash: _Digest
    tables: dict[str, TableEntry]
    truth: dict[str, TableEntry] = {}
    versions: dict[str, str] = {}
    wall_seconds: dict[str, float] = {}
    raw_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None

    def to_json(self) -> str:
        """Text of the file: keys sorted, so that equal manifests have equal bytes."""
        return canonical_json(self.model_dump(mode="json"), indent=1) + "\n"


def dataset_hash(
    *,
    rng_scheme: int | str | None,
    scenario: dict[str, Any] | None,
    seed: int | None,
    digests: dict[str, str],
) -> str:
    """Name a dataset's content: the same for any machine, worker count, files or libraries.

    Parameters
    ----------
    digests : dict
        ``tables/<name>`` or ``truth/<name>`` -> digest of the table.

    Returns
    -------
    str
        32 hex digits of BLAKE2b.

    Examples
    --------
    >>> len(dataset_hash(rng_scheme=1, scenario={}, seed=7, digests={"tables/orders": "00"}))
    32
    """
    content = {
        "schema_version": SCHEMA_VERSION,
        "rng_scheme": rng_scheme,
        "scenario": scenario,
        "seed": seed,
        "digests": digests,
    }
    return content_hash(content)


def hashed_digests(
    tables: Mapping[str, TableEntry], truth: Mapping[str, TableEntry]
) -> dict[str, str]:
    """Digests that name a dataset's content.

    The ledger of the raw exports is left out: they say nothing that the tables do not, and a
    dataset keeps its name when they are added.
    """
    digests = {f"tables/{name}": entry.digest for name, entry in tables.items()}
    kept = {name: entry for name, entry in truth.items() if name not in RAW_TRUTH}
    return digests | {f"truth/{name}": entry.digest for name, entry in kept.items()}


def content_hash(content: object) -> str:
    """Hash of anything JSON can hold: 32 hex digits of BLAKE2b over its canonical spelling."""
    return blake2b(canonical_json(content).encode(), digest_size=16).hexdigest()


def canonical_json(content: object, indent: int | None = None) -> str:
    """JSON with one spelling: sorted keys, no NaN, no spaces unless indented.

    Examples
    --------
    >>> canonical_json({"b": 1, "a": [1, 2]})
    '{"a":[1,2],"b":1}'
    """
    separators = (",", ":") if indent is None else (",", ": ")
    return json.dumps(
        content,
        sort_keys=True,
        indent=indent,
        ensure_ascii=indent is None,  # what is hashed is ASCII, what people read is not
        allow_nan=False,
        separators=separators,
    )


def read_manifest(folder: Place) -> Manifest:
    """Read and check a dataset's manifest.

    Raises
    ------
    DatasetError
        Missing, damaged, or of another schema version.
    """
    path = folder / MANIFEST_NAME
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise DatasetError(
            f"{folder}: no {MANIFEST_NAME}, so this is not a whole dataset; make it again"
        ) from None
    except (OSError, ValueError) as error:  # ValueError: neither UTF-8 nor JSON
        raise DatasetError(f"{path}: cannot be read ({error}); make the dataset again") from error
    found = content.get("schema_version") if isinstance(content, dict) else None
    if found != SCHEMA_VERSION:
        raise DatasetError(
            f"{path}: schema_version = {found!r}; this version of omnisim reads "
            f"{SCHEMA_VERSION}. Make the dataset again, or use the version that wrote it"
        )
    try:
        manifest = Manifest.model_validate_json(json.dumps(content))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(step) for step in first["loc"])
        raise DatasetError(f"{path}: {field}: {first['msg']}; make the dataset again") from error
    _check_tables(path, manifest)
    return manifest


def _check_tables(path: Place, manifest: Manifest) -> None:
    sides = (("tables", manifest.tables, TABLES), ("truth", manifest.truth, TRUTH_TABLES))
    for side, entries, declared in sides:
        if unknown := sorted(entries.keys() - declared.keys()):
            raise DatasetError(f"{path}: {side} names unknown tables {unknown}")
        for table, entry in entries.items():
            folder = f"{side}/{table}/"
            if stray := [p.path for p in entry.parts if not p.path.startswith(folder)]:
                raise DatasetError(f"{path}: {stray[0]} is listed as a part of {side}/{table}")
            if entry.rows != sum(part.rows for part in entry.parts):
                raise DatasetError(
                    f"{path}: {side}/{table} has {entry.rows} rows, its parts "
                    f"{sum(part.rows for part in entry.parts)}"
                )
    if manifest.last_date < manifest.first_date:
        raise DatasetError(
            f"{path}: last_date {manifest.last_date} is before first_date {manifest.first_date}"
        )
