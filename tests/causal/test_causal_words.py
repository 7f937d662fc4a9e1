"""The words of an evaluation follow its numbers, whatever they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from omnisim import causal as ca
from omnisim.figures.waterfall import waterfall
from omnisim.results import Finding


def evaluation(effect: float, *, cost: float = 0.0, noise: float = 20.0, seed: int = 1):
    """Twelve stores of 1000 a week; the service moves 100 online and adds `effect`."""
    rng = np.random.default_rng(seed)
    start = np.repeat([12, 16, ca.NEVER], 4)
    total = rng.normal(1000, noise, (12, 30)) + effect * (np.arange(30) >= start[:, None])
    moved = 100.0 * (np.arange(30) >= start[:, None])
    store = 0.6 * total - moved
    collected = 3.0 * (np.arange(30) >= start[:, None])
    panel = ca.Panel(
        location_id=np.arange(12) + 2,
        wave=np.repeat([1, 2, 0], 4),
        start_week=start,
        outcomes={
            "net_amount": total,
            "store_net_amount": store,
            "online_net_amount": total - store,
            "margin_amount": 0.4 * total,
            "n_orders": total / 50,
            "n_collected": collected,
        },
        first_date=date(2025, 1, 6),
        n_dropped_days=2,
        n_dropped_orders=9,
    )
    return ca.evaluate_rollout(
        ca.with_service_cost(panel, cost), currency="USD", name="Click-and-collect",
        service_cost_per_order=cost,
    )  # fmt: skip


def main(found: ca.Evaluation) -> Finding:
    return ca.findings(found)[0]


def test_a_gain_that_pays():
    found = evaluation(80)
    numbers = {e.name: e for e in ca.estimates(found)}
    assert numbers["att_per_store_week"].ci_low < 80 < numbers["att_per_store_week"].ci_high
    assert numbers["att_store_sales_per_store_week"].ci_high < 0
    assert numbers["sales_per_year"].value == pytest.approx(
        numbers["att_per_store_week"].value * 12 * 365 / 7
    )
    assert numbers["total_so_far"].value == pytest.approx(
        numbers["att_per_store_week"].value * (4 * 18 + 4 * 14)
    )
    assert numbers["contribution_per_year"].unit == "USD/year"
    assert ca.answer(found).startswith("Yes")
    assert ca.headline(found) == "Click-and-collect adds sales and pays for itself"
    assert "moved online" in main(found).finding
    assert main(found).value_name in numbers


def test_an_established_effect_is_acted_on_now_and_an_open_one_is_not():
    sure, open_ = evaluation(80), evaluation(0, noise=200, seed=3)
    failed = [c for c in sure.checks if not c.passed]
    passed = replace(sure, checks=tuple(replace(c, passed=True) for c in sure.checks))
    doubtful = replace(sure, checks=(*passed.checks[1:], replace(passed.checks[0], passed=False)))
    assert main(passed).horizon == "now"
    assert main(doubtful).horizon == "next"
    assert main(sure).horizon == ("next" if failed else "now")
    assert main(open_).horizon == "next"


def test_cost_is_deducted_once():
    free, dear = evaluation(80), evaluation(80, cost=20)
    gap = (
        free.overall["contribution_amount"].estimate - dear.overall["contribution_amount"].estimate
    )
    # Three collected orders a week; the trend of the comparison has none to scale.
    assert gap == pytest.approx(60, rel=0.02)
    assert "loses money" in ca.headline(dear)
    assert "Stop the next wave" in main(dear).recommendation


def test_a_loss():
    found = evaluation(-80)
    assert ca.answer(found).startswith("No")
    assert ca.headline(found) == "Click-and-collect costs sales"


def test_nothing_to_be_seen():
    found = evaluation(0, noise=200, seed=3)
    assert "do not settle" in ca.answer(found)
    assert "gone unseen" in ca.answer(found)
    effect = found.overall["net_amount"]
    # With 9 degrees of freedom: 2.262 for the interval and 0.883 for four times out of five.
    assert effect.detectable == pytest.approx((2.2622 + 0.8834) * effect.std_error, rel=1e-4)
    assert "still open" in ca.headline(found)
    assert main(found).confidence == "low"


def test_checks_are_named_beside_the_number():
    found = evaluation(80)
    failed = [c for c in found.checks if not c.passed]
    assert {c.name for c in found.checks} >= {"trend_before", "placebo_in_time", "leave_one_out"}
    assert any("2 days (9 orders)" in c.sentence for c in found.checks)
    for check in failed:
        assert check.label[0].lower() + check.label[1:] in main(found).confidence_why


def test_titles_are_messages_for_every_outcome():
    gain, nothing, loss = evaluation(80), evaluation(0, noise=200, seed=3), evaluation(-80)
    assert ca.titles(gain)["forest"] == "Every wave gained sales"
    assert ca.titles(nothing)["forest"].startswith("Taken together")
    assert ca.titles(loss)["forest"] == "2 of 2 waves lost sales beyond chance"
    assert "cannot be told from noise" in ca.titles(nothing)["study"]
    assert ca.titles(gain)["waves"].startswith("The waves moved net sales by USD ")
    assert len(ca.check_table(gain)) == len(gain.checks)
    assert any("same percentage" in sentence for sentence in ca.assumptions(gain))


@pytest.mark.parametrize(
    ("effect", "cost", "noise", "seed"),
    [(80, 0, 20, 1), (80, 60, 20, 1), (0, 0, 200, 3), (-80, 0, 20, 1), (60, 20, 150, 7)],
)
def test_every_outcome_is_known_in_chinese(effect, cost, noise, seed, unknown_in_chinese):
    found = evaluation(effect, cost=cost, noise=noise, seed=seed)
    words = [ca.answer(found), *ca.titles(found).values(), *ca.assumptions(found)]
    parts = [*found.checks, *ca.estimates(found), *ca.findings(found)]
    rows = [*ca.wave_table(found)["Wave"], *ca.forest_table(found)["label"]]
    assert unknown_in_chinese(*words, *parts, *rows, *ca.comparison_table(found)["label"]) == []


def test_each_estimate_is_held_against_its_own_truth():
    found = evaluation(80)
    matches = ca.truth_matches(found, cause="click_and_collect")
    assert set(matches) <= {e.name for e in ca.estimates(found)}
    assert matches["att_wave_2"]["scope"] == "wave=2"
    assert matches["att_store_sales_per_store_week"]["outcome"] == "store_net_amount"
    assert matches["before_after"]["scope"] == "wave=1"
    assert matches["two_way_fixed_effects"] == matches["att_per_store_week"]


def test_few_stores_are_said():
    panel = evaluation(80).panel
    small = panel.keep(np.isin(np.arange(12), [0, 1, 4, 5, 8, 9]))
    found = ca.evaluate_rollout(small, currency="USD", name="Click-and-collect")
    few = next(c for c in found.checks if c.name == "enough_stores")
    assert not few.passed
    assert "3 degrees" in few.sentence


def test_tables_hold_every_number_once():
    found = evaluation(80)
    names = [e.name for e in ca.estimates(found)]
    assert len(set(names)) == len(names)
    table = ca.comparison_table(found)
    assert table["is_credible"].sum() == 1
    assert len(ca.wave_table(found)) == 3
    assert ca.forest_table(found)["value"].iloc[0] == found.overall["net_amount"].estimate


def test_usual_answers_that_are_impossible_are_left_out():
    found = evaluation(80)
    bare = replace(found, two_way=None, before_after=None, with_without=None)
    assert len(ca.comparison_table(bare)) == 1
    assert len(ca.findings(bare)) == 1
    assert "two_way_fixed_effects" not in {e.name for e in ca.estimates(bare)}


@pytest.mark.parametrize("effect", [80, 0, -80])
def test_the_bridge_ties_from_what_is_seen_to_what_is_left(effect):
    found = evaluation(effect, cost=5.0)
    bridge = ca.bridge_table(found)
    amounts = dict(zip(bridge["label"], bridge["value"], strict=True))
    assert amounts["Before and after, first wave"] == found.before_after.estimate
    assert amounts["Effect, first wave"] == found.waves[0].effect.estimate
    assert amounts["Effect on net sales"] == found.overall["net_amount"].estimate
    assert amounts["Contribution"] == found.overall["contribution_amount"].estimate
    waterfall(bridge, unit="USD")  # refuses totals that do not tie


def test_the_bridge_begins_at_the_effect_where_before_and_after_is_impossible():
    found = replace(evaluation(80), before_after=None)
    assert ca.bridge_table(found)["kind"].tolist() == ["total", "step", "total"]
    assert "remain as contribution" in ca.bridge_title(found)
    waterfall(ca.bridge_table(found), unit="USD")


def test_the_bridge_of_a_single_wave_names_its_effect_once():
    found = evaluation(80)
    alone = replace(found, waves=found.waves[:1], overall=dict(found.overall))
    alone.overall["net_amount"] = found.waves[0].effect
    labels = ca.bridge_table(alone)["label"].tolist()
    assert "Effect, first wave" not in labels
    waterfall(ca.bridge_table(alone), unit="USD")


def test_the_bridge_says_whether_sales_would_have_risen_or_fallen_anyway(unknown_in_chinese):
    found = evaluation(80)
    up = replace(found, before_after=replace(found.before_after, estimate=500.0))
    down = replace(found, before_after=replace(found.before_after, estimate=10.0))
    assert "would have come anyway" in ca.bridge_title(up)
    assert "hides" in ca.bridge_title(down)
    words = [ca.bridge_title(up), ca.bridge_title(down), ca.bridge_note(found)]
    words += [ca.bridge_title(replace(found, before_after=None))]
    words += [ca.bridge_subtitle(found, period="2025"), *ca.bridge_table(found)["label"]]
    assert unknown_in_chinese(*words) == []
