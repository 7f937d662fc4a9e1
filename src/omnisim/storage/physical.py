"""How a declared column lies on disk, and whether a file agrees with its declaration."""

from __future__ import annotations

import pyarrow as pa

from omnisim.errors import SchemaError
from omnisim.schema import Column, Table

# ISO 4217: currencies whose minor unit is not a hundredth.
_MINOR_DIGITS = {
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}

_ARROW = {
    "id": pa.int64(),
    "int64": pa.int64(),
    "int32": pa.int32(),
    "int16": pa.int16(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
    "cents": pa.int64(),
    "category": pa.dictionary(pa.int32(), pa.string()),
    "string": pa.string(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("ms", tz="UTC"),
}


def minor_per_major(currency: str) -> int:
    """How many minor units, as in `*_cents` columns, make one major unit.

    Examples
    --------
    >>> minor_per_major("USD"), minor_per_major("JPY")
    (100, 1)
    """
    return int(10 ** _MINOR_DIGITS.get(currency, 2))


def major_name(column: str, declared: Column) -> str:
    """Name of a column once money is in major units.

    Examples
    --------
    >>> major_name("net_amount_cents", Column("cents", "paid"))
    'net_amount'
    """
    return column.removesuffix("_cents") if declared.dtype == "cents" else column


def arrow_type(column: Column) -> pa.DataType:
    """Type of the column in Arrow and Parquet."""
    return _ARROW[column.dtype]


def arrow_schema(table: Table) -> pa.Schema:
    """Schema of the table's files."""
    return pa.schema(
        pa.field(name, arrow_type(column), nullable=column.nullable)
        for name, column in table.columns.items()
    )


def check_schema(found: pa.Schema, table: Table, *, file: str) -> None:
    """Refuse a file whose columns are not the declared ones.

    Raises
    ------
    SchemaError
        Names the file, the column, what was found and what is expected.
    """
    expected = arrow_schema(table)
    for name in expected.names:
        if name not in found.names:
            raise SchemaError(
                f"{file}: column {name} is missing; found {', '.join(found.names) or 'none'}"
            )
    for name in found.names:
        if name not in expected.names:
            raise SchemaError(
                f"{file}: column {name} is not declared; expected {', '.join(expected.names)}"
            )
        has, wants = found.field(name).type, expected.field(name).type
        if _plain(has) != _plain(wants):
            raise SchemaError(f"{file}: column {name} is {has}, expected {wants}")
    if len(found.names) != len(expected.names):
        raise SchemaError(f"{file}: a column appears twice in {', '.join(found.names)}")


def _plain(kind: pa.DataType) -> pa.DataType:
    """Whether a string is dictionary-encoded is the file's affair."""
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.string() if pa.types.is_large_string(plain) else plain
