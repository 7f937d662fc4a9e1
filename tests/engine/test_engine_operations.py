"""Shipments, payments and inspections: by hand on a few orders, and as laws of a small world."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from omnisim.engine.records import BlockLog
from omnisim.engine.records.inspections import inspection_records
from omnisim.engine.records.payments import payment_records
from omnisim.engine.records.shipments import shipment_records
from omnisim.engine.state import LINE_ROW, NO_TIME, ORDER_ROW, RETURN_ROW
from omnisim.scenario import load_scenario
from omnisim.schema import channels as ch
from omnisim.schema import operations as op
from omnisim.storage import Codes

DAY = 86_400
N_DAYS = 60
_ORDER = {
    "customer": -1,
    "identity": -1,
    "payment": 7,
    "session": -1,
    "location": 1,
    "catchment": 2,
}
_ORDER |= {"reason": -1, "coupon": -1, "units": 1, "gross": 10_000, "discount": 1_000, "cost": 500}
_ORDER |= {"shipping": 520, "cancelled": NO_TIME, "label": -1}
WEB, STORE, MARKETPLACE = (ch.ORDER_CHANNELS.index(k) for k in ("web", "store", "marketplace"))
PARCEL, COLLECT, CARRY_OUT, MADE = (
    ch.FULFILMENTS.index(k)
    for k in ("ship_from_dc", "click_and_collect", "carry_out", "made_to_order")
)


def order(number, day, channel=WEB, fulfilment=PARCEL, takes=2.0, **changed):
    at = int(day * DAY) + 36_000
    fulfilled = at + int(takes * DAY)
    row = {"at": at, "row": 0, "id": number, "channel": channel, "fulfilment": fulfilment}
    row |= {"promised": at + 4 * DAY}
    row |= {"fulfilled": fulfilled if fulfilled < N_DAYS * DAY else NO_TIME}
    return _ORDER | row | changed


def returned(number, of, day, refund=9_000, channel=0, **changed):
    row = {"at": int(day * DAY), "row": 0, "id": number, "order": of, "line": number, "sku": 3}
    return (
        row
        | {"units": 1, "refund": refund, "channel": channel, "location": 1, "reason": 0}
        | changed
    )


def rows(dtype, values):
    out = np.zeros(len(values), dtype).view(np.recarray)
    for k, value in enumerate(values):
        for name, content in value.items():
            out[name][k] = content
    return out


def make_log(orders, returns=(), persons=1, **overrides):
    scenario = load_scenario(
        "sample",
        overrides={
            "horizon": {"n_days": N_DAYS},
            "experiment": {"is_on": False},
            "rollout": {"is_on": False},
            "shocks": [],
            "campaigns": [],
            "promotions": [],
            **overrides,
        },
    )
    people = rows(np.dtype([("person", np.int64)]), [{"person": k} for k in range(persons)])
    nothing = rows(LINE_ROW, [])
    return BlockLog(
        SimpleNamespace(scenario=scenario),
        people,
        None,
        touches=nothing,
        sessions=nothing,
        orders=rows(ORDER_ROW, orders),
        lines=nothing,
        returns=rows(RETURN_ROW, returns),
        surveys=nothing,
    )


def frame(columns):
    made = {}
    for name, given in columns.items():
        if isinstance(given, Codes):
            made[name] = [given.names[c] if c >= 0 else None for c in given.codes]
        elif isinstance(given, tuple):
            made[name] = pd.Series(given[0]).astype("Int64").mask(given[1])
        else:
            made[name] = given
    return pd.DataFrame(made)


def tables(log):
    """Tables as frames; times in days since the first day."""
    makers = (inspection_records, payment_records, shipment_records)
    made = {name: frame(columns) for make in makers for name, columns in make(log).items()}
    start = log.milliseconds(np.zeros(1))[0]
    for table in made.values():
        for name in table.columns:
            if name.endswith("_at"):
                table[name] = (table[name] - start) / 1000 / DAY
    return made


ONLY_CARDS = {
    "online_wallet_share": 0.0,
    "invoice_share": 0.0,
    "store_wallet_share": 0.0,
    "has_chargebacks": False,
}


def test_shipments_by_hand():
    log = make_log(
        [
            order(1, 0),
            order(2, 1, fulfilment=COLLECT, takes=0.25, location=4),
            order(3, 2, channel=STORE, fulfilment=CARRY_OUT, takes=0, location=4),
            order(4, 3, reason=1, fulfilled=NO_TIME, cancelled=4 * DAY),
            order(5, 4, takes=6, fulfilment=MADE),
            order(6, 52, takes=20),  # promised on day 56, on its way at the end: late already
            order(7, 58, takes=4),  # not due before the end
            order(8, 59.58, takes=4),  # ten minutes before the end: not yet at the carrier
        ]
    )
    found = tables(log)["shipments"].set_index("order_id")
    assert found.index.tolist() == [1, 2, 5, 6, 7, 8]
    assert found["is_late"].tolist() == [False, False, True, True, False, False]
    assert found["delivered_at"].isna().tolist() == [False, True, False, True, True, True]
    assert found["picked_up_at"].notna().tolist() == [False, True, False, False, False, False]
    assert found["ready_at"].notna().tolist() == [False, True, False, False, False, False]
    assert found["shipped_at"].notna().tolist() == [True, False, True, True, True, False]
    assert found["carrier"].notna().tolist() == [True, False, True, True, True, True]
    assert found.loc[2, "picked_up_at"] == pytest.approx(1 + 10 / 24 + 0.25)
    # goods made to order leave the workshop late
    assert found.loc[5, "shipped_at"] == pytest.approx(4 + 10 / 24 + 6 * 0.96)
    assert found.loc[1, "ordered_at"] < found.loc[1, "shipped_at"] < found.loc[1, "delivered_at"]
    assert found.loc[2, "location_id"] == 4
    assert (found["shipping_cost_cents"] == 520).all()


def test_payments_by_hand():
    log = make_log(
        [
            order(1, 0),
            order(2, 1, channel=STORE, fulfilment=CARRY_OUT, takes=0, payment=-1, gross=2_099),
            order(3, 2, channel=MARKETPLACE),
            order(4, 3, reason=1, fulfilled=NO_TIME, cancelled=3 * DAY + 43_200),
            order(5, 4, reason=2, fulfilled=NO_TIME, cancelled=5 * DAY),
        ],
        [returned(11, 1, 9)],
        payments=ONLY_CARDS,
    )
    found = tables(log)["payments"]
    columns = ["order_id", "payment_kind", "payment_method", "amount_cents", "fee_cents"]
    assert found[columns].values.tolist() == [
        [1, "capture", "card", 9_000, 198],  # 2.2 %
        [2, "capture", "cash", 1_099, 5],  # 0.5 %, rounded down
        [3, "capture", "marketplace", 9_000, 1_080],
        [4, "capture", "card", 9_000, 198],
        [4, "refund", "card", -9_000, 0],
        [1, "refund", "card", -9_000, 0],
    ]
    assert found["paid_at"].iloc[4] == pytest.approx(3.5)
    assert found["paid_at"].iloc[5] == pytest.approx(9)
    assert found["return_id"].tolist()[5] == 11
    assert found["payment_id"].is_unique


def test_invoices_are_paid_after_the_hand_over_and_refunds_wait_for_them():
    log = make_log(
        [order(1, 0), order(2, 57.5), order(3, 1, reason=1, cancelled=DAY + 50_000)],
        [returned(11, 1, 2.5), returned(12, 2, 59.9)],
        payments={**ONLY_CARDS, "invoice_share": 1.0, "invoice_days": 90},
    )
    # a payment day is drawn for each order: where it falls beyond the end nothing is paid
    found = tables(log)["payments"]
    assert 3 not in set(found["order_id"])  # cancelled before anybody paid
    for number in set(found["order_id"]):
        mine = found[found["order_id"] == number]
        capture = mine[mine["payment_kind"] == "capture"]["paid_at"].item()
        assert capture >= log.orders["fulfilled"][number - 1] / DAY
        assert (mine["paid_at"] >= capture).all()
    assert len(found) % 2 == 0


def test_chargebacks_by_hand():
    always = {**ONLY_CARDS, "has_chargebacks": True, "fake_chargeback_share": 1.0}
    always |= {"friendly_share": 0.0, "late_dispute_share": 1.0}
    always |= {"chargeback_days": 10.0, "chargeback_sigma": 0.0}
    log = make_log(
        [
            order(1, 0, channel=MARKETPLACE, label=0),
            order(2, 1),
            order(3, 2, takes=5),
            order(4, 3, takes=5),  # sent back
            order(5, 3.2, channel=STORE, fulfilment=CARRY_OUT, takes=5, payment=-1),  # cash
            order(6, 48, channel=MARKETPLACE, label=0),  # would be charged back after the end
            order(
                7, 4, channel=MARKETPLACE, label=0, reason=2, fulfilled=NO_TIME, cancelled=5 * DAY
            ),
        ],
        [returned(11, 4, 12)],
        payments=always,
    )
    made = tables(log)
    found = made["payments"].query("payment_kind == 'chargeback'")
    assert found[["order_id", "chargeback_reason"]].values.tolist() == [
        [1, "unauthorised"],
        [3, "not_received"],
    ]
    assert found["amount_cents"].tolist() == [-9_000, -9_000]
    assert (found["fee_cents"] == 1_500).all()
    assert found["paid_at"].tolist() == pytest.approx([12 + 10 / 24, 17 + 10 / 24])
    # the late order is disputed in good faith
    labels = made["payment_labels"]
    assert labels["payment_id"].tolist() == [found["payment_id"].iloc[0]]
    assert labels["label"].tolist() == ["fake_order"]


def test_friendly_fraud_is_labelled_whatever_the_buyer_says():
    plan = {**ONLY_CARDS, "has_chargebacks": True, "friendly_share": 1.0, "chargeback_days": 5.0}
    log = make_log([order(k, 0.1 * k) for k in range(1, 41)], payments=plan)
    made = tables(log)
    found = made["payments"].query("payment_kind == 'chargeback'")
    assert len(found) == 40
    assert set(found["chargeback_reason"]) == set(op.CHARGEBACK_REASONS)
    assert set(made["payment_labels"]["label"]) == {"friendly_fraud"}
    assert set(made["payment_labels"]["payment_id"]) == set(found["payment_id"])


def many_returns(persons=400, each=5):
    orders, returns = [], []
    for person in range(persons):
        for k in range(each):
            number = person * each + k + 1
            orders.append(order(number, k, row=person))
            returns.append(returned(number, number, 10 + k, row=person, channel=k % 2))
    orders[0]["row"] = returns[0]["row"] = 0
    return orders, returns


@pytest.fixture(scope="module")
def inspected():
    orders, returns = many_returns()
    dials = {"person_share": 0.25, "fraud_share": 0.6, "empty_share": 0.2}
    return returns, tables(make_log(orders, returns, persons=400, return_fraud=dials))


def test_fraud_has_its_share_and_its_persons(inspected):
    returns, made = inspected
    person = pd.Series({r["id"]: r["row"] for r in returns})
    cheats = person[made["return_labels"]["return_id"]].nunique() / 400
    # four binomial standard errors; one person in a hundred cheats and is never seen to (0.4 ** 5)
    assert abs(cheats - 0.25) < 4 * (0.25 * 0.75 / 400) ** 0.5
    share = len(made["return_labels"]) / (cheats * 400 * 5)
    assert abs(share - 0.6) < 4 * (0.6 * 0.4 / (cheats * 2000)) ** 0.5


def test_inspection_follows_the_label_and_nobody_hands_over_an_empty_box(inspected):
    returns, made = inspected
    found = made["return_inspections"].merge(made["return_labels"], how="left", on="return_id")
    assert len(found) == len(returns)
    channel = pd.Series({r["id"]: r["channel"] for r in returns})
    empty = found[found["label"] == "empty_box"]
    assert len(empty)
    assert (channel[empty["return_id"]] == 0).all()
    assert (empty["inspection_result"] == "empty").all()
    assert (found["inspection_result"] == "empty").sum() == len(empty)
    worn = found[found["label"] == "wardrobing"]
    caught = (worn["inspection_result"] == "worn").mean()
    assert abs(caught - 0.65) < 4 * (0.65 * 0.35 / len(worn)) ** 0.5
    honest = found[found["label"].isna()]
    assert 0 < (honest["inspection_result"] == "worn").mean() < 0.05
    assert worn["has_tag"].mean() < honest["has_tag"].mean() - 0.3
    assert (found["is_restocked"] == (found["inspection_result"] == "as_new")).all()


def test_the_switches_leave_no_fraud_but_go_on_inspecting():
    orders, returns = many_returns(persons=60)
    log = make_log(
        orders,
        returns,
        persons=60,
        return_fraud={"is_on": False},
        payments={"has_chargebacks": False, "friendly_share": 1.0},
    )
    made = tables(log)
    assert made["return_labels"].empty
    assert made["payment_labels"].empty
    assert len(made["return_inspections"]) == len(returns)
    assert "chargeback" not in set(made["payments"]["payment_kind"])


def test_goods_made_to_order_are_not_put_back():
    log = make_log(
        [order(1, 1, fulfilment=MADE), order(2, 1)],
        [returned(11, 1, 20), returned(12, 2, 20)],
        return_fraud={"is_on": False, "worn_share": 0.0, "damaged_share": 0.0},
    )
    found = tables(log)["return_inspections"].set_index("return_id")
    assert (found["inspection_result"] == "as_new").all()
    assert found["is_restocked"].to_dict() == {11: False, 12: True}


def test_what_came_back_at_the_end_is_not_inspected_yet():
    log = make_log([order(1, 50)], [returned(11, 1, 60 - 30 / DAY)])
    assert tables(log)["return_inspections"].empty


def test_law_rows_do_not_depend_on_the_neighbours():
    orders, returns = many_returns(persons=30, each=4)
    whole = tables(make_log(orders, returns, persons=30))
    part = tables(
        make_log(
            [o for o in orders if o["row"] < 12], [r for r in returns if r["row"] < 12], persons=12
        )
    )
    for name, key in (
        ("shipments", "shipment_id"),
        ("payments", "payment_id"),
        ("return_inspections", "return_id"),
        ("return_labels", "return_id"),
    ):
        mine = whole[name][whole[name][key].isin(part[name][key])].reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, part[name])
    assert len(part["shipments"]) == 48
