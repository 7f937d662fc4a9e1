"""Files of the source systems: written row by row in bounded memory, the same bytes every time."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
from collections.abc import Sequence
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from omnisim.raw.declare import Export, Field

Cells = Sequence[Sequence[str | None]]  # one sequence per column

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
_ROW_GROUP_ROWS = 65_536  # rows kept until they are written
_ARROW = {"text": pa.string(), "int": pa.int64(), "bool": pa.bool_()}


class Sink:
    """A file that knows its size and SHA-256 when it is closed."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("wb")
        self._digest = hashlib.sha256()
        self.n_bytes = 0

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._file.closed

    @property
    def sha256(self) -> str:
        """Digest of what was written so far."""
        return self._digest.hexdigest()

    def write(self, content: bytes) -> int:
        """Append bytes."""
        self._digest.update(content)
        self.n_bytes += len(content)
        return self._file.write(content)

    def tell(self) -> int:
        """Where the next byte goes."""
        return self.n_bytes

    def flush(self) -> None:
        """Hand over to the system."""
        self._file.flush()

    def close(self) -> None:
        """Write what is left."""
        self._file.close()


class RowWriter(Protocol):
    """Writes the rows of one file."""

    def write(self, cells: Cells) -> None:
        """Append rows, given by column."""

    def close(self) -> None:
        """Finish the file's content; the sink stays open."""


def open_rows(export: Export, sink: Sink) -> RowWriter:
    """Writer of an export's format."""
    if export.format.kind == "parquet":
        return _ParquetRows(export, sink)
    return _TextRows(export, sink)


class _TextRows:
    def __init__(self, export: Export, sink: Sink) -> None:
        self._encoding = export.format.encoding.removesuffix("-sig")
        self._spell = _csv_text if export.format.kind == "csv" else _json_text
        self._export = export
        # Level and time are fixed: the same rows give the same bytes.
        self._out: Any = (
            gzip.GzipFile(filename="", mode="wb", compresslevel=4, fileobj=sink, mtime=0)
            if export.format.is_gzip
            else sink
        )
        if export.format.encoding.endswith("-sig"):
            self._out.write(b"\xef\xbb\xbf")
        if export.format.kind == "csv":
            self._put(_csv_text(export, [[name] for name in export.columns]))

    def write(self, cells: Cells) -> None:
        self._put(self._spell(self._export, cells))

    def close(self) -> None:
        if self._export.format.is_gzip:
            self._out.close()

    def _put(self, text: str) -> None:
        self._out.write(text.encode(self._encoding))


def _csv_text(export: Export, cells: Cells) -> str:
    """Lines as RFC 4180 has them, but for the delimiter."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=export.format.delimiter, lineterminator="\r\n").writerows(
        zip(*cells, strict=True)
    )
    return buffer.getvalue()


def _json_text(export: Export, cells: Cells) -> str:
    """One object per line; a dot in a column's name opens a nested object."""
    line = json_template(list(export.columns))
    literals = [
        _json_literals(column, field)
        for column, field in zip(cells, export.columns.values(), strict=True)
    ]
    return "".join([line % row for row in zip(*literals, strict=True)])


def json_template(names: Sequence[str]) -> str:
    """A line with a place for each value; names with a common first part must be neighbours.

    Examples
    --------
    >>> json_template(["id", "device.kind", "device.os"])
    '{"id":%s,"device":{"kind":%s,"os":%s}}\\n'
    """
    text = "{"
    open_path: list[str] = []
    for k, name in enumerate(names):
        *path, leaf = name.split(".")
        common = 0
        while common < min(len(path), len(open_path)) and path[common] == open_path[common]:
            common += 1
        text += "}" * (len(open_path) - common)
        text += "," if k else ""
        text += "".join(f'"{part}":{{' for part in path[common:])
        text += f'"{leaf}":%s'
        open_path = path
    return text + "}" * len(open_path) + "}\n"


def _json_literals(column: Sequence[str | None], field: Field) -> list[str]:
    if field.kind == "text":
        return ["null" if v is None else encode_basestring(v) for v in column]
    if field.kind == "bool":
        return [
            "null" if v is None else v if v in ("true", "false") else encode_basestring(v)
            for v in column
        ]
    # A number that was spoilt is a text: that is what makes such exports hard to read.
    return [
        "null" if v is None else v if _NUMBER.fullmatch(v) else encode_basestring(v) for v in column
    ]


class _ParquetRows:
    def __init__(self, export: Export, sink: Sink) -> None:
        self._schema = pa.schema(
            pa.field(name, _ARROW[field.kind]) for name, field in export.columns.items()
        )
        self._writer = pq.ParquetWriter(
            pa.PythonFile(sink, mode="w"), self._schema, compression="zstd", store_schema=False
        )
        self._waiting: list[pa.Table] = []
        self._n_waiting = 0

    def write(self, cells: Cells) -> None:
        arrays = [
            pa.array(column, pa.string()).cast(field.type)
            for column, field in zip(cells, self._schema, strict=True)
        ]
        self._waiting.append(pa.Table.from_arrays(arrays, schema=self._schema))
        self._n_waiting += len(cells[0])
        if self._n_waiting >= _ROW_GROUP_ROWS:
            self._drain(self._n_waiting // _ROW_GROUP_ROWS * _ROW_GROUP_ROWS)

    def close(self) -> None:
        self._drain(self._n_waiting)
        self._writer.close()

    def _drain(self, n_rows: int) -> None:
        """Write whole row groups: where they end depends on the rows, not on how they came."""
        if not self._waiting:
            return
        rows = pa.concat_tables(self._waiting)
        self._writer.write_table(rows.slice(0, n_rows), row_group_size=_ROW_GROUP_ROWS)
        rest = rows.slice(n_rows)
        self._waiting, self._n_waiting = ([rest] if rest.num_rows else []), rest.num_rows
