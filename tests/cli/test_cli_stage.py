"""The stage of an engagement reaches the notebook that weighs its measures."""

from __future__ import annotations

import pytest

from omnisim.cli.run import stage_parameters
from omnisim.errors import EngagementError
from omnisim.notebook.project import notebook_folder
from omnisim.notebook.sources import choose, parse_assignments, read_notebooks

NAME = "01_explore_the_world"


@pytest.fixture
def chosen():
    return choose(read_notebooks(notebook_folder()), ["01", "03"])


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "data" / "synthetic").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)

    def write(text):
        (tmp_path / "engagement.yml").write_text(text, encoding="utf-8")

    return write


def test_without_an_engagement_nothing_is_set(chosen, project):
    assert stage_parameters(chosen, {}) == {}
    project("client: Acme\n")
    assert stage_parameters(chosen, {}) == {}


def test_agreed_weights_are_set_for_notebook_01_alone(chosen, project):
    project("stage: {name: loyalty, weights: {sales: 0.3, customers: 0.7}}\n")
    assert stage_parameters(chosen, {}) == {
        f"{NAME}.stage": "loyalty",
        f"{NAME}.stage_weights": "sales=0.3, customers=0.7",
    }
    assert stage_parameters([n for n in chosen if n.name != NAME], {}) == {}


def test_another_project_may_be_named(chosen, project, tmp_path):
    project("stage: {name: retention}\n")
    other = tmp_path / "other"
    other.mkdir()
    assert stage_parameters(chosen, {}, root=other) == {}
    (other / "engagement.yml").write_text("stage: {name: acquisition}\n", encoding="utf-8")
    assert stage_parameters(chosen, {}, root=other)[f"{NAME}.stage"] == "acquisition"


def test_a_stage_with_default_weights_needs_none(chosen, project):
    project("stage: {name: retention}\n")
    assert stage_parameters(chosen, {})[f"{NAME}.stage"] == "retention"
    project("stage: {name: somewhere}\n")
    assert stage_parameters(chosen, {}) == {}


def test_what_is_given_by_hand_wins(chosen, project):
    project("stage: {name: retention}\n")
    given = parse_assignments(["stage=acquisition"], chosen)
    assert stage_parameters(chosen, given) == {}


def test_a_broken_engagement_is_told(chosen, project):
    project("stage: {weights: {sales: 0.3}}\n")
    with pytest.raises(EngagementError, match=r"sum to 0\.3"):
        stage_parameters(chosen, {})
