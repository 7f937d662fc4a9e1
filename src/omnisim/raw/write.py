"""Write the raw exports of a dataset that is being written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from omnisim.raw.declare import Export
from omnisim.raw.defects import Dials, lost_days
from omnisim.raw.exports import all_exports
from omnisim.raw.files import ExportFiles
from omnisim.raw.ledger import Ledger
from omnisim.raw.readme import readme_text
from omnisim.raw.retailer import Retailer
from omnisim.scenario import Scenario
from omnisim.schema import TABLES
from omnisim.storage import DatasetWriter
from omnisim.storage.raw_manifest import (
    RAW_FOLDER,
    RawColumn,
    RawExport,
    RawFile,
    RawManifest,
)
from omnisim.storage.trouble import named_trouble
from omnisim.storage.views import open_views
from omnisim.timeline import epoch_day

RAW_BYTES_PER_CUSTOMER_YEAR = 11_000  # measured, ledger included
_ROWS_PER_BATCH = 65_536  # what Python holds at once
_MEMORY = "256MB"  # of DuckDB; what needs more is sorted on disk
README_NAME = "README.md"


@dataclass(frozen=True, slots=True)
class RawTotals:
    """What was written: files, rows, bytes and defects."""

    n_files: int
    n_rows: int
    n_bytes: int
    n_defects: int


def write_raw(
    scenario: Scenario,
    writer: DatasetWriter,
    *,
    workers: int = 1,
    progress: Callable[[str, int, int], None] | None = None,
) -> RawTotals:
    """Write ``raw/`` and its ledger from the tables written so far.

    Tables are read part by part and sorted by DuckDB, on disk where they are large; Python sees
    batches. Which rows and cells are spoilt follows from the seed and their keys alone, so the
    files are the same bytes for any block size and any number of workers. Parquet and gzip files
    also depend on the library that packs them; the rows in them do not.

    Parameters
    ----------
    scenario : Scenario
        Its block ``raw`` holds the dials; keys and defects are drawn with its seed.
    writer : DatasetWriter
        The dataset under way; its tables must be whole.
    workers : int
        Threads of the queries.
    progress : callable, optional
        Called with ("raw", done, total).

    Raises
    ------
    StorageError
        The disk refuses.
    """
    retailer = Retailer(scenario)
    files = writer.files()
    exports = all_exports(retailer, files)
    ledger = Ledger(writer)
    written: dict[int, list[RawFile]] = {}
    folder = writer.local_folder / RAW_FOLDER
    used = {table: files[table] for export in exports for table in export.tables}
    settings: dict[str, str | int] = {
        "memory_limit": _MEMORY,
        "threads": workers,
        "preserve_insertion_order": "false",
    }
    with named_trouble(folder, "write the raw exports"):
        connection = open_views(used, TABLES, scale=None, settings=settings)
        with closing(connection):
            for macro in retailer.macros():
                connection.execute(macro)
            for done, export in enumerate(exports):
                if progress is not None:
                    progress("raw", done, len(exports))
                written[export.number] = _write_export(export, retailer, writer, ledger, connection)
        readme = _write_readme(exports, retailer, writer)
    ledger.close()
    if progress is not None:
        progress("raw", len(exports), len(exports))
    everything = [file for export in written.values() for file in export]
    writer.attach_raw(
        RawManifest(
            seed=scenario.seed,
            dials=scenario.raw.model_dump(mode="json"),
            exports=tuple(_entry(export, written[export.number]) for export in exports),
            files=(readme, *everything),
        )
    )
    return RawTotals(
        n_files=len(everything),
        n_rows=sum(file.rows for file in everything),
        n_bytes=sum(file.bytes for file in everything),
        n_defects=ledger.n_defects,
    )


def _write_export(
    export: Export, retailer: Retailer, writer: DatasetWriter, ledger: Ledger, connection: Any
) -> list[RawFile]:
    scenario = retailer.scenario
    dials = Dials(scenario.raw, scenario.seed, scenario.market.currency)
    first_day = epoch_day(retailer.first_date)
    lost = lost_days(dials, export.system, first_day, scenario.horizon.n_days)
    out = ExportFiles(
        export, writer.local_folder / RAW_FOLDER, dials, ledger, lost, retailer.last_date
    )
    rows = connection.sql(export.query).to_arrow_reader(_ROWS_PER_BATCH)
    try:
        for batch in rows:
            out.write(batch)
        return out.close()
    finally:
        out.release()


def _write_readme(exports: list[Export], retailer: Retailer, writer: DatasetWriter) -> RawFile:
    content = readme_text(exports, retailer).encode()
    path = writer.local_folder / RAW_FOLDER / README_NAME
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return RawFile(
        path=README_NAME,
        export="",
        rows=0,
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _entry(export: Export, files: list[RawFile]) -> RawExport:
    label = {"day": "_{day}", "month": "_{month}", "all": ""}[export.period]
    return RawExport(
        export=f"{export.system}/{export.name}",
        about=export.about,
        files=f"{export.system}/{export.name}{label}.{export.format.suffix}",
        format=export.format.kind,
        encoding="" if export.format.kind == "parquet" else export.format.encoding,
        delimiter=export.format.delimiter if export.format.kind == "csv" else None,
        is_gzip=export.format.is_gzip,
        time_zone=export.time_zone,
        key=export.key,
        has_totals_row=export.has_totals,
        columns=tuple(
            RawColumn(name=name, kind=column.kind, about=column.about)
            for name, column in export.columns.items()
        ),
        rows=sum(file.rows for file in files),
        bytes=sum(file.bytes for file in files),
    )
