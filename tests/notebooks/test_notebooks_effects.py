"""The notebooks on tests and roll-outs, executed on a client's small dataset made by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from omnisim.notebook import run_notebooks
from omnisim.results import Result
from omnisim.schema import TABLES
from omnisim.storage.from_frames import write_frames
from omnisim.storage.writer import DatasetFacts

FIRST, N_DAYS, N_STORES, N_CUSTOMERS = date(2025, 1, 6), 200, 8, 800
EPOCH = pd.Timestamp(FIRST, tz="UTC")


def orders(rng: np.random.Generator) -> pd.DataFrame:
    """Sales that rise by 15 per order in the test and by 40 percent with the service."""
    n = 24_000
    day, customer = rng.integers(0, N_DAYS, n), rng.integers(0, N_CUSTOMERS, n)
    store = customer % N_STORES
    served = (store < 2) & (day >= 91) | (store >= 2) & (store < 4) & (day >= 119)
    tested = (customer % 2 == 1) & (day >= 98) & (day < 161)
    net = rng.gamma(4, 15, n) * np.where(served, 1.4, 1.0) + 15 * tested
    at = EPOCH + pd.to_timedelta(day * 86400 + rng.integers(0, 86400, n), unit="s")
    frame = pd.DataFrame(index=range(n), columns=list(TABLES["orders"].columns))
    in_store = rng.random(n) < 0.5
    return frame.assign(
        ordered_at=at.astype("datetime64[ms, UTC]"),
        order_id=np.arange(n) + 1,
        customer_id=pd.array(customer + 1, dtype="Int64"),
        identity_id=pd.array([pd.NA] * n, dtype="Int64"),
        payment_identity_id=pd.array([pd.NA] * n, dtype="Int64"),
        session_id=pd.array([pd.NA] * n, dtype="Int64"),
        order_channel=np.where(in_store, "store", "web"),
        fulfilment=np.where(
            in_store, "carry_out", np.where(served, "click_and_collect", "ship_from_dc")
        ),
        location_id=1,
        catchment_location_id=store + 2,
        status="completed",
        cancel_reason=None,
        coupon_code=None,
        n_units=1,
        gross_amount_cents=(net * 100).astype(int),
        discount_amount_cents=0,
        net_amount_cents=(net * 100).astype(int),
        cost_amount_cents=(net * 50).astype(int),
        shipping_cost_cents=300,
        promised_at=at.astype("datetime64[ms, UTC]"),
        fulfilled_at=at.astype("datetime64[ms, UTC]"),
        cancelled_at=pd.Series([pd.NaT] * n, dtype="datetime64[ms, UTC]"),
    )


def frames(rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    day = pd.Timestamp(FIRST)
    customer_id = np.arange(N_CUSTOMERS) + 1
    customers = pd.DataFrame(
        {
            "joined_at": (EPOCH - pd.to_timedelta(customer_id, unit="h")).astype(
                "datetime64[ms, UTC]"
            ),
            "customer_id": customer_id,
            "join_channel": "online",
            "home_location_id": customer_id % N_STORES + 2,
            "region": "North",
            "full_name": "A. Client",
            "street_address": "1 High Street",
            "city": "Here",
            "birth_year": 1980,
            "has_app": False,
            "has_email_consent": True,
            "has_sms_consent": True,
            "consent_withdrawn_at": pd.Series([pd.NaT] * N_CUSTOMERS, dtype="datetime64[ms, UTC]"),
        }
    )
    experiment = {
        "experiment_id": [1],
        "experiment_name": ["Personalised home page"],
        "unit": ["customer"],
        "treatment_share": [0.5],
        "started_date": [day + pd.Timedelta(days=98)],
        "ended_date": [day + pd.Timedelta(days=160)],
    }
    assignments = {
        "assigned_at": pd.Series([EPOCH + pd.Timedelta(days=98)] * N_CUSTOMERS).astype(
            "datetime64[ms, UTC]"
        ),
        "customer_id": customer_id,
        "experiment_id": 1,
        "variant": np.where(customer_id % 2 == 0, "treatment", "control"),
    }
    rollout = {
        "rollout_id": 1,
        "rollout_name": "Click-and-collect",
        "location_id": np.arange(N_STORES) + 2,
        "wave": [1, 1, 2, 2, 0, 0, 0, 0],
        "is_pilot": [True, True] + [False] * 6,
        "started_date": [day + pd.Timedelta(days=d) for d in (91, 91, 119, 119)] + [pd.NaT] * 4,
    }
    return {
        "customers": customers,
        "orders": orders(rng),
        "experiments": pd.DataFrame(experiment),
        "experiment_assignments": pd.DataFrame(assignments),
        "rollout_units": pd.DataFrame(rollout),
    }


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "client"
    facts = DatasetFacts(
        name="client",
        currency="EUR",
        locale="en_US",
        first_date=FIRST,
        last_date=(pd.Timestamp(FIRST) + pd.Timedelta(days=N_DAYS - 1)).date(),
    )
    write_frames(folder, frames(np.random.default_rng(11)), facts)
    return folder


def run(dataset: Path, out: Path, notebook: str, question: str, **parameters: object) -> Result:
    done = run_notebooks(dataset, only=[notebook], out=out, jobs=1, parameters=parameters)
    assert done.steps[notebook].is_done, done.steps[notebook].error
    result = Result.from_json((out / "results" / f"{question}.json").read_text(encoding="utf-8"))
    for exhibit in result.exhibits:
        suffix = "" if exhibit.kind == "table" else ".svg"
        assert (out / f"{exhibit.path}{suffix}").exists()
    return result


def test_ab_test_ships_what_pays(dataset, tmp_path):
    result = run(dataset, tmp_path, "03_ab_test", "ab_test")
    effect = result.estimate("effect_net_amount")
    # 24 000 orders over 200 days and 800 customers, 63 days of test, 15 more per order.
    true = 24_000 / 200 / 800 * 63 * 15
    assert effect.ci_low < true < effect.ci_high
    assert effect.unit == "EUR/customer"
    assert result.answer.startswith("Yes")
    assert result.truth == ()
    assert {e.name for e in result.exhibits} == {"checks", "effects", "forest", "worth"}
    assert result.findings[0].value_name == "sales_per_year"


def test_ab_test_with_a_wrong_split_reports_the_gate_and_no_effect(dataset, tmp_path):
    result = run(dataset, tmp_path, "03_ab_test", "ab_test", treatment_share=0.4)
    failed = [c for c in result.checks if c.is_gate and not c.passed]
    assert {c.name for c in failed} == {"sample_ratio", "sample_ratio_by_period"}
    assert result.estimates == ()
    assert "cannot be said" in result.answer
    assert [e.name for e in result.exhibits] == ["checks"]
    assert result.findings[0].value_name == ""


def test_effect_evaluation_measures_what_was_added(dataset, tmp_path):
    result = run(dataset, tmp_path, "04_effect_evaluation", "effect_evaluation")
    effect = result.estimate("att_per_store_week")
    # A store sells 24 000 / 200 * 7 / 8 orders of about 60 (plus the test) a week; 40 % more.
    assert effect.ci_low < 24_000 / 200 * 7 / 8 * 62 * 0.4 < effect.ci_high
    assert result.answer.startswith("Yes")
    assert result.estimate("contribution_per_year").unit == "EUR/year"
    assert any("4 days" in c.sentence for c in result.checks)
    assert {e.name for e in result.exhibits} >= {"event_study", "waves", "comparison", "checks"}


def test_the_tour_says_what_a_client_without_most_tables_lacks(dataset, tmp_path):
    result = run(dataset, tmp_path, "01_explore_the_world", "overview")
    assert result.answer.startswith("The retailer sells EUR")
    assert {e.name for e in result.exhibits} >= {"scorecard", "sales", "calendar", "maturity"}
    assert not {e.name for e in result.exhibits} & {"causes", "experience", "nps", "stores"}
    unsaid = [
        table
        for table in ("locations", "interventions", "touchpoints", "shipments", "loyalty_tiers")
        if not any("Not shown" in text and table in text for text in result.limitations)
    ]
    assert unsaid == []
