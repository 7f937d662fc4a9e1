"""What must hold between prices, campaigns, signals, web events and quotes."""

from __future__ import annotations

from omnisim.storage.rule import Rule

CONTEXT_RULES: tuple[Rule, ...] = ()
