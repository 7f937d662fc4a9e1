"""Goods and money on their way: movements, purchase orders, shipments, payments."""

from __future__ import annotations

from omnisim.schema.types import Table

OPERATION_TABLES: dict[str, Table] = {}

OPERATION_TRUTH: dict[str, Table] = {}
