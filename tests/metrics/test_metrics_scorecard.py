import pandas as pd
import pytest

from omnisim.metrics import (
    kpi_definitions,
    maturity_model,
    maturity_profile,
    maturity_table,
    scorecard,
)
from omnisim.metrics.intervals import Measured
from omnisim.metrics.kpi import make_metric
from omnisim.metrics.scorecard import Scorecard
from omnisim.results import Estimate


def card(**values):
    """A scorecard of (value, low, high) by measure."""
    metrics = [
        make_metric(name, Measured(*numbers, n=100), currency="USD")
        for name, numbers in values.items()
    ]
    return Scorecard(tuple(metrics), ())


def test_what_cannot_be_measured_is_listed_with_its_reason(orders, warehouse):
    made = scorecard(warehouse(orders=orders((0, {}), (1, {"net_amount": 50.0}))))
    assert made.metric("aov").value == 75.0
    reasons = {m.measure: m.reason for m in made.unmeasured}
    assert "survey_invitations" in reasons["promoter_score"]
    assert not made.has("nps")
    assert all(isinstance(m.estimate(), Estimate) for m in made.metrics)


def test_order_of_the_scorecard_is_the_order_of_the_definitions(orders, warehouse):
    made = scorecard(warehouse(orders=orders((0, {}), (1, {}))))
    place = list(kpi_definitions()).index
    places = [place(m.definition.id) for m in made.metrics]
    assert places == sorted(places)


def test_table_speaks_in_units():
    table = card(aov=(75.0, 60.0, 90.0), conversion_online=(0.025, 0.02, 0.03)).table()
    assert table["Value"].tolist() == ["USD 75.0", "2.5%"]
    assert table["95% interval"].tolist() == ["USD 60.0 to 90.0", "2.0% to 3.0%"]
    assert table["Published range"].tolist() == ["—", "2% to 3%"]


def test_table_keeps_the_measures_of_a_block_together():
    made = card(
        aov=(75.0, 60.0, 90.0),
        stock_out_rate=(0.05, 0.04, 0.06),
        conversion_online=(0.025, 0.02, 0.03),
    )
    assert made.table()["Block"].tolist() == ["Sales", "Sales", "Operations"]


def test_plausibility_uses_the_published_bounds():
    verdicts = card(
        conversion_online=(0.025, 0.02, 0.03),
        nps=(70.0, 60.0, 80.0),
        stock_out_rate=(0.5, 0.4, 0.6),
    ).plausibility()
    assert verdicts["verdict"].tolist() == ["ok", "look again", "implausible"]


@pytest.mark.parametrize(
    "sync, out, otif, proven, possible",
    [
        ((0.04, 0.03, 0.06), (0.04, 0.03, 0.045), (0.97, 0.96, 0.98), 1, 1),  # bound above 5 %
        ((0.015, 0.01, 0.019), (0.07, 0.06, 0.079), (0.97, 0.96, 0.98), 3, 3),
        ((0.005, 0.004, 0.009), (0.04, 0.03, 0.049), (0.96, 0.951, 0.97), 4, 5),
        ((0.005, 0.004, 0.009), (0.04, 0.03, 0.049), (0.96, 0.949, 0.97), 3, 3),  # lower bound
    ],
)
def test_levels_by_the_bound_that_is_worse(sync, out, otif, proven, possible):
    profile = maturity_profile(card(sync_error=sync, stock_out_rate=out, otif=otif))
    stock = next(p for p in profile if p.domain.id == "D3")
    assert (stock.proven, stock.possible) == (proven, possible)


def test_levels_without_measures_need_an_interview():
    profile = {p.domain.id: p for p in maturity_profile(card())}
    assert {(p.proven, p.possible) for p in profile.values()} == {(1, 5)}
    assert not profile["D6"].is_settled
    one = maturity_profile(card(account_order_share=(0.7, 0.61, 0.8)))[0]
    assert (one.proven, one.possible) == (2, 5)
    table = maturity_table(tuple(profile.values()))
    assert table["Held back by"].unique().tolist() == ["nothing measured"]


def test_every_measured_criterion_names_a_measure():
    known = set(kpi_definitions())
    used = {c.metric for d in maturity_model().domains for c in d.criteria if c.metric}
    assert used <= known
    assert {d.id for d in maturity_model().domains} == {f"D{k}" for k in range(1, 9)}


def test_views(orders, warehouse):
    from omnisim.metrics import buying_groups, cohort_retention, daily_sales, weekly_sales

    data = warehouse(
        n_days=57,
        orders=orders(
            (0, {"customer_id": 1}),
            (30, {"customer_id": 1, "order_channel": "store"}),
            (2, {"customer_id": 2}),
            (56, {"customer_id": 2}),  # in no full week and no full period
        ),
    )
    weekly = weekly_sales(data)
    assert weekly["week_date"].tolist() == [pd.Timestamp(2025, 1, 1), pd.Timestamp(2025, 1, 29)]
    assert weekly["net_amount"].tolist() == [200.0, 100.0]
    daily = daily_sales(data)
    assert len(daily) == 57
    assert daily["net_amount"].sum() == 400.0
    cohorts = cohort_retention(data)
    assert cohorts[["cohort", "period", "n_buyers"]].to_numpy().tolist() == [[0, 0, 2], [0, 1, 1]]
    assert cohorts["share"].tolist() == [1.0, 0.5]
    groups = buying_groups(data)
    assert dict(zip(groups["groups"], groups["n_customers"], strict=True)) == {
        "own online + store": 1,
        "own online": 1,
    }
