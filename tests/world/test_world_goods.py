"""Products and which of them can be sold where and when."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnisim.rng import N_FINE_BINS
from omnisim.scenario import Scenario, load_scenario
from omnisim.world.availability import (
    IS_COUNTED,
    IS_WRONG,
    ON_SHELF,
    ON_SYSTEM,
    build_availability,
)
from omnisim.world.products import build_products

N_DAYS = 182


def scenario(seed: int | None = None, **overrides: object) -> Scenario:
    base = {"assortment": {"n_products": 40}, "stores": {"n_stores": 10}}
    return load_scenario("sample", seed=seed, overrides=base | overrides)


def availability(s: Scenario, delayed: np.ndarray | None = None) -> np.ndarray:
    days = s.horizon.n_days
    return build_availability(s, np.zeros(days, bool) if delayed is None else delayed)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**63 - 1), n=st.integers(6, 200))
def test_law_one_more_product_changes_no_other_product(seed, n):
    few, more = (
        build_products(scenario(seed, assortment={"n_products": size})) for size in (n, n + 1)
    )
    assert more.name[:n] == few.name
    assert more.subcategory[:n] == few.subcategory
    for name in ("category", "price_cents", "cost_cents"):
        assert np.array_equal(getattr(more, name)[:n], getattr(few, name)), name


def test_prices_end_as_on_a_tag_and_scatter_around_their_category():
    s = scenario(assortment={"n_products": 3000, "categories": {"Tops": 40.0, "Coats": 200.0}})
    products = build_products(s)
    assert (products.price_cents % 100 == 90).all()
    assert s.assortment.category_names == ("Coats", "Tops")  # by name, not by place in the file
    for category, median in ((0, 200.0), (1, 40.0)):
        prices = products.price_cents[products.category == category] / 100
        # the tag takes off 0.60 on average (up to 1, less 0.10, plus what floor takes)
        log = np.log((prices + 0.6) / median)
        # median of a normal: 1.2533 sd / sqrt(n); the tag's rest is below 1 % at 40
        assert abs(np.median(log)) < 4 * 1.2533 * 0.45 / 1500**0.5 + 0.01
        assert abs(log.std() - 0.45) < 4 * 0.45 / 3000**0.5 + 0.01


def test_names_are_made_of_the_words_of_the_assortment():
    words = {
        "categories": {"Tea": 6.0, "Rice": 4.0},
        "styles": ["Organic", "Family"],
        "variants": ["500 g", "1 kg"],
        "tiers": ["Daily", "Fine"],
    }
    products = build_products(scenario(assortment={"n_products": 400, **words}))
    made = {f"{s} {c}, {v}" for s in words["styles"] for c in ("tea", "rice") for v in words["variants"]}  # fmt: skip
    assert set(products.name) == made
    assert set(products.subcategory) == set(words["tiers"])
    chinese = scenario(
        market={"locale": "zh_CN"},
        assortment={"categories": {"茶": 60.0}, "styles": ["有机"], "variants": ["500克"]},
    )
    assert set(build_products(chinese).name) == {"有机茶 500克"}


def test_cost_is_its_share_of_the_price():
    products = build_products(scenario(assortment={"n_products": 2000, "cost_share": 0.46}))
    share = products.cost_cents / products.price_cents
    # uniform on 0.8 to 1.2 times the share; floor takes less than a cent
    assert share.min() > 0.8 * 0.46 - 0.005
    assert share.max() < 1.2 * 0.46
    assert abs(share.mean() - 0.46) < 4 * 0.46 * 0.4 / 12**0.5 / 2000**0.5 + 0.001


def test_popularity_follows_zipf():
    s = scenario(assortment={"n_products": 40, "zipf_exponent": 0.8})
    share = np.bincount(build_products(s).popularity, minlength=40) / N_FINE_BINS
    weight = np.arange(1, 41) ** -0.8
    assert np.abs(share - weight / weight.sum()).max() <= 1 / N_FINE_BINS


def chance_out(start: np.ndarray, mean: float) -> np.ndarray:
    """Chance of a stock-out each day: a running spell goes on with 1 - 1/mean, else one starts."""
    chance, before = np.empty(start.size), 0.0
    for day, p in enumerate(start):
        running = before * (1 - 1 / mean)
        before = running + (1 - running) * p
        chance[day] = before
    return chance


@pytest.mark.parametrize("share, mean", [(0.05, 5.0), (0.2, 3.0), (0.02, 12.0)])
def test_stock_outs_have_their_share(share, mean):
    s = scenario(stock={"stock_out_share": share, "mean_spell_days": mean})
    out = availability(s) & ON_SHELF == 0
    assert out.shape == (11, 40, N_DAYS)
    start = np.full(N_DAYS, share / (1 - share) / mean)
    expected = chance_out(start, mean).mean()
    # days of a spell go together: about 2 x mean of them are worth one independent day
    spread = (share * (1 - share) * 2 * mean / out.size) ** 0.5
    assert abs(out.mean() - expected) < 4 * spread
    # near the dial: shelves are full on day 0, and two spells may touch
    assert expected == pytest.approx(share, rel=0.08)


def test_spells_have_their_mean_length():
    s = scenario(stock={"stock_out_share": 0.1, "mean_spell_days": 4.0})
    out = (availability(s) & ON_SHELF == 0).reshape(-1, N_DAYS)
    edges = np.diff(np.pad(out, ((0, 0), (1, 1))).astype(int), axis=1)
    starts, ends = np.nonzero(edges == 1), np.nonzero(edges == -1)
    # those that start 60 days before the end are over by then: (3/4) ** 60 is 3e-8
    whole = starts[1] < N_DAYS - 60
    lengths = (ends[1] - starts[1])[whole]
    start = 0.1 / 0.9 / 4.0
    expected = 4.0 / (1 - start)  # touching spells look like one
    # geometric: sd about the mean
    assert abs(lengths.mean() - expected) < 4 * expected / lengths.size**0.5
    assert lengths.min() == 1


def test_delays_empty_shelves():
    delayed = np.zeros(N_DAYS, bool)
    delayed[60:100] = True
    s = scenario()
    calm, hard = (availability(s, days) & ON_SHELF == 0 for days in (None, delayed))
    assert np.array_equal(calm[..., :60], hard[..., :60])
    assert (hard | ~calm).mean() > 0.999  # same draws: a delay all but never fills a shelf
    start = np.where(delayed, 2.5, 1.0) * 0.05 / 0.95 / 5
    expected = chance_out(start, 5.0)[60:100].mean()
    found = hard[..., 60:100]
    spread = (expected * (1 - expected) * 10 / found.size) ** 0.5
    assert abs(found.mean() - expected) < 4 * spread
    assert expected > 2 * 0.05


def test_the_system_errs_at_its_rates():
    s = scenario(
        stock={
            "stock_out_share": 0.2,
            "oversell_share": 0.3,
            "sync_error_share": 0.05,
            "audit_share": 0.04,
        }
    )
    flags = availability(s)
    shelf, system, wrong, counted = (
        flags & flag > 0 for flag in (ON_SHELF, ON_SYSTEM, IS_WRONG, IS_COUNTED)
    )
    assert system[shelf].all()  # what is there can be bought
    assert np.array_equal(system[~shelf], wrong[~shelf])  # offered, though it is not there

    def near(found: np.ndarray, share: float) -> bool:  # four binomial standard errors
        return abs(found.mean() - share) < 4 * (share * (1 - share) / found.size) ** 0.5

    assert near(wrong[~shelf], 0.3)
    assert near(wrong[shelf], 0.05)
    assert near(counted, 0.04)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**63 - 1))
def test_law_one_more_store_product_or_day_changes_no_shelf(seed):
    base = availability(scenario(seed))
    more = availability(
        scenario(
            seed,
            stores={"n_stores": 11},
            assortment={"n_products": 41},
            horizon={"n_days": N_DAYS + 9},
        )
    )
    assert np.array_equal(more[:11, :40, :N_DAYS], base)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_always_and_never_in_stock(share):
    out = availability(scenario(stock={"stock_out_share": share})) & ON_SHELF == 0
    assert (out == (share == 1.0)).all()
