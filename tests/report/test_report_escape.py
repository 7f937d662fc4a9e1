"""Any text, escaped, reads back from Pandoc as that text: in paragraphs, tables and metadata."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnisim.report.escape import attribute, escape, key, plain
from omnisim.report.pandoc import pandoc_program

_TOKENS = [
    *"\\`*_{}[]<>#|$@~^\"'&:-.+=%!()1aI \n\t/;?,",
    "{{<",
    ">}}",
    "...",
    "--",
    "http://a.b",
    "<script>",
    "&amp;",
    "a.",
    "1)",
    "(i)",
    ":::",
    "\u202e",
    "\u2067",
    "😀",
    "مرحبا",
    "\u00a0",
    "#import",
]
texts = st.lists(st.one_of(st.sampled_from(_TOKENS), st.characters()), max_size=14).map("".join)


def _pandoc(text: str, *arguments: str) -> dict[str, Any]:
    call = [pandoc_program(), "--sandbox", "-f", "markdown", "-t", "json", *arguments]
    done = subprocess.run(call, input=text.encode(), capture_output=True, check=True)
    tree: dict[str, Any] = json.loads(done.stdout)
    return tree


def _words(node: Any) -> str:
    """Text of a tree; anything but plain words shows as its kind."""
    if isinstance(node, list):
        return "".join(_words(item) for item in node)
    if not isinstance(node, dict):
        return ""
    kind = node.get("t")
    if kind == "Str":
        return str(node["c"])
    if kind in ("Space", "SoftBreak"):
        return " "
    if kind in ("Para", "Plain", "MetaInlines"):
        return _words(node["c"])
    return f"<{kind}>"


def _expected(text: str) -> str:
    # Apostrophes inside words become typographic; Pandoc ties abbreviations with a hard space.
    line = plain(text)
    chars = [
        "’"
        if c == "'" and 0 < i < len(line) - 1 and _is_word(line[i - 1]) and _is_word(line[i + 1])
        else c
        for i, c in enumerate(line)
    ]
    return "".join(chars)


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(texts, min_size=5, max_size=20))
def test_law_paragraphs_read_back_as_written(items):
    wanted = [item for item in map(_expected, items) if item]
    tree = _pandoc("\n\n".join(escape(item) for item in items if plain(item)))
    assert [_words(block).replace("\u00a0", " ") for block in tree["blocks"]] == wanted


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(texts, min_size=1, max_size=10))
def test_law_table_cells_read_back_as_written(items):
    rows = "".join(f"| {escape(item)} | end |\n" for item in items)
    (table,) = _pandoc(f"| a | b |\n|---|---|\n{rows}")["blocks"]
    (body,) = table["c"][4]
    cells = [row[1][0][4] for row in body[3]]
    assert [_words(cell).replace("\u00a0", " ") for cell in cells] == [_expected(i) for i in items]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts)
def test_law_metadata_reads_back_as_written(text):
    meta = yaml.safe_dump({"value": escape(text)}, allow_unicode=True)
    tree = _pandoc(f"---\n{meta}---\n\nx\n")
    assert _words(tree["meta"]["value"]).replace("\u00a0", " ") == _expected(text)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts)
def test_law_attributes_read_back_as_written(text):
    (block,) = _pandoc(f"![](x.svg){{fig-alt={attribute(text)}}}")["blocks"]
    (image,) = block["c"]
    assert dict(image["c"][0][2])["fig-alt"] == plain(text)


@pytest.mark.parametrize(
    "text",
    [
        "USD 1.2 million (95% interval 0.90 to 1.50)",
        "46.8% of orders",
        "1 January 2025",
        "n = 12,345",
    ],
)
def test_ordinary_sentences_stay_readable_in_the_source(text):
    assert escape(text).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("1. item", r"1\. item"),
        ("- item", r"\- item"),
        ("# head", r"\# head"),
        ("> quote", r"\> quote"),
        ("::: {.x}", r"\:\:: \{.x\}"),
        ("{{< include /etc/passwd >}}", r"\{\{\< include /etc/passwd \>\}\}"),
        ("client's", "client’s"),
        ("a\nb\tc", "a b c"),
        ("", ""),
    ],
)
def test_known_answers(text, want):
    got = escape(text)
    assert got == want


def test_an_amount_keeps_its_currency_and_a_base_its_sign():
    tied = "USD\u00a05, −3 USD, EUR\u00a0−2 and n\u00a0=\u00a012 of ABC stores"
    assert escape(tied.replace("\u00a0", " ")) == tied


def test_reordering_and_control_characters_are_removed():
    assert plain("a\u202eb\u2066c\x00d\x1be") == "abcde"


def test_keys_are_safe_names():
    assert key("Effect: {{x}} / year") == "effect_x_year"
    assert key("***") == "unnamed"
