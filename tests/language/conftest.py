"""Notebooks recorded in the process of the test, on the sample, without pictures."""

import json
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

from omnisim.figures import translated
from omnisim.figures.translated import drawn_in
from omnisim.notebook import recorder
from omnisim.results import Estimate, Result
from omnisim.storage import Dataset

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "data" / "synthetic" / "sample"


@pytest.fixture
def unknown_on_charts(monkeypatch):
    """Words on charts that stay English; charts are laid out, which is all it takes, and not written."""
    unknown: list[str] = []

    @contextmanager
    def watched(figure, lang):
        with drawn_in(figure, lang) as left:
            yield left
        unknown.extend(left)

    monkeypatch.setattr(translated, "drawn_in", watched)
    monkeypatch.setattr(recorder, "_save", lambda figure, _target: figure.draw_without_rendering())
    return unknown


@pytest.fixture
def recorded(monkeypatch, tmp_path, unknown_on_charts):
    """Execute the cells of a notebook here; gives each result with the texts of its tables."""
    if not SAMPLE.is_dir():
        pytest.skip("the sample dataset is not there")
    folder = tmp_path / "run"

    def run(notebook, **parameters):
        if parameters.get("compare_with_truth") and not Dataset.open(SAMPLE).has_truth:
            pytest.skip("the sample was made without truth")
        monkeypatch.setenv("OMNISIM_RUN", str(folder))
        path = ROOT / "notebooks" / f"{notebook}.ipynb"
        names: dict[str, object] = {}
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] != "code":
                continue
            exec(compile("".join(cell["source"]), path.name, "exec"), names)
            if "parameters" in cell["metadata"].get("tags", []):
                names |= {"dataset": str(SAMPLE), **parameters}
        files = sorted((folder / "results").glob("*.json"))
        assert files
        return [_with_cells(Result.from_json(f.read_text(encoding="utf-8")), folder) for f in files]

    return run


def _with_cells(result, folder):
    frames = [pd.read_parquet(folder / e.path) for e in result.exhibits if e.kind == "table"]
    return result, [text for frame in frames for text in recorder.table_texts(frame)]


@pytest.fixture
def estimate():
    return Estimate(
        name="share",
        label="Share",
        value=0.12,
        unit="share",
        role="descriptive",
        n=9,
        n_of="orders",
        method="count",
        source="orders",
        ci_low=0.1,
        ci_high=0.14,
    )
