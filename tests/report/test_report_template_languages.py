"""The templates of every language take the same values, so that none of them can fall behind."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

import omnisim.report

TEMPLATES = Path(omnisim.report.__file__).parent / "templates"
ENGLISH = TEMPLATES / "en"
NAMES = sorted(p.relative_to(ENGLISH).as_posix() for p in ENGLISH.rglob("*.j2"))
OTHERS = sorted(p.name for p in TEMPLATES.iterdir() if p.is_dir() and p.name != "en")
# What a language words in its own way: a level after its noun, a capital letter, where macros come from.
WORDING = {"level", "level()", "word", "capital", "lang"}
_ANCHOR = re.compile(r"\{?#(?:exh|finding)[\w-]*")
_CLASS = re.compile(r"\.om-[\w-]+")
_HEADING = re.compile(r"^(#+) ", re.MULTILINE)
_FENCE = re.compile(r"^(:{3,})(.*)$", re.MULTILINE)
_FRONT = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


def parse(text: str) -> nodes.Template:
    environment = jinja2.Environment(comment_start_string="<%#", comment_end_string="#%>")
    return environment.parse(text)


def path_of(node: nodes.Node) -> str | None:
    """``pick.finding.headline`` for a name with what is taken from it."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        head = path_of(node.node)
        return head and f"{head}.{node.attr}"
    if isinstance(node, nodes.Getitem):
        head = path_of(node.node)
        at = node.arg.value if isinstance(node.arg, nodes.Const) else path_of(node.arg)
        return head and f"{head}[{at}]"
    return None


def taken(tree: nodes.Template) -> Counter[str]:
    """Every value a template takes, with how often; calls with their texts, such as ``measured(nps)``."""
    found: Counter[str] = Counter()
    for node in tree.find_all((nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Call)):
        if isinstance(node, nodes.Call):
            texts = [str(a.value) for a in node.args if isinstance(a, nodes.Const)]
            name = f"{path_of(node.node)}({', '.join(texts)})"
        else:
            name = path_of(node) or ""
        if name and name not in WORDING:
            found[name] += 1
    return found


def filters(tree: nodes.Template) -> Counter[str]:
    return Counter(n.name for n in tree.find_all(nodes.Filter) if n.name not in WORDING)


def test_every_language_has_every_template():
    assert "zh" in OTHERS
    for lang in OTHERS:
        folder = TEMPLATES / lang
        there = {p.relative_to(folder).as_posix() for p in folder.rglob("*.j2")}
        assert {n for n in there if not n.startswith("deck")} == {
            n for n in NAMES if not n.startswith("deck")
        }


@pytest.mark.parametrize("lang", OTHERS)
@pytest.mark.parametrize("name", [n for n in NAMES if not n.startswith("deck")])
def test_a_template_takes_what_the_english_one_takes(lang, name):
    files = [TEMPLATES / each / name for each in ("en", lang)]
    texts = [_FRONT.sub("", file.read_text(encoding="utf-8")) for file in files]
    english, other = map(parse, texts)
    assert taken(other) == taken(english)
    assert filters(other) == filters(english)
    for pattern in (_ANCHOR, _CLASS, _HEADING):
        assert pattern.findall(texts[1]) == pattern.findall(texts[0])
    assert [f[0] for f in _FENCE.findall(texts[1])] == [f[0] for f in _FENCE.findall(texts[0])]


def test_a_template_that_lost_a_value_is_seen():
    # The comparison itself: a dropped value, a renamed one, another text in a call.
    full = parse('{{ pick.finding.headline }} {{ include("summary") }}')
    for text in (
        "{{ pick.finding.headline }}",
        '{{ pick.finding.title }} {{ include("summary") }}',
        '{{ pick.finding.headline }} {{ include("risks") }}',
    ):
        assert taken(parse(text)) != taken(full)


@pytest.mark.parametrize("name", [n for n in NAMES if not n.startswith("deck")])
def test_chinese_templates_keep_the_rules_of_chinese_setting(name):
    """Full-width stops, no italics, no blank between Chinese and Latin letters or digits."""
    text = (TEMPLATES / "zh" / name).read_text(encoding="utf-8")
    words = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{[.#][^}\n]*\}", "\u241f", text)
    for number, line in enumerate(words.split("\n"), 1):
        where = f"zh/{name}:{number}: {line}"
        if line.startswith(("#   ", "title:", "subtitle:", "# client", "# confid", "metadata")):
            continue
        assert not re.search(r"[\u4e00-\u9fff][,.;!?]", line), where
        assert not re.search(r"[\u4e00-\u9fff] [A-Za-z0-9]|[A-Za-z0-9%] [\u4e00-\u9fff]", line), (
            where
        )
        assert not re.search(r"(?<!\*)\*(?!\*)", line), where
