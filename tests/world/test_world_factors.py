"""Causes with a window laid over the days, by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnisim.scenario import load_scenario
from omnisim.schema import CHANNEL_ID
from omnisim.world.factors import build_factors, cause_names

SOCIAL, MARKET = CHANNEL_ID["paid_social"], CHANNEL_ID["marketplace"]


def scenario(**causes):
    calm = {"campaigns": [], "promotions": [], "shocks": [], "horizon": {"n_days": 28}}
    off = {"experiment": {"is_on": False}, "rollout": {"is_on": False}}
    return load_scenario("omnichannel_fashion", overrides={**calm, **off, **causes})


def campaign(name, first_day, n_days, factor, channel="paid_social"):
    return {
        "name": name, "channel": channel, "first_day": first_day, "n_days": n_days,
        "reach_factor": factor,
    }  # fmt: skip


def shock(kind, first_day, n_days, effect, **more):
    return {"kind": kind, "first_day": first_day, "n_days": n_days, "effect": effect, **more}


def sale(name, first_day, n_days, discount, **more):
    return {"name": name, "first_day": first_day, "n_days": n_days, "discount": discount, **more}


def test_nothing_happens_without_causes():
    found = build_factors(scenario())
    assert (found.reach == 1).all()
    assert (found.need == 1).all()
    assert (found.conversion == 1).all()
    assert (found.percent == 0).all()
    assert found.reach.shape == (16, 28)
    assert found.need.shape == (4, 28)
    assert found.percent.shape == (6, 28)


def test_a_campaign_and_a_rule_change_multiply_on_a_channel():
    made = scenario(
        campaigns=[campaign("a", 3, 4, 2.0), campaign("b", 26, 9, 3.0)],
        shocks=[shock("rule_change", 5, 2000, -0.5, channel="paid_social")],
    )
    reach = build_factors(made).reach
    # days 3-4: campaign; 5-6: both; 7-25: the rule; 26-27: both, cut at the horizon
    by_hand = [1.0] * 3 + [2.0] * 2 + [1.0] * 2 + [0.5] * 19 + [1.5] * 2
    assert reach[SOCIAL].tolist() == by_hand
    assert (np.delete(reach, SOCIAL, axis=0) == 1).all()


def test_a_campaign_may_be_silence():
    reach = build_factors(scenario(campaigns=[campaign("dark", 0, 1, 0.0, "marketplace")])).reach
    assert reach[MARKET].tolist() == [0.0] + [1.0] * 27


def test_shocks_of_demand_multiply_where_they_hit():
    made = scenario(
        shocks=[
            shock("demand_shock", 10, 4, -0.5),
            shock("competitor_entry", 12, 2000, -0.25, region="East"),
        ]
    )
    need = build_factors(made).need
    north, east = made.market.regions.index("North"), made.market.regions.index("East")
    assert need[north].tolist() == [1.0] * 10 + [0.5] * 4 + [1.0] * 14
    # -50 % and -25 % together leave 37.5 %
    assert need[east].tolist() == [1.0] * 10 + [0.5] * 2 + [0.375] * 2 + [0.75] * 14


def test_price_wars_and_promotions_multiply_on_conversion():
    made = scenario(
        promotions=[
            sale("Shoes", 2, 4, 0.305, category="Shoes", conversion_effect=0.5),
            sale("Tops", 4, 4, 0.1, category="Tops", conversion_effect=0.2),
        ],
        shocks=[shock("price_war", 5, 2, -0.5)],
    )
    found = build_factors(made)
    # both promotions on days 4 and 5, the war on days 5 and 6
    assert found.conversion[:9].tolist() == pytest.approx(
        [1, 1, 1.5, 1.5, 1.8, 0.9, 0.6, 1.2, 1], rel=1e-15
    )
    shoes, tops = (made.assortment.category_names.index(name) for name in ("Shoes", "Tops"))
    # whole percent, rounded to even: 30.5 % is 30 %
    assert found.percent[shoes, :8].tolist() == [0, 0, 30, 30, 30, 30, 0, 0]
    assert found.percent[tops, :9].tolist() == [0, 0, 0, 0, 10, 10, 10, 10, 0]
    assert found.percent.sum() == 4 * 30 + 4 * 10


def test_a_promotion_without_category_covers_all():
    percent = build_factors(scenario(promotions=[sale("All", 20, 30, 0.2)])).percent
    assert (percent[:, :20] == 0).all()
    assert (percent[:, 20:] == 20).all()  # cut at the horizon


CAUSES = {
    "campaigns": [campaign("a", 3, 4, 2.0), campaign("b", 8, 4, 0.5, "email")],
    "promotions": [sale("All", 12, 5, 0.2)],
    "shocks": [shock("price_war", 1, 9, -0.1), shock("demand_shock", 13, 9, 0.3)],
}


def test_causes_are_named_by_kind():
    assert cause_names(scenario(**CAUSES)) == {
        "campaign": ("campaign:a", "campaign:b"),
        "promotion": ("promotion:All",),
        "shock": ("shock:price_war 1", "shock:demand_shock 2"),
    }


@given(out=st.sets(st.sampled_from(range(5))))
def test_law_what_does_not_happen_is_as_if_never_planned(out):
    made = scenario(**CAUSES)
    names = [name for group in cause_names(made).values() for name in group]
    places = [(field, k) for field in CAUSES for k in range(len(CAUSES[field]))]
    left = {
        field: [c for k, c in enumerate(CAUSES[field]) if places.index((field, k)) not in out]
        for field in CAUSES
    }
    found = build_factors(made, without=[names[k] for k in out])
    planned = build_factors(scenario(**left))
    for name in ("reach", "need", "conversion", "percent"):
        assert np.array_equal(getattr(found, name), getattr(planned, name))
