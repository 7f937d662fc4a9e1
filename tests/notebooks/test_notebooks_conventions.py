"""Every notebook asks one question, declares what can be set, and runs anywhere."""

from __future__ import annotations

import ast
import json
import shutil
from pathlib import Path

import nbformat
import pytest

from omnisim.notebook import run_notebooks
from omnisim.notebook.sources import choose, read_notebooks

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]*_*.ipynb"))
SAMPLE = ROOT / "data" / "synthetic" / "sample"
MOST_LINES = 15  # about ten, and a formatted call of many arguments may take a few more

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)


def test_all_questions_are_there():
    assert [path.stem for path in NOTEBOOKS][:6] == [
        "01_explore_the_world",
        "02_attribution",
        "03_ab_test",
        "04_effect_evaluation",
        "05_risk_matrix",
        "06_journeys",
    ]


@each_notebook
def test_form(path):
    raw = json.loads(path.read_text(encoding="utf-8"))
    nbformat.validate(raw)
    assert raw["metadata"]["kernelspec"]["name"] == "python3"
    assert isinstance(raw["metadata"]["omnisim"]["needs"], list)
    first, *others = raw["cells"]
    title = "".join(first["source"]).splitlines()[0]
    assert first["cell_type"] == "markdown"
    assert title.startswith("# ")
    assert "?" in "".join(first["source"]), "it asks a question"
    assert others[0]["metadata"].get("tags") == ["parameters"]
    assert all(cell.get("id") for cell in raw["cells"])


@each_notebook
def test_no_outputs_are_kept(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


@each_notebook
def test_cells_are_short_and_define_nothing(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] != "code":
            continue
        assert len(source.splitlines()) <= MOST_LINES, source
        defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        assert not any(isinstance(n, defined) for n in ast.walk(ast.parse(source))), source
    told = sum(cell["cell_type"] == "markdown" for cell in cells)
    assert told >= len(cells) / 3, "steps are introduced by a line of text"


def test_parameters_are_typed_and_explained():
    for notebook in read_notebooks(ROOT / "notebooks").values():
        assert notebook.parameters["dataset"].default == "sample"
        for parameter in notebook.parameters.values():
            assert parameter.help, f"{notebook.name}: {parameter.name} has no comment"


@pytest.mark.slow
@pytest.mark.skipif(not SAMPLE.is_dir(), reason="the sample dataset is not there")
def test_all_run_without_truth_and_far_from_the_project(tmp_path, monkeypatch):
    """As on a client's data: the truth folder is gone, and so is everything around it."""
    place = tmp_path / "client"
    shutil.copytree(SAMPLE, place, ignore=shutil.ignore_patterns("truth"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OMNISIM_DATA", raising=False)
    run = run_notebooks(place, out=tmp_path / "run", notebooks=ROOT / "notebooks")
    assert run.is_complete
    assert len(run.results) >= len(choose(read_notebooks(ROOT / "notebooks"), None))
    for path in run.results:
        assert json.loads(path.read_text(encoding="utf-8"))["truth"] == []
