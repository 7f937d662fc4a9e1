"""The ledger of defects in the raw exports: truth that exists only where exports were asked for."""

from __future__ import annotations

from omnisim.schema.types import Column, Table

RAW_SYSTEMS = (
    "pos",
    "shop",
    "web",
    "app",
    "crm",
    "messaging",
    "ads",
    "marketplace",
    "erp",
    "service",
    "doors",
    "psp",
)
RAW_DEFECT_KINDS = (
    "missing",  # the cell is empty
    "typo",  # a slip of the keyboard
    "wrong_format",  # the same value, written another way
    "unit_error",  # the number is of another unit
    "encoding",  # the text was damaged by a change of encoding
    "duplicate",  # the row above, once more
    "duplicate_record",  # the entity above once more, under a number of its own
    "bot",  # traffic of a machine
    "late",  # the row belongs to an earlier file
    "gap",  # the row was never exported
)

# Not part of the dataset's hash: exports say nothing that the tables do not.
RAW_TRUTH: dict[str, Table] = {
    "raw_defects": Table(
        about="One defect of the raw exports; there only when they were asked for. Undone from the "
        "last row of a file to the first, the exports are clean.",
        key=("defect_id",),
        sort_by=("defect_id",),
        side="truth",
        columns={
            "defect_id": Column("int64", "running number, by file and row", low=1),
            "system": Column("category", "source system", allowed=RAW_SYSTEMS),
            "raw_file": Column(
                "category", "file below `raw/`; of a lost row, the file it should be in"
            ),
            "row_number": Column(
                "int64",
                "row of the file, from 1, header not counted; missing for a lost row",
                nullable=True,
                low=1,
            ),
            "row_key": Column("string", "key of the row as exported", nullable=True),
            "clean_key": Column(
                "int64",
                "key of the row in the clean table (its id, or the parts of its key packed)",
            ),
            "column_name": Column("category", "column of the file", nullable=True),
            "defect_kind": Column("category", "what is wrong", allowed=RAW_DEFECT_KINDS),
            "true_value": Column(
                "string",
                "the clean cell; of a late row the file it belongs to; of a lost row all its cells "
                "as a JSON list; missing where the row itself is too much",
                nullable=True,
            ),
        },
    )
}
