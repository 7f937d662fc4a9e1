"""Performance measures: by hand on a small case, and against an independent computation."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from omnisim.study.measures import ALL_PARTS, by_method, performance
from omnisim.study.table import with_mean_truth


def rows(**columns: object) -> pd.DataFrame:
    """A long table of one method and world with what is not given filled in."""
    frame = pd.DataFrame(columns)
    for name, value in {"world": 1, "method": "m", "part": "", "failure": ""}.items():
        if name not in frame:
            frame[name] = value
    if "seed" not in frame:
        frame["seed"] = range(1, len(frame) + 1)
    for name in ("ci_low", "ci_high"):
        if name not in frame:
            frame[name] = np.nan
    frame["error"] = frame["estimate"] - frame["truth"]
    return frame


def test_by_hand() -> None:
    """Four worlds of truth 2 and errors 1, -1, 2, 2; a fifth refused.

    bias = 4/4 = 1; deviations 0, -2, 1, 1 give sd = sqrt(6/3) = sqrt 2, error sqrt 2 / 2; squares
    1, 1, 4, 4 give RMSE = sqrt(10/4), their sd = sqrt(9/3) = sqrt 3, error sqrt 3 / 2 / (2 RMSE);
    the intervals hold 2 three times of four and leave out 0 twice.
    """
    frame = rows(
        estimate=[3.0, 1.0, 4.0, 4.0, np.nan],
        truth=[2.0] * 5,
        ci_low=[1.0, -1.0, 1.5, -3.0, np.nan],
        ci_high=[5.0, 1.5, 6.5, 11.0, np.nan],
        failure=["", "", "", "", "no accounts"],
    )
    found = performance(frame).iloc[0]
    assert (found["n"], found["n_refused"], found["n_intervals"]) == (4, 1, 4)
    assert found["bias"] == pytest.approx(1.0)
    assert found["bias_mc_error"] == pytest.approx(math.sqrt(2) / 2)
    assert found["empirical_se"] == pytest.approx(math.sqrt(2))
    assert found["empirical_se_mc_error"] == pytest.approx(math.sqrt(2) / math.sqrt(6))
    assert found["rmse"] == pytest.approx(math.sqrt(2.5))
    assert found["rmse_mc_error"] == pytest.approx(math.sqrt(3) / 2 / (2 * math.sqrt(2.5)))
    assert found["coverage"] == 0.75
    assert found["coverage_mc_error"] == pytest.approx(math.sqrt(0.75 * 0.25 / 4))
    assert found["power"] == 0.5
    assert found["power_mc_error"] == 0.25
    assert found["n_zero"] == 0
    assert math.isnan(found["type_1_error"])
    assert math.isnan(found["rank_agreement"])


def test_false_alarms_are_counted_where_the_truth_is_zero_and_power_elsewhere() -> None:
    frame = rows(
        estimate=[1.0, 1.0, 1.0, 1.0, 1.0],
        truth=[0.0, 0.0, 0.0, 0.0, 3.0],
        ci_low=[0.5, -1.0, -1.0, 0.0, 0.5],
        ci_high=[2.0, 3.0, 3.0, 3.0, 2.0],
    )
    found = performance(frame).iloc[0]
    assert (found["n_zero"], found["n_intervals"]) == (4, 5)
    assert found["type_1_error"] == 0.25, "an interval that ends at 0 does not leave it out"
    assert found["type_1_error_mc_error"] == pytest.approx(math.sqrt(0.25 * 0.75 / 4))
    assert found["power"] == 1.0
    assert found["coverage"] == pytest.approx(3 / 5)


def test_rank_agreement_by_hand() -> None:
    """Three channels, truth 1 < 2 < 3: world 1 in order (tau 1), world 2 with one of three pairs
    turned round (tau 1/3), so the mean is 2/3 and its error the half distance, 1/3."""
    frame = rows(
        seed=[1, 1, 1, 2, 2, 2],
        part=["a", "b", "c"] * 2,
        truth=[1.0, 2.0, 3.0] * 2,
        estimate=[10.0, 20.0, 30.0, 20.0, 10.0, 30.0],
    )
    found = performance(frame).set_index("part").loc[ALL_PARTS]
    assert found["rank_agreement"] == pytest.approx(2 / 3)
    assert found["rank_agreement_mc_error"] == pytest.approx(1 / 3)
    assert found["n"] == 2
    # errors 9, 18, 27 and 19, 8, 27: mean squares 378 and 1154/3... of both worlds
    assert found["rmse"] == pytest.approx(
        math.sqrt(((81 + 324 + 729) / 3 + (361 + 64 + 729) / 3) / 2)
    )
    assert found["n_intervals"] == 0
    assert math.isnan(found["coverage"])


def test_all_parts_take_worlds_as_units() -> None:
    """Channels of one world move together: the error of their coverage is that of two worlds."""
    frame = rows(
        seed=[1, 1, 2, 2],
        part=["a", "b"] * 2,
        truth=[1.0] * 4,
        estimate=[1.0, 1.0, 9.0, 9.0],
        ci_low=[0.5, 0.5, 8.0, 8.0],
        ci_high=[1.5, 1.5, 10.0, 10.0],
    )
    found = performance(frame).set_index("part").loc[ALL_PARTS]
    assert found["coverage"] == 0.5
    assert found["coverage_mc_error"] == pytest.approx(0.5)  # sd of 1 and 0 is sqrt(1/2), / sqrt 2


def test_against_an_independent_computation() -> None:
    """Monte-Carlo errors are the spread of the measure over many repetitions of the study.

    400 studies of 100 worlds each: their spread is known to 1 / sqrt(2 x 399) = 3.5 %, and the mean of
    the stated errors to less; 12 % is more than three standard errors of the ratio.
    """
    rng = np.random.default_rng(5)
    n_studies, n = 400, 100
    estimate = rng.normal(2.3, 1.5, (n_studies, n))
    low, high = estimate - 1.96 * 1.2, estimate + 1.96 * 1.2
    stated, seen = [], []
    for k in range(n_studies):
        found = performance(
            rows(estimate=estimate[k], truth=[2.0] * n, ci_low=low[k], ci_high=high[k])
        ).iloc[0]
        names = ("bias", "empirical_se", "rmse", "coverage", "power")
        seen.append([found[name] for name in names])
        stated.append([found[f"{name}_mc_error"] for name in names])
    ratio = np.mean(stated, axis=0) / np.std(seen, axis=0, ddof=1)
    assert np.all(np.abs(ratio - 1) < 0.12), ratio


def test_bias_and_rmse_equal_plain_formulas() -> None:
    rng = np.random.default_rng(6)
    estimate, truth = rng.normal(size=50), rng.normal(size=50)
    found = performance(rows(estimate=estimate, truth=truth)).iloc[0]
    error = estimate - truth
    assert found["bias"] == pytest.approx(np.mean(error))
    assert found["rmse"] ** 2 == pytest.approx(np.mean(error) ** 2 + np.var(error))


def test_refusals_alone_leave_nothing_but_their_number() -> None:
    frame = rows(estimate=[np.nan, np.nan], truth=[1.0, 1.0], failure=["blocked", "blocked"])
    found = performance(frame).iloc[0]
    assert (found["n"], found["n_refused"]) == (0, 2)
    assert math.isnan(found["bias"])
    assert math.isnan(found["coverage"])


def test_one_world_has_no_monte_carlo_error() -> None:
    found = performance(rows(estimate=[1.0], truth=[0.5])).iloc[0]
    assert found["bias"] == 0.5
    assert math.isnan(found["bias_mc_error"])


def test_mean_truth_is_shared_by_all_seeds_and_methods() -> None:
    """Truth 1 and 3: mean 2, error sd / sqrt 2 = sqrt 2 / sqrt 2 = 1."""
    frame = rows(
        world=[1] * 4,
        seed=[1, 1, 2, 2],
        method=["m", "k"] * 2,
        estimate=[0.0] * 4,
        truth=[1.0, 1.0, 3.0, 3.0],
        truth_std_error=[0.1] * 4,
    )
    found = with_mean_truth(frame)
    assert found["truth"].tolist() == [2.0] * 4
    assert found["truth_std_error"].tolist() == pytest.approx([1.0] * 4)
    assert list(found.columns) == list(frame.columns)
    assert found["method"].tolist() == ["m", "k"] * 2


def test_by_method_takes_means_over_design_points() -> None:
    frame = rows(
        world=[1, 1, 2, 2],
        seed=[1, 2] * 2,
        estimate=[2.0, 2.0, 0.0, 0.0],
        truth=[1.0] * 4,
        ci_low=[1.5, 0.5, -1.0, -1.0],
        ci_high=[2.5, 2.5, 1.5, 1.5],
    )
    found = by_method(performance(frame)).iloc[0]
    assert found["bias"] == 1.0, "biases of opposite sign do not cancel"
    assert found["coverage"] == 0.75
    assert found["worst_coverage"] == 0.5
    assert found["n"] == 4
    # of coverages 1/2 and 1 with errors sqrt(1/8) and 0, the mean has half the first
    assert found["coverage_mc_error"] == pytest.approx(math.sqrt(1 / 8) / 2)
    assert found["rmse_mc_error"] == 0.0


def test_formulas_of_table_6_written_as_they_stand_there() -> None:
    """Morris, White and Crowther (2019), table 6, with sums rather than standard deviations."""
    rng = np.random.default_rng(8)
    n, truth = 40, 1.5
    estimate = rng.gamma(2.0, 1.0, n)  # skewed, so that a normal's short cut would not do
    low, high = estimate - 2.0, estimate + 1.0
    found = performance(rows(estimate=estimate, truth=[truth] * n, ci_low=low, ci_high=high)).iloc[
        0
    ]
    mean = estimate.sum() / n
    squares = ((estimate - mean) ** 2).sum()
    empirical = math.sqrt(squares / (n - 1))
    mse = ((estimate - truth) ** 2).sum() / n
    covered = sum(a <= truth <= b for a, b in zip(low, high, strict=True)) / n
    rejected = sum(a > 0 or b < 0 for a, b in zip(low, high, strict=True)) / n
    assert 0 < covered < 1
    assert 0 < rejected < 1
    expected = {
        "bias": (mean - truth, math.sqrt(squares / (n * (n - 1)))),
        "empirical_se": (empirical, empirical / math.sqrt(2 * (n - 1))),
        "coverage": (covered, math.sqrt(covered * (1 - covered) / n)),
        "power": (rejected, math.sqrt(rejected * (1 - rejected) / n)),
    }
    for name, (value, error) in expected.items():
        assert (found[name], found[f"{name}_mc_error"]) == pytest.approx((value, error)), name
    of_mse = math.sqrt((((estimate - truth) ** 2 - mse) ** 2).sum() / (n * (n - 1)))
    assert found["rmse"] ** 2 == pytest.approx(mse)
    assert 2 * found["rmse"] * found["rmse_mc_error"] == pytest.approx(of_mse), "delta method"
