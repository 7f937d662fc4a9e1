"""A dataset as a measurer sees it: tables and facts about them, never the truth behind them."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from datetime import date

import duckdb
import pandas as pd

from omnisim.errors import DatasetError, SchemaError
from omnisim.schema import TABLES, TRUTH_TABLES
from omnisim.storage.days import Days
from omnisim.storage.frames import arrow_to_frame, read_parts
from omnisim.storage.locate import find_dataset
from omnisim.storage.manifest import Manifest, TableEntry, read_manifest
from omnisim.storage.physical import minor_per_major
from omnisim.storage.remote import Place
from omnisim.storage.views import Views, named_in


class Dataset:
    """Read-only tables of one retailer; open it with :meth:`open`.

    Attributes
    ----------
    path : Path or RemotePath
        Folder of the dataset, or its place at a URL.
    manifest : Manifest
        How it was made and what it consists of.
    """

    def __init__(self, path: Place, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest
        self._views: Views | None = None
        self._lock = threading.Lock()

    @classmethod
    def open(cls, name_or_path: str | Place | None = None) -> Dataset:
        """Open a dataset by path, URL or name; ``sample`` when nothing is given.

        A name is looked up in the folder `OMNISIM_DATA`, else in ``data/synthetic`` of the nearest
        project root.

        Raises
        ------
        DatasetError
            Missing, interrupted while written, damaged, or of another schema version.
        """
        path = find_dataset(name_or_path)
        manifest = read_manifest(path)
        for entry in manifest.tables.values():
            _check_files(path, entry)
        return cls(path, manifest)

    def __repr__(self) -> str:
        return f"Dataset({self.name!r}, {self.first_date} to {self.last_date})"

    @property
    def name(self) -> str:
        """Name it was made under."""
        return self.manifest.name

    @property
    def dataset_hash(self) -> str:
        """Name of its content."""
        return self.manifest.dataset_hash

    @property
    def is_simulated(self) -> bool:
        """False for a client's data."""
        return self.manifest.is_simulated

    @property
    def has_truth(self) -> bool:
        """Whether true effects lie beside the tables; their content is not offered here.

        Whoever passes a dataset on may leave its folder ``truth`` out.
        """
        effects = self.manifest.truth.get("effects")
        return (
            effects is not None
            and effects.rows > 0
            and all((self.path / part.path).is_file() for part in effects.parts)
        )

    @property
    def currency(self) -> str:
        """ISO 4217 code of every amount."""
        return self.manifest.currency

    @property
    def locale(self) -> str:
        """Locale of names and holidays, such as ``en_US``."""
        return self.manifest.locale

    @property
    def first_date(self) -> date:
        """First day covered."""
        return self.manifest.first_date

    @property
    def last_date(self) -> date:
        """Last day covered, included."""
        return self.manifest.last_date

    @property
    def n_days(self) -> int:
        """Days covered."""
        return (self.last_date - self.first_date).days + 1

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables present, in the schema's order."""
        return tuple(name for name in TABLES if name in self.manifest.tables)

    def parts(self, table: str) -> tuple[int, ...]:
        """Numbers of the parts of a table.

        A simulated dataset is cut by customers: part `k` of every table of customers' doings is about
        the customers of block `k`, so such tables can be joined part by part. Tables of goods are cut
        by products, the rest has one part.
        """
        return tuple(int(file.name[len("part-") : -len(".parquet")]) for file in self._files(table))

    def read(
        self,
        table: str,
        columns: Sequence[str] | None = None,
        raw: bool = False,
        *,
        first_date: date | None = None,
        last_date: date | None = None,
        parts: Collection[int] | None = None,
    ) -> pd.DataFrame:
        """Read a table into memory, sorted as declared; see :func:`read_parts`.

        Only the files and months asked for are read.

        Parameters
        ----------
        table : str
            Name of the table.
        columns : sequence of str, optional
            Columns wanted, in this order; all by default.
        raw : bool
            Keep amounts in minor units (`net_amount_cents`) instead of major (`net_amount`).
        first_date, last_date : date, optional
            Days wanted (UTC), both included, of tables whose rows have a time; open ends by default.
        parts : collection of int, optional
            Numbers of the parts wanted, see :meth:`parts`; all by default.

        Returns
        -------
        DataFrame
            UTC timestamps, dates without zone, nullable ids as Int64, categories as declared.

        Examples
        --------
        >>> shop = Dataset.open("sample")
        >>> march = shop.read("orders", ["ordered_at"], first_date=date(2025, 3, 1),
        ...                   last_date=date(2025, 3, 31))
        >>> march["ordered_at"].dt.month.unique().tolist()
        [3]
        """
        files = self._files(table)
        if parts is not None:
            by_number = dict(zip(self.parts(table), files, strict=True))
            if unknown := sorted(set(parts) - by_number.keys()):
                there = f"{min(by_number)} to {max(by_number)}"
                raise DatasetError(f"{table}: no part {unknown[0]}; there are {there}")
            files = [file for number, file in by_number.items() if number in set(parts)]
            if not files:
                raise DatasetError(f"{table}: parts = {parts}: give at least one")
        days = None
        if first_date is not None or last_date is not None:
            if TABLES[table].time_column is None:
                raise SchemaError(
                    f"{table}: its rows have no time; leave first_date and last_date out"
                )
            days = Days(first_date or date.min, last_date or date.max)
        return read_parts(
            files, TABLES[table], currency=self.currency, columns=columns, raw=raw, days=days
        )

    def query(self, sql: str) -> pd.DataFrame:
        """Answer one SELECT over views named like the tables, with amounts in major units.

        DuckDB reads the files as it needs them and spills to the temporary folder, so a table may be
        larger than memory. Comparing a table's time with constants (``touched_at >= '2025-03-01'``)
        skips the row groups of other months; a function of it (``month(touched_at) = 3``) does not.
        Nothing but the tables can be reached: no other file, no network. One thread does it, so that
        equal data give equal digits.

        Raises
        ------
        DatasetError
            Not one SELECT, or DuckDB refuses it.
        """
        with self._lock:
            if self._views is None:
                files = {table: self._files(table) for table in self.tables}
                # Sums of fractions depend on their order: one thread gives the same digits every time.
                self._views = Views(
                    files, TABLES, scale=minor_per_major(self.currency), settings={"threads": 1}
                )
            self._views.show(named_in(sql, self.tables))
            connection = self._views.connection.cursor()
        try:
            statements = connection.extract_statements(sql)
            if [s.type for s in statements] != [duckdb.StatementType.SELECT]:
                raise DatasetError("a query is one SELECT statement; tables cannot be changed")
            return arrow_to_frame(connection.sql(sql).to_arrow_table())
        except duckdb.Error as error:
            told = f"the query failed: {str(error).splitlines()[0]}"
            if isinstance(error, duckdb.CatalogException):  # a name that is not there
                told += f" There are {', '.join(self.tables)}."
                if any(name in sql for name in TRUTH_TABLES):
                    told += f" What is true lies in {self.path / 'truth'}, see docs/truth.md."
            raise DatasetError(told) from error
        finally:
            connection.close()

    def _files(self, table: str) -> list[Place]:
        if table not in self.manifest.tables:
            there = ", ".join(self.tables)
            why = "is not in this dataset" if table in TABLES else "is not a table"
            raise DatasetError(f"{self.path}: {table!r} {why}; there are {there}")
        return [self.path / part.path for part in self.manifest.tables[table].parts]


def _check_files(path: Place, entry: TableEntry) -> None:
    for part in entry.parts:
        file = path / part.path
        try:
            size = file.stat().st_size
        except OSError as error:
            raise DatasetError(
                f"{file}: this part of the dataset is missing ({error.strerror})"
            ) from error
        if size != part.bytes:
            raise DatasetError(
                f"{file}: {size} bytes, the manifest says {part.bytes}; make the dataset again"
            )
