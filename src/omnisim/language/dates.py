"""Dates for sentences."""

from __future__ import annotations

import datetime as dt

from omnisim.language.say import remember, say

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def long_date(day: dt.date | str) -> str:
    """A date as English readers write it.

    Examples
    --------
    >>> long_date("2025-03-09")
    '9 March 2025'
    """
    date = dt.date.fromisoformat(day[:10]) if isinstance(day, str) else day
    english = f"{date.day} {_MONTHS[date.month - 1]} {date.year}"
    return remember(english, zh=f"{date.year}年{date.month}月{date.day}日")


def long_period(first: dt.date | str, last: dt.date | str) -> str:
    """A span of days, both ends included.

    Examples
    --------
    >>> long_period("2025-01-01", "2025-03-09")
    '1 January 2025 to 9 March 2025'
    """
    return say("{first} to {last}", first=long_date(first), last=long_date(last))
