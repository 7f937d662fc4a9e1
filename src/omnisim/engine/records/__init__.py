"""Rows that follow from what happened, made after the kernel, block by block.

Every module here turns a :class:`BlockLog` into columns of tables. Nothing in them feeds back on demand,
so a world without log needs none of them. Their draws are addressed like all others: by person and by
the ordinal of what they follow from, never by position in the block.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from omnisim.engine.records.inspections import inspection_records
from omnisim.engine.records.log import BlockLog
from omnisim.engine.records.made_to_order import made_to_order_columns
from omnisim.engine.records.members import member_columns
from omnisim.engine.records.payments import payment_records
from omnisim.engine.records.shipments import shipment_records
from omnisim.engine.records.web_events import web_event_columns

RECORDS: tuple[Callable[[BlockLog], dict[str, dict[str, Any]]], ...] = (
    web_event_columns,
    made_to_order_columns,
    inspection_records,
    payment_records,
    shipment_records,
    member_columns,
)


def record_columns(log: BlockLog) -> dict[str, dict[str, Any]]:
    """Columns of every table that follows from a block's log."""
    return {name: columns for make in RECORDS for name, columns in make(log).items()}


__all__ = ["BlockLog", "record_columns"]
