"""Which input moves the total, what each budget buys, and what that does to the levels."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from omnisim.errors import DesignError
from omnisim.risk import (
    AnnualLoss,
    assess,
    choose_plan,
    conditional_ends,
    default_register,
    drivers_subtitle,
    drivers_title,
    evaluate_treatments,
    frontier_subtitle,
    frontier_title,
    level_profile,
    levels_title,
    loss_drivers,
    most_net,
    plan_frontier,
)

SMALL = {"seed": 1, "n_years": 2000, "n_draws": 200}


@pytest.fixture(scope="module")
def assessment(retailer):
    return assess(retailer, default_register(), **SMALL)


def loss(rate, severity, extra=0.0):
    return AnnualLoss(np.zeros(len(rate)), rate * severity + extra, rate, severity)


def test_ends_meet_the_closed_form_of_gamma_times_lognormal():
    """``E[rate size | rate = q] - E[rate size] = (q - E[rate]) E[size]``, and the other way round."""
    n = 200_000
    rng = np.random.default_rng(3)
    rate, size = stats.gamma(9.0, scale=2.0), stats.lognorm(0.5, scale=100.0)
    draws = loss(rate.rvs(n, random_state=rng), size.rvs(n, random_state=rng))
    found = conditional_ends(draws)
    expected = {
        "rate": (rate.ppf([0.05, 0.95]) - rate.mean()) * size.mean(),
        "severity": (size.ppf([0.05, 0.95]) - size.mean()) * rate.mean(),
    }
    for name, ends in expected.items():
        # A quantile's error is sqrt(p (1 - p) / n) over the density there: below 0.4% of these ends.
        assert found[name] == pytest.approx(ends, rel=0.01)
    assert set(found) == {"rate", "severity"}


def test_ends_agree_with_the_mean_of_the_draws_near_the_end():
    """Without the formula: the mean loss of the draws whose rate lies next to its 95th percentile."""
    n = 400_000
    rng = np.random.default_rng(4)
    draws = loss(rng.gamma(9.0, 2.0, n), rng.lognormal(4.0, 0.5, n))
    near = np.abs(draws.rate - np.quantile(draws.rate, 0.95)) < 0.2
    seen = draws.expected[near].mean() - draws.expected.mean()
    # About 5,000 draws with a spread of half their mean of 1,850: one standard error is 15.
    assert conditional_ends(draws)["rate"][1] == pytest.approx(seen, abs=60)


def test_a_rare_loss_is_an_input_of_its_own():
    rate, size = np.full(5, 2.0), np.full(5, 10.0)
    extra = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    found = conditional_ends(loss(rate, size, extra), level=0.5)
    assert found["rate"] == found["severity"] == (0.0, 0.0)
    assert found["rare"] == (-1.0, 1.0)


@pytest.mark.parametrize("level", [0.0, 1.0, 1.5])
def test_an_impossible_level_is_refused(level):
    with pytest.raises(DesignError, match=f"level = {level}"):
        conditional_ends(loss(np.ones(3), np.ones(3)), level=level)


def test_drivers_lie_around_the_total_the_widest_first(assessment):
    drivers = loss_drivers(assessment)
    assert (drivers["at_low"] <= assessment.total.eal).all()
    assert (drivers["at_high"] >= assessment.total.eal).all()
    assert drivers["swing"].is_monotonic_decreasing
    assert set(drivers["risk"]) == {r.risk.id for r in assessment.risks}
    assert drivers["label"].is_unique


def test_frontier_holds_the_plan_and_never_falls(assessment):
    budget = 0.002 * assessment.economics.annual_net_sales
    frontier, plan = plan_frontier(assessment, most=budget), choose_plan(assessment, budget=budget)
    assert frontier["cost"].iloc[0] == 0.0
    assert frontier["value"].iloc[0] == 0.0
    assert frontier["net"].is_monotonic_increasing  # more money never buys a worse choice
    assert (frontier["low"] <= frontier["value"]).all()
    here = frontier[frontier["cost"] <= budget * (1 + 1e-9)].iloc[-1]
    assert here["net"] == pytest.approx(plan.net)
    assert here["cost"] == pytest.approx(plan.yearly_cost)


def test_most_net_is_what_a_budget_for_everything_would_buy(assessment):
    every = sum(result.yearly_cost for result in evaluate_treatments(assessment))
    free = choose_plan(assessment, budget=every)
    assert most_net(plan_frontier(assessment, most=0.0)) == pytest.approx(free.yearly_cost)


@pytest.mark.parametrize("how", [{"most": -1.0}, {"most": 1.0, "n_budgets": 1}])
def test_frontier_refuses(assessment, how):
    with pytest.raises(DesignError, match="plan_frontier"):
        plan_frontier(assessment, **how)


def test_levels_after_the_plan_are_never_above_those_of_today(assessment):
    every = sum(result.yearly_cost for result in evaluate_treatments(assessment))
    profile = level_profile(assessment, choose_plan(assessment, budget=every).residual)
    assert profile["dimension"].tolist() == [r.risk.name for r in assessment.risks]
    assert (profile["then"] <= profile["now"]).all()
    assert profile["now"].tolist() == [r.level + 1 for r in assessment.risks]


@pytest.mark.parametrize(
    ("then", "message"),
    [
        ([3, 2], "The plan leaves every risk at its level"),
        ([2, 2], "The plan takes 1 of 2 measured risks down a level or more"),
        ([1, 1], "The plan takes 2 of 2 measured risks down a level or more"),
    ],
)
def test_title_of_the_levels(then, message):
    frame = pd.DataFrame({"dimension": ["a", "b"], "now": [3, 2], "then": then})
    assert levels_title(frame) == message


@pytest.mark.parametrize("share", [0.0, 0.0005, 0.01])
def test_words_follow_the_numbers_and_are_known_in_chinese(assessment, share, unknown_in_chinese):
    budget = share * assessment.economics.annual_net_sales
    plan, frontier = choose_plan(assessment, budget=budget), plan_frontier(assessment, most=budget)
    title = frontier_title(frontier, plan, currency="USD")
    bought_all = plan.net >= 0.995 * frontier["net"].max()
    assert ("buys every treatment" in title) == bought_all
    unwise = frontier.assign(net=frontier["net"] - 1e9)
    words = [title, frontier_title(unwise, plan, currency="USD"), frontier_subtitle(assessment)]
    drivers = loss_drivers(assessment)
    words += [drivers_title(assessment, drivers), drivers_subtitle(assessment), *drivers["label"]]
    assert unknown_in_chinese(*words) == []
    assert not any("nan" in word for word in words)
