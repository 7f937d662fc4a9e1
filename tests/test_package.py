"""The package as it is delivered: pinned, complete in a wheel, and light to import."""

from __future__ import annotations

import os
import re
import site
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NEEDED = [
    Requirement(text) for text in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]
]


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return {
        canonicalize_name(name): version
        for name, _, version in (line.partition("==") for line in lines if line[:1] != "#")
    }


@pytest.mark.parametrize("needed", NEEDED, ids=lambda r: r.name)
def test_requirement_is_pinned_within_its_range(needed):
    assert needed.specifier.contains(pins()[canonicalize_name(needed.name)])


def test_constraints_are_exact_and_name_no_index():
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line) for line in lines)
    assert len(pins()) == len(lines), "each once"
    assert "omnisim" not in pins()
    assert "quarto-cli" not in pins(), "it would make Quarto a part of every installation"


def test_versions_agree():
    from omnisim import __version__

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == __version__
    assert citation["license"] == PROJECT["license"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[({re.escape(__version__)}|Unreleased)\]", changelog, re.MULTILINE)
    assert "### Numbers change" in changelog


def test_system_packages_of_ci_are_those_of_the_readme():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    installed = set(re.findall(r"missing\+=\(([^)]*)\)", script))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.split("## Tests")[1].split("\n## ")[0]
    assert installed == set(re.findall(r"apt-get install ([^\n`]+)", section)[0].split())


def test_root_names_exist_and_cost_nothing_before_they_are_used():
    code = (
        "import sys, omnisim as om; heavy = {'pandas', 'numpy', 'statsmodels', 'numba', 'duckdb'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "missing = [name for name in dir(om) if not hasattr(om, name)]\n"
        "assert not missing, missing"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without network from the work tree."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
    )
    return next(folder.glob("omnisim-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of programs of an environment with the wheel; it borrows the libraries of this one."""
    home = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    programs = home / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run(
        [programs / "python", "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel],
        check=True,
    )
    packages = next(home.glob("lib/python*/site-packages"))
    # As text: .pth files of the other environment, with its editable omnisim, are not followed.
    (packages / "borrowed.pth").write_text("\n".join(site.getsitepackages()), encoding="utf-8")
    return programs


def tracked(*patterns: str) -> list[str]:
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("not a git work tree")
    return done.stdout.splitlines()


@pytest.mark.slow
def test_wheel_holds_all_that_is_ours_and_nothing_else(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = {name.removeprefix("src/") for name in tracked("src/omnisim")}
    notebooks = {f"omnisim/_project/{name}" for name in tracked("notebooks/*.ipynb")}
    reports = {
        f"omnisim/_project/{name}"
        for name in tracked("reports")
        if not name.startswith("reports/example/")
    }
    assert sources <= names
    assert notebooks <= names
    assert reports <= names
    assert "omnisim/_project/reports/_quarto.yml" in names
    others = {name for name in names if not name.startswith("omnisim-")}
    assert others - sources - notebooks - reports == set()


@pytest.mark.slow
def test_new_works_from_a_wheel_in_an_empty_folder(wheel, installed, tmp_path):
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}

    def omnisim(*words: str, cwd: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [installed / "omnisim", *words],
            cwd=cwd,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done

    where = "import omnisim; print(omnisim.__file__)"
    told = subprocess.run([installed / "python", "-c", where], capture_output=True, text=True)
    assert str(ROOT) not in told.stdout, "the wheel is what is tested"
    assert omnisim("--version").stdout.startswith("omnisim ")
    omnisim("new", "acme")
    made = {p.relative_to(tmp_path / "acme").as_posix() for p in (tmp_path / "acme").rglob("*")}
    assert {"scenario.yaml", "reports/_quarto.yml", "data/synthetic/README.md"} <= made
    carried = {Path(n).name for n in zipfile.ZipFile(wheel).namelist() if n.endswith(".ipynb")}
    assert carried
    assert {f"notebooks/{name}" for name in carried} <= made
    assert "✗" not in omnisim("check", ".", cwd=tmp_path / "acme").stdout
