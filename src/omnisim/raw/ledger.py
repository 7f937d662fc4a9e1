"""The ledger of every defect, written as a table of the truth."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from omnisim.storage import Codes, DatasetWriter

_ROWS_PER_PART = 200_000


@dataclass(frozen=True, slots=True)
class Defect:
    """One defect; see the table ``raw_defects``."""

    row_number: int | None
    row_key: str | None
    clean_key: int
    column: str | None
    kind: str
    true_value: str | None


class Ledger:
    """Collects defects file by file and writes them in parts of bounded size."""

    def __init__(self, writer: DatasetWriter) -> None:
        self._writer = writer
        self._rows: list[tuple[str, str, Defect]] = []
        self._n_written = 0
        self._n_parts = 0

    @property
    def n_defects(self) -> int:
        """Defects so far."""
        return self._n_written + len(self._rows)

    def add(self, system: str, file: str, defects: Sequence[Defect]) -> None:
        """Enter the defects of one whole file, in an order that depends on them alone."""
        self._rows += [(system, file, defect) for defect in sorted(defects, key=_place)]
        while len(self._rows) >= _ROWS_PER_PART:
            self._write(_ROWS_PER_PART)

    def close(self) -> None:
        """Write the rest; a ledger without defects is an empty table, not a missing one."""
        if self._rows or not self._n_parts:
            self._write(len(self._rows))

    def _write(self, n_rows: int) -> None:
        rows, self._rows = self._rows[:n_rows], self._rows[n_rows:]
        number = np.array([d.row_number or 0 for *_, d in rows], np.int64)
        columns = {
            "defect_id": np.arange(1, len(rows) + 1, dtype=np.int64) + self._n_written,
            "system": Codes.of([system for system, *_ in rows]),
            "raw_file": Codes.of([file for _, file, _ in rows]),
            "row_number": (number, number == 0),
            "row_key": pa.array([d.row_key for *_, d in rows], pa.string()),
            "clean_key": np.array([d.clean_key for *_, d in rows], np.int64),
            "column_name": _codes([d.column for *_, d in rows]),
            "defect_kind": Codes.of([d.kind for *_, d in rows]),
            "true_value": pa.array([d.true_value for *_, d in rows], pa.string()),
        }
        self._writer.write_part("raw_defects", "truth", self._n_parts, columns)
        self._n_written += len(rows)
        self._n_parts += 1


def whole_row(cells: Sequence[str | None]) -> str:
    """A lost row as the ledger keeps it."""
    return json.dumps(list(cells), ensure_ascii=False, separators=(",", ":"))


def _place(defect: Defect) -> tuple[int, int, str, str]:
    number = defect.row_number
    return (
        number if number is not None else 2**62,  # lost rows come last
        defect.clean_key,
        defect.column or "",
        defect.kind,
    )


def _codes(values: Sequence[str | None]) -> Codes:
    coded = Codes.of([value or "" for value in values])
    if "" not in coded.names:
        return coded
    empty = coded.names.index("")
    codes = np.where(coded.codes == empty, -1, coded.codes - (coded.codes > empty))
    return Codes(codes.astype(np.int32), tuple(name for name in coded.names if name))
