"""The files of one export: rows in, spoilt rows out, every defect in the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa

from omnisim.raw.declare import Export
from omnisim.raw.defects import Dials, Spoilt, draw_rows, spoil_cells, spoil_copy
from omnisim.raw.formats import Sink, open_rows
from omnisim.raw.ledger import Defect, Ledger, whole_row
from omnisim.storage.raw_manifest import RawFile

_EPOCH = date(1970, 1, 1)
_HIDDEN = 4  # period, day, time, row

Column = list[str | None]


@dataclass(frozen=True, slots=True)
class _LateRow:
    """A row that waits for the next file, with what else is wrong with it."""

    cells: Column
    defects: tuple[Defect, ...]


class ExportFiles:
    """Writes one export; give it the batches of its query in order, then :meth:`close` it.

    Parameters
    ----------
    folder : Path
        The folder ``raw``.
    lost : frozenset of int
        Days, from 1970, whose rows are lost.
    last_date : date
        Last day of the horizon; what would come later is not late.
    """

    def __init__(
        self,
        export: Export,
        folder: Path,
        dials: Dials,
        ledger: Ledger,
        lost: frozenset[int],
        last_date: date,
    ) -> None:
        self.files: list[RawFile] = []
        self._export, self._folder, self._dials, self._ledger = export, folder, dials, ledger
        self._lost, self._last_period = lost, _period_of(last_date, export)
        self._key = list(export.columns).index(export.key)
        self._copied = [k for k, c in enumerate(export.columns.values()) if c.copy]
        self._waiting: dict[int, list[_LateRow]] = {}
        self._period: int | None = None
        self._defects: list[Defect] = []
        self._n_rows = 0
        self._sink: Sink | None = None

    def write(self, batch: pa.RecordBatch) -> None:
        """Write the rows of a batch."""
        if batch.num_rows == 0:
            return
        periods = batch.column(0).to_numpy()
        starts = [0, *(np.flatnonzero(np.diff(periods)) + 1).tolist(), batch.num_rows]
        for start, stop in pairwise(starts):
            self._go_to(int(periods[start]))
            self._rows(batch.slice(start, stop - start))

    def close(self) -> list[RawFile]:
        """Finish the last file, and those that hold late rows alone."""
        if self._export.period == "all" and self._period is None:
            self._go_to(0)  # a table without rows is a file with a head
        self._go_to(None)
        return self.files

    def release(self) -> None:
        """Let go of a file that was left open by an error."""
        if self._sink is not None:
            self._sink.close()

    def _go_to(self, period: int | None) -> None:
        if period is not None and period == self._period:
            return
        self._finish()
        for earlier in sorted(self._waiting):
            if period is None or earlier < period:
                self._begin(earlier)
                self._finish()
        if period is not None:
            self._begin(period)

    def _begin(self, period: int) -> None:
        self._period, self._n_rows, self._defects = period, 0, []
        self._sink = None
        late = self._waiting.pop(period, [])
        if late:
            for number, row in enumerate(late, start=1):
                self._defects += [replace(defect, row_number=number) for defect in row.defects]
            self._put([list(column) for column in zip(*(row.cells for row in late), strict=True)])

    def _finish(self) -> None:
        if self._period is None:
            return
        if self._sink is None and self._export.period == "all":
            self._put([[] for _ in self._export.columns])
        path = self._path(self._period)
        self._ledger.add(self._export.system, path, self._defects)
        self._period = None
        if self._sink is None:  # every row was lost: there is no file
            return
        self._rows_out.close()
        self._sink.close()
        name = f"{self._export.system}/{self._export.name}"
        self.files.append(
            RawFile(
                path=path,
                export=name,
                rows=self._n_rows,
                bytes=self._sink.n_bytes,
                sha256=self._sink.sha256,
            )
        )

    def _put(self, cells: list[Column]) -> None:
        if self._sink is None:
            assert self._period is not None
            self._sink = Sink(self._folder / self._path(self._period))
            self._rows_out = open_rows(self._export, self._sink)
        self._rows_out.write(cells)
        self._n_rows += len(cells[0])

    def _path(self, period: int) -> str:
        return file_path(self._export, period)

    def _rows(self, batch: pa.RecordBatch) -> None:
        assert self._period is not None
        n, row = batch.num_rows, batch.column(3).to_numpy()
        is_lost = np.zeros(n, bool)
        if self._export.period != "all" and self._lost:
            day = batch.column(1).fill_null(-1).to_numpy()
            is_lost = np.isin(day, list(self._lost)) & (row >= 0)
        n_columns = len(self._export.columns)
        clean: list[Column] = [batch.column(_HIDDEN + k).to_pylist() for k in range(n_columns)]
        spoilt = spoil_cells(self._dials, self._export, row, (row >= 0) & ~is_lost, clean)
        cells, spoilt = _spoil(clean, spoilt, self._export)
        draws = draw_rows(self._dials, self._export, row)
        later = self._later(self._period)
        is_late = draws.is_late & ~is_lost & (later is not None)
        stays = ~is_lost & ~is_late
        repeats, copies = draws.is_repeated & stays, draws.is_copied & stays
        counts = stays.astype(np.int64) + repeats + copies
        first = self._n_rows + 1 + np.cumsum(counts) - counts  # number of each row that stays

        def key_of(i: int) -> str | None:
            return clean[self._key][i]

        for i in np.flatnonzero(is_lost).tolist():
            whole = whole_row([column[i] for column in clean])
            self._defects.append(Defect(None, key_of(i), int(row[i]), None, "gap", whole))
        by_late: dict[int, list[Defect]] = {i: [] for i in np.flatnonzero(is_late).tolist()}
        names = list(self._export.columns)
        for cell in spoilt:
            i = cell.row
            number = int(first[i]) if stays[i] else None
            found = Defect(
                number, key_of(i), int(row[i]), names[cell.column], cell.kind, cell.true_text
            )
            (self._defects if stays[i] else by_late[i]).append(found)
        for i, others in by_late.items():
            assert later is not None
            place = Defect(None, key_of(i), int(row[i]), None, "late", self._path(self._period))
            late = _LateRow([column[i] for column in cells], (*others, place))
            self._waiting.setdefault(later, []).append(late)
        for i in np.flatnonzero(repeats).tolist():
            number = int(first[i]) + 1
            self._defects.append(Defect(number, key_of(i), int(row[i]), None, "duplicate", None))
        out = cells
        if not (counts == 1).all():
            order = np.repeat(np.arange(n), counts).tolist()
            out = [[column[i] for i in order] for column in cells]
        for i in np.flatnonzero(copies).tolist():
            place_in_out = int(first[i]) + int(counts[i]) - 1 - self._n_rows - 1
            self._copy(batch, i, int(row[i]), out, place_in_out)
            key = out[self._key][place_in_out]
            number = place_in_out + self._n_rows + 1
            self._defects.append(Defect(number, key, int(row[i]), None, self._export.copies, None))
        if counts.sum():
            self._put(out)

    def _copy(self, batch: pa.RecordBatch, i: int, row: int, out: list[Column], place: int) -> None:
        """Turn a repeated row into a second record, or the row of a machine."""
        n_columns = len(self._export.columns)
        for at, k in enumerate(self._copied):
            out[k][place] = batch.column(_HIDDEN + n_columns + at)[i].as_py()
        for k, column in enumerate(self._export.columns.values()):
            text = out[k][place]
            if "typo" in column.defects and text is not None:
                changed = spoil_copy(self._dials, self._export, row, k, text)
                out[k][place] = _encodable(changed, self._export.format.encoding)

    def _later(self, period: int) -> int | None:
        """The next file, which may be days away; None when there is none."""
        if self._export.period == "all":
            return None
        later = period + 1
        while self._export.period == "day" and later in self._lost:
            later += 1
        return later if later <= self._last_period else None


def file_path(export: Export, period: int) -> str:
    """Path of a file below ``raw/``."""
    match export.period:
        case "day":
            label = f"_{_EPOCH + timedelta(days=period):%Y%m%d}"
        case "month":
            label = f"_{period // 12:04d}-{period % 12 + 1:02d}"
        case _:
            label = ""
    return f"{export.system}/{export.name}{label}.{export.format.suffix}"


def _period_of(day: date, export: Export) -> int:
    if export.period == "day":
        return (day - _EPOCH).days
    return day.year * 12 + day.month - 1 if export.period == "month" else 0


def _spoil(
    clean: list[Column], spoilt: list[Spoilt], export: Export
) -> tuple[list[Column], list[Spoilt]]:
    """Columns with the spoilt cells, and all defects, those of the file's encoding included."""
    cells = list(clean)
    changed = {s.column for s in spoilt}
    for k in changed:
        cells[k] = list(clean[k])
    for s in spoilt:
        cells[s.column][s.row] = s.text
    encoding = export.format.encoding
    if encoding.startswith("utf") or encoding == "gb18030":
        return cells, spoilt
    known = {(s.row, s.column) for s in spoilt}
    more: list[Spoilt] = []
    for k, column in enumerate(cells):
        for i, text in _not_encodable(column, encoding):
            if cells[k] is clean[k]:
                cells[k] = list(clean[k])
            cells[k][i] = _encodable(text, encoding)
            if (i, k) not in known:
                more.append(Spoilt(i, k, "encoding", cells[k][i], text))
    return cells, spoilt + more


def _not_encodable(column: Column, encoding: str) -> Iterator[tuple[int, str]]:
    """Cells with letters that the file's code page lacks."""
    text = "".join(cell for cell in column if cell)
    if text.isascii():
        return
    for i, cell in enumerate(column):
        if cell is not None and _encodable(cell, encoding) != cell:
            yield i, cell


def _encodable(text: str, encoding: str) -> str:
    """The text as the code page can hold it, with question marks for what it cannot."""
    plain = encoding.removesuffix("-sig")
    return text.encode(plain, errors="replace").decode(plain)
