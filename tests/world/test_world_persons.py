"""Persons: traits, who has what, rings, names."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from omnisim.rng import N_FINE_BINS
from omnisim.scenario import Scenario, load_scenario
from omnisim.world import Persons, build_persons
from omnisim.world.names import draw_names, make_pools, pools
from omnisim.world.persons import COUPON_ABUSER, FAKE_BUYER, RING_SIZE, SHOPPER
from omnisim.world.places import NEVER, build_places

N = 20_000


def scenario(seed: int | None = None, **overrides: object) -> Scenario:
    base = {"demand": {"need_rate": 14.0, "need_shape": 0.8}}
    return load_scenario("omnichannel_fashion", size="tiny", seed=seed, overrides=base | overrides)


def persons(s: Scenario, first: int = 0, last: int = N) -> Persons:
    return build_persons(s, build_places(s), first, last)


@pytest.fixture(scope="module")
def people() -> Persons:
    return persons(scenario())


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**63 - 1), cut=st.integers(1, 99))
def test_law_a_person_is_the_same_in_any_company(seed, cut):
    s = scenario(seed)
    together = persons(s, 0, 100)
    apart = np.concatenate([persons(s, 0, cut), persons(s, cut, 100)])
    # bytes: a record has no gaps that could differ, and NaN would not hide
    for name in together.dtype.names:
        assert np.array_equal(together[name], apart[name]), name
    more = persons(scenario(seed, population={"n_customers": 2_001}), 0, 100)
    assert all(np.array_equal(together[name], more[name]) for name in together.dtype.names)


def test_need_rates_are_gamma(people):
    relative = people["need_rate"] * 365 / 14.0 / (0.7 + 0.6 * people["digital"])
    # a table of 4096 bins: its steps add at most 1/4096 to the distance; 1.63 / sqrt(n) is the
    # 1 % point of Kolmogorov and Smirnov
    distance = stats.kstest(relative, stats.gamma(0.8, scale=1 / 0.8).cdf).statistic
    assert distance < 1.63 / N**0.5 + 1 / 4096


def test_need_counts_are_negative_binomial(people):
    counts = np.random.default_rng(1).poisson(people["need_rate"] * 365)
    # the mix over digital affinity adds 0.03 (1 + 1/0.8) to the squared variation of the rate
    squared_variation = 1 / 0.8 + 0.03 * (1 + 1 / 0.8)
    mean, variance = 14.0, 14.0 + 14.0**2 * squared_variation
    assert abs(counts.mean() - mean) < 4 * (variance / N) ** 0.5
    # a gamma's kurtosis of 3 + 6/0.8 makes the sd of a variance about sqrt(9.5 / n)
    assert abs(counts.var() / variance - 1) < 4 * (9.5 / N) ** 0.5


def near(found: np.ndarray, share: float) -> bool:
    """Within four binomial standard errors."""
    return abs(found.mean() - share) < 4 * (share * (1 - share) / found.size) ** 0.5


def test_shares_are_those_of_the_scenario(people):
    assert near(people["has_app"], 0.35)
    assert near(people["has_email_consent"], 0.62)
    assert near(people["has_sms_consent"], 0.35)
    assert near(people["is_in_community"], 0.15)
    assert near(people["has_two_accounts"], 0.14)
    # heavy buyers join first, at 0.6 + 0.4 x relative rate up to 1.6: with E min(R, 2.5) = 0.9218
    # for a gamma of shape 0.8 the mean factor is 0.969
    capped = stats.gamma(0.8, scale=1 / 0.8).expect(lambda r: np.minimum(r, 2.5))
    assert near(people["account_at"] != NEVER, 0.55 * (0.6 + 0.4 * capped))


def test_heavy_buyers_join_first_and_digital_people_take_the_app(people):
    member = people["account_at"] != NEVER
    relative = people["need_rate"] * 365 / 14.0 / (0.7 + 0.6 * people["digital"])
    rare, heavy = relative < 0.05, relative > 2.5
    assert near(member[rare], 0.55 * (0.6 + 0.4 * relative[rare].mean()))
    assert near(member[heavy], 0.55 * 1.6)
    assert people["digital"][people["has_app"]].mean() > 0.55


def test_traits_lie_where_they_must(people):
    member = people["account_at"] != NEVER
    day = people["account_at"][member] // 86_400
    assert day.max() == -1
    assert day.min() == -900
    gone = people["withdrawal_day"] != NEVER
    assert near(gone, 0.06 * 90 / 365)
    assert people["withdrawal_day"][gone].min() >= 0
    assert people["withdrawal_day"][gone].max() < 90
    assert people["cookie_life"].min() >= 25
    assert people["cookie_life"].max() < 240
    assert (people["cookie_phase"] < people["cookie_life"]).all()
    assert (people["cookie_phase"] >= 0).all()
    assert people["birth_year"].max() == 2025 - 16
    assert people["birth_year"].min() >= 2025 - 78
    assert people["susceptibility"].min() > 0.5
    assert people["susceptibility"].max() < 1.5
    assert set(people["store"]) == set(range(8))


def test_catchments_fill_in_proportion(people):
    s = scenario()
    expected = np.bincount(build_places(s).catchment, minlength=8) / N_FINE_BINS
    found = np.bincount(people["store"], minlength=8) / N
    assert (np.abs(found - expected) < 4 * (expected * (1 - expected) / N) ** 0.5).all()


def test_rings_are_whole_groups_of_eight():
    s = scenario(fraud={"ring_share": 0.2, "abuser_share": 0.1})
    kind = persons(s)["kind"]
    ring = (kind == FAKE_BUYER).reshape(-1, RING_SIZE)
    assert (ring.all(axis=1) == ring.any(axis=1)).all()
    assert near(ring[:, 0], 0.2)
    rest = kind[kind != FAKE_BUYER]
    assert near(rest == COUPON_ABUSER, 0.1)
    # a block that starts inside a ring sees the same ring
    assert np.array_equal(persons(s, 4, 804)["kind"], kind[4:804])


def test_without_fraud_all_are_shoppers():
    fraud = {"is_on": False, "ring_share": 0.5, "abuser_share": 0.5}
    s = scenario(fraud=fraud, tracking={"is_on": False})  # crawlers are no shoppers either
    assert (persons(s)["kind"] == SHOPPER).all()


def test_nobody_and_everybody():
    none = dict.fromkeys(("account_share", "app_share", "withdrawal_share"), 0.0)
    people = persons(scenario(population=none), 0, 500)
    assert (people["account_at"] == NEVER).all()
    assert (people["withdrawal_day"] == NEVER).all()
    assert not people["has_app"].any()
    everybody = scenario(population={"email_consent_share": 1.0})
    assert persons(everybody, 0, 500)["has_email_consent"].all()


@pytest.mark.parametrize("locale, joiner", [("en_US", " "), ("zh_CN", "")])
def test_names_are_drawn_per_person(locale, joiner):
    words = pools(locale)
    assert words.joiner == joiner
    assert min(len(words.first), len(words.last), len(words.city)) > 50
    assert len(set(words.first)) == len(words.first)
    who = np.arange(3_000)
    drawn = draw_names(7, who, locale)
    parts = (words.first, words.last, words.city, words.street)
    for index, pool in zip(drawn, parts, strict=True):
        assert index.min() >= 0
        assert index.max() < len(pool)
        assert np.unique(index).size > 0.9 * len(pool)
    for once, again in zip(drawn, draw_names(7, who[5:9], locale), strict=True):
        assert np.array_equal(once[5:9], again)


def test_the_committed_pools_do_not_depend_on_faker(monkeypatch):
    import sys

    pools.cache_clear()
    monkeypatch.setitem(sys.modules, "faker", None)  # importing it would fail
    assert len(pools("en_US").first) > 100


def test_pools_can_be_made_again():
    made = make_pools("zh_CN")
    assert made.joiner == ""
    assert min(len(made.first), len(made.last), len(made.city), len(made.street)) > 50
