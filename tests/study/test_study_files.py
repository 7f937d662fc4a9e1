"""Study files: what they say, and one clear error that names file and field when they cannot be."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from omnisim.errors import InputError
from omnisim.study.design import Range, grid, nested, spread
from omnisim.study.load import load_study, study_names
from omnisim.study.model import json_schema

GOOD: dict[str, Any] = {
    "name": "mine",
    "worlds": {
        "scenario": "omnichannel_fashion",
        "size": "tiny",
        "dials": {"experiment.conversion_effect": {"values": [0.0, 0.5]}},
    },
    "seeds": 3,
    "methods": ["experiment.welch"],
    "estimand": {"estimand": "ate"},
}
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write the good study with fields replaced; a dotted name reaches into a block."""

    def file(**changes: Any) -> Path:
        values = yaml.safe_load(yaml.safe_dump(GOOD))
        for name, value in changes.items():
            place = values
            *blocks, field = name.split("__")
            for block in blocks:
                place = place.setdefault(block, {})
            place[field] = value
        path = tmp_path / "mine.yaml"
        path.write_text(yaml.safe_dump(values), encoding="utf-8")
        return path

    return file


def test_a_good_study_is_read(write: Write) -> None:
    study = load_study(write())
    assert [dict(point.dials) for point in study.points] == [
        {"experiment.conversion_effect": 0.0},
        {"experiment.conversion_effect": 0.5},
    ]
    assert study.seeds == (1, 2, 3)
    assert study.points[1].scenario.experiment.conversion_effect == 0.5
    assert study.points[0].effects[0].cause == study.points[0].scenario.experiment.name


def test_studies_of_the_package_can_all_be_run() -> None:
    assert set(study_names()) >= {"ab_test", "attribution", "staggered_rollout"}
    for name in study_names():
        study = load_study(name)
        assert study.name == name
        assert study.points
        assert study.file.question


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"methods": ["experiment.wlech"]}, r"methods\.0\.method: no method 'experiment.wlech'.*cuped"),
    ({"methods": []}, r"methods"),
    ({"methods": ["experiment.welch"] * 2}, r"methods: 'experiment.welch' is there twice"),
    (
        {"methods": [{"method": "experiment.welch", "parameters": {"level": 0.9}}]},
        r"methods\.0\.parameters\.level: experiment.welch has no such parameter; it has ci_level",
    ),
    (
        {"methods": [{"method": "experiment.welch", "parameters": {"ci_level": "high"}}]},
        r"methods\.0\.parameters\.ci_level = 'high': should be a valid number",
    ),
    (
        {"methods": ["causal.group_time"]},
        r"methods\.0\.method = 'causal.group_time': measures estimand: att.*asks for.* ate",
    ),
    ({"seeds": 0}, r"seeds: seeds = 0: give 1 to"),
    ({"seeds": []}, r"seeds: seeds = \[\]: give at least one"),
    ({"seeds": [1, 1]}, r"seeds = \[1, 1\]: give at least one seed, each once"),
    ({"seeds": "many"}, r"seeds"),
    (
        {"worlds__dials": {"experiment.conversion_efect": {"values": [0.0]}}},
        r"worlds\.dials\.experiment\.conversion_efect: the scenario has no field "
        r"'conversion_efect' in experiment; did you mean 'conversion_effect'\?",
    ),
    (
        {"worlds__dials": {"experiment": {"values": [0.0]}}},
        r"worlds\.dials\.experiment: holds several values",
    ),
    (
        {"worlds__dials": {"experiment.n_days.x": {"values": [0.0]}}},
        r"worlds\.dials\.experiment\.n_days\.x: experiment\.n_days holds no fields",
    ),
    (
        {"worlds__dials": {"experiment.conversion_effect": {}}},
        r"worlds\.dials\.experiment\.conversion_effect: an empty dial",
    ),
    (
        {"worlds__dials": {"experiment.conversion_effect": {"low": 2.0, "high": 1.0, "steps": 3}}},
        r"worlds\.dials\.experiment\.conversion_effect: low = 2, high = 1: the range is reversed",
    ),
    (
        {
            "worlds__dials": {
                "demand.need_rate": {"low": 0.0, "high": 1.0, "scale": "log", "steps": 2}
            }
        },
        r"worlds\.dials\.demand\.need_rate: low = 0: a log scale needs low > 0",
    ),
    (
        {"worlds__dials": {"experiment.conversion_effect": {"values": [0.0, 99.0]}}},
        r"worlds\.dials at point 2: experiment\.conversion_effect = 99\.0: .*less than or equal to 5",
    ),
    (
        {"worlds__dials": {"experiment.conversion_effect": {"low": 0.0, "high": 1.0}}},
        r"worlds: dials\.experiment\.conversion_effect: a grid needs values, or low, high and steps",
    ),
    ({"worlds__design": "sobol"}, r"worlds: n: missing"),
    ({"worlds__design": "sobol", "worlds__n": 8, "worlds__dials": {}}, r"worlds: dials: none"),
    ({"worlds__design": "sobol", "worlds__n": 8}, r"needs low and high only"),
    (
        {
            "worlds__design": "sobol",
            "worlds__n": 6,
            "worlds__dials": {"demand.need_rate": {"low": 1.0, "high": 9.0}},
        },
        r"worlds: n = 6: Sobol points keep their balance",
    ),
    ({"worlds__n": 4}, r"worlds: n = 4: a grid has as many points"),
    ({"worlds__scenario": "fashoin"}, r"worlds: no scenario 'fashoin'; presets are"),
    ({"worlds__size": "huge"}, r"worlds: .*no size 'huge'"),
    ({"worlds__overrides": {"demand": {"rate": 1}}}, r"worlds: .*overrides\.demand\.rate"),
    ({"estimand__cause": "Homepage"}, r"estimand\.cause = 'Homepage': no such cause.*Personalised"),
    (
        {"worlds__overrides": {"experiment": {"is_on": False}}},
        r"estimand\.estimand = 'ate': the scenario has none; there are .*total",
    ),
    ({"estimand__outcome": "margin"}, r"estimand\.outcome"),
    ({"estimand__scoop": "all"}, r"estimand\.scoop: unknown field"),
    ({"name": "Mine!"}, r"name = 'Mine!'"),
]


@pytest.mark.parametrize(("changes", "told"), WRONG)
def test_what_cannot_be_is_one_error_with_file_and_field(
    write: Write, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(InputError, match=told) as found:
        load_study(write(**changes))
    assert str(found.value).startswith("mine.yaml: ")
    assert len(str(found.value).splitlines()) == 1


def test_unknown_studies_and_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no study 'peek'; there are \['ab_test'"):
        load_study("peek")
    with pytest.raises(InputError, match=r"none\.yaml: no such file"):
        load_study(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="a folder"):
        load_study(tmp_path)
    (tmp_path / "text.yaml").write_text("just words", encoding="utf-8")
    with pytest.raises(InputError, match=r"text\.yaml: holds"):
        load_study(tmp_path / "text.yaml")


def test_a_scenario_file_lies_beside_its_study(write: Write, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("extends: sample\nname: own\n", encoding="utf-8")
    study = load_study(write(worlds__scenario="own.yaml", worlds__size=None))
    assert study.points[0].scenario.name == "own"


def test_seeds_can_be_given_when_loading(write: Write) -> None:
    assert load_study(write(), seeds=[7, 9]).seeds == (7, 9)
    with pytest.raises(InputError, match="seeds = 0"):
        load_study(write(), seeds=0)


# --- designs --------------------------------------------------------------------------------------


def test_a_grid_has_all_combinations() -> None:
    assert len(grid({"a": [1, 2, 3], "b": [True, False]})) == 6
    assert grid({}) == [{}]


@pytest.mark.parametrize("kind", ["latin_hypercube", "sobol"])
def test_spread_designs_fill_every_slice_once(kind: Any) -> None:
    """Both are balanced in each dial: n points, one in each of n equal slices."""
    points = spread(kind, {"a": Range(low=0, high=8), "b": Range(low=0, high=8)}, n=8, seed=3)
    for name in ("a", "b"):
        assert sorted(int(point[name]) for point in points) == list(range(8))
    assert points == spread(
        kind, {"a": Range(low=0, high=8), "b": Range(low=0, high=8)}, n=8, seed=3
    )


def test_whole_fields_get_whole_numbers(write: Write) -> None:
    study = load_study(
        write(
            worlds__design="latin_hypercube",
            worlds__n=5,
            worlds__dials={"population.n_customers": {"low": 500, "high": 5000, "scale": "log"}},
        )
    )
    found = [point.dials["population.n_customers"] for point in study.points]
    assert all(type(value) is int and 500 <= value <= 5000 for value in found)
    assert len(set(found)) == 5


def test_nested_names() -> None:
    assert nested({"a.b": 1, "a.c": 2, "d": 3}) == {"a": {"b": 1, "c": 2}, "d": 3}


def test_the_schema_for_editors_names_every_field() -> None:
    schema = json_schema()
    assert {"name", "worlds", "seeds", "methods", "estimand"} <= set(schema["properties"])
    text = str(schema)
    assert re.search("latin_hypercube", text)
