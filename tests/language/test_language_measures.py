"""What the notebooks on tests, roll-outs and risks record is known in Chinese, chart words included."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

from omnisim import causal, experiment
from omnisim.experiment.validity import COVARIATES
from omnisim.figures.translated import drawn_in
from omnisim.language import in_language, say_as
from omnisim.notebook import recorder
from omnisim.results import Result
from omnisim.risk import default_register
from omnisim.risk.tables import CATEGORY_LABELS
from omnisim.storage import Dataset

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "data" / "synthetic" / "sample"
WORDS = re.compile(r"[A-Za-z]{2,}")
# Names of methods, people and things that Chinese texts write in Latin letters.
LATIN = set(
    WORDS.findall(
        "CUPED SRM SKU App GDPR HiGHS Holm Welch Newcombe Fieller Deng Callaway Sant'Anna Wooldridge "
        "Ferman Pinto de Chaisemartin D'Haultfoeuille Jeffreys Hosking Wallis Cox Gruen Corsten "
        "Bharadwaj"
    )
)

needs_sample = pytest.mark.skipif(not SAMPLE.is_dir(), reason="the sample dataset is not there")


@pytest.fixture
def unknown_on_charts(monkeypatch):
    """Words on charts that stay English; charts are laid out, which is all it takes, and not written."""
    unknown: list[str] = []

    @contextmanager
    def watched(figure, lang):
        with drawn_in(figure, lang) as left:
            yield left
        unknown.extend(left)

    monkeypatch.setattr(recorder, "drawn_in", watched)
    monkeypatch.setattr(recorder, "_save", lambda figure, _target: figure.draw_without_rendering())
    return unknown


def run(notebook, folder, monkeypatch, **parameters):
    """Execute the cells of a notebook here; gives the result with the texts of its tables."""
    monkeypatch.setenv("OMNISIM_RUN", str(folder))
    path = ROOT / "notebooks" / f"{notebook}.ipynb"
    names: dict[str, object] = {}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        exec(compile("".join(cell["source"]), path.name, "exec"), names)
        if "parameters" in cell["metadata"].get("tags", []):
            names |= {"dataset": str(SAMPLE), **parameters}
    result = names["result"]
    assert isinstance(result, Result)
    frames = [pd.read_parquet(folder / e.path) for e in result.exhibits if e.kind == "table"]
    return result, [text for frame in frames for text in recorder.table_texts(frame)]


@needs_sample
@pytest.mark.parametrize(
    ("notebook", "parameters"),
    [
        ("03_ab_test", {"compare_with_truth": True}),
        ("03_ab_test", {"treatment_share": 0.3}),  # a split nobody designed: the gates block
        ("04_effect_evaluation", {"compare_with_truth": True}),
        ("04_effect_evaluation", {"trend": "additive", "picked": "all", "skip_weeks": 0}),
        ("05_risk_matrix", {"compare_with_truth": True, "n_years": 2000}),
        ("05_risk_matrix", {"budget_share": 0.0, "n_years": 2000}),  # no treatment can be paid
    ],
)
def test_everything_recorded_is_known(
    notebook, parameters, tmp_path, monkeypatch, unknown_on_charts
):
    if "compare_with_truth" in parameters and not Dataset.open(SAMPLE).has_truth:
        pytest.skip("the sample was made without truth")
    result, cells = run(notebook, tmp_path, monkeypatch, **parameters)
    translations = result.translations["zh"]
    texts = {text for text in [*result.texts(), *cells] if WORDS.search(text)}
    assert texts - set(translations) == set()
    assert unknown_on_charts == []
    mixed = {
        text: left
        for text, other in translations.items()
        if (left := set(WORDS.findall(other)) - LATIN)
    }
    assert mixed == {}


@pytest.mark.parametrize(
    "texts",
    [
        causal.METHODS,
        causal.LIMITATIONS,
        experiment.METHODS,
        experiment.LIMITATIONS,
        COVARIATES.values(),
        CATEGORY_LABELS.values(),
    ],
)
def test_fixed_texts_are_known(texts):
    assert [text for text in texts if in_language(text, "zh") is None] == []


def test_every_word_of_the_register_is_known():
    register = default_register()
    texts = []
    for risk in register.risks:
        texts += [risk.name, risk.owner_role, risk.events, risk.severity, risk.kri.about]
        texts += [text for a in risk.assumptions for text in (a.about, a.source)]
        texts += [risk.rare_loss.about, risk.rare_loss.source] if risk.rare_loss else []
    for treatment in register.treatments:
        texts += [treatment.name, treatment.owner_role, treatment.cost.source]
        texts += [effect.source for effect in treatment.effects]
    texts += [*register.matrix.likelihood.labels, *register.matrix.impact.labels]
    assert [text for text in texts if in_language(text, "zh") is None] == []


def test_levels_read_as_the_register_has_them():
    levels = default_register().matrix.levels
    for english, chinese in zip(levels.labels, levels.zh, strict=True):
        word = english.replace("_", " ")
        for spelling in (word, word.capitalize()):
            assert in_language(say_as("level", spelling), "zh") == chinese
