"""What must hold between movements, purchase orders, shipments and payments."""

from __future__ import annotations

from omnisim.storage.rule import Rule

OPERATION_RULES: tuple[Rule, ...] = ()
