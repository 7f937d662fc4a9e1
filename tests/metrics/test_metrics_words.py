"""Sentences follow the numbers: sign, interval, missing measures."""

import pandas as pd
import pytest

from omnisim.metrics import (
    buying_groups_table,
    buying_groups_title,
    calendar_title,
    cohort_title,
    funnel_title,
    maturity_profile,
    maturity_title,
    overview_answer,
    overview_checks,
    overview_findings,
    sales_title,
    store_title,
)
from omnisim.metrics.intervals import Measured
from omnisim.metrics.kpi import make_metric
from omnisim.metrics.scorecard import Scorecard, Unmeasured

BASE = {
    "annual_net_sales": (1e6, 9e5, 1.1e6),
    "orders": (10_000.0, 9800.0, 10_200.0),
    "aov": (100.0, 98.0, 102.0),
}


def card(unmeasured=(), **values):
    metrics = [
        make_metric(name, Measured(*numbers, n=2000), currency="USD")
        for name, numbers in (BASE | values).items()
    ]
    return Scorecard(tuple(metrics), tuple(unmeasured))


@pytest.mark.parametrize(
    "growth, words",
    [
        ((0.10, 0.05, 0.15), "rose 10.0%"),
        ((-0.10, -0.15, -0.05), "fell 10.0%"),
        ((0.10, -0.05, 0.25), "no clear change"),
    ],
)
def test_growth_is_claimed_only_when_the_interval_says_so(growth, words):
    made = card(growth=growth, online_share=(0.4, 0.3, 0.5))
    assert words in sales_title(made)
    assert words in overview_answer(made, ())


def test_answer_without_orders_says_so():
    assert overview_answer(Scorecard((), ()), ()) == (
        "The data hold no completed orders, so what the retailer sells cannot be said."
    )


def test_answer_with_the_bare_minimum():
    assert overview_answer(card(), ()) == (
        "The retailer sells USD 1.00 million a year; the data hold 10,000 orders of USD 100 each."
    )
    assert overview_findings(card()) == ()


def test_stock_misses_need_a_bound_beyond_the_target():
    def headline(**values):
        (finding,) = overview_findings(card(**values))
        return finding.headline

    fine = {"stock_out_rate": (0.051, 0.049, 0.06), "sync_error": (0.009, 0.005, 0.012)}
    assert "no proven miss" in headline(**fine)
    bad = {"stock_out_rate": (0.08, 0.07, 0.09), "sync_error": (0.02, 0.015, 0.03)}
    assert headline(**bad) == (
        "Stock and delivery miss their targets: stock-outs above 5.00% and a sync error above 1.00%"
    )
    late = headline(**bad, otif=(0.9, 0.88, 0.92))
    assert "fewer than 95.0% of orders on time and in full" in late


@pytest.mark.parametrize(
    "nps, rate, words, confidence",
    [
        ((30.0, 20.0, 40.0), 0.5, "More customers recommend", "medium"),
        ((-30.0, -40.0, -20.0), 0.5, "advise against the retailer", "medium"),
        ((5.0, -5.0, 15.0), 0.2, "too close to tell apart, but only 20.0% answered", "low"),
    ],
)
def test_nps_verdict_follows_interval_and_silence(nps, rate, words, confidence):
    (finding,) = overview_findings(card(nps=nps, nps_response_rate=(rate, rate, rate)))
    assert words in finding.headline
    assert finding.confidence == confidence


def test_identity_finding_is_sized_by_sales_without_account():
    values = {
        "identities_per_account": (2.6, 2.5, 2.7),
        "account_order_share": (0.7, 0.69, 0.71),
        "annual_sales_without_account": (3e5, 2.9e5, 3.1e5),
    }
    (finding,) = overview_findings(card(**values))
    assert finding.value_name == "annual_sales_without_account"
    assert "USD 300,000 a year" in finding.so_what
    del values["annual_sales_without_account"]
    assert overview_findings(card(**values))[0].value_name == ""
    whole = {
        "identities_per_account": (1.1, 1.0, 1.2),
        "account_order_share": (0.95, 0.94, 0.96),
    }
    assert overview_findings(card(**whole))[0].headline == "Most customers are seen as one"


def test_checks_name_the_implausible_and_the_missing():
    made = card(
        [Unmeasured("promoter_score", "NPS: needs the tables ['survey_invitations']")],
        conversion_online=(0.5, 0.4, 0.6),
    )
    plausible, complete = overview_checks(made)
    assert not plausible.passed
    assert "Online conversion per session" in plausible.sentence
    assert not complete.passed
    assert "survey_invitations" in complete.sentence
    assert all(check.passed for check in overview_checks(card()))


def test_maturity_in_words():
    good = {
        "sync_error": (0.015, 0.01, 0.019),
        "stock_out_rate": (0.07, 0.06, 0.079),
        "otif": (0.97, 0.96, 0.98),
    }
    profile = maturity_profile(card(**good))
    assert maturity_title(profile) == (
        "Data prove level 3 or more in 1 of 8 domains; 7 still need an interview"
    )
    bad = maturity_profile(card(sync_error=(0.1, 0.09, 0.11)))
    assert "in none of 8 domains" in maturity_title(bad)
    assert "rules out level 3 for inventory and fulfilment" in overview_answer(card(), bad)


def test_titles_of_figures():
    daily = pd.DataFrame(
        {
            "date": pd.date_range("2025-03-01", periods=3, freq="D"),
            "net_amount": [10.0, 10.0, 35.0],
        }
    )
    assert calendar_title(daily) == "The best day, 3 March 2025, sold 3.5 times a usual day"
    assert "3 March 2025" in calendar_title(daily.assign(net_amount=[0.0, 0.0, 1.0]))
    funnel = pd.DataFrame({"step": ["Session", "Cart", "Ordered"], "n_sessions": [100, 50, 2]})
    assert "2.00% of sessions end in an order" in funnel_title(funnel)
    assert "between “cart” and “ordered”" in funnel_title(funnel)
    stores = pd.DataFrame({"online_share": [0.3, None, 0.5]})
    assert (
        store_title(stores) == "Near the stores, 30.0% to 50.0% of sales are placed outside a store"
    )
    assert "No sales" in store_title(stores.assign(online_share=float("nan")))
    cohorts = pd.DataFrame(
        {"cohort": [0, 1, 2], "period": [1, 1, 1], "n_buyers": [9, 1, 2], "n_cohort": [9, 10, 10]}
    )
    assert cohort_title(cohorts).startswith("15.0% of newly seen accounts")
    assert "too short" in cohort_title(cohorts[cohorts["cohort"] == 0])
    groups = pd.DataFrame(
        {"groups": ["store", "own online + store"], "n_customers": [3, 1], "net_amount": [3.0, 7.0]}
    )
    assert "25.0% of accounts" in buying_groups_title(groups)
    assert "70.0% of sales" in buying_groups_title(groups)
    table = buying_groups_table(groups, currency="USD", n_shown=1)
    assert table["Bought in"].tolist() == ["store", "1 other combinations"]
    assert table["Share of sales"].tolist() == ["30.0%", "70.0%"]
    assert table["Net sales per account"].tolist() == ["USD 1.00", "USD 7.00"]
