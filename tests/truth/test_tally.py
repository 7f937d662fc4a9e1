"""Sums over persons by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from omnisim.errors import ScenarioError
from omnisim.truth.tally import (
    Moments,
    by_store,
    rollout_cells,
    rollout_scopes,
    treated_weeks,
)
from omnisim.truth.worlds import FURTHER_KINDS, wanted_kinds
from omnisim.world.places import NEVER


def world(service_day, wave, n_days):
    return SimpleNamespace(
        places=SimpleNamespace(service_day=np.array(service_day), wave=np.array(wave)),
        scenario=SimpleNamespace(horizon=SimpleNamespace(n_days=n_days)),
    )


def test_moments_by_hand():
    difference = np.array([[3, 0, 1], [5, 0, 1], [-2, 0, 0]])
    moments = Moments.of(difference)
    assert moments.total == (6, 0, 2)
    assert moments.square == (38, 0, 2)
    assert moments.value(0, divisor=2.0) == 3.0
    # sd of the sum of n persons: sqrt(n) times the sample sd, here of 3, 5, -2
    assert moments.std_error(0, divisor=2.0) == pytest.approx(
        3**0.5 * np.std([3, 5, -2], ddof=1) / 2
    )
    assert moments.std_error(1, divisor=1.0) == 0


def test_moments_of_parts_are_moments_of_the_whole():
    difference = np.random.default_rng(1).integers(-(10**6), 10**6, size=(50, 3))
    assert Moments.of(difference[:20]) + Moments.of(difference[20:]) == Moments.of(difference)


def test_a_lone_person_has_no_spread():
    assert Moments.of(np.array([[7, 7, 1]])).std_error(0, 1.0) == 0.0


def test_persons_are_summed_into_their_store():
    week = np.arange(12).reshape(3, 2, 2)
    summed = by_store(np.array([1, 0, 1]), week, 3)
    assert summed[0].tolist() == week[1].tolist()
    assert summed[1].tolist() == (week[0] + week[2]).tolist()
    assert not summed[2].any()


def test_scopes_of_a_roll_out_by_hand():
    # starts on day 10 (inside week 1), on day 21 (week 3), and never; 30 days are 4 full weeks
    there = world([10, 21, NEVER], [1, 2, 0], 30)
    assert treated_weeks(there).tolist() == [1, 3, NEVER]
    scopes = rollout_scopes(there)
    assert scopes["all"].tolist() == [[0, 1, 1, 1], [0, 0, 0, 1], [0, 0, 0, 0]]
    assert scopes["wave=1"].sum() == 3
    assert scopes["wave=2"].sum() == 1
    assert scopes["event_week=0"].tolist() == [[0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]]
    assert scopes["event_week=2"].tolist() == [[0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert "event_week=3" not in scopes

    difference = np.ones((2, 5, 3), np.int64)  # one person near store 0, one near the last
    cells = rollout_cells(np.array([0, 2]), difference, scopes)
    assert cells["all"].total == (3, 3, 3)
    assert cells["wave=2"].total == (0, 0, 0)


def test_kinds_of_truth():
    assert wanted_kinds("none") == ()
    every = (
        "channels",
        "experiments",
        "rollouts",
        "campaigns",
        "promotions",
        "incidents",
        "programmes",
    )
    assert wanted_kinds("default") == every
    assert wanted_kinds("rollouts,channels") == ("channels", "rollouts")
    assert wanted_kinds("treatments,rollouts") == ("rollouts", "treatments")
    assert wanted_kinds("all") == every + FURTHER_KINDS
    with pytest.raises(ScenarioError, match="no 'prices'"):
        wanted_kinds("prices")
