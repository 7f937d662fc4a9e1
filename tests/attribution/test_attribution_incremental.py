"""Incremental models: by hand, against statsmodels, recovery with and without confounding, tests."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from omnisim.attribution import (
    GFormula,
    Journeys,
    Last,
    bootstrap_credit,
    calibrate,
    credit,
    incremental,
)
from omnisim.errors import DesignError, SchemaError


def paths(*rows) -> Journeys:
    frame = pd.DataFrame(rows, columns=["path", "conversions", "nulls"])
    return Journeys.from_paths(frame, value=None)


def world(n_persons, seed, *, caused=1.0, confounded=0.0) -> tuple[Journeys, float]:
    """Two journeys a person; contacts with `ad` raise the log-odds by `caused`.

    With `confounded`, persons who want to buy anyway see more of it. Returns what it truly caused.
    """
    rng = np.random.default_rng(seed)
    n = 2 * n_persons
    customer = np.repeat(np.arange(n_persons), 2)
    wants = np.repeat(rng.normal(size=n_persons), 2)
    sees = rng.random(n) < 1 / (1 + np.exp(-confounded * wants))
    score = -2.0 + 0.8 * wants
    chance = 1 / (1 + np.exp(-(score + caused * sees)))
    without = 1 / (1 + np.exp(-score))
    bought = rng.random(n) < chance
    lengths = 1 + sees.astype(np.int64)
    codes = np.zeros(int(lengths.sum()), dtype=np.int16)  # 0 is the visit everybody makes
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    codes[offsets[:-1][sees]] = 1
    journeys = Journeys(
        channels=("visit", "ad"),
        codes=codes,
        offsets=offsets.astype(np.int64),
        conversions=bought.astype(np.int64),
        nulls=(~bought).astype(np.int64),
        value=20.0 * bought,
        customer=customer,
    )
    return journeys, float((chance - without)[sees].sum())


def of(made, channel, name="incremental_conversions"):
    return float(made.frame.set_index("channel").loc[channel, name])


def test_by_hand_on_saturated_cells():
    # Odds: b alone 10:90, a and b 50:50. Two cells, two free numbers (a, and b with the intercept).
    made = incremental(paths(("b", 10, 90), ("a > b", 50, 50)), GFormula(use_history=False))
    assert of(made, "a") == pytest.approx(100 * (0.5 - 0.1), rel=1e-3)
    assert made.converged
    assert made.n_journeys == 200


def test_same_coefficients_and_clustered_errors_as_statsmodels():
    journeys, _ = world(600, seed=3)
    made = incremental(journeys, GFormula(use_history=False))
    owner = np.repeat(np.arange(journeys.n_journeys), journeys.lengths)
    saw = np.bincount(owner, journeys.codes == 1)
    # The visit is in every journey: its column is the intercept, so it is left out here.
    design = sm.add_constant(saw)
    fit = sm.GLM(journeys.conversions, design, family=sm.families.Binomial()).fit(
        cov_type="cluster", cov_kwds={"groups": journeys.customer, "use_correction": False}
    )
    assert of(made, "ad", "coefficient") == pytest.approx(fit.params[1], abs=1e-3)
    p1, p0 = (1 / (1 + np.exp(-(fit.params[0] + k * fit.params[1]))) for k in (1, 0))
    n = saw.sum()
    assert of(made, "ad") == pytest.approx(n * (p1 - p0), rel=1e-3)
    slope = n * np.array([p1 * (1 - p1) - p0 * (1 - p0), p1 * (1 - p1)])
    error = np.sqrt(slope @ fit.cov_params() @ slope)
    assert of(made, "ad", "incremental_conversions_std_error") == pytest.approx(error, rel=5e-3)


def test_recovery_without_confounding_and_failure_with_it():
    def z(seed, confounded):
        journeys, truth = world(1500, seed, confounded=confounded)
        made = incremental(journeys)
        error = of(made, "ad", "incremental_conversions_std_error")
        return (of(made, "ad") - truth) / error

    fair = np.array([z(seed, 0.0) for seed in range(60)])
    # 95 %, less three binomial standard errors at n = 60. The truth itself varies a little, so
    # intervals may be somewhat wide.
    assert (np.abs(fair) < 1.96).mean() > 0.95 - 3 * np.sqrt(0.95 * 0.05 / 60)
    assert abs(fair.mean()) < 3 / np.sqrt(60)
    unfair = np.array([z(seed, 1.5) for seed in range(20)])
    assert unfair.mean() > 3  # who wants to buy sees more: far too much is called caused


def test_history_is_held_fixed():
    """Buyers of before buy again and are advertised to: history tells, one journey does not."""
    rng = np.random.default_rng(1)
    n = 6000
    first = rng.random(n) < 0.5
    sees = rng.random(n) < np.where(first, 0.8, 0.2)
    again = rng.random(n) < np.where(first, 0.6, 0.1)
    bought = np.column_stack([first, again]).ravel()
    saw = np.column_stack([np.zeros(n, bool), sees]).ravel()
    lengths = 1 + saw.astype(np.int64)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    codes = np.zeros(int(lengths.sum()), dtype=np.int16)
    codes[offsets[:-1][saw]] = 1
    journeys = Journeys(
        channels=("visit", "ad"),
        codes=codes,
        offsets=offsets,
        conversions=bought.astype(np.int64),
        nulls=(~bought).astype(np.int64),
        value=bought.astype(float),
        customer=np.repeat(np.arange(n), 2),
    )
    with_it, without = incremental(journeys), incremental(journeys, GFormula(use_history=False))
    assert abs(of(with_it, "ad")) < 3 * of(with_it, "ad", "incremental_conversions_std_error")
    assert of(without, "ad") > 5 * of(without, "ad", "incremental_conversions_std_error")


def test_separated_channels_stay_finite():
    made = incremental(paths(("a", 50, 0), ("b", 0, 50), ("a > b", 5, 5)))
    assert np.isfinite(made.frame.drop(columns="channel").to_numpy(dtype=float)).all()
    assert made.converged


def test_columns_never_call_credit_incremental_nor_the_other_way_round():
    journeys, _ = world(200, seed=1)
    assert not [c for c in incremental(journeys).frame if "credit" in c]
    assert not [c for c in credit(journeys, (Last(),)).frame() if "incremental" in c]
    table = calibrate(draws_of(journeys), lift(("visit", 50.0, 5.0)), model="last").frame
    assert {"credit", "incremental"} <= set(table)


def test_refusals():
    for rows in ((("a", 5, 0),), (("a", 0, 5),)):
        with pytest.raises(DesignError, match="nothing to compare"):
            incremental(paths(*rows))
    with pytest.raises(DesignError, match="most_contacts = 8"):
        GFormula(most_contacts=8)
    with pytest.raises(DesignError, match="level"):
        GFormula(level=1.0)


def lift(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["channel", "estimate", "std_error"])


def draws_of(journeys, seed=1):
    return bootstrap_credit(journeys, (Last(),), rng=np.random.default_rng(seed), n_replicates=200)


FOUR = paths(*((c, 1000, 0) for c in "abcd"))


def test_tested_channels_get_their_test_and_others_the_prediction():
    made = calibrate(
        draws_of(FOUR),
        lift(("a", 500.0, 10.0), ("b", 300.0, 10.0), ("c", 400.0, 10.0)),
        model="last",
    )
    table = made.frame.set_index("channel")
    assert table.loc["a", "incremental"] == 500
    assert table.loc["a", ["incremental_low", "incremental_high"]].tolist() == pytest.approx(
        [500 - 19.6, 500 + 19.6], abs=0.01
    )
    assert table["basis"].tolist() == ["test", "test", "test", "prediction"]
    # Shares 0.5, 0.3, 0.4 with like errors: mean 0.4, spread about 0.1.
    assert table.loc["d", "caused_share"] == pytest.approx(0.4, abs=0.005)
    assert made.between_std == pytest.approx(0.1, abs=0.02)
    assert table.loc["d", "incremental_high"] > 1000  # one degree of freedom: wide open
    few = calibrate(draws_of(FOUR), lift(("a", 500.0, 10.0)), model="last")
    assert few.frame["basis"].tolist() == ["test", "none", "none", "none"]
    assert few.frame["incremental"].isna().sum() == 3
    assert few.mean_share is None


def test_tests_of_one_channel_are_weighted_and_scaled_to_the_period():
    tests = lift(("a", 100.0, 10.0), ("a", 400.0, 20.0)).assign(n_days=[10, 20])
    made = calibrate(draws_of(FOUR), tests, model="last", n_days=40)
    # 400 +- 40 and 800 +- 40: in the middle, with error 40 / sqrt 2.
    row = made.frame.set_index("channel").loc["a"]
    assert row["incremental"] == pytest.approx(600)
    assert row["incremental_std_error"] == pytest.approx(40 / np.sqrt(2))
    with pytest.raises(DesignError, match="n_days"):
        calibrate(draws_of(FOUR), tests, model="last")


def test_prediction_covers_a_channel_that_was_not_tested():
    rng = np.random.default_rng(7)
    draws = draws_of(paths(*((c, 4000, 0) for c in "abcdefg")))
    hits = []
    for _ in range(400):
        share = rng.normal(0.5, 0.15, 7)
        lifts = share * 4000 + rng.normal(0, 200, 7)
        tests = lift(*((c, x, 200.0) for c, x in zip("abcdef", lifts, strict=False)))
        row = calibrate(draws, tests, model="last").frame.set_index("channel").loc["g"]
        hits.append(row["incremental_low"] <= share[6] * 4000 <= row["incremental_high"])
    # Nominally 95 %; with six tests the spread is not known well, so 90 % is asked for.
    assert 0.90 < np.mean(hits) < 0.995


@pytest.mark.parametrize(
    "tests, error, words",
    [
        (lift(), DesignError, "no test"),
        (lift(("zz", 1.0, 1.0)), DesignError, "'zz' has no credit"),
        (lift((None, 1.0, 1.0)), SchemaError, "without a channel"),
        (lift(("a", float("nan"), 1.0)), SchemaError, "estimate, row 0"),
        (lift(("a", 1.0, 0.0)), SchemaError, "std_error, row 0"),
        (lift(("a", 1.0, -2.0)), SchemaError, "std_error, row 0"),
        (lift(("a", 1.0, 1.0)).drop(columns="std_error"), SchemaError, "no column"),
        (lift(("a", 1.0, 1.0)).assign(n_days=0), SchemaError, "n_days"),
    ],
)
def test_lift_tests_are_checked(tests, error, words):
    with pytest.raises(error, match=words):
        calibrate(draws_of(FOUR), tests, model="last", n_days=10)
