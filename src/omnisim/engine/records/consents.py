"""Consent as given and withdrawn, by purpose."""

from __future__ import annotations

from typing import Any

import numpy as np

from omnisim.engine.records.accounts import Accounts
from omnisim.engine.records.columns import codes
from omnisim.engine.records.log import BlockLog, by_time
from omnisim.schema.members import CONSENT_ACTIONS, CONSENT_PURPOSES
from omnisim.timeline import SECONDS_PER_DAY

KEY_CONSENT = 35
_NOON = 12 * 3600


def consent_columns(log: BlockLog, accounts: Accounts) -> dict[str, dict[str, Any]]:
    """Given on joining; e-mail and SMS may be withdrawn, push and community go with app and group."""
    who = log.people[accounts.row]
    first = accounts.slot == 0
    given = np.stack(
        [
            who["has_email_consent"],
            who["has_sms_consent"],
            who["has_app"] & first,
            who["is_in_community"] & first,
        ],
        axis=1,
    )
    day = who["withdrawal_day"].astype(np.int64)
    withdrawn = day * SECONDS_PER_DAY + _NOON
    ends = (day < log.world.scenario.horizon.n_days) & (withdrawn > accounts.joined_at)
    taken = given & ends[:, None]
    taken[:, 2:] = False
    n_purposes = len(CONSENT_PURPOSES)
    account, purpose = np.nonzero(given)
    account_out, purpose_out = np.nonzero(taken)
    who_all = np.concatenate([account, account_out])
    what = np.concatenate([purpose, purpose_out])
    action = np.repeat([0, 1], [account.size, account_out.size])
    at = np.concatenate([accounts.joined_at[account], withdrawn[account_out]])
    ordinal = (accounts.slot[who_all] * n_purposes + what) * 2 + action
    number = log.ids(KEY_CONSENT, accounts.person[who_all], ordinal)
    order = by_time(at, number)
    return {
        "consent_events": {
            "changed_at": log.milliseconds(at[order]),
            "consent_event_id": number[order],
            "customer_id": accounts.number[who_all][order],
            "purpose": codes(what[order], CONSENT_PURPOSES),
            "action": codes(action[order], CONSENT_ACTIONS),
        }
    }
