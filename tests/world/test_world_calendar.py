"""Week, year and festivals; outages and supplier delays; the world as a whole."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from omnisim.scenario import Scenario, load_scenario
from omnisim.timeline import SECONDS_PER_DAY
from omnisim.world import build_world
from omnisim.world.calendar import is_festival, need_factor
from omnisim.world.incidents import Incidents, build_incidents

GRID = 2.0**-32
CALM = {"season_amplitude": 0.0, "festival_factor": 1.0}


def scenario(size: str = "small", seed: int | None = None, **overrides: object) -> Scenario:
    return load_scenario("omnichannel_fashion", size=size, seed=seed, overrides=overrides)


def day_of(s: Scenario, month: int, day: int, year: int = 2025) -> int:
    return (date(year, month, day) - s.horizon.start_date).days


@pytest.mark.parametrize("weekend", [0.5, 1.0, 1.25, 3.0])
@pytest.mark.parametrize("start", [date(2025, 1, 6), date(2024, 2, 29)])
def test_a_week_keeps_its_total(weekend, start):
    s = scenario(demand={**CALM, "weekend_factor": weekend}, horizon={"start_date": start})
    factor = need_factor(s)
    weeks = factor[: len(factor) // 7 * 7].reshape(-1, 7)
    assert np.abs(weeks.sum(axis=1) - 7).max() <= 7 * GRID  # seven roundings
    saturday = (5 - start.weekday()) % 7
    monday = (0 - start.weekday()) % 7
    assert factor[saturday] / factor[monday] == pytest.approx(weekend, rel=1e-8)


def test_the_year_has_one_wave():
    s = scenario(demand={"weekend_factor": 1.0, "festival_factor": 1.0, "season_amplitude": 0.2})
    factor = need_factor(s)
    # a quarter and three quarters of a year after the 15th of April (day 105)
    assert factor.max() == pytest.approx(1.2, abs=1e-4)
    assert factor.min() == pytest.approx(0.8, abs=1e-4)
    assert abs(int(factor.argmax()) - day_of(s, 7, 15)) <= 1
    assert factor.mean() == pytest.approx(1.0, abs=0.2 / 365)


@pytest.mark.parametrize(
    "locale, peaks",
    [("en_US", [(11, 28), (12, 18), (8, 20)]), ("zh_CN", [(11, 11), (6, 18), (2, 1)])],
)
def test_festivals_peak_on_their_day(locale, peaks):
    s = scenario(
        demand={"weekend_factor": 1.0, "season_amplitude": 0.0, "festival_factor": 1.9},
        market={"locale": locale},
    )
    factor, near = need_factor(s), is_festival(s)
    for month, day in peaks:
        at = day_of(s, month, day)
        assert factor[at] == pytest.approx(1.9, abs=GRID)
        assert factor[at - 1] < 1.9
        assert factor[at + 1] < 1.9
        assert near[at]
    assert not near[day_of(s, 4, 20)]
    assert factor[day_of(s, 4, 20)] == pytest.approx(1.0, abs=1e-6)
    # half-width 5 and 10 days, both ends included, as tabulated
    if locale == "en_US":
        assert near[day_of(s, 11, 23) : day_of(s, 12, 4)].sum() == 11
        assert not near[day_of(s, 11, 22)]


def test_festivals_come_every_year():
    s = scenario(horizon={"n_days": 1000}, demand={"weekend_factor": 1.0, "season_amplitude": 0.0})
    factor = need_factor(s)
    for year in (2025, 2026):
        assert factor[day_of(s, 11, 28, year)] == pytest.approx(1.9, abs=GRID)
    assert np.array_equal(factor[:365], need_factor(scenario(
        demand={"weekend_factor": 1.0, "season_amplitude": 0.0})))  # fmt: skip


BUSY = {"outages_per_year": 60.0, "supplier_delays_per_year": 12.0}


@pytest.mark.parametrize("seed", range(12))
def test_windows_are_ordered_apart_and_inside_the_horizon(seed):
    s = scenario(seed=seed, incidents=BUSY)
    found = build_incidents(s)
    for windows, end, most in (
        (found.outages, 365 * SECONDS_PER_DAY, 60),
        (found.delays, 365, 12),
    ):
        assert 0 < len(windows) <= most  # those that would overlap are left out
        assert windows.min() >= 0
        assert windows.max() <= end
        assert (windows[:, 1] > windows[:, 0]).all()
        assert (windows[1:, 0] >= windows[:-1, 1]).all()
    lengths = np.diff(found.delays, axis=1).ravel()
    assert (lengths[:-1] == 14).all()
    assert lengths[-1] == min(14, 365 - found.delays[-1, 0])  # the horizon may cut the last
    hours = found.outages[:, 0] % SECONDS_PER_DAY / 3600
    assert hours.min() >= 9
    assert hours.max() < 21
    festival = is_festival(s)
    assert np.array_equal(found.outage_at_peak, festival[found.outages[:, 0] // SECONDS_PER_DAY])


def test_outages_have_their_median_length():
    plan = {"outages_per_year": 20.0, "outage_hours": 3.0}
    lengths = np.concatenate(
        [
            np.diff(build_incidents(scenario(seed=k, incidents=plan)).outages).ravel()
            for k in range(60)
        ]
    )
    log = np.log(lengths / 3600 / 3.0)
    # median of a normal with sd 0.5: 1.2533 x 0.5 / sqrt(n)
    assert abs(np.median(log)) < 4 * 1.2533 * 0.5 / lengths.size**0.5


def test_outages_fall_on_busy_days():
    days = np.concatenate(
        [
            build_incidents(scenario(seed=k, incidents={"outages_per_year": 20.0})).outages[:, 0]
            // SECONDS_PER_DAY
            for k in range(60)
        ]
    )
    factor = need_factor(scenario())
    expected = (factor**3).sum() / (factor**2).sum()  # drawn in proportion to the square
    spread = ((factor**4).sum() / (factor**2).sum() - expected**2) ** 0.5
    # a few overlap and are left out, less than 1 in 50
    assert abs(factor[days].mean() - expected) < 4 * spread / days.size**0.5 + 0.01
    assert expected > 1.1 * factor.mean()


def test_delayed_days_by_hand():
    none = np.zeros((0, 2), np.int64)
    incidents = Incidents(none, np.array([[2, 4], [7, 20]]), np.zeros(0, bool))
    assert np.flatnonzero(incidents.delayed(10)).tolist() == [2, 3, 7, 8, 9]
    assert not Incidents(none, none, np.zeros(0, bool)).delayed(10).any()


@pytest.mark.parametrize(
    "plan",
    [{"is_on": False}, {"outages_per_year": 0.0, "supplier_delays_per_year": 0.0}],
)
def test_a_year_without_incidents(plan):
    found = build_incidents(scenario(incidents=plan))
    assert found.outages.shape == (0, 2)
    assert found.delays.shape == (0, 2)
    assert found.outage_at_peak.size == 0
    assert not found.delayed(365).any()


def test_a_world_is_made_of_its_parts():
    s = scenario("tiny")
    world = build_world(s)
    assert world.scenario is s
    assert world.need_factor.shape == (90,)
    assert world.availability.shape == (9, 40, 90)
    assert np.array_equal(world.delayed, world.incidents.delayed(90))
    assert world.places.n_stores == 8
    assert world.products.n_products == 40
    assert s.horizon.start_date + timedelta(days=89) == date(2025, 4, 5)


def test_other_luck_another_world():
    one, two = (build_world(scenario("tiny", seed=seed)) for seed in (1, 2))
    assert not np.array_equal(one.availability, two.availability)
    assert not np.array_equal(one.products.price_cents, two.products.price_cents)
    assert not np.array_equal(one.places.local, two.places.local)
    assert np.array_equal(one.need_factor, two.need_factor)  # the calendar is no luck
