"""Tables of goods and money do not depend on how the work is cut, and switches change only what is theirs."""

import pytest

from omnisim.scenario import load_scenario
from omnisim.schema.operations import OPERATION_TABLES, OPERATION_TRUTH
from omnisim.storage import check_dataset
from omnisim.storage.manifest import read_manifest
from omnisim.truth import simulate

OFF = {"is_on": False}
WORLD = {
    "horizon": {"n_days": 70},
    "population": {"n_customers": 400},
    "stores": {"n_stores": 4},
    "assortment": {"n_products": 70},  # two parts of the tables of goods
    "demand": {"need_rate": 60.0, "serious_conversion": 0.2},
    "experiment": OFF,
    "rollout": {"waves": [{"first_day": 14, "store_share": 0.8}], "growth_days": 14},
    "shocks": [],
    "campaigns": [],
    "promotions": [],
    "factorial": OFF,
    "canary": OFF,
    "fraud": {"ring_share": 0.1},
}
STOCK = {"inventory_movements", "inventory_snapshots", "purchase_orders", "inventory_audits"}


@pytest.fixture(scope="module")
def digests(tmp_path_factory):
    """Simulate and give the digest and rows of every table, and the dataset."""

    def make(block_size=4096, workers=1, **overrides):
        data = simulate(
            load_scenario("sample", overrides={**WORLD, **overrides}),
            out=tmp_path_factory.mktemp("goods") / "world",
            workers=workers,
            truth="none",
            block_size=block_size,
        )
        manifest = read_manifest(data.path)
        entries = {**manifest.tables, **manifest.truth}
        return {name: (entry.rows, entry.digest) for name, entry in entries.items()}, data

    return make


@pytest.fixture(scope="module")
def base(digests):
    return digests()[0]


def differing(one, other):
    """Tables with other rows; `parameters` tells of the dials, which differ by design."""
    return {name for name in one if one[name] != other[name]} - {"parameters"}


def test_rows_do_not_depend_on_blocks_or_workers(digests, base):
    tables = {*OPERATION_TABLES, *OPERATION_TRUTH} - {"payment_labels"}
    assert all(base[name][0] > 0 for name in tables)
    assert differing(base, digests(block_size=64, workers=2)[0]) == set()


def test_return_fraud_changes_what_is_found_and_put_back_and_nothing_else(digests, base):
    honest, data = digests(return_fraud=OFF)
    assert differing(base, honest) == {"return_inspections", "return_labels"} | (
        STOCK & differing(base, honest)
    )
    assert honest["return_labels"][0] == 0
    assert honest["return_inspections"][0] == base["return_inspections"][0]
    assert check_dataset(data.path) == []


def test_without_transfers_every_location_orders_for_itself(digests, base):
    direct, data = digests(replenishment=OFF)
    assert differing(base, direct) <= STOCK
    kinds = set(data.read("inventory_movements")["movement_kind"])
    assert "transfer_in" not in kinds
    assert set(data.read("purchase_orders")["location_id"]) == {1, 2, 3, 4, 5}
    assert check_dataset(data.path) == []


def test_chargebacks_can_be_switched_off(digests, base):
    without, data = digests(payments={"has_chargebacks": False})
    assert differing(base, without) <= {"payments", "payment_labels"}
    assert without["payment_labels"][0] == 0
    assert "chargeback" not in set(data.read("payments")["payment_kind"])


def test_rules_hold_when_customers_couple_through_stock(digests):
    _, data = digests(interference={"is_on": True})
    assert check_dataset(data.path) == []
