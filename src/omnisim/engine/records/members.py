"""All tables about accounts, and what customers say, from one look at who the accounts are."""

from __future__ import annotations

from typing import Any

from omnisim.engine.records.accounts import Accounts
from omnisim.engine.records.community import community_columns
from omnisim.engine.records.consents import consent_columns
from omnisim.engine.records.coupons import coupon_columns
from omnisim.engine.records.log import BlockLog
from omnisim.engine.records.points import ledger_columns
from omnisim.engine.records.referrals import find_referrals, referral_columns
from omnisim.engine.records.tiers import find_tiers, tier_columns
from omnisim.engine.records.voice import voice_columns
from omnisim.engine.records.winback import winback_columns


def member_columns(log: BlockLog) -> dict[str, dict[str, Any]]:
    """Columns of the tables of loyalty, private domain, service and voice."""
    accounts = Accounts.of(log)
    tiers, referred = find_tiers(log, accounts), find_referrals(log, accounts)
    return {
        **tier_columns(log, accounts, tiers),
        **ledger_columns(log, accounts, tiers, referred),
        **coupon_columns(log, accounts),
        **referral_columns(log, accounts, referred),
        **community_columns(log, accounts),
        **consent_columns(log, accounts),
        **winback_columns(log, accounts),
        **voice_columns(log, accounts),
    }
