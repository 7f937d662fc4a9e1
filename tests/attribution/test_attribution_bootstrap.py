"""Customer bootstrap: exact law, same seed, and coverage of a known share."""

import numpy as np
import pandas as pd
import pytest

from omnisim.attribution import (
    DEFAULT_MODELS,
    Custom,
    Journeys,
    Last,
    Linear,
    Markov,
    Position,
    Shapley,
    bootstrap,
    bootstrap_credit,
    credit,
)
from omnisim.attribution.bootstrap import _POISSON_ONE, _Units
from omnisim.errors import DesignError

ALL_KINDS = (
    *DEFAULT_MODELS,
    Markov(order=2),
    Markov(order=3, self_loops=False),
    Markov(null_journeys=False),
    Markov(value_weighted=False),
    Shapley("rate"),
    Shapley("rate_organic", organic=("c",)),
    Custom(by_place=(2.0, 1.0)),
)


def simulated(n_customers: int, seed: int) -> Journeys:
    """Two journeys per person; c or a sells, with log-normal money."""
    rng = np.random.default_rng(seed)
    n = 2 * n_customers
    lengths = rng.integers(0, 5, n)
    converts = (rng.random(n) < 0.4) | (lengths == 0)
    n_touches = int(lengths.sum())
    return Journeys(
        channels=("a", "b", "c"),
        codes=rng.choice(3, n_touches, p=[0.5, 0.3, 0.2]).astype(np.int16),
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        conversions=converts.astype(np.int64),
        nulls=(~converts).astype(np.int64),
        value=np.where(converts, rng.lognormal(3, 1, n), 0.0),
        customer=np.repeat(np.arange(n_customers), 2),
        days_before_end=rng.uniform(0, 30, n_touches),
    )


class Fixed:
    """Stands in for a generator: draws the units it was told to."""

    def __init__(self, weights):
        self.weights = np.asarray(weights)

    def integers(self, low, high, size, dtype):
        # The first 16-bit number whose table entry is the wanted weight.
        picks = np.searchsorted(_POISSON_ONE, self.weights)
        return np.broadcast_to(picks[:, None], size).astype(dtype)


def test_a_replicate_is_the_credit_of_the_drawn_customers():
    journeys = simulated(40, seed=3)
    weights = np.random.default_rng(5).poisson(1.0, 40)
    draws = bootstrap_credit(journeys, ALL_KINDS, rng=Fixed(weights), n_replicates=2)
    rows = np.repeat(np.arange(80), weights[journeys.customer])
    # The same by hand: copy the journeys of each person as often as the person was drawn.
    touch = np.concatenate(
        [np.arange(journeys.offsets[j], journeys.offsets[j + 1]) for j in rows]
    ).astype(int)
    copied = Journeys(
        channels=journeys.channels,
        codes=journeys.codes[touch],
        offsets=np.concatenate([[0], np.cumsum(journeys.lengths[rows])]),
        conversions=journeys.conversions[rows],
        nulls=journeys.nulls[rows],
        value=journeys.value[rows],
        days_before_end=journeys.days_before_end[touch],
    )
    by_hand = credit(copied, ALL_KINDS)
    for replicate in (0, 1):
        np.testing.assert_allclose(draws.value[replicate], by_hand.value, atol=1e-8)
        np.testing.assert_allclose(draws.conversions[replicate], by_hand.conversions, atol=1e-9)


def test_the_table_is_the_credit_as_observed():
    journeys = simulated(60, seed=2)
    draws = bootstrap_credit(journeys, ALL_KINDS, rng=np.random.default_rng(0), n_replicates=2)
    table = credit(journeys, ALL_KINDS)
    np.testing.assert_allclose(draws.table.value, table.value, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(draws.table.conversions, table.conversions, rtol=1e-9, atol=1e-9)
    assert draws.table.models == table.models


def test_groups_of_persons_have_the_spread_of_persons(monkeypatch):
    """The claim in the module's docstring, for rules, chains and totals, money and orders."""
    models = (Last(), Markov(), Markov(order=2), Shapley())
    journeys = simulated(12_000, seed=4)

    def spread(most, n_replicates=800):
        monkeypatch.setattr(bootstrap, "MOST_PERSONS", most)
        draws = bootstrap_credit(
            journeys, models, rng=np.random.default_rng(1), n_replicates=n_replicates
        )
        np.testing.assert_allclose(draws.table.value.sum(axis=1), journeys.total_value)
        everything = np.concatenate(
            [draws.value, draws.conversions, draws.value.sum(axis=-1, keepdims=True)], axis=-1
        )
        return everything.mean(axis=0), everything.std(axis=0)

    mean, one_by_one = spread(20_000)
    group_mean, grouped = spread(100)
    # 800 draws know a standard deviation to 2.5 %, twice, and 4 096 groups to 1.1 %: 3.7 % together;
    # 36 numbers, so four times that.
    np.testing.assert_allclose(grouped, one_by_one, rtol=0.15)
    np.testing.assert_allclose(np.median(grouped / one_by_one), 1, atol=0.04)
    assert (np.abs(group_mean - mean) < 5 * one_by_one * np.sqrt(2 / 800)).all()


def test_a_draw_without_buyers_credits_nobody():
    journeys = Journeys.from_paths(
        pd.DataFrame({"path": ["a > b", "a"], "conversions": [1, 0], "nulls": [0, 9]}), value=None
    )
    models = (Last(), Markov(), Markov(order=2), Shapley("rate"))
    draws = bootstrap_credit(journeys, models, rng=np.random.default_rng(0), n_replicates=50)
    none = draws.conversions[:, 0, :2].sum(axis=1) == 0
    assert 5 < none.sum() < 35  # one order is drawn at least once with probability 0.63
    assert (draws.conversions[none][..., :2] == 0).all()
    assert np.isfinite(draws.value).all()


def test_same_generator_state_same_numbers():
    journeys = simulated(60, seed=1)
    one, two, other = (
        bootstrap_credit(
            journeys, (Linear(), Markov()), rng=np.random.default_rng(s), n_replicates=20
        ).value
        for s in (9, 9, 10)
    )
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_every_replicate_shares_out_all_its_money():
    draws = bootstrap_credit(
        simulated(60, seed=1), DEFAULT_MODELS, rng=np.random.default_rng(0), n_replicates=30
    )
    totals = draws.value.sum(axis=-1)
    np.testing.assert_allclose(totals, np.repeat(totals[:, :1], totals.shape[1], axis=1))
    np.testing.assert_allclose(draws.share.sum(axis=-1), 1)


def test_poisson_table_has_mean_and_variance_one():
    # 16 bits: each of 12 probabilities is off by at most 2**-17, times k**2 <= 121.
    assert _POISSON_ONE.mean() == pytest.approx(1, abs=1e-3)
    assert _POISSON_ONE.var() == pytest.approx(1, abs=1e-3)


def test_spread_of_last_contact_matches_the_formula():
    """Conversions credited to a sum over persons: variance is the sum of squares."""
    journeys = simulated(400, seed=2)
    draws = bootstrap_credit(journeys, (Last(),), rng=np.random.default_rng(0), n_replicates=2000)
    has = journeys.has_touch
    credited = np.zeros((400, 3))
    last = journeys.codes[journeys.offsets[1:][has] - 1]
    np.add.at(credited, (journeys.customer[has], last), journeys.conversions[has])
    expected = np.sqrt((credited**2).sum(axis=0))
    # A standard deviation from 2 000 draws is known to 1.6 %: allow four times that.
    np.testing.assert_allclose(draws.conversions[:, 0, :3].std(axis=0), expected, rtol=0.064)


def test_recovery_interval_covers_the_share_of_the_population():
    """Linear and Markov shares of many small samples against one very large one."""
    models = (Linear(), Markov())
    population = credit(simulated(200_000, seed=77), models).share
    n_worlds, covered = 120, np.zeros((2, 3))
    for world in range(n_worlds):
        draws = bootstrap_credit(
            simulated(300, seed=1000 + world), models, rng=np.random.default_rng(world)
        )
        frame = draws.frame()
        frame = frame[frame["channel"] != "(none)"]
        low = frame["share_low"].to_numpy().reshape(2, 3)
        high = frame["share_high"].to_numpy().reshape(2, 3)
        covered += (low <= population[:, :3]) & (population[:, :3] <= high)
    # 95 %, less three binomial standard errors at n = 120 (0.06) and 0.015 for percentiles of
    # skewed money at 300 persons.
    assert (covered / n_worlds).min() > 0.875
    assert (covered / n_worlds).mean() < 0.99


def test_aggregated_paths_draw_single_journeys():
    table = pd.DataFrame(
        {"path": ["a > b", "c"], "conversions": [300, 100], "nulls": [50, 0], "value": [600.0, 50]}
    )
    journeys = Journeys.from_paths(table)
    draws = bootstrap_credit(
        journeys, (Last(), Markov()), rng=np.random.default_rng(1), n_replicates=1000
    )
    # Poisson: sqrt(300) orders of b, at 2 each; 1 000 draws know it to 2.2 %, four times that.
    assert draws.conversions[:, 0, 1].std() == pytest.approx(np.sqrt(300), rel=0.09)
    assert draws.value[:, 0, 1].std() == pytest.approx(2 * np.sqrt(300), rel=0.09)
    whole = _Units.of(journeys, np.random.default_rng(0))
    assert whole.rate.tolist() == [300, 100, 50, 0]
    np.testing.assert_allclose(draws.value.mean(axis=0), draws.table.value, rtol=0.03)


def test_frame_has_ranks_and_ordered_intervals():
    draws = bootstrap_credit(
        simulated(200, seed=1), (Position(), Markov()), rng=np.random.default_rng(0)
    )
    frame = draws.frame()
    for name in ("conversions", "value", "share"):
        assert (frame[f"{name}_low"] <= frame[name]).all()
        assert (frame[name] <= frame[f"{name}_high"]).all()
    named = frame[frame["channel"] != "(none)"]
    assert sorted(named.loc[named["model"] == "markov", "rank"]) == [1, 2, 3]
    assert frame.loc[frame["channel"] == "(none)", "rank"].isna().all()


def test_refusals():
    journeys = simulated(10, seed=1)
    with pytest.raises(DesignError, match="n_replicates = 1"):
        bootstrap_credit(journeys, (Last(),), rng=np.random.default_rng(0), n_replicates=1)
    draws = bootstrap_credit(journeys, (Last(),), rng=np.random.default_rng(0), n_replicates=2)
    with pytest.raises(DesignError, match=r"level = 1\.0"):
        draws.frame(level=1.0)
