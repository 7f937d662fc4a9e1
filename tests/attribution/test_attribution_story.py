"""Journeys in words, and what stands beside credit: numbers that tie, sentences for any outcome."""

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest

from omnisim import attribution as at
from omnisim.errors import DesignError
from omnisim.language import in_language
from omnisim.results import Result, Source

START = pd.Timestamp("2025-03-01", tz="UTC")
CHANNELS = pd.DataFrame(
    {
        "channel": ["email", "brand_search", "direct", "store_visit", "call_centre"],
        "channel_label": ["E-mail", "Brand search", "Direct", "Store visit", "Call centre"],
        "is_online": [True, True, True, False, False],
        "is_push": [True, False, False, False, False],
    }
)


def tables(*, n=80, buys=0.5, seed=8, n_days=100, channels=None) -> dict[str, pd.DataFrame]:
    """Persons with one to four contacts some days apart; some buy, in a store or on the web."""
    rng = np.random.default_rng(seed)
    names = channels or ["email", "brand_search", "direct", "store_visit"]
    rows, orders = [], []
    for person in range(1, n + 1):
        day = rng.uniform(0, n_days - 20)
        for _ in range(rng.integers(1, 5)):
            rows.append((day, person, rng.choice(names)))
            day += rng.exponential(3)
        if rng.random() < buys:
            place = rng.choice(["store", "web", "call_centre"])
            orders.append((day, person, place, float(rng.lognormal(4, 0.5))))
    day, who, channel = zip(*rows, strict=True)
    touch = pd.DataFrame(
        {
            "touched_at": START + pd.to_timedelta(day, unit="D"),
            "touchpoint_id": np.arange(len(rows)),
            "identity_id": who,
            "customer_id": pd.array([pd.NA] * len(rows), dtype="Int64"),
            "channel": channel,
            "touch_kind": "click",
        }
    )
    day, who, place, net = zip(*orders, strict=True)
    bought = pd.DataFrame(
        {
            "ordered_at": START + pd.to_timedelta(day, unit="D"),
            "order_id": np.arange(len(orders)),
            "customer_id": pd.array([pd.NA] * len(orders), dtype="Int64"),
            "identity_id": pd.array(who, dtype="Int64"),
            "order_channel": place,
            "status": "completed",
            "net_amount": net,
        }
    )
    bought["cost_amount"], bought["shipping_cost"] = bought["net_amount"] / 2, 0.0
    days = START.tz_localize(None) + pd.to_timedelta(np.arange(n_days), unit="D")
    costs = pd.DataFrame(
        {
            "cost_date": np.tile(days, 2),
            "channel": np.repeat(["email", "brand_search"], n_days),
            "media_cost": rng.uniform(5, 25, 2 * n_days),
        }
    )
    return {
        "touchpoints": touch,
        "orders": bought,
        "identities": pd.DataFrame(
            {
                "identity_id": np.arange(1, n + 1),
                "customer_id": pd.array([pd.NA] * n, dtype="Int64"),
            }
        ),
        "channels": CHANNELS,
        "media_costs": costs,
    }


def story(given=None, **options) -> at.JourneyStory:
    rules = options.pop("rules", at.JourneyRules())
    return at.read_journeys(given or tables(), rules=rules, currency="USD", **options)


def readout(given=None) -> at.Readout:
    return at.read_attribution(
        given or tables(),
        rules=at.JourneyRules(),
        currency="USD",
        n_days=100,
        rng=np.random.default_rng(2),
        n_replicates=60,
    )


VARIANTS = {
    "plain": {},
    "all_buy": {"buys": 1.0},
    "few_buy": {"buys": 0.08},
    "one_channel": {"channels": ["direct"]},
    "only_store": {"channels": ["store_visit"]},
    "calls": {"channels": ["call_centre", "email"]},
}


@pytest.mark.parametrize("name", VARIANTS)
def test_words_hold_for_any_outcome(name):
    given = tables(**VARIANTS[name])
    told = story(given)
    checks = at.journey_checks(told, n_completed=len(given["orders"]))
    assert all(check.passed for check in checks if check.is_gate)
    result = Result(
        question_id="journeys",
        question="q",
        answer=at.journey_answer(told),
        source=Source(
            dataset="d",
            dataset_hash="h",
            is_simulated=False,
            currency="USD",
            locale="en_US",
            first_date="2025-03-01",
            last_date="2025-06-08",
        ),
        estimates=at.journey_estimates(told),
        checks=checks,
        findings=at.journey_findings(told, checks),
    )
    assert Result.from_json(result.to_json()) == result
    texts = [result.answer, *at.journey_titles(told).values(), *at.journey_assumptions(told)]
    for item in result.findings:
        texts += [v for v in dataclasses.asdict(item).values() if v]
    texts += [check.sentence for check in result.checks]
    for text in texts:
        assert not re.search(r"nan|inf\b|None|\{|\}|  |\.\.|np\.|\(order\)|\(nothing\)", text), text
        assert not re.search(r"\b(effect|caused by|impact of)\b", text), text
    said = [*result.texts(), *at.journey_titles(told).values(), *at.journey_assumptions(told)]
    assert [text for text in said if in_language(text, "zh") is None] == []
    for item in result.findings:
        assert not item.headline.endswith(".")


def test_numbers_tie():
    given = tables()
    told = story(given)
    made = {item.name: item for item in at.journey_estimates(told)}
    for item in made.values():
        assert item.ci_low <= item.value <= item.ci_high, item.name
        assert item.role == "descriptive"
    n_orders = len(given["orders"])
    assert made["late_share"].n == n_orders
    assert 0 < made["late_value"].value < given["orders"]["net_amount"].sum()
    steps = at.step_table(told)
    np.testing.assert_allclose(steps.sum(), 1)
    assert steps.index.tolist()[-2:] == ["Order", "No order"]
    flow = at.flow_points(told)
    assert flow["Journeys"].sum() == told.journeys.n_journeys
    assert set(flow["End"]) <= {"Order", "No order", "Goes on"}
    lags = at.lag_points(told)
    assert lags["n"].sum() == n_orders
    assert lags["label"].tolist()[:3] == ["Within an hour", "Within a day", "1 to 3 days"]
    assert at.stop_points(told)["n"].sum() == told.journeys.nulls.sum()
    assert at.paths_table(told)["Percent of journeys"].sum() == pytest.approx(100)
    crossings = at.crossing_table(told)
    sums = crossings.groupby(["Move to", "From"])["Percent"].sum()
    np.testing.assert_allclose(sums, 100)
    assert at.funnel_table(told)["Benchmark"].eq("–").all()


def test_a_benchmark_of_ones_own_is_compared():
    told = story(benchmarks=at.benchmarks_with(bought_again=0.9))
    assert "below the benchmark of 90.0%" in at.journey_titles(told)["funnel"]
    points = at.funnel_points(told)
    assert points["benchmark"].notna().sum() == 1
    assert at.benchmarks_with(bought_again=None) == at.LITERATURE
    with pytest.raises(DesignError, match="benchmark of 'luck'"):
        at.benchmarks_with(luck=1.0)


def test_a_wrong_account_blocks_findings():
    given = tables()
    told = story(given)
    wrong = at.journey_checks(told, n_completed=len(given["orders"]) + 1)
    assert [c.name for c in wrong if not c.passed and c.is_gate] == ["orders_accounted"]
    assert at.journey_findings(told, wrong) == ()


def test_no_contact_before_any_order_is_refused():
    given = tables()
    early = given["orders"].assign(ordered_at=START - pd.Timedelta(days=1))
    with pytest.raises(DesignError, match="no journeys to describe"):
        story({**given, "orders": early})


def test_acquisition_margin_and_cause_stand_beside_credit():
    given = tables(n=300)
    found = readout(given)
    acquired = at.acquisition_table(
        found, given["media_costs"], rng=np.random.default_rng(1), n_replicates=40
    )
    cost = "Credited cost per new customer (USD)"
    assert acquired["Channel"].tolist()[0] in ("E-mail", "Brand search")
    assert (acquired["Low"] <= acquired[cost]).all()
    assert "USD" in at.acquisition_title(acquired, found)
    margins = at.margin_table(found, given["media_costs"])
    assert len(margins) == 2
    assert (margins["Weeks"] == 14).all()
    assert at.margin_title(margins)
    lifts = pd.DataFrame(
        {"channel": ["email", "direct", "brand_search"], "estimate": 500.0, "std_error": 100.0}
    )
    by_model, by_tests = at.read_cause(found, lifts)
    table = at.cause_table(found, by_model, by_tests)
    credited = [c for c in table if c.startswith("Credited")]
    caused = [c for c in table if c.startswith("Incremental")]
    assert (len(credited), len(caused)) == (1, 2)
    assert table["Basis"].tolist().count("tested") == 3
    tested = at.calibrated_estimates(found, by_tests)
    assert {item.role for item in tested} == {"incremental"}
    assert {item.value for item in tested} == {500.0}
    assert "3 lift tests" in at.cause_title(found, by_model, by_tests)
    brief = at.brief_estimates(found, (*at.estimates(found), *tested))
    needed = {
        f.value_name for f in at.findings(found, at.checks(found, n_completed=len(given["orders"])))
    }
    assert needed <= {item.name for item in brief}


def test_without_costs_weeks_or_tests_tables_are_empty_and_say_so():
    given = tables(n=60, n_days=30)
    bare = readout({**given, "media_costs": given["media_costs"][:0]})
    rng = np.random.default_rng(0)
    assert at.acquisition_table(bare, given["media_costs"][:0], rng=rng).empty
    assert at.margin_table(bare, given["media_costs"][:0]).empty
    short = readout(given)
    assert at.margin_table(short, given["media_costs"]).empty
    brief = readout(tables(n=20, n_days=21))
    by_model, by_tests = at.read_cause(brief)
    assert by_model is None  # fewer than four weeks
    assert at.calibrated_estimates(brief, by_tests) == ()
    assert at.cause_table(brief, by_model, by_tests).empty
    assert "too few weeks" in at.cause_title(brief, by_model, by_tests)


def test_belief_words():
    rows = pd.DataFrame(
        {"world_label": ["A", "B"], "model_label": ["Last", "Linear"], "regret": [0.1, 0.2]}
    )
    assert at.belief_title(rows, rows) == (
        "Of credit, Last or Linear loses least, 10.0% to 20.0% of caused sales"
    )
    errors = rows.assign(kind="credit", over_claim=2.0, share_error=0.3, rank_error=0.4)
    table = at.belief_table(errors.assign(regret_low=0.1, regret_high=0.3))
    assert table["Caused sales lost, percent"].tolist() == [10, 20]
