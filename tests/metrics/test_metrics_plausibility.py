"""Each measure of plausibility on tables small enough to count by hand, and the verdicts."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from omnisim.errors import DesignError
from omnisim.metrics import Band, Measurement, bounds, judge, kpi_definitions, plausibility
from omnisim.metrics.bounds import bands_of_kpis
from omnisim.scenario import Scenario

# the function of that name hides its module
measures = sys.modules["omnisim.metrics.plausibility"]


def touches(*rows, at):
    """Touchpoints from (day, customer_id, identity_id, channel, kind)."""
    frame = pd.DataFrame(
        [
            {
                "touched_at": at(day),
                "touchpoint_id": number,
                "identity_id": identity,
                "customer_id": customer,
                "channel": channel,
                "touch_kind": kind,
            }
            for number, (day, customer, identity, channel, kind) in enumerate(rows)
        ]
    )
    frame["customer_id"] = frame["customer_id"].astype("Int64")
    return frame


def identities(*rows):
    frame = pd.DataFrame(rows, columns=["identity_id", "customer_id"])
    return frame.astype({"customer_id": "Int64"})


def test_email_rates(warehouse, at):
    sent = [(day, 1, 7, "email", "sent") for day in range(8)]
    rest = [
        (0, 1, 7, "email", "open"),
        (1, 1, 7, "email", "open"),
        (2, 1, 7, "email", "click"),  # opened too, though no open is logged
        (3, 1, 7, "sms", "click"),
    ]
    customers = pd.DataFrame(
        {
            "has_email_consent": [True, True, True, False],
            "consent_withdrawn_at": [at(3), pd.NaT, at(40), at(5)],
        }
    )
    data = warehouse(touchpoints=touches(*sent, *rest, at=at), customers=customers)
    assert measures.email_open_rate(data) == Measurement(3 / 8, 8)
    assert measures.email_click_rate(data) == Measurement(1 / 8, 8)
    # one agreed and withdrew in the window; day 40 lies beyond it, the last never agreed
    assert measures.email_unsubscribe_rate(data) == Measurement(1 / 8, 8)


def test_conversion_on_phones_to_that_on_desktops(warehouse):
    # phones 1 of 8, desktops 1 of 4; tablets, and the app, which runs on phones, do not count
    visits = [("web", "mobile", k == 0) for k in range(8)]
    visits += [("web", "desktop", k == 0) for k in range(4)]
    visits += [("web", "tablet", True), ("app", "mobile", True)]
    sessions = pd.DataFrame(visits, columns=["platform", "device", "has_order"])
    found = measures.mobile_conversion_ratio(warehouse(sessions=sessions))
    assert found == Measurement(0.5, 2)
    for missing in ("mobile", "desktop"):
        rest = sessions[sessions["device"] != missing]
        with pytest.raises(DesignError, match="no visits on phones or no orders on desktops"):
            measures.mobile_conversion_ratio(warehouse(sessions=rest))


def test_repeat_customers_of_the_last_year(orders, warehouse):
    placed = orders(
        (0, {"customer_id": 1}),  # more than 365 days before the end
        (20, {"customer_id": 1}),
        (30, {"customer_id": 2}),
        (300, {"customer_id": 2}),
        (40, {"customer_id": 3}),
        (50, {"customer_id": 3, "status": "cancelled"}),
        (60, {}),  # a guest
    )
    found = measures.repeat_customer_rate_12m(warehouse(370, orders=placed))
    assert found == Measurement(1 / 3, 3)
    with pytest.raises(DesignError, match="363 days, needs 364"):
        measures.repeat_customer_rate_12m(warehouse(363, orders=placed))


def test_sales_with_an_account(orders, warehouse):
    placed = orders(
        (0, {"customer_id": 1, "net_amount": 30.0}),
        (0, {"net_amount": 90.0}),
        (0, {"customer_id": 1, "net_amount": 500.0, "status": "cancelled"}),
    )
    assert measures.loyalty_linked_sales_share(warehouse(orders=placed)) == Measurement(0.25, 2)


def test_shape_of_purchase_rates(orders, warehouse, at):
    # counts 0, 0, 1, 3: mean 1, variance 1.5, r = 1 / 0.5 = 2; the fifth joined later
    placed = orders(*[(day, {"customer_id": who}) for day, who in ((1, 3), (2, 4), (3, 4), (4, 4), (5, 5))])  # fmt: skip
    customers = pd.DataFrame({"customer_id": [1, 2, 3, 4, 5], "joined_at": [at(-9)] * 4 + [at(2)]})
    data = warehouse(200, orders=placed, customers=customers)
    assert measures.nbd_shape_r(data) == Measurement(pytest.approx(2.0), 4)
    with pytest.raises(DesignError, match="28 days, needs 180"):
        measures.nbd_shape_r(warehouse(28, orders=placed, customers=customers))


def test_no_shape_where_orders_vary_less_than_by_chance(orders, warehouse, at):
    placed = orders((1, {"customer_id": 1}), (2, {"customer_id": 2}))
    customers = pd.DataFrame({"customer_id": [1, 2], "joined_at": [at(-9)] * 2})
    with pytest.raises(DesignError, match="vary no more than by chance"):
        measures.nbd_shape_r(warehouse(200, orders=placed, customers=customers))


def test_revenue_of_the_best_fifth(orders, warehouse):
    spent = {1: 50.0, 2: 20.0, 3: 10.0, 4: 10.0, 5: 6.0, 6: 4.0}  # the best 2 of 6: 70 of 100
    placed = orders(*[(1, {"customer_id": who, "net_amount": net}) for who, net in spent.items()])
    assert measures.top_fifth_share(warehouse(200, orders=placed)) == Measurement(0.7, 6)


def test_variation_of_the_time_between_purchases(orders, warehouse):
    placed = orders(
        (0, {"customer_id": 1}),
        (10, {"customer_id": 1}),  # 10 days
        (40, {"customer_id": 1}),  # 30 days
        (7, {"customer_id": 2}),
        (27, {"customer_id": 2}),  # 20 days
        (50, {}),
    )
    # mean 20, sd 10
    found = measures.inter_purchase_cv(warehouse(370, orders=placed))
    assert found == Measurement(pytest.approx(0.5), 3)


def test_slope_of_popularity(warehouse):
    units = [10**6] * 9 + [round(1e6 * rank**-1.5) for rank in range(10, 60)]
    lines = pd.DataFrame({"sku": range(len(units)), "n_units": units})
    found = measures.sku_zipf_slope(warehouse(order_lines=lines))
    # the first nine break the law and do not count; units are rounded
    assert found == Measurement(pytest.approx(1.5, abs=1e-3), 50)


def test_spread_of_baskets(orders, warehouse):
    placed = orders(
        *[(0, {"net_amount": float(np.exp(power))}) for power in (2, 4, 6)],
        (0, {"net_amount": 0.0}),
        (0, {"net_amount": 1e6, "status": "cancelled"}),
    )
    found = measures.basket_value_sd_log(warehouse(orders=placed))
    assert found == Measurement(pytest.approx(2.0), 3)


def test_touches_before_an_order(orders, warehouse, at):
    placed = orders(
        (10, {"customer_id": 1, "identity_id": 7}),
        (20, {"customer_id": 1, "identity_id": 7}),
        (50, {"identity_id": 8}),  # identity 8 is linked to account 2
        (60, {"identity_id": 9}),  # an identity of its own, nobody saw it coming
        (61, {}),  # nobody
    )
    seen = touches(
        (8, 1, 7, "direct", "click"),
        (9, None, 7, "email", "open"),  # no touch of the kinds that count
        (9.5, None, 7, "email", "click"),
        (10, 1, 7, "direct", "visit"),  # 3 before the first order
        (12, 1, 7, "direct", "click"),  # 1 before the second, after the first
        (15, 2, 99, "direct", "call"),  # 35 days before: too old
        (45, None, 8, "direct", "click"),
        (46, 2, 99, "direct", "click"),  # 2 before the third, by its account
        at=at,
    )
    ids = identities((7, 1), (8, 2), (9, None), (99, None))
    data = warehouse(70, orders=placed, touchpoints=seen, identities=ids)
    assert measures.path_length_median(data) == Measurement(2.0, 3)


@pytest.mark.parametrize(
    "value, word",
    [
        (0.025, "usual"),
        (0.02, "usual"),
        (0.012, "ok"),
        (0.04, "ok"),
        (0.05, "look again"),
        (0.0029, "implausible"),
        (0.09, "implausible"),
    ],
)
def test_verdicts(value, word):
    bound = bounds()["online_conversion_per_session"]
    assert judge(bound, Measurement(value, bound.min_n)).word == word


def test_too_little_data_fails_nothing():
    bound = bounds()["online_conversion_per_session"]
    verdict = judge(bound, Measurement(0.9, bound.min_n - 1))
    assert (verdict.word, verdict.value) == ("not measurable", None)
    assert verdict.note == "999 sessions, needs 1,000"


def test_a_sector_has_its_own_range():
    bound = bounds()["repeat_customer_rate_12m"]
    often = Measurement(0.8, 1000)
    assert judge(bound, often).word == "look again"
    assert judge(bound, often, sector="grocery").word == "usual"
    assert judge(bound, often, sector="electronics").word == "look again"


def test_ranges_of_repeat_customers_hold_what_companies_publish():
    """Orders per active customer and year become a share by the NBD cut at one order.

    Zalando 5 (Q2 2021); Wayfair 1.73 (Q1 2017) and 1.94 (Q3 2020); shape 0.83 (Complete Journey).
    """

    def repeat_share(orders_per_buyer: float, shape: float = 0.83) -> float:
        def buyers(mean):
            return 1 - (1 + mean / shape) ** -shape

        means = np.linspace(0.01, 10, 100_000)  # steps of 0.0001, far below the digits published
        mean = means[np.argmin(abs(means / buyers(means) - orders_per_buyer))]
        once = mean / (1 + mean / shape) * (1 - buyers(mean))
        return 1 - once / buyers(mean)

    bound = bounds()["repeat_customer_rate_12m"]
    fashion, home = bound.band("fashion"), bound.band("home_furnishing")
    assert round(repeat_share(5), 2) == 0.78
    assert fashion.usual[1] < 0.78 < fashion.warn[1]
    assert [round(repeat_share(n), 2) for n in (1.73, 1.94)] == [0.42, 0.48]
    assert home.usual[0] < 0.42 < 0.48 <= home.usual[1]


def test_where_nothing_is_published_the_reason_is_given():
    for bound in bounds().values():
        for band in (bound.band(""), *bound.sectors.values()):
            if "editorial" in band.source:
                assert band.source.startswith("no published range found"), (bound.id, band.source)
                assert band.source.partition("editorial: ")[2], (bound.id, band.source)


def test_sectors_are_those_of_scenarios():
    known = set(Scenario.model_fields["sector"].annotation.__args__)
    assert {sector for bound in bounds().values() for sector in bound.sectors} <= known


def test_tables_that_are_missing_are_told(orders, warehouse):
    found = {v.bound.id: v for v in plausibility(warehouse(orders=orders((0, {}))))}
    assert {v.word for v in found.values()} == {"not measurable"}
    assert "touchpoints" in found["email_open_rate"].note
    assert "sessions" in found["cart_abandonment"].note
    assert not any(v.bound.is_truth for v in found.values())


def test_what_is_known_from_elsewhere_is_judged(orders, warehouse):
    known = {"cookies_per_person_year": Measurement(2.7, 1000)}
    data = warehouse(orders=orders((0, {})))
    found = {v.bound.id: v for v in plausibility(data, known=known)}
    assert found["cookies_per_person_year"].word == "usual"
    assert "retargeting_purchase_lift" not in found


def test_every_bound_is_measured_somewhere():
    taken = {kpi for _, kpis in measures._SCORECARD for kpi in kpis}
    for bound in bounds().values():
        has_own = bound.id in measures._MEASURES
        assert has_own or bound.is_truth or bound.kpi in taken, bound.id
        assert has_own == (bool(bound.formula) and not bound.is_truth), bound.id


def test_the_scorecard_shows_the_same_ranges():
    kpis = kpi_definitions()
    assert bands_of_kpis().keys() <= kpis.keys()
    for kpi, band in bands_of_kpis().items():
        assert kpis[kpi].anchor == band


def test_ranges_are_nested():
    with pytest.raises(ValidationError, match="usual must lie in warn"):
        Band(usual=(0.1, 0.5), warn=(0.2, 0.6), fail=(0.0, 1.0), source="x")
