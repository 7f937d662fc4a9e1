"""The device of a visit: one a cookie, as often as the dials say, and no cause of anything."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from omnisim.engine import Block, build_plan, run_block
from omnisim.engine.codes import IN_APP, ON_WEB
from omnisim.engine.records import BlockLog
from omnisim.engine.records.devices import device_chances, session_devices
from omnisim.scenario.blocks_context import Devices
from omnisim.schema.channels import DEVICES
from omnisim.world import build_world

from .conftest import N, small_scenario

DESKTOP, MOBILE, TABLET = (DEVICES.index(name) for name in ("desktop", "mobile", "tablet"))


@pytest.fixture(scope="module")
def log(world, base):
    return BlockLog.of(world, *base)


@pytest.fixture(scope="module")
def visits(log):
    columns = ("row", "identity", "platform", "order", "id")
    made = pd.DataFrame({name: log.sessions[name] for name in columns})
    return made.assign(device=session_devices(log, log.sessions))


def test_a_cookie_is_on_one_device_and_the_app_on_a_phone(visits):
    assert (visits[visits["platform"] == IN_APP]["device"] == MOBILE).all()
    web = visits[visits["platform"] == ON_WEB].groupby("identity")["device"]
    assert (web.nunique() == 1).all()
    assert (web.size() > 1).any()
    assert set(web.first()) == {DESKTOP, MOBILE, TABLET}


def test_law_blocks_and_order_of_rows_do_not_matter(world, plan, log, visits):
    whole = visits.set_index("id")["device"]
    half = N // 2
    for start, stop in ((0, half), (half, N)):
        part = BlockLog.of(world, *run_block(world, plan, Block(start // half, start, stop)))
        found = pd.Series(session_devices(part, part.sessions), part.sessions["id"])
        assert found.eq(whole.loc[found.index]).all()
    by_time = log.sessions[np.argsort(log.sessions["at"], kind="stable")]
    found = pd.Series(session_devices(log, by_time), by_time["id"])
    assert found.eq(whole.loc[found.index]).all()


def test_law_a_later_cookie_changes_no_earlier_one(log, visits):
    """A person's visits up to the end of a cookie's life tell its device."""
    web = visits[visits["platform"] == ON_WEB]
    last = web.groupby("row")["identity"].last()
    is_last = visits["row"].map(last).eq(visits["identity"]) & (visits["platform"] == ON_WEB)
    earlier = log.sessions[~is_last.to_numpy()]
    assert 0 < earlier.size < log.sessions.size
    found = pd.Series(session_devices(log, earlier), earlier["id"])
    assert found.eq(visits.set_index("id")["device"].loc[found.index]).all()


def test_law_dials_move_the_device_and_nothing_else(world, base, log, visits):
    told = small_scenario(devices={"mobile_share": 0, "tablet_share": 0})
    other = build_world(told)
    people, state, out = run_block(other, build_plan(other), Block(0, 0, N))
    found = BlockLog.of(other, people, state, out)
    assert np.array_equal(found.sessions, log.sessions)
    assert np.array_equal(found.orders, log.orders)
    web = found.sessions["platform"] == ON_WEB
    assert (session_devices(found, found.sessions)[web] == DESKTOP).all()


def test_no_visits_have_no_devices(log):
    empty = replace(log, sessions=log.sessions[:0])
    assert session_devices(empty, empty.sessions).size == 0
    app = log.sessions[log.sessions["platform"] == IN_APP]
    assert (session_devices(log, app) == MOBILE).all()


def test_chances_by_hand():
    # desktop 0.06, phone 0.03 of half the visits each: mean 0.045 is web_conversion
    dials = Devices(
        mobile_share=0.5, tablet_share=0, mobile_conversion_ratio=0.5, web_conversion=0.045
    )
    assert dials.conversions == pytest.approx((0.06, 0.03, 0.054))
    found = device_chances(dials, np.array([1, 1, 3]), np.array([0, 1, 1]))
    desktop = (0.94 / (0.94 + 0.97), 2 / 3, 2 * 0.94**2 / (2 * 0.94**2 + 0.97**2))
    assert found[:, DESKTOP] == pytest.approx(desktop, abs=1e-9)  # rounded to 2^-32
    assert (found[:, TABLET] == 0).all()
    assert found.sum(axis=1) == pytest.approx(1, abs=1e-9)


def test_chances_of_crawlers_are_numbers():
    """Thousands of visits without an order, or with one each, leave a chance and no warning."""
    found = device_chances(Devices(), np.array([100_000, 100_000]), np.array([0, 100_000]))
    assert found.sum(axis=1) == pytest.approx(1, abs=1e-9)
    assert found[0, MOBILE] == 1
    assert found[1, DESKTOP] == pytest.approx(1, abs=1e-9)


def test_a_ratio_of_one_tells_nothing():
    dials = Devices(mobile_conversion_ratio=1, tablet_conversion_ratio=1)
    found = device_chances(dials, np.array([1, 9, 400]), np.array([0, 9, 1]))
    assert found == pytest.approx(np.tile(dials.shares, (3, 1)), abs=1e-9)


def test_recovery_the_dials_are_what_an_analyst_finds():
    """Cookies whose visits convert alike: shares and ratios come out as dialled."""
    rng = np.random.default_rng(7)
    dials = Devices()
    n_visits = rng.integers(1, 9, 400_000)
    n_orders = rng.binomial(n_visits, dials.web_conversion)
    chance = device_chances(dials, n_visits, n_orders)
    visits, orders = (chance * n_visits[:, None]).sum(0), (chance * n_orders[:, None]).sum(0)
    rate = orders / visits
    # binomial where the rule is a mixture of three: a cookie's visits are a little too much alike
    # in the rule, by half a hundredth of the share and of the ratio here
    assert visits / visits.sum() == pytest.approx(dials.shares, abs=0.01)
    assert rate[MOBILE] / rate[DESKTOP] == pytest.approx(dials.mobile_conversion_ratio, abs=0.02)
    assert rate[TABLET] / rate[DESKTOP] == pytest.approx(dials.tablet_conversion_ratio, abs=0.02)
