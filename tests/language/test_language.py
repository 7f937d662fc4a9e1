"""Texts are English everywhere and known in Chinese by their template."""

import ast
import json
from pathlib import Path

import pytest

import omnisim
from omnisim.errors import InputError, ReportError
from omnisim.language import (
    catalog,
    in_language,
    join_sentences,
    listed,
    remember,
    respelled,
    say,
)
from omnisim.language.catalog import _check_entry, check_language, places
from omnisim.results import format_estimate, format_number, format_range

SOURCES = Path(omnisim.__file__).parent
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def code():
    """Name and syntax tree of every module and of every cell of a notebook."""
    for file in sorted(SOURCES.rglob("*.py")):
        if "_project" not in file.parts and file.parent.name != "language":
            yield file.relative_to(SOURCES), ast.parse(file.read_text(encoding="utf-8"))
    for file in sorted(NOTEBOOKS.glob("*.ipynb")):
        for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                yield file.name, ast.parse("".join(cell["source"]))


def calls(function):
    """Every call of a function in the package and its notebooks, and where it stands."""
    for file, tree in code():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == function:
                yield file, node


def test_every_template_of_the_package_is_in_the_catalogue():
    missing, odd = [], []
    for file, node in calls("say"):
        where = f"{file}:{node.lineno}"
        template = node.args[0] if node.args else None
        if not isinstance(template, ast.Constant):
            odd.append(where)  # a template must be a literal, or nobody can translate it
            continue
        given = {keyword.arg for keyword in node.keywords}  # None stands for ** of a mapping
        if not given - {None} <= places(template.value) or (
            None not in given and places(template.value) != given
        ):
            odd.append(f"{where}: {template.value!r} takes {sorted(places(template.value))}")
        if template.value not in catalog("zh"):
            missing.append(f"{where}: {template.value!r}")
    assert not odd
    assert not missing


def test_every_word_said_in_a_context_is_in_the_catalogue():
    missing = []
    for file, node in calls("say_as"):
        context, word = node.args
        assert isinstance(context, ast.Constant), f"{file}:{node.lineno}"
        known = [key for key in catalog("zh") if key.startswith(f"{context.value}: ")]
        key = f"{context.value}: {word.value}" if isinstance(word, ast.Constant) else ""
        if (key and key not in known) or not known:
            missing.append(f"{file}:{node.lineno}: {key or context.value}")
    assert not missing


def test_sentences_are_known_together_only_when_each_is():
    one, two = remember("One.", zh="一。"), remember("Two.", zh="二。")
    assert join_sentences(one, "", two) == "One. Two."
    assert in_language("One. Two.", "zh") == "一。二。"
    assert in_language(join_sentences(one, "Nobody translated this."), "zh") is None


def test_enumerations_keep_names_nobody_knows():
    text = listed([remember("rain", zh="雨"), "Café", remember("snow", zh="雪")])
    assert text == "rain, Café and snow"
    assert in_language(text, "zh") == "雨、Café和雪"
    assert listed(["Café"]) == "Café"


def test_another_spelling_keeps_its_meaning():
    assert in_language(respelled(remember("Late Fees", zh="滞纳金"), "late fees"), "zh") == "滞纳金"
    assert in_language(respelled("Nobody Knows", "nobody knows"), "zh") is None


def test_a_short_amount_is_known_though_it_is_no_word():
    assert in_language(remember("1.2k", zh="1,200"), "zh") == "1,200"
    assert in_language("7.7x", "zh") == "7.7x"


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
