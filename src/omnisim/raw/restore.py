"""Read raw exports back, and undo their defects with the ledger: the model answer of an exercise."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from omnisim.errors import DatasetError
from omnisim.storage.raw_manifest import RAW_FOLDER, RawExport, RawManifest, read_raw_manifest

Row = tuple[str | None, ...]


def read_export(folder: Path, export: str) -> dict[str, list[Row]]:
    """Rows of each file of an export, as text; None where nothing is.

    Parameters
    ----------
    folder : Path
        Folder of the dataset.
    export : str
        ``system/name``, such as ``pos/receipts``.

    Raises
    ------
    DatasetError
        There is no such export.
    """
    manifest = read_raw_manifest(folder)
    entry = _entry(manifest, export)
    return {
        file.path: list(_rows(folder / RAW_FOLDER / file.path, entry))
        for file in manifest.files
        if file.export == export
    }


def restore_export(folder: Path, export: str) -> dict[str, list[Row]]:
    """Rows of each file of an export as they would be without defects.

    Files hold the rows that belong to them, sorted; a file whose rows were all lost is back.

    Raises
    ------
    DatasetError
        There is no such export, or no ledger.
    """
    entry = _entry(read_raw_manifest(folder), export)
    columns = [column.name for column in entry.columns]
    files = {
        path: [list(row) for row in rows] for path, rows in read_export(folder, export).items()
    }
    home = {path: [path] * len(rows) for path, rows in files.items()}
    is_extra = {path: [False] * len(rows) for path, rows in files.items()}
    lost: list[tuple[str, Row]] = []
    for defect in _ledger(folder, entry):
        path, kind, true = defect["raw_file"], defect["defect_kind"], defect["true_value"]
        if kind == "gap":
            lost.append((path, tuple(json.loads(true))))
            continue
        at = defect["row_number"] - 1
        match kind:
            case "duplicate" | "duplicate_record" | "bot":
                is_extra[path][at] = True
            case "late":
                home[path][at] = true
            case _:
                files[path][at][columns.index(defect["column_name"])] = true
    clean: dict[str, list[Row]] = {}
    for path, rows in files.items():
        for row, place, extra in zip(rows, home[path], is_extra[path], strict=True):
            if not extra:
                clean.setdefault(place, []).append(tuple(row))
    for path, gone in lost:
        clean.setdefault(path, []).append(gone)
    return {
        path: sorted(rows, key=lambda row: [cell or "" for cell in row])
        for path, rows in sorted(clean.items())
    }


def _ledger(folder: Path, entry: RawExport) -> Iterator[dict[str, Any]]:
    """Defects of one export, those of files that do not exist included."""
    parts = sorted((folder / "truth" / "raw_defects").glob("part-*.parquet"))
    if not parts:
        raise DatasetError(f"{folder}: the ledger truth/raw_defects is missing")
    head, _, tail = entry.files.partition("{")
    system = entry.export.split("/")[0]
    for part in parts:
        for row in pq.read_table(part, filters=[("system", "=", system)]).to_pylist():
            rest = row["raw_file"].removeprefix(head)
            is_file = rest == "" if not tail else rest != row["raw_file"] and rest[0].isdigit()
            if is_file:
                yield row


def _entry(manifest: RawManifest, export: str) -> RawExport:
    for entry in manifest.exports:
        if entry.export == export:
            return entry
    names = ", ".join(entry.export for entry in manifest.exports)
    raise DatasetError(f"no export {export!r}; there are {names}")


def _rows(path: Path, entry: RawExport) -> Iterator[Row]:
    names = [column.name for column in entry.columns]
    if entry.format == "parquet":
        table = pq.read_table(path)
        columns = [table[name].cast(pa.string()).to_pylist() for name in names]
        yield from zip(*columns, strict=True)
        return
    content = path.read_bytes()
    text = (gzip.decompress(content) if entry.is_gzip else content).decode(entry.encoding)
    if entry.format == "csv":
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=entry.delimiter or ",")
        if next(lines) != names:
            raise DatasetError(f"{path}: has other columns than its manifest says")
        yield from (tuple(cell or None for cell in line) for line in lines)
        return
    for line in text.split("\n")[:-1]:
        value = json.loads(line, parse_int=str, parse_float=str)
        yield tuple(_cell(value, name.split(".")) for name in names)


def _cell(value: Any, path: list[str]) -> str | None:
    for part in path:
        value = value[part]
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
