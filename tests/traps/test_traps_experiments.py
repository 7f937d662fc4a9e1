"""Randomised tests that go wrong although the coin is fair.

Bounds are the measured bias give or take four Monte-Carlo standard errors of this many accounts. The
noise of the draw is taken out of differences between arms by measuring every account from what it
orders in the world in which nobody is treated; that changes no expectation.
"""

import numpy as np

from omnisim.engine.plan import ALL_CONTROL, ALL_TREATED

from . import experiments
from .worlds import Lived, assert_trap, calm_scenario


def test_second_accounts_dilute_a_test():
    """-0.025 orders (0.004) of 0.231: a tenth of the effect per person is lost per account."""
    assert_trap(experiments.several_accounts(), -0.042, -0.008)


def test_heavy_tails_take_power():
    """+15 points (2): 80 % power was planned, 65 % is there."""
    assert_trap(experiments.heavy_tails(), 7.4, 23.2)


def test_heavy_tails_take_the_gain_of_cuped():
    """+14 points: 27 % of the variance was promised, 13 % goes.

    Both are of one draw of persons; the bounds allow for other draws of bulky baskets.
    """
    assert_trap(experiments.cuped(), 7, 21, exact=True)


def test_sales_are_inflated_with_zeros_and_heavy_in_the_tail():
    """Why a mean needs so many accounts: 29 % have no sales at all, with or without the tail."""
    _, _, control = experiments.potential_sales(0.0)
    assert 0.25 < (control == 0).mean() < 0.33
    _, _, heavy = experiments.potential_sales(0.03)
    # the coefficient of variation is what sample sizes grow with, squared
    assert (heavy.std() / heavy.mean()) ** 2 > 1.3 * (control.std() / control.mean()) ** 2


def test_a_novelty_is_read_as_an_effect():
    """+0.0047 orders a week (0.0006) on true 0.0012: the first two weeks say four times too much."""
    assert_trap(experiments.novelty(), 0.0021, 0.0073)


def test_looking_every_week_makes_false_alarms():
    """+17 points (0.5): of tests without effect 22 % are significant once, not 5 %."""
    assert_trap(experiments.peeking(), 14.7, 18.7)


def test_the_page_without_effect_changes_nothing():
    """What makes the false alarms above false: both worlds are the same, to the order."""
    lived = Lived(
        calm_scenario(
            {
                **experiments.TEST,
                "experiment.conversion_effect": 0.0,
                "population.n_customers": 4096,
            }
        )
    )
    worlds = [lived.under(experiment=arm).week for arm in (ALL_CONTROL, ALL_TREATED)]
    assert np.array_equal(*worlds)


def test_lost_rows_show_as_a_sample_ratio_mismatch():
    """-2.8 points: one treated account in ten is missing. No error, both are of one draw."""
    trap = experiments.lost_rows()
    assert_trap(trap, -3.2, -2.2, exact=True)
    with_bug, without = experiments.logged_splits()
    assert with_bug < 0.001 < without


def test_neighbours_who_hear_of_it_shrink_the_difference():
    """-0.031 orders (0.005) of 0.147: control is no longer untouched."""
    assert_trap(experiments.spill_over(), -0.051, -0.010)
