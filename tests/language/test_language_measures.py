"""What the notebooks on tests, roll-outs and risks record is known in Chinese, chart words included."""

from __future__ import annotations

import re

import pytest

from omnisim import causal, experiment
from omnisim.experiment.validity import COVARIATES
from omnisim.language import in_language, say_as
from omnisim.risk import default_register
from omnisim.risk.tables import CATEGORY_LABELS

WORDS = re.compile(r"[A-Za-z]{2,}")
# Names of methods, people and things that Chinese texts write in Latin letters.
LATIN = set(
    WORDS.findall(
        "CUPED SRM SKU App GDPR HiGHS Holm Welch Newcombe Fieller Deng Callaway Sant'Anna Wooldridge "
        "Ferman Pinto de Chaisemartin D'Haultfoeuille Jeffreys Hosking Wallis Cox Gruen Corsten "
        "Bharadwaj"
    )
)


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
def test_everything_recorded_is_known(notebook, parameters, recorded, unknown_on_charts):
    ((result, cells),) = recorded(notebook, **parameters)
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
