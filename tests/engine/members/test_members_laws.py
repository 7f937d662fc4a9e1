"""Rows about members have an address: cuts, neighbours and switches change only what they must."""

import numpy as np
import pandas as pd
import pytest

from omnisim.engine import Block, build_plan, run_block
from omnisim.engine.records import BlockLog, record_columns
from omnisim.engine.records.accounts import Accounts
from omnisim.engine.records.brand import brand_counts
from omnisim.engine.records.columns import find_rows
from omnisim.scenario.blocks_causes import Promotion
from omnisim.schema.channels import CANCEL_REASONS
from omnisim.schema.members import MEMBER_TABLES, MEMBER_TRUTH, POST_TOPICS
from omnisim.storage import Codes, check_dataset
from omnisim.truth import simulate
from omnisim.world import build_world

from .conftest import N

EVERY = (*MEMBER_TABLES, *MEMBER_TRUTH)
OFF = {
    name: {"is_on": False}
    for name in ("loyalty", "referrals", "community", "service", "voice", "brand", "win_back")
}


def entries(dataset):
    return dataset.manifest.tables | dataset.manifest.truth


def test_the_dataset_is_sound_and_every_table_has_rows(made):
    assert check_dataset(made.path) == []
    assert {name for name in EVERY if entries(made)[name].rows == 0} == set()


@pytest.mark.parametrize("how", [{"block_size": 240}, {"workers": 2, "superstep": 9}])
def test_same_rows_however_the_work_is_cut(made, scenario, tmp_path, how):
    again = simulate(scenario, out=tmp_path / "again", **{"workers": 1, **how})
    assert {n: entries(again)[n].digest for n in EVERY} == {
        n: entries(made)[n].digest for n in EVERY
    }


def rows_of(columns):
    """The rows of a table as a set of tuples, missing values as None."""
    shown = []
    for values in columns.values():
        if isinstance(values, Codes):
            shown.append([values.names[k] if k >= 0 else None for k in values.codes])
        elif isinstance(values, tuple):
            shown.append(np.where(values[1], None, values[0].astype(object)).tolist())
        else:
            shown.append(values.tolist())
    return set(zip(*shown, strict=True))


def test_one_more_customer_changes_nobody_else(log):
    fewer = N - 3  # cuts a group of eight
    world = log.world
    short = BlockLog.of(world, *run_block(world, build_plan(world), Block(0, 0, fewer)))
    mine, every = record_columns(short), record_columns(log)
    # whom the further persons' accounts were brought by: these members' balances do change
    rewarded = set(every["referrals"]["referrer_customer_id"].tolist())
    for table in set(EVERY) & set(mine):
        lost = rows_of(mine[table]) - rows_of(every[table])
        if table == "loyalty_ledger":
            lost = {row for row in lost if row[2] not in rewarded}
        assert lost == set(), table


def test_what_is_off_leaves_no_rows_and_changes_nothing_else(made, scenario, tmp_path):
    overrides = {
        name: getattr(scenario, name).model_copy(update=fields)
        for name, fields in OFF.items()
        if name != "win_back"
    }
    quiet = simulate(
        scenario.model_copy(update=overrides), out=tmp_path / "quiet", workers=1, truth="none"
    )
    assert check_dataset(quiet.path) == []
    left = {name for name in EVERY if entries(quiet)[name].rows}
    assert left == {
        "coupon_issues", "coupon_redemptions", "consent_events", "winback_contacts"
    }  # fmt: skip
    of_worlds = {
        "effects",
        "outcomes",
        "worlds",
        "parameters",
    }  # tell of other worlds, or of the dials
    for name in set(entries(quiet)) - set(EVERY) - of_worlds:
        assert entries(quiet)[name].digest == entries(made)[name].digest, name


def test_win_back_and_mailings_have_their_switches(under):
    tables = record_columns(under(win_back={"is_on": False}, coupon_mailings={"is_on": False}))
    assert tables["winback_contacts"]["touchpoint_id"].size == 0
    issued, redeemed = tables["coupon_issues"], tables["coupon_redemptions"]
    used, is_guest = redeemed["coupon_issue_id"]
    assert set(issued["coupon_issue_id"]) == set(used[~is_guest])


def test_the_brand_survey_is_a_sum_over_blocks(log):
    world, plan = log.world, build_plan(log.world)
    cut = [
        brand_counts(BlockLog.of(world, *run_block(world, plan, Block(0, first, last))))
        for first, last in ((0, 64), (64, N))
    ]
    assert np.array_equal(sum(cut), brand_counts(log))


def test_coupons_are_issued_online_too_and_mostly_unused(made):
    issued = made.read("coupon_issues")
    used = set(made.read("coupon_redemptions")["coupon_issue_id"].dropna())
    unused = ~issued["coupon_issue_id"].isin(used)
    assert unused.mean() > 0.3
    assert {"web", "store", "email"} <= set(issued["issue_channel"].astype(str))


def test_referrers_are_of_the_same_eight_and_were_there_before(made):
    who = pd.read_parquet(made.path / "truth" / "customer_map").set_index("customer_id")[
        "person_id"
    ]
    found = made.read("referrals")
    new, old = found["customer_id"].map(who), found["referrer_customer_id"].map(who)
    assert len(found) >= 3
    assert (new // 8 == old // 8).all()
    assert (old < new).all()


def test_win_back_contacts_come_after_the_lapse(made, scenario):
    found = made.read("winback_contacts")
    silence = found["contacted_at"] - found["last_ordered_at"]
    assert silence.min() >= pd.Timedelta(days=scenario.win_back.after_days)
    assert not found.duplicated(["customer_id", "last_ordered_at"]).any()
    assert found["has_ordered_within_30_days"].isna().any()  # the year ends before the 30 days
    assert 0 < found["has_ordered_within_30_days"].mean() < 1


def test_complaints_in_the_community_are_about_bad_orders(log):
    posts = record_columns(log)["community_posts"]
    accounts, orders = Accounts.of(log), log.orders
    complains = posts["topic"].codes == POST_TOPICS.index("complaint")
    author, is_unknown = posts["customer_id"]
    rows = accounts.row[accounts.find(author[complains & ~is_unknown])]
    late = (orders["reason"] < 0) & (orders["fulfilled"] > orders["promised"])
    refused = orders["reason"] == CANCEL_REASONS.index("no_stock")
    assert rows.size > 5
    assert set(rows) <= set(orders["row"][late | refused])


def test_a_few_members_write_most_posts(log):
    posts = record_columns(log)["community_posts"]
    author, is_unknown = posts["customer_id"]
    counts = np.sort(np.unique(author[~is_unknown], return_counts=True)[1])[::-1]
    n_members = int(log.people["is_in_community"].sum())
    assert counts.size < 0.5 * n_members
    assert counts[: n_members // 10].sum() > 0.5 * counts.sum()


def test_a_coupon_takes_its_percent_of_what_promotions_left(scenario):
    """Half price on everything for a month: then 15 % of the other half, to the cent of each line."""
    sale = Promotion(name="Sale", first_day=60, n_days=30, discount=0.5)
    world = build_world(scenario.model_copy(update={"promotions": (sale,)}))
    log = BlockLog.of(world, *run_block(world, build_plan(world), Block(0, 0, N)))
    redeemed = record_columns(log)["coupon_redemptions"]
    order = find_rows(log.orders["id"], redeemed["order_id"])
    gross = log.orders["gross"][order]
    percent = np.array([15, 10])[log.orders["coupon"][order]]
    on_sale = (log.orders["at"][order] // 86_400 >= 60) & (log.orders["at"][order] // 86_400 < 90)
    left = np.where(on_sale, gross - gross // 2, gross)
    assert on_sale.sum() > 5
    off = redeemed["discount_amount_cents"]
    assert (np.abs(off - left * percent / 100) <= 12).all()  # a cent or two of each of six lines
    assert np.array_equal(off[~on_sale], log.orders["discount"][order][~on_sale])
