"""Laws of the engine: luck has an address, so cuts, neighbours and causes change only what they must."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnisim.engine import Block, block, blocks, build_plan, new_cause, run_block, run_without_log
from omnisim.engine.plan import ALL_CONTROL, ALL_TREATED
from omnisim.schema import CHANNEL_ID, CHANNELS
from omnisim.world import build_world

from .conftest import N, small_scenario

LOGS = ("touches", "sessions", "orders", "lines", "returns", "surveys")


def same_rows(a, b):
    """Every field of every row, in order of id: rows are put in order of time only when written."""
    for k, name in enumerate(LOGS):
        rows_a, rows_b = (np.sort(getattr(out, name)[: out.n[k]], order="id") for out in (a, b))
        if len(rows_a) != len(rows_b):
            return False
        if any(not np.array_equal(rows_a[f], rows_b[f]) for f in rows_a.dtype.names):
            return False
    return np.array_equal(a.week, b.week) and np.array_equal(a.test, b.test)


def test_every_log_has_rows(base):  # otherwise the laws below would hold for nothing
    assert (base[2].n > 0).all()


def test_any_superstep_gives_the_same_rows(world, plan, base):
    @settings(max_examples=8, deadline=None)
    @given(superstep=st.integers(1, 126))
    def law(superstep):
        _, _, out = run_block(world, plan, Block(0, 0, N), superstep=superstep)
        assert same_rows(out, base[2])

    law()


def test_one_more_customer_changes_nobody_else(world, plan, base):
    _, whole_state, whole = base

    @settings(max_examples=8, deadline=None)
    @given(n=st.integers(1, N - 1))
    def law(n):
        _, state, out = run_block(world, plan, Block(0, 0, n))
        assert np.array_equal(out.week, whole.week[:n])
        for field in ("joined_at", "n_orders", "counters", "seen_first"):
            assert np.array_equal(state[field], whole_state[field][:n])
        mine = np.isin(whole.orders[: whole.n[2]]["id"], out.orders[: out.n[2]]["id"])
        assert mine.sum() == out.n[2]

    law()


def test_rows_beyond_the_room_are_made_again(world, plan, base, monkeypatch):
    monkeypatch.setattr(block, "default_room", lambda plan, n: (10, 10, 3, 1, 1, 1))
    _, _, out = run_block(world, plan, Block(0, 0, N))
    assert same_rows(out, base[2])


def test_a_world_without_log_has_the_same_outcomes(plan, base):
    people, _, out = base
    quiet = run_without_log(plan, people)
    assert np.array_equal(quiet.week, out.week)
    # fake buyers do not act where nobody looks: their accounts are counted in the logged world
    genuine = people["kind"] != 2
    assert np.array_equal(quiet.test[genuine], out.test[genuine])


@pytest.mark.parametrize("channel", [c.channel for c in CHANNELS])
def test_unreached_customers_are_identical_without_the_channel(plan, base, channel):
    people, state, out = base
    without = run_without_log(plan.under(new_cause(without=(channel,))), people)
    unreached = state["pressure"][:, CHANNEL_ID[channel]] == 0
    assert np.array_equal(without.week[unreached], out.week[unreached])
    if channel != "direct":
        assert unreached.any()


def test_channels_without_effect_have_exactly_zero_truth(base, plan):
    people, _, out = base
    without = run_without_log(plan.under(new_cause(without=("direct",))), people)
    assert np.array_equal(without.week, out.week)


def test_an_effective_channel_changes_something(base, plan):
    people, _, out = base
    without = run_without_log(plan.under(new_cause(without=("short_video",))), people)
    assert out.week[..., 2].sum() > without.week[..., 2].sum()


def test_an_a_a_test_has_exactly_zero_truth():
    plan = build_plan(
        build_world(
            small_scenario(experiment={"conversion_effect": 0.0, "first_day": 42, "n_days": 63})
        )
    )
    people, _, _ = run_block(build_world(small_scenario()), plan, Block(0, 0, N))
    all_treated = run_without_log(plan.under(new_cause(experiment=ALL_TREATED)), people)
    all_control = run_without_log(plan.under(new_cause(experiment=ALL_CONTROL)), people)
    assert np.array_equal(all_treated.week, all_control.week)


def test_the_roll_out_reaches_only_stores_that_have_it(world, plan, base):
    people, _, out = base
    without = run_without_log(plan.under(new_cause(rollout_on=False)), people)
    never = world.places.wave[people["store"]] == 0
    assert np.array_equal(without.week[never], out.week[never])
    start = world.places.service_day[people["store"]]
    for i in np.flatnonzero(~never):
        before = start[i] // 7
        assert np.array_equal(without.week[i, :before], out.week[i, :before])
    assert not np.array_equal(without.week[~never], out.week[~never])


def test_the_test_changes_nothing_before_it_begins(plan, base):
    people, _, _ = base
    all_treated = run_without_log(plan.under(new_cause(experiment=ALL_TREATED)), people)
    all_control = run_without_log(plan.under(new_cause(experiment=ALL_CONTROL)), people)
    week = 42 // 7
    assert np.array_equal(all_treated.week[:, :week], all_control.week[:, :week])
    assert not np.array_equal(all_treated.week, all_control.week)


def test_more_conversion_effect_brings_no_fewer_orders_at_the_first_difference(plan, base):
    """The first need that ends differently ends in an order, because luck is shared."""
    people, _, _ = base
    treated = run_without_log(plan.under(new_cause(experiment=ALL_TREATED)), people).week[..., 2]
    control = run_without_log(plan.under(new_cause(experiment=ALL_CONTROL)), people).week[..., 2]
    differs = (treated != control).any(axis=1)
    first = (treated != control).argmax(axis=1)
    rows = np.flatnonzero(differs)
    assert rows.size
    assert (treated[rows, first[rows]] > control[rows, first[rows]]).all()


def test_blocks_cover_everybody_once():
    cut = blocks(10_001, size=4096)
    assert [b.number for b in cut] == [0, 1, 2]
    assert cut[0].first == 0
    assert cut[-1].last == 10_001
    assert all(a.last == b.first for a, b in pairwise(cut))


def test_blocks_keep_rings_together():
    with pytest.raises(ValueError, match="multiple of 8"):
        blocks(100, size=12)
