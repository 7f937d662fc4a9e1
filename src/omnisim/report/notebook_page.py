"""One executed notebook as blocks of a page: text, folded code, outputs, and what was set."""

from __future__ import annotations

import ast
import base64
import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from omnisim.language import say
from omnisim.report.notebook_words import Held, PageWords
from omnisim.report.safe_html import safe_html
from omnisim.report.truth_hidden import text_of

_MOST_TEXT = 20_000  # signs of one text output
_MOST_TABLE = 300_000  # signs of one HTML output
_MOST_BYTES = 8_000_000  # of all outputs of a page; a browser opens it at once
_PICTURES = ("image/png", "image/jpeg", "image/svg+xml")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_HEADING = re.compile(r"<h([2-6])>(.*?)</h\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_ASTERISKS = re.compile(r"\*\*([^*<>\n]+)\*\*")
_FIGURE = re.compile(r"\.figure\(\s*[\"'](\w+)[\"']")
_RECORDER = re.compile(r"Recorder\(\s*[\"'](\w+)[\"']")


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the page; `html` is safe.

    Attributes
    ----------
    kind : str
        ``text``, ``code`` or ``output``.
    number : int
        Of the code cell it belongs to; 0 for text.
    n_lines : int
        Lines of code.
    """

    kind: str
    html: str
    number: int = 0
    n_lines: int = 0


@dataclass(frozen=True, slots=True)
class NotebookPage:
    """What the page of a notebook shows.

    Attributes
    ----------
    title : str
        The question, from the first heading.
    parameters : tuple
        Name, value and explanation of each parameter; a dataset by its name alone.
    contents : tuple
        Identifier and text of each heading of the second level.
    """

    title: str
    parameters: tuple[tuple[str, str, str], ...]
    contents: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]


def notebook_page(
    notebook: Mapping[str, Any],
    *,
    name: str,
    alts: Mapping[str, str],
    words: PageWords | None = None,
) -> NotebookPage:
    """Read an executed notebook of format 4.

    Parameters
    ----------
    notebook : mapping
        As its JSON says.
    name : str
        File name without suffix, the title where the notebook has none.
    alts : mapping
        ``question/figure`` to the description that was recorded with a figure, in English.
    words : PageWords, optional
        Of the language of the page; English by default.
    """
    words = words or PageWords()
    cells = [cell for cell in notebook.get("cells", ()) if isinstance(cell, dict)]
    sources = [text_of(cell.get("source")) for cell in cells]
    recorder = _RECORDER.search("\n".join(sources))
    mine = _Pictures(alts, recorder.group(1) if recorder else "", words)
    title, parameters = "", tuple[tuple[str, str, str], ...]()
    blocks: list[Block] = []
    spent = number = 0
    for cell, source in zip(cells, sources, strict=True):
        tags = cell.get("metadata", {}).get("tags", [])
        if cell.get("cell_type") == "markdown":
            source = words.prose(source)
            if not title and source.startswith("# "):
                first, _, source = source.partition("\n")
                title = first.removeprefix("# ").strip()
            blocks.append(Block("text", _markdown(source, words, is_output=False)))
            mine.follow(blocks[-1].html)
        elif cell.get("cell_type") == "code" and "parameters" in tags:
            parameters = _parameters(source, _injected(notebook), words)
        elif cell.get("cell_type") == "code" and "injected-parameters" not in tags:
            number += 1
            n_lines = len(source.splitlines())
            blocks.append(Block("code", _highlighted(source), number, n_lines))
            for shown in _outputs(cell, mine, source, words):
                spent += len(shown)
                if spent > _MOST_BYTES:
                    shown = _note(
                        say("An output was left out: the page would be too large."), words
                    )
                blocks.append(Block("output", shown, number))
    numbered, contents = _with_headings(blocks)
    return NotebookPage(title or name, parameters, contents, numbered)


class _Pictures:
    """Descriptions of the pictures of a notebook, as its cells come."""

    def __init__(self, alts: Mapping[str, str], question_id: str, words: PageWords) -> None:
        self._alts, self._question, self._words = alts, question_id, words
        self._heading = ""

    def follow(self, shown: str) -> None:
        """Remember the last heading or sentence before a picture."""
        words = [html.unescape(_TAG.sub("", line)).strip() for line in shown.splitlines()]
        self._heading = next((line for line in words if line), self._heading)

    def describe(self, source: str, place: int) -> str:
        """What the picture number `place` of a cell shows."""
        names = _FIGURE.findall(source)
        recorded = [self._alts.get(f"{self._question}/{name}", "") for name in names]
        if place < len(recorded) and recorded[place]:
            return self._words.frame(recorded[place])
        told = say("Chart: {what}", what=self._heading) if self._heading else say("Chart")
        return self._words.frame(told)


def _outputs(
    cell: Mapping[str, Any], pictures: _Pictures, source: str, words: PageWords
) -> Iterator[str]:
    """Safe HTML of what a cell left; warnings of libraries are not part of the analysis."""
    n_pictures = 0
    for output in cell.get("outputs") or ():
        kind = output.get("output_type")
        if kind == "stream" and output.get("name") == "stdout":
            yield _pre(words.held({}).composed(text_of(output.get("text"))), words)
        elif kind == "error":
            yield _pre(f"{output.get('ename', 'Error')}: {output.get('evalue', '')}", words)
        elif kind in ("display_data", "execute_result"):
            data = output.get("data") or {}
            picture = next((mime for mime in _PICTURES if mime in data), "")
            alt = pictures.describe(source, n_pictures) if picture else ""
            n_pictures += bool(picture)
            if shown := _shown(data, picture, alt, words):
                yield shown


def _shown(data: Mapping[str, Any], picture: str, alt: str, words: PageWords) -> str:
    """The richest form of an output that a page may show."""
    held = words.held(data)
    if "text/html" in data:
        told = text_of(data["text/html"])
        if len(told) > _MOST_TABLE:
            left_out = say("A table was left out: it is too large for this page.")
            return _note(left_out, words)
        return safe_html(held.table(told), alt=alt, table_label=words.frame(say("Table")))
    if picture:
        return _drawn(picture, text_of(data[picture]), alt, held)
    if "text/markdown" in data:
        return _markdown(held.composed(text_of(data["text/markdown"])), words, is_output=True)
    return _pre(held.composed(text_of(data["text/plain"])), words) if "text/plain" in data else ""


def _drawn(mime: str, data: str, alt: str, held: Held) -> str:
    """A chart in the language of the page, or as it is with a note that says so."""
    words = held.page
    try:
        if held.picture:
            return _picture(_PICTURES[0], held.picture, alt)
    except ValueError:
        pass  # what is held is no picture: the English one stands for it
    try:
        shown = _picture(mime, data, alt)
    except ValueError:
        return _note(say("A picture was left out: it cannot be read."), words)
    if words.lang == "en":
        return shown
    return shown + _note(say("This chart was drawn in English only."), words)


def _picture(mime: str, data: str, alt: str) -> str:
    """A picture that carries itself; an SVG is shown as a picture, in which nothing runs or loads.

    Raises
    ------
    ValueError
        When it is no base64.
    """
    raw = data.encode()
    if mime != "image/svg+xml":
        raw = base64.b64decode("".join(data.split()), validate=True)
    body = base64.b64encode(raw).decode()
    return f'<img src="data:{mime};base64,{body}" alt="{html.escape(alt)}">'


def _markdown(text: str, words: PageWords, *, is_output: bool) -> str:
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    renderer = IPythonRenderer(allow_harmful_protocols=False, exclude_anchor_links=True)
    rendered = MarkdownWithMath(renderer=renderer).render(text)
    if (
        words.lang != "en"
    ):  # beside signs without spaces between them, asterisks are left as they are
        rendered = _ASTERISKS.sub(r"<strong>\1</strong>", rendered)
    return safe_html(rendered, is_output=is_output, table_label=words.frame(say("Table")))


def _highlighted(source: str) -> str:
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return str(highlight(source, PythonLexer(), HtmlFormatter(nowrap=True))).rstrip("\n")


def _pre(text: str, words: PageWords) -> str:
    """Text as it was printed, cut where it is endless."""
    told = _ANSI.sub("", text).strip("\n")
    if not told.strip():
        return ""
    cut = len(told) - _MOST_TEXT
    if cut > 0:
        rest = words.frame(say("… {n} more characters", n=f"{cut:,}"))
        told = f"{told[:_MOST_TEXT]}\n{rest}"
    label = html.escape(words.frame(say("Output")))
    return f'<pre tabindex="0" aria-label="{label}">{html.escape(told, quote=False)}</pre>'


def _note(sentence: str, words: PageWords) -> str:
    return f'<p class="om-note">{html.escape(words.frame(sentence), quote=False)}</p>'


def _parameters(
    source: str, injected: Mapping[str, Any], words: PageWords
) -> tuple[tuple[str, str, str], ...]:
    """Name, value and comment of each assignment of the parameters cell."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return ()
    lines = source.splitlines()
    rows = []
    for node in body:
        target = node.target if isinstance(node, ast.AnnAssign) else None
        if not isinstance(node, ast.AnnAssign) or not isinstance(target, ast.Name):
            continue
        name = target.id
        value = injected.get(name, _literal(node.value))
        if name == "dataset" or (isinstance(value, str) and PurePath(value).is_absolute()):
            value = PurePath(str(value)).name  # where it lay on the machine is nobody's business
        comment = lines[node.end_lineno - 1].encode()[node.end_col_offset :].decode()  # type: ignore[operator]
        meaning = words.comment(comment.strip().removeprefix("#").strip())
        rows.append((name, str(value), meaning))
    return tuple(rows)


def _literal(node: ast.expr | None) -> Any:
    try:
        return ast.literal_eval(node) if node is not None else ""
    except ValueError:
        return ast.unparse(node) if node is not None else ""


def _injected(notebook: Mapping[str, Any]) -> Mapping[str, Any]:
    given = notebook.get("metadata", {}).get("papermill", {}).get("parameters", {})
    return given if isinstance(given, dict) else {}


def _with_headings(
    blocks: list[Block],
) -> tuple[tuple[Block, ...], tuple[tuple[str, str], ...]]:
    """Blocks whose headings can be linked to, and those of the second level."""
    contents: list[tuple[str, str]] = []
    made: list[Block] = []
    for block in blocks:
        if block.kind != "text":
            made.append(block)
            continue

        def name(match: re.Match[str]) -> str:
            if match.group(1) != "2":
                return match.group(0)
            identifier = f"part-{len(contents) + 1}"
            contents.append((identifier, html.unescape(_TAG.sub("", match.group(2)))))
            return f'<h2 id="{identifier}">{match.group(2)}</h2>'

        made.append(replace(block, html=_HEADING.sub(name, block.html)))
    return tuple(made), tuple(contents)
