"""Members, service and voice: points, coupons, referrals, posts, contacts, ratings, comments."""

from __future__ import annotations

from omnisim.schema.types import Table

MEMBER_TABLES: dict[str, Table] = {}

MEMBER_TRUTH: dict[str, Table] = {}
