"""What the notebooks on attribution and journeys record is known in Chinese, chart words included."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from omnisim import attribution
from omnisim.attribution.funnel import DEFINITIONS
from omnisim.figures import journeys_steps
from omnisim.figures.translated import drawn_in
from omnisim.language import catalog, in_language
from omnisim.notebook import recorder
from omnisim.schema.channels import CHANNELS, ORDER_CHANNELS, TOUCH_KINDS
from omnisim.study.attribution import MODELS, TESTED, WORLDS

WORDS = re.compile(r"[A-Za-z]{2,}")
# Measures, methods, people and a journal whose names Chinese texts write in Latin letters.
LATIN = re.compile(
    "ROAS|App|Cookie|Shapley|Wilson|Newey-West|Kish|Anderl|Zhao|Chamandy|arXiv"
    "|International Journal of Research in Marketing"
)


@pytest.fixture
def lift_tests(tmp_path):
    """A file with tests of three channels, enough to predict the others."""
    path = tmp_path / "lift_tests.csv"
    rows = ["channel,estimate,std_error", "brand_search,2000,500", "generic_search,3000,900"]
    path.write_text("\n".join([*rows, "paid_social,4000,1500"]), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("notebook", "parameters"),
    [
        ("02_attribution", {"compare_with_truth": True}),
        # No channel earns its cost; impressions and every cookie count for themselves.
        (
            "02_attribution",
            {
                "lift_tests_file": "",
                "break_even_roas": 100.0,
                "count_impressions": True,
                "stitch_identities": False,
            },
        ),
        ("06_journeys", {"repeat_benchmark": 0.3, "count_impressions": True}),
    ],
)
def test_everything_recorded_is_known(
    notebook, parameters, recorded, unknown_on_charts, lift_tests
):
    if notebook == "02_attribution":
        parameters = {"n_replicates": 20, "lift_tests_file": lift_tests, **parameters}
    for result, cells in recorded(notebook, **parameters):
        translations = result.translations["zh"]
        texts = {text for text in [*result.texts(), *cells] if WORDS.search(text)}
        assert texts - set(translations) == set()
        assert [
            other for other in translations.values() if WORDS.search(LATIN.sub("", other))
        ] == []
    assert unknown_on_charts == []


@pytest.mark.parametrize(
    "texts",
    [
        attribution.METHODS,
        attribution.LIMITATIONS,
        attribution.JOURNEY_METHODS,
        attribution.JOURNEY_LIMITS,
        [attribution.CAUSE_NOTE],
        [channel.label for channel in CHANNELS],
        [name.replace("_", " ").capitalize() for name in ORDER_CHANNELS],
        [f"touch kind: {kind}" for kind in TOUCH_KINDS],
        [model.label for model in MODELS],
        [label for _, label, _ in TESTED],
        [world.label for world in WORLDS],
        DEFINITIONS.values(),
    ],
)
def test_fixed_texts_are_known(texts):
    assert [text for text in texts if in_language(text, "zh") is None] == []


def test_chinese_is_punctuated_in_full_width():
    half = re.compile(r"[一-鿿][,;:!?()]|[,;:!?()][一-鿿]|[一-鿿] [一-鿿]")
    assert [other for other in catalog("zh").values() if half.search(other)] == []


def test_which_model_to_believe_is_known_too():
    rows = pd.DataFrame(
        [
            {"world_label": world.label, "model_label": model, "kind": kind, "regret": 0.1 + share}
            for world in WORLDS
            for model, kind, share in (
                ("Markov chain", "credit", 0.2),
                ("Last contact", "credit", 0.3),
                ("Markov, all paid tested", "incremental", 0.0),
            )
        ]
    )
    for name in ("share_error", "over_claim", "rank_error", "regret_low", "regret_high"):
        rows[name] = rows["regret"]
    texts = recorder.table_texts(attribution.belief_table(rows))
    credit = rows[rows["model_label"] == "Markov chain"]
    tested = rows[rows["kind"] == "incremental"]
    texts += [attribution.belief_title(credit, best) for best in (credit, tested)]
    assert [text for text in texts if in_language(text, "zh") is None] == []
    chart = journeys_steps.belief_heat_map(rows, error="regret", label="Caused sales lost")
    with drawn_in(chart, "zh") as unknown:
        chart.draw_without_rendering()
    assert unknown == []
