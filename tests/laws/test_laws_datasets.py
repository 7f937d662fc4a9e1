"""Laws of whole datasets: a longer horizon keeps what was, one more customer changes nobody else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from omnisim.scenario import load_scenario
from omnisim.schema import RAW_TRUTH, TABLES, TRUTH_TABLES
from omnisim.storage import Dataset
from omnisim.truth import simulate

DECLARED = {**TABLES, **{n: t for n, t in TRUTH_TABLES.items() if n not in RAW_TRUTH}}
# Effects and labels that need other worlds or the whole year are asked for elsewhere.
SMALL = {
    "horizon": {"n_days": 84},
    "population": {"n_customers": 400},
    "stores": {"n_stores": 5},
    "assortment": {"n_products": 10},
    "demand": {"need_rate": 30.0},
    "fraud": {"ring_share": 0.1, "abuser_share": 0.1},
    "experiment": {"first_day": 35, "n_days": 28},
    "rollout": {"waves": [{"first_day": 28, "store_share": 0.4}], "growth_days": 14},
}


def read(dataset: Dataset, name: str) -> pd.DataFrame:
    """A table as it lies on disk."""
    return pd.read_parquet(dataset.path / DECLARED[name].side / name)


def plain(column: pd.Series) -> pd.Series:
    """Timestamps without their zone; categories as texts."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return column.dt.tz_localize(None)
    return column.astype(object) if isinstance(column.dtype, pd.CategoricalDtype) else column


def unequal(left: pd.Series, right: pd.Series) -> pd.Series:
    """Where two columns differ; missing equals missing."""
    return ~((left.astype(object) == right.astype(object)) | (left.isna() & right.isna()))


# --- a longer horizon ------------------------------------------------------------------------------

# What is laid over the whole horizon is another thing in a longer one: incidents are so many a year
# and fall anywhere in it, as do exports and complaints. All else is on.
PREFIX = {
    **SMALL,
    "population": {"n_customers": 1600},
    "incidents": {"is_on": False},
    "privacy": {"exports_per_year": 0.0, "complaints_per_100k": 0.0},
}
N_SHORT, N_LONG = 84, 126
# Tables that sum up or look back over the whole horizon: no event of theirs is "early".
LOOKS_BACK = {
    "identities": "one row per identity: last seen, linked to",
    "inventory_snapshots": "stock is accounted afterwards: its level fits the sales of all days",
    "inventory_movements": "deliveries fit the sales of all days",
    "inventory_audits": "counts what the snapshot holds",
    "purchase_orders": "orders of stock fit the sales of all days",
    "demand_signals": "an index beside the mean of the horizon",
    "prices": "a price is valid until the next, or the last day",
    "coupon_issues": "a coupon redeemed later was issued earlier: it needs an issue of its own",
    "loyalty_ledger": "an order has its entries once its goods were handed over",
    "service_contacts": "about a parcel under way somebody calls before it comes, or before the end",
}
# Columns that look back, in rows that do not.
COLUMNS_LOOK_BACK = {
    "sessions": {"device"},  # told when all visits of a cookie are known: see docs/truth.md
    "coupon_redemptions": {"coupon_issue_id"},
}
# Columns that say what was known at the end; they change with the timestamp beside them.
KNOWN_AT_THE_END = {
    "shipments": {"is_late"},
    "touchpoint_ratings": {"rating"},
    "survey_invitations": {"nps_score"},
}
MONTHLY = {
    "market_totals",
    "lost_demand",
    "brand_tracker",
    "brand_truth",
}  # the last month is cut by the end


@pytest.fixture(scope="module")
def horizons(tmp_path_factory):
    folder = tmp_path_factory.mktemp("horizons")
    return tuple(
        simulate(
            load_scenario("sample", overrides={**PREFIX, "horizon": {"n_days": n}}),
            out=folder / str(n),
            workers=1,
            truth="none",
        )
        for n in (N_SHORT, N_LONG)
    )


def end_of(dataset: Dataset) -> pd.Timestamp:
    return pd.Timestamp(dataset.last_date) + pd.Timedelta(days=1)


def early(rows: pd.DataFrame, name: str, end: pd.Timestamp) -> pd.DataFrame:
    """Rows of before `end`: of months that were over by then where rows are months."""
    at = pd.to_datetime(plain(rows[DECLARED[name].time_column]))
    if name in MONTHLY:
        at = at + pd.offsets.MonthEnd(0)
    return rows[(at < end).to_numpy()]


EVENTS = [n for n, t in DECLARED.items() if t.time_column is not None and n not in LOOKS_BACK]


@pytest.mark.parametrize("name", EVENTS)
def test_a_longer_horizon_keeps_the_prefix(horizons, name):
    """Conditions: interference off; incidents, data exports and complaints off (so many a year, laid over
    the whole horizon); nothing is made to order (work on it is planned back from the delivery).

    Every row of before the earlier end is there with the same id and values. What may differ is what
    had not happened yet: a time that is missing, or set to the last second, in the shorter horizon,
    lies beyond its end in the longer one; and what was known of it.
    """
    end = end_of(horizons[0])
    short, long = (early(read(d, name), name, end) for d in horizons)
    key = list(DECLARED[name].key)
    ignored = COLUMNS_LOOK_BACK.get(name, set())
    both = short.merge(long, on=key, how="outer", indicator=True, suffixes=("", "_long"))
    assert (both["_merge"] == "both").all()
    columns = [c for c in short.columns if c not in ignored | set(key)]
    is_open = np.zeros(len(both), bool)  # not over by the earlier end
    for column in columns:
        before, after = plain(both[column]), plain(both[f"{column}_long"])
        differs = unequal(before, after).to_numpy()
        if not pd.api.types.is_datetime64_any_dtype(after):
            continue
        cut = before.isna() | (before >= end - pd.Timedelta(seconds=1))
        assert (cut & (after >= end))[differs].all(), column
        is_open |= differs
    for column in columns:
        before, after = plain(both[column]), plain(both[f"{column}_long"])
        if pd.api.types.is_datetime64_any_dtype(after):
            continue
        differs = unequal(before, after).to_numpy()
        if column in KNOWN_AT_THE_END.get(name, ()):
            differs = differs & ~is_open
        assert not differs.any(), column


def test_what_looks_back_does_differ(horizons):
    """Otherwise the list of exceptions would be longer than it must be."""
    end = end_of(horizons[0])
    same = []
    for name in LOOKS_BACK:
        short, long = (early(read(d, name), name, end) for d in horizons)
        if short.reset_index(drop=True).equals(long.reset_index(drop=True)):
            same.append(name)
    assert same == []


def test_the_prefix_has_something_in_it(horizons):
    empty = {n for n in EVENTS if read(horizons[0], n).empty}
    # off in this preset, or about things that take longer than twelve weeks
    assert empty <= {"referrals", "winback_contacts", "configurations", "quotes", "production_orders"}  # fmt: skip


# --- one more customer -----------------------------------------------------------------------------

# Counts and sums over customers, and what is made from them.
OVER_CUSTOMERS = {
    "media_costs", "store_traffic", "inventory_snapshots", "inventory_movements", "inventory_audits",
    "purchase_orders", "community_posts", "brand_tracker", "campaigns", "demand_signals",
    "market_totals", "access_log", "lost_demand", "outcomes", "brand_truth", "signal_truth",
    "latent_demand", "worlds", "parameters",
}  # fmt: skip


@pytest.fixture(scope="module", params=[1, 3, 240])
def populations(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("populations")
    return tuple(
        simulate(
            load_scenario("sample", overrides={**SMALL, "population": {"n_customers": n}}),
            out=folder / str(n),
            workers=1,
            truth="none",
        )
        for n in (400, 400 + request.param)
    )


def test_more_customers_change_no_row_of_the_others(populations):
    """Condition: interference off. Every row about a person, in every table and in truth, is there
    with the same id and values; only sums over customers and what follows them move."""
    for name, table in DECLARED.items():
        if name in OVER_CUSTOMERS:
            continue
        few, many = (read(d, name) for d in populations)
        both = few.merge(many, on=list(table.key), how="left", suffixes=("", "_many"), indicator=True)  # fmt: skip
        assert (both["_merge"] == "both").all(), name
        for column in few.columns.difference(table.key):
            assert not unequal(both[column], both[f"{column}_many"]).any(), (name, column)
    assert len(read(populations[1], "persons")) > len(read(populations[0], "persons"))
