"""What customers say: service contacts, ratings of them and of other moments, comments on these."""

from __future__ import annotations

from typing import Any

from omnisim.engine.records.accounts import Accounts
from omnisim.engine.records.columns import no_rows
from omnisim.engine.records.comments import comment_columns
from omnisim.engine.records.desk import contact_columns, find_contacts
from omnisim.engine.records.log import BlockLog
from omnisim.engine.records.ratings import find_ratings, rating_columns


def voice_columns(log: BlockLog, accounts: Accounts) -> dict[str, dict[str, Any]]:
    """The tables of contacts, ratings and comments; each looks at the one before."""
    contacts = find_contacts(log, accounts)
    found = {"service_contacts": contact_columns(log, contacts)}
    if not log.world.scenario.voice.is_on:
        off = ("touchpoint_ratings", "rating_scores", "survey_comments", "comment_labels")
        return found | no_rows(*off)
    ratings = find_ratings(log, contacts)
    return found | rating_columns(log, ratings) | comment_columns(log, ratings)
