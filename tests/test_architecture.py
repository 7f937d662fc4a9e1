"""The architecture's contracts hold, and each of them breaks when it should."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "src" / "omnisim"
MAKERS = {"scenario", "world", "behaviour", "engine", "raw", "truth", "timeline", "odd"}
NEUTRAL = {"language", "schema", "rng", "jit", "executor", "provenance", "assignment", "errors"}
BOTH_SIDES = {"cli", "study"}

linter = pytest.importorskip("importlinter", reason="import-linter is not installed")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    code = (
        "import sys; from importlinter.cli import lint_imports_command; "
        "sys.path.insert(0, 'src'); sys.argv = ['lint-imports', '--no-logo', '--no-cache']; "
        "lint_imports_command()"
    )
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package and its contracts in a folder of their own."""
    folder = tmp_path_factory.mktemp("architecture")
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(
        SOURCES, folder / "src" / "omnisim", ignore=shutil.ignore_patterns("__pycache__")
    )
    return folder


@pytest.fixture
def change(copied: Path) -> Iterator:
    """Append text to modules of the copy, and take it away afterwards."""
    before: dict[Path, str | None] = {}

    def append(module: str, text: str) -> Path:
        path = copied / "src" / "omnisim" / module
        before.setdefault(path, path.read_text(encoding="utf-8") if path.exists() else None)
        path.parent.mkdir(exist_ok=True)
        path.write_text((before[path] or "") + f"\n{text}\n", encoding="utf-8")
        return copied

    yield append
    for path, text in before.items():
        if text is None:
            path.unlink()
        else:
            path.write_text(text, encoding="utf-8")


def contract_names() -> dict[str, str]:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {c["id"]: c["name"] for c in config["tool"]["importlinter"]["contracts"]}


def test_contracts_hold(copied):
    done = lint(copied)
    assert done.returncode == 0, done.stdout
    assert "4 kept, 0 broken" in done.stdout


@pytest.mark.parametrize(
    "contract, changes, told",
    [
        ("layers", {"errors.py": "import omnisim.schema"}, "omnisim.errors -> omnisim.schema"),
        (
            "layers",
            {"causal/extra.py": "def f():\n    from omnisim.risk import x"},
            "omnisim.causal.extra -> omnisim.risk",
        ),
        ("layers", {"stray.py": "x = 1"}, "stray"),
        (
            "wall",
            {"metrics/extra.py": "from omnisim.scenario import Scenario"},
            "omnisim.metrics.extra -> omnisim.scenario",
        ),
        # Through a third module, and seen although it is only for the type checker.
        (
            "wall",
            {
                "results.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
                "    import omnisim.executor",
                "executor.py": "import omnisim.world",
            },
            "omnisim.executor -> omnisim.world",
        ),
        ("wall", {"notebook/extra.py": "import omnisim.truth"}, "omnisim.truth"),
        ("wall", {"report/extra.py": "from omnisim import study"}, "omnisim.study"),
        ("root", {"risk/extra.py": "import omnisim as om"}, "omnisim.risk.extra -> omnisim"),
        (
            "root",
            {"figures/extra.py": "from omnisim import __version__"},
            "omnisim.figures.extra -> omnisim",
        ),
        (
            "siblings",
            {
                "causal/one.py": "from omnisim.causal import two",
                "causal/two.py": "import omnisim.causal.one",
            },
            "causal",
        ),
    ],
)
def test_contract_breaks_when_it_should(change, contract, changes, told):
    for module, text in changes.items():
        folder = change(module, text)
    done = lint(folder)
    assert done.returncode == 1, done.stdout
    assert f"{contract_names()[contract]} BROKEN" in done.stdout
    assert told in done.stdout


def test_every_package_has_its_side_of_the_wall():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wall = next(c for c in config["tool"]["importlinter"]["contracts"] if c["id"] == "wall")
    named = {name.removeprefix("omnisim.") for name in wall["source_modules"]}
    modules = {
        path.stem
        for path in SOURCES.iterdir()
        if path.name[0] != "_" and path.suffix in ("", ".py")
    }
    assert modules - MAKERS - NEUTRAL - BOTH_SIDES == named, (
        "a new package is a measurer (name it in the wall contract) or belongs above"
    )
    forbidden = {name.removeprefix("omnisim.") for name in wall["forbidden_modules"]}
    assert forbidden == (MAKERS & modules) | {"study"} or forbidden == MAKERS - {"timeline"} | {
        "study"
    }


def used_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_hidden_import(name: str) -> bool:
    """Whether a name can import a module without an import statement."""
    lawful = ("importlib.metadata", "importlib.resources")
    return name in ("import_module", "__import__", "exec", "eval") or (
        name.startswith(("importlib", "runpy", "pkgutil")) and not name.startswith(lawful)
    )


def hidden_imports(path: Path) -> list[str]:
    return [
        n for n in used_names(ast.parse(path.read_text(encoding="utf-8"))) if is_hidden_import(n)
    ]


def test_imports_are_statements():
    """Only an `__init__.py` with lazy names loads a module by its name."""
    found = {path for path in SOURCES.rglob("*.py") if hidden_imports(path)}
    assert {path.relative_to(SOURCES).as_posix() for path in found} <= {
        "__init__.py",
        "storage/__init__.py",
        "study/__init__.py",
    }


@pytest.mark.parametrize("name", ["__init__.py", "storage/__init__.py", "study/__init__.py"])
def test_lazy_names_are_seen_by_the_contracts(name):
    """What is loaded lazily is imported for the type checker, where import-linter sees it."""
    tree = ast.parse((SOURCES / name).read_text(encoding="utf-8"))
    lazy = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_LAZY"
    )
    base = "" if name == "__init__.py" else f"omnisim.{Path(name).parent.name}."
    shown = {
        alias.name: node.module
        for block in tree.body
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in block.body
        if isinstance(node, ast.ImportFrom) and node.module != "omnisim"
        for alias in node.names
    }
    assert shown == {key: f"{base}{module}" for key, module in lazy.items()}


def test_a_dataset_offers_no_way_to_the_truth():
    from omnisim.storage import Dataset

    assert [name for name in dir(Dataset) if "truth" in name.lower()] == ["has_truth"]


@pytest.mark.parametrize("path", sorted(SOURCES.glob("*/__init__.py")), ids=lambda p: p.parent.name)
def test_init_names_what_is_public_and_runs_nothing(path):
    """An `__init__.py` holds a docstring, imports, names, and perhaps a lazy `__getattr__`."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.Expr(value=ast.Constant()) | ast.Import() | ast.ImportFrom():
                pass
            case ast.Assign(targets=[ast.Name(id="__all__" | "_LAZY")]):
                pass
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                pass
            case ast.FunctionDef(name="__getattr__" | "__dir__"):
                pass
            case _:
                pytest.fail(ast.unparse(node))
