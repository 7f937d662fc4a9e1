"""Parameter cells: what is read, what is refused, what a command-line text stands for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnisim.errors import NotebookError, ParameterError
from omnisim.notebook.parameters import declared_parameters, read_declarations

CELL = '''
"""What can be set."""
from typing import Literal

# how often the sample
# is drawn again
n_draws: int = 200
dataset: str = "a # b"  # name or path
segment: str | None = None  # one segment, or all
metric: Literal["orders", "net_amount"] = "orders"  # what is judged
shares: list[float] = [
    0.1,  # low
    0.9,  # high
]
limits: dict[str, int] = {"a": 1}
level = 0.95
maybe: "Optional[int]" = -1
'''


@pytest.fixture
def declared():
    return read_declarations(CELL, where="01_x")


def test_reads_types_defaults_and_comments(declared):
    assert {name: p.default for name, p in declared.items()} == {
        "n_draws": 200,
        "dataset": "a # b",
        "segment": None,
        "metric": "orders",
        "shares": [0.1, 0.9],
        "limits": {"a": 1},
        "level": 0.95,
        "maybe": -1,
    }
    assert declared["n_draws"].help == "how often the sample is drawn again"
    assert declared["dataset"].help == "name or path"
    assert declared["shares"].help == "low high"
    assert declared["segment"].type_name == "str | None"
    assert declared["level"].type_name == "float"


@pytest.mark.parametrize(
    "name, good, bad",
    [
        ("n_draws", [5], [5.0, "5", True, None]),
        ("dataset", ["x"], [1, None]),
        ("segment", ["x", None], [1]),
        ("metric", ["net_amount"], ["margin", None]),
        ("shares", [[], [1.0]], [[float("nan")], ["a"], 0.5]),
        ("limits", [{}, {"b": 2}], [{"b": "2"}, []]),
        ("level", [0.5, 1], [float("inf"), "0.5", True]),
        ("maybe", [1, None], [1.5, "1"]),
    ],
)
def test_values_are_checked_strictly(declared, name, good, bad):
    for value in good:
        assert declared[name].check(value) == value
    for value in bad:
        with pytest.raises(ParameterError, match=rf"parameter {name} = .*declared as"):
            declared[name].check(value)


@pytest.mark.parametrize(
    "name, text, value",
    [
        ("n_draws", "50", 50),
        ("n_draws", "1_000", 1000),
        ("dataset", "007", "007"),
        ("dataset", "None", "None"),
        ("dataset", "a=b # c", "a=b # c"),
        ("dataset", "", ""),
        ("segment", "none", None),
        ("segment", "loyal", "loyal"),
        ("metric", "net_amount", "net_amount"),
        ("shares", "[0.2, 0.3]", [0.2, 0.3]),
        ("limits", '{"b": 2}', {"b": 2}),
        ("level", "9e-1", 0.9),
        ("level", "1", 1),
        ("maybe", "null", None),
        ("maybe", "-3", -3),
    ],
)
def test_texts_are_read_in_the_declared_type(declared, name, text, value):
    assert declared[name].parse(text) == value


@pytest.mark.parametrize(
    "name, text",
    [("n_draws", "5.5"), ("n_draws", "x"), ("level", "nan"), ("metric", "Orders"), ("maybe", "")],
)
def test_texts_of_another_type_are_refused(declared, name, text):
    with pytest.raises(ParameterError, match=f"parameter {name} = {text!r}"):
        declared[name].parse(text)


def test_a_list_of_texts_needs_no_quotes():
    declared = read_declarations("names: list[str] = []\non: bool = False", where="x")
    assert declared["names"].parse("a, b") == ["a", "b"]
    assert declared["names"].parse("a") == ["a"]
    assert declared["on"].parse("Yes") is True
    with pytest.raises(ParameterError, match="on = '1'"):
        declared["on"].parse("1")


@pytest.mark.parametrize(
    "cell, told",
    [
        ("x: int = 'a'", "the default of parameter x = 'a'"),
        ("x: Path = 'a'", "type Path; use str"),
        ("x = len('a')", "parameter x = len.*give a plain value"),
        ("if True:\n    x = 1", "line 1 of the parameters cell"),
        ("x: int", "line 1"),
        ("x = 1\nx = 2", "x is declared twice"),
        ("a, b = 1, 2", "line 1"),
        ("%matplotlib inline\nx = 1", "not plain Python"),
        ("x = (", "not plain Python"),
        ("x: Literal[y] = 1", "no usable type"),
        ("x: 'str |' = 'a'", "no usable type"),
    ],
)
def test_unusable_cells_are_refused(cell, told):
    with pytest.raises(NotebookError, match=f"01_x: .*{told}"):
        read_declarations(cell, where="01_x")


def test_one_cell_is_tagged():
    def cell(*tags: str) -> dict:
        return {"source": ["a = 1\n", "b = 2"], "metadata": {"tags": list(tags)}}

    assert list(declared_parameters([cell(), cell("parameters")], where="x")) == ["a", "b"]
    assert declared_parameters([cell()], where="x") == {}
    with pytest.raises(NotebookError, match="2 cells tagged"):
        declared_parameters([cell("parameters"), cell("parameters")], where="x")


@given(st.text(), st.integers(), st.floats(allow_nan=False, allow_infinity=False))
def test_law_what_is_written_comes_back(text, whole, number):
    declared = read_declarations("t: str = ''\nn: int = 0\nx: float = 0.0", where="x")
    assert declared["t"].parse(text) == text
    assert declared["n"].parse(repr(whole)) == whole
    assert declared["x"].parse(repr(number)) == number
