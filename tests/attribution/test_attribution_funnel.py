"""The funnel by hand, and benchmarks of other definitions kept away."""

import numpy as np
import pandas as pd
import pytest

from omnisim.attribution import DEFINITIONS, Benchmark, aarrr_funnel
from omnisim.errors import DesignError, SchemaError

DAY = pd.Timestamp("2025-03-01", tz="UTC")


def tables() -> dict[str, pd.DataFrame]:
    """Account 1 (cookie 11) and cookie 12 unlinked, 13 only sent mail; one cash order."""
    rows = [
        (0, 11, "email", "sent"), (1, 11, "email", "click"), (2, 11, "referral", "click"),
        (0, 12, "paid_social", "impression"), (3, 12, "direct", "click"),
        (0, 13, "email", "sent"), (9, 11, "referral", "click"), (8, 12, "referral", "click"),
    ]  # fmt: skip
    day, identity, channel, kind = zip(*rows, strict=True)
    touch = pd.DataFrame(
        {
            "touched_at": DAY + pd.to_timedelta(day, unit="D"),
            "identity_id": identity,
            "customer_id": pd.array([pd.NA] * len(rows), dtype="Int64"),
            "channel": channel,
            "touch_kind": kind,
        }
    )
    orders = pd.DataFrame(
        {
            "ordered_at": DAY + pd.to_timedelta([2, 5, 6, 7, 4], unit="D"),
            "identity_id": pd.array([11, 11, 12, None, 12], dtype="Int64"),
            "customer_id": pd.array([1, 1, None, None, None], dtype="Int64"),
            "status": ["completed", "completed", "completed", "completed", "cancelled"],
            "net_amount": [10.0, 20.0, 40.0, 99.0, 7.0],
        }
    )
    identities = pd.DataFrame(
        {"identity_id": [11, 12, 13], "customer_id": pd.array([1, None, None], dtype="Int64")}
    )
    return {"touchpoints": touch, "orders": orders, "identities": identities}


def test_by_hand():
    found = aarrr_funnel(tables(), push_channels=("email",)).set_index("measure")
    assert found.loc["reached", "value"] == 3
    assert found.loc["responded", ["n", "n_base"]].tolist() == [2, 3]
    assert found.loc["participated", ["n", "n_base"]].tolist() == [1, 2]
    assert found.loc["bought", ["n", "n_base"]].tolist() == [2, 2]
    assert found.loc["bought_again", ["n", "n_base"]].tolist() == [1, 2]
    # The referral of cookie 12 came after its first order.
    assert found.loc["referred", ["n", "n_base"]].tolist() == [1, 2]
    assert found.loc["sales_per_buyer", "value"] == 35
    shares = found.loc[["responded", "participated", "bought", "bought_again", "referred"]]
    assert (shares["low"] <= shares["value"]).all()
    assert (shares["value"] <= shares["high"]).all()


def test_a_benchmark_of_another_definition_is_not_attached():
    found = aarrr_funnel(tables(), push_channels=("email",)).set_index("measure")
    # The literature's figures are of one campaign, or do not tell their base or window.
    for other in ("reached", "participated", "bought_again", "referred"):
        assert np.isnan(found.loc[other, "benchmark"])
        assert found.loc[other, "benchmark_note"].startswith("not compared: the source counts")
    assert found.loc["sales_per_buyer", "benchmark_note"] == "no benchmark"
    mine = Benchmark(
        measure="bought_again",
        value=0.4,
        definition=DEFINITIONS["bought_again"],
        source="the retailer's last year",
    )
    found = aarrr_funnel(tables(), push_channels=(), benchmarks=(mine,)).set_index("measure")
    assert found.loc["bought_again", "benchmark"] == 0.4
    assert np.isnan(found.loc["participated", "benchmark"])
    assert np.isnan(found.loc["participated", "value"])  # no message was sent: no share


def test_refusals():
    with pytest.raises(DesignError, match="benchmark of 'fame'"):
        Benchmark(measure="fame", value=1.0, definition="x", source="x")
    with pytest.raises(DesignError, match="value = nan"):
        Benchmark(measure="bought", value=float("nan"), definition="x", source="x")
    given = tables()
    with pytest.raises(DesignError, match="nobody was reached"):
        aarrr_funnel({**given, "touchpoints": given["touchpoints"][:0]}, push_channels=())
    with pytest.raises(SchemaError, match=r"orders: no column \['status'\]"):
        aarrr_funnel({**given, "orders": given["orders"].drop(columns="status")}, push_channels=())
