"""The data dictionary: every declared table as a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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

How many rows and bytes to expect: [sizes.md](sizes.md).
"""


def dictionary_page() -> str:
    """The data dictionary in Markdown.

    Examples
    --------
    >>> dictionary_page().splitlines()[0]
    '# Data dictionary'
    """
    parts = [
        _HEAD,
        markdown_table(("type", "what it holds"), ((f"`{name}`", about) for name, about in _TYPES)),
    ]
    for title, tables in (("Tables", TABLES), ("Truth", TRUTH_TABLES)):
        links = ", ".join(f"[{name}](#{name})" for name in tables)
        parts.append(f"## {title}\n\n{links}\n")
        parts += [_table(name, table) for name, table in tables.items()]
    return "\n".join(parts)


def sizes_page(
    rows_and_bytes: Mapping[str, tuple[int, int]], *, n_customers: int, n_days: int, name: str
) -> str:
    """What a dataset came to, per table and 1 000 customers.

    Parameters
    ----------
    rows_and_bytes : mapping of str to (int, int)
        Rows and bytes on disk of each table measured.
    n_customers, n_days : int
        Size of the dataset measured.
    name : str
        Its name.

    Returns
    -------
    str
        A page of Markdown.
    """
    thousands = n_customers / 1000
    declared = {**TABLES, **TRUTH_TABLES}
    measured = [(table, *rows_and_bytes[table]) for table in declared if table in rows_and_bytes]
    lines: list[tuple[str, ...]] = [
        (
            f"[{table}](data-dictionary.md#{table})",
            declared[table].side,
            f"{rows / thousands:,.1f}",
            f"{n_bytes / thousands / 1000:,.1f}",
            f"{n_bytes / rows:.1f}" if rows else "",
        )
        for table, rows, n_bytes in measured
    ]
    total_rows = sum(rows for _, rows, _ in measured)
    total_bytes = sum(n_bytes for *_, n_bytes in measured)
    lines.append(
        (
            "all",
            "",
            f"{total_rows / thousands:,.1f}",
            f"{total_bytes / thousands / 1000:,.1f}",
            f"{total_bytes / total_rows:.1f}",
        )
    )
    head = (
        "# Sizes\n\n"
        f"Measured on the dataset `{name}`: {n_customers:,} customers, {n_days} days. What depends on "
        "stores, products\nand days (stock, traffic, media, outcomes) does not grow with customers.\n\n"
    )
    header = (
        "table",
        "side",
        "rows per 1,000 customers",
        "kB per 1,000 customers",
        "bytes per row",
    )
    return head + markdown_table(header, lines)


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
