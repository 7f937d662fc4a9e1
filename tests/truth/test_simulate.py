"""A dataset is a function of scenario, seed and scheme alone, and whole or not there at all."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from omnisim import study
from omnisim.errors import OmnisimError, ScenarioError, StorageError
from omnisim.scenario import load_scenario
from omnisim.schema import RAW_TRUTH, TABLES, TRUTH_TABLES
from omnisim.storage import Dataset, check_dataset
from omnisim.truth import simulate

OVERRIDES = {
    "horizon": {"n_days": 70},
    "population": {"n_customers": 1200},
    "stores": {"n_stores": 5},
    "assortment": {"n_products": 10},
    "experiment": {"first_day": 35, "n_days": 28},
    "rollout": {"waves": [{"first_day": 28, "store_share": 0.4}], "growth_days": 14},
}
FEW = {**OVERRIDES, "population": {"n_customers": 160}, "fraud": {"ring_share": 0.1}}


def scenario(**more):
    return load_scenario("sample", overrides={**OVERRIDES, **more})


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return simulate(scenario(), out=tmp_path_factory.mktemp("made") / "world", workers=1)


@pytest.mark.parametrize(
    ("how", "value"),
    [
        ("workers", 2),
        ("block_size", 1024),
        ("block_size", 16384),
        ("superstep", 7),
        ("superstep", 31),
    ],
)
def test_same_hash_however_the_work_is_cut(made, tmp_path, how, value):
    again = simulate(scenario(), out=tmp_path / "again", **{"workers": 1, how: value})
    assert again.dataset_hash == made.dataset_hash


def test_another_seed_is_another_dataset(made, tmp_path):
    assert simulate(scenario(), out=tmp_path / "x", seed=1).dataset_hash != made.dataset_hash


def test_truth_does_not_touch_the_tables(made, tmp_path):
    plain = simulate(scenario(), out=tmp_path / "plain", truth="none")
    assert {k: v.digest for k, v in plain.manifest.tables.items()} == {
        k: v.digest for k, v in made.manifest.tables.items()
    }
    assert made.has_truth
    assert not plain.has_truth
    with pytest.raises(OmnisimError, match="no truth"):
        study.open_truth(plain)


_CHILD = """
import json, sys
from omnisim.scenario import load_scenario
from omnisim.truth import simulate
data = simulate(load_scenario("sample", overrides=json.loads(sys.argv[2])), out=sys.argv[1],
                workers=1, truth="channels,rollouts,experiments", semantics="substitute")
print(data.dataset_hash)
"""


def run_child(tmp_path, name, **environment):
    import json

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _CHILD, str(tmp_path / name), json.dumps(FEW)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.slow
def test_plain_python_gives_the_same_dataset(tmp_path):
    compiled = run_child(tmp_path, "compiled")
    assert run_child(tmp_path, "plain", NUMBA_DISABLE_JIT="1") == compiled


def test_wide_vector_instructions_change_nothing(tmp_path):
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    wide = [name for name in __cpu_dispatch__ if __cpu_features__.get(name)]
    if not wide:
        pytest.skip("this processor has no wide instructions to switch off")
    narrow = run_child(tmp_path, "narrow", NPY_DISABLE_CPU_FEATURES=" ".join(wide))
    assert narrow == run_child(tmp_path, "wide")


def test_every_declared_table_is_there_and_sound(made):
    assert set(made.manifest.tables) == set(TABLES)
    assert set(made.manifest.truth) == set(TRUTH_TABLES) - set(RAW_TRUTH)
    assert check_dataset(made.path) == []


def test_another_market_and_no_mechanisms_at_all(tmp_path):
    quiet = scenario(
        market={"locale": "zh_CN", "currency": "CNY", "regions": ["华东", "华南"]},
        fraud={"is_on": False},
        incidents={"is_on": False},
        experiment={"is_on": False},
        rollout={"is_on": False},
    )
    made = simulate(quiet, out=tmp_path / "quiet")
    assert check_dataset(made.path) == []
    assert made.read("experiments").empty
    assert made.read("rollout_units").empty
    assert made.read("customers")["full_name"].str.contains(r"[\u4e00-\u9fff]").all()


def test_effects_are_differences_between_outcomes(made):
    effects = study.open_truth(made).effects
    outcomes = pd.read_parquet(made.path / "truth" / "outcomes")
    total = outcomes.groupby("world", observed=True)["net_amount_cents"].sum() / 100
    channels = effects.query(
        "estimand == 'total' and semantics == 'ghost' and outcome == 'net_amount'"
    )
    assert len(channels) == 16
    for row in channels.itertuples():
        # both are exact sums of cents: equal but for one rounding of a division
        assert row.value == pytest.approx(total["base"] - total[f"without={row.cause}"], abs=1e-6)
    orders = made.read("orders")
    labels = pd.read_parquet(made.path / "truth" / "order_labels")
    fake = set(labels.loc[labels["label"] == "fake_order", "order_id"])
    genuine = orders[(orders["status"] == "completed") & ~orders["order_id"].isin(fake)]
    assert genuine["net_amount"].sum() == pytest.approx(total["base"], abs=1e-6)


def test_truth_by_wave_adds_up_to_the_whole(made):
    effects = study.open_truth(made).effects
    att = effects.query("estimand == 'att' and outcome == 'net_amount'").set_index("scope")
    for prefix in ("wave=", "event_week="):
        part = att[att.index.str.startswith(prefix)]
        whole = (part["value"] * part["n_units"]).sum() / part["n_units"].sum()
        assert whole == pytest.approx(att.loc["all", "value"], abs=1e-9)
        assert part["n_units"].sum() == att.loc["all", "n_units"]


def test_the_randomised_test_recovers_its_truth(tmp_path):
    """Difference in means against the simulator's effect, in a world where it is large."""
    big = scenario(
        population={"n_customers": 6000},
        experiment={"first_day": 28, "n_days": 42, "conversion_effect": 3.0},
    )
    data = simulate(big, out=tmp_path / "big", truth="experiments")
    truth = study.open_truth(data).find(estimand="ate", outcome="n_orders")
    test = data.read("experiments").iloc[0]
    orders = data.read("orders")
    day = orders["ordered_at"].dt.tz_localize(None).dt.normalize()
    inside = orders[
        (orders["status"] == "completed") & day.between(test.started_date, test.ended_date)
    ]
    per_account = inside.groupby("customer_id").size()
    units = data.read("experiment_assignments")
    units["n"] = units["customer_id"].map(per_account).fillna(0)
    arms = units.groupby("variant", observed=True)["n"].agg(["mean", "var", "count"])
    effect = arms.loc["treatment", "mean"] - arms.loc["control", "mean"]
    std_error = np.sqrt((arms["var"] / arms["count"]).sum())
    # one draw, fixed by the seed: within three standard errors, and far from nothing
    assert abs(effect - truth["value"]) < 3 * std_error
    assert truth["value"] > 4 * std_error


def test_events_follow_their_causes_in_time(made):
    touches = made.query("select min(touched_at) t0, max(touched_at) t1 from touchpoints").iloc[0]
    assert touches.t0.date() >= made.first_date
    assert touches.t1.date() <= made.last_date
    assert (
        made.query(
            "select count(*) n from sessions s join orders o using (session_id) "
            "where o.ordered_at < s.started_at"
        )["n"].item()
        == 0
    )


@pytest.mark.parametrize("text", ["everything", "channels,", "Channels"])
def test_unknown_truth_is_refused(text, tmp_path):
    with pytest.raises(ScenarioError, match="truth"):
        simulate(scenario(), out=tmp_path / "x", truth=text)


def test_an_existing_output_is_kept(made):
    before = made.dataset_hash
    with pytest.raises(StorageError, match="force"):
        simulate(scenario(), out=made.path)
    assert Dataset.open(made.path).dataset_hash == before


def test_ctrl_c_leaves_nothing_behind(tmp_path):
    def stop(phase, done, total):
        if phase == "customers":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(scenario(), out=tmp_path / "world", progress=stop)
    assert list(tmp_path.iterdir()) == []
    simulate(scenario(), out=tmp_path / "world")


def test_a_full_disk_is_one_clear_error_and_leaves_nothing(tmp_path, monkeypatch):
    real = Path.write_bytes

    def full(self, content):
        if self.parent.name == "outcomes":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))
        return real(self, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StorageError, match="outcomes: No space left"):
        simulate(scenario(), out=tmp_path / "world")
    assert not (tmp_path / "world").exists()


@pytest.mark.slow
def test_killed_at_any_moment_a_rerun_completes(tmp_path, made):
    code = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "from test_simulate_child import scenario, simulate\n"
        "simulate(scenario(), out=sys.argv[1], force=True)\n"
    )
    (tmp_path / "test_simulate_child.py").write_text(
        "from omnisim.scenario import load_scenario\n"
        "from omnisim.truth import simulate\n"
        f"def scenario(): return load_scenario('sample', overrides={OVERRIDES!r})\n"
    )
    out = tmp_path / "world"
    for delay in (1.2, 2.0, 2.6):
        child = subprocess.Popen([sys.executable, "-c", code, str(out), str(tmp_path)])
        time.sleep(delay)
        child.send_signal(signal.SIGKILL)
        child.wait()
        if out.exists():  # it was quicker than the kill: then it must be whole
            assert check_dataset(out) == []
    again = simulate(scenario(), out=out, force=True)
    assert again.dataset_hash == made.dataset_hash


def test_what_the_disk_cannot_hold_is_refused_before_the_work(tmp_path):
    huge = scenario(population={"n_customers": 100_000_000}, horizon={"n_days": 364})
    begun = []
    if shutil.disk_usage(tmp_path).free > 250e9:
        pytest.skip("this disk could hold it")
    with pytest.raises(
        StorageError, match=r"n_customers = 100,000,000 over 364 days take some 339"
    ):
        simulate(huge, out=tmp_path / "huge", progress=lambda *told: begun.append(told))
    assert begun == []
    assert list(tmp_path.iterdir()) == []
