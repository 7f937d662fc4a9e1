import os
import subprocess
import sys
from pathlib import Path

import pytest

from omnisim.engine.records.points import settle
from omnisim.engine.stock.rows import fill_rows
from omnisim.engine.switches import count_enrolled
from omnisim.scenario import load_scenario
from omnisim.storage import digest
from omnisim.truth import compiling, simulate

WITH_A_FRESH_CACHE = """
from omnisim.truth import compiling
print(compiling._is_worth_it())
with compiling.rest_compiled_beside():
    pass
print(compiling._is_worth_it())
"""


def test_the_versions_compiled_beside_are_those_a_simulation_calls(tmp_path):
    compiling.compile_the_rest()
    kernels = (fill_rows, settle, count_enrolled, digest._add, digest._finish)
    known = [set(kernel.signatures) for kernel in kernels]
    assert all(known)
    scenario = load_scenario("grocery", size="tiny")  # another network, another horizon
    simulate(scenario, out=tmp_path / "dataset", workers=1, truth="none")
    assert [set(kernel.signatures) for kernel in kernels] == known


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="needs a second processor")
def test_a_second_process_compiles_for_a_fresh_installation(tmp_path):
    environment = {**os.environ, "OMNISIM_CACHE": str(tmp_path)}
    environment.pop("NUMBA_CACHE_DIR", None)
    told = subprocess.run(
        [sys.executable, "-c", WITH_A_FRESH_CACHE],
        env=environment, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert told == ["True", "False"]
    assert list(tmp_path.rglob("rows.fill_rows-*.nbc"))  # compiled code, not only an index


@pytest.fixture
def started(monkeypatch):
    """Second processes of a test, started as if nothing were compiled yet."""
    found = []
    start = compiling._start

    def kept():
        found.append(start())
        return found[-1]

    monkeypatch.setattr(compiling, "_is_worth_it", lambda: True)
    monkeypatch.setattr(compiling, "_start", kept)
    return found


def test_a_second_process_that_fails_or_hangs_stops_nothing(monkeypatch, started):
    monkeypatch.setattr(compiling, "_PROGRAM", "raise SystemExit(3)")
    with compiling.rest_compiled_beside():
        pass
    monkeypatch.setattr(compiling, "_PROGRAM", "import time; time.sleep(600)")
    monkeypatch.setattr(compiling, "_SECONDS", 0.05)
    with compiling.rest_compiled_beside():
        pass
    assert [process.returncode == 3 for process in started] == [True, False]
    assert all(process.poll() is not None for process in started)  # none is left behind


def test_an_error_of_the_work_ends_the_second_process(monkeypatch, started):
    monkeypatch.setattr(compiling, "_PROGRAM", "import time; time.sleep(600)")
    with pytest.raises(KeyboardInterrupt), compiling.rest_compiled_beside():
        raise KeyboardInterrupt
    assert started[0].poll() is not None


def test_no_second_process_can_be_started(monkeypatch):
    monkeypatch.setattr(compiling, "_is_worth_it", lambda: True)
    monkeypatch.setattr(sys, "executable", str(Path("nowhere") / "python"))
    with compiling.rest_compiled_beside():
        pass
