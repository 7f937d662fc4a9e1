"""The eight risks on the committed sample."""

from pathlib import Path

import numpy as np
import pytest

from omnisim.risk import assess, default_register
from omnisim.storage import Dataset

SAMPLE = Path(__file__).parents[2] / "data" / "synthetic" / "sample"
pytestmark = pytest.mark.skipif(
    not (SAMPLE / "manifest.json").exists(), reason="the sample dataset is not there"
)


@pytest.fixture(scope="module")
def assessment():
    return assess(Dataset.open(SAMPLE), default_register(), seed=1, n_years=2000, n_draws=200)


def test_all_eight_are_measured(assessment):
    assert assessment.not_measured == ()
    assert len(assessment.risks) == 8


def test_counts_by_pandas(assessment):
    data = Dataset.open(SAMPLE)
    orders = data.read("orders")
    n_oversold = int((orders["cancel_reason"] == "no_stock").sum())
    assert assessment.risk("oversell").data.n_events == n_oversold
    incidents = data.read("incidents")
    n_outages = int((incidents["incident_kind"] == "platform_outage").sum())
    assert assessment.risk("platform_outage").data.n_events == n_outages
    sent = data.read("touchpoints").query("touch_kind == 'sent' and not has_consent")
    channel_days = {(d.date(), c) for d, c in zip(sent["touched_at"], sent["channel"], strict=True)}
    assert assessment.risk("consent_breach").data.n_events == len(channel_days)


def test_bursts_by_pandas(assessment):
    data = Dataset.open(SAMPLE)
    orders = data.read("orders").dropna(subset=["payment_identity_id"])
    bursts = 0
    for _, rows in orders.groupby("payment_identity_id"):
        flagged = np.zeros(len(rows), dtype=bool)
        times = rows["ordered_at"].astype("int64").to_numpy()
        week = 7 * 86_400_000 * (1 if times.max() < 1e14 else 1_000_000)
        for now in times:
            window = (times >= now - week) & (times <= now)
            if rows["customer_id"][window].nunique() >= 4:
                flagged |= window
        hits = np.sort(times[flagged])
        bursts += int(len(hits) > 0) + int((np.diff(hits) > week).sum())
    assert assessment.risk("fake_orders").data.n_events == bursts


def test_expected_loss_is_rate_times_severity(assessment):
    for item in assessment.risks:
        if item.severity.kind == "expert lognormal" or item.rare:
            continue
        by_hand = item.rate.mean * item.data.severities.mean()
        by_hand *= np.exp(item.data.scale_log_sd**2 / 2)
        error = item.loss.expected.std() / np.sqrt(len(item.loss.expected))
        # Four standard errors of the posterior draws, and 1 % for the fitted tail.
        assert item.loss.eal == pytest.approx(by_hand, abs=4 * error + 0.01 * by_hand)
