"""The runner on small notebooks: what is run, kept, refused and resumed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from omnisim.errors import DatasetError, NotebookError, ParameterError, ResultError, StorageError
from omnisim.notebook import Progress, Run, run_notebooks, scheduler
from omnisim.results import Result

PARAMETERS = 'dataset: str = "toy"  # name or path\nvalue: float = 1.0  # what is recorded'


@pytest.fixture(autouse=True)
def sources_stand_still(monkeypatch):
    """What is kept depends on the package's sources; someone may be editing them right now."""
    monkeypatch.setattr(scheduler, "source_digest", lambda: "the same")


@pytest.fixture
def run(tmp_path, make_dataset):
    """Run the notebooks of tmp_path on a toy dataset."""
    dataset = make_dataset()

    def call(**options) -> Run:
        options.setdefault("out", tmp_path / "runs" / "toy")
        options.setdefault("notebooks", tmp_path / "notebooks")
        return run_notebooks(options.pop("dataset", dataset), **options)

    return call


def value_of(run: Run, name: str) -> float:
    text = (run.folder / "results" / f"{name}.json").read_text(encoding="utf-8")
    return Result.from_json(text).estimate("x").value


def test_results_follow_needs_and_are_kept(run, make_notebook, writes, tmp_path):
    make_notebook("01_first", PARAMETERS, writes("first", "value"))
    make_notebook(
        "02_second",
        PARAMETERS,
        "from omnisim.notebook import run_folder\nfrom omnisim.results import Result\n"
        'text = (run_folder() / "results/first.json").read_text()\n'
        'double = 2 * Result.from_json(text).estimate("x").value',
        writes("second", "double"),
        needs=["01_first"],
    )
    seen: list[Progress] = []
    first = run(parameters={"01_first.value": 21.0}, progress=seen.append)
    assert value_of(first, "second") == 42
    assert first.is_complete
    assert [p.notebook for p in seen if p.status == "done"] == ["01_first", "02_second"]
    assert max(p.n_cells for p in seen) == 5  # four cells and the injected one
    assert sorted(p.name for p in first.folder.iterdir()) == ["notebooks", "results", "run.json"]

    again = run(parameters={"01_first.value": 21.0})
    assert [step.seconds for step in again.steps.values()] == [
        step.seconds for step in first.steps.values()
    ], "nothing was run again"

    # A new value for the first changes what the second needs: both run.
    seen.clear()
    changed = run(parameters={"01_first.value": 5.0}, progress=seen.append)
    assert value_of(changed, "second") == 10
    assert {p.notebook for p in seen if p.status == "done"} == {"01_first", "02_second"}

    # A result that was changed by hand is not taken for the notebook's.
    path = changed.folder / "results" / "second.json"
    path.write_text(path.read_text(encoding="utf-8").replace("10.0", "11.0"), encoding="utf-8")
    assert Run.open(changed.folder).damage() == [
        "02_second: results/second.json was changed after the run"
    ]
    seen.clear()
    mended = run(parameters={"01_first.value": 5.0}, progress=seen.append)
    assert {p.notebook: p.status for p in seen if p.status in ("done", "cached")} == {
        "01_first": "cached",
        "02_second": "done",
    }
    assert value_of(mended, "second") == 10


def test_failure_names_notebook_cell_and_cause(run, make_notebook, writes):
    make_notebook("01_good", PARAMETERS, writes("good"))
    make_notebook(
        "02_bad",
        PARAMETERS,
        "from omnisim.errors import DesignError",
        'raise DesignError("group = 1: give two groups\\nand more")',
    )
    make_notebook("03_after", PARAMETERS, writes("after"), needs=["02_bad"])
    with pytest.raises(NotebookError) as caught:
        run()
    told = str(caught.value)
    assert "02_bad failed in cell 4 (In [4]): DesignError: group = 1: give two groups;" in told
    assert told.endswith("02_bad.failed.ipynb")
    assert caught.value.exit_code == 1
    left = Run.open(Path(told.split("kept as ")[1]).parents[1])
    assert {name: step.status for name, step in left.steps.items()} == {
        "01_good": "done",
        "02_bad": "failed",
        "03_after": "skipped",
    }
    assert (left.folder / "notebooks" / "02_bad.failed.ipynb").is_file()
    assert not left.is_complete
    assert [path.name for path in left.results] == ["good.json"]

    # Mended, it runs; what was good is kept, the failed notebook goes.
    make_notebook("02_bad", PARAMETERS, writes("bad"))
    mended = run()
    assert mended.is_complete
    assert mended.steps["01_good"] == left.steps["01_good"]
    assert not (left.folder / "notebooks" / "02_bad.failed.ipynb").exists()


def test_dead_kernel_is_reported(run, make_notebook):
    make_notebook("01_dies", PARAMETERS, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(NotebookError, match=r"01_dies failed.*the kernel died"):
        run()


def test_parameters_are_strict(run, make_notebook, writes):
    make_notebook("01_first", PARAMETERS, writes("first"))
    with pytest.raises(ParameterError, match=r"no parameter 'valeu' .* there are \['value'\]"):
        run(parameters={"valeu": 1.0})
    with pytest.raises(ParameterError, match=r"value = 'a': declared as float"):
        run(parameters={"value": "a"})
    with pytest.raises(ParameterError, match="dataset is set by the run"):
        run(parameters={"dataset": "x"})
    with pytest.raises(ParameterError, match=r"no notebook '09'; there are \['01_first'\]"):
        run(only=["09"])
    with pytest.raises(ParameterError, match="jobs = 0"):
        run(jobs=0)


@pytest.mark.parametrize("truth", [True, False])
def test_truth_is_compared_where_it_exists(
    tmp_path, make_dataset, make_notebook, writes, truth: bool
):
    dataset = make_dataset("other", truth=truth)
    make_notebook(
        "01_first",
        'dataset: str = "toy"\ncompare_with_truth: bool = False  # simulated data only',
        writes("first", "compare_with_truth"),
    )
    options = {"out": tmp_path / "run", "notebooks": tmp_path / "notebooks"}
    assert value_of(run_notebooks(dataset, **options), "first") == float(truth)
    if truth:
        off = run_notebooks(dataset, parameters={"compare_with_truth": False}, **options)
        assert value_of(off, "first") == 0
    else:
        with pytest.raises(ParameterError, match="other has no truth"):
            run_notebooks(dataset, parameters={"compare_with_truth": True}, **options)


def test_datasets_are_not_mixed(run, make_dataset, make_notebook, writes):
    make_notebook("01_first", PARAMETERS, writes("first"))
    make_notebook("02_second", PARAMETERS, writes("second"))
    folder = run().folder
    other = make_dataset("other", letter="b")
    with pytest.raises(ResultError, match=r"holds results of dataset toy \(aaaaaaaaaaaa\)"):
        run(dataset=other)
    replaced = run(dataset=other, only=["01"], force=True)
    assert replaced.dataset_hash == "b" * 32
    assert [path.name for path in (folder / "results").iterdir()] == ["first.json"]


def test_result_of_another_dataset_is_refused(run, make_dataset, make_notebook, writes):
    other = make_dataset("other", letter="b")
    make_notebook("01_first", PARAMETERS, f"dataset = {str(other)!r}", writes("first"))
    with pytest.raises(NotebookError, match=r"results/first.json is of dataset other"):
        run()


def test_two_notebooks_do_not_write_one_result(run, make_notebook, writes):
    make_notebook("01_first", PARAMETERS, writes("same"))
    make_notebook("02_second", PARAMETERS, writes("same"), needs=["01_first"])
    make_notebook("03_third", PARAMETERS, writes("same"))
    with pytest.raises(NotebookError, match=r"wrote results/same.json, which 0\d_\w+ wrote before"):
        run(jobs=1)


def test_foreign_folder_is_left_alone(run, make_notebook, writes, tmp_path):
    make_notebook("01_first", PARAMETERS, writes("first"))
    home = tmp_path / "home"
    home.mkdir()
    (home / "thesis.txt").write_text("years of work", encoding="utf-8")
    for force in (False, True):
        with pytest.raises(StorageError, match=r"no run folder \(it has thesis.txt\)"):
            run(out=home, force=force)
    assert (home / "thesis.txt").read_text(encoding="utf-8") == "years of work"
    with pytest.raises(StorageError, match="is a file"):
        run(out=home / "thesis.txt")


def test_kernel_is_this_interpreter_whatever_is_installed(
    run, make_notebook, writes, tmp_path, monkeypatch
):
    spec = tmp_path / "jupyter" / "kernels" / "python3"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text(
        json.dumps({"argv": ["/nonexistent/python"], "display_name": "x", "language": "python"}),
        encoding="utf-8",
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    make_notebook(
        "01_first",
        PARAMETERS,
        f"import sys, os\nassert sys.executable == {sys.executable!r}, sys.executable",
        'assert os.environ["OMP_NUM_THREADS"] == "1"',
        writes("first"),
    )
    assert run().is_complete


def test_odd_paths(tmp_path, make_dataset, make_notebook, writes):
    dataset = make_dataset("odd {name} 数据")
    make_notebook("01_first", PARAMETERS, writes("first"))
    done = run_notebooks(
        dataset, out=tmp_path / "a {b} 'c'" / "run", notebooks=tmp_path / "notebooks"
    )
    assert done.is_complete


def test_kill_at_any_time_then_run_again(tmp_path, make_dataset, make_notebook, writes):
    dataset = make_dataset()
    make_notebook("01_quick", PARAMETERS, writes("quick"))
    make_notebook("02_slow", PARAMETERS, writes("slow"), "import time\ntime.sleep(60)")
    out = tmp_path / "run"
    code = (
        "from omnisim.notebook import run_notebooks, scheduler\n"
        "scheduler.source_digest = lambda: 'the same'\n"
        f"run_notebooks({str(dataset)!r}, out={str(out)!r}, jobs=2, "
        f"notebooks={str(tmp_path / 'notebooks')!r})"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if (out / "run.json").exists() and (out / ".work/02_slow/results").exists():
            step = Run.open(out).steps.get("01_quick")
            if step is not None and step.is_done:
                break
        time.sleep(0.05)
    family = psutil.Process(process.pid).children(recursive=True)
    with pytest.raises(StorageError, match=f"process {process.pid} is running notebooks here"):
        run_notebooks(dataset, out=out, notebooks=tmp_path / "notebooks")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    gone, alive = psutil.wait_procs(family, timeout=20)
    assert not alive, "workers and kernels end with the run"
    assert len(gone) >= 2
    assert not (out / "results/slow.json").exists(), "an unfinished notebook leaves no result"
    assert Run.open(out).steps["02_slow"].status == "running"

    make_notebook("02_slow", PARAMETERS, writes("slow"))
    statuses: dict[str, str] = {}
    done = run_notebooks(
        dataset,
        out=out,
        notebooks=tmp_path / "notebooks",
        progress=lambda p: statuses.update({p.notebook: p.status}),
    )
    assert done.is_complete
    assert statuses == {"01_quick": "cached", "02_slow": "done"}


def test_a_dataset_with_changed_bytes_is_refused_before_anything_runs(
    run, make_notebook, writes, make_dataset, tmp_path
):
    make_notebook("01_first", PARAMETERS, writes("first", "value"))
    flipped = make_dataset("flipped", "b")
    part = "tables/orders/part-00000.parquet"
    (flipped / part).parent.mkdir(parents=True)
    (flipped / part).write_bytes(b"orders")
    manifest = json.loads((flipped / "manifest.json").read_text(encoding="utf-8"))
    named = {"path": part, "rows": 1, "bytes": 6, "sha256": "0" * 64}
    manifest["tables"] = {"orders": {"rows": 1, "digest": "0" * 32, "parts": [named]}}
    (flipped / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(DatasetError, match=r"orders/part-00000\.parquet: was changed after"):
        run(dataset=flipped)
    assert not (tmp_path / "runs").exists()
