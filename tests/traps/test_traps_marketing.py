"""Advertising: what logs credit, and what the same persons would not have bought without it.

Bounds are the measured bias give or take four Monte-Carlo standard errors of this many persons; they
are wider for sums of money, which also depend on the prices of a world.
"""

import numpy as np

from omnisim.engine import new_cause, run_without_log

from . import marketing
from .worlds import Lived, assert_trap, calm_scenario, net_of


def test_last_click_over_credits_brand_search():
    """+93 % (standard error 5) on a true 5 %: who types the brand was about to buy."""
    assert_trap(marketing.brand_search(), 72, 113)


def test_retargeting_is_credited_with_the_intent_it_follows():
    """+17.6 orders per 1,000 ads (0.7) on true 1.3: who came by lately buys anyway."""
    assert_trap(marketing.retargeting(), 15, 20.2)


def test_online_measurement_misses_what_ads_sell_in_stores():
    """-185 thousand (8) of 413: nearly half. Without stores both answers are one number."""
    trap = marketing.ads_sell_in_stores()
    assert_trap(trap, -280, -110, exact=True)
    assert trap.confounded.naive < 0.65 * trap.confounded.truth


def test_showrooming_looks_like_stores_that_fail():
    """-24.4 points (0.5): stores lose 26 %, the retailer 2 %. Nobody does it: no change at all."""
    assert_trap(marketing.showrooming(), -26.2, -22.5, exact=True)


def test_a_burst_works_on_when_it_is_over():
    """-2,581 orders (54) of 3,221. Without carry-over hardly anything happens after the last day."""
    assert_trap(marketing.carry_over(), -2_800, -2_360)


def test_a_linear_return_promises_too_much_where_ads_saturate():
    """+22.6 points (0.5): four times the ads bring 20 % more orders, not 43 %."""
    assert_trap(marketing.saturation(), 20.6, 24.6)


def test_a_linear_return_promises_too_much_where_people_tire():
    """+2.1 points (0.3): four times the contacts bring 3.6 % more orders, not 5.7 %."""
    assert_trap(marketing.fatigue(), 1.1, 3.2)


def test_leaving_out_one_channel_at_a_time_counts_synergy_twice():
    """+30.6 points (1.1): both bring 63 %, their separate losses add up to 93 %."""
    assert_trap(marketing.synergy(), 26, 35.2)


def test_ads_without_effect_have_exactly_no_truth():
    """Whatever logs credit them with: the worlds with and without them are the same, to the cent."""
    channel = "marketing.channels.retargeting"
    idle = {f"{channel}.click_share": 0.0, f"{channel}.conversion_effect": 0.0}
    brand = "marketing.channels.brand_search"
    idle |= {f"{brand}.touch_factor": 1.0, f"{brand}.conversion_effect": 0.0}
    lived = Lived(calm_scenario({**idle, "population.n_customers": 4096}))
    assert net_of(lived.base).sum() > 0
    for name in ("retargeting", "brand_search"):
        without = run_without_log(lived.plan.under(new_cause(without=(name,))), lived.people)
        assert np.array_equal(lived.base.week, without.week)
