"""Exhibits of the index of measures say where its weights are not those agreed with the client."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omnisim.language import in_language, own_memory
from omnisim.report import write_report
from omnisim.report.engagement import Engagement, Stage
from omnisim.report.loading import load_run
from omnisim.report.selection import agreed_run
from omnisim.report.weights import INDEX, about_weights, is_as_agreed, say_other_weights

AGREED = Stage(name="early", weights={"sales": 0.4, "customers": 0.6})
SAID = "Weights agreed with the client, with which it is not drawn yet: Sales 40%, Customers 60%."


@pytest.fixture
def overview(run_folder):
    """A result with an index of default weights, as a run without an engagement makes it."""
    result = load_run(run_folder).results["overview"]
    index = replace(result.estimates[0], name=INDEX)
    shown = replace(result.exhibits[0], name="index", note="A convention.")
    return replace(
        result,
        parameters={"stage": "balanced", "stage_weights": ""},
        estimates=(*result.estimates, index),
        exhibits=(*result.exhibits, shown),
    )


def note_of(result):
    return next(e.note for e in result.exhibits if e.name == "index")


def test_other_weights_are_said_in_the_note_of_the_exhibit(overview):
    with own_memory():
        told = say_other_weights(overview, AGREED)
        assert note_of(told) == f"A convention. {SAID}"
        assert "销售40%，客户60%" in (in_language(note_of(told), "zh") or "")
    assert told.exhibits[:-1] == overview.exhibits[:-1], "other exhibits do not depend on weights"
    assert about_weights(overview, AGREED)


@pytest.mark.parametrize(
    ("stage", "parameters"),
    [
        (AGREED, {"stage": "early", "stage_weights": AGREED.weights_text}),
        (AGREED, {"stage": "", "stage_weights": "customers=0.6, sales=0.4"}),
        (Stage(name="retention"), {"stage": "retention", "stage_weights": ""}),
        (Stage(name="somewhere"), {"stage": "balanced", "stage_weights": ""}),
        (Stage(), {"stage": "acquisition", "stage_weights": ""}),
    ],
)
def test_nothing_is_said_where_weights_agree_or_none_are_agreed(overview, stage, parameters):
    drawn = replace(overview, parameters=parameters)
    assert is_as_agreed(drawn, stage)
    assert say_other_weights(drawn, stage) == drawn
    assert about_weights(drawn, stage) == []


def test_a_stage_by_name_has_its_default_weights(overview):
    assert not is_as_agreed(overview, Stage(name="retention"))
    assert is_as_agreed(overview, Stage(name="balanced"))


def test_a_report_with_another_engagement_says_it_where_the_index_stands(
    overview, make_run, tmp_path
):
    run = make_run()
    (run / "results" / "overview.json").write_text(overview.to_json(), encoding="utf-8")
    file = tmp_path / "engagement.yml"
    file.write_text("stage: {name: early, weights: {sales: 0.4, customers: 0.6}}", encoding="utf-8")
    report = write_report(run, out=tmp_path / "r", to=["html"], engine="embedded", engagement=file)
    page = report.files["html"].read_text(encoding="utf-8").replace("\u00a0", " ")
    assert SAID in page
    assert any("omnisim run" in note for note in report.notes)
    kept = agreed_run(load_run(run), Engagement(stage=Stage(name="balanced")))
    assert note_of(kept.results["overview"]) == "A convention."
