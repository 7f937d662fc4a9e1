"""The prose of the notebooks is known in Chinese, cell by cell, and only as long as its English stands."""

import ast
import json
import re
from pathlib import Path

import pytest
import yaml

from omnisim.errors import InputError, ReportError
from omnisim.language import catalog, known_parts, notebooks, remember
from omnisim.language.notebooks import digest, notebook_words, values_in

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "notebooks").glob("[0-9]*_*.ipynb"))
WORDS = ROOT / "src" / "omnisim" / "language" / "zh" / "notebooks"
SIGN = "\u4e00-\u9fff"
# A Latin mark or a space where Chinese has its own: before or behind a sign.
LATIN_MARK = re.compile(
    rf"[{SIGN}][,;:?!()]|[,;:?!(][{SIGN}]|[{SIGN}] +\w|\w +[{SIGN}]|[{SIGN}]\.(?!\w)"
)
IDENTIFIER = re.compile(r"\w+|[\w.]+ ?[><=]+ ?-?[\d.]+")
WORD = re.compile(r"[A-Za-z]{2,}")

each_notebook = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def cells_of(path, kind):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == kind]


@each_notebook
def test_every_text_cell_is_known_and_says_what_it_says_in_english(path):
    """A cell whose English was changed since, a new one and one that is gone are all found here."""
    written = yaml.safe_load((WORDS / f"{path.stem}.yaml").read_text(encoding="utf-8"))["cells"]
    english = {cell["id"]: digest("".join(cell["source"])) for cell in cells_of(path, "markdown")}
    assert {name: cell["english"] for name, cell in written.items()} == english


@each_notebook
def test_the_chinese_is_chinese_and_built_like_the_english(path):
    words = notebook_words(path.stem, "zh")
    for cell in cells_of(path, "markdown"):
        source = "".join(cell["source"])
        chinese = words.cell(source)
        assert chinese is not None, cell["id"]
        heading, chinese_heading = (
            re.findall(r"^#+(?= )", text, re.M) for text in (source, chinese)
        )
        assert heading == chinese_heading, cell["id"]
        for line in chinese.splitlines():
            said = re.sub(r"^#+ ", "", line)
            assert not line or re.search(f"[{SIGN}]", said), line
            assert LATIN_MARK.search(said) is None, line


def test_a_text_that_was_changed_is_not_known_any_more():
    words = notebook_words("03_ab_test", "zh")
    (first, *_) = cells_of(next(p for p in FILES if p.stem == "03_ab_test"), "markdown")
    source = "".join(first["source"])
    assert words.cell(source).startswith("# 测试的改动值得吗？")
    assert words.cell(source + " ") is None


@each_notebook
def test_what_is_said_behind_parameters_is_known(path):
    words = notebook_words(path.stem, "zh")
    (cell,) = [c for c in cells_of(path, "code") if "parameters" in c["metadata"].get("tags", [])]
    said = [line.partition("#")[2].strip() for line in "".join(cell["source"]).splitlines()]
    assert set(words.parameters) == set(filter(None, said))
    assert [text for text in words.parameters.values() if LATIN_MARK.search(text)] == []


@each_notebook
def test_what_a_notebook_displays_by_itself_is_known(path):
    """Texts that stand in its cells, not behind `say`: f-strings around known texts, headers, words."""
    known = {
        re.sub(r"\{\w*\}", "{}", text).strip("'")
        for text in notebook_words(path.stem, "zh").printed
    }
    unknown = [
        text
        for cell in cells_of(path, "code")
        for text in shown_texts(ast.parse("".join(cell["source"])))
        if text not in known and text not in catalog("zh")
    ]
    assert unknown == []


def shown_texts(tree):
    """Texts with words inside calls of `display` and `Markdown`, as templates."""
    shows = (n for n in ast.walk(tree) if isinstance(n, ast.Call))
    for call in (n for n in shows if getattr(n.func, "id", "") in ("display", "Markdown")):
        inside = {
            id(n) for n in ast.walk(call) for n in ast.walk(n) if isinstance(n, ast.JoinedStr)
        }
        parts = {id(p) for n in ast.walk(call) if id(n) in inside for p in ast.walk(n)} - inside
        for node in ast.walk(call):
            if isinstance(node, ast.JoinedStr):
                literal = [p.value if isinstance(p, ast.Constant) else "{}" for p in node.values]
                text = "".join(literal)
            elif (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and id(node) not in parts
            ):
                text = node.value
                if IDENTIFIER.fullmatch(text) and text == text.lower():
                    continue
            else:
                continue
            if WORD.search(text.replace("{}", "")):
                yield text


def test_a_notebook_the_package_does_not_know_has_no_words():
    assert notebook_words("my_own_question", "zh").cell("## Answer") is None
    assert notebook_words("03_ab_test", "en").cell("## Answer") is None
    with pytest.raises(InputError, match="no such language"):
        notebook_words("03_ab_test", "fr")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cells: {}", "must hold"),
        ("cells: {}\nparameters: {}\nprinted: {'{a}': '{b}'}", "other values"),
    ],
)
def test_words_that_are_not_as_they_must_be_are_refused(text, said, tmp_path, monkeypatch):
    (tmp_path / "zh" / "notebooks").mkdir(parents=True)
    (tmp_path / "zh" / "notebooks" / "broken.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(notebooks.resources, "files", lambda _: tmp_path)
    with pytest.raises(ReportError, match=said):
        notebook_words("broken", "zh")


def test_templates_take_the_whole_text():
    assert values_in("{a} (n = {n})", "x (n = 3) and more") is None
    assert values_in("one risk only", "one risk only") == {}


def test_known_parts_are_the_longest_and_no_parts_of_words():
    remember("late orders", zh="迟到订单")
    remember("late", zh="迟到")
    assert known_parts("**late orders** are late; lately", "zh") == {
        "late orders": "迟到订单",
        "late": "迟到",
    }
    assert known_parts("lately", "zh") == {}
