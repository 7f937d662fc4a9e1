"""What an export is made of: a query over clean tables, columns, a file format, and its defects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["text", "int", "bool", "number"]
Defect = Literal["missing", "typo", "wrong_format", "unit_error"]
Spelling = Literal["", "amount", "date", "phone", "email", "code", "yes_no"]
Period = Literal["day", "month", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How a file is written.

    Attributes
    ----------
    kind : str
        ``csv``, ``jsonl`` or ``parquet``.
    encoding : str
        Python's name of the encoding of text.
    delimiter : str
        Between the cells of a line.
    is_gzip : bool
        Whether the text is compressed.
    """

    kind: Literal["csv", "jsonl", "parquet"]
    encoding: str = "utf-8"
    delimiter: str = ","
    is_gzip: bool = False

    @property
    def suffix(self) -> str:
        """End of the file's name."""
        return self.kind + (".gz" if self.is_gzip else "")


@dataclass(frozen=True, slots=True)
class Field:
    """One column of an export.

    Attributes
    ----------
    sql : str
        Expression over the export's source; cast to text.
    about : str
        Meaning, with unit and spelling.
    defects : tuple of str
        What may happen to a cell; damaged encodings may happen to every text.
    spelling : str
        How `wrong_format` writes the value another way.
    kind : str
        Type where the format has types.
    copy : str
        Expression of the cell in a second record or a machine's row; the same when empty.
    total : str
        Aggregate expression in the row of totals of each file; empty = no value there.
    """

    sql: str
    about: str
    defects: tuple[Defect, ...] = ()
    spelling: Spelling = ""
    kind: Kind = "text"
    copy: str = ""
    total: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One kind of file of a source system.

    Attributes
    ----------
    number : int
        Permanent number, the address of its defects.
    system, name : str
        Folder and stem of its files.
    about : str
        What a row is.
    tables : tuple of str
        Clean tables the query reads; without them in the dataset there is no export.
    source : str
        ``FROM`` clause with joins and ``WHERE``.
    row : str
        BIGINT expression, the row's key in the clean table; never negative and unique.
    at : str
        TIMESTAMP expression in the system's own zone: files and order follow it.
    time_zone : str
        In words, for the manifest.
    key : str
        Column that identifies a row.
    columns : dict
        Name in the file -> :class:`Field`.
    copies : str
        ``duplicate_record`` or ``bot`` where whole rows are made up.
    """

    number: int
    system: str
    name: str
    about: str
    tables: tuple[str, ...]
    source: str
    row: str
    at: str
    time_zone: str
    period: Period
    format: Format
    key: str
    columns: dict[str, Field] = field(default_factory=dict)
    copies: Literal["", "duplicate_record", "bot"] = ""

    @property
    def has_totals(self) -> bool:
        """Whether each file ends with a row of totals."""
        return any(column.total for column in self.columns.values())

    @property
    def query(self) -> str:
        """SQL of all rows, in the order of the files.

        Hidden columns come first: period, day (counted from 1970), time, row; then the cells, then
        those of copies.
        """
        period = {
            "day": "epoch_ms(_at) // 86400000",
            "month": "year(_at) * 12 + month(_at) - 1",
            "all": "0",
        }[self.period]
        cells = [f"CAST({c.sql} AS VARCHAR) AS c{k}" for k, c in enumerate(self.columns.values())]
        copies = [
            f"CAST({c.copy} AS VARCHAR) AS k{k}"
            for k, c in enumerate(self.columns.values())
            if c.copy
        ]
        rows = (
            f"SELECT {self.at} AS _at, ({self.row})::BIGINT AS _row, {', '.join(cells + copies)} "
            f"FROM {self.source}"
        )
        names = [name.split(" AS ")[-1] for name in cells + copies]
        wide = (
            f"SELECT ({period})::BIGINT AS _period, epoch_ms(_at) // 86400000 AS _day, "
            f"epoch_ms(_at) AS _at, _row, {', '.join(names)} FROM ({rows})"
        )
        if self.has_totals:
            wide += f" UNION ALL {self._totals(period, len(copies))}"
        return f"{wide} ORDER BY _period, _at NULLS FIRST, _row"

    def _totals(self, period: str, n_copies: int) -> str:
        cells = [
            f"CAST({c.total} AS VARCHAR)" if c.total else "NULL" for c in self.columns.values()
        ]
        cells += ["NULL"] * n_copies
        after_all = 2**62
        return (
            f"SELECT ({period})::BIGINT, NULL, {after_all}, -1, {', '.join(cells)} FROM "
            f"(SELECT {self.at} AS _at, * FROM {self.source}) GROUP BY 1"
        )
