import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from numba.core import config

import omnisim
from omnisim import jit


@pytest.fixture(autouse=True)
def fresh_choice():
    jit.cache_folder.cache_clear()
    yield
    jit.cache_folder.cache_clear()


def copy_package(folder: Path) -> Path:
    """A small package with a kernel whose callee lives in another file."""
    package = folder / "omnisim"
    package.mkdir(parents=True)
    shutil.copy(Path(omnisim.__file__).parent / "jit.py", package / "jit.py")
    (package / "__init__.py").write_text("")
    (package / "rule.py").write_text(
        "from omnisim.jit import njit\n\n@njit\ndef rule(x):\n    return x + 1\n"
    )
    (package / "kernel.py").write_text(
        "from omnisim.jit import njit\nfrom omnisim.rule import rule\n\n"
        "@njit\ndef kernel(x):\n    return rule(x)\n"
    )
    return package


def run_kernel(folder: Path, cache: Path) -> tuple[int, int]:
    code = (
        "from omnisim.kernel import kernel\nprint(kernel(1), sum(kernel.stats.cache_hits.values()))"
    )
    environment = {**os.environ, "PYTHONPATH": str(folder), "OMNISIM_CACHE": str(cache)}
    environment.pop("NUMBA_CACHE_DIR", None)
    out = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    ).stdout.split()
    return int(out[0]), int(out[1])


def test_an_edited_callee_in_another_file_is_compiled_again(tmp_path):
    package = copy_package(tmp_path / "code")
    cache = tmp_path / "cache"
    assert run_kernel(package.parent, cache) == (2, 0)  # compiled
    assert run_kernel(package.parent, cache) == (2, 1)  # from the cache
    rule = package / "rule.py"
    rule.write_text(rule.read_text().replace("x + 1", "x + 5"))
    assert run_kernel(package.parent, cache) == (6, 0)


def fill(values):
    for k in range(values.size):
        values[k] = values[k] * 3.0 + 1.0


def test_branchy_code_is_compiled_without_vectorizers_and_leaves_the_settings():
    names = ("OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE")
    before = [getattr(config, name) for name in names]
    plain, wide = jit.njit(branchy=True, cache=False)(fill), jit.njit(cache=False)(fill)
    results = []
    for function in (plain, wide):
        values = np.arange(100.0)
        function(values)
        results.append(values)
    assert np.array_equal(*results)
    vectors = [
        " x double>" in function.inspect_llvm(function.signatures[0]) for function in (plain, wide)
    ]
    assert vectors == [False, True]
    assert [getattr(config, name) for name in names] == before


def test_an_inner_function_runs_within_what_calls_it():
    triple = jit.inner(lambda x: 3 * x)

    @jit.njit(cache=False)
    def calls(x):
        return triple(x) + 1

    assert calls(2) == 7


def test_only_the_newest_folders_are_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("OMNISIM_CACHE", str(tmp_path))
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    long_ago = time.time() - 10 * jit.SECONDS_IN_USE
    for age in range(5):
        folder = tmp_path / "numba" / f"old{age}"
        folder.mkdir(parents=True)
        os.utime(folder, (long_ago - age, long_ago - age))
    current = jit.cache_folder()
    assert current is not None
    assert {f.name for f in current.parent.iterdir()} == {current.name, "old0", "old1"}


def test_a_folder_in_use_is_not_removed(tmp_path, monkeypatch):
    monkeypatch.setenv("OMNISIM_CACHE", str(tmp_path))
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    for name in "abcde":
        (tmp_path / "numba" / name).mkdir(parents=True)
    current = jit.cache_folder()
    assert current is not None
    assert len(list(current.parent.iterdir())) == 6


def test_the_users_own_cache_folder_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert jit.cache_folder() is None


def test_a_read_only_cache_falls_back_to_a_temporary_folder(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")  # a file where a folder is needed
    monkeypatch.setenv("OMNISIM_CACHE", str(blocked))
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    folder = jit.cache_folder()
    assert folder is not None
    assert folder.is_dir()
    assert blocked not in folder.parents


def test_other_packages_keep_their_numba_setting():
    before = config.CACHE_DIR

    @jit.njit
    def one():
        return 1

    assert one() == 1
    assert before == config.CACHE_DIR


@jit.inner
def plus(a, b):
    return a + b


@jit.njit(cache=False)
def sums(x):
    return plus(x, 1) + plus(x, 2) + plus(3, 4)


def test_constants_do_not_have_versions_of_their_own_compiled():
    assert sums(10) == 30
    assert len(plus.signatures) == 1
