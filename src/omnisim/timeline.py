"""Days of the simulation and days of the calendar."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

SECONDS_PER_DAY = 86_400
DAYS_PER_WEEK = 7
_EPOCH = date(1970, 1, 1)


def epoch_day(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


def date_of(start: date, day: int) -> date:
    """Calendar date of a simulated day."""
    return start + timedelta(days=day)


def n_weeks(n_days: int) -> int:
    """Weeks begun within `n_days`."""
    return -(-n_days // DAYS_PER_WEEK)


def month_of_day(start: date, n_days: int) -> NDArray[np.int64]:
    """Months since the start's month, for each day, shape (n_days,)."""
    days = np.datetime64(start, "D") + np.arange(n_days)
    months: NDArray[np.int64] = days.astype("datetime64[M]").astype(np.int64)
    return months - int(months[0])


def first_of_month(start: date, month: int) -> date:
    """First day of the month `month` months after the start's."""
    total = start.year * 12 + start.month - 1 + month
    return date(total // 12, total % 12 + 1, 1)
