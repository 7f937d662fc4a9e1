"""Programmes and roll-outs: who joins, who is picked, what moves, and what else happens meanwhile.

Bounds are the measured bias give or take four Monte-Carlo standard errors of this many persons, or
of this many stores where stores are picked.
"""

import numpy as np
import pytest

from omnisim.causal import group_time_effects, two_way_fixed_effects

from . import programmes
from .worlds import assert_trap


def test_members_are_no_sample_of_customers():
    """+100 points (2.6) on a true 12 %: frequent buyers join first."""
    assert_trap(programmes.loyal_join_first(), 89, 111)


def test_click_and_collect_grows_by_what_stores_lose():
    """+31 points (0.7): online grows 16 % while the retailer shrinks. Nothing moves: no change."""
    trap = programmes.cannibalisation()
    assert_trap(trap, 28.6, 33.9, exact=True)
    assert trap.confounded.truth < 0 < trap.confounded.naive


def test_two_way_fixed_effects_miss_a_growing_effect():
    """-4.3 orders per store-week (0.4): the answer is 0 where the truth is 4.3."""
    assert_trap(programmes.staggered(), -5.8, -2.8)


@pytest.mark.parametrize("world", [0, 1])
def test_group_time_effects_find_it_in_both_worlds(world):
    """No store with the service serves as comparison: within three of its own standard errors."""
    lived = programmes.staggered_worlds()[world]
    panel = programmes.store_panel(lived, lived.base.week)
    without = programmes.store_panel(lived, lived.under(rollout_on=False).week)
    found = group_time_effects(panel, "n_orders").overall()
    truth = programmes.average_effect(panel, without)
    assert abs(found.estimate - truth) < 3 * found.std_error
    assert truth > 6 * found.std_error


def test_two_way_fixed_effects_compare_with_treated_stores():
    """The reason of the bias: late weeks of the first wave enter with a negative weight."""
    growing, _ = programmes.staggered_worlds()
    panel = programmes.store_panel(growing, growing.base.week)
    assert two_way_fixed_effects(panel, "n_orders").negative_share > 0.1


def test_the_worst_stores_recover_by_themselves():
    """+28 % (5) although the service does nothing, to the cent."""
    trap = programmes.worst_pilots()
    assert_trap(trap, 7.4, 48)
    assert trap.confounded.truth == trap.twin.truth == 0


def test_a_season_hides_a_campaign():
    """-28 points (2): orders fall by 19 % in the weeks of a campaign that brings 10 %."""
    assert_trap(programmes.season(), -36.6, -20.1)


def test_a_festival_is_taken_for_a_campaign():
    """+31 points (2.8): orders rise by 38 % in the weeks of a campaign that brings 7 %."""
    assert_trap(programmes.festival(), 20.2, 42.3)


def test_a_price_war_hides_a_campaign():
    """-19 points (2): orders fall by 11 % in the weeks of a campaign that brings 8 %."""
    assert_trap(programmes.shock(), -27.2, -11.7)


def test_demand_of_all_stores_is_the_same_in_both_roll_outs():
    """Twins: what differs between the roll-outs is the service alone, to the order."""
    growing, flat = programmes.staggered_worlds()
    bare = [lived.under(rollout_on=False).week for lived in (growing, flat)]
    assert np.array_equal(*bare)
