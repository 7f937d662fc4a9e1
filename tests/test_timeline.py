"""Days of the simulation and of the calendar."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnisim.timeline import date_of, epoch_day, first_of_month, month_of_day, n_weeks

DATES = st.dates(date(1995, 1, 1), date(2045, 12, 31))


def test_known_days():
    assert epoch_day(date(1970, 1, 1)) == 0
    assert epoch_day(date(2000, 3, 1)) == 11_017  # `date -d 2000-03-01 +%s` / 86400
    assert date_of(date(2024, 2, 28), 2) == date(2024, 3, 1)  # a leap year


@given(DATES, st.integers(0, 1830))
def test_simulated_days_are_calendar_days(start, day):
    assert epoch_day(date_of(start, day)) == epoch_day(start) + day
    assert epoch_day(start) == start.toordinal() - date(1970, 1, 1).toordinal()


@pytest.mark.parametrize("n_days, weeks", [(1, 1), (7, 1), (8, 2), (364, 52), (365, 53)])
def test_weeks_begun(n_days, weeks):
    assert n_weeks(n_days) == weeks


@given(DATES, st.integers(1, 800))
def test_months_count_from_the_month_of_the_start(start, n_days):
    months = month_of_day(start, n_days)
    assert months.shape == (n_days,)
    for day in (0, n_days // 2, n_days - 1):
        calendar = start + timedelta(days=day)
        assert months[day] == (calendar.year - start.year) * 12 + calendar.month - start.month
        assert first_of_month(start, int(months[day])) == calendar.replace(day=1)
