"""The page on studies is the one of today, and explains every column there is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pandas as pd
import pytest
import yaml

from omnisim.study import registered
from omnisim.study.load import EXAMPLES
from omnisim.study.measures import performance
from omnisim.study.pages import RESULT_COLUMNS, SUMMARY_COLUMNS, schema_text, study_page

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(
    ("name", "page"), [("studies.md", study_page), ("study.schema.json", schema_text)]
)
def test_pages_are_those_of_today(name: str, page: Callable[[], str]) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == page(), "run make docs"


def test_every_method_is_listed() -> None:
    page = study_page()
    for name in registered():
        assert f"`{name}`" in page


def test_every_column_is_explained() -> None:
    def named(columns: dict[str, str]) -> set[str]:
        return {name for names in columns for name in names.split(", ")}

    frame = performance(
        pd.DataFrame(
            {
                "world": 1, "seed": [1, 2], "method": "m", "part": "", "estimate": 1.0,
                "truth": 1.0, "error": 0.0, "ci_low": 0.0, "ci_high": 2.0, "failure": "",
            }
        )
    )  # fmt: skip
    told = {name for name in frame if not name.endswith("_mc_error")}
    assert told <= named(SUMMARY_COLUMNS) | named(RESULT_COLUMNS)
    assert {"*measure*_mc_error", "*dials*"} <= named(SUMMARY_COLUMNS)


def test_the_schema_accepts_the_studies_of_the_package() -> None:
    schema = json.loads(schema_text())
    for path in EXAMPLES.glob("*.yaml"):
        jsonschema.validate(yaml.safe_load(path.read_text(encoding="utf-8")), schema)
