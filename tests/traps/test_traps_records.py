"""Data that are not what they seem: ids, robots, doubles, silence, empty shelves, fraud, consent.

Bounds are the measured bias give or take four Monte-Carlo standard errors of this many persons; they
are wider for sums of money, which also depend on prices and empty shelves of a world. Where the twin has
no such rows at all, both answers are one number.
"""

from . import records
from .worlds import assert_trap


def test_expired_cookies_cut_paths():
    """-2.36 clicks per order (0.03) of 5.23. Cookies that never die: the path of the person."""
    assert_trap(records.truncated_paths(), -2.49, -2.24, exact=True)


def test_expired_cookies_multiply_visitors():
    """+26,949 visitors (163) on 16,384."""
    assert_trap(records.visitors_by_cookie(), 26_300, 27_600, exact=True)


def test_accounts_are_more_than_members():
    """+384 members (18) on 11,420."""
    assert_trap(records.double_members(), 310, 460, exact=True)


def test_robots_lower_conversion():
    """-1.44 points (0.05) of 8.36 %: 2 % of crawlers among persons make a sixth of the visits."""
    assert_trap(records.robots(), -1.64, -1.24, exact=True)


def test_clicks_logged_twice_are_counted_twice():
    """+3,287 clicks (55) on 170,313, which is the share of 2 %."""
    trap = records.doubles()
    assert_trap(trap, 3_060, 3_510, exact=True)
    # a share of 0.02 of clicks, within four standard errors of a binomial count
    share = trap.confounded.bias / trap.confounded.truth
    assert abs(share - 0.02) < 4 * (0.02 * 0.98 / trap.confounded.truth) ** 0.5


def test_the_silent_are_less_happy():
    """+10.8 points of NPS (1.1) on 31: the delighted answer more often."""
    assert_trap(records.silence(), 6.2, 15.4)


def test_sales_are_not_demand():
    """-11,552 units (187) of 62,866: what was not there was not sold."""
    assert_trap(records.censored_demand(), -12_300, -10_800, exact=True)


def test_what_is_not_there_is_sold_and_cancelled():
    """+228 thousand (6) on 1,428 thousand of online orders."""
    assert_trap(records.oversold(), 120, 400, exact=True)


def test_fake_buyers_lift_conversion():
    """+6.5 points (1.0) on 9.5 %."""
    assert_trap(records.fake_orders(), 2.6, 10.4, exact=True)


def test_abusers_are_counted_as_new_customers():
    """+309 customers (23) on 2,764."""
    assert_trap(records.coupon_abuse(), 218, 400, exact=True)


def test_those_who_still_agree_are_no_sample():
    """-4.3 points (0.2) of 12.2 %: the price-sensitive have withdrawn."""
    assert_trap(records.withdrawn_consent(), -5.3, -3.3)


def test_options_and_waiting_hide_a_wish():
    """-12.2 points (0.7) of 25 %: half of those who want it made are put off."""
    assert_trap(records.option_overload(), -15, -9.3)
