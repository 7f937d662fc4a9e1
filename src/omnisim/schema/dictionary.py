"""The data dictionary: every declared table as a page of Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from omnisim.schema.tables import TABLES, TRUTH_TABLES
from omnisim.schema.types import Column, Table

_TYPES = (
    ("id", "int64 below 2^53; no order implied"),
    ("int64, int32, int16", "whole number"),
    ("float64", "real number, always finite"),
    ("bool", "true or false"),
    ("cents", "int64 minor units of the dataset's currency; the name ends in `_cents`"),
    ("category", "string out of a short list"),
    ("string", "text"),
    ("date", "calendar day of the retailer"),
    ("timestamp", "UTC, to the millisecond"),
)

_HEAD = """\
# Data dictionary

Written by `make docs` from the declarations in `omnisim.schema`, which every write and every read is
checked against.

- In files money is whole minor units (`net_amount_cents`). `Dataset.read` and SQL views give major units
  under the name without the suffix (`net_amount`); the currency is in the manifest.
- Rows lie in the order given, which tells nothing about who is who.
- A column may be missing only where it says so.
- The retailer sees the *tables*. The *truth* exists for simulated datasets only and is opened by
  `omnisim.study` alone.
"""

_DAYS_OF_A_YEAR = 365


@dataclass(frozen=True, slots=True)
class Sizes:
    """What one simulated dataset came to.

    Attributes
    ----------
    scenario : str
        Name of the scenario measured.
    n_customers, n_days : int
        Its size.
    tables : mapping of str to (int, int)
        Rows and bytes on disk of each table measured.
    """

    scenario: str
    n_customers: int
    n_days: int
    tables: Mapping[str, tuple[int, int]]

    @classmethod
    def from_json(cls, text: str) -> Sizes:
        """From what :meth:`to_json` gives."""
        content: dict[str, Any] = json.loads(text)
        tables = {name: (rows, n_bytes) for name, (rows, n_bytes) in content.pop("tables").items()}
        return cls(**content, tables=tables)

    def to_json(self) -> str:
        """As text, one table a line, in the order of the declarations."""
        declared = [name for name in (*TABLES, *TRUTH_TABLES) if name in self.tables]
        lines = ",\n".join(f'    "{name}": {list(self.tables[name])}' for name in declared)
        head = {"scenario": self.scenario, "n_customers": self.n_customers, "n_days": self.n_days}
        facts = "".join(f'  "{name}": {json.dumps(value)},\n' for name, value in head.items())
        return f'{{\n{facts}  "tables": {{\n{lines}\n  }}\n}}\n'

    def per_thousand(self, n: float) -> float:
        """A total per 1,000 customers and year."""
        return n * 1000 / self.n_customers * _DAYS_OF_A_YEAR / self.n_days


def dictionary_page(sizes: Sizes | None = None) -> str:
    """The data dictionary in Markdown.

    Parameters
    ----------
    sizes : Sizes, optional
        What a dataset came to; without it the tables are listed without rows and bytes.

    Examples
    --------
    >>> dictionary_page().splitlines()[0]
    '# Data dictionary'
    """
    parts = [
        _HEAD,
        markdown_table(("type", "what it holds"), ((f"`{name}`", about) for name, about in _TYPES)),
    ]
    if sizes is not None:
        parts.append(_about_sizes(sizes))
    for title, tables in (("Tables", TABLES), ("Truth", TRUTH_TABLES)):
        parts.append(f"## {title}\n\n{_overview(tables, sizes)}")
        parts += [_table(name, table) for name, table in tables.items()]
    return "\n".join(parts)


def _about_sizes(sizes: Sizes) -> str:
    """Where the rows and bytes come from, and what all tables come to."""
    rows, n_bytes = (sizes.per_thousand(sum(of[k] for of in sizes.tables.values())) for k in (0, 1))
    return (
        f"Rows and bytes are those of Parquet files per 1,000 customers and year, measured on the "
        f"scenario `{sizes.scenario}`\nwith {sizes.n_customers:,} customers and {sizes.n_days} days: "
        f"{rows:,.0f} rows and {n_bytes:,.0f} bytes in all. What depends on stores, products\nand "
        "days (stock, traffic, media, outcomes) does not grow with customers; a table without numbers "
        "was not written.\n"
    )


def _overview(tables: Mapping[str, Table], sizes: Sizes | None) -> str:
    """The tables with what they hold, and how much of it."""
    measured = {} if sizes is None else sizes.tables
    lines: list[tuple[str, ...]] = []
    for name in tables:
        counts = ("", "")
        if sizes is not None and name in measured:
            rows, n_bytes = (sizes.per_thousand(n) for n in measured[name])
            counts = (f"{rows:,.1f}", f"{n_bytes:,.0f}")
        lines.append((f"[{name}](#{name})", *counts))
    return markdown_table(
        ("table", "rows per 1,000 customers and year", "bytes per 1,000 customers and year"), lines
    )


def _table(name: str, table: Table) -> str:
    lines = (
        (
            f"`{column}`",
            f"`{declared.dtype}`",
            "yes" if declared.nullable else "",
            _sentence(declared),
        )
        for column, declared in table.columns.items()
    )
    return (
        f"### {name}\n\n{table.about}\n\n"
        f"Key: {_names(table.key)}. Order: {_names(table.sort_by)}.\n\n"
        + markdown_table(("column", "type", "may be missing", "meaning"), lines)
    )


def _sentence(column: Column) -> str:
    """Meaning, allowed values, bounds and reference."""
    parts = [column.about]
    if column.allowed:
        parts.append("one of " + _names(column.allowed))
    if column.low is not None and column.high is not None:
        parts.append(f"from {column.low:g} to {column.high:g}")
    elif column.low is not None:
        parts.append(f"at least {column.low:g}")
    elif column.high is not None:
        parts.append(f"at most {column.high:g}")
    if column.references is not None:
        table = column.references.partition(".")[0]
        parts.append(f"a value of [{column.references}](#{table})")
    return "; ".join(parts)


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def markdown_table(header: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> str:
    """A table in Markdown.

    Examples
    --------
    >>> markdown_table(("a", "b"), [("1", "x|y")]).splitlines()[2]
    '| 1 | x\\\\|y |'
    """
    rows = [header, ("---",) * len(header), *lines]
    return "".join("| " + " | ".join(c.replace("|", "\\|") for c in row) + " |\n" for row in rows)
