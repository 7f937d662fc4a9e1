"""On the committed sample: SQL against an independent pandas computation, disk against memory."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from omnisim.language import in_language
from omnisim.metrics import FrameWarehouse, scorecard
from omnisim.metrics.words import overview_checks
from omnisim.storage import Dataset

SAMPLE = Path(__file__).parents[2] / "data" / "synthetic" / "sample"
pytestmark = pytest.mark.skipif(
    not (SAMPLE / "manifest.json").exists(), reason="the sample dataset is not there"
)


@pytest.fixture(scope="module")
def data():
    return Dataset.open(SAMPLE)


@pytest.fixture(scope="module")
def card(data):
    return scorecard(data)


@pytest.fixture(scope="module")
def frames(data):
    return {name: data.read(name) for name in data.tables}


def test_every_measure_can_be_taken_and_none_is_implausible(card):
    assert card.unmeasured == ()
    assert "implausible" not in set(card.plausibility()["verdict"])


def test_the_check_names_what_lies_outside_the_range_printed_beside_it(card):
    (check, _) = overview_checks(card)
    held = [(m.label, m.value, m.definition.anchor) for m in card.metrics if m.definition.anchor]
    outside = [label for label, x, band in held if not band.usual[0] <= x <= band.usual[1]]
    assert check.sentence.startswith(f"{len(held) - len(outside)} of {len(held)} measures lie")
    assert outside  # the sample has some, so that this can fail
    assert all(label in check.sentence for label in outside)
    assert in_language(check.sentence, "zh")


def test_disk_and_memory_agree(data, card, frames):
    memory = FrameWarehouse(frames, data.first_date, data.last_date, currency=data.currency)
    other = scorecard(memory)
    assert [m.name for m in other.metrics] == [m.name for m in card.metrics]
    for one, two in zip(card.metrics, other.metrics, strict=True):
        # Sums of cents in another order: rounding of doubles only.
        assert one.value == pytest.approx(two.value, rel=1e-9), one.name
        assert one.n == two.n, one.name


def test_sales_and_returns_by_pandas(data, card, frames):
    done = frames["orders"][frames["orders"]["status"] == "completed"]
    assert card.metric("net_sales").value == pytest.approx(done["net_amount"].sum())
    assert card.metric("aov").value == pytest.approx(done["net_amount"].mean())
    old = done[done["ordered_at"].dt.tz_localize(None).dt.normalize() <= _last(data, 30)]
    refunds = frames["returns"].groupby("order_id")["refund_amount"].sum()
    online = old[old["order_channel"] != "store"]
    rate = online["order_id"].map(refunds).fillna(0).sum() / online["net_amount"].sum()
    assert card.metric("return_rate_online").value == pytest.approx(rate)


def test_repeat_rate_by_pandas(data, card, frames):
    window = int(card.metric("repeat_rate").note.split()[1])
    done = frames["orders"].query("status == 'completed' and customer_id.notna()")
    day = done["ordered_at"].dt.tz_localize(None).dt.normalize()
    hits, base = 0, 0
    for _, days in day.groupby(done["customer_id"]):
        if days.iloc[0] <= _last(data, window):
            base += 1
            hits += len(days) > 1 and (days.iloc[1] - days.iloc[0]).days <= window
    assert card.metric("repeat_rate").n == base
    assert card.metric("repeat_rate").value == pytest.approx(hits / base)


def test_stock_out_rate_by_filling_every_day(data, card, frames):
    stock = frames["inventory_snapshots"]
    stock = stock[stock["sku"] <= 6]  # a few SKUs: the daily grid is large
    days = pd.date_range(data.first_date, data.last_date, freq="D")
    out = total = 0
    for _, rows in stock.groupby(["location_id", "sku"]):
        state = rows.set_index("snapshot_date")["is_stocked_out"].astype("boolean")
        daily = state.reindex(days).ffill()
        total += int(daily.notna().sum())
        out += int(daily.sum())
    few = FrameWarehouse(
        {"inventory_snapshots": stock}, data.first_date, data.last_date, currency="USD"
    )
    from omnisim.metrics.operations import stock_out_rate

    assert stock_out_rate(few).value == pytest.approx(out / total)


def test_identities_and_nps_by_pandas(card, frames):
    linked = frames["identities"].dropna(subset=["customer_id"])
    assert card.metric("identities_per_account").value == pytest.approx(
        linked.groupby("customer_id").size().mean()
    )
    scores = frames["survey_invitations"]["nps_score"].dropna().astype(int)
    nps = 100 * (np.mean(scores >= 9) - np.mean(scores <= 6))
    assert card.metric("nps").value == pytest.approx(nps)


def _last(data, days):
    return pd.Timestamp(data.last_date) - pd.Timedelta(days=days)
