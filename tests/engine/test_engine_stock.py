"""Stock agrees with sales, returns and availability on every day, by hand and in general."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from omnisim.engine.stock.account import (
    ADJUSTMENT,
    N_KINDS,
    OPENING,
    PUT_BACK,
    RECEIPT,
    SALE,
    TRANSFER_IN,
    TRANSFER_OUT,
    Policy,
    account,
    new_scratch,
)
from omnisim.engine.stock.rows import NOT_YET, fill_rows, new_rows
from omnisim.engine.stock.suppliers import Suppliers, build_suppliers, purchase
from omnisim.scenario import load_scenario
from omnisim.schema.operations import MOVEMENT_KINDS
from omnisim.world import build_world
from omnisim.world.availability import IS_COUNTED, IS_WRONG, ON_SHELF, ON_SYSTEM

IN_STOCK = ON_SHELF | ON_SYSTEM
IN, OUT = IN_STOCK, 0


def policy(**changed):
    base = Policy(
        cover_days=14,
        review_days=7,
        transit_days=1,
        near_days=0,
        through_dc=1,
        n_more=20,
        seed=np.uint64(1),
        lost_share=0.0,
    )
    return base._replace(**changed)


def ledger(sold, flags, restocked=None, **changed):
    """Ledger and open deliveries of one product; rows are the centre, then stores."""
    sold = np.array(sold, np.int32)
    flags = np.array(flags, np.uint8)
    back = np.zeros_like(sold) if restocked is None else np.array(restocked, np.int32)
    rule = policy(**changed)
    room = new_scratch(*sold.shape, rule)
    account(sold, back, flags, rule, 0, room)
    return room.ledger, room.open


def one_shelf(sold, flags, restocked=None, **changed):
    """The centre alone: movements by kind as {kind: {day: units}}."""
    found, later = ledger([sold], [flags], [restocked or [0] * len(sold)], **changed)
    rows = {
        kind: {int(d): int(found[0, kind, d]) for d in np.flatnonzero(found[0, kind])}
        for kind in range(N_KINDS)
    }
    return rows, later[0]


def test_kinds_are_those_of_the_schema():
    assert len(MOVEMENT_KINDS) == N_KINDS
    assert MOVEMENT_KINDS[TRANSFER_OUT] == "transfer_out"
    assert MOVEMENT_KINDS[PUT_BACK] == "return"
    assert MOVEMENT_KINDS[ADJUSTMENT] == "adjustment"


def test_by_hand():
    # three days in stock, out on the fourth, back on the fifth
    moved, later = one_shelf([2, 0, 1, 0, 4], [IN, IN, IN, OUT, IN], cover_days=2)
    assert moved[OPENING] == {0: 4}  # two days of sales and a buffer of two
    assert moved[SALE] == {0: -2, 2: -1, 4: -4}
    # the one unit left is mislaid when the stock-out begins, and found when it ends; then two days
    # are covered: today's 4, and tomorrow is taken to be like today, with the buffer
    assert moved[ADJUSTMENT] == {3: -1, 4: 1}
    assert moved[RECEIPT] == {4: 9}
    # day 5 is taken to be like day 4: two lie there on day 7, a review, whose next two days are taken
    # to be like days 2 and 1: 1 + 0 and the buffer
    assert np.flatnonzero(later).tolist()[:1] == [7 - 5]
    assert later[7 - 5] == 1


def test_only_the_sales_until_a_stock_out_are_delivered():
    moved, _ = one_shelf([2, 0, 1, 0, 4], [IN, IN, IN, OUT, IN], cover_days=14)
    assert moved[OPENING] == {0: 3}
    assert moved[ADJUSTMENT] == {}


def test_no_buffer_is_bought_before_a_near_stock_out():
    flags = [IN] * 10 + [OUT]
    assert one_shelf([1] * 10 + [0], flags, cover_days=3)[0][OPENING] == {0: 5}
    assert one_shelf([1] * 10 + [0], flags, cover_days=3, near_days=10)[0][OPENING] == {0: 5}
    assert one_shelf([1] * 10 + [0], flags, cover_days=3, near_days=11)[0][OPENING] == {0: 3}


def test_mislaid_units_may_stay_lost():
    moved, _ = one_shelf([2, 0, 1, 0, 4], [IN, IN, IN, OUT, IN], cover_days=2, lost_share=1.0)
    assert moved[ADJUSTMENT] == {3: -1}
    assert moved[RECEIPT] == {4: 10}


def test_what_is_put_back_need_not_be_delivered_and_waits_while_sold_out():
    moved, _ = one_shelf(
        [2, 0, 0, 3], [IN, OUT, OUT, IN], restocked=[1, 0, 2, 0], cover_days=1, review_days=30
    )
    assert moved[OPENING] == {0: 3}  # 2 sold, 1 put back, a buffer of two
    # two mislaid and found; two more waited in the back room: 4 for 3 and the buffer of two
    assert moved[ADJUSTMENT] == {1: -2, 3: 2}
    assert moved[RECEIPT] == {3: 1}


def test_stores_live_on_transfers_and_on_suppliers_while_the_centre_is_sold_out():
    days = 16
    sold = np.zeros((2, days), int)
    sold[1] = 1
    flags = np.full((2, days), IN)
    flags[0, 5:8] = OUT  # the truck for the review on day 7 would leave on day 6
    found, _ = ledger(sold, flags, cover_days=7)
    assert found[1, OPENING, 0] == 9
    assert np.flatnonzero(found[1, RECEIPT]).tolist() == [7]
    assert np.flatnonzero(found[1, TRANSFER_IN]).tolist() == [14]
    assert found[0, TRANSFER_OUT, 13] == -found[1, TRANSFER_IN, 14] == -7
    direct, later = ledger(sold, flags, cover_days=7, through_dc=0)
    assert not direct[:, [TRANSFER_IN, TRANSFER_OUT]].any()
    assert np.flatnonzero(direct[1, RECEIPT]).tolist() == [7, 14]
    assert np.flatnonzero(later[1]).tolist() == [5, 12, 19]  # days 21, 28 and 35


shapes = st.tuples(st.integers(1, 4), st.integers(5, 60))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), shape=shapes, cover=st.integers(1, 25), review=st.integers(1, 15))
def test_law_stock_is_never_negative_and_every_transfer_leaves_and_arrives(
    data, shape, cover, review
):
    flags = np.where(data.draw(hnp.arrays(bool, shape)), IN, OUT)
    units = hnp.arrays(np.int32, shape, elements=st.integers(0, 6))
    sold = np.where(flags == IN, data.draw(units), 0)
    back = data.draw(units) * (data.draw(units) > 4)
    transit = data.draw(st.integers(0, 4))
    lost = data.draw(st.sampled_from([0.0, 0.5, 1.0]))
    found, _ = ledger(
        sold,
        flags,
        back,
        cover_days=cover,
        review_days=review,
        transit_days=transit,
        near_days=data.draw(st.sampled_from([0, 42])),
        lost_share=lost,
    )
    on_hand = found.sum(axis=1).cumsum(axis=1)
    assert (on_hand >= 0).all()
    assert (-found[:, SALE] == sold).all()
    assert (found[:, PUT_BACK] == back).all()
    # while sold out, only what was put back lies there
    waiting = np.zeros(shape[0], int)
    for day in range(shape[1]):
        waiting = np.where(flags[:, day] == IN, 0, waiting + back[:, day])
        is_out = flags[:, day] == OUT
        assert (on_hand[is_out, day] == waiting[is_out]).all()
    # the trucks: what arrived left `transit` days before, never while the centre was sold out
    arrived = found[1:, TRANSFER_IN].sum(axis=0)
    sent = -found[0, TRANSFER_OUT]
    n = shape[1]
    assert (arrived[transit:] == sent[: n - transit]).all()
    assert (sent[flags[0] == OUT] == 0).all()
    # mislaid units are found or lost, never made
    assert (found[:, ADJUSTMENT].cumsum(axis=1) <= 0).all()


def terms(**changed):
    base = Suppliers(
        seed=np.uint64(1),
        of_sku=np.zeros(1, np.int64),
        promised_days=np.array([10]),
        lead=np.ones(4096),
        delay_days=np.zeros(30, np.int64),
        short_share=0.0,
    )
    return base._replace(**changed)


def test_a_purchase_order_is_late_by_the_delay_and_by_the_stock_out_it_ends():
    flags = np.full(30, IN, np.uint8)
    # 10 days promised, 9 needed
    assert purchase(terms(), flags, 0, 0, 20, 5) == (11, 21, 5)
    delay = np.zeros(30, np.int64)
    delay[18:22] = [1, 2, 3, 4]
    assert purchase(terms(delay_days=delay), flags, 0, 0, 20, 5) == (7, 17, 5)
    flags[15:20] = OUT
    assert purchase(terms(), flags, 0, 0, 20, 5) == (5, 15, 5)
    assert purchase(terms(delay_days=delay), flags, 0, 0, 20, 5) == (5, 15, 5)
    ordered, _, n_ordered = purchase(terms(short_share=1.0), flags, 0, 0, 25, 100)
    assert ordered == 16
    assert 101 <= n_ordered <= 131


def rows_of(sold, flags, reserved=None, **changed):
    sold = np.array(sold, np.int32)[None]
    flags = np.array(flags, np.uint8)[None]
    waits = np.zeros_like(sold) if reserved is None else np.array(reserved, np.int32)[None]
    rule = policy(**changed)
    suppliers = terms(delay_days=np.zeros(sold.shape[2], np.int64))
    given_ = (sold, np.zeros_like(sold), waits, flags, 0, rule, suppliers)
    room = new_scratch(sold.shape[1], sold.shape[2], rule)
    asked, again = np.zeros((2, 4), np.int64)
    fill_rows(*given_, room, new_rows(), asked)
    rows = new_rows(tuple(asked))
    fill_rows(*given_, room, rows, again)
    assert again.tolist() == asked.tolist()
    return rows


def test_rows_only_where_something_changed_and_every_seventh_day():
    sold = [0] * 9
    sold[2] = 3
    rows = rows_of([sold], [[IN] * 9], reserved=[[0, 0, 2, 0, -2, 0, 0, 0, 0]], review_days=30)
    # day, location, sku, came in, put back, sold, sent out, adjusted, on hand, reserved, is out
    assert rows.snapshots.tolist() == [
        [0, 0, 0, 5, 0, 0, 0, 0, 5, 0, 0],
        [2, 0, 0, 0, 0, 3, 0, 0, 2, 2, 0],
        [4, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0],
        [7, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0],
    ]
    assert rows.movements.tolist() == [[0, 0, 0, OPENING, 5], [2, 0, 0, SALE, -3]]


def test_orders_under_way_on_the_last_day_are_open():
    rows = rows_of([[2] * 20], [[IN] * 20], cover_days=7)
    location, sku, day, ordered, promised, n_ordered, n_received = rows.purchases.T
    assert day.tolist() == [7, 14, 21, 28]  # day 35 would be ordered on day 26
    assert n_received.tolist() == [14, 14, NOT_YET, NOT_YET]
    assert ordered.tolist() == [-2, 5, 12, 19]
    assert (n_ordered == 14).all()
    assert (promised == ordered + 10).all()
    assert not location.any()
    assert not sku.any()


def test_audits_show_the_error_only_where_the_system_is_wrong():
    flags = [
        IN_STOCK | IS_COUNTED,
        IN_STOCK | IS_COUNTED | IS_WRONG,
        ON_SYSTEM | IS_WRONG | IS_COUNTED,
    ]
    audits = rows_of([[1, 1, 0]], [flags]).audits
    shown, counted = audits[:, 3], audits[:, 4]
    assert shown[0] == counted[0]
    assert shown[1] != counted[1]
    assert counted[2] == 0
    assert shown[2] > 0  # the system offers what is not there: an oversell


@pytest.mark.parametrize("n", [3, 40])
def test_law_a_products_supplier_depends_on_its_own_number(n):
    few, many = (
        build_suppliers(
            build_world(load_scenario("sample", overrides={"assortment": {"n_products": k}}))
        )
        for k in (6, 6 + n)
    )
    assert np.array_equal(many.of_sku[:6], few.of_sku)
    assert np.array_equal(many.promised_days[:6], few.promised_days)
    assert many.of_sku.max() < 8
    assert few.longest_days >= few.promised_days.max()
