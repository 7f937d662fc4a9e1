"""Running a study: common luck, resumption, refusals, crashes, folders."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from omnisim.errors import DesignError, SchedulerError, StorageError, StudyError
from omnisim.executor import ThreadExecutor, open_executor
from omnisim.results import Estimate
from omnisim.storage.lock import LOCK_NAME
from omnisim.study import compare, open_truth, registry
from omnisim.study import run as running
from omnisim.study import trial as trials
from omnisim.study.catalogue import find_method
from omnisim.study.load import Study, checked_study
from omnisim.study.run import LEDGER, RECORDS, open_study, run_study
from omnisim.truth import simulate

VALUES: dict[str, Any] = {
    "name": "small",
    "worlds": {
        "scenario": "omnichannel_fashion",
        "size": "tiny",
        "overrides": {
            "population": {"n_customers": 400},
            "horizon": {"n_days": 56},
            "experiment": {"first_day": 21, "n_days": 28},
            "rollout": {"is_on": False},
            "promotions": [],
        },
        "dials": {"experiment.conversion_effect": {"values": [0.0, 3.0]}},
    },
    "seeds": 2,
    "methods": ["experiment.welch"],
    "estimand": {"estimand": "ate", "outcome": "n_orders"},
}


def study(**changes: Any) -> Study:
    return checked_study({**VALUES, **changes}, source="small.yaml")


def plain(table: pd.DataFrame) -> pd.DataFrame:
    """Without what the clock decides."""
    return table.drop(columns="seconds")


@pytest.fixture
def worlds_run(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Seeds of the worlds that were really run."""
    seen: list[int] = []
    original = trials._world

    def counted(trial: trials.Trial, *rest: Any) -> Any:
        seen.append(trial.scenario.seed)
        return original(trial, *rest)

    monkeypatch.setattr(trials, "_world", counted)
    return seen


@pytest.fixture
def own_method(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Register a method for one test only."""

    def add(name: str, measure: registry.Measure, **about: Any) -> None:
        words = {
            "estimand": "ate",
            "kinds": ("experiments",),
            "tables": ("orders",),
            "about": "test",
        }
        registry.method(name, **(words | about))(measure)
        found = registry.METHODS.pop(name)
        monkeypatch.setitem(registry.METHODS, name, found)  # and takes it out again

    return add


def number(value: float, unit: str = "orders per customer") -> Estimate:
    return Estimate(
        name="effect", label="Effect", value=value, unit=unit, role="incremental", n=1,
        n_of="accounts", method="none", source="orders",
    )  # fmt: skip


def test_a_study_gives_a_row_per_world_seed_and_method(tmp_path: Path) -> None:
    done = run_study(study(), out=tmp_path / "s", workers=1)
    assert done.table[["world", "seed"]].values.tolist() == [[1, 1], [2, 1], [1, 2], [2, 2]]
    assert (done.table["failure"] == "").all()
    assert (done.table.loc[done.table["world"] == 1, "truth"] == 0).all(), "no effect, exactly"
    assert (done.table.loc[done.table["world"] == 2, "truth"] > 0).all()
    assert done.unit == "orders per customer"
    written = pd.read_parquet(tmp_path / "s" / "results.parquet")
    pd.testing.assert_frame_equal(written, done.table, check_dtype=False)
    assert (tmp_path / "s" / "summary.csv").read_text().startswith("world,experiment.conv")
    assert len(list((tmp_path / "s" / RECORDS).iterdir())) == 4


def test_numbers_are_those_of_the_written_dataset(tmp_path: Path) -> None:
    """The light path changes no number: estimate and truth as with a dataset on disk."""
    asked = study(seeds=[5])
    row = run_study(asked, out=tmp_path / "s", workers=1).table.iloc[1]
    scenario = asked.points[1].scenario.with_seed(5)
    dataset = simulate(scenario, out=tmp_path / "d", truth="experiments", workers=1)
    (found,) = find_method("experiment.welch").measure(dataset, asked.target)
    (pair,) = compare(
        [found],
        open_truth(dataset),
        matches={"effect": {"estimand": "ate", "outcome": "n_orders"}},
    )
    assert (row["estimate"], row["truth"]) == (pair.estimate, pair.truth)
    assert (row["ci_low"], row["ci_high"]) == (pair.ci_low, pair.ci_high)


def test_luck_is_common_to_all_design_points() -> None:
    """One seed, two dials: what happened before the test began is the same, row by row."""
    asked = study(seeds=[3])
    before = []
    for point in asked.points:
        lived = trials.live_world(point.scenario.with_seed(3), tables=("orders",), effects=())
        orders = lived.tables.read("orders")
        start = pd.Timestamp(lived.tables.first_date, tz="UTC") + pd.Timedelta(days=21)
        before.append(orders[orders["ordered_at"] < start].reset_index(drop=True))
    assert len(before[0]) > 10
    columns = ["ordered_at", "order_id", "net_amount"]
    pd.testing.assert_frame_equal(before[0][columns], before[1][columns])


def test_workers_change_no_number(tmp_path: Path) -> None:
    one = run_study(study(), out=tmp_path / "one", workers=1)
    two = run_study(study(), out=tmp_path / "two", executor=ThreadExecutor(2))
    pd.testing.assert_frame_equal(plain(one.table), plain(two.table))


@pytest.mark.parametrize("scheduler", ["processes", "local"])
def test_processes_and_a_cluster_change_no_number(tmp_path: Path, scheduler: str) -> None:
    """Also shows that trials can travel to another process."""
    if scheduler == "local":
        pytest.importorskip("distributed")
    one = run_study(study(), out=tmp_path / "one", workers=1)
    with open_executor(scheduler, 2) as executor:
        other = run_study(study(), out=tmp_path / "other", executor=executor)
    pd.testing.assert_frame_equal(plain(one.table), plain(other.table))
    pd.testing.assert_frame_equal(one.summary, other.summary)


def test_a_second_run_runs_only_what_is_new(tmp_path: Path, worlds_run: list[int]) -> None:
    first = run_study(study(), out=tmp_path / "s", workers=1)
    assert worlds_run == [1, 1, 2, 2]
    again = run_study(study(), out=tmp_path / "s", workers=1)
    assert worlds_run == [1, 1, 2, 2]
    assert again.n_reused == 4
    pd.testing.assert_frame_equal(first.table, again.table)
    more = run_study(study(seeds=3), out=tmp_path / "s", workers=1)
    assert worlds_run[4:] == [3, 3]
    pd.testing.assert_frame_equal(more.table.iloc[:4], first.table)


def test_a_new_method_leaves_the_finished_ones(
    tmp_path: Path, own_method: Callable[..., None]
) -> None:
    calls = []

    def counting(data: Any, target: Any) -> list[Estimate]:
        calls.append(1)
        return [number(1.0)]

    own_method("test.counting", counting)
    run_study(study(methods=["test.counting"]), out=tmp_path / "s", workers=1)
    both = study(methods=["test.counting", "experiment.welch"])
    found = run_study(both, out=tmp_path / "s", workers=1)
    assert len(calls) == 4
    assert found.table["method"].value_counts().to_dict() == {
        "test.counting": 4,
        "experiment.welch": 4,
    }


def test_other_sources_make_other_records(
    tmp_path: Path, worlds_run: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_study(study(seeds=1), out=tmp_path / "s", workers=1)
    monkeypatch.setattr(running, "source_digest", lambda **_: "other code")
    with pytest.raises(StorageError, match="2 of 2 worlds of small are not there"):
        open_study(study(seeds=1), tmp_path / "s")
    assert run_study(study(seeds=1), out=tmp_path / "s", workers=1).n_reused == 0
    assert len(worlds_run) == 4


class _Stopped(ThreadExecutor):
    """Ctrl-C after so many worlds."""

    def __init__(self, n: int) -> None:
        super().__init__(1)
        self.n = n

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        for k, item in enumerate(items):
            if k == self.n:
                raise KeyboardInterrupt
            yield function(item)


def test_a_study_that_was_stopped_goes_on(tmp_path: Path, worlds_run: list[int]) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_study(study(), out=tmp_path / "s", executor=_Stopped(3))
    assert worlds_run == [1, 1, 2]
    done = run_study(study(), out=tmp_path / "s", workers=1)
    assert done.n_reused == 3
    assert worlds_run == [1, 1, 2, 2]
    whole = run_study(study(), out=tmp_path / "whole", workers=1)
    pd.testing.assert_frame_equal(plain(done.table), plain(whole.table))


def test_half_a_record_is_made_again(tmp_path: Path, worlds_run: list[int]) -> None:
    """A power cut can leave an empty or cut file; what a kill leaves is a `.partial`."""
    done = run_study(study(), out=tmp_path / "s", workers=1)
    records = sorted((tmp_path / "s" / RECORDS).iterdir())
    records[0].write_text(records[0].read_text()[:40])
    (records[0].parent / "left.partial").write_text("{")
    again = run_study(study(), out=tmp_path / "s", workers=1)
    assert again.n_reused == 3
    pd.testing.assert_frame_equal(plain(done.table), plain(again.table))


def test_refusals_are_rows_with_their_reason(
    tmp_path: Path, own_method: Callable[..., None]
) -> None:
    def picky(data: Any, target: Any) -> list[Estimate]:
        raise DesignError("too few accounts")

    def foreign(data: Any, target: Any) -> list[Estimate]:
        return [number(1.0, unit="EUR")]

    own_method("test.picky", picky)
    own_method("test.foreign", foreign)
    asked = study(methods=["test.picky", "test.foreign"], seeds=1)
    done = run_study(asked, out=tmp_path / "s", workers=1)
    told = done.table.set_index("method")["failure"]
    assert set(told["test.picky"]) == {"too few accounts"}
    assert set(told["test.foreign"]) == {"estimates 'EUR', the truth is in 'orders per customer'"}
    assert done.table["estimate"].isna().all()
    assert done.summary["n_refused"].tolist() == [1, 1, 1, 1]


def test_a_world_without_the_truth_is_told(tmp_path: Path) -> None:
    """A test that nobody is enrolled in has no effect per customer."""
    few = {
        "population": {"n_customers": 400, "account_share": 0.0},
        "experiment": {"first_day": 0, "n_days": 28},
    }
    values = {**VALUES["worlds"], "overrides": {**VALUES["worlds"]["overrides"], **few}}
    done = run_study(study(worlds=values, seeds=1), out=tmp_path / "s", workers=1)
    assert done.table["failure"].str.len().gt(0).all()
    assert done.summary["n"].tolist() == [0, 0]


def test_a_crash_names_world_seed_and_method_and_keeps_the_rest(
    tmp_path: Path, own_method: Callable[..., None], worlds_run: list[int]
) -> None:
    bad = {"now": True}

    def crashing(data: Any, target: Any) -> list[Estimate]:
        if bad["now"] and worlds_run[-1] == 2:
            raise ZeroDivisionError("division by zero")
        return [number(0.0)]

    own_method("test.crashing", crashing)
    asked = study(methods=["test.crashing"])
    told = "method test.crashing crashed in world 1, seed 2: ZeroDivisionError: division by zero"
    with pytest.raises(StudyError, match=told):
        run_study(asked, out=tmp_path / "s", workers=1)
    bad["now"] = False
    assert run_study(asked, out=tmp_path / "s", workers=1).n_reused == 2


def test_methods_get_tables_and_nothing_of_the_truth(
    tmp_path: Path, own_method: Callable[..., None]
) -> None:
    seen: list[Any] = []

    def looking(data: Any, target: Any) -> list[Estimate]:
        seen.append(data)
        return [number(0.0)]

    own_method("test.looking", looking)
    run_study(study(methods=["test.looking"], seeds=1), out=tmp_path / "s", workers=1)
    for data in seen:
        assert data.tables == ("orders",)
        reachable = [value for value in vars(data).values() if isinstance(value, Mapping)]
        assert all("effects" not in value for value in reachable)


def test_a_table_that_is_only_written_takes_the_way_over_the_disk(
    tmp_path: Path, own_method: Callable[..., None]
) -> None:
    def counting(data: Any, target: Any) -> list[Estimate]:
        return [number(float(len(data.read("payments"))))]

    own_method("test.payments", counting, tables=("payments",))
    done = run_study(study(methods=["test.payments"], seeds=1), out=tmp_path / "s", workers=1)
    assert (done.table["estimate"] > 0).all()
    assert done.table["truth"].notna().all()


# --- many-valued estimands -------------------------------------------------------------------------


def test_channels_are_parts_of_one_estimand(tmp_path: Path) -> None:
    asked = study(
        methods=["attribution.last_click", "attribution.g_formula"],
        estimand={
            "estimand": "total", "outcome": "net_amount", "across": "cause", "semantics": "ghost",
            "truth": "mean",
        },
        worlds={**VALUES["worlds"], "dials": {}},
    )  # fmt: skip
    done = run_study(asked, out=tmp_path / "s", workers=1)
    assert done.table.groupby("method")["part"].nunique().tolist() == [16, 16]
    assert (done.table["failure"] == "").all()
    per_part = done.table.groupby("part")["truth"].nunique()
    assert (per_part == 1).all(), "every seed is held against the mean truth"
    ranked = done.summary.dropna(subset=["rank_agreement"])
    assert ranked["part"].tolist() == ["(all)", "(all)"]
    assert ranked["rank_agreement"].between(-1, 1).all()


# --- folders --------------------------------------------------------------------------------------


def test_the_folder_of_another_study_is_refused(tmp_path: Path) -> None:
    run_study(study(seeds=1), out=tmp_path / "s", workers=1)
    other = study(name="other", seeds=1)
    told = r"holds the study name = 'small', not 'other' of small\.yaml"
    with pytest.raises(StorageError, match=told):
        run_study(other, out=tmp_path / "s", workers=1)
    with pytest.raises(StorageError, match=told):
        open_study(other, tmp_path / "s")
    run_study(other, out=tmp_path / "s", workers=1, force=True)
    assert json.loads((tmp_path / "s" / LEDGER).read_text())["name"] == "other"


def test_a_folder_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "thesis.txt").write_text("mine")
    with pytest.raises(StorageError, match=r"no folder of a study \(it has thesis\.txt\)"):
        run_study(study(seeds=1), out=tmp_path / "s", workers=1)
    assert [path.name for path in (tmp_path / "s").iterdir()] == ["thesis.txt"]
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="file"):
        run_study(study(seeds=1), out=tmp_path / "file", workers=1)


# --- two at once, killed, no room -----------------------------------------------------------------


def _run_elsewhere(folder: Path, *, seeds: int) -> subprocess.Popen[bytes]:
    """The same study in a process of its own."""
    told = (
        "from omnisim.study.load import checked_study;"
        "from omnisim.study.run import run_study;"
        f"run_study(checked_study({VALUES | {'seeds': seeds}!r}, source='small.yaml'),"
        f" out={str(folder)!r}, workers=1)"
    )
    return subprocess.Popen([sys.executable, "-c", told])


def _wait_for_records(folder: Path, n: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 120  # a busy machine; it takes a second otherwise
    while len(list(folder.glob("records/*.json"))) < n:
        assert process.poll() is None, "it ended before it was killed"
        assert time.monotonic() < until
        time.sleep(0.02)


def test_two_at_once_are_told_and_a_killed_one_is_taken_over(tmp_path: Path) -> None:
    """`kill -9` in the middle: the lock it leaves counts for nothing, its worlds are kept."""
    folder = tmp_path / "s"
    process = _run_elsewhere(folder, seeds=200)
    try:
        _wait_for_records(folder, 3, process)
        with pytest.raises(StorageError, match=rf"process {process.pid} on .* is writing it"):
            run_study(study(), out=folder, workers=1)
    finally:
        process.kill()
        process.wait()
    assert (folder / LOCK_NAME).is_file()
    n_kept = len(list(folder.glob("records/*.json")))
    done = run_study(study(seeds=3), out=folder, workers=1)
    assert done.n_reused == min(n_kept, 6)
    assert not (folder / LOCK_NAME).exists()
    whole = run_study(study(seeds=3), out=tmp_path / "whole", workers=1)
    pd.testing.assert_frame_equal(plain(done.table), plain(whole.table))


def test_a_study_that_fails_leaves_no_lock(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_study(study(), out=tmp_path / "s", executor=_Stopped(1))
    assert not (tmp_path / "s" / LOCK_NAME).exists()


@pytest.mark.parametrize(
    ("written", "told"), [(".partial", "record of a world"), (".csv", "study")]
)
def test_a_full_disk_is_told_and_the_study_goes_on_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, told: str
) -> None:
    replace = Path.replace

    def full(self: Path, target: Path) -> Path:
        if str(target).endswith(written) or (written == ".partial" and self.parent.name == RECORDS):
            raise OSError(errno.ENOSPC, "No space left on device", str(self))
        return replace(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full)
        with pytest.raises(StorageError, match=rf"{told}: No space left on device \(.* MB free\)"):
            run_study(study(seeds=1), out=tmp_path / "s", workers=1)
    assert not list((tmp_path / "s" / RECORDS).glob("*.partial"))
    assert run_study(study(seeds=1), out=tmp_path / "s", workers=1).table["failure"].eq("").all()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="cannot use the folder of the study: Not a directory"):
        run_study(study(seeds=1), out=tmp_path / "file" / "s", workers=1)


def test_workers_of_another_version_are_refused(tmp_path: Path) -> None:
    class _Old(ThreadExecutor):
        def on_each(self, function: Callable[[], Any]) -> dict[str, Any]:
            return {"tcp://old": replace(function(), version="0.0.1")}

    with pytest.raises(SchedulerError, match=r"worker tcp://old: runs omnisim 0\.0\.1"):
        run_study(study(seeds=1), out=tmp_path / "s", executor=_Old(1))


def test_open_study_needs_a_finished_one(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"no study\.json"):
        open_study(study(), tmp_path)
    done = run_study(study(seeds=1), out=tmp_path / "s", workers=1)
    found = open_study(study(seeds=1), tmp_path / "s")
    pd.testing.assert_frame_equal(found.table, done.table)
    with pytest.raises(StorageError, match="2 of 4 worlds"):
        open_study(study(seeds=2), tmp_path / "s")
    (tmp_path / "s" / LEDGER).write_text("{")
    with pytest.raises(StorageError, match=r"study\.json: cannot be read"):
        open_study(study(seeds=1), tmp_path / "s")


def test_figures_follow_from_the_summary(tmp_path: Path) -> None:
    done = run_study(study(), out=tmp_path / "s", workers=1)
    assert set(done.figures()) == {
        "bias_and_spread",
        "coverage_by_experiment_conversion_effect",
        "type_1_error_by_experiment_conversion_effect",
        "power_by_experiment_conversion_effect",
        "rmse_by_experiment_conversion_effect",
    }
