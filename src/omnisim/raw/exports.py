"""Every export there is. A new one is one more :class:`~omnisim.raw.declare.Export` in a list."""

from __future__ import annotations

from collections.abc import Collection

from omnisim.raw.declare import Export
from omnisim.raw.exports_digital import digital_exports
from omnisim.raw.exports_members import member_exports
from omnisim.raw.exports_operations import operations_exports
from omnisim.raw.exports_sales import sales_exports
from omnisim.raw.retailer import Retailer


def all_exports(retailer: Retailer, tables: Collection[str]) -> list[Export]:
    """Exports whose clean tables are there, by their permanent numbers."""
    found = [
        *sales_exports(retailer),
        *digital_exports(retailer),
        *member_exports(retailer),
        *operations_exports(retailer),
    ]
    there = [export for export in found if set(export.tables) <= set(tables)]
    return sorted(there, key=lambda export: export.number)
