"""What must hold between points, coupons, contacts and comments."""

from __future__ import annotations

from omnisim.storage.rule import Rule

MEMBER_RULES: tuple[Rule, ...] = ()
