"""What surrounds the sale: calendar, prices, campaigns, interventions, signals, web events, quotes."""

from __future__ import annotations

from omnisim.schema.types import Table

CONTEXT_TABLES: dict[str, Table] = {}

CONTEXT_TRUTH: dict[str, Table] = {}
