"""Stores, local demand and the roll-out's waves."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnisim.rng import N_FINE_BINS
from omnisim.scenario import Scenario, load_scenario
from omnisim.world.places import NEVER, build_places

OWN = ("region", "latitude", "longitude", "floor_area_m2", "local")


def scenario(size: str = "small", seed: int | None = None, **overrides: object) -> Scenario:
    return load_scenario("omnichannel_fashion", size=size, seed=seed, overrides=overrides)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**63 - 1), n=st.integers(8, 40))
def test_law_one_more_store_changes_no_other_stores_own_luck(seed, n):
    few = build_places(scenario(seed=seed, stores={"n_stores": n}))
    more = build_places(scenario(seed=seed, stores={"n_stores": n + 1}))
    # catchments and waves are shares of one network, so they are the two that move
    for name in OWN:
        assert np.array_equal(getattr(more, name)[:n], getattr(few, name)), name


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**63 - 1), n_days=st.integers(340, 500))
def test_law_a_longer_horizon_only_adds_weeks(seed, n_days):
    short = build_places(scenario(seed=seed, horizon={"n_days": n_days}))
    long = build_places(scenario(seed=seed, horizon={"n_days": n_days + 30}))
    for field in fields(short):
        left, right = getattr(short, field.name), getattr(long, field.name)
        if field.name == "local":
            right = right[:, : left.shape[1]]
        assert np.array_equal(left, right), field.name


@pytest.mark.parametrize("n_stores", [4, 5, 24])
def test_every_region_has_a_store_and_every_store_one_wave(n_stores):
    s = scenario(stores={"n_stores": n_stores}, rollout={"waves": [
        {"first_day": 100, "store_share": 0.25}, {"first_day": 150, "store_share": 0.5},
    ]})  # fmt: skip
    places = build_places(s)
    assert set(places.region) == set(range(4))
    assert places.n_stores == n_stores
    sizes = np.bincount(places.wave, minlength=3)
    assert sizes[1] == max(1, round(0.25 * n_stores))
    assert sizes[2] == max(1, round(0.5 * n_stores))


@pytest.mark.parametrize("seed", range(8))
def test_pilots_are_the_worst_recent_stores(seed):
    s = scenario(seed=seed)
    places = build_places(s)
    first = s.rollout.waves[0].first_day // 7
    recent = np.array([weeks[first - 6 : first].mean() for weeks in places.local])
    n_pilots = round(0.2 * 24)
    pilots = set(np.flatnonzero(places.wave == 1))
    assert pilots == set(sorted(range(24), key=lambda store: recent[store])[:n_pilots])


def test_pilots_by_lot_are_others():
    def pilots(seed: int, *, worst: bool) -> set[int]:
        s = scenario(seed=seed, rollout={"pilots_are_worst": worst})
        return set(np.flatnonzero(build_places(s).wave == 1))

    same = [pilots(seed, worst=True) == pilots(seed, worst=False) for seed in range(20)]
    assert not any(same)  # five of 24 by chance: one in 42 504 each


def test_the_worst_stores_recover_by_themselves():
    gains = []
    for seed in range(30):
        s = scenario(seed=seed)
        places = build_places(s)
        week = s.rollout.waves[0].first_day // 7
        log = np.log(places.local[places.wave == 1])
        gains.append(log[:, week + 8 : week + 20].mean() - log[:, week - 6 : week].mean())
    # nothing was done to them: picking the lowest of a fading shock is what raises them later
    assert np.mean(gains) > 4 * np.std(gains) / 30**0.5


def test_waves_carry_their_day_and_strength():
    places = build_places(scenario())
    for wave, day, strength in ((1, 112, 0.8), (2, 168, 1.0), (3, 224, 1.3), (0, NEVER, 0.0)):
        members = places.wave == wave
        assert members.any()
        assert set(places.service_day[members]) == {day}
        assert set(places.strength[members]) == {strength}


def test_no_roll_out_no_waves():
    for rollout in ({"is_on": False}, {"waves": []}):
        places = build_places(scenario(rollout=rollout))
        assert not places.wave.any()
        assert (places.service_day == NEVER).all()
        assert not places.strength.any()


def test_people_live_near_large_stores():
    places = build_places(scenario())
    share = np.bincount(places.catchment, minlength=24) / N_FINE_BINS
    expected = places.floor_area_m2 / places.floor_area_m2.sum()
    # each edge falls in one bin; areas are rounded to 1 of some 700 m2
    assert np.abs(share - expected).max() <= 1 / N_FINE_BINS + 1 / 700


def test_local_shocks_fade_at_their_rate_and_have_their_spread():
    s = scenario(stores={"n_stores": 500}, demand={"local_shock_sd": 0.2, "region_shock_sd": 0.0})
    log = np.log(build_places(s).local)
    # 500 independent stores: standard error of a correlation below 1 / sqrt(500) = 0.045, and far
    # below with 50 weeks each; 0.04 is some five of them
    pairs = np.corrcoef(log[:, :-1].ravel(), log[:, 1:].ravel())[0, 1]
    assert abs(pairs - 0.75) < 0.04
    # sd of an sd: 0.2 / sqrt(2 x 500 x 53 / 3.6), where 3.6 weeks are worth one: 0.0016
    assert abs(log.std() - 0.2) < 5 * 0.0016
    assert abs(log[:, 0].std() - 0.2) < 4 * 0.2 / 1000**0.5


def test_stores_of_a_region_share_its_shock():
    s = scenario(demand={"local_shock_sd": 0.0, "region_shock_sd": 0.1})
    places = build_places(s)
    for region in range(4):
        of_region = places.local[places.region == region]
        assert (of_region == of_region[0]).all()
    assert np.unique(places.local[:, 0]).size == 4


def test_calm_demand_is_one():
    s = scenario(demand={"local_shock_sd": 0.0, "region_shock_sd": 0.0})
    assert (build_places(s).local == 1).all()
