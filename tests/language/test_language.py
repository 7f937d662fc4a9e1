"""Texts are English everywhere and known in Chinese by their template."""

import ast
from pathlib import Path

import pytest

import omnisim
from omnisim.errors import InputError, ReportError
from omnisim.language import catalog, in_language, remember, say
from omnisim.language.catalog import _check_entry, check_language, places
from omnisim.results import format_estimate, format_number, format_range

SOURCES = Path(omnisim.__file__).parent


def said_in_code():
    """Every template that the package says, with the names of its values and where it stands."""
    for file in sorted(SOURCES.rglob("*.py")):
        if "_project" in file.parts or file.parent.name == "language":
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say":
                yield file.relative_to(SOURCES), node


def test_every_template_of_the_package_is_in_the_catalogue():
    missing, odd = [], []
    for file, node in said_in_code():
        where = f"{file}:{node.lineno}"
        template = node.args[0] if node.args else None
        if not isinstance(template, ast.Constant):
            odd.append(where)  # a template must be a literal, or nobody can translate it
            continue
        given = {keyword.arg for keyword in node.keywords}
        if places(template.value) != given:
            odd.append(f"{where}: {template.value!r} takes {sorted(places(template.value))}")
        if template.value not in catalog("zh"):
            missing.append(f"{where}: {template.value!r}")
    assert not odd
    assert not missing


def test_values_are_translated_inside_a_sentence():
    inner = format_number(-1_500_000, "USD/year")
    text = say("The effect of {name} grows over the weeks", name=inner)
    assert in_language(text, "zh") == "−150万美元/年的效果逐周增强"


def test_names_of_a_client_stay_as_they_are():
    text = say("The effect of {name} grows over the weeks", name="Café {x} <b>")
    assert text == "The effect of Café {x} <b> grows over the weeks"
    assert in_language(text, "zh") == "Café {x} <b>的效果逐周增强"


@pytest.mark.parametrize(
    ("value", "unit", "english", "chinese"),
    [
        (0.0, "USD", "USD 0", "0美元"),
        (9_999.6, "CNY", "CNY 10,000", "1.00万元"),
        (99_960_000.0, "CNY/year", "CNY 100 million a year", "1.00亿元/年"),
        (0.05, "share", "5.00%", "5.00%"),
        (3.2, "USD/store-week", "USD 3.20 per store-week", "3.20美元/店周"),
        (12.0, "", "12.0", "12.0"),
    ],
)
def test_numbers_are_written_as_their_readers_expect(value, unit, english, chinese):
    assert format_number(value, unit) == english
    assert in_language(english, "zh") == chinese


def test_ranges_write_the_unit_once():
    assert in_language(format_range(-2.0, 3.0, "USD/order"), "zh") == "−2.00至3.00美元/单"


def test_estimate_has_its_range(estimate):
    text = format_estimate(estimate)
    assert text == "12.0% (95% interval 10.0% to 14.0%)"
    assert in_language(text, "zh") == "12.0%（95%区间10.0%至14.0%）"


def test_what_nobody_said_is_not_known():
    assert in_language("A sentence nobody ever translated", "zh") is None
    assert in_language("12.5 (3)", "zh") == "12.5 (3)"


def test_what_was_said_last_counts():
    remember("twice said", zh="一")
    remember("twice said", zh="二")
    assert in_language("twice said", "zh") == "二"


def test_other_languages_are_refused():
    with pytest.raises(InputError, match=r"lang = 'fr': no such language; there is"):
        check_language("fr")


@pytest.mark.parametrize(
    ("english", "other", "before", "message"),
    [
        ("{n} waves", "各波次", None, r"takes \['n'\], its translation \[\]"),
        ("Waves", "", None, "must be a text with a text"),
        ("Waves", "波次", "批次", "is '批次' in another file, here '波次'"),
    ],
)
def test_a_faulty_catalogue_is_refused(english, other, before, message):
    with pytest.raises(ReportError, match=message):
        _check_entry("zh/x.yaml", english, other, before)
