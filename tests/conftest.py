"""A dataset without tables and small notebooks: the runner is tested without any measurement."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import nbformat
import pytest

WRITES = """
import datetime, types
from omnisim.notebook import Recorder
from omnisim.results import Estimate
from omnisim.storage import Dataset
data = Dataset.open(dataset)
out = Recorder("{name}", question="What?", dataset=data)
out.add(Estimate(name="x", label="X", value=float({value}), unit="orders", role="descriptive",
                 n=1, n_of="orders", method="none", source="orders"))
result = out.finish("An answer.")
"""


@pytest.fixture
def make_dataset(tmp_path: Path) -> Callable[..., Path]:
    """Write a whole dataset without tables; its hash is the letter given, repeated."""

    def make(name: str = "toy", letter: str = "a", *, truth: bool = False) -> Path:
        folder = tmp_path / "data" / "synthetic" / name
        folder.mkdir(parents=True)
        effects = {}
        if truth:  # nobody opens it: that it is listed and lies there is what counts
            part = "truth/effects/part-00000.parquet"
            (folder / part).parent.mkdir(parents=True)
            (folder / part).write_bytes(b"effects")
            named = {"path": part, "rows": 1, "bytes": 7, "sha256": "0" * 64}
            effects = {"effects": {"rows": 1, "digest": "0" * 32, "parts": [named]}}
        manifest = {
            "name": name,
            "schema_version": 1,
            "is_simulated": True,
            "currency": "USD",
            "locale": "en_US",
            "first_date": "2025-01-01",
            "last_date": "2025-03-31",
            "dataset_hash": letter * 32,
            "tables": {},
            "truth": effects,
        }
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        return folder

    return make


@pytest.fixture
def make_notebook(tmp_path: Path) -> Callable[..., Path]:
    """Write a notebook from its code cells; the first one is tagged `parameters`."""

    def make(name: str, *cells: str, needs: Sequence[str] = ()) -> Path:
        notebook = nbformat.v4.new_notebook()
        notebook.metadata["kernelspec"] = {
            "name": "python3",
            "display_name": "Python 3",
            "language": "python",
        }
        notebook.metadata["omnisim"] = {"needs": list(needs)}
        notebook.cells = [nbformat.v4.new_markdown_cell("# What?")]
        notebook.cells += [nbformat.v4.new_code_cell(cell.strip()) for cell in cells]
        notebook.cells[1].metadata["tags"] = ["parameters"]
        path = tmp_path / "notebooks" / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(notebook, path)
        return path

    return make


@pytest.fixture
def writes() -> Callable[..., str]:
    """Source of a cell that records one number under a name."""

    def cell(name: str, value: object = 1) -> str:
        return WRITES.format(name=name, value=value)

    return cell
