"""The calendar the retailer plans by: one row per day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from omnisim.schema.context import SEASONS
from omnisim.storage import Codes
from omnisim.timeline import DAYS_PER_WEEK, date_of, epoch_day
from omnisim.world import World
from omnisim.world.calendar import FESTIVALS

# (name, month, day, days it lasts) and (name, month, weekday from Monday = 0, which; -1 = the last).
# Holidays of the moon calendar move by weeks between years and are left out.
_FIXED: dict[str, tuple[tuple[str, int, int, int], ...]] = {
    "en_US": (
        ("New Year's Day", 1, 1, 1),
        ("Juneteenth", 6, 19, 1),
        ("Independence Day", 7, 4, 1),
        ("Veterans Day", 11, 11, 1),
        ("Christmas Day", 12, 25, 1),
    ),
    "zh_CN": (("New Year's Day", 1, 1, 1), ("Labour Day", 5, 1, 1), ("National Day", 10, 1, 3)),
}
_MOVING: dict[str, tuple[tuple[str, int, int, int], ...]] = {
    "en_US": (
        ("Martin Luther King Jr. Day", 1, 0, 3),
        ("Presidents' Day", 2, 0, 3),
        ("Memorial Day", 5, 0, -1),
        ("Labor Day", 9, 0, 1),
        ("Columbus Day", 10, 0, 2),
        ("Thanksgiving", 11, 3, 4),
    ),
    "zh_CN": (),
}


def date_columns(world: World) -> dict[str, Any]:
    """Columns of `dates`."""
    s = world.scenario
    days = [date_of(s.horizon.start_date, day) for day in range(s.horizon.n_days)]
    festivals = _near_festivals(s.market.locale, days)
    holidays = _holidays(s.market.locale, {day.year for day in days})
    month = np.array([day.month for day in days], np.int16)
    weekday = np.array([day.isoweekday() for day in days], np.int16)
    number = np.arange(len(days))
    return {
        "calendar_date": (epoch_day(days[0]) + number).astype(np.int32),
        "week": (number // DAYS_PER_WEEK).astype(np.int16),
        "iso_week": np.array([day.isocalendar().week for day in days], np.int16),
        "year": np.array([day.year for day in days], np.int16),
        "quarter": ((month + 2) // 3).astype(np.int16),
        "month": month,
        "weekday": weekday,
        "is_weekend": weekday >= 6,
        "season": Codes((month % 12 // 3).astype(np.int8), SEASONS),
        "festival_name": _names([festivals.get(day) for day in days]),
        "holiday_name": _names([holidays.get(day) for day in days]),
    }


def _near_festivals(locale: str, days: list[date]) -> dict[date, str]:
    """The festival a day belongs to; where two overlap, the one whose peak is nearer."""
    found: dict[date, tuple[int, str]] = {}
    for year in range(days[0].year - 1, days[-1].year + 2):
        for name, month, day, half_width in FESTIVALS[locale]:
            for distance in range(-half_width, half_width + 1):
                at = date(year, month, day) + timedelta(distance)
                if at not in found or abs(distance) < found[at][0]:
                    found[at] = (abs(distance), name)
    return {day: name for day, (_, name) in found.items()}


def _holidays(locale: str, years: set[int]) -> dict[date, str]:
    found = {}
    for year in years:
        for name, month, day, n_days in _FIXED[locale]:
            for k in range(n_days):
                found[date(year, month, day + k)] = name
        for name, month, weekday, which in _MOVING[locale]:
            found[_nth_weekday(year, month, weekday, which)] = name
    return found


def _nth_weekday(year: int, month: int, weekday: int, which: int) -> date:
    """The `which`-th such weekday of a month; -1 is the last.

    Examples
    --------
    >>> _nth_weekday(2025, 11, 3, 4).isoformat(), _nth_weekday(2025, 5, 0, -1).isoformat()
    ('2025-11-27', '2025-05-26')
    """
    if which > 0:
        first = date(year, month, 1)
        return first + timedelta((weekday - first.weekday()) % 7 + 7 * (which - 1))
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(1)
    return last - timedelta((last.weekday() - weekday) % 7)


def _names(found: list[str | None]) -> Codes:
    names = tuple(sorted({name for name in found if name is not None}))
    codes = [-1 if name is None else names.index(name) for name in found]
    return Codes(np.array(codes, np.int8), names)
