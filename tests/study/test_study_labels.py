"""Flagged orders against labels: by hand, and on the sample."""

import pandas as pd
import pytest

from omnisim import risk
from omnisim.errors import DatasetError, DesignError
from omnisim.storage import Dataset
from omnisim.study import LabelAudit, audit_orders


@pytest.fixture(scope="module")
def sample():
    return Dataset.open("sample")


@pytest.fixture(scope="module")
def fakes(sample):
    labels = pd.read_parquet(sample.path / "truth" / "order_labels")
    return labels.loc[labels["label"] == "fake_order", "order_id"].tolist()


def test_precision_and_recall_by_hand(sample, fakes):
    genuine = sorted(set(sample.read("orders", columns=["order_id"])["order_id"]) - set(fakes))
    audit = audit_orders(sample, [*fakes[:3], fakes[0], genuine[0]], label="fake_order")
    assert audit == LabelAudit(n_flagged=4, n_labelled=len(fakes), n_hits=3)
    assert audit.precision == 0.75
    assert audit.recall == 3 / len(fakes)
    row = audit.comparison("fakes", label="Fakes")
    assert (row.estimate, row.truth, row.unit, row.is_covered) == (4, len(fakes), "orders", None)


def test_nothing_flagged_is_not_a_division_by_zero(sample):
    audit = audit_orders(sample, [], label="fake_order")
    assert (audit.n_flagged, audit.precision, audit.recall) == (0, None, 0.0)
    assert LabelAudit(0, 0, 0).recall is None


def test_the_rule_of_the_risk_finds_fake_orders_only(sample, fakes):
    audit = audit_orders(sample, risk.fake_order_ids(sample), label="fake_order")
    assert audit.n_hits > 0
    # households do not order from four accounts on one card within a week in this world
    assert audit.precision == 1.0


def test_refusals(sample, make_dataset):
    with pytest.raises(DesignError, match=r"label = 'theft': give one of \['fake_order'"):
        audit_orders(sample, [1], label="theft")
    with pytest.raises(DatasetError, match="client: no labels"):
        audit_orders(Dataset.open(make_dataset("client")), [1], label="fake_order")
