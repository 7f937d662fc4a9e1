"""The documented subset of Quarto sources, and errors that name file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from omnisim.errors import ReportError
from omnisim.report.inspect_tree import check_tree, read_checked
from omnisim.report.pandoc import parse
from omnisim.report.source import read_source


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "_generated").mkdir()
    (tmp_path / "_generated" / "part.qmd").write_text(
        "one\n\ntwo {{< meta results.x >}}\n", encoding="utf-8"
    )
    (tmp_path / "_generated" / "results.yml").write_text(
        "results:\n  x: '3'\n  g: {a: '1'}\nclient: A\n", encoding="utf-8"
    )
    return tmp_path


def _write(
    folder: Path, body: str, front: str = "title: T\nmetadata-files: [_generated/results.yml]"
) -> Path:
    file = folder / "report.qmd"
    file.write_text(f"---\n{front}\n---\n{body}", encoding="utf-8")
    return file


def test_includes_and_numbers_are_put_in(folder):
    source = read_source(
        _write(folder, "start {{< meta results.x >}}\n\n{{< include _generated/part.qmd >}}\n")
    )
    assert source.body.splitlines()[:4] == ["start 3", "", "one", ""]
    assert "two 3" in source.body
    assert source.where(1) == "report.qmd:5"
    assert source.where(5) == "_generated/part.qmd:3"


def test_front_matter_wins_over_metadata_files(folder):
    front = "title: T\nclient: B\nmetadata-files: [_generated/results.yml]"
    assert read_source(_write(folder, "x\n", front)).metadata["client"] == "B"


def test_code_is_left_alone(folder):
    body = "`{{< meta results.x >}}`\n\n```\n{{< meta results.x >}}\n```\n"
    assert read_source(_write(folder, body)).body.count("{{< meta") == 2


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "a\n\n{{< include _generated/no.qmd >}}\n",
            r"report\.qmd:7: included file _generated/no\.qmd",
        ),
        ("{{< include /etc/passwd >}}\n", r"report\.qmd:5: /etc/passwd lies outside"),
        ("{{< include ../../x.qmd >}}\n", r"report\.qmd:5: .* lies outside"),
        ("a {{< meta results.y >}}\n", r"report\.qmd:5: no number 'results\.y'"),
        ("a {{< meta results.g >}}\n", r"report\.qmd:5: 'results\.g' is a group"),
        ("a {{< embed x.ipynb >}}\n", r"report\.qmd:5: shortcode 'embed'"),
        ("a\n\n::: {.om-sowhat}\n\nb\n", r"report\.qmd:7: the ::: block that begins here"),
        ("a\n\n:::\n", r"report\.qmd:7: ::: closes a block"),
        *(
            (f"a\n\n{cell}\n", r"report\.qmd:7: executable cells such as \{\w+\}")
            for cell in (
                "```{python}\n1\n```",
                "```{bash}\nls\n```",
                "``` { r }\n1\n```",
                "```{r, echo=FALSE}\n1\n```",
                "```{sql connection=db}\n1\n```",
                "~~~{ojs}\n1\n~~~",
                "  ```{mermaid}\n  a --> b\n  ```",
                "> ```{stan}\n> 1\n> ```",
                "There are `{r} nrow(x)` rows.",
            )
        ),
        ("![x](https://a.b/c.png)\n", r"report\.qmd:5: images from the network"),
        ("a\n\n```\nopen\n", r"report\.qmd:7: the code block that begins here is not closed"),
    ],
)
def test_mistakes_name_file_and_line(folder, body, message):
    with pytest.raises(ReportError, match=message):
        read_source(_write(folder, body))


@pytest.mark.parametrize(
    "body",
    [
        "```{.bash}\nls\n```\n",
        "```{#listing .bash .numberLines startFrom=3}\nls\n```\n",
        "```{startFrom=3 .bash}\nls\n```\n",
        "```{=html}\n<b>x</b>\n```\n",
        "````\n```{bash}\n```\n````\n",
        "`{name}` and \\`{r} x\\`\n",
    ],
)
def test_listings_and_raw_text_are_no_cells(folder, body):
    assert read_source(_write(folder, body)).body.startswith(body)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("---\ntitle: [\n---\nx\n", r"report\.qmd:\d: bad YAML"),
        ("---\ntitle: x\n", r"report\.qmd:1: the front matter"),
        ("---\n- a\n---\nx\n", "keys and values are expected"),
        ("---\nmetadata-files: x.yml\n---\nx\n", "must be a list"),
        ("---\ntitle: x\nlang: fr\n---\nx\n", r"report\.qmd:3: lang = 'fr': give one of en, zh"),
        ("---\nlang: [en]\n---\nx\n", r"report\.qmd:2: lang = \['en'\]: give one of en, zh"),
        ("---\nmetadata-files: [no.yml]\n---\nx\n", r"no\.yml: no such file"),
    ],
)
def test_front_matter_mistakes(folder, text, message):
    (folder / "report.qmd").write_text(text, encoding="utf-8")
    with pytest.raises(ReportError, match=message):
        read_source(folder / "report.qmd")


def test_pandoc_warnings_are_errors_with_the_line_of_the_source(folder):
    (folder / "_generated" / "part.qmd").write_text(
        "a [^1]\n\n[^1]: one\n\n[^1]: two\n", encoding="utf-8"
    )
    with pytest.raises(ReportError, match=r"_generated/part\.qmd:\d.*[Dd]uplicate note"):
        parse(read_source(_write(folder, "{{< include _generated/part.qmd >}}\n")))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("![a](/etc/passwd)\n", r"report\.qmd:\d+: .*lies outside"),
        ("first\n\n![a](no.png)\n", r"report\.qmd:\d+: .*does not exist"),
        ("![a][r]\n\n[r]: file:///etc/passwd\n", "not a file of the report folder"),
        ("<script>x</script>\n", "raw HTML"),
        ('a <b onmouseover="x()">b</b>\n', r"report\.qmd:5: raw HTML that runs or loads"),
        ("<details/ontoggle=x() open>b</details>\n", "raw HTML"),
        ('<a href="&#106;avascript:x()">b</a>\n', "raw HTML"),
        ("[a](javascript:x())\n", r"report\.qmd:5: link to 'javascript:x\(\)': give an address"),
        ('::: {onclick="x()"}\na\n:::\n', r"report\.qmd:5: attribute onclick='x\(\)'"),
        ("a\n\n[a]{style=\"background:image-set('//a.b/c' 1x)\"}\n", r"qmd:7: attribute style="),
        ("<img src='http://a.b/c.png'>\n", "raw HTML"),
        ('```{=typst}\n#import "@preview/cetz:0.1.0"\n```\n', "Typst packages"),
        ("kept in C:\\new\\\n", r"report\.qmd:5: .*new.* is read as TeX, which no format shows"),
        ("\\begin{a}\nx\n\\end{a}\n", r"report\.qmd:5: .* is read as TeX"),
        ("see [@smith2020]\n", r"report\.qmd:\d+: citation @smith2020"),
    ],
)
def test_nothing_is_read_or_loaded_because_of_content(folder, body, message):
    with pytest.raises(ReportError, match=message):
        check_tree(parse(read_source(_write(folder, body))), folder)


def test_a_formula_that_is_none_is_named_with_its_line(folder):
    body = "The mean is $\\bar{x}$.\n\nHere $\\foo{bar$ is none.\n"
    (folder / "_generated" / "part.qmd").write_text("$$\\frac{1}{$$\n", encoding="utf-8")
    with pytest.raises(ReportError, match=r"report\.qmd:7: formula .*foo\{bar\$ cannot be set: un"):
        read_checked(_write(folder, body))
    with pytest.raises(ReportError, match=r"_generated/part\.qmd:1: formula .* cannot be set: un"):
        read_checked(_write(folder, "{{< include _generated/part.qmd >}}\n"))


def test_formulas_may_stand(folder):
    body = "$\\hat\\tau = \\{a \\mid b\\}$, 5\\% of $\\frac{a}{b}$\n\n$$\\sum_{i=1}^n x_i$$\n"
    assert read_checked(_write(folder, body))[0].body == body + "\n"


def test_an_identifier_given_twice_is_named_where_it_stands_again(folder):
    body = "# A {#a}\n\n# B {#a}\n\n{{< include _generated/part.qmd >}}\n"
    with pytest.raises(ReportError, match=r"report\.qmd:7: Duplicate identifier 'a'"):
        parse(read_source(_write(folder, body)))


def test_endless_nesting_is_one_error(folder):
    with pytest.raises(ReportError, match=r"report\.qmd: .*nested too deeply"):
        parse(read_source(_write(folder, "> " * 3000 + "x\n")))


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_editors_of_all_systems_may_save_the_source(folder, mark, line_end):
    file = _write(folder, "é {{< meta results.x >}}\n\n{{< include _generated/part.qmd >}}\n")
    plain = read_source(file)
    file.write_bytes(mark + file.read_bytes().replace(b"\n", line_end))
    assert read_source(file) == plain


def test_another_encoding_is_named_with_its_line(folder):
    file = _write(folder, "a\n\n")
    file.write_bytes(file.read_bytes() + "Café\n".encode("latin-1"))
    with pytest.raises(ReportError, match=r"report\.qmd:7: is no UTF-8 text; save the file as UTF"):
        read_source(file)


def test_what_neither_runs_nor_loads_may_stand(folder):
    body = (
        '<p style="color:red" class="only">once = 1</p>\n\n[a](https://a.b/c?on=1) [b](#b)\n\n'
        '# B {#b style="background-image: linear-gradient(red, blue)"}\n'
    )
    check_tree(parse(read_source(_write(folder, body))), folder)
